"""Organisations, their dated units and their dated settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from peewee import BooleanField, CharField, DateField, DateTimeField, ForeignKeyField, TextField, fn

from qms.kernel import clock
from qms.kernel.agency import AGENCY_SETTINGS, is_empty
from qms.kernel.db import BaseModel
from qms.kernel.errors import Forbidden, NotFound, Obstacle, Refused, Stale
from qms.kernel.permissions import Actor, Permission, Role
from qms.kernel.prepared import Prepared
from qms.kernel.text import Message, _, show_date
from qms.kernel.trail import Traced, change, last_change

RESERVED_SLUGS = frozenset(
    {
        "login",
        "logout",
        "reset",
        "static",
        "healthz",
        "account",
        "admin",
        "api",
        "bootstrap",
        "feeds",
        "language",
    }
)

SETTINGS = Permission(
    "organisation.settings",
    _("change the settings and the units of the organisation"),
    frozenset({Role.COORDINATOR, Role.ADMIN}),
)
INSTALLATION = Permission(
    "installation.administer",
    _("administer the installation: organisations, accounts, administrators"),
    frozenset({Role.ADMIN}),
)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def require_administration(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden unless the actor may administer; the system may, which sets up for nobody signed in.

    The right over the installation counts only for an actor of no organisation.
    """
    if actor.via == "system":
        return
    if permission is INSTALLATION and actor.organisation_id is not None:
        raise Forbidden(permission.name)
    actor.require(permission)


class Organisation(Traced):
    """An agency. Its slug never changes; a merger is a new name with its date."""

    slug = CharField(max_length=64, unique=True)
    name = CharField(max_length=200)
    created_at = DateTimeField()
    illustrative = BooleanField(default=False)  # a demonstration's organisation

    system_chain = True
    labels = {"name": _("name")}

    def what(self) -> str:
        return str(self.name)

    @classmethod
    def by_slug(cls, slug: str) -> Self:
        """The organisation of that slug; raises NotFound."""
        found = cls.called(slug)
        if found is None:
            raise NotFound(slug)
        return found

    @classmethod
    def called(cls, slug: str) -> Self | None:
        """The organisation of that slug, or None."""
        return _BY_SLUG.first(slug)


_BY_SLUG = Prepared(lambda slug: Organisation.select().where(Organisation.slug == slug))


class OldSlug(BaseModel):
    """A slug that redirects to the organisation that goes by another one now."""

    slug = CharField(max_length=64, primary_key=True)
    organisation = ForeignKeyField(Organisation, backref="+")

    class Meta:
        table_name = "old_slug"


class Unit(Traced):
    """A unit (phòng) in the dated tree of an organisation; valid_to is the last day, or open."""

    organisation = ForeignKeyField(Organisation, backref="+")
    code = CharField(max_length=20)
    name = CharField(max_length=200)
    parent = ForeignKeyField("self", null=True, backref="+")
    valid_from = DateField()
    valid_to = DateField(null=True)

    labels = {"name": _("name"), "code": _("code"), "valid_from": _("valid from"), "valid_to": _("valid to")}

    class Meta:
        indexes = ((("organisation", "code"), True), (("id", "organisation"), True))

    def what(self) -> str:
        return str(self.name)

    def version(self) -> int:
        """What tells whether somebody changed it since: the number of its last change."""
        return last_change(self.subject())[0]

    @classmethod
    def name_of(cls, unit_id: int | None) -> str:
        """The name of that unit; empty for none."""
        return "" if unit_id is None else _UNIT_NAME.scalar(unit_id) or ""

    @classmethod
    def names_on(cls, organisation_id: int, day: date) -> list[tuple[int, str]]:
        """(id, name) of those whom `valid_on` gives."""
        return _UNITS.rows(organisation_id, day)

    @classmethod
    def valid_on(cls, organisation_id: int, day: date) -> list[Self]:
        """The units that exist on that day, by code."""
        return list(
            cls.select()
            .where(
                cls.organisation == organisation_id,
                cls.valid_from <= day,
                cls.valid_to.is_null() | (cls.valid_to >= day),
            )
            .order_by(cls.code)
        )


_UNIT_NAME = Prepared(lambda unit: Unit.select(Unit.name).where(Unit.id == unit).tuples())
_UNITS = Prepared(
    lambda organisation, day: (
        Unit.select(Unit.id, Unit.name)
        .where(
            Unit.organisation == organisation,
            Unit.valid_from <= day,
            Unit.valid_to.is_null() | (Unit.valid_to >= day),
        )
        .order_by(Unit.code)
        .tuples()
    )
)


