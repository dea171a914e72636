"""Filters of lists by period: a day of the shared row lies in a year, a half-year or a quarter."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from qms.kernel.calendar import Period
from qms.kernel.permissions import Actor
from qms.kernel.records import date_order
from qms.kernel.text import Message
from qms.web.list_query import ChoiceFilter, Narrowing


def period_filter(name: str, label: Message, column: Any, *, order: str) -> ChoiceFilter:
    """The filter `name` by the period in which `column`, a day of the shared row, lies; sorted along `order`."""

    def condition(value: str) -> Narrowing:
        period = Period.parse(value)
        return Narrowing(
            f"{column.name} in",
            lambda first, last: date_order(column).between(first, last),
            (period.start, period.end),
            "record",
        )

    return ChoiceFilter(name, label, options=_periods, condition=condition, order=order)


def _periods(actor: Actor) -> list[tuple[str, Any]]:
    return periods_on(actor.today)


@lru_cache(maxsize=4)
def periods_on(today: date) -> list[tuple[str, Any]]:
    """Four years, and the halves and quarters of the newer two, as far as they have begun."""
    years = [Period.parse(str(today.year - n)) for n in range(4)]
    parts = ("H2", "H1", "Q4", "Q3", "Q2", "Q1")
    newer = [Period.parse(f"{year.code}-{part}") for year in years[:2] for part in parts]
    return [(one.code, one.label()) for one in (*years, *newer) if one.start <= today]
