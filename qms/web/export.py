"""The rows of a list as a file: .xlsx or .csv; what looks like a formula stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, make_response

FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def respond(name: str, kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """The file `name.kind` as a download."""
    content = xlsx(heads, rows) if kind == "xlsx" else csv_text(heads, rows)
    response = make_response(content)
    response.headers["Content-Type"] = XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def xlsx(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """An .xlsx with a frozen, filtered head; texts are written as texts, never as formulas."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, 40 if column == 1 else 18)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)  # pyright: ignore[reportArgumentType]  # takes dates too
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value)[:32_767])
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    book.close()
    return buffer.getvalue()


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
