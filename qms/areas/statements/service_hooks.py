"""What statements tell the other areas: proposals, duties of the year, inputs of the management review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from qms.areas.statements import service_kept
from qms.areas.statements.figures import LABELS
from qms.areas.statements.rules import Verdict
from qms.areas.statements.service_kept import Kept
from qms.kernel.area import Duty, Figure, Proposal, ReviewInput, duty_state
from qms.kernel.calendar import Period
from qms.kernel.catalogue import rules
from qms.kernel.organisations import began_on
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, current_language, show_number

_REVIEWED = ("received_total", "resolved_total", "resolved_overdue", "in_process_total", "in_process_overdue")


def proposals(actor: Actor, period: Period) -> Iterator[Proposal]:
    """A nonconformity for every accepted warning of a statement in the period."""
    for record, revision, verdict in service_kept.failed_now(actor.organisation_id or 0):
        if not period.overlaps(verdict.period):
            continue
        yield Proposal(
            key=_key(verdict),
            title=_(
                "Figures of %(period)s do not agree: %(claim)s",
                period=verdict.period.label(),
                claim=verdict.claim,
            ),
            detail=_detail(verdict, revision.accepted_reason),
            source=record,
            period=verdict.period,
            url=f"statements/{record.code}#verdicts",
        )


def _key(verdict: Verdict) -> str:
    parts = ("statement", verdict.period.code, verdict.rule, verdict.subject, verdict.field)
    return ":".join(part for part in parts if part)[:200]


def _detail(verdict: Verdict, reason: str) -> Message:
    if not reason:
        return verdict.message
    return _("%(what)s. Accepted on import because: %(reason)s", what=verdict.message, reason=reason)


def duties(actor: Actor, year: int) -> Iterator[Duty]:
    """Whether the figures of the last quarter of the year that has ended are there, if it is one of ours."""
    organisation = actor.organisation_id or 0
    quarter = _last_quarter(year, actor.today)
    if quarter is None:
        return
    kept = next((k for k in service_kept.current(organisation) if k.period.contains(quarter)), None)
    if kept is None and quarter.end < began_on(organisation):
        return  # nobody owes the figures of a time before the organisation was here
    rule = rules("duties")["statements"]
    due = quarter.end + timedelta(days=rule["due_days"])
    yield Duty(
        key=f"statements:{quarter.code}",
        label=_("Figures of %(period)s imported", period=quarter.label()),
        state=duty_state(actor.today, due, done=kept is not None, warn_days=rule["warn_days"]),
        due=due,
        url=kept.url if kept else "statements/import",
        rule=rule[f"source_{current_language()}"],
    )


def _last_quarter(year: int, today: date) -> Period | None:
    """The last quarter of `year` that is over; None if none is."""
    last = Period(date(year, 10, 1), 3)
    while last.end >= today:
        last = last.previous()
    return last if last.start.year == year else None


def review_inputs(actor: Actor, period: Period) -> Iterator[ReviewInput]:
    """Results of monitoring and measurement (9.3.2 c5): the cases, beside the preceding equal period."""
    kept = service_kept.current(actor.organisation_id or 0)
    within = [k for k in kept if period.contains(k.period)]
    if not within:
        return
    by_period = {k.period: k for k in kept}
    warned = [
        v
        for _r, _revision, v in service_kept.failed_now(actor.organisation_id or 0)
        if period.contains(v.period)
    ]
    yield ReviewInput(
        input="c5",
        heading=_("Case figures of the period"),
        lines=tuple(str(v.message) for v in warned),
        figures=tuple(f for k in within for f in _figures(k, by_period.get(k.period.previous()))),
        url="statements",
    )


def _figures(kept: Kept, before: Kept | None) -> Iterator[Figure]:
    """The counts of one statement; a count is compared between periods of equal length only."""
    for key in _REVIEWED:
        if key in kept.figures.counts:
            value = before.figures.exact(key) if before else None
            yield Figure(
                label=LABELS[key],
                value=str(kept.figures.shown(key)),
                period=str(kept.period.label()),
                previous=""
                if value is None or before is None
                else f"{show_number(value)} ({before.period.label()})",
                url=kept.url,
                source=kept.source,
            )
