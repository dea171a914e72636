"""The few pieces of WordprocessingML that the templates are built from, each in schema order.

Lengths are millimetres, sizes and distances between paragraphs points, as a records clerk says them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
}
W = "{" + NAMESPACES["w"] + "}"
XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
PADDING = 1.2  # mm between the side of a bordered cell and its text
PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def twips(mm: float) -> int:
    """Millimetres as twentieths of a point, the unit of most lengths in a document."""
    return round(mm * 1440 / 25.4)


def emu(mm: float) -> int:
    """Millimetres as English metric units, the unit of drawings."""
    return round(mm * 36000)


@dataclass(frozen=True)
class Style:
    """A paragraph style; `align` is left, center, right or both; `exact` a fixed line height in points."""

    id: str
    name: str
    size: float
    bold: bool = False
    italic: bool = False
    align: str = "left"
    before: float = 0
    after: float = 0
    first: float = 0
    line: float = 1
    exact: float = 0
    keep_next: bool = False
    outline: int | None = None
    tabs: Sequence[tuple[str, float]] = ()
    top_border: bool = False


def fonts(name: str) -> str:
    """All four font slots; with one left out Word falls back run by run for Vietnamese letters."""
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"/>'


def style_xml(style: Style, font: str) -> str:
    """The definition of one paragraph style."""
    spacing = f'w:before="{round(style.before * 20)}" w:after="{round(style.after * 20)}"'
    line = (
        f'w:line="{round(style.exact * 20)}" w:lineRule="exact"'
        if style.exact
        else f'w:line="{round(style.line * 240)}" w:lineRule="auto"'
    )
    properties = "".join(
        (
            "<w:keepNext/>" if style.keep_next else "",
            '<w:pBdr><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
            if style.top_border
            else "",
            _tabs(style.tabs),
            f"<w:spacing {spacing} {line}/>",
            f'<w:ind w:firstLine="{twips(style.first)}"/>' if style.first else "",
            f'<w:jc w:val="{style.align}"/>',
            f'<w:outlineLvl w:val="{style.outline}"/>' if style.outline is not None else "",
        )
    )
    look = "".join(
        (
            fonts(font),
            "<w:b/><w:bCs/>" if style.bold else "",
            "<w:i/><w:iCs/>" if style.italic else "",
            '<w:color w:val="000000"/>',
            f'<w:sz w:val="{round(style.size * 2)}"/><w:szCs w:val="{round(style.size * 2)}"/>',
        )
    )
    default = ' w:default="1"' if style.id == "Normal" else ""
    based = "" if style.id == "Normal" else '<w:basedOn w:val="Normal"/>'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{style.id}"><w:name w:val="{escape(style.name)}"/>'
        f"{based}<w:qFormat/><w:pPr>{properties}</w:pPr><w:rPr>{look}</w:rPr></w:style>"
    )


def _tabs(stops: Sequence[tuple[str, float]]) -> str:
    if not stops:
        return ""
    return (
        "<w:tabs>"
        + "".join(f'<w:tab w:val="{kind}" w:pos="{twips(mm)}"/>' for kind, mm in stops)
        + "</w:tabs>"
    )


def run(text: str, *, bold: bool = False, italic: bool = False, size: float = 0, boxed: bool = False) -> str:
    """A run of text that differs from its paragraph's style only where it says so."""
    look = "".join(
        (
            "<w:b/><w:bCs/>" if bold else "",
            "<w:i/><w:iCs/>" if italic else "",
            f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "",
            '<w:bdr w:val="single" w:sz="6" w:space="0" w:color="000000"/>' if boxed else "",
        )
    )
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'


def tab() -> str:
    """A run that jumps to the next tab stop."""
    return "<w:r><w:tab/></w:r>"


def field(code: str) -> str:
    """A field such as PAGE, with `1` as what shows until a program has counted."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def paragraph(style: str, *runs: str, indent: float | None = None, keep_next: bool = False) -> str:
    """A paragraph in a style; `indent` (mm) from both sides places a drawn rule."""
    properties = f'<w:pStyle w:val="{style}"/>' + ("<w:keepNext/>" if keep_next else "")
    if indent is not None:
        properties += f'<w:ind w:left="{twips(indent)}" w:right="{twips(indent)}" w:firstLine="0"/>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def text(style: str, words: str, *, keep_next: bool = False) -> str:
    """A paragraph of one run."""
    return paragraph(style, run(words), keep_next=keep_next)


def tag(instruction: str) -> str:
    """A paragraph that docxtpl takes out, leaving its instruction: `for x in y`, `endif`."""
    return text("Normal", "{%p " + instruction + " %}")


@dataclass(frozen=True)
class Row:
    """A table row: per cell its paragraphs; `height` is the least height in mm, `head` repeats per page."""

    cells: Sequence[str]
    head: bool = False
    height: float = 0


def row_tag(instruction: str) -> Row:
    """A row that docxtpl takes out, leaving its instruction."""
    return Row((text("Cell", "{%tr " + instruction + " %}"),))


def table(widths: Sequence[float], rows: Iterable[Row], *, borders: bool = True, fixed: bool = True) -> str:
    """A table of column widths in mm, 0 for a column that only holds a tag; no row is split over two pages.

    Where columns come from a loop the widths are not `fixed`, and the program settles them.
    """
    line = '<w:{0} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    drawn = f"<w:tblBorders>{''.join(line.format(side) for side in sides)}</w:tblBorders>" if borders else ""
    padding = twips(PADDING) if borders else 0
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths if width)
    kind = "fixed" if fixed else "autofit"
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{twips(sum(widths))}" w:type="dxa"/><w:jc w:val="center"/>{drawn}'
        f'<w:tblLayout w:type="{kind}"/><w:tblCellMar><w:left w:w="{padding}" w:type="dxa"/>'
        f'<w:right w:w="{padding}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
        f"{''.join(_row(row, widths, fixed) for row in rows)}</w:tbl>"
    )


def _row(row: Row, widths: Sequence[float], fixed: bool) -> str:
    properties = "<w:cantSplit/>"
    if row.height:
        properties += f'<w:trHeight w:val="{twips(row.height)}" w:hRule="atLeast"/>'
    if row.head:
        properties += "<w:tblHeader/>"
    vertical = '<w:vAlign w:val="center"/>' if row.head else ""
    cells = "".join(
        f"<w:tc><w:tcPr>{_width(width if fixed else 0)}{vertical}</w:tcPr>{cell}</w:tc>"
        for cell, width in zip(row.cells, widths, strict=False)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>"


def _width(mm: float) -> str:
    return f'<w:tcW w:w="{twips(mm)}" w:type="dxa"/>' if mm else '<w:tcW w:w="0" w:type="auto"/>'


def chart_frame(relation: str, width: float, height: float, alt: str) -> str:
    """The place of a native chart in the text, with the words for who cannot see it."""
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{emu(width)}" cy="{emu(height)}"/><wp:docPr id="1" name="Chart 1" '
        f'descr="{escape(alt)}"/><wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{NAMESPACES["c"]}">'
        f'<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
