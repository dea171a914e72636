"""Charts as SVG made on the server: no script, no style inside, so the strict content policy holds.

pygal lays the chart out (scale, guides, points); its tree is then reduced to shapes that carry classes
(coloured by the style sheet, in dark mode and on paper too) and plain attributes (readable without it).
The figures stand beside a chart as a table: that is the page's duty.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

from qms.kernel.text import Message, _, show_number

Value = Decimal | int | None

WIDTH, HEIGHT = 480, 260  # user units; the page scales the drawing
SPARK_WIDTH, SPARK_HEIGHT = 120, 28


@dataclass(frozen=True)
class Series:
    """One curve: a value per period, None where there is no figure."""

    label: str | Message
    values: Sequence[Value]


@dataclass(frozen=True)
class _Plot:
    """What pygal laid out: the frame, the guides and the place of each value."""

    left: float
    top: float
    width: float
    height: float
    guides: list[tuple[float, str]]  # y, label
    periods: list[tuple[float, str]]  # x, label
    points: list[list[tuple[float, float] | None]]  # per series, the target last


def trend_svg(
    title: str | Message,
    periods: Sequence[str | Message],
    series: Sequence[Series],
    *,
    target: Value = None,
    unit: str = "",
    missed: Sequence[int] = (),
) -> Markup:
    """A line chart over `periods`: first series strong, further ones quiet, the target as a dashed line.

    `missed` are the positions at which the first series fell short: marked by a triangle, not by
    colour alone. Without any value it is empty markup. Raises ValueError where a series and the
    periods differ in length.
    """
    for one in series:
        if len(one.values) != len(periods):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(periods)} periods")
    if not any(v is not None for one in series for v in one.values):
        return Markup("")
    shown = _shower(unit)
    plot = _plot(
        [str(p) for p in periods],
        [one.values for one in series],
        target,
        _shower(unit if unit == "%" else ""),
    )
    root = _root(title, _description(periods, series, target, shown), WIDTH, HEIGHT, "chart")
    body = ET.SubElement(root, "g", transform=f"translate({plot.left:g} {plot.top:g})")
    _axes(body, plot)
    if target is not None:
        _target_line(body, plot, str(_("target %(value)s", value=shown(target))))
    for index in range(len(series) - 1, -1, -1):  # the first is drawn last, on top
        marks = frozenset(missed) if index == 0 else frozenset()
        _curve(body, plot, index, series[index], shown, marks)
    if len(series) > 1:
        _legend(root, plot, series)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 (built by ElementTree, which escapes)


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
    root = ET.Element(
        "svg", _svg(SPARK_WIDTH, SPARK_HEIGHT, "spark") | {"role": "img", "aria-label": str(described)}
    )
    _line(root, "", places)
    ET.SubElement(root, "circle", cx=f"{places[-1][0]:.1f}", cy=f"{places[-1][1]:.1f}", r="3", fill="#17506f")
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


# ---------------------------------------------------------------- laid out by pygal


def _plot(
    periods: list[str], series: Sequence[Sequence[Value]], target: Value, shown: Callable[[Value], str]
) -> _Plot:
    import pygal

    chart = pygal.Line(
        width=WIDTH, height=HEIGHT, js=(), css=(), show_legend=False, margin=0, margin_top=30,
        margin_bottom=4, margin_left=16, margin_right=40, include_x_axis=True, min_scale=3, max_scale=6,
        value_formatter=lambda v: shown(Decimal(str(round(v, 6))).normalize()),
    )  # fmt: skip
    chart.x_labels = periods
    for values in series:
        chart.add("", [None if v is None else float(v) for v in values])
    if target is not None:
        chart.add("", [float(target)] * len(periods))
    return _read(chart.render_tree(), len(series) + (target is not None))


def _read(tree: Any, count: int) -> _Plot:
    """Take the places out of pygal's drawing."""
    plot = _of_class(tree, "plot")[0]
    left, top = (float(n) for n in plot.get("transform")[len("translate(") : -1].split(","))
    frame = plot.find("rect")
    overlay = _of_class(tree, "overlay")[0]
    return _Plot(
        left,
        top,
        float(frame.get("width")),
        float(frame.get("height")),
        _guides(_of_class(plot, "y")[0], "y"),
        _guides(_of_class(plot, "x")[0], "x"),
        [_dots(overlay, index) for index in range(count)],
    )


def _of_class(tree: Any, name: str) -> list[Any]:
    return [g for g in tree.iter("g") if name in (g.get("class") or "").split()]


def _guides(axis: Any, direction: str) -> list[tuple[float, str]]:
    """(place, label) of each guide; pygal sets the label a little off, the path starts on the guide."""
    found = []
    for guide in _of_class(axis, "guides"):
        x, y = guide.find("path").get("d")[1:].split()[:2]
        found.append((float(x if direction == "x" else y), guide.find("text").text or ""))
    return found


def _dots(overlay: Any, index: int) -> list[tuple[float, float] | None]:
    """The places of a series' values, left to right; a missing value has none and is left out."""
    group = _of_class(overlay, f"serie-{index}")[0]
    return [(float(c.get("cx")), float(c.get("cy"))) for c in group.iter("circle")]


