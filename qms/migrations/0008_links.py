"""0008_links: a link can be taken back, and says when it was made; what happened in one unit is found by its day."""

from __future__ import annotations

from peewee import Database, SqliteDatabase


def up(migrator: object, db: Database) -> None:
    """Add the columns, empty, so that the digests of what is kept stay true; and the index."""
    kind = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    for name in ("ended_at", "made_at"):
        db.execute_sql(f'ALTER TABLE "link" ADD COLUMN "{name}" {kind}')
    db.execute_sql('CREATE INDEX "record_place" ON "record" (organisation_id, kind, unit_id, happened_on)')


def down(migrator: object, db: Database) -> None:
    """Remove all of it; a link that was taken back stands again, as it must where nothing says that it ended."""
    db.execute_sql('DROP INDEX "record_place"')
    for name in ("made_at", "ended_at"):
        db.execute_sql(f'ALTER TABLE "link" DROP COLUMN "{name}"')
