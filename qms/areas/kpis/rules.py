"""Indicators: how a rate is computed, compared with the period before, and judged against a target.

Pure. Rates are `Decimal` computed from numerator and denominator, never kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from qms.kernel.calendar import Period
from qms.kernel.numbers import Shown, percent_of, round_half_up
from qms.kernel.text import Message, _, current_language, show_number, show_percent

DEFAULT_MARGIN = Decimal(5)  # percent of the target within which a shortfall is a small one


UP, DOWN = "up", "down"
DIRECTIONS: dict[str, Message] = {UP: _("the higher the better"), DOWN: _("the lower the better")}
PERCENT = "%"
SOURCES: dict[str, Message] = {
    "statement": _("statement"),
    "file": _("imported file"),
    "form": _("entered by hand"),
    "computed": _("computed from several statements"),
    "register": _("counted in a register"),
}


@dataclass(frozen=True)
class Bilingual:
    """A text of the shipped definitions, shown in the reader's language."""

    vi: str
    en: str

    def __str__(self) -> str:
        return self.en if current_language() == "en" else self.vi


@dataclass(frozen=True)
class Definition:
    """One version of what an indicator means.

    `numerator_keys` and `denominator_keys` are keys of a statement that are added; an own indicator has none.
    `operand` names the count of an area's register that is the numerator of every period of which the register
    holds a record; what was entered goes before it while the register holds fewer records than the denominator.
    `sums`: adjacent periods may be added, because nothing in it is carried over.
    """

    kpi: str
    version: int
    name: Bilingual | str
    numerator: Bilingual | str = ""
    denominator: Bilingual | str = ""
    numerator_keys: tuple[str, ...] = ()
    denominator_keys: tuple[str, ...] = ()
    direction: str = UP
    unit: str = PERCENT
    period_length: str = ""
    source: Bilingual | str = ""
    valid_from: date | None = None
    reason: str = ""
    stated: str = ""
    stated_denominator: str = ""
    sums: bool = False
    main: bool = False
    operand: str = ""


def definition_on(definitions: Sequence[Definition], day: date) -> Definition:
    """The newest version that is valid on `day`; before the first one, the first."""
    valid = [d for d in definitions if d.valid_from is None or d.valid_from <= day]
    return max(valid, key=lambda d: d.version) if valid else min(definitions, key=lambda d: d.version)


# ---------------------------------------------------------------- a measurement


@dataclass(frozen=True)
class Register:
    """What an area's register counts for a period: `count` among its `cases`, listed at `url`."""

    count: int
    cases: int
    url: str


@dataclass(frozen=True)
class Measured:
    """One measurement: the computed rate governs, the stated one stands beside it.

    `numerator` and `denominator` are None where not published or only approximate. `stated` is the printed
    rate, `stated_denominator` the count it was printed over. `field` and `unit_name` split it; both empty:
    the whole. `parts` are the codes of the periods that were added. `source_url` is below the organisation.
    `register` is what an area's register counts for the period, also where the numerator was entered.
    """

    kpi: str
    period: Period
    numerator: Decimal | int | None = None
    denominator: Decimal | int | None = None
    stated: Decimal | None = None
    stated_denominator: int | None = None
    unit: str = PERCENT
    source_kind: str = "statement"
    source: str = ""
    source_url: str = ""
    field: str = ""
    unit_name: str = ""
    parts: tuple[str, ...] = ()
    version: int = 1
    register: Register | None = None

    @property
    def register_is_whole(self) -> bool:
        """Whether the register holds as many records of the period as the denominator says there are, or more."""
        return self.register is not None and self.register.cases >= (self.denominator or 0)

    @property
    def rate(self) -> Decimal | None:
        """The computed rate in the indicator's unit (percent: 29.8560…); None where it cannot be computed."""
        if self.numerator is None or not self.denominator:
            return None
        if self.unit == PERCENT:
            return percent_of(self.numerator, self.denominator)
        return Decimal(self.numerator) / self.denominator

    @property
    def differs(self) -> bool:
        """Whether the stated rate, at its printed decimals, is another than the computed one."""
        if self.rate is None or self.stated is None:
            return False
        exponent = self.stated.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        return round_half_up(self.rate, places) != self.stated

    @property
    def shown(self) -> str:
        """The computed rate as written: `29,86%`, `3,5 ngày`; a dash where there is none."""
        return shown_value(self.rate, self.unit)

    @property
    def fraction(self) -> str:
        """`1.534 / 5.138`; empty where either is unknown."""
        if self.numerator is None or self.denominator is None:
            return ""
        return f"{show_number(self.numerator)} / {show_number(self.denominator)}"

    @property
    def shown_stated(self) -> str:
        """The stated rate as it was printed: `34,46%`; empty where there is none."""
        return "" if self.stated is None else with_unit(show_number(self.stated), self.unit)


