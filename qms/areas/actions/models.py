"""The table of actions."""

from __future__ import annotations

from peewee import CharField, DateField, ForeignKeyField, TextField

from qms.areas.actions.rules import ACTION, SORTS
from qms.kernel.people import Person
from qms.kernel.records import Kind, belongs
from qms.kernel.text import _


class Action(Kind):
    """Something to be done by somebody until a day, for one or several records that it `serves`."""

    sort = CharField(max_length=12)
    description = TextField(default="")
    resources = TextField(default="")
    proof = TextField(default="")
    first_due = DateField(null=True)  # kept when the due date is extended
    done_on = DateField(null=True)
    done_by = ForeignKeyField(Person, null=True, backref="+")  # who reported it done
    verified_by = ForeignKeyField(Person, null=True, backref="+")

    kind = "action"
    area = "actions"
    prefix = "AC"
    label = _("action")
    machine = ACTION
    searched = ("description",)
    labels = {
        "sort": _("kind of action"), "description": _("what is done"), "resources": _("resources"),
        "proof": _("proof"), "first_due": _("first due date"), "done_on": _("done on"),
        "done_by": _("reported done by"),
        "verified_by": _("verified by"),
    }  # fmt: skip
    choices = {"sort": SORTS}

    class Meta:
        table_name = "action"
        constraints = belongs("action")
