"""Single figures of an organisation's indicators, as the tests ask for them."""

from __future__ import annotations

from qms.areas.kpis.rules import Measured, Standing, TargetValue
from qms.areas.kpis.service import book
from qms.kernel.calendar import Period
from qms.kernel.permissions import Actor


def measurement(actor: Actor, kpi: str, period: str) -> Measured | None:
    """The measurement of a period, or None; raises NotFound for an unknown indicator."""
    return book(actor).at(kpi, Period.parse(period))


def trend(actor: Actor, kpi: str) -> list[Measured]:
    """Every measurement, the earliest first."""
    return book(actor).measured(kpi)


def targets(actor: Actor, kpi: str) -> list[TargetValue]:
    """The targets in force, the earliest period first."""
    return sorted(book(actor).goals.get(kpi, ()), key=lambda t: t.period)


def target(actor: Actor, kpi: str, period: str) -> TargetValue | None:
    """The target in force for exactly that period."""
    return book(actor).target(kpi, Period.parse(period))


def status(actor: Actor, kpi: str, period: str) -> Standing:
    """How an indicator stands against its target for exactly that period."""
    goal = target(actor, kpi, period)
    assert goal is not None
    return book(actor).standing(goal)
