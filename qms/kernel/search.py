"""Full-text search over the folded text of records: `so hoa` finds `Số hóa`."""

from __future__ import annotations

import re
from typing import Any

from peewee import JOIN, SQL, Expression, IntegerField, TextField, fn

from qms.kernel.db import BaseModel, is_sqlite
from qms.kernel.records import Record
from qms.kernel.text import fold

_WORD = re.compile(r"\w+")
MAX_WORDS = 8


def words(query: str) -> list[str]:
    """The folded words of a query, at most MAX_WORDS."""
    return _WORD.findall(fold(query))[:MAX_WORDS]


class Words(BaseModel):
    """The full-text table of the embedded database: a row for each record, by its number."""

    rowid = IntegerField(primary_key=True)
    record_fts = TextField()  # the column that a full-text table has by its own name, to be matched

    class Meta:
        table_name = "record_fts"


def matches(query: str) -> Any | None:
    """The condition that a record holds every word of `query` (as a beginning); None when it has no word."""
    found = words(query)
    if not found:
        return None
    if is_sqlite():
        return Record.id.in_(Words.select(Words.rowid).where(_holds(found)))
    text = " & ".join(f"{word}:*" for word in found)
    return Expression(
        fn.to_tsvector(SQL("'simple'"), Record.search_text), "@@", fn.to_tsquery(SQL("'simple'"), text)
    )


def _holds(found: list[str]) -> Expression:
    return Expression(Words.record_fts, "MATCH", " ".join(f'"{word}"*' for word in found))


def records(query: str) -> Any:
    """A query over the records that hold every word of `query`; over all of them when it has no word.

    SQLite must read the full-text table first: left to itself it looks every record up in it.
    """
    found = words(query)
    if not found:
        return Record.select()
    if not is_sqlite():
        return Record.select().where(matches(query))
    return Words.select().join(Record, JOIN.CROSS).where(Record.id == Words.rowid, _holds(found))


def newest(query: str) -> Any:
    """What `records(query)` is ordered by to give the newest first, without sorting what is found."""
    return Words.rowid if is_sqlite() and words(query) else Record.id
