"""The pages of documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint

from qms.areas.documents import rules, service
from qms.areas.documents.forms import DocumentEditForm, DocumentForm
from qms.areas.documents.models import Document, DocumentIssue
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _, show_date
from qms.web.list_query import ChoiceFilter
from qms.web.listing import Extra, Listing
from qms.web.names import person_name
from qms.web.pages import RecordPages
from qms.web.widgets import Column, Fact, Row, Section, Table


def _on_day(value: str) -> Any:
    return Record.id.in_(service.in_force(date.fromisoformat(value)))


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
    filters=(ChoiceFilter("day", _("in force on"), condition=_on_day, kind="date"),),
    order="code",
    hidden=frozenset({"due"}),
)


def sections(_actor: Actor, row: Document) -> list[Section]:
    """The present issue or draft, and every issue there was."""
    facts = (
        Fact(_("issue"), row.issue_number, empty_hint=_("not numbered yet"), anchor="issue"),
        Fact(_("written by"), person_name(row.author_id) or None, empty_hint=_("nobody yet")),
        Fact(_("approved by"), person_name(row.approver_id) or None, empty_hint=_("nobody yet")),
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
    people = [person_name(key) or "–" for key in (issue.author_id, issue.approver_id)]
    valid = f"{show_date(issue.valid_from)} – {show_date(issue.valid_to)}"
    return Row("", (issue.number, show_date(issue.issued_on), *people, valid))


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
    prefill=lambda actor, _args: {"author": actor.person_id, "owner": actor.person_id},
)


def blueprint() -> Blueprint:
    """The routes below /<org>/documents."""
    return PAGES.register(Blueprint("documents", __name__, url_prefix="/<org>/documents"))
