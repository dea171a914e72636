"""Indicators as pages show them: the big figure, the trend with its table, targets, measurements, tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup
from peewee import JOIN

from qms.areas.kpis import rules, rules_record, service
from qms.areas.kpis.models import KpiDefinition, Measurement
from qms.areas.kpis.rules import Definition, Measured, Register, Standing, explain_difference
from qms.areas.kpis.service import Book
from qms.areas.kpis.service_definitions import Entry, side_text
from qms.areas.kpis.service_hooks import before_text
from qms.kernel import clock
from qms.kernel.area import Panel
from qms.kernel.calendar import Period, length_label
from qms.kernel.files import Attachment
from qms.kernel.numbers import round_half_up
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, show_date, show_number, show_time
from qms.web import trends
from qms.web.charts import spark_svg
from qms.web.widgets import Choice, Column, Fact, Figure, Row, Section, StateBadge, Table, lines_of, link

MAIN = 5  # tiles on the home page


def badge(standing: Standing | None) -> StateBadge | None:
    """The verdict on a target as word, sign and colour."""
    return StateBadge(standing.label, standing.tone) if standing else None


def figure(
    actor: Actor, book: Book, measured: Measured, *, name: Message | str, spark: bool = False
) -> Figure:
    """A measurement as a figure with fraction, stated value, target and source."""
    standing = book.standing_for(measured)
    target = standing.target if standing else None
    chain = [m.rate for m in service.line(book.measured(measured.kpi))]
    return Figure(
        label=name,
        value=measured.shown,
        numerator="" if measured.numerator is None else show_number(measured.numerator),
        denominator="" if measured.denominator is None else show_number(measured.denominator),
        source_url=f"/{actor.slug}/{measured.source_url}"
        if not spark
        else f"/{actor.slug}/kpis/{measured.kpi}",
        period=measured.period.label(),
        stated=measured.shown_stated if measured.rate is None or measured.differs else "",
        target=_("target %(value)s, set by “%(who)s”", value=target.shown, who=target.set_by)
        if target
        else "",
        state=badge(standing),
        spark=spark_svg([None if r is None else round_half_up(r, 2) for r in chain]) if spark else "",
        note=explain_difference(measured) if measured.differs and not spark else "",
    )


# ---------------------------------------------------------------- home


def panels(actor: Actor) -> Iterator[Panel]:
    """The five main indicators, each with its figure, target, period and trend; a click leads to its page."""
    if not actor.may(rules_record.VIEW):
        return
    book = service.book(actor)
    tiles = []
    for entry in book.entries.values():
        latest = book.latest(entry.code)
        if entry.active and entry.now.main and latest is not None:
            tiles.append(figure(actor, book, latest, name=entry.name, spark=True))
    yield Panel("kpis", _("Five main indicators"), "kpis/panel.html", tiles[:MAIN], order=30)


# ---------------------------------------------------------------- the record's page


def sections(actor: Actor, book: Book, entry: Entry, asked: Period | None = None) -> list[Section]:
    """The parts of an indicator's page, in order; the figure is of the period asked for, else the newest."""
    found = [_now(actor, book, entry, asked)]
    chain = service.line(book.measured(entry.code))
    if chain:
        found.append(Section("trend", _("Trend"), body=_trend(actor, book, entry, chain)))
        period = asked or chain[-1].period
        split = service.by_field(actor, entry.code, period)
        if split:
            found.append(_split(period, split))
    found.append(_targets(actor, book, entry))
    found.append(_measurements(actor, book, entry))
    found.append(_definition(entry))
    return found


def _now(actor: Actor, book: Book, entry: Entry, asked: Period | None) -> Section:
    """The figure of the period asked for, or the newest: big, with what it stands beside."""
    latest = book.at(entry.code, asked) if asked else book.latest(entry.code)
    title = _("Figure of %(period)s", period=asked.label()) if asked else _("Newest figure")
    if latest is None:
        how = _how_it_comes(entry)
        text = _("Not measured in this period: %(how)s", how=how) if asked else _(
            "No measurement yet: %(how)s", how=how
        )  # fmt: skip
        return Section("now", title, (Fact(_("value"), None, empty_hint=text),))
    before = book.before(latest)
    shown = figure(actor, book, latest, name=_("computed") if latest.rate is not None else _("published"))
    said = _("preceding period: %(value)s", value=before_text(latest, before)) if before else ""
    shown = replace(shown, note=lines_of(shown.note, said))
    body = Markup(get_template_attribute("_macros.html", "figure")(shown))  # noqa: S704 (an escaping template)
    facts = []
    standing = book.standing_for(latest)
    if standing is not None and standing.stated_status is not None:
        facts.append(Fact(_("the two rates differ in verdict"), _two_verdicts(standing), long=True))
    if latest.rate is None:
        text = _("published without numerator and denominator: it cannot be computed and sets no status")
        facts.append(Fact(_("computed"), text, long=True))
    if latest.register is not None:
        facts.append(_register(actor, latest, latest.register))
    return Section("now", title, facts, body=body)


