"""The pages of late cases: the register, a case with its letter, and the import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, render_template, request
from peewee import fn
from werkzeug.wrappers import Response

from qms.areas.cases import rules, service, service_hooks, service_import, views_letter
from qms.areas.cases.forms import LateCaseForm, LetterForm
from qms.areas.cases.models import LateCase
from qms.areas.cases.service_import import COLUMNS, CasePlan, CaseValues
from qms.kernel import clock
from qms.kernel.errors import LISTED
from qms.kernel.files import Blob
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind, Record
from qms.kernel.text import _, ngettext, show_date
from qms.web import export, shell
from qms.web.importing import Check, Done, ImportPages
from qms.web.list_periods import period_filter
from qms.web.list_query import ChoiceFilter, Narrowing
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.pending import Instead
from qms.web.widgets import Choice, Fact, Move, MoveField, RecordView, Section, lines_of

# ---------------------------------------------------------------- the register


def _without_letter() -> Any:
    return LateCase.letter_on.is_null() & (Record.state != rules.S.VOIDED)


_LETTERS = {
    "none": (_("without a letter"), _without_letter),
    "owed": (
        _("without a letter, past the due date"),
        lambda day: _without_letter() & (LateCase.due_on < day),
    ),
    "early": (_("without a letter, not yet due"), lambda day: _without_letter() & (LateCase.due_on >= day)),
    "before": (_("letter sent by the due date"), lambda: _first_letter() <= LateCase.due_on),
    "after": (_("letter sent after the due date"), lambda: _first_letter() > LateCase.due_on),
}
_DATED = frozenset({"owed", "early"})  # what they hold depends on the day from which a letter is owed


def _first_letter() -> Any:
    return fn.COALESCE(LateCase.first_letter_on, LateCase.letter_on)


def _by_letter(value: str) -> Narrowing:
    if value not in _LETTERS:
        raise ValueError(value)
    days = (service_hooks.owed_from(clock.today()),) if value in _DATED else ()
    return Narrowing(f"letter {value}", _LETTERS[value][1], days)


LISTING = Listing(
    model=LateCase,
    title=_("Late cases"),
    new_label=_("Record a late case"),
    empty_text=_(
        "No late case yet. Record the first one here, or import the list that your one-stop system gives: each "
        "case with its code, procedure, intake and due date; no names."
    ),
    tone=lambda state: rules.TONES.get(state, "void"),
    extras=(
        Extra("case_code", _("case code"), LateCase.case_code),
        Extra("due_on", _("due date of the case"), LateCase.due_on, show_date),
        Extra("letter_on", _("letter sent on"), LateCase.letter_on, lambda v: show_date(v) if v else "–"),
        Extra("resolved_on", _("resolved on"), LateCase.resolved_on, lambda v: show_date(v) if v else "–"),
    ),
    filters=(
        period_filter("period", _("due in"), Record.happened_on, order="happened"),
        ChoiceFilter(
            "letter",
            _("letter"),
            options=lambda _actor: [(key, label) for key, (label, _condition) in _LETTERS.items()],
            condition=_by_letter,
        ),
        ChoiceFilter(
            "procedure",
            _("procedure"),
            Record.title,
            lambda actor: [(name, name) for name in service.procedures(actor.organisation_id)],
        ),
    ),
)


# ---------------------------------------------------------------- a case


def sections(actor: Actor, row: LateCase) -> list[Section]:
    """The case, and its letter."""
    return [_case(row), _letter(actor, row)]


def _case(row: LateCase) -> Section:
    facts = (
        Fact(_("case code"), row.case_code),
        Fact(_("code of the procedure"), row.procedure_code, empty_hint=_("not recorded")),
        Fact(_("taken in on"), show_date(row.taken_on)),
        Fact(_("due date of the case"), show_date(row.due_on)),
        Fact(_("new date"), show_date(row.promised_on) or None, empty_hint=_("none promised yet")),
        Fact(_("resolved on"), show_date(row.resolved_on) or None, empty_hint=_("not resolved yet")),
        Fact(_("why it is late"), row.cause, empty_hint=_("not recorded"), long=True, anchor="cause"),
    )
    return Section("facts", _("The case"), facts)


def _letter(actor: Actor, row: LateCase) -> Section:
    area, same = f"/{actor.slug}/cases", service.same_number(row)
    facts = (
        Fact(_("letter sent on"), show_date(row.letter_on) or None, empty_hint=_("no letter was sent")),
        Fact(
            _("how the letter was sent"), rules.THROUGH.get(row.letter_through), empty_hint=_("not recorded")
        ),
        Fact(_("number of the letter"), row.letter_number, empty_hint=_("not given yet")),
        *(Fact(_("the same number in that year"), code, f"{area}/{code}") for code in same),
        Fact(_("letters with another date"), str(row.extended)) if row.extended else None,
        Fact(_("first letter sent on"), show_date(row.first_letter_on)) if row.first_letter_on else None,
    )
    base, record = f"{area}/{row.record.code}", row.record
    links = []
    if actor.may(rules.PRINT) and record.state != rules.S.VOIDED:
        links.append(Choice(_("Print the letter"), f"{base}/letter/print"))
    may_write = actor.may(rules.LETTER, unit_id=record.unit_id, owner_id=record.owner_id)
    if may_write and record.state in (rules.S.APOLOGISED, rules.S.RESOLVED):
        links.append(Choice(_("Number and day of the letter"), f"{base}/letter"))
    note = _(
        "What is known of the regime asks for the letter before the due date ends, and for one extension as a rule "
        "(Thông tư 03/2025/TT-VPCP, not checked against its text)."
    )
    return Section(
        "letter", _("Apology letter"), [fact for fact in facts if fact is not None], links=links, note=note
    )


def tags(actor: Actor, row: LateCase) -> list[Any]:
    """What should be seen at once: a letter that is owed or was sent late, a missed new date, a second extension."""
    noted = rules.notes(service.facts(row, actor), row.extended)
    past = row.record.state == rules.S.LATE and row.due_on < service_hooks.owed_from(actor.today)
    return [_("past the due date, no letter yet"), *noted] if past else list(noted)


def letter_fields(_actor: Actor, row: LateCase) -> list[MoveField]:
    """The letter and the date that it promises; what is kept already stands there."""
    kept = row.promised_on.isoformat() if row.promised_on else ""
    sent = row.letter_on.isoformat() if row.letter_on else ""
    return [
        *_sent(sent, row.letter_through, row.letter_number),
        MoveField("promised_on", _("New date"), "date", value=kept),
    ]


def another_letter(_actor: Actor, _row: LateCase) -> list[MoveField]:
    """Another letter with a later date."""
    return [*_sent("", "", ""), MoveField("promised_on", _("New date"), "date", required=True)]


def _sent(sent_on: str, through: str, number: str) -> list[MoveField]:
    return [
        MoveField("letter_on", _("Letter sent on"), "date", required=True, value=sent_on),
        MoveField(
            "letter_through",
            _("How the letter was sent"),
            "select",
            required=True,
            options=[("", _("– choose –")), *rules.THROUGH.items()],
            value=through,
        ),
        MoveField("letter_number", _("Number of the letter"), "text", value=number),
    ]


def resolved_fields(actor: Actor, _row: LateCase) -> list[MoveField]:
    """The day on which it was resolved."""
    return [MoveField("resolved_on", _("Resolved on"), "date", required=True, value=actor.today.isoformat())]


def prefill(actor: Actor, _args: Any) -> dict[str, Any]:
    """A new case is its recorder's own, in the own unit."""
    return {"owner": actor.person_id, "unit": actor.unit_id}


