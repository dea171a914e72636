"""Who is told beside the owner: the head of the unit or of one above it, the leaders, the coordinator, deputies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qms.kernel.organisations import Unit
from qms.kernel.people import Assignment, Deputy, Person, valid_on, works_on
from qms.kernel.permissions import Role


@dataclass
class Team:
    """The people who work in one organisation on a day, by what they are."""

    above: dict[int, int | None] = field(default_factory=dict)  # unit -> the unit above it
    heads: dict[int, set[int]] = field(default_factory=dict)  # unit -> who heads it
    unit_of: dict[int, int] = field(default_factory=dict)  # person -> a unit of theirs
    holders: dict[str, set[int]] = field(default_factory=dict)  # role -> people
    deputies: dict[int, set[int]] = field(default_factory=dict)  # person -> who acts for them
    workers: set[int] = field(default_factory=set)

    def holding(self, role: Role) -> set[int]:
        """Who holds that role."""
        return self.holders.get(role, set())

    def superiors(self, owner: int | None, unit: int | None) -> set[int]:
        """Who stands above the owner of a record: never the owner.

        The head of the record's unit (of the owner's, if it has none) or of the next unit above that has another
        head. A head without one above and a coordinator answer to the leaders, a leader to the others; where no
        unit has a head it is the coordinator.
        """
        leaders = self.holding(Role.LEADER)
        if owner in leaders:
            return leaders - {owner}
        is_head = False
        for place in self._upwards(unit if unit is not None else self.unit_of.get(owner or 0)):
            heads = self.heads.get(place, set())
            if heads - {owner}:
                return heads - {owner}
            is_head = is_head or bool(heads)
        coordinators = self.holding(Role.COORDINATOR)
        answers_to_leader = is_head or owner in coordinators or not coordinators
        return (leaders if answers_to_leader else coordinators) or coordinators - {owner}

    def _upwards(self, unit: int | None) -> Iterator[int]:
        seen: set[int] = set()
        while unit is not None and unit not in seen:
            seen.add(unit)
            yield unit
            unit = self.above.get(unit)


def teams(today: date, only: int | None = None) -> dict[int, Team]:
    """Organisation -> who works there on that day; three queries for all organisations, or `only` that one."""
    found: dict[int, Team] = {}
    existing = set()
    units = Unit.select(Unit.id, Unit.organisation, Unit.parent, Unit.valid_to).where(_within(Unit, only))
    for unit, organisation, parent, last in units.tuples():
        found.setdefault(organisation, Team()).above[unit] = parent
        if last is None or last >= today:
            existing.add(unit)
    for organisation, person, role, unit in _held(today, only):
        team = found.setdefault(organisation, Team())
        team.workers.add(person)
        team.holders.setdefault(role, set()).add(person)
        if unit is not None:
            team.unit_of.setdefault(person, unit)
        if role == Role.UNIT_HEAD and unit is not None and unit in existing:
            team.heads.setdefault(unit, set()).add(person)
    for organisation, person, deputy in _absences(today, only):
        team = found.setdefault(organisation, Team())
        if deputy in team.workers:
            team.deputies.setdefault(person, set()).add(deputy)
    return found


def _within(model: Any, only: int | None) -> Any:
    return model.organisation.is_null(False) if only is None else model.organisation == only


def _held(today: date, only: int | None) -> Any:
    """(organisation, person, role, unit) of every assignment by which somebody works there; the oldest first."""
    return (
        Assignment.select(Assignment.organisation, Assignment.person, Assignment.role, Assignment.unit)
        .join(Person, on=(Assignment.person == Person.id))
        .where(_within(Assignment, only), works_on(today))
        .order_by(Assignment.id)
        .tuples()
    )


def _absences(today: date, only: int | None) -> Any:
    """(organisation, person, deputy) of every absence."""
    return (
        Deputy.select(Deputy.organisation, Deputy.person, Deputy.deputy)
        .where(_within(Deputy, only), valid_on(Deputy, today))
        .tuples()
    )
