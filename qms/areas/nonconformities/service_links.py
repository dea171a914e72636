"""What nonconformities are tied to: the records they come from, each other as cause or recurrence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from peewee import SQL, Case, NodeList, fn

from qms.areas.actions.models import Action
from qms.areas.kpis.models import Kpi
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import EDIT, ENDED, IMPROVEMENTS, S
from qms.areas.nonconformities.rules_links import (
    RECURS,
    TIES,
    Tie,
    months_before,
    no_cycle,
    reached,
    recurs_later,
    walked,
)
from qms.kernel import area, catalogue, proposals
from qms.kernel.clauses import ClauseReference
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.links import Link, link, unlink
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.proposals import Decision
from qms.kernel.records import Record, date_order
from qms.kernel.text import _
from qms.kernel.trail import change

OFFERED = 3  # earlier ones that are offered at once
OVERDUE = "overdue"  # how one was found that comes from a late case
KNOWN = 50  # of the newest that the form offers

# ---------------------------------------------------------------- where one comes from


def named(actor: Actor, paths: str) -> list[Record]:
    """The records that `area/code`, with spaces between, name; raises NotFound where one is not to be seen."""
    return [area.record_at(actor, path) for path in dict.fromkeys(paths.split())]


def found_through(sources: Iterable[Record]) -> str:
    """How one that comes from these records was found, as the first of their areas says that does; else empty."""
    return next(filter(None, (area.area_of(source).found_through for source in sources)), "")


def said_by(sources: Iterable[Record]) -> str:
    """What the description begins with: what an action says, as one from a review's conclusion; then the sources."""
    ids = [source.id for source in sources if source.kind == Action.kind]
    texts = [row.description for row in Action.select().where(Action.record.in_(ids))] if ids else []
    return "\n".join([*filter(None, texts), *map(_named, sources)])


def _named(source: Record) -> str:
    """An indicator by its title alone: its code is a key of files and formulas."""
    return str(source.title) if source.kind == Kpi.kind else f"{source.code} {source.title}"


def happened_on(sources: Iterable[Record], today: date) -> date:
    """The day that a new one suggests: the first on which a case from which it comes was overdue, else today."""
    overdue = [source for source in sources if found_through([source]) == OVERDUE]
    return min([today, *(source.happened_on for source in overdue if source.happened_on)])


def sources(record: Record) -> list[Record]:
    """The records that it comes from."""
    tied = Link.select(Link.target).where(Link.record == record.id, Link.relation == "source", Link.stands())
    return list(Record.select().where(Record.id.in_(tied)))


# ---------------------------------------------------------------- ties between two


class Tied(NamedTuple):
    """A tie as the page of one of its ends shows it; `backward` where the other end said it."""

    id: int
    backward: bool
    relation: str
    code: str
    title: str


def tied(row: Nonconformity) -> list[Tied]:
    """The ties to other nonconformities that stand and can be taken back."""
    backward = Case(None, [(Link.record == row.record_id, 0)], 1)
    other = Case(None, [(Link.record == row.record_id, Link.target)], Link.record)
    found = (
        Link.select(Link.id, backward, Link.relation, Record.code, Record.title)
        .join(Record, on=(Record.id == other))
        .where(
            (Link.record == row.record_id) | (Link.target == row.record_id),
            Link.stands(),
            Link.relation.in_(list(TIES)),
            Record.kind == Nonconformity.kind,
        )
        .order_by(backward, Link.id)
        .tuples()
    )
    return [Tied(key, bool(place), *rest) for key, place, *rest in found]


def newest(actor: Actor, row: Nonconformity) -> list[tuple[str, str]]:
    """(code, title) of the newest other nonconformities, among which the form offers to choose."""
    found: Any = (
        Record.select(Record.code, Record.title)
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == Nonconformity.kind,
            Record.id != row.record_id,
            Record.state != S.VOIDED,
        )
        .order_by(Record.year.desc(), Record.number.desc())
        .limit(KNOWN)
        .tuples()
    )
    return list(found)


