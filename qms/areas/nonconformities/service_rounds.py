"""The rounds of nonconformities before the present ones, as their trail tells them (clause 10.2.1 d)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import clock
from qms.kernel.trail import TrailEntry

_BEGINS = {f"{Nonconformity.kind}.{step}": step for step in ("not_effective", "reopen")}
_TOLD = ("cause", "cause_group", "effect_result", "verifier")


@dataclass(frozen=True)
class Round:
    """What a round had come to when the next one was begun: by which step, on which day, by whom and why."""

    number: int
    step: str
    on: date
    by: str
    reason: str
    cause: str
    cause_group: str
    effect_result: str
    verifier_id: int | None


def earlier_rounds(rows: Sequence[Nonconformity]) -> dict[int, list[Round]]:
    """Record id -> the rounds before the present one, the latest first, of those that had any; one query for all.

    Each is read back from what the record says now, entry by entry: a row that was imported has no first entry.
    """
    again = {row.subject(): row for row in rows if row.generation > 1}
    entries = _entries(list(again)) if again else {}
    return {row.record_id: _read_back(row, entries.get(subject, ())) for subject, row in again.items()}


def _read_back(row: Nonconformity, entries: Iterable[tuple[str, str]]) -> list[Round]:
    known: dict[str, Any] = {name: row.value(name) for name in _TOLD}
    found: list[Round] = []
    for tag, body in entries:
        entry = json.loads(body)
        known |= {name: pair[0] for name, pair in entry["changes"].items() if name in known}
        if tag in _BEGINS:
            found.append(_round(row.generation - 1 - len(found), _BEGINS[tag], entry, known))
    return found


def _round(number: int, step: str, entry: dict[str, Any], known: dict[str, Any]) -> Round:
    return Round(
        number=number,
        step=step,
        on=clock.local(datetime.fromisoformat(entry["at"])).date(),
        by=entry["actor"]["name"],
        reason=entry.get("reason", ""),
        cause=known["cause"] or "",
        cause_group=known["cause_group"] or "",
        effect_result=known["effect_result"] or "",
        verifier_id=known["verifier"],
    )


def _entries(subjects: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Subject -> (tag, body) of its own entries, the newest first."""
    query: Any = (
        TrailEntry.select(TrailEntry.subject, TrailEntry.tag, TrailEntry.body)
        .where(TrailEntry.subject.in_(subjects))
        .order_by(TrailEntry.seq.desc())
        .tuples()
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for subject, tag, body in query:
        found.setdefault(subject, []).append((tag, body))
    return found