def _register(actor: Actor, measured: Measured, kept: Register) -> Fact:
    """How many cases the register holds, beside what the statement says, and which of the two governs."""
    values = {"cases": show_number(kept.cases), "n": show_number(measured.denominator)}
    if measured.source_kind != "register":
        said = _(
            "the register counts %(count)s in %(cases)s of %(n)s cases: it is not complete, so what was entered "
            "stands", count=show_number(kept.count), **values,
        )  # fmt: skip
    elif kept.cases == measured.denominator:
        said = _("%(cases)s cases, as many as the statement says", **values)
    elif measured.register_is_whole:
        said = _("the register holds %(cases)s cases, the statement says %(n)s: they do not agree", **values)
    else:
        said = _(
            "the register holds %(cases)s of %(n)s cases and is not complete: complete it, or enter a measurement",
            **values,
        )
    return Fact(_("counted in the register"), said, href=f"/{actor.slug}/{kept.url}", long=True)


def _two_verdicts(standing: Standing) -> Message:
    """What computed and stated rate say of the target, and which governs."""
    assert standing.measured is not None
    assert standing.stated_status is not None
    return _(
        "computed %(computed)s: %(status)s; published %(stated)s: %(other)s. The computed rate governs; "
        "a decision on the published one needs a reason.",
        computed=standing.measured.shown, status=standing.label, stated=standing.measured.shown_stated,
        other=rules.STATUS_LABELS[standing.stated_status],
    )  # fmt: skip


def _how_it_comes(entry: Entry) -> Message:
    if entry.now.numerator_keys:
        return _("it is computed from the statements; import one")
    if entry.now.operand:
        return _(
            "it cannot be computed: the register holds no case of it, or the statement does not say over how many "
            "to count; complete the register, or enter a measurement"
        )
    return _("enter one, or import a file of measurements")


def _trend(actor: Actor, book: Book, entry: Entry, chain: Sequence[Measured]) -> Markup:
    url = f"/{actor.slug}/kpis/{entry.code}"
    return trends.drawn(entry.name, entry.now.unit, chain, book.along(chain), url)


def _split(period: Period, split: Sequence[Measured]) -> Section:
    """One period by field or unit."""
    columns = [
        Column("part", _("field or unit"), kind="wide"),
        Column("fraction", _("numerator / denominator"), numeric=True),
        Column("rate", _("computed"), numeric=True),
        Column("stated", _("published"), numeric=True),
    ]
    ordered = sorted(split, key=lambda m: (m.rate is None, m.rate or 0))
    rows = [Row("", [m.field or m.unit_name, m.fraction, m.shown, m.shown_stated]) for m in ordered]
    return Section("fields", _("By field, %(period)s", period=period.label()), table=Table(columns, rows))


def _targets(actor: Actor, book: Book, entry: Entry) -> Section:
    """The targets in force, who set them and how the indicator stands."""
    columns = [
        Column("period", _("period")),
        Column("value", _("target"), numeric=True),
        Column("who", _("set by"), kind="wide"),
        Column("dated", _("dated"), kind="nowrap"),
        Column("status", _("status"), kind="state"),
        Column("measured", _("measured"), numeric=True),
        Column("gap", _("short by"), numeric=True),
    ]
    rows = []
    for goal in sorted(book.goals.get(entry.code, ()), key=lambda t: t.period, reverse=True):
        standing = book.standing(goal)
        measured = standing.measured
        said = (
            lines_of(measured.shown, measured.period.label() if standing.provisional else "")
            if measured
            else ""
        )
        who = lines_of(goal.set_by, _("illustrative data") if goal.illustrative else "", goal.note)
        gap = rules.shown_gap(standing.gap, goal.unit) if standing.gap is not None else ""
        cells = [
            goal.period.label(),
            goal.shown,
            who,
            show_date(goal.dated),
            badge(standing) or "",
            said,
            gap,
        ]
        rows.append(Row("", cells))
    may = actor.may(rules_record.TARGET) and entry.active
    links = [Choice(_("Set a target"), f"/{actor.slug}/kpis/{entry.code}/targets/new")] if may else []
    empty = _("No target has been set.")
    return Section("targets", _("Targets"), table=Table(columns, rows, empty_text=empty), links=links)


