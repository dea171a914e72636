"""Who may do what: roles held by dated assignments, permissions declared by areas.

Separation of duty (approver is not author, verifier owns no action) is a rule on the record and
stands with the record's rules, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qms.kernel.errors import Forbidden
from qms.kernel.text import Message, _


class Role(StrEnum):
    """What a person is in an organisation, from a date to a date."""

    COORDINATOR = "coordinator"
    LEADER = "leader"
    UNIT_HEAD = "unit_head"
    AUDITOR = "auditor"
    STAFF = "staff"
    RECORDS = "records"
    INSPECTOR = "inspector"
    OVERSEER = "overseer"
    ADMIN = "admin"


ROLE_LABELS: dict[Role, Message] = {
    Role.COORDINATOR: _("ISO coordinator"),
    Role.LEADER: _("leader"),
    Role.UNIT_HEAD: _("unit head"),
    Role.AUDITOR: _("internal auditor"),
    Role.STAFF: _("staff"),
    Role.RECORDS: _("records office"),
    Role.INSPECTOR: _("inspector"),
    Role.OVERSEER: _("overseer"),
    Role.ADMIN: _("administrator"),
}

INSIDE = frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD, Role.AUDITOR, Role.STAFF, Role.RECORDS})
READERS = INSIDE | {Role.INSPECTOR, Role.OVERSEER}


ANY_UNIT = -1  # in place of a record's unit where there is no record yet


@dataclass(frozen=True)
class Permission:
    """A right, with the sentence that the admin page shows.

    `roles` hold it anywhere in the organisation, except the unit head, who holds it for records of
    the own unit and those below it. `owner`: the record's owner holds it too, as long as that person has a role
    INSIDE: who comes from outside (inspector, overseer, administrator) reads and writes no record.
    """

    name: str
    sentence: Message
    roles: frozenset[Role]
    owner: bool = False


@dataclass(frozen=True)
class Actor:
    """A person (or the system) acting in one organisation on one day.

    `roles` are those held organisation-wide or in any unit today; `units` are the ids of the units
    whose head the person is, with all units below them. `acts_for` are the ids of people whose
    deputy the person is today. `via` is `web`, `cli` or `system`.
    """

    person_id: int | None
    name: str
    organisation_id: int | None
    slug: str
    today: date
    roles: frozenset[Role] = frozenset()
    units: frozenset[int] = frozenset()
    unit_id: int | None = None
    acts_for: frozenset[int] = frozenset()
    via: str = "web"
    system_rights: frozenset[str] = field(default=frozenset())

    def may(
        self, permission: Permission, *, unit_id: int | None = ANY_UNIT, owner_id: int | None = None
    ) -> bool:
        """Whether the actor holds `permission` on a record of that unit and owner.

        With ANY_UNIT (a list, a new record) a unit head is taken to hold the unit head's rights; on a
        record of no unit (None) nobody holds them.
        """
        if permission.name in self.system_rights:
            return True
        held = self.roles & permission.roles
        if held - {Role.UNIT_HEAD}:
            return True
        if Role.UNIT_HEAD in held and (unit_id == ANY_UNIT or unit_id in self.units):
            return True
        return self.may_own(permission) and self.is_or_acts_for(owner_id)

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether the actor might hold `permission` on some record: what a page asks before it knows which."""
        return bool(self.roles) and (self.may_own(permission) or self.may(permission))

    def may_own(self, permission: Permission) -> bool:
        """Whether the actor would hold `permission` on a record of their own."""
        return permission.owner and not self.roles.isdisjoint(INSIDE)

    def require(
        self, permission: Permission, *, unit_id: int | None = ANY_UNIT, owner_id: int | None = None
    ) -> None:
        """Raise Forbidden unless the actor holds `permission` there."""
        if not self.may(permission, unit_id=unit_id, owner_id=owner_id):
            raise Forbidden(permission.name)

    def is_or_acts_for(self, person_id: int | None) -> bool:
        """Whether `person_id` is the actor, or somebody whose deputy the actor is today."""
        return person_id is not None and (person_id == self.person_id or person_id in self.acts_for)
