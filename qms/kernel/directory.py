"""Whom and which unit a file means: by e-mail or name, with marks or without."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from qms.kernel.organisations import Unit
from qms.kernel.people import Assignment, Person, names_of_workers
from qms.kernel.permissions import INSIDE, Actor, Role
from qms.kernel.text import Message, _, fold

_EMAIL = re.compile(r"[^\s<>(),;]+@[^\s<>(),;]+")
_ADDRESS = re.compile(r"^(?:ong|ba|dong chi|d/c|mr|mrs|ms)\.? ")  # how a name may be introduced, folded
_SUGGESTED = 3


@dataclass(frozen=True)
class Found:
    """Who or which unit is meant; `id` is None where that cannot be told, `why` says why."""

    id: int | None = None
    name: str = ""
    why: Message | None = None


NOBODY = Found()


@dataclass(frozen=True)
class _Known:
    """Somebody who works in the organisation, or did (`left`)."""

    id: int
    name: str
    email: str
    left: bool

    @property
    def shown(self) -> str:
        """How the person is offered as the one who may be meant."""
        return f"{self.name} ({self.email})"


class Directory:
    """The people and units of the actor's organisation, each looked up once however often they are named."""

    def __init__(self, actor: Actor) -> None:
        organisation = actor.organisation_id or 0
        here = {key for key, _name in names_of_workers(organisation, actor.today)}
        rows = Person.select(Person.id, Person.name, Person.email).join(Assignment)
        rows = rows.where(Assignment.organisation == organisation, Assignment.role.in_(sorted(INSIDE)))
        self._people = [
            _Known(key, name, email, key not in here) for key, name, email in rows.distinct().tuples()
        ]
        self._by_email = {one.email: one for one in self._people}
        self._by_name: dict[str, list[_Known]] = defaultdict(list)
        self._by_given: dict[str, list[_Known]] = defaultdict(list)
        for one in self._people:
            self._by_name[fold(one.name)].append(one)
            self._by_given[fold(one.name).rpartition(" ")[2]].append(one)
        self._held: dict[int | None, list[tuple[str, date, date | None]]] = defaultdict(list)
        held = Assignment.select(
            Assignment.person, Assignment.role, Assignment.valid_from, Assignment.valid_to
        ).where(Assignment.organisation == organisation)
        for key, *role in held.tuples():
            self._held[key].append(tuple(role))
        self._told: dict[tuple[str, bool], Found] = {}
        units = Unit.select(Unit.id, Unit.name, Unit.code).where(Unit.organisation == organisation)
        self._units: dict[str, Found] = {}
        for key, name, code in units.order_by(Unit.valid_from).tuples():  # of two with a name the later one
            self._units |= {fold(name): Found(key, name), fold(code): Found(key, name)}

    def unit(self, name: str) -> Found:
        """The unit of that code or name, also one that exists no more."""
        text = _("there is no unit called “%(name)s”", name=name[:60])
        return self._units.get(fold(name)) or Found(why=text)

    def held(self, person_id: int | None, roles: Collection[Role], days: Iterable[date]) -> bool:
        """Whether the person held one of the roles on one of the days."""
        return any(
            role in roles and first <= day and (last is None or day <= last)
            for role, first, last in self._held.get(person_id, ())
            for day in days
        )

    def person(self, name: str, *, past: bool) -> Found:
        """Who is meant; with `past` also somebody who has left, as a case that is closed may name."""
        asked = (name, past)
        if asked not in self._told:
            self._told[asked] = self._find(name, past=past)
        return self._told[asked]

    def _find(self, name: str, *, past: bool) -> Found:
        email = _EMAIL.search(name)
        if email is not None:
            one = self._by_email.get(email[0].lower())
            meant = [] if one is None else [one]
        else:
            meant = self._called(name)
        here = [one for one in meant if past or not one.left]
        if len(here) == 1:
            return Found(here[0].id, here[0].name)
        return Found(why=_why_not(name, here or meant, self._alike(name)))

    def _called(self, name: str) -> list[_Known]:
        """Those of that name: with its very marks where there are any, else whatever the marks."""
        folded = _ADDRESS.sub("", fold(name))
        alike = self._by_name.get(folded, [])
        exact = [one for one in alike if name.casefold().endswith(one.name.casefold())]
        return exact or alike

    def _alike(self, name: str) -> list[_Known]:
        """Those who work here and share the given name, the likest first."""
        words = set(fold(name).split())
        given = self._by_given.get(fold(name).rpartition(" ")[2], [])
        likest = sorted(given, key=lambda one: -len(words & set(fold(one.name).split())))
        return [one for one in likest if not one.left][:_SUGGESTED]


def _why_not(name: str, meant: list[_Known], alike: list[_Known]) -> Message:
    """Why it cannot be told who is meant: several are, the only one has left, or nobody is called so."""
    shown = name[:60]
    if len(meant) > 1:
        return _(
            "“%(name)s” may be %(people)s: write the e-mail address instead",
            name=shown,
            people=_listed(meant),
        )
    if meant:
        return _("“%(name)s” does not work in this organisation any more: name somebody else", name=shown)
    if alike:
        return _(
            "nobody called “%(name)s” works in this organisation; perhaps %(people)s?",
            name=shown, people=_listed(alike),
        )  # fmt: skip
    return _("nobody called “%(name)s” works in this organisation", name=shown)


def _listed(people: Iterable[_Known]) -> str:
    return ", ".join(one.shown for one in people)
