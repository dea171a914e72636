"""The tables of the statistics: each number with the list of its rows, and what it is a part of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.areas.nonconformities import service_statistics as statistics
from qms.areas.nonconformities.rules import GRADES, IMPROVEMENTS, SOURCES
from qms.areas.nonconformities.rules_analysis import GROUPS
from qms.areas.nonconformities.rules_statistics import MEDIAN, NINE_TENTHS, Timely, percentile
from qms.areas.nonconformities.service_statistics import NO_UNIT, Pair, Scope, Span
from qms.areas.nonconformities.views_filters import WITH_DUE
from qms.areas.nonconformities.views_statistics_cells import Cell, Tally, TallyLine, Text
from qms.areas.nonconformities.views_statistics_open import Standing
from qms.kernel.catalogue import clauses
from qms.kernel.text import Message, _


@dataclass(frozen=True)
class StatisticsPage:
    """What the statistics say: what was open at the period's end, and the tallies of it beside the one before.

    `since` is the day of the first nonconformity; None: there is none yet. `quiet`: nothing happened or was closed.
    """

    scope: Scope
    since: date | None
    open: Tally
    ages: Tally
    tables: tuple[Tally, ...]
    quiet: bool


def page(scope: Scope) -> StatisticsPage:
    """All tallies of the page."""
    since = statistics.first_day(scope)
    two = _Two(scope, since)
    happened, closed = statistics.opened(scope), statistics.closed(scope)
    tables = (
        _closing(two, happened, closed),
        _correction_time(two, happened),
        _closing_time(two, closed),
        _recurrence(two, happened),
        _often_found(two, statistics.often_found(scope)),
        _shares(two, "causes", _("Causes"), _("group of the root cause"), happened.cause, "cause_group",
                {**GROUPS, "": _("not analysed yet")}),
        _shares(two, "sources", _("Found through"), _("found through"), happened.source, "source_kind", SOURCES),
        _shares(two, "grades", _("Grades"), _("grade"), happened.grade, "grade",
                {grade: word for grade, word in GRADES.items() if grade not in IMPROVEMENTS}),
        _improving(two, statistics.improving(scope)),
    )  # fmt: skip
    quiet = not (happened.total.now.total() or closed.timely.now.total())
    still = Standing.of(scope, since)
    return StatisticsPage(scope, since, still.by_unit(), still.by_age(), tables, quiet)


# ---------------------------------------------------------------- the period beside the one before


@dataclass(frozen=True)
class _Two:
    """The two columns of a table: the period and the one before, where anything was kept by then."""

    scope: Scope
    since: date | None

    @property
    def heads(self) -> tuple[Text, ...]:
        return self.scope.now.label(), self.scope.before.label()

    def line(self, label: Text, cell: Callable[..., Cell], *pairs: tuple[Any, Any]) -> TallyLine:
        """`cell` gets the days of a column, and what each of `pairs` says of them."""
        columns = zip((self.scope.now, self.scope.before), *pairs, strict=True)
        return TallyLine(
            label, tuple(cell(span, *said) if self._kept(span) else Cell(None) for span, *said in columns)
        )

    def table(self, name: str, title: Text, first: Text, lines: list[TallyLine], **more: Any) -> Tally:
        return Tally(name, title, first, self.heads, tuple(lines), **more)

    def _kept(self, span: Span) -> bool:
        return self.since is not None and self.since <= span.end


def _met(*lines: TallyLine) -> list[TallyLine]:
    """Those in which either column has something to say."""
    return [line for line in lines if any(cell.says for cell in line.cells)]


def _closing(two: _Two, happened: statistics.Opened, closed: statistics.Closed) -> Tally:
    def all_that(label: Text, by: str, pair: Pair) -> TallyLine:
        return two.line(
            label, lambda span, found: Cell(found.total(), two.scope.where(**span.filters(by))), pair
        )

    def part(label: Text, counted: tuple[Timely, ...], whole: tuple[Timely, ...], **where: str) -> TallyLine:
        def cell(span: Span, found: Counter[Timely]) -> Cell:
            number, of = (sum(found[one] for one in chosen) for chosen in (counted, whole))
            return Cell(number, two.scope.where(**span.filters("ended"), **where), of=of)

        return two.line(label, cell, closed.timely)

    on_time = (Timely.ON_TIME, Timely.EXTENDED)
    with_due = (*on_time, Timely.LATE)
    everything = tuple(Timely)
    timely = [
        part(_("on or before the due date"), on_time, with_due, timely=Timely.ON_TIME),
        *_met(part(_("of these only because it was extended"), (Timely.EXTENDED,), on_time, extended="yes")),
        part(_("after the due date"), (Timely.LATE,), with_due, timely=Timely.LATE),
    ]
    return two.table(
        "closing",
        _("Happened, closed, closed on time"),
        _("number"),
        [
            all_that(_("happened in the period"), "happened", happened.total),
            all_that(_("closed in the period"), "ended", closed.timely),
            *_met(part(_("closed, with a due date"), with_due, everything, timely=WITH_DUE)),
            *(timely if _met(*timely) else ()),  # one of them being 0 says something, both do not
            *_met(part(_("closed, without a due date"), (Timely.NO_DUE,), everything, timely=Timely.NO_DUE)),
        ],
        note=_(
            "On time and late are parts of those closed that had a due date; those on time count those that "
            "were so only because it was extended."
        ),
    )


def _correction_time(two: _Two, happened: statistics.Opened) -> Tally:
    def part(label: Text, corrected: str, numbers: Pair) -> TallyLine:
        def cell(span: Span, number: Counter[Any], all_of: Counter[str]) -> Cell:
            where = two.scope.where(**span.filters("happened"), corrected=corrected)
            return Cell(number.total(), where, of=all_of.total())

        return two.line(label, cell, numbers, happened.total)

    columns = zip(happened.total, happened.days, happened.impossible, strict=True)
    owed = Pair(
        *(Counter({"": all_of.total() - done.total() - none.total()}) for all_of, done, none in columns)
    )
    return two.table(
        "correction",
        _("From the day it happened to its correction"),
        _("days"),
        _met(
            *_percentiles(two, happened.days, "happened", corrected="yes"),
            part(_("corrected"), "yes", happened.days),
            part(_("could not be corrected at once"), "impossible", happened.impossible),
            part(_("not corrected yet, or no date recorded"), "no", owed),
        ),
        note=_("Of those that happened in the period. The days are those of what was corrected."),
        empty=_("Nothing happened in either period."),
    )


def _closing_time(two: _Two, closed: statistics.Closed) -> Tally:
    def measured(span: Span, days: Counter[int]) -> Cell:
        return Cell(days.total(), two.scope.where(**span.filters("ended")))

    return two.table(
        "duration",
        _("From the day it happened to its closing"),
        _("days"),
        _met(*_percentiles(two, closed.days, "ended"), two.line(_("counted from"), measured, closed.days)),
        note=_(
            "Of those closed in the period. Half took at most the median, nine in ten at most the 90th percentile: "
            "each is a number of days that one of them took (nearest rank)."
        ),
        empty=_("Nothing was closed in either period."),
    )


def _percentiles(two: _Two, days: Pair, by: str, **filters: str) -> list[TallyLine]:
    """Median and 90th percentile of those that the filter called `by` finds in the period, and the other filters."""

    def line(label: Text, percent: int) -> TallyLine:
        def cell(span: Span, found: Counter[int]) -> Cell:
            where = two.scope.where(**span.filters(by), **filters)
            return Cell(percentile(found, percent), where, days=True)

        return two.line(label, cell, days)

    return [line(_("median"), MEDIAN), line(_("90th percentile"), NINE_TENTHS)]


def _recurrence(two: _Two, happened: statistics.Opened) -> Tally:
    def cell(span: Span, recurring: Counter[str], all_of: Counter[str]) -> Cell:
        where = two.scope.where(**span.filters("happened"), recurs="yes")
        return Cell(recurring.total(), where, of=all_of.total())

    label = _("linked to an earlier one that they repeat")
    lines = [two.line(label, cell, happened.recurring, happened.total)]
    return two.table("recurrence", _("Recurrence"), _("of those that happened in the period"), lines)


def _often_found(two: _Two, found: list[statistics.OftenFound]) -> Tally:
    def line(one: statistics.OftenFound) -> TallyLine:
        clause = clauses(one.edition).get(one.number) or one.number
        cited = f"{one.number} ({one.edition})"
        unit = NO_UNIT if one.unit_id is None else str(one.unit_id)

        def cell(span: Span, number: int) -> Cell:
            return Cell(number, two.scope.where(**span.filters("happened"), clause=cited, unit=unit))

        label = f"{clause} ({one.edition}) · {one.unit or _('without a unit')}"
        return two.line(label, cell, (one.now, one.before))

    return two.table(
        "repeated",
        _("Found most often: clause and unit"),
        _("clause and unit"),
        [line(one) for one in found],
        empty=_("No unit fell short of the same clause twice."),
    )


def _shares(
    two: _Two, name: str, title: Text, first: Text, counted: Pair, filter_name: str, words: Mapping[str, Message]
) -> Tally:  # fmt: skip
    """The parts of what happened by one of its facts, as far as they were met."""

    def line(value: str) -> TallyLine:
        def cell(span: Span, found: Counter[str]) -> Cell:
            where = two.scope.where(**span.filters("happened"), **{filter_name: value or "none"})
            return Cell(found[value], where, of=found.total())

        return two.line(words.get(value, value), cell, counted)

    return two.table(
        name, title, first, _met(*map(line, words)), empty=_("Nothing happened in either period.")
    )


def _improving(two: _Two, counted: Pair) -> Tally:
    def line(grade: str) -> TallyLine:
        def cell(span: Span, found: Counter[str]) -> Cell:
            where = two.scope.where(counted="improvements", **span.filters("happened"), grade=grade)
            return Cell(found[grade], where)

        return two.line(GRADES[grade], cell, counted)

    return two.table(
        "improvements",
        _("Observations and opportunities"),
        _("grade"),
        _met(*(line(grade) for grade in GRADES if grade in IMPROVEMENTS)),
        note=_("They are no nonconformities and are counted nowhere else on this page."),
        empty=_("None was recorded in either period."),
    )
