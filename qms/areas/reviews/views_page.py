"""The page of a management review: the meeting, each input, indicators, attendance, conclusions."""

from __future__ import annotations

from flask import g, render_template
from markupsafe import Markup

from qms.areas.reviews import rules, service, service_pack, topics
from qms.areas.reviews.models import Review, ReviewAttendant, ReviewInput
from qms.areas.reviews.pack import Drift, Fed, FedFigure, KpiLine, Pack
from qms.areas.reviews.views_outputs import outputs_section
from qms.kernel.agency import AGENCY_SETTINGS
from qms.kernel.organisations import settings_on
from qms.kernel.permissions import Actor
from qms.kernel.text import _, show_date
from qms.web.widgets import Choice, Column, Fact, RecordView, Row, Section, StateBadge, Table, lines_of


def base(review: Review) -> str:
    """The address of the review's page."""
    return f"/{g.organisation.slug}/reviews/{review.record.code}"


def may_write(actor: Actor, review: Review) -> bool:
    """Whether this reader may still change what is reviewed."""
    record = review.record
    return record.state in rules.OPEN and actor.may(
        rules.EDIT, unit_id=record.unit_id, owner_id=record.owner_id
    )


def sections(actor: Actor, review: Review) -> list[Section]:
    """The facts of the review, in the order of its minutes."""
    pack = service_pack.shown(actor, review)
    drift = service_pack.drift(actor, review)
    written = service.written(review)
    return [
        _meeting(review),
        *([_drift(drift)] if drift else []),
        _progress(actor, review, pack, written),
        *(_input(actor, review, key, pack, written.get(key), drift) for key in topics.inputs()),
        _kpis(pack),
        _attendants(actor, review),
        _discussion(actor, review),
        outputs_section(actor, review, writes=may_write(actor, review), at=base(review)),
    ]


def finish(actor: Actor, review: Review, view: RecordView) -> None:
    """What the record's page says besides: marks, what the settings lack, the number."""
    view.illustrative = bool(review.illustrative)
    missing = _missing_settings(actor, review)
    if missing:
        view.notice = _(
            "For a paper in the decree's layout the agency's settings still miss: %(names)s", names=missing
        )
    if review.record.state in rules.HELD and actor.may(rules.NUMBER):
        view.documents = [*view.documents, (_("Enter the number of the minutes"), f"{base(review)}/number")]


def _missing_settings(actor: Actor, review: Review) -> str:
    """The agency's settings without which its papers lack a part, by name."""
    known = settings_on(review.organisation_id, review.held_on or actor.today)
    wanted = ("parent_body", "symbol", "place")
    return ", ".join(str(AGENCY_SETTINGS[key].label) for key in wanted if not known.get(key))


# ---------------------------------------------------------------- the meeting


def _meeting(review: Review) -> Section:
    period = review.reviewed()
    names = service.people_named(review)
    none = _("not set yet")
    return Section(
        "meeting",
        _("The meeting"),
        (
            Fact(_("period reviewed"), period.label()),
            Fact(_("day of the meeting"), show_date(review.held_on), empty_hint=none, anchor="held_on"),
            Fact(_("begins at"), review.started, empty_hint=none),
            Fact(_("ended at"), review.ended, empty_hint=_("not recorded")),
            Fact(_("place"), review.place, empty_hint=none),
            Fact(_("chair"), names.get(review.chair_id), empty_hint=none, anchor="chair"),
            Fact(_("secretary"), names.get(review.secretary_id), empty_hint=none),
            Fact(_("number of the minutes"), review.minutes_number, empty_hint=_("not given yet")),
        ),
    )


def _drift(found: list[Drift]) -> Section:
    columns = (
        Column("label", _("figure"), kind="wide"), Column("then", _("at the meeting"), numeric=True),
        Column("now", _("now"), numeric=True),
    )  # fmt: skip
    once = {(d.label, d.then, d.now): d for d in found}.values()  # a figure may stand in several inputs
    rows = [Row(_url(d.url), (d.label, d.then, d.now or _("no longer given"))) for d in once]
    return Section(
        "drift",
        _("Figures that have changed since the meeting"),
        table=Table(columns, rows),
        note=_(
            "The minutes stay as they were; what was said at the meeting rests on the figures of that day."
        ),
    )


# ---------------------------------------------------------------- inputs


