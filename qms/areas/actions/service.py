"""Recording actions and taking them to verified."""

from __future__ import annotations

from typing import Any

from qms.areas.actions.models import Action
from qms.areas.actions.rules import ACTION, EDIT, SORTS, ActionFacts, S
from qms.kernel import records
from qms.kernel.area import WorkItem
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Attachment
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import Kind, Link, Record, link, require_worker
from qms.kernel.text import _
from qms.kernel.trail import change


def facts(row: Action, actor: Actor) -> ActionFacts:
    """What the machine's conditions look at."""
    proofs = (
        Attachment.select()
        .where(Attachment.record == row.record_id, Attachment.withdrawn_at.is_null())
        .count()
        if row.record.state in (S.OPEN, S.IN_PROGRESS)
        else 0
    )
    return ActionFacts(
        row.record.owner_id, row.record.due, row.proof, proofs, actor.person_id, actor.acts_for
    )


def open_action(actor: Actor, values: dict[str, Any], *, serves: Record | None = None) -> Action:
    """A new action; raises Forbidden, or Refused for an unknown kind, owner or a due date that has passed."""
    actor.require(EDIT, unit_id=values.get("unit"))
    values = dict(values)
    due = values.get("due")
    obstacles = []
    if values.get("sort") not in SORTS:
        obstacles.append(Obstacle(_("there is no such kind of action"), "edit#sort"))
    if due is not None and due < actor.today:
        obstacles.append(Obstacle(_("the due date is before the opening date"), "edit#due"))
    if obstacles:
        raise Refused(obstacles)
    with change(actor):
        require_worker(actor, values.get("owner"))
        title = values.pop("title")
        action = Action.new(actor, title=title, happened_on=actor.today, first_due=due, **values)
        action.save()
        if serves is not None:
            link(actor, action.record, serves, "serves")
    return action


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Action:
    """Change an action that is not ended; raises Forbidden, Stale or Refused."""
    with change(actor):
        action = Action.locked(actor, code, version, values)
        record = action.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state in ACTION.ended:
            raise Refused([_("an action that is done or voided is not changed any more")])
        due = values.get("due", record.due)
        if due is not None and record.due != due and record.happened_on and due < record.happened_on:
            raise Refused([Obstacle(_("the due date is before the opening date"), "edit#due")])
        if values.get("owner") != record.owner_id:
            require_worker(actor, values.get("owner"))
        action.set(values)
        if action.first_due is None:
            action.set({"first_due": due})
        action.save()
    return action


def fire(
    actor: Actor, code: str, transition: str, *, reason: str = "", version: int | None = None,
    values: dict[str, str] | None = None,
) -> Action:  # fmt: skip
    """Take one step; `values["proof"]` describes the proof when an action is reported done."""
    proof = (values or {}).get("proof", "").strip()

    def apply(row: Kind) -> None:
        if transition == "finish":
            row.set({"done_on": actor.today})
        elif transition == "verify":
            row.set({"verified_by": actor.person_id})

    with change(actor, reason):
        if transition == "finish" and proof:
            action = Action.locked(actor, code, version)
            actor.require(EDIT, unit_id=action.record.unit_id, owner_id=action.record.owner_id)
            action.set({"proof": proof})
            action.save()
            version = None
        return records.fire(
            actor, Action, code, transition, facts=facts, reason=reason, version=version, apply=apply
        )


def serving(record_id: int) -> list[Action]:
    """The actions that serve a record, by code."""
    return list(
        Action.select(Action, Record)
        .join(Record)
        .join(Link, on=(Link.record == Record.id))
        .where(Link.target == record_id, Link.relation == "serves")
        .order_by(Record.year, Record.number)
    )


def work(actor: Actor) -> list[WorkItem]:
    """Actions that are done and wait for somebody who may verify them."""
    if not actor.roles & {Role.COORDINATOR, Role.AUDITOR}:
        return []
    rows = Action.of(actor.organisation_id or 0).where(
        Record.state == S.DONE, (Record.owner != actor.person_id) | Record.owner.is_null()
    )
    return [
        WorkItem(row.record.title, f"actions/{row.record.code}", _("waits to be verified"), row.record.code)
        for row in rows.limit(20)
    ]
