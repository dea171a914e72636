"""Registers as agencies keep them, for the tests of the import."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

HEADINGS = {
    "register_no": "Số", "description": "Nội dung không phù hợp", "happened_on": "Ngày phát hiện",
    "source_kind": "Nguồn phát hiện", "grade": "Mức độ", "clauses": "Điều khoản", "unit": "Đơn vị",
    "owner": "Người chịu trách nhiệm", "due": "Thời hạn hoàn thành", "correction": "Sự khắc phục",
    "no_correction": "Lý do không khắc phục", "consequences": "Hậu quả", "cause": "Nguyên nhân gốc",
    "cause_group": "Nhóm nguyên nhân", "cause_method": "Phương pháp phân tích", "whys": "5 whys",
    "elsewhere": "Trường hợp tương tự", "action": "Hành động khắc phục", "action_sort": "Loại hành động",
    "action_owner": "Người thực hiện", "action_due": "Hạn thực hiện", "action_done_on": "Ngày hoàn thành",
    "action_proof": "Bằng chứng", "state": "Trạng thái", "closed_on": "Ngày đóng",
    "effect_result": "Kết quả kiểm tra", "effect_met": "Có hiệu lực?", "verifier": "Người kiểm tra",
    "source_body": "Cơ quan kiểm tra", "source_ref": "Số văn bản", "title": "Tiêu đề", "edition": "Phiên bản",
    "criterion": "Tiêu chí đánh giá hiệu lực",
}  # fmt: skip

OPEN = {
    "register_no": "05/2023", "description": "Hồ sơ hộ tịch quá hạn chưa có thư xin lỗi",
    "happened_on": date(2023, 9, 4), "source_kind": "Đánh giá nội bộ", "grade": "KPH nhẹ", "clauses": "Điều 8.5.1",
    "unit": "HT", "owner": "Staff", "due": date(2024, 6, 30), "state": "Đang xử lý",
}  # fmt: skip

CLOSED = {
    "register_no": "04/2022", "description": "Website thiếu thông tin theo Nghị định 42/2022/NĐ-CP",
    "happened_on": date(2022, 8, 1), "source_kind": "kiểm tra", "source_body": "Sở Nội vụ",
    "source_ref": "12/KL-SNV ngày 01/8/2022", "grade": "KPH nặng", "clauses": "7.4; 8.2.1",
    "unit": "Văn phòng", "owner": "staff@example.org", "correction": "Đăng bổ sung 12 mục",
    "consequences": "Công dân phải gọi điện hỏi", "cause": "Chưa phân công người cập nhật",
    "cause_group": "con người", "cause_method": "mô tả", "elsewhere": "Đã rà soát hai trang khác: không có",
    "action": "Phân công và ban hành quy định cập nhật", "action_owner": "Unit head",
    "action_due": date(2022, 9, 30), "action_done_on": date(2022, 9, 20), "action_proof": "Quyết định 45/QĐ-STP",
    "state": "Đã đóng", "closed_on": date(2022, 12, 1), "effect_result": "Đủ 15/15 mục trong ba tháng",
    "effect_met": "Có", "verifier": "Auditor",
}  # fmt: skip


def columns(*rows: dict[str, Any]) -> list[str]:
    """The columns that these rows fill, in the order of HEADINGS."""
    return [column for column in HEADINGS if any(column in row for row in rows)]


def letter(column: str, *rows: dict[str, Any]) -> str:
    """The letter under which `workbook` of these rows has that column."""
    index = columns(*rows).index(column)
    return chr(ord("A") + index) if index < 26 else "A" + chr(ord("A") + index - 26)


def workbook(*rows: dict[str, Any]) -> bytes:
    """An .xlsx with a title, the headings in row 3, and these rows from row 4 on; days are date cells."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Sổ theo dõi")
        sheet.write_string(0, 0, "SỔ THEO DÕI SỰ KHÔNG PHÙ HỢP")
        names = columns(*rows)
        sheet.write_row(2, 0, [HEADINGS[column] for column in names])
        for line, row in enumerate(rows, 3):
            for index, column in enumerate(names):
                value = row.get(column)
                if value is not None:
                    _write(sheet, line, index, value)
    return buffer.getvalue()


def _write(sheet: Worksheet, line: int, index: int, value: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, index, datetime(value.year, value.month, value.day))
    elif isinstance(value, str):
        sheet.write_string(line, index, value)
    else:
        sheet.write_number(line, index, value)
