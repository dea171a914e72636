"""One `qms remind` over 100,000 open items with 1 % due, against a raw pass over them and the rows it leaves."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import data, floors
from benchmarks.method import Call, Different, Row
from qms import reminding, runtime
from qms.kernel import db
from qms.kernel.jobs import Mail, Notification
from qms.kernel.people import system_actor
from qms.kernel.reminders import DUE, Digest, Reminder

OPEN, SHARE = 100_000, 100  # of these items every hundredth is due
ADDRESS = "https://qms.bench.example"
LEFT = (Reminder, Mail, Notification, Digest)
PASS = """
SELECT id, kind, code, title, due, owner_id, unit_id FROM record
WHERE organisation_id = ? AND ended_on IS NULL"""


def fill(path: Path, count: int) -> None:
    """Make all that is there ended, and `count` open actions: of each hundred one due, 39 spoken of, 60 far ahead."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE record SET ended_on = ? WHERE ended_on IS NULL", (str(data.TODAY),))
        people = connection.execute(
            "SELECT person_id, max(unit_id) FROM assignment WHERE role = 'staff' GROUP BY person_id"
        ).fetchall()
        first = connection.execute("SELECT max(id) + 1 FROM record").fetchone()[0]
        random = Random(30)
        rows = [_item(random, first + n, n, people) for n in range(count)]
        _insert(connection, "record", [record for record, _said in rows])
        _insert(connection, "reminder", [said for _record, said in rows if said is not None])
    connection.close()


def _item(
    random: Random, key: int, number: int, people: list[tuple[int, int]]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    owner, unit = random.choice(people)
    place, said = number % SHARE, None
    if place == 0:
        due = data.TODAY + timedelta(days=random.choice((30, 7, 1, -1, -7, -14, -21)))
    elif place < 40:
        due = data.TODAY + timedelta(days=random.choice((25, 4, -4, -12, -30)))
        said = {
            "organisation_id": 1, "record_id": key, "what": DUE, "due": str(due), "owner_id": owner,
            "day": str(data.TODAY - timedelta(days=2)), "next_on": str(data.TODAY + timedelta(days=2)),
        }  # fmt: skip
    else:
        due = data.TODAY + timedelta(days=random.randrange(31, 400))
    record = {
        "id": key, "organisation_id": 1, "kind": "action", "code": f"AC-2024-{10_000 + number}", "year": 2024,
        "number": 10_000 + number, "title": f"Rà soát hồ sơ còn tồn, đợt {number}", "state": "open",
        "owner_id": owner, "unit_id": unit, "due": str(due), "happened_on": "2024-01-02", "version": 1,
        "recorded_at": "2024-01-02 02:00:00.000001", "changed_at": "2024-01-02 02:00:00.000001",
        "search_text": "",
    }  # fmt: skip
    return record, said


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in rows[0])
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(
        f'INSERT INTO "{table}" ({names}) VALUES ({marks})', (tuple(row.values()) for row in rows)
    )


@contextmanager
def prepare(count: int = OPEN) -> Iterator[tuple[Call, Call]]:
    """A run that is rolled back, against a pass over the open items and executemany of the rows that it left."""
    with tempfile.TemporaryDirectory() as name:
        store = data.copied(1_000, Path(name))
        fill(store.path, count)
        runtime.configure(store.config())
        connection = floors.opened(store.path)
        try:
            with db.connected():
                left = _left(count)
                yield _run, lambda: floor(connection, left)
        finally:
            runtime.release()
            connection.close()


def _run() -> reminding.Outcome:
    with db.database.atomic() as transaction:
        done = reminding.run(system_actor(None, data.TODAY), base_url=ADDRESS)
        transaction.rollback()
    return done


def _left(count: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """(table, rows) of what one run leaves; raises Different when it did not speak of every hundredth item."""
    tables = [model._meta.table_name for model in LEFT]
    with db.database.atomic() as transaction:
        before = {table: _last(table) for table in tables}
        done = reminding.run(system_actor(None, data.TODAY), base_url=ADDRESS)
        found = [(table, _rows(table, before[table])) for table in tables]
        transaction.rollback()
    counted = {table: len(rows) for table, rows in found}
    wanted = {
        "reminder": done.items,
        "mail": done.mails,
        "notification": done.people,
        "reminder_digest": done.people,
    }
    late = done.items - count // SHARE  # the rest are duties of the year
    if counted != wanted or not 0 <= late < 9 or done.mails < 10:
        raise Different(f"{done} left {counted}")
    return found


def _last(table: str) -> int:
    return db.database.execute_sql(f'SELECT coalesce(max(rowid), 0) FROM "{table}"').fetchone()[0]


def _rows(table: str, after: int) -> list[tuple[Any, ...]]:
    return db.database.execute_sql(f'SELECT * FROM "{table}" WHERE rowid > ?', (after,)).fetchall()


def floor(connection: sqlite3.Connection, left: list[tuple[str, list[tuple[Any, ...]]]]) -> int:
    """One pass over the columns that reminding reads of every open item, then the rows that it leaves."""
    connection.execute("BEGIN IMMEDIATE")
    seen = sum(1 for _row in connection.execute(PASS, (1,)))
    for table, rows in left:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
    connection.execute("ROLLBACK")
    return seen


ROWS = (
    Row(
        "remind",
        "qms remind, 100,000 open items with 1 % due, against one raw pass and executemany of the rows it leaves",
        3.0,
        prepare,
        calls=3,
    ),
)
