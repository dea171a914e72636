"""What the statistics of nonconformities count by: age classes, timeliness, percentiles (clauses 9.1.3, 10.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from qms.kernel.text import Message, _

MEDIAN, NINE_TENTHS = 50, 90


class Timely(StrEnum):
    """How a closing stands to its due date; `extended`: on time only because that date had been put off."""

    ON_TIME = "on_time"
    EXTENDED = "extended"
    LATE = "late"
    NO_DUE = "no_due"


TIMELY: dict[str, Message] = {
    Timely.ON_TIME: _("on or before the due date"),
    Timely.LATE: _("after the due date"),
    Timely.NO_DUE: _("without a due date"),
}


@dataclass(frozen=True)
class AgeClass:
    """Days since it happened: from `low` on, up to `high` (None: without end), both included."""

    low: int
    high: int | None

    @property
    def code(self) -> str:
        """As an address names it: `0-30`, `181-`."""
        return f"{self.low}-{'' if self.high is None else self.high}"

    @property
    def label(self) -> Message:
        """In words."""
        if self.high is None:
            return _("more than %(n)s days", n=self.low - 1)
        return _("%(low)s–%(high)s days", low=self.low, high=self.high)

    def happened(self, today: date) -> tuple[date, date]:
        """The first and the last day on which what is of this age today happened; the youngest have no last one."""
        first = date.min if self.high is None else today - timedelta(days=self.high)
        return first, today - timedelta(days=self.low) if self.low else date.max


def age_classes(rules: Mapping[str, Any]) -> tuple[AgeClass, ...]:
    """The classes, youngest first, of `[ages]` in audits/rules/nonconformities.toml (its ascending upper bounds)."""
    bounds: Sequence[int] = rules["ages"]["up_to"]
    lows = [0, *(bound + 1 for bound in bounds)]
    return tuple(AgeClass(low, high) for low, high in zip(lows, [*bounds, None], strict=True))


def percentile(counts: Mapping[int, int], percent: int) -> int | None:
    """The nearest-rank percentile of days counted by value: the least that so many percent did not exceed.

    So it is always a number of days that one of the records took. None where there is none.
    """
    rank = ceil(sum(counts.values()) * percent / 100)
    for days in sorted(counts):
        rank -= counts[days]
        if rank <= 0 and counts[days]:
            return days
    return None
