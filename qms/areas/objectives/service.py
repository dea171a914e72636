"""Drafting objectives, approving and closing them; how they stand is computed by the indicators.

judged(actor, year) -> list[Judged]
standing(actor, row) -> Standing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.kpis import service as kpis
from qms.areas.kpis import service_write as kpi_writing
from qms.areas.kpis.rules import PERCENT, UP, Measured, Standing, Status, TargetValue, best_for, judge
from qms.areas.kpis.service import Book
from qms.areas.objectives.models import Objective
from qms.areas.objectives.rules import (
    APPROVE,
    EDIT,
    ObjectiveFacts,
    S,
    against_values,
    gaps,
    parsed,
)
from qms.kernel import steps
from qms.kernel.authors import authors
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.links import link
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import ANY_UNIT, Actor
from qms.kernel.proposals import Decision
from qms.kernel.records import Kind, Record
from qms.kernel.text import _, pack
from qms.kernel.trail import change

CONTENT = ("title", "commitment", "kpi", "target", "period", "set_by", "baseline", "illustrative", "plan",
           "resources", "evaluation")  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """An objective as it stands: the verdict on its target, the measurement before, the earlier misses."""

    row: Objective
    standing: Standing
    name: str = ""
    before: Measured | None = None
    missed_before: tuple[str, ...] = ()  # codes of earlier objectives of the same indicator that were missed
    trend: tuple[Measured, ...] = ()  # the indicator's chain of periods, earliest first

    @property
    def url(self) -> str:
        """Its page, below the organisation."""
        return f"objectives/{self.row.record.code}"


# ---------------------------------------------------------------- how it stands


def goal(row: Objective, book: Book) -> TargetValue | None:
    """The objective's target as the indicators judge it; None while indicator, period or value is missing."""
    period = parsed(str(row.period))
    if period is None or row.target is None or row.kpi not in book.entries:
        return None
    return TargetValue(
        0, str(row.kpi), period, row.target, book.entries[str(row.kpi)].now.unit, str(row.set_by),
        row.approved_on, bool(row.illustrative),
    )  # fmt: skip


def stands(row: Objective, book: Book) -> Standing:
    """The verdict on the objective's target; no data while there is nothing to judge."""
    target = goal(row, book)
    if target is None:
        return judge(None, None, UP)
    found = book.standing(target)
    if found.measured is None:
        now = book.entries[target.kpi].now
        best = best_for(target.period, book.measured(target.kpi), sums=now.sums)
        return replace(found, measured=best, target=target)
    return found


def standing(actor: Actor, row: Objective) -> Standing:
    """How one objective stands."""
    return stands(row, kpis.book(actor))


def judged_one(row: Objective, book: Book, others: list[Objective] | None = None) -> Judged:
    """One objective with what its page shows of its measurement; `others` where they are at hand already."""
    others = _decided(row.organisation_id) if others is None else others
    found = stands(row, book)
    entry = book.entries.get(str(row.kpi))
    return Judged(
        row,
        found,
        entry.name if entry else str(row.kpi),
        book.before(found.measured) if found.measured and found.measured.rate is not None else None,
        _missed_before(row, book, others),
        tuple(kpis.line(book.measured(entry.code))) if entry else (),
    )


def judged(actor: Actor, year: int, *, states: tuple[str, ...] = (S.APPROVED, S.CLOSED)) -> list[Judged]:
    """The objectives whose target lies in that year, by code, as they stand; a bounded number of queries."""
    rows = (
        Objective.of(actor.organisation_id or 0)
        .where(Objective.period.startswith(f"{year:04d}"), Record.state.in_(states))
        .order_by(Record.year, Record.number)
    )
    found = list(rows)
    if not found:
        return []
    book = kpis.book(actor)
    others = _decided(actor.organisation_id or 0)
    return [judged_one(row, book, others) for row in found]


def _decided(organisation_id: int) -> list[Objective]:
    return list(Objective.of(organisation_id).where(Record.state.in_([S.APPROVED, S.CLOSED])))


