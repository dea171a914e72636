"""What ended keeps its day, and what is in force though it needs no work goes to somebody when its owner leaves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qms.areas.actions import service as actions
from qms.areas.documents import service as documents
from qms.areas.documents.models import Document
from qms.areas.scope import service as scope
from qms.kernel import leaving
from qms.kernel.errors import Refused
from tests.cast import TODAY, Cast


def test_an_action_that_is_verified_later_ended_when_it_was_done(cast: Cast) -> None:
    values = {"title": "x", "sort": "corrective", "owner": cast.person("staff").id, "due": date(2024, 6, 1)}
    code = actions.open_action(cast.actor("coordinator"), values).record.code
    actions.fire(cast.actor("staff"), code, "finish", values={"proof": "p"})
    later = cast.actor("auditor", today=TODAY + timedelta(days=60))
    assert actions.fire(later, code, "verify").record.ended_on == TODAY


@pytest.fixture
def issued(cast: Cast) -> str:
    """The code of an issued document that staff owns."""
    staff = cast.person("staff").id
    values = {
        "code": "QT-01",
        "title": "t",
        "issue_number": "01",
        "author": staff,
        "owner": staff,
        "valid_from": TODAY,
    }
    documents.add_document(cast.actor("coordinator"), values)
    documents.fire(cast.actor("leader"), "QT-01", "issue")
    return "QT-01"


def test_nobody_leaves_with_an_issued_document_until_somebody_takes_it(cast: Cast, issued: str) -> None:
    coordinator, staff = cast.actor("coordinator"), cast.person("staff")
    with pytest.raises(Refused):
        leaving.deactivate(coordinator, staff)
    leaving.deactivate(coordinator, staff, to={cast.ours.id: cast.person("colleague")})
    row = Document.by_code(cast.ours.id, issued).record
    assert (row.owner_id, row.state) == (cast.person("colleague").id, "issued")


def test_a_withdrawn_document_stays_with_who_answered_for_it(cast: Cast, issued: str) -> None:
    documents.fire(cast.actor("leader"), issued, "withdraw", reason="thay thế")
    assert leaving.open_records(cast.person("staff")) == []


def test_a_procedure_in_the_scope_is_handed_over_and_one_taken_out_is_not(cast: Cast) -> None:
    coordinator, staff = cast.actor("coordinator"), cast.person("staff")
    for code in ("1.000123", "1.000124"):
        values = {"code": code, "title": "t", "valid_from": date(2023, 1, 1), "owner": staff.id}
        scope.add_procedure(coordinator, values)
    scope.fire(coordinator, "1.000124", "remove", reason="r", values={"day": date(2024, 1, 31)})
    assert [record.code for record in leaving.open_records(staff)] == ["1.000123"]
