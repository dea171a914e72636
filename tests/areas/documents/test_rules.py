"""The rules of the register of documents on plain values."""

from __future__ import annotations

from datetime import date

import pytest

from qms.areas.documents import rules
from qms.areas.documents.rules import DOCUMENT, DocumentFacts, code_obstacle, dates_obstacle, next_issue
from qms.kernel.errors import Refused
from qms.kernel.permissions import Actor, Role

DAY = date(2024, 4, 15)
FACTS = DocumentFacts("01", DAY, author_id=2, editors=frozenset({3}), actor_id=1)


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        (rules.has_issue_number, {"issue_number": " "}),
        (rules.has_first_day, {"valid_from": None}),
        (rules.has_author, {"author_id": None}),
        (rules.approver_is_not_the_author, {"actor_id": 2}),
        (rules.approver_is_not_the_author, {"acts_for": frozenset({2})}),
        (rules.approver_is_not_the_author, {"actor_id": 3}),
        (rules.approver_is_not_the_author, {"acts_for": frozenset({3})}),
    ],
)
def test_a_condition_speaks_when_its_fact_is_missing_and_only_then(condition: object, missing: dict) -> None:
    assert condition(FACTS) is None  # type: ignore[operator]
    assert condition(DocumentFacts(**{**FACTS.__dict__, **missing})) is not None  # type: ignore[operator]


@pytest.mark.parametrize("code", ["QT-01", "QT.01-STP", "CSCL", "Mẫu-01"])
def test_a_code_as_it_stands_on_paper_is_taken(code: str) -> None:
    assert code_obstacle(code) is None


@pytest.mark.parametrize("code", ["", "Q", "QT/01", "QT 01", "new", "-01", "Q" * 61, "../x"])
def test_a_code_that_cannot_stand_in_an_address_is_not(code: str) -> None:
    assert code_obstacle(code) is not None


@pytest.mark.parametrize(
    ("number", "following"), [("01", "02"), ("9", "10"), ("09", "10"), ("A", ""), ("", "")]
)
def test_the_next_issue_counts_on(number: str, following: str) -> None:
    assert next_issue(number) == following


def test_nothing_ends_before_it_begins() -> None:
    assert dates_obstacle(DAY, date(2024, 4, 14)) is not None
    assert dates_obstacle(DAY, DAY) is None
    assert dates_obstacle(DAY, None) is None


def _pairs() -> list[tuple[str, str]]:
    return [
        (name, str(state))
        for name in dict.fromkeys(t.name for t in DOCUMENT.transitions)
        for state in DOCUMENT.states
        if not any(t.name == name and state in t.sources for t in DOCUMENT.transitions)
    ]


@pytest.mark.parametrize(("name", "state"), _pairs())
def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(name: str, state: str) -> None:
    everything = Actor(1, "ai đó", 1, "co-quan", DAY, frozenset(Role))
    with pytest.raises(Refused):
        DOCUMENT.check(name, state, FACTS, everything, reason="vì thế")
