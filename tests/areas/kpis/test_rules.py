"""Rates, comparison with the period before, and the verdict on a target: tables of cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qms.areas.kpis import rules
from qms.areas.kpis.rules import (
    Definition,
    Measured,
    Status,
    TargetValue,
    added,
    before,
    best_for,
    judge,
    line,
)
from qms.kernel.calendar import Period


def measured(period: str, numerator: int | None, denominator: int | None, **more: object) -> Measured:
    return Measured("digit_result", Period.parse(period), numerator, denominator, **more)  # type: ignore[arg-type]


def target(period: str, value: str) -> TargetValue:
    return TargetValue(1, "digit_result", Period.parse(period), Decimal(value), set_by="giả định")


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown", "fraction"),
    [
        (1534, 5138, "29,86%", "1.534 / 5.138"),
        (39, 13989, "0,28%", "39 / 13.989"),
        (0, 7, "0,00%", "0 / 7"),
        (1, 0, "–", "1 / 0"),
        (None, 5, "–", ""),
        (5, None, "–", ""),
    ],
)
def test_a_rate_is_computed_from_its_fraction_or_not_at_all(
    numerator: int | None, denominator: int | None, shown: str, fraction: str
) -> None:
    one = measured("2024-Q1", numerator, denominator)
    assert (one.shown, one.fraction) == (shown, fraction)


def test_a_rate_is_exact_until_it_is_shown() -> None:
    assert measured("2024-Q1", 1, 3).rate == Decimal(1) / Decimal(3) * 100


@pytest.mark.parametrize(
    ("stated", "differs"),
    [("34.46", True), ("29.86", False), ("29.9", False), ("30", False), ("29", True), (None, False)],
)
def test_a_stated_rate_differs_only_beyond_its_printed_decimals(stated: str | None, differs: bool) -> None:
    one = measured("2024-Q1", 1534, 5138, stated=Decimal(stated) if stated else None)
    assert one.differs is differs


def test_another_unit_is_no_percentage() -> None:
    assert measured("2024", 12, 5, unit="ngày").shown == "2,40 ngày"


@pytest.mark.parametrize(
    ("period", "fraction", "wanted", "direction", "status", "provisional", "severe"),
    [
        ("2023", (39, 13989), "50", "up", Status.MISSED, False, False),
        ("2023", (50, 100), "50", "up", Status.MET, False, False),
        ("2023", (49999, 100000), "50", "up", Status.MISSED, False, False),
        ("2023-Q1", (48, 100), "50", "up", Status.AT_RISK, True, False),
        ("2023-Q1", (475, 1000), "50", "up", Status.AT_RISK, True, False),
        ("2023-Q1", (474, 1000), "50", "up", Status.AT_RISK, True, True),
        ("2023-Q1", (51, 100), "50", "up", Status.MET, True, False),
        ("2023", (3, 100), "2", "down", Status.MISSED, False, False),
        ("2023", (2, 100), "2", "down", Status.MET, False, False),
        ("2023-Q1", (209, 10000), "2", "down", Status.AT_RISK, True, False),
        ("2023", (None, 100), "50", "up", Status.NO_DATA, False, False),
    ],
)
def test_the_verdict_on_a_target(
    period: str,
    fraction: tuple[int, int],
    wanted: str,
    direction: str,
    status: Status,
    provisional: bool,
    severe: bool,
) -> None:
    found = judge(target("2023", wanted), measured(period, *fraction), direction)
    assert (found.status, found.provisional, found.severe) == (status, provisional, severe)


def test_the_margin_is_data() -> None:
    one = measured("2023-Q1", 45, 100)
    assert judge(target("2023", "50"), one, "up", Decimal(5)).severe
    assert not judge(target("2023", "50"), one, "up", Decimal(10)).severe


def test_nothing_to_judge_is_no_data() -> None:
    assert judge(None, measured("2023", 1, 2), "up").status is Status.NO_DATA
    assert judge(target("2023", "50"), None, "up").status is Status.NO_DATA


def test_a_stated_rate_sets_no_status_but_its_other_verdict_is_told() -> None:
    stated = measured("2024-Q1", 1534, 5138, stated=Decimal("34.46"))
    found = judge(target("2024-Q1", "30"), stated, "up")
    assert (found.status, found.stated_status) == (Status.MISSED, Status.MET)
    assert judge(target("2024-Q1", "20"), stated, "up").stated_status is None
    assert (
        judge(target("2024-Q1", "30"), measured("2024-Q1", None, None, stated=Decimal(98)), "up").status
        is Status.NO_DATA
    )


def test_the_preceding_period_is_the_adjacent_one_of_the_same_length_if_there_is_one() -> None:
    quarter, year, far = measured("2023-Q4", 1, 2), measured("2023", 1, 4), measured("2023-Q3", 1, 8)
    now = measured("2024-Q1", 1, 1)
    assert before(now, [year, far, quarter]) is quarter
    assert before(now, [year, far]) is year
    assert before(now, [far]) is None


def test_a_chart_shows_no_day_twice() -> None:
    year = [measured(f"2023-Q{n}", n, 10) for n in (1, 2, 3, 4)]
    chain = line([*year, measured("2023", 5, 10), measured("2022", 4, 10), measured("2024-Q1", 6, 10)])
    assert [m.period.code for m in chain] == ["2022", "2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"]
    assert line([]) == []


def test_quarters_are_added_to_a_year_only_when_all_are_there() -> None:
    year = Period.parse("2023")
    quarters = [measured(f"2023-Q{n}", n, 10) for n in (1, 2, 3, 4)]
    whole = added(quarters, year)
    assert whole is not None
    assert (whole.numerator, whole.denominator, whole.parts[0]) == (10, 40, "2023-Q1")
    assert added(quarters[:3], year) is None
    assert added([quarters[0], quarters[1], quarters[3]], year) is None
    halves = [*quarters, measured("2023-H1", 100, 200)]
    assert added(halves, year).numerator == 10  # type: ignore[union-attr]


def test_a_target_is_judged_by_its_own_period_then_by_added_ones_then_provisionally() -> None:
    year = Period.parse("2023")
    quarters = [measured(f"2023-Q{n}", n, 10) for n in (1, 2, 3, 4)]
    own = measured("2023", 9, 10)
    assert best_for(year, [*quarters, own], sums=True) is own
    assert best_for(year, quarters, sums=True).denominator == 40  # type: ignore[union-attr]
    assert best_for(year, quarters, sums=False) is quarters[3]
    assert best_for(year, [measured("2024-Q1", 1, 2)], sums=True) is None


def test_a_measurement_is_read_by_the_definition_of_its_day() -> None:
    versions = [
        Definition("x", 1, "một"),
        Definition("x", 2, "hai", valid_from=date(2024, 1, 1)),
        Definition("x", 3, "ba", valid_from=date(2024, 1, 1)),
    ]
    assert rules.definition_on(versions, date(2023, 12, 31)).version == 1
    assert rules.definition_on(versions, date(2024, 1, 1)).version == 3


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    assert rules.summed({"a": 1, "b": 2}, ("a", "b")) == 3
    assert rules.summed({"a": 1}, ("a", "b")) is None
    assert rules.summed({"a": 1}, ()) is None
