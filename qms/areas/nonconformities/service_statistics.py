"""The statistics of nonconformities (clauses 9.1.3, 10.2): what a period counts, each number with its rows' list.

Only nonconformities proper count: major and minor ones that are not voided. A dozen questions to the database,
however many there are; the numbers are added up here from what it counted in groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from peewee import JOIN, SQL, Case, fn

from qms.areas.nonconformities import service_reports
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import IMPROVEMENTS, S
from qms.areas.nonconformities.rules_statistics import AgeClass, Timely, age_classes
from qms.kernel import catalogue
from qms.kernel.calendar import Period
from qms.kernel.clauses import ClauseReference
from qms.kernel.db import is_sqlite
from qms.kernel.links import Link
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, date_order
from qms.kernel.text import Message, show_date

OFTEN_FOUND = 10  # pairs of clause and unit that are named
NO_UNIT = "none"

# of what the shared row keeps of a nonconformity (`Nonconformity.kept_twice`): where an index finds it
GRADE, FIRST_DUE = Record.facet, Record.due_first
PROPER = GRADE.not_in(list(IMPROVEMENTS)) & (Record.state != S.VOIDED)
IMPROVING = GRADE.in_(list(IMPROVEMENTS)) & (Record.state != S.VOIDED)
ON_TIME = Record.ended_on <= Record.due
EXTENDED = ON_TIME & (FIRST_DUE < Record.ended_on)  # noqa: SIM300 (as its index has it)
LATE = Record.ended_on > Record.due
WITH_DUE = Record.ended_on.is_null(False) & Record.due.is_null(False)
NO_DUE = Record.ended_on.is_null(False) & Record.due.is_null()
# each is one of these three: what could not be put right at once is no correction that is owed
IMPOSSIBLE = SQL("no_correction <> ''")  # not as a value, so that an index of these rows serves
CORRECTED = Nonconformity.contained_on.is_null(False) & ~IMPOSSIBLE
UNCORRECTED = Nonconformity.contained_on.is_null() & ~IMPOSSIBLE


def recurs() -> Any:
    """The condition that a link ties a record to an earlier one as its recurrence; voiding that one ends the tie."""
    # not as a value: so the database sees that the index of recurrences serves
    return SQL("relation = 'recurs'") & Link.stands()


def recurring() -> Any:
    """The condition that a record is tied to an earlier one as its recurrence."""
    return Record.id.in_(Link.select(Link.record).where(recurs()))


def cites(number: str, edition: str = "") -> Any:
    """The condition that a clause reference is to the clause, in that edition or in any."""
    found = (ClauseReference.number == number) & ~ClauseReference.withdrawn
    return found & (ClauseReference.edition == edition) if edition else found


def classes() -> tuple[AgeClass, ...]:
    """The classes of age that the agency counts by, youngest first."""
    return age_classes(catalogue.rules("nonconformities"))


# ---------------------------------------------------------------- what is asked, what is found


@dataclass(frozen=True)
class Span:
    """The days that a column counts: a period up to `end`, which is its last day once it is over."""

    period: Period
    end: date

    @property
    def start(self) -> date:
        """The first day."""
        return self.period.start

    @property
    def whole(self) -> bool:
        """Whether these are all days of the period."""
        return self.end == self.period.end

    def label(self) -> Message | str:
        """The period's name, or the days: `01/01–15/04/2024`."""
        return self.period.label() if self.whole else f"{show_date(self.start)[:5]}–{show_date(self.end)}"

    def filters(self, by: str) -> dict[str, str]:
        """The filters of the list by the day `by` (happened, ended) that find what lies in it."""
        return {by: self.period.code} | ({} if self.whole else {f"{by}_until": self.end.isoformat()})


