"""`qms remind`: who is told today of what is due, as one digest for each person.

A reminder is due when its day has come and nothing was said since: days that the scheduler missed are caught up
once, with the words of today. No day was missed that lies before the record itself, or was not yet that of its due
date. What was said is kept in the transaction of the mails, so a run that is killed has said nothing, and two at once
say everything once. Somebody who has had a digest today gets no second one: what comes up later waits for tomorrow,
for all who are concerned. A digest that the mail server has not taken yet is replaced by that of a later day, which
holds everything of it that is still open.

No record changes, so nothing is written into the records' trail; each run that tells anybody leaves one entry
in the system's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from peewee import JOIN, fn

from qms import worker
from qms.digests import Item, Letter, Line, Place, summary
from qms.kernel import area, clock, jobs
from qms.kernel.jobs import Mail, Notification
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person, system_actor
from qms.kernel.permissions import Actor, Role
from qms.kernel.proposals import owed_duties
from qms.kernel.records import Record
from qms.kernel.reminders import DUE, Digest, Policy, Reminder, policy_on
from qms.kernel.superiors import Team, teams
from qms.kernel.text import _, language, pack
from qms.kernel.trail import change

KEY = "remind"  # the outbox calls a digest remind:PERSON:DAY
AT_ONCE = 200  # rows in one statement
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What one run did: digests made, items they speak of for the first time, mails posted, mails replaced."""

    day: date
    people: int = 0
    items: int = 0
    mails: int = 0
    replaced: int = 0


Told = dict[tuple[int | None, str], tuple[Item, Place, bool]]  # whether it is new comes last


@dataclass
class _Run:
    """What a run finds out before it writes."""

    today: date
    # person -> the first day whose reminders the digest holds that is replaced now
    waiting: dict[int, date] = field(default_factory=dict)
    served_today: frozenset[int] = frozenset()  # who is told nothing more today
    fresh: list[tuple[Item, date]] = field(default_factory=list)  # with the day of the next reminder
    digests: dict[int, dict[int, Told]] = field(
        default_factory=dict
    )  # person -> organisation -> what is told

    def add(self, person: int, item: Item, place: Place, *, new: bool) -> None:
        """Put an item into a person's digest, once."""
        told = self.digests.setdefault(person, {}).setdefault(item.organisation_id, {})
        told.setdefault((item.record_id, item.what), (item, place, new))


def run(actor: Actor, *, base_url: str, preview: bool = False) -> Outcome:
    """Tell everybody what is due; with `preview` only count. The day is the actor's.

    Links begin with `base_url`, and are paths where it is empty.
    """
    if preview:
        found = _looked_up(actor.today, _unsent(), alone=True)
        return replace(_counted(found), mails=len(_wanting_mail(found, _people(found))))
    with _alone_with_the_outbox() as alone, change(actor) as under_way:
        unsent = _unsent()
        found = _looked_up(actor.today, unsent, alone=alone)
        replaced = {person: unsent[person] for person in found.waiting}
        Mail.delete().where(Mail.id.in_([mail.id for mail in replaced.values()])).execute()
        mails = _post(found, base_url, replaced)
        _notify(found, under_way.at)
        done = replace(_counted(found), mails=mails)
        _keep(found)
        if done.people:
            what = _("%(people)s people, %(items)s items", people=done.people, items=done.items)
            under_way.append("remind.run", "reminder", what=what)
    return done


def _counted(found: _Run) -> Outcome:
    return Outcome(found.today, len(found.digests), len(found.fresh), replaced=len(found.waiting))


@contextmanager
def _alone_with_the_outbox() -> Iterator[bool]:
    """Whether no worker sends during the block: else a mail could be replaced while it goes out."""
    name = worker.holder()
    alone = jobs.take_lease(worker.LEASE, name, seconds=worker.LEASE_SECONDS)
    try:
        yield alone
    finally:
        if alone:
            jobs.take_lease(worker.LEASE, name, seconds=0)


def _unsent() -> dict[int, Mail]:
    """Person -> the digest that has not gone out, without its text."""
    rows = jobs.unsent().select(Mail.id, Mail.key, Mail.to, Mail.tries, Mail.next_try_at, Mail.failure)
    return {int(mail.key.split(":")[1]): mail for mail in rows.where(Mail.key.startswith(f"{KEY}:"))}


# ---------------------------------------------------------------- what is due, and for whom


