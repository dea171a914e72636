"""0003_criterion: the criterion of effectiveness as a rule on an indicator, and the reason given with closing."""

from __future__ import annotations

from peewee import Database

COLUMNS = {
    "kpi": "VARCHAR(60)",
    "kpi_value": "VARCHAR(40)",
    "kpi_from": "VARCHAR(10)",
    "kpi_count": "INTEGER",
    "effect_reason": "TEXT",
}


def up(migrator: object, db: Database) -> None:
    """Add the columns, empty: the digests of what is kept stay true."""
    for name, kind in COLUMNS.items():
        db.execute_sql(f'ALTER TABLE "nonconformity" ADD COLUMN "{name}" {kind}')


def down(migrator: object, db: Database) -> None:
    """Remove them again."""
    for name in reversed(COLUMNS):
        db.execute_sql(f'ALTER TABLE "nonconformity" DROP COLUMN "{name}"')
