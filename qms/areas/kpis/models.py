"""The tables of indicators: the record, the versions of its definition, measurements and targets."""

from __future__ import annotations

from decimal import Decimal
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

from qms.areas.kpis.rules import DIRECTIONS, PERCENT, SOURCES, with_unit
from qms.areas.kpis.rules_record import KPI
from qms.kernel.files import Attachment
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.records import Kind, Record, belongs, of_record
from qms.kernel.text import Message, _
from qms.kernel.trail import Traced


class ExactDecimal(CharField):
    """A decimal kept as its digits: SQLite would turn a DECIMAL column into a float."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def db_value(self, value: Any) -> str | None:
        """The digits, without trailing zeros lost: 99.40 stays 99.40."""
        return None if value is None else format(Decimal(value), "f")

    def python_value(self, value: Any) -> Decimal | None:
        """The decimal that the digits say."""
        return None if value is None else Decimal(value)


class Kpi(Kind):
    """An indicator; its code is the id by which files and formulas name it."""

    builtin = BooleanField(default=False)
    version = IntegerField(default=1, column_name="definition_version")  # of the newest definition

    kind = "kpi"
    area = "kpis"
    label = _("indicator")
    machine = KPI
    labels = {"builtin": _("built in"), "version": _("version of the definition")}

    class Meta:
        table_name = "kpi"
        constraints = belongs("kpi")


class KpiDefinition(Traced):
    """One version of what an indicator means; a new one applies from its day and changes no older figure."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    version = IntegerField()
    name = CharField(max_length=300)
    numerator = TextField(default="")
    denominator = TextField(default="")
    numerator_keys = TextField(default="")  # keys of a statement, separated by spaces
    denominator_keys = TextField(default="")
    direction = CharField(max_length=4)
    unit = CharField(max_length=30)
    period_length = CharField(max_length=10, default="")  # year, half, quarter, month; empty: any
    source = TextField(default="")
    valid_from = DateField(null=True)  # None: from the beginning
    reason = TextField(default="")
    made_at = DateTimeField()
    made_by = ForeignKeyField(Person, null=True, backref="+")

    labels = {
        "version": _("version"), "name": _("name"), "numerator": _("numerator"),
        "denominator": _("denominator"), "direction": _("direction"), "unit": _("unit of measurement"),
        "period_length": _("length of its periods"), "source": _("source of the figures"),
        "valid_from": _("valid from"), "reason": _("reason"),
    }  # fmt: skip
    choices = {"direction": DIRECTIONS}

    class Meta:
        table_name = "kpi_definition"
        indexes = ((("record", "version"), True),)
        constraints = of_record()

    def what(self) -> Message:
        return _("definition, version %(n)s", n=self.version)


class Measurement(Traced):
    """A measurement that no statement gives: from a file or a form. A later one supersedes it.

    `field` and `unit` say of which part it is; the whole has neither. Rates are never kept.
    """

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    period = CharField(max_length=10)
    field = CharField(max_length=300, default="")
    unit = ForeignKeyField(Unit, null=True, backref="+", index=False)
    numerator: Any = ExactDecimal(null=True)
    denominator: Any = ExactDecimal(null=True)
    stated: Any = ExactDecimal(null=True)  # in the indicator's unit, as printed
    approximate = CharField(max_length=60, default="")  # which of the two are only approximate
    definition = IntegerField()  # version of the definition it was measured by
    source_kind = CharField(max_length=10)
    source = TextField(default="")
    attachment = ForeignKeyField(Attachment, null=True, backref="+", index=False)
    number = IntegerField(default=1)  # revision
    current = BooleanField(default=True)
    entered_at = DateTimeField()
    entered_by = ForeignKeyField(Person, null=True, backref="+")

    labels = {
        "period": _("period"), "field": _("field of work"), "unit": _("unit"), "numerator": _("numerator"),
        "denominator": _("denominator"), "stated": _("published rate"), "source": _("source of the figures"),
        "current": _("in force"), "source_kind": _("how it was entered"),
    }  # fmt: skip
    choices = {"source_kind": SOURCES}

    class Meta:
        table_name = "kpi_measurement"
        indexes = ((("record", "period"), False),)
        constraints = [
            *of_record(),
            SQL("FOREIGN KEY (unit_id, organisation_id) REFERENCES unit (id, organisation_id)"),
            SQL("FOREIGN KEY (attachment_id, organisation_id) REFERENCES attachment (id, organisation_id)"),
        ]

    def what(self) -> str:
        return str(self.period)


class Target(Traced):
    """What an indicator is to reach in a period; another one for the same period supersedes it."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    period = CharField(max_length=10)
    value: Any = ExactDecimal()
    set_by = CharField(max_length=200)
    dated = DateField(null=True)
    note = TextField(default="")
    illustrative = BooleanField(default=False)
    current = BooleanField(default=True)
    entered_at = DateTimeField()
    entered_by = ForeignKeyField(Person, null=True, backref="+")

    labels = {
        "period": _("period"), "value": _("target"), "set_by": _("set by"), "dated": _("dated"),
        "note": _("note"), "illustrative": _("illustrative data"), "current": _("in force"),
    }  # fmt: skip
    verbs = {
        "add": _("set the target %(what)s"),
        "supersede": _("replaced the target %(what)s"),
        "withdraw": _("took back the target %(what)s"),
    }

    class Meta:
        table_name = "kpi_target"
        indexes = ((("record", "period"), False),)
        constraints = of_record()

    def what(self) -> str:
        """The period and the target as it was set: `2024: 60%`."""
        unit = (
            KpiDefinition.select(KpiDefinition.unit)
            .where(KpiDefinition.record == self.record_id)
            .order_by(KpiDefinition.version.desc())
            .scalar()
        )
        return f"{self.period}: {with_unit(format(Decimal(self.value), 'f'), unit or PERCENT)}"
