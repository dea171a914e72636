"""What an approved plan keeps: its criterion, its actions, the day of the check; and what an ended record keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.actions import service_serves
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.reviews import service as reviews
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.jobs import Notification
from qms.kernel.records import Kind
from qms.kernel.trail import TrailEntry
from tests.areas.nonconformities.story import CRITERION, Story
from tests.areas.reviews.meeting import Meeting
from tests.cast import TODAY, Cast

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/nonconformities"
WHY = {"reason": "Đoàn thẩm tra đề nghị"}
LATER, SOON = TODAY + timedelta(days=60), TODAY + timedelta(days=7)
PROOF = {"proof": "Biên bản"}
EFFECTIVE = {"effect_result": "Quý II đạt 35%", "effect_met": "yes"}


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def only_action(nc: Kind) -> str:
    (action,) = serving(nc.record_id)
    return action.code


def places(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.where for reason in refused.value.reasons]


# ---------------------------------------------------------------- the criterion


@pytest.mark.parametrize("part", ["leader", "second_leader", "unit_head"])
def test_who_may_approve_the_plan_changes_its_criterion_for_a_reason_that_is_kept(
    cast: Cast, story: Story, part: str
) -> None:
    nc = story.acting()
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor(part), nc.record.code, "criterion", {"criterion": "30 hồ sơ"})
    assert places(refused) == ["criterion#reason"]
    row = service.write_part(cast.actor(part), nc.record.code, "criterion", {"criterion": "30 hồ sơ"} | WHY)
    assert row.criterion == "30 hồ sơ"
    entry = TrailEntry.select().order_by(TrailEntry.id.desc()).get()
    assert json.loads(entry.body)["reason"] == WHY["reason"]


def test_after_the_approval_neither_owner_nor_who_handles_it_writes_the_criterion(
    cast: Cast, story: Story
) -> None:
    nc = story.acting()
    for part in ("staff", "coordinator", "auditor"):
        with pytest.raises(Forbidden):
            service.write_part(
                cast.actor(part), nc.record.code, "criterion", {"criterion": "gì cũng được"} | WHY
            )
        with pytest.raises((Refused, Forbidden)):
            service.write_part(cast.actor(part), nc.record.code, "plan", {"criterion": "gì cũng được"} | WHY)
    assert story.read(nc).criterion == CRITERION


@pytest.mark.parametrize("own", ["owner", "planner"])
def test_whoever_owns_it_or_submitted_its_plan_does_not_change_its_criterion(
    cast: Cast, story: Story, own: str
) -> None:
    if own == "owner":
        code = story.acting().record.code
        service.edit(cast.actor("coordinator"), code, {"owner": cast.person("unit_head").id})
    else:
        code = story.analysed().record.code
        story.action(code)
        service.fire(cast.actor("unit_head"), code, "plan")
        service.fire(cast.actor("leader"), code, "approve_plan")
    with pytest.raises(Refused):
        service.write_part(cast.actor("unit_head"), code, "criterion", {"criterion": "gì cũng được"} | WHY)
    row = service.write_part(cast.actor("leader"), code, "criterion", {"criterion": "30 hồ sơ"} | WHY)
    assert row.criterion == "30 hồ sơ"


def test_the_form_of_the_criterion_is_offered_to_who_may_approve_and_asks_for_the_reason(
    story: Story, visit: Visit
) -> None:
    nc = story.acting()
    at = f"{HOME}/{nc.record.code}"
    leader = visit("leader")
    assert f'href="{at}/criterion"' in leader.get(at).text
    assert f'href="{at}/plan"' not in leader.get(at).text
    version = story.read(nc).record.version
    sent = {"criterion": "30 hồ sơ", "version": version}
    assert leader.post(f"{at}/criterion", data=sent).status_code in (409, 422)
    assert leader.post(f"{at}/criterion", data=sent | WHY).status_code == 303
    staff = visit("staff")
    assert "/criterion" not in staff.get(at).text
    assert staff.get(f"{at}/criterion").status_code == 403


# ---------------------------------------------------------------- an action more


def bare(cast: Cast, **values: Any) -> dict[str, Any]:
    return {"title": "Quét", "sort": "corrective", "unit": cast.units["HT"].id} | values


def test_an_action_that_is_added_to_an_approved_plan_has_owner_and_due_date(cast: Cast, story: Story) -> None:
    nc = story.acting()
    with pytest.raises(Refused) as refused:
        service.add_action(cast.actor("leader"), nc.record.code, bare(cast))
    assert places(refused) == ["edit#owner", "edit#due"]
    alone = actions.open_action(cast.actor("coordinator"), bare(cast)).record.code
    with pytest.raises(Refused) as refused:
        service_serves.add(cast.actor("leader"), alone, nc.record.code)
    assert places(refused) == ["edit#owner", "edit#due"]
    assert len(serving(nc.record_id)) == 1
    early = story.analysed()
    assert service.add_action(cast.actor("staff"), early.record.code, bare(cast)).record.code


@pytest.mark.parametrize("door", ["new", "serves"])
def test_whoever_approved_the_plan_hears_of_an_action_that_is_added_to_it(
    cast: Cast, story: Story, door: str
) -> None:
    nc = story.acting()
    values = bare(cast, owner=cast.person("staff").id, due=LATER)
    Notification.delete().execute()
    if door == "new":
        code = service.add_action(cast.actor("leader"), nc.record.code, values).record.code
    else:
        code = actions.open_action(cast.actor("coordinator"), values).record.code
        service_serves.add(cast.actor("leader"), code, nc.record.code)
    told = Notification.select().where(Notification.person == cast.person("unit_head").id)
    assert [(one.record_id, code in one.text) for one in told] == [(nc.record_id, True)]


def test_before_the_approval_nobody_is_told_of_an_action_that_is_added(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    Notification.delete().execute()
    service.add_action(cast.actor("staff"), nc.record.code, bare(cast))
    assert Notification.select().count() == 0


# ---------------------------------------------------------------- the day of the check


def planned_for(story: Story, day: date, *, actions: int = 1) -> Nonconformity:
    """An approved plan whose effect is to be checked on that day."""
    nc = story.acting(actions=actions)
    return service.write_part(
        story.cast.actor("leader"), nc.record.code, "criterion", {"effect_on": day} | WHY
    )


def test_a_check_that_was_planned_before_the_last_action_is_done_moves_to_the_day_by_grade(
    cast: Cast, story: Story
) -> None:
    nc = planned_for(story, SOON)
    done = SOON + timedelta(days=1)
    actions.fire(cast.actor("staff", today=done), only_action(nc), "finish", values=PROOF)
    assert story.read(nc).effect_on == done + timedelta(days=30)


def test_an_action_that_is_returned_and_done_again_moves_the_check_that_it_overtook(
    cast: Cast, story: Story
) -> None:
    nc = planned_for(story, SOON)
    code, done = only_action(nc), SOON + timedelta(days=1)
    actions.fire(cast.actor("staff"), code, "finish", values=PROOF)
    assert story.read(nc).effect_on == SOON
    actions.fire(cast.actor("auditor"), code, "return", reason="ảnh mờ")
    actions.fire(cast.actor("staff", today=done), code, "finish", values=PROOF)
    row = story.read(nc)
    assert (row.record.state, row.effect_on) == ("verifying", done + timedelta(days=30))


def test_the_effect_is_not_checked_before_the_last_action_that_is_done(cast: Cast, story: Story) -> None:
    nc = story.acting(actions=2)
    actions.fire(cast.actor("staff"), serving(nc.record_id)[0].code, "finish", values=PROOF)
    values = {"effect_on": TODAY - timedelta(days=1)} | WHY
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("leader"), nc.record.code, "criterion", values)
    assert "criterion#effect_on" in places(refused)


def test_while_the_effect_is_checked_who_verifies_moves_the_day_for_a_reason(
    cast: Cast, story: Story
) -> None:
    nc = story.verifying()
    code, auditor = nc.record.code, cast.actor("auditor")
    for values, where in (
        ({"effect_on": LATER}, ["check#reason"]),
        ({"effect_on": None} | WHY, ["check#effect_on"]),
        ({"effect_on": TODAY - timedelta(days=1)} | WHY, ["check#effect_on"]),
    ):
        with pytest.raises(Refused) as refused:
            service.write_part(auditor, code, "check", values)
        assert places(refused) == where
    with pytest.raises(Forbidden):
        service.write_part(cast.actor("staff"), code, "check", {"effect_on": LATER} | WHY)
    assert service.write_part(auditor, code, "check", {"effect_on": LATER} | WHY).effect_on == LATER


def test_closing_before_the_day_of_the_check_needs_a_reason_that_is_kept(cast: Cast, story: Story) -> None:
    nc = story.verifying()
    code, on_the_day = nc.record.code, TODAY + timedelta(days=30)
    service.write_part(cast.actor("auditor"), code, "effectiveness", EFFECTIVE)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor", today=on_the_day - timedelta(days=1)), code, "close")
    assert places(refused) == ["#close-reason"]
    assert "15/05/2024" in str(refused.value)
    row = service.fire(cast.actor("auditor"), code, "close", reason=WHY["reason"])
    assert (row.record.state, row.effect_reason) == ("closed", WHY["reason"])


def test_on_the_day_of_the_check_it_closes_without_a_reason(cast: Cast, story: Story) -> None:
    code = story.verifying().record.code
    auditor = cast.actor("auditor", today=TODAY + timedelta(days=30))
    service.write_part(auditor, code, "effectiveness", EFFECTIVE)
    assert service.fire(auditor, code, "close").record.state == "closed"


def test_the_page_moves_the_day_of_the_check(story: Story, visit: Visit) -> None:
    nc = story.verifying()
    at = f"{HOME}/{nc.record.code}"
    auditor = visit("auditor")
    assert f'href="{at}/check"' in auditor.get(at).text
    sent = {"effect_on": LATER.isoformat(), "version": nc.record.version} | WHY
    assert auditor.post(f"{at}/check", data=sent).status_code == 303
    assert story.read(nc).effect_on == LATER


# ---------------------------------------------------------------- what has ended


def test_an_action_is_not_returned_once_all_that_it_serves_has_ended(cast: Cast, story: Story) -> None:
    nc = story.closed()
    code = only_action(nc)
    with pytest.raises(Refused) as refused:
        actions.fire(cast.actor("auditor"), code, "return", reason="ảnh mờ")
    assert places(refused) == [f"../../nonconformities/{nc.record.code}"]
    assert nc.record.code in str(refused.value)
    assert actions.fire(cast.actor("auditor"), code, "verify").record.state == "verified"


def test_an_action_of_an_improvement_that_is_carried_out_is_not_returned(cast: Cast, story: Story) -> None:
    nc = story.opened(grade="observation")
    code = story.action(nc.record.code).record.code
    service.fire(cast.actor("leader"), nc.record.code, "accept")
    actions.fire(cast.actor("staff"), code, "finish", values=PROOF)
    assert story.read(nc).record.state == "done"
    with pytest.raises(Refused) as refused:
        actions.fire(cast.actor("auditor"), code, "return", reason="ảnh mờ")
    assert places(refused) == [f"../../nonconformities/{nc.record.code}"]


def test_an_action_is_returned_while_one_that_it_serves_is_open_or_reopened(cast: Cast, story: Story) -> None:
    nc, other = story.acting(), story.analysed()
    code = only_action(nc)
    service_serves.add(cast.actor("coordinator"), code, other.record.code)
    story.done(nc)
    service.write_part(cast.actor("auditor"), nc.record.code, "effectiveness", EFFECTIVE)
    service.fire(cast.actor("auditor"), nc.record.code, "close", reason=WHY["reason"])
    assert actions.fire(cast.actor("auditor"), code, "return", reason="ảnh mờ").record.state == "in_progress"

    closed = story.closed()
    service.fire(cast.actor("leader"), closed.record.code, "reopen", reason="tái diễn")
    again = only_action(closed)
    assert actions.fire(cast.actor("auditor"), again, "return", reason="ảnh mờ").record.state == "in_progress"


def test_an_action_of_a_review_is_returned_after_the_review_is_closed(cast: Cast) -> None:
    review = Meeting(cast).held()
    code = only_action(review)
    minutes = {"started": "08:00", "ended": "10:30", "discussion": "Thống nhất."}
    reviews.write_minutes(cast.actor("coordinator"), review.record.code, minutes)
    reviews.fire(cast.actor("leader"), review.record.code, "close")
    actions.fire(cast.actor("staff"), code, "finish", values=PROOF)
    assert actions.fire(cast.actor("leader"), code, "return", reason="ảnh mờ").record.state == "in_progress"


def test_the_page_of_the_action_says_so_with_the_way_to_what_has_ended(story: Story, visit: Visit) -> None:
    nc = story.closed()
    page = visit("auditor").get(f"/our-agency/actions/{only_action(nc)}").text
    assert "đã kết thúc" in page
    assert f'href="{HOME}/{nc.record.code}"' in page
    assert Action.select().count() == 1
