"""One step of a nonconformity with its trail entry and its notice, against its own statements alone."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import data, floors
from benchmarks.method import ROUNDS, Call, Row
from qms import runtime
from qms.areas.nonconformities import service
from qms.kernel import db

CALLS = 8
STEPS = ROUNDS * CALLS + 2  # each call takes another nonconformity one step further
_READY = """
UPDATE nonconformity SET correction = 'Đã gửi thư xin lỗi.', consequences = 'Không có.', grade = 'minor'
WHERE record_id IN (SELECT value FROM json_each(?))"""
_GRADED = "UPDATE record SET facet = 'minor' WHERE id IN (SELECT value FROM json_each(?))"
_OPEN = """
SELECT id, code FROM record WHERE kind = 'nonconformity' AND state = 'open' AND owner_id NOT IN (
  SELECT id FROM person WHERE email = ?) ORDER BY id LIMIT ?"""
Statement = tuple[str, tuple[Any, ...]]


@contextmanager
def prepared(folder: Path) -> Iterator[list[str]]:
    """The product on a copy of the data for the block; the codes that wait for the step."""
    store = data.copied(10_000, folder)
    codes = _make_ready(store.path)
    runtime.configure(store.config())
    try:
        with db.connected():
            db.database.execute_sql("PRAGMA synchronous = off")
            yield codes
    finally:
        runtime.release()


def _make_ready(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(_OPEN, (data.READER, STEPS)).fetchall()
        for statement in (_READY, _GRADED):
            connection.execute(statement, (f"[{','.join(str(key) for key, _code in found)}]",))
    connection.close()
    if len(found) < STEPS:
        raise RuntimeError(f"only {len(found)} nonconformities are open")
    return [code for _key, code in found]


def captured(folder: Path) -> list[list[Statement]]:
    """The statements of each step, taken down while the product does them."""
    steps: list[list[Statement]] = []
    with prepared(folder) as codes:
        actor = data.actor(data.READER)

        def note(event: Any) -> None:
            steps[-1].append((event.sql, tuple(event.params or ())))

        db.database.obj.query_hooks.append(note)
        for code in codes:
            steps.append([])
            service.fire(actor, code, "contain")
        db.database.obj.query_hooks.remove(note)
    return steps


def statements() -> float:
    """How many statements one step takes, without BEGIN and COMMIT."""
    with tempfile.TemporaryDirectory() as folder:
        return float(max(map(len, captured(Path(folder)))))


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The step by the product, and its statements replayed on a copy; both without waiting for the disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = iter(captured(folder / "captured"))
        connection = floors.opened(_replayed(folder))
        with prepared(folder / "product") as codes:
            actor, left = data.actor(data.READER), iter(codes)
            yield lambda: service.fire(actor, next(left), "contain"), lambda: replay(connection, next(steps))
        connection.close()


def _replayed(folder: Path) -> Path:
    store = data.copied(10_000, folder / "floor")
    _make_ready(store.path)
    return store.path


def replay(connection: sqlite3.Connection, step: list[Statement]) -> None:
    """Do one step's statements in a transaction, reading what they give."""
    connection.execute("BEGIN IMMEDIATE")
    for sql, params in step:
        connection.execute(sql, params).fetchall()
    connection.execute("COMMIT")


@contextmanager
def prepare_count() -> Iterator[tuple[Call, Call]]:
    """The number of statements, beside the most that it may be."""
    counted = statements()
    yield lambda: counted, lambda: float(MOST)


MOST = 12
ROWS = (
    Row(
        "transition",
        "one transition with trail and notification, against its own statements replayed",
        20.0,
        prepare,
        calls=CALLS,
    ),
    Row(
        "transition-statements",
        f"statements of one transition, against {MOST}",
        1.0,
        prepare_count,
        unit="statements",
        reads=True,
    ),
)
