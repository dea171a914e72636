"""The tables of the statistics: each number with the list of its rows, and what it is a part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.areas.nonconformities import service_statistics as statistics
from qms.areas.nonconformities.rules import GRADES, IMPROVEMENTS, SOURCES
from qms.areas.nonconformities.rules_analysis import GROUPS
from qms.areas.nonconformities.rules_statistics import MEDIAN, NINE_TENTHS, Timely, percentile
from qms.areas.nonconformities.service_statistics import NO_UNIT, Pair, Scope
from qms.areas.nonconformities.views_filters import WITH_DUE
from qms.kernel.calendar import Period
from qms.kernel.catalogue import clauses
from qms.kernel.text import Message, _

Text = str | Message


@dataclass(frozen=True)
class Cell:
    """A number and the parameters of the list of its rows; None where nothing was kept or nothing is to be measured.

    `of` is what it is a part of, `late` the part of it that is late; `days`: it counts days, not records.
    """

    number: int | None
    where: str = ""
    of: int | None = None
    late: Cell | None = None
    days: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    label: Text
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table of numbers: `heads` stand above the cells, `first` above the labels."""

    name: str
    title: Text
    first: Text
    heads: tuple[Text, ...]
    lines: tuple[Line, ...]
    total: Line | None = None
    note: Text = ""
    empty: Text = ""


@dataclass(frozen=True)
class Page:
    """What the statistics say: what is open today, and the tables of the period beside the one before.

    `since` is the day of the first nonconformity; None: there is none yet. `quiet`: nothing happened or was closed.
    """

    scope: Scope
    since: date | None
    open: Table
    tables: tuple[Table, ...]
    quiet: bool


def page(scope: Scope) -> Page:
    """All tables of the page."""
    since = statistics.first_day(scope)
    two = _Two(scope, since)
    happened, closed = statistics.opened(scope), statistics.closed(scope)
    tables = (
        _closing(two, happened, closed),
        _correction_time(two, happened),
        _closing_time(two, closed),
        _recurrence(two, happened),
        _repeated(two, statistics.repeated(scope)),
        _shares(two, "causes", _("Causes"), _("group of the root cause"), happened.cause, "cause_group",
                {**GROUPS, "": _("not analysed yet")}, whole=True),
        _shares(two, "sources", _("Found through"), _("found through"), happened.source, "source_kind", SOURCES),
        _shares(two, "grades", _("Grades"), _("grade"), happened.grade, "grade",
                {grade: word for grade, word in GRADES.items() if grade not in IMPROVEMENTS}, whole=True),
        _improving(two, statistics.improving(scope)),
    )  # fmt: skip
    quiet = not (happened.total.now.total() or closed.timely.now.total())
    return Page(scope, since, open_by_age(scope), tables, quiet)


# ---------------------------------------------------------------- today


def open_by_age(scope: Scope) -> Table:
    """What is open today: units down, ages across; what is late is marked."""
    found, classes = statistics.open_today(scope), statistics.classes()

    def cell(keys: list[tuple[int | None, int]], **where: str) -> Cell:
        late = sum(found.late.get(key, 0) for key in keys)
        return Cell(
            sum(found.number.get(key, 0) for key in keys),
            scope.where(**where),
            late=Cell(late, scope.where(**where, due="overdue")) if late else None,
        )

    def line(label: Text, units: list[int | None], **where: str) -> Line:
        ages = [
            cell([(unit, place) for unit in units], **where, age=one.code)
            for place, one in enumerate(classes)
        ]
        everything = [(unit, place) for unit in units for place in range(len(classes))]
        return Line(label, (*ages, cell(everything, **where, open_on=scope.today.isoformat())))

    lines = tuple(
        line(name or _("without a unit"), [unit], unit=NO_UNIT if unit is None else str(unit))
        for unit, name in found.units.items()
    )
    return Table(
        "open",
        _("Open today, by unit and age"),
        _("unit"),
        (*(one.label for one in classes), _("in all")),
        lines,
        line(_("in all"), list(found.units)) if lines else None,
        _("Age counts the days since it happened; ▲ marks those beyond their due date."),
        _("No nonconformity is open today."),
    )


# ---------------------------------------------------------------- the period beside the one before


@dataclass(frozen=True)
class _Two:
    """The two columns of a table: the period and the one before, where anything was kept by then."""

    scope: Scope
    since: date | None

    @property
    def heads(self) -> tuple[Text, ...]:
        return self.scope.period.label(), self.scope.before.label()

    def line(self, label: Text, cell: Callable[[Any, Period], Cell], *pairs: Pair) -> Line:
        """`cell` gets the counters of a column, in the order of `pairs`, and its period."""
        columns = zip((self.scope.period, self.scope.before), zip(*pairs, strict=True), strict=True)
        return Line(
            label, tuple(cell(counted, period) if self._kept(period) else Cell(None) for period, counted in columns)
        )  # fmt: skip

    def table(self, name: str, title: Text, first: Text, lines: list[Line], **more: Any) -> Table:
        return Table(name, title, first, self.heads, tuple(lines), **more)

    def _kept(self, period: Period) -> bool:
        return self.since is not None and self.since <= period.end