@dataclass(frozen=True)
class Scope:
    """Whose statistics, of which period, of which unit: its number, NO_UNIT, or empty for all."""

    organisation: int | None
    today: date
    period: Period
    unit: str = ""

    @classmethod
    def of(cls, actor: Actor, period: Period, unit: str = "") -> Scope:
        """What the actor asks for."""
        return cls(actor.organisation_id, actor.today, period, unit)

    @property
    def now(self) -> Span:
        """The period, as far as it has come."""
        return Span(self.period, min(self.period.end, self.today))

    @property
    def before(self) -> Span:
        """The preceding period; of one that is not over the same days, since only equal lengths compare."""
        period = self.period.previous()
        return Span(
            period, period.end if self.now.whole else _as_far(period, self.period.start, self.now.end)
        )

    def rows(self, *columns: Any, counted: Any = PROPER) -> Any:
        """A query of those columns over what is counted, as tuples."""
        query = (
            Record.select(*columns)
            .join(Nonconformity, on=(Nonconformity.record == Record.id))
            .where(Record.organisation == self.organisation, Record.kind == Nonconformity.kind, counted)
        )
        if self.unit:
            query = query.where(
                Record.unit.is_null() if self.unit == NO_UNIT else Record.unit == int(self.unit)
            )
        return query.tuples()

    def within(self, column: Any) -> Any:
        """The condition that a day lies in one of the two spans, as the index holds it."""
        day, before = date_order(column), self.before
        both = day.between(before.start, self.now.end)
        return (
            both if before.whole else both & ~day.between(before.end + timedelta(days=1), before.period.end)
        )

    def earlier(self, column: Any) -> Any:
        """1 where a day lies in the period before, 0 where it lies in the period."""
        return Case(None, ((column < self.period.start, 1),), 0)

    def where(self, **filters: str) -> str:
        """The parameters of the list that shows what these filters find in this scope."""
        unit = {"unit": self.unit} if self.unit else {}
        return urlencode({"counted": "nonconformities"} | unit | filters)


class Pair(NamedTuple):
    """What was counted in the period, and in the one before."""

    now: Counter[Any]
    before: Counter[Any]


def _as_far(period: Period, start: date, day: date) -> date:
    """The day of `period` that lies as many months and days after its start as `day` lies after `start`."""
    month = Period.of(period.start, "month")
    for _month in range((day.year - start.year) * 12 + day.month - start.month):
        month = month.next()
    return min(month.start + timedelta(days=day.day - 1), month.end)


@dataclass(frozen=True)
class Open:
    """What was open on a day: (unit, place of the age class) -> how many, and how many of them were late."""

    number: Mapping[tuple[int | None, int], int]
    late: Mapping[tuple[int | None, int], int]
    units: Mapping[int | None, str]


@dataclass(frozen=True)
class Opened:
    """What happened in the period and before: in all, by grade, source and group of causes, what recurred.

    `days` counts the days until the correction, of those that have its date; `impossible` those of which none
    could be made.
    """

    total: Pair
    grade: Pair
    source: Pair
    cause: Pair
    recurring: Pair
    days: Pair
    impossible: Pair


@dataclass(frozen=True)
class Closed:
    """What was closed in the period and before: by timeliness, and the days that it took."""

    timely: Pair
    days: Pair


@dataclass(frozen=True)
class OftenFound:
    """A clause and a unit that were found against more than once in the period."""

    edition: str
    number: str
    unit_id: int | None
    unit: str
    now: int
    before: int


# ---------------------------------------------------------------- counting


def first_day(scope: Scope) -> date | None:
    """The day of the first nonconformity of the organisation: before it nothing was kept, which is not 0."""
    whole = Scope(scope.organisation, scope.today, scope.period)
    query = whole.rows(Record.happened_on).order_by(date_order(Record.happened_on), Record.id)
    return next((day for (day,) in query.limit(1)), None)


