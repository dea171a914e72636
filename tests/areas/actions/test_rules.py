"""The rules of actions on plain values."""

from __future__ import annotations

from datetime import date

import pytest

from qms.areas.actions import rules
from qms.areas.actions.rules import ACTION, ActionFacts, later_due_needs_a_reason
from qms.kernel.errors import Refused
from qms.kernel.permissions import Actor, Role

DAY, LATER = date(2024, 5, 1), date(2024, 6, 1)
FACTS = ActionFacts(owner_id=2, due=DAY, proof="ảnh", proofs=0, actor_id=1)


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        (rules.has_owner, {"owner_id": None}),
        (rules.has_due_date, {"due": None}),
        (rules.has_proof, {"proof": " "}),
        (rules.verifier_is_another, {"actor_id": 2}),
        (rules.verifier_is_another, {"acts_for": frozenset({2})}),
        (rules.verifier_is_another, {"done_by_id": 1, "actor_id": 1}),
    ],
)
def test_a_condition_speaks_when_its_fact_is_missing_and_only_then(condition: object, missing: dict) -> None:
    assert condition(FACTS) is None  # type: ignore[operator]
    assert condition(ActionFacts(**{**FACTS.__dict__, **missing})) is not None  # type: ignore[operator]


def test_an_attached_file_is_a_proof() -> None:
    assert rules.has_proof(ActionFacts(2, DAY, "", 1, 1)) is None


@pytest.mark.parametrize(
    ("old", "new", "reason", "speaks"),
    [
        (DAY, LATER, "", True),
        (DAY, LATER, "chờ kinh phí", False),
        (DAY, None, " ", True),
        (DAY, DAY, "", False),
        (LATER, DAY, "", False),
        (None, LATER, "", False),
    ],
)
def test_only_a_later_due_date_needs_a_reason(
    old: date | None, new: date | None, reason: str, speaks: bool
) -> None:
    assert (later_due_needs_a_reason(old, new, reason) is not None) is speaks


def _pairs() -> list[tuple[str, str]]:
    return [
        (name, str(state))
        for name in dict.fromkeys(t.name for t in ACTION.transitions)
        for state in ACTION.states
        if not any(t.name == name and state in t.sources for t in ACTION.transitions)
    ]


@pytest.mark.parametrize(("name", "state"), _pairs())
def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(name: str, state: str) -> None:
    everything = Actor(1, "ai đó", 1, "co-quan", DAY, frozenset(Role))
    with pytest.raises(Refused):
        ACTION.check(name, state, FACTS, everything, reason="vì thế")
