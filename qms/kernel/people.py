"""People, their dated assignments and deputies; who somebody is in an organisation today."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from peewee import SQL, BooleanField, CharField, DateField, DateTimeField, ForeignKeyField, TextField, fn

from qms.kernel import clock
from qms.kernel.db import BaseModel
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.organisations import INSTALLATION, Organisation, Unit, require_administration, with_subunits
from qms.kernel.permissions import INSIDE, Actor, Permission, Role
from qms.kernel.prepared import Prepared
from qms.kernel.text import LANGUAGES, _
from qms.kernel.trail import Traced, change

PEOPLE = Permission(
    "organisation.people",
    _("invite people, give and end roles, name deputies, hand over open records"),
    frozenset({Role.COORDINATOR, Role.ADMIN}),
)

ABSENCE = Permission("organisation.absence", _("name one's own deputy for an absence"), INSIDE)


class Person(Traced):
    """An account. People are called by what they are; no personal data beyond name and e-mail."""

    email = CharField(max_length=254, unique=True)  # stored in lower case
    name = CharField(max_length=120)
    password = CharField(max_length=255, null=True)
    active = BooleanField(default=True)
    locale = CharField(max_length=2, default="vi")
    wants_mail = BooleanField(default=True)
    fs_uniquifier = CharField(max_length=64, unique=True)
    tf_primary_method = CharField(max_length=32, null=True)
    tf_totp_secret = CharField(max_length=255, null=True)
    mf_recovery_codes = TextField(null=True)
    created_at = DateTimeField()
    feed = CharField(max_length=64, null=True, unique=True)  # sha256 of the secret in the calendar's address

    secret = frozenset({"password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes", "feed"})
    system_chain = True
    labels = {
        "email": _("e-mail"), "name": _("name"), "active": _("active"), "password": _("password"),
        "locale": _("language"), "wants_mail": _("mail"), "tf_primary_method": _("second factor"),
        "feed": _("calendar address"),
    }  # fmt: skip

    def what(self) -> str:
        return str(self.email)


class Assignment(Traced):
    """A role of a person in an organisation (None: the installation), from a day to a last day."""

    person = ForeignKeyField(Person, backref="assignments")
    organisation = ForeignKeyField(Organisation, null=True, backref="+")
    unit = ForeignKeyField(Unit, null=True, backref="+")
    role = CharField(max_length=20)
    valid_from = DateField()
    valid_to = DateField(null=True)

    class Meta:
        indexes = ((("organisation", "role"), False),)

    def what(self) -> str:
        return f"{self.person.name}: {self.role}"


class Deputy(Traced):
    """Somebody who acts for a person in an organisation from a day to a last day (absence)."""

    organisation = ForeignKeyField(Organisation, backref="+")
    person = ForeignKeyField(Person, backref="+")
    deputy = ForeignKeyField(Person, backref="+")
    valid_from = DateField()
    valid_to = DateField()

    def what(self) -> str:
        return f"{self.person.name} → {self.deputy.name}"


class SignInAttempt(BaseModel):
    """An attempt to sign in, kept to throttle by account and by address; no password is kept."""

    account = CharField(max_length=64, index=True)  # sha256 of the account's name: it need not exist
    address = CharField(max_length=45, index=True)
    at = DateTimeField(index=True)
    succeeded = BooleanField()

    class Meta:
        table_name = "sign_in_attempt"


def valid_on(model: type[Assignment] | type[Deputy], day: Any) -> Any:
    """The condition that a dated row of `model` is valid on `day`."""
    return (model.valid_from <= day) & (model.valid_to.is_null() | (model.valid_to >= day))


def actor_for(person: Person, organisation: Organisation, today: date, *, via: str = "web") -> Actor:
    """Who `person` is in `organisation` today; without any assignment the roles are empty."""
    rows = _STANDING.rows(person.id, organisation.id, today)
    held = [(role, unit) for role, unit in rows if role]
    headed = {unit for role, unit in held if role == Role.UNIT_HEAD and unit is not None}
    return Actor(
        person_id=person.id,
        name=person.name,
        organisation_id=organisation.id,
        slug=organisation.slug,
        today=today,
        roles=frozenset(Role(role) for role, _unit in held),
        units=with_subunits(organisation.id, headed),
        unit_id=next((unit for _role, unit in held if unit is not None), None),
        acts_for=frozenset(absent for role, absent in rows if not role),
        via=via,
    )


def _standing(person: Any, organisation: Any, day: Any) -> Any:
    """(role, its unit) of every assignment, then ("", person) of everybody who is deputised for."""
    held = Assignment.select(Assignment.role, Assignment.unit).where(
        Assignment.person == person,
        (Assignment.organisation == organisation) | Assignment.organisation.is_null(),
        valid_on(Assignment, day),
    )
    absent = Deputy.select(SQL("''"), Deputy.person).where(
        Deputy.organisation == organisation, Deputy.deputy == person, valid_on(Deputy, day)
    )
    return (held + absent).tuples()


_STANDING = Prepared(_standing)


SYSTEM_RIGHTS = frozenset({"statements.import", "kpis.measure", "nonconformities.import", "cases.import"})


def system_actor(
    organisation: Organisation | None, today: date, *, rights: frozenset[str] = SYSTEM_RIGHTS
) -> Actor:
    """The system itself: may only import, remind, work, migrate, back up and restore."""
    return Actor(
        person_id=None,
        name="system",
        organisation_id=organisation.id if organisation else None,
        slug=organisation.slug if organisation else "",
        today=today,
        via="system",
        system_rights=rights,
    )


def operator_actor(email: str, organisation: Organisation, today: date) -> Actor:
    """The person that the operator names with `--as`, acting by the operator; raises Refused."""
    person = Person.get_or_none(Person.email == email.strip().lower(), Person.active)
    actor = actor_for(person, organisation, today, via="cli") if person else None
    if actor is None or not actor.roles:
        raise Refused(
            [_("nobody called %(email)s works in %(slug)s today", email=email, slug=organisation.slug)]
        )
    return actor


def require_language(name: str) -> None:
    """Raise Refused unless the product speaks that language."""
    if name not in LANGUAGES:
        raise Refused([Obstacle(_("there is no language called %(name)s", name=name), "#locale")])


def add_person(
    actor: Actor, email: str, name: str, *, password_hash: str | None = None, locale: str = "vi"
) -> Person:
    """A new account, without a password until it is invited.

    Raises Forbidden, or Refused when the e-mail is no address or taken, or there is no such language.
    """
    require_administration(actor, PEOPLE if actor.organisation_id is not None else INSTALLATION)
    email = email.strip().lower()
    if "@" not in email or any(c.isspace() for c in email) or len(email) > 254:
        raise Refused([Obstacle(_("“%(email)s” is not an e-mail address", email=email), "#email")])
    require_language(locale)
    with change(actor, system=True):
        if Person.get_or_none(Person.email == email):
            raise Refused([Obstacle(_("there is already an account for %(email)s", email=email), "#email")])
        person = Person(
            email=email,
            name=name.strip() or email,
            password=password_hash,
            locale=locale,
            fs_uniquifier=uuid.uuid4().hex,
            created_at=clock.now(),
        )
        person.save(tag="person.add")
    return person


def assign(
    actor: Actor,
    person: Person,
    role: Role,
    *,
    valid_from: date,
    unit: Unit | None = None,
    valid_to: date | None = None,
    installation: bool = False,
) -> Assignment:
    """Give a person a role in the actor's organisation (or the installation) from a day on.

    Raises Forbidden, or Refused when it is the actor's own role, the account is deactivated, the dates are
    reversed, an inspector's account has no end, a unit head has no unit, or the unit is another organisation's.
    """
    require_administration(actor, INSTALLATION if installation else PEOPLE)
    within = None if installation else actor.organisation_id
    with change(actor, system=True):  # the system's lock too: nobody leaves while a role is given
        obstacles = _against_role(actor, Person.get_by_id(person.id), role, unit, valid_from, valid_to)
        if _holds(person, within, role, unit, valid_from, valid_to):
            text = _("%(name)s holds this role already in these days: end it first", name=person.name)
            obstacles.append(Obstacle(text, "#role"))
        if obstacles:
            raise Refused(obstacles)
        assignment = Assignment(
            person=person,
            organisation=within,
            unit=unit,
            role=role,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        assignment.save(tag="assignment.add")
    return assignment


def _against_role(
    actor: Actor, person: Person, role: Role, unit: Unit | None, first: date, last: date | None
) -> list[Obstacle]:
    """What stands in the way of giving that role, whatever others there are."""
    obstacles = []
    if not person.active:
        obstacles.append(Obstacle(_("the account of %(name)s is deactivated", name=person.name)))
    if person.id == actor.person_id:
        obstacles.append(Obstacle(_("nobody gives a role to themselves: ask another administrator")))
    if role is Role.UNIT_HEAD and unit is None:
        obstacles.append(Obstacle(_("a unit head needs a unit"), "#unit"))
    if last is not None and last < first:
        obstacles.append(Obstacle(_("the last day is before the first"), "#valid_to"))
    if role is Role.INSPECTOR and last is None:
        obstacles.append(Obstacle(_("an inspector's account needs an end date"), "#valid_to"))
    if unit is not None and unit.organisation_id != actor.organisation_id:
        obstacles.append(Obstacle(_("that unit does not belong to this organisation"), "#unit"))
    return obstacles


def _holds(
    person: Person, within: int | None, role: Role, unit: Unit | None, first: date, last: date | None
) -> bool:
    """Whether the same role is held in these days: a twin would outlive the end of the one on the page."""
    query = Assignment.select().where(
        Assignment.person == person,
        Assignment.organisation.is_null() if within is None else Assignment.organisation == within,
        Assignment.unit.is_null() if unit is None else Assignment.unit == unit.id,
        Assignment.role == role,
        Assignment.valid_to.is_null() | (Assignment.valid_to >= first),
    )
    if last is not None:
        query = query.where(Assignment.valid_from <= last)
    return query.exists()


def works_on(day: Any, roles: Iterable[Role] = INSIDE, *, held: Any = Assignment, who: Any = Person) -> Any:
    """The condition that an active person (`who`) works on that day where an assignment of theirs (`held`) is.

    Who only reads there, such as an inspector, does not.
    """
    return held.role.in_(sorted(roles)) & who.active & valid_on(held, day)


def _workers(columns: Iterable[Any], organisation: Any, day: Any, roles: Iterable[Role] = INSIDE) -> Any:
    return (
        Person.select(*columns)
        .join(Assignment)
        .where(Assignment.organisation == organisation, works_on(day, roles))
        .distinct()
        .order_by(Person.name)
    )


def working_in(organisation_id: int, today: date, roles: Iterable[Role] = INSIDE) -> list[Person]:
    """Active people with one of the roles in the organisation today, by name; without `roles`, who works there."""
    return list(_workers((), organisation_id, today, roles))


def name_of(person_id: int | None) -> str:
    """The name of that person; empty for nobody."""
    return "" if person_id is None else _NAME.scalar(person_id) or ""


_NAME = Prepared(lambda person: Person.select(Person.name).where(Person.id == person).tuples())


def names_of_workers(organisation_id: int, today: date) -> list[tuple[int, str]]:
    """(id, name) of those whom `working_in` gives."""
    return _WORKERS.rows(organisation_id, today)


_WORKERS = Prepared(lambda organisation, day: _workers((Person.id, Person.name), organisation, day).tuples())


def installation_actor(person: Person, today: date, *, via: str = "web") -> Actor:
    """Who `person` is for the installation itself: only roles assigned to no organisation count."""
    held = (
        Assignment.select(Assignment.role)
        .where(Assignment.person == person.id, Assignment.organisation.is_null(), valid_on(Assignment, today))
        .tuples()
    )
    return Actor(
        person_id=person.id,
        name=person.name,
        organisation_id=None,
        slug="",
        today=today,
        roles=frozenset(Role(role) for (role,) in held),
        via=via,
    )


def organisations_of(person: Person, today: date) -> list[Organisation]:
    """The organisations in which the person has a role today (all, for one of the installation), by name."""
    return _ORGANISATIONS.rows(person.id, today)


def _organisations(person: Any, day: Any) -> Any:
    held = Assignment.select(Assignment.organisation).where(
        Assignment.person == person, valid_on(Assignment, day)
    )
    everywhere = Assignment.select(Assignment.id).where(
        Assignment.person == person, Assignment.organisation.is_null(), valid_on(Assignment, day)
    )
    return (
        Organisation.select()
        .where(
            Organisation.id.in_(held.where(Assignment.organisation.is_null(False))) | fn.EXISTS(everywhere)
        )
        .order_by(Organisation.name)
    )


_ORGANISATIONS = Prepared(_organisations)
