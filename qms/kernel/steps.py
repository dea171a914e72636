"""One step of a record through its machine: the only way in which a `state` is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from qms.kernel import area, jobs
from qms.kernel.errors import NotFound
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind
from qms.kernel.text import _
from qms.kernel.trail import change

AnyKind = TypeVar("AnyKind", bound=Kind)


def fire(
    actor: Actor,
    model: type[AnyKind],
    code: str,
    transition: str,
    *,
    facts: Callable[[AnyKind, Actor], Any],
    reason: str = "",
    version: int | None = None,
    automatic: bool = False,
    apply: Callable[[AnyKind], None] | None = None,
) -> AnyKind:
    """Take the record one step further, with its trail entry, notifications and the areas' hooks.

    `facts` gathers what the machine's conditions look at; `apply` sets what the step itself records.
    Raises NotFound (also for a step that the kind does not know), Stale, Forbidden, or Refused with every
    obstacle at once.
    """
    with change(actor, reason):
        row = model.locked(actor, code, version)
        record = row.record
        if not any(transition == step.name for machine in model.machines() for step in machine.transitions):
            raise NotFound(transition)
        machine = row.own_machine()
        step = machine.check(
            transition, record.state, facts(row, actor), actor,
            unit_id=record.unit_id, owner_id=record.owner_id, reason=reason, automatic=automatic,
        )  # fmt: skip
        record.state = step.target
        ended = step.target in machine.ended  # one that had ended keeps its day: on time is told by it
        record.ended_on = (record.ended_on or actor.today) if ended else None
        if apply is not None:
            apply(row)
        row.save(tag=f"{model.kind}.{transition}")
        jobs.notify(actor, record, _("%(code)s: %(step)s", code=record.code, step=step.label))
        area.changed(actor, row, transition)
    return row
