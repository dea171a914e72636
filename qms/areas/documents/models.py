"""The table of documents and the issues that were made of each."""

from __future__ import annotations

from peewee import CharField, DateField, ForeignKeyField, IntegerField

from qms.areas.documents.rules import DOCUMENT
from qms.kernel.people import Person
from qms.kernel.records import Kind, Record, belongs, of_record
from qms.kernel.text import _
from qms.kernel.trail import Traced


class Document(Kind):
    """A document of the system under its own code, as it is now: the last issue, or the draft of the next."""

    issue_number = CharField(max_length=10, default="")
    issued_on = DateField(null=True)
    author = ForeignKeyField(Person, null=True, backref="+")
    approver = ForeignKeyField(Person, null=True, backref="+")
    valid_from = DateField(null=True)
    valid_to = DateField(null=True)

    kind = "document"
    area = "documents"
    label = _("document")
    machine = DOCUMENT
    labels = {
        "issue_number": _("issue"), "issued_on": _("issued on"), "author": _("written by"),
        "approver": _("approved by"), "valid_from": _("valid from"), "valid_to": _("valid to"),
    }  # fmt: skip

    class Meta:
        table_name = "document"
        constraints = belongs("document")


class DocumentIssue(Traced):
    """One issue of a document: who wrote and approved it, and from when to when it was valid."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    number = CharField(max_length=10)
    issued_on = DateField()
    author = ForeignKeyField(Person, null=True, backref="+")
    approver = ForeignKeyField(Person, null=True, backref="+")
    valid_from = DateField()
    valid_to = DateField(null=True)

    verbs = {"add": _("issued it: issue %(what)s"), "edit": _("ended issue %(what)s")}
    labels = {"number": _("issue"), "issued_on": _("issued on"), "valid_to": _("valid to")}

    class Meta:
        table_name = "document_issue"
        indexes = ((("record", "number"), True),)
        constraints = of_record()

    def what(self) -> str:
        return str(self.number)
