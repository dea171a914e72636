"""Attachments: bytes on disk addressed by their sha256, a traced row on the record.

A file is stored before the change that attaches it, so no file work happens inside a transaction;
what is on disk under a hash never changes.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from qms.kernel import clock
from qms.kernel.errors import Forbidden, NotFound, Obstacle, Refused
from qms.kernel.filetypes import clean_name, media_type_of
from qms.kernel.people import Person
from qms.kernel.permissions import INSIDE, READERS, Actor, Permission, Role
from qms.kernel.records import Record, of_record
from qms.kernel.text import _
from qms.kernel.trail import Traced, change

MAX_FILE = 20 * 1024 * 1024  # bytes of one attachment
MAX_NOTE = 300
_CHUNK = 64 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")

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
            text = _("“%(name)s” is larger than %(n)s MiB", name=name, n=limit // 1024 // 1024)
            raise Refused([Obstacle(text, "#evidence")])
        digest.update(chunk)
        file.write(chunk)
    if size == 0:
        raise Refused([Obstacle(_("“%(name)s” is empty", name=name), "#evidence")])
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _keep(temporary: str, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(temporary, target)
    sync_folder(target.parent)


def sweep() -> None:
    """Remove what processes that were killed left half stored, a day or more ago."""
    before = time.time() - 86_400
    for left in (folder() / "incoming").glob("*"):
        if left.stat().st_mtime < before:
            left.unlink(missing_ok=True)


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
        if not may_withdraw(actor, found.record, found):
            raise Forbidden(WITHDRAW.name)
        if not reason:
            raise Refused([Obstacle(_("a reason is needed"), "#evidence")])
        found.withdrawn_at, found.withdrawn_why = clock.now(), _note(reason)
        found.save(tag="evidence.withdraw")
    return found


def may_withdraw(actor: Actor, record: Record, found: Attachment) -> bool:
    """Whoever attached a file may take it off again, and who holds `evidence.withdraw`.

    Once the record has ended its evidence is what others relied on: then it takes a role that holds the
    right, and neither owning the record nor having attached the file is enough.
    """
    if record.ended_on is not None:
        return actor.may(WITHDRAW, unit_id=record.unit_id)
    own = found.added_by_id is not None and found.added_by_id == actor.person_id
    return own or actor.may(WITHDRAW, unit_id=record.unit_id, owner_id=record.owner_id)


def attachment(actor: Actor, attachment_id: int) -> Attachment:
    """An attachment of the actor's organisation that is not withdrawn; raises NotFound."""
    found = (
        Attachment.select(Attachment, Record)
        .join(Record)
        .where(Attachment.id == attachment_id, Attachment.withdrawn_at.is_null())
        .first()
    )
    if found is None:
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
