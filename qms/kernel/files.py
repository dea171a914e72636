"""Attachments: bytes on disk addressed by their sha256, a traced row on the record.

A file is stored before the change that attaches it, so no file work happens inside a transaction;
what is on disk under a hash never changes. Bytes that no row refers to (a preview that nobody imported,
a PDF that was made anew) are removed after some days.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from qms.kernel import clock
from qms.kernel.db import BaseModel
from qms.kernel.errors import Forbidden, NotFound, Obstacle, Refused
from qms.kernel.filetypes import clean_name, media_type_of
from qms.kernel.people import Person
from qms.kernel.permissions import INSIDE, READERS, Actor, Permission, Role
from qms.kernel.records import Record, of_record
from qms.kernel.text import _
from qms.kernel.trail import Traced, change

MAX_FILE = 20 * 1024 * 1024  # bytes of one attachment
MAX_NOTE = 300
KEPT_UNUSED = timedelta(days=2)  # how long bytes stay that no row refers to: longer than a preview waits
_CHUNK = 64 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32}")

READ = Permission("evidence.read", _("Open the files attached to records"), READERS)
ADD = Permission("evidence.add", _("Attach evidence to records and comment on them"), INSIDE)
WITHDRAW = Permission(
    "evidence.withdraw",
    _("Withdraw evidence that somebody else attached"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}),
    owner=True,
)
PERMISSIONS = (READ, ADD, WITHDRAW)


class Attachment(Traced):
    """A file that belongs to a record; withdrawn with a reason, never deleted."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    sha256 = CharField(max_length=64)
    name = CharField(max_length=200)
    size = IntegerField()  # bytes
    media_type = CharField(max_length=100)
    note = CharField(max_length=300, default="")
    added_at = DateTimeField()
    added_by = ForeignKeyField(Person, null=True, backref="+")
    withdrawn_at = DateTimeField(null=True)
    withdrawn_why = CharField(max_length=300, default="")

    labels = {"name": _("file"), "note": _("note"), "withdrawn_why": _("why withdrawn")}
    unsaid = frozenset({"withdrawn_at"})  # the history's own moment

    class Meta:
        indexes = ((("id", "organisation_id"), True),)
        constraints = of_record()

    def what(self) -> str:
        return str(self.name)


# ---------------------------------------------------------------- the store


@dataclass(frozen=True)
class Blob:
    """Bytes in the store: their hash, size, type by content, and the cleaned name they came with."""

    sha256: str
    size: int
    media_type: str
    name: str


_folder: Path | None = None


def configure(folder: Path) -> None:
    """Keep attachments in `folder`; it is made when the first file arrives."""
    global _folder
    _folder = folder


def folder() -> Path:
    """Where attachments are kept; raises RuntimeError before `configure()`."""
    if _folder is None:
        raise RuntimeError("the folder of attachments is not configured")
    return _folder


def path_of(sha256: str) -> Path:
    """Where the bytes of that hash are, or would be; raises NotFound for what is no hash."""
    if not _HASH.fullmatch(sha256):
        raise NotFound(sha256)
    return folder() / sha256[:2] / sha256[2:4] / sha256


def store(stream: BinaryIO, filename: str, *, limit: int = MAX_FILE) -> Blob:
    """Keep the bytes of `stream` under their hash, whole on disk or not at all.

    Raises Refused when they are empty, more than `limit` bytes, or of a type that is not taken.
    """
    incoming = folder() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = clean_name(filename)
    handle, temporary = tempfile.mkstemp(dir=incoming)
    try:
        with os.fdopen(handle, "wb") as file:
            sha256, size = _copy(stream, file, name, limit)
        media_type, name = media_type_of(Path(temporary), name)
        _keep(temporary, path_of(sha256))
    finally:
        Path(temporary).unlink(missing_ok=True)
    return Blob(sha256, size, media_type, name)


