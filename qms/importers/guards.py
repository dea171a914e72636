"""What a file is, and whether it is safe to open: decided from its bytes; a name that says otherwise is refused.

Everything that would cost memory or run code is refused before a parser sees it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from qms.importers import extent
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.filetypes import carries_macros
from qms.kernel.numbers import Shown
from qms.kernel.text import Message, _

MAX_FILE = 10 * 1024 * 1024  # bytes of the file as it arrives
MAX_UNPACKED = 50 * 1024 * 1024  # bytes of all parts of a workbook together
MAX_RATIO = 200  # unpacked by packed, for parts above RATIO_FROM; real sheets stay below 60
RATIO_FROM = 4 * 1024 * 1024
MAX_PARTS = 2_000
MAX_COLUMNS = 200
MAX_ROWS = 100_000
MAX_CELLS = 1_000_000  # rows times columns, of all sheets together
MAX_TEXT = 32_767  # characters in a cell, the limit of Excel itself
MAX_CHARACTERS = 20_000_000  # in all cells together, a text that several cells share counted for each
MAX_MERGES = 10_000  # merged areas of a sheet

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
_ENDINGS = {"xlsx": (".xlsx",), "ods": (".ods",), "text": (".csv", ".txt")}  # the first is the usual one
_CONTENTS = {
    "xlsx": _("an Excel workbook"),
    "ods": _("an OpenDocument spreadsheet"),
    "text": _("text (CSV)"),
}
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|\?xml|script)", re.IGNORECASE)

ODS_TABLE = re.compile(rb"<table:table[ >]")
ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_READ = (".xml", ".rels", "mimetype")  # the parts that a reader needs
_LOSING = (b't="e"', b"f>", b"<f ")  # an error, and the ways to write a formula
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
    """What a file is: `xlsx`, `ods` or `text`.

    Of a workbook `content` is a new archive of the checked parts alone, so that no reader sees other bytes
    than were checked; `sheets` is how many it has at most; `may_lose` says that formulas or errors stand in them.
    """

    name: str
    content: bytes = b""
    sheets: int = 0
    may_lose: bool = False


def kind_of(data: bytes, filename: str, *, max_file: int = MAX_FILE) -> FileKind:
    """What a file is, after every check that needs no parser; an empty `filename` promises nothing.

    Raises Refused, saying how to mend it, if the file is empty, too large, encrypted, damaged, carries
    macros, unpacks to far more than it should, is no table, or is another one than its name says.
    """
    kind = _kind_by_content(data, filename, max_file)
    if filename and not filename.lower().endswith(_ENDINGS[kind.name]):
        raise _misnamed(filename, kind.name)
    return kind


def _misnamed(filename: str, kind: str) -> Refused:
    """The refusal of a file whose name promises something else: it would mislead whoever opens it later."""
    name, dot, ending = filename[-60:].rpartition(".")
    found, right = _CONTENTS[kind], _ENDINGS[kind][0]
    if not dot:
        return refused(
            _("“%(name)s” holds %(found)s: give its name the ending %(right)s and send it again",
              name=ending, found=found, right=right)
        )  # fmt: skip
    return refused(
        _("“%(name)s” is named .%(ending)s, but it holds %(found)s: give its name the ending %(right)s and "
          "send it again", name=f"{name}.{ending}", ending=ending, found=found, right=right)
    )  # fmt: skip


def _kind_by_content(data: bytes, filename: str, max_file: int) -> FileKind:
    """What the bytes of a file say it is; raises Refused for everything that is no safe table."""
    if not data.strip(b"\0 \r\n\t"):
        raise refused(_("The file is empty"))
    if len(data) > max_file:
        raise refused(_("The file is larger than %(n)s MB; split it", n=max_file // 1024 // 1024))
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
            if len(names) < len(parts):
                raise damaged()
            kind = _zip_kind_by_names(archive, names)
            contents = {part.filename: archive.read(part) for part in parts}  # a wrong checksum raises
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise damaged() from error
    except RuntimeError as error:  # what zipfile says of a part under a password
        raise encrypted() from error
    read = {name: part for name, part in contents.items() if name.endswith(_READ)}
    del contents
    return _checked(kind, read)


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
    if carries_macros(archive):
        raise _macros()
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "encrypted-package" in names:  # OpenDocument 1.3
        raise encrypted()
    if "xl/workbook.bin" in names:
        raise _no_table(".xlsb")
    for folder, name in (("word/", "Word"), ("ppt/", "PowerPoint")):
        if any(part.startswith(folder) for part in names):
            raise _no_table(name)
    if "content.xml" in names and "mimetype" in names:
        kind = archive.read("mimetype").strip()
        if b"opendocument.spreadsheet" not in kind:
            raise _no_table("OpenDocument")
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise encrypted()
        return "ods"
    raise _no_table("ZIP")


def _checked(kind: str, parts: dict[str, bytes]) -> FileKind:
    """A workbook of these parts, after looking how far its cells reach; raises Refused."""
    try:
        sheets, may_lose = _check_xlsx(parts) if kind == "xlsx" else _check_ods(parts)
    except extent.NotXml as error:
        raise damaged() from error
    except extent.Declares as error:
        raise refused(
            _("The file declares a document type (DTD), which no spreadsheet program writes; copy the table into a "
              "new workbook and send that")
        ) from error  # fmt: skip
    return FileKind(kind, _packed(parts), sheets, may_lose)


def _packed(parts: dict[str, bytes]) -> bytes:
    """These parts as an archive, not compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def _check_xlsx(parts: dict[str, bytes]) -> tuple[int, bool]:
    """How many parts are sheets, and whether formulas or errors stand in one."""
    sheets = [part for part in parts.values() if b"sheetData" in part]
    for part in parts.values():
        if b"sheetData" not in part:
            extent.well_formed(part)
    strings = extent.Strings.among(parts.values())
    if strings.number > MAX_CELLS:
        raise _too_many_cells()
    losing = [any(mark in sheet for mark in _LOSING) for sheet in sheets]
    odd = [b"<!" in sheet for sheet in sheets]  # comments and the like, in which `lost` would see cells
    if any(losing) and any(odd):
        raise damaged()
    for sheet, closely in zip(sheets, map(max, losing, odd), strict=True):
        if sheet.count(b"mergeCell") > 2 * MAX_MERGES:
            raise refused(_("The table merges more than %(n)s areas; remove the merges", n=Shown(MAX_MERGES)))
        check_extent(extent.of_sheet(sheet, strings, closely=closely))
    return len(sheets), any(losing)


