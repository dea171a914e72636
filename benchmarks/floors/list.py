"""Reference page: fifty of the nonconformities that go on, by due date, by hand-written SQL and one flat template."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from benchmarks.floors import SIGNS, day, template

STATES = {
    "open": ("mới mở", "open"), "contained": ("đã khắc phục tức thời", "open"),
    "analysed": ("đã phân tích", "open"), "planned": ("chờ duyệt kế hoạch", "wait"),
    "acting": ("đang thực hiện", "wait"), "verifying": ("kiểm tra hiệu lực", "wait"),
    "closed": ("đã đóng", "done"), "voided": ("đã hủy", "void"),
}  # fmt: skip
GRADES = {
    "major": "KPH nặng", "minor": "KPH nhẹ", "observation": "lưu ý", "opportunity": "cơ hội cải tiến",
}  # fmt: skip

ROWS = """
SELECT r.code, r.title, r.state, n.grade, p.name, r.due, u.name, r.id
FROM record r JOIN nonconformity n ON n.record_id = r.id
LEFT JOIN person p ON p.id = r.owner_id LEFT JOIN unit u ON u.id = r.unit_id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.ended_on IS NULL
ORDER BY coalesce(r.due, '9999-12-31'), r.id LIMIT 51"""
COUNT = """
SELECT count(*) FROM (
  SELECT 1 FROM record WHERE organisation_id = ? AND kind = 'nonconformity' AND ended_on IS NULL LIMIT 501)"""
PEOPLE = """
SELECT DISTINCT p.id, p.name FROM person p JOIN assignment a ON a.person_id = p.id
WHERE a.organisation_id = ? AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?) AND p.active
ORDER BY p.name"""
UNITS = """
SELECT id, name FROM unit
WHERE organisation_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?) ORDER BY code"""
BELL = "SELECT count(*) FROM notification WHERE person_id = ? AND organisation_id = ? AND read_at IS NULL"


def page(connection: sqlite3.Connection, organisation: int, person: int, today: date) -> bytes:
    """The page as bytes."""
    on = (organisation, today.isoformat(), today.isoformat())
    found = connection.execute(ROWS, (organisation,)).fetchall()
    count = connection.execute(COUNT, (organisation,)).fetchone()[0]
    last = found[49] if len(found) > 50 else None
    html = template("list.html").render(
        rows=[_row(row, today) for row in found[:50]],
        count="hơn 500" if count > 500 else f"tất cả {count}",
        people=connection.execute(PEOPLE, on).fetchall(),
        units=connection.execute(UNITS, on).fetchall(),
        bell=connection.execute(BELL, (person, organisation)).fetchone()[0],
        after=f"{last[5] or '9999-12-31'}~{last[7]}" if last else "",
    )
    return html.encode()


def _row(row: tuple[Any, ...], today: date) -> dict[str, Any]:
    code, title, state, grade, owner, due, unit, _id = row
    word, tone = STATES[state]
    return {
        "code": code, "title": title, "state": word, "tone": tone, "sign": SIGNS[tone],
        "grade": GRADES[grade], "owner": owner or "", "unit": unit or "",
        "due": day(due), "left": _left(due, today),
    }  # fmt: skip


def _left(due: str | None, today: date) -> str:
    if due is None:
        return ""
    left = (date.fromisoformat(due) - today).days
    number = f"{abs(left):,}".replace(",", ".")
    return f"còn {number} ngày" if left > 0 else "đến hạn hôm nay" if left == 0 else f"quá hạn {number} ngày"
