"""Reading tables from files, and every bad file that must be refused with an answer."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from qms.importers import guards
from qms.importers.extent import Strings, of_sheet
from qms.importers.table import cell_name, kind, read_table
from qms.kernel.errors import Refused
from qms.kernel.text import language

ROWS = [["period", "field", "received_total"], ["2024-Q1", "Hộ tịch", 14712], ["2024-Q1", "000.123", 7]]
CSV = 'period,field,received_total\n2024-Q1,Hộ tịch,"14.712"\n2024-Q1,000.123,7\n'


def xlsx(rows: Iterable[Iterable[Any]] = ROWS, *, sheet: str = "Sheet1", **more: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, lines in {sheet: rows, **more}.items():
            page = book.add_worksheet(name)
            for index, line in enumerate(lines):
                page.write_row(index, 0, line)
    return buffer.getvalue()


def zipped(parts: dict[str, bytes], start: bytes = b"") -> bytes:
    """`start` (a zip file) with parts added or replaced."""
    buffer = io.BytesIO()
    known: dict[str, bytes] = {}
    if start:
        with zipfile.ZipFile(io.BytesIO(start)) as archive:
            known = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**known, **parts}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose first sheet holds these rows of xml."""
    head = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    sheet = f"{head}<sheetData>{xml}</sheetData></worksheet>"
    return zipped({"xl/worksheets/sheet1.xml": sheet.encode()}, xlsx())


def ods(content: str) -> bytes:
    body = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Bảng 1">{content}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": body.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def ods_cell(text: str, attributes: str = "") -> str:
    start = f'<table:table-cell office:value-type="string" {attributes}>'
    return f"{start}<text:p>{text}</text:p></table:table-cell>"


# ---------------------------------------------------------------- what is read


def test_a_workbook_gives_its_cells_by_kind_and_position() -> None:
    table = read_table(xlsx(ROWS, Phụ_lục=[["x"]]), "a.xlsx")
    assert (table.format, table.sheet, table.filename) == ("xlsx", "Sheet1", "a.xlsx")
    assert table.cells == ROWS
    assert [kind(cell) for cell in table.cells[1]] == ["text", "text", "number"]
    assert [(more.sheet, more.cells) for more in table.more] == [("Phụ_lục", [["x"]])]


def test_codes_stay_text_and_dates_stay_dates() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "000.123")
        page.write_datetime(0, 1, datetime(2024, 3, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
        page.write_boolean(0, 2, True)
        page.write_formula(0, 3, "=1+1", None, 2)
        page.write_string(0, 4, "=1+1")
    [row] = read_table(buffer.getvalue()).cells
    assert [kind(cell) for cell in row] == ["text", "date", "bool", "number", "text"]
    assert (row[0], row[3], row[4]) == ("000.123", 2, "=1+1")


def test_blank_rows_above_keep_the_row_numbers_of_the_file() -> None:
    table = read_table(xlsx([[], [], [None, "x"]]))
    assert table.cells[2][1] == "x"
    assert cell_name(2, 1) == "B3"
    assert cell_name(0, 27) == "AB1"


def test_an_open_document_is_read() -> None:
    data = ods(f"<table:table-row>{ods_cell('period')}{ods_cell('Hộ tịch')}</table:table-row>")
    table = read_table(data, "a.ods")
    assert (table.format, table.sheet, table.cells) == ("ods", "Bảng 1", [["period", "Hộ tịch"]])


def test_a_hidden_sheet_is_named_and_not_read() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("a").write(0, 0, "x")
        hidden = book.add_worksheet("b")
        hidden.write(0, 0, "y")
        hidden.hide()
    table = read_table(buffer.getvalue())
    assert table.hidden == ("b",)
    assert table.more == ()


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        (lambda text: text.encode(), "UTF-8"),
        (lambda text: text.encode("utf-8-sig"), "UTF-8"),
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: text.encode("utf-16-le"), "UTF-16"),
        (lambda text: text.encode("utf-16-be"), "UTF-16"),
        (lambda text: text.replace("ộ", "ô\u0323").replace("ị", "i\u0323").encode("cp1258"), "Windows-1258"),
    ],
)
def test_a_csv_is_read_in_every_usual_encoding(encode: Callable[[str], bytes], encoding: str) -> None:
    table = read_table(encode(CSV), "a.csv")
    assert (table.format, table.encoding, table.delimiter) == ("csv", encoding, ",")
    assert table.cells[1:] == [["2024-Q1", "Hộ tịch", "14.712"], ["2024-Q1", "000.123", "7"]]


