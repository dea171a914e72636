"""Who may own a record, and in which unit it may stand: people and units of its own organisation."""

from __future__ import annotations

from typing import Any

from peewee import fn

from qms.kernel.errors import Obstacle
from qms.kernel.organisations import Unit
from qms.kernel.people import Assignment, Person, works_on
from qms.kernel.permissions import Actor, Permission
from qms.kernel.records import Kind
from qms.kernel.text import _


def place_obstacles(
    actor: Actor, values: dict[str, Any], *, row: Kind | None = None, right: Permission | None = None
) -> list[Obstacle]:
    """What speaks against the `owner` and the `unit` among `values`: both must be the organisation's.

    `row` is the record that is changed: an owner who has left may stay until somebody else takes over, and it is
    moved only into a unit in which the actor holds `right` over it as well.
    """
    owner, unit = values.get("owner"), values.get("unit")
    owned_by = row.record.owner_id if row is not None else None
    found = worker_obstacle(actor, owner) if owner != owned_by else None
    obstacles = [found] if found is not None else []
    moved = row is not None and "unit" in values and unit != row.record.unit_id
    if moved and right is not None and not actor.may(right, unit_id=unit, owner_id=owned_by):
        obstacles.append(
            Obstacle(_("a record is moved only into a unit where you may change it too"), "edit#unit")
        )
    if unit is not None and not Unit.get_or_none(Unit.id == unit, Unit.organisation == actor.organisation_id):
        obstacles.append(Obstacle(_("that unit does not belong to this organisation"), "edit#unit"))
    return obstacles


def worker_obstacle(actor: Actor, person_id: int | None, where: str = "edit#owner") -> Obstacle | None:
    """What speaks against that person answering for a record of the actor's organisation; None is nobody."""
    if person_id is None:
        return None
    if Person.select().where(works(person_id, actor.organisation_id, actor.today)).exists():
        return None
    return Obstacle(_("the owner does not work in this organisation (any more): choose somebody else"), where)


def works(person: Any, organisation: Any, day: Any) -> Any:
    """The condition that the person, a column or an id, may answer for records of the organisation on that day."""
    held: Any = Assignment.alias()
    who: Any = Person.alias()
    return fn.EXISTS(
        held.select(held.id)
        .join(who, on=(held.person == who.id))
        .where(
            held.person == person,
            held.organisation == organisation,
            works_on(day, held=held, who=who),
        )
    )
