"""A trend as a native chart of the document: drawn by Word and LibreOffice, its figures editable.

A picture would take matplotlib a hundred times as long and could neither be corrected nor scaled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from qms.docx.contexts import Trend
from qms.docx.ooxml import NAMESPACES, PROLOGUE
from qms.docx.package import zipped
from qms.kernel.text import _, current_language, show_number

_COLOURS = ("1F3864", "9C3B00", "38571A", "7030A0", "7F6000", "404040")  # dark enough to print in grey
_MARKERS = ("circle", "square", "triangle", "diamond", "x", "star")
_SHARED = 5  # the colour of a target that all series share
_FEW = 3  # below so many periods a line says nothing: columns
_BAR = 20  # points: how wide a target is drawn that holds for one period
_SHEET = "Trend"


@dataclass(frozen=True)
class ChartParts:
    """The XML of a chart and the workbook behind it."""

    xml: bytes
    workbook: bytes


@dataclass(frozen=True)
class _Line:
    """A row of the chart's sheet."""

    name: str
    values: Sequence[Decimal | None]
    order: int
    is_target: bool

    @property
    def changes(self) -> bool:
        """Whether it is a target that does not hold alike in all periods: drawn as a bar in each of its own."""
        return self.is_target and len(set(self.values)) > 1


def printed(value: Decimal | None) -> Decimal | None:
    """`value` as it is drawn: two decimals, rounded half up, without idle zeros."""
    if value is None:
        return None
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()


def build(trend: Trend) -> ChartParts:
    """The chart of `trend`, named in the current language: lines, or columns for less than 3 periods."""
    columns = len(trend.period_labels) < _FEW
    trend = _padded(trend) if columns else trend
    lines = tuple(_lines(trend))
    return ChartParts(_chart_xml(trend, lines, columns=columns).encode(), _workbook(trend, lines))


def _padded(trend: Trend) -> Trend:
    """The trend between two empty periods: the line of a target for all begins and ends there, beside the columns."""
    return replace(
        trend,
        period_labels=(" ", *trend.period_labels, " "),
        series=[
            replace(series, values=(None, *series.values, None), targets=_padded_targets(series.targets))
            for series in trend.series
        ],
    )


def _padded_targets(targets: Sequence[Decimal | None]) -> Sequence[Decimal | None]:
    if not targets:
        return targets
    beside = targets[0] if len(set(targets)) == 1 else None
    return (beside, *targets, beside)


def alternative_text(trend: Trend) -> str:
    """What the chart shows, in words, for who cannot see it."""
    series = []
    for line in _lines(trend):
        shown = (show_number(printed(value)) for value in line.values)
        pairs = ", ".join(
            f"{label}: {value}" for label, value in zip(trend.period_labels, shown, strict=True)
        )
        series.append(f"{line.name} ({pairs})")
    return (
        f"{_('Chart: %(title)s (unit: %(unit)s)', title=trend.title, unit=trend.unit)}. {'; '.join(series)}."
    )


def _lines(trend: Trend) -> Iterator[_Line]:
    for order, series in enumerate(trend.series):
        yield _Line(series.name, series.values, order, is_target=False)
    yield from _targets(trend)


def _targets(trend: Trend) -> Iterator[_Line]:
    """The targets of each series that has any; one for all where they share them."""
    aimed = [(order, series) for order, series in enumerate(trend.series) if series.aimed]
    if len(aimed) == len(trend.series) and len({tuple(series.targets) for _order, series in aimed}) == 1:
        yield _Line(str(_("Target")), aimed[0][1].targets, _SHARED, is_target=True)
        return
    for order, series in aimed:
        name = str(_("Target: %(name)s", name=series.name))
        yield _Line(name, series.targets, order, is_target=True)


def _chart_xml(trend: Trend, lines: Sequence[_Line], *, columns: bool) -> str:
    measured = [line for line in lines if not line.is_target or not columns]
    targets = [line for line in lines if line.is_target and columns]
    plots = _bars(trend, lines, measured) if columns else _curves(trend, lines, measured)
    plots += _curves(trend, lines, targets) if targets else ""
    spaces = " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in ("c", "a", "r"))
    language = "vi-VN" if current_language() == "vi" else "en-GB"
    return (
        f'{PROLOGUE}<c:chartSpace {spaces}><c:lang val="{language}"/><c:roundedCorners val="0"/><c:chart>'
        f'<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{plots}'
        f"{_axes(trend.unit, _top(trend.unit, lines), to_the_edge=columns)}"
        f'</c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_words(9)}</c:legend>'
        f'<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
        f'{_words(11)}<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _bars(trend: Trend, lines: Sequence[_Line], drawn: Sequence[_Line]) -> str:
    series = "".join(_series(trend, lines, line, _fill(line)) for line in drawn)
    return (
        f'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}'
        f'<c:gapWidth val="80"/><c:axId val="101"/><c:axId val="102"/></c:barChart>'
    )


def _curves(trend: Trend, lines: Sequence[_Line], drawn: Sequence[_Line]) -> str:
    series = "".join(_series(trend, lines, line, _stroke(line), curve=True) for line in drawn)
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}'
        f'<c:marker val="1"/><c:axId val="101"/><c:axId val="102"/></c:lineChart>'
    )


