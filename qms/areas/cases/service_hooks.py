"""What late cases tell the rest: the duty of the year, proposals, the letters for the indicator, the home page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from peewee import Case, fn

from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import LABELS, S
from qms.areas.kpis import service as kpis
from qms.areas.statements.figures import Figures
from qms.kernel.area import Counted, Duty, Operand, Panel, Proposal
from qms.kernel.calendar import Period
from qms.kernel.catalogue import rules as catalogue
from qms.kernel.memory import remembered
from qms.kernel.permissions import READERS, Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, current_language

OVERDUE_KEYS = ("resolved_overdue", "in_process_overdue")


class Count(NamedTuple):
    """The late cases of some days: all, those with a letter, those that are owed one, and those that soon will be.

    A case belongs to the period in which its due date lies; voided ones are in none.
    """

    cases: int = 0
    letters: int = 0
    owed: int = 0
    soon: int = 0

    @property
    def all_have_one(self) -> bool:
        """Whether there are cases, and each has its letter."""
        return 0 < self.cases == self.letters


@dataclass(frozen=True)
class Register:
    """The counts of a register by due date."""

    days: dict[date, Count]

    def of(self, period: Period) -> Count:
        """The count of a period."""
        found = (c for day, c in self.days.items() if period.start <= day <= period.end)
        return Count(*map(sum, zip(*found, strict=True)))

    def owed_before(self, day: date) -> int:
        """The cases that were due before that day and are owed a letter still."""
        return sum(c.owed for due, c in self.days.items() if due < day)

    def oldest_owed(self, last: date) -> date | None:
        """The first day, `last` at the latest, on which a case was due that is owed a letter."""
        return min((day for day, c in self.days.items() if c.owed and day <= last), default=None)


def register(actor: Actor) -> Register:
    """The counts of the organisation's register, read once for each state of its data."""
    return remembered(actor, "cases.register", lambda: _register(actor))


def owed_from(today: date) -> date:
    """The day before which a case must have been due to be owed a letter on `today`."""
    return today - timedelta(days=catalogue("duties")["apology"]["due_days"])


def _register(actor: Actor) -> Register:
    """The counts; one query, a row for each due date.

    When a letter is owed, and when it soon will be, is data: `apology` in audits/rules/duties.toml (rule R8).
    """
    late = owed_from(actor.today)
    near = late + timedelta(days=catalogue("duties")["apology"]["warn_days"])
    rows = (
        LateCase.select(LateCase.due_on, fn.COUNT(LateCase.record), fn.COUNT(LateCase.letter_on))
        .join(Record, on=(LateCase.record == Record.id))
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == LateCase.kind,
            Record.state != S.VOIDED,
        )
        .group_by(LateCase.due_on)
        .tuples()
    )
    found = {}
    for day, cases, letters in rows:
        without = cases - letters
        found[day] = Count(
            cases, letters, without if day < late else 0, without if late <= day <= near else 0
        )
    return Register(found)


# ---------------------------------------------------------------- the indicator


def operands(actor: Actor, periods: Sequence[Period]) -> Iterator[Operand]:
    """The letters sent for the late cases of each period; nothing for a period of which the register has no case."""
    kept = register(actor)
    for period in periods:
        count = kept.of(period)
        if count.cases:
            yield Operand("apology_letters", period, count.letters, count.cases, f"cases?period={period}")


@dataclass(frozen=True)
class Difference:
    """A period in which the register holds another number of late cases than the statement says.

    `partly`: the statement gives only a part of them, so there are at least as many.
    """

    period: Period
    cases: int
    published: int
    url: str
    partly: bool = False


def differences(actor: Actor) -> list[Difference]:
    """Where register and statements in force do not agree, the newest period first."""
    kept = register(actor)
    found = []
    for one in reversed(kpis.book(actor).statements):
        published, partly = _overdue(one.figures)
        cases = kept.of(one.period).cases
        if cases < published or (not partly and cases != published):
            found.append(Difference(one.period, cases, published, one.url, partly))
    return found


def _overdue(figures: Figures) -> tuple[int, bool]:
    """The overdue cases of a statement, resolved or in process, and whether only a part of them is known."""
    counts = [figures.exact(key) for key in OVERDUE_KEYS]
    return sum(count for count in counts if count is not None), None in counts


# ---------------------------------------------------------------- the year


def duties(actor: Actor, year: int) -> Iterator[Duty]:
    """Every case past its due date has its letter (`apology` in audits/rules/duties.toml, rule R8).

    What earlier years left owing is owed in every later one that has begun. Nothing where there is no late case,
    neither in the register nor in a statement of the year.
    """
    period, kept = Period.parse(f"{year:04d}"), register(actor)
    count = kept.of(period)
    earlier = kept.owed_before(period.start) if period.start <= actor.today else 0
    if not count.cases and not earlier and not _published(actor, period):
        return
    yield Duty(
        key=f"apology:{year}",
        label=_("Apology letters for late cases"),
        state=_state(count, earlier),
        url=_where(period, count, earlier),
        rule=catalogue("duties")["apology"][f"source_{current_language()}"],
        note=_told(count, earlier),
        late_since=kept.oldest_owed(period.end) if count.owed or earlier else None,
    )


