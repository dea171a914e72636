"""The rows of a list as a file: .xlsx or .csv; what looks like a formula stays text."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from flask import Response, g, make_response

from qms.kernel import clock
from qms.kernel.text import Message, _, fold, show_date

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\s]+")  # what the name of a sheet must not hold, and runs of space
_NOT_IN_A_FILE_NAME = re.compile(r"[^a-z0-9]+")
LONGEST_NAME = 31  # characters of the name of a sheet
HIGHEST_ROW = 409  # points
MOST_CHARACTERS = 32_767  # of a cell
NARROW, WIDE = 12, 48  # characters: the width of dates and numbers, and the greatest of a column of texts
_MEASURED = 1000  # rows of which a column takes its width
_SPAN = 8  # columns over which the lines above a table run
_DEFAULT = 8  # characters: the width of a column without cells
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Heads = Sequence[str]
Rows = Sequence[Sequence[Any]]


class Percent(float):
    """A share of 1, which is shown as a percentage: Percent(0.25) is 25,0%."""


@dataclass(frozen=True)
class Sheet:
    """A table of a workbook; `title` and the `lines` below it stand above the head, which else is the first row."""

    name: str
    heads: Heads
    rows: Rows
    title: str = ""
    lines: Sequence[str] = ()


def file_name(title: Message | str, kind: str) -> str:
    """`Hồ sơ quá hạn` -> `ho-so-qua-han-2024-04-15.xlsx`: a name that every header takes, with the day of today."""
    return f"{_NOT_IN_A_FILE_NAME.sub('-', fold(str(title))).strip('-')}-{clock.today().isoformat()}.{kind}"


def respond(title: Message | str, kind: str, heads: Heads, rows: Rows) -> Response:
    """The rows as a download, called by the title and the day."""
    if kind == "csv":
        return download(file_name(title, kind), "text/csv; charset=utf-8", csv_text(heads, rows))
    return respond_workbook(title, [Sheet(str(title), heads, rows)])


def respond_workbook(title: Message | str, sheets: Sequence[Sheet]) -> Response:
    """The sheets as a download; the agency and the day stand on each page for paper."""
    said = f"{g.organisation.name}, {show_date(clock.today())}"
    return download(file_name(title, "xlsx"), XLSX, workbook(sheets, said))


def download(name: str, content_type: str, content: bytes) -> Response:
    """A file made for this answer; `name` is in letters that every header takes."""
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def workbook(sheets: Sequence[Sheet], said: str = "") -> bytes:
    """An .xlsx of those sheets, each with a frozen head; texts are written as texts, never as formulas.

    On paper: A4 landscape, one page wide, the sheet's name and what is `said` of the file in the top margin.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    looks = _Looks.of(book)
    for sheet in sheets:
        target = book.add_worksheet(_sheet_name(sheet.name))
        _write(target, sheet, looks)
        target.set_header("&L{}&R{}".format(*(text[:100].replace("&", "&&") for text in (sheet.name, said))))
    book.close()
    return buffer.getvalue()


def _sheet_name(name: str) -> str:
    """A name that a sheet may bear, cut between words where it is too long."""
    clean = _NOT_IN_A_NAME.sub(" ", name).strip(" '")
    if len(clean) > LONGEST_NAME:
        clean = clean[: LONGEST_NAME + 1].rpartition(" ")[0] or clean[:LONGEST_NAME]
    return clean.rstrip(" ,;'") or "1"


@dataclass(frozen=True)
class _Looks:
    """The formats of a workbook's cells, by what stands in them."""

    text: Any
    day: Any
    number: Any
    percent: Any
    head: Any
    title: Any
    line: Any

    @classmethod
    def of(cls, book: Any) -> _Looks:
        font: dict[str, Any] = {"font_name": "Times New Roman", "font_size": 10}
        cell = font | {"text_wrap": True, "valign": "top", "border": 1}
        return cls(
            text=book.add_format(cell),
            day=book.add_format(cell | {"num_format": "dd/mm/yyyy", "align": "center"}),
            number=book.add_format(cell | {"num_format": "#,##0"}),
            percent=book.add_format(cell | {"num_format": "0.0%"}),
            head=book.add_format(cell | {"bold": True, "align": "center", "valign": "vcenter"}),
            title=book.add_format(font | {"bold": True, "font_size": 14}),
            line=book.add_format(font | {"italic": True, "text_wrap": True, "valign": "top"}),
        )


