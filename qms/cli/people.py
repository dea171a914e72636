"""`org add`, `user add`, `user invite`, `user deactivate`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from qms.cli import DONE, say
from qms.cli.session import (
    acting,
    administrator,
    opened,
    opened_with,
    organisation,
    person,
    require_address,
    settings,
)
from qms.config import Config
from qms.kernel import accounts, clock
from qms.kernel.accounts import NewRole
from qms.kernel.errors import BadInput, NotFound, Refused
from qms.kernel.leaving import deactivate, open_records
from qms.kernel.organisations import Organisation, Unit, add_organisation
from qms.kernel.people import Person, add_person, assign, working_in
from qms.kernel.permissions import ROLE_LABELS, Actor, Role
from qms.kernel.text import _
from qms.kernel.trail import change

INSTALLATION_ROLES = frozenset({Role.ADMIN, Role.OVERSEER})
DEMO_URL = "http://127.0.0.1:8000"  # where qms demo listens first
Linker = Callable[[Person], str]


def org_add(options: Namespace) -> int:
    """Add an organisation."""
    with opened(options):
        made = add_organisation(administrator(options), options.slug, options.name)
        say(_("The organisation %(name)s is at /%(slug)s/.", name=made.name, slug=made.slug))
    return DONE


# ---------------------------------------------------------------- taking in


def user_add(options: Namespace) -> int:
    """Give a person a role, with an account where there is none; no mail is sent."""
    with opened(options):
        if options.org:
            _add_to(_administering(options), options)
        else:
            _add_to_installation(
                administrator(options), options.email, options.name, _installation_role(options)
            )
        _say_role(options)
    return DONE


def user_invite(options: Namespace) -> int:
    """As `user add`, and mail the link to set a password; without a role, mail the link again."""
    config = settings(options)
    with opened_with(config):
        require_address(config)
    link = linker(config)
    with opened_with(config):
        if options.role is None:
            _invite_again(options, link)
        elif options.org:
            actor = _administering(options)
            accounts.take_in(actor, options.email, options.name, _given(actor, options), link=link)
        else:
            invite_to_installation(
                administrator(options), options.email, options.name, _installation_role(options), link=link
            )
        if options.role is not None:
            _say_role(options)
        say_where_mail_goes(config, options.email, link)
    return DONE


def invite_to_installation(actor: Actor, email: str, name: str, role: Role, *, link: Linker) -> None:
    """Give somebody a role in the installation and mail the link to set a password."""
    with change(actor, system=True):
        added = _add_to_installation(actor, email, name, role)
        if added.password is None:
            accounts.invite(actor, added, link=link(added))


def say_where_mail_goes(config: Config, email: str, link: Linker) -> None:
    """Say whether the invitation leaves the outbox; without a mail server the link has to be handed over."""
    if config.smtp_url:
        say(_("The invitation to %(email)s is in the outbox.", email=email))
        return
    say(_("QMS_SMTP_URL is not set: hand over this link, which works once:"))
    say(link(person(email)))


def linker(config: Config) -> Linker:
    """What makes the one-time link with which a person sets a password.

    Sets up the application, so it is called before the database is connected.
    """
    from flask import url_for
    from flask_security.recoverable import generate_reset_password_token

    from qms.app import create_app
    from qms.web.auth import User

    app = create_app(config)

    def link(one: Person) -> str:
        with app.test_request_context(base_url=config.base_url or DEMO_URL):
            token = generate_reset_password_token(User.get_by_id(one.id))
            return url_for("security.reset_password", token=token, _external=True)

    return link


def _invite_again(options: Namespace, link: Linker) -> None:
    actor = _administering(options) if options.org else administrator(options)
    known = _known(options, actor)
    accounts.invite(actor, known, link=link(known))


def _known(options: Namespace, actor: Actor) -> Person:
    """The person, if the actor may know of the account; an organisation knows only its own people."""
    known = person(options.email)
    if actor.organisation_id is None or known in working_in(actor.organisation_id, actor.today, Role):
        return known
    raise NotFound(options.email)


def _administering(options: Namespace) -> Actor:
    """Who gives roles in the organisation: the person named with `--as`.

    The operator may, while the installation has no administrator. Raises Refused.
    """
    within = organisation(options.org)
    if not options.acting_as:
        administrator(options)  # refuses when there is an administrator who could be named
    return acting(options, within)


def _given(actor: Actor, options: Namespace) -> NewRole:
    return NewRole(
        Role(options.role), actor.today, options.until, _unit(actor.organisation_id or 0, options.unit)
    )


def _unit(organisation_id: int, code: str | None) -> Unit | None:
    if not code:
        return None
    found = Unit.get_or_none(Unit.organisation == organisation_id, Unit.code == code)
    if found is None:
        raise NotFound(code)
    return found


def _add_to(actor: Actor, options: Namespace) -> Person:
    given = _given(actor, options)
    with change(actor, system=True):
        found = _account(actor, options.email, options.name)
        assign(
            actor, found, given.role, valid_from=given.valid_from, valid_to=given.valid_to, unit=given.unit
        )
    return found


def _add_to_installation(actor: Actor, email: str, name: str, role: Role) -> Person:
    with change(actor, system=True):
        found = _account(actor, email, name)
        assign(actor, found, role, valid_from=clock.today(), installation=True)
    return found


def _account(actor: Actor, email: str, name: str) -> Person:
    """The account of that e-mail, made where there is none; raises Refused when it was deactivated."""
    found = Person.get_or_none(Person.email == email.strip().lower())
    if found is None:
        return add_person(actor, email, name)
    if not found.active:
        raise Refused([_("the account %(email)s is not active", email=found.email)])
    return found


def _installation_role(options: Namespace) -> Role:
    role = Role(options.role)
    if role not in INSTALLATION_ROLES:
        names = ", ".join(sorted(INSTALLATION_ROLES))
        raise BadInput(
            _("name the organisation with --org: without one a role is one of %(names)s", names=names)
        )
    return role


def _say_role(options: Namespace) -> None:
    where = options.org or _("the whole installation")
    role = ROLE_LABELS[Role(options.role)]
    say(_("%(email)s: %(role)s (%(where)s)", email=options.email, role=role, where=where))


# ---------------------------------------------------------------- leaving


def user_deactivate(options: Namespace) -> int:
    """End a person's access everywhere; open records go to the person named with `--to`."""
    with opened(options):
        actor = _administering(options) if options.org else administrator(options)
        leaving = _known(options, actor)
        successors = {}
        if options.to:
            to = person(options.to)
            successors = {o.id: to for o in Organisation.select() if open_records(leaving, o.id)}
        deactivate(actor, leaving, to=successors)
        say(_("%(email)s has no access any more.", email=leaving.email))
    return DONE
