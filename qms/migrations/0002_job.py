"""0002_job: PDFs that the worker makes, and mails whose link ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from peewee import Database, SqliteDatabase

LONGEST = timedelta(days=7)  # how long a link that was mailed before held at most


def up(migrator: object, db: Database) -> None:
    """Make the table of jobs; links that were mailed already are cleared, those that wait get an end."""
    for statement in SQLITE if isinstance(db, SqliteDatabase) else POSTGRES:
        db.execute_sql(statement)
    end = (datetime.now(UTC).replace(tzinfo=None) + LONGEST).isoformat(" ")
    for statement in BOTH:
        db.execute_sql(statement.format(end=end))


def down(migrator: object, db: Database) -> None:
    """Remove the table and the column; the PDFs can be made again, the cleared links stay cleared."""
    for statement in ('DROP TABLE "job"', 'ALTER TABLE "mail" DROP COLUMN "expires_at"'):
        db.execute_sql(statement)


# fmt: off
# ruff: noqa: E501
SQLITE = (
    'ALTER TABLE "mail" ADD COLUMN "expires_at" DATETIME',
    '''CREATE TABLE "job" ("id" INTEGER NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "record_id" INTEGER NOT NULL, "kind" VARCHAR(40) NOT NULL, "locale" VARCHAR(2) NOT NULL, "asked_at" DATETIME NOT NULL, "asked_by_id" INTEGER, "next_try_at" DATETIME, "tries" INTEGER NOT NULL, "failure" TEXT NOT NULL, "made_at" DATETIME, "version" INTEGER, "seq" INTEGER, "sha256" VARCHAR(64) NOT NULL, "size" INTEGER NOT NULL, "name" VARCHAR(200) NOT NULL, FOREIGN KEY ("record_id") REFERENCES "record" ("id"), FOREIGN KEY ("asked_by_id") REFERENCES "person" ("id"), FOREIGN KEY (record_id, organisation_id) REFERENCES record (id, organisation_id))''',
    'CREATE INDEX "job_next_try_at" ON "job" ("next_try_at")',
    'CREATE UNIQUE INDEX "job_record_id_kind_locale" ON "job" ("record_id", "kind", "locale")',
)
POSTGRES = (
    'ALTER TABLE "mail" ADD COLUMN "expires_at" TIMESTAMP',
    '''CREATE TABLE "job" ("id" SERIAL NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "record_id" INTEGER NOT NULL, "kind" VARCHAR(40) NOT NULL, "locale" VARCHAR(2) NOT NULL, "asked_at" TIMESTAMP NOT NULL, "asked_by_id" INTEGER, "next_try_at" TIMESTAMP, "tries" INTEGER NOT NULL, "failure" TEXT NOT NULL, "made_at" TIMESTAMP, "version" INTEGER, "seq" INTEGER, "sha256" VARCHAR(64) NOT NULL, "size" INTEGER NOT NULL, "name" VARCHAR(200) NOT NULL, FOREIGN KEY ("record_id") REFERENCES "record" ("id"), FOREIGN KEY ("asked_by_id") REFERENCES "person" ("id"), FOREIGN KEY (record_id, organisation_id) REFERENCES record (id, organisation_id))''',
    'CREATE INDEX "job_next_try_at" ON "job" ("next_try_at")',
    'CREATE UNIQUE INDEX "job_record_id_kind_locale" ON "job" ("record_id", "kind", "locale")',
)
BOTH = (
    '''UPDATE "mail" SET "body" = '' WHERE "sent_at" IS NOT NULL AND ("key" LIKE 'invite:%%' OR "key" LIKE 'reset:%%')''',
    '''UPDATE "mail" SET "expires_at" = '{end}' WHERE "sent_at" IS NULL AND ("key" LIKE 'invite:%%' OR "key" LIKE 'reset:%%')''',
)
# fmt: on
