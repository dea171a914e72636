"""The tables of management reviews: the review, what was said on each input, who came, what was concluded."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from peewee import (
    SQL,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from qms.areas.reviews.rules import OUTPUT_KINDS, PRESENCES, REVIEW
from qms.kernel.calendar import Period
from qms.kernel.people import Person
from qms.kernel.permissions import ROLE_LABELS, Role
from qms.kernel.records import Kind, Record, belongs, of_record
from qms.kernel.text import Message, _
from qms.kernel.trail import Traced

MAX_LINE = 200  # characters of a name, a position, a place


class Review(Kind):
    """A management review over a period; its inputs, attendants and outputs are rows of their own."""

    period = CharField(max_length=10)  # the code of a calendar.Period
    held_on = DateField(null=True)  # the day of the meeting, planned until it is held
    started = CharField(max_length=5, default="")  # HH:MM
    ended = CharField(max_length=5, default="")
    place = CharField(max_length=MAX_LINE, default="")
    chair = ForeignKeyField(Person, null=True, backref="+")
    secretary = ForeignKeyField(Person, null=True, backref="+")
    discussion = TextField(default="")
    no_output_reason = TextField(default="")
    minutes_number = CharField(max_length=20, default="")  # given by the records office
    illustrative = BooleanField(default=False)

    kind = "review"
    area = "reviews"
    prefix = "MR"
    label = _("management review")
    machine = REVIEW
    searched = ("discussion", "period")
    labels = {
        "period": _("period reviewed"), "held_on": _("day of the meeting"), "started": _("begins at"),
        "ended": _("ended at"), "place": _("place"), "chair": _("chair"), "secretary": _("secretary"),
        "discussion": _("discussion"), "no_output_reason": _("why there is no conclusion"),
        "minutes_number": _("number of the minutes"), "illustrative": _("illustrative data"),
    }  # fmt: skip

    class Meta:
        table_name = "review"
        constraints = belongs("review")

    @cached_property
    def packs(self) -> dict[str, Any]:
        """Language -> what the areas feed, once it was asked for (see service_pack)."""
        return {}

    def reviewed(self) -> Period:
        """The period that is reviewed."""
        return Period.parse(str(self.period))


class ReviewInput(Traced):
    """What was written by hand on one input of 9.3.2: text and its evidence, or why there is none."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+", index=False)
    as_of = IntegerField(default=1)  # the review's version in which the row was last saved
    key = CharField(max_length=2)
    text = TextField(default="")
    evidence = TextField(default="")
    reason_if_empty = TextField(default="")

    labels = {"text": _("text"), "evidence": _("evidence"), "reason_if_empty": _("why there is nothing")}
    silent = frozenset({"as_of"})

    class Meta:
        table_name = "review_input"
        indexes = ((("record", "key"), True),)
        constraints = of_record()

    def what(self) -> Message:
        return _("input %(key)s", key=self.key)


def position_said(kept: str) -> str:
    """A position in the reader's language: it begins with the name of a role, or is what somebody wrote."""
    role, comma, unit = kept.partition(", ")
    return f"{ROLE_LABELS[Role(role)]}{comma}{unit}" if role in list(Role) else kept


class ReviewAttendant(Traced):
    """Somebody called to the meeting: a person of the agency, or a guest by name alone."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    as_of = IntegerField(default=1)
    person = ForeignKeyField(Person, null=True, backref="+")
    name = CharField(max_length=MAX_LINE)
    position = CharField(max_length=MAX_LINE, default="")
    presence = CharField(max_length=10)
    withdrawn = BooleanField(default=False)

    labels = {
        "person": _("person"), "name": _("name"), "position": _("position"), "presence": _("attendance"),
        "withdrawn": _("taken off the list"),
    }  # fmt: skip
    choices = {"presence": PRESENCES}
    shows = {"position": lambda kept, _then: position_said(kept)}
    silent = frozenset({"as_of"})

    class Meta:
        table_name = "review_attendant"
        constraints = of_record()

    def what(self) -> str:
        return str(self.name)

    def said_position(self) -> str:
        """The position in the reader's language."""
        return position_said(str(self.position))


class ReviewOutput(Traced):
    """A conclusion of the meeting (9.3.3); once the review is held, `action` carries it out."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    as_of = IntegerField(default=1)
    kind = CharField(max_length=12)
    text = TextField()
    owner = ForeignKeyField(Person, null=True, backref="+")
    due = DateField(null=True)
    action = ForeignKeyField(Record, null=True, backref="+")
    withdrawn = BooleanField(default=False)

    labels = {
        "kind": _("kind of conclusion"), "text": _("conclusion"), "owner": _("owner"), "due": _("due date"),
        "action": _("action"), "withdrawn": _("withdrawn"),
    }  # fmt: skip
    choices = {"kind": OUTPUT_KINDS}
    silent = frozenset({"as_of"})
    unsaid = frozenset({"action"})

    class Meta:
        table_name = "review_output"
        constraints = [
            *of_record(),
            SQL("FOREIGN KEY (action_id, organisation_id) REFERENCES record (id, organisation_id)"),
        ]

    def what(self) -> str:
        return str(self.text)[:60]


class ReviewPack(Traced):
    """What the areas fed on the day the review was held: canonical JSON in both languages, never changed."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+", unique=True)
    taken_at = DateTimeField()
    content = TextField()

    labels = {"content": _("figures at the meeting")}
    secret = frozenset({"content"})  # the entry holds its digest, the row the text
    unsaid = frozenset({"content"})

    class Meta:
        table_name = "review_pack"
        constraints = of_record()

    def what(self) -> Message:
        return _("figures at the meeting")