def _series(trend: Trend, lines: Sequence[_Line], line: _Line, look: str, *, curve: bool = False) -> str:
    row = lines.index(line) + 2
    last = _column(len(trend.period_labels))
    index = row - 2
    values = "".join(
        f'<c:pt idx="{i}"><c:v>{printed(value)}</c:v></c:pt>'
        for i, value in enumerate(line.values)
        if value is not None
    )
    name = f'<c:pt idx="0"><c:v>{escape(line.name)}</c:v></c:pt>'
    periods = "".join(
        f'<c:pt idx="{i}"><c:v>{escape(label)}</c:v></c:pt>' for i, label in enumerate(trend.period_labels)
    )
    smoothing = '<c:smooth val="0"/>' if curve else ""
    count = f'<c:ptCount val="{len(trend.period_labels)}"/>'
    return (
        f'<c:ser><c:idx val="{index}"/><c:order val="{index}"/><c:tx><c:strRef><c:f>{_SHEET}!$A${row}</c:f>'
        f'<c:strCache><c:ptCount val="1"/>{name}</c:strCache></c:strRef></c:tx>{look}'
        f"<c:cat><c:strRef><c:f>{_SHEET}!$B$1:${last}$1</c:f><c:strCache>{count}{periods}</c:strCache></c:strRef>"
        f"</c:cat><c:val><c:numRef><c:f>{_SHEET}!$B${row}:${last}${row}</c:f><c:numCache>"
        f"<c:formatCode>General</c:formatCode>{count}{values}</c:numCache></c:numRef></c:val>"
        f"{smoothing}</c:ser>"
    )


def _fill(line: _Line) -> str:
    return f'<c:spPr>{_colour(line)}</c:spPr><c:invertIfNegative val="0"/>'


def _stroke(line: _Line) -> str:
    colour = _colour(line)
    dash = '<a:prstDash val="dash"/>' if line.is_target else ""
    symbol = "none" if line.is_target else _MARKERS[line.order % len(_MARKERS)]
    if line.changes:
        symbol = "dash"
    drawn = "<a:noFill/>" if line.changes else f"{colour}{dash}"
    return (
        f'<c:spPr><a:ln w="{19050 if line.is_target else 25400}">{drawn}</a:ln></c:spPr>'
        f'<c:marker><c:symbol val="{symbol}"/><c:size val="{_BAR if line.changes else 7}"/>'
        f"<c:spPr>{colour}<a:ln>{colour}</a:ln></c:spPr></c:marker>"
    )


def _colour(line: _Line) -> str:
    return f'<a:solidFill><a:srgbClr val="{_COLOURS[line.order % len(_COLOURS)]}"/></a:solidFill>'


def _top(unit: str, lines: Sequence[_Line]) -> str:
    """Where the value axis ends: a share ends at 100 %, not at the 150 that programs choose themselves."""
    known = [value for line in lines for value in line.values if value is not None]
    near = unit == "%" and known and Decimal(80) < max(known) <= Decimal(100)
    return '<c:max val="100"/>' if near else ""


def _axes(unit: str, top: str, *, to_the_edge: bool) -> str:
    """Both axes; `to_the_edge` puts the first and the last period on the edges of the plot."""
    line = '<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="7F7F7F"/></a:solidFill></a:ln></c:spPr>'
    grid = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr>'
    title = (
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{escape(unit)}</a:t></a:r></a:p></c:rich></c:tx>"
        f'<c:overlay val="0"/></c:title>'
    )
    return (
        '<c:catAx><c:axId val="101"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="b"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="out"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{line}<c:crossAx val="102"/></c:catAx>'
        f'<c:valAx><c:axId val="102"/><c:scaling><c:orientation val="minMax"/>{top}</c:scaling><c:delete val="0"/>'
        f'<c:axPos val="l"/><c:majorGridlines>{grid}</c:majorGridlines>{title if unit else ""}'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="out"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{line}<c:crossAx val="101"/>'
        f'<c:crossBetween val="{"midCat" if to_the_edge else "between"}"/></c:valAx>'
    )


def _words(size: int) -> str:
    face = "".join(f'<a:{slot} typeface="Times New Roman"/>' for slot in ("latin", "ea", "cs"))
    return (
        f'<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="{size * 100}">{face}</a:defRPr></a:pPr></a:p></c:txPr>'
    )


# ---------------------------------------------------------------- the workbook behind the chart


def _column(index: int) -> str:
    """The letters of the 0-based column `index` of a sheet."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _workbook(trend: Trend, lines: Sequence[_Line]) -> bytes:
    """The smallest workbook that a program opens on "edit data", the same bytes for the same trend."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = NAMESPACES["r"]
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    table = [[trend.unit, *trend.period_labels], *([line.name, *line.values] for line in lines)]
    rows = "".join(_sheet_row(number, cells) for number, cells in enumerate(table, 1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{_SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    return zipped({name: (PROLOGUE + xml).encode() for name, xml in parts.items()})


def _sheet_row(number: int, cells: Sequence[str | Decimal | None]) -> str:
    written = "".join(_sheet_cell(f"{_column(index)}{number}", cell) for index, cell in enumerate(cells))
    return f'<row r="{number}">{written}</row>'


def _sheet_cell(reference: str, value: str | Decimal | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f'<c r="{reference}"><v>{printed(value)}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
