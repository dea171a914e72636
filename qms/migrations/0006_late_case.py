"""0006_late_case: the register of late cases and their apology letters."""

from __future__ import annotations

from peewee import Database


def up(migrator: object, db: Database) -> None:
    """Make the table with its indexes; both databases read the same statements."""
    for statement in STATEMENTS:
        db.execute_sql(statement)


def down(migrator: object, db: Database) -> None:
    """Remove it again."""
    db.execute_sql('DROP TABLE "late_case"')


# fmt: off
# ruff: noqa: E501
STATEMENTS = (
    '''CREATE TABLE "late_case" ("record_id" INTEGER NOT NULL PRIMARY KEY, "organisation_id" INTEGER NOT NULL, "kind" VARCHAR(30) NOT NULL, "case_code" VARCHAR(60) NOT NULL, "procedure_code" VARCHAR(40) NOT NULL, "taken_on" DATE NOT NULL, "due_on" DATE NOT NULL, "cause" TEXT NOT NULL, "promised_on" DATE, "extended" INTEGER NOT NULL, "resolved_on" DATE, "letter_on" DATE, "letter_through" VARCHAR(10) NOT NULL, "letter_number" VARCHAR(30) NOT NULL, "first_letter_on" DATE, FOREIGN KEY ("record_id") REFERENCES "record" ("id"), CHECK (kind = 'late_case'), FOREIGN KEY (record_id, organisation_id, kind) REFERENCES record (id, organisation_id, kind))''',
    'CREATE UNIQUE INDEX "late_case_organisation_id_case_code" ON "late_case" ("organisation_id", "case_code")',
    'CREATE INDEX "late_case_organisation_id_due_on_letter_on" ON "late_case" ("organisation_id", "due_on", "letter_on")',
)
# fmt: on
