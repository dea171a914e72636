"""Who wrote what of a record, as its trail tells: nobody approves what they wrote."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from qms.kernel.records import Kind
from qms.kernel.trail import TrailEntry


def authors(row: Kind, *, of: Collection[str] = (), since: str = "") -> frozenset[int]:
    """The ids of the people who recorded or changed the record, in the columns `of` where they are named.

    With `since`, the name of a step, only from the last such step on, and who took it.
    """
    start = f"{row.kind}.{since}"
    wrote = {f"{row.kind}.create", f"{row.kind}.edit", start}
    found = set()
    for tag, body in _entries(row):
        entry = json.loads(body) if tag in wrote else {}
        if entry and (not of or not entry["changes"].keys().isdisjoint(of)):
            found.add(entry["actor"]["id"])
        if tag == start:
            break
    return frozenset(found - {None})


def _entries(row: Kind) -> list[Any]:
    """(tag, body) of the record's own entries, the newest first; by subject alone, as `trail.last_change`."""
    query = TrailEntry.select(TrailEntry.tag, TrailEntry.body).where(TrailEntry.subject == row.subject())
    return list(query.order_by(TrailEntry.seq.desc()).tuples())
