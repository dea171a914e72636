"""The pages of statements: the register, the import with its preview, and a statement with its revisions."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template
from peewee import SQL

from qms.areas.statements import rules_record as rules
from qms.areas.statements import service, service_kept, views_figures
from qms.areas.statements.models import Statement, StatementRevision, StatementRow
from qms.areas.statements.service import IncomingFile, Preview
from qms.kernel import clock
from qms.kernel.calendar import Period
from qms.kernel.files import Blob
from qms.kernel.numbers import about_label
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, ngettext, show_number, show_time
from qms.web import shell
from qms.web.forms import Form
from qms.web.importing import Check, Done, ImportPages
from qms.web.listing import Extra, Listing
from qms.web.names import person_name
from qms.web.pages import RecordPages
from qms.web.widgets import Choice, Column, Fact, RecordView, Row, Section, Table

TONES: dict[str, str] = {rules.S.CURRENT: "done", rules.S.WITHDRAWN: "void"}


# ---------------------------------------------------------------- the register


def _figure(key: str) -> Any:
    """The count of the revision in force with what is approximate of it, as one text: `1700|{…}`."""
    return (
        StatementRow.select(SQL(f"CAST({key} AS text) || '|' || approximate"))
        .join(StatementRevision, on=(StatementRow.revision == StatementRevision.id))
        .where(
            StatementRevision.record == Record.id,
            StatementRevision.number == Statement.revision,
            StatementRow.field.is_null(),
        )
    )


def _shown(key: str) -> Any:
    def show(value: str | None) -> Message | str:
        if value is None:
            return "–"
        count, _bar, approximate = value.partition("|")
        if f'"{key}"' in approximate:
            return about_label(json.loads(approximate)[key], int(count))
        return show_number(int(count))

    return show


LISTING = Listing(
    model=Statement,
    title=_("Statements of figures"),
    new_label=_("Import a file of figures"),
    empty_text=_(
        "No statement yet. Import the figures of the last period: everything else is computed from them."
    ),
    tone=lambda state: TONES.get(state, "void"),
    extras=(
        Extra("period", _("period"), Record.code, lambda code: str(Period.parse(code).label())),
        Extra("received", _("received"), _figure("received_total"), _shown("received_total")),
        Extra("resolved", _("resolved"), _figure("resolved_total"), _shown("resolved_total")),
        Extra("overdue", _("resolved overdue"), _figure("resolved_overdue"), _shown("resolved_overdue")),
        Extra("revision", _("revision"), Statement.revision),
        Extra("source", _("published in"), Statement.source),
    ),
    order="-code",
    hidden=frozenset({"title", "owner", "due", "unit"}),
)


# ---------------------------------------------------------------- a statement


def sections(actor: Actor, row: Statement) -> list[Section]:
    """Its figures, the verdicts on them, what was accepted, and its revisions."""
    period = Period.parse(row.record.code)
    revisions = service_kept.revisions(row)
    newest = revisions[0]
    statement = service_kept.figures_of(newest, period)
    found = [_figures_section(newest, statement.total)]
    if statement.fields:
        found.append(views_figures.by_field(statement, service_kept.verdicts_of(newest)))
    found.append(_verdicts_section(actor, newest))
    found.append(_revisions_section(actor, row, revisions))
    if len(revisions) > 1:
        before = service_kept.figures_of(revisions[1], period)
        found.append(_difference_section(revisions[1], newest, before, statement))
    return found


def _figures_section(revision: StatementRevision, total: Any) -> Section:
    note = (
        _("The total is the sum of the fields: the file has no total row.") if revision.total_computed else ""
    )
    facts = (
        Fact(_("published in"), revision.source, empty_hint=_("the file names no publication"), long=True),
    )
    return Section("figures", _("Figures"), facts, table=views_figures.total_table(total), note=note)


def _verdicts_section(actor: Actor, revision: StatementRevision) -> Section:
    verdicts = service_kept.verdicts_of(revision)
    warned = any(v.outcome == "fails" for v in verdicts)
    facts = (
        (
            Fact(
                _("warnings accepted because"),
                revision.accepted_reason,
                empty_hint=_("no reason kept"),
                long=True,
            ),
            Fact(_("accepted by"), _importer(revision)),
        )
        if warned
        else ()
    )
    marks = views_figures.in_order(verdicts)
    holding = [one for one in marks if one.outcome == "holds"]
    others = [one for one in marks if one.outcome != "holds"]
    return Section(
        "verdicts",
        _("Checks of the figures"),
        facts,
        table=views_figures.verdict_table(others) if others or not holding else None,
        note="" if others else _("No error and no warning."),
        body=views_figures.folded(holding),
    )


def _importer(revision: StatementRevision) -> str:
    return person_name(revision.imported_by_id) or str(_("the system"))


def _revisions_section(actor: Actor, row: Statement, revisions: list[StatementRevision]) -> Section:
    base = f"/{actor.slug}/statements/{row.record.code}/revisions"
    columns = [
        Column("number", _("revision")),
        Column("when", _("imported at"), kind="nowrap"),
        Column("who", _("by")),
        Column("file", _("file"), kind="wide"),
        Column("sha256", "sha256"),
    ]
    rows = [
        Row(
            f"{base}/{one.number}",
            [
                str(one.number),
                show_time(clock.local(one.imported_at)),
                _importer(one),
                one.file_name,
                f"{one.sha256[:12]}…",
            ],
        )
        for one in revisions
    ]
    return Section("revisions", _("Revisions"), table=Table(columns, rows))


def _difference_section(old: StatementRevision, new: StatementRevision, before: Any, after: Any) -> Section:
    return Section(
        "differences",
        _("What revision %(n)s changed", n=new.number),
        table=views_figures.difference_table(
            rules.differences(before, after),
            str(_("revision %(n)s", n=old.number)),
            str(_("revision %(n)s", n=new.number)),
        ),
    )


def complete(actor: Actor, row: Statement, view: RecordView) -> None:
    """The title in the reader's language."""
    view.title = _("Case figures, %(period)s", period=Period.parse(row.record.code).label())


