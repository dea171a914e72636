"""Recording actions and taking them to verified."""

from __future__ import annotations

from typing import Any

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
from qms.kernel.permissions import ANY_UNIT, Actor, Role
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record, due_order
from qms.kernel.text import _
from qms.kernel.trail import change


def facts(row: Action, actor: Actor, *, proof: str = "") -> ActionFacts:
    """What the machine's conditions look at; `proof` is one that is given with the step."""
    proofs = (
        Attachment.select()
        .where(Attachment.record == row.record_id, Attachment.withdrawn_at.is_null())
        .count()
        if row.record.state in (S.OPEN, S.IN_PROGRESS)
        else 0
    )
    return ActionFacts(
        row.record.owner_id,
        row.record.due,
        proof or row.proof,
        proofs,
        actor.person_id,
        actor.acts_for,
        row.done_by_id,
    )


def open_action(
    actor: Actor, values: dict[str, Any], *, serves: Record | None = None, permitted: bool = False
) -> Action:
    """A new action, serving `serves` (or the record that `values["serves"]` names as area/code).

    `permitted`: the caller has checked a right of its own, over the record that is served. Raises
    Forbidden, NotFound for an unknown record, or Refused with every obstacle at once.
    """
    values = dict(values)
    if not permitted:
        actor.require(EDIT, unit_id=values.get("unit") or ANY_UNIT)
    path = values.pop("serves", "")
    if serves is None and path:
        serves = area.record_at(actor, path)
    due = values.get("due")
    obstacles = _against(values)
    if due is not None and due < actor.today:
        obstacles.append(Obstacle(_("the due date is before the opening date"), "edit#due"))
    with change(actor):
        obstacles += place_obstacles(actor, values)
        if obstacles:
            raise Refused(obstacles)
        title = values.pop("title")
        action = Action.new(actor, title=title, happened_on=actor.today, first_due=due, **values)
        action.save()
        if serves is not None:
            link(actor, action.record, serves, "serves")
    return action


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
    values = {name: value for name, value in values.items() if name != "serves"}
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
        obstacles += place_obstacles(actor, values, owned_by=record.owner_id)
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


def serving(record_id: int) -> list[Action]:
    """The actions that serve a record, by code, with their shared rows and owners."""
    return _SERVING.rows(record_id)


_SERVING = Prepared(
    lambda record: (
        Action.select(Action, Record, Person)
        .join(Record)
        .join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .join_from(Record, Link, on=(Link.record == Record.id))
        .where(Link.target == record, Link.relation == "serves")
        .order_by(Record.year, Record.number)
    )
)


def work(actor: Actor) -> list[WorkItem]:
    """Actions that are done and wait for somebody who may verify them."""
    if not actor.roles & {Role.COORDINATOR, Role.AUDITOR}:
        return []
    rows = Action.of(actor.organisation_id or 0).where(
        Record.state == S.DONE, (Record.owner != actor.person_id) | Record.owner.is_null()
    )
    rows = rows.order_by(due_order(), Record.id)
    return [
        WorkItem(row.record.title, f"actions/{row.record.code}", _("waits to be verified"), row.record.code)
        for row in rows.limit(20)
    ]
