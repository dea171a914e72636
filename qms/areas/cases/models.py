"""The table of late cases."""

from __future__ import annotations

from peewee import CharField, DateField, IntegerField, TextField

from qms.areas.cases.rules import LATE_CASE, THROUGH
from qms.kernel.records import Kind, belongs
from qms.kernel.text import _


class LateCase(Kind):
    """A case that is not resolved by its due date, and the letter that apologises for it; nobody's name.

    Its title is the procedure; it happened on its due date; what it is due on now is the new date, else that.
    """

    case_code = CharField(max_length=60)  # a text as it is printed, never a number
    procedure_code = CharField(max_length=40, default="")
    taken_on = DateField()
    due_on = DateField()
    cause = TextField(default="")
    promised_on = DateField(null=True)
    extended = IntegerField(default=0)  # how often another letter put the new date off
    resolved_on = DateField(null=True)
    letter_on = DateField(null=True)
    letter_through = CharField(max_length=10, default="")
    letter_number = CharField(max_length=30, default="")
    first_letter_on = DateField(null=True)  # of several letters; the columns above are those of the newest

    kind = "late_case"
    area = "cases"
    prefix = "LC"
    label = _("late case")
    machine = LATE_CASE
    searched = ("case_code", "procedure_code", "cause")
    labels = {
        "title": _("procedure"), "due": _("date in force"), "happened_on": _("due date of the case"),
        "case_code": _("case code"), "procedure_code": _("code of the procedure"), "taken_on": _("taken in on"),
        "due_on": _("due date of the case"), "cause": _("why it is late"), "promised_on": _("new date"),
        "extended": _("extended again"), "resolved_on": _("resolved on"), "letter_on": _("letter sent on"),
        "letter_through": _("how the letter was sent"), "letter_number": _("number of the letter"),
        "first_letter_on": _("first letter sent on"),
    }  # fmt: skip
    choices = {"letter_through": THROUGH}
    first_told = ("case_code", "due_on", "cause")
    unsaid = frozenset({"happened_on", "due"})  # they follow the case's own dates

    class Meta:
        table_name = "late_case"
        constraints = belongs("late_case")
        indexes = (
            (("organisation_id", "case_code"), True),
            (("organisation_id", "due_on", "letter_on"), False),
        )
