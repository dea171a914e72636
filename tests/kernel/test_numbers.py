"""Numbers as people write them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.kernel.numbers import (
    About,
    Kind,
    Style,
    about_label,
    are_fractions,
    as_percent,
    parse_decimal,
    percent_of,
    read_column,
    round_half_up,
)
from qms.kernel.text import language, show_number, show_percent


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("14.712", 14712),
        ("14,712", 14712),
        ("1.234.567", 1234567),
        ("5.000", 5000),
        ("5,000", 5000),
        ("5,0", 5),
        ("877", 877),
        ("01", 1),
        ("0", 0),
        (" 21 ", 21),
        ("14 712", 14712),
        ("14\u00a0712", 14712),
        ("877 hồ sơ", 877),
        (14712, 14712),
        (14712.0, 14712),
        (None, None),
        ("", None),
        ("–", None),
        ("…", None),
        ("không công bố", None),
    ],
)
def test_a_count_is_understood(cell: Any, value: int | None) -> None:
    column = read_column([cell], Kind.COUNT)
    assert column.values == [value]
    assert column.errors == []


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (14.712, "a count is whole"),
        ("12,5", "not a whole number"),
        ("1.53", "not a whole number"),
        (-1, "negative"),
        ("-5", "negative"),
        ("(5)", "negative"),
        (float("nan"), "not a number"),
        (float("inf"), "not a number"),
        (1e300, "too large"),
        ("9" * 20, "too large"),
        (True, "yes/no"),
        (datetime(2024, 1, 1), "a date or a time"),
        ("abc", "not a number"),
        ("5%", "percentage"),
        ("1.2.3", "not a number"),
        ("=1+1", "not a number"),
        ("1e3", "not a number"),
    ],
)
def test_what_is_no_count_is_refused_and_never_cut(cell: Any, why: str) -> None:
    column = read_column([1, cell], Kind.COUNT)
    assert column.values == [1, None]
    assert [index for index, _message in column.errors] == [1]
    with language("en"):
        assert why in str(column.errors[0][1])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("29,67%", "29.67"),
        ("29.67%", "29.67"),
        ("99,4%", "99.4"),
        ("99,40", "99.40"),
        ("100%", "100"),
        ("1,534", "1.534"),  # no share has thousands
        ("29,67 %", "29.67"),
    ],
)
def test_a_share_keeps_the_decimals_it_was_printed_with(cell: str, value: str) -> None:
    column = read_column([cell], Kind.SHARE)
    assert [str(v) for v in column.values] == [value]
    assert column.errors == []


def test_the_style_is_decided_once_for_a_column() -> None:
    column = read_column(["877", "14.712", "1.534"], Kind.COUNT)
    assert column.style is Style.VIETNAMESE
    assert column.values == [877, 14712, 1534]
    assert read_column(["5,96%", "94,04%", "100"], Kind.SHARE).style is Style.VIETNAMESE
    assert read_column(["5.96", "94.04"], Kind.SHARE).style is Style.ENGLISH
    assert read_column(["877", 13], Kind.COUNT).style is None


def test_a_mixture_of_styles_names_its_cells_and_gives_no_value() -> None:
    column = read_column(["14.712", "13.835", "1,534"], Kind.COUNT, name=lambda i: f"C{i + 7}")
    assert column.values == [None, None, None]
    [(index, message)] = column.errors
    assert index == 2
    with language("vi"):
        assert "C7 (14.712)" in str(message)
        assert "C9 (1,534)" in str(message)


def test_decimals_that_can_be_read_in_two_ways_need_a_hint() -> None:
    undecided = read_column(["1.534"], Kind.DECIMAL)
    assert undecided.values == [None]
    with language("en"):
        assert "two ways" in str(undecided.errors[0][1])
    assert read_column(["1.534"], Kind.DECIMAL, prefer=Style.VIETNAMESE).values == [Decimal(1534)]
    assert read_column(["1.534", "2.5"], Kind.DECIMAL).values == [Decimal("1.534"), Decimal("2.5")]


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("hơn 1.700", About.MORE),
        ("more than 1.700", About.MORE),
        ("> 1.700", About.MORE),
        ("khoảng 1.700 hồ sơ", About.ROUGHLY),
        ("gần 1.700", About.LESS),
    ],
)
def test_an_approximate_figure_keeps_what_it_said(text: str, about: About) -> None:
    column = read_column([text], Kind.COUNT)
    assert column.values == [1700]
    assert column.about == {0: about}


def test_an_approximate_figure_is_shown_as_such() -> None:
    with language("vi"):
        assert str(about_label(About.MORE, 1700)) == "hơn 1.700"
    with language("en"):
        assert str(about_label("roughly", 1700)) == "about 1,700"


@pytest.mark.parametrize(
    ("number", "fraction", "percent"),
    [
        ("0.2967", True, "29.67"),
        ("0.994", True, "99.4"),
        ("1.0", True, "100"),
        ("0.5", True, "50"),
        ("0.059611201740076", True, "5.96"),  # the result of a formula
        ("29.67", False, "29.67"),
        ("5.0", False, "5"),
    ],
)
def test_a_share_in_a_number_cell_becomes_percent(number: str, fraction: bool, percent: str) -> None:
    assert str(as_percent(Decimal(number), fraction=fraction)) == percent


def test_shares_are_fractions_only_when_none_is_above_one() -> None:
    assert are_fractions([Decimal("0.48"), Decimal("0.9940")])
    assert not are_fractions([Decimal("0.48"), Decimal("99.4")])
    assert not are_fractions([])


def test_a_half_is_rounded_up() -> None:
    assert round_half_up(Decimal("2.345"), 2) == Decimal("2.35")
    assert round_half_up(Decimal("2.5"), 0) == Decimal(3)


@given(st.integers(0, 10**14), st.sampled_from(["vi", "en"]))
def test_a_count_that_we_print_is_read_back(value: int, tongue: str) -> None:
    with language(tongue):
        printed = show_number(value)
    assert read_column([printed], Kind.COUNT).values == [value]
    assert parse_decimal(printed, tongue) == value


@given(st.decimals(0, 100, places=2), st.sampled_from(["vi", "en"]))
def test_a_share_that_we_print_is_read_back(value: Decimal, tongue: str) -> None:
    with language(tongue):
        printed = show_number(value) + "%"
    column = read_column([printed], Kind.SHARE)
    assert column.values == [value]
    assert parse_decimal(printed, tongue) == value


@given(st.lists(st.integers(0, 10**9)), st.sampled_from([".", ","]))
def test_grouped_and_plain_counts_of_one_style_never_mix(values: list[int], separator: str) -> None:
    column = read_column([f"{v:,}".replace(",", separator) for v in values], Kind.COUNT)
    assert column.values == values
    assert column.errors == []


@given(st.text() | st.floats() | st.booleans() | st.none(), st.sampled_from(list(Kind)))
def test_any_cell_gives_a_value_a_blank_or_an_error(cell: Any, kind: Kind) -> None:
    column = read_column([cell], kind)
    assert (column.values[0] is None) or not column.errors
    assert column.values[0] is None or column.values[0] >= 0


@pytest.mark.parametrize(
    ("text", "tongue"),
    [("", "vi"), ("-3", "vi"), ("hơn 5", "vi"), ("x", "en")],
)
def test_what_is_no_number_in_a_form_is_refused_in_words(text: str, tongue: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_decimal(text, tongue)
    assert str(caught.value.args[0])


def test_a_decimal_in_a_form_uses_the_separators_of_its_language() -> None:
    assert parse_decimal("29,67%", "vi") == parse_decimal("29.67", "en") == Decimal("29.67")
    with pytest.raises(ValueError, match=r"."):
        parse_decimal("29.67", "vi")


def test_a_share_is_a_percentage_that_only_showing_rounds_and_of_nothing_there_is_none() -> None:
    assert percent_of(1, 4) == 25
    assert show_percent(percent_of(1, 3)) == "33,33%"
    assert show_percent(percent_of(5, 8), 0) == "63%"
    assert percent_of(0, 0) is None
    assert percent_of(Decimal("1.5"), 3) == 50
