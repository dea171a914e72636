"""What nonconformities tell the rest: the review's input c4, the home page, the work list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from peewee import Case, Expression, fn

from qms.areas.actions.models import Action
from qms.areas.actions.rules import SERVES
from qms.areas.actions.rules import S as Step
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import IMPROVEMENTS, LABELS, Grade, S
from qms.areas.nonconformities.service import own_facts
from qms.kernel.area import Counted, Figure, Panel, ReviewInput, WorkItem
from qms.kernel.calendar import Period
from qms.kernel.links import Link
from qms.kernel.permissions import READERS, Actor, Role
from qms.kernel.records import Record, date_order, due_order
from qms.kernel.text import Message, _, show_date, show_number
from qms.kernel.waiting import SHOWN, waiting

LISTED = 20  # rows named in the review's input


def _of_grades(actor: Actor) -> Any:
    """Nonconformities proper: without observations and opportunities, without the voided."""
    return (
        Record.select()
        .join(Nonconformity, on=(Nonconformity.record == Record.id))
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == Nonconformity.kind,
            Record.state != S.VOIDED,
            Nonconformity.grade.not_in(list(IMPROVEMENTS)),
        )
    )


# ---------------------------------------------------------------- 9.3.2 c 4


@dataclass(frozen=True)
class _Count:
    """A count of the review's input: words, condition for a period, and the list that shows its rows."""

    label: Message
    condition: Any
    filters: Any


def _counts() -> list[_Count]:
    return [
        _Count(
            _("opened in the period"),
            lambda p: Record.happened_on.between(p.start, p.end),
            lambda p: f"happened={p}",
        ),
        _Count(
            _("major ones among them"),
            lambda p: Record.happened_on.between(p.start, p.end) & (Nonconformity.grade == Grade.MAJOR),
            lambda p: f"happened={p}&grade={Grade.MAJOR}",
        ),
        _Count(
            _("closed in the period"),
            lambda p: Record.ended_on.between(p.start, p.end),
            lambda p: f"ended={p}",
        ),
        _Count(
            _("open at the end of the period"),
            lambda p: open_on(p.end),
            lambda p: f"open_on={p.end.isoformat()}",
        ),
    ]


def open_on(day: Any) -> Any:
    """The condition that a record had happened and not yet ended on that day, as far as is known today."""
    return (Record.happened_on <= day) & Expression(date_order(Record.ended_on), ">", day)


def review_inputs(actor: Actor, period: Period) -> list[ReviewInput]:
    """Input c4: counts of the period beside the preceding one of the same length, and what is still open."""
    before = period.previous()
    first = _of_grades(actor).select(fn.MIN(Record.happened_on)).scalar()
    known = first is not None and first <= before.end  # before the first one nothing was kept, which is not 0
    figures = tuple(
        Figure(
            label=one.label,
            value=show_number(_of_grades(actor).where(one.condition(period)).count()),
            period=str(period.label()),
            previous=show_number(_of_grades(actor).where(one.condition(before)).count()) if known else "",
            url=f"nonconformities?counted=nonconformities&{one.filters(period)}",
        )
        for one in _counts()
    )
    still = _of_grades(actor).where(open_on(period.end)).order_by(Record.year, Record.number).limit(LISTED)
    lines = tuple(
        f"{code} {title}: {LABELS.get(state, state)}"
        for code, title, state in still.select(Record.code, Record.title, Record.state).tuples()
    )
    return [ReviewInput("c4", _("Nonconformities and corrective actions"), lines, figures, "nonconformities")]


# ---------------------------------------------------------------- home


_PROPER = "nonconformities?counted=nonconformities"


def home_panels(actor: Actor, _year: int) -> list[Panel]:
    """How many are open in each state, and how many of them are overdue; nothing where nothing is open.

    The overdue ones stand by unit in the home page's own table of overdue records. Observations and opportunities
    are no nonconformities: they are a line of their own.
    """
    if not actor.roles & READERS:
        return []
    overdue = fn.SUM(Case(None, ((Record.due < actor.today, 1),), 0))
    rows = list(
        Record.select(Record.state, Nonconformity.grade, fn.COUNT(Record.id), overdue)
        .join(Nonconformity, on=(Nonconformity.record == Record.id))
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == Nonconformity.kind,
            Record.ended_on.is_null(),
        )
        .group_by(Record.state, Nonconformity.grade)
        .tuples()
    )
    if not rows:
        return []
    counts: Counter[str] = Counter()
    late = others = 0
    for state, grade, number, overdue_ones in rows:
        if grade in IMPROVEMENTS:
            others += number
        else:
            counts[state] += number
            late += int(overdue_ones)
    data = [
        Counted(str(LABELS[state]), counts[state], f"{_PROPER}&state={state}")
        for state in LABELS
        if state in counts
    ]
    if late:
        data.append(Counted(str(_("overdue")), late, f"{_PROPER}&due=overdue", late=True))
    if others:
        address = f"nonconformities?counted=improvements&open_on={actor.today.isoformat()}"
        data.append(Counted(str(_("open observations and opportunities")), others, address))
    return [
        Panel("nonconformities", _("Open nonconformities"), "nonconformities/_panel.html", data, order=30)
    ]


# ---------------------------------------------------------------- work


def work(actor: Actor) -> list[WorkItem]:
    """What waits for this person: plans to approve, effects to verify now, and what nobody answers for yet."""
    mine = [person for person in (actor.person_id, *actor.acts_for) if person is not None]
    plans = waiting(
        actor, Nonconformity, "approve_plan", facts=own_facts,
        where=Nonconformity.planner.is_null() | Nonconformity.planner.not_in(mine),
    )  # fmt: skip
    checks = waiting(  # that step asks for nothing but the right person
        actor, Nonconformity, "not_effective", facts=own_facts,
        where=(Nonconformity.effect_on <= actor.today) & ~_worked_on_by(mine),
    )  # fmt: skip
    return [
        *(_item(row, _("the plan waits for your approval")) for row in plans),
        *(
            _item(row, _("its effect is to be checked since %(day)s", day=show_date(row.effect_on)))
            for row in checks
        ),
        *(
            replace(
                _item(row, _("has no owner: name one")), url=f"nonconformities/{row.record.code}/edit#owner"
            )
            for row in _without_owner(actor)
        ),
    ]


def _worked_on_by(people: list[int]) -> Any:
    """The condition that one of these people owns an action of it or reported one done: they do not judge it.

    The rest of that rule is asked of each record that is left.
    """
    action = Record.alias()
    return fn.EXISTS(
        Link.select(Link.id)
        .join(action, on=(Link.record == action.id))
        .join(Action, on=(Action.record == action.id))
        .where(
            Link.target == Record.id,
            Link.relation == SERVES,
            Link.stands(),
            action.state != Step.VOIDED,
            action.owner.in_(people) | Action.done_by.in_(people),
        )
    )


def _without_owner(actor: Actor) -> list[Nonconformity]:
    """The open ones that no owner answers for, for who names one: a coordinator, and the head of the unit."""
    if Role.COORDINATOR not in actor.roles and Role.UNIT_HEAD not in actor.roles:
        return []
    reach = Role.COORDINATOR in actor.roles or Record.unit.in_(sorted(actor.units))
    return list(
        Nonconformity.of(actor.organisation_id)
        .where(Record.ended_on.is_null(), Record.owner.is_null(), reach)
        .order_by(due_order(), Record.id)
        .limit(SHOWN)
    )


def _item(row: Nonconformity, why: Message) -> WorkItem:
    record = row.record
    return WorkItem(record.title, f"nonconformities/{record.code}", why, record.code, record.due)
