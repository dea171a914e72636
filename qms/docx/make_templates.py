"""Writes the shipped templates: `python -m qms.docx.make_templates`.

A .docx cannot be reviewed in a diff; this script can. The template it writes opens in Word and
LibreOffice as it is, so an agency can start its own form from it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from qms import resources
from qms.docx import chart, layout, letter_template, ooxml, package, sheet_template
from qms.docx.contexts import Series, Trend
from qms.docx.layout import ND30, STYLES
from qms.docx.ooxml import PROLOGUE, XMLNS, Row, paragraph, row_tag, run, tag, text

_CONTENT = "application/vnd.openxmlformats-officedocument"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = ooxml.NAMESPACES["r"]
_KINDS = {
    "word/document.xml": f"{_CONTENT}.wordprocessingml.document.main+xml",
    "word/styles.xml": f"{_CONTENT}.wordprocessingml.styles+xml",
    "word/settings.xml": f"{_CONTENT}.wordprocessingml.settings+xml",
    "word/header1.xml": f"{_CONTENT}.wordprocessingml.header+xml",
    "word/header2.xml": f"{_CONTENT}.wordprocessingml.header+xml",
    "word/charts/chart1.xml": f"{_CONTENT}.drawingml.chart+xml",
    "word/embeddings/trend.xlsx": f"{_CONTENT}.spreadsheetml.sheet",
    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    "docProps/custom.xml": f"{_CONTENT}.custom-properties+xml",
}
_EMPTY_TREND = Trend("", ["1", "2", "3"], [Series("", [Decimal(1), Decimal(2), Decimal(3)])], "", "")


def review_minutes() -> str:
    """The body of the minutes of a management review, in the order of Mẫu 1.9."""
    return "".join(
        (
            layout.header_table("{{ parent }}", "{{ agency }}", "{{ number }}", "{{ place_date }}"),
            layout.type_and_abstract("{{ w.type_name }}", "{{ abstract }}"),
            _meeting(),
            _inputs(),
            _kpis(),
            _trend(),
            _discussion(),
            _conclusions(),
            paragraph("Body", run("{{ ended }}"), keep_next=True),
            layout.signature_table(
                (("{{ w.secretary }}", "{{ m.secretary }}"), ("{{ w.chair }}", "{{ m.chair }}"))
            ),
            layout.recipients(
                "{{ w.recipients }}", "for name in m.recipients", "- {{ name }};", "{{ filed }}"
            ),
        )
    )


def _meeting() -> str:
    row = Row(
        (
            text("CellCentre", "{{ loop.index }}"),
            text("Cell", "{{ person.name }}"),
            text("Cell", "{{ person.position }}"),
            text(
                "CellCentre",
                "{{ w.unrecorded if person.present is none else w.present if person.present else w.absent }}",
            ),
        )
    )
    head = ("row_number", "full_name", "position", "attendance")
    lines = ("started", "place", "chaired", "minuted", "attended")
    return (
        text("Gap", "")
        + "".join(text("Body", "{{ " + name + " }}", keep_next=name == "attended") for name in lines)
        + tag("if m.attendants")
        + _loop_table((12, 58, 67, 28), head, "for person in m.attendants", row)
        + tag("endif")
    )


def _inputs() -> str:
    row = Row(
        (
            text("Cell", "{{ row.label }}"),
            text("CellNumber", "{{ row.value }}"),
            text("CellNumber", "{{ row.fraction }}"),
            text("CellNumber", "{{ row.previous }}"),
        )
    )
    head = ("figure", "value", "fraction", "previous")
    return (
        text("Heading1", "{{ w.inputs }}")
        + tag("for input in m.inputs")
        + text("Heading2", "{{ input.key }}) {{ input.title }}")
        + tag("for item in input.lines")
        + _paragraphs("item", "- {{ line }}")
        + tag("endfor")
        + tag("if input.figures")
        + _loop_table((70, 30, 35, 30), head, "for row in input.figures", row)
        + tag("endif")
        + tag("if input.source")
        + text("Source", "{{ w.source }}: {{ input.source }}")
        + tag("endif")
        + _paragraphs("input.note", "{{ line }}")
        + tag("if not (input.lines or input.figures or input.note)")
        + tag("if input.reason_if_empty")
        + text("Body", "{{ w.no_data }} {{ input.reason_if_empty }}")
        + tag("else")
        + text("Body", "{{ w.empty }}")
        + tag("endif")
        + tag("endif")
        + tag("endfor")
    )


def _kpis() -> str:
    numbers = ("numerator", "denominator", "value", "stated", "previous", "target")
    basis = "{{ row.period }}. {{ w.source }}: {{ row.source }}"
    row = Row(
        (
            text("CellSmallCentre", "{{ loop.index }}"),
            text("CellSmall", "{{ row.name }}") + text("CellNote", basis),
            *(text("CellSmallNumber", "{{ row." + name + " }}") for name in numbers),
            text("CellSmallCentre", "{{ row.status }}"),
        )
    )
    head = ("row_number", "indicator", "numerator", "denominator", "computed", "stated")
    head += ("previous", "target", "status")
    widths = (10, 39, 16, 16, 19, 16, 18, 15, 16)
    return (
        text("Heading1", "{{ w.kpis }}")
        + tag("if m.kpi_rows")
        + _loop_table(widths, head, "for row in m.kpi_rows", row, head_style="CellSmallHead")
        + tag("else")
        + text("Body", "{{ w.no_kpis }}")
        + tag("endif")
    )


def _trend() -> str:
    return (
        tag("if trend")
        + text("Caption", "{{ trend_caption }}")
        + paragraph("Figure", ooxml.chart_frame("rIdChart", 160, 90, "{{ trend_alt }}"))
        + _trend_table()
        + text("Source", "{{ trend_source }}")
        + tag("endif")
    )


def _trend_table() -> str:
    """A column per period: the loop runs over cells, so the widths are left to the program."""

    def columns(style: str, values: str, shown: str) -> tuple[str, str, str]:
        return (
            text(style, "{%tc for value in " + values + " %}"),
            text(style, shown),
            text(style, "{%tc endfor %}"),
        )

    head = Row(
        (
            text("CellSmallHead", "{{ w.series }}"),
            *columns("CellSmallHead", "trend.period_labels", "{{ value }}"),
            text("CellSmallHead", "{{ w.target }}"),
        ),
        head=True,
    )
    row = Row(
        (
            text("CellSmall", "{{ row.name }}", keep_next=True),
            *columns("CellSmallNumber", "row.values", "{{ value }}"),
            text("CellSmallNumber", "{{ row.target }}"),
        )
    )
    rows = (head, row_tag("for row in trend_rows"), row, row_tag("endfor"))
    return ooxml.table((75, 0, 65, 0, 25), rows, fixed=False)


def _discussion() -> str:
    return (
        text("Heading1", "{{ w.discussion }}")
        + _paragraphs("m.discussion", "{{ line }}")
        + tag("if not m.discussion")
        + text("Body", "{{ w.empty }}")
        + tag("endif")
    )


def _conclusions() -> str:
    row = Row(
        (
            text("CellCentre", "{{ loop.index }}"),
            text("Cell", "{{ output.text }}"),
            text("Cell", "{{ output.owner }}"),
            text("CellCentre", "{{ output.due }}"),
            text("CellCentre", "{{ output.action_code }}"),
        )
    )
    head = ("row_number", "conclusion", "owner", "due", "action")
    return (
        text("Heading1", "{{ w.conclusions }}")
        + tag("for group in groups")
        + text("Heading2", "{{ group.heading }}")
        + tag("if group.outputs")
        + _loop_table((12, 62, 36, 26, 29), head, "for output in group.outputs", row)
        + tag("else")
        + text("Body", "{{ w.no_output }}")
        + tag("endif")
        + tag("endfor")
    )


def _paragraphs(value: str, shown: str) -> str:
    """A paragraph per line of a text that may hold several."""
    return tag(f"for line in {value}|paragraphs") + text("Body", shown) + tag("endfor")


def _loop_table(
    widths: tuple[float, ...], head: tuple[str, ...], loop: str, row: Row, *, head_style: str = "CellHead"
) -> str:
    """A table whose head repeats on each page and whose `row` is printed once per turn of `loop`."""
    titles = Row([text(head_style, "{{ w." + name + " }}") for name in head], head=True)
    gap = text("Gap", "", keep_next=True)
    return gap + ooxml.table(widths, (titles, row_tag(loop), row, row_tag("endfor"))) + text("Gap", "")


# ---------------------------------------------------------------- the package


def template(name: str) -> bytes:
    """The shipped template of that file name."""
    return build(TEMPLATES[name](), house=name in HOUSE_FORMS)


def build(body: str, *, house: bool = False) -> bytes:
    """A template .docx with this body, in the layout of the decree; a `house` form numbers all its pages n/N.

    A place for a chart (`rIdChart`) brings the chart's parts with it.
    """
    section = layout.section_properties(ND30, "" if house else "rIdFirst", "rIdHeader")
    relations = {
        "rIdStyles": ("styles", "styles.xml"),
        "rIdSettings": ("settings", "settings.xml"),
        "rIdHeader": ("header", "header1.xml"),
    }
    if not house:
        relations["rIdFirst"] = ("header", "header2.xml")
    charted = "rIdChart" in body
    if charted:
        relations["rIdChart"] = ("chart", "charts/chart1.xml")
    parts = {
        "_rels/.rels": _relations(
            {
                "rId1": ("officeDocument", "word/document.xml"),
                "rId2": ("metadata/core-properties", "docProps/core.xml"),
                "rId3": ("custom-properties", "docProps/custom.xml"),
            }
        ),
        "word/document.xml": f"<w:document {XMLNS}><w:body>{body}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(relations),
        "word/styles.xml": _styles(STYLES + sheet_template.STYLES if house else STYLES),
        "word/settings.xml": _settings(),
        **_headers(house),
        **(_chart_relations() if charted else {}),
        "docProps/core.xml": _core(),
    }
    blobs = {name: (PROLOGUE + xml).encode() for name, xml in parts.items()}
    if charted:
        drawn = chart.build(_EMPTY_TREND)
        blobs["word/charts/chart1.xml"] = drawn.xml
        blobs["word/embeddings/trend.xlsx"] = drawn.workbook
    blobs["docProps/custom.xml"] = package.custom_properties({"qms.trail_head": ""})
    kinds = {f"/{name}": _KINDS[name] for name in blobs if name in _KINDS}
    return package.zipped({"[Content_Types].xml": package.content_types(kinds), **blobs})


def _headers(house: bool) -> dict[str, str]:
    header = "<w:hdr {}>{}</w:hdr>"
    if house:
        return {"word/header1.xml": header.format(XMLNS, sheet_template.header())}
    marks = ("{{ illustrative_mark }}", "{{ draft_mark }}")
    return {
        "word/header1.xml": header.format(XMLNS, layout.page_header(*marks, numbered=True)),
        "word/header2.xml": header.format(XMLNS, layout.page_header(*marks, numbered=False)),
    }


def _chart_relations() -> dict[str, str]:
    return {
        "word/charts/_rels/chart1.xml.rels": _relations({"rId1": ("package", "../embeddings/trend.xlsx")})
    }


def _relations(targets: dict[str, tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_relation_type(kind)}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _relation_type(kind: str) -> str:
    return f"{_PACKAGE}/relationships/{kind}" if kind.startswith("metadata/") else f"{_OFFICE}/{kind}"


def _styles(styles: tuple[ooxml.Style, ...]) -> str:
    default = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{ooxml.fonts(ND30.font)}"
        '<w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN"/></w:rPr>'
        "</w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    defined = "".join(ooxml.style_xml(style, ND30.font) for style in styles)
    return f"<w:styles {XMLNS}>{default}{defined}</w:styles>"


def _settings() -> str:
    """Without a compatibility mode Word lays the paper out as its 2007 version did."""
    return (
        f'<w:settings {XMLNS}><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:compat>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
        'w:val="15"/></w:compat></w:settings>'
    )


def _core() -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title></dc:title></cp:coreProperties>'
    )


TEMPLATES: dict[str, Callable[[], str]] = {
    "review-minutes.docx": review_minutes,
    "corrective-action-sheet.docx": sheet_template.body,
    "apology-letter.docx": letter_template.body,
}
HOUSE_FORMS = frozenset({"corrective-action-sheet.docx"})  # of a type that the decree does not name


def main(folder: Path = resources.TEMPLATES / "docx") -> None:
    """Write every template into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATES:
        (folder / name).write_bytes(template(name))


if __name__ == "__main__":
    main()
