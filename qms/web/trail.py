"""The log of changes of an organisation: every entry of its trail as a sentence, newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from qms.kernel.area import kinds
from qms.kernel.calendar import typed_day
from qms.kernel.db import json_number
from qms.kernel.errors import BadInput
from qms.kernel.links import ever_serving
from qms.kernel.people import Assignment, Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import READ_TRAIL, TrailEntry
from qms.kernel.verify import head
from qms.web import export, history, shell
from qms.web.listing import EXPORTED
from qms.web.names import INDICATOR
from qms.web.shell import needs
from qms.web.widgets import Filter, Folded, HistoryLine, link

PAGE = 50
blueprint = Blueprint("trail", __name__)


@dataclass
class Asked:
    """The parameters of the page's address, read and checked."""

    person: int | None = None
    record: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @classmethod
    def read(cls, args: Any) -> Asked:
        """The parameters; raises BadInput naming the one that cannot be read."""
        return cls(
            person=_number(args, "person"),
            record=args.get("record", "").strip()[:60],
            since=_day(args, "since"),
            until=_day(args, "until"),
            before=_number(args, "before"),
        )

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the log."""
        return bool(self.person or self.record or self.since or self.until)

    def link(self, **changes: Any) -> str:
        """The parameters with `changes`, for an address."""
        now = {
            "person": self.person,
            "record": self.record,
            "since": self.since,
            "until": self.until,
        } | changes
        return urlencode({name: value for name, value in now.items() if value})


def _number(args: Any, name: str) -> int | None:
    value = args.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and len(value) < 16):
        raise BadInput(_("“%(value)s” is no value for the filter “%(name)s”", value=value[:60], name=name))
    return int(value) if value else None


def _day(args: Any, name: str) -> date | None:
    value = args.get(name, "").strip()
    try:
        return typed_day(value) if value else None
    except ValueError as error:
        raise BadInput(
            _("“%(value)s” is no date for the filter “%(name)s”", value=value[:60], name=name)
        ) from error


# ---------------------------------------------------------------- the rows


@dataclass(frozen=True)
class Line:
    """One entry: its number in the chain, the sentence, and the record it is about."""

    seq: int
    said: HistoryLine
    code: str = ""  # an indicator has its name
    url: str = ""

    def __html__(self) -> str:
        when = Markup('{} <span class="code">#{}</span>').format(self.said.when, self.seq)
        return replace(self.said, when=when, text=self.text()).__html__()

    def text(self) -> Markup:
        """The sentence; the record's code in it, or after it, leads to the record."""
        said = escape(str(self.said.text))
        if not self.url:
            return said
        there = link(self.url, self.code)
        code = escape(self.code)
        return said.replace(code, there, 1) if code in said else Markup("{} ({})").format(said, there)


def lines(actor: Actor, asked: Asked, limit: int) -> list[Line]:
    """The newest entries asked for, at most `limit`, as sentences in the reader's language."""
    query = TrailEntry.select(TrailEntry.seq, TrailEntry.record_id, TrailEntry.body).where(
        TrailEntry.chain == actor.organisation_id
    )
    if asked.person:
        query = query.where(json_number(TrailEntry.body, "actor", "id") == asked.person)
    if asked.record:
        query = query.where(TrailEntry.record_id.in_(_ids(actor, asked.record)))
    if asked.since:
        query = query.where(TrailEntry.at >= _begins(asked.since))
    if asked.until:
        query = query.where(TrailEntry.at < _begins(asked.until + timedelta(days=1)))
    if asked.before:
        query = query.where(TrailEntry.seq < asked.before)
    rows = list(query.order_by(TrailEntry.seq.desc()).limit(limit).tuples())
    places = _places({record for _seq, record, _body in rows if record is not None})
    return [
        Line(seq, history.sentence(json.loads(body)), *places.get(record, ("", "")))
        for seq, record, body in rows
    ]


def _ids(actor: Actor, code: str) -> list[int]:
    """The record of that code, and what serves or served it: its history is not told without its actions."""
    rows = Record.select(Record.id).where(
        Record.organisation == actor.organisation_id, Record.code.in_({code, code.upper()})
    )
    own = [number for (number,) in rows.tuples()]
    return [*own, *ever_serving(own)]


def _places(ids: set[int]) -> dict[int, tuple[str, str]]:
    """Record id -> (code, address); an indicator goes by its name, since its code is a key."""
    columns = (Record.id, Record.code, Record.kind, Record.title)
    areas = {name: model.area for name, model in kinds().items()}
    return {
        number: (
            title if kind == INDICATOR else code,
            f"/{g.organisation.slug}/{areas.get(kind, kind)}/{code}",
        )
        for number, code, kind, title in Record.select(*columns).where(Record.id.in_(ids)).tuples()
    }


def _begins(day: date) -> datetime:
    """The moment at which a day begins in the agency's time zone, as moments are stored."""
    zone = current_app.config["QMS"].timezone
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


# ---------------------------------------------------------------- pages


@blueprint.get("/<org>/trail")
@needs(READ_TRAIL)
def show() -> str:
    """The log, newest first, with the chain's head as it is printed on documents."""
    actor = shell.actor()
    asked = Asked.read(request.args)
    found = lines(actor, asked, PAGE + 1)
    base = f"/{g.organisation.slug}/trail"
    page = found[:PAGE]
    return render_template(
        "trail/show.html",
        lines=page,
        filters=_filters(actor, asked),
        filtered=asked.filtered,
        url=base,
        next_url=f"{base}?{asked.link(before=page[-1].seq)}" if len(found) > PAGE else "",
        first_url=f"{base}?{asked.link()}" if asked.before else "",
        csv_url=f"{base}.csv?{asked.link()}",
        head=head(actor.organisation_id or 0),
    )


@blueprint.get("/<org>/trail.csv")
@needs(READ_TRAIL)
def file() -> Response:
    """The same entries without paging; the head stands in the last line, so that the file can be checked."""
    actor = shell.actor()
    asked = Asked.read(request.args)
    asked.before = None
    heads = [_("number"), _("when"), _("who"), _("record"), _("what was done"), _("changes"), _("Reason")]
    rows = [
        [line.seq, line.said.when, line.said.who, line.code, str(line.said.text),
         "; ".join(one.whole if isinstance(one, Folded) else str(one) for one in line.said.changes), line.said.reason]
        for line in lines(actor, asked, EXPORTED)
    ]  # fmt: skip
    rows.append(["", "", "", "", str(_("head of the log")), head(actor.organisation_id or 0), ""])
    return export.respond("trail", "csv", [str(one) for one in heads], rows)


def _filters(actor: Actor, asked: Asked) -> list[Filter]:
    return [
        Filter("person", _("who"), str(asked.person or ""), _people(actor)),
        Filter("record", _("code of the record"), asked.record, kind="text"),
        Filter("since", _("from the day"), str(asked.since or ""), kind="date"),
        Filter("until", _("to the day"), str(asked.until or ""), kind="date"),
    ]


def _people(actor: Actor) -> list[tuple[str, str]]:
    """Everybody who ever had a role here: who has left stays in the log."""
    rows = (
        Person.select(Person.id, Person.name)
        .join(Assignment)
        .where((Assignment.organisation == actor.organisation_id) | Assignment.organisation.is_null())
        .distinct()
        .order_by(Person.name)
    )
    return [(str(number), name) for number, name in rows.tuples()]
