"""Cells whose result the reader drops: formulas that end in an error, and formulas never computed.

The reader gives both as blank cells, and a blank figure means “not published”. So they are looked for in the
file itself and put back as the text that stands there (`#DIV/0!`), which is then refused as no number; where
texts are read, their places (`Table.lost`) are looked up.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any

from qms.importers.guards import ODS_CELL, ODS_ROW, ODS_TABLE, repeats
from qms.kernel.text import _

NO_RESULT = _(
    "the formula here has no result or ends in an error: open the file in a spreadsheet program and save it, or write "
    "the result into the cell"
)

_HINT = re.compile(rb't="e"|</f>(?:<v></v>|<v ?/>)?</(?:\w+:)?c>|<f [^>]*/></(?:\w+:)?c>')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]+)"([^>]*[^/>]|)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>([^<]*)<")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?\w+:id=\"([^\"]+)\"")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")
_ODS_ERROR = b'value-type="error"'
_ODS_SHOWN = re.compile(rb"\s*<text:p[^>]*>([^<]*)")


def put_back(rows: list[list[Any]], lost: dict[tuple[int, int], str]) -> frozenset[tuple[int, int]]:
    """Write the texts of lost cells, counted from 0, into the blank cells of a sheet, and tell into which."""
    blank = frozenset(
        (row, column)
        for row, column in lost
        if row < len(rows) and column < len(rows[row]) and rows[row][column] in (None, "")
    )
    for row, column in blank:
        rows[row][column] = lost[row, column]
    return blank


def lost_results(data: bytes, kind: str) -> dict[int, dict[tuple[int, int], str]]:
    """Per sheet (from 0, in the order of the workbook) the lost cells and what stands in them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = _of_ods(archive) if kind == "ods" else _of_xlsx(archive)
        return {index: cells for index, cells in sheets if cells}


def _of_xlsx(archive: zipfile.ZipFile) -> Iterator[tuple[int, dict[tuple[int, int], str]]]:
    names = set(archive.namelist())
    relations = archive.read("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in names else b""
    targets = {
        _attribute(found, b"Id"): _attribute(found, b"Target") for found in _RELATION.findall(relations)
    }
    for index, key in enumerate(_SHEET.findall(archive.read("xl/workbook.xml"))):
        part = posixpath.normpath(posixpath.join("/xl", targets.get(key.decode(), ""))).lstrip("/")
        content = archive.read(part) if part in names else b""
        if _HINT.search(content):
            yield (
                index,
                {place: text for match in _CELL.finditer(content) for place, text in _xlsx_cell(match)},
            )


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb'="([^"]*)"', tag)
    return found[1].decode() if found else ""


def _xlsx_cell(match: re.Match[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    """The place and text of a cell if the reader drops its result; an empty text result is no loss."""
    letters, row, attributes, inside = match.groups()
    value, formula = _VALUE.search(inside), _FORMULA.search(inside)
    if b't="e"' in attributes and value is not None:
        text = value[1]
    elif b"<f" in inside and value is None and b't="str"' not in attributes:
        text = b"=" + (formula[1] if formula else b"")
    else:
        return
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    yield (int(row) - 1, column - 1), unescape(text.decode("utf-8", "replace"))


def _of_ods(archive: zipfile.ZipFile) -> Iterator[tuple[int, dict[tuple[int, int], str]]]:
    content = archive.read("content.xml")
    if _ODS_ERROR not in content:
        return
    for index, table in enumerate(ODS_TABLE.split(content)[1:]):
        found: dict[tuple[int, int], str] = {}
        at = 0
        for row in ODS_ROW.finditer(table):
            column = 0
            for cell in ODS_CELL.finditer(row[2] or b""):
                if _ODS_ERROR in cell[1]:
                    shown = _ODS_SHOWN.match(row[2], cell.end())
                    found[at, column] = unescape(shown[1].decode("utf-8", "replace")) if shown else "#ERR"
                column += repeats(cell[1])
            at += repeats(row[1])
        yield index, found
