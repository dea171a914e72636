"""0011_impossible: nonconformities of which none could be put right at once are found by an index of their own."""

from __future__ import annotations

from peewee import Database


def up(migrator: object, db: Database) -> None:
    """Make the index."""
    db.execute_sql(
        'CREATE INDEX "nonconformity_impossible" ON "nonconformity" (organisation_id, record_id) '
        "WHERE no_correction <> ''"
    )


def down(migrator: object, db: Database) -> None:
    """Remove it."""
    db.execute_sql('DROP INDEX "nonconformity_impossible"')
