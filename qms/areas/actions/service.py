"""Recording actions and taking them to verified."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import JOIN

from qms.areas.actions.models import Action
from qms.areas.actions.rules import ACTION, EDIT, SORTS, ActionFacts, S, later_due_needs_a_reason
from qms.kernel import area, steps
from qms.kernel.area import WorkItem
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Attachment
from qms.kernel.links import Link, link
from qms.kernel.owners import place_obstacles
from qms.kernel.people import Person
from qms.kernel.permissions import ANY_UNIT, Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import change
from qms.kernel.waiting import waiting


def facts(row: Action, actor: Actor, *, proof: str = "") -> ActionFacts:
    """What the machine's conditions look at; `proof` is one that is given with the step."""
    under_way = row.record.state in (S.OPEN, S.IN_PROGRESS)
    return ActionFacts(
        row.record.owner_id,
        row.record.due,
        proof or row.proof,
        _proofs(row) if under_way else 0,
        actor.person_id,
        actor.acts_for,
        row.done_by_id,
        tuple(_against_change(actor, row, {"state": S.VOIDED})) if under_way else (),
    )


def _proofs(row: Action) -> int:
    return (
        Attachment.select()
        .where(Attachment.record == row.record_id, Attachment.withdrawn_at.is_null())
        .count()
    )


def against_serving(actor: Actor, serves: Record | None, unit_id: int | None = None) -> list[Obstacle]:
    """What speaks against a new action, for the record `serves` if it is for one; raises Forbidden.

    The area of the record answers; where it says nothing, and without a record, whoever may record actions may.
    """
    answer = area.area_of(serves).may_serve if serves is not None else None
    if serves is None or answer is None:
        actor.require(EDIT, unit_id=unit_id or ANY_UNIT)
        return []
    return list(answer(actor, serves))


def open_action(actor: Actor, values: dict[str, Any], *, serves: Record | None = None) -> Action:
    """A new action, tied to the record that it `serves`; raises Forbidden, or Refused with every obstacle."""
    values = dict(values)
    with change(actor):
        if serves is not None:
            serves = Record.get_by_id(serves.id)  # as it is now, behind the lock
        obstacles = against_serving(actor, serves, values.get("unit"))
        obstacles += _against(values)
        due = values.get("due")
        if due is not None and due < actor.today:
            obstacles.append(Obstacle(_("the due date is before the opening date"), "edit#due"))
        obstacles += place_obstacles(actor, values)
        if obstacles:
            raise Refused(obstacles)
        title = values.pop("title")
        action = Action.new(actor, title=title, happened_on=actor.today, first_due=due, **values)
        action.save()
        if serves is not None:
            link(actor, action.record, serves, "serves")
    return action


def _against_change(actor: Actor, row: Action, changes: dict[str, Any]) -> list[Obstacle]:
    """What the records that it serves say against changing the action."""
    return [
        obstacle
        for record in _SERVED.rows(row.record_id)
        if (answer := area.area_of(record).action_obstacles) is not None
        for obstacle in answer(actor, record, row, changes)
    ]


_SERVED = Prepared(
    lambda record: (
        Record.select()
        .join(Link, on=(Link.target == Record.id))
        .where(Link.record == record, Link.relation == "serves")
        .order_by(Link.id)
    )
)


def _against(values: dict[str, Any]) -> list[Obstacle]:
    found = []
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the title is missing"), "edit#title"))
    if values.get("sort") not in SORTS:
        found.append(Obstacle(_("there is no such kind of action"), "edit#sort"))
    return found


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Action:
    """Change an action that is not ended; a later due date needs `values["reason"]`.

    Raises NotFound, Forbidden, Stale, or Refused with every obstacle at once.
    """
    values = dict(values)
    reason = values.pop("reason", "") or ""
    with change(actor, reason):
        action = Action.locked(actor, code, version, values)
        record = action.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state in ACTION.ended:
            raise Refused([_("an action that is done or voided is not changed any more")])
        due = values.get("due", record.due)
        obstacles = _against({"title": record.title, "sort": action.sort} | values)
        if due is not None and record.due != due and record.happened_on and due < record.happened_on:
            obstacles.append(Obstacle(_("the due date is before the opening date"), "edit#due"))
        extension = later_due_needs_a_reason(record.due, due, reason)
        obstacles += [extension] if extension is not None else []
        obstacles += place_obstacles(actor, values, row=action, right=EDIT)
        different = {name: value for name, value in values.items() if action.value(name) != value}
        obstacles += _against_change(actor, action, different)
        if obstacles:
            raise Refused(obstacles)
        action.set(values)
        if action.first_due is None:
            action.set({"first_due": due})
        action.save()
    return action


def fire(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    values: dict[str, str] | None = None,
) -> Action:
    """Take one step; `values["proof"]` describes the proof when an action is reported done."""
    proof = (values or {}).get("proof", "").strip() if transition == "finish" else ""

    def known(row: Action, actor: Actor) -> ActionFacts:
        return facts(row, actor, proof=proof)

    def apply(row: Action) -> None:
        if transition == "finish":
            row.set(
                {"done_on": actor.today, "done_by": actor.person_id} | ({"proof": proof} if proof else {})
            )
        elif transition == "verify":
            row.set({"verified_by": actor.person_id})
        elif transition == "return":
            row.set({"done_on": None, "done_by": None})

    return steps.fire(
        actor, Action, code, transition, facts=known, reason=reason, version=version, apply=apply
    )


class Serving(NamedTuple):
    """An action as the record that it serves shows and judges it."""

    code: str
    title: str
    state: str
    sort: str
    owner_id: int | None
    owner: str | None  # the name
    due: date | None
    ended_on: date | None
    recorded_at: datetime
    done_by_id: int | None


def serving(record_id: int) -> list[Serving]:
    """The actions that serve a record, by code."""
    return list(map(Serving._make, _SERVING.rows(record_id)))


_SERVING = Prepared(
    lambda record: (
        Action.select(
            Record.code,
            Record.title,
            Record.state,
            Action.sort,
            Record.owner,
            Person.name,
            Record.due,
            Record.ended_on,
            Record.recorded_at,
            Action.done_by,
        )
        .join(Record)
        .join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .join_from(Record, Link, on=(Link.record == Record.id))
        .where(Link.target == record, Link.relation == "serves")
        .order_by(Record.year, Record.number)
        .tuples()
    )
)


def work(actor: Actor) -> list[WorkItem]:
    """Actions that are done and that this person may verify."""
    return [
        WorkItem(row.record.title, f"actions/{row.record.code}", _("waits to be verified"), row.record.code)
        for row in waiting(actor, Action, "verify", facts=facts)
    ]
