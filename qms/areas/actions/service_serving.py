"""The actions that serve a record, as its page, its papers and its conditions read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import JOIN, fn

from qms.areas.actions.models import Action
from qms.areas.actions.rules import SERVES
from qms.kernel.links import Link
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record


class Serving(NamedTuple):
    """An action as the record that it serves shows and judges it."""

    id: int
    code: str
    title: str
    state: str
    sort: str
    owner_id: int | None
    owner: str | None  # the name
    unit: str | None  # the name
    due: date | None
    first_due: date | None
    ended_on: date | None
    serves_since: datetime  # when it was made to serve the record
    resources: str
    proof: str
    done_on: date | None
    done_by_id: int | None
    verified_by_id: int | None


def serving(record_id: int) -> list[Serving]:
    """The actions that serve a record, by code."""
    return [Serving._make(rest) for _target, *rest in _OF_ONE.rows(record_id)]


def serving_each(record_ids: Sequence[int]) -> dict[int, list[Serving]]:
    """Record id -> the actions that serve it, by code; one query for all of them."""
    found: dict[int, list[Serving]] = defaultdict(list)
    for target, *rest in _those(Link.target.in_(record_ids)):
        found[target].append(Serving._make(rest))
    return found


def _those(condition: Any) -> Any:
    return (
        Action.select(
            Link.target, Record.id, Record.code, Record.title, Record.state, Action.sort, Record.owner, Person.name,
            Unit.name, Record.due, Action.first_due, Record.ended_on, fn.COALESCE(Link.made_at, Record.recorded_at),
            Action.resources, Action.proof, Action.done_on, Action.done_by, Action.verified_by,
        )
        .join(Record)
        .join_from(Record, Link, on=(Link.record == Record.id))
        .join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .join_from(Record, Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        .where(condition, Link.relation == SERVES, Link.stands())
        .order_by(Record.year, Record.number)
        .tuples()
    )  # fmt: skip


_OF_ONE = Prepared(lambda record: _those(Link.target == record))
