"""Periods, working days and the words for a due date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.kernel.calendar import Period, due_words, is_free, length_label, public_holidays, typed_day
from qms.kernel.text import language


@pytest.mark.parametrize(
    ("code", "start", "end", "length", "previous", "label"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31), "year", "2022", "Năm 2023"),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31), "quarter", "2023-Q4", "Quý I/2024"),
        ("2024-Q4", date(2024, 10, 1), date(2024, 12, 31), "quarter", "2024-Q3", "Quý IV/2024"),
        ("2021-H1", date(2021, 1, 1), date(2021, 6, 30), "half", "2020-H2", "6 tháng đầu năm 2021"),
        ("2021-H2", date(2021, 7, 1), date(2021, 12, 31), "half", "2021-H1", "6 tháng cuối năm 2021"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month", "2024-01", "Tháng 2/2024"),
    ],
)
def test_a_period_knows_its_days_its_length_and_its_name(
    code: str, start: date, end: date, length: str, previous: str, label: str
) -> None:
    period = Period.parse(code)
    assert (period.start, period.end, period.length, str(period)) == (start, end, length, code)
    assert period.previous().code == previous
    assert period.previous().next() == period
    with language("vi"):
        assert str(period.label()) == label


@pytest.mark.parametrize(
    "code", ["", "24", "2024-Q5", "2024-H3", "2024-13", "2024-00", "2024-1", "0000", "2024-Q1-x"]
)
def test_what_is_no_period_is_refused_in_words(code: str) -> None:
    with language("en"), pytest.raises(ValueError, match="is not a period"):
        Period.parse(code)


@given(st.dates(date(1901, 1, 1), date(2999, 12, 31)), st.sampled_from(["year", "half", "quarter", "month"]))
def test_every_day_lies_in_one_period_of_each_length(day: date, length: str) -> None:
    period = Period.of(day, length)
    assert period.start <= day <= period.end
    assert Period.parse(period.code) == period == Period.between(period.start, period.end)
    assert period.follows(period.previous())
    assert not period.overlaps(period.previous())


def test_adjacent_periods_may_differ_in_length() -> None:
    assert Period.parse("2024-Q1").follows(Period.parse("2023"))
    assert Period.parse("2024-01").follows(Period.parse("2023-Q4"))
    assert not Period.parse("2024-Q2").follows(Period.parse("2023"))


def test_a_period_contains_and_overlaps_by_days() -> None:
    year, quarter, half = (Period.parse(code) for code in ("2024", "2024-Q2", "2024-H2"))
    assert year.contains(quarter)
    assert not quarter.contains(year)
    assert year.overlaps(half)
    assert not quarter.overlaps(half)


def test_days_that_bound_no_period_are_refused() -> None:
    with pytest.raises(ValueError, match="not a year"):
        Period.between(date(2023, 12, 15), date(2024, 3, 14))


@pytest.mark.parametrize(("length", "word"), [("year", "năm"), ("half", "6 tháng"), ("quarter", "quý")])
def test_a_length_has_a_word(length: str, word: str) -> None:
    with language("vi"):
        assert str(length_label(length)) == word


def test_public_holidays_hold_the_fixed_days() -> None:
    assert {date(2024, 1, 1), date(2024, 4, 30), date(2024, 5, 1), date(2024, 9, 2)} <= public_holidays(2024)


def test_weekends_holidays_and_the_agencys_own_days_are_free() -> None:
    assert is_free(date(2024, 4, 20))
    assert is_free(date(2024, 4, 18))  # the Hùng Kings' day
    assert not is_free(date(2024, 4, 19))
    assert is_free(date(2024, 4, 19), {date(2024, 4, 19)})


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (date(2024, 4, 27), "còn 12 ngày"),
        (date(2024, 4, 16), "còn 1 ngày"),
        (date(2024, 4, 15), "hôm nay"),
        (date(2024, 4, 14), "quá hạn 1 ngày"),
        (date(2024, 4, 12), "quá hạn 3 ngày"),
        (date(2019, 5, 20), "quá hạn 1.792 ngày"),
    ],
)
def test_a_due_date_is_said_in_days(due: date, words: str) -> None:
    with language("vi"):
        assert str(due_words(due, date(2024, 4, 15))) == words


@pytest.mark.parametrize("text", ["1900-01-01", "2999-12-31", "2024-02-29"])
def test_a_typed_day_is_read(text: str) -> None:
    assert typed_day(text).isoformat() == text


@pytest.mark.parametrize("text", ["1899-12-31", "3000-01-01", "2023-02-29", "31/12/2023", ""])
def test_what_is_no_day_or_beyond_the_years_that_are_counted_on_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its reader says it in words of its own)
        typed_day(text)