def _measurements(actor: Actor, book: Book, entry: Entry) -> Section:
    """Every measurement with its source one click away; superseded ones stay in the list."""
    columns = [
        Column("period", _("period")),
        Column("fraction", _("numerator / denominator"), numeric=True),
        Column("rate", _("computed"), numeric=True),
        Column("stated", _("published"), numeric=True),
        Column("source", _("source"), kind="wide"),
        Column("version", _("definition"), numeric=True),
    ]
    rows = [
        Row("", [*_cells(m), _source(actor, m), str(m.version)])
        for m in reversed(book.measured(entry.code))
        if m.source_kind in ("statement", "register")
    ]
    rows += [_entered(actor, entry, row) for row in _entered_rows(entry)]
    may = actor.may(rules_record.MEASURE) and entry.active and not entry.now.numerator_keys
    links = (
        [Choice(_("Enter a measurement"), f"/{actor.slug}/kpis/{entry.code}/measurements/new")] if may else []
    )
    note = _("Computed from the statements; nothing is typed in.") if entry.now.numerator_keys else ""
    return Section("measurements", _("Measurements"), table=Table(columns, rows), links=links, note=note)


def _source(actor: Actor, measured: Measured) -> Markup:
    """The way to what a measurement was computed from."""
    named = measured.source or _("statement")
    if measured.register is not None:
        named = _("register, %(n)s cases", n=show_number(measured.register.cases))
    return link(f"/{actor.slug}/{measured.source_url}", named)


def _cells(measured: Measured) -> list[Any]:
    name = measured.field or measured.unit_name
    return [lines_of(measured.period.label(), name), measured.fraction, measured.shown, measured.shown_stated]


def _entered_rows(entry: Entry) -> list[Measurement]:
    """What was entered or imported for the indicator, the newest first, with the file it came from."""
    return list(
        Measurement.select(Measurement, Attachment)
        .join(Attachment, JOIN.LEFT_OUTER, on=(Measurement.attachment == Attachment.id))
        .where(Measurement.record == entry.record.id)
        .order_by(Measurement.id.desc())
    )


def _entered(actor: Actor, entry: Entry, row: Measurement) -> Row:
    measured = service.from_row(entry, row)
    source: Any = row.source
    attached = row.attachment
    if attached is not None and attached.withdrawn_at is None:
        url = f"/{actor.slug}/evidence/{attached.id}/{attached.name}"
        source = lines_of(row.source, link(url, attached.name))
    entered = show_time(clock.local(row.entered_at))
    how = rules.SOURCES.get(row.source_kind, row.source_kind)
    said = lines_of(source, f"{how}, {entered}", "" if row.current else _("superseded"))  # type: ignore[arg-type]
    return Row("", [*_cells(measured), said, str(row.definition)], tone="" if row.current else "void")


def _definition(entry: Entry) -> Section:
    """What it means now, and every version of it."""
    now = entry.now
    facts = (
        Fact(_("numerator"), side_text(now, "numerator"), long=True),  # type: ignore[arg-type]
        Fact(_("denominator"), side_text(now, "denominator"), long=True),  # type: ignore[arg-type]
        Fact(_("direction"), rules.DIRECTIONS[now.direction]),
        Fact(_("unit of measurement"), now.unit),
        Fact(_("length of its periods"), length_label(now.period_length) if now.period_length else _("any")),
        Fact(_("source of the figures"), str(now.source), empty_hint=_("none named"), long=True),
    )
    columns = [
        Column("version", _("version")),
        Column("valid", _("valid from"), kind="nowrap"),
        Column("numerator", _("numerator"), kind="wide"),
        Column("denominator", _("denominator"), kind="wide"),
        Column("reason", _("reason")),
    ]
    rows = [Row("", _version(one)) for one in reversed(entry.definitions)]
    return Section(
        "definition", _("Definition, version %(n)s", n=now.version), facts, table=Table(columns, rows)
    )


def _version(one: Definition) -> list[Any]:
    since = show_date(one.valid_from) if one.valid_from else _("the beginning")
    reason = one.reason or (_("built in") if one.numerator_keys or one.denominator_keys else "")
    return [one.version, since, side_text(one, "numerator"), side_text(one, "denominator"), reason]


def definition_values(row: KpiDefinition) -> dict[str, Any]:
    """What the form of a new version begins with."""
    names = ("numerator", "denominator", "direction", "unit", "period_length", "source")
    return {"title": row.name} | {name: getattr(row, name) for name in names}
