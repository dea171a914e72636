"""Names of people on a page: the same few stand in many places, and are asked for once per request."""

from __future__ import annotations

from flask import g

from qms.kernel.people import name_of


def person_name(person_id: int | None) -> str:
    """The name of that person; empty for nobody."""
    known: dict[int | None, str] = g.setdefault("person_names", {})
    if person_id not in known:
        known[person_id] = name_of(person_id)
    return known[person_id]
