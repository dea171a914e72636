"""Calendar: the periods that figures belong to, working days, and how a due date is said.

Pure: today always comes in as an argument.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from qms.kernel.text import Message, _, show_number

_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_LENGTHS = {months: length for length, months in _MONTHS.items()}
_CODE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?"
)
_ROMAN = ("I", "II", "III", "IV")


def _month_start(day: date, months: int) -> date:
    """The first of the month that lies `months` after the month of `day` (before, if negative)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


@dataclass(frozen=True, order=True)
class Period:
    """A calendar year, half, quarter or month; ordered by its start, a shorter one first.

    Written as a code: `2023`, `2021-H1`, `2024-Q1`, `2024-03`. Raises ValueError for anything else.
    """

    start: date
    months: int

    def __post_init__(self) -> None:
        fits = self.months in _LENGTHS and self.start.day == 1 and (self.start.month - 1) % self.months == 0
        if not fits or not 1900 <= self.start.year <= 9000:
            raise ValueError(f"{self.months} months from {self.start} are not a year, half, quarter or month")

    @classmethod
    def parse(cls, code: str) -> Period:
        """The period that `code` names; raises ValueError saying which forms are understood."""
        match = _CODE.fullmatch(code.strip().upper())
        if match is None or not 1900 <= int(match["year"]) <= 9000:
            forms = "2023, 2021-H1, 2024-Q1, 2024-03"
            raise ValueError(
                _("“%(code)s” is not a period; write it like %(forms)s", code=code[:60], forms=forms)
            )
        length = next((name for name in ("half", "quarter", "month") if match[name]), "year")
        number = 1 if length == "year" else int(match[length])
        return cls(date(int(match["year"]), (number - 1) * _MONTHS[length] + 1, 1), _MONTHS[length])

    @classmethod
    def between(cls, start: date, end: date) -> Period:
        """The period from the day `start` to the day `end`; raises ValueError if they bound none."""
        after = end + timedelta(days=1)
        months = (after.year - start.year) * 12 + after.month - start.month
        if after.day != 1:
            raise ValueError(f"{start} to {end} is not a year, half, quarter or month")
        return cls(start, months)

    @classmethod
    def of(cls, day: date, length: str) -> Period:
        """The period of `length` (`year`, `half`, `quarter`, `month`) in which `day` lies."""
        months = _MONTHS[length]
        return cls(_month_start(day, -((day.month - 1) % months)), months)

    @property
    def length(self) -> str:
        """`year`, `half`, `quarter` or `month`."""
        return _LENGTHS[self.months]

    @property
    def number(self) -> int:
        """Which one of its length in the year, from 1."""
        return (self.start.month - 1) // self.months + 1

    @property
    def end(self) -> date:
        """The last day."""
        return _month_start(self.start, self.months) - timedelta(days=1)

    @property
    def code(self) -> str:
        """`2023`, `2021-H1`, `2024-Q1` or `2024-03`."""
        ending = {"year": "", "half": f"-H{self.number}", "quarter": f"-Q{self.number}"}
        return f"{self.start.year:04d}" + ending.get(self.length, f"-{self.number:02d}")

    def __str__(self) -> str:
        return self.code

    def previous(self) -> Period:
        """The period of the same length that ends just before this one starts."""
        return Period(_month_start(self.start, -self.months), self.months)

    def next(self) -> Period:
        """The period of the same length that starts just after this one ends."""
        return Period(_month_start(self.start, self.months), self.months)

    def follows(self, other: Period) -> bool:
        """Whether this one starts on the day after `other` ends, whatever their lengths."""
        return self.start == other.end + timedelta(days=1)

    def contains(self, other: Period) -> bool:
        """Whether every day of `other` lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.start <= other.end and other.start <= self.end

    def label(self) -> Message:
        """`Năm 2023`, `6 tháng đầu năm 2021`, `Quý I/2024` or `Tháng 3/2024`, translated when shown."""
        year = f"{self.start.year:04d}"
        if self.length == "year":
            return _("Year %(year)s", year=year)
        if self.length == "quarter":
            return _("Quarter %(number)s/%(year)s", number=_ROMAN[self.number - 1], year=year)
        if self.length == "month":
            return _("Month %(number)s/%(year)s", number=self.number, year=year)
        first = self.number == 1
        return _("First half of %(year)s", year=year) if first else _("Second half of %(year)s", year=year)


def not_begun(period: Period, today: date) -> Message | None:
    """Why figures of a period cannot be had: it has not begun; None once it has."""
    return _("%(period)s has not begun yet", period=period.label()) if period.start > today else None


def length_label(length: str) -> Message:
    """The word for a period length: year, half, quarter or month."""
    words = {"year": _("year"), "half": _("half-year"), "quarter": _("quarter"), "month": _("month")}
    return words[length]


# ---------------------------------------------------------------- days off, due dates


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of Vietnam in `year`, as far as they are known ahead."""
    import holidays

    return frozenset(holidays.country_holidays("VN", years=year))


def is_free(day: date, own: Collection[date] = ()) -> bool:
    """Whether `day` is a Saturday, a Sunday, a public holiday of Vietnam, or one of the agency's `own` days off."""
    return day.weekday() >= 5 or day in own or day in public_holidays(day.year)


FIRST_YEAR, LAST_YEAR = 1900, 2999  # of the days that somebody types: their neighbours are days as well


def is_usual_day(day: date) -> bool:
    """Whether `day` lies in the years in which days are counted on."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def typed_day(text: str) -> date:
    """The day that an ISO text names; raises ValueError for anything else, also beyond those years."""
    day = date.fromisoformat(text)
    if not is_usual_day(day):
        raise ValueError(text)
    return day


def due_words(due: date, today: date) -> Message:
    """How far a due date is away, in calendar days: `còn 12 ngày`, `hôm nay`, `quá hạn 3 ngày`."""
    days = (due - today).days
    number = show_number(abs(days))
    if days == 0:
        return _("due today")
    if abs(days) == 1:
        return _("due in 1 day") if days > 0 else _("1 day overdue")
    return _("due in %(n)s days", n=number) if days > 0 else _("%(n)s days overdue", n=number)
