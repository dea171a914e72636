"""Charts as SVG made on the server: no script, no style inside, so the strict content policy holds.

The shapes carry classes (coloured by the style sheet, in dark mode and on paper too) and plain
attributes (readable without it). The figures stand beside a chart as a table: that is the page's duty.
Drawn here and not by a library: half a millisecond each, where pygal took 6 ms and 7 MiB a process.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from qms.kernel.text import Message, _, show_number

if TYPE_CHECKING:  # loaded by the first chart that is drawn
    from xml.etree import ElementTree as ET

Value = Decimal | int | None
Target = Value | Sequence[Value]  # one for all periods, or one per period

WIDTH, HEIGHT = 480, 260  # user units; the page scales the drawing
TOP, RIGHT, BOTTOM = 30, 40, 34  # room for the legend, half a period label, the period labels
HEAD = 18  # below a legend: room for the label of a target that is the highest value
EDGE = 12  # from the frame to the first and the last period
LETTER = 10  # what a letter may take: narrow screens write larger
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
BAR, GAP = 22, 16  # how high a bar is, and the room between two


@dataclass(frozen=True)
class Series:
    """One curve: a value per period, None where there is no figure."""

    label: str | Message
    values: Sequence[Value]


@dataclass(frozen=True)
class Bar:
    """One bar: how many, and how many of them are late."""

    label: str | Message
    value: int
    late: int = 0


@dataclass(frozen=True)
class _Plot:
    """Where things stand in the frame that begins at (`left`, TOP)."""

    left: float
    width: float
    height: float
    guides: list[tuple[float, Decimal]]  # y, value
    periods: list[tuple[float, str]]  # x, label
    points: list[list[tuple[float, float] | None]]  # per series and period
    targets: list[float | None]  # y, per period


def trend_svg(
    title: str | Message,
    periods: Sequence[str | Message],
    series: Sequence[Series],
    *,
    target: Target = None,
    unit: str = "",
    missed: Sequence[int] = (),
) -> Markup:
    """A line chart over `periods`: first series strong, further ones quiet, the target as a dashed line.

    A target per period (None where there was none) is drawn as steps. `missed` are the positions at which
    the first series fell short: marked by a triangle, not by colour alone. Without any value it is empty
    markup. Raises ValueError where a series and the periods differ in length.
    """
    for one in series:
        if len(one.values) != len(periods):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(periods)} periods")
    if not any(v is not None for one in series for v in one.values):
        return Markup("")
    shown = _shower(unit)
    targets = list(target) if isinstance(target, Sequence) else [target] * len(periods)
    plot = _plot([str(p) for p in periods], [one.values for one in series], targets)
    root = _root(title, _description(periods, series, targets, shown), WIDTH, HEIGHT, "chart")
    body = _add(root, "g", transform=f"translate({plot.left:g} {TOP})")
    _axes(body, plot, "%" if unit == "%" else "")
    _target_steps(body, plot, [str(_("target %(value)s", value=shown(t))) for t in targets])
    for index in range(len(series) - 1, -1, -1):  # the first is drawn last, on top
        marks = frozenset(missed) if index == 0 else frozenset()
        _curve(body, plot, index, series[index], shown, marks)
    if len(series) > 1:
        _legend(root, plot, series)
    return Markup(_written(root))  # noqa: S704 (built by ElementTree, which escapes)


def spark_svg(values: Sequence[Value], label: str | Message = "") -> Markup:
    """A small line without axes for a tile, its last value as a dot; empty with fewer than two values."""
    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(v for _i, v in known), max(v for _i, v in known)
    spread = (high - low) or 1.0
    last = max(len(values) - 1, 1)
    places = [
        (4 + i / last * (SPARK_WIDTH - 8), SPARK_HEIGHT - 5 - (v - low) / spread * (SPARK_HEIGHT - 10))
        for i, v in known
    ]
    described = label or _(
        "trend: %(values)s", values=" → ".join(show_number(v) for v in values if v is not None)
    )
    root = _new(
        "svg", _svg(SPARK_WIDTH, SPARK_HEIGHT, "spark") | {"role": "img", "aria-label": str(described)}
    )
    _line(root, "", places)
    _add(root, "circle", cx=f"{places[-1][0]:.1f}", cy=f"{places[-1][1]:.1f}", r="3", fill="#17506f")
    return Markup(_written(root))  # noqa: S704


def bars_svg(title: str | Message, bars: Sequence[Bar]) -> Markup:
    """Numbers as bars from the left, the late part of each first and marked; empty markup where all are 0."""
    highest = max((one.value for one in bars), default=0)
    if not highest:
        return Markup("")
    left = 10 + LETTER * max(len(str(one.label)) for one in bars)
    right = 16 + LETTER * max(len(_worth(one)) for one in bars)
    said = "; ".join(f"{one.label}: {_worth(one)}" for one in bars)
    root = _root(title, said, WIDTH, len(bars) * (BAR + GAP) + GAP, "chart")
    for number, one in enumerate(bars):
        y = GAP + number * (BAR + GAP)
        long = (WIDTH - left - right) * one.value / highest
        late = long * one.late / one.value if one.value else 0.0
        _text(root, left - 10, y + 16, str(one.label), "end")
        for name, start, end in (("bar-late", 0.0, late), ("bar", late, long)):
            shape = {
                "x": f"{left + start:.1f}",
                "y": str(y),
                "width": f"{end - start:.1f}",
                "height": str(BAR),
            }
            fill = "#a8201a" if name == "bar-late" else "#17506f"
            _add(root, "rect", {"class": name, **shape, "fill": fill})
        _text(root, left + long + 8, y + 16, _worth(one), "start")
    return Markup(_written(root))  # noqa: S704


def _worth(one: Bar) -> str:
    """`14`, or `14, ▲ 3` where some are late."""
    return show_number(one.value) + (f", ▲ {show_number(one.late)}" if one.late else "")


# ---------------------------------------------------------------- where things stand


def _plot(periods: list[str], series: Sequence[Sequence[Value]], targets: Sequence[Value]) -> _Plot:
    known = [Decimal(v) for v in itertools.chain(*series, targets) if v is not None]
    ticks = scale(min(known), max(known))
    low, span = ticks[0], ticks[-1] - ticks[0]
    left = 10 + 10 * max(len(_tick_label(t)) + 1 for t in ticks)
    width, height = WIDTH - left - RIGHT, HEIGHT - TOP - BOTTOM
    aimed = any(t is not None for t in targets)
    head = HEAD if len(series) > 1 and aimed else 0

    def across(index: int) -> float:
        return width / 2 if len(periods) == 1 else EDGE + index * (width - 2 * EDGE) / (len(periods) - 1)

    def down(value: Value) -> float:
        return height - float((Decimal(value or 0) - low) / span) * (height - head)

    return _Plot(
        left,
        width,
        height,
        [(down(t), t) for t in ticks],
        [(across(i), label) for i, label in enumerate(periods)],
        [[None if v is None else (across(i), down(v)) for i, v in enumerate(values)] for values in series],
        [None if t is None else down(t) for t in targets],
    )


def scale(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round values (steps of 1, 2 or 5 times a power of ten) from 0 or below `low` to `high` or above.

    A chart of rates begins at zero, so that a small difference does not look like a large one.
    """
    low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = Decimal(1)
    rough = (high - low) / 5
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [n * step for n in map(Decimal, range(int(first), int(last) + 1))]