def complete(_actor: Actor, row: LateCase, view: RecordView) -> None:
    """The case code beside ours, by which other systems find the case; and a word on files that name people.

    No letter is made of a case that was voided.
    """
    if row.record.state == rules.S.VOIDED:
        view.documents, view.papers = (), ""
    view.title = f"{view.title} · {row.case_code}"
    view.upload_hint = _(
        "A scan of the letter names the applicant, and everybody who may read the register can open it: cover the name "
        "and address, or leave the letter in the case itself. What was attached stays in the history."
    )


@dataclass
class CasePages(RecordPages):
    """The pages of late cases; the list, unless narrowed, tells where register and published figures do not agree."""

    def _index(self) -> str:
        actor = shell.actor()
        view = self.list_view(actor, self._url("/new") if actor.may(self.recording) else "")
        return render_template(
            self.list_template,
            view=view,
            import_url=self._url("/import") if actor.may(rules.IMPORT) else "",
            differences=[] if view.filtered and request.args else service_hooks.differences(actor)[:4],
        )

    def _moves(self, actor: Actor, row: Kind) -> list[Move]:
        """Of the two ways back only the one by which the case came is drawn."""
        assert isinstance(row, LateCase)
        other = "reopen" if row.letter_on else "reopen_sent"
        return [move for move in super()._moves(actor, row) if move.name != other]


PAGES = CasePages(
    area="cases",
    model=LateCase,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    record=rules.RECORD,
    form=LateCaseForm,
    create=service.record_case,
    edit=service.edit,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
    tags=tags,
    move_fields={"apologise": letter_fields, "extend": another_letter, "resolve": resolved_fields},
    prefill=prefill,
    extra=complete,
    documents=(rules.LETTER_KIND,),
    list_template="cases/list.html",
)


def _write_letter(actor: Actor, code: str, values: dict[str, Any], version: int | None) -> LateCase:
    """Keep the letter, and say which other cases bear its number: one letter may answer several."""
    row = service.write_letter(actor, code, values, version)
    if same := service.same_number(row):
        text = _(
            "The number %(number)s stands in the same year on the letter of %(codes)s as well: check it, unless one "
            "letter answers these cases together.",
            number=row.letter_number, codes=", ".join(same),
        )  # fmt: skip
        flash(str(text), "info")
    return row


