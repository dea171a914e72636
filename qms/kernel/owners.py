"""Who may own a record, and in which unit it may stand: people and units of its own organisation."""

from __future__ import annotations

from typing import Any

from qms.kernel.errors import Obstacle
from qms.kernel.organisations import Unit
from qms.kernel.people import Assignment, Person, valid_on
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def place_obstacles(actor: Actor, values: dict[str, Any], *, owned_by: int | None = None) -> list[Obstacle]:
    """What speaks against the `owner` and the `unit` among `values`: both must be the organisation's.

    `owned_by` is the owner there is: one who has left may stay until somebody else takes over.
    """
    owner = values.get("owner")
    found = worker_obstacle(actor, owner) if owner != owned_by else None
    obstacles = [found] if found is not None else []
    unit = values.get("unit")
    if unit is not None and not Unit.get_or_none(Unit.id == unit, Unit.organisation == actor.organisation_id):
        obstacles.append(Obstacle(_("that unit does not belong to this organisation"), "edit#unit"))
    return obstacles


def worker_obstacle(actor: Actor, person_id: int | None, where: str = "edit#owner") -> Obstacle | None:
    """What speaks against that person answering for a record of the actor's organisation; None is nobody."""
    if person_id is None:
        return None
    found = (
        Assignment.select()
        .join(Person, on=(Assignment.person == Person.id))
        .where(
            Assignment.person == person_id,
            Assignment.organisation == actor.organisation_id,
            Person.active,
            valid_on(Assignment, actor.today),
        )
        .exists()
    )
    if found:
        return None
    return Obstacle(_("the owner does not work in this organisation (any more): choose somebody else"), where)
