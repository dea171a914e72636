"""Somebody leaves: open records go to others, roles and absences end, the account is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from qms.kernel import area, jobs
from qms.kernel.accounts import end_sessions
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.organisations import INSTALLATION, Organisation, require_administration
from qms.kernel.people import PEOPLE, Assignment, Deputy, Person, working_in
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import SYSTEM_CHAIN, change


def open_records(person: Person, organisation_id: int | None = None) -> list[Record]:
    """What the person owns that still needs work, in one organisation or in all."""
    query = Record.select().where(Record.owner == person.id, Record.ended_on.is_null())
    if organisation_id is not None:
        query = query.where(Record.organisation == organisation_id)
    return list(query.order_by(Record.organisation, Record.kind, Record.code))


def hand_over(actor: Actor, person: Person, to: Person) -> int:
    """Give the open records of the actor's organisation to another person who works there; how many.

    Raises Forbidden, or Refused when the other does not work there.
    """
    require_administration(actor, PEOPLE)
    with change(actor):
        records = open_records(person, actor.organisation_id or 0)
        _give(actor, records, _successor(actor, person, to))
    return len(records)


def _successor(actor: Actor, person: Person, to: Person) -> Person:
    if to.id == person.id:
        raise Refused([Obstacle(_("open records must go to somebody else"), "#to")])
    if to.id not in {p.id for p in working_in(actor.organisation_id or 0, actor.today)}:
        raise Refused([Obstacle(_("%(name)s has no role in this organisation today", name=to.name), "#to")])
    return to


def _give(actor: Actor, records: list[Record], to: Person) -> None:
    kinds = area.kinds()
    for record in records:
        row = kinds[record.kind].locked(actor, record.code)
        row.set({"owner": to.id})
        row.save(tag=f"{record.kind}.hand_over")
        jobs.notify(actor, row.record, _("%(code)s was handed over to you", code=record.code))


def deactivate(
    actor: Actor, person: Person, *, to: Mapping[int, Person] | None = None, reason: str = ""
) -> None:
    """Somebody leaves: roles and absences end, open records go to others, sessions end; all or nothing.

    `to` names for each organisation (by id) who takes over there. An actor of an organisation may do
    this to people who work nowhere else; the installation's administrator to anybody but themselves.
    Raises Forbidden, or Refused with every obstacle.
    """
    require_administration(actor, PEOPLE if actor.organisation_id is not None else INSTALLATION)
    successors = dict(to or {})
    records = open_records(person)
    concerned = {r.organisation_id for r in records} | _assigned_in(person, actor.today)
    obstacles = _against_leaving(
        actor, person, concerned, {r.organisation_id for r in records} - set(successors)
    )
    if obstacles:
        raise Refused(obstacles)
    with change(actor, reason, system=True, also=concerned - {SYSTEM_CHAIN}):
        for organisation in Organisation.select().where(Organisation.id.in_(concerned)):
            here = replace(actor, organisation_id=organisation.id, slug=organisation.slug)
            theirs = open_records(person, organisation.id)
            if theirs:
                _give(here, theirs, _successor(here, person, successors[organisation.id]))
        _end_roles(person, actor.today)
        row = Person.get_by_id(person.id)
        row.active = False
        end_sessions(row)
        row.save(tag="person.deactivate")


def _assigned_in(person: Person, today: date) -> set[int]:
    """Organisations in which a role or an absence of the person is not over yet; 0: the installation."""
    rows = Assignment.select(Assignment.organisation).where(
        Assignment.person == person.id, Assignment.valid_to.is_null() | (Assignment.valid_to >= today)
    )
    deputies = Deputy.select(Deputy.organisation).where(
        (Deputy.person == person.id) | (Deputy.deputy == person.id), Deputy.valid_to >= today
    )
    return {organisation or SYSTEM_CHAIN for (organisation,) in [*rows.tuples(), *deputies.tuples()]}


def _against_leaving(actor: Actor, person: Person, concerned: set[int], unnamed: set[int]) -> list[Obstacle]:
    """What stands in the way of the person's leaving."""
    found = []
    if person.id == actor.person_id:
        found.append(Obstacle(_("nobody deactivates their own account: ask another administrator")))
    if not person.active:
        found.append(Obstacle(_("the account %(email)s is not active", email=person.email)))
    if actor.organisation_id is not None and concerned - {actor.organisation_id}:
        found.append(
            Obstacle(
                _(
                    "%(name)s has duties outside this organisation: end the roles here, and let an "
                    "administrator of the installation deactivate the account",
                    name=person.name,
                )
            )
        )  # fmt: skip
        return found
    for organisation in Organisation.select().where(Organisation.id.in_(unnamed)):
        found.append(
            Obstacle(_("name who takes over the open records in %(name)s", name=organisation.name), "#to")
        )
    return found


def _end_roles(person: Person, today: date) -> None:
    for row in Assignment.select().where(
        Assignment.person == person.id, Assignment.valid_to.is_null() | (Assignment.valid_to >= today)
    ):
        row.valid_to = today - timedelta(days=1)
        row.save(tag="assignment.end")
    for row in Deputy.select().where(
        (Deputy.person == person.id) | (Deputy.deputy == person.id), Deputy.valid_to >= today
    ):
        row.valid_to = today - timedelta(days=1)
        row.save(tag="deputy.end")