@shell.needs(rules.LETTER)
def letter(code: str) -> Any:
    """The number and the day of a letter, which often come later than the letter."""
    return PAGES.edit_with(
        code,
        LetterForm,
        _write_letter,
        _("Letter of %(code)s", code=code),
        permission=rules.LETTER,
        editable=lambda row: row.record.state in (rules.S.APOLOGISED, rules.S.RESOLVED),
    )


# ---------------------------------------------------------------- importing


def _read(actor: Actor, data: bytes, name: str, blob: Blob | None) -> Any:
    from qms.importers import late_case

    return late_case.case_file(actor, data, name, blob.sha256 if blob else "")


def _check(actor: Actor, file: Any) -> Check:
    """What importing would do, row by row."""
    plans, problems = service_import.plan_cases(actor, file)
    changing = sum(plan.outcome != "unchanged" for plan in plans)
    return Check(
        [*map(file.obstacle, problems)],
        file.sheet.notes,
        told=service_import.what_is_told(plans),
        button=ngettext("Import %(n)s late case", "Import %(n)s late cases", changing) if changing else "",
        data={
            "problems": [(file.place(p), COLUMNS.get(p.column, ""), p.text) for p in problems[:LISTED]],
            "heads": [COLUMNS["case_code"], _("row"), *(COLUMNS[names[0]] for names in _SHOWN)],
            "rows": _rows(actor, plans[:_MOST]),
            "more": len(plans) - _MOST,
        },
    )


_MOST = 200  # rows of the file that the check lists
_SHOWN = (
    ("title", "procedure_code"), ("taken_on",), ("due_on",), ("cause",), ("unit",), ("promised_on",),
    ("letter_on", "letter_through", "letter_number"), ("resolved_on",),
)  # fmt: skip


def _rows(actor: Actor, plans: Sequence[CasePlan]) -> list[tuple[CasePlan, list[Any]]]:
    """Each row as it would be imported, and the words of what could not be understood."""
    units = {unit.id: unit.name for unit in Unit.select().where(Unit.organisation == actor.organisation_id)}

    def said(values: CaseValues, name: str) -> str:
        value = values.given.get(name)
        if not value:
            return values.unread.get(name, "")
        if isinstance(value, date):
            return show_date(value)
        words = {"unit": units, "letter_through": rules.THROUGH}.get(name, {})
        return str(words.get(value, value))

    def cells(one: CaseValues) -> list[Any]:
        return [
            said(one, "case_code") or "–",
            one.line,
            *(lines_of(*(said(one, name) for name in names)) or "–" for names in _SHOWN),
        ]

    return [(plan, cells(plan.values)) for plan in plans]


def _keep(actor: Actor, file: Any, told: str, _reason: str) -> Done:
    plans = service_import.keep_cases(actor, file, told)
    changed = sum(plan.outcome != "unchanged" for plan in plans)
    return Done(ngettext("%(n)s late case imported.", "%(n)s late cases imported.", changed))


SAMPLE = "/import/sample.xlsx"


@shell.needs(rules.IMPORT)
def sample() -> Response:
    """The file to begin with: the headings, an example, and the words that are taken."""
    from qms.importers import late_case_sample

    name = export.file_name(IMPORT.title, "xlsx")
    return export.download(name, export.XLSX, late_case_sample.workbook(shell.actor()))


IMPORT = ImportPages(
    area="cases",
    purpose="late-cases",
    permission=rules.IMPORT,
    title=_("Import a file of late cases"),
    intro=_(
        "Nothing is written yet: the next page shows every row and what the import would do. A file with a column of "
        "the applicants is refused: remove names, addresses and telephone numbers first."
    ),
    label=_("File with the late cases"),
    hint=_(
        ".xlsx, .ods or .csv with the columns case code, procedure, taken in on, due date; and, where known, cause, "
        "unit, new date, letter sent on, how it was sent, number of the letter, resolved on, reason; at most 10 MB."
    ),
    template="cases/preview.html",
    read=_read,
    check=_check,
    keep=_keep,
    nothing=_("The register says the same already: there is nothing to import."),
    sample=SAMPLE,
    instead=Instead("late-cases.xlsx", export.XLSX, lambda file: file.known_columns()),
)


def blueprint() -> Blueprint:
    """The routes below /<org>/cases."""
    made = Blueprint("cases", __name__, url_prefix="/<org>/cases")
    made.add_url_rule("/<code>/letter", "letter", letter, methods=("GET", "POST"))
    made.add_url_rule(SAMPLE, "import_sample", sample)
    views_letter.add_routes(made)
    return PAGES.register(IMPORT.register(made))
