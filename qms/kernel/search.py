"""Full-text search over the folded text of records: `so hoa` finds `Số hóa`."""

from __future__ import annotations

import re
from typing import Any

from peewee import SQL, Expression, fn

from qms.kernel.db import is_sqlite
from qms.kernel.records import Record
from qms.kernel.text import fold

_WORD = re.compile(r"\w+")
MAX_WORDS = 8


def words(query: str) -> list[str]:
    """The folded words of a query, at most MAX_WORDS."""
    return _WORD.findall(fold(query))[:MAX_WORDS]


def matches(query: str) -> Any | None:
    """The condition that a record holds every word of `query` (as a beginning); None when it has no word."""
    found = words(query)
    if not found:
        return None
    if is_sqlite():
        text = " ".join(f'"{word}"*' for word in found)
        return Record.id.in_(SQL("(SELECT rowid FROM record_fts WHERE record_fts MATCH ?)", (text,)))
    text = " & ".join(f"{word}:*" for word in found)
    return Expression(
        fn.to_tsvector(SQL("'simple'"), Record.search_text), "@@", fn.to_tsquery(SQL("'simple'"), text)
    )
