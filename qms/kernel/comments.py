"""Comments on records."""

from __future__ import annotations

from peewee import DateTimeField, ForeignKeyField, IntegerField, TextField

from qms.kernel import clock, jobs
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.files import ADD
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import MAX_TEXT, Record, of_record
from qms.kernel.text import _, show_number
from qms.kernel.trail import Traced, change


class Comment(Traced):
    """Something said about a record."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    text = TextField()
    at = DateTimeField()
    by = ForeignKeyField(Person, null=True, backref="+")

    class Meta:
        constraints = of_record()

    labels = {"text": _("comment")}


def comment(actor: Actor, record: Record, text: str) -> Comment:
    """Say something about a record of the actor's organisation; its owner is told.

    Raises NotFound for another organisation's record, Forbidden, or Refused when the text is empty
    or longer than MAX_TEXT characters.
    """
    if record.organisation_id != actor.organisation_id:
        raise NotFound(record.code)
    actor.require(ADD)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused([Obstacle(_("the comment is empty"), "#remarks")])
    if len(text) > MAX_TEXT:
        limit, length = show_number(MAX_TEXT), show_number(len(text))
        message = _("the text holds %(n)s characters; %(limit)s are the limit", n=length, limit=limit)
        raise Refused([Obstacle(message, "#remarks")])
    with change(actor):
        said = Comment(
            organisation_id=record.organisation_id,
            record=record.id,
            text=text,
            at=clock.now(),
            by=actor.person_id,
        )
        said.save(tag="comment.add")
        jobs.notify(actor, record, _("%(code)s: a new comment", code=record.code))
    return said
