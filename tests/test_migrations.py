"""Migrations make exactly what the models say, run up and down on both databases, and lose no guard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import Database, DatabaseError, IntegrityError

from qms import resources
from qms.areas.nonconformities import service as nonconformities
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import db
from qms.kernel.files import Attachment
from qms.kernel.jobs import Mail
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from qms.migrations import freeze
from qms.migrations.rebuild import BrokenReference, rebuild
from tests.areas.nonconformities.story import finding
from tests.cast import Cast

POSTGRES_CATALOGUE = {
    "column": "SELECT table_name || '.' || column_name, data_type || is_nullable || "
    "coalesce(character_maximum_length::text, '') FROM information_schema.columns WHERE "
    "table_schema = 'public'",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraint": "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint",
    "trigger": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def schema(database: Database) -> dict[tuple[str, str], str]:
    """(kind, name) -> definition of everything in the database."""
    if db.is_sqlite():
        rows = database.execute_sql("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
        return {(kind, name): sql for kind, name, sql in rows if not name.startswith("schema_migration")}
    found = {}
    for kind, query in POSTGRES_CATALOGUE.items():
        found.update({(kind, name): text for name, text in database.execute_sql(query)})
    return {key: text for key, text in found.items() if "schema_migration" not in key[1]}


@pytest.fixture
def blank(backend: str, request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Database]:
    """An empty database without any table."""
    if backend == "sqlite":
        bound = db.configure(f"sqlite:///{tmp_path}/blank.db")
    else:
        store = request.getfixturevalue("_postgres")
        store.cluster.drop("blank")
        bound = db.configure(store.cluster.create("blank"))
    bound.connect()
    yield bound
    bound.close()
    bound.close_all()


def test_the_migrations_make_what_the_models_say(blank: Database) -> None:
    db.migrate()
    migrated = schema(blank)
    down_all(blank)
    db.execute_all(blank, db.schema_statements(freeze.all_models(), sqlite=db.is_sqlite()))
    assert schema(blank) == migrated


def down_all(database: Database) -> None:
    """Revert every migration."""
    from playhouse.migrations import Runner

    runner = Runner(database, str(resources.MIGRATIONS))
    while runner.applied():
        runner.down()


def test_every_migration_goes_down_and_up_again(blank: Database) -> None:
    empty = schema(blank)
    db.migrate()
    first = schema(blank)
    down_all(blank)
    assert schema(blank) == empty
    db.migrate()
    assert schema(blank) == first
    assert db.pending() == []


@pytest.mark.commits
def test_what_was_kept_goes_down_to_the_first_migration_and_up_again_unchanged(
    database: Database, cast: Cast
) -> None:
    from playhouse.migrations import Runner

    # without a due date, whose first value stands in a column that the first migration does not know
    code = nonconformities.open_nc(cast.actor("coordinator"), finding(cast, due=None)).record.code
    entries = TrailEntry.select().count()
    runner = Runner(database, str(resources.MIGRATIONS))
    while len(runner.applied()) > 1:
        runner.down()
    db.migrate()
    assert db.pending() == []
    assert Nonconformity.by_code(cast.ours.id, code).record.title == finding(cast)["title"]
    assert TrailEntry.select().count() == entries
    assert verify([0, cast.ours.id, cast.theirs.id]).intact


def test_the_trail_and_the_records_refuse_to_be_erased(database: Database, cast: object) -> None:
    for statement in (
        "DELETE FROM trail_entry",
        "UPDATE trail_entry SET tag = 'x'",
        "DELETE FROM record",
        *(() if db.is_sqlite() else ("TRUNCATE trail_entry", "TRUNCATE record CASCADE")),
    ):
        if statement.endswith("record") and not _has_rows(database, "record") and db.is_sqlite():
            continue  # a row trigger speaks only where there is a row
        with pytest.raises(DatabaseError, match="append-only"), database.atomic():
            database.execute_sql(statement)


def _has_rows(database: Database, table: str) -> bool:
    return bool(database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_links_that_were_mailed_before_are_cleared_and_those_that_wait_get_an_end(blank: Database) -> None:
    from playhouse.migrations import Runner

    Runner(blank, str(resources.MIGRATIONS)).up("0001_initial")
    day = "'2024-04-15 00:00:00'"
    for key, sent in {"invite:1": day, "reset:1": "NULL", "role:1": day}.items():
        blank.execute_sql(
            'INSERT INTO mail (key, "to", subject, body, created_at, next_try_at, tries, sent_at, failure) '
            f"VALUES ('{key}', 'a', 's', 'b', {day}, {day}, 0, {sent}, '')"
        )
    db.migrate()
    held = {mail.key: (mail.body, mail.expires_at is not None) for mail in Mail.select()}
    assert held == {"invite:1": ("", False), "reset:1": ("b", True), "role:1": ("b", False)}


# ---------------------------------------------------------------- rebuilding a table in SQLite


@pytest.fixture
def sqlite(tmp_path: object) -> Iterator[Database]:
    """A migrated embedded database."""
    bound = db.configure(f"sqlite:///{tmp_path}/rebuild.db")
    bound.connect()
    db.migrate()
    yield bound
    bound.close()
    bound.close_all()


def _definition(database: Database, table: str) -> str:
    (sql,) = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return sql


@pytest.mark.parametrize("table", ["trail_entry", "record", "attachment"])
def test_a_rebuilt_table_keeps_triggers_indexes_and_references(sqlite: Database, table: str) -> None:
    before = schema(sqlite)
    columns = {c.name: f'"{c.name}"' for c in sqlite.get_columns(table)}
    rebuild(sqlite, table, _definition(sqlite, table), columns)
    assert schema(sqlite) == before
    assert sqlite.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_rebuild_that_breaks_a_reference_changes_nothing(sqlite: Database) -> None:
    sqlite.execute_sql(
        "INSERT INTO organisation (slug, name, created_at, illustrative) VALUES ('a', 'A', '2024', 0)"
    )
    sqlite.execute_sql(
        "INSERT INTO unit (organisation_id, code, name, valid_from) "
        "VALUES (1, 'VP', 'Văn phòng', '2024-01-01')"
    )
    before = schema(sqlite)
    columns = {c.name: f'"{c.name}"' for c in sqlite.get_columns("unit")} | {"organisation_id": "99"}
    with pytest.raises(BrokenReference):
        rebuild(sqlite, "unit", _definition(sqlite, "unit"), columns)
    assert schema(sqlite) == before
    assert sqlite.execute_sql("SELECT organisation_id FROM unit").fetchone() == (1,)


def test_a_rebuild_within_a_transaction_is_refused(sqlite: Database) -> None:
    with sqlite.atomic(), pytest.raises(RuntimeError):
        rebuild(sqlite, "unit", _definition(sqlite, "unit"), {})


def test_a_row_of_another_organisations_record_is_refused_by_the_database(sqlite: Database) -> None:
    sqlite.execute_sql(
        "INSERT INTO organisation (slug, name, created_at, illustrative) VALUES ('a', 'A', '2024', 0)"
    )
    sqlite.execute_sql(
        "INSERT INTO organisation (slug, name, created_at, illustrative) VALUES ('b', 'B', '2024', 0)"
    )
    sqlite.execute_sql(
        "INSERT INTO record (organisation_id, kind, code, year, number, title, state, version, "
        "recorded_at, changed_at, search_text) "
        "VALUES (1, 'action', 'A-1', 2024, 1, 't', 'open', 1, '2024', '2024', '')"
    )
    with pytest.raises(IntegrityError):
        Attachment.insert(
            organisation_id=2,
            record=1,
            sha256="0" * 64,
            name="x",
            size=1,
            media_type="text/plain",
            added_at="2024",
        ).execute()
