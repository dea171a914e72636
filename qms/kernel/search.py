"""Full-text search over the folded text of records: `so hoa` finds `Số hóa`.

A word of at most SYLLABLE letters is matched whole, since Vietnamese words are short: as a beginning `kho`
would find every `không`. Longer words and those with digits (codes) are matched as beginnings.
"""

from __future__ import annotations

import re
from typing import Any

from peewee import JOIN, SQL, Expression, IntegerField, TextField, fn

from qms.kernel.db import BaseModel, is_sqlite
from qms.kernel.records import Record
from qms.kernel.text import fold

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
MAX_WORDS = 8
SYLLABLE = 3  # letters


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
    """The condition that a record holds every word of `query`; None when it has no word."""
    text = asked(query)
    if not text:
        return None
    return Record.id.in_(Words.select(Words.rowid).where(_hit(text))) if is_sqlite() else _hit(text)


def asked(query: str) -> str:
    """`query` as the database's full-text search wants it; empty when it has no word."""
    if is_sqlite():
        return " ".join(f'"{word}"{"" if _is_whole(word) else "*"}' for word in words(query))
    return " & ".join(f"{word}{'' if _is_whole(word) else ':*'}" for word in words(query))


def _is_whole(word: str) -> bool:
    return len(word) <= SYLLABLE and not _DIGIT.search(word)


def _hit(text: Any) -> Expression:
    if is_sqlite():
        return Expression(Words.record_fts, "MATCH", text)
    simple = SQL("'simple'")
    return Expression(fn.to_tsvector(simple, Record.search_text), "@@", fn.to_tsquery(simple, text))


def records(text: Any) -> Any:
    """A query over the records that hold what `asked` made of a query, which is not empty.

    SQLite must read the full-text table first: left to itself it looks every record up in it.
    """
    if is_sqlite():
        return Words.select().join(Record, JOIN.CROSS).where(Record.id == Words.rowid, _hit(text))
    return Record.select().where(_hit(text))


def newest() -> Any:
    """What `records` is ordered by to give the newest first, without sorting all that is found."""
    return Words.rowid if is_sqlite() else Record.id
