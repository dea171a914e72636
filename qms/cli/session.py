"""What a command runs in: its settings, the product set up for them, and who acts."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from qms import config, marker, runtime
from qms.cli import tell
from qms.config import NO_ADDRESS, BadSetting, Config
from qms.kernel import clock, db
from qms.kernel.errors import NotFound, Refused
from qms.kernel.organisations import Organisation
from qms.kernel.people import Assignment, Person, installation_actor, operator_actor, system_actor, valid_on
from qms.kernel.permissions import Actor, Role
from qms.kernel.text import _


def environment(options: Namespace, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings of the environment, with what the options say."""
    found = {name: value for name, value in environ.items() if name.startswith("QMS_") and value}
    if options.today is not None:
        found["QMS_TODAY"] = options.today.isoformat()
    return found


def data_dir(environ: Mapping[str, str]) -> Path:
    """The data folder that the environment names."""
    return Path(environ.get("QMS_DATA_DIR") or "var").absolute()


def settings(options: Namespace) -> Config:
    """The settings of this command: production's, or those of the demonstration that the folder holds.

    Raises BadSetting.
    """
    found = environment(options)
    folder = data_dir(found)
    mark = marker.read(folder)
    if mark is None or not marker.applies(mark, found):
        return config.load(found)
    whole = mark.settings() | found
    tell(_("%(folder)s holds a demonstration; it plays on %(day)s", folder=folder, day=whole["QMS_TODAY"]))
    return config.load(whole, demonstration=True)


@contextmanager
def opened(options: Namespace) -> Iterator[Config]:
    """The product set up and its database connected, for a command on an installation that is ready.

    Raises BadSetting, or Refused when there is no database yet or it is not of this program's version.
    """
    with opened_with(settings(options)) as found:
        yield found


@contextmanager
def opened_with(found: Config) -> Iterator[Config]:
    """As `opened`, for settings that are known."""
    runtime.configure(found)
    require_database(found)
    try:
        with db.connected():
            refuse_newer()
            if db.pending():
                raise Refused([_("the database is older than the program: run qms migrate")])
            yield found
    finally:
        runtime.release()


def require_database(found: Config) -> None:
    """Raise Refused when the embedded database does not exist, instead of making an empty one."""
    path = sqlite_path(found)
    if path is not None and not path.exists():
        raise Refused([_("there is no database at %(path)s: run qms init (or qms demo)", path=path)])


def refuse_newer() -> None:
    """Raise Refused when a newer program has migrated the database: this one would misread it."""
    if found := db.unknown():
        raise Refused(
            [_("the database is newer than the program (%(names)s): install the newer program",
               names=", ".join(found))]
        )  # fmt: skip


def require_address(found: Config) -> None:
    """Raise BadSetting when nobody said under which address a link in a mail leads here.

    A demonstration is served on this machine, at the address it prints.
    """
    if not found.base_url and not found.demonstration:
        raise BadSetting(NO_ADDRESS)


def sqlite_path(found: Config) -> Path | None:
    """The file of the embedded database; None on PostgreSQL."""
    if not found.database_url.startswith("sqlite:///"):
        return None
    return Path(found.database_url.removeprefix("sqlite:///"))


# ---------------------------------------------------------------- who acts


def organisation(slug: str) -> Organisation:
    """The organisation of that slug; raises NotFound."""
    return Organisation.by_slug(slug)


def acting(options: Namespace, within: Organisation, rights: frozenset[str] | None = None) -> Actor:
    """Who acts in an organisation: the person named with `--as`, else the system with its few rights."""
    if options.acting_as:
        return operator_actor(options.acting_as, within, clock.today())
    if rights is None:
        return system_actor(within, clock.today())
    return system_actor(within, clock.today(), rights=rights)


def administrator(options: Namespace) -> Actor:
    """Who acts for the installation: an administrator named with `--as`.

    While there is no administrator yet, the operator may begin without one. Raises Refused.
    """
    today = clock.today()
    if options.acting_as:
        person = Person.get_or_none(Person.email == options.acting_as.strip().lower(), Person.active)
        actor = installation_actor(person, today, via="cli") if person else None
        if actor is None or Role.ADMIN not in actor.roles:
            raise Refused(
                [_("%(email)s is not an administrator of this installation", email=options.acting_as)]
            )
        return actor
    if has_administrator():
        raise Refused([_("name the administrator who does this with --as EMAIL")])
    return system_actor(None, today)


def has_administrator() -> bool:
    """Whether anybody active administers the installation today."""
    query = Assignment.select().join(Person, on=(Assignment.person == Person.id))
    return query.where(
        Assignment.organisation.is_null(),
        Assignment.role == Role.ADMIN,
        valid_on(Assignment, clock.today()),
        Person.active,
    ).exists()


def person(email: str) -> Person:
    """The account of that e-mail; raises NotFound."""
    found = Person.get_or_none(Person.email == email.strip().lower())
    if found is None:
        raise NotFound(email)
    return found
