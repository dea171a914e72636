"""Somebody leaves: open records go to others, roles and absences end, the account is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from operator import or_
from posixpath import normpath
from typing import Any

from qms.kernel import area, jobs
from qms.kernel.accounts import end_sessions
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.organisations import INSTALLATION, Organisation, require_administration
from qms.kernel.owners import worker_obstacle
from qms.kernel.people import PEOPLE, Assignment, Deputy, Person, working_in
from qms.kernel.permissions import Actor, Permission
from qms.kernel.records import Kind, Record
from qms.kernel.text import _
from qms.kernel.trail import SYSTEM_CHAIN, change


def open_records(person: Person, organisation_id: int | None = None) -> list[Record]:
    """What the person owns that needs work or is in force, in one organisation or in all."""
    query = Record.select().where(Record.owner == person.id, reduce(or_, _unfinished()))
    if organisation_id is not None:
        query = query.where(Record.organisation == organisation_id)
    return list(query.order_by(Record.organisation, Record.kind, Record.code))


def _unfinished() -> Iterator[Any]:
    """The conditions under which somebody answers for a record: it has not ended, or its kind's machine says so."""
    yield Record.ended_on.is_null()
    for kind in area.kinds().values():
        for machine in kind.machines():
            if machine.in_force:
                yield (Record.kind == kind.kind) & Record.state.in_(machine.in_force)


def hand_over(actor: Actor, person: Person, to: Person) -> int:
    """Give the open records of the actor's organisation to another person who works there; how many.

    Raises Forbidden, or Refused when the other does not work there.
    """
    require_administration(actor, PEOPLE)
    with change(actor):
        records = open_records(person, actor.organisation_id or 0)
        _give(actor, records, _successor(actor, person, to, "#to"))
    return len(records)


def hand_over_chosen(
    actor: Actor, kind: type[Kind], codes: Sequence[str], *, to: int, permission: Permission, reason: str
) -> int:
    """Give the records of one kind with these codes to another person, all of them or none; how many.

    Raises NotFound for a code that is not the organisation's, and Refused without a reason, for somebody who does
    not work there, and naming each record that has ended, that the actor holds no `permission` on, or whose area
    says why it keeps its owner.
    """
    with change(actor, reason):
        whole = (
            Record.organisation == actor.organisation_id,
            Record.kind == kind.kind,
            Record.code.in_(codes),
        )
        records = list(Record.select().where(*whole).order_by(Record.id))
        if len(records) != len(set(codes)):
            raise NotFound(", ".join(sorted(set(codes) - {r.code for r in records})))
        unfinished = {
            id for (id,) in Record.select(Record.id).where(*whole, reduce(or_, _unfinished())).tuples()
        }
        obstacles = [] if reason.strip() else [Obstacle(_("a reason is needed"), "#reason")]
        if wrong := worker_obstacle(actor, to, "#to"):
            obstacles.append(wrong)
        for record in records:
            if not actor.may(permission, unit_id=record.unit_id, owner_id=record.owner_id):
                obstacles.append(Obstacle(_("%(code)s: you may not change it", code=record.code)))
            elif record.id not in unfinished:
                text = _("%(code)s has ended: nobody answers for it any more", code=record.code)
                obstacles.append(Obstacle(text))
            elif record.owner_id != to:
                obstacles += _against_owner(actor, record, to)
        given = [record for record in records if record.owner_id != to]
        if not given and not obstacles:
            obstacles.append(
                Obstacle(_("each of them is this person's already: choose somebody else"), "#to")
            )
        if obstacles:
            raise Refused(obstacles)
        _give(actor, given, Person.get_by_id(to))
    return len(given)


def _against_owner(actor: Actor, record: Record, to: int) -> Iterator[Obstacle]:
    """What the record's area says against its going to that person, each with the record's code."""
    its = area.area_of(record)
    if its.owner_obstacles is None:
        return
    row = area.kinds()[str(record.kind)].by_code(record.organisation_id, str(record.code))
    page = f"/{actor.slug}/{its.name}/{record.code}"
    for found in its.owner_obstacles(actor, row, to):
        text = _("%(code)s: %(text)s", code=record.code, text=found.text)
        yield Obstacle(text, normpath(f"{page}/{found.where}"), found.rule)


def _successor(actor: Actor, person: Person, to: Person, where: str) -> Person:
    if to.id == person.id:
        raise Refused([Obstacle(_("open records must go to somebody else"), where)])
    if to.id not in {p.id for p in working_in(actor.organisation_id or 0, actor.today)}:
        raise Refused([Obstacle(_("%(name)s has no role in this organisation today", name=to.name), where)])
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
    concerned = _concerned(person, actor.today)
    with change(actor, reason, system=True, also=concerned - {SYSTEM_CHAIN}):
        if _concerned(person, actor.today) - concerned:
            text = _("%(name)s was given duties elsewhere in this moment: try again", name=person.name)
            raise Refused([Obstacle(text)])
        open_in = {r.organisation_id for r in open_records(person)}
        if obstacles := _against_leaving(actor, person, concerned, open_in - set(successors)):
            raise Refused(obstacles)
        for organisation in Organisation.select().where(Organisation.id.in_(open_in)):
            here = replace(actor, organisation_id=organisation.id, slug=organisation.slug)
            to_whom = _successor(here, person, successors[organisation.id], f"#to_{organisation.id}")
            _give(here, open_records(person, organisation.id), to_whom)
        _end_roles(person, actor.today)
        row = Person.get_by_id(person.id)
        row.active = False
        end_sessions(row)
        row.save(tag="person.deactivate")


def _concerned(person: Person, today: date) -> set[int]:
    """Organisations with an open record, a role or an absence of the person; 0: the installation."""
    return {r.organisation_id for r in open_records(person)} | _assigned_in(person, today)


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
    if not Person.get_by_id(person.id).active:
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
            Obstacle(
                _("name who takes over the open records in %(name)s", name=organisation.name),
                f"#to_{organisation.id}",
            )
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
