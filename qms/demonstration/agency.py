"""Setting up an organisation of the demonstration: units, settings, people by role, their accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.kernel.organisations import Organisation, Unit, add_organisation, add_unit, set_settings
from qms.kernel.people import Person, actor_for, add_person, assign, system_actor
from qms.kernel.permissions import Actor, Role

DOMAIN = "example"  # reserved for examples: no mail ever leaves for it


@dataclass(frozen=True)
class Agency:
    """An organisation with its units by code and its people by key."""

    organisation: Organisation
    units: dict[str, Unit]
    people: dict[str, Person]

    def actor(self, key: str, today: date) -> Actor:
        """That person acting in the organisation on that day."""
        return actor_for(self.people[key], self.organisation, today)


def set_up(data: dict[str, Any], password_hash: str) -> Agency:
    """The organisation that `data` describes, with accounts `KEY@SLUG.example`, as of its first day."""
    today, since = data["set_up_on"], data["since"]
    installation = system_actor(None, today)
    organisation = add_organisation(installation, data["slug"], data["name"], illustrative=True)
    within = system_actor(organisation, today)
    units: dict[str, Unit] = {}
    for unit in data["unit"]:
        above = units[unit["parent"]] if "parent" in unit else None
        units[unit["code"]] = add_unit(within, unit["code"], unit["name"], valid_from=since, parent=above)
    set_settings(within, data["settings"], valid_from=since)
    people = {}
    for entry in data["person"]:
        email = f"{entry['key']}@{data['slug']}.{DOMAIN}"
        hashed = password_hash if entry.get("signs_in") else None
        person = people[entry["key"]] = add_person(installation, email, entry["name"], password_hash=hashed)
        assign(within, person, Role(entry["role"]), valid_from=since, unit=units.get(entry.get("unit", "")))
    return Agency(organisation, units, people)


def set_up_installation(data: dict[str, Any], password_hash: str, today: date) -> None:
    """The people who act on the whole installation."""
    installation = system_actor(None, today)
    for entry in data["person"]:
        person = add_person(installation, entry["email"], entry["name"], password_hash=password_hash)
        assign(installation, person, Role(entry["role"]), valid_from=data["since"], installation=True)
