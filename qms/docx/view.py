"""What a template gets to see: the context, the wording, and a few lines made from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qms.docx.contexts import AgencyBlock, Trend
from qms.kernel.text import Message, _

_BLANK = " " * 6  # where the records office writes by hand


@dataclass(frozen=True)
class Properties:
    """The properties of the file: they travel with it and say where it came from."""

    title: str
    author: str
    code: str
    dated: date | None = None
    trail_head: str = ""


@dataclass(frozen=True)
class View:
    """The names a template may use, the properties of the file, and the chart it may hold."""

    names: Mapping[str, Any]
    properties: Properties
    trend: Trend | None = None
    marks: Mapping[str, Message | str] = field(default_factory=dict)


def number_line(number: str | None, type_code: str, agency: AgencyBlock) -> Message:
    """`Số: 05/BB-STP`: the number of a paper of a type that has a code."""
    return numbered(number, f"{type_code}-{agency.symbol}")


def numbered(number: str | None, symbol: str) -> Message:
    """`Số: 05/STP-HCTP`: below 10 with a leading zero, blank until the records office gives a number."""
    given = _BLANK if not number else number.zfill(2) if number.isdecimal() else number
    return _("No.: %(number)s/%(symbol)s", number=given, symbol=symbol)


def place_date(place: str, issued: date | None) -> Message:
    """`Kiên Giang, ngày 05 tháng 02 năm 2024`, blank until it is known."""
    return _("%(place)s, %(day)s/%(month)s/%(year)s", place=place, **_day_parts(issued))


def moment(clock: str, day: date | None) -> Message:
    """`08 giờ 30, ngày 15 tháng 01 năm 2024`; a time not written as HH:MM stands as it is."""
    hour, colon, minute = clock.partition(":")
    exact = colon and hour.isdecimal() and minute.isdecimal()
    shown = _("%(hour)s:%(minute)s", hour=hour.zfill(2), minute=minute) if exact else clock or _BLANK
    return _("%(time)s on %(day)s/%(month)s/%(year)s", time=shown, **_day_parts(day))


def _day_parts(day: date | None) -> dict[str, str]:
    """Day below 10, and January and February, have a leading zero (Điều 8, Phụ lục I)."""
    if day is None:
        return {"day": _BLANK, "month": _BLANK, "year": _BLANK}
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return {"day": f"{day.day:02}", "month": month, "year": f"{day.year:04}"}