def _tick_label(value: Decimal) -> str:
    return show_number(
        value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    )


# ---------------------------------------------------------------- the drawing


def _shower(unit: str) -> Callable[[Value], str]:
    """How a value is written: `29,86%`, `14.712 hồ sơ`."""
    end = unit if unit in ("", "%") else f" {unit}"
    places = 2 if unit == "%" else None

    def shown(value: Value) -> str:
        text = show_number(value, places if value is not None and value != int(value) else None)
        return text + end

    return shown


def _svg(width: int, height: int, name: str) -> dict[str, str]:
    return {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "class": name,
        "width": str(width), "height": str(height),
    }  # fmt: skip


def _new(name: str, attributes: dict[str, str]) -> ET.Element:
    from xml.etree import ElementTree as ET

    return ET.Element(name, attributes)


def _add(parent: ET.Element, name: str, attributes: dict[str, str] | None = None, **more: str) -> ET.Element:
    child = parent.makeelement(name, (attributes or {}) | more)
    parent.append(child)
    return child


def _written(root: ET.Element) -> str:
    from xml.etree import ElementTree as ET

    return ET.tostring(root, encoding="unicode")


def _root(title: str | Message, description: str, width: int, height: int, name: str) -> ET.Element:
    root = _new("svg", _svg(width, height, name) | {"role": "img"})
    _add(root, "title").text = str(title)
    _add(root, "desc").text = description
    return root


def _description(
    periods: Sequence[Any], series: Sequence[Series], targets: Sequence[Value], shown: Callable[[Value], str]
) -> str:
    """The whole chart in words: what a screen reader says instead of the drawing."""
    parts = [
        f"{one.label}: "
        + ", ".join(f"{p} {shown(v)}" for p, v in zip(periods, one.values, strict=True) if v is not None)
        for one in series
    ]
    said = [
        (str(p), str(_("target %(value)s", value=shown(t))))
        for p, t in zip(periods, targets, strict=True)
        if t is not None
    ]
    one_for_all = len(said) == len(targets) and len({text for _p, text in said}) == 1
    parts += [said[0][1]] if one_for_all else [f"{period}: {text}" for period, text in said]
    return "; ".join(parts)


