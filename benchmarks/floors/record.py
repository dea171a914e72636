"""Reference page: one nonconformity with actions, evidence and history, by hand-written SQL and one flat template."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date, datetime, timedelta, timezone
from typing import Any

from benchmarks.floors import SIGNS, day, template
from benchmarks.floors.list import BELL, GRADES, STATES

ZONE = timezone(timedelta(hours=7))
PATH = ("open", "contained", "analysed", "planned", "acting", "verifying", "closed")
SOURCES = {"audit": "đánh giá nội bộ"}
METHODS = {"five_whys": "5 câu hỏi vì sao"}
CAUSES = {"method": "phương pháp"}
SORTS = {"corrective": "hành động khắc phục"}
ACTIONS = {
    "open": ("chưa thực hiện", "open"), "in_progress": ("đang thực hiện", "wait"), "done": ("đã xong", "done"),
    "verified": ("đã xác minh", "done"), "voided": ("đã hủy", "void"),
}  # fmt: skip
LABELS = {  # in the order in which changes are told
    "state": "trạng thái", "title": "tiêu đề", "grade": "mức độ", "description": "sự việc phát hiện",
    "source_kind": "phát hiện qua", "correction": "khắc phục tức thời",
    "contained_on": "ngày khắc phục tức thời", "consequences": "hậu quả đối với công dân liên quan",
    "cause_method": "phương pháp phân tích", "whys": "các câu hỏi vì sao, từng bước", "cause": "nguyên nhân gốc",
    "cause_group": "nhóm của nguyên nhân gốc", "elsewhere": "nơi khác có xảy ra không?",
    "criterion": "tiêu chí đánh giá hiệu lực", "effect_on": "ngày kiểm tra hiệu lực",
    "planner": "người trình kế hoạch", "approver": "người phê duyệt", "owner": "người phụ trách", "due": "hạn",
}  # fmt: skip
ORDER = tuple(LABELS)
WORDS = {"grade": GRADES, "source_kind": SOURCES, "cause_method": METHODS, "cause_group": CAUSES}
NEW = ("title", "grade", "description", "source_kind", "owner", "due")  # what is told of a new record
VERBS = {
    "nonconformity.create": "ghi nhận %s", "nonconformity.edit": "sửa %s", "link.add": "liên kết với %s",
    "link.related": "ghi nhận có liên quan đến %s",
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
  r.unit_id, n.contained_on, n.cause_group,
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
WHERE l.target_id = ? AND l.relation = 'serves' AND l.ended_at IS NULL ORDER BY r.year, r.number"""
LINKS = """
SELECT r.code, r.title, r.state FROM link l JOIN record r ON r.id = l.target_id
WHERE l.record_id = ? AND l.relation = 'related' AND l.ended_at IS NULL"""
EARLIER = """
SELECT r.id, r.code, r.title, r.happened_on FROM record r JOIN nonconformity n ON n.record_id = r.id
WHERE r.organisation_id = ? AND r.kind = 'nonconformity' AND r.unit_id = ?
  AND coalesce(r.happened_on, '9999-12-31') BETWEEN ? AND ?
  AND (r.happened_on < ? OR r.id < ?) AND r.state <> 'voided' AND n.source_kind = ?
  AND n.grade IN ('major', 'minor') AND EXISTS (
    SELECT 1 FROM clause_reference t JOIN clause_reference m ON m.edition = t.edition AND m.number = t.number
    WHERE t.record_id = n.record_id AND m.record_id = ? AND NOT t.withdrawn AND NOT m.withdrawn)
  AND NOT EXISTS (SELECT 1 FROM proposal_decision d WHERE d.organisation_id = r.organisation_id
    AND d.key = 'recur:' || ? || ':' || n.record_id)
ORDER BY r.happened_on DESC, r.id DESC LIMIT 3"""
CITED = "SELECT number, edition FROM clause_reference WHERE record_id = ? AND NOT withdrawn ORDER BY id"
EVIDENCE = """
SELECT a.id, a.name, a.size, a.sha256, a.note, a.added_at, p.name AS who
FROM attachment a LEFT JOIN person p ON p.id = a.added_by_id
WHERE a.record_id = ? AND a.withdrawn_at IS NULL ORDER BY a.id"""
REMARKS = """
SELECT c.at, c.text, p.name AS who FROM comment c LEFT JOIN person p ON p.id = c.by_id
WHERE c.record_id = ? ORDER BY c.id"""
JOB = "SELECT * FROM job WHERE record_id = ? AND kind = 'corrective-action-sheet' AND locale = 'vi'"
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
        earlier=_earlier(connection, found, organisation),
        job=_dicts(connection, JOB, (key,)),
        pdf=shutil.which("soffice") or shutil.which("libreoffice"),
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
        e["changes"][name][1]
        for e in entries
        for name in ("planner", "approver", "owner")
        if name in e["changes"]
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
        "method": METHODS[found["cause_method"]], "group": CAUSES[found["cause_group"]],
        "contained_on": day(found["contained_on"]), "authors": ", ".join(authors), "due": day(found["due"]),
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


def _earlier(
    connection: sqlite3.Connection, found: dict[str, Any], organisation: int
) -> list[dict[str, Any]]:
    key, on = found["id"], found["happened_on"]
    since = date.fromisoformat(on).replace(year=int(on[:4]) - 1).isoformat()
    values = (organisation, found["unit_id"], since, on, on, key, found["source_kind"], key, key)
    return [row | {"happened_on": day(row["happened_on"])} for row in _dicts(connection, EARLIER, values)]


def _link(row: dict[str, Any]) -> dict[str, Any]:
    word, tone = STATES[row["state"]]
    badge = _state((word, "done" if tone in ("done", "void") else "open"))
    return row | badge | {"relation": "liên quan đến", "area": "nonconformities"}


def _evidence(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"size": max(1, round(row["size"] / 1024)), "when": _moment(row["added_at"])}


def _line(entry: dict[str, Any], people: dict[int, str]) -> dict[str, Any]:
    tag, what, name = entry["tag"], entry["what"], entry["actor"]["name"]
    verb = VERBS[tag]
    happened = entry["changes"].get("happened_on", (None, None))[1] if tag == "nonconformity.create" else None
    return {
        "when": _moment(entry["at"]),
        "who": f"Tự động, sau việc của {name}" if tag == "nonconformity.finish" else name,
        "text": verb % what if "%s" in verb else verb,
        "changes": [
            _change(name, entry["changes"][name], people) for name in _told(tag, entry["changes"])
        ],
        "late": f"ghi nhận muộn: xảy ra ngày {day(happened)}" if happened else "",
    }  # fmt: skip


def _told(tag: str, changes: dict[str, Any]) -> list[str]:
    if tag.endswith(".create"):
        return [name for name in NEW if name in changes]
    if tag.endswith(".add") or "id" in changes:
        return []
    return [name for name in ORDER if name in changes]


def _change(name: str, pair: list[Any], people: dict[int, str]) -> str:
    before, after = ("" if value in (None, "") else _shown(name, value, people) for value in pair)
    asked = LABELS[name] if LABELS[name].endswith("?") else f"{LABELS[name]}:"
    return f"{asked} {before} → {after}" if before else f"{asked} {after}"


def _shown(name: str, value: Any, people: dict[int, str]) -> str:
    if name == "state":
        return STATES[value][0]
    if name in ("planner", "approver", "owner"):
        return people[value]
    if name in WORDS:
        return WORDS[name][value]
    if name == "whys":
        return "; ".join(value.splitlines())
    return day(value) if name in ("effect_on", "contained_on", "due") else str(value)
