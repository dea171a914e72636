"""Reference page: one nonconformity with actions, evidence and history, by hand-written SQL and one flat template."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime, timedelta, timezone
from typing import Any

from benchmarks.floors import SIGNS, day, template
from benchmarks.floors.list import BELL, GRADES, STATES

ZONE = timezone(timedelta(hours=7))
PATH = ("open", "contained", "analysed", "planned", "acting", "verifying", "closed")
SOURCES = {"audit": "đánh giá nội bộ"}
METHODS = {"five_whys": "5 câu hỏi vì sao"}
SORTS = {"corrective": "hành động khắc phục"}
ACTIONS = {
    "open": ("chưa thực hiện", "open"), "in_progress": ("đang thực hiện", "wait"), "done": ("đã xong", "done"),
    "verified": ("đã xác minh", "done"), "voided": ("đã hủy", "void"),
}  # fmt: skip
LABELS = {
    "state": "trạng thái", "effect_on": "ngày kiểm tra hiệu lực", "approver": "người phê duyệt",
    "planner": "người trình kế hoạch", "criterion": "tiêu chí đánh giá hiệu lực", "cause": "nguyên nhân gốc",
    "cause_method": "phương pháp phân tích", "elsewhere": "nơi khác có xảy ra không?",
    "whys": "các câu hỏi vì sao, từng bước", "consequences": "hậu quả đối với công dân liên quan",
    "correction": "khắc phục tức thời",
}  # fmt: skip
VERBS = {
    "nonconformity.create": "ghi nhận %s", "nonconformity.edit": "sửa %s", "link.add": "liên kết với %s",
    "comment.add": "cho ý kiến", "evidence.add": "đính kèm tệp %s",
    "clause_reference.add": "viện dẫn điều khoản %s",
    "nonconformity.contain": "%s: Xác nhận đã khắc phục tức thời",
    "nonconformity.analyse": "%s: Xác nhận nguyên nhân", "nonconformity.plan": "%s: Trình kế hoạch",
    "nonconformity.approve_plan": "%s: Duyệt kế hoạch",
    "nonconformity.finish": "%s: Mọi hành động đã hoàn thành",
}  # fmt: skip
CLAUSES = {
    "10.2": "Sự không phù hợp và hành động khắc phục", "8.5.1": "Kiểm soát sản xuất và cung cấp dịch vụ",
    "9.1.3": "Phân tích và đánh giá",
}  # fmt: skip

RECORD = """
SELECT r.id, r.code, r.title, r.state, r.version, r.due, r.happened_on, r.recorded_at, n.grade, n.source_kind,
  n.description, n.correction, n.consequences, n.cause_method, n.whys, n.cause, n.cause_authors, n.elsewhere,
  n.criterion, n.effect_on, n.effect_met, n.effect_result, o.name AS owner, u.name AS unit, p.name AS planner,
  a.name AS approver
