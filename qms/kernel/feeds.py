"""The secret address under which a person's calendar program reads what is due: made, renewed, ended by its owner.

The secret has 256 bits and only its digest is kept, so the address is shown once and nobody guesses one:
attempts are not throttled, since a calendar that goes on asking at an ended address would then lock a whole
office out of signing in.
"""

from __future__ import annotations

import hashlib
import secrets

from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.trail import change


def renew(actor: Actor) -> str:
    """A new secret for the address of the actor's own calendar; the one before ends."""
    token = secrets.token_urlsafe(32)
    with change(actor, system=True):
        row = Person.get_by_id(actor.person_id)
        row.feed = _digest(token)
        row.save(tag="person.feed")
    return token


def end(actor: Actor) -> None:
    """The address of the actor's own calendar leads nowhere any more."""
    with change(actor, system=True):
        row = Person.get_by_id(actor.person_id)
        row.feed = None
        row.save(tag="person.feed_end")


def owner_of(token: str) -> Person | None:
    """Whose calendar it is; None for a secret that was never given or has ended, and for a deactivated account."""
    return Person.get_or_none(Person.feed == _digest(token), Person.active)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
