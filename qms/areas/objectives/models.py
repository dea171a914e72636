"""The table of quality objectives."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, DateField, ForeignKeyField, TextField

from qms.areas.kpis.models import ExactDecimal
from qms.areas.objectives.rules import OBJECTIVE
from qms.kernel.people import Person
from qms.kernel.records import Kind, belongs
from qms.kernel.text import _


class Objective(Kind):
    """What is to be reached in a period: an indicator and its target, under a commitment, with a plan (6.2).

    The record's owner answers for the plan, its due date is the plan's.
    """

    commitment = TextField(default="")
    kpi = CharField(max_length=60, default="", index=True)  # the indicator's id
    target: Any = ExactDecimal(null=True)
    period = CharField(max_length=10, default="", index=True)
    set_by = CharField(max_length=200, default="")
    baseline = TextField(default="")
    illustrative = BooleanField(default=False)
    plan = TextField(default="")
    resources = TextField(default="")
    evaluation = TextField(default="")
    author: Any = ForeignKeyField(Person, null=True, backref="+", index=False)  # who wrote it last
    approved_by: Any = ForeignKeyField(Person, null=True, backref="+", index=False)
    approved_on = DateField(null=True)

    kind = "objective"
    area = "objectives"
    prefix = "OB"
    label = _("quality objective")
    machine = OBJECTIVE
    searched = ("commitment", "plan", "kpi")
    labels = {
        "commitment": _("commitment of the quality policy"), "kpi": _("indicator"), "target": _("target"),
        "period": _("period"), "set_by": _("set by"), "baseline": _("starting point"),
        "illustrative": _("illustrative data"), "plan": _("what will be done"), "resources": _("resources"),
        "evaluation": _("how the result is evaluated"), "author": _("author"), "approved_by": _("approved by"),
        "approved_on": _("approved on"),
    }  # fmt: skip
    limits = {"set_by": 200}

    class Meta:
        table_name = "objective"
        constraints = belongs("objective")