class StatementPages(RecordPages):
    """The pages of statements, whose new ones come from a file."""

    def _index(self) -> str:
        actor = shell.actor()
        new_url = self._url("/import") if actor.may(rules.IMPORT) else ""
        view = self.list_view(actor, new_url)
        return render_template("layouts/list.html", view=view)


PAGES = StatementPages(
    area="statements",
    model=Statement,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.IMPORT,
    form=Form,
    create=None,
    edit=None,
    fire=service.fire,
    facts=lambda _row, _actor: None,
    sections=sections,
    extra=complete,
)


# ---------------------------------------------------------------- importing


def _read(_actor: Actor, data: bytes, name: str, blob: Blob | None) -> IncomingFile:
    from qms.importers import taking

    return taking.statement_file(data, name, blob)


def _check(actor: Actor, file: IncomingFile) -> Check:
    """What importing would do: the tables in the layout of the file, marked, and the verdicts."""
    seen = service.preview(actor, file)
    tables = [
        (plan, views_figures.layout(plan), views_figures.sorted_out(plan.verdicts)) for plan in seen.plans
    ]
    return Check(
        seen.hard_obstacles(),
        seen.file.notes,
        told=seen.told,
        button=_button(seen) if seen.changes else "",
        data={"seen": seen, "tables": tables, "limit": service.MAX_REASON},
    )


def _button(seen: Preview) -> str:
    """What the button will do: `Import 2 periods, 0 errors, 3 warnings with a reason`."""
    periods, warnings = len(seen.changes), len(seen.warnings)
    first = ngettext("Import %(n)s period, 0 errors", "Import %(n)s periods, 0 errors", periods)
    if not warnings:
        return first
    second = ngettext("%(n)s warning with a reason", "%(n)s warnings with a reason", warnings)
    return f"{first}, {second}"


def _keep(actor: Actor, file: IncomingFile, told: str, reason: str) -> Done:
    seen = service.import_statements(actor, file, reason, told=told)
    if not seen.changes:
        return Done(_("Nothing was imported: the same figures are there already."), warning=True)
    periods = ", ".join(str(plan.period.label()) for plan in seen.changes)
    only = f"/{seen.changes[0].period.code}" if len(seen.changes) == 1 else ""
    return Done(_("Imported: %(periods)s.", periods=periods), only)


IMPORTING = ImportPages(
    area="statements",
    purpose="statement",
    permission=rules.IMPORT,
    title=_("Import a file of figures"),
    intro=_(
        "Nothing is written yet: the next page shows the figures, every check of them, "
        "and what the import would do."
    ),
    label=_("File with the figures"),
    hint=_(
        ".xlsx, .ods or .csv in the layout of Biểu số 06/VPCP/KSTT, or with the keys period, received_total, "
        "resolved_total… as headings; at most 10 MB."
    ),
    template="statements/preview.html",
    read=_read,
    check=_check,
    keep=_keep,
)


def revision_page(code: str, number: int) -> str:
    """The figures of one revision, and what the next one changed."""
    actor = shell.actor()
    row = Statement.by_code(actor.organisation_id, code)
    revision = service_kept.revision_of(row, number)
    period = Period.parse(code)
    figures = service_kept.figures_of(revision, period)
    parts = [_figures_section(revision, figures.total)]
    if figures.fields:
        parts.append(views_figures.by_field(figures, service_kept.verdicts_of(revision)))
    parts.append(_verdicts_section(actor, revision))
    if number < row.revision:
        following = service_kept.revision_of(row, number + 1)
        parts.append(
            _difference_section(revision, following, figures, service_kept.figures_of(following, period))
        )
    return render_template(
        "statements/revision.html",
        title=_("%(period)s, revision %(n)s", period=period.label(), n=number),
        current=number == row.revision,
        back=Choice(_("Case figures, %(period)s", period=period.label()), f"/{actor.slug}/statements/{code}"),
        facts=[
            Fact(_("imported at"), show_time(clock.local(revision.imported_at))),
            Fact(_("by"), _importer(revision)),
            Fact(_("file"), revision.file_name),
            Fact("sha256", revision.sha256, long=True),
        ],
        sections=parts,
    )


def blueprint() -> Blueprint:
    """The routes below /<org>/statements."""
    made = Blueprint("statements", __name__, url_prefix="/<org>/statements")
    made.add_url_rule("/<code>/revisions/<int:number>", "revision", shell.needs(rules.VIEW)(revision_page))
    return PAGES.register(IMPORTING.register(made))
