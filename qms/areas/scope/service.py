"""Keeping the register of procedures, and telling what was in the scope on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from qms.areas.scope.models import Procedure, ScopePeriod
from qms.areas.scope.rules import EDIT, ProcedureFacts, S, begins_after_it_left, code_obstacle, dates_obstacle
from qms.kernel import steps
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import ANY_UNIT, Actor
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import change


def facts(row: Procedure, actor: Actor, day: date | None = None) -> ProcedureFacts:
    """What the machine's conditions look at; `day` is the one of the step, today until one is chosen."""
    last = periods(row.record_id)[0]
    return ProcedureFacts(day or actor.today, last.valid_from, last.valid_to)


def add_procedure(actor: Actor, values: dict[str, Any]) -> Procedure:
    """A procedure that is in the scope from a day on; raises Forbidden or Refused with every obstacle."""
    values = dict(values)
    actor.require(EDIT, unit_id=values.get("unit") or ANY_UNIT)
    code = (values.pop("code", "") or "").strip()
    with change(actor):
        obstacles = [o for o in (code_obstacle(code), *_against(actor, values)) if o is not None]
        if obstacles:
            raise Refused(obstacles)
        row = Procedure.new(actor, code=code, title=values.pop("title"), happened_on=actor.today, **values)
        row.save()
        _begin(row)
    return row


def edit_procedure(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Procedure:
    """Change a procedure that is in the scope; raises NotFound, Forbidden, Stale or Refused."""
    with change(actor):
        row = Procedure.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state != S.IN_SCOPE:
            raise Refused([_("a procedure that was removed is not changed: take it back first")])
        whole = {name: row.value(name) for name in ("title", "valid_from", "valid_to")} | values
        period, *earlier = periods(record.id)
        obstacles = _against(actor, whole, row)
        overlap = begins_after_it_left(whole["valid_from"], earlier[0].valid_to if earlier else None)
        obstacles += [] if overlap is None else [Obstacle(overlap, "edit#valid_from")]
        if obstacles:
            raise Refused(obstacles)
        row.set(values)
        row.save()
        period.valid_from, period.valid_to = row.valid_from, row.valid_to
        period.save()
    return row


def _against(actor: Actor, values: dict[str, Any], row: Procedure | None = None) -> list[Obstacle]:
    found = place_obstacles(actor, values, row=row, right=EDIT)
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the name is missing"), "edit#title"))
    wrong = dates_obstacle(values.get("valid_from"), values.get("valid_to"))
    return found + ([wrong] if wrong is not None else [])


def fire(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    values: dict[str, Any] | None = None,
) -> Procedure:
    """Take it out of the scope, or back in, as of `values["day"]` (today when empty).

    Raises NotFound, Stale, Forbidden, or Refused.
    """
    day = (values or {}).get("day") or actor.today

    def known(row: Procedure, actor: Actor) -> ProcedureFacts:
        return facts(row, actor, day)

    def apply(row: Procedure) -> None:
        row.set({"valid_to": day} if transition == "remove" else {"valid_from": day, "valid_to": None})

    with change(actor, reason):
        row = steps.fire(
            actor, Procedure, code, transition, facts=known, reason=reason, version=version, apply=apply
        )
        if transition == "restore":
            _begin(row)
        else:
            last = periods(row.record_id)[0]
            last.valid_to = day
            last.save()
    return row


def _begin(row: Procedure) -> None:
    ScopePeriod(
        organisation_id=row.organisation_id,
        record=row.record,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    ).save()


def periods(record_id: int) -> list[ScopePeriod]:
    """The times during which a procedure was in the scope, the newest first."""
    return list(ScopePeriod.select().where(ScopePeriod.record == record_id).order_by(ScopePeriod.id.desc()))


def in_scope(organisation_id: int, day: date) -> list[Procedure]:
    """The procedures in the scope on that day, with their shared rows, by code."""
    return list(
        Procedure.of(organisation_id)
        .join_from(Record, ScopePeriod, on=(ScopePeriod.record == Record.id))
        .where(
            ScopePeriod.valid_from <= day,
            ScopePeriod.valid_to.is_null() | (ScopePeriod.valid_to >= day),
        )
        .order_by(Record.code)
    )