def _closing(two: _Two, happened: statistics.Opened, closed: statistics.Closed) -> Table:
    def all_that(label: Text, name: str, pair: Pair) -> Line:
        def cell(columns: Any, period: Period) -> Cell:
            return Cell(columns[0].total(), two.scope.where(**{name: period.code}))

        return two.line(label, cell, pair)

    def part(label: Text, counted: tuple[Timely, ...], whole: tuple[Timely, ...], **where: str) -> Line:
        def cell(columns: Any, period: Period) -> Cell:
            number, of = (sum(columns[0][one] for one in chosen) for chosen in (counted, whole))
            return Cell(number, two.scope.where(ended=period.code, **where), of=of)

        return two.line(label, cell, closed.timely)

    on_time = (Timely.ON_TIME, Timely.EXTENDED)
    with_due = (*on_time, Timely.LATE)
    everything = tuple(Timely)
    return two.table(
        "closing",
        _("Happened, closed, closed on time"),
        _("number"),
        [
            all_that(_("happened in the period"), "happened", happened.total),
            all_that(_("closed in the period"), "ended", closed.timely),
            part(_("closed, with a due date"), with_due, everything, timely=WITH_DUE),
            part(_("on or before the due date"), on_time, with_due, timely=Timely.ON_TIME),
            part(_("only because the due date was extended"), (Timely.EXTENDED,), with_due, extended="yes"),
            part(_("after the due date"), (Timely.LATE,), with_due, timely=Timely.LATE),
            part(_("closed, without a due date"), (Timely.NO_DUE,), everything, timely=Timely.NO_DUE),
        ],
        note=_("On time, extended and late are parts of those closed that had a due date."),
    )


def _correction_time(two: _Two, happened: statistics.Opened) -> Table:
    where = two.scope.where

    def dated(columns: Any, period: Period) -> Cell:
        days, total = columns
        return Cell(days.total(), where(happened=period.code, corrected="yes"), of=total.total())

    def undated(columns: Any, period: Period) -> Cell:
        days, total = columns
        number = total.total() - days.total()
        return Cell(number, where(happened=period.code, corrected="no"), of=total.total())

    return two.table(
        "correction",
        _("From the day it happened to its correction"),
        _("days"),
        [
            *_percentiles(two, happened.days, happened="", corrected="yes"),
            two.line(_("they rest on"), dated, happened.days, happened.total),
            two.line(_("not corrected yet, or no date recorded"), undated, happened.days, happened.total),
        ],
        note=_("Of those that happened in the period."),
    )


def _closing_time(two: _Two, closed: statistics.Closed) -> Table:
    where = two.scope.where
    return two.table(
        "duration",
        _("From the day it happened to its closing"),
        _("days"),
        [
            *_percentiles(two, closed.days, ended=""),
            two.line(_("they rest on"), lambda c, p: Cell(c[0].total(), where(ended=p.code)), closed.days),
        ],
        note=_(
            "Of those closed in the period. Half took at most the median, nine in ten at most the 90th percentile: "
            "each is a number of days that one of them took (nearest rank)."
        ),
    )


def _percentiles(two: _Two, days: Pair, **filters: str) -> list[Line]:
    """Median and 90th percentile; a filter given empty takes the period."""

    def line(label: Text, percent: int) -> Line:
        def cell(columns: Any, period: Period) -> Cell:
            of_period = {name: value or period.code for name, value in filters.items()}
            return Cell(percentile(columns[0], percent), two.scope.where(**of_period), days=True)

        return two.line(label, cell, days)

    return [line(_("median"), MEDIAN), line(_("90th percentile"), NINE_TENTHS)]


def _recurrence(two: _Two, happened: statistics.Opened) -> Table:
    def cell(columns: Any, period: Period) -> Cell:
        recurring, total = columns
        return Cell(recurring.total(), two.scope.where(happened=period.code, recurs="yes"), of=total.total())

    label = _("linked to an earlier one that they repeat")
    lines = [two.line(label, cell, happened.recurring, happened.total)]
    return two.table("recurrence", _("Recurrence"), _("of those that happened in the period"), lines)


def _repeated(two: _Two, found: list[statistics.Repeated]) -> Table:
    def line(one: statistics.Repeated) -> Line:
        clause = clauses(one.edition).get(one.number) or one.number
        cited = f"{one.number} ({one.edition})"
        unit = NO_UNIT if one.unit_id is None else str(one.unit_id)

        def cell(columns: Any, period: Period) -> Cell:
            return Cell(columns[0].total(), two.scope.where(happened=period.code, clause=cited, unit=unit))

        counted = Pair(statistics.Counter({"": one.now}), statistics.Counter({"": one.before}))
        return two.line(f"{clause} ({one.edition}) · {one.unit or _('without a unit')}", cell, counted)

    return two.table(
        "repeated",
        _("Found most often: clause and unit"),
        _("clause and unit"),
        [line(one) for one in found],
        empty=_("No clause was found against twice in one unit."),
    )


def _shares(
    two: _Two, name: str, title: Text, first: Text, counted: Pair, filter_name: str, words: Mapping[str, Message],
    *, whole: bool = False,
) -> Table:  # fmt: skip
    """The parts of what happened by one of its facts; with `whole` each of `words`, else those that were met."""

    def line(value: str) -> Line:
        def cell(columns: Any, period: Period) -> Cell:
            where = two.scope.where(happened=period.code, **{filter_name: value or "none"})
            return Cell(columns[0][value], where, of=columns[0].total())

        return two.line(words.get(value, value), cell, counted)

    met = [value for value in words if whole or counted.now[value] or counted.before[value]]
    return two.table(
        name, title, first, [line(value) for value in met], empty=_("Nothing happened in either period.")
    )


def _improving(two: _Two, counted: Pair) -> Table:
    def line(grade: str) -> Line:
        def cell(columns: Any, period: Period) -> Cell:
            where = two.scope.where(counted="improvements", happened=period.code, grade=grade)
            return Cell(columns[0][grade], where)

        return two.line(GRADES[grade], cell, counted)

    return two.table(
        "improvements",
        _("Observations and opportunities"),
        _("grade"),
        [line(grade) for grade in GRADES if grade in IMPROVEMENTS],
        note=_("They are no nonconformities and are counted nowhere else on this page."),
    )
