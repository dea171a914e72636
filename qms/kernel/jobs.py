"""Work that happens after the commit: notifications, outgoing mail, jobs; all are rows written in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField, fn

from qms.kernel.db import BaseModel, database
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.text import Message
from qms.kernel.trail import current_change


class Notification(BaseModel):
    """Something a person is told on the page's bell; `text` is a message and its values as JSON."""

    organisation = ForeignKeyField(Organisation, backref="+")
    person = ForeignKeyField(Person, backref="+", index=False)
    record = ForeignKeyField(Record, null=True, backref="+")
    text = TextField()
    at = DateTimeField()
    read_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("person", "read_at"), False),)


class Mail(BaseModel):
    """An outgoing mail. `key` makes it unique: the same reason sends once, however often it is asked."""

    key = CharField(max_length=120, unique=True)
    to = CharField(max_length=254)
    subject = CharField(max_length=300)
    body = TextField()
    created_at = DateTimeField()
    next_try_at = DateTimeField(index=True)
    tries = IntegerField(default=0)
    sent_at = DateTimeField(null=True)
    failure = CharField(max_length=300, default="")


class Lease(BaseModel):
    """Who does a thing at present, until when; so that one worker at a time works."""

    name = CharField(max_length=40, primary_key=True)
    holder = CharField(max_length=64)
    until = DateTimeField()


def notify(actor: Actor, record: Record, text: Message) -> None:
    """Tell the record's owner, unless the owner did it; within the change under way."""
    if record.owner_id is None or record.owner_id == actor.person_id:
        return
    Notification.insert(
        organisation=record.organisation_id,
        person=record.owner_id,
        record=record.id,
        text=pack(text),
        at=current_change().at,
    ).execute()


def unread(person_id: int, organisation_id: int) -> int:
    """How many notices the person has not read in an organisation."""
    return _UNREAD.scalar(person_id, organisation_id)


_UNREAD = Prepared(
    lambda person, organisation: (
        Notification.select(fn.COUNT(Notification.id))
        .where(
            Notification.person == person,
            Notification.organisation == organisation,
            Notification.read_at.is_null(),
        )
        .tuples()
    )
)


def mark_read(person_id: int, organisation_id: int, number: int | None = None) -> int:
    """Mark a person's notices in an organisation as read, all or one; how many were unread."""
    unread = Notification.update(read_at=clock_now()).where(
        Notification.person == person_id,
        Notification.organisation == organisation_id,
        Notification.read_at.is_null(),
    )
    return int((unread if number is None else unread.where(Notification.id == number)).execute())


def pack(text: Message) -> str:
    """A message as JSON, to be shown later in the reader's language."""
    return json.dumps(
        {"id": text.id, "params": {k: _packed(v) for k, v in text.params.items()}}, ensure_ascii=False
    )


def _packed(value: object) -> object:
    if isinstance(value, Message):
        return {"id": value.id, "params": {k: _packed(v) for k, v in value.params.items()}}
    return value if isinstance(value, int | str) else str(value)


def unpack(text: str) -> Message:
    """The message that `pack` packed."""
    return _unpacked(json.loads(text))


def _unpacked(data: dict) -> Message:
    return Message(
        data["id"], {k: _unpacked(v) if isinstance(v, dict) else v for k, v in data["params"].items()}
    )


def post(key: str, to: str, subject: str, body: str) -> None:
    """Put a mail into the outbox within the change under way; a key that was used before does nothing."""
    under_way = current_change()
    Mail.insert(
        key=key, to=to, subject=subject, body=body, created_at=under_way.at, next_try_at=under_way.at
    ).on_conflict_ignore().execute()
    under_way.wake = True


def take_lease(name: str, holder: str, *, seconds: int) -> bool:
    """Whether `holder` has the lease now: taken when free, expired or its own."""
    now = clock_now()
    until = now + timedelta(seconds=seconds)
    with database.atomic():
        Lease.insert(name=name, holder="", until=datetime(1970, 1, 1)).on_conflict_ignore().execute()
        taken = (
            Lease.update(holder=holder, until=until)
            .where(Lease.name == name, (Lease.until < now) | (Lease.holder == holder))
            .execute()
        )
    return taken == 1


def clock_now() -> datetime:
    """The real moment: leases and retries do not follow a demonstration's fixed day."""
    return datetime.now(UTC).replace(tzinfo=None)
