"""What each kind of document needs to know: frozen, plain values, already formatted for the reader.

Only dates and the decimals of a trend arrive raw, because the paper and the chart write them in
their own way; every other value is printed as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

OutputKind = Literal["improvement", "change", "resource"]
OUTPUT_KINDS: tuple[OutputKind, ...] = ("improvement", "change", "resource")  # 9.3.3 a, b, c


@dataclass(frozen=True)
class AgencyBlock:
    """The agency as its papers name it: parent body, own name, symbol (`STP`), place of issue."""

    parent: str
    name: str
    symbol: str
    place: str

    @classmethod
    def of(cls, settings: Mapping[str, Any], name: str) -> AgencyBlock:
        """The agency as its settings of the paper's day say; called `name` where they do not."""
        parent, symbol, place = (str(settings.get(key) or "") for key in ("parent_body", "symbol", "place"))
        return cls(parent, str(settings.get("name") or name), symbol, place)


@dataclass(frozen=True)
class Attendant:
    """A person called to the meeting, who came or did not; None while that is not recorded."""

    name: str
    position: str
    present: bool | None = True


@dataclass(frozen=True)
class FigureRow:
    """A figure under an input: `fraction` is `n / d`, `previous` the preceding period's value."""

    label: str
    value: str
    fraction: str = ""
    previous: str = ""


@dataclass(frozen=True)
class ReviewInput:
    """One input of 9.3.2 (`key` is `a`, `b`, `c1` ... `f`); empty only with a reason."""

    key: str
    title: str
    lines: Sequence[str] = ()
    figures: Sequence[FigureRow] = ()
    source: str = ""  # where the figures come from
    note: str = ""
    reason_if_empty: str = ""


@dataclass(frozen=True)
class KpiRow:
    """A measured indicator: computed `value` beside what was `stated`, its target and status."""

    name: str
    numerator: str
    denominator: str
    value: str
    stated: str
    target: str
    status: str
    period: str
    source: str
    previous: str = ""


@dataclass(frozen=True)
class Series:
    """One line of a trend: a value per period and its target per period, None where there is none."""

    name: str
    values: Sequence[Decimal | None]
    targets: Sequence[Decimal | None] = ()  # empty: none in any period

    @property
    def aimed(self) -> bool:
        """Whether there is a target in any period."""
        return any(target is not None for target in self.targets)


@dataclass(frozen=True)
class Trend:
    """A chart over periods; every series has as many values as there are labels."""

    title: str
    period_labels: Sequence[str]
    series: Sequence[Series]
    unit: str
    source: str

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.period_labels):
                raise ValueError(f"series {series.name!r} has not one value per period")
            if series.targets and len(series.targets) != len(self.period_labels):
                raise ValueError(f"series {series.name!r} has not one target per period")


@dataclass(frozen=True)
class ReviewOutput:
    """A decision of the review (9.3.3) with the action that carries it out."""

    kind: OutputKind
    text: str
    owner: str
    due: str
    action_code: str = ""

    def __post_init__(self) -> None:
        if self.kind not in OUTPUT_KINDS:
            raise ValueError(f"no kind of output is called {self.kind!r}")


@dataclass(frozen=True)
class ReviewMinutes:
    """The minutes of a management review meeting (Nghị định 30/2020/NĐ-CP, type BB).

    `number` stays None until the records office gives one; `held_on` until the meeting was held.
    `illustrative` marks a demonstration; `trail_head` is kept as a property of the file.
    """

    code: str
    agency: AgencyBlock
    title: str
    period_label: str
    held_on: date | None
    started_at: str
    ended_at: str
    place: str
    chair: str
    secretary: str
    attendants: Sequence[Attendant]
    inputs: Sequence[ReviewInput]
    kpi_rows: Sequence[KpiRow]
    trend: Trend | None
    discussion: str
    outputs: Sequence[ReviewOutput]
    draft: bool
    illustrative: bool = False
    trail_head: str = ""
    number: str | None = None
    recipients: Sequence[str] = field(default=())
    file_unit: str = ""