def tie(actor: Actor, code: str, relation: str, other: str) -> Link:
    """Say how a nonconformity hangs together with another of the organisation; the same tie twice is one.

    Raises NotFound, Forbidden, or Refused with every obstacle at once: no such relation or other one, itself,
    a voided one, a cycle (10.2.1 b 2: a cause is found, not what it brought about).
    """
    with change(actor):
        row = Nonconformity.locked(actor, code)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if relation not in TIES:
            raise Refused([Obstacle(_("choose one of the list"), "#relation")])
        target = _of_code(actor, other)
        if target is None:
            raise Refused(
                [Obstacle(_("there is no nonconformity %(code)s here", code=other.strip()[:60]), "#other")]
            )
        if obstacles := _against(record, relation, target):
            raise Refused(obstacles)
        return link(actor, record, target, relation)


def _of_code(actor: Actor, code: str) -> Record | None:
    return Record.get_or_none(
        Record.organisation == actor.organisation_id,
        Record.kind == Nonconformity.kind,
        Record.code == code.strip().upper(),
    )


def _against(record: Record, relation: str, target: Record) -> list[Obstacle]:
    if record.id == target.id:
        return [Obstacle(_("a record cannot be linked to itself"), "#other")]
    found = [
        Obstacle(_("%(code)s is voided", code=one.code), "#other")
        for one in (record, target)
        if one.state == S.VOIDED
    ]
    new = Tie(str(record.code), relation, str(target.code))
    ties = _together([record.id, target.id], walked(relation))
    rules = (no_cycle(ties, new), recurs_later(new, record.happened_on, target.happened_on))
    return [*found, *filter(None, rules)]


def _together(ids: list[int], relations: tuple[str, ...]) -> list[Tie[str]]:
    """Every tie of these relations that hangs together with the records, by code."""
    pairs: dict[int, tuple[int, str, int]] = {}
    new, seen = set(ids), set(ids)
    while new and relations:
        rows = Link.select(Link.id, Link.record, Link.relation, Link.target).where(
            Link.record.in_(new) | Link.target.in_(new), Link.relation.in_(relations), Link.stands()
        )
        pairs |= {key: (one, relation, other) for key, one, relation, other in rows.tuples()}
        new = {end for one, _relation, other in pairs.values() for end in (one, other)} - seen
        seen |= new
    codes: dict[int, str] = dict(Record.select(Record.id, Record.code).where(Record.id.in_(seen)).tuples())  # type: ignore[arg-type]
    return [Tie(codes[one], relation, codes[other]) for one, relation, other in pairs.values()]


def against_day(row: Nonconformity, day: date) -> list[Obstacle]:
    """What its recurrences say against that day of occurrence: what recurs happened later."""
    if day == row.record.happened_on:
        return []
    code = str(row.record.code)
    found = []
    for one in tied(row):
        if one.relation == RECURS:
            other = Record.get(
                Record.organisation == row.organisation_id, Record.code == one.code
            ).happened_on
            later, earlier = ((one.code, other), (code, day))[:: 1 if one.backward else -1]
            found.append(recurs_later(Tie(later[0], RECURS, earlier[0]), later[1], earlier[1]))
    return [replace(one, where="edit#happened_on") for one in found if one is not None]


def untie(actor: Actor, code: str, number: int, reason: str) -> Link:
    """Take back the tie of that number on a nonconformity's page, whichever end said it.

    Raises NotFound, Forbidden, or Refused without a reason.
    """
    with change(actor, reason):
        record = Nonconformity.locked(actor, code).record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        found = Link.get_or_none(
            Link.id == number,
            (Link.record == record.id) | (Link.target == record.id),
            Link.relation.in_(list(TIES)),
            Link.stands(),
        )
        if found is None:
            raise NotFound(str(number))
        return unlink(actor, found.record, found.target, found.relation, reason)


# ---------------------------------------------------------------- recurrence


class Earlier(NamedTuple):
    """An earlier nonconformity that this one may repeat."""

    id: int
    code: str
    title: str
    happened_on: date


