"""Keeping measurements of indicators that no statement gives: from a form or a file, all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qms.areas.kpis import service
from qms.areas.kpis.models import Kpi, Measurement
from qms.areas.kpis.rules import PERCENT, Definition
from qms.areas.kpis.rules_record import MEASURE
from qms.areas.kpis.service_definitions import Entry, builtin, shipped
from qms.areas.kpis.service_write import ensure_builtin
from qms.kernel import files
from qms.kernel.calendar import Period, length_label, not_begun
from qms.kernel.db import BaseModel
from qms.kernel.errors import CHANGED, Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.numbers import Shown
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _
from qms.kernel.trail import change, current_change, digest


@dataclass(frozen=True)
class MeasurementValues:
    """One measurement to be kept; `place` names where it stands, such as a row of a file.

    `unread` names what stood there but could not be read: that was said, so nothing more is said of it.
    """

    kpi: str
    period: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    stated: Decimal | None = None
    approximate: tuple[str, ...] = ()
    field: str = ""
    unit: int | None = None
    source: str = ""
    place: Message | str = ""
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MeasurementPlan:
    """What would become of one measurement: `outcome` is new, revision, unchanged or refused."""

    values: MeasurementValues
    outcome: str
    kept: Measurement | None = None


def plan_measurements(
    actor: Actor, found: Sequence[MeasurementValues]
) -> tuple[list[MeasurementPlan], list[Obstacle]]:
    """What entering the measurements would do, and everything that speaks against it; writes nothing.

    Raises Forbidden. Indicators that come with the product count as there.
    """
    actor.require(MEASURE)
    book = service.book(actor)
    known = book.entries
    obstacles: list[Obstacle] = []
    plans, seen = [], {}
    for one in found:
        against = _against(actor, one, known.get(one.kpi))
        reasons = [reason for reason in against if reason.where.removeprefix("#") not in one.unread]
        key = (one.kpi, one.period, one.field, one.unit)
        if key in seen:
            reasons.append(Obstacle(_("the same indicator, period and part as %(place)s", place=seen[key])))
        seen.setdefault(key, one.place)
        obstacles += [_placed(one, reason) for reason in reasons]
        kept = next(
            (r for r in book.rows.get(one.kpi, ()) if (r.period, r.field, r.unit_id) == key[1:]), None
        )
        outcome = "new" if kept is None else "unchanged" if _same(one, kept) else "revision"
        plans.append(MeasurementPlan(one, "refused" if reasons else outcome, kept))
    return plans, obstacles


def _placed(one: MeasurementValues, reason: Obstacle) -> Obstacle:
    if not one.place:
        return reason
    text = _("%(place)s: %(what)s", place=one.place, what=reason.text)
    return Obstacle(text, reason.where, reason.rule or "row")


def _same(one: MeasurementValues, kept: Measurement) -> bool:
    return (one.numerator, one.denominator, one.stated, ",".join(one.approximate)) == (
        kept.numerator, kept.denominator, kept.stated, kept.approximate,
    )  # fmt: skip


def _against(actor: Actor, one: MeasurementValues, entry: Entry | None) -> list[Obstacle]:
    """Every obstacle to one measurement."""
    by = entry.now if entry else shipped(one.kpi) if one.kpi in builtin() else None
    if by is None:
        return [Obstacle(_no_indicator(actor, one.kpi), "#kpi")]
    found = []
    if entry is not None and not entry.active:
        found.append(Obstacle(_("the indicator is no longer measured: resume it first"), "#kpi"))
    if by.numerator_keys:
        text = _("%(code)s is computed from the statements; correct the statement instead", code=one.kpi)
        found.append(Obstacle(text, "#kpi"))
    found += _against_counting(actor, one, by)
    found += _against_period(actor, one.period, by.period_length)
    if one.numerator is None and one.stated is None:
        found.append(Obstacle(_("give the numerator, or the rate as it was published"), "#numerator"))
    if one.numerator is not None and one.denominator is None and not by.denominator_keys:
        found.append(Obstacle(_("the denominator is missing"), "#denominator"))
    if one.denominator == 0:
        found.append(
            Obstacle(_("the denominator is 0: there is nothing to compute a rate over"), "#denominator")
        )
    if not one.source.strip():
        found.append(Obstacle(_("say where the figures come from"), "#source"))
    if (
        by.unit == PERCENT
        and one.numerator is not None
        and one.denominator
        and one.numerator > one.denominator
    ):
        found.append(Obstacle(_("the numerator is larger than the denominator"), "#numerator"))
    if one.unit is not None and not _unit_is_ours(actor, one.unit):
        found.append(Obstacle(_("that unit does not belong to this organisation"), "#unit"))
    if len(one.field) > 300 or len(one.source) > 2000:
        found.append(Obstacle(_("the name of the field or the source is too long"), "#source"))
    return found


def _against_counting(actor: Actor, one: MeasurementValues, by: Definition) -> list[Obstacle]:
    """A period of which the register holds every record is counted there: what is entered would stand for nothing."""
    book = service.book(actor)
    counted = next((o for o in book.operands.get(by.operand, ()) if o.period.code == one.period), None)
    if counted is None or one.field or one.unit is not None:
        return []
    measured = book.at(one.kpi, counted.period)
    cases = measured.denominator if measured is not None else one.denominator
    if cases is None or counted.cases < cases:
        return []
    text = _(
        "the register holds %(n)s cases of this period and the indicator is counted there: correct the register",
        n=Shown(counted.cases),
    )
    return [Obstacle(text, "#period")]


def _no_indicator(actor: Actor, name: str) -> Message:
    """That there is no such indicator, and which may be measured."""
    if not name:
        return _("the indicator is missing")
    entries = service.book(actor).entries
    measured = [code for code, entry in entries.items() if entry.active and not entry.now.numerator_keys]
    names = ", ".join(measured or [code for code in builtin() if not shipped(code).numerator_keys])
    return _(
        "there is no indicator called “%(name)s”; measured are: %(names)s. Another one is defined first, on "
        "the page of indicators", name=name[:60], names=names,
    )  # fmt: skip


def _against_period(actor: Actor, code: str, length: str) -> list[Obstacle]:
    try:
        period = Period.parse(code)
    except ValueError as error:
        return [Obstacle(error.args[0], "#period")]
    if (early := not_begun(period, actor.today)) is not None:
        return [Obstacle(early, "#period")]
    if length and period.length != length:
        text = _("this indicator is measured per %(length)s", length=length_label(length))
        return [Obstacle(text, "#period")]
    return []


def _unit_is_ours(actor: Actor, unit_id: int) -> bool:
    return Unit.get_or_none(Unit.id == unit_id, Unit.organisation == actor.organisation_id) is not None


def what_is_told(plans: Sequence[MeasurementPlan]) -> str:
    """A digest of what a reader is told would happen: another one once other figures are kept."""
    said = [(p.values.kpi, p.values.period, p.outcome, p.kept.id if p.kept else None) for p in plans]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def keep_measurements(
    actor: Actor, found: Sequence[MeasurementValues], source_kind: str, *, blob: Blob | None = None,
    file: dict[str, str] | None = None, told: str = "",
) -> list[MeasurementPlan]:  # fmt: skip
    """Keep every measurement that says something new, or nothing at all.

    One transaction, one trail entry per indicator with the digests of its rows; `blob` is attached to each
    indicator as the source. A superseded measurement stays, no longer in force. Raises Forbidden, Refused;
    with `told`, of the preview that somebody looked at, also when it would do something else now.
    """
    actor.require(MEASURE)
    with change(actor):
        plans, obstacles = plan_measurements(actor, found)
        if obstacles:
            raise Refused(obstacles)
        changing = [plan for plan in plans if plan.outcome != "unchanged"]
        if told and changing and told != what_is_told(plans):
            raise Refused([Obstacle(CHANGED)])
        if changing:
            ensure_builtin(actor)
        for code in dict.fromkeys(plan.values.kpi for plan in changing):
            own = [plan for plan in changing if plan.values.kpi == code]
            _keep(actor, code, own, source_kind, blob, file)
    return plans


def _keep(
    actor: Actor, code: str, plans: Sequence[MeasurementPlan], source_kind: str, blob: Blob | None,
    file: dict[str, str] | None,
) -> None:  # fmt: skip
    kpi = Kpi.locked(actor, code)
    attachment = files.attach(actor, kpi.record, blob, permission=MEASURE) if blob else None
    rows = []
    for plan in plans:
        if plan.kept is not None:
            plan.kept.current = False
            BaseModel.save(plan.kept)
            rows.append([plan.kept.subject(), digest(plan.kept.state())])
        row = _row(actor, kpi, plan, source_kind, attachment.id if attachment else None)
        BaseModel.save(row, force_insert=True)
        rows.append([row.subject(), digest(row.state())])
    extra: dict[str, Any] = {"file": file} if file else {}
    current_change().append(
        "kpi.measure",
        f"kpi_measurements:{kpi.record_id}",
        what=", ".join(plan.values.period for plan in plans),
        record_id=kpi.record_id,
        rows=rows,
        **extra,
    )


def _row(
    actor: Actor, kpi: Kpi, plan: MeasurementPlan, source_kind: str, attachment_id: int | None
) -> Measurement:
    one = plan.values
    return Measurement(
        organisation_id=actor.organisation_id,
        record=kpi.record_id,
        period=one.period,
        field=one.field,
        unit=one.unit,
        numerator=one.numerator,
        denominator=one.denominator,
        stated=one.stated,
        approximate=",".join(one.approximate),
        definition=kpi.version,
        source_kind=source_kind,
        source=one.source,
        attachment=attachment_id,
        number=plan.kept.number + 1 if plan.kept else 1,
        entered_at=current_change().at,
        entered_by=actor.person_id,
    )
