"""What is sent twice is done once: a form that was carried out leads to what it made, and makes nothing more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from peewee import CharField, DateTimeField, ForeignKeyField

from qms.kernel import jobs
from qms.kernel.area import kinds
from qms.kernel.db import BaseModel, database
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.trail import Traced, canonical, change
from qms.kernel.verify import traced_tables

KEPT = timedelta(days=30)


class Posted(BaseModel):
    """A form that somebody sent and that was carried out. Bookkeeping: it leaves no trail, and is cleared.

    `key` tells the form, where it was sent and what was typed; `made` names the row that came of it as the
    trail does (`record:7`), and is empty where none did.
    """

    organisation = ForeignKeyField(Organisation, backref="+", index=False)
    person = ForeignKeyField(Person, backref="+", index=False)
    key = CharField(max_length=64)
    made = CharField(max_length=80, default="")
    at = DateTimeField(index=True)

    class Meta:
        indexes = ((("organisation", "person", "key"), True),)


def new_token() -> str:
    """What tells one opened form from every other."""
    return secrets.token_urlsafe(16)


def key_of(sent: Any) -> str:
    """The key of a form: whatever differs in `sent`, where it goes and what was typed, makes it another one."""
    return hashlib.sha256(canonical(sent).encode()).hexdigest()


def carried_out(actor: Actor, key: str, save: Callable[[], Any]) -> tuple[Any, bool]:
    """What `save()` made, and whether the form had been carried out before, so that nothing was done now.

    The row of `Posted` is written in the change that `save()` joins: of two at the same time the second waits
    for the lock of the organisation's chain and finds the first one's. Raises what `save()` raises; then
    nothing is kept and the form may be sent again.
    """
    with change(actor):
        if (found := _posted(actor, key)) is not None:
            return _row(actor, str(found.made)), True
        made = save()
        Posted.insert(
            organisation=actor.organisation_id,
            person=actor.person_id,
            key=key,
            made=made.subject() if isinstance(made, Traced) else "",
            at=jobs.clock_now(),
        ).execute()
    return made, False


def was_carried_out(actor: Actor, key: str) -> bool:
    """Whether the form was carried out before."""
    return _posted(actor, key) is not None


def made_before(actor: Actor, key: str) -> Any:
    """What the form made when it was sent before; None where it was not, or made no row."""
    found = _posted(actor, key)
    return None if found is None else _row(actor, str(found.made))


def _posted(actor: Actor, key: str) -> Posted | None:
    return Posted.get_or_none(
        Posted.organisation == actor.organisation_id, Posted.person == actor.person_id, Posted.key == key
    )


def _row(actor: Actor, subject: str) -> Any:
    """The row that the trail calls so; None for the empty name."""
    table, _colon, number = subject.partition(":")
    if not table:
        return None
    if table != "record":
        return traced_tables()[table].get_by_id(number)
    record = Record.get(Record.id == number, Record.organisation == actor.organisation_id)
    return kinds()[str(record.kind)].by_code(actor.organisation_id, str(record.code))


def sweep() -> int:
    """Forget what was sent more than `KEPT` ago; how many forms that were."""
    with database.atomic():
        return Posted.delete().where(Posted.at < jobs.clock_now() - KEPT).execute()
