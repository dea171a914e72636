"""Restoring a backup: into an empty installation only, and nothing stays unless all of it is right.

An archive may come from anywhere: its parts must be exactly those of its manifest, of the sizes and
hashes named there, under names of the two forms that a backup has; nothing is written outside a
folder of our own, and the database must have the schema that the migrations make. The trail is
verified before anything is put in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from qms import resources
from qms.backup import CHUNK, FORMAT, MANIFEST, SQLITE, Part, free_space
from qms.config import Config
from qms.kernel import db, files
from qms.kernel.db import database
from qms.kernel.errors import Refused
from qms.kernel.organisations import Organisation
from qms.kernel.text import Message, _
from qms.kernel.trail import SYSTEM_CHAIN, TrailHead
from qms.kernel.verify import verify

MAX_MANIFEST = 64 * 1024 * 1024  # bytes; some 300,000 attachments
MAX_RATIO = 200  # unpacked by packed, for parts above RATIO_FROM; real databases stay below 50
RATIO_FROM = 16 * 1024 * 1024
_NAME = re.compile(r"database\.sqlite|tables/[a-z][a-z0-9_]{0,62}\.copy|files/[0-9a-f]{64}")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Restored:
    """What was restored: rows checked against the trail, and attachments."""

    rows: int
    attachments: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    database: str
    migrations: list[str]
    heads: dict[str, str]
    parts: dict[str, Part]
    columns: dict[str, list[str]]


def read(config: Config, source: Path) -> Restored:
    """Restore the backup `source` into the empty installation of `config`.

    Raises Refused, and leaves nothing, when the installation holds data, the archive is not a backup
    as this program writes it, or its trail is not intact under the configured keys.
    """
    _require_empty(config)
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with tempfile.TemporaryDirectory(prefix="restore-", dir=config.data_dir) as folder:
            manifest = _unpack(source, Path(folder))
            put = _put_sqlite if db.is_sqlite() else _put_postgres
            return put(config, manifest, Path(folder))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _no_backup(_("the file is damaged")) from error


def _no_backup(why: Message) -> Refused:
    return Refused([_("this is no backup that can be restored: %(why)s", why=why)])


def _require_empty(config: Config) -> None:
    occupied = config.files_dir.exists() and any(p.is_file() for p in config.files_dir.rglob("*"))
    if not occupied and not (db.is_sqlite() and not Path(database.database).exists()):
        with db.connected():
            occupied = bool(database.get_tables())
    if occupied:
        raise Refused(
            [_("restore needs an empty installation: set QMS_DATA_DIR (and QMS_DATABASE_URL) to new ones")]
        )


# ---------------------------------------------------------------- the archive


def _unpack(source: Path, folder: Path) -> Manifest:
    """Every part of the archive as a file in `folder`, checked against the manifest."""
    with zipfile.ZipFile(source) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        if len(infos) != len(archive.infolist()) or MANIFEST not in infos:
            raise _no_backup(_("it has no manifest, or a part twice"))
        manifest = _manifest(archive, infos[MANIFEST])
        _check_parts(manifest, infos, free_space(folder))
        for part in manifest.parts.values():
            _unpack_part(archive, part, folder / part.name.rpartition("/")[2])
    return manifest


def _manifest(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Manifest:
    if info.file_size > MAX_MANIFEST:
        raise _no_backup(_("its manifest is too large"))
    try:
        data = json.loads(archive.read(info))
        parts = [Part(str(p["name"]), int(p["size"]), str(p["sha256"])) for p in data["parts"]]
        columns = {str(k): [str(c) for c in v] for k, v in data.get("columns", {}).items()}
        found = Manifest(
            data["database"],
            list(data["migrations"]),
            dict(data["heads"]),
            {p.name: p for p in parts},
            columns,
        )
        number = data["format"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_backup(_("its manifest cannot be read")) from error
    if number != FORMAT or len(parts) != len(found.parts):
        raise _no_backup(_("its manifest is of another program"))
    return found


def _check_parts(manifest: Manifest, infos: dict[str, zipfile.ZipInfo], free: int) -> None:
    """Names, sizes and packing, before a byte is unpacked."""
    if set(manifest.parts) != set(infos) - {MANIFEST}:
        raise _no_backup(_("its parts are not those of its manifest"))
    for name, part in manifest.parts.items():
        info = infos[name]
        if not _NAME.fullmatch(name) or info.flag_bits & 1:
            raise _no_backup(_("the part “%(name)s” does not belong in a backup", name=name))
        if info.file_size != part.size or not part.size >= 0:
            raise _no_backup(_("the part “%(name)s” is not as large as its manifest says", name=name))
        if part.size > RATIO_FROM and part.size > MAX_RATIO * max(info.compress_size, 1):
            raise _no_backup(_("the part “%(name)s” unpacks to far more than a backup needs", name=name))
        if name.startswith("files/") and (name != f"files/{part.sha256}" or part.size > files.MAX_FILE):
            raise _no_backup(_("the part “%(name)s” does not belong in a backup", name=name))
    if sum(part.size for part in manifest.parts.values()) * 2 > free:
        raise Refused([_("there is not enough room on the disk to restore this backup")])


def _unpack_part(archive: zipfile.ZipFile, part: Part, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(part.name) as packed, target.open("wb") as out:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > part.size:
                break
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if size != part.size or digest.hexdigest() != part.sha256:
        raise _no_backup(_("the part “%(name)s” is not what its manifest says", name=part.name))


# ---------------------------------------------------------------- putting it in place


def _check_migrations(manifest: Manifest) -> str:
    """The last migration of the backup; raises Refused when this program does not know them in this order."""
    known = sorted(p.stem for p in resources.MIGRATIONS.glob("[0-9]*.py"))
    if not manifest.migrations or manifest.migrations != known[: len(manifest.migrations)]:
        raise Refused([_("the backup is of a newer program: install that version and restore with it")])
    return manifest.migrations[-1]


def _check_kind(manifest: Manifest, kind: str) -> None:
    if manifest.database != kind:
        raise Refused(
            [
                _(
                    "the backup is of %(there)s, this installation uses %(here)s",
                    there=manifest.database,
                    here=kind,
                )
            ]
        )


def _put_sqlite(config: Config, manifest: Manifest, folder: Path) -> Restored:
    _check_kind(manifest, "sqlite")
    last = _check_migrations(manifest)
    staged, target = folder / SQLITE, Path(database.database)
    if SQLITE not in manifest.parts:
        raise _no_backup(_("it holds no database"))
    _check_schema(staged, last)
    with _bound(f"sqlite:///{staged}"):
        rows = _checked(manifest)
    with _placed_files(config, manifest, folder):
        _move(staged, target)
    return Restored(rows, _attachments(manifest))


def _move(staged: Path, target: Path) -> None:
    """Put the database in place by one rename, also from another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    near = target.with_name(f".{target.name}.restore")
    try:
        shutil.move(staged, near)
        os.replace(near, target)
    finally:
        near.unlink(missing_ok=True)
    files.sync_folder(target.parent)