def _progress(actor: Actor, review: Review, pack: Pack, written: dict[str, ReviewInput]) -> Section:
    answered = _answered(pack, written)
    columns = (
        Column("key", _("input"), kind="nowrap"), Column("title", _("topic"), kind="wide"),
        Column("fed", _("from the system"), numeric=True), Column("state", _("state"), kind="nowrap"),
    )  # fmt: skip
    rows = [
        Row(
            f"#input-{key}",
            (
                key,
                topic.title,
                _count(pack.of(key)),
                _state(key in answered, bool(pack.of(key)), written.get(key)),
            ),
        )
        for key, topic in topics.inputs().items()
    ]
    return Section(
        "inputs",
        _("Inputs: %(done)s/%(all)s answered", done=len(answered), all=len(rows)),
        table=Table(columns, rows),
        note=_("Each input needs figures from the system, text with its evidence, or a reason for none.")
        if review.record.state in rules.OPEN
        else _("Frozen when the meeting was held."),
        links=(Choice(_("Fill in the next empty input"), f"{base(review)}/inputs/{empty[0]}"),)
        if (empty := [key for key in topics.inputs() if key not in answered]) and may_write(actor, review)
        else (),
    )


def _answered(pack: Pack, written: dict[str, ReviewInput]) -> set[str]:
    by_hand = {key for key, row in written.items() if row.text.strip() or row.reason_if_empty.strip()}
    return by_hand | set(pack.keys())


def _count(fed: list[Fed]) -> str:
    figures, lines = sum(len(f.figures) for f in fed), sum(len(f.lines) for f in fed)
    return str(figures + lines) if figures or lines else ""


def _state(answered: bool, fed: bool, row: ReviewInput | None) -> StateBadge:
    if not answered:
        return StateBadge(_("empty"), "late")
    if row and row.text.strip():
        return StateBadge(_("written"), "done")
    return StateBadge(_("figures"), "done") if fed else StateBadge(_("reason given"), "void")


def _input(
    actor: Actor, review: Review, key: str, pack: Pack, row: ReviewInput | None, drift: list[Drift]
) -> Section:  # fmt: skip
    topic, fed = topics.inputs()[key], pack.of(key)
    text, evidence, reason = (row.text, row.evidence, row.reason_if_empty) if row else ("", "", "")
    needed = not (fed or reason)
    facts = [Fact(_("text"), text, empty_hint=_("nothing written"), long=True)] if text or needed else []
    if evidence:
        facts.append(Fact(_("evidence"), evidence, long=True))
    if reason or (needed and not text):
        hint = _("no figures, no text, no reason: the meeting cannot be held")
        facts.append(Fact(_("why there is nothing"), reason, empty_hint=hint, long=True))
    label = _("Change it") if row else _("Fill it in")
    return Section(
        f"input-{key}",
        f"{key}. {topic.title}",
        facts,
        body=_folded(fed, frozenset(d.label for d in drift if d.input == key)),
        links=(Choice(label, f"{base(review)}/inputs/{key}"),) if may_write(actor, review) else (),
        note=topic.hint if review.record.state in rules.OPEN else "",
    )


def _folded(fed: list[Fed], changed: frozenset[str]) -> Markup:
    """What was fed, folded away below its headings and count; open where a figure has changed since."""
    if not fed:
        return Markup("")
    named = ", ".join(str(one.heading) for one in fed)
    return Markup('<details class="fold"{}><summary>{}</summary>{}</details>').format(
        Markup(" open") if changed else "",
        f"{named}: {count}" if (count := _count(fed)) else named,
        fed_markup(fed, changed),
    )


def fed_markup(fed: list[Fed], changed: frozenset[str] = frozenset()) -> Markup:
    """What the areas fed into an input: heading, lines and figures, each figure linked to its rows."""
    if not fed:
        return Markup("")
    parts = []
    for one in fed:
        sources = {f.source for f in one.figures} - {""}
        single = sources.pop() if len(sources) == 1 else ""
        parts.append((one, _url(one.url), _figures(one.figures, changed, sourced=bool(sources)), single))
    return _drawn("_fed.html", parts=parts)