def test_text_typed_with_separate_marks_is_composed() -> None:
    table = read_table("a,b\nHô\u0323 ti\u0323ch,1\n".encode())
    assert table.cells[1][0] == "Hộ tịch"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_among_commas_in_numbers(separator: str) -> None:
    lines = [["period", "online_pct", "early_pct"], ["2023", "5,96", "99,4"], ["2024", "6,63", "97,96"]]
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in line] for line in lines]
    text = "\n".join(separator.join(line) for line in (quoted if separator == "," else lines))
    table = read_table(text.encode())
    assert (table.delimiter, table.cells) == (separator, lines)


def test_the_separator_may_be_told_in_the_first_line() -> None:
    assert read_table(b"sep=;\na;b\n1;2\n").delimiter == ";"


def test_a_short_line_of_a_csv_has_blank_cells() -> None:
    assert read_table(b"a,b,c\n1\n").cells[1] == ["1", None, None]


def test_line_ends_and_separators_inside_quotation_marks_belong_to_the_cell() -> None:
    table = read_table(b'a,b,c\nx,"1\n2, 3",y\n')
    assert table.cells == [["a", "b", "c"], ["x", "1\n2, 3", "y"]]


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "số liệu.csv"
    path.write_text(CSV, "utf-8")
    assert read_table(path).filename == "số liệu.csv"


# ---------------------------------------------------------------- what is refused


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + stream.encode("utf-16-le") + b"\0" * 512


def bomb() -> bytes:
    return zipped({"xl/media/a.xml": b"0" * (guards.MAX_UNPACKED + 1)}, xlsx())


def lying_bomb() -> bytes:
    """A part that unpacks to more than it declares."""
    data = bytearray(zipped({"xl/worksheets/sheet1.xml": b" " * 500_000}, xlsx()))
    size = (500_000).to_bytes(4, "little")
    for match in re.finditer(re.escape(size), bytes(data)):
        data[match.start() : match.start() + 4] = (500).to_bytes(4, "little")
    return bytes(data)


SHEET = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'


