"""The published figures of the two agencies of the demonstration, and the workbooks that carry them.

`python -m qms.demonstration.figures FOLDER` writes the shipped workbooks, in the layout of Biểu số
06/VPCP/KSTT with a digitisation part. A figure that was not published stays blank; a share is text, so that
it keeps the decimals it was printed with.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


@dataclass(frozen=True)
class Published:
    """What one article says of one period: counts as numbers, shares and approximations as printed."""

    filename: str
    agency: str
    period: str
    source: str
    figures: Mapping[str, int | str]


KIEN_GIANG = "Sở Tư pháp tỉnh Kiên Giang"
_KIEN_GIANG_SOURCE = "Báo Điện tử Chính phủ, bài về Sở Tư pháp Kiên Giang (số liệu năm 2023 và Quý I/2024)"

STATEMENTS: tuple[Published, ...] = (
    Published(
        "kien-giang-2023.xlsx",
        KIEN_GIANG,
        "Năm 2023",
        _KIEN_GIANG_SOURCE,
        {
            "received_total": 14712,
            "received_online": 877,
            "received_online_pct": "5,96%",
            "received_direct_post": 13835,
            "received_direct_post_pct": "94,04%",
            "resolved_total": 13989,
            "resolved_early": 13905,
            "resolved_early_pct": "99,4%",
            "resolved_on_time": 17,
            "resolved_on_time_pct": "0,12%",
            "resolved_overdue": 67,
            "resolved_overdue_pct": "0,48%",
            "in_process_total": 702,
            "in_process_within_pct": "100%",
            "stopped": 21,
            "digit_intake": 968,
            "digit_intake_den": 14712,
            "digit_intake_pct": "6,58%",
            "digit_result": 39,
            "digit_result_den": 13985,
            "digit_result_pct": "0,28%",
            "digit_both": 16,
            "digit_both_den": 14712,
            "digit_both_pct": "0,11%",
        },
    ),
    Published(
        "kien-giang-2024-q1.xlsx",
        KIEN_GIANG,
        "Quý I/2024",
        _KIEN_GIANG_SOURCE,
        {
            "received_total": 6422,
            "received_online": 426,
            "received_online_pct": "6,63%",
            "received_direct_post": 5294,
            "received_direct_post_pct": "82,44%",
            "carried_in": 702,
            "carried_in_pct": "10,93%",
            "resolved_total": 5138,
            "resolved_early": 5033,
            "resolved_early_pct": "97,96%",
            "resolved_on_time": 14,
            "resolved_on_time_pct": "0,27%",
            "resolved_overdue": 91,
            "resolved_overdue_pct": "1,77%",
            "in_process_total": 1283,
            "in_process_within": 1255,
            "in_process_within_pct": "97,82%",
            "in_process_overdue": 28,
            "in_process_overdue_pct": "2,18%",
            "stopped": "01",
            "digit_intake": 1697,
            "digit_intake_den": 5720,
            "digit_intake_pct": "29,67%",
            "digit_result": 1534,
            "digit_result_den": 4451,
            "digit_result_pct": "34,46%",
            "digit_both": 1532,
            "digit_both_den": 5720,
            "digit_both_pct": "26,78%",
        },
    ),
    Published(
        "vinh-phuc-2021-h1.xlsx",
        "Sở Tư pháp tỉnh Vĩnh Phúc",
        "6 tháng đầu năm 2021",
        "Báo Vĩnh Phúc ngày 26/08/2021, bài “Đẩy mạnh cải cách hành chính lĩnh vực tư pháp”",
        {"received_total": "hơn 1.700", "on_time_or_early_pct": "98%"},
    ),
)

# The heading: group, part, and what the column holds; a part of "" has its group's own total.
_STOPPED = "Dừng xử lý hoặc đã hủy"
_COUNT, _SHARE, _OF = "Số lượng", "Tỷ lệ (%)", "Trên tổng số"
_RECEIVED, _RESOLVED = "Số hồ sơ nhận giải quyết", "Số hồ sơ đã giải quyết"
_IN_PROCESS, _DIGITISED = "Số hồ sơ đang giải quyết", "Số hóa hồ sơ, kết quả giải quyết TTHC"
_INTAKE, _RESULT, _BOTH = "Số hóa khi tiếp nhận", "Số hóa kết quả giải quyết", "Số hóa cả đầu vào và đầu ra"

COLUMNS: tuple[tuple[str, tuple[str, str, str]], ...] = (
    ("received_total", (_RECEIVED, "Tổng số", "Tổng số")),
    ("received_online", (_RECEIVED, "Trực tuyến", _COUNT)),
    ("received_online_pct", (_RECEIVED, "Trực tuyến", _SHARE)),
    ("received_direct_post", (_RECEIVED, "Trực tiếp, dịch vụ bưu chính", _COUNT)),
    ("received_direct_post_pct", (_RECEIVED, "Trực tiếp, dịch vụ bưu chính", _SHARE)),
    ("carried_in", (_RECEIVED, "Từ kỳ trước", _COUNT)),
    ("carried_in_pct", (_RECEIVED, "Từ kỳ trước", _SHARE)),
    ("resolved_total", (_RESOLVED, "Tổng số", "Tổng số")),
    ("resolved_early", (_RESOLVED, "Trước hạn", _COUNT)),
    ("resolved_early_pct", (_RESOLVED, "Trước hạn", _SHARE)),
    ("resolved_on_time", (_RESOLVED, "Đúng hạn", _COUNT)),
    ("resolved_on_time_pct", (_RESOLVED, "Đúng hạn", _SHARE)),
    ("resolved_overdue", (_RESOLVED, "Quá hạn", _COUNT)),
    ("resolved_overdue_pct", (_RESOLVED, "Quá hạn", _SHARE)),
    ("on_time_or_early_pct", (_RESOLVED, "Trước hạn và đúng hạn", _SHARE)),
    ("in_process_total", (_IN_PROCESS, "Tổng số", "Tổng số")),
    ("in_process_within", (_IN_PROCESS, "Trong hạn", _COUNT)),
    ("in_process_within_pct", (_IN_PROCESS, "Trong hạn", _SHARE)),
    ("in_process_overdue", (_IN_PROCESS, "Quá hạn", _COUNT)),
    ("in_process_overdue_pct", (_IN_PROCESS, "Quá hạn", _SHARE)),
    ("stopped", (_STOPPED, _STOPPED, _STOPPED)),
    ("digit_intake", (_DIGITISED, _INTAKE, _COUNT)),
    ("digit_intake_den", (_DIGITISED, _INTAKE, _OF)),
    ("digit_intake_pct", (_DIGITISED, _INTAKE, _SHARE)),
    ("digit_result", (_DIGITISED, _RESULT, _COUNT)),
    ("digit_result_den", (_DIGITISED, _RESULT, _OF)),
    ("digit_result_pct", (_DIGITISED, _RESULT, _SHARE)),
    ("digit_both", (_DIGITISED, _BOTH, _COUNT)),
    ("digit_both_den", (_DIGITISED, _BOTH, _OF)),
    ("digit_both_pct", (_DIGITISED, _BOTH, _SHARE)),
)

_HEADING = 6  # the first heading row, from 0
_OFFSET = 2  # STT and Lĩnh vực stand before the figures


def workbook(published: Published) -> bytes:
    """The workbook of one published statement; the same bytes every time."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties(
            {
                "title": f"Biểu số 06/VPCP/KSTT, {published.period}",
                "created": datetime(2024, 4, 15, tzinfo=UTC),
            }
        )
        plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
        boxed = {**plain, "border": 1, "text_wrap": True, "align": "center"}
        sheet = book.add_worksheet("Biểu 06")
        _write_lines(sheet, published, book.add_format(plain), book.add_format({**plain, "bold": True}))
        _write_heading(
            sheet, book.add_format({**boxed, "bold": True}), book.add_format({**boxed, "italic": True})
        )
        _write_row(sheet, published, book.add_format({**boxed, "num_format": "#,##0"}))
        sheet.set_landscape()
        sheet.set_paper(8)  # A3: thirty columns do not fit on A4
        sheet.fit_to_pages(1, 0)
        sheet.set_column(1, 1, 24)
        sheet.set_column(_OFFSET, _OFFSET + len(COLUMNS) - 1, 10)
        for row, height in ((_HEADING, 20), (_HEADING + 1, 36), (_HEADING + 2, 36)):
            sheet.set_row(row, height)
        sheet.freeze_panes(_HEADING + 4, _OFFSET)
    return buffer.getvalue()


