"""0010_planned_for: for whom a deputy submitted the plan, so that this person does not approve it."""

from __future__ import annotations

from peewee import Database


def up(migrator: object, db: Database) -> None:
    """Add the column, empty, so that the digests of what is kept stay true."""
    db.execute_sql('ALTER TABLE "nonconformity" ADD COLUMN "planned_for_id" INTEGER')


def down(migrator: object, db: Database) -> None:
    """Remove it."""
    db.execute_sql('ALTER TABLE "nonconformity" DROP COLUMN "planned_for_id"')
