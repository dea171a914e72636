"""Reporting periods as people write them: `Kỳ báo cáo: Quý I/2024`, `Từ ngày 01/01/2024 đến 31/03/2024`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from qms.kernel.calendar import Period
from qms.kernel.text import Message, _, fold

_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_OF = r"\s*(?:[/.,-]|nam|of|in)?\s*"
_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4, "dau": 1, "cuoi": 2}
_NUMBERS |= {"first": 1, "second": 2, "01": 1, "02": 2, "03": 3, "04": 4}
_NAMES: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (months, re.compile(pattern))
    for months, pattern in (
        (3, rf"\b(?:quy|quarter|q)\s*(?P<n>iv|i{{1,3}}|0?[1-4])\b{_OF}{_YEAR}\b"),
        (6, rf"\b(?:6|sau) thang (?P<n>dau|cuoi)(?: nam)?{_OF}{_YEAR}\b"),
        (6, rf"\b(?P<n>first|second) half(?: of)?{_OF}{_YEAR}\b"),
        (1, rf"\b(?:thang|month)\s*(?P<n>0?[1-9]|1[0-2])\b{_OF}{_YEAR}\b"),
        (12, rf"\b(?:nam|year)\s*{_YEAR}\b"),
        (12, rf"^\(?(?:ky(?: bao cao| so lieu)?|(?:reporting )?period)\s*:?\s*{_YEAR}\)?$"),
    )
)
_CODES = re.compile(r"\b(?:19|20)[0-9]{2}-(?:[hq][1-4]|0[1-9]|1[0-2])\b(?!-)")
_DAY = (
    r"(?P<{0}d>[0-9]{{1,2}})\s*(?:[/.-]|thang)\s*(?P<{0}m>[0-9]{{1,2}})"
    r"\s*(?:[/.-]|nam)\s*(?P<{0}y>[0-9]{{4}})"
)
_RANGE = re.compile(
    r"(?:tu|from)\s*(?:ngay)?\s*"
    + _DAY.format("a")
    + r"\s*(?:den|to|-)\s*(?:het)?\s*(?:ngay)?\s*"
    + _DAY.format("b")
)
_OTHER_LENGTH = re.compile(r"\b(?!0?6 )[0-9]+ thang (?:dau|cuoi)")  # nine months are no period that we keep
_LEGAL = re.compile(r"thong tu|quyet dinh|nghi dinh|ban hanh|cong van|ngay nhan|ngay gui|ngay lap")
_SAYS_SO = re.compile(r"^\(?(?:ky|ky bao cao|ky so lieu|reporting period|period)\b")


def period_in(text: str) -> Period | None:
    """The period that a line names or bounds; None if it names none, or days that bound no period."""
    folded = fold(text)
    code = _CODES.search(folded)
    if code:
        return Period.parse(code[0])
    days = _RANGE.search(folded)
    named = _RANGE.sub(" ", folded)
    if not _OTHER_LENGTH.search(named):
        for months, pattern in _NAMES:
            match = pattern.search(named)
            if match:
                return _named(int(match["year"]), months, match.groupdict().get("n"))
    return None if days is None else _bounded(days)


def _named(year: int, months: int, number: str | None) -> Period:
    """The period of a year that a name gives; `number` is Roman, Arabic or a word."""
    nth = 1 if number is None else _NUMBERS.get(number) or int(number)
    return Period(date(year, (nth - 1) * months + 1, 1), months)


def _bounded(match: re.Match[str]) -> Period | None:
    """The period from one day to another, if they bound one."""
    try:
        start, end = (date(*(int(match[side + part]) for part in "ymd")) for side in "ab")
        return Period.between(start, end)
    except ValueError:
        return None


def period_of_lines(lines: Iterable[str]) -> Period | None:
    """The period of the lines above a table: what says it is the period, before what only mentions one.

    Lines that cite a decree or a day are never taken for the period.
    """
    kept = [line for line in lines if not _LEGAL.search(fold(line))]
    for line in sorted(kept, key=lambda line: not (_SAYS_SO.match(fold(line)) or _RANGE.search(fold(line)))):
        period = period_in(line)
        if period is not None:
            return period
    return None


def period_of_cell(cell: Any) -> Period:
    """The period in a cell of a period column; raises ValueError with a Message.

    Excel turns `2024-03` into the first day of that month, which is taken back.
    """
    if isinstance(cell, datetime | date):
        if cell.day == 1:
            return Period(date(cell.year, cell.month, 1), 1)
        raise ValueError(_("is a day, not a period; write it like %(forms)s", forms="2023, 2024-Q1, 2021-H1"))
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    try:
        return Period.parse(text)
    except ValueError as error:
        period = period_in(text)
        if period is None:
            raise error
        return period


def message_of(error: ValueError) -> Message | str:
    """The Message that a ValueError carries, or its text."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Message) else str(said)
