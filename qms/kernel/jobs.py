"""Work that happens after the commit: notifications, outgoing mail, jobs; all are rows written in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField, fn

from qms.kernel.db import BaseModel, database
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record, of_record
from qms.kernel.text import Message, pack
from qms.kernel.trail import TrailHead, current_change

NEVER = datetime(9999, 12, 31)  # the next try of a mail that was given up


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
    """An outgoing mail. `key` makes it unique: the same reason sends once, however often it is asked.

    `tries` counts what the server answered, and an unreachable server once.
    One with `expires_at` holds a secret that is good until then: its body goes when it is sent or expired.
    """

    key = CharField(max_length=120, unique=True)
    to = CharField(max_length=254)
    subject = CharField(max_length=300)
    body = TextField()
    created_at = DateTimeField()
    next_try_at = DateTimeField(index=True)
    tries = IntegerField(default=0)
    sent_at = DateTimeField(null=True)
    failure = CharField(max_length=300, default="")
    expires_at = DateTimeField(null=True)


class Job(BaseModel):
    """A record's document as a PDF that the worker makes; one row for each document and language.

    It waits while `next_try_at` is set. What was made last stays until there is something newer, with the
    record's version and the trail's entry that it shows; `failure` says, packed, why the last try failed.
    """

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+", index=False)
    kind = CharField(max_length=40)  # the name of a DocumentKind
    locale = CharField(max_length=2)
    asked_at = DateTimeField()
    asked_by = ForeignKeyField(Person, null=True, backref="+", index=False)
    next_try_at = DateTimeField(null=True, index=True)
    tries = IntegerField(default=0)
    failure = TextField(default="")
    made_at = DateTimeField(null=True)
    version = IntegerField(null=True)
    seq = IntegerField(null=True)
    sha256 = CharField(max_length=64, default="")
    size = IntegerField(default=0)  # bytes
    name = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("record", "kind", "locale"), True),)
        constraints = of_record()

    @property
    def waits(self) -> bool:
        """Whether the worker still has to make it."""
        return self.next_try_at is not None

    def shows(self, version: int, seq: int) -> bool:
        """Whether it was made from that version of the record, and nothing changed in its organisation since.

        A draft's document holds other records' figures as well, so the record's version alone does not tell.
        """
        return self.made_at is not None and (self.version, self.seq) == (version, seq)


class Lease(BaseModel):
    """Who does a thing at present, until when; so that one worker at a time works."""

    name = CharField(max_length=40, primary_key=True)
    holder = CharField(max_length=64)
    until = DateTimeField()


def notify(actor: Actor, record: Record, text: Message, *, person_id: int | None = None) -> None:
    """Tell that person, or the record's owner, of the record, unless they did it; within the change under way."""
    told = person_id or record.owner_id
    if told is None or told == actor.person_id:
        return
    Notification.insert(
        organisation=record.organisation_id,
        person=told,
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


def post(
    key: str,
    to: str,
    subject: str,
    body: str,
    *,
    good_for: timedelta | None = None,
    instead_of: Mail | None = None,
) -> None:
    """Put a mail into the outbox within the change under way; a key that was used before does nothing.

    With `good_for` the body holds a secret that ends after that time: it is not kept longer than it takes.
    What the server answered to a mail whose place it takes still counts, if it goes to the same address: else
    one that is replaced each day would never be given up.
    """
    under_way = current_change()
    tried = instead_of if instead_of is not None and instead_of.to == to else Mail(next_try_at=under_way.at)
    Mail.insert(
        key=key,
        to=to,
        subject=subject,
        body=body,
        created_at=under_way.at,
        next_try_at=tried.next_try_at,
        tries=tried.tries,
        failure=tried.failure,
        expires_at=None if good_for is None else clock_now() + good_for,
    ).on_conflict_ignore().execute()
    under_way.wake = True


def unsent() -> Any:
    """The query of the mails that still have to go out."""
    lasts = Mail.expires_at.is_null() | (Mail.expires_at > clock_now())
    return Mail.select().where(Mail.sent_at.is_null(), Mail.next_try_at < NEVER, lasts)


def given_up() -> Any:
    """The query of the mails that the server refused so often that they are not tried again."""
    return Mail.select().where(Mail.sent_at.is_null(), Mail.next_try_at == NEVER)


def expire() -> None:
    """Clear what nobody can use any more: mails whose link ended before they could be sent."""
    ended = (Mail.sent_at.is_null(), Mail.expires_at <= clock_now(), Mail.body != "")
    if Mail.select().where(*ended).exists():  # mostly not, and then nothing is written
        with database.atomic():
            Mail.update(body="", failure="its link ended before it was sent").where(*ended).execute()


def ask(actor: Actor, record: Record, kind: str, locale: str) -> None:
    """Let the worker make a document of the record as PDF, within the change under way.

    Asked twice it is made once: what waits goes on waiting, and what shows the present state stays.
    """
    under_way = current_change()
    there = job_of(record.id, kind, locale)
    if there and not there.waits and there.shows(record.version, last_entry(record.organisation_id)):
        return
    asked = {"asked_at": under_way.at, "asked_by": actor.person_id, "next_try_at": clock_now()}
    asked |= {"tries": 0, "failure": ""}
    if there:
        Job.update(asked).where(Job.id == there.id).execute()
    else:
        Job.insert(
            organisation_id=record.organisation_id, record=record.id, kind=kind, locale=locale, **asked
        ).execute()
    under_way.wake = True


def job_of(record_id: int, kind: str, locale: str) -> Job | None:
    """What was asked for of that document of a record, None where nobody did."""
    return _JOB.first(record_id, kind, locale)


def last_entry(organisation_id: int) -> int:
    """The number of the last entry of an organisation's trail: it names the state of everything there."""
    return _SEQ.scalar(organisation_id) or 0


_SEQ = Prepared(lambda chain: TrailHead.select(TrailHead.seq).where(TrailHead.chain == chain).tuples())
_JOB = Prepared(
    lambda record, kind, locale: Job.select().where(
        Job.record == record, Job.kind == kind, Job.locale == locale
    )
)


def take_lease(name: str, holder: str, *, seconds: int) -> bool:
    """Whether `holder` has the lease now: taken when free, expired or its own."""
    now = clock_now()
    until = now + timedelta(seconds=seconds)
    held = Lease.get_or_none(Lease.name == name)
    if held is not None and held.holder != holder and held.until > now:
        return False  # to be told so takes no transaction that writes
    with database.atomic():
        Lease.insert(name=name, holder="", until=datetime(1970, 1, 1)).on_conflict_ignore().execute()
        taken = (
            Lease.update(holder=holder, until=until)
            .where(Lease.name == name, (Lease.until <= now) | (Lease.holder == holder))
            .execute()
        )
    return taken == 1


def clock_now() -> datetime:
    """The real moment: leases and retries do not follow a demonstration's fixed day."""
    return datetime.now(UTC).replace(tzinfo=None)
