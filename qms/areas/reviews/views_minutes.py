"""The minutes of a management review as a Word document, made from what the review holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from qms.areas.kpis.rules import STATUS_LABELS, Status
from qms.areas.reviews import service, service_pack, topics
from qms.areas.reviews.models import Review, ReviewInput
from qms.areas.reviews.pack import FedFigure, Pack
from qms.areas.reviews.rules import HELD, MINUTES, VIEW, Presence
from qms.kernel import verify
from qms.kernel.organisations import Organisation, settings_on
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _, language, show_date

if TYPE_CHECKING:
    from qms.docx.contexts import (
        Attendant,
        KpiRow,
        OutputKind,
        ReviewMinutes,
        ReviewOutput,
        Trend,
    )
    from qms.docx.contexts import ReviewInput as PrintedInput


def make(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    """File name and bytes of the minutes in `locale` (`vi` or `en`); raises NotFound, Forbidden."""
    from qms.docx.fill import render
    from qms.docx.kinds import kind_of

    context = minutes_context(actor, code, locale)
    return kind_of(MINUTES).file_name(context.code), render(MINUTES, context, locale)


def minutes_context(actor: Actor, code: str, locale: str) -> ReviewMinutes:
    """Everything the minutes print, in `locale`; a draft until the meeting was recorded as held."""
    from qms.docx.contexts import AgencyBlock, ReviewMinutes

    actor.require(VIEW)
    review = Review.by_code(actor.organisation_id, code)
    with language(locale):
        pack = service_pack.shown(actor, review)
        names = service.people_named(review)
        settings = settings_on(review.organisation_id, review.held_on or actor.today)
        return ReviewMinutes(
            code=review.record.code,
            agency=AgencyBlock.of(settings, str(Organisation.get_by_id(review.organisation_id).name)),
            title=review.record.title,
            period_label=service.within(review.reviewed()),
            held_on=review.held_on,
            started_at=review.started,
            ended_at=review.ended,
            place=review.place,
            chair=names.get(review.chair_id, ""),
            secretary=names.get(review.secretary_id, ""),
            attendants=_attendants(review),
            inputs=_inputs(review, pack),
            kpi_rows=_kpis(pack),
            trend=_trend(pack),
            discussion=review.discussion,
            outputs=_outputs(review, names),
            draft=review.record.state not in HELD,
            illustrative=bool(review.illustrative),
            trail_head=verify.head(review.organisation_id),
            number=review.minutes_number or None,
            recipients=_lines(settings.get("recipients")),
            file_unit=str(settings.get("file_unit") or ""),
        )


def _lines(value: Any) -> tuple[str, ...]:
    """A setting of several lines, kept as a list or as text, without the sign that the paper ends each with."""
    found = value.splitlines() if isinstance(value, str) else list(value or ())
    lines = (str(line).strip().rstrip(";,.").rstrip() for line in found)
    return tuple(line for line in lines if line)


def _attendants(review: Review) -> tuple[Attendant, ...]:
    from qms.docx.contexts import Attendant

    came = {Presence.PRESENT: True, Presence.ABSENT: False, Presence.INVITED: None}
    return tuple(
        Attendant(a.name, a.said_position(), came[Presence(a.presence)]) for a in service.attendants(review)
    )


def _inputs(review: Review, pack: Pack) -> tuple[PrintedInput, ...]:
    written = service.written(review)
    return tuple(_input(key, topic.title, pack, written.get(key)) for key, topic in topics.inputs().items())


def _input(key: str, title: str, pack: Pack, row: ReviewInput | None) -> PrintedInput:
    """Lines of the areas, then what was written; the figures of all areas in one table."""
    from qms.docx.contexts import FigureRow
    from qms.docx.contexts import ReviewInput as PrintedInput

    fed = pack.of(key)
    text, evidence, reason = (row.text, row.evidence, row.reason_if_empty) if row else ("", "", "")
    lines = [line for one in fed for line in ((f"{one.heading}:", *one.lines) if one.lines else ())]
    figures = [figure for one in fed for figure in one.figures]
    told = [figure for figure in figures if _stands_in_table(figure, pack)]
    figures = [figure for figure in figures if figure not in told]
    return PrintedInput(
        key=key,
        title=title,
        lines=(*_referred(told), *lines, *((text,) if text else ())),
        figures=tuple(FigureRow(_named(f), f.value, f.fraction, f.previous or "–") for f in figures),
        source="; ".join(dict.fromkeys(f.source for f in figures if f.source)),
        note=str(_("Evidence: %(text)s", text=evidence)) if evidence else "",
        reason_if_empty="" if fed or text else reason,
    )


def _stands_in_table(figure: FedFigure, pack: Pack) -> bool:
    """Whether the table of indicators prints the figure: it is not printed twice."""
    return any((k.name, k.value, k.period) == (figure.label, figure.value, figure.period) for k in pack.kpis)


def _referred(told: list[FedFigure]) -> Iterator[str]:
    """Where the indicators stand, and which of them have not reached their target."""
    if not told:
        return
    yield str(_("The figures of %(n)s indicators stand in section II.", n=len(told)))
    reached = tuple(str(label) for label in (STATUS_LABELS[Status.MET], _("on target so far")))
    for figure in told:
        if figure.status and not figure.status.startswith(reached):
            yield f"{figure.label} ({figure.period}): {figure.said}; {figure.status}"


def _named(figure: FedFigure) -> str:
    """Its name with the period and the verdict, which the paper has no columns for."""
    name = f"{figure.label} ({figure.period})" if figure.period else figure.label
    return f"{name}: {figure.status}" if figure.status else name


def _each_once(sources: Iterable[str]) -> list[str]:
    """The sources of the rows of a table; one that the row above named already is not spelled out again."""
    found: list[str] = []
    before = ""
    for source in sources:
        found.append(str(_("as above")) if source and source == before else source)
        before = source
    return found


def _kpis(pack: Pack) -> tuple[KpiRow, ...]:
    from qms.docx.contexts import KpiRow

    return tuple(
        KpiRow(
            name=k.name,
            numerator=k.numerator,
            denominator=k.denominator,
            value=k.value,
            stated=k.stated or "–",
            target=k.target or "–",
            status=k.status or "–",
            period=k.period,
            source=source,
            previous=k.previous or "–",
        )
        for k, source in zip(pack.kpis, _each_once(k.source for k in pack.kpis), strict=True)
    )


def _trend(pack: Pack) -> Trend | None:
    from qms.docx.contexts import Series, Trend

    if pack.trend is None:
        return None
    return Trend(
        title=pack.trend.title,
        period_labels=pack.trend.periods,
        series=tuple(Series(c.name, c.values, c.targets) for c in pack.trend.curves),
        unit="%",
        source=pack.trend.source,
    )


def _outputs(review: Review, names: dict[int, str]) -> tuple[ReviewOutput, ...]:
    from qms.docx.contexts import ReviewOutput

    found = service.outputs(review)
    ids = [o.action_id for o in found if o.action_id]
    acts = Record.select(Record.id, Record.code).where(Record.id.in_(ids)) if ids else ()
    codes = {act.id: str(act.code) for act in acts}
    return tuple(
        ReviewOutput(
            cast("OutputKind", o.kind),
            o.text,
            names.get(o.owner_id, ""),
            show_date(o.due),
            codes.get(o.action_id, ""),
        )
        for o in found
    )
