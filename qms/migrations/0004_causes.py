"""0004_causes: causes by group, where a nonconformity came from, its first days, its number in an older register."""

from __future__ import annotations

from peewee import Database

COLUMNS = {
    "causes_people": "TEXT",
    "causes_method": "TEXT",
    "causes_means": "TEXT",
    "causes_environment": "TEXT",
    "causes_measurement": "TEXT",
    "causes_information": "TEXT",
    "cause_group": "VARCHAR(12)",
    "source_body": "VARCHAR(16)",
    "source_ref": "VARCHAR(200)",
    "contained_on": "DATE",
    "first_due": "DATE",
    "register_no": "VARCHAR(60)",
}
INDEX = "nonconformity_organisation_id_register_no"


def up(migrator: object, db: Database) -> None:
    """Add the columns, empty: the digests of what is kept stay true."""
    for name, kind in COLUMNS.items():
        db.execute_sql(f'ALTER TABLE "nonconformity" ADD COLUMN "{name}" {kind}')
    db.execute_sql(f'CREATE UNIQUE INDEX "{INDEX}" ON "nonconformity" ("organisation_id", "register_no")')


def down(migrator: object, db: Database) -> None:
    """Remove them again."""
    db.execute_sql(f'DROP INDEX "{INDEX}"')
    for name in reversed(COLUMNS):
        db.execute_sql(f'ALTER TABLE "nonconformity" DROP COLUMN "{name}"')
