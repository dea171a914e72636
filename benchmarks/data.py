"""The data that benchmarks run on: an agency with so many nonconformities, two actions each.

Written straight into SQLite, and kept in the machine's temporary folder under a digest of schema and
seed, so that a second run begins at once. The same seed always gives the same rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from qms import runtime
from qms.config import Config
from qms.kernel import db
from qms.kernel.db import BaseModel
from qms.kernel.organisations import add_organisation, add_unit
from qms.kernel.people import Person, actor_for, add_person, assign, system_actor
from qms.kernel.permissions import Actor, Role
from qms.kernel.text import fold, language

TODAY = date(2024, 4, 15)
SINCE = date(2015, 1, 1)
SLUG = "bench"
READER = "coordinator@bench.example"  # who asks for the pages; owns records too
HEAD = "head1@bench.example"
LEADER = "leader@bench.example"
RICH = "NC-2024-9001"  # the record with everything on it
SECRET = "only for measuring: not a secret of anybody"

UNITS = 12
PEOPLE = 40  # who own records
YEARS = 5  # that the records are spread over

# state -> share among those whose due date is over, and among the others
_STATES = {
    "open": (0.02, 0.20), "contained": (0.02, 0.20), "analysed": (0.02, 0.15), "planned": (0.01, 0.10),
    "acting": (0.04, 0.20), "verifying": (0.04, 0.05), "closed": (0.83, 0.08), "voided": (0.02, 0.02),
}  # fmt: skip
_GRADES = {"minor": 0.72, "major": 0.12, "observation": 0.12, "opportunity": 0.04}
_SOURCES = {"figures": 0.2, "target": 0.15, "audit": 0.3, "review": 0.05, "work": 0.3}
_GROUPS = {
    "people": 0.3,
    "method": 0.25,
    "means": 0.1,
    "environment": 0.05,
    "measurement": 0.1,
    "information": 0.2,
}
_CLAUSES = {"8.5.1": 0.3, "9.1.3": 0.25, "7.5.3": 0.2, "8.2.1": 0.15, "6.2.1": 0.1}
_RECURRING = 0.03  # share that repeats an earlier one
_FIELDS = (
    "hộ tịch", "chứng thực", "lý lịch tư pháp", "công chứng", "đấu giá tài sản", "luật sư", "quốc tịch",
    "nuôi con nuôi", "trợ giúp pháp lý", "giám định tư pháp", "hòa giải thương mại", "bồi thường nhà nước",
)  # fmt: skip
_FAULTS = (
    "Hồ sơ {field} giải quyết quá hạn chưa có thư xin lỗi", "Số liệu {field} không khớp giữa hai báo cáo",
    "Tỷ lệ số hóa kết quả {field} không đạt mục tiêu", "Phiếu kiểm soát hồ sơ {field} thiếu chữ ký bàn giao",
    "Quy trình {field} chưa sửa theo quyết định công bố", "Hồ sơ {field} lưu trữ không đúng thành phần",
    "Trả kết quả {field} chậm tại bộ phận một cửa", "Chưa đo lường sự hài lòng về dịch vụ {field}",
)  # fmt: skip
_MEASURES = ("Rà soát hồ sơ {field} còn tồn", "Tập huấn cho công chức phụ trách {field}")
RARE_WORD, COMMON_WORD = "sắp xếp lại kho", "hồ sơ"


@dataclass(frozen=True)
class Store:
    """A seeded database, with its folder of attachments beside it."""

    folder: Path

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self.folder / "qms.db"

    def config(self) -> Config:
        """The settings under which the product runs on it."""
        return Config(
            database_url=f"sqlite:///{self.path}",
            data_dir=self.folder,
            secret_key=SECRET,
            trail_key=SECRET,
            today=TODAY,
            demonstration=True,
        )


def store(count: int) -> Store:
    """The agency with `count` nonconformities, made if it is not kept yet; only to be read."""
    folder = _root() / f"{count}-seed-{_digest()}"
    if not (folder / "ready").exists():
        with tempfile.TemporaryDirectory(dir=_root(), prefix="making-") as unfinished:
            made = Store(Path(unfinished) / "store")
            made.folder.mkdir()
            seed(made, count)
            (made.folder / "ready").touch()
            for outdated in _root().glob(f"{count}-*-*"):  # of another schema or seed
                shutil.rmtree(outdated, ignore_errors=True)
            made.folder.rename(folder)
    return Store(folder)


def copied(count: int, folder: Path) -> Store:
    """A copy in `folder` that may be written."""
    shutil.copytree(store(count).folder, folder / "store")
    return Store(folder / "store")


def _root() -> Path:
    folder = Path(tempfile.gettempdir()) / f"qms-benchmarks-{os.getuid() if hasattr(os, 'getuid') else 'me'}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _digest() -> str:
    """Of the schema and of this file: another one means other data."""
    from qms.migrations import freeze

    statements = db.schema_statements(freeze.all_models(), sqlite=True)
    return hashlib.sha256("\n".join([*statements, Path(__file__).read_text("utf-8")]).encode()).hexdigest()[
        :12
    ]


# ---------------------------------------------------------------- seeding


def seed(target: Store, count: int) -> None:
    """Make the schema, the people and `count` nonconformities in an empty folder."""
    runtime.configure(target.config())
    db.migrate()
    try:
        with db.connected():
            place = _people()
            connection = db.database.connection()
            connection.execute("PRAGMA synchronous = off")
            with db.database.atomic():
                _records(connection, place, count)
            from benchmarks import rich

            with language("vi"):
                rich.build(actor(READER), actor(HEAD), actor(LEADER), RICH)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        runtime.release()


def actor(email: str) -> Actor:
    """The person of that address acting in the agency."""
    from qms.kernel.organisations import Organisation

    return actor_for(Person.get(Person.email == email), Organisation.by_slug(SLUG), TODAY)


@dataclass(frozen=True)
class _Place:
    """Ids that the records refer to."""

    organisation: int
    units: list[int]
    owners: list[int]


def _people() -> _Place:
    installation = system_actor(None, TODAY)
    agency = add_organisation(installation, SLUG, "Sở Tư pháp tỉnh Thử Nghiệm")
    ours = system_actor(agency, TODAY)
    units = [
        add_unit(ours, f"P{n:02d}", f"Phòng {_FIELDS[n].capitalize()}", valid_from=SINCE)
        for n in range(UNITS)
    ]
    people = [add_person(installation, READER, "Thư ký ISO")]
    assign(ours, people[0], Role.COORDINATOR, valid_from=SINCE, unit=units[0])
    people.append(add_person(installation, LEADER, "Giám đốc Sở"))
    assign(ours, people[-1], Role.LEADER, valid_from=SINCE)
    for number, unit in enumerate(units):
        people.append(add_person(installation, f"head{number + 1}@bench.example", f"Trưởng {unit.name}"))
        assign(ours, people[-1], Role.UNIT_HEAD, valid_from=SINCE, unit=unit)
    for number in range(PEOPLE - len(people)):
        people.append(
            add_person(installation, f"staff{number}@bench.example", f"Chuyên viên {number + 1:02d}")
        )
        assign(ours, people[-1], Role.STAFF, valid_from=SINCE, unit=units[number % UNITS])
    return _Place(agency.id, [u.id for u in units], [p.id for p in people])


def _records(connection: sqlite3.Connection, place: _Place, count: int) -> None:
    from qms.areas.actions.models import Action
    from qms.areas.nonconformities.models import Nonconformity
    from qms.kernel.clauses import ClauseReference
    from qms.kernel.codes import CodeCounter
    from qms.kernel.links import Link
    from qms.kernel.records import Record

    random = Random(9001)
    found = [_nonconformity(random, place, number) for number in range(count)]
    _number(found)
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM record").fetchone()[0]
    rows = list(_with_actions(random, found, first))
    _insert(connection, Record, [row["record"] for row in rows])
    for model in (Nonconformity, Action):
        _insert(connection, model, [row["own"] for row in rows if row["record"]["kind"] == model.kind])
    ties = [*(row["link"] for row in rows if "link" in row), *_recurrences(random, place, rows)]
    _insert(connection, Link, ties)
    _insert(connection, ClauseReference, _citations(random, rows))
    counters = {(r["kind"], r["year"]): r["number"] for r in (row["record"] for row in rows)}
    # the rich record comes next, and is called the same however many there are
    counters["nonconformity", TODAY.year] = int(RICH.rpartition("-")[2]) - 1
    _insert(connection, CodeCounter, [
        {"organisation": place.organisation, "kind": kind, "year": year, "last": last}
        for (kind, year), last in counters.items()
    ])  # fmt: skip


def _number(rows: list[dict[str, Any]]) -> None:
    """Give the codes in the order in which things happened."""
    rows.sort(key=lambda row: row["record"]["happened_on"])
    last: dict[int, int] = {}
    for row in rows:
        record = row["record"]
        record["year"] = int(record["happened_on"][:4])
        record["number"] = last[record["year"]] = last.get(record["year"], 0) + 1
        record["code"] = f"NC-{record['year']}-{record['number']:03d}"


def _pick(random: Random, shares: dict[str, float]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]


def _nonconformity(random: Random, place: _Place, number: int) -> dict[str, Any]:
    happened = TODAY - timedelta(days=random.randrange(YEARS * 365))
    due = happened + timedelta(days=random.choice((30, 45, 60, 90)))
    over = due < TODAY
    state = _pick(random, {name: shares[0 if over else 1] for name, shares in _STATES.items()})
    ended = (
        min(TODAY, happened + timedelta(days=random.randrange(10, 120)))
        if state in ("closed", "voided")
        else None
    )
    field = random.choice(_FIELDS)
    title = random.choice(_FAULTS).format(field=field)
    description = (
        f"Kiểm tra {random.randrange(5, 60)} hồ sơ {field}, phát hiện {random.randrange(1, 9)} trường hợp."
    )
    if number % 1000 == 7:
        description += f" Cần {RARE_WORD}."
    record = {
        "kind": "nonconformity", "organisation": place.organisation, "title": title, "state": state,
        "owner": random.choice(place.owners) if random.random() < 0.95 else None,
        "unit": random.choice(place.units), "due": due.isoformat() if random.random() < 0.95 else None,
        "happened_on": happened.isoformat(), "ended_on": ended.isoformat() if ended else None,
    }  # fmt: skip
    own = {
        "grade": _pick(random, _GRADES), "source_kind": _pick(random, _SOURCES), "description": description,
        "cause": "Chưa có người thay thế khi công chức nghỉ." if state != "open" else "", "first_due": record["due"],
        **_course(random, state, happened, due, ended),
    }  # fmt: skip
    return {"record": record, "own": own}


def _course(random: Random, state: str, happened: date, due: date, ended: date | None) -> dict[str, str]:
    """When it was put right, from which due date it was put off, and the group of its cause."""
    if state in ("open", "voided"):
        return {}
    contained = min(happened + timedelta(days=random.randrange(10)), ended or TODAY)
    course = {"contained_on": contained.isoformat()} if random.random() < 0.95 else {}
    if random.random() < 0.1:
        course["first_due"] = (due - timedelta(days=15)).isoformat()
    if state != "contained":
        course["cause_group"] = _pick(random, _GROUPS)
    return course


def _recurrences(random: Random, place: _Place, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The ties of those that repeat an earlier one."""
    keys = [row["record"]["id"] for row in rows if row["record"]["kind"] == "nonconformity"]
    for number in range(1, len(keys)):
        if random.random() < _RECURRING:
            yield {
                "organisation_id": place.organisation, "record": keys[number],
                "target": keys[random.randrange(number)], "relation": "recurs",
            }  # fmt: skip


