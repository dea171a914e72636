"""The pages of the procedures in the scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint

from qms.areas.scope import rules, service
from qms.areas.scope.forms import ProcedureEditForm, ProcedureForm
from qms.areas.scope.models import Procedure, ScopePeriod
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _, show_date
from qms.web.list_query import ChoiceFilter
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.widgets import Column, Fact, MoveField, Row, Section, Table


def _on_day(value: str) -> Any:
    day = date.fromisoformat(value)
    then = ScopePeriod.select(ScopePeriod.record).where(
        ScopePeriod.valid_from <= day, ScopePeriod.valid_to.is_null() | (ScopePeriod.valid_to >= day)
    )
    return Record.id.in_(then)


LISTING = Listing(
    model=Procedure,
    title=_("Administrative procedures in the scope"),
    new_label=_("Record a procedure"),
    empty_text=_("No procedure yet. Record the administrative procedures that the system covers."),
    tone=lambda state: rules.TONES.get(state, "void"),
    extras=(
        Extra("field", _("field of work"), Procedure.field),
        Extra("valid_from", _("in the scope from"), Procedure.valid_from, show_date),
        Extra("valid_to", _("in the scope to"), Procedure.valid_to, show_date),
    ),
    filters=(ChoiceFilter("day", _("in the scope on"), condition=_on_day, kind="date"),),
    order="code",
    hidden=frozenset({"due"}),
)


def sections(_actor: Actor, row: Procedure) -> list[Section]:
    """What it is, and when it was in the scope."""
    facts = (
        Fact(_("field of work"), row.field, empty_hint=_("not named")),
        Fact(_("in the scope from"), show_date(row.valid_from)),
        Fact(_("in the scope to"), show_date(row.valid_to) or None, empty_hint=_("until further notice")),
    )
    columns = (Column("from", _("in the scope from")), Column("to", _("in the scope to")))
    times = [
        Row("", (show_date(p.valid_from), show_date(p.valid_to) or str(_("until further notice"))))
        for p in service.periods(row.record_id)
    ]
    return [
        Section("facts", _("The procedure"), facts),
        Section("times", _("When it was in the scope"), table=Table(columns, times)),
    ]


def _as_of(label: Any) -> Any:
    return lambda actor, _row: [MoveField("day", label, kind="date", value=actor.today.isoformat())]


PAGES = RecordPages(
    area="scope",
    model=Procedure,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    form=ProcedureForm,
    edit_form=ProcedureEditForm,
    create=service.add_procedure,
    edit=service.edit_procedure,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
    editable=lambda row: row.record.state == rules.S.IN_SCOPE,
    move_fields={
        "remove": _as_of(_("Last day in the scope")),
        "restore": _as_of(_("First day in the scope")),
    },
)


def blueprint() -> Blueprint:
    """The routes below /<org>/scope."""
    return PAGES.register(Blueprint("scope", __name__, url_prefix="/<org>/scope"))
