"""The parts of a record's page that every kind has: steps, common facts, links, evidence, comments."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import g
from peewee import JOIN, Case

from qms.kernel import clock
from qms.kernel.area import areas, kinds
from qms.kernel.catalogue import clauses
from qms.kernel.clauses import Citation
from qms.kernel.comments import Comment
from qms.kernel.files import Attachment, may_withdraw
from qms.kernel.links import RELATIONS, Link
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.text import Message, _, said, show_date, show_number, show_time
from qms.kernel.trail import TrailEntry
from qms.kernel.workflow import Machine
from qms.web import history, widgets
from qms.web.names import INDICATOR, person_name
from qms.web.widgets import Choice, Fact, LinkRow, Section, StateBadge, Step


def common(record: Record, hidden: frozenset[str]) -> Section:
    """The facts that every record has, without those that its kind does not use."""
    owner = person_name(record.owner_id) or None
    unit = Unit.name_of(record.unit_id) or None
    due = show_date(record.due) or None
    answering = {
        "owner": Fact(_("owner"), owner, empty_hint=_("nobody yet"), anchor="owner"),
        "unit": Fact(_("unit"), unit, empty_hint=_("no unit")),
        "due": Fact(_("due date"), due, empty_hint=_("no due date"), anchor="due"),
    }
    return Section(
        "common",
        _("Who and when"),
        (
            *(fact for name, fact in answering.items() if name not in hidden),
            Fact(_("date it happened"), show_date(record.happened_on) or None),
            Fact(_("recorded at"), show_time(clock.local(record.recorded_at))),
        ),
    )


def steps(record: Record, machine: Machine, past: list[dict[str, Any]]) -> list[Step]:
    """The straight way through the machine, with the day each state was reached; `past` is its history.

    What was reached before the last step back belongs to an earlier round, and a state that was passed by is not done.
    """
    if not machine.path:
        return []
    path = list(machine.path)
    if record.state not in path:
        path = [*path[:1], record.state]
    position = path.index(record.state)
    reached = _reached(record, path, past)
    stand = ["now" if at == position else "done" if at < position else "todo" for at in range(len(path))]
    return [
        Step(machine.labels.get(state, state), "skipped", str(_("left out")))
        if reached.get(state) == _PASSED
        else Step(machine.labels.get(state, state), how, reached.get(state, ""))
        for state, how in zip(path, stand, strict=True)
    ]


def _reached(record: Record, path: list[str], past: list[dict[str, Any]]) -> dict[str, str]:
    """State -> the day it was reached in this round, as the trail tells; `_PASSED` where it was passed by.

    One to which a step led back keeps its day: it was reached then, and not when the later ones were undone.
    """
    own, subject = past[::-1], f"record:{record.id}"
    if len(past) == history.SHOWN:  # there may be older ones
        own = [json.loads(body) for (body,) in _OWN_ENTRIES.rows(record.id, subject)]
    found: dict[str, str] = {}
    for entry in own:
        if entry["subject"] == subject and "state" in entry["changes"]:
            old, new = entry["changes"]["state"]
            if old in path and new in path:
                left, came = path.index(old), path.index(new)
                found |= dict.fromkeys(path[left + 1 : came], _PASSED)
                for later in path[came + 1 :]:  # a step back begins another round
                    found.pop(later, None)
                if came < left and found.get(new, _PASSED) != _PASSED:
                    continue
            found[new] = show_date(clock.local(datetime.fromisoformat(entry["at"])).date())
    return found


_PASSED = "passed by"


_OWN_ENTRIES = Prepared(
    lambda record, subject: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.record_id == record, TrailEntry.subject == subject)
        .order_by(TrailEntry.id)
        .tuples()
    )
)


def path_of(kind: str, code: str) -> str:
    """The address of a record below its organisation."""
    model = kinds().get(kind)
    return f"/{g.organisation.slug}/{model.area if model else kind}/{code}"


def badge(kind: str, state: str) -> StateBadge:
    """A record's state as word, sign and colour, whichever of its kind's machines it runs."""
    machines = kinds()[kind].machines()
    machine = next((m for m in machines if state in m.labels), machines[0])
    return StateBadge(machine.labels.get(state, state), "done" if state in machine.ended else "open")


def links(record: Record, citations: list[Citation]) -> list[LinkRow]:
    """What the record is tied to, both ways, and the clauses it cites."""
    found = [
        _link_row(RELATIONS[relation][backward], *other)
        for backward, relation, *other in _TIES.rows(record.id)
    ]
    for citation in citations:
        clause = clauses(citation.edition).get(citation.number)
        title = str(clause).removeprefix(f"{citation.number} ") if clause else ""
        found.append(LinkRow(_("clause"), str(citation), title))
    return found


def _ties(record: Any) -> Any:
    """(0 from here, 1 to here; how; the other record's kind, code, title and state), those from here first."""
    backward = Case(None, [(Link.record == record, 0)], 1)
    other = Case(None, [(Link.record == record, Link.target)], Link.record)
    return (
        Link.select(backward, Link.relation, Record.kind, Record.code, Record.title, Record.state)
        .join(Record, on=(Record.id == other))
        .where((Link.record == record) | (Link.target == record), Link.stands())
        .order_by(backward, Link.id)
        .tuples()
    )


_TIES = Prepared(_ties)


def openings(actor: Actor, *paths: str) -> list[Choice]:
    """What may be recorded from the records at `paths` (area/code), the first of which is what the page shows."""
    own = paths[0].partition("/")[0]
    sources = urlencode([("source", path) for path in paths], safe="/")
    return [
        Choice(where.label, f"/{actor.slug}/{where.path}?{sources}")
        for where in (area.opens_from for area in areas() if area.name != own)
        if where is not None and actor.may(where.permission)
    ]


def _link_row(relation: Message, kind: str, code: str, title: str, state: str) -> LinkRow:
    shown = "" if kind == INDICATOR else code
    return LinkRow(relation, shown, title, path_of(kind, code), badge(kind, state))


def attachments(actor: Actor, record: Record) -> list[widgets.Attachment]:
    """The evidence on a record that was not withdrawn."""
    address = f"/{actor.slug}/evidence"
    return [
        widgets.Attachment(
            id=key,
            name=name,
            url=f"{address}/{key}/{quote(name, safe='')}",
            size=_size(size),
            sha256=sha256,
            who=who or "",
            when=show_time(clock.local(added_at)),
            note=said(note),
            withdraw_url=f"{address}/{key}/withdraw" if may_withdraw(actor, record, added_by) else "",
        )
        for key, name, size, sha256, note, added_at, added_by, who in _EVIDENCE.rows(record.id)
    ]


_SHOWN = ("id", "name", "size", "sha256", "note", "added_at", "added_by")
_EVIDENCE = Prepared(
    lambda record: (
        Attachment.select(*map(Attachment._meta.fields.get, _SHOWN), Person.name)
        .join(Person, JOIN.LEFT_OUTER, on=(Attachment.added_by == Person.id))
        .where(Attachment.record == record, Attachment.withdrawn_at.is_null())
        .order_by(Attachment.id)
        .tuples()
    )
)


def _size(count: int) -> str:
    return f"{show_number(max(1, round(count / 1024)))} KB"


def remarks(record: Record) -> list[widgets.Remark]:
    """What was said about a record, in its order."""
    return [
        widgets.Remark(show_time(clock.local(at)), name or "", text)
        for at, name, text in _SAID.rows(record.id)
    ]


_SAID = Prepared(
    lambda record: (
        Comment.select(Comment.at, Person.name, Comment.text)
        .join(Person, JOIN.LEFT_OUTER, on=(Comment.by == Person.id))
        .where(Comment.record == record)
        .order_by(Comment.id)
        .tuples()
    )
)
