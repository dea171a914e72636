"""What a file is, and whether it is safe to open: decided from its bytes, never from its name.

Everything that would cost memory or run code is refused before a parser sees it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from qms.kernel.errors import Obstacle, Refused
from qms.kernel.numbers import Shown
from qms.kernel.text import Message, _

MAX_FILE = 10 * 1024 * 1024  # bytes of the file as it arrives
MAX_UNPACKED = 100 * 1024 * 1024  # bytes of all parts of a workbook together
MAX_RATIO = 200  # unpacked by packed, for parts above RATIO_FROM; real sheets stay below 60
RATIO_FROM = 4 * 1024 * 1024
MAX_PARTS = 2_000
MAX_COLUMNS = 200
MAX_ROWS = 100_000
MAX_CELLS = 5_000_000  # rows times columns
MAX_TEXT = 32_767  # characters in a cell, the limit of Excel itself

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN = (
    (b"%PDF", "PDF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"MZ", "EXE"),
    (b"SQLite format 3", "SQLite"),
)
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|\?xml|script)", re.IGNORECASE)

# A reader allocates the whole rectangle up to the last cell with content, so cells far out are looked for
# first: a column beyond GR (the 200th), a row beyond 99,999. Cells that carry only a style end in "/>".
# The patterns begin with the plain text `r="` because that makes them ten times faster to search for.
_FAR_COLUMN = re.compile(rb'r="(?:[A-Z]{3}|G[S-Z]|[H-Z][A-Z])[0-9]+"[^>]*[^/>]>')
_FAR_ROW = re.compile(rb'r="[A-Z]{1,3}[0-9]{6,}"[^>]*[^/>]>')
_FAR_BARE_ROW = re.compile(rb'r="[0-9]{6,}"[^>]*[^/>]>\s*<(?:\w+:)?c(?![^>]*\sr)')  # cells without a name
_WIDE = re.compile(rb'r="[A-Z]{2}[0-9]+"[^>]*[^/>]>')
_ROWS = re.compile(rb'row r="([0-9]+)"')
_ODD_SPELLINGS = (b"'", b"\n", b"\t", b"\r", b" =", b"= ")  # any other way to write an attribute has one
_ODD_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']")

ODS_TABLE = re.compile(rb"<table:table[ >]")
ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_LOSING = (b't="e"', b"</f>", b"<f ", b":f>")  # an error, and the ways to write a formula
_ODS_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="([0-9]+)"')


def refused(text: Message) -> Refused:
    """The refusal of a file, with the one reason `text`."""
    return Refused([Obstacle(text, where="#file", rule="file")])


def too_many_columns() -> Refused:
    """The refusal of a table that is wider than any statement."""
    text = _(
        "The table has more than %(n)s columns; keep only the columns of the statement", n=Shown(MAX_COLUMNS)
    )
    return refused(text)


def too_many_rows() -> Refused:
    """The refusal of a table that is longer than the limit."""
    return refused(_("The table has more than %(n)s rows; split the file", n=Shown(MAX_ROWS)))


def damaged() -> Refused:
    """The refusal of a file that cannot be read to its end."""
    return refused(
        _("The file is damaged or was cut off; open it where it was made, save it again and send that")
    )


def encrypted() -> Refused:
    """The refusal of a file that only its password opens."""
    return refused(_("The file is protected by a password; remove the password, save it and send it again"))


@dataclass(frozen=True)
class FileKind:
    """What a file is: `xlsx`, `ods` or `text`; `may_lose` says that formulas or errors stand in its sheets."""

    name: str
    may_lose: bool = False


def kind_of(data: bytes, filename: str, *, max_file: int = MAX_FILE) -> FileKind:
    """What a file is, after every check that needs no parser.

    Raises Refused, saying how to mend it, if the file is empty, too large, encrypted, damaged, carries
    macros, unpacks to far more than it should, or is no table.
    """
    if not data.strip(b"\0 \r\n\t"):
        raise refused(_("The file is empty"))
    if len(data) > max_file:
        raise refused(_("The file is larger than %(n)s MiB; split it", n=max_file // 1024 // 1024))
    if filename.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise _macros()
    if data.startswith(b"PK"):
        return _zip_kind(data)
    if data.startswith(_OLE):
        raise _ole(data)
    for magic, name in _KNOWN:
        if data.startswith(magic):
            raise _no_table(name)
    if _HTML.match(data[:1024]):
        raise _no_table("HTML")
    return FileKind("text")


def _no_table(what: str) -> Refused:
    return refused(
        _("The file is %(what)s, not a table; send the statement as .xlsx, .ods or .csv", what=what)
    )


def _macros() -> Refused:
    return refused(_("The workbook contains macros; save it as .xlsx (without macros) and send that"))


def _ole(data: bytes) -> Refused:
    """The refusal of what Office keeps in its old container: encrypted workbooks, .xls, .doc.

    A real .xls is refused as well: the reader allocates, and may give up, before anything can be checked.
    """

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        return encrypted()
    if holds("_VBA_PROJECT"):
        return _macros()
    if holds("WordDocument") or holds("PowerPoint Document"):
        return _no_table("Word/PowerPoint")
    if not (holds("Workbook") or holds("Book")):
        return damaged()
    return refused(_("The workbook is in the old .xls format; save it as .xlsx and send that"))


def _zip_kind(data: bytes) -> FileKind:
    """Which workbook a zip file is; every part is unpacked once, within the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_sizes(parts)
            names = {part.filename for part in parts}
            kind = _zip_kind_by_names(archive, names)
            return FileKind(kind, _check_parts(archive, parts, kind))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise damaged() from error
    except RuntimeError as error:  # what zipfile says of a part under a password
        raise encrypted() from error


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse a zip bomb by its declared sizes; unpacking stops at them, and a lie fails the checksum."""
    unpacked = sum(part.file_size for part in parts)
    steep = any(p.file_size > RATIO_FROM and p.file_size > MAX_RATIO * max(p.compress_size, 1) for p in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or steep:
        raise refused(
            _("The file unpacks to far more than a statement needs; copy the table into a new workbook")
        )


def _zip_kind_by_names(archive: zipfile.ZipFile, names: set[str]) -> str:
    """`xlsx` or `ods` by what the zip file holds."""
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _macros()
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise _no_table(".xlsb")
    for folder, name in (("word/", "Word"), ("ppt/", "PowerPoint")):
        if any(part.startswith(folder) for part in names):
            raise _no_table(name)
    if "content.xml" in names and "mimetype" in names:
        kind = archive.read("mimetype").strip()
        if b"opendocument.spreadsheet" not in kind:
            raise _no_table("OpenDocument")
        if any(name.startswith("Basic/") for name in names):
            raise _macros()
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise encrypted()
        return "ods"
    raise _no_table("ZIP")


def _check_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], kind: str) -> bool:
    """Unpack every part once (a wrong checksum raises) and look for cells far out in the sheets.

    True where a sheet holds formulas or errors.
    """
    may_lose = False
    for part in parts:
        content = archive.read(part)
        if kind == "xlsx" and b"sheetData" in content:
            _check_sheet(content)
            may_lose = may_lose or any(mark in content for mark in _LOSING)
        elif kind == "ods" and part.filename == "content.xml":
            _check_ods(content)
            may_lose = b'value-type="error"' in content
    return may_lose


def _check_sheet(xml: bytes) -> None:
    """Refuse a sheet with content beyond the limits of columns, rows and cells, however few its cells."""
    body = xml[100:]  # the declaration before it has a line end and, from some programs, apostrophes
    if any(odd in body for odd in _ODD_SPELLINGS):
        xml = _ODD_REFERENCE.sub(b' r="', xml).replace(b"'", b'"')
    if _FAR_COLUMN.search(xml):
        raise too_many_columns()
    if _FAR_ROW.search(xml) or _FAR_BARE_ROW.search(xml):
        raise too_many_rows()
    rows = max(map(int, _ROWS.findall(xml)), default=0)
    check_extent(min(rows, MAX_ROWS), MAX_COLUMNS if _WIDE.search(xml) else 26)


def check_extent(rows: int, columns: int) -> None:
    """Refuse a table beyond the limits of columns, rows and cells."""
    if columns > MAX_COLUMNS:
        raise too_many_columns()
    if rows > MAX_ROWS:
        raise too_many_rows()
    if rows * columns > MAX_CELLS:
        raise refused(
            _("The table has more than %(n)s cells; keep only what the statement needs", n=Shown(MAX_CELLS))
        )


def repeats(attributes: bytes) -> int:
    """How often an OpenDocument row or cell stands for itself."""
    found = _ODS_REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _check_ods(xml: bytes) -> None:
    """Refuse a sheet whose repeated rows and cells would unfold beyond the limits."""
    for table in ODS_TABLE.split(xml)[1:]:
        position = rows = columns = 0
        for row in ODS_ROW.finditer(table):
            position += repeats(row[1])
            if b"office:value-type" in (row[2] or b""):
                rows, columns = position, max(columns, _ods_width(row[2]))
        check_extent(rows, columns)


def _ods_width(row: bytes) -> int:
    """The columns of an OpenDocument row up to its last cell with a value."""
    position = width = 0
    for cell in ODS_CELL.finditer(row):
        position += repeats(cell[1])
        if b"office:value-type" in cell[1]:
            width = position
    return width