def _figures(figures: tuple[FedFigure, ...], changed: frozenset[str], *, sourced: bool) -> Table:
    """The figures as a table; columns in which nothing stands are left out."""
    columns = [
        (Column("label", _("figure"), kind="wide"), lambda f: f.label, True),
        (Column("value", _("value"), numeric=True), lambda f: _value(f, changed), True),
        (Column("fraction", _("numerator / denominator"), numeric=True), lambda f: f.fraction or "–",
         any(f.fraction for f in figures)),
        (Column("period", _("period")), lambda f: f.period, any(f.period for f in figures)),
        (Column("previous", _("preceding period")), lambda f: f.previous or "–", True),
        (Column("status", _("verdict")), lambda f: f.status or "–", any(f.status for f in figures)),
        (Column("source", _("source")), lambda f: f.source, sourced),
    ]  # fmt: skip
    kept = [(column, cell) for column, cell, wanted in columns if wanted]
    rows = [Row(_url(f.url), [cell(f) for _column, cell in kept]) for f in figures]
    return Table([column for column, _cell in kept], rows)


def _value(figure: FedFigure, changed: frozenset[str]) -> str | Markup:
    return lines_of(figure.value, str(_("has changed since"))) if figure.label in changed else figure.value


def _url(below: str) -> str:
    return f"/{g.organisation.slug}/{below}" if below else ""


def _drawn(template: str, **values: object) -> Markup:
    """A part of the page from a template of its own, which escapes what it is given."""
    return Markup(render_template(f"reviews/{template}", **values))  # noqa: S704


# ---------------------------------------------------------------- indicators


def _kpis(pack: Pack) -> Section:
    columns = (
        Column("name", _("indicator"), kind="wide"), Column("value", _("computed"), numeric=True),
        Column("fraction", _("numerator / denominator"), numeric=True),
        Column("stated", _("published"), numeric=True), Column("target", _("target"), numeric=True),
        Column("status", _("verdict")), Column("period", _("period")),
        Column("previous", _("preceding period")),
    )  # fmt: skip
    rows = [Row(_url(k.url), _kpi_cells(k)) for k in pack.kpis]
    return Section(
        "kpis",
        _("Indicators"),
        table=Table(columns, rows, empty_text=_("No indicator was measured in the period.")),
        body=_chart(pack),
    )


def _kpi_cells(k: KpiLine) -> tuple[str, ...]:
    fraction = f"{k.numerator} / {k.denominator}"
    return (
        k.name,
        k.value,
        fraction,
        k.stated or "–",
        k.target or "–",
        k.status or "–",
        k.period,
        k.previous or "–",
    )


def _chart(pack: Pack) -> Markup:
    """A chart for each indicator, with its target; the figures of all in one table below."""
    from qms.web.charts import Series, trend_svg

    trend = pack.trend
    if trend is None:
        return Markup("")
    charts = [
        trend_svg(c.name, trend.periods, [Series(c.name, c.values)], target=c.targets, unit="%")
        for c in trend.curves
    ]
    return _drawn("_trend.html", charts=charts, trend=trend)


# ---------------------------------------------------------------- attendance, discussion, conclusions


def _attendants(actor: Actor, review: Review) -> Section:
    rows = service.attendants(review)
    writes = may_write(actor, review)
    columns = (
        Column("name", _("name")), Column("position", _("position"), kind="wide"),
        Column("presence", _("attendance"), kind="nowrap"),
    )  # fmt: skip
    at = base(review)
    links = [Choice(_("Call somebody"), f"{at}/attendants/new")] if writes else []
    if writes and rows:
        links.append(Choice(_("Record attendance"), f"{at}/attendance"))
    return Section(
        "attendants",
        _("Attendants"),
        table=Table(
            columns,
            [Row(f"{at}/attendants/{r.id}" if writes else "", _attendant_cells(r)) for r in rows],
            empty_text=_("Nobody is called yet."),
        ),
        body=_drawn("_call.html", url=f"{at}/attendants/usual") if writes else "",
        links=links,
    )


def _attendant_cells(row: ReviewAttendant) -> tuple[str | StateBadge, ...]:
    tones = {rules.Presence.PRESENT: "done", rules.Presence.ABSENT: "void", rules.Presence.INVITED: "wait"}
    return (
        row.name,
        row.said_position(),
        StateBadge(rules.PRESENCES[row.presence], tones[rules.Presence(row.presence)]),
    )


def _discussion(actor: Actor, review: Review) -> Section:
    record = review.record
    writes = record.state in rules.OPEN | {rules.S.HELD} and actor.may(
        rules.EDIT, unit_id=record.unit_id, owner_id=record.owner_id
    )
    return Section(
        "minutes",
        _("Discussion"),
        (
            Fact(
                _("discussion"),
                review.discussion,
                empty_hint=_("not recorded"),
                long=True,
                anchor="discussion",
            ),
        ),
        links=(Choice(_("Write the minutes"), f"{base(review)}/minutes"),) if writes else (),
    )
