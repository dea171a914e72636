"""The table of nonconformities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from peewee import SQL, CharField, DateField, DateTimeField, ForeignKeyField, IntegerField, TextField

from qms.areas.kpis.models import ExactDecimal, KpiDefinition
from qms.areas.kpis.rules import shown_bound
from qms.areas.nonconformities.rules import (
    ANSWERS,
    GRADES,
    IMPROVEMENT,
    NONCONFORMITY,
    SOURCES,
    machine_of,
)
from qms.areas.nonconformities.rules_analysis import GROUPS, METHODS
from qms.areas.nonconformities.rules_sources import BODIES
from qms.kernel.calendar import Period
from qms.kernel.clauses import DEFAULT_EDITION, cited
from qms.kernel.people import Person
from qms.kernel.records import Kind, Record, belongs
from qms.kernel.text import _
from qms.kernel.then import Then
from qms.kernel.workflow import Machine


def _to_reach(value: str, then: Then) -> str:
    """The value of a rule with the unit and the direction of the indicator that it named then."""
    definitions = (
        KpiDefinition.select()
        .join(Record)
        .where(Record.organisation == then.organisation_id, Record.code == then.value("kpi"))
    )
    by = definitions.order_by(KpiDefinition.version.desc()).first()
    return value if by is None else str(shown_bound(Decimal(value), by.unit, by.direction))


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
    # what may have brought it about, by group: the bones of the cause-and-effect diagram
    causes_people = TextField(null=True)
    causes_method = TextField(null=True)
    causes_means = TextField(null=True)
    causes_environment = TextField(null=True)
    causes_measurement = TextField(null=True)
    causes_information = TextField(null=True)
    cause_group = CharField(max_length=12, null=True)  # the group of the root cause
    source_body = CharField(max_length=16, null=True)  # which body inspected
    source_ref = CharField(max_length=200, null=True)  # number and date of the paper that names it
    contained_on = DateField(null=True)  # when it was first put right
    first_due = DateField(null=True)  # kept when the due date is extended
    register_no = CharField(max_length=60, null=True)  # its number in the register it was taken over from
    planned_for_id = IntegerField(null=True)  # the owner whose deputy submitted the plan

    kind = "nonconformity"
    area = "nonconformities"
    prefix = "NC"
    label = _("nonconformity")
    machine = NONCONFORMITY
    searched = ("description", "cause")
    kept_twice = {"facet": "grade", "due_first": "first_due"}
    labels = {
        "grade": _("grade"), "description": _("what was found"), "source_kind": _("found through"),
        "source_body": _("inspected by"), "source_ref": _("number and date of the paper"),
        "register_no": _("number in the earlier register"),
        "clauses": _("clauses"), "edition": _("edition of ISO 9001"), "first_due": _("first due date"),
        "correction": _("correction"), "no_correction": _("why no correction was possible"),
        "consequences": _("consequences for the citizens concerned"), "contained_on": _("corrected on"),
        "cause_method": _("method of analysis"), "whys": _("whys, step by step"),
        "causes_people": _("causes: people"), "causes_method": _("causes: method"),
        "causes_means": _("causes: means"), "causes_environment": _("causes: environment"),
        "causes_measurement": _("causes: measurement"), "causes_information": _("causes: information"),
        "cause": _("root cause"), "cause_group": _("group of the root cause"),
        "elsewhere": _("does it exist elsewhere?"), "waiver": _("why no corrective action is needed"),
        "criterion": _("criterion of effectiveness"), "kpi": _("indicator to be judged"),
        "kpi_value": _("value to reach"), "kpi_from": _("first period"),
        "kpi_count": _("number of consecutive periods"), "effect_on": _("effectiveness check on"),
        "effect_result": _("what the check found"), "effect_met": _("effective?"),
        "effect_reason": _("why it was closed as effective"), "planner": _("plan submitted by"),
        "approver": _("approved by"), "verifier": _("verified by"), "checked_on": _("checked on"),
        "generation": _("round"),
    }  # fmt: skip
    choices = {
        "source_body": BODIES,
        "grade": GRADES, "source_kind": SOURCES, "cause_method": METHODS, "cause_group": GROUPS,
        "effect_met": ANSWERS,
    }  # fmt: skip
    shows = {"kpi_from": lambda code, _then: str(Period.parse(code).label()), "kpi_value": _to_reach}
    first_told = ("grade", "description", "source_kind")
    unsaid = frozenset({"cause_authors", "generation_at", "effect_reason", "planned_for_id"})

    class Meta:
        table_name = "nonconformity"
        constraints = belongs("nonconformity")
        indexes = (
            (("organisation_id", "grade"), False),
            (("organisation_id", "register_no"), True),
        )

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


# What the list finds by one of these columns, by the record's number: the newest first.
for _column in ("source_kind", "cause_group"):
    Nonconformity.add_index(
        SQL(
            f'CREATE INDEX "nonconformity_{_column}" ON "nonconformity" (organisation_id, {_column}, record_id)'
        )
    )
for _name, _where in {
    "corrected": "contained_on IS NOT NULL",
    "uncorrected": "contained_on IS NULL",
    "impossible": "no_correction <> ''",
}.items():
    Nonconformity.add_index(
        SQL(
            f'CREATE INDEX "nonconformity_{_name}" ON "nonconformity" (organisation_id, record_id) '
            f"WHERE {_where}"
        )
    )
