"""Where a duty of the year stands: one rule for every area, one shape of its data."""

from __future__ import annotations

from datetime import date

import pytest

from qms.kernel.area import duty_state
from qms.kernel.catalogue import rules

DUE = date(2024, 11, 30)


@pytest.mark.parametrize(
    ("today", "done", "state"),
    [
        (date(2024, 8, 31), False, "open"),
        (date(2024, 9, 1), False, "soon"),
        (DUE, False, "soon"),
        (date(2024, 12, 1), False, "late"),
        (date(2025, 2, 1), True, "done"),
    ],
)
def test_a_duty_is_open_then_soon_then_late_until_it_is_done(today: date, done: bool, state: str) -> None:
    assert duty_state(today, DUE, done=done, warn_days=90) == state


def test_every_duty_says_its_day_its_warning_and_its_source_in_one_shape() -> None:
    for name, rule in rules("duties").items():
        assert {"due", "due_days"} & rule.keys(), name
        assert rule["warn_days"] > 0, name
        assert rule["source_vi"], name
        assert rule["source_en"], name
        assert rule["verified"] is False, name
