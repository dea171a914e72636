"""Importing a register of 10,000 rows against pandas reading it and executemany of the same rows.

Both sides write into the same tables of copies of the same agency, in one transaction that is taken back after
each call, so that every call finds the same data.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import data
from benchmarks.method import Call, Different, Row
from qms import runtime
from qms.kernel import db
from qms.kernel.trail import change

ROWS_OF_FILE = 10_000
_COLUMNS = (
    "Số", "Nội dung không phù hợp", "Ngày phát hiện", "Nguồn phát hiện", "Mức độ", "Điều khoản", "Đơn vị",
    "Người chịu trách nhiệm", "Thời hạn hoàn thành", "Sự khắc phục", "Hậu quả", "Phương pháp phân tích",
    "Nguyên nhân gốc", "Nhóm nguyên nhân", "Trường hợp tương tự", "Hành động khắc phục", "Người thực hiện",
    "Hạn thực hiện", "Ngày hoàn thành", "Bằng chứng", "Trạng thái", "Ngày đóng", "Kết quả kiểm tra", "Có hiệu lực?",
    "Người kiểm tra", "Tiêu chí đánh giá hiệu lực",
)  # fmt: skip
_FIELDS = (
    "hộ tịch",
    "chứng thực",
    "lý lịch tư pháp",
    "công chứng",
    "luật sư",
    "quốc tịch",
    "trợ giúp pháp lý",
)
_TABLES = ("record", "nonconformity", "action", "link", "clause_reference")


def workbook() -> bytes:
    """Five years of a register, each row with one action; two of three rows are closed."""
    import xlsxwriter

    random, made = Random(9001), io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _COLUMNS)
        for number in range(1, ROWS_OF_FILE + 1):
            sheet.write_row(number, 0, _row(random, number))
    return made.getvalue()


def _row(random: Random, number: int) -> list[Any]:
    happened = date(2019, 1, 1) + timedelta(days=random.randrange(1700))
    closed = number % 3 > 0
    field = random.choice(_FIELDS)
    return [
        f"{number}/SKPH", f"Hồ sơ {field} số {number} giải quyết quá hạn, chưa có thư xin lỗi", happened,
        random.choice(("Đánh giá nội bộ", "công việc", "mục tiêu")), random.choice(("KPH nhẹ", "KPH nặng")),
        "8.5.1, 10.2",
        f"P{number % data.UNITS:02d}", f"Chuyên viên {1 + number % 20:02d}", happened + timedelta(days=60),
        "Đã gửi thư xin lỗi và hẹn lại", "Công dân phải chờ thêm hai ngày", "mô tả",
        f"Chưa có người thay thế khi công chức {field} nghỉ", random.choice(("con người", "quy trình")),
        "Đã rà soát các lĩnh vực khác, không có", f"Phân công người thay thế trong lĩnh vực {field}",
        f"Chuyên viên {1 + number % 20:02d}", happened + timedelta(days=45),
        happened + timedelta(days=40) if closed else None, "Quyết định phân công" if closed else None,
        "đã đóng" if closed else "đang xử lý", happened + timedelta(days=100) if closed else None,
        "Ba tháng liền không có hồ sơ quá hạn" if closed else None, "có" if closed else None,
        data.LEADER if closed else None, "Ba tháng không có hồ sơ quá hạn" if closed else None,
    ]  # fmt: skip


class _TakenBack(Exception):
    """Ends a transaction so that it leaves nothing."""


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The whole import, and reading the cells with writing the rows that it wrote."""
    import pandas

    from qms.areas.nonconformities import service_register_import as service
    from qms.importers.register import register_file

    content = workbook()
    with tempfile.TemporaryDirectory() as folder:
        runtime.configure(data.copied(10_000, Path(folder)).config())
        try:
            with db.connected():
                actor = data.actor(data.READER)
                db.database.execute_sql("PRAGMA synchronous = off")

                def product() -> None:
                    with suppress(_TakenBack), change(actor) as under_way:
                        service.import_register(actor, register_file(content, "so.xlsx"))
                        under_way.flush()  # its entry in the trail, as at the end of each change
                        raise _TakenBack

                statements = _written(
                    lambda: service.import_register(actor, register_file(content, "so.xlsx"))
                )

                def floor() -> None:
                    pandas.read_excel(io.BytesIO(content), engine="calamine", header=None, dtype=object)
                    with suppress(_TakenBack), db.database.atomic():
                        cursor = db.database.connection().cursor()
                        for sql, rows in statements:
                            cursor.executemany(sql, rows)
                        raise _TakenBack

                yield product, floor
        finally:
            runtime.release()


def _written(imported: Call) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The rows that an import adds to each table, as INSERT with its values; the import is taken back."""
    before = {table: len(_rows(table)) for table in _TABLES}
    found = []
    with suppress(_TakenBack), db.database.atomic():
        imported()
        for table in _TABLES:
            rows = _rows(table)[before[table] :]
            found.append((f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows))
        raise _TakenBack
    if [len(rows) for _sql, rows in found] != [2 * ROWS_OF_FILE, *[ROWS_OF_FILE] * 3, 2 * ROWS_OF_FILE]:
        raise Different(f"rows written: {[len(rows) for _sql, rows in found]}")
    return found


def _rows(table: str) -> list[tuple[Any, ...]]:
    """The rows of a table in the order in which they were made."""
    key = "record_id" if table in ("nonconformity", "action") else "id"
    return db.database.execute_sql(f'SELECT * FROM "{table}" ORDER BY {key}').fetchall()


ROWS = (
    Row(
        "register-import",
        "import of a register of 10,000 rows .xlsx, against pandas reading it and executemany of the same rows",
        4.0,
        prepare,
        calls=1,
        rounds=9,
    ),
)
