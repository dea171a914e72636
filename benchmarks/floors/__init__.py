"""Reference work that the product is measured against: frozen, plain, and as fast as it comes."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

SIGNS = {"open": "●", "wait": "◐", "late": "▲", "done": "✓", "void": "∅"}


@cache
def template(name: str) -> Template:
    """A flat template of this folder, compiled once."""
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        name
    )


PRAGMAS = (
    "journal_mode = wal",
    "foreign_keys = 1",
    "cache_size = -16000",
    "temp_store = memory",
    "synchronous = off",
)


def opened(path: Path) -> sqlite3.Connection:
    """A connection with the pragmas of the product, except that nothing waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def day(value: str | None) -> str:
    """`15/04/2024` of a stored date; nothing of nothing."""
    return f"{value[8:10]}/{value[5:7]}/{value[:4]}" if value else ""
