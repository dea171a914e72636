"""Effectiveness judged by an indicator: a rule on consecutive periods, and what the measurements say of it.

Pure. The computed rates govern; the published ones stand beside them with a verdict of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from qms.areas.kpis.rules import DOWN, PERCENT, Definition, Measured, explain_difference, shown_bound
from qms.kernel.calendar import Period, is_usual_day, length_label
from qms.kernel.errors import Obstacle
from qms.kernel.numbers import Joined
from qms.kernel.text import Message, _, show_date

RULE = ("kpi", "kpi_value", "kpi_from", "kpi_count")  # the columns of the rule
MOST_PERIODS = 12


class Verdict(StrEnum):
    """What a rate, or the lack of one, says of the criterion."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"


VERDICTS: dict[str, Message] = {
    Verdict.MET: _("criterion met"),
    Verdict.MISSED: _("criterion missed"),
    Verdict.OPEN: _("cannot be judged yet"),
}
VERDICT_TONES: dict[str, str] = {Verdict.MET: "done", Verdict.MISSED: "late", Verdict.OPEN: "none"}


# ---------------------------------------------------------------- the rule


def consecutive(first: Period, count: int) -> tuple[Period, ...]:
    """So many periods from the first one on."""
    found = [first]
    while len(found) < count:
        found.append(found[-1].next())
    return tuple(found)