def _citations(random: Random, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One clause of each nonconformity."""
    for row in rows:
        if row["record"]["kind"] == "nonconformity":
            yield {
                "organisation_id": row["record"]["organisation"], "record": row["record"]["id"],
                "edition": "2015", "number": _pick(random, _CLAUSES),
            }  # fmt: skip


def _with_actions(random: Random, found: list[dict[str, Any]], first: int) -> Iterator[dict[str, Any]]:
    """The nonconformities, each followed by its two actions, with ids from `first` on."""
    key = first
    last: dict[int, int] = {}
    for row in found:
        served = key
        yield _finished(row, key)
        for measure in _MEASURES:
            key += 1
            yield _action(random, row["record"], measure, key, served, last)
        key += 1


def _action(
    random: Random, nc: dict[str, Any], measure: str, key: int, served: int, last: dict[int, int]
) -> dict[str, Any]:
    year = nc["year"]
    last[year] = last.get(year, 0) + 1
    state = "verified" if nc["ended_on"] else random.choice(("open", "in_progress", "done"))
    record = {
        **nc, "kind": "action", "number": last[year], "code": f"AC-{year}-{last[year]:03d}", "state": state,
        "title": measure.format(field=random.choice(_FIELDS)),
    }  # fmt: skip
    own = {"sort": "corrective", "description": "Làm theo kế hoạch đã duyệt.", "first_due": nc["due"]}
    link = {
        "organisation_id": nc["organisation"], "record": key, "target": served, "relation": "serves",
    }  # fmt: skip
    return _finished({"record": record, "own": own}, key) | {"link": link}


def _finished(row: dict[str, Any], key: int) -> dict[str, Any]:
    """A row with its id and everything that follows from the rest."""
    record, own = row["record"], row["own"]
    recorded = datetime.fromisoformat(record["happened_on"]) + timedelta(hours=2, microseconds=key % 1000 + 1)
    record = record | {
        "id": key, "recorded_at": recorded, "changed_at": recorded, "recorded_by": record["owner"],
        "search_text": fold(f"{record['code']} {record['title']} {own['description']} {own.get('cause', '')}"),
    }  # fmt: skip
    record |= {"facet": own.get("grade"), "due_first": own.get("first_due")}
    own = own | {"record": key, "organisation_id": record["organisation"], "kind_": record["kind"]}
    return row | {"record": record, "own": own}


def _insert(connection: sqlite3.Connection, model: type[BaseModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert dictionaries of field -> value; what is not given takes the field's own default."""
    fields = [f for f in model._meta.sorted_fields if not (f.name == "id" and model._meta.name != "record")]
    names = ", ".join(f'"{f.column_name}"' for f in fields)
    marks = ", ".join("?" * len(fields))
    defaults = {f.name: f.default for f in fields}
    values = ([row.get(f.name, defaults[f.name]) for f in fields] for row in rows)
    connection.executemany(
        f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({marks})',
        ([str(v) if isinstance(v, datetime) else v for v in row] for row in values),
    )