def _copy(stream: BinaryIO, file: BinaryIO, name: str, limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            text = _("“%(name)s” is larger than %(n)s MB", name=name, n=limit // 1024 // 1024)
            raise Refused([Obstacle(text, "#evidence")])
        digest.update(chunk)
        file.write(chunk)
    if size == 0:
        raise Refused([Obstacle(_("“%(name)s” is empty", name=name), "#evidence")])
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _keep(temporary: str, target: Path) -> None:
    try:
        os.utime(target)  # here already: it counts as come in now, so that no sweep takes it away
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.replace(temporary, target)
        sync_folder(target.parent)


def store_waiting(data: bytes) -> str:
    """Keep bytes that nothing will refer to until they are removed; the key under which they wait.

    They are no part of the store: `sweep()` takes them away after `KEPT_UNUSED`, whatever the database says.
    """
    incoming, key = folder() / "incoming", secrets.token_hex(16)
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(
        os.open(incoming / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600),
        "wb",
    ) as file:
        file.write(data)
    return key


def _waiting(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise NotFound(key)
    return folder() / "incoming" / key


def read_waiting(key: str) -> bytes:
    """The bytes that wait under that key; raises NotFound."""
    try:
        return _waiting(key).read_bytes()
    except FileNotFoundError:
        raise NotFound(key) from None


def remove_waiting(key: str) -> None:
    """Remove what waits under that key, if it still does; raises NotFound for what is no key."""
    _waiting(key).unlink(missing_ok=True)


def blobs() -> Iterator[Path]:
    """Every file in the store."""
    return (p for p in folder().glob("??/??/*") if _HASH.fullmatch(p.name))


def sweep() -> int:
    """Remove what came in more than `KEPT_UNUSED` ago and no row refers to; how many files that were.

    A database that refers to no file at all may be the wrong one: then nothing is removed.
    """
    before = time.time() - KEPT_UNUSED.total_seconds()
    for left in (folder() / "incoming").glob("*"):
        if _HASH.fullmatch(left.name):
            os.replace(left, path_of(left.name))  # moved aside by a sweep that was killed
        elif left.stat().st_mtime < before:
            left.unlink(missing_ok=True)  # half stored by a process that was killed, or waiting and forgotten
    old = {p.name for p in blobs() if p.stat().st_mtime < before}
    needed = set(_referred()) if old else set()
    return sum(_remove(path_of(sha256), before) for sha256 in old - needed) if needed else 0


def _referred() -> Iterator[str]:
    """Every hash in any row: all columns called `sha256`, so what a row's digest in the trail needs as well."""
    for model in _models(BaseModel):
        column = model._meta.fields.get("sha256")
        if column is not None:
            yield from (sha256 for (sha256,) in model.select(column).tuples().iterator() if sha256)


def _models(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in above.__subclasses__():
        yield model
        yield from _models(model)


def _remove(target: Path, before: float) -> bool:
    """Remove the file unless it came in again meanwhile: it is looked at where no store() can reach it."""
    aside = folder() / "incoming" / target.name
    try:
        os.replace(target, aside)
    except OSError:  # gone, or (on Windows) being read
        return False
    if aside.stat().st_mtime < before:
        aside.unlink()
        return True
    os.replace(aside, target)
    return False


def sync_folder(path: Path) -> None:
    """Make the names in `path` survive a power cut, where the system can (Windows cannot)."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_blob(sha256: str) -> BinaryIO:
    """The bytes of that hash, open for reading; raises NotFound."""
    try:
        return path_of(sha256).open("rb")
    except FileNotFoundError:
        raise NotFound(sha256) from None


# ---------------------------------------------------------------- on a record


def attach(
    actor: Actor, record: Record, blob: Blob, note: str = "", *, permission: Permission = ADD
) -> Attachment:
    """Attach stored bytes to a record; the same bytes on the same record are attached once.

    `permission` is what the caller's step needs, where it is not simply evidence. Raises NotFound
    for another organisation's record, Forbidden, or Refused when the note is too long.
    """
    _own(actor, record.organisation_id, record.code)
    # Evidence is not bound to a unit: a unit head may answer on another unit's record, as staff may;
    # and the source of a figure belongs to an indicator, which is no unit's.
    actor.require(permission, owner_id=record.owner_id)
    note = _note(note)
    with change(actor):
        there = Attachment.get_or_none(
            Attachment.record == record.id,
            Attachment.sha256 == blob.sha256,
            Attachment.withdrawn_at.is_null(),
        )
        if there is not None:
            return there
        added = Attachment(
            organisation_id=record.organisation_id,
            record=record.id,
            sha256=blob.sha256,
            name=blob.name,
            size=blob.size,
            media_type=blob.media_type,
            note=note,
            added_at=clock.now(),
            added_by=actor.person_id,
        )
        added.save(tag="evidence.add")
    return added


def withdraw(actor: Actor, attachment_id: int, reason: str) -> Attachment:
    """Take an attachment off its record; it stays in the history.

    Raises NotFound, Forbidden (see `may_withdraw`), or Refused without a reason.
    """
    reason = reason.strip()
    with change(actor, reason):
        found = attachment(actor, attachment_id)
        if not may_withdraw(actor, found.record, found.added_by_id):
            raise Forbidden(WITHDRAW.name)
        if not reason:
            raise Refused([Obstacle(_("a reason is needed"), "#evidence")])
        found.withdrawn_at, found.withdrawn_why = clock.now(), _note(reason)
        found.save(tag="evidence.withdraw")
    return found


def may_withdraw(actor: Actor, record: Record, added_by_id: int | None) -> bool:
    """Whoever attached a file (`added_by_id`) may take it off again, and who holds `evidence.withdraw`.

    Once the record has ended its evidence is what others relied on: then it takes a role that holds the
    right, and neither owning the record nor having attached the file is enough.
    """
    if record.ended_on is not None:
        return actor.may(WITHDRAW, unit_id=record.unit_id)
    own = added_by_id is not None and added_by_id == actor.person_id
    return own or actor.may(WITHDRAW, unit_id=record.unit_id, owner_id=record.owner_id)


def attachment(actor: Actor, attachment_id: int) -> Attachment:
    """An attachment of a record that the actor may see, and that is not withdrawn; raises NotFound."""
    from qms.kernel.area import visible_kinds  # which names the permissions of this module

    found = (
        Attachment.select(Attachment, Record)
        .join(Record)
        .where(Attachment.id == attachment_id, Attachment.withdrawn_at.is_null())
        .first()
    )
    if found is None or found.record.kind not in visible_kinds(actor):
        raise NotFound(str(attachment_id))
    _own(actor, found.organisation_id, str(attachment_id))
    return found


def _own(actor: Actor, organisation_id: int, what: str) -> None:
    if actor.organisation_id is None or organisation_id != actor.organisation_id:
        raise NotFound(what)


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_NOTE:
        message = _("the note holds %(n)s characters; %(limit)s are the limit", n=len(text), limit=MAX_NOTE)
        raise Refused([Obstacle(message, "#evidence")])
    return text