@contextmanager
def _bound(url: str) -> Iterator[None]:
    """The product's models on another database for the block; nothing of it stays open."""
    before = database.obj
    other = db.configure(url)
    try:
        with db.connected():
            yield
    finally:
        other.close_all()  # folds the write-ahead log into the file
        database.initialize(before)


def _check_schema(staged: Path, last: str) -> None:
    """The copy is sound and has exactly the tables, indexes and triggers that the migrations make."""
    fresh = staged.with_name("fresh.sqlite")
    with _bound(f"sqlite:///{fresh}"):
        _migrate_to(last)
    try:
        with (
            closing(sqlite3.connect(f"file:{staged}?mode=ro", uri=True)) as copy,
            closing(sqlite3.connect(fresh)) as own,
        ):
            sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            same = _schema(copy) == _schema(own)
    except sqlite3.DatabaseError:
        sound = same = False
    if not (sound and same):
        raise _no_backup(_("its database is damaged or was altered"))


def _schema(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Everything in the file but what the database program keeps for itself."""
    return connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master "
        "WHERE NOT (type = 'table' AND name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')) "
        "ORDER BY type, name"
    ).fetchall()


def _migrate_to(last: str) -> None:
    from playhouse.migrations import Runner

    Runner(database.obj, str(resources.MIGRATIONS)).up(last)


def _checked(manifest: Manifest) -> int:
    """Rows checked: the heads are those of the manifest and the trail is intact. Raises Refused."""
    heads = {str(h.chain): f"{h.seq}:{h.mac}" for h in TrailHead.select()}
    if heads != manifest.heads:
        raise _no_backup(_("the heads of its trail are not those of its manifest"))
    db.migrate()
    report = verify([*(o.id for o in Organisation.select(Organisation.id)), SYSTEM_CHAIN])
    if not report.intact:
        _not_intact([finding.problem for finding in report.findings])
    return report.rows


def _not_intact(problems: list[str]) -> NoReturn:
    if "unknown_key" in problems:
        raise Refused(
            [_("the backup was made under other keys: set QMS_TRAIL_KEY to those of its installation")]
        )
    raise Refused([_("the trail of the backup is not intact: nothing was restored")])


@contextmanager
def _placed_files(config: Config, manifest: Manifest, folder: Path) -> Iterator[None]:
    """The attachments are in place for the block, and stay if it succeeds."""
    try:
        for name in manifest.parts:
            if name.startswith("files/"):
                target = files.path_of(name.removeprefix("files/"))
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.replace(folder / target.name, target)
        yield
    except BaseException:
        shutil.rmtree(config.files_dir, ignore_errors=True)  # it was empty before
        raise


def _attachments(manifest: Manifest) -> int:
    return sum(name.startswith("files/") for name in manifest.parts)


# ---------------------------------------------------------------- PostgreSQL


def _put_postgres(config: Config, manifest: Manifest, folder: Path) -> Restored:
    """One transaction makes the tables, fills them and verifies; it is undone when anything is wrong."""
    _check_kind(manifest, "postgresql")
    last = _check_migrations(manifest)
    with db.connected(), _placed_files(config, manifest, folder), database.atomic():
        _migrate_to(last)
        database.execute_sql("DELETE FROM schema_migration")
        _fill(manifest, folder)
        rows = _checked(manifest)
    return Restored(rows, _attachments(manifest))


def _fill(manifest: Manifest, folder: Path) -> None:
    import psycopg

    tables = set(database.get_tables())
    given = {
        name.removeprefix("tables/").removesuffix(".copy")
        for name in manifest.parts
        if name.startswith("tables/")
    }
    if given != tables or set(manifest.columns) != tables:
        raise _no_backup(_("its tables are not those of the program"))
    try:
        for table in _in_order(tables):
            _copy_in(table, manifest.columns[table], folder / f"{table}.copy")
    except psycopg.Error as error:
        raise _no_backup(_("its tables cannot be read")) from error


def _in_order(tables: set[str]) -> list[str]:
    """The tables, each after those that its foreign keys name."""
    from graphlib import TopologicalSorter

    pairs = database.execute_sql(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    ).fetchall()
    graph: dict[str, set[str]] = {table: set() for table in tables}
    for child, parent in pairs:
        child, parent = child.strip('"'), parent.strip('"')
        if child in graph and parent != child:
            graph[child].add(parent)
    return list(TopologicalSorter(graph).static_order())


def _copy_in(table: str, columns: list[str], path: Path) -> None:
    if not all(_COLUMN.fullmatch(name) for name in columns):
        raise _no_backup(_("its tables are not those of the program"))
    names = ", ".join(f'"{name}"' for name in columns)
    with database.connection().cursor() as cursor:
        with path.open("rb") as file, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            while chunk := file.read(CHUNK):
                copy.write(chunk)
        if "id" in columns:  # numbers go on after the last one given
            sequence = f"pg_get_serial_sequence('\"{table}\"', 'id')"
            cursor.execute(
                f'SELECT setval({sequence}, greatest(max(id), 1), max(id) IS NOT NULL) FROM "{table}"'  # noqa: S608
            )
