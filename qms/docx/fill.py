"""Filling a template: a kind and its context go in, the bytes of a .docx come out.

The same context always gives the same bytes: no clock, no random id, no date in the zip.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, time
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from qms.docx import chart, layout, package
from qms.docx.effective import lines
from qms.docx.kinds import Kind, kind_of
from qms.docx.ooxml import W, twips
from qms.docx.view import Properties, View
from qms.kernel.text import current_language, language, printable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.opc.part import Part
    from jinja2 import Environment, Template

_LANGUAGE_TAGS = {"vi": "vi-VN", "en": "en-GB"}
_SMALL_TABLE = 4  # rows, with the head
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def render(kind: str, context: object, locale: str) -> bytes:
    """The document of `kind` about `context` in `locale` (`vi` or `en`).

    Raises NotFound for an unknown kind and TypeError for a context of another kind.
    """
    chosen = kind_of(kind)
    if not isinstance(context, chosen.context):
        raise TypeError(f"{kind} needs a {chosen.context.__name__}, not a {type(context).__name__}")
    with language(locale):
        return _fill(chosen, chosen.view(clean(context)))


def clean(value: Any) -> Any:
    """`value` with every text in it fit for paper."""
    if isinstance(value, str):
        return printable(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: clean(getattr(value, f.name)) for f in fields(value)})
    if isinstance(value, Sequence):
        return tuple(clean(item) for item in value)
    return value


def paragraphs(text: object) -> list[str]:
    """The lines of a text that hold anything, each to be a paragraph of its own."""
    return [line.strip() for line in str(text).split("\n") if line.strip()]


def _fill(kind: Kind, view: View) -> bytes:
    document = _filled(kind, view)
    arrange(document.element.body)
    _set_chart(document, view)
    set_properties(document, view.properties, kind.name)
    return package.saved(document.part.package)


def _filled(kind: Kind, view: View) -> Any:
    template = opened(kind)
    template.render(dict(view.names), environment(), autoescape=True)
    return template.docx


def opened(kind: Kind) -> Any:
    """The template of a kind, ready to be filled (docxtpl)."""
    return _template_class()(io.BytesIO(_template_bytes(kind)))


def arrange(body: Any) -> None:
    """Do to a filled body what only its final texts can tell: drawn lines, columns, rows that stay together."""
    _fit_rules(body)
    _even_columns(body)
    _keep_rows_together(body)
    _keep_signatures_company(body)


@cache
def environment() -> Environment:
    """The sandbox that templates run in: no code of theirs reaches further than the values given."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.filters["paragraphs"] = paragraphs
    return made


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    return environment().from_string(source)


