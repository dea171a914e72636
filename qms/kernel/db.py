"""The database: embedded SQLite or PostgreSQL by URL, its schema and its migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, Model, SqliteDatabase, fn
from peewee import sort_models as by_reference  # pyright: ignore[reportAttributeAccessIssue]
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from qms import resources
from qms.kernel.text import _

database = DatabaseProxy()

# IMMEDIATE: with the default DEFERRED, concurrent writers fail with "database is locked" whatever the timeout.
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "synchronous": "full",
    "cache_size": -2000,
    "temp_store": "memory",
}


class BaseModel(Model):
    """Every table of the product."""

    if TYPE_CHECKING:  # peewee makes the key and the `_id` of a reference when the class is made
        id: Any

        def __getattr__(self, name: str) -> Any: ...

    class Meta:
        database = database
        legacy_table_names = False


def is_sqlite() -> bool:
    """Whether the configured database is the embedded one."""
    return isinstance(database.obj, SqliteDatabase)


def configure(url: str, **options: object) -> PooledSqliteDatabase | PooledPostgresqlDatabase:
    """Bind the product's models to the database at `url` and return it; opens no connection.

    `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.
    Raises ValueError for any other scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        bound: PooledSqliteDatabase | PooledPostgresqlDatabase = PooledSqliteDatabase(
            path,
            pragmas=SQLITE_PRAGMAS,
            lock_type="IMMEDIATE",
            check_same_thread=False,
            max_connections=64,
            **options,
        )
    elif scheme in ("postgresql", "postgres"):
        bound = PooledPostgresqlDatabase(
            url, prefer_psycopg3=True, max_connections=32, stale_timeout=300, **options
        )
    else:
        raise ValueError(
            _("QMS_DATABASE_URL must begin with sqlite:/// or postgresql://, not “%(scheme)s”", scheme=scheme)
        )
    database.initialize(bound)
    return bound


def json_number(column: Any, *path: str) -> Any:
    """The expression for the whole number at `path` in a column that holds a JSON text; NULL where there is none."""
    if is_sqlite():
        return fn.json_extract(column, ".".join(("$", *path)))
    return fn.json_extract_path_text(column.cast("json"), *path).cast("integer")


@contextmanager
def connected() -> Iterator[None]:
    """A connection for the block, if there is none yet in this thread."""
    opened = database.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if opened:
            database.close()


# ---------------------------------------------------------------- schema

_SQLITE_GUARDS = (
    """CREATE VIRTUAL TABLE "record_fts" USING fts5(
  search_text, content='record', content_rowid='id', tokenize='unicode61 remove_diacritics 0', prefix='2 3')""",
    """CREATE TRIGGER "record_fts_insert" AFTER INSERT ON "record" BEGIN
  INSERT INTO record_fts(rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER "record_fts_update" AFTER UPDATE OF "search_text" ON "record"
  WHEN old.search_text IS NOT new.search_text BEGIN
  INSERT INTO record_fts(record_fts, rowid, search_text) VALUES ('delete', old.id, old.search_text);
  INSERT INTO record_fts(rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER "record_no_delete" BEFORE DELETE ON "record" BEGIN
  SELECT RAISE(ABORT, 'record is append-only'); END""",
    """CREATE TRIGGER "trail_entry_no_update" BEFORE UPDATE ON "trail_entry" BEGIN
  SELECT RAISE(ABORT, 'trail_entry is append-only'); END""",
    """CREATE TRIGGER "trail_entry_no_delete" BEFORE DELETE ON "trail_entry" BEGIN
  SELECT RAISE(ABORT, 'trail_entry is append-only'); END""",
)

_POSTGRES_GUARDS = (
    """CREATE INDEX "record_search" ON "record" USING gin (to_tsvector('simple', search_text))""",
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$""",
    """CREATE TRIGGER "record_no_delete" BEFORE DELETE OR TRUNCATE ON "record"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER "trail_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "trail_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def schema_statements(models: Iterable[type[Model]], *, sqlite: bool) -> list[str]:
    """The DDL that makes the tables of `models` and their guards, for one kind of database."""
    bound = SqliteDatabase(":memory:") if sqlite else PooledPostgresqlDatabase("none", prefer_psycopg3=True)
    statements: list[str] = []
    models = list(models)
    with bound.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for model in by_reference(models):
            schema = model._schema
            for context in (schema._create_table(safe=False), *schema._create_indexes(safe=False)):
                sql, params = context.query()
                if params:
                    raise ValueError(f"schema statements take no parameters: {sql}")
                statements.append(sql)
    return statements + list(_SQLITE_GUARDS if sqlite else _POSTGRES_GUARDS)


# ---------------------------------------------------------------- migrations


def migrate(directory: Path = resources.MIGRATIONS) -> list[str]:
    """Apply the pending migrations in order, each in its transaction; the names applied."""
    from playhouse.migrations import Runner

    with connected():
        return Runner(database.obj, str(directory)).up()


def pending(directory: Path = resources.MIGRATIONS) -> list[str]:
    """Names of migrations that are not applied yet."""
    from playhouse.migrations import Runner

    with connected():
        return [m.name for m in Runner(database.obj, str(directory)).status() if not m.applied]


def unknown(directory: Path = resources.MIGRATIONS) -> list[str]:
    """Names of applied migrations that this program does not have: the database belongs to a newer one."""
    from playhouse.migrations import Runner

    with connected():
        return [m.name for m in Runner(database.obj, str(directory)).status() if m.path is None]


def execute_all(db: Database, statements: Iterable[str]) -> None:
    """Run DDL statements one by one (for migrations)."""
    for statement in statements:
        db.execute_sql(statement)
