"""What narrows the list of nonconformities: periods, and all that a number of the statistics counts by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from peewee import Expression

from qms.areas.nonconformities import service_reports
from qms.areas.nonconformities import service_statistics as statistics
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import GRADES, SOURCES
from qms.areas.nonconformities.rules_analysis import GROUPS
from qms.areas.nonconformities.rules_statistics import TIMELY, Timely
from qms.kernel.clauses import ClauseReference
from qms.kernel.links import Link
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, date_order
from qms.kernel.text import Message, _
from qms.web.list_periods import period_filter
from qms.web.list_query import NEWEST, ChoiceFilter, Narrowing, bad_value

WITH_DUE = "with_due"
_CLAUSE = re.compile(r"([\d.]{1,12})(?: ?\((\d{4})\))?")


def _one_of(
    name: str, conditions: Mapping[str, Callable[[], Any]], table: str = ""
) -> Callable[[str], Narrowing]:
    """A filter's condition by its value, and the table it reads; raises ValueError for a value that there is not."""

    def narrows(value: str) -> Narrowing:
        if value not in conditions:
            raise ValueError(value)
        return Narrowing(f"{name} {value}", conditions[value], table=table)

    return narrows


def _options(words: Mapping[str, Message]) -> Callable[[Actor], Sequence[tuple[str, Any]]]:
    return lambda _actor: list(words.items())


class _Age(ChoiceFilter):
    """What is open today, by the days since it happened."""

    def narrows(self, actor: Actor, value: str) -> Narrowing:
        """The rows of one class of age; raises BadInput for a class that there is not."""
        for one in statistics.classes():
            if one.code == value:
                return Narrowing("age", _open_between, one.happened(actor.today), "record")
        raise bad_value(self.name, value)


def _open_between(first: Any, last: Any) -> Any:
    return Record.ended_on.is_null() & date_order(Record.happened_on).between(first, last)


def _day_filter(name: str, label: Message, column: Any, compare: str, order: str) -> ChoiceFilter:
    """The filter `name` by how a day of the shared row stands to the one that is typed."""

    def condition(value: str) -> Narrowing:
        day = date.fromisoformat(value)
        return Narrowing(name, lambda given: Expression(date_order(column), compare, given), (day,), "record")

    return ChoiceFilter(name, label, condition=condition, kind="date", order=order)


def _clause(value: str) -> Narrowing:
    """What cites `9.1.3`, or `9.1.3 (2015)` of that edition alone; raises ValueError."""
    match = _CLAUSE.fullmatch(value.strip())
    if match is None:
        raise ValueError(value)
    number, edition = match.groups()
    if edition is None:
        return Narrowing("clause", statistics.cites, (number,), hangs=ClauseReference)
    return Narrowing("clause of an edition", statistics.cites, (number, edition), hangs=ClauseReference)


def _recurs(value: str) -> Narrowing:
    """What recurred (`yes`); raises ValueError."""
    if value != "yes":
        raise ValueError(value)
    return Narrowing("recurs", statistics.recurs, table="kind", hangs=Link)  # of nonconformities alone


FILTERS = (
    ChoiceFilter("grade", _("grade"), statistics.GRADE, _options(GRADES)),
    period_filter("happened", _("happened in"), Record.happened_on, order="happened"),
    period_filter("ended", _("ended in"), Record.ended_on, order="ended"),
    _day_filter("happened_from", _("happened from"), Record.happened_on, ">=", "happened"),
    _day_filter("happened_until", _("happened until"), Record.happened_on, "<=", "happened"),
    _day_filter("ended_until", _("ended until"), Record.ended_on, "<=", "ended"),
    ChoiceFilter(
        "open_on",
        _("open on"),
        condition=lambda value: Narrowing(
            "open on", service_reports.open_on, (date.fromisoformat(value),), "record"
        ),
        kind="date",
        order="ended",
    ),
    ChoiceFilter(
        "counted",
        _("counted in the statistics as"),
        options=_options(
            {"nonconformities": _("nonconformity, not voided"), "improvements": _("improvement, not voided")}
        ),
        condition=_one_of(
            "counted",
            {"nonconformities": lambda: statistics.PROPER, "improvements": lambda: statistics.IMPROVING},
            "record",
        ),
    ),
    _Age(
        "age",
        _("time open"),
        options=lambda _actor: [(one.code, one.label) for one in statistics.classes()],
        order="happened",
    ),
    ChoiceFilter(
        "timely",
        _("ended, by its due date"),
        options=_options({WITH_DUE: _("with a due date"), **TIMELY}),
        condition=_one_of(
            "timely",
            {
                WITH_DUE: lambda: statistics.WITH_DUE,
                Timely.ON_TIME: lambda: statistics.ON_TIME,
                Timely.LATE: lambda: statistics.LATE,
                Timely.NO_DUE: lambda: statistics.NO_DUE,
            },
            "record",
        ),
        order="ended",
    ),
    ChoiceFilter(
        "extended",
        _("extension"),
        options=_options({"yes": _("met only because it was extended")}),
        condition=_one_of("extended", {"yes": lambda: statistics.EXTENDED}, "record"),
        order="ended",
    ),
    ChoiceFilter(
        "corrected",
        _("date of the correction"),
        options=_options(
            {"yes": _("recorded"), "no": _("not recorded"), "impossible": _("none was possible at once")}
        ),
        condition=_one_of(
            "corrected",
            {
                "yes": lambda: statistics.CORRECTED,
                "no": lambda: statistics.UNCORRECTED,
                "impossible": lambda: statistics.IMPOSSIBLE,
            },
            "kind",
        ),
        order=NEWEST,
    ),
    ChoiceFilter(
        "source_kind", _("found through"), Nonconformity.source_kind, _options(SOURCES), order=NEWEST
    ),
    ChoiceFilter(
        "cause_group",
        _("group of the root cause"),
        options=_options({**GROUPS, "none": _("not analysed yet")}),
        condition=_one_of(
            "cause group",
            {group: (lambda group=group: Nonconformity.cause_group == group) for group in GROUPS}
            | {"none": lambda: Nonconformity.cause_group.is_null()},
            "kind",
        ),
        order=NEWEST,
    ),
    ChoiceFilter(
        "recurs",
        _("recurrence"),
        options=_options({"yes": _("of an earlier one")}),
        condition=_recurs,
        order=NEWEST,
    ),
    ChoiceFilter("clause", _("clause"), condition=_clause, kind="text", order=NEWEST),
)
