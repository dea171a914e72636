"""Actions in the database, with the trail that tells what happened to them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from qms.areas.actions import service
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.kernel import verify
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from qms.kernel.links import Link
from qms.kernel.trail import TrailEntry
from tests.areas.nonconformities.story import Story
from tests.cast import TODAY, Cast

DUE = date(2024, 5, 31)


def action(cast: Cast, **values: Any) -> dict[str, Any]:
    return {
        "title": "Quét bổ sung hồ sơ",
        "sort": "corrective",
        "description": "",
        "owner": cast.person("staff").id,
        "unit": cast.units["HT"].id,
        "due": DUE,
        "resources": "",
        "proof": "",
    } | values


def opened(cast: Cast, **values: Any) -> str:
    return service.open_action(cast.actor("coordinator"), action(cast, **values)).record.code


def read(cast: Cast, code: str) -> Action:
    return Action.by_code(cast.ours.id, code)


def test_an_action_begins_open_with_its_first_due_date(cast: Cast) -> None:
    row = read(cast, opened(cast))
    assert (row.record.code, row.record.state, row.first_due) == ("AC-2024-001", "open", DUE)


def test_every_obstacle_is_named_at_once(cast: Cast) -> None:
    wrong = action(
        cast, title="", sort="wish", due=TODAY - timedelta(days=1), owner=cast.person("stranger").id
    )
    with pytest.raises(Refused) as refused:
        service.open_action(cast.actor("coordinator"), wrong)
    assert [r.where for r in refused.value.reasons] == ["edit#title", "edit#sort", "edit#due", "edit#owner"]
    assert Action.select().count() == 0


def test_an_action_is_added_to_any_record_of_the_organisation(cast: Cast) -> None:
    target = Story(cast).opened().record
    row = service.open_action(cast.actor("coordinator"), action(cast), serves=target)
    tie = Link.get(Link.record == row.record_id)
    assert (tie.target_id, tie.relation) == (target.id, "serves")
    (served,) = serving(tie.target_id)
    assert (served.code, served.due, served.done_by_id) == ("AC-2024-001", row.record.due, None)


def test_an_action_for_another_organisations_record_is_not_found(cast: Cast) -> None:
    served = Story(cast).opened().record
    with pytest.raises(NotFound):
        service.open_action(cast.actor("stranger"), action(cast, owner=None, unit=None), serves=served)
    assert Action.select().count() == 0


def test_an_extension_needs_a_reason_and_keeps_the_first_date(cast: Cast) -> None:
    code = opened(cast)
    later = DUE + timedelta(days=30)
    with pytest.raises(Refused) as refused:
        service.edit(cast.actor("coordinator"), code, {"due": later})
    assert [r.where for r in refused.value.reasons] == ["edit#reason"]
    row = service.edit(cast.actor("coordinator"), code, {"due": later, "reason": "chờ kinh phí"})
    assert (row.record.due, row.first_due) == (later, DUE)
    entry = json.loads(TrailEntry.select().where(TrailEntry.tag == "action.edit").get().body)
    assert entry["reason"] == "chờ kinh phí"
    assert entry["changes"]["due"] == ["2024-05-31", "2024-06-30"]


def test_an_earlier_due_date_needs_no_reason(cast: Cast) -> None:
    code = opened(cast)
    assert service.edit(cast.actor("coordinator"), code, {"due": TODAY}).record.due == TODAY


def test_somebody_who_does_not_work_here_owns_nothing(cast: Cast) -> None:
    code = opened(cast)
    with pytest.raises(Refused) as refused:
        service.edit(cast.actor("coordinator"), code, {"owner": cast.person("stranger").id})
    assert [r.where for r in refused.value.reasons] == ["edit#owner"]


def test_two_people_saving_one_action_get_both_versions(cast: Cast) -> None:
    code = opened(cast)
    service.edit(cast.actor("coordinator"), code, {"title": "Một"}, 1)
    with pytest.raises(Stale) as stale:
        service.edit(cast.actor("unit_head"), code, {"title": "Hai", "reason": ""}, 1)
    assert list(stale.value.fields.values()) == [("Một", "Hai")]


def test_done_means_proven_and_the_step_takes_the_proof_with_it(cast: Cast) -> None:
    code = opened(cast)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "finish")
    assert [r.where for r in refused.value.reasons] == ["#finish-proof"]
    row = service.fire(cast.actor("staff"), code, "finish", values={"proof": "Biên bản số 12"})
    assert (row.record.state, row.proof, row.done_on) == ("done", "Biên bản số 12", TODAY)
    steps = [t.tag for t in TrailEntry.select().where(TrailEntry.record_id == row.record_id)]
    assert steps == ["action.create", "action.finish"]
    assert verify.verify([cast.ours.id]).intact


def test_the_owner_cannot_verify_the_own_action(cast: Cast) -> None:
    code = opened(cast, owner=cast.person("auditor").id)
    service.fire(cast.actor("auditor"), code, "finish", values={"proof": "ảnh"})
    with pytest.raises(Refused):
        service.fire(cast.actor("auditor"), code, "verify")
    row = service.fire(cast.actor("coordinator"), code, "verify")
    assert (row.record.state, row.verified_by_id) == ("verified", cast.person("coordinator").id)


def test_a_returned_action_is_under_way_again_and_no_longer_done(cast: Cast) -> None:
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    with pytest.raises(Refused):
        service.fire(cast.actor("auditor"), code, "return")
    row = service.fire(cast.actor("auditor"), code, "return", reason="ảnh mờ")
    assert (row.record.state, row.done_on, row.record.ended_on) == ("in_progress", None, None)


def test_voiding_needs_a_reason_and_ends_it(cast: Cast) -> None:
    code = opened(cast)
    with pytest.raises(Forbidden):
        service.fire(cast.actor("auditor"), code, "void", reason="trùng")
    assert service.fire(cast.actor("coordinator"), code, "void", reason="trùng").record.ended_on == TODAY
    with pytest.raises(Refused):
        service.edit(cast.actor("coordinator"), code, {"title": "x"})


@pytest.mark.parametrize("part", ["staff", "auditor", "records", "inspector", "overseer", "admin"])
def test_who_may_not_record_actions_is_forbidden(cast: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        service.open_action(cast.actor(part), action(cast))


def test_what_is_done_waits_for_those_who_may_verify_it(cast: Cast) -> None:
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    waiting = {part for part in cast.people if service.work(cast.actor(part))}
    assert waiting == {"coordinator", "auditor", "leader", "second_leader", "unit_head"}


def test_what_is_done_waits_for_nobody_who_may_not_verify_it(cast: Cast) -> None:
    code = opened(cast)
    service.fire(cast.actor("coordinator"), code, "finish", values={"proof": "ảnh"})
    assert service.work(cast.actor("coordinator")) == []  # who reported it done does not verify it
    assert service.work(cast.actor("other_head")) == []  # the action of another unit
    with pytest.raises(Refused):
        service.fire(cast.actor("coordinator"), code, "verify")
    assert [item.code for item in service.work(cast.actor("unit_head"))] == [code]
    assert service.fire(cast.actor("unit_head"), code, "verify").record.state == "verified"


def test_what_others_may_verify_hides_nothing_that_this_person_may(cast: Cast) -> None:
    for _index in range(25):  # more than a work list shows
        own = opened(cast, owner=cast.person("auditor").id)
        service.fire(cast.actor("auditor"), own, "finish", values={"proof": "ảnh"})
    code = opened(cast, due=DUE + timedelta(days=90))
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    assert [item.code for item in service.work(cast.actor("auditor"))] == [code]
    assert len(service.work(cast.actor("leader"))) == 20
