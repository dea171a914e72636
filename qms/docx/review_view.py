"""The wording of the minutes of a management review (Mẫu 1.9, type BB), in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qms.docx import chart
from qms.docx.contexts import OUTPUT_KINDS, OutputKind, ReviewMinutes, ReviewOutput, Series, Trend
from qms.docx.layout import balanced
from qms.docx.view import Properties, View, moment, number_line, place_date
from qms.kernel.text import Message, _, show_number

TYPE_CODE = "BB"

LABELS: dict[str, Message] = {
    "type_name": _("MINUTES"),
    "attendance": _("Attendance"),
    "row_number": _("No."),
    "full_name": _("Full name"),
    "position": _("Position"),
    "present": _("present"),
    "absent": _("absent"),
    "unrecorded": _("invited, not recorded yet"),
    "inputs": _("I. INPUTS OF THE REVIEW"),
    "kpis": _("II. RESULTS OF THE INDICATORS"),
    "discussion": _("III. DISCUSSION"),
    "conclusions": _("IV. CONCLUSIONS OF THE MEETING"),
    "figure": _("Figure"),
    "value": _("Value"),
    "fraction": _("Numerator / denominator"),
    "previous": _("Previous period"),
    "source": _("Source"),
    "indicator": _("Indicator"),
    "numerator": _("Num."),
    "denominator": _("Den."),
    "computed": _("Value, computed"),
    "stated": _("Value, stated"),
    "target": _("Target"),
    "status": _("Result"),
    "no_kpis": _("No indicator was measured in the period."),
    "no_data": _("No data; reason:"),
    "empty": _("Nothing has been recorded yet."),
    "no_output": _("The meeting drew no conclusion under this heading."),
    "conclusion": _("Conclusion"),
    "owner": _("Responsible"),
    "due": _("To be done by"),
    "action": _("Action code"),
    "series": _("Series"),
    "secretary": _("SECRETARY"),
    "chair": _("CHAIR"),
    "recipients": _("Recipients:"),
}

_OUTPUT_HEADINGS: dict[OutputKind, Message] = {
    "improvement": _("1. Opportunities for improvement"),
    "change": _("2. Changes to the quality management system"),
    "resource": _("3. Resources needed"),
}


@dataclass(frozen=True)
class OutputGroup:
    """The conclusions of one kind under their heading (9.3.3 a, b, c)."""

    heading: Message
    outputs: tuple[ReviewOutput, ...]


@dataclass(frozen=True)
class TrendRow:
    """A row of the table beside the chart: the values as printed."""

    name: str
    values: tuple[str, ...]
    target: str


def view(minutes: ReviewMinutes) -> View:
    """What the template of the minutes shows."""
    held = None if minutes.draft else minutes.held_on
    title = minutes.title or str(_("Management review meeting, %(period)s", period=minutes.period_label))
    names: dict[str, Any] = {
        "m": minutes,
        "w": LABELS,
        "number": number_line(minutes.number, TYPE_CODE, minutes.agency),
        "place_date": place_date(minutes.agency.place, held),
        "parent": balanced(minutes.agency.parent.upper(), "parent"),
        "agency": balanced(minutes.agency.name.upper(), "agency"),
        "abstract": title,
        "started": _("Started at: %(time)s", time=moment(minutes.started_at, minutes.held_on)),
        "place": _("Place of the meeting: %(place)s", place=minutes.place),
        "chaired": _("Chair: %(name)s", name=minutes.chair),
        "minuted": _("Secretary: %(name)s", name=minutes.secretary),
        "attended": _attended([person.present for person in minutes.attendants]),
        "groups": [
            OutputGroup(_OUTPUT_HEADINGS[kind], tuple(o for o in minutes.outputs if o.kind == kind))
            for kind in OUTPUT_KINDS
        ],
        "ended": _("The meeting ended at %(time)s./.", time=moment(minutes.ended_at, minutes.held_on)),
        "filed": _("- Filed: VT, %(unit)s.", unit=minutes.file_unit)
        if minutes.file_unit
        else _("- Filed: VT."),
        "draft_mark": _("DRAFT") if minutes.draft else "",
        "illustrative_mark": _("Illustrative data") if minutes.illustrative else "",
        "trend": None,
        **_trend_names(minutes.trend),
    }
    return View(names, _properties(minutes, title), minutes.trend if names["trend"] else None)


def _attended(present: Sequence[bool | None]) -> Message:
    """How many came; of a draft what is not known yet, which is neither present nor absent."""
    if not present:
        return _("Attendance: nobody has been entered yet")
    if all(came is None for came in present):
        return _("Attendance: %(n)s people invited, not recorded yet who came", n=len(present))
    if None in present:
        return _("Attendance: %(n)s people invited, not fully recorded yet who came", n=len(present))
    return _(
        "Attendance: %(present)s present, %(absent)s absent",
        present=present.count(True),
        absent=present.count(False),
    )


def _properties(minutes: ReviewMinutes, title: str) -> Properties:
    return Properties(
        title=title,
        author=minutes.agency.name,
        code=minutes.code,
        dated=minutes.held_on,
        trail_head=minutes.trail_head,
    )


def _target(trend: Trend, series: Series) -> str:
    """The target of a series; period by period where it is not the same in all."""
    if len(set(series.targets)) < 2:
        return show_number(chart.printed(series.targets[0] if series.targets else None))
    pairs = zip(trend.period_labels, series.targets, strict=True)
    return "; ".join(f"{label}: {show_number(chart.printed(target))}" for label, target in pairs)


def _trend_names(trend: Trend | None) -> dict[str, Any]:
    """The caption, table and alternative text of the chart; nothing for a trend without figures."""
    if trend is None or not any(value is not None for series in trend.series for value in series.values):
        return {}
    rows = [
        TrendRow(
            series.name,
            tuple(show_number(value, 2) for value in series.values),
            _target(trend, series),
        )
        for series in trend.series
    ]
    return {
        "trend": trend,
        "trend_rows": rows,
        "trend_caption": _("Chart: %(title)s (unit: %(unit)s)", title=trend.title, unit=trend.unit),
        "trend_source": _("Source: %(source)s", source=trend.source),
        "trend_alt": chart.alternative_text(trend),
    }