class Setting(Traced):
    """A dated setting of an organisation; the newest one that is valid on a day applies."""

    organisation = ForeignKeyField(Organisation, backref="+")
    key = CharField(max_length=40)
    value = TextField()  # JSON
    valid_from = DateField()

    class Meta:
        indexes = ((("organisation", "key", "valid_from"), True),)

    def what(self) -> str | Message:
        known = AGENCY_SETTINGS.get(str(self.key))
        return known.label if known is not None else str(self.key)


def settings_on(organisation_id: int, day: date) -> dict[str, Any]:
    """Key -> value of every setting valid on that day."""
    newest = (
        Setting.select(Setting.key, fn.MAX(Setting.valid_from).alias("newest"))
        .where(Setting.organisation == organisation_id, Setting.valid_from <= day)
        .group_by(Setting.key)
        .alias("n")
    )
    rows = (
        Setting.select(Setting.key, Setting.value)
        .join(newest, on=(Setting.key == newest.c.key) & (Setting.valid_from == newest.c.newest))
        .where(Setting.organisation == organisation_id)
        .tuples()
    )
    return {key: json.loads(value) for key, value in rows}


def began_on(organisation_id: int) -> date:
    """The day from which an organisation keeps its system here: it was added, or a first setting is valid."""
    added = clock.local(Organisation.get_by_id(organisation_id).created_at).date()
    first = Setting.select(fn.MIN(Setting.valid_from)).where(Setting.organisation == organisation_id).scalar()
    return min(added, first) if first else added


def settings_version(organisation_id: int) -> int:
    """What tells whether somebody changed the settings since: the number of their last change."""
    return last_change(*_kept_settings(organisation_id))[0]


def _kept_settings(organisation_id: int) -> list[str]:
    """What the trail calls the settings of an organisation."""
    return [
        row.subject() for row in Setting.select(Setting.id).where(Setting.organisation == organisation_id)
    ]


def set_settings(
    actor: Actor, values: dict[str, Any], *, valid_from: date, version: int | None = None
) -> None:
    """Record settings of the actor's organisation as valid from a day.

    `values` are as they are kept, or as they are typed. Raises Forbidden, Refused for unknown keys and for
    values that cannot be, and with `version` Stale when somebody changed them since.
    """
    require_administration(actor, SETTINGS)
    values = _taken(values)
    with change(actor):
        current = settings_on(actor.organisation_id, valid_from) if actor.organisation_id else {}
        _require_unchanged(
            _kept_settings(actor.organisation_id or 0), version, str(_("the agency's details")),
            {str(AGENCY_SETTINGS[key].label): (current.get(key), value) for key, value in values.items()},
        )  # fmt: skip
        for key, value in values.items():
            if current.get(key) == value or (is_empty(current.get(key)) and is_empty(value)):
                continue
            row = Setting.get_or_none(
                Setting.organisation == actor.organisation_id,
                Setting.key == key,
                Setting.valid_from == valid_from,
            ) or Setting(organisation=actor.organisation_id, key=key, valid_from=valid_from)
            row.value = json.dumps(value, ensure_ascii=False)
            row.save()