FROM record r JOIN nonconformity n ON n.record_id = r.id
LEFT JOIN person o ON o.id = r.owner_id LEFT JOIN unit u ON u.id = r.unit_id
LEFT JOIN person p ON p.id = n.planner_id LEFT JOIN person a ON a.id = n.approver_id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.code = ?"""
SERVING = """
SELECT r.code, r.title, r.state, r.due, a.sort, p.name AS owner
FROM link l JOIN record r ON r.id = l.record_id JOIN action a ON a.record_id = r.id
LEFT JOIN person p ON p.id = r.owner_id
WHERE l.target_id = ? AND l.relation = 'serves' ORDER BY r.year, r.number"""
LINKS = """
SELECT r.code, r.title, r.state FROM link l JOIN record r ON r.id = l.target_id
WHERE l.record_id = ? AND l.relation = 'related'"""
CITED = "SELECT number, edition FROM clause_reference WHERE record_id = ? AND NOT withdrawn ORDER BY id"
EVIDENCE = """
SELECT a.id, a.name, a.size, a.sha256, a.note, a.added_at, p.name AS who
FROM attachment a LEFT JOIN person p ON p.id = a.added_by_id
WHERE a.record_id = ? AND a.withdrawn_at IS NULL ORDER BY a.id"""
REMARKS = """
SELECT c.at, c.text, p.name AS who FROM comment c LEFT JOIN person p ON p.id = c.by_id
WHERE c.record_id = ? ORDER BY c.id"""
HISTORY = "SELECT body FROM trail_entry WHERE record_id = ? ORDER BY id DESC LIMIT 200"
NAMES = "SELECT id, name FROM person WHERE id IN (SELECT value FROM json_each(?)) ORDER BY name"


def page(connection: sqlite3.Connection, code: str, *, organisation: int, person: int, today: date) -> bytes:
    """The page as bytes."""
    found = _dicts(connection, RECORD, (organisation, code))[0]
    key = found["id"]
    entries = [json.loads(body) for (body,) in connection.execute(HISTORY, (key,))]
    people = dict(connection.execute(NAMES, (json.dumps(sorted(_people(found, entries))),)).fetchall())
    html = template("record.html").render(
        r=_record(found, people, today),
        steps=_steps(found["state"], entries),
        whys=found["whys"].splitlines(),
        actions=[_action(row) for row in _dicts(connection, SERVING, (key,))],
        links=[_link(row) for row in _dicts(connection, LINKS, (key,))],
        clauses=[row | {"title": CLAUSES[row["number"]]} for row in _dicts(connection, CITED, (key,))],
        evidence=[_evidence(row) for row in _dicts(connection, EVIDENCE, (key,))],
        remarks=[row | {"when": _moment(row["at"])} for row in _dicts(connection, REMARKS, (key,))],
        history=[_line(entry, people) for entry in entries if entry["changes"]],
        bell=connection.execute(BELL, (person, organisation)).fetchone()[0],
    )
    return html.encode()


def _dicts(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _people(found: dict[str, Any], entries: list[dict[str, Any]]) -> set[int]:
    changed = {
        e["changes"][name][1] for e in entries for name in ("planner", "approver") if name in e["changes"]
    }
    return {int(word) for word in found["cause_authors"].split(",") if word} | (changed - {None})


def _moment(stored: str) -> str:
    return f"{datetime.fromisoformat(f'{stored}+00:00').astimezone(ZONE):%d/%m/%Y %H:%M}"


def _state(words: tuple[str, str]) -> dict[str, str]:
    return {"state": words[0], "tone": words[1], "sign": SIGNS[words[1]]}


def _record(found: dict[str, Any], people: dict[int, str], today: date) -> dict[str, Any]:
    authors = sorted(people[int(word)] for word in found["cause_authors"].split(",") if word)
    return found | _state(STATES[found["state"]]) | {
        "grade": GRADES[found["grade"]], "source": SOURCES[found["source_kind"]],
        "method": METHODS[found["cause_method"]], "authors": ", ".join(authors), "due": day(found["due"]),
        "left": f"còn {(date.fromisoformat(found['due']) - today).days} ngày",
        "happened_on": day(found["happened_on"]), "effect_on": day(found["effect_on"]),
        "recorded_at": _moment(found["recorded_at"]),
    }  # fmt: skip


def _steps(state: str, entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    reached = {
        e["changes"]["state"][1]: _moment(e["at"])[:10] for e in reversed(entries) if "state" in e["changes"]
    }
    now = PATH.index(state)
    return [
        {
            "label": STATES[name][0],
            "kind": "now" if place == now else "done" if place < now else "todo",
            "date": reached.get(name, ""),
        }
        for place, name in enumerate(PATH)
    ]


def _action(row: dict[str, Any]) -> dict[str, Any]:
    return row | _state(ACTIONS[row["state"]]) | {"sort": SORTS[row["sort"]], "due": day(row["due"])}


def _link(row: dict[str, Any]) -> dict[str, Any]:
    word, tone = STATES[row["state"]]
    badge = _state((word, "done" if tone in ("done", "void") else "open"))
    return row | badge | {"relation": "liên quan đến", "area": "nonconformities"}


def _evidence(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"size": max(1, round(row["size"] / 1024)), "when": _moment(row["added_at"])}


def _line(entry: dict[str, Any], people: dict[int, str]) -> dict[str, Any]:
    tag, what = entry["tag"], entry["what"]
    verb = VERBS[tag]
    made = tag.endswith((".create", ".add"))
    happened = entry["changes"].get("happened_on", (None, None))[1] if tag == "nonconformity.create" else None
    return {
        "when": _moment(entry["at"]),
        "who": entry["actor"]["name"],
        "text": verb % what if "%s" in verb else verb,
        "changes": ()
        if made
        else [
            _change(name, pair[0], pair[1], people) for name, pair in entry["changes"].items() if name in LABELS
        ],
        "late": f"ghi nhận muộn: xảy ra ngày {day(happened)}" if happened else "",
    }  # fmt: skip


def _change(name: str, old: Any, new: Any, people: dict[int, str]) -> str:
    return f"{LABELS[name]}: {_shown(name, old, people)} → {_shown(name, new, people)}"


def _shown(name: str, value: Any, people: dict[int, str]) -> str:
    if value in (None, ""):
        return "–"
    if name == "state":
        return STATES[value][0]
    if name in ("planner", "approver"):
        return people[value]
    if name == "cause_method":
        return METHODS[value]
    return day(value) if name == "effect_on" else str(value)
