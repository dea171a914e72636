"""What objectives tell the other areas: missed ones, the duty of the year, review inputs, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from qms.areas.kpis import service as kpis
from qms.areas.kpis.rules import Status, shown_gap
from qms.areas.objectives import service
from qms.areas.objectives.models import Objective
from qms.areas.objectives.rules import APPROVE, EDIT, ObjectiveFacts, S
from qms.areas.objectives.service import Judged
from qms.kernel.area import Duty, Figure, Proposal, ReviewInput, WorkItem, duty_state
from qms.kernel.calendar import Period, length_label
from qms.kernel.catalogue import rules
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, date_order
from qms.kernel.text import Message, _, current_language
from qms.kernel.waiting import waiting

WAITING = 20  # of one person's work


def _of_period(actor: Actor, period: Period) -> list[Judged]:
    """The approved and closed objectives whose target's period lies in `period`."""
    found = []
    for year in range(period.start.year, period.end.year + 1):
        found += [j for j in service.judged(actor, year) if period.contains(Period.parse(str(j.row.period)))]
    return found


# ---------------------------------------------------------------- a missed target


def proposals(actor: Actor, period: Period) -> Iterator[Proposal]:
    """An action or a nonconformity for every missed objective that its indicator's own target does not propose."""
    book = None
    for year in range(period.start.year, period.end.year + 1):
        for one in service.judged(actor, year, states=(S.APPROVED,)):
            if one.standing.status is not Status.MISSED or not period.overlaps(
                Period.parse(str(one.row.period))
            ):
                continue
            book = book or kpis.book(actor)
            own = book.target(str(one.row.kpi), Period.parse(str(one.row.period)))
            if own is None or own.value != one.row.target:
                yield _missed(one)


def _missed(one: Judged) -> Proposal:
    period = Period.parse(str(one.row.period))
    return Proposal(
        key=service.proposal_keys(one.row)[0],
        title=_("Target missed in %(period)s: %(name)s", period=period.label(), name=one.row.record.title),
        detail=miss_text(one),
        source=one.row.record,
        period=period,
        url=f"{one.url}#standing",
    )


def miss_text(one: Judged) -> Message:
    """The gap, its source, and earlier misses of the same indicator."""
    standing, measured = one.standing, one.standing.measured
    if standing.target is None or measured is None:
        return _("no data")
    text = _(
        "%(name)s: %(value)s (%(fraction)s) against a target of %(target)s set by “%(who)s”; "
        "short by %(gap)s. Source: %(source)s",
        name=one.name, value=measured.shown, fraction=measured.fraction, target=standing.target.shown,
        who=standing.target.set_by, gap=shown_gap(standing.gap, measured.unit), source=measured.source,
    )  # fmt: skip
    if one.missed_before:
        return _("%(text)s. Missed before: %(codes)s", text=text, codes=", ".join(one.missed_before))
    return text


# ---------------------------------------------------------------- the year


def duties(actor: Actor, year: int) -> Iterator[Duty]:
    """The objectives of the year are approved early in it (6.2; our default day, see the rules)."""
    rule = rules("duties")["objectives"]
    due = date.fromisoformat(f"{year:04d}-{rule['due']}")
    approved = (
        Objective.of(actor.organisation_id or 0)
        .where(Objective.period.startswith(f"{year:04d}"), Record.state.in_([S.APPROVED, S.CLOSED]))
        .order_by(date_order(Objective.approved_on))
    )
    days = [row.approved_on for row in approved]
    yield Duty(
        key=f"objectives:{year}",
        label=_("Quality objectives of %(year)s approved", year=f"{year:04d}"),
        state=duty_state(actor.today, due, done=bool(days), warn_days=rule["warn_days"]),
        due=due,
        done_on=days[0] if days else None,
        url=f"objectives?year={year}",
        rule=rule[f"source_{current_language()}"],
        note=_("%(n)s approved", n=len(days)) if days else None,
    )


def review_inputs(actor: Actor, period: Period) -> Iterator[ReviewInput]:
    """To what extent objectives were met (9.3.2 c2), each beside the period before."""
    found = _of_period(actor, period)
    if not found:
        return
    met = sum(1 for one in found if one.standing.status is Status.MET)
    summary = str(_("%(met)s of %(n)s quality objectives met", met=met, n=len(found)))
    misses = [str(miss_text(one)) for one in found if one.standing.status is Status.MISSED]
    yield ReviewInput(
        input="c2",
        heading=_("Quality objectives"),
        lines=(summary, *misses),
        figures=tuple(_figure(one) for one in found),
        url=f"objectives?year={period.end.year}",
    )


def _figure(one: Judged) -> Figure:
    measured, before = one.standing.measured, one.before
    return Figure(
        label=f"{one.row.record.code} {one.row.record.title}",
        value=measured.shown if measured else "–",
        fraction=measured.fraction if measured else "",
        period=str((measured.period if measured else Period.parse(str(one.row.period))).label()),
        previous=str(
            _("%(value)s (%(period)s, period length: %(length)s)", value=before.shown, period=before.period.label(),
              length=length_label(before.period.length))
        ) if before else "",
        url=one.url,
        source=measured.source if measured else "",
        status=str(one.standing.label) + (f" ({one.standing.target.shown})" if one.standing.target else ""),
    )  # fmt: skip


# ---------------------------------------------------------------- what waits for somebody


def work(actor: Actor) -> Iterator[WorkItem]:
    """Complete drafts wait for a leader who did not write them; incomplete ones for who may complete them."""
    if not actor.may_somewhere(EDIT) and not actor.may_somewhere(APPROVE):
        return
    book = kpis.book(actor)

    def known(row: Objective, actor: Actor) -> ObjectiveFacts:
        return service.facts(row, actor, book)

    for row in waiting(actor, Objective, "approve", facts=known):
        yield _item(row, _("waits for approval"))
    if not actor.may(EDIT, unit_id=None):
        return
    drafts = Objective.of(actor.organisation_id or 0).where(Record.state == S.DRAFT)
    for row in drafts.order_by(Record.year, Record.number).limit(WAITING):
        if lacking := service.incomplete(row, actor, book):
            yield _item(row, _("draft, still missing: %(n)s", n=len(lacking)))


def _item(row: Objective, why: Message) -> WorkItem:
    record: Any = row.record
    return WorkItem(record.title, f"objectives/{record.code}", why, record.code, record.due)
