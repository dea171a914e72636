"""A criterion that is a rule on an indicator: which ones may be chosen, what was measured, what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from qms.areas.kpis import service as kpis
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_criterion import (
    RULE,
    Judgement,
    KpiRule,
    against_rule,
    consecutive,
    findings,
    judge,
)
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def indicators(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the indicators on which a rule may be set: those that are measured."""
    return [(e.code, f"{e.code}: {e.name}") for e in kpis.book(actor).entries.values() if e.active]


def judgement(actor: Actor, row: Nonconformity) -> Judgement | None:
    """What the measurements of today say of the criterion; None where it is a described check."""
    if not row.kpi:
        return None
    book, code = kpis.book(actor), str(row.kpi)
    first = Period.parse(str(row.kpi_from))
    rule = KpiRule(book.entry(code).now, row.kpi_value, first, row.kpi_count or 1)
    return judge(rule, lambda period: book.at(code, period))


def judged_until(row: Nonconformity) -> date | None:
    """The day on which the last period of the rule ends; None where the criterion is a described check."""
    return consecutive(Period.parse(str(row.kpi_from)), row.kpi_count or 1)[-1].end if row.kpi else None


def against_day(row: Nonconformity, day: date) -> Obstacle | None:
    """What the rule says against another day of occurrence: a period that was over before it shows no effect."""
    if not row.kpi or day == row.record.happened_on or Period.parse(str(row.kpi_from)).end > day:
        return None
    return Obstacle(_("the criterion judges a period that was over before that day"), "edit#happened_on")


def evidence(actor: Actor, row: Nonconformity) -> dict[str, Any]:
    """What closing by a rule records beside the description: the figures of that day, which may be revised later."""
    found = judgement(actor, row)
    if found is None:
        return {}
    said = [str(row.effect_result), *map(str, findings(found))]
    return {"effect_met": "yes", "effect_result": "\n".join(filter(None, said))}


def as_kept(row: Nonconformity, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the rule as they would be kept: what is sent over what is there, what is empty as None."""
    whole = {name: sent.get(name, row.value(name)) for name in RULE}
    whole = {name: None if value == "" else value for name, value in whole.items()}
    whole["kpi_count"] = (whole["kpi_count"] or 1) if whole["kpi"] else None
    return whole


def against(actor: Actor, row: Nonconformity, values: Mapping[str, Any]) -> list[Obstacle]:
    """What speaks against the criterion in `values` (with the rule `as_kept`); nothing where it stays as it is."""
    whole = {name: values.get(name, row.value(name)) for name in ("criterion", *RULE)}
    if all(row.value(name) == value for name, value in whole.items()):
        return []
    entry = kpis.book(actor).entries.get(whole["kpi"]) if whole["kpi"] else None
    return against_rule(
        kpi=whole["kpi"] or "",
        value=whole["kpi_value"],
        first=whole["kpi_from"] or "",
        count=whole["kpi_count"] or 1,
        described=whole["criterion"] or "",
        by=entry.now if entry is not None and entry.active else None,
        happened_on=row.record.happened_on,
    )
