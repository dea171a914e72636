"""0009_pairs: what lists find by two filters together, or by a column of nonconformities, in one index."""

from __future__ import annotations

from peewee import Database

# columns of nonconformities that the shared row holds as well, so that an index has them beside its own
COLUMNS = {"facet": ("VARCHAR(30)", "grade"), "due_first": ("DATE", "first_due")}
BEGIN = "organisation_id, kind"
DUE, HAPPENED, ENDED = (f"(coalesce({day}, '9999-12-31')), id" for day in ("due", "happened_on", "ended_on"))
# index of record -> (what it was, what it becomes)
CHANGED = {
    "record_state": (f"({BEGIN}, state, {DUE})", f"({BEGIN}, state, {DUE}, due)"),
    "record_due": (
        f"({BEGIN}, {DUE}, happened_on, ended_on)",
        f"({BEGIN}, {DUE}, happened_on, ended_on, due, facet, state)",
    ),
    "record_owner": (
        f"({BEGIN}, owner_id, {DUE})",
        f"({BEGIN}, owner_id, {DUE}, ended_on, due, facet)",
    ),
    "record_unit": (f"({BEGIN}, unit_id, {DUE})", f"({BEGIN}, unit_id, {DUE}, ended_on, due, facet)"),
    "record_happened": (
        f"({BEGIN}, {HAPPENED})",
        f"({BEGIN}, {HAPPENED}, unit_id, ended_on, happened_on, facet)",
    ),
    "record_ended": (f"({BEGIN}, {ENDED})", f"({BEGIN}, {ENDED}, unit_id, due, ended_on, happened_on)"),
    "record_place": (
        f"({BEGIN}, unit_id, happened_on)",
        f"({BEGIN}, unit_id, {HAPPENED}, happened_on)",
    ),
    "record_late": (
        f"({BEGIN}, {DUE}) WHERE ended_on IS NULL",
        f"({BEGIN}, {DUE}, due, ended_on, facet, state) WHERE ended_on IS NULL",
    ),
}
NEW = {
    "record_state_facet": f'"record" ({BEGIN}, state, facet, {DUE}, due)',
    "record_state_unit": f'"record" ({BEGIN}, state, unit_id, {DUE}, due)',
    "record_owner_state": f'"record" ({BEGIN}, owner_id, state, {DUE}, due)',
    "record_facet": f'"record" ({BEGIN}, facet, {DUE}, due)',
    "record_age": f'"record" ({BEGIN}, {HAPPENED}, happened_on, ended_on) WHERE ended_on IS NULL',
    "record_undated": f'"record" ({BEGIN}, {ENDED}, ended_on, due) WHERE ended_on IS NOT NULL AND due IS NULL',
    "record_extended": (
        f'"record" ({BEGIN}, {ENDED}, ended_on, due, due_first) '
        "WHERE ended_on <= due AND due_first < ended_on"
    ),
    "nonconformity_source_kind": '"nonconformity" (organisation_id, source_kind, record_id)',
    "nonconformity_cause_group": '"nonconformity" (organisation_id, cause_group, record_id)',
    "nonconformity_corrected": (
        '"nonconformity" (organisation_id, record_id) WHERE contained_on IS NOT NULL'
    ),
    "nonconformity_uncorrected": '"nonconformity" (organisation_id, record_id) WHERE contained_on IS NULL',
    "link_recurs": "\"link\" (organisation_id, record_id) WHERE relation = 'recurs' AND ended_at IS NULL",
    "clause_reference_number": (
        '"clause_reference" (organisation_id, number, record_id, edition) WHERE NOT withdrawn'
    ),
}


def up(migrator: object, db: Database) -> None:
    """Add the columns with what they repeat, and make the indexes."""
    for name, (kind, own) in COLUMNS.items():
        db.execute_sql(f'ALTER TABLE "record" ADD COLUMN "{name}" {kind}')
        db.execute_sql(
            f'UPDATE "record" SET "{name}" = (SELECT n."{own}" FROM "nonconformity" n '  # noqa: S608
            "WHERE n.record_id = \"record\".id) WHERE kind = 'nonconformity'"
        )
    for name, rest in NEW.items():
        db.execute_sql(f'CREATE INDEX "{name}" ON {rest}')
    # last: where two indexes serve as well, SQLite takes the one that was made last; units and owners are fewer rows
    for name, (_was, becomes) in CHANGED.items():
        _again(db, name, becomes)


def down(migrator: object, db: Database) -> None:
    """Take them back."""
    for name in NEW:
        db.execute_sql(f'DROP INDEX "{name}"')
    for name, (was, _becomes) in CHANGED.items():
        _again(db, name, was)
    for name in reversed(COLUMNS):
        db.execute_sql(f'ALTER TABLE "record" DROP COLUMN "{name}"')


def _again(db: Database, name: str, rest: str) -> None:
    db.execute_sql(f'DROP INDEX "{name}"')
    db.execute_sql(f'CREATE INDEX "{name}" ON "record" {rest}')
