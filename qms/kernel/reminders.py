"""When somebody is reminded of what is due: the policy, and what is kept of the reminders that went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from peewee import CharField, DateField, ForeignKeyField, IntegerField

from qms.kernel.agency import days_before
from qms.kernel.catalogue import rules
from qms.kernel.db import BaseModel
from qms.kernel.organisations import settings_on
from qms.kernel.people import Person
from qms.kernel.records import Record, of_record

DUE = "due"  # what a reminder is about: a record's due date; anything else is the key of a deadline or a duty


@dataclass(frozen=True)
class Policy:
    """The days of reminding, counted from the due date (audits/rules/reminders.toml, agency settings).

    `before`: so many days before it; `overdue_first`: so many after it, and then every `overdue_every` days;
    from `superior_after` days overdue the owner's superior is told as well, from `leader_after` the leader.
    """

    before: tuple[int, ...]
    overdue_first: int
    overdue_every: int
    superior_after: int
    leader_after: int

    @property
    def horizon(self) -> timedelta:
        """How long before its due date something is first spoken of."""
        return timedelta(days=max(self.before, default=0))

    def next_day(self, due: date, today: date) -> date:
        """The day after `today` on which the next reminder falls."""
        passed = (today - due).days
        weekly = max(self.overdue_every, (passed // self.overdue_every + 1) * self.overdue_every)
        stages = (*(-days for days in self.before), self.overdue_first, weekly)
        return due + timedelta(days=min(stage for stage in stages if stage > passed))


def policy_on(organisation_id: int, day: date) -> Policy:
    """What the organisation has set for that day, and for the rest what the product ships.

    The day of an item's next reminder is fixed with the one before: other days count from then on.
    """
    data, own = rules("reminders"), settings_on(organisation_id, day)
    return Policy(
        before=days_before(own["remind_before"]) if own.get("remind_before") else tuple(data["before"]),
        overdue_first=data["overdue_first"],
        overdue_every=own.get("remind_every") or data["overdue_every"],
        superior_after=own.get("remind_superior_after") or data["superior_after"],
        leader_after=own.get("remind_leader_after") or data["leader_after"],
    )


class Reminder(BaseModel):
    """What was last spoken of: for which due date, to which owner, on which day, and when the next time comes.

    A row stands for a record's due date (`what` is DUE) or for something that an area names by a key of its own.
    """

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, null=True, backref="+", index=False)
    what = CharField(max_length=120)
    due = DateField()
    owner = ForeignKeyField(Person, null=True, backref="+", index=False)
    day = DateField()
    next_on = DateField()

    class Meta:
        indexes = ((("record", "what"), True), (("organisation_id", "what"), False))
        constraints = of_record()


class Digest(BaseModel):
    """The last digest of a person: the day it is of, and the first day whose reminders it holds.

    Both differ where it took the place of older ones that could not be sent.
    """

    person = ForeignKeyField(Person, primary_key=True, backref="+")
    day = DateField()
    since = DateField()

    class Meta:
        table_name = "reminder_digest"