def sharing(text: str, cells: int) -> bytes:
    """A workbook in which that many cells hold the same text."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, cells + 1))
    shared = f"<sst><si><t>{text}</t></si></sst>"
    return zipped({"xl/sharedStrings.xml": shared.encode()}, with_sheet(rows))


def many_sheets(times: int) -> bytes:
    """A workbook that names its one sheet many times."""
    with zipfile.ZipFile(io.BytesIO(xlsx())) as archive:
        book = archive.read("xl/workbook.xml").decode()
    sheet = re.search("<sheet [^>]*/>", book)
    assert sheet is not None
    named = "".join(sheet[0].replace("Sheet1", f"S{n}") for n in range(times))
    return zipped({"xl/workbook.xml": book.replace(sheet[0], named).encode()}, xlsx())


def doubled() -> bytes:
    """A workbook whose archive holds a part twice: which one counts is up to the reader."""
    buffer = io.BytesIO(xlsx())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", SHEET)
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "a.xlsx", "empty"),
    "only blanks": (lambda: b"\n \n", "a.csv", "empty"),
    "no cells": (lambda: xlsx([]), "a.xlsx", "holds no table"),
    "truncated": (lambda: xlsx()[:-200], "a.xlsx", "damaged"),
    "broken part": (
        lambda: zipped({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}, xlsx()),
        "a.xlsx",
        "damaged",
    ),
    "macro by name": (xlsx, "a.xlsm", "macros"),
    "macro inside": (lambda: zipped({"xl/vbaProject.bin": b"x"}, xlsx()), "a.xlsx", "macros"),
    "macro in xls": (lambda: ole("Workbook") + ole("_VBA_PROJECT_CUR"), "a.xls", "macros"),
    "encrypted": (lambda: ole("EncryptedPackage"), "a.xlsx", "password"),
    "ole without workbook": (lambda: ole("Something"), "a.xls", "damaged"),
    "old xls": (lambda: ole("Workbook"), "a.xls", "old .xls format"),
    "word in ole": (lambda: ole("WordDocument"), "a.xls", "not a table"),
    "zip bomb": (bomb, "a.xlsx", "unpacks to far more"),
    "lying zip bomb": (lying_bomb, "a.xlsx", "damaged"),
    "steep part": (lambda: zipped({"xl/a.xml": b"0" * 6_000_000}, xlsx()), "a.xlsx", "unpacks to far more"),
    "10,000 columns": (lambda: xlsx([[f"c{i}" for i in range(10_000)]]), "a.xlsx", "more than 200 columns"),
    "10,000 columns csv": (lambda: b",".join([b"1"] * 10_000), "a.csv", "more than 200 columns"),
    "300 columns csv": (lambda: b",".join([b"1"] * 300), "a.csv", "more than 200 columns"),
    "a cell far right": (
        lambda: with_sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'),
        "a.xlsx",
        "200 columns",
    ),
    "a cell far down": (
        lambda: with_sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "a.xlsx",
        "100,000 rows",
    ),
    "a nameless cell far down": (
        lambda: with_sheet('<row r="1048576"><c><v>1</v></c></row>'),
        "a.xlsx",
        "100,000 rows",
    ),
    "a cell far out in other quotes": (
        lambda: with_sheet("<row r = '1'><c r = 'XFD1'><v>1</v></c></row>"),
        "a.xlsx",
        "200 columns",
    ),
    "two far corners": (
        lambda: with_sheet(
            '<row r="1"><c r="GA1"><v>1</v></c></row><row r="99000"><c r="A99000"><v>1</v></c></row>'
        ),
        "a.xlsx",
        "1,000,000 cells",
    ),
    "a cell far out in small letters": (
        lambda: with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>1</v></c></row>'),
        "a.xlsx",
        "200 columns",
    ),
    "a cell far out that begins otherwise": (
        lambda: with_sheet('<row r="1048576"><c s="1>" r="XFD1048576"><v>1</v></c></row>'),
        "a.xlsx",
        "200 columns",
    ),
    "a cell far out after a tab": (
        lambda: with_sheet('<row r="1"><c\tr="XFD1048576"><v>1</v></c></row>'),
        "a.xlsx",
        "200 columns",
    ),
    "a cell far out under a prefix": (
        lambda: with_sheet('<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'),
        "a.xlsx",
        "200 columns",
    ),
    "a cell far out in the first bytes": (
        lambda: zipped(
            {
                "xl/worksheets/sheet1.xml": b"<w><sheetData><row><c r='XFD1'><v>1</v></c></row></sheetData></w>"
            },
            xlsx(),
        ),
        "a.xlsx",
        "200 columns",
    ),
    "a far row below a near one": (
        lambda: with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="Z1048576"><v>1</v></c></row>'),
        "a.xlsx",
        "100,000 rows",
    ),
    "a cell in no row": (
        lambda: with_sheet('<row r="1"><c r="A0"><v>1</v></c></row>'),
        "a.xlsx",
        "damaged",
    ),
    "a cell beyond counting": (
        lambda: with_sheet('<row r="1"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
        "a.xlsx",
        "damaged",
    ),
    "a long text in many cells": (
        lambda: sharing("A" * 30_000, 1_000),
        "a.xlsx",
        "20,000,000 characters",
    ),
    "a part named as many sheets": (lambda: many_sheets(50), "a.xlsx", "damaged"),
    "many merges": (
        lambda: with_sheet(
            "</sheetData><mergeCells>"
            + '<mergeCell ref="A1:XFD1048576"/>' * 20_001
            + "</mergeCells><sheetData>"
        ),
        "a.xlsx",
        "10,000 areas",
    ),
    "a document type": (
        lambda: zipped({"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + SHEET}, xlsx()),
        "a.xlsx",
        "document type",
    ),
    "a document type in the texts": (
        lambda: zipped({"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><sst/>'}, xlsx()),
        "a.xlsx",
        "document type",
    ),
    "cells in a comment": (
        lambda: with_sheet(
            "<!--" + '<c r="A1">' * 200_000 + '--><row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>'
        ),
        "a.xlsx",
        "damaged",
    ),
    "cells without an end": (
        lambda: with_sheet('<c r="A1">' * 200_000 + '<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>'),
        "a.xlsx",
        "damaged",
    ),
    "a part twice": (doubled, "a.xlsx", "damaged"),
    "macros by the declared type": (
        lambda: zipped({"[Content_Types].xml": b"<Types>sheet.macroEnabled.main+xml</Types>"}, xlsx()),
        "a.xlsx",
        "macros",
    ),
    "old macro sheets": (lambda: zipped({"xl/macrosheets/sheet1.xml": b"<x/>"}, xlsx()), "a.xlsx", "macros"),
    "repeated rows ods": (
        lambda: ods(
            f'<table:table-row table:number-rows-repeated="200000">{ods_cell("x")}</table:table-row>'
        ),
        "a.ods",
        "100,000 rows",
    ),
    "repeated cells ods": (
        lambda: ods(
            "<table:table-row>"
            + ods_cell("x", 'table:number-columns-repeated="16000"')
            + "</table:table-row>"
        ),
        "a.ods",
        "200 columns",
    ),
    "repeats in other quotes ods": (
        lambda: ods(
            f"<table:table-row table:number-rows-repeated = '1000000000'>{ods_cell('x')}</table:table-row>"
        ),
        "a.ods",
        "100,000 rows",
    ),
    "repeats beyond counting ods": (
        lambda: ods(
            f'<table:table-row table:number-rows-repeated="{"9" * 6_000}">{ods_cell("x")}</table:table-row>'
        ),
        "a.ods",
        "100,000 rows",
    ),
    "repeated formulas ods": (
        lambda: ods(
            '<table:table-row table:number-rows-repeated="1000000000">'
            '<table:table-cell table:formula="of:=1"/></table:table-row>'
        ),
        "a.ods",
        "100,000 rows",
    ),
    "repeated spaces ods": (
        lambda: ods(f"""<table:table-row>{ods_cell('<text:s text:c="2000000000"/>')}</table:table-row>"""),
        "a.ods",
        "20,000,000 characters",
    ),
    "repeated long text ods": (
        lambda: ods(
            f'<table:table-row table:number-rows-repeated="9000">{ods_cell("x" * 30_000)}</table:table-row>'
        ),
        "a.ods",
        "20,000,000 characters",
    ),
    "many tables ods": (
        lambda: ods(
            '</table:table><table:table table:name="b">'.join(
                [f'<table:table-row table:number-rows-repeated="90000">{ods_cell("x")}</table:table-row>']
                * 20
            )
        ),
        "a.ods",
        "1,000,000 cells",
    ),
    "a table in a cell ods": (
        lambda: ods(
            '<table:table-row><table:table-cell><table:table table:name="b"/></table:table-cell></table:table-row>'
        ),
        "a.ods",
        "damaged",
    ),
    "a document type ods": (
        lambda: zipped({"content.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, ods("")),
        "a.ods",
        "document type",
    ),
    "encrypted as a whole ods": (
        lambda: zipped(
            {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "encrypted-package": b"x"}
        ),
        "a.ods",
        "password",
    ),
    "encrypted ods": (
        lambda: zipped({"META-INF/manifest.xml": b"<manifest:encryption-data/>"}, ods("")),
        "a.ods",
        "password",
    ),
    "macro ods": (lambda: zipped({"Basic/Standard/a.xml": b"x"}, ods("")), "a.ods", "macros"),
    "pdf": (lambda: b"%PDF-1.7\n...", "a.xlsx", "PDF, not a table"),
    "jpeg": (lambda: b"\xff\xd8\xff\xe0abc", "a.csv", "JPEG, not a table"),
    "html": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "HTML, not a table"),
    "docx": (lambda: zipped({"word/document.xml": b"<x/>"}), "a.xlsx", "Word, not a table"),
    "zip": (lambda: zipped({"a.txt": b"x"}), "a.xlsx", "ZIP, not a table"),
    "binary": (lambda: bytes(range(1, 32)) * 20, "a.csv", "no text"),
    "unknown encoding": (lambda: b"a,b\n\xd2\x8a\x9d,1\n", "a.csv", "cannot be read"),
    "open quotation": (lambda: b'a,b\n"1,2\n3,4\n', "a.csv", "damaged"),
    "long text": (lambda: b"a,b\n" + b"x" * 40_000 + b",1\n", "a.csv", "32,767 characters"),
    "very long text": (lambda: b"a,b\n" + b"x" * 200_000 + b",1\n", "a.csv", "32,767 characters"),
    "csv named xlsx": (lambda: CSV.encode(), "a.xlsx", "named .xlsx, but it holds text (CSV)"),
    "xlsx named csv": (lambda: xlsx([["x"]]), "a.CSV", "give its name the ending .xlsx"),
    "ods named xlsx": (lambda: ods(""), "a.xlsx", "holds an OpenDocument spreadsheet"),
    "csv without an ending": (lambda: CSV.encode(), "figures", "give its name the ending .csv"),
    "too large": (lambda: b"1" * (guards.MAX_FILE + 1), "a.csv", "larger than 10 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_the_reason(name: str) -> None:
    make, filename, why = BAD[name]
    with pytest.raises(Refused) as caught:
        read_table(make(), filename)
    with language("en"):
        assert why in str(caught.value)
    assert [reason.rule for reason in caught.value.reasons] == ["file"]
    with language("vi"):
        assert why not in str(caught.value)


@pytest.mark.parametrize(
    ("xml", "rows", "columns"),
    [
        ('<row r="3"><c r="C3"><v>1</v></c></row>', 3, 3),
        ("<row><c><v>1</v></c><c/><c><v>1</v></c></row><row/><row><c><v>1</v></c></row>", 3, 3),
        ('<row r="4"><c r="B4" s="1"/><c><v>1</v></c></row><row><c><v>1</v></c></row>', 5, 3),
        ('<row r="2"><c r="b7"><v>1</v></c></row><row r="3"><c r="ZZ9" s="1"></c></row>', 7, 2),
        ("<row r='2' spans='1:9'><c s='0' r='D2' t='s'><v>0</v></c></row>", 2, 4),
    ],
)
def test_a_sheet_is_followed_as_its_reader_does(xml: str, rows: int, columns: int) -> None:
    data = with_sheet(xml)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        strings = Strings.among([archive.read("xl/sharedStrings.xml")])
    found = of_sheet(sheet, strings, closely=True)
    table = read_table(data)
    assert (found.rows, found.columns) == (rows, columns) == (len(table.cells), table.width)


def test_a_shared_text_counts_for_every_cell_that_shows_it() -> None:
    sheet = b'<w><sheetData><row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>1</v></c></row></sheetData></w>'
    strings = Strings.among([b"<sst><si><t>abc</t></si><si><r><t>de</t></r><r><t>f g</t></r></si></sst>"])
    assert of_sheet(sheet, strings, closely=True).characters == 10


def test_more_shared_texts_than_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 50 + b"</sst>"}, xlsx())
    monkeypatch.setattr(guards, "MAX_CELLS", 49)
    with language("en"), pytest.raises(Refused, match="more than 49 cells"):
        guards.kind_of(data, "a.xlsx")


def test_a_long_note_among_many_short_texts_is_read() -> None:
    rows = [["x" * 30_000], *([f"Lĩnh vực {n}"] for n in range(2_000))]
    assert len(read_table(xlsx(rows)).cells) == 2_001


def test_merges_end_with_the_table() -> None:
    data = with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>1</v></c></row></sheetData><mergeCells>'
                      '<mergeCell ref="B1:XFD1048576"/></mergeCells><sheetData>')  # fmt: skip
    assert read_table(data).merged == ((0, 1, 0, 2),)


def test_cells_that_carry_only_a_style_do_not_count() -> None:
    data = with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>')
    assert read_table(data).cells == [[1.0]]


def test_open_documents_end_with_a_million_blank_rows_and_are_read() -> None:
    blank = '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
    table = read_table(ods(f"<table:table-row>{ods_cell('x')}</table:table-row>{blank}"))
    assert table.cells == [["x"]]


def test_the_limit_of_the_file_can_be_set() -> None:
    with pytest.raises(Refused):
        read_table(CSV.encode(), "a.csv", max_file=10)


def test_a_text_file_may_be_called_txt() -> None:
    assert read_table(CSV.encode(), "a.TXT").format == "csv"