def _write_lines(sheet: Worksheet, published: Published, plain: Format, bold: Format) -> None:
    """The lines above the table and the source below it."""
    sheet.write_string(0, 0, "Biểu số 06/VPCP/KSTT", bold)
    title = "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT TTHC TẠI CƠ QUAN, ĐƠN VỊ TRỰC TIẾP GIẢI QUYẾT TTHC"
    sheet.write_string(1, 0, title, bold)
    sheet.write_string(2, 0, f"Kỳ báo cáo: {published.period}", plain)
    sheet.write_string(3, 0, f"Đơn vị báo cáo: {published.agency}", plain)
    sheet.write_string(4, 0, "Đơn vị tính: số hồ sơ TTHC", plain)
    sheet.write_string(_HEADING + 6, 0, f"Nguồn: {published.source}", plain)
    sheet.write_string(_HEADING + 7, 0, "Ghi chú: ô trống là số liệu không được công bố.", plain)


def _spans(level: int) -> Iterator[tuple[int, int, str]]:
    """First column, last column and words of each heading cell of one level, equal neighbours together."""
    first = 0
    for column in range(1, len(COLUMNS) + 1):
        here, before = COLUMNS[first][1], COLUMNS[column][1] if column < len(COLUMNS) else ("", "", "")
        if here[: level + 1] != before[: level + 1]:
            yield first, column - 1, here[level]
            first = column


