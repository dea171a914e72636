"""What indicators tell the other areas: missed targets, review inputs; and the built-in ones at the start."""

from __future__ import annotations

from collections.abc import Iterator

from qms.areas.kpis import service
from qms.areas.kpis.rules import Measured, Standing, Status, TargetValue, explain_difference, shown_gap
from qms.areas.kpis.service import Book
from qms.areas.kpis.service_definitions import Entry
from qms.areas.kpis.service_write import ensure_builtin
from qms.areas.statements.models import Statement
from qms.kernel.area import Figure, Proposal, ReviewInput
from qms.kernel.calendar import Period, length_label
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind
from qms.kernel.text import Message, _


def on_change(actor: Actor, row: Kind, transition: str) -> None:
    """The first statement brings the built-in indicators, in the same transaction."""
    if isinstance(row, Statement) and transition == "import":
        ensure_builtin(actor)


def proposals(actor: Actor, period: Period) -> Iterator[Proposal]:
    """An action or a nonconformity for every missed target of the period."""
    book = service.book(actor)
    for code, goals in book.goals.items():
        entry = book.entry(code)
        for goal in goals:
            if entry.active and period.overlaps(goal.period):
                standing = book.standing(goal)
                if standing.status is Status.MISSED:
                    yield _missed(book, entry, goal, standing)


def _missed(book: Book, entry: Entry, goal: TargetValue, standing: Standing) -> Proposal:
    measured = standing.measured
    assert measured is not None
    values = {
        "name": entry.name,
        "value": measured.shown,
        "fraction": measured.fraction,
        "target": goal.shown,
        "gap": shown_gap(standing.gap, goal.unit),
        "who": goal.set_by,
        "source": measured.source or entry.now.source,
    }
    detail = _(
        "%(name)s: %(value)s (%(fraction)s) against a target of %(target)s set by “%(who)s”; "
        "short by %(gap)s. Source: %(source)s", **values,
    )  # fmt: skip
    again = _missed_before(book, goal)
    if again is not None:
        detail = _("%(text)s. Missed again: also in %(period)s", text=detail, period=again.label())
    return Proposal(
        key=f"kpi:{entry.code}:{goal.period.code}:target",
        title=_("Target missed in %(period)s: %(name)s", period=goal.period.label(), name=entry.name),
        detail=detail,
        source=entry.record,
        period=goal.period,
        url=f"{entry.url}#targets",
    )


def _missed_before(book: Book, goal: TargetValue) -> Period | None:
    """The preceding period of the same length whose target was missed too."""
    earlier = book.target(goal.kpi, goal.period.previous())
    if earlier is None or book.standing(earlier).status is not Status.MISSED:
        return None
    return earlier.period


def review_inputs(actor: Actor, period: Period) -> Iterator[ReviewInput]:
    """Performance of the processes (9.3.2 c3) and targets reached (9.3.2 c2), with the period before."""
    book = service.book(actor)
    found = []
    for code, entry in book.entries.items():
        measured, standing = book.judged(code, period)
        if (
            entry.active
            and measured is not None
            and (measured.rate is not None or measured.stated is not None)
        ):
            found.append((entry, measured, standing))
    if not found:
        return
    lines = tuple(
        str(_("%(name)s: %(why)s", name=entry.name, why=explain_difference(m)))
        for entry, m, _s in found
        if m.differs
    )
    figures = tuple(_figure(book, entry, measured, standing) for entry, measured, standing in found)
    yield ReviewInput("c3", _("Indicators of the processes"), lines, figures, "kpis")
    judged = tuple(f for f, (_e, _m, standing) in zip(figures, found, strict=True) if standing is not None)
    if judged:
        yield ReviewInput("c2", _("Indicators that have a target"), (), judged, "kpis")


def _figure(book: Book, entry: Entry, measured: Measured, standing: Standing | None) -> Figure:
    before = book.before(measured)
    return Figure(
        label=entry.name,
        value=value_text(measured),
        fraction=measured.fraction,
        period=str(measured.period.label()),
        previous=str(before_text(measured, before)) if before else "",
        url=entry.url,
        source=measured.source,
        status=str(status_text(standing)) if standing else "",
    )


def value_text(measured: Measured) -> str:
    """The computed rate; where there is none, the published one and that it cannot be computed."""
    if measured.rate is not None:
        return measured.shown
    return str(_("%(value)s (published, cannot be computed)", value=measured.shown_stated))


def before_text(one: Measured, before: Measured) -> Message | str:
    """The preceding period's rate: `0,28% (Năm 2023)`; said where its length is another."""
    if one.period.months == before.period.months:
        return f"{before.shown} ({before.period.label()})"
    return _(
        "%(value)s (%(period)s: a %(length)s, not a %(own)s)",
        value=before.shown, period=before.period.label(), length=length_label(before.period.length),
        own=length_label(one.period.length),
    )  # fmt: skip


def status_text(standing: Standing) -> Message:
    """The verdict with its target: `missed the target: 50% (set by …)`."""
    if standing.target is None:
        return standing.label
    return _(
        "%(status)s: %(target)s, set by “%(who)s”",
        status=standing.label, target=standing.target.shown, who=standing.target.set_by,
    )  # fmt: skip
