"""A backup holds everything and is restored whole, into an empty place, or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from peewee import Database

from qms import backup, restore, runtime
from qms.config import Config
from qms.kernel import db, files, jobs
from qms.kernel.area import kinds
from qms.kernel.errors import Refused
from qms.kernel.files import Attachment
from qms.kernel.jobs import Job
from qms.kernel.organisations import Organisation
from qms.kernel.records import Record
from qms.kernel.trail import TrailHead, change
from tests.cast import OURS, Cast
from tests.conftest import TRAIL_KEY

pytestmark = pytest.mark.commits

PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\nimage"
Parts = dict[str, bytes]


@pytest.fixture
def config(cast: Cast, database: Database, database_url: str, tmp_path: Path) -> Iterator[Config]:
    """An installation with the cast, a record and two attachments."""
    made = Config(database_url, tmp_path / "var", "s" * 32, TRAIL_KEY)
    runtime.configure(made)
    with db.connected():
        actor = cast.actor("coordinator")
        with change(actor):
            values = {"title": "Số hóa kết quả", "happened_on": date(2024, 4, 1), "sort": "corrective"}
            row = kinds()["action"].new(actor, **values)
            row.save()
        for content, name in ((PDF, "biên bản.pdf"), (PNG, "ảnh.png")):
            files.attach(actor, row.record, files.store(io.BytesIO(content), name))
    runtime.release()
    yield made
    runtime.release()
    db.database.initialize(database)


@pytest.fixture
def archive(config: Config, tmp_path: Path) -> Path:
    """A backup of it."""
    path = tmp_path / "backup.zip"
    with db.connected():
        assert backup.write(config, path).attachments == 2
    runtime.release()
    return path


@pytest.fixture
def empty(request: pytest.FixtureRequest, config: Config, backend: str, tmp_path: Path) -> Iterator[Config]:
    """Settings of an installation that holds nothing."""
    folder = tmp_path / "new"
    if backend == "sqlite":
        yield replace(config, data_dir=folder, database_url=f"sqlite:///{folder / 'qms.db'}")
        return
    cluster = request.getfixturevalue("_postgres").cluster
    yield replace(config, data_dir=folder, database_url=cluster.create("restored"))
    runtime.release()
    cluster.drop("restored")


def heads() -> dict[int, tuple[int, str]]:
    with db.connected():
        return {h.chain: (h.seq, h.mac) for h in TrailHead.select()}


def into(config: Config, path: Path) -> restore.Restored:
    runtime.configure(config)
    try:
        return restore.read(config, path)
    finally:
        runtime.release()


def test_what_is_restored_is_what_was_backed_up(config: Config, archive: Path, empty: Config) -> None:
    before = heads()
    runtime.release()
    done = into(empty, archive)
    assert done.attachments == 2
    assert done.rows > 20
    assert heads() == before
    with db.connected():
        for found in Attachment.select():
            with files.open_blob(found.sha256) as blob:
                assert hashlib.sha256(blob.read()).hexdigest() == found.sha256
        assert db.pending() == []
    assert list(empty.data_dir.glob("restore-*")) == []


def test_work_goes_on_after_a_restore(cast: Cast, archive: Path, empty: Config) -> None:
    into(empty, archive)
    with db.connected():
        actor = cast.actor("coordinator")
        with change(actor):
            values = {"title": "Tiếp theo", "happened_on": date(2024, 4, 2), "sort": "corrective"}
            row = kinds()["action"].new(actor, **values)
            row.save()
        assert row.record.code == "AC-2024-002"
        with pytest.raises(Exception, match="append-only"):
            db.database.execute_sql("DELETE FROM trail_entry")


def test_pdfs_travel_with_a_backup_and_nothing_restored_is_swept(
    config: Config, cast: Cast, tmp_path: Path, empty: Config
) -> None:
    with db.connected():
        actor = cast.actor("coordinator")
        with change(actor):
            jobs.ask(actor, Attachment.get().record, "review-minutes", "vi")
        made = files.store(io.BytesIO(PDF + b"2"), "biên bản.pdf")
        Job.update(sha256=made.sha256, made_at=datetime(2024, 4, 15), next_try_at=None).execute()
        assert backup.write(config, tmp_path / "b.zip").attachments == 3
    runtime.release()
    into(empty, tmp_path / "b.zip")
    for path in files.blobs():
        os.utime(path, (0, 0))
    with db.connected():
        assert files.sweep() == 0
        with files.open_blob(Job.get().sha256) as blob:
            assert blob.read() == PDF + b"2"


def test_a_file_that_is_swept_during_the_backup_is_left_out_of_it(
    config: Config, tmp_path: Path, empty: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = files.folder() / "ab" / "cd" / ("abcd" * 16)
    found = list(files.blobs())
    monkeypatch.setattr(files, "blobs", lambda: iter([gone, *found]))
    with db.connected():
        made = backup.write(config, tmp_path / "b.zip")
    runtime.release()
    assert (made.attachments, made.missing) == (2, ())
    assert into(empty, tmp_path / "b.zip").attachments == 2


def test_a_backup_never_overwrites_and_leaves_no_half(config: Config, archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    with db.connected():
        for target in (archive, tmp_path / "no" / "folder.zip"):
            with pytest.raises(Refused):
                backup.write(config, target)
    assert archive.read_bytes() == content
    assert archive.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == ["backup.zip"]


def test_a_backup_holds_no_secret(config: Config, archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            assert TRAIL_KEY.encode() not in packed.read(name)
            assert config.secret_key.encode() not in packed.read(name)


def test_a_missing_attachment_is_named(config: Config, tmp_path: Path) -> None:
    with db.connected():
        found = Attachment.get()
        files.path_of(found.sha256).unlink()
        assert backup.write(config, tmp_path / "b.zip").missing == (found.sha256,)


def test_restore_refuses_a_place_that_holds_data(config: Config, archive: Path) -> None:
    with pytest.raises(Refused, match="QMS_DATA_DIR"):
        into(config, archive)
    with db.connected():
        assert Record.select().count() == 1


def test_a_backup_under_other_keys_names_the_setting(archive: Path, empty: Config) -> None:
    other = replace(empty, trail_key="0123456789abcdef" * 4)
    with pytest.raises(Refused, match="QMS_TRAIL_KEY"):
        into(other, archive)
    _nothing_is_there(other)


# ---------------------------------------------------------------- archives that are not as written


def _nothing_is_there(config: Config) -> None:
    assert [p for p in config.data_dir.rglob("*") if p.is_file()] == []
    runtime.configure(config)
    if not db.is_sqlite():
        with db.connected():
            assert db.database.get_tables() == []
    runtime.release()


def rebuilt(archive: Path, alter: Callable[[Parts, dict[str, Any]], None]) -> Path:
    """The archive with its parts and manifest altered."""
    with zipfile.ZipFile(archive) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    alter(parts, manifest)
    path = archive.with_name("altered.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
        packed.writestr("manifest.json", json.dumps(manifest))
    return path


def entry(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _path_traversal(parts: Parts, manifest: dict[str, Any]) -> None:
    parts["files/../../../evil"] = b"x"
    manifest["parts"].append(entry("files/../../../evil", b"x"))


def _absolute(parts: Parts, manifest: dict[str, Any]) -> None:
    parts["/tmp/evil"] = b"x"
    manifest["parts"].append(entry("/tmp/evil", b"x"))


def _unlisted(parts: Parts, _manifest: dict[str, Any]) -> None:
    parts[f"files/{'0' * 64}"] = b"x"


def _other_bytes(parts: Parts, _manifest: dict[str, Any]) -> None:
    name = next(n for n in parts if n.startswith("files/"))
    parts[name] = parts[name][::-1]


def _wrong_hash_name(parts: Parts, manifest: dict[str, Any]) -> None:
    parts[f"files/{'0' * 64}"] = b"x"
    manifest["parts"].append(entry(f"files/{'0' * 64}", b"x"))


def _bomb(parts: Parts, manifest: dict[str, Any]) -> None:
    name = next(n for n in parts if not n.startswith("files/"))
    parts[name] = b"0" * (restore.RATIO_FROM + 1)
    manifest["parts"] = [p for p in manifest["parts"] if p["name"] != name] + [entry(name, parts[name])]


def _lying_size(_parts: Parts, manifest: dict[str, Any]) -> None:
    manifest["parts"][0]["size"] = 10**15


def _other_heads(_parts: Parts, manifest: dict[str, Any]) -> None:
    manifest["heads"] = dict.fromkeys(manifest["heads"], f"1:{'0' * 64}")


def _newer(_parts: Parts, manifest: dict[str, Any]) -> None:
    manifest["migrations"].append("9999_of_the_future")


def _other_format(_parts: Parts, manifest: dict[str, Any]) -> None:
    manifest["format"] = 99


def _no_parts(_parts: Parts, manifest: dict[str, Any]) -> None:
    del manifest["parts"]


@pytest.mark.parametrize(
    "alter",
    [
        _path_traversal, _absolute, _unlisted, _other_bytes, _wrong_hash_name, _bomb, _lying_size,
        _other_heads, _newer, _other_format, _no_parts,
    ],
)  # fmt: skip
def test_an_altered_archive_is_refused_and_leaves_nothing(
    archive: Path, empty: Config, alter: Callable[[Parts, dict[str, Any]], None]
) -> None:
    with pytest.raises(Refused):
        into(empty, rebuilt(archive, alter))
    _nothing_is_there(empty)
    assert not archive.with_name("evil").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"no archive at all"])
def test_what_is_no_archive_is_refused(empty: Config, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(content)
    with pytest.raises(Refused):
        into(empty, path)
    _nothing_is_there(empty)


def test_an_archive_that_was_cut_off_is_refused(archive: Path, empty: Config) -> None:
    archive.write_bytes(archive.read_bytes()[:-500])
    with pytest.raises(Refused):
        into(empty, archive)
    _nothing_is_there(empty)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER trail_entry_no_delete",
        "UPDATE unit SET name = 'khác'",
        "CREATE TRIGGER sqlite1_evil AFTER INSERT ON mail BEGIN UPDATE person SET active = 1; END",
    ],
)
def test_a_database_that_was_altered_is_refused(
    archive: Path, empty: Config, backend: str, tmp_path: Path, statement: str
) -> None:
    def alter(parts: Parts, manifest: dict[str, Any]) -> None:
        name = backup.SQLITE
        if backend == "postgres":
            name = "tables/unit.copy"
            parts[name] = parts[name].replace("Văn phòng".encode(), "Phòng khác".encode())
        else:
            path = tmp_path / "altered.db"
            path.write_bytes(parts[name])
            connection = sqlite3.connect(path)
            with connection:
                connection.execute(statement)
            connection.close()
            parts[name] = path.read_bytes()
        manifest["parts"] = [p for p in manifest["parts"] if p["name"] != name] + [entry(name, parts[name])]

    with pytest.raises(Refused):
        into(empty, rebuilt(archive, alter))
    _nothing_is_there(empty)


def test_the_copy_is_consistent_while_others_write(config: Config, archive: Path) -> None:
    """The heads in the manifest are those of the copy, not of a later moment."""
    with zipfile.ZipFile(archive) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    found = heads()
    assert manifest["heads"] == {str(chain): f"{seq}:{mac}" for chain, (seq, mac) in found.items()}
    with db.connected():
        assert Organisation.by_slug(OURS).id in found
