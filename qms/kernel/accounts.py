"""An account in its life: invited, its password set, given roles, absent. See also `leaving`.

Every change goes through `change()` with its trail; mail is put into the outbox in the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from qms.kernel import jobs
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.organisations import INSTALLATION, Organisation, Unit, require_administration
from qms.kernel.people import (
    PEOPLE,
    Assignment,
    Deputy,
    Person,
    add_person,
    assign,
    require_language,
    working_in,
)
from qms.kernel.permissions import Actor, Role
from qms.kernel.text import Message, _, language
from qms.kernel.trail import SYSTEM_CHAIN, change, digest

MIN_PASSWORD = 12  # characters; there is no rule of composition
MAX_PASSWORD = 256  # characters; longer ones only cost time to hash
INVITED_FOR = timedelta(days=7)  # how long the link of an invitation holds
RESET_FOR = timedelta(hours=2)  # how long the link for a forgotten password holds


# ---------------------------------------------------------------- passwords


def bad_password(password: str, email: str = "") -> Message | None:
    """What is wrong with a new password, or None: long enough, and not the e-mail or its name."""
    if len(password) < MIN_PASSWORD:
        return _("the password needs at least %(n)s characters", n=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        return _("the password may have at most %(n)s characters", n=MAX_PASSWORD)
    if email and password.strip().lower() == email.lower():
        return _("the password must not be the e-mail address")
    if len(set(password)) < 4:
        return _("the password must not be one character over and over")
    return None


def save_credentials(person: Person) -> None:
    """Save an account whose password or second factor changed, end its other sessions, and tell it by mail.

    Within the change under way.
    """
    before = Person.get_by_id(person.id)
    if before.password != person.password:
        person.feed = None
        if before.fs_uniquifier == person.fs_uniquifier:
            end_sessions(person)
        person.save(tag="person.password")
        if before.password is not None:
            _tell(
                person,
                _("Your password was changed"),
                _("The password of your account was changed just now."),
            )
        return
    if before.tf_totp_secret != person.tf_totp_secret:
        person.save(tag="person.second_factor")
        told = _("Signing in to your account now asks for a one-time code as well.")
        if person.tf_totp_secret is None:
            told = _("Signing in to your account no longer asks for a one-time code.")
        _tell(person, _("The second factor of your account was changed"), told)
        return
    person.save(tag="person.sign_in")


def end_sessions(person: Person) -> None:
    """Renew what sessions and links name the account by, and end its calendar address; the caller saves."""
    person.fs_uniquifier, person.feed = uuid.uuid4().hex, None


def _tell(person: Person, subject: Message, text: Message) -> None:
    """A mail about the own account: sent whatever the mail switch says."""
    warning = _("If it was not you, set a new password at once and tell your administrator.")
    _post("account", person, subject, lambda: [str(text), str(warning)])


def _post(
    kind: str,
    person: Person,
    subject: Message,
    paragraphs: Callable[[], list[str]],
    *,
    good_for: timedelta | None = None,
) -> None:
    """Put a mail into the outbox in the person's language; `good_for` is how long a link in it holds."""
    with language(person.locale):
        greeting = str(_("Dear %(name)s,", name=person.name))
        body = "\n\n".join([greeting, *paragraphs()]) + "\n"
        key = f"{kind}:{person.id}:{uuid.uuid4().hex}"
        jobs.post(key, person.email, str(subject), body, good_for=good_for)


