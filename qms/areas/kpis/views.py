"""The pages of indicators: the list with the newest figures, an indicator, and its forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request

from qms.areas.kpis import rules_record, service, service_measure, service_write, views_figures
from qms.areas.kpis.forms import DefinitionForm, MeasurementForm, NewVersionForm, TargetForm, number_of
from qms.areas.kpis.models import Kpi, KpiDefinition
from qms.areas.kpis.service import Book
from qms.areas.kpis.service_definitions import definitions_of
from qms.areas.kpis.service_measure import MeasurementValues
from qms.kernel import files
from qms.kernel.calendar import Period
from qms.kernel.errors import BadInput
from qms.kernel.files import Blob
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, ngettext
from qms.web import shell
from qms.web.forms import Form, fill_choices, opened_version
from qms.web.importing import Check, Done, ImportPages
from qms.web.listing import Listing
from qms.web.pages import RecordPages
from qms.web.widgets import Column, FormView, ListView, RecordView, Section

TONES: dict[str, str] = {rules_record.S.ACTIVE: "done", rules_record.S.RETIRED: "void"}


# ---------------------------------------------------------------- the list


class KpiListing(Listing):
    """The list of indicators, each with its newest figure."""

    def view(self, actor: Actor, args: Any, url: str, *, new_url: str = "") -> ListView:
        """The list page, with the columns of figures after the id."""
        return _with_figures(actor, super().view(actor, args, url, new_url=new_url))

    def paper(self, actor: Actor, args: Any, url: str) -> ListView:
        """The same for paper."""
        return _with_figures(actor, super().paper(actor, args, url))

    def table(self, actor: Actor, args: Any) -> tuple[list[str], list[list[Any]]]:
        """The same rows for a file."""
        heads, rows = super().table(actor, args)
        book = service.book(actor)
        labels = [str(label) for _key, label, _numeric, _kind in _FIGURES]
        return [heads[0], *labels, *heads[1:]], [
            [row[0], *map(str, _cells(book, row[0])), *row[1:]] for row in rows
        ]


_FIGURES: tuple[tuple[str, Message, bool, str], ...] = (
    ("name", _("name"), False, "wide"),
    ("rate", _("newest figure"), True, ""),
    ("fraction", _("numerator / denominator"), True, ""),
    ("stated", _("published"), True, ""),
    ("period", _("period"), False, "nowrap"),
    ("status", _("target"), False, "state"),
)


def _with_figures(actor: Actor, view: ListView) -> ListView:
    """The list with the columns of figures after the id."""
    book = service.book(actor)
    heads = [Column(key, label, numeric=numeric, kind=kind) for key, label, numeric, kind in _FIGURES]
    view.columns = [view.columns[0], *heads]
    for row in view.rows:
        code, state = row.cells  # the state is told where it says something: of those no longer followed
        figures = _cells(book, row.value)
        followed = book.entry(row.value).active
        row.cells[:] = [code, *figures] if followed else [code, *figures[:-1], state]  # type: ignore[index]
    return view


def _cells(book: Book, code: str) -> list[Any]:
    """The cells of one indicator, in the order of _FIGURES."""
    name, latest = book.entry(code).name, book.latest(code)
    if latest is None:
        return [name, "–", "", "", _("not measured yet"), ""]
    stated = latest.shown_stated if latest.differs or latest.rate is None else ""
    standing = views_figures.badge(book.standing_for(latest))
    return [name, latest.shown, latest.fraction, stated, latest.period.label(), standing or ""]


LISTING = KpiListing(
    model=Kpi,
    title=_("Indicators"),
    new_label=_("Define an indicator"),
    empty_text=_(
        "No indicator yet. Import a statement: the built-in indicators come with it; or define your own."
    ),
    tone=lambda state: TONES.get(state, "void"),
    order="code",
    hidden=frozenset({"title", "owner", "due", "unit"}),
)


# ---------------------------------------------------------------- an indicator


def sections(actor: Actor, row: Kpi) -> list[Section]:
    """The figure of `?period=`, else the newest; trend, fields, targets, measurements, definition."""
    book = service.book(actor)
    return views_figures.sections(actor, book, book.entry(row.record.code), _asked())


def _asked() -> Period | None:
    """The period in the address; raises BadInput for what is no period."""
    code = request.args.get("period", "").strip()
    try:
        return Period.parse(code) if code else None
    except ValueError as error:
        raise BadInput(error.args[0]) from error


def complete(actor: Actor, row: Kpi, view: RecordView) -> None:
    """The name in the reader's language; a built-in definition is not edited."""
    definitions = definitions_of(row)
    view.title = definitions[-1].name if isinstance(definitions[-1].name, str) else str(definitions[-1].name)
    if row.builtin:
        view.edit_url = ""
        view.tags = [_("built in")]


class KpiPages(RecordPages):
    """The pages of indicators; changing one makes a new version of its definition."""

    def _index(self) -> str:
        actor = shell.actor()
        view = self.list_view(actor, self._url("/new") if actor.may(rules_record.DEFINE) else "")
        may = actor.may(rules_record.MEASURE)
        return render_template("kpis/list.html", view=view, import_url=self._url("/import") if may else "")

    def _edit(self, code: str) -> Any:
        actor = shell.actor()
        row = Kpi.by_code(actor.organisation_id, code)
        g.record_url = self._url(f"/{code}")
        newest = KpiDefinition.get(
            KpiDefinition.record == row.record_id, KpiDefinition.version == row.version
        )
        if request.method == "GET":
            service_write.require_own(row)
        form = fill_choices(NewVersionForm(data=views_figures.definition_values(newest)))
        if form.carries_out(lambda: service_write.redefine(actor, code, form.values(), opened_version())):
            flash(str(_("%(code)s is saved.", code=code)), "success")
            return redirect(g.record_url, 303)
        title = _("New version of the definition of %(code)s", code=code)
        return self._form_page(form, title, g.record_url, row.record)


