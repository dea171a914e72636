"""0007_reminder: what people were reminded of, and the secret address of their calendar."""

from __future__ import annotations

from peewee import Database, SqliteDatabase


def up(migrator: object, db: Database) -> None:
    """Make the tables, and add the column, empty: the digests of what is kept stay true."""
    for statement in (*(SQLITE if isinstance(db, SqliteDatabase) else POSTGRES), *BOTH):
        db.execute_sql(statement)


def down(migrator: object, db: Database) -> None:
    """Remove them again; what is due is spoken of anew, and calendars have to be given a new address."""
    for statement in (
        'DROP TABLE "reminder"',
        'DROP TABLE "reminder_digest"',
        'DROP INDEX "person_feed"',
        'ALTER TABLE "person" DROP COLUMN "feed"',
    ):
        db.execute_sql(statement)


# fmt: off
# ruff: noqa: E501
SQLITE = (
    '''CREATE TABLE "reminder" ("id" INTEGER NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "record_id" INTEGER, "what" VARCHAR(120) NOT NULL, "due" DATE NOT NULL, "owner_id" INTEGER, "day" DATE NOT NULL, "next_on" DATE NOT NULL, FOREIGN KEY ("record_id") REFERENCES "record" ("id"), FOREIGN KEY ("owner_id") REFERENCES "person" ("id"), FOREIGN KEY (record_id, organisation_id) REFERENCES record (id, organisation_id))''',
)
POSTGRES = (
    '''CREATE TABLE "reminder" ("id" SERIAL NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "record_id" INTEGER, "what" VARCHAR(120) NOT NULL, "due" DATE NOT NULL, "owner_id" INTEGER, "day" DATE NOT NULL, "next_on" DATE NOT NULL, FOREIGN KEY ("record_id") REFERENCES "record" ("id"), FOREIGN KEY ("owner_id") REFERENCES "person" ("id"), FOREIGN KEY (record_id, organisation_id) REFERENCES record (id, organisation_id))''',
)
BOTH = (
    '''CREATE TABLE "reminder_digest" ("person_id" INTEGER NOT NULL PRIMARY KEY, "day" DATE NOT NULL, "since" DATE NOT NULL, FOREIGN KEY ("person_id") REFERENCES "person" ("id"))''',
    'CREATE UNIQUE INDEX "reminder_record_id_what" ON "reminder" ("record_id", "what")',
    'CREATE INDEX "reminder_organisation_id_what" ON "reminder" ("organisation_id", "what")',
    'ALTER TABLE "person" ADD COLUMN "feed" VARCHAR(64)',
    'CREATE UNIQUE INDEX "person_feed" ON "person" ("feed")',
)
# fmt: on