def _write(target: Any, sheet: Sheet, looks: _Looks) -> None:
    columns = [[row[place] for row in sheet.rows[:_MEASURED]] for place in range(len(sheet.heads))]
    widths = [_width(head, values) for head, values in zip(sheet.heads, columns, strict=True)]
    for column, width in enumerate(widths):
        target.set_column(column, column, width)
    top = _write_above(target, sheet.title, sheet.lines, widths, looks) if sheet.title else 0
    _write_heads(target, top, sheet.heads, widths, looks)
    for number, row in enumerate(sheet.rows, top + 1):
        _write_row(target, number, row, looks)
        if (height := _height(row, widths)) > _high(1):
            target.set_row(number, height)
    target.freeze_panes(top + 1, 0)
    if sheet.rows and not sheet.title:
        target.autofilter(0, 0, len(sheet.rows), len(sheet.heads) - 1)
    _set_paper(target, top)


def _write_above(
    target: Any, title: str, lines: Sequence[str], widths: Sequence[int], looks: _Looks, first: int = 0
) -> int:
    """Title and lines from the `first` column on, as high as they need; gives the number of the row of the head."""
    spanned = [*widths[first : first + _SPAN], *[_DEFAULT] * (_SPAN - len(widths[first:]))]
    target.write_string(0, first, title, looks.title)
    for number, line in enumerate(lines, 1):
        target.merge_range(number, first, number, first + _SPAN - 1, line, looks.line)
        target.set_row(number, _height([line], [sum(spanned)]))
    return len(lines) + 2


def _write_heads(target: Any, top: int, heads: Heads, widths: Sequence[int], looks: _Looks) -> None:
    lines = (len(textwrap.wrap(head, width)) for head, width in zip(heads, widths, strict=True))
    target.set_row(top, _high(max(lines, default=1)))
    for column, head in enumerate(heads):
        target.write_string(top, column, head, looks.head)


def _width(head: str, values: Sequence[Any]) -> int:
    """The width (characters) of a column: that of its longest line, within bounds; a head breaks between words."""
    lines = (line for value in values if isinstance(value, str) for line in value.split("\n"))
    longest = max(map(len, lines), default=0)
    return max(NARROW, *(len(word) + 3 for word in head.split()), min(WIDE, longest + 2))


def write_register(
    file: BinaryIO,
    *,
    title: str,
    lines: Sequence[str],
    heads: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
) -> None:
    """A register for screen and paper into `file`: title and lines above, then `heads` (text, width) and the rows.

    A4 landscape, two pages wide, with head and first column repeated, which therefore holds none of the title.
    The rows go to disk one by one.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(_sheet_name(str(_("Register"))))
    looks = _Looks.of(book)
    for column, (_head, width) in enumerate(heads):
        sheet.set_column(column, column, width)
    widths = [width for _head, width in heads]
    top = _write_above(sheet, title, lines, widths, looks, first=1)
    _write_heads(sheet, top, [head for head, _width in heads], widths, looks)
    last = top
    for last, row in enumerate(rows, top + 1):
        sheet.set_row(last, _height(row, widths))
        _write_row(sheet, last, row, looks)
    sheet.autofilter(top, 0, last, len(heads) - 1)
    sheet.freeze_panes(top + 1, 1)
    _set_paper(sheet, top, wide=2)
    book.close()


def _height(row: Sequence[Any], widths: Sequence[int]) -> float:
    """The height (points) that shows the whole of each cell: not every program works it out when it opens a file."""
    lines = 1
    for value, width in zip(row, widths, strict=True):
        if isinstance(value, str) and len(value) > width // 2:
            lines = max(lines, sum(1 + int(len(line) / width / 1.1) for line in value.split("\n")))
    return _high(lines)


def _high(lines: int) -> float:
    return min(HIGHEST_ROW, 4 + 13.0 * lines)


def _set_paper(sheet: Any, top: int, *, wide: int = 1) -> None:
    """A4 landscape, so many pages `wide`: each with the head, its number and, beside another, the first column."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(top)
    if wide > 1:
        sheet.repeat_columns(0)
    sheet.fit_to_pages(wide, 0)
    sheet.set_footer("&C&P/&N")


def _write_row(sheet: Any, number: int, row: Sequence[Any], looks: _Looks) -> None:
    """The cells of a row, empty ones with their lines too; what looks like a formula is a text."""
    for column, value in enumerate(row):
        if value is None or value == "":
            sheet.write_blank(number, column, None, looks.text)
        elif isinstance(value, date):
            sheet.write_datetime(number, column, value, looks.day)
        elif isinstance(value, Percent):
            sheet.write_number(number, column, value, looks.percent)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(number, column, value, looks.number if isinstance(value, int) else looks.text)
        else:
            sheet.write_string(number, column, str(value)[:MOST_CHARACTERS], looks.text)


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
