"""The pages of quality objectives."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, g, render_template
from markupsafe import Markup
from peewee import Expression

from qms.areas.actions import service as actions
from qms.areas.actions.service_serving import Serving, serving
from qms.areas.kpis import service as kpis
from qms.areas.kpis.rules import Standing, explain_difference, shown_gap, with_unit
from qms.areas.objectives import rules, service, service_hooks
from qms.areas.objectives.forms import GROUPS, ObjectiveForm
from qms.areas.objectives.models import Objective
from qms.areas.objectives.service import Judged
from qms.kernel.area import Panel, decides
from qms.kernel.calendar import Period
from qms.kernel.errors import BadInput
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, ngettext, show_date, show_number
from qms.web import shell, trends
from qms.web.charts import spark_svg
from qms.web.due import due_cell
from qms.web.list_query import ChoiceFilter, bad_value
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.record_parts import badge, path_of
from qms.web.widgets import (
    Choice,
    Column,
    Fact,
    Figure,
    ListView,
    RecordView,
    Row,
    Section,
    StateBadge,
    Table,
)

TONES: dict[str, str] = {rules.S.DRAFT: "wait", rules.S.APPROVED: "open", rules.S.CLOSED: "done"}


# ---------------------------------------------------------------- the list


def standing_badge(found: Standing) -> StateBadge:
    """The verdict as word, sign and colour."""
    return StateBadge(found.label, found.tone)


def _standing_of(record_id: int) -> StateBadge | str:
    """How the objective in a row of the list stands; computed once for all rows."""
    if "standings" not in g:
        g.standings = service.standings(shell.actor())
    found = g.standings.get(record_id)
    return standing_badge(found) if found else ""


def _in_year(value: str) -> Expression:
    """Objectives whose target lies in that year; raises ValueError for anything else."""
    if not (value.isascii() and value.isdigit() and len(value) == 4):
        raise ValueError(value)
    return Objective.period.startswith(value)


def _years(actor: Actor) -> list[tuple[str, str]]:
    return [(year, year) for year in service.years(actor.organisation_id or 0)]


class ObjectiveListing(Listing):
    """The list of objectives, each target in the unit of its indicator; a file keeps the plain number."""

    def view(self, actor: Actor, args: Any, url: str, *, new_url: str = "") -> ListView:
        """The list page."""
        return self._with_units(actor, super().view(actor, args, url, new_url=new_url))

    def paper(self, actor: Actor, args: Any, url: str) -> ListView:
        """The same for paper."""
        return self._with_units(actor, super().paper(actor, args, url))

    def _with_units(self, actor: Actor, view: ListView) -> ListView:
        at = {column.key: index for index, column in enumerate(view.columns)}
        indicators = kpis.book(actor).entries if view.rows else {}
        for row in view.rows:
            entry, shown = indicators.get(str(row.cells[at["kpi"]])), row.cells[at["target"]]
            if entry is not None and shown:
                row.cells[at["target"]] = with_unit(str(shown), entry.now.unit)  # type: ignore[index]
        return view


LISTING = ObjectiveListing(
    model=Objective,
    title=_("Quality objectives"),
    new_label=_("Draft an objective"),
    empty_text=_(
        "No objective yet. An objective ties a commitment of the policy to an indicator and its target: "
        "draft the first."
    ),
    tone=lambda state: TONES.get(state, "void"),
    order="code",
    extras=(
        Extra("kpi", _("indicator"), Objective.kpi),
        Extra("period", _("period"), Objective.period),
        Extra("target", _("target"), Objective.target, lambda v: "" if v is None else show_number(v), numeric=True),
        Extra("standing", _("how it stands"), Record.id.alias("standing"), _standing_of),
    ),
    filters=(ChoiceFilter("year", _("year"), options=_years, condition=_in_year),),
)  # fmt: skip


# ---------------------------------------------------------------- the record


def sections(actor: Actor, row: Objective) -> list[Section]:
    """The objective, how it stands, the plan with its actions, who wrote and approved it."""
    book = kpis.book(actor)
    one = service.judged_one(row, book)
    return [
        _objective(row, one, book),
        _standing(actor, row, one, book),
        *_answer(row, one),
        _plan(row),
        _actions(actor, row),
        _people(row),
    ]


def _url(path: str) -> str:
    return f"/{g.organisation.slug}/{path}"


def _objective(row: Objective, one: Judged, book: kpis.Book) -> Section:
    period = rules.parsed(str(row.period))
    start = service.starting_point(book, str(row.kpi), period) if period and row.kpi in book.entries else None
    measured = _("%(value)s in %(period)s", value=start.shown, period=start.period.label()) if start else ""
    target = one.standing.target
    return Section(
        "objective",
        _("The objective"),
        (
            Fact(_("commitment of the quality policy"), row.commitment, empty_hint=_("none named"), long=True,
                 anchor="commitment"),
            Fact(_("indicator"), one.name, href=_url(f"kpis/{row.kpi}") if row.kpi in book.entries else "",
                 empty_hint=_("none chosen"), anchor="kpi"),
            Fact(_("target"), target.shown if target else show_number(row.target) if row.target is not None else None,
                 empty_hint=_("not set"), anchor="target"),
            Fact(_("period"), period.label() if period else row.period, empty_hint=_("not set"), anchor="period"),
            Fact(_("set by"), row.set_by, empty_hint=_("not recorded"), anchor="set_by"),
            Fact(_("starting point"), row.baseline or measured, empty_hint=_("nothing measured before"),
                 anchor="baseline"),
        ),
    )  # fmt: skip


def _standing(actor: Actor, row: Objective, one: Judged, book: kpis.Book) -> Section:
    """The figure, its trend with the target, and the table beside it."""
    if one.standing.target is None:
        return Section(
            "standing",
            _("How it stands"),
            note=_("There is nothing to judge yet: indicator, period and target."),
        )
    entry, chain = book.entries[str(row.kpi)], one.trend
    verdicts = book.along(chain, one.standing.target)
    drawn = (
        trends.drawn(entry.name, entry.now.unit, chain, verdicts, _url(f"kpis/{entry.code}")) if chain else ""
    )
    body = render_template("objectives/standing.html", figure=figure(one), trend=drawn)
    return Section("standing", _("How it stands"), body=Markup(body))  # noqa: S704 (the template escapes)


def figure(one: Judged, spark: Markup | str = "") -> Figure:
    """The objective's figure with its fraction, period, target and verdict."""
    found, measured = one.standing, one.standing.measured
    notes = []
    if found.gap is not None and measured is not None:
        notes.append(str(_("short by %(gap)s", gap=shown_gap(found.gap, measured.unit))))
    if measured is not None and measured.differs:
        notes.append(str(explain_difference(measured)))
    if one.missed_before:
        notes.append(str(_("missed before: %(codes)s", codes=", ".join(one.missed_before))))
    above, _slash, below = (measured.fraction if measured else "").partition(" / ")
    return Figure(
        label=one.name,
        value=measured.shown if measured else "–",
        numerator=above,
        denominator=below,
        source_url=_url(measured.source_url) if measured and measured.source_url else "",
        period=measured.period.label() if measured else "",
        stated=measured.shown_stated if measured and measured.differs else "",
        target=_("target %(value)s, set by “%(who)s”", value=found.target.shown, who=found.target.set_by)
        if found.target else "",
        state=standing_badge(found),
        spark=spark,
        note="; ".join(notes),
    )  # fmt: skip