def _missed_before(row: Objective, book: Book, others: list[Objective]) -> tuple[str, ...]:
    """Codes of the objectives of the same indicator whose earlier period was missed too, the newest first."""
    period = parsed(str(row.period))
    if period is None or not row.kpi:
        return ()
    found = [
        (other_period, str(other.record.code))
        for other in others
        if other.kpi == row.kpi
        and (other_period := parsed(str(other.period))) is not None
        and other_period.end < period.start
        and stands(other, book).status is Status.MISSED
    ]
    return tuple(code for _period, code in sorted(found, reverse=True))


# ---------------------------------------------------------------- the answer to a miss


def proposal_keys(row: Objective) -> tuple[str, str]:
    """The keys under which a miss is proposed: by the objective, and by its indicator's target of the period."""
    return f"objective:{row.record.code}:missed", f"kpi:{row.kpi}:{row.period}:target"


def decision_on(row: Objective) -> Decision | None:
    """What was decided on a miss of the objective, if anything was."""
    return (
        Decision.select()
        .where(Decision.organisation_id == row.organisation_id, Decision.key.in_(proposal_keys(row)))
        .order_by(Decision.id)
        .first()
    )


# ---------------------------------------------------------------- facts


def facts(row: Objective, actor: Actor, book: Book | None = None) -> ObjectiveFacts:
    """What the machine's conditions look at; `book` where it is at hand already."""
    book = book or kpis.book(actor)
    entry = book.entries.get(str(row.kpi))
    period = parsed(str(row.period))
    found = stands(row, book) if row.record.state == S.APPROVED else None
    return ObjectiveFacts(
        commitment=row.commitment,
        kpi=row.kpi,
        kpi_known=entry is not None and entry.active,
        target=row.target,
        unit=entry.now.unit if entry else PERCENT,
        period=period,
        set_by=row.set_by,
        baseline=row.baseline,
        measured_before=bool(entry and period and _earlier(book, str(row.kpi), period)),
        plan=row.plan,
        resources=row.resources,
        evaluation=row.evaluation,
        owner_id=row.record.owner_id,
        due=row.record.due,
        authors=authors(row, of=CONTENT) if row.record.state == S.DRAFT else frozenset(),
        actor_id=actor.person_id,
        acts_for=actor.acts_for,
        standing=found,
        answered=found is not None and found.status is Status.MISSED and decision_on(row) is not None,
    )


def starting_point(book: Book, kpi: str, period: Period) -> Measured | None:
    """The last measurement before the target's period, from which the objective starts."""
    earlier = _earlier(book, kpi, period)
    return max(earlier, key=lambda m: (m.period.end, m.period.months), default=None)


def _earlier(book: Book, kpi: str, period: Period) -> list[Measured]:
    return [m for m in book.measured(kpi) if m.period.end < period.start and m.rate is not None]


# ---------------------------------------------------------------- verbs


def draft(actor: Actor, values: dict[str, Any]) -> Objective:
    """A new objective, which may still be incomplete; raises Forbidden, or Refused with every obstacle."""
    actor.require(EDIT, unit_id=values.get("unit") or ANY_UNIT)
    values = dict(values)
    with change(actor):
        _require_sound(actor, values, None)
        row = Objective.new(
            actor, title=values.pop("title"), happened_on=actor.today, author=actor.person_id, **values
        )
        row.save()
    return row


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Objective:
    """Change a draft; an approved objective is taken back first. Raises NotFound, Forbidden, Stale or Refused."""
    with change(actor):
        row = Objective.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state != S.DRAFT:
            raise Refused([_("only a draft is changed: take the approval back first, with a reason")])
        _require_sound(actor, values, row)
        if any(name in values and row.value(name) != values[name] for name in CONTENT):
            row.set({"author": actor.person_id})
        row.set(values)
        row.save()
    return row


