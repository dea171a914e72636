"""One's own due dates as a calendar that other programs read, at an address that is the secret itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from qms.kernel import area, clock, feeds, proposals
from qms.kernel.errors import NotFound
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person, actor_for, installation_actor, organisations_of
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import Record
from qms.kernel.text import Message, _, language
from qms.web.sheets import done, sheet
from qms.web.shell import PUBLIC, SIGNED_IN, needs
from qms.web.widgets import Choice, Fact, Move, Section

MOST = 1000  # entries of one organisation, those due first
AHEAD = timedelta(days=366)  # how far the areas are asked for days to keep

blueprint = Blueprint("feed", __name__)


@dataclass(frozen=True)
class Entry:
    """Something due on a whole day; `uid` stays the same when its day or title changes."""

    uid: str
    day: date
    title: str
    path: str
    about: str
    changed: datetime


@blueprint.get("/feeds/<token>.ics")
@needs(PUBLIC)
def show(token: str) -> Response:
    """The calendar of whoever made that address, in their language; raises NotFound for any other."""
    person = feeds.owner_of(token)
    if person is None:
        raise NotFound("feed")
    with language(person.locale):
        answer = Response(_calendar(list(_entries(person))), content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=900"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


# ---------------------------------------------------------------- what it holds


def _entries(person: Person) -> Iterator[Entry]:
    for organisation in organisations_of(person, clock.today()):
        actor = actor_for(person, organisation, clock.today())
        yield from _own_records(actor, organisation)
        if Role.COORDINATOR in actor.roles:
            yield from _checks(actor, organisation)
        if actor.roles & {Role.COORDINATOR, Role.LEADER}:
            yield from _duties(actor, organisation)


def _own_records(actor: Actor, organisation: Organisation) -> Iterator[Entry]:
    kinds = area.visible_kinds(actor)
    rows = (
        Record.select(Record.id, Record.kind, Record.code, Record.title, Record.due, Record.changed_at)
        .where(
            Record.owner == actor.person_id,
            Record.organisation == organisation.id,
            Record.ended_on.is_null(),
            Record.due.is_null(False),
            Record.kind.in_(list(kinds)),
        )
        .order_by(Record.due, Record.id)
        .limit(MOST)
        .tuples()
    )
    for key, kind, code, title, due, changed in rows:
        path = f"/{organisation.slug}/{kinds[kind].area}/{code}"
        about = f"{kinds[kind].label}, {organisation.name}"
        yield Entry(f"record-{key}", due, f"{code} {title}", path, about, changed)


def _checks(actor: Actor, organisation: Organisation) -> Iterator[Entry]:
    for one in area.collect("deadlines", actor, actor.today + AHEAD):
        title = " ".join(filter(None, (str(one.why), one.code, str(one.title))))
        yield _of_day(organisation, one.url, one.due, title[:1].upper() + title[1:], one.url)


def _duties(actor: Actor, organisation: Organisation) -> Iterator[Entry]:
    for day, duty in proposals.owed_duties(actor, actor.today + AHEAD):
        yield _of_day(organisation, f"duty:{duty.key}", day, duty.label, duty.url)


def _of_day(organisation: Organisation, key: str, day: date, title: Message | str, path: str) -> Entry:
    midnight = datetime.combine(day, datetime.min.time())
    uid = f"{organisation.slug}:{key}"
    return Entry(uid, day, str(title), f"/{organisation.slug}/{path}", str(organisation.name), midnight)


# ---------------------------------------------------------------- as text


def _calendar(entries: list[Entry]) -> bytes:
    """The calendar in the form of RFC 5545, its entries all-day and not blocking anybody's time."""
    from icalendar import Calendar, Event

    base = current_app.config["QMS"].base_url
    host = urlsplit(base).hostname or "qms"
    made = Calendar()
    heads = {"prodid": "-//qms//qms//VI", "version": "2.0", "method": "PUBLISH", "x-published-ttl": "PT1H"}
    for name, value in (heads | {"x-wr-calname": str(_("ISO 9001: what is due"))}).items():
        made.add(name, value)
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.uid}@{host}")
        event.add("dtstamp", entry.changed.replace(tzinfo=UTC))
        event.add("dtstart", entry.day)
        event.add("summary", entry.title)
        event.add("description", entry.about)
        event.add("transp", "TRANSPARENT")
        if base:
            event.add("url", base + entry.path)
        made.add_component(event)
    return made.to_ical()


# ---------------------------------------------------------------- the account's own page of it


def section(person: Person) -> Section:
    """The part of the account page that tells whether there is an address, and leads to where it is made."""
    state = _("there is one") if person.feed else _("none yet")
    return Section(
        "calendar", _("My calendar"), [Fact(_("Calendar address"), state, href=url_for("feed.manage"))]
    )


@blueprint.get("/account/feed")
@needs(SIGNED_IN)
def manage() -> str:
    """What the address is for, and the buttons that make, renew and end it."""
    label = _("Make a new address; the old one ends") if g.person.feed else _("Make the address")
    moves = [Move("renew", label, url_for("feed.renew"), primary=True)]
    if g.person.feed:
        moves.append(Move("end", _("End the address"), url_for("feed.end")))
    return sheet(
        _("My calendar"),
        [],
        back=Choice(_("My account"), url_for("account.show")),
        moves=moves,
        intro=_(
            "A calendar program that subscribes to the address shows the due dates of your open records; a "
            "coordinator's also the checks of effect, a coordinator's and a leader's the duties of the year. "
            "Whoever knows the address can read them without signing in. A new password ends the address too."
        ),
    )


@blueprint.post("/account/feed")
@needs(SIGNED_IN)
def renew() -> str:
    """Make the address anew and show it, this once."""
    token = feeds.renew(installation_actor(g.person, clock.today()))
    base = current_app.config["QMS"].base_url or request.host_url.rstrip("/")
    return render_template("account/feed.html", address=base + url_for("feed.show", token=token))


@blueprint.post("/account/feed/end")
@needs(SIGNED_IN)
def end() -> Any:
    """End the address."""
    feeds.end(installation_actor(g.person, clock.today()))
    return done(_("The calendar address is ended."), "account.show")