def _looked_up(today: date, unsent: Collection[int], *, alone: bool) -> _Run:
    """What is to be said; whose older digest cannot be replaced now is told nothing until it can."""
    last = {row.person_id: row for row in Digest.select()}
    # the digest of a later day, kept where the clock was set back, holds more than one of today could
    served = frozenset(person for person, row in last.items() if row.day >= today)
    older = {person: last[person].since for person in unsent if person in last and person not in served}
    found = _Run(today, older, served) if alone else _Run(today, {}, served | older.keys())
    since = min(found.waiting.values(), default=date.max)
    staff = teams(today)
    for organisation in Organisation.select().order_by(Organisation.name):
        team = staff.get(organisation.id)
        if team is None:
            continue
        rules = policy_on(organisation.id, today)
        for item in _items(organisation, today, rules, since):
            _distribute(found, item, recipients(item, team, rules, today), _next_day(item, rules, today))
    return found


def _next_day(item: Item, rules: Policy, today: date) -> date:
    if item.moves:
        return today + timedelta(days=rules.overdue_every)
    return rules.next_day(item.due, today)


def _distribute(found: _Run, item: Item, to: dict[int, Place], next_on: date) -> None:
    if item.said_on is not None:
        for person, place in to.items():
            if person in found.waiting and item.said_on >= found.waiting[person]:
                found.add(person, item, place, new=False)
    elif to and not found.served_today & to.keys():
        found.fresh.append((item, next_on))
        for person, place in to.items():
            found.add(person, item, place, new=True)


def recipients(item: Item, team: Team, rules: Policy, today: date) -> dict[int, Place]:
    """Who is told of an item, and why: its owner, from some days overdue on those above, and all their deputies.

    For an owner who has left, or that nobody has named, stands whoever is above. What nobody owns is the
    coordinator's, above whom are the leaders.
    """
    late, leaders = (today - item.due).days, team.holding(Role.LEADER)
    if item.to:
        own, above = {person for role in item.to for person in team.holding(role)}, leaders
    else:
        own, above = team.workers & {item.owner_id}, team.superiors(item.owner_id, item.unit_id)
    found = dict.fromkeys(own, Place.OWN) or dict.fromkeys(above, Place.ESCALATED)
    if not item.moved:
        also = above if late >= rules.superior_after else set()
        also = also | (leaders if late >= rules.leader_after else set())
        found = dict.fromkeys(also, Place.ESCALATED) | found
    copies = {deputy for person in found for deputy in team.deputies.get(person, ())}
    return dict.fromkeys(copies, Place.DEPUTY) | found


def _items(organisation: Organisation, today: date, rules: Policy, since: date) -> Iterator[Item]:
    """What is to be said of an organisation today, and what was said since that day."""
    yield from _due_records(organisation.id, today, rules, since)
    said = {
        what: (due, day, next_on)
        for what, due, day, next_on in Reminder.select(
            Reminder.what, Reminder.due, Reminder.day, Reminder.next_on
        )
        .where(Reminder.organisation_id == organisation.id, Reminder.record.is_null())
        .tuples()
    }
    for item in _others(organisation, today, rules):
        due, day, next_on = said.get(item.what, (None, None, today))
        if next_on <= today or (due != item.due and not item.moves):
            yield item
        elif day is not None and day >= since:
            yield replace(item, said_on=day)


def _due_records(organisation_id: int, today: date, rules: Policy, since: date) -> Iterator[Item]:
    """Open records with a due date of which something is to be said today, or was since that day.

    Of a new due date a day of reminding was missed only if it came since the record was made, or was spoken of with
    another due date; what is overdue already is spoken of at once.
    """
    last = (Reminder.record == Record.id) & (Reminder.what == DUE)
    rows = (
        Record.select(
            Record.id, Record.kind, Record.code, Record.title, Record.due, Record.owner, Record.unit,
            Record.recorded_at, Reminder.due, Reminder.owner, Reminder.day, Reminder.next_on,
        )
        .join(Reminder, JOIN.LEFT_OUTER, on=last)
        .where(
            Record.organisation == organisation_id,
            Record.ended_on.is_null(),
            Record.due <= today + rules.horizon,
            Reminder.id.is_null()
            | (Reminder.due != Record.due)
            | (fn.COALESCE(Reminder.owner, 0) != fn.COALESCE(Record.owner, 0))
            | (Reminder.next_on <= today)
            | (Reminder.day >= since),
        )
        .tuples()
    )  # fmt: skip
    areas = {name: model.area for name, model in area.kinds().items()}
    for key, kind, code, title, due, owner, unit, recorded, said_due, said_owner, day, next_on in rows:
        if kind not in areas:
            continue
        item = Item(
            organisation_id, key, DUE, code, title, f"{areas[kind]}/{code}", due, owner, unit,
            why=None if owner else _("nobody is responsible yet"),
        )  # fmt: skip
        if said_due != due:  # of this due date nothing was said yet
            next_on = rules.next_day(due, min(day or clock.local(recorded).date() - ONE_DAY, due - ONE_DAY))
        if next_on <= today:
            yield item
            continue
        if day is not None and said_owner != owner:
            yield replace(item, moved=True)
        if day is not None and day >= since:
            yield replace(item, said_on=day)


