"""The table of nonconformities."""

from __future__ import annotations

from typing import Any

from peewee import CharField, DateField, DateTimeField, ForeignKeyField, IntegerField, TextField

from qms.areas.kpis.models import ExactDecimal
from qms.areas.nonconformities.rules import (
    ANSWERS,
    GRADES,
    IMPROVEMENT,
    METHODS,
    NONCONFORMITY,
    SOURCES,
    machine_of,
)
from qms.kernel.clauses import DEFAULT_EDITION, cited
from qms.kernel.people import Person
from qms.kernel.records import Kind, belongs
from qms.kernel.text import _
from qms.kernel.workflow import Machine


class Nonconformity(Kind):
    """Something that is not as it should be, from its correction to the proof that its cause is gone."""

    grade = CharField(max_length=12)
    description = TextField(default="")
    source_kind = CharField(max_length=12)
    correction = TextField(default="")
    no_correction = TextField(default="")  # why nothing could be put right at once
    consequences = TextField(default="")
    cause_method = CharField(max_length=12, default="")
    whys = TextField(default="")  # the steps of the five whys, one per line
    cause = TextField(default="")
    cause_authors = TextField(default="")  # ids of everybody who wrote on the cause, comma between
    elsewhere = TextField(default="")
    waiver = TextField(default="")  # why no corrective action is needed
    criterion = TextField(default="")
    effect_on = DateField(null=True)
    effect_result = TextField(default="")
    effect_met = CharField(max_length=4, default="")
    planner = ForeignKeyField(Person, null=True, backref="+")
    approver = ForeignKeyField(Person, null=True, backref="+")
    verifier = ForeignKeyField(Person, null=True, backref="+")
    checked_on = DateField(null=True)
    generation = IntegerField(default=1)
    generation_at = DateTimeField(null=True)  # when it was last reopened; None: never
    # a criterion that is a rule: the indicator's id, the value to reach, in how many periods from which one on
    kpi = CharField(max_length=60, null=True)
    kpi_value: Any = ExactDecimal(null=True)
    kpi_from = CharField(max_length=10, null=True)
    kpi_count = IntegerField(null=True)
    effect_reason = TextField(null=True)  # why it was closed though computed and published rates disagree

    kind = "nonconformity"
    area = "nonconformities"
    prefix = "NC"
    label = _("nonconformity")
    machine = NONCONFORMITY
    searched = ("description", "cause")
    labels = {
        "grade": _("grade"), "description": _("what was found"), "source_kind": _("found through"),
        "correction": _("correction"), "no_correction": _("why no correction was possible"),
        "consequences": _("consequences for the citizens concerned"), "cause_method": _("method of analysis"),
        "whys": _("whys, step by step"), "cause": _("root cause"), "elsewhere": _("does it exist elsewhere?"),
        "waiver": _("why no corrective action is needed"), "criterion": _("criterion of effectiveness"),
        "effect_on": _("effectiveness check on"), "effect_result": _("what the check found"),
        "effect_met": _("effective?"), "planner": _("plan submitted by"), "approver": _("approved by"),
        "verifier": _("verified by"), "checked_on": _("checked on"), "generation": _("round"),
        "kpi": _("indicator to be judged"), "kpi_value": _("value to reach"),
        "kpi_from": _("first period"), "kpi_count": _("number of consecutive periods"),
        "effect_reason": _("why it was closed as effective"),
        "clauses": _("clauses"), "edition": _("edition of ISO 9001"),
    }  # fmt: skip
    choices = {"grade": GRADES, "source_kind": SOURCES, "cause_method": METHODS, "effect_met": ANSWERS}
    unsaid = frozenset({"cause_authors", "generation_at", "effect_reason"})

    class Meta:
        table_name = "nonconformity"
        constraints = belongs("nonconformity")
        indexes = ((("organisation_id", "grade"), False),)

    @classmethod
    def machines(cls) -> tuple[Machine, ...]:
        """Nonconformities run the chief machine, observations and opportunities a short one."""
        return (NONCONFORMITY, IMPROVEMENT)

    def own_machine(self) -> Machine:
        """The path of its grade."""
        return machine_of(self.grade)

    def value(self, name: str) -> Any:
        """A column's value; `clauses` and `edition` are what it cites."""
        if name not in ("clauses", "edition"):
            return super().value(name)
        references = cited(self.record_id)
        edition = references[0].edition if references else DEFAULT_EDITION
        return (
            edition if name == "edition" else ", ".join(r.number for r in references if r.edition == edition)
        )

    def authors(self) -> frozenset[int]:
        """The ids of everybody who wrote on the cause, in any round."""
        return frozenset(int(word) for word in self.cause_authors.split(",") if word)