def _answer(row: Objective, one: Judged) -> list[Section]:
    """What followed from a missed target: the record that was opened, or why none was."""
    if row.record.state == rules.S.DRAFT or one.standing.status != "missed":
        return []
    decision = service.decision_on(row)
    if decision is None:
        where = Choice(
            _("Decide: action, nonconformity or why not"), _url(f"{decides()}?period={row.period}")
        )
        links = (where,) if decides() else ()
        return [Section("answer", _("The target was missed"), note=service_hooks.miss_text(one), links=links)]
    opened: Any = decision.record if decision.outcome == "accepted" else None
    what = Fact(_("led to"), f"{opened.code} {opened.title}", href=_path(opened)) if opened else Fact(
        _("declined because"), decision.reason, long=True)  # fmt: skip
    by: Any = decision.by
    who = Fact(_("decided by"), by.name if decision.by_id else _("the system"))
    return [Section("answer", _("The target was missed"), (what, who), note=service_hooks.miss_text(one))]


def _path(record: Record) -> str:
    return path_of(record.kind, record.code)


def _plan(row: Objective) -> Section:
    """6.2.2: what, with what, who, by when, how evaluated."""
    record: Any = row.record
    return Section(
        "plan",
        _("Plan to achieve the objective"),
        (
            Fact(_("what will be done"), row.plan, empty_hint=_("not described"), long=True, anchor="plan"),
            Fact(_("resources"), row.resources, empty_hint=_("none named"), long=True, anchor="resources"),
            Fact(_("who answers for it"), record.owner.name if record.owner_id else None, empty_hint=_("nobody yet")),
            Fact(_("by when"), show_date(record.due) or None, empty_hint=_("no due date")),
            Fact(_("how the result is evaluated"), row.evaluation, empty_hint=_("not described"), long=True,
                 anchor="evaluation"),
        ),
    )  # fmt: skip