def post_reset(person: Person, link: str) -> None:
    """Put the mail with the link to a new password into the outbox; within the change under way."""
    hours = int(RESET_FOR.total_seconds() // 3600)
    _post(
        "reset", person, _("Setting a new password"),
        lambda: [
            str(_("Somebody, we hope you, asked to set a new password for your account. Open this link:")),
            link,
            str(_("It holds for %(n)s hours and works once. If you did not ask, do nothing.", n=hours)),
        ],
        good_for=RESET_FOR,
    )  # fmt: skip


def invite(actor: Actor, person: Person, *, link: str) -> None:
    """Mail a person the one-time link to set the first password.

    Raises Forbidden, or Refused when the account is not active or has a password already.
    """
    require_administration(actor, INSTALLATION if actor.organisation_id is None else PEOPLE)
    with change(actor, system=True) as under_way:
        person = Person.get_by_id(person.id)
        if not person.active:
            raise Refused([_("the account %(email)s is not active", email=person.email)])
        if person.password is not None:
            raise Refused(
                [_("%(name)s has a password already and can set a new one at sign-in", name=person.name)]
            )
        _post(
            "invite", person, _("Your account for the quality management system"),
            lambda: [
                str(_("An account was opened for you. Open this link to set your password:")),
                link,
                str(_("It holds for %(n)s days and works once.", n=INVITED_FOR.days)),
                str(_("Afterwards you sign in with the e-mail address %(email)s.", email=person.email)),
            ],
            good_for=INVITED_FOR,
        )  # fmt: skip
        under_way.append(
            "person.invite",
            person.subject(),
            what=person.what(),
            chain=SYSTEM_CHAIN,
            digest=digest(person.state()),
        )


@dataclass(frozen=True)
class NewRole:
    """A role to be given: which, from when to when, in which unit."""

    role: Role
    valid_from: date
    valid_to: date | None = None
    unit: Unit | None = None


def take_in(
    actor: Actor, email: str, name: str, given: NewRole, *, link: Callable[[Person], str], locale: str = "vi"
) -> Person:
    """Give somebody a role in the actor's organisation, and an account and invitation where there is none.

    An actor of no organisation gives a role in the installation. An account that exists keeps its
    name and is told of the role. Raises Forbidden, or Refused for what `add_person` and `assign`
    refuse and for an account that was deactivated.
    """
    installation = actor.organisation_id is None
    require_administration(actor, INSTALLATION if installation else PEOPLE)
    with change(actor, system=True):
        person = Person.get_or_none(Person.email == email.strip().lower())
        if person is not None and not person.active:
            raise Refused([_("that account was deactivated: an administrator can open it again")])
        known = person is not None
        person = person or add_person(actor, email, name, locale=locale)
        assign(
            actor, person, given.role, valid_from=given.valid_from, valid_to=given.valid_to, unit=given.unit,
            installation=installation,
        )  # fmt: skip
        if person.password is None:
            invite(actor, person, link=link(person))
        elif known:
            _tell_of_role(person, "" if installation else Organisation.get_by_id(actor.organisation_id).name)
    return person


def _tell_of_role(person: Person, organisation: str) -> None:
    text = _("You were given a role in the quality management system of %(name)s.", name=organisation)
    if not organisation:
        text = _("You were given a role in the whole installation of the quality management system.")
    _post("role", person, _("A new role in the quality management system"), lambda: [str(text)])


def reactivate(actor: Actor, person: Person, *, link: Callable[[Person], str]) -> None:
    """Open a deactivated account again, without password or second factor, and invite.

    Raises Forbidden, or Refused when it is active.
    """
    require_administration(actor, INSTALLATION)
    with change(actor, system=True):
        row = Person.get_by_id(person.id)
        if row.active:
            raise Refused([_("the account %(email)s is active", email=row.email)])
        row.active, row.password = True, None
        _without_second_factor(row)
        row.save(tag="person.reactivate")
        invite(actor, row, link=link(row))


def remove_second_factor(actor: Actor, person: Person) -> None:
    """Take a lost second factor away, tell the person, end the sessions; raises Forbidden."""
    require_administration(actor, INSTALLATION)
    with change(actor, system=True):
        row = Person.get_by_id(person.id)
        _without_second_factor(row)
        end_sessions(row)
        save_credentials(row)


def sign_out(actor: Actor, person: Person) -> None:
    """End every session of an account that stays, and its calendar address; raises Forbidden."""
    require_administration(actor, INSTALLATION)
    with change(actor, system=True):
        row = Person.get_by_id(person.id)
        end_sessions(row)
        row.save(tag="person.sign_out")


def _without_second_factor(person: Person) -> None:
    person.tf_primary_method = person.tf_totp_secret = person.mf_recovery_codes = None


# ---------------------------------------------------------------- one's own account


def edit_own(actor: Actor, *, name: str, locale: str, wants_mail: bool) -> None:
    """The person changes the own name, language and mail switch.

    Raises Refused without a name, or in a language that there is not.
    """
    if not name.strip():
        raise Refused([Obstacle(_("the account needs a name"), "#name")])
    require_language(locale)
    with change(actor, system=True):
        row = Person.get_by_id(actor.person_id)
        row.name, row.locale, row.wants_mail = name.strip(), locale, wants_mail
        row.save(tag="person.edit")


# ---------------------------------------------------------------- roles and absence


def end_assignment(actor: Actor, assignment_id: int, *, last_day: date) -> None:
    """End a role in the actor's organisation on a last day; raises Forbidden, NotFound, Refused."""
    require_administration(actor, PEOPLE)
    with change(actor):
        found = Assignment.get_or_none(
            Assignment.id == assignment_id, Assignment.organisation == actor.organisation_id
        )
        if found is None:
            raise NotFound(str(assignment_id))
        if last_day < found.valid_from:
            raise Refused([Obstacle(_("the last day is before the first"), "#last_day")])
        found.valid_to = last_day
        found.save(tag="assignment.end")


def set_deputy(actor: Actor, person: Person, deputy: Person, *, valid_from: date, valid_to: date) -> Deputy:
    """Name who acts for a person of the organisation while that person is away.

    One may name one's own deputy; for others it takes the right to manage people. Raises Forbidden,
    or Refused when the dates are reversed or past, or one of the two does not work here.
    """
    if person.id != actor.person_id:
        require_administration(actor, PEOPLE)
    with change(actor):
        if obstacles := _against_deputy(actor, person, deputy, valid_from, valid_to):
            raise Refused(obstacles)
        made = Deputy(
            organisation=actor.organisation_id, person=person.id, deputy=deputy.id,
            valid_from=valid_from, valid_to=valid_to,
        )  # fmt: skip
        made.save(tag="deputy.add")
    return made


def _against_deputy(actor: Actor, person: Person, deputy: Person, first: date, last: date) -> list[Obstacle]:
    here = {p.id for p in working_in(actor.organisation_id or 0, actor.today)}
    obstacles = []
    if last < first:
        obstacles.append(Obstacle(_("the last day is before the first"), "#valid_to"))
    elif last < actor.today:
        obstacles.append(Obstacle(_("the last day is already past"), "#valid_to"))
    if person.id == deputy.id:
        obstacles.append(Obstacle(_("nobody is their own deputy"), "#deputy"))
    elif not {person.id, deputy.id} <= here:
        obstacles.append(Obstacle(_("both must have a role in this organisation today"), "#deputy"))
    return obstacles


def end_deputy(actor: Actor, deputy_id: int) -> None:
    """The absence is over: nobody acts for the person from today on; raises Forbidden, NotFound."""
    with change(actor):
        found = Deputy.get_or_none(Deputy.id == deputy_id, Deputy.organisation == actor.organisation_id)
        if found is None:
            raise NotFound(str(deputy_id))
        if found.person_id != actor.person_id:
            require_administration(actor, PEOPLE)
        found.valid_to = actor.today - timedelta(days=1)  # one that had not begun never will
        found.save(tag="deputy.end")
