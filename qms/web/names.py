"""Names on a page: the same few people stand in many places, and are asked for once per request."""

from __future__ import annotations

from flask import g

from qms.kernel.organisations import Unit
from qms.kernel.people import name_of, names_of_workers
from qms.kernel.permissions import Actor
from qms.kernel.records import Record

INDICATOR = "kpi"  # the kind of record whose code is a key of files and formulas: people call it by its title


def person_name(person_id: int | None) -> str:
    """The name of that person; empty for nobody."""
    known: dict[int | None, str] = g.setdefault("person_names", {})
    if person_id not in known:
        known[person_id] = name_of(person_id)
    return known[person_id]


def indicator_name(code: str) -> str:
    """What the indicator of that id is called here; the id itself where there is none."""
    known: dict[str, str] = g.setdefault("indicator_names", {})
    if code not in known and "organisation" in g:
        own = (Record.organisation == g.organisation.id) & (Record.kind == INDICATOR) & (Record.code == code)
        known[code] = Record.select(Record.title).where(own).scalar() or code
    return known.get(code, code)


def people_options(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the people who work in the organisation today."""
    return [(str(key), name) for key, name in names_of_workers(actor.organisation_id or 0, actor.today)]


def unit_options(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the units that exist today."""
    return [(str(key), name) for key, name in Unit.names_on(actor.organisation_id or 0, actor.today)]
