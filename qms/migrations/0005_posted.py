"""0005_posted: which forms were carried out, so that one that is sent twice is done once."""

from __future__ import annotations

from peewee import Database, SqliteDatabase


def up(migrator: object, db: Database) -> None:
    """Make the table."""
    for statement in (SQLITE if isinstance(db, SqliteDatabase) else POSTGRES, *INDEXES):
        db.execute_sql(statement)


def down(migrator: object, db: Database) -> None:
    """Remove it; a form that is open then may be sent twice."""
    db.execute_sql('DROP TABLE "posted"')


# fmt: off
# ruff: noqa: E501
SQLITE = '''CREATE TABLE "posted" ("id" INTEGER NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "person_id" INTEGER NOT NULL, "key" VARCHAR(64) NOT NULL, "made" VARCHAR(80) NOT NULL, "at" DATETIME NOT NULL, FOREIGN KEY ("organisation_id") REFERENCES "organisation" ("id"), FOREIGN KEY ("person_id") REFERENCES "person" ("id"))'''
POSTGRES = '''CREATE TABLE "posted" ("id" SERIAL NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "person_id" INTEGER NOT NULL, "key" VARCHAR(64) NOT NULL, "made" VARCHAR(80) NOT NULL, "at" TIMESTAMP NOT NULL, FOREIGN KEY ("organisation_id") REFERENCES "organisation" ("id"), FOREIGN KEY ("person_id") REFERENCES "person" ("id"))'''
INDEXES = (
    'CREATE INDEX "posted_at" ON "posted" ("at")',
    'CREATE UNIQUE INDEX "posted_organisation_id_person_id_key" ON "posted" ("organisation_id", "person_id", "key")',
)
# fmt: on
