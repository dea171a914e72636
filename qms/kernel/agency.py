"""What an agency says of itself: the settings that there are, how each is typed, and what is taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.kernel.catalogue import EDITIONS
from qms.kernel.text import Message, _, show_number

MAX_MARGIN = 50  # percent of a target
MAX_DAYS = 365  # between a due date and a reminder of it
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True)
class Sort:
    """A sort of value: `read` makes of a typed text what is kept, `check` lets a kept value pass.

    Both raise ValueError with the words for it. `several` come one a line; `limit` is the most characters of all.
    """

    read: Callable[[str], Any]
    check: Callable[[Any], None]
    several: bool = False
    limit: int = 300


@dataclass(frozen=True)
class AgencySetting:
    """A setting: what it is called, and what sort of value it takes."""

    label: Message
    sort: Sort

    def taken(self, value: Any) -> Any:
        """What is kept of a value, which is typed text or as it is kept; an empty one takes the setting back.

        Raises ValueError with the words for what is wrong.
        """
        if is_empty(value):
            return [] if self.sort.several else ""
        kept = self.sort.read(value) if isinstance(value, str) else value
        self.sort.check(kept)
        length = len("\n".join(kept) if isinstance(kept, list) else str(kept))
        if length > self.sort.limit:
            n, limit = show_number(length), show_number(self.sort.limit)
            raise ValueError(_("the text holds %(n)s characters; %(limit)s are the limit", n=n, limit=limit))
        return kept


def is_empty(value: Any) -> bool:
    """Whether a setting says nothing: nobody has set it, or somebody took it back."""
    return value in ("", [], None)


def _lines(typed: str) -> list[str]:
    return [line for line in (part.strip() for part in typed.splitlines()) if line]


def _text(value: Any) -> None:
    if not isinstance(value, str):
        raise ValueError(_("a text is expected"))


def _texts(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise ValueError(_("a list of texts is expected"))


def read_days(typed: str) -> list[str]:
    """Days typed one a line as day/month/year, as ISO dates; raises ValueError naming the line."""
    return [_day(line) for line in _lines(typed)]


def _day(typed: str) -> str:
    parts = _DAY.fullmatch(typed)
    try:
        if parts is not None:
            return date(int(parts[3]), int(parts[2]), int(parts[1])).isoformat()
    except ValueError:
        pass  # no such day, which is said as for a text that is no date at all
    raise _no_day(typed)


def _no_day(typed: str) -> ValueError:
    return ValueError(_("“%(value)s” is not a date like 30/04/2024", value=typed[:20]))


def _days(value: Any) -> None:
    _texts(value)
    for day in value:
        try:
            date.fromisoformat(day)
        except ValueError as error:
            raise _no_day(day) from error


def days_before(value: str) -> tuple[int, ...]:
    """The days of a setting like `30, 7, 1`, the most first; raises ValueError for anything else."""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isdecimal() and len(part) < 5 and 1 <= int(part) <= MAX_DAYS for part in parts):
        raise ValueError(_("days from 1 to %(most)s, parted by commas, such as 30, 7, 1", most=MAX_DAYS))
    return tuple(sorted({int(part) for part in parts}, reverse=True))


def _days_before(value: Any) -> None:
    _text(value)
    days_before(value)


def _edition(value: Any) -> None:
    if value not in EDITIONS:
        raise ValueError(_("one of %(editions)s", editions=", ".join(EDITIONS)))


def _whole_number(least: int, most: int) -> Sort:
    expected = _("a whole number from %(least)s to %(most)s", least=least, most=most)

    def read(typed: str) -> int:
        typed = typed.strip()
        if not typed.isdecimal() or len(typed) > 4:
            raise ValueError(expected)
        return int(typed)

    def check(value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(expected)

    return Sort(read, check)


LINE = Sort(str.strip, _text)
LINES = Sort(_lines, _texts, several=True, limit=4000)
DAYS = Sort(read_days, _days, several=True, limit=4000)
MARGIN = _whole_number(0, MAX_MARGIN)
EDITION = Sort(str.strip, _edition)
NUMBER_OF_DAYS = _whole_number(1, MAX_DAYS)
DAYS_BEFORE = Sort(lambda typed: ", ".join(map(str, days_before(typed))), _days_before, limit=60)

# key -> the setting; no decree-conform paper works without these
AGENCY_SETTINGS: dict[str, AgencySetting] = {
    "name": AgencySetting(_("name of the agency"), LINE),
    "parent_body": AgencySetting(_("parent body"), LINE),
    "symbol": AgencySetting(_("symbol in document numbers, such as STP"), LINE),
    "place": AgencySetting(_("place named beside the date"), LINE),
    "head": AgencySetting(_("position of the head"), LINE),
    "head_name": AgencySetting(_("name that signs"), LINE),
    "deputies": AgencySetting(_("deputies with signing power"), LINES),
    "recipients": AgencySetting(_("usual recipients of documents"), LINES),
    "file_unit": AgencySetting(_("unit that files a document"), LINE),
    "sheet_form": AgencySetting(_("code of the form for corrective action, such as BM.QT-HT-04.01"), LINE),
    "sheet_issue": AgencySetting(_("issue of that form, such as 02"), LINE),
    "working_days": AgencySetting(_("days off of the agency's own"), DAYS),
    "edition": AgencySetting(_("edition of ISO 9001 applied"), EDITION),
    "at_risk_margin": AgencySetting(
        _("margin below a target that counts as at risk, in percent of the target"), MARGIN
    ),
    "remind_before": AgencySetting(_("days before a due date on which people are reminded"), DAYS_BEFORE),
    "remind_every": AgencySetting(_("days between reminders of what is overdue"), NUMBER_OF_DAYS),
    "remind_superior_after": AgencySetting(_("days overdue from which the superior is told"), NUMBER_OF_DAYS),
    "remind_leader_after": AgencySetting(_("days overdue from which the leader is told"), NUMBER_OF_DAYS),
}