@cache
def _template_class() -> type:
    """docxtpl's template, which costs most of its time in work that is the same every time."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from docxtpl import DocxTemplate

    class ShippedTemplate(DocxTemplate):
        @staticmethod
        @lru_cache(maxsize=64)
        def _patched(source: str) -> str:
            return DocxTemplate.patch_xml(cast("Any", None), source)

        def patch_xml(self, src_xml: str) -> str:
            return self._patched(src_xml)

        def render_xml_part(
            self, src_xml: str, part: Part, context: Mapping[str, Any], jinja_env: Environment | None = None
        ) -> str:
            """As docxtpl's, without its turning a user's `{_{` into `{{`."""
            xml = _compiled(src_xml).render(context)
            return self.resolve_listing(xml) if "\n" in xml or "\t" in xml else xml

        def get_xml(self) -> str:
            """The whole document: grafting a filled body into another tree costs more than filling it."""
            return self.xml_to_string(self.docx.element)

        def fix_tables(self, xml: str) -> Any:
            """The filled text as a tree; the columns of our tables are evened out later."""
            return parse_xml(xml)

        def fix_docpr_ids(self, tree: Any) -> None:
            """No two drawings share an id, even where a loop drew them."""
            for number, drawing in enumerate(tree.iter(qn("wp:docPr")), 1):
                drawing.set("id", str(number))

        def map_tree(self, tree: Any) -> None:
            self.docx.part._element = tree
            self.docx = self.docx.part.document

        def render_properties(self, context: Mapping[str, Any], jinja_env: Environment | None = None) -> None:
            """Nothing: the properties of the file are set from the view."""

    return ShippedTemplate


@lru_cache(maxsize=16)
def _read(path: str, changed: int) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _template_bytes(kind: Kind) -> bytes:
    return _read(str(kind.path), kind.path.stat().st_mtime_ns)


def _fit_rules(body: Any) -> None:
    """Draw each line below a part as long as the decree wants it for the text that now stands there."""
    for style in body.iter(f"{W}pStyle"):
        if style.get(f"{W}val") != "Rule":
            continue
        paragraph = style.getparent().getparent()
        above = paragraph.getprevious()
        words = lines(above)
        widths = [
            cell.get(f"{W}w") for cell in paragraph.iterancestors(f"{W}tc") for cell in cell.iter(f"{W}tcW")
        ]
        column = int(widths[0]) / twips(1000) * 1000 if widths else layout.TEXT
        indent = str(twips(layout.rule_indent(_style(above).lower(), words, column)))
        place = paragraph.find(f"{W}pPr/{W}ind")
        place.set(f"{W}left", indent)
        place.set(f"{W}right", indent)


def _keep_rows_together(body: Any) -> None:
    """Keep a small table on one page, and no single row of a long one alone at the foot or top of a page."""
    for table in body.iter(f"{W}tbl"):
        rows = table.findall(f"{W}tr")
        kept = rows[:-1] if len(rows) <= _SMALL_TABLE else [*rows[:2], rows[-2]]
        for row in kept:
            for properties in row.iter(f"{W}pPr"):
                _keep_with_next(properties)


def _keep_with_next(properties: Any) -> None:
    if properties.find(f"{W}keepNext") is None:
        properties.insert(1, properties.makeelement(f"{W}keepNext"))  # behind the style


def _keep_signatures_company(body: Any) -> None:
    """No page holds the signatures alone: the last words before the last frameless table stay with it."""
    frameless = [t for t in body.findall(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblBorders") is None]
    above = frameless[-1].getprevious() if frameless else None
    while above is not None and above.tag == f"{W}p":
        _keep_with_next(above.find(f"{W}pPr"))
        if lines(above):
            return
        above = above.getprevious()


def _even_columns(body: Any) -> None:
    """Give the columns that came from a loop one width; the first, which names the rows, twice that."""
    for table in body.iter(f"{W}tbl"):
        layout_kind = table.find(f"{W}tblPr/{W}tblLayout")
        if layout_kind is None or layout_kind.get(f"{W}type") != "autofit":
            continue
        grid = table.find(f"{W}tblGrid")
        count = len(table.find(f"{W}tr").findall(f"{W}tc"))
        part = twips(layout.TEXT) // (count + 1)
        widths = [str(part * 2), *[str(part)] * (count - 1)]
        grid[:] = [grid.makeelement(f"{W}gridCol", {f"{W}w": width}) for width in widths]
        for row in table.iter(f"{W}tr"):
            for cell, width in zip(row.iter(f"{W}tcW"), widths, strict=False):
                cell.set(f"{W}w", width)
                cell.set(f"{W}type", "dxa")
        layout_kind.set(f"{W}type", "fixed")


def _style(paragraph: Any) -> str:
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return "" if found is None else found.get(f"{W}val")


def _set_chart(document: Document, view: View) -> None:
    """Put the trend into the template's chart, or take the chart's part away with its place."""
    for relation, part in list(related(document.part, "chart")):
        if view.trend is None:
            document.part.rels.pop(relation)
            continue
        built = chart.build(view.trend)
        part._blob = built.xml
        for _relation, workbook in related(part, "package"):
            workbook._blob = built.workbook


def related(part: Any, kind: str) -> Iterator[tuple[str, Any]]:
    """(relation id, part) of the parts of a kind, such as `header`, that a part refers to."""
    for name, relation in part.rels.items():
        if relation.reltype == _RELATION + kind:
            yield name, relation.target_part


def set_properties(document: Document, properties: Properties, kind: str) -> None:
    """Write the properties of the file: what it is, whose, of when, and the head of the trail."""
    core = document.core_properties
    tag = _LANGUAGE_TAGS[current_language()]
    moment = datetime.combine(properties.dated or package.NO_DATE, time())
    core.title, core.author, core.identifier = (
        properties.title[:255],
        properties.author[:255],
        properties.code[:255],
    )
    core.last_modified_by, core.language, core.revision = properties.author[:255], tag, 1
    core.created = core.modified = moment
    for lang in document.styles.element.iter(f"{W}lang"):
        lang.set(f"{W}val", tag)
    values = {"qms.kind": kind, "qms.code": properties.code, "qms.trail_head": properties.trail_head}
    for _name, part in related(document.part.package, "custom-properties"):
        part._blob = package.custom_properties(values)