def _require_sound(actor: Actor, values: dict[str, Any], row: Objective | None) -> None:
    kpi = values.get("kpi", row.kpi if row else "")
    book = kpis.book(actor)
    found = place_obstacles(actor, values, row=row, right=EDIT)
    if kpi and kpi not in book.entries:
        found.append(Obstacle(_("there is no indicator %(kpi)s that is being measured", kpi=kpi), "edit#kpi"))
    if row is not None and row.approved_on is not None and kpi != row.kpi:
        text = _("an objective that was approved once keeps its indicator: draft another objective instead")
        found.append(Obstacle(text, "edit#kpi"))
    found += against_values(
        period=values.get("period", row.period if row else ""),
        target=values.get("target"),
        unit=book.entries[kpi].now.unit if kpi in book.entries else PERCENT,
        happened_on=(row.record.happened_on if row else None) or actor.today,
        due=values.get("due"),
    )
    if found:
        raise Refused(found)


def fire(
    actor: Actor, code: str, transition: str, *, reason: str = "", version: int | None = None,
    values: dict[str, str] | None = None,
) -> Objective:  # fmt: skip
    """Take one step. Approving makes the target the indicator's own and ties the objective to it."""

    def apply(row: Objective) -> None:
        if transition == "approve":
            row.set({"approved_by": actor.person_id, "approved_on": actor.today})

    with change(actor, reason):
        row = steps.fire(
            actor, Objective, code, transition, facts=facts, reason=reason, version=version, apply=apply
        )
        if transition == "approve":
            _publish_target(actor, row)
        elif transition == "revise":
            _withdraw_target(actor, row)
    return row


def may_serve(actor: Actor, record: Record, _action: Mapping[str, Any] | None = None) -> list[Obstacle]:
    """What speaks against a new action for the objective (hook); raises Forbidden."""
    actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
    if record.state in (S.DRAFT, S.APPROVED):
        return []
    return [Obstacle(_("an objective that is closed or voided takes no action any more"))]


def action_obstacles(
    actor: Actor, record: Record, action: Kind, changes: Mapping[str, Any]
) -> list[Obstacle]:
    """What an approved objective says against changing an action that serves it (hook)."""
    if record.state != S.APPROVED:
        return []
    wrote = authors(Objective.by_code(actor.organisation_id, str(record.code)), of=CONTENT)
    return actions.against_promise(actor, record, action, changes, APPROVE, wrote)


def _publish_target(actor: Actor, row: Objective) -> None:
    """The indicator's page judges by the same target, and leads to the objective."""
    entry = kpis.book(actor).entry(str(row.kpi))
    link(actor, row.record, entry.record, "kpi")
    kpi_writing.set_target(
        actor, str(row.kpi), period=str(row.period), value=row.target, set_by=str(row.set_by),
        dated=row.approved_on, illustrative=bool(row.illustrative),
        reason=pack(_("objective %(code)s was approved", code=row.record.code)),
    )  # fmt: skip


def _withdraw_target(actor: Actor, row: Objective) -> None:
    """The target that the approval made the indicator's own is in force no longer; one set since then stays."""
    now = kpis.book(actor).target(str(row.kpi), Period.parse(str(row.period)))
    if now is not None and (now.value, now.set_by, now.dated) == (
        row.target,
        str(row.set_by).strip(),
        row.approved_on,
    ):
        reason = pack(_("the approval of objective %(code)s was taken back", code=row.record.code))
        kpi_writing.withdraw_target(actor, str(row.kpi), period=str(row.period), reason=reason)


def incomplete(row: Objective, actor: Actor, book: Book | None = None) -> list[Obstacle]:
    """What a draft still lacks to be approved, whoever approves."""
    return gaps(facts(row, actor, book)) if row.record.state == S.DRAFT else []


def standings(actor: Actor) -> dict[int, Standing]:
    """Record id -> how it stands, of every approved or closed objective."""
    rows = _decided(actor.organisation_id or 0)
    book = kpis.book(actor) if rows else None
    return {row.record_id: stands(row, book) for row in rows if book is not None}


def years(organisation_id: int) -> list[str]:
    """The years for which there are objectives, the newest first."""
    periods = (
        Objective.select(Objective.period).where(Objective.organisation_id == organisation_id).distinct()
    )
    return sorted({period[:4] for (period,) in periods.tuples() if parsed(period)}, reverse=True)


def options(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the indicators that are measured."""
    return [(e.code, f"{e.code}: {e.name}") for e in kpis.book(actor).entries.values() if e.active]
