"""The pages of documents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from qms.areas.documents import rules, service
from qms.areas.documents.forms import DocumentEditForm, DocumentForm
from qms.areas.documents.models import Document, DocumentIssue
from qms.kernel.permissions import Actor
from qms.kernel.text import _, show_date
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.widgets import Column, Fact, Row, Section, Table

LISTING = Listing(
    model=Document,
    title=_("Documents"),
    new_label=_("Record a document"),
    empty_text=_("No document yet. Record the procedures and forms of the system with their code and issue."),
    tone=lambda state: rules.TONES.get(state, "void"),
    extras=(
        Extra("issue_number", _("issue"), Document.issue_number),
        Extra("valid_from", _("valid from"), Document.valid_from, show_date),
    ),
    order="code",
    hidden=frozenset({"due"}),
)


def sections(_actor: Actor, row: Document) -> list[Section]:
    """The present issue or draft, and every issue there was."""
    facts = (
        Fact(_("issue"), row.issue_number, empty_hint=_("not numbered yet"), anchor="issue"),
        Fact(_("written by"), _name(row.author) if row.author_id else None, empty_hint=_("nobody yet")),
        Fact(_("approved by"), _name(row.approver) if row.approver_id else None, empty_hint=_("nobody yet")),
        Fact(_("issued on"), show_date(row.issued_on) or None, empty_hint=_("not issued yet")),
        Fact(_("valid from"), show_date(row.valid_from) or None, empty_hint=_("no day yet")),
        Fact(_("valid to"), show_date(row.valid_to) or None, empty_hint=_("until further notice")),
    )
    made = [_issue_row(issue) for issue in service.issues(row.record_id)]
    return [
        Section("facts", _("The document"), facts),
        Section("issues", _("Issues"), table=Table(_COLUMNS, made, empty_text=_("Nothing was issued yet."))),
    ]


_COLUMNS = (
    Column("number", _("issue")),
    Column("issued_on", _("issued on"), kind="nowrap"),
    Column("author", _("written by")),
    Column("approver", _("approved by")),
    Column("valid", _("valid"), kind="nowrap"),
)


def _issue_row(issue: DocumentIssue) -> Row:
    people: list[Any] = [_name(issue.author) if issue.author_id else "–"]
    people.append(_name(issue.approver) if issue.approver_id else "–")
    valid = f"{show_date(issue.valid_from)} – {show_date(issue.valid_to)}"
    return Row("", (issue.number, show_date(issue.issued_on), *people, valid))


def _name(person: Any) -> str:
    return str(person.name)


PAGES = RecordPages(
    area="documents",
    model=Document,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    form=DocumentForm,
    edit_form=DocumentEditForm,
    create=service.add_document,
    edit=service.edit_document,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
)


def blueprint() -> Blueprint:
    """The routes below /<org>/documents."""
    return PAGES.register(Blueprint("documents", __name__, url_prefix="/<org>/documents"))
