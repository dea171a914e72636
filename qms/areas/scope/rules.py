"""The administrative procedures in the scope of the system (clause 4.3), from when to when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qms.kernel.errors import Obstacle
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of a procedure in the register."""

    IN_SCOPE = "in_scope"
    REMOVED = "removed"


LABELS: dict[str, Message] = {S.IN_SCOPE: _("in the scope"), S.REMOVED: _("removed from the scope")}
TONES: dict[str, str] = {S.IN_SCOPE: "done"}

VIEW = Permission("scope.view", _("see the procedures in the scope"), READERS)
EDIT = Permission(
    "scope.edit",
    _("keep the register of procedures in the scope"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}),
    owner=True,
)
DECIDE = Permission(
    "scope.decide", _("take procedures out of the scope and back in"), frozenset({Role.COORDINATOR})
)
PERMISSIONS = (VIEW, EDIT, DECIDE)

_CODE = re.compile(r"\d{1,2}\.\d{6}(?:\.[\w.\-]{1,30})?")


def code_obstacle(code: str) -> Obstacle | None:
    """A code of the national database of procedures is kept as text: 1.000123, 2.000635."""
    if _CODE.fullmatch(code):
        return None
    return Obstacle(_("the code is written like 1.000123 or 2.000635"), "edit#code")


def dates_obstacle(valid_from: date | None, valid_to: date | None) -> Obstacle | None:
    """It is in the scope from a day on, and leaves no earlier than it came."""
    if valid_from is None:
        return Obstacle(_("the day from which it is in the scope is missing"), "edit#valid_from")
    if valid_to is not None and valid_to < valid_from:
        return Obstacle(_("the last day is before the first"), "edit#valid_to")
    return None


def begins_after_it_left(valid_from: date | None, left_on: date | None) -> Message | None:
    """A procedure that comes back does so after the last day on which it was in the scope before."""
    if valid_from is None or left_on is None or valid_from > left_on:
        return None
    return _("it was still in the scope on that day")


@dataclass(frozen=True)
class ProcedureFacts:
    """What the conditions look at: the day of the step, and the first and last of the newest time in the scope."""

    day: date
    valid_from: date
    valid_to: date | None


def leaves_no_earlier_than_it_came(facts: ProcedureFacts) -> Obstacle | None:
    """The last day in the scope is not before the first."""
    if facts.day >= facts.valid_from:
        return None
    return Obstacle(_("the last day is before the first"), "#remove-day")


def had_left_before(facts: ProcedureFacts) -> Obstacle | None:
    """It comes back after it had left."""
    found = begins_after_it_left(facts.day, facts.valid_to)
    return Obstacle(found, "#restore-day") if found is not None else None


PROCEDURE = Machine(
    "procedure",
    S,
    LABELS,
    (
        Transition(
            "remove",
            frozenset({S.IN_SCOPE}),
            S.REMOVED,
            _("Take it out of the scope"),
            DECIDE,
            (leaves_no_earlier_than_it_came,),
            needs_reason=True,
        ),
        Transition(
            "restore",
            frozenset({S.REMOVED}),
            S.IN_SCOPE,
            _("Take it back into the scope"),
            DECIDE,
            (had_left_before,),
            needs_reason=True,
        ),
    ),
    initial=S.IN_SCOPE,
    ended=frozenset({S.IN_SCOPE, S.REMOVED}),
    in_force=frozenset({S.IN_SCOPE}),
)
