"""Reference page: the statistics of 2023 beside 2022, by hand-written SQL and one flat template."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil
from typing import Any

from benchmarks.floors import template
from benchmarks.floors.list import BELL, UNITS

AGES = ("0–30 ngày", "31–90 ngày", "91–180 ngày", "trên 180 ngày")
AGE_DAYS = ((0, 30), (31, 90), (91, 180), (181, None))
ENDS = (date(2023, 12, 31), date(2022, 12, 31))
YEARS = ("2023", "2022")
CAUSES = {
    "people": "con người", "method": "phương pháp", "means": "phương tiện", "environment": "môi trường",
    "measurement": "đo lường", "information": "thông tin", "": "chưa phân tích nguyên nhân",
}  # fmt: skip
SOURCES = {
    "audit": "đánh giá nội bộ", "target": "chỉ tiêu không đạt", "figures": "số liệu không khớp",
    "review": "cuộc xem xét của lãnh đạo", "work": "phát hiện trong công việc hằng ngày",
}  # fmt: skip
GRADES = {"major": "KPH nặng", "minor": "KPH nhẹ"}
IMPROVEMENTS = {"observation": "lưu ý", "opportunity": "cơ hội cải tiến"}
CLAUSES = {
    "8.5.1": "Kiểm soát sản xuất và cung cấp dịch vụ", "9.1.3": "Phân tích và đánh giá",
    "7.5.3": "Kiểm soát thông tin dạng văn bản", "8.2.1": "Trao đổi thông tin với khách hàng",
    "6.2.1": "Mục tiêu chất lượng",
}  # fmt: skip

PROPER = """
FROM record r JOIN nonconformity n ON n.record_id = r.id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.state <> 'voided'
  AND n.grade IN ('major', 'minor')"""
HAPPENED = "coalesce(r.happened_on, '9999-12-31') BETWEEN '2022-01-01' AND '2023-12-31'"
CLOSED = "coalesce(r.ended_on, '9999-12-31') BETWEEN '2022-01-01' AND '2023-12-31'"

FIRST = f"SELECT r.happened_on {PROPER} ORDER BY coalesce(r.happened_on, '9999-12-31') LIMIT 1"
OPEN = f"""
SELECT r.unit_id, CASE WHEN r.happened_on >= ? THEN 0 WHEN r.happened_on >= ? THEN 1
  WHEN r.happened_on >= ? THEN 2 ELSE 3 END, count(*)
{PROPER} AND r.happened_on <= ? AND coalesce(r.ended_on, '9999-12-31') > ? GROUP BY 1, 2"""
OPENED = f"""
SELECT r.happened_on < '2023-01-01', n.grade, n.source_kind, coalesce(n.cause_group, ''),
  CASE WHEN n.no_correction = '' THEN CAST(julianday(n.contained_on) - julianday(r.happened_on) AS INTEGER) END,
  n.no_correction <> '', count(*),
  sum(EXISTS (SELECT 1 FROM link l WHERE l.record_id = r.id AND l.relation = 'recurs' AND l.ended_at IS NULL))
{PROPER} AND {HAPPENED} GROUP BY 1, 2, 3, 4, 5, 6"""
ENDED = f"""
SELECT r.ended_on < '2023-01-01',
  CASE WHEN r.due IS NULL THEN 'no_due' WHEN r.ended_on > r.due THEN 'late'
    WHEN n.first_due < r.ended_on THEN 'extended' ELSE 'on_time' END,
  CAST(julianday(r.ended_on) - julianday(r.happened_on) AS INTEGER), count(*)
{PROPER} AND {CLOSED} GROUP BY 1, 2, 3"""
REPEATED = """
SELECT c.number, c.edition, u.id, u.name, sum(r.happened_on >= '2023-01-01') AS now,
  sum(r.happened_on < '2023-01-01')
FROM record r JOIN nonconformity n ON n.record_id = r.id
JOIN clause_reference c ON c.record_id = r.id AND NOT c.withdrawn LEFT JOIN unit u ON u.id = r.unit_id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.state <> 'voided'
  AND n.grade IN ('major', 'minor') AND coalesce(r.happened_on, '9999-12-31') BETWEEN '2022-01-01' AND '2023-12-31'
