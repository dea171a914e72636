"""The rules of the register of procedures on plain values."""

from __future__ import annotations

from datetime import date

import pytest

from qms.areas.scope.rules import (
    PROCEDURE,
    ProcedureFacts,
    code_obstacle,
    dates_obstacle,
    had_left_before,
    leaves_no_earlier_than_it_came,
)
from qms.kernel.errors import Refused
from qms.kernel.permissions import Actor, Role

DAY = date(2024, 4, 15)


@pytest.mark.parametrize("code", ["1.000123", "2.000635", "1.000688.000.00.00.H33"])
def test_a_code_of_the_national_database_is_taken_as_text(code: str) -> None:
    assert code_obstacle(code) is None


@pytest.mark.parametrize("code", ["", "1000123", "1.0123", "1,000123", "1.000123/2", "new", "1.000123 "])
def test_anything_else_is_no_code(code: str) -> None:
    assert code_obstacle(code) is not None


@pytest.mark.parametrize(
    ("begins", "ends", "speaks"),
    [(DAY, None, False), (DAY, DAY, False), (None, None, True), (DAY, date(2024, 4, 14), True)],
)
def test_it_is_in_the_scope_from_a_day_on(begins: date | None, ends: date | None, speaks: bool) -> None:
    assert (dates_obstacle(begins, ends) is not None) is speaks


def _pairs() -> list[tuple[str, str]]:
    return [
        (name, str(state))
        for name in dict.fromkeys(t.name for t in PROCEDURE.transitions)
        for state in PROCEDURE.states
        if not any(t.name == name and state in t.sources for t in PROCEDURE.transitions)
    ]


@pytest.mark.parametrize(("name", "state"), _pairs())
def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(name: str, state: str) -> None:
    everything = Actor(1, "ai đó", 1, "co-quan", DAY, frozenset(Role))
    with pytest.raises(Refused):
        PROCEDURE.check(name, state, ProcedureFacts(DAY, DAY, None), everything, reason="vì thế")


def test_a_button_tells_what_stands_in_the_way_of_its_day() -> None:
    before, after = date(2024, 4, 14), date(2024, 4, 16)
    left = ProcedureFacts(DAY, before, before)
    assert leaves_no_earlier_than_it_came(left) is None
    assert had_left_before(left) is None
    soon = ProcedureFacts(DAY, after, DAY)
    assert leaves_no_earlier_than_it_came(soon) is not None
    assert had_left_before(soon) is not None