def _check_ods(parts: dict[str, bytes]) -> tuple[int, bool]:
    """How many tables an OpenDocument spreadsheet has, and whether one holds an error."""
    for name, part in parts.items():
        if name.endswith(".xml") and name != "content.xml":
            extent.well_formed(part)
    tables = extent.of_tables(parts["content.xml"])
    for table in tables:
        check_extent(table)
    check_total(sum(t.rows * t.columns for t in tables), sum(t.characters for t in tables))
    may_lose = b'value-type="error"' in parts["content.xml"]
    if may_lose and b"<!" in parts["content.xml"]:
        raise damaged()
    return len(tables), may_lose


def check_extent(found: extent.Extent) -> None:
    """Refuse a table beyond the limits of columns, rows, cells and text."""
    if found.columns > MAX_COLUMNS:
        raise too_many_columns()
    if found.rows > MAX_ROWS:
        raise too_many_rows()
    check_total(found.rows * found.columns, found.characters)


def check_total(cells: int, characters: int) -> None:
    """Refuse what all tables of a file hold together, beyond the limits of cells and text."""
    if cells > MAX_CELLS:
        raise _too_many_cells()
    if characters > MAX_CHARACTERS:
        raise refused(
            _("The cells hold more than %(n)s characters of text together; keep only what the statement needs",
              n=Shown(MAX_CHARACTERS))
        )  # fmt: skip


def _too_many_cells() -> Refused:
    return refused(
        _("The table has more than %(n)s cells; keep only what the statement needs", n=Shown(MAX_CELLS))
    )


def repeats(attributes: bytes) -> int:
    """How often an OpenDocument row or cell stands for itself."""
    found = _ODS_REPEATED.search(attributes)
    return int(found[1]) if found else 1