def may_recur(row: Nonconformity) -> list[Earlier]:
    """The newest earlier ones of the same source kind, unit and clause within the time of `[recurrence]`.

    Nothing for one that has ended, is no nonconformity proper, or has no unit or clause. Voided ones do not
    count, nor those of which somebody has said that it is no recurrence. The caller knows that it is tied to none.
    """
    record, day = row.record, row.record.happened_on
    if record.state in ENDED or row.grade in IMPROVEMENTS or record.unit_id is None or day is None:
        return []
    since = months_before(day, catalogue.rules("nonconformities")["recurrence"]["months"])
    asked = (record.unit_id, since, day, record.id, row.source_kind, recurrence_key(record.id, ""))
    return [Earlier(*one) for one in _EARLIER.rows(record.organisation_id, *asked)]


def _earlier(
    organisation: Any, unit: Any, since: Any, day: Any, own: Any, source_kind: Any, asked: Any
) -> Any:
    theirs, mine = ClauseReference.alias(), ClauseReference.alias()
    in_common = (
        theirs.select(theirs.id)
        .join(mine, on=((mine.edition == theirs.edition) & (mine.number == theirs.number)))
        .where(theirs.record == Nonconformity.record, mine.record == own, ~theirs.withdrawn, ~mine.withdrawn)
    )
    decided = Decision.select(Decision.id).where(
        Decision.organisation_id == Nonconformity.organisation_id,
        Decision.key == NodeList((asked, SQL("||"), Nonconformity.record.cast("TEXT"))),
    )
    return (
        Record.select(Record.id, Record.code, Record.title, Record.happened_on)
        .join(Nonconformity, on=(Nonconformity.record == Record.id))
        .where(
            Record.organisation == organisation,
            Record.kind == Nonconformity.kind,
            Record.unit == unit,
            date_order(Record.happened_on).between(since, day),  # as its index holds it
            (Record.happened_on < day) | (Record.id < own),
            Record.state != S.VOIDED,
            Nonconformity.source_kind == source_kind,
            Nonconformity.grade.not_in(list(IMPROVEMENTS)),
            fn.EXISTS(in_common),
            ~fn.EXISTS(decided),
        )
        .order_by(Record.happened_on.desc(), Record.id.desc())
        .limit(OFFERED)
        .tuples()
    )


_EARLIER = Prepared(_earlier)


def recurrence_key(record_id: int, earlier_id: int | str) -> str:
    """What names the question whether one is a recurrence of the other, for good."""
    return f"recur:{record_id}:{earlier_id}"


def no_recurrence(actor: Actor, code: str, other: str, reason: str) -> None:
    """Keep that it does not repeat that earlier one, so that it is not asked again.

    Raises NotFound, Forbidden, or Refused without a reason or when it was decided already.
    """
    with change(actor, reason):
        record = Nonconformity.locked(actor, code).record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        earlier = Nonconformity.by_code(actor.organisation_id, other).record
        title = _("a recurrence of %(code)s", code=earlier.code)
        key = recurrence_key(record.id, earlier.id)
        proposals.decide(actor, key, "declined", title=title, reason=reason, record=record)


def forget_recurrences(actor: Actor, voided: Record, reason: str) -> None:
    """Take back what was said to repeat a record that is voided now, for the same reason: nothing recurred."""
    for one in Link.select().where(Link.target == voided.id, Link.relation == RECURS, Link.stands()):
        unlink(actor, one.record, voided, RECURS, reason)


class Repeated(NamedTuple):
    """How often it has happened, this one counted, and since when."""

    times: int
    since: date | None


def repeated(row: Nonconformity) -> Repeated:
    """Follows the recurrences back to the first one, each counted once; ties to voided ones do not count."""
    pairs = [(one.one, one.other) for one in _together([row.record_id], (RECURS,))]
    known = Record.select(Record.code, Record.happened_on).where(
        Record.organisation == row.organisation_id,
        Record.kind == Nonconformity.kind,
        Record.code.in_({code for pair in pairs for code in pair} | {str(row.record.code)}),
        Record.state != S.VOIDED,
    )
    days: dict[str, date | None] = dict(known.tuples())  # type: ignore[arg-type]
    standing = [pair for pair in pairs if days.keys() >= set(pair)]
    found = [days[code] for code in set(reached(standing, str(row.record.code))) if code in days]
    return Repeated(len(found), min(filter(None, found), default=None))
