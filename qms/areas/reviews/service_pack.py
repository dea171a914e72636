"""What a review goes through: collected from the areas while it is prepared, frozen once it is held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from qms.areas.kpis import rules as kpi_rules
from qms.areas.kpis import service as kpis
from qms.areas.kpis.rules import Measured, Standing, TargetValue
from qms.areas.kpis.service import Book
from qms.areas.kpis.service_definitions import Entry
from qms.areas.reviews import topics
from qms.areas.reviews.models import Review, ReviewPack
from qms.areas.reviews.pack import Curve, Drift, Fed, FedFigure, KpiLine, Pack, Trend, drifts, load
from qms.areas.reviews.rules import HELD, OPEN
from qms.kernel import area
from qms.kernel.calendar import Period
from qms.kernel.permissions import Actor
from qms.kernel.text import LANGUAGES, Message, _, current_language, language

CURVES = 3  # more lines in one chart cannot be told apart on paper
PERIODS = 8


def shown(actor: Actor, review: Review) -> Pack:
    """The pack as this review shows it, in the reader's language: live while open, frozen once held."""
    name = current_language()
    if name not in review.packs:  # a page asks several times
        review.packs[name] = _read(actor, review)
    return review.packs[name]


def _read(actor: Actor, review: Review) -> Pack:
    if review.record.state in OPEN:
        return live(actor, review)
    return frozen(review) if review.record.state in HELD else Pack()


def both_languages(actor: Actor, review: Review) -> dict[str, Pack]:
    """Language -> what the areas feed now: what is frozen, so that minutes can be printed in either."""
    found = {}
    for name in LANGUAGES:
        with language(name):
            found[name] = live(actor, review)
    return found


def frozen(review: Review) -> Pack:
    """What was fed on the day the review was held, in the reader's language."""
    content = ReviewPack.select(ReviewPack.content).where(ReviewPack.record == review.record_id).scalar()
    return load(content, current_language())


def drift(actor: Actor, review: Review) -> list[Drift]:
    """Figures of a held review that the areas would give otherwise today; the minutes stay as they were."""
    if review.record.state not in HELD:
        return []
    return list(drifts(frozen(review), live(actor, review)))


# ---------------------------------------------------------------- collected


def live(actor: Actor, review: Review) -> Pack:
    """What the areas feed now; raises ValueError when one feeds an input that 9.3.2 does not know."""
    period = review.reviewed()
    book = kpis.book(actor)
    fed = tuple(_fed(one) for one in area.collect("review_inputs", actor, period))
    order = list(topics.inputs())
    unknown = {one.input for one in fed} - set(order)
    if unknown:
        raise ValueError(f"no input of a review is called {', '.join(sorted(unknown))}")
    return Pack(
        fed=tuple(sorted(fed, key=lambda one: order.index(one.input))),
        kpis=tuple(_lines(book, period)),
        trend=_trend(book, period, review.held_on or actor.today),
    )


def _fed(one: area.ReviewInput) -> Fed:
    figures = tuple(
        FedFigure(str(f.label), f.value, f.fraction, f.period, f.previous, f.url, f.source, f.status)
        for f in one.figures
    )
    return Fed(one.input, str(one.heading), tuple(str(line) for line in one.lines), figures, one.url)


# ---------------------------------------------------------------- indicators


def _lines(book: Book, period: Period) -> Iterator[KpiLine]:
    """Every indicator that was measured in the period or had a target for it."""
    for code, entry in book.entries.items():
        measured, standing = book.judged(code, period)
        if measured is None and standing is not None and standing.target is not None:
            yield KpiLine(
                code, entry.name, "–", "–", "–", target=standing.target.shown, status=str(standing.label),
                period=str(period.label()), url=entry.url,
            )  # fmt: skip
        elif measured is not None and (entry.active or book.target(code, period) is not None):
            yield _line(book, entry, measured, standing)


def _line(book: Book, entry: Entry, measured: Measured, standing: Standing | None) -> KpiLine:
    above, _slash, below = measured.fraction.partition(" / ")
    before = book.before(measured)
    return KpiLine(
        code=entry.code,
        name=entry.name,
        numerator=above or "–",
        denominator=below or "–",
        value=measured.shown,
        stated=measured.shown_stated,
        target=standing.target.shown if standing and standing.target else "",
        status=str(_verdict(standing)) if standing else "",
        period=str(measured.period.label()),
        source=measured.source or str(entry.now.source),
        previous=f"{before.shown} ({before.period.label()})" if before else "",
        url=measured.source_url or entry.url,
    )


def _verdict(standing: Standing) -> Message:
    """The verdict on the computed rate; where the published one says another, that too."""
    if standing.stated_status is None:
        return standing.label
    other = kpi_rules.STATUS_LABELS[standing.stated_status]
    return _("%(status)s (by the published rate: %(other)s)", status=standing.label, other=other)


def _trend(book: Book, period: Period, until: date) -> Trend | None:
    """Rates up to the day of the meeting, targets first; None when no indicator in percent has a rate."""
    known: dict[str, dict[Period, Measured]] = {}
    goals: dict[str, TargetValue | None] = {}
    for code, standing in _candidates(book, period):
        ended = {m.period: m for m in book.measured(code) if m.rate is not None and m.period.end <= until}
        if ended and len(known) < CURVES:
            known[code] = ended
            goals[code] = standing.target if standing else None
    chain = kpi_rules.line([m for found in known.values() for m in found.values()])[-PERIODS:]
    if not chain:
        return None
    periods = [m.period for m in chain]
    sources = dict.fromkeys(m.source for found in known.values() for m in found.values() if m.source)
    return Trend(
        title=str(_("Indicators over the periods")),
        periods=tuple(str(p.label()) for p in periods),
        curves=tuple(
            _curve(entry.name, known[code], periods, [_target(book, code, p, goals[code]) for p in periods])
            for code, entry in book.entries.items()
            if code in known
        ),
        source="; ".join(list(sources)[:3]),
    )


def _candidates(book: Book, period: Period) -> list[tuple[str, Standing | None]]:
    """Indicators in percent that have a target, the one furthest below it first; else the main ones too."""
    percent = [
        (code, book.judged(code, period)[1])
        for code, entry in book.entries.items()
        if entry.active and entry.now.unit == kpi_rules.PERCENT
    ]
    aimed = [(code, standing) for code, standing in percent if standing and standing.target]
    aimed.sort(key=lambda one: one[1].gap or 0, reverse=True)  # those that reach it stay in their order
    if len(aimed) > 1:
        return list(aimed)
    return [*aimed, *(one for one in percent if one not in aimed and book.entries[one[0]].now.main)]


def _curve(
    name: str, known: dict[Period, Measured], periods: list[Period], targets: list[Decimal | None]
) -> Curve:  # fmt: skip
    rates = tuple(known[p].rate if p in known else None for p in periods)
    rounded = tuple(None if rate is None else round(rate, 4) for rate in rates)
    return Curve(name, rounded, tuple(targets))


def _target(book: Book, code: str, period: Period, own: TargetValue | None) -> Decimal | None:
    """What was aimed at in `period`: by the target of the table (`own`) where that holds for it."""
    holds = own is not None and own.period.contains(period)
    target = own if holds else book.target_around(code, period)
    return target.value if target else None
