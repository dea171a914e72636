"""What the areas feed into a review, as plain values that can be frozen, read back and compared (9.3.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class FedFigure:
    """A figure as it is shown; `url` is below the organisation, `previous` the preceding period's."""

    label: str
    value: str
    fraction: str = ""
    period: str = ""
    previous: str = ""
    url: str = ""
    source: str = ""
    status: str = ""

    @property
    def said(self) -> str:
        """Value and fraction together."""
        return f"{self.value} ({self.fraction})" if self.fraction else self.value


@dataclass(frozen=True)
class Fed:
    """What one area fed into one input."""

    input: str
    heading: str
    lines: tuple[str, ...] = ()
    figures: tuple[FedFigure, ...] = ()
    url: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is anything but the heading."""
        return bool(self.lines or self.figures)


@dataclass(frozen=True)
class KpiLine:
    """An indicator in the table of results: computed value beside what was stated, target and verdict."""

    code: str
    name: str
    numerator: str
    denominator: str
    value: str
    stated: str = ""
    target: str = ""
    status: str = ""
    period: str = ""
    source: str = ""
    previous: str = ""
    url: str = ""

    @property
    def said(self) -> str:
        """Value and fraction together."""
        return f"{self.value} ({self.numerator} / {self.denominator})"


@dataclass(frozen=True)
class Curve:
    """One line of the trend: a rate in percent and a target per period, None where there is none."""

    name: str
    values: tuple[Decimal | None, ...]
    targets: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Trend:
    """Rates over periods, oldest first; every curve has a value per period."""

    title: str
    periods: tuple[str, ...]
    curves: tuple[Curve, ...]
    source: str = ""


@dataclass(frozen=True)
class Pack:
    """Everything that the areas feed into one review, in one language."""

    fed: tuple[Fed, ...] = ()
    kpis: tuple[KpiLine, ...] = ()
    trend: Trend | None = None

    def of(self, key: str) -> list[Fed]:
        """What was fed into the input `key`."""
        return [one for one in self.fed if one.input == key and one.says_something]

    def keys(self) -> frozenset[str]:
        """The inputs that were fed."""
        return frozenset(one.input for one in self.fed if one.says_something)


def unanswered(keys: Iterable[str], fed: frozenset[str], written: dict[str, str]) -> tuple[str, ...]:
    """The inputs that hold neither figures nor, by hand, text or a reason (`written`), in their order."""
    return tuple(key for key in keys if key not in fed and not written.get(key, "").strip())


# ---------------------------------------------------------------- frozen


def dump(packs: dict[str, Pack]) -> dict[str, Any]:
    """Language -> pack as what JSON can hold; decimals as text."""
    return {language: _plain(asdict(pack)) for language, pack in packs.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def load(text: str, language: str) -> Pack:
    """The pack of one language out of the frozen JSON."""
    data = json.loads(text)[language]
    trend = data["trend"]
    return Pack(
        fed=tuple(
            Fed(**f | {"lines": tuple(f["lines"]), "figures": tuple(FedFigure(**x) for x in f["figures"])})
            for f in data["fed"]
        ),
        kpis=tuple(KpiLine(**k) for k in data["kpis"]),
        trend=trend and Trend(
            trend["title"], tuple(trend["periods"]), tuple(map(_curve, trend["curves"])), trend["source"]
        ),
    )  # fmt: skip


def _curve(data: dict[str, Any]) -> Curve:
    """A curve; packs frozen earlier hold one `target` for all periods."""
    values = data["values"]
    targets = data["targets"] if "targets" in data else [data["target"]] * len(values)
    return Curve(data["name"], _decimals(values), _decimals(targets))


def _decimals(texts: Iterable[str | None]) -> tuple[Decimal | None, ...]:
    return tuple(None if text is None else Decimal(text) for text in texts)


# ---------------------------------------------------------------- drift


@dataclass(frozen=True)
class Drift:
    """A figure that is not any more what it was at the meeting; `now` is empty when it is gone."""

    input: str  # its input, or "kpis"
    label: str
    then: str
    now: str
    url: str = ""


@dataclass
class _Seen:
    """The figures of one pack by where they stand; figures of one name keep their order."""

    found: dict[tuple[str, ...], list[FedFigure | KpiLine]] = field(default_factory=dict)

    @classmethod
    def of(cls, pack: Pack) -> _Seen:
        seen = cls()
        for place, figure in _figures(pack):
            seen.found.setdefault(place, []).append(figure)
        return seen


def _figures(pack: Pack) -> Iterator[tuple[tuple[str, ...], FedFigure | KpiLine]]:
    for one in pack.fed:
        for figure in one.figures:
            yield (one.input, one.heading, figure.label, figure.period), figure
    for line in pack.kpis:
        yield ("kpis", line.code, line.name, line.period), line


def drifts(frozen: Pack, live: Pack) -> Sequence[Drift]:
    """Every figure of the frozen pack that the areas would give otherwise today (walk 6)."""
    now, then = _Seen.of(live).found, _Seen.of(frozen).found
    found = []
    for place, figures in then.items():
        today = [*now.get(place, []), *[None] * len(figures)]
        for old, new in zip(figures, today, strict=False):
            if new is None or new.said != old.said:
                found.append(Drift(place[0], place[2], old.said, new.said if new else "", old.url))
    return found
