"""The rows of a list as a file: .xlsx or .csv; what looks like a formula stays text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, BinaryIO

from flask import Response, make_response

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")  # what the name of a sheet must not hold
Sheet = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
HIGHEST_ROW = 409  # points
MOST_CHARACTERS = 32_767  # of a cell
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def respond(name: str, kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """The file `name.kind` as a download."""
    content = xlsx(heads, rows) if kind == "xlsx" else csv_text(heads, rows)
    return download(f"{name}.{kind}", XLSX if kind == "xlsx" else "text/csv; charset=utf-8", content)


def download(name: str, content_type: str, content: bytes) -> Response:
    """A file made for this answer; `name` is in letters that every header takes."""
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def respond_workbook(name: str, sheets: Sequence[Sheet]) -> Response:
    """The file `name.xlsx` with those sheets as a download."""
    return download(f"{name}.xlsx", XLSX, workbook(sheets))


def xlsx(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """An .xlsx of one sheet with a frozen, filtered head; texts are written as texts, never as formulas."""
    return workbook([("", heads, rows)])


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx of sheets (name, heads, rows), each as `xlsx` writes it; a name is cut to what a sheet's takes."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, heads, rows in sheets:
        _write(book.add_worksheet(_NOT_IN_A_NAME.sub(" ", name)[:31].strip() or None), heads, rows, bold, day)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], bold: Any, day: Any) -> None:
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, 40 if column == 1 else 18)
    for number, row in enumerate(rows, 1):
        _write_row(sheet, number, row, day)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)


def write_register(
    file: BinaryIO,
    *,
    title: str,
    lines: Sequence[str],
    heads: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
) -> None:
    """A register for screen and paper into `file`: title and lines above, then `heads` (text, width) and the rows.

    A4 landscape, two pages wide, with head and first column repeated. The rows go to disk one by one.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    look = {"text_wrap": True, "valign": "top", "border": 1, "font_name": "Times New Roman", "font_size": 10}
    text, day = book.add_format(look), book.add_format(look | {"num_format": "dd/mm/yyyy"})
    bold = book.add_format(look | {"bold": True, "align": "center", "valign": "vcenter"})
    plain = {"font_name": "Times New Roman"}
    for column, (_head, width) in enumerate(heads):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, title, book.add_format(plain | {"bold": True, "font_size": 14}))
    below = book.add_format(plain | {"italic": True})
    for number, line in enumerate(lines, 1):
        sheet.write_string(number, 0, line, below)
    top = len(lines) + 2
    widths = [width for _head, width in heads]
    sheet.set_row(top, _height([head for head, _width in heads], widths))
    for column, (head, _width) in enumerate(heads):
        sheet.write_string(top, column, head, bold)
    last = top
    for last, row in enumerate(rows, top + 1):
        sheet.set_row(last, _height(row, widths))
        _write_row(sheet, last, row, day, text)
    sheet.autofilter(top, 0, last, len(heads) - 1)
    sheet.freeze_panes(top + 1, 1)
    _set_paper(sheet, top)
    book.close()


def _height(row: Sequence[Any], widths: Sequence[int]) -> float:
    """The height (points) that shows the whole of each cell: not every program works it out when it opens a file."""
    lines = 1
    for value, width in zip(row, widths, strict=True):
        if isinstance(value, str) and len(value) > width // 2:
            lines = max(lines, sum(1 + int(len(line) / width / 1.1) for line in value.split("\n")))
    return min(HIGHEST_ROW, 4 + 13.0 * lines)


def _set_paper(sheet: Any, top: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(top)
    sheet.repeat_columns(0)
    sheet.fit_to_pages(2, 0)
    sheet.set_footer("&C&P/&N")


def _write_row(sheet: Any, number: int, row: Sequence[Any], day: Any, look: Any = None) -> None:
    """The cells of a row; what looks like a formula is a text. With a `look` empty cells are drawn too."""
    for column, value in enumerate(row):
        if value is None or value == "":
            if look is not None:
                sheet.write_blank(number, column, None, look)
        elif isinstance(value, date):
            sheet.write_datetime(number, column, value, day)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(number, column, value, look)
        else:
            sheet.write_string(number, column, str(value)[:MOST_CHARACTERS], look)


def csv_text(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A .csv in UTF-8 with BOM, which spreadsheets need to see Vietnamese marks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_csv_cell(v) for v in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
