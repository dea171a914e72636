"""The tables of statements: the record of a period, its revisions, and the rows of each."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from qms.areas.statements.figures import COUNT_KEYS, Figures
from qms.areas.statements.rules_record import STATEMENT
from qms.kernel.numbers import About
from qms.kernel.people import Person
from qms.kernel.records import Kind, Record, belongs, of_record
from qms.kernel.text import _
from qms.kernel.trail import Traced

MAX_FIELD = 300  # characters of the name of a field (lĩnh vực)


class Statement(Kind):
    """The published figures of one period; its code is the period's. `revision` is the one in force."""

    revision = IntegerField(default=0)
    source = TextField(default="")

    kind = "statement"
    area = "statements"
    label = _("statement of figures")
    machine = STATEMENT
    searched = ("source",)
    labels = {"revision": _("revision"), "source": _("published in")}

    class Meta:
        table_name = "statement"
        constraints = belongs("statement")


class StatementRevision(Traced):
    """One version of a statement's figures, as a file gave them; never changed afterwards."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    number = IntegerField()
    file_name = CharField(max_length=200)
    sha256 = CharField(max_length=64)  # of the file's bytes
    source = TextField(default="")
    total_computed = BooleanField(default=False)
    accepted_reason = TextField(default="")
    verdicts = TextField(default="[]")  # JSON of rules_record.kept_verdicts
    imported_at = DateTimeField()
    imported_by = ForeignKeyField(Person, null=True, backref="+")

    labels = {
        "number": _("revision"),
        "file_name": _("file"),
        "accepted_reason": _("warnings accepted because"),
    }

    class Meta:
        table_name = "statement_revision"
        indexes = ((("record", "number"), True), (("id", "organisation_id"), True))
        constraints = of_record()

    def what(self) -> str:
        return str(self.file_name)


class StatementRow(Traced):
    """The figures of one field, or the total (field NULL); NULL means not published, which is never 0."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    revision = ForeignKeyField(StatementRevision, backref="+", index=False)
    position = IntegerField()  # order in the file
    field = CharField(max_length=MAX_FIELD, null=True)
    received_total = BigIntegerField(null=True)
    received_online = BigIntegerField(null=True)
    received_direct_post = BigIntegerField(null=True)
    carried_in = BigIntegerField(null=True)
    resolved_total = BigIntegerField(null=True)
    resolved_early = BigIntegerField(null=True)
    resolved_on_time = BigIntegerField(null=True)
    resolved_overdue = BigIntegerField(null=True)
    in_process_total = BigIntegerField(null=True)
    in_process_within = BigIntegerField(null=True)
    in_process_overdue = BigIntegerField(null=True)
    stopped = BigIntegerField(null=True)
    digit_intake = BigIntegerField(null=True)
    digit_intake_den = BigIntegerField(null=True)
    digit_result = BigIntegerField(null=True)
    digit_result_den = BigIntegerField(null=True)
    digit_both = BigIntegerField(null=True)
    digit_both_den = BigIntegerField(null=True)
    shares = TextField(default="")  # JSON: key -> text of the share as printed, in percent
    approximate = TextField(default="")  # JSON: key -> in what way

    class Meta:
        table_name = "statement_row"
        indexes = ((("revision", "position"), True),)
        constraints = [
            *of_record(),
            SQL(
                "FOREIGN KEY (revision_id, organisation_id)"
                " REFERENCES statement_revision (id, organisation_id)"
            ),
        ]

    def what(self) -> str:
        return str(self.field or "")

    @staticmethod
    def values_of(figures: Figures) -> dict[str, Any]:
        """Column -> value for the figures of one row."""
        shares = {key: str(share) for key, share in figures.shares.items()}
        about = {key: str(way) for key, way in figures.approximate.items()}
        return {key: figures.counts.get(key) for key in COUNT_KEYS} | {
            "shares": json.dumps(shares, sort_keys=True) if shares else "",
            "approximate": json.dumps(about, sort_keys=True) if about else "",
        }

    def figures(self) -> Figures:
        """The figures that the row keeps."""
        data = self.__data__
        return Figures(
            {key: data[key] for key in COUNT_KEYS if data[key] is not None},
            {key: Decimal(share) for key, share in json.loads(self.shares or "{}").items()},
            {key: About(way) for key, way in json.loads(self.approximate or "{}").items()},
        )
