"""A due date that is moved back: by whom, how often, and what stays of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from peewee import Database

from qms.areas.actions import service, service_serves
from qms.areas.actions.models import Action
from qms.areas.kpis.service_write import define
from qms.areas.objectives import service as objectives
from qms.kernel import accounts, db
from qms.kernel.errors import Forbidden, Refused, Stale
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from tests.areas.actions.test_serves import INDICATOR, only_action
from tests.areas.actions.test_service import DUE, opened, read
from tests.areas.nonconformities.story import Story
from tests.areas.objectives.test_service import approved, drafted
from tests.areas.reviews.meeting import Meeting
from tests.cast import TODAY, Cast

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/actions"
LATER = date(2024, 12, 31)
BUSY = {"due": LATER, "reason": "chờ kinh phí"}


def test_an_extension_keeps_the_first_date_and_says_when_from_what_to_what_and_why(cast: Cast) -> None:
    code = opened(cast)
    between = DUE + timedelta(days=30)
    service.extend(cast.actor("coordinator"), code, {"due": between, "reason": "chờ máy"})
    service.edit(cast.actor("staff"), code, {"description": "Theo ca"})
    service.edit(cast.actor("coordinator"), code, BUSY)  # the whole form extends too
    service.edit(cast.actor("coordinator"), code, {"due": between})  # brought forward: no extension
    row = read(cast, code)
    assert (row.first_due, row.record.due) == (DUE, between)
    assert [(e.old, e.new, e.reason) for e in service.extensions(row)] == [
        (DUE, between, "chờ máy"),
        (between, LATER, "chờ kinh phí"),
    ]
    entry = json.loads(TrailEntry.get(TrailEntry.tag == "action.extend").body)
    assert (entry["reason"], entry["changes"]["due"]) == ("chờ máy", ["2024-05-31", "2024-06-30"])
    assert verify([cast.ours.id]).intact


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, ["extend#due"]),
        ({"due": None, "reason": "bận"}, ["extend#due"]),
        ({"due": DUE, "reason": "bận"}, ["extend#due"]),
        ({"due": DUE - timedelta(days=1), "reason": "bận"}, ["extend#due"]),
        ({"due": LATER, "reason": "  "}, ["extend#reason"]),
    ],
)
def test_what_is_no_extension_is_refused(cast: Cast, values: dict[str, Any], where: list[str]) -> None:
    code = opened(cast)
    with pytest.raises(Refused) as refused:
        service.extend(cast.actor("coordinator"), code, values)
    assert [o.where for o in refused.value.reasons][: len(where)] == where
    assert (read(cast, code).record.due, read(cast, code).record.version) == (DUE, 1)


def test_what_is_overdue_is_extended_to_a_day_that_is_still_to_come(cast: Cast) -> None:
    code, today = opened(cast), date(2024, 9, 1)
    late = cast.actor("coordinator", today=today)
    with pytest.raises(Refused):
        service.extend(late, code, {"due": date(2024, 8, 1), "reason": "bận"})
    assert service.extend(late, code, {"due": today, "reason": "bận"}).record.due == today


def test_an_action_that_has_ended_is_not_extended(cast: Cast) -> None:
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    with pytest.raises(Refused):
        service.extend(cast.actor("coordinator"), code, BUSY)


@pytest.mark.parametrize("part", ["auditor", "colleague", "records", "inspector", "overseer", "other_head"])
def test_who_may_not_change_it_does_not_extend_it(cast: Cast, part: str) -> None:
    code = opened(cast)
    with pytest.raises(Forbidden):
        service.extend(cast.actor(part), code, BUSY)


def test_one_that_was_opened_on_an_older_version_meets_both(cast: Cast) -> None:
    code = opened(cast)
    service.edit(cast.actor("staff"), code, {"description": "Theo ca"}, 1)
    with pytest.raises(Stale):
        service.extend(cast.actor("coordinator"), code, BUSY, 1)


# ---------------------------------------------------------------- who, where it was approved


def of_a_nonconformity(cast: Cast) -> tuple[str, str]:
    nc = Story(cast).acting()
    return only_action(nc), nc.record.code


def of_an_objective(cast: Cast) -> tuple[str, str]:
    define(cast.actor("coordinator"), INDICATOR)
    objective, code = approved(cast), opened(cast)
    service_serves.add(cast.actor("coordinator"), code, objective)
    return code, objective


def of_a_review(cast: Cast) -> tuple[str, str]:
    review = Meeting(cast).held()
    return only_action(review), review.record.code


@pytest.mark.parametrize(
    ("made", "extends"),
    [
        (of_a_nonconformity, {"leader", "second_leader", "unit_head"}),
        (of_an_objective, {"leader", "second_leader"}),
        (of_a_review, {"leader", "second_leader"}),
    ],
)
def test_what_was_approved_is_extended_by_who_may_approve_it(
    cast: Cast, made: Callable[[Cast], tuple[str, str]], extends: set[str]
) -> None:
    code, approved_with = made(cast)
    staff = cast.person("staff").id
    assert read(cast, code).record.owner_id == staff
    for part in ("staff", "coordinator", "unit_head", "leader", "second_leader"):
        row = read(cast, code)
        assert row.record.due is not None
        values = {"due": row.record.due + timedelta(days=1), "reason": "bận"}
        if part in extends:
            assert service.extend(cast.actor(part), code, values).record.due == values["due"]
            continue
        for refused in (service.extend, service.edit):
            with pytest.raises(Refused) as error:
                refused(cast.actor(part), code, values)
            assert [o.where.split("/")[-1] for o in error.value.reasons] == [approved_with]
    assert len(service.extensions(read(cast, code))) == len(extends)


def test_neither_its_owner_nor_their_deputy_extends_it_though_they_may_approve(cast: Cast) -> None:
    code = only_action(Story(cast).acting(owner="leader"))
    accounts.set_deputy(
        cast.actor("leader"),
        cast.person("leader"),
        cast.person("second_leader"),
        valid_from=TODAY,
        valid_to=TODAY,
    )
    for part in ("leader", "second_leader"):
        with pytest.raises(Refused):
            service.extend(cast.actor(part), code, BUSY)
    assert service.extend(cast.actor("unit_head"), code, BUSY).record.due == LATER


def test_a_leader_who_wrote_the_objective_does_not_extend_what_another_approved(cast: Cast) -> None:
    define(cast.actor("coordinator"), INDICATOR)
    objective = drafted(cast, owner=cast.person("leader").id)
    objectives.edit(cast.actor("leader"), objective, {"plan": "Quét theo ca, có phân công"})
    objectives.fire(cast.actor("second_leader"), objective, "approve")
    code = opened(cast)
    service_serves.add(cast.actor("coordinator"), code, objective)
    with pytest.raises(Refused):
        service.extend(cast.actor("leader"), code, BUSY)
    assert service.extend(cast.actor("second_leader"), code, BUSY).record.due == LATER


# ---------------------------------------------------------------- pages


def test_the_page_extends_as_a_step_and_shows_how_often_it_was_done(cast: Cast, visit: Visit) -> None:
    code = opened(cast)
    browser = visit("coordinator")
    page = browser.get(f"{HOME}/{code}").text
    assert f'action="{HOME}/{code}/extend"' in page
    assert 'id="extend-due"' in page
    sent = {"due": "2024-12-31", "reason": "chờ kinh phí", "version": 1}
    assert browser.post(f"{HOME}/{code}/extend", data=sent).location == f"{HOME}/{code}"
    after = browser.get(f"{HOME}/{code}").text
    for told in ("31/05/2024 → 31/12/2024", "chờ kinh phí", "1 lần", "gia hạn AC-2024-001"):
        assert told in after


def test_what_was_typed_is_shown_again_when_it_is_refused(cast: Cast, visit: Visit) -> None:
    code = only_action(Story(cast).acting())
    browser, sent = visit("staff"), {"due": "2024-12-31", "reason": "chờ kinh phí", "version": 1}
    answer = browser.post(f"{HOME}/{code}/extend", data=sent)
    assert answer.status_code == 409
    assert "chờ kinh phí" in answer.text
    assert "NC-2024-001" in answer.text
    assert "extend-due" not in browser.get(f"{HOME}/{code}").text  # the page says so before one types
    assert read(cast, code).record.due == DUE


@pytest.mark.parametrize("sent", [{"due": "2024-05-31", "reason": "x"}, {"due": "2024-12-31", "reason": ""},
                                  {"due": "31.12.2024", "reason": "x"}])  # fmt: skip
def test_a_bad_form_is_named_field_by_field(cast: Cast, visit: Visit, sent: dict[str, str]) -> None:
    code = opened(cast)
    answer = visit("coordinator").post(f"{HOME}/{code}/extend", data=sent | {"version": 1})
    assert answer.status_code in (409, 422)
    assert 'href="#due"' in answer.text or 'href="#reason"' in answer.text
    assert read(cast, code).record.due == DUE


@pytest.mark.parametrize("part", ["auditor", "colleague", "inspector"])
def test_who_may_not_change_it_finds_no_such_step(cast: Cast, visit: Visit, part: str) -> None:
    code = opened(cast)
    browser = visit(part)
    assert "/extend" not in browser.get(f"{HOME}/{code}").text
    assert browser.get(f"{HOME}/{code}/extend").status_code == 403
    sent = {"due": "2024-12-31", "reason": "x", "version": 1}
    assert browser.post(f"{HOME}/{code}/extend", data=sent).status_code == 403


# ---------------------------------------------------------------- verifying


@pytest.mark.parametrize("absent", ["staff", "coordinator"])
def test_the_deputy_of_who_did_it_or_reported_it_does_not_verify_it(cast: Cast, absent: str) -> None:
    code = opened(cast)
    service.fire(cast.actor("coordinator"), code, "finish", values={"proof": "ảnh"})  # for staff, who owns it
    accounts.set_deputy(
        cast.actor("coordinator"),
        cast.person(absent),
        cast.person("leader"),
        valid_from=TODAY,
        valid_to=TODAY,
    )
    for step in ("verify", "return"):
        with pytest.raises(Refused) as refused:
            service.fire(cast.actor("leader"), code, step, reason="vì thế")
        assert [o.rule for o in refused.value.reasons] == ["A12"]
    assert [item.code for item in service.work(cast.actor("leader"))] == []
    assert service.fire(cast.actor("second_leader"), code, "verify").record.state == "verified"


@pytest.mark.commits
def test_of_two_who_verify_at_once_one_is_told_and_it_is_verified_once(
    cast: Cast, database: Database
) -> None:
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    version, gate, raised = read(cast, code).record.version, threading.Barrier(2), []

    def verify_it(part: str, seen: int | None) -> None:
        actor = cast.actor(part)
        gate.wait()
        try:
            with db.connected(), language("vi"):
                service.fire(actor, code, "verify", version=seen)
        except (Refused, Stale) as error:
            raised.append(error)

    threads = [threading.Thread(target=verify_it, args=(p, version)) for p in ("auditor", "leader")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [told] = raised
    assert isinstance(told, Stale)
    assert told.changed_by in ("Auditor", "Leader")  # whoever came first
    assert TrailEntry.select().where(TrailEntry.tag == "action.verify").count() == 1
    row = Action.by_code(cast.ours.id, code)
    assert row.verified_by is not None
    assert (row.record.state, row.verified_by.name) == ("verified", told.changed_by)
    assert verify([cast.ours.id]).intact


def test_who_comes_second_without_a_version_is_told_that_it_is_verified(cast: Cast) -> None:
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    service.fire(cast.actor("auditor"), code, "verify")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), code, "verify")
    assert "đã xác nhận" in str(refused.value) or "verified" in str(refused.value)
