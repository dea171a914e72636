"""What hangs on many nonconformities at once: one query for many records, never one for each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from qms.areas.actions import rules as action_rules
from qms.areas.actions.service_serving import Serving, serving_each
from qms.areas.kpis.models import Kpi
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import clock
from qms.kernel.clauses import Citation, ClauseReference
from qms.kernel.files import Attachment
from qms.kernel.links import Link
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.records import Record
from qms.kernel.superiors import Team, teams
from qms.kernel.trail import TrailEntry

BATCH = 100  # sheets, of which each holds long texts


class TiedRecord(NamedTuple):
    """Another record and how it is tied: `ours` where it is said of the nonconformity, not of the other.

    An indicator has no `code` on paper: its own is a key of files and formulas.
    """

    relation: str
    ours: bool
    code: str
    title: str


@dataclass(frozen=True)
class Step:
    """A step that was taken, from the trail."""

    name: str
    on: date
    by: str
    reason: str


def batches(numbers: Sequence[int], size: int = BATCH) -> Iterator[Sequence[int]]:
    """Record ids in their order, `size` at a time."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def records(organisation_id: int, numbers: Sequence[int]) -> list[Nonconformity]:
    """The nonconformities of those record ids with their shared rows, in that order; others are left out."""
    query: Any = (
        Nonconformity.select(Nonconformity, Record)
        .join(Record)
        .where(Record.id.in_(numbers), Record.organisation == organisation_id)
    )
    found = {row.record_id: row for row in query}
    return [found[number] for number in numbers if number in found]


def names(model: type[Person | Unit], numbers: Iterable[int | None]) -> dict[int | None, str]:
    """Id -> name of people or units."""
    wanted = {number for number in numbers if number is not None}
    rows: Any = model.select(model.id, model.name).where(model.id.in_(wanted)).tuples() if wanted else ()
    return dict(rows)


def citations(numbers: Sequence[int]) -> dict[int, list[Citation]]:
    """Record id -> the clauses that it cites."""
    rows: Any = (
        ClauseReference.select(ClauseReference.record, ClauseReference.number, ClauseReference.edition)
        .where(ClauseReference.record.in_(numbers), ~ClauseReference.withdrawn)
        .order_by(ClauseReference.id)
        .tuples()
    )
    return _grouped((record, Citation(number, edition)) for record, number, edition in rows)


def actions(numbers: Sequence[int]) -> dict[int, list[Serving]]:
    """Record id -> its actions that were not voided, by code."""
    return {
        number: [one for one in found if one.state != action_rules.S.VOIDED]
        for number, found in serving_each(numbers).items()
    }


def ties(numbers: Sequence[int], relations: Iterable[str]) -> dict[int, list[TiedRecord]]:
    """Record id -> what it is tied to by those relations, what is said of it first."""
    wanted = list(relations)
    found: dict[int, list[TiedRecord]] = defaultdict(list)
    for ours, (own, other) in ((True, (Link.record, Link.target)), (False, (Link.target, Link.record))):
        rows: Any = (
            Link.select(own, Link.relation, Record.kind, Record.code, Record.title)
            .join(Record, on=(other == Record.id))
            .where(own.in_(numbers), Link.relation.in_(wanted), Link.stands())
            .order_by(Link.id)
            .tuples()
        )
        for number, relation, kind, code, title in rows:
            shown = "" if kind == Kpi.kind else code
            found[number].append(TiedRecord(relation, ours, shown, title))
    return found


def evidence(numbers: Sequence[int]) -> dict[int, list[str]]:
    """Record id -> the names of the files kept with it."""
    rows: Any = (
        Attachment.select(Attachment.record, Attachment.name)
        .where(Attachment.record.in_(numbers), Attachment.withdrawn_at.is_null())
        .order_by(Attachment.id)
        .tuples()
    )
    return _grouped(rows)


def steps(numbers: Sequence[int], wanted: Iterable[str]) -> dict[int, list[Step]]:
    """Record id -> the steps of those names that were taken, the first one first."""
    tags = {f"{Nonconformity.kind}.{name}": name for name in wanted}
    rows: Any = (
        TrailEntry.select(TrailEntry.record_id, TrailEntry.tag, TrailEntry.at, TrailEntry.body)
        .where(TrailEntry.record_id.in_(numbers), TrailEntry.tag.in_(list(tags)))
        .order_by(TrailEntry.chain, TrailEntry.seq)
        .tuples()
    )
    return _grouped((number, _step(tags[tag], at, json.loads(body))) for number, tag, at, body in rows)


def _step(name: str, at: Any, entry: dict[str, Any]) -> Step:
    return Step(name, clock.local(at).date(), entry["actor"]["name"], entry.get("reason", ""))


def unit_heads(organisation_id: int, day: date) -> dict[int, str]:
    """Unit id -> the names of who heads it on that day."""
    team = teams(day, organisation_id).get(organisation_id, Team())
    called = names(Person, set().union(*team.heads.values()))
    return {unit: ", ".join(sorted(called[one] for one in people)) for unit, people in team.heads.items()}


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for number, value in pairs:
        found[number].append(value)
    return found