PAGES = KpiPages(
    area="kpis",
    model=Kpi,
    listing=LISTING,
    view=rules_record.VIEW,
    change=rules_record.DEFINE,
    form=DefinitionForm,
    create=service_write.define,
    edit=service_write.redefine,
    fire=service_write.fire,
    facts=lambda _row, _actor: None,
    sections=sections,
    extra=complete,
    editable=lambda row: (
        row.record.state == rules_record.S.ACTIVE
    ),  # ended from its start: it is nobody's work
)


# ---------------------------------------------------------------- forms of its own


def _form_page(form: Form, title: Message, submit: Message, code: str) -> tuple[str, int]:
    view = FormView(title=title, form=form, submit_label=submit, cancel_url=_url(f"/{code}"), code=code)
    return render_template("layouts/form.html", view=view), form.status


def _url(rest: str = "") -> str:
    return f"/{g.organisation.slug}/kpis{rest}"


def new_measurement(code: str) -> Any:
    """Enter one measurement, with the file it comes from."""
    actor = shell.actor()
    actor.require(rules_record.MEASURE)
    row = Kpi.by_code(actor.organisation_id, code)
    g.record_url = _url(f"/{code}")
    form = MeasurementForm()
    fill_choices(form)

    def keep() -> MeasurementValues:
        sent = form.file.data
        blob = files.store(sent.stream, sent.filename) if sent and sent.filename else None
        values = form.values()
        one = MeasurementValues(
            code, values["period"], number_of(values["numerator"]), number_of(values["denominator"]),
            number_of(values["stated"]), (), values["field"] or "", values["unit"], values["source"],
        )  # fmt: skip
        service_measure.keep_measurements(actor, [one], "form", blob=blob)
        return one

    if not form.carries_out(keep):
        return _form_page(form, _("Enter a measurement"), _("Keep the measurement"), row.record.code)
    one = form.made
    flash(
        str(_("The measurement of %(period)s is kept.", period=Period.parse(one.period).label())), "success"
    )
    return redirect(f"{g.record_url}#measurements", 303)


def new_target(code: str) -> Any:
    """Set the target of a period."""
    actor = shell.actor()
    actor.require(rules_record.TARGET)
    row = Kpi.by_code(actor.organisation_id, code)
    g.record_url = _url(f"/{code}")
    form = TargetForm()

    def keep() -> None:
        values = form.values()
        value = number_of(values["value"])
        assert value is not None
        service_write.set_target(
            actor, code, period=values["period"], value=value, set_by=values["set_by"], dated=values["dated"],
            note=values["note"], reason=values["reason"],
        )  # fmt: skip

    if not form.carries_out(keep):
        return _form_page(form, _("Set a target"), _("Set the target"), row.record.code)
    flash(str(_("The target is set.")), "success")
    return redirect(f"{g.record_url}#targets", 303)


# ---------------------------------------------------------------- importing measurements


def _read(actor: Actor, data: bytes, name: str, blob: Blob | None) -> Any:
    from qms.importers import measurement

    return measurement.measurement_file(actor, data, name, blob)


def _check(actor: Actor, file: Any) -> Check:
    """What importing would do, row by row; where a row is wrong the whole file is looked at first."""
    from qms.importers import measurement

    plans, obstacles = measurement.plan(actor, file)
    changing = sum(plan.outcome != "unchanged" for plan in plans)
    return Check(
        obstacles,
        file.notes,
        told=service_measure.what_is_told(plans),
        button=_button(changing),
        data={"plans": plans},
    )


def _button(changing: int) -> str:
    return ngettext("Import %(n)s measurement", "Import %(n)s measurements", changing) if changing else ""


def _keep(actor: Actor, file: Any, told: str, _reason: str) -> Done:
    from qms.importers import measurement

    plans = measurement.keep(actor, file, told)
    changed = sum(plan.outcome != "unchanged" for plan in plans)
    return Done(ngettext("%(n)s measurement imported.", "%(n)s measurements imported.", changed))


IMPORT = ImportPages(
    area="kpis",
    purpose="measurements",
    permission=rules_record.MEASURE,
    title=_("Import a file of measurements"),
    intro=_("Nothing is written yet: the next page shows every row and what the import would do."),
    label=_("File with the measurements"),
    hint=_(
        ".xlsx, .ods or .csv with the columns indicator, period, numerator, denominator and source; "
        "at most 10 MB."
    ),
    template="kpis/preview.html",
    read=_read,
    check=_check,
    keep=_keep,
)


def blueprint() -> Blueprint:
    """The routes below /<org>/kpis."""
    made = Blueprint("kpis", __name__, url_prefix="/<org>/kpis")
    routes: tuple[tuple[str, str, Any, Any, tuple[str, ...]], ...] = (
        ("/<code>/measurements/new", "measure", new_measurement, rules_record.MEASURE, ("GET", "POST")),
        ("/<code>/targets/new", "target", new_target, rules_record.TARGET, ("GET", "POST")),
    )
    for rule, name, view, need, methods in routes:
        made.add_url_rule(rule, name, shell.needs(need)(view), methods=methods)
    return PAGES.register(IMPORT.register(made))