def with_unit(text: str, unit: str) -> str:
    """A number with its unit: `34,46%`, `3,5 ngày`."""
    return f"{text}%" if unit == PERCENT else f"{text} {unit}".rstrip()


def shown_value(value: Decimal | None, unit: str) -> str:
    """A computed value rounded half up to two decimals, with its unit; a dash for None."""
    if value is None:
        return "–"
    return show_percent(value) if unit == PERCENT else with_unit(show_number(round_half_up(value, 2)), unit)


def shown_gap(gap: Decimal | None, unit: str) -> Message | str:
    """How far a rate falls short: of a percentage in percentage points."""
    if gap is None:
        return "–"
    if unit != PERCENT:
        return shown_value(gap, unit)
    return _("%(n)s percentage points", n=Shown(round_half_up(gap, 2)))


def shown_target(value: Decimal, unit: str) -> str:
    """A target as it was set: `50%`."""
    plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return with_unit(show_number(plain), unit)


def shown_bound(value: Decimal, unit: str, direction: str) -> Message:
    """A target with the side on which it is met: `từ 50% trở lên`."""
    shown = shown_target(value, unit)
    return _("at most %(value)s", value=shown) if direction == DOWN else _("at least %(value)s", value=shown)


def summed(counts: Mapping[str, int], keys: Sequence[str]) -> int | None:
    """The sum of the counts under `keys`; None when there is no key or one of them is unknown."""
    found = [counts.get(key) for key in keys]
    return None if not found or None in found else sum(value for value in found if value is not None)


# ---------------------------------------------------------------- periods


def before(one: Measured, others: Iterable[Measured]) -> Measured | None:
    """The measurement of the preceding adjacent period with a rate: of the same length, else of another.

    Rates compare across lengths (the length is named beside them); counts do not.
    """
    adjacent = [m for m in others if one.period.follows(m.period) and m.rate is not None]
    return min(adjacent, key=lambda m: (m.period.months != one.period.months, m.period.months), default=None)


def line(measured: Sequence[Measured]) -> list[Measured]:
    """A chain for a chart, earliest first: no two overlap, so nothing is shown twice.

    It goes back from the newest period; where several could come before, one of the same length does.
    """
    known = [m for m in measured if m.rate is not None]
    if not known:
        return []
    chain = [max(known, key=lambda m: (m.period.end, -m.period.months))]
    while True:
        first = chain[0].period
        earlier = [m for m in known if m.period.end < first.start]
        if not earlier:
            return chain
        chain.insert(
            0, max(earlier, key=lambda m: (m.period.end, m.period.months == first.months, -m.period.months))
        )


def added(measured: Sequence[Measured], period: Period) -> Measured | None:
    """Equal, adjacent measurements that fill `period`, added; None where they do not.

    Only for indicators whose counts are events of their period: nothing that is carried over is in them.
    """
    inside = [m for m in measured if period.contains(m.period) and m.rate is not None and not m.parts]
    for months in sorted({m.period.months for m in inside}, reverse=True):
        parts = sorted((m for m in inside if m.period.months == months), key=lambda m: m.period)
        tiled = all(b.period.follows(a.period) for a, b in itertools.pairwise(parts))
        if (
            len(parts) > 1
            and tiled
            and (parts[0].period.start, parts[-1].period.end) == (period.start, period.end)
        ):
            return replace(
                parts[-1],
                period=period,
                numerator=sum((Decimal(m.numerator or 0) for m in parts), Decimal(0)),
                denominator=sum((Decimal(m.denominator or 0) for m in parts), Decimal(0)),
                stated=None,
                stated_denominator=None,
                source_kind="computed",
                parts=tuple(m.period.code for m in parts),
            )
    return None


# ---------------------------------------------------------------- targets


