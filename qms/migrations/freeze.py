"""Write the schema of the models as a frozen migration: `python -m qms.migrations.freeze 0001_initial`.

A landed migration is never written again; a later change of the models is a new migration by hand.
"""

from __future__ import annotations

import sys

from peewee import Model

from qms import areas, resources
from qms.kernel import (
    clauses,
    codes,
    comments,
    db,
    files,
    jobs,
    links,
    once,
    organisations,
    people,
    proposals,
    records,
    reminders,
    trail,
)

KERNEL_MODELS: tuple[type[Model], ...] = (
    trail.TrailHead, trail.TrailEntry,
    organisations.Organisation, organisations.OldSlug, organisations.Unit, organisations.Setting,
    people.Person, people.Assignment, people.Deputy, people.SignInAttempt,
    records.Record, codes.CodeCounter, links.Link, clauses.ClauseReference, comments.Comment,
    files.Attachment, jobs.Notification, jobs.Mail, jobs.Job, jobs.Lease, proposals.Decision,
    once.Posted, reminders.Reminder, reminders.Digest,
)  # fmt: skip


def all_models() -> list[type[Model]]:
    """Every table of the kernel and of the areas."""
    found = list(KERNEL_MODELS)
    for area in areas.load():
        found += [*area.kinds, *area.tables]
    return found


_HEAD = '''"""{title}: frozen when it landed, never edited."""

from __future__ import annotations

from peewee import Database, SqliteDatabase


def up(migrator: object, db: Database) -> None:
    """Make every table, index and trigger."""
    for statement in SQLITE if isinstance(db, SqliteDatabase) else POSTGRES:
        db.execute_sql(statement)


def down(migrator: object, db: Database) -> None:
    """Remove them again."""
    for statement in DOWN_SQLITE if isinstance(db, SqliteDatabase) else DOWN_POSTGRES:
        db.execute_sql(statement)


'''


def _block(name: str, statements: list[str]) -> str:
    lines = "".join(f"    {_literal(s)},\n" for s in statements)
    return f"{name} = (\n{lines})\n"


def _literal(statement: str) -> str:
    return f"'''{statement}'''" if "\n" in statement or len(statement) > 100 else repr(statement)


def frozen(title: str) -> str:
    """The text of a migration that makes today's models."""
    models = all_models()
    tables = [m._meta.table_name for m in db.by_reference(models)][::-1]
    down_sqlite = ['DROP TABLE "record_fts"', *(f'DROP TABLE "{t}"' for t in tables)]
    down_postgres = [*(f'DROP TABLE "{t}" CASCADE' for t in tables), "DROP FUNCTION refuse_change()"]
    return _HEAD.format(title=title) + "\n".join(
        (
            "# fmt: off\n# ruff: noqa: E501",
            _block("SQLITE", db.schema_statements(models, sqlite=True)),
            _block("POSTGRES", db.schema_statements(models, sqlite=False)),
            _block("DOWN_SQLITE", down_sqlite),
            _block("DOWN_POSTGRES", down_postgres),
        )
    )


if __name__ == "__main__":
    name = sys.argv[1]
    path = resources.MIGRATIONS / f"{name}.py"
    if path.exists() and "frozen when it landed" in path.read_text("utf-8"):
        sys.exit(f"{path.name} has landed and is never written again")
    path.write_text(frozen(name), "utf-8")
