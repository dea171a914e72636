"""Backups: one zip file with a consistent copy of the database, the attachments, and a manifest.

The copy of the database is taken first and the attachments after it: an attachment is on disk before
its row is committed and never changes, so every file that the copy speaks of is there. The manifest
names the sha256 and size of every part and the heads of the trail; secrets are not in a backup.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from qms.config import Config
from qms.kernel import db, files, jobs
from qms.kernel.db import database
from qms.kernel.errors import Refused
from qms.kernel.text import _

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE = "database.sqlite"
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One file inside a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Made:
    """A backup that was written; `missing` are hashes of attachments that are not on disk."""

    size: int
    attachments: int
    missing: tuple[str, ...]


def write(config: Config, target: Path) -> Made:
    """Write a backup to `target`, whole or not at all; raises Refused when it exists or cannot be written."""
    if target.exists():
        raise Refused([_("%(path)s exists already: a backup never overwrites", path=target)])
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="qms-backup-", dir=target.parent) as folder:
            _write(config, temporary, Path(folder))
        made = _summary(temporary)
        os.replace(temporary, target)
        files.sync_folder(target.parent)
    except OSError as error:
        raise Refused([_("%(path)s cannot be written: %(why)s", path=target, why=error.strerror)]) from error
    finally:
        temporary.unlink(missing_ok=True)
    return made


def _write(config: Config, temporary: Path, folder: Path) -> None:
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            facts, parts = _database_parts(config, archive, folder)
            stored = list(_stored(archive))
            missing = sorted(facts.pop("attachments") - {part.sha256 for part in stored})
            manifest = {
                "format": FORMAT,
                "made_at": jobs.clock_now().isoformat(timespec="seconds") + "Z",
                **facts,
                "missing": missing,
                "parts": [vars(part) for part in (*parts, *stored)],
            }
            archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        file.flush()
        os.fsync(file.fileno())


def _summary(path: Path) -> Made:
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    attachments = sum(part["name"].startswith("files/") for part in manifest["parts"])
    return Made(path.stat().st_size, attachments, tuple(manifest["missing"]))


def _add(archive: zipfile.ZipFile, name: str, path: Path, *, packed: bool = True) -> Part:
    """Add a file; attachments are packed already by their own formats."""
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(info, "w") as out:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            out.write(chunk)
    return Part(name, size, digest.hexdigest())


def _stored(archive: zipfile.ZipFile) -> Iterator[Part]:
    """Add every stored file; one that the worker removes in this moment is one that no row refers to."""
    for path in sorted(files.blobs()):
        with contextlib.suppress(FileNotFoundError):
            yield _add(archive, f"files/{path.name}", path, packed=False)


# ---------------------------------------------------------------- the database


def _database_parts(
    config: Config, archive: zipfile.ZipFile, folder: Path
) -> tuple[dict[str, Any], list[Part]]:
    if db.is_sqlite():
        copy = folder / SQLITE
        copy_sqlite(Path(database.database), copy)
        with closing(sqlite3.connect(copy)) as connection:
            facts = _facts("sqlite", lambda sql: connection.execute(sql).fetchall())
        return facts, [_add(archive, SQLITE, copy)]
    return _postgres_parts(config.database_url, archive, folder)


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent, compact copy of the embedded database, also while others write."""
    with closing(sqlite3.connect(source, timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _facts(kind: str, rows: Any) -> dict[str, Any]:
    """What the manifest says of the database, asked of the copy itself."""
    return {
        "database": kind,
        "migrations": [name for (name,) in rows("SELECT name FROM schema_migration ORDER BY name")],
        "heads": {
            str(chain): f"{seq}:{mac}" for chain, seq, mac in rows("SELECT chain, seq, mac FROM trail_head")
        },
        "attachments": {sha256 for (sha256,) in rows("SELECT DISTINCT sha256 FROM attachment")},
    }


@contextmanager
def snapshot(url: str) -> Iterator[Any]:
    """A cursor that sees one moment of the PostgreSQL database and cannot write."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.cursor() as cursor:
            yield cursor


def tables(rows: Any) -> list[str]:
    """The tables of the PostgreSQL database, by name."""
    found = rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
    return [name for (name,) in found]


def _postgres_parts(url: str, archive: zipfile.ZipFile, folder: Path) -> tuple[dict[str, Any], list[Part]]:
    parts = []
    with snapshot(url) as cursor:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            cursor.execute(sql)
            return cursor.fetchall()

        facts = _facts("postgresql", rows)
        facts["columns"] = {}
        for table in tables(rows):
            columns = _columns(rows, table)
            facts["columns"][table] = columns
            path = folder / f"{table}.copy"
            with path.open("wb") as file:
                _copy_out(cursor, table, columns, file)
            parts.append(_add(archive, f"tables/{table}.copy", path))
            path.unlink()
    return facts, parts


def _columns(rows: Any, table: str) -> list[str]:
    found = rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY ordinal_position"
    )
    return [name for owner, name in found if owner == table]


def _copy_out(cursor: Any, table: str, columns: list[str], file: BinaryIO) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f'COPY "{table}" ({names}) TO STDOUT') as copy:
        for chunk in copy:
            file.write(chunk)


def free_space(folder: Path) -> int:
    """Bytes free where `folder` is or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
