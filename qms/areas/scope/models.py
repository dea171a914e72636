"""The tables of procedures and of the times during which each was in the scope."""

from __future__ import annotations

from peewee import CharField, DateField, ForeignKeyField, IntegerField

from qms.areas.scope.rules import PROCEDURE
from qms.kernel.records import Kind, Record, belongs, of_record
from qms.kernel.text import _, show_date
from qms.kernel.trail import Traced


class Procedure(Kind):
    """An administrative procedure (TTHC) under its national code; its title is its name."""

    field = CharField(max_length=200, default="")  # lĩnh vực
    valid_from = DateField()
    valid_to = DateField(null=True)

    kind = "procedure"
    area = "scope"
    label = _("administrative procedure")
    machine = PROCEDURE
    searched = ("field",)
    labels = {
        "field": _("field of work"),
        "valid_from": _("in the scope from"),
        "valid_to": _("in the scope to"),
    }

    class Meta:
        table_name = "procedure"
        constraints = belongs("procedure")


class ScopePeriod(Traced):
    """A time during which a procedure was in the scope; `valid_to` is the last day, or open."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    valid_from = DateField()
    valid_to = DateField(null=True)

    labels = {"valid_from": _("in the scope from"), "valid_to": _("in the scope to")}
    verbs = {"add": _("put it into the scope from %(what)s"), "edit": _("changed when it is in the scope")}

    class Meta:
        table_name = "scope_period"
        constraints = of_record()

    def what(self) -> str:
        return show_date(self.valid_from)