@dataclass(frozen=True)
class TargetValue:
    """What an indicator is to reach in a period, and who set it; `illustrative`: only for a demonstration."""

    id: int
    kpi: str
    period: Period
    value: Decimal
    unit: str = PERCENT
    set_by: str = ""
    dated: date | None = None
    illustrative: bool = False
    note: str = ""

    @property
    def shown(self) -> str:
        """`50%`."""
        return shown_target(self.value, self.unit)


class Status(StrEnum):
    """How an indicator stands against its target."""

    MET = "met"
    MISSED = "missed"
    AT_RISK = "at_risk"
    NO_DATA = "no_data"


STATUS_LABELS: dict[str, Message] = {
    Status.MET: _("target met"),
    Status.MISSED: _("target missed"),
    Status.AT_RISK: _("at risk"),
    Status.NO_DATA: _("no data"),
}
STATUS_TONES: dict[str, str] = {
    Status.MET: "done", Status.MISSED: "late", Status.AT_RISK: "wait", Status.NO_DATA: "none",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """The verdict on a target: computed, never typed.

    `provisional`: the measurement covers only a part of the target's period. `severe`: provisional, and short
    by more than the margin. `gap` is how far it falls short (positive) in the indicator's unit.
    `stated_status` is what the stated rate would say, where that is another verdict.
    """

    status: Status
    measured: Measured | None = None
    target: TargetValue | None = None
    provisional: bool = False
    severe: bool = False
    gap: Decimal | None = None
    stated_status: Status | None = None

    @property
    def label(self) -> Message:
        """The verdict in words."""
        if self.provisional and self.status is Status.MET:
            return _("on target so far")
        if self.severe:
            return _("well short of the target so far")
        return STATUS_LABELS[self.status]

    @property
    def tone(self) -> str:
        """The tone of its badge: done, late, wait or none."""
        return "late" if self.severe else STATUS_TONES[self.status]


def judge(
    target: TargetValue | None, measured: Measured | None, direction: str, margin: Decimal = DEFAULT_MARGIN
) -> Standing:
    """How `measured` stands against `target`; `margin` is in percent of the target.

    Missed needs a measurement that covers the whole period of the target. Before that a shortfall is at risk,
    and severe when it is larger than the margin. A rate that cannot be computed sets no status.
    """
    if target is None or measured is None or measured.rate is None:
        return Standing(Status.NO_DATA, measured, target)
    whole = measured.period.contains(target.period)
    gap = _gap(target.value, measured.rate, direction)
    status = _verdict(gap, whole=whole)
    stated = None
    if measured.stated is not None and measured.differs:
        other = _verdict(_gap(target.value, measured.stated, direction), whole=whole)
        stated = other if other is not status else None
    severe = status is Status.AT_RISK and gap > abs(target.value) * margin / 100
    return Standing(status, measured, target, not whole, severe, gap if gap > 0 else None, stated)


def _gap(target: Decimal, rate: Decimal, direction: str) -> Decimal:
    return rate - target if direction == DOWN else target - rate


def _verdict(gap: Decimal, *, whole: bool) -> Status:
    if gap <= 0:
        return Status.MET
    return Status.MISSED if whole else Status.AT_RISK


def best_for(target: Period, measured: Sequence[Measured], *, sums: bool) -> Measured | None:
    """The measurement by which a target of that period is judged.

    That of the period itself; else adjacent ones added, where the indicator allows it; else the latest one
    inside the period, which makes the verdict provisional.
    """
    exact = [m for m in measured if m.period == target]
    if exact:
        return exact[0]
    whole = added(measured, target) if sums else None
    if whole is not None:
        return whole
    inside = [m for m in measured if target.contains(m.period) and m.rate is not None]
    return max(inside, key=lambda m: (m.period.end, m.period.months), default=None)


# ---------------------------------------------------------------- what is said


def explain_difference(measured: Measured) -> Message:
    """Why the stated rate is another than the computed one: it is printed over another number of cases."""
    if measured.stated_denominator is not None and measured.denominator is not None:
        return _(
            "published %(stated)s is over %(theirs)s; the definition counts over %(ours)s",
            stated=measured.shown_stated,
            theirs=Shown(measured.stated_denominator),
            ours=Shown(measured.denominator),
        )
    return _(
        "published %(stated)s; computed by the definition %(ours)s",
        stated=measured.shown_stated,
        ours=measured.shown,
    )
