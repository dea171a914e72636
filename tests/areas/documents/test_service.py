"""The register of documents: drafted, issued by somebody else, revised, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qms.areas.documents import service
from qms.areas.documents.models import Document, DocumentIssue
from qms.kernel import verify
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from qms.kernel.trail import TrailEntry
from tests.cast import TODAY, Cast

JANUARY, JUNE = date(2024, 1, 15), date(2024, 6, 1)


def document(cast: Cast, **values: Any) -> dict[str, Any]:
    return {
        "code": "QT-01",
        "title": "Quy trình kiểm soát tài liệu",
        "issue_number": "01",
        "author": cast.person("colleague").id,
        "owner": cast.person("coordinator").id,
        "unit": cast.units["VP"].id,
        "valid_from": JANUARY,
        "valid_to": None,
    } | values


def drafted(cast: Cast, **values: Any) -> Document:
    return service.add_document(cast.actor("coordinator"), document(cast, **values))


def issued(cast: Cast) -> Document:
    drafted(cast)
    return service.fire(cast.actor("leader"), "QT-01", "issue")


def numbers(day: date) -> list[str]:
    """The issues in force on that day."""
    return [issue.number for issue in service.in_force(day).select(DocumentIssue.number)]


def test_a_document_begins_as_a_draft_under_its_own_code(cast: Cast) -> None:
    row = drafted(cast)
    assert (row.record.code, row.record.state, row.record.ended_on) == ("QT-01", "draft", None)


def test_every_obstacle_is_named_at_once(cast: Cast) -> None:
    wrong = {"code": "a/b", "title": "", "author": cast.person("stranger").id, "valid_to": date(2023, 1, 1)}
    with pytest.raises(Refused) as refused:
        drafted(cast, **wrong)
    assert {r.where for r in refused.value.reasons} == {
        "edit#code",
        "edit#title",
        "edit#author",
        "edit#valid_to",
    }


def test_a_code_is_taken_once_in_an_organisation(cast: Cast) -> None:
    drafted(cast)
    with pytest.raises(Refused):
        drafted(cast)
    service.add_document(cast.actor("stranger"), document(cast, owner=None, unit=None, author=None))


def test_issuing_records_the_approver_and_the_issue(cast: Cast) -> None:
    row = issued(cast)
    assert (row.record.state, row.approver_id, row.issued_on) == ("issued", cast.person("leader").id, TODAY)
    [issue] = service.issues(row.record_id)
    assert (issue.number, issue.valid_from, issue.valid_to) == ("01", JANUARY, None)
    tags = {t.tag for t in TrailEntry.select().where(TrailEntry.record_id == row.record_id)}
    assert tags == {"document.create", "document.issue", "document_issue.add"}
    assert verify.verify([cast.ours.id]).intact


def test_the_author_does_not_approve_it_and_only_a_leader_does(cast: Cast) -> None:
    drafted(cast, author=cast.person("leader").id)
    with pytest.raises(Refused):
        service.fire(cast.actor("leader"), "QT-01", "issue")
    with pytest.raises(Forbidden):
        service.fire(cast.actor("coordinator"), "QT-01", "issue")


def test_whoever_records_it_is_its_author_unless_another_is_named(cast: Cast) -> None:
    row = drafted(cast, author=None)
    assert row.author_id == cast.person("coordinator").id


def test_whoever_recorded_or_changed_the_issue_does_not_approve_it_whatever_author_is_named(
    cast: Cast,
) -> None:
    drafted(cast, owner=cast.person("leader").id)
    leader = cast.actor("leader")
    service.edit_document(leader, "QT-01", {"title": "Quy trình của tôi"})
    with pytest.raises(Refused):
        service.fire(leader, "QT-01", "issue")
    service.fire(cast.actor("second_leader"), "QT-01", "issue")
    service.fire(cast.actor("coordinator"), "QT-01", "revise", reason="sửa")
    service.edit_document(cast.actor("coordinator"), "QT-01", {"valid_from": JUNE})
    assert service.fire(leader, "QT-01", "issue").record.state == "issued"  # it was not the leader's issue


def test_a_deputy_does_not_approve_what_the_absent_one_changed(cast: Cast) -> None:
    drafted(cast)
    acting = replace(cast.actor("leader"), acts_for=frozenset({cast.person("coordinator").id}))
    with pytest.raises(Refused):
        service.fire(acting, "QT-01", "issue")


def test_a_draft_that_lacks_something_is_not_issued(cast: Cast) -> None:
    drafted(cast, issue_number="", valid_from=None)
    service.edit_document(cast.actor("coordinator"), "QT-01", {"author": None})
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), "QT-01", "issue")
    assert [r.where for r in refused.value.reasons] == ["edit#issue_number", "edit#valid_from", "edit#author"]


def test_the_last_issue_stays_in_force_until_the_next_begins(cast: Cast) -> None:
    row = issued(cast)
    coordinator = cast.actor("coordinator")
    revised = service.fire(coordinator, "QT-01", "revise", reason="đổi cơ cấu")
    assert (revised.record.state, revised.issue_number, revised.valid_from) == ("draft", "02", None)
    assert numbers(TODAY) == ["01"]
    service.edit_document(coordinator, "QT-01", {"valid_from": JUNE})
    service.fire(cast.actor("leader"), "QT-01", "issue")
    assert numbers(date(2024, 5, 31)) == ["01"]
    assert numbers(JUNE) == ["02"]
    assert [i.number for i in service.issues(row.record_id)] == ["02", "01"]
    assert verify.verify([cast.ours.id]).intact


def test_an_issue_number_is_used_once(cast: Cast) -> None:
    issued(cast)
    service.fire(cast.actor("coordinator"), "QT-01", "revise", reason="sửa")
    with pytest.raises(Refused) as refused:
        service.edit_document(cast.actor("coordinator"), "QT-01", {"issue_number": "01"})
    assert [r.where for r in refused.value.reasons] == ["edit#issue_number"]


def test_an_issued_document_is_not_changed(cast: Cast) -> None:
    issued(cast)
    with pytest.raises(Refused):
        service.edit_document(cast.actor("coordinator"), "QT-01", {"title": "khác"})


def test_withdrawing_needs_a_reason_and_ends_the_issue(cast: Cast) -> None:
    issued(cast)
    with pytest.raises(Refused):
        service.fire(cast.actor("leader"), "QT-01", "withdraw")
    row = service.fire(cast.actor("leader"), "QT-01", "withdraw", reason="thay bằng QT-02")
    assert (row.record.state, row.valid_to) == ("withdrawn", TODAY)
    assert numbers(date(2024, 4, 16)) == []


def test_two_people_saving_one_draft_get_both_versions(cast: Cast) -> None:
    drafted(cast)
    service.edit_document(cast.actor("coordinator"), "QT-01", {"title": "Một"}, 1)
    with pytest.raises(Stale):
        service.edit_document(cast.actor("records"), "QT-01", {"title": "Hai"}, 1)


@pytest.mark.parametrize("part", ["leader", "auditor", "staff", "inspector", "overseer", "admin"])
def test_who_may_not_keep_the_register_is_forbidden(cast: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        service.add_document(cast.actor(part), document(cast))


def test_a_stranger_finds_nothing(cast: Cast) -> None:
    drafted(cast)
    with pytest.raises(NotFound):
        service.edit_document(cast.actor("stranger"), "QT-01", {"title": "x"})
    with pytest.raises(NotFound):
        service.fire(cast.actor("stranger"), "QT-01", "withdraw", reason="x")