# ---------------------------------------------------------------- drawn by us


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


def _root(title: str | Message, description: str, width: int, height: int, name: str) -> ET.Element:
    root = ET.Element("svg", _svg(width, height, name) | {"role": "img"})
    ET.SubElement(root, "title").text = str(title)
    ET.SubElement(root, "desc").text = description
    return root


def _description(
    periods: Sequence[Any], series: Sequence[Series], target: Value, shown: Callable[[Value], str]
) -> str:
    """The whole chart in words: what a screen reader says instead of the drawing."""
    parts = [
        f"{one.label}: "
        + ", ".join(f"{p} {shown(v)}" for p, v in zip(periods, one.values, strict=True) if v is not None)
        for one in series
    ]
    if target is not None:
        parts.append(str(_("target %(value)s", value=shown(target))))
    return "; ".join(parts)


def _axes(body: ET.Element, plot: _Plot) -> None:
    axis = ET.SubElement(body, "g", {"class": "axis"})
    for y, label in plot.guides:
        name = "base" if abs(y - plot.height) < 1 else "guide"
        ET.SubElement(
            axis,
            "path",
            {"class": name, "d": f"M0 {y:.1f}H{plot.width:.1f}", "stroke": "#999", "fill": "none"},
        )
        _text(axis, -8, y + 5, label, "end")
    for x, label in plot.periods[:: _every([label for _x, label in plot.periods], plot.width)]:
        _text(axis, x, plot.height + 22, label, "middle")


def _every(labels: Sequence[str], width: float) -> int:
    """Write each how-manieth label so that none runs into the next (10 units a letter, for narrow screens)."""
    needed = max((len(label) for label in labels), default=0) * 10 + 8
    return max(1, ceil(needed * len(labels) / width))


def _target_line(body: ET.Element, plot: _Plot, label: str) -> None:
    y = next(p[1] for p in plot.points[-1] if p)
    ET.SubElement(
        body, "path",
        {"class": "target", "d": f"M0 {y:.1f}H{plot.width:.1f}", "stroke": "#333", "stroke-width": "1.5",
         "stroke-dasharray": "6 4", "fill": "none"},
    )  # fmt: skip
    _text(body, plot.width, y - 6, label, "end")


def _curve(
    body: ET.Element,
    plot: _Plot,
    index: int,
    one: Series,
    shown: Callable[[Value], str],
    missed: frozenset[int],
) -> None:
    """The curve, broken where a value is missing, with its points and what they are worth."""
    places = iter(plot.points[index])
    at = {i: next(places) for i, v in enumerate(one.values) if v is not None}
    group = ET.SubElement(body, "g")
    suffix = f"-{min(index, 1)}" if index else ""
    for run in _runs(at):
        _line(group, f"curve{suffix}", run)
    crowded = _every([shown(v) for v in one.values], plot.width) > 1
    for i, place in at.items():
        _point(group, place, f"dot{suffix}", i in missed)
        if index == 0 and (not crowded or i in (min(at), max(at))):
            _value(group, plot, place, shown(one.values[i]))


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
    ET.SubElement(parent, "path", attributes | ({"class": name} if name else {}))


def _point(parent: ET.Element, place: tuple[float, float], name: str, missed: bool) -> None:
    x, y = place
    if missed:
        corners = f"M{x:.1f} {y - 7:.1f}L{x + 7:.1f} {y + 5.5:.1f}H{x - 7:.1f}Z"
        ET.SubElement(parent, "path", {"class": "missed", "d": corners, "fill": "#a8201a"})
    else:
        ET.SubElement(parent, "circle", {"class": name, "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4.5"})


def _value(parent: ET.Element, plot: _Plot, place: tuple[float, float], text: str) -> None:
    """The value above its point, or below where a target, another curve or the edge is in the way."""
    x, y = place
    anchor = "start" if x < 40 else "end" if x > plot.width - 40 else "middle"
    above = [other[1] for other in itertools.chain(*plot.points) if other and other[0] == x and other[1] < y]
    crossed = any(y - other < 34 for other in above) or y < 34
    below = crossed and y + 24 < plot.height
    _text(parent, x, y + 22 if below else y - 12, text, anchor, "halo")


def _text(parent: ET.Element, x: float, y: float, text: str, anchor: str, name: str = "") -> None:
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": "12"}
    if name:  # a rim in the colour of the page keeps the figures readable on a line
        attributes |= {"class": name, "paint-order": "stroke", "stroke": "#fff", "stroke-width": "4"}
    ET.SubElement(parent, "text", attributes).text = text


def _legend(root: ET.Element, plot: _Plot, series: Sequence[Series]) -> None:
    group = ET.SubElement(root, "g", transform=f"translate({plot.left:g} 12)")
    x = 0.0
    for index, one in enumerate(series):
        suffix = "-1" if index else ""
        ET.SubElement(group, "circle", {"class": f"dot{suffix}", "cx": f"{x + 5:g}", "cy": "0", "r": "4.5"})
        _text(group, x + 16, 5, str(one.label), "start")
        x += 32 + 9.5 * len(str(one.label))