def _write_heading(sheet: Worksheet, bold: Format, italic: Format) -> None:
    """Three heading rows with merged cells, and the row that numbers the columns."""
    for column, words in enumerate(("STT", "Lĩnh vực giải quyết")):
        sheet.merge_range(_HEADING, column, _HEADING + 2, column, words, bold)
    for level in range(3):
        for first, last, words in _spans(level):
            _write_span(sheet, level, first, last, words, bold)
    for column in range(len(COLUMNS) + _OFFSET):
        sheet.write_string(_HEADING + 3, column, f"({column + 1})", italic)


def _write_span(sheet: Worksheet, level: int, first: int, last: int, words: str, bold: Format) -> None:
    """One heading cell; words that are the same below reach down, and are written only once."""
    above = COLUMNS[first][1][:level]
    if above and above[-1] == words:
        return
    depth = level
    while depth < 2 and COLUMNS[first][1][depth + 1] == words:
        depth += 1
    area = (_HEADING + level, first + _OFFSET, _HEADING + depth, last + _OFFSET)
    if area[:2] == area[2:]:
        sheet.write_string(area[0], area[1], words, bold)
    else:
        sheet.merge_range(*area, words, bold)


def _write_row(sheet: Worksheet, published: Published, boxed: Format) -> None:
    """The one row of figures: the articles give totals only."""
    row = _HEADING + 4
    sheet.write_blank(row, 0, None, boxed)
    sheet.write_string(row, 1, "Tổng cộng", boxed)
    for column, (key, _words) in enumerate(COLUMNS, _OFFSET):
        value: Any = published.figures.get(key)
        if value is None:
            sheet.write_blank(row, column, None, boxed)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, boxed)
        else:
            sheet.write_number(row, column, value, boxed)


def main(folder: str) -> None:
    """Write every workbook into `folder`."""
    for published in STATEMENTS:
        (Path(folder) / published.filename).write_bytes(workbook(published))


if __name__ == "__main__":
    main(sys.argv[1])
