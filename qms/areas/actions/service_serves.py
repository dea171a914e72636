"""Which records an action serves: one more, or one that it serves no longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qms.areas.actions.models import Action
from qms.areas.actions.rules import SERVES
from qms.areas.actions.service import against_serving, changeable, said_against, serve, served
from qms.kernel import area
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.links import Link, unlink
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import change

OFFERED = 20  # records that are offered while one types
AT_ONCE = 100  # actions of one question


def add(actor: Actor, code: str, other: str) -> Link:
    """Let the action serve the record of the code `other` as well.

    Raises NotFound, Forbidden, or Refused: the action has ended, there is no such record, it is served already,
    or its area takes no action for it.
    """
    with change(actor):
        action = changeable(actor, code)
        target = _called(actor, other)
        known = {name: action.value(name) for name in ("unit", "owner", "due")}
        obstacles = against_serving(actor, target, known)
        if target.id in {record.id for record in served(action.record_id)}:
            obstacles.append(Obstacle(_("the action serves %(code)s already", code=target.code), "#other"))
        if obstacles:
            raise Refused(obstacles)
        return serve(actor, action, target)


def take_back(actor: Actor, code: str, other: str, reason: str) -> Link:
    """Let the action serve that record no longer; the history keeps that it did, with the reason.

    Raises NotFound, Forbidden, or Refused with every obstacle: what was approved with the action keeps it.
    """
    with change(actor, reason):
        action = changeable(actor, code)
        target = next((r for r in served(action.record_id) if r.code == other), None)
        if target is None:
            raise NotFound(other)
        obstacles = said_against(actor, target, action, {SERVES: None})
        if not reason.strip():
            obstacles.append(Obstacle(_("taking a link back needs a reason")))
        if obstacles:
            raise Refused(obstacles)
        return unlink(actor, action.record, target, SERVES, reason)


def _called(actor: Actor, code: str) -> Record:
    """The record of that code that the actor may see; raises Refused where there is none."""
    found = Record.get_or_none(
        Record.organisation == actor.organisation_id,
        Record.kind.in_(list(area.visible_kinds(actor))),
        Record.code.in_([code, code.upper()]),
    )
    if found is None:
        raise Refused([Obstacle(_("there is no record called %(code)s here", code=code), "#other")])
    return found


def on_offer(actor: Actor, row: Action) -> list[tuple[str, str]]:
    """(code, title) of the newest open records that take actions and that the action does not serve yet."""
    kinds = [k.kind for k in area.visible_kinds(actor).values() if _takes_actions(k.area)]
    query = (
        Record.select(Record.code, Record.title)
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind.in_(kinds),
            Record.ended_on.is_null(),
            Record.id.not_in([record.id for record in served(row.record_id)]),
        )
        .order_by(Record.id.desc())
        .limit(OFFERED)
    )
    return [(code, title) for code, title in query.tuples()]


def _takes_actions(name: str) -> bool:
    return any(one.name == name and one.may_serve is not None for one in area.areas())


def codes_served(actions: Sequence[int]) -> dict[int, list[str]]:
    """Number of the action -> codes of what it serves, of those that serve anything."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(actions), AT_ONCE):
        some = actions[start : start + AT_ONCE]
        for action, code in _CODES.rows(*some, *[0] * (AT_ONCE - len(some))):
            found.setdefault(action, []).append(code)
    return found


def _codes(*actions: Any) -> Any:
    return (
        Link.select(Link.record, Record.code)
        .join(Record, on=(Link.target == Record.id))
        .where(Link.record.in_(actions), Link.relation == SERVES, Link.stands())
        .order_by(Link.id)
        .tuples()
    )


_CODES = Prepared(_codes, AT_ONCE)