def still_open(scope: Scope, day: date) -> Open:
    """What was open on a day by unit and age; late is what is beyond the due date that it has now."""
    *younger, _oldest = enumerate(classes())
    age = Case(
        None,
        [(Record.happened_on >= one.happened(day)[0], place) for place, one in younger],
        len(younger),
    )
    late = fn.SUM(Case(None, ((Record.due < day, 1),), 0))
    found = list(
        scope.rows(Record.unit, Unit.name, age, fn.COUNT(Record.id), late)
        .join_from(Record, Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        .where(service_reports.open_on(day))
        .group_by(*_first(3))
    )
    named = sorted({(name is None, name or "", unit) for unit, name, *_rest in found})
    return Open(
        {(unit, place): number for unit, _name, place, number, _late in found},
        {(unit, place): int(late) for unit, _name, place, _number, late in found},
        {unit: name for _none, name, unit in named},
    )


class _Opened(NamedTuple):
    """A group of what happened in the period (`earlier` 0) or in the one before (1)."""

    earlier: int
    grade: str
    source: str
    cause: str
    days: int | None
    impossible: int
    number: int
    recurring: int


def opened(scope: Scope) -> Opened:
    """What happened in the period and in the one before, in one pass over its rows."""
    keys = (
        scope.earlier(Record.happened_on), Nonconformity.grade, Nonconformity.source_kind,
        fn.COALESCE(Nonconformity.cause_group, ""),
        Case(None, ((CORRECTED, _days(Record.happened_on, Nonconformity.contained_on)),)),
        Case(None, ((IMPOSSIBLE, 1),), 0),
    )  # fmt: skip
    recurred = fn.SUM(Case(None, ((recurring(), 1),), 0))
    found = [
        _Opened(*row)
        for row in scope.rows(*keys, fn.COUNT(Record.id), recurred)
        .where(scope.within(Record.happened_on))
        .group_by(*_first(len(keys)))
    ]
    return Opened(
        total=_pair((row.earlier, "", row.number) for row in found),
        grade=_pair((row.earlier, row.grade, row.number) for row in found),
        source=_pair((row.earlier, row.source, row.number) for row in found),
        cause=_pair((row.earlier, row.cause, row.number) for row in found),
        recurring=_pair((row.earlier, "", int(row.recurring)) for row in found),
        days=_pair((row.earlier, row.days, row.number) for row in found if row.days is not None),
        impossible=_pair((row.earlier, "", row.number) for row in found if row.impossible),
    )


def closed(scope: Scope) -> Closed:
    """What was closed in the period and in the one before; `on time` leaves out what an extension made so."""
    timely = Case(
        None, ((Record.due.is_null(), Timely.NO_DUE), (LATE, Timely.LATE), (EXTENDED, Timely.EXTENDED)),
        Timely.ON_TIME,
    )  # fmt: skip
    days = _days(Record.happened_on, Record.ended_on)
    found = list(
        scope.rows(scope.earlier(Record.ended_on), timely, days, fn.COUNT(Record.id))
        .where(scope.within(Record.ended_on))
        .group_by(*_first(3))
    )
    return Closed(
        timely=_pair((earlier, how, number) for earlier, how, _days, number in found),
        days=_pair((earlier, days, number) for earlier, _how, days, number in found),
    )


def often_found(scope: Scope) -> list[OftenFound]:
    """The pairs of clause and unit found against most often in the period, more than once, the most frequent first."""
    cited = ClauseReference
    now, before = (
        fn.SUM(Case(None, ((scope.earlier(Record.happened_on) == earlier, 1),), 0)) for earlier in (0, 1)
    )
    found = (
        scope.rows(cited.edition, cited.number, Record.unit, Unit.name, now, before)
        .join_from(Record, cited, on=((cited.record == Record.id) & ~cited.withdrawn))
        .join_from(Record, Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        .where(scope.within(Record.happened_on))
        .group_by(*_first(4))
        .having(now > 1)
        .order_by(now.desc(), cited.number, cited.edition, Record.unit)
        .limit(OFTEN_FOUND)
    )
    return [
        OftenFound(edition, number, unit, name or "", int(here), int(there))
        for edition, number, unit, name, here, there in found
    ]


def improving(scope: Scope) -> Pair:
    """How many observations and opportunities were recorded, by grade: they are no nonconformities."""
    found = (
        scope.rows(
            scope.earlier(Record.happened_on), Nonconformity.grade, fn.COUNT(Record.id), counted=IMPROVING
        )
        .where(scope.within(Record.happened_on))
        .group_by(*_first(2))
    )
    return _pair(found)


def _days(first: Any, last: Any) -> Any:
    """Whole days from one date to another; None where one is missing."""
    if is_sqlite():
        return (fn.julianday(last) - fn.julianday(first)).cast("INTEGER")
    return last - first


def _first(count: int) -> list[Any]:
    """GROUP BY the first columns by their places: PostgreSQL takes an expression with values for another one."""
    return [SQL(str(place)) for place in range(1, count + 1)]


def _pair(rows: Iterable[tuple[int, Any, int]]) -> Pair:
    """The numbers of (earlier, key, number) added up by key."""
    pair = Pair(Counter(), Counter())
    for earlier, key, number in rows:
        pair[earlier][key] += number
    return pair