def _others(organisation: Organisation, today: date, rules: Policy) -> Iterator[Item]:
    """What the areas name beside records' due dates: days to keep, and duties, which leaders hear of when late."""
    actor, until = system_actor(organisation, today), today + rules.horizon
    for one in area.collect("deadlines", actor, until):
        yield Item(
            organisation.id, None, one.url, one.code, one.title, one.url, one.due, why=one.why,
            to=frozenset({Role.COORDINATOR}),
        )  # fmt: skip
    for day, duty in owed_duties(actor, until):
        told = {Role.COORDINATOR, Role.LEADER} if duty.state == "late" else {Role.COORDINATOR}
        yield Item(
            organisation.id, None, f"duty:{duty.key}", "", duty.label, duty.url, day,
            why=_("duty of the year") if duty.due else duty.note, to=frozenset(told), moves=duty.due is None,
        )  # fmt: skip


# ---------------------------------------------------------------- writing


def _post(found: _Run, base_url: str, replaced: dict[int, Mail]) -> int:
    """Put the digests of those who want mail into the outbox, in the place of those replaced; how many."""
    names = {organisation.id: organisation for organisation in Organisation.select()}
    people = _people(found)
    wanting = _wanting_mail(found, people)
    for person in wanting:
        with language(person.locale):
            letter = _letter(found, person, names, people, base_url)
            key = f"{KEY}:{person.id}:{found.today.isoformat()}"
            before = replaced.get(person.id)
            jobs.post(key, person.email, letter.subject(), letter.body(), instead_of=before)
    return len(wanting)


def _wanting_mail(found: _Run, people: dict[int, Person]) -> list[Person]:
    return [people[person] for person in found.digests if people[person].wants_mail]


def _people(found: _Run) -> dict[int, Person]:
    """Everybody who is told something, and the owners of what they are told of."""
    wanted = set(found.digests)
    for parts in found.digests.values():
        for told in parts.values():
            wanted |= {item.owner_id for item, _place, _new in told.values() if item.owner_id is not None}
    return {person.id: person for person in Person.select().where(Person.id.in_(wanted))}


def _notify(found: _Run, at: datetime) -> None:
    """Put one notice for each digest and organisation on the bell: of what is said for the first time."""
    rows = []
    for person, parts in found.digests.items():
        for organisation, told in parts.items():
            new = [item for item, _place, is_new in told.values() if is_new]
            late = sum(item.due < found.today for item in new)
            if new:
                rows.append((organisation, person, pack(summary(found.today, late, len(new) - late)), at))
    columns = [Notification.organisation, Notification.person, Notification.text, Notification.at]
    for start in range(0, len(rows), AT_ONCE):
        Notification.insert_many(rows[start : start + AT_ONCE], fields=columns).execute()


def _letter(
    found: _Run, person: Person, names: dict[int, Organisation], people: dict[int, Person], base_url: str
) -> Letter:
    said = []
    for organisation, told in found.digests[person.id].items():
        lines = [
            Line(item, place, people[item.owner_id].name if item.owner_id not in (None, person.id) else "")
            for item, place, _new in told.values()
        ]
        said.append((names[organisation].slug, names[organisation].name, lines))
    return Letter(person.name, found.today, base_url, said)


def _keep(found: _Run) -> None:
    """Keep what was said of which due date, and who has had a digest today."""
    today = found.today
    rows = [
        (i.organisation_id, i.record_id, i.what, i.due, i.owner_id, today, next_on)
        for i, next_on in found.fresh
    ]
    loose = [(row[0], row[2]) for row in rows if row[1] is None]
    for organisation, what in loose:
        Reminder.delete().where(
            Reminder.organisation_id == organisation, Reminder.record.is_null(), Reminder.what == what
        ).execute()
    columns = [
        Reminder.organisation_id, Reminder.record, Reminder.what, Reminder.due, Reminder.owner, Reminder.day,
        Reminder.next_on,
    ]  # fmt: skip
    for start in range(0, len(rows), AT_ONCE):
        Reminder.insert_many(rows[start : start + AT_ONCE], fields=columns).on_conflict(
            conflict_target=[Reminder.record, Reminder.what], preserve=columns[3:]
        ).execute()
    digests = [(person, today, found.waiting.get(person, today)) for person in found.digests]
    for start in range(0, len(digests), AT_ONCE):
        Digest.insert_many(
            digests[start : start + AT_ONCE], fields=[Digest.person, Digest.day, Digest.since]
        ).on_conflict(conflict_target=[Digest.person], preserve=[Digest.day, Digest.since]).execute()