@dataclass(frozen=True)
class KpiRule:
    """The indicator that `by` defines reaches `value`, in its unit, in each of `count` periods from `first` on."""

    by: Definition
    value: Decimal
    first: Period
    count: int = 1

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period that is judged, the first one first."""
        return consecutive(self.first, self.count)

    @property
    def text(self) -> Message:
        """`“Số hóa kết quả giải quyết”: từ 30% trở lên trong Quý I/2024`."""
        bound = shown_bound(self.value, self.by.unit, self.by.direction)
        return _("“%(name)s”: %(bound)s in %(when)s", name=self.by.name, bound=bound, when=self._when())

    def _when(self) -> Message:
        if self.count == 1:
            return self.first.label()
        last = self.periods[-1].label()
        return _(
            "each of %(n)s consecutive periods (%(first)s to %(last)s)",
            n=self.count, first=self.first.label(), last=last,
        )  # fmt: skip

    def verdict(self, rate: Decimal | None) -> Verdict:
        """What a rate says; without one nothing can be said."""
        if rate is None:
            return Verdict.OPEN
        meets = rate <= self.value if self.by.direction == DOWN else rate >= self.value
        return Verdict.MET if meets else Verdict.MISSED


def against_rule(
    *,
    kpi: str,
    value: Decimal | None,
    first: str,
    count: int,
    described: str,
    by: Definition | None,
    happened_on: date | None = None,
) -> list[Obstacle]:
    """What speaks against a criterion as it was typed; `by` defines the indicator, None where it is not measured.

    A criterion is a described check or a rule on an indicator, never both. What was over before `happened_on` shows
    no effect.
    """
    if not kpi:
        unnamed = value is not None or first
        return [Obstacle(_("choose the indicator that is to be judged"), "plan#kpi")] if unnamed else []
    found = []
    if described.strip():
        text = _("either describe the check or choose an indicator, not both")
        found.append(Obstacle(text, "plan#criterion"))
    if by is None:
        text = _("there is no indicator %(kpi)s that is being measured", kpi=kpi)
        return [*found, Obstacle(text, "plan#kpi")]
    if value is None:
        found.append(Obstacle(_("the value to reach is missing"), "plan#kpi_value"))
    elif by.unit == PERCENT and not 0 <= value <= 100:
        found.append(Obstacle(_("a target in percent lies between 0 and 100"), "plan#kpi_value"))
    if not 1 <= count <= MOST_PERIODS:
        text = _("the number of periods lies between 1 and %(n)s", n=MOST_PERIODS)
        found.append(Obstacle(text, "plan#kpi_count"))
    return [*found, *_against_first(first, by.period_length, happened_on)]


def _against_first(code: str, length: str, happened_on: date | None) -> list[Obstacle]:
    """What speaks against the first period, where the indicator is measured per `length` (empty: any)."""
    if not code:
        return [Obstacle(_("the first period to be judged is missing"), "plan#kpi_from")]
    try:
        period = Period.parse(code)
    except ValueError as error:
        return [Obstacle(error.args[0], "plan#kpi_from")]
    if not is_usual_day(period.start):
        return [Obstacle(_("the first period lies too far ahead"), "plan#kpi_from")]
    if length and period.length != length:
        text = _("this indicator is measured per %(length)s", length=length_label(length))
        return [Obstacle(text, "plan#kpi_from")]
    if happened_on is not None and period.end <= happened_on:
        text = _("the first period was over before %(day)s, when it happened", day=show_date(happened_on))
        return [Obstacle(text, "plan#kpi_from")]
    return []


# ---------------------------------------------------------------- the judgement


@dataclass(frozen=True)
class Judged:
    """One period of a rule: its measurement, and the verdicts of both rates (None: nothing was published)."""

    period: Period
    measured: Measured | None
    computed: Verdict
    published: Verdict | None

    @property
    def disputed(self) -> bool:
        """Whether the published rate says another thing than the computed one."""
        return self.published not in (None, self.computed)


@dataclass(frozen=True)
class Judgement:
    """What the measurements say of a rule, period by period and as a whole."""

    rule: KpiRule
    periods: tuple[Judged, ...]

    @property
    def computed(self) -> Verdict:
        """Met only where each period has a computed rate that meets it; open while one has none."""
        return _whole(one.computed for one in self.periods)

    @property
    def published(self) -> Verdict:
        """The same by the published rates; where none was published the computed one stands for it."""
        return _whole(one.published or one.computed for one in self.periods)


def _whole(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return next((v for v in (Verdict.OPEN, Verdict.MISSED) if v in found), Verdict.MET)


def judge(rule: KpiRule, measured: Callable[[Period], Measured | None]) -> Judgement:
    """The verdict on a rule; `measured` gives the measurement of a period, None where there is none."""
    return Judgement(rule, tuple(_judged(rule, period, measured(period)) for period in rule.periods))


def _judged(rule: KpiRule, period: Period, found: Measured | None) -> Judged:
    if found is None:
        return Judged(period, None, Verdict.OPEN, None)
    published = None if found.stated is None else rule.verdict(found.stated)
    return Judged(period, found, rule.verdict(found.rate), published)


# ---------------------------------------------------------------- what follows for closing


def not_yet(judgement: Judgement) -> list[Obstacle]:
    """Each period that cannot be judged yet, with the page on which it is measured."""
    by, where = judgement.rule.by, f"../../kpis/{judgement.rule.by.kpi}#measurements"
    found = []
    for one in judgement.periods:
        if one.computed is Verdict.OPEN:
            why = _("“%(name)s” has no measurement for %(period)s", name=by.name, period=one.period.label())
            if one.measured is not None:
                why = _(
                    "“%(name)s” for %(period)s is published without numerator and denominator",
                    name=by.name, period=one.period.label(),
                )  # fmt: skip
            found.append(Obstacle(_("the effect cannot be judged yet: %(why)s", why=why), where))
    return found


def missed_by_all(judgement: Judgement) -> Obstacle | None:
    """The criterion is missed by the computed rates, and the published ones do not meet it either."""
    if (judgement.computed, judgement.published) != (Verdict.MISSED, Verdict.MISSED):
        return None
    text = _(
        "the criterion is missed by %(figures)s: send it back as not effective", figures=_figures(judgement)
    )
    return Obstacle(text, "#effectiveness")


def in_dispute(judgement: Judgement) -> Message | None:
    """That computed and published rates give opposite verdicts, and what each says; None where they agree."""
    if judgement.computed is Verdict.OPEN or judgement.computed is judgement.published:
        return None
    return _(
        "by the computed figures the criterion is %(computed)s, by the published ones %(published)s; "
        "closing as effective needs a reason",
        computed=_WORDS[judgement.computed], published=_WORDS[judgement.published],
    )  # fmt: skip


_WORDS = {Verdict.MET: _("met"), Verdict.MISSED: _("missed")}


def _figures(judgement: Judgement) -> Joined:
    """The computed rates that miss it: `25,11% trong Quý I/2024`."""
    shown = tuple(
        _("%(value)s in %(period)s", value=one.measured.shown, period=one.period.label())
        for one in judgement.periods
        if one.measured is not None and one.computed is Verdict.MISSED
    )
    return Joined(shown, ", ")


def findings(judgement: Judgement) -> list[Message]:
    """Every measured period: what was computed and what was published, each with its verdict."""
    return [_said(one, one.measured) for one in judgement.periods if one.measured is not None]


def differences(judgement: Judgement) -> list[Joined]:
    """Where the published rate is another than the computed one: both, and why, in plain words."""
    return [
        Joined((_said(one, one.measured), _why(one.measured)), ". ")
        for one in judgement.periods
        if one.measured is not None
        and one.measured.rate is not None
        and (one.disputed or one.measured.differs)
    ]


def _said(one: Judged, measured: Measured) -> Message:
    computed = _(
        "%(period)s: computed %(fraction)s = %(rate)s, %(verdict)s",
        period=one.period.label(), fraction=measured.fraction, rate=measured.shown,
        verdict=VERDICTS[one.computed],
    )  # fmt: skip
    if one.published is None:
        return computed
    return _(
        "%(computed)s; published %(rate)s, %(verdict)s",
        computed=computed, rate=measured.shown_stated, verdict=VERDICTS[one.published],
    )  # fmt: skip


def _why(measured: Measured) -> Message:
    if not measured.differs:
        return _("Why they differ: the published rate is rounded.")
    return _("Why they differ: %(what)s.", what=explain_difference(measured))
