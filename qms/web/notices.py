"""What a person was told: the bell's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from peewee import JOIN
from werkzeug.wrappers import Response

from qms.kernel import clock
from qms.kernel.area import kinds
from qms.kernel.errors import BadInput
from qms.kernel.jobs import Notification, mark_read
from qms.kernel.records import Record
from qms.kernel.text import _, show_time, unpack
from qms.web.shell import SIGNED_IN, needs

PAGE = 50
blueprint = Blueprint("notices", __name__)


@blueprint.get("/<org>/notifications")
@needs(SIGNED_IN)
def show() -> str:
    """The person's notices in this organisation, newest first, each leading to its record or to the own work."""
    query = (
        Notification.select(Notification, Record)
        .join(Record, JOIN.LEFT_OUTER)
        .where(Notification.person == g.person.id, Notification.organisation == g.organisation.id)
        .order_by(Notification.id.desc())
    )
    before = request.args.get("before", "")
    if before:
        query = query.where(Notification.id < _number(before))
    found: list[Any] = list(query.limit(PAGE + 1))
    lines = [
        {
            "id": one.id,
            "text": unpack(one.text),
            "when": show_time(clock.local(one.at)),
            "unread": one.read_at is None,
            "title": one.record.title if one.record_id else "",
            "url": _url(one.record) if one.record_id else f"/{g.organisation.slug}/",
        }
        for one in found[:PAGE]
    ]
    following = url_for("notices.show", before=found[PAGE - 1].id) if len(found) > PAGE else ""
    return render_template(
        "home/notifications.html", lines=lines, next_url=following, unread=any(one["unread"] for one in lines)
    )


def _url(record: Record) -> str:
    model = kinds().get(str(record.kind))
    return f"/{g.organisation.slug}/{model.area}/{record.code}" if model else ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadInput(_("the page mark in the address cannot be read: begin at the first page"))
    return int(text)


@blueprint.post("/<org>/notifications/read")
@needs(SIGNED_IN)
def read() -> Response:
    """Mark one notice (`id`) or all of them as read; other people's are never touched."""
    asked = request.form.get("id", "")
    mark_read(g.person.id, g.organisation.id, _number(asked) if asked else None)
    return redirect(url_for("notices.show"), 303)