def _taken(values: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are kept; raises Refused with everything that is wrong with them."""
    unknown = sorted(set(values) - set(AGENCY_SETTINGS))
    if unknown:
        raise Refused([_("there is no setting called %(names)s", names=", ".join(unknown))])
    kept, obstacles = {}, []
    for key, value in values.items():
        setting = AGENCY_SETTINGS[key]
        try:
            kept[key] = setting.taken(value)
        except ValueError as error:
            text = _("%(label)s: %(problem)s", label=setting.label, problem=error.args[0])
            obstacles.append(Obstacle(text, f"#{key}"))
    if obstacles:
        raise Refused(obstacles)
    return kept


def add_organisation(actor: Actor, slug: str, name: str, *, illustrative: bool = False) -> Organisation:
    """A new organisation; raises Forbidden, or Refused when the slug is taken, reserved or not plain."""
    require_administration(actor, INSTALLATION)
    if not _SLUG.fullmatch(slug):
        raise Refused(
            [
                Obstacle(
                    _("the short name may hold small letters, digits and hyphens only: %(slug)s", slug=slug),
                    "#slug",
                )
            ]
        )
    if slug in RESERVED_SLUGS:
        raise Refused([Obstacle(_("the short name %(slug)s is reserved", slug=slug), "#slug")])
    if not name.strip():
        raise Refused([Obstacle(_("the organisation needs a name"), "#name")])
    with change(actor, system=True):
        if Organisation.get_or_none(Organisation.slug == slug) or OldSlug.get_or_none(OldSlug.slug == slug):
            raise Refused([Obstacle(_("the short name %(slug)s is taken", slug=slug), "#slug")])
        organisation = Organisation(
            slug=slug, name=name.strip(), created_at=clock.now(), illustrative=illustrative
        )
        organisation.save(tag="organisation.add")
    return organisation


def add_unit(actor: Actor, code: str, name: str, *, valid_from: date, parent: Unit | None = None) -> Unit:
    """A new unit of the actor's organisation.

    Raises Forbidden, or Refused when the code is taken or the unit above is another organisation's.
    """
    require_administration(actor, SETTINGS)
    code, name = code.strip(), name.strip()
    with change(actor):
        if not code or not name:
            raise Refused([_("a unit needs a code and a name")])
        if parent is not None and parent.organisation_id != actor.organisation_id:
            raise Refused([Obstacle(_("that unit does not belong to this organisation"), "#parent")])
        if Unit.get_or_none(Unit.organisation == actor.organisation_id, Unit.code == code):
            raise Refused([Obstacle(_("there is already a unit with the code %(code)s", code=code), "#code")])
        unit = Unit(
            organisation=actor.organisation_id, code=code, name=name, parent=parent, valid_from=valid_from
        )
        unit.save(tag="unit.add")
    return unit


def _require_unchanged(
    subjects: list[str], version: int | None, what: str, fields: dict[str, tuple[Any, Any]]
) -> None:
    """Raise Stale with the (stored, sent) that differ, if any of the subjects was changed since `version`."""
    number, who = last_change(*subjects)
    if version is not None and version != number:
        different = {label: pair for label, pair in fields.items() if pair[0] != pair[1]}
        raise Stale(what, who, {k: (_shown(stored), _shown(sent)) for k, (stored, sent) in different.items()})


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_shown(one) for one in value) or "–"
    if isinstance(value, date):
        return show_date(value)
    return "–" if value is None or value == "" else str(value)


def edit_unit(
    actor: Actor, unit_id: int, *, name: str, valid_to: date | None, version: int | None = None
) -> None:
    """Correct a unit's name or set its last day.

    Raises Forbidden, NotFound, Refused with every obstacle, and with `version` Stale when somebody was faster.

    A unit ends no earlier than the units below it; what it was called and when stays in the history.
    """
    require_administration(actor, SETTINGS)
    with change(actor):
        unit = Unit.get_or_none(Unit.id == unit_id, Unit.organisation == actor.organisation_id)
        if unit is None:
            raise NotFound(str(unit_id))
        _require_unchanged(
            [unit.subject()], version, unit.what(),
            {str(_("name")): (unit.name, name), str(_("valid to")): (unit.valid_to, valid_to)},
        )  # fmt: skip
        obstacles = _against_edit(unit, name, valid_to)
        if obstacles:
            raise Refused(obstacles)
        unit.name, unit.valid_to = name.strip(), valid_to
        unit.save(tag="unit.edit")


def _against_edit(unit: Unit, name: str, valid_to: date | None) -> list[Obstacle]:
    found = []
    if not name.strip():
        found.append(Obstacle(_("a unit needs a code and a name"), "#name"))
    if valid_to is not None and valid_to < unit.valid_from:
        found.append(Obstacle(_("the last day is before the first"), "#valid_to"))
    below = Unit.select().where(Unit.parent == unit.id, Unit.valid_to.is_null() | (Unit.valid_to > valid_to))
    if valid_to is not None and below.exists():
        names = ", ".join(str(u.name) for u in below)
        found.append(Obstacle(_("units below it last longer: %(names)s", names=names), "#valid_to"))
    return found


def with_subunits(organisation_id: int, roots: Iterable[int]) -> frozenset[int]:
    """The ids of `roots` and all units below them."""
    found = set(roots)
    if not found:
        return frozenset()
    pairs = list(Unit.select(Unit.id, Unit.parent).where(Unit.organisation == organisation_id).tuples())
    grew = True
    while grew:
        below = {unit for unit, parent in pairs if parent in found} - found
        found |= below
        grew = bool(below)
    return frozenset(found)
