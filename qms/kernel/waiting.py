"""Records that wait for a step which somebody may take now: what every area's work list is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any, TypeVar

from qms.kernel.permissions import Actor, Permission
from qms.kernel.records import Kind, Record, due_order
from qms.kernel.workflow import Transition

AnyKind = TypeVar("AnyKind", bound=Kind)
SHOWN = 20  # of one step, on one person's work list
LOOKED_AT = 200  # rows that the person has the right for: most of them pass the conditions


def waiting(
    actor: Actor,
    model: type[AnyKind],
    step: str,
    *,
    facts: Callable[[AnyKind, Actor], Any] | None = None,
    where: Any = True,
) -> list[AnyKind]:
    """The records of a kind in which `actor` may take `step` now, those due first; at most SHOWN.

    Without `facts` only the state and the right count: what stands in the way is shown on the record's page.
    """
    found: list[AnyKind] = []
    for machine in model.machines():
        for transition in (t for t in machine.transitions if t.name == step and not t.automatic):
            reach = _reach(actor, transition.permission)
            if reach is None:
                continue
            rows = (
                model.of(actor.organisation_id)
                .where(Record.state.in_(list(transition.sources)), reach, where)
                .order_by(due_order(), Record.id)
                .limit(LOOKED_AT)
            )
            free = (
                row
                for row in rows
                if row.own_machine() is machine and _is_free(row, transition, facts, actor)
            )
            found += islice(free, SHOWN)
    return found[:SHOWN]


def _is_free(row: Kind, step: Transition, facts: Callable[[Any, Actor], Any] | None, actor: Actor) -> bool:
    return facts is None or not list(row.own_machine().obstacles(step, facts(row, actor)))


def _reach(actor: Actor, permission: Permission) -> Any:
    """The condition by which `Actor.may` holds on a record; None where it holds on none."""
    if actor.may(permission, unit_id=None):
        return True
    found = []
    if actor.may(permission):  # as a unit head
        found.append(Record.unit.in_(sorted(actor.units)))
    if actor.may_own(permission):
        found.append(Record.owner.in_(sorted({actor.person_id, *actor.acts_for} - {None})))
    return reduce(or_, found) if found else None
