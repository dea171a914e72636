"""Several records in one file: the template of one sheet, filled once per record, each a section of its own.

Each begins on a new page, has its own marks in the top margin and counts its own pages. The template is
read once, and no more than one filled sheet is held as a tree, so the time grows with the number of sheets alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qms.docx import fill, package
from qms.docx.kinds import Kind, kind_of
from qms.docx.ooxml import W
from qms.docx.view import Properties, View
from qms.kernel.errors import NotFound
from qms.kernel.text import language

_OPEN, _CLOSE = b"<w:body>", b"</w:body>"
_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def render_all(kind: str, contexts: Iterable[object], locale: str, properties: Properties) -> bytes:
    """One document of `kind` about all `contexts`, in their order; `properties` are those of the file.

    Charts are not drawn. Raises NotFound for an unknown kind and where there is no context, TypeError for a
    context of another kind.
    """
    chosen = kind_of(kind)
    with language(locale):
        series = _Series(chosen)
        for context in contexts:
            if not isinstance(context, chosen.context):
                raise TypeError(f"{kind} needs a {chosen.context.__name__}, not a {type(context).__name__}")
            series.add(chosen.view(fill.clean(context)))
        return series.saved(properties)


class _Series:
    """The document as it grows: finished sheets are kept as bytes, the last one as its tree."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.template = fill.opened(kind)
        self.template.render_init()
        self.part: Any = self.template.docx.part
        self.source = self.template.patch_xml(self.template.get_xml())
        self.headers = {
            name: (header, self.template.patch_xml(header.blob.decode()))
            for name, header in fill.related(self.part, "header")
        }
        self.sheets: list[bytes] = []
        self.envelope = (b"", b"")
        self.last: Any = None

    def add(self, view: View) -> None:
        """Another sheet, behind those that are there."""
        self._keep(followed=True)
        number = len(self.sheets) + 1
        end = f"sheet_{number}_end"
        self.last = self._tree(self._filled(self.source, view, end))
        body = self.last.find(f"{W}body")
        fill.arrange(body)
        _bookmark(_last_paragraph(body), end, number)
        for reference in body[-1].iter(f"{W}headerReference"):
            header, source = self.headers[reference.get(_REFERENCE)]
            name = f"{reference.get(_REFERENCE)}S{number}"
            self._add_header(name, header, self._filled(source, view, end))
            reference.set(_REFERENCE, name)

    def saved(self, properties: Properties) -> bytes:
        """The bytes of the file."""
        if self.last is None:
            raise NotFound(self.kind.name)
        self._keep(followed=False)
        for name in self.headers:
            self.part.rels.pop(name)
        fill.set_properties(self.template.docx, properties, self.kind.name)
        whole = b"".join((self.envelope[0], *self.sheets, self.envelope[1]))
        return package.saved(self.part.package, {str(self.part.partname): whole})

    def _filled(self, source: str, view: View, end: str) -> str:
        """The text with its values; the pages counted are those up to the end of this sheet."""
        xml = self.template.render_xml_part(source, None, view.names)
        return xml.replace(" NUMPAGES ", f" PAGEREF {end} ")

    def _tree(self, xml: str) -> Any:
        from docx.oxml import parse_xml

        return parse_xml(xml)

    def _add_header(self, name: str, like: Any, xml: str) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part

        part = Part(PackURI(f"/word/{name}.xml"), like.content_type, xml.encode(), self.part.package)
        self.part.rels.add_relationship(RELATIONSHIP_TYPE.HEADER, part, name)

    def _keep(self, *, followed: bool) -> None:
        """Keep the last sheet as bytes; where another follows, its section ends with its last paragraph."""
        if self.last is None:
            return
        from lxml import etree

        body = self.last.find(f"{W}body")
        if followed:
            _properties(body[-2]).append(body[-1])
        xml = etree.tostring(self.last, encoding="UTF-8", standalone=True)
        start, end = xml.index(_OPEN) + len(_OPEN), xml.rindex(_CLOSE)
        self.envelope = (xml[:start], xml[end:])
        self.sheets.append(xml[start:end])


def _last_paragraph(body: Any) -> Any:
    """The paragraph before the properties of the section; one is added behind a table that ends the sheet."""
    if body[-2].tag != f"{W}p":
        body.insert(len(body) - 1, body.makeelement(f"{W}p"))
    return body[-2]


def _properties(paragraph: Any) -> Any:
    found = paragraph.find(f"{W}pPr")
    if found is None:
        found = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, found)
    return found


def _bookmark(paragraph: Any, name: str, number: int) -> None:
    """Name the place, so that a field can tell its page."""
    start = paragraph.makeelement(f"{W}bookmarkStart", {f"{W}id": str(number), f"{W}name": name})
    paragraph.extend((start, paragraph.makeelement(f"{W}bookmarkEnd", {f"{W}id": str(number)})))