def _axes(body: ET.Element, plot: _Plot, sign: str) -> None:
    axis = _add(body, "g", {"class": "axis"})
    for y, value in plot.guides:
        name = "guide" if value else "base"
        _add(
            axis,
            "path",
            {"class": name, "d": f"M0 {y:.1f}H{plot.width:.1f}", "stroke": "#999", "fill": "none"},
        )
        _text(axis, -8, y + 4, _tick_label(value) + sign, "end")
    for x, label in plot.periods[:: _every([label for _x, label in plot.periods], plot.width)]:
        inside = (
            plot.width + RIGHT - len(label) * LETTER / 2
        )  # the last one may be longer than the room beside it
        _text(axis, min(x, inside), plot.height + 22, label, "middle")


def _every(labels: Sequence[str], width: float) -> int:
    """Write each how-manieth label so that none runs into the next."""
    needed = max((len(label) for label in labels), default=0) * LETTER + 8
    return max(1, ceil(needed * len(labels) / width))


def _target_steps(body: ET.Element, plot: _Plot, labels: Sequence[str]) -> None:
    """The target as a dashed line that steps halfway between two periods, each step with what it is."""
    xs = [x for x, _label in plot.periods]
    edges = [0.0, *((a + b) / 2 for a, b in itertools.pairwise(xs)), plot.width]
    for y, run in itertools.groupby(range(len(xs)), key=lambda i: plot.targets[i]):
        if y is None:
            continue
        places = list(run)
        start, end = edges[places[0]], edges[places[-1] + 1]
        _add(
            body, "path",
            {"class": "target", "d": f"M{start:g} {y:.1f}H{end:.1f}", "stroke": "#333", "stroke-width": "1.5",
             "stroke-dasharray": "6 4", "fill": "none"},
        )  # fmt: skip
        if end - start >= 7 * len(labels[places[0]]):  # no room: the table beside the chart says it
            _text(body, end, y - 6, labels[places[0]], "end", "halo")


def _curve(
    body: ET.Element,
    plot: _Plot,
    index: int,
    one: Series,
    shown: Callable[[Value], str],
    missed: frozenset[int],
) -> None:
    """The curve, broken where a value is missing, with its points and what they are worth."""
    at = {i: place for i, place in enumerate(plot.points[index]) if place is not None}
    group = _add(body, "g")
    suffix = f"-{min(index, 1)}" if index else ""
    for run in _runs(at):
        _line(group, f"curve{suffix}", run)
    crowded = _every([shown(v) for v in one.values], plot.width) > 1
    for i, place in at.items():
        _point(group, place, f"dot{suffix}", i in missed)
        if index == 0 and (not crowded or i in (min(at), max(at))):
            _value(group, plot, i, place, shown(one.values[i]))


def _runs(at: dict[int, tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The places in runs without a gap."""
    runs: list[list[tuple[float, float]]] = []
    before = None
    for i, place in at.items():
        if before is None or i != before + 1:
            runs.append([])
        runs[-1].append(place)
        before = i
    return runs


def _line(parent: ET.Element, name: str, places: Sequence[tuple[float, float]]) -> None:
    if len(places) < 2:
        return
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    attributes = {
        "d": path,
        "fill": "none",
        "stroke": "#17506f",
        "stroke-width": "2",
        "stroke-linejoin": "round",
    }
    _add(parent, "path", attributes | ({"class": name} if name else {}))


def _point(parent: ET.Element, place: tuple[float, float], name: str, missed: bool) -> None:
    x, y = place
    if missed:
        corners = f"M{x:.1f} {y - 7:.1f}L{x + 7:.1f} {y + 5.5:.1f}H{x - 7:.1f}Z"
        _add(parent, "path", {"class": "missed", "d": corners, "fill": "#a8201a"})
    else:
        _add(parent, "circle", {"class": name, "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4.5"})


def _value(parent: ET.Element, plot: _Plot, index: int, place: tuple[float, float], text: str) -> None:
    """The value above its point, or below where a target, another curve or the edge is in the way."""
    x, y = place
    anchor = "start" if x < 40 else "end" if x > plot.width - 40 else "middle"
    others = [p[1] for p in itertools.chain(*plot.points) if p and p[0] == x]
    target = plot.targets[index]
    if target is not None:
        others.append(target)
    crossed = y < 16 or any(0 < y - other < 34 for other in others)
    below = crossed and y + 24 < plot.height
    _text(parent, x, y + 22 if below else y - 12, text, anchor, "halo")


def _text(parent: ET.Element, x: float, y: float, text: str, anchor: str, name: str = "") -> None:
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": "12"}
    if name:  # a rim in the colour of the page keeps the figures readable on a line
        attributes |= {"class": name, "paint-order": "stroke", "stroke": "#fff", "stroke-width": "4"}
    _add(parent, "text", attributes).text = text


def _legend(root: ET.Element, plot: _Plot, series: Sequence[Series]) -> None:
    group = _add(root, "g", transform=f"translate({plot.left:g} 12)")
    x = 0.0
    for index, one in enumerate(series):
        suffix = "-1" if index else ""
        _add(group, "circle", {"class": f"dot{suffix}", "cx": f"{x + 5:g}", "cy": "0", "r": "4.5"})
        _text(group, x + 16, 5, str(one.label), "start")
        x += 32 + 9.5 * len(str(one.label))
