"""Changing a table that SQLite cannot alter: make it anew, copy, swap; nothing that hung on it is lost.

Playhouse's own rebuild drops triggers without a word. This one re-creates the table's indexes and
triggers as they were and checks every foreign key before it commits. A migration that uses it sets
`atomic = False`, since SQLite ignores `foreign_keys=OFF` within a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from peewee import Database


class BrokenReference(Exception):
    """After the rebuild a foreign key points nowhere; nothing was changed."""


def rebuild(db: Database, table: str, create: str, copy: Mapping[str, str]) -> None:
    """Replace `table` by the one that `create` (a CREATE TABLE of the same name) makes, keeping its rows.

    `copy` gives for each column of the new table the SQL expression over the old row. Raises
    BrokenReference, RuntimeError within a transaction, and whatever the database says; each leaves
    the table as it was.
    """
    if db.in_transaction():
        raise RuntimeError("a table is rebuilt outside a transaction: set atomic = False in the migration")
    kept = [sql for (sql,) in _attached(db, table)]
    aside = f"{table}__before"
    db.execute_sql("PRAGMA foreign_keys = OFF")
    db.execute_sql("PRAGMA legacy_alter_table = ON")  # references of other tables keep the name
    try:
        with db.atomic():
            db.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{aside}"')
            db.execute_sql(create)
            columns = ", ".join(f'"{name}"' for name in copy)
            db.execute_sql(
                f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(copy.values())} FROM "{aside}"'  # noqa: S608
            )
            db.execute_sql(f'DROP TABLE "{aside}"')
            for sql in kept:
                db.execute_sql(sql)
            broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise BrokenReference(
                    f"{table}: {len(broken)} rows point nowhere, the first in {broken[0][0]}"
                )
    finally:
        db.execute_sql("PRAGMA legacy_alter_table = OFF")
        db.execute_sql("PRAGMA foreign_keys = ON")


def _attached(db: Database, table: str) -> list[tuple[str]]:
    """The statements of the indexes and triggers of `table`."""
    return db.execute_sql(
        "SELECT sql FROM sqlite_master "
        "WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        (table,),
    ).fetchall()
