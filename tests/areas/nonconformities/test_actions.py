"""Actions of a nonconformity, by whichever door they come: who adds one and when, what an approved plan binds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel.errors import Forbidden, Refused
from tests.areas.nonconformities.story import Story
from tests.cast import Cast

Visit = Callable[..., FlaskClient]
LATER = date(2024, 12, 31)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def wanted(cast: Cast) -> dict[str, Any]:
    return {
        "title": "Quét",
        "sort": "corrective",
        "owner": cast.person("staff").id,
        "due": date(2024, 6, 1),
        "unit": cast.units["HT"].id,
    }


def only_action(nc: Nonconformity) -> Action:
    (action,) = serving(nc.record_id)
    return Action.by_code(nc.record.organisation_id, action.code)


# ---------------------------------------------------------------- one rule for every door


def test_no_door_adds_an_action_to_one_whose_effect_is_checked(
    cast: Cast, story: Story, visit: Visit
) -> None:
    nc = story.verifying()
    actor, code = cast.actor("coordinator"), nc.record.code
    for add in (
        lambda: service.add_action(actor, code, wanted(cast)),
        lambda: actions.open_action(actor, wanted(cast), serves=nc.record),
    ):
        with pytest.raises(Refused):
            add()
    path = f"nonconformities/{code}"
    browser = visit("coordinator")
    assert browser.get(f"/our-agency/actions/new?serves={path}").status_code == 409
    assert browser.get(f"/our-agency/{path}/actions/new").status_code == 409
    sent = wanted(cast) | {"due": "2024-06-01", "serves": path}
    assert browser.post("/our-agency/actions/new", data=sent).status_code == 409
    assert Action.select().count() == 1


def test_an_action_is_refused_by_the_state_of_now_and_not_by_the_one_that_was_read_before(
    cast: Cast, story: Story
) -> None:
    read_before = story.verifying().record
    read_before.state = "acting"
    with pytest.raises(Refused):
        actions.open_action(cast.actor("coordinator"), wanted(cast), serves=read_before)


def test_who_may_not_handle_it_adds_no_action_by_any_door(cast: Cast, story: Story, visit: Visit) -> None:
    nc = story.analysed()
    path = f"nonconformities/{nc.record.code}"
    with pytest.raises(Forbidden):
        service.add_action(cast.actor("leader"), nc.record.code, wanted(cast))
    with pytest.raises(Forbidden):
        actions.open_action(cast.actor("leader"), wanted(cast), serves=nc.record)
    sent = wanted(cast) | {"due": "2024-06-01", "serves": path}
    assert visit("leader").get(f"/our-agency/actions/new?serves={path}").status_code == 403
    assert visit("leader").post("/our-agency/actions/new", data=sent).status_code == 403
    assert visit("overseer").get(f"/our-agency/{path}/actions/new").status_code == 403
    assert Action.select().count() == 0


def test_the_owner_of_the_nonconformity_adds_an_action_though_not_every_action_is_theirs(
    cast: Cast, story: Story
) -> None:
    nc = story.analysed()
    assert nc.record.owner_id == cast.person("staff").id
    assert service.add_action(cast.actor("staff"), nc.record.code, wanted(cast)).record.code
    with pytest.raises(Forbidden):
        actions.open_action(cast.actor("staff"), wanted(cast))


# ---------------------------------------------------------------- the approved plan


@pytest.mark.parametrize(
    "values", [{"title": "Không làm gì"}, {"due": LATER, "reason": "bận"}, {"owner": "colleague"}]
)
@pytest.mark.parametrize("part", ["staff", "coordinator"])
def test_an_approved_plan_is_not_changed_by_the_actions_owner_nor_by_who_may_not_approve_it(
    cast: Cast, story: Story, part: str, values: dict[str, Any]
) -> None:  # fmt: skip
    code = only_action(story.acting()).record.code
    sent = values | ({"owner": cast.person("colleague").id} if "owner" in values else {})
    with pytest.raises(Refused) as refused:
        actions.edit(cast.actor(part), code, sent)
    assert [o.where for o in refused.value.reasons] == ["../../nonconformities/NC-2024-001"]


def test_who_may_approve_the_plan_extends_it_for_a_reason_and_the_first_date_is_kept(
    cast: Cast, story: Story
) -> None:
    action = only_action(story.acting())
    code, first = action.record.code, action.record.due
    with pytest.raises(Refused) as refused:
        actions.edit(cast.actor("unit_head"), code, {"due": LATER})
    assert [o.where for o in refused.value.reasons] == ["edit#reason"]
    row = actions.edit(cast.actor("unit_head"), code, {"due": LATER, "reason": "chờ kinh phí"})
    assert (row.record.due, row.first_due) == (LATER, first)


def test_a_unit_head_who_owns_the_action_does_not_extend_it(cast: Cast, story: Story) -> None:
    code = only_action(story.acting(owner="unit_head")).record.code
    values = {"due": LATER, "reason": "bận"}
    with pytest.raises(Refused):
        actions.edit(cast.actor("unit_head"), code, values)
    assert actions.edit(cast.actor("leader"), code, values).record.due == LATER


def test_before_the_approval_and_beyond_what_was_approved_the_owner_changes_the_action(
    cast: Cast, story: Story
) -> None:
    code = story.action(story.analysed().record.code).record.code
    assert actions.edit(cast.actor("staff"), code, {"title": "Sửa"}).record.title == "Sửa"
    acting = only_action(story.acting()).record.code
    assert actions.edit(cast.actor("staff"), acting, {"resources": "Hai máy"}).resources == "Hai máy"


def test_the_only_action_of_a_plan_is_not_voided(cast: Cast, story: Story) -> None:
    nc = story.acting()
    code = only_action(nc).record.code
    with pytest.raises(Refused) as refused:
        actions.fire(cast.actor("coordinator"), code, "void", reason="thừa")
    assert [o.where for o in refused.value.reasons] == [f"../../nonconformities/{nc.record.code}"]
    story.action(nc.record.code)
    assert actions.fire(cast.actor("coordinator"), code, "void", reason="thừa").record.state == "voided"
    assert story.read(nc).record.state == "acting"


def test_the_only_action_of_a_plan_that_waits_for_approval_is_not_voided(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    story.action(nc.record.code)
    service.fire(cast.actor("staff"), nc.record.code, "plan")
    with pytest.raises(Refused) as refused:
        actions.fire(cast.actor("coordinator"), only_action(nc).record.code, "void", reason="thừa")
    assert [o.where for o in refused.value.reasons] == [f"../../nonconformities/{nc.record.code}"]


def test_voiding_what_is_left_moves_it_on_when_the_others_are_done(cast: Cast, story: Story) -> None:
    nc = story.acting(actions=2)
    first, second = (a.code for a in serving(nc.record_id))
    actions.fire(cast.actor("staff"), first, "finish", values={"proof": "ảnh"})
    actions.fire(cast.actor("coordinator"), second, "void", reason="thừa")
    assert story.read(nc).record.state == "verifying"


def test_an_action_that_no_plan_holds_is_voided(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    code = story.action(nc.record.code).record.code
    assert actions.fire(cast.actor("coordinator"), code, "void", reason="thừa").record.state == "voided"


def test_corrective_action_is_not_waived_while_one_is_open(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    code = story.action(nc.record.code).record.code
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), nc.record.code, "waive_action", reason="đã rõ")
    assert [one.where for one in refused.value.reasons] == [f"../../actions/{code}#end"]
    actions.fire(cast.actor("coordinator"), code, "void", reason="thừa")
    row = service.fire(cast.actor("leader"), nc.record.code, "waive_action", reason="đã rõ")
    assert row.record.state == "verifying"