def _actions(actor: Actor, row: Objective) -> Section:
    columns = [
        Column("code", _("code"), kind="nowrap"), Column("title", _("title"), kind="wide"),
        Column("state", _("state"), kind="state"), Column("owner", _("owner")),
        Column("due", _("due date"), kind="nowrap"),
    ]  # fmt: skip
    rows = [
        Row(_url(f"actions/{a.code}"),
            [a.code, a.title, badge("action", a.state), a.owner or "",
             due_cell(a.due, actor.today, awaited=a.ended_on is None)],
            tone=_tone(a, actor.today))
        for a in serving(row.record_id)
    ]  # fmt: skip
    may = actor.may(actions.EDIT) and actor.may(
        rules.EDIT, unit_id=row.record.unit_id, owner_id=row.record.owner_id
    )
    new = Choice(_("Record an action"), _url(f"actions/new?serves=objectives/{row.record.code}"))
    empty = _("No action serves this objective yet.")
    return Section(
        "actions",
        _("Its actions"),
        table=Table(columns, rows, empty_text=empty),
        links=(new,) if may and row.record.ended_on is None else (),
    )


def _tone(action: Serving, today: date) -> str:
    return "late" if action.due and action.ended_on is None and action.due < today else ""


def _people(row: Objective) -> Section:
    return Section(
        "approval",
        _("Approval"),
        (
            Fact(_("author"), row.author.name if row.author_id else None, empty_hint=_("nobody yet")),
            Fact(_("approved by"), row.approved_by.name if row.approved_by_id else None, empty_hint=_("nobody yet")),
            Fact(_("approved on"), show_date(row.approved_on) or None, empty_hint=_("not approved yet")),
        ),
    )  # fmt: skip


def _tags(actor: Actor, row: Objective) -> list[StateBadge]:
    """The computed verdict beside the state."""
    return (
        []
        if row.record.state in (rules.S.DRAFT, rules.S.VOIDED)
        else [standing_badge(service.standing(actor, row))]
    )


def _extra(actor: Actor, row: Objective, view: RecordView) -> None:
    """Invented figures are marked, and what a draft still lacks is counted."""
    view.illustrative = bool(row.illustrative)
    lacking = service.incomplete(row, actor)
    if lacking:
        view.notice = ngettext(
            "A draft: %(n)s thing is still missing before it can be approved.",
            "A draft: %(n)s things are still missing before it can be approved.",
            len(lacking),
        )


# ---------------------------------------------------------------- home


def panels(actor: Actor, year: int) -> list[Panel]:
    """How the objectives of the year (of the one before, where it has none) stand, each with its figure."""
    found = service.judged(actor, year) or service.judged(actor, year - 1)
    if not found:
        return []
    tiles = [(one, figure(one, spark_svg([m.rate for m in one.trend]))) for one in found]
    shown = str(found[0].row.period)[:4]
    title: Message = _("Quality objectives of %(year)s", year=shown)
    return [
        Panel(
            "objectives",
            title,
            "objectives/panel.html",
            {"tiles": tiles, "url": _url(f"objectives?year={shown}")},
            20,
        )
    ]


# ---------------------------------------------------------------- routes


class _Form(ObjectiveForm):
    """The form with the indicators of the organisation offered."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kpi.offer([("", "–"), *service.options(shell.actor())])  # type: ignore[attr-defined]


def _prefill(actor: Actor, args: Any) -> dict[str, Any]:
    """A new objective begins with the indicator it was opened from, and the year in view.

    Raises BadInput for an indicator that is not offered, or what is no period.
    """
    kpi, period = args.get("kpi", ""), args.get("period", "")
    if kpi and kpi not in dict(service.options(actor)):
        raise bad_value("kpi", kpi)
    try:
        code = Period.parse(period).code if period else str(g.get("year") or actor.today.year)
    except ValueError as error:
        raise BadInput(error.args[0]) from error
    return {"kpi": kpi, "period": code}


PAGES = RecordPages(
    area="objectives",
    model=Objective,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    form=_Form,
    create=service.draft,
    edit=service.edit,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
    tags=_tags,
    prefill=_prefill,
    extra=_extra,
    groups=GROUPS,
    editable=lambda row: row.record.state == rules.S.DRAFT,  # an approved one is taken back first
)


def blueprint() -> Blueprint:
    """The routes below /<org>/objectives."""
    return PAGES.register(Blueprint("objectives", __name__, url_prefix="/<org>/objectives"))