GROUP BY 1, 2, 3 HAVING now > 1 ORDER BY now DESC, 1, 2, 3 LIMIT 10"""
IMPROVED = f"""
SELECT r.happened_on < '2023-01-01', n.grade, count(*)
FROM record r JOIN nonconformity n ON n.record_id = r.id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.state <> 'voided'
  AND n.grade IN ('observation', 'opportunity') AND {HAPPENED} GROUP BY 1, 2"""

Line = tuple[str, list[dict[str, str]]]


def page(connection: sqlite3.Connection, organisation: int, person: int, today: date) -> bytes:
    """The page as bytes."""
    on = (organisation, today.isoformat(), today.isoformat())
    units = connection.execute(UNITS, on).fetchall()
    connection.execute(FIRST, (organisation,)).fetchone()
    improved = connection.execute(IMPROVED, (organisation,)).fetchall()
    html = template("statistics.html").render(
        **_open(connection, organisation, dict(units)),
        **_period(connection, organisation),
        improvements=[(label, _improved(improved, grade)) for grade, label in IMPROVEMENTS.items()],
        base="/bench/nonconformities?",
        open_heads=(*AGES, "tổng số", "tổng số ngày 31/12/2022"),
        days=("31/12/2023", "31/12/2022"),
        heads=[f"Năm {year}" for year in YEARS],
        units=units,
        bell=connection.execute(BELL, (person, organisation)).fetchone()[0],
    )  # fmt: skip
    return html.encode()


# ---------------------------------------------------------------- open on a day


def _open(connection: sqlite3.Connection, organisation: int, names: dict[int, str]) -> dict[str, Any]:
    now, before = (_open_on(connection, organisation, day) for day in ENDS)

    def cell(place: int, units: list[int], age: int | None, where: str) -> dict[str, str]:
        ages = range(4) if age is None else (age,)
        number = sum((now, before)[place][unit, one] for unit in units for one in ages)
        return _cell(number, f"counted=nonconformities{where}&{_aged(ENDS[place], age)}")

    def cells(units: list[int], where: str) -> list[dict[str, str]]:
        return [*(cell(0, units, age, where) for age in (0, 1, 2, 3, None)), cell(1, units, None, where)]

    units = sorted({unit for unit, _age in (*now, *before)}, key=lambda unit: names[unit])
    return {
        "open": [(names[unit], cells([unit], f"&unit={unit}")) for unit in units],
        "total": cells(units, ""),
        "by_age": [
            (label, [cell(place, units, age, "") for place in (0, 1)]) for age, label in enumerate(AGES)
        ],
        "all_ages": [cell(place, units, None, "") for place in (0, 1)],
        **_bars([sum(now[unit, age] for unit in units) for age in range(4)]),
    }


def _open_on(connection: sqlite3.Connection, organisation: int, day: date) -> Counter[tuple[int, int]]:
    bounds = [(day - timedelta(days=days)).isoformat() for days in (30, 90, 180)]
    on = (*bounds, organisation, day.isoformat(), day.isoformat())
    return Counter({(unit, age): count for unit, age, count in connection.execute(OPEN, on)})


def _aged(day: date, age: int | None) -> str:
    asks = f"open_on={day.isoformat()}"
    if age is None:
        return asks
    low, high = AGE_DAYS[age]
    if high is not None:
        asks += f"&happened_from={(day - timedelta(days=high)).isoformat()}"
    return f"{asks}&happened_until={(day - timedelta(days=low)).isoformat()}" if low else asks


def _bars(ages: list[int]) -> dict[str, Any]:
    texts = [_shown(number) for number in ages]
    highest, room = max(ages), 480 - 140 - 16 - 10 * max(map(len, texts))
    bars = [
        {"label": AGES[place], "y": 16 + 38 * place, "width": f"{room * number / highest:.1f}",
         "end": f"{148 + room * number / highest:.1f}", "text": texts[place]}
        for place, number in enumerate(ages)
    ]  # fmt: skip
    return {
        "bars": bars,
        "said": "; ".join(f"{label}: {text}" for label, text in zip(AGES, texts, strict=True)),
    }


# ---------------------------------------------------------------- the period beside the one before


def _period(connection: sqlite3.Connection, organisation: int) -> dict[str, list[Line]]:
    opened = connection.execute(OPENED, (organisation,)).fetchall()
    ended = connection.execute(ENDED, (organisation,)).fetchall()
    happened = [sum(row[6] for row in opened if row[0] == place) for place in (0, 1)]
    closed = [sum(row[3] for row in ended if row[0] == place) for place in (0, 1)]

    def opened_by(column: int, words: dict[str, str], name: str) -> list[Line]:
        lines = []
        for value, label in words.items():
            counts = [
                sum(row[6] for row in opened if row[0] == place and row[column] == value) for place in (0, 1)
            ]
            if any(counts):
                lines.append((label, _two(counts, f"happened=%s&{name}={value or 'none'}", happened)))
        return lines

    return {
        "closing": _closing(ended, happened, closed),
        **_durations(opened, ended, happened, closed),
        "recurrence": [(
            "có liên kết là tái diễn của một sự không phù hợp trước đó",
            _two([sum(row[7] for row in opened if row[0] == p) for p in (0, 1)], "happened=%s&recurs=yes", happened),
        )],
        "repeated": [
            (
                f"{number} {CLAUSES[number]} ({edition}) · {name}",
                _two([now, before], f"happened=%s&clause={number}+%%28{edition}%%29&unit={unit}"),
            )
            for number, edition, unit, name, now, before in connection.execute(REPEATED, (organisation,))
        ],
        "causes": opened_by(3, CAUSES, "cause_group"),
        "sources": opened_by(2, SOURCES, "source_kind"),
        "grades": opened_by(1, GRADES, "grade"),
    }  # fmt: skip


def _closing(ended: list[Any], happened: list[int], closed: list[int]) -> list[Line]:
    def counted(*values: str) -> list[int]:
        return [sum(row[3] for row in ended if row[0] == place and row[1] in values) for place in (0, 1)]

    with_due = counted("on_time", "extended", "late")
    return [
        ("phát sinh trong kỳ", _two(happened, "happened=%s")),
        ("đóng trong kỳ", _two(closed, "ended=%s")),
        ("đã đóng, có hạn xử lý", _two(with_due, "ended=%s&timely=with_due", closed)),
        (
            "đúng hạn hoặc trước hạn",
            _two(counted("on_time", "extended"), "ended=%s&timely=on_time", with_due),
        ),
        (
            "trong đó nhờ được gia hạn",
            _two(counted("extended"), "ended=%s&extended=yes", counted("on_time", "extended")),
        ),
        ("sau hạn", _two(counted("late"), "ended=%s&timely=late", with_due)),
        ("đã đóng, không có hạn xử lý", _two(counted("no_due"), "ended=%s&timely=no_due", closed)),
    ]


def _durations(
    opened: list[Any], ended: list[Any], happened: list[int], closed: list[int]
) -> dict[str, list[Line]]:
    until = [_days((r[4], r[6]) for r in opened if r[0] == p and r[4] is not None) for p in (0, 1)]
    none = [sum(r[6] for r in opened if r[0] == p and r[5]) for p in (0, 1)]
    took = [_days((r[2], r[3]) for r in ended if r[0] == p) for p in (0, 1)]
    dated = [days.total() for days in until]
    corrected = "happened=%s&corrected=yes"
    return {
        "correction": [
            ("trung vị", _ranks(until, 0.5, corrected)),
            ("bách phân vị 90", _ranks(until, 0.9, corrected)),
            ("đã khắc phục", _two(dated, corrected, happened)),
            *(
                [("không thể khắc phục ngay", _two(none, "happened=%s&corrected=impossible", happened))]
                if any(none)
                else []
            ),
            (
                "chưa khắc phục hoặc chưa ghi ngày",
                _two(
                    [h - d - n for h, d, n in zip(happened, dated, none, strict=True)],
                    "happened=%s&corrected=no",
                    happened,
                ),
            ),
        ],
        "duration": [
            ("trung vị", _ranks(took, 0.5, "ended=%s")),
            ("bách phân vị 90", _ranks(took, 0.9, "ended=%s")),
            ("tính trên số", _two(closed, "ended=%s")),
        ],
    }


def _days(rows: Iterable[tuple[int, int]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for days, count in rows:
        found[days] += count
    return found


def _ranks(counts: list[Counter[int]], share: float, where: str) -> list[dict[str, str]]:
    cells = []
    for place, days in enumerate(counts):
        ordered = sorted(days.elements())
        value = ordered[ceil(len(ordered) * share) - 1]
        cells.append({"number": f"{value} ngày", "where": f"counted=nonconformities&{where % YEARS[place]}"})
    return cells


def _improved(rows: list[Any], grade: str) -> list[dict[str, str]]:
    found = {(earlier, of): number for earlier, of, number in rows}
    return [
        _cell(found.get((place, grade), 0), f"counted=improvements&happened={year}&grade={grade}")
        for place, year in enumerate(YEARS)
    ]


def _two(counts: list[int], where: str, of: list[int] | None = None) -> list[dict[str, str]]:
    return [
        _cell(counts[place], f"counted=nonconformities&{where % YEARS[place]}", of[place] if of else 0)
        for place in (0, 1)
    ]


def _cell(number: int, where: str, of: int = 0) -> dict[str, str]:
    share = f"{100 * number / of:.1f}%".replace(".", ",") if of else ""
    return {"number": _shown(number), "where": where, "of": _shown(of) if of else "", "share": share}


def _shown(number: int) -> str:
    return f"{number:,}".replace(",", ".")
