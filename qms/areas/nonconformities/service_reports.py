"""What nonconformities tell the rest: the review's input c4, the home page, the work list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import Case, fn

from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import (
    APPROVE,
    IMPROVEMENTS,
    LABELS,
    NONCONFORMITY,
    VERIFY,
    Grade,
    S,
    verifier_did_not_write_the_cause,
    verifier_owns_no_action,
)
from qms.areas.nonconformities.service import facts
from qms.kernel.area import Figure, Panel, ReviewInput, WorkItem
from qms.kernel.calendar import Period
from qms.kernel.permissions import READERS, Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, show_date, show_number

LISTED = 20  # rows named in the review's input and looked at for the work list


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
    return (Record.happened_on <= day) & (Record.ended_on.is_null() | (Record.ended_on > day))


def review_inputs(actor: Actor, period: Period) -> list[ReviewInput]:
    """Input c4: counts of the period beside the preceding one of the same length, and what is still open."""
    before = period.previous()
    figures = tuple(
        Figure(
            label=one.label,
            value=show_number(_of_grades(actor).where(one.condition(period)).count()),
            period=str(period.label()),
            previous=show_number(_of_grades(actor).where(one.condition(before)).count()),
            url=f"nonconformities?{one.filters(period)}",
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


@dataclass(frozen=True)
class Counted:
    """A number and the list that shows its rows; `late` marks what somebody must do now."""

    label: str
    number: int
    url: str
    late: bool = False


def home_panels(actor: Actor) -> list[Panel]:
    """How many are open in each state, and how many of them are overdue; nothing where nothing is open.

    The overdue ones stand by unit in the home page's own table of overdue records.
    """
    if not actor.roles & READERS:
        return []
    overdue = fn.SUM(Case(None, ((Record.due < actor.today, 1),), 0))
    rows = (
        Record.select(Record.state, fn.COUNT(Record.id), overdue)
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == Nonconformity.kind,
            Record.ended_on.is_null(),
        )
        .group_by(Record.state)
        .tuples()
    )
    counts = {state: (number, late) for state, number, late in rows}
    if not counts:
        return []
    data = [
        Counted(str(LABELS[state]), counts[state][0], f"nonconformities?state={state}")
        for state in LABELS
        if state in counts
    ]
    late = sum(int(late) for _number, late in counts.values())
    if late:
        data.append(Counted(str(_("overdue")), late, "nonconformities?due=overdue", late=True))
    return [
        Panel("nonconformities", _("Open nonconformities"), "nonconformities/_panel.html", data, order=30)
    ]


# ---------------------------------------------------------------- work


def work(actor: Actor) -> list[WorkItem]:
    """Plans that wait for this person's approval, and effects that this person may verify now."""
    return [*_plans(actor), *_checks(actor)]


def _waiting(actor: Actor, state: str) -> Any:
    return (
        Nonconformity.of(actor.organisation_id or 0)
        .where(Record.state == state)
        .order_by(Record.due)
        .limit(LISTED)
    )


def _plans(actor: Actor) -> list[WorkItem]:
    if not actor.roles & APPROVE.roles:
        return []
    return [
        _item(row, _("the plan waits for your approval"))
        for row in _waiting(actor, S.PLANNED)
        if actor.may(APPROVE, unit_id=row.record.unit_id) and not actor.is_or_acts_for(row.planner_id)
    ]


def _checks(actor: Actor) -> list[WorkItem]:
    if not actor.roles & VERIFY.roles:
        return []
    found = []
    for row in _waiting(actor, S.VERIFYING).where(Nonconformity.effect_on <= actor.today):
        known = facts(row, actor)
        if not list(
            NONCONFORMITY.obstacles_of((verifier_owns_no_action, verifier_did_not_write_the_cause), known)
        ):
            found.append(
                _item(row, _("its effect is to be checked since %(day)s", day=show_date(row.effect_on)))
            )
    return found


def _item(row: Nonconformity, why: Message) -> WorkItem:
    record = row.record
    return WorkItem(record.title, f"nonconformities/{record.code}", why, record.code, record.due)