def _state(count: Count, earlier: int) -> str:
    if count.owed or earlier:
        return "late"
    return "soon" if count.soon else "done" if count.all_have_one else "open"


def _where(period: Period, count: Count, earlier: int) -> str:
    if earlier:
        return "cases?letter=none"
    return f"cases?letter=none&period={period}" if count.owed else f"cases?period={period}"


def _published(actor: Actor, period: Period) -> bool:
    """Whether a statement within the period says that cases were overdue."""
    kept = kpis.book(actor).statements
    return any(_overdue(one.figures)[0] for one in kept if period.contains(one.period))


def _told(count: Count, earlier: int) -> Message:
    if earlier:
        return _(
            "%(n)s of %(all)s late cases of the year without a letter; of earlier years still: %(earlier)s",
            n=count.owed, all=count.cases, earlier=earlier,
        )  # fmt: skip
    if count.owed:
        if count.cases == 1:
            return _("1 late case, without a letter")
        return _("%(n)s of %(all)s late cases without a letter", n=count.owed, all=count.cases)
    if count.soon:
        if count.soon == 1:
            return _("1 case is due soon and has no letter")
        return _("%(n)s cases are due soon and have no letter", n=count.soon)
    if count.all_have_one:
        if count.cases == 1:
            return _("1 late case, with its letter")
        return _("%(n)s late cases, all with a letter", n=count.cases)
    if count.cases == 1:
        return _("1 case, not past its due date yet")
    if count.cases:
        return _("%(n)s cases, none past its due date without a letter", n=count.cases)
    return _("no late case in the register")


def proposals(actor: Actor, period: Period) -> Iterator[Proposal]:
    """A nonconformity for each quarter of the period in which late cases were left without a letter."""
    kept = register(actor)
    for quarter in _quarters(period):
        count = kept.of(quarter)
        if count.owed:
            yield Proposal(
                key=f"apology:{quarter}",
                title=_lacking(count, quarter),
                detail=_(
                    "Late cases that were due in %(period)s: %(all)s; of these past the due date without an apology "
                    "letter: %(n)s (rule R8, not verified).",
                    all=count.cases, period=quarter.label(), n=count.owed,
                ),
                period=quarter,
                url=f"cases?letter=none&period={quarter}",
                found_through="overdue",
            )  # fmt: skip


def _lacking(count: Count, quarter: Period) -> Message:
    when = quarter.label()
    if count.owed == 1:
        return _("1 late case without an apology letter, %(period)s", period=when)
    return _("%(n)s late cases without an apology letter, %(period)s", n=count.owed, period=when)


def _quarters(period: Period) -> Iterable[Period]:
    """The quarters of a period, or the one in which a month lies."""
    quarter = Period.of(period.start, "quarter")
    while quarter.start <= period.end:
        yield quarter
        quarter = quarter.next()


# ---------------------------------------------------------------- home


def home_panels(actor: Actor, _year: int) -> list[Panel]:
    """How many open late cases have no letter, past their due date or not yet, and how many have one."""
    if not actor.roles & READERS:
        return []
    past = LateCase.due_on < owed_from(actor.today)
    rows = (
        LateCase.select(Record.state, fn.SUM(Case(None, [(past, 1)], 0)), fn.COUNT(Record.id))
        .join(Record, on=(LateCase.record == Record.id))
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == LateCase.kind,
            Record.ended_on.is_null(),
        )
        .group_by(Record.state)
        .tuples()
    )
    counts: dict[tuple[str, bool], int] = {}
    for state, overdue, number in rows:
        late = int(overdue) if state == S.LATE else 0
        counts |= {(state, True): late, (state, False): number - late}
    data: list[Any] = [
        Counted(str(label), counts[key], f"cases?{query}", late=key[1])
        for key, label, query in _COUNTED
        if counts.get(key)
    ]
    return [Panel("cases", _("Open late cases"), "layouts/_counted.html", data, order=35)] if data else []


_COUNTED: tuple[tuple[tuple[str, bool], Message, str], ...] = (
    ((S.LATE, True), _("past the due date, no letter yet"), f"state={S.LATE}&letter=owed"),
    ((S.LATE, False), _("not yet due, no letter yet"), f"state={S.LATE}&letter=early"),
    ((S.APOLOGISED, False), LABELS[S.APOLOGISED], f"state={S.APOLOGISED}"),
)  # (state, whether it is late), what it is called, the list that shows it
