"""The people of the tests: one of each role in our agency, and those who must see nothing of it.

A test that asks for the fixture `cast` finds them in its database, assigned from 2020 on:
`cast.actor(Role.STAFF)` acts, `cast.person("stranger")` is an account.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from qms.kernel.organisations import Organisation, Unit, add_organisation, add_unit
from qms.kernel.people import Person, actor_for, add_person, assign, system_actor
from qms.kernel.permissions import Actor, Role

TODAY = date(2024, 4, 15)  # the day on which the demonstration and the tests take place
SINCE = date(2020, 1, 1)
OURS, THEIRS = "our-agency", "their-agency"

# code -> (name, code of the unit above it)
UNITS = {
    "VP": ("Văn phòng", None),
    "HCTP": ("Phòng Hành chính tư pháp", None),
    "HT": ("Bộ phận Hộ tịch", "HCTP"),
}


@dataclass(frozen=True)
class Part:
    """One person of the cast: the role, the unit, and whose they are (None: the installation's)."""

    role: Role
    unit: str | None = None
    organisation: str | None = OURS
    until: date | None = None


PARTS = {
    "coordinator": Part(Role.COORDINATOR, "VP"),
    "leader": Part(Role.LEADER),
    "second_leader": Part(Role.LEADER),
    "unit_head": Part(Role.UNIT_HEAD, "HCTP"),
    "other_head": Part(Role.UNIT_HEAD, "VP"),
    "auditor": Part(Role.AUDITOR, "VP"),
    "staff": Part(Role.STAFF, "HT"),
    "colleague": Part(Role.STAFF, "VP"),
    "records": Part(Role.RECORDS, "VP"),
    "inspector": Part(Role.INSPECTOR, until=date(2024, 12, 31)),
    "overseer": Part(Role.OVERSEER, organisation=None),
    "admin": Part(Role.ADMIN, organisation=None),
    "stranger": Part(Role.COORDINATOR, organisation=THEIRS),
}
ROLES = tuple(Role)  # each role's own name is also a part


@dataclass(frozen=True)
class Cast:
    """Two agencies, our units by code, and the people by part."""

    ours: Organisation
    theirs: Organisation
    units: dict[str, Unit]
    people: dict[str, Person]

    def person(self, part: str) -> Person:
        """The account that plays `part` (a role's name, or a key of PARTS)."""
        return self.people[part]

    def actor(self, part: str, *, today: date = TODAY, via: str = "web") -> Actor:
        """That person acting in the agency they belong to (people of the installation: in ours)."""
        organisation = self.theirs if PARTS[part].organisation == THEIRS else self.ours
        return actor_for(self.people[part], organisation, today, via=via)

    def intruder(self, part: str = "stranger") -> Actor:
        """A stranger who has come as far as acting in our agency: every right must still be refused."""
        return replace(actor_for(self.people[part], self.ours, TODAY), roles=frozenset())

    def system(self) -> Actor:
        """The system acting in our agency."""
        return system_actor(self.ours, TODAY)


def build() -> None:
    """Write the cast into the connected, empty database."""
    installation = system_actor(None, TODAY)
    names = {OURS: "Sở Tư pháp tỉnh Ta", THEIRS: "Sở Tư pháp tỉnh Bạn"}
    agencies = {slug: add_organisation(installation, slug, name) for slug, name in names.items()}
    ours = system_actor(agencies[OURS], TODAY)
    units: dict[str, Unit] = {}
    for code, (name, above) in UNITS.items():
        units[code] = add_unit(ours, code, name, valid_from=SINCE, parent=units.get(above or ""))
    for name, part in PARTS.items():
        actor = system_actor(agencies[part.organisation], TODAY) if part.organisation else installation
        assign(
            actor,
            add_person(installation, f"{name}@example.org", name.replace("_", " ").capitalize()),
            part.role,
            unit=units.get(part.unit or ""),
            valid_from=SINCE,
            valid_to=part.until,
            installation=part.organisation is None,
        )


def load() -> Cast:
    """The cast that `build` has written."""
    agencies = {o.slug: o for o in Organisation.select()}
    return Cast(
        ours=agencies[OURS],
        theirs=agencies[THEIRS],
        units={u.code: u for u in Unit.select()},
        people={str(p.email).partition("@")[0]: p for p in Person.select()},
    )
