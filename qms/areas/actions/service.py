"""Recording actions and taking them to verified."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import fn

from qms.areas.actions.models import Action
from qms.areas.actions.rules import (
    ACTION,
    EDIT,
    SERVES,
    SORTS,
    UNDER_WAY,
    ActionFacts,
    S,
    approved_stands,
    due_not_before_opening,
    extends,
    first_due,
    later_due_needs_a_reason,
    serves_no_action,
)
from qms.kernel import area, steps
from qms.kernel.area import WorkItem
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Attachment
from qms.kernel.links import Link, link
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import ANY_UNIT, Actor, Permission
from qms.kernel.prepared import Prepared
from qms.kernel.records import Kind, Record
from qms.kernel.text import _
from qms.kernel.trail import TrailEntry, change
from qms.kernel.waiting import waiting

NEVER = datetime(1900, 1, 1)  # before anything was attached


def facts(row: Action, actor: Actor, *, proof: str = "") -> ActionFacts:
    """What the machine's conditions look at; `proof` is one that is given with the step."""
    found = own_facts(row, actor, proof=proof)
    if row.record.state == S.DONE:
        return replace(found, ended_with=tuple(against_return(actor, row)))
    if row.record.state in UNDER_WAY:
        return replace(found, needed_by=tuple(against_change(actor, row, {"state": S.VOIDED})))
    return found


def own_facts(row: Action, actor: Actor, *, proof: str = "") -> ActionFacts:
    """What the conditions of verifying look at: nothing is asked of the records that it serves."""
    return ActionFacts(
        row.record.owner_id,
        row.record.due,
        proof or row.proof,
        0
        if row.proof or row.record.state in (S.VERIFIED, S.VOIDED)
        else len(proven_by_file([row.record_id])),
        actor.person_id,
        actor.acts_for,
        row.done_by_id,
    )


def proven_by_file(actions: Sequence[int]) -> set[int]:
    """Those of the actions to which a file is attached since they were last returned: those before did not prove it."""
    if not actions:
        return set()
    returned = TrailEntry.select(fn.MAX(TrailEntry.at)).where(
        TrailEntry.record_id == Attachment.record, TrailEntry.tag == "action.return"
    )
    found = Attachment.select(Attachment.record).where(
        Attachment.record.in_(actions),
        Attachment.withdrawn_at.is_null(),
        Attachment.added_at > fn.COALESCE(returned, NEVER),
    )
    return {record for (record,) in found.tuples()}


def against_serving(
    actor: Actor, serves: Record | None, action: Mapping[str, Any] | None = None
) -> list[Obstacle]:
    """What speaks against an action more, for the record `serves` if it is for one; raises Forbidden.

    `action`: unit, owner and due date of the action, where they are known already. The area of the record answers;
    where it says nothing, and without a record, whoever may record actions may, for what was not given up.
    """
    if serves is not None and (found := serves_no_action(str(serves.kind))) is not None:
        return [found]
    answer = area.area_of(serves).may_serve if serves is not None else None
    if serves is not None and answer is not None:
        return list(answer(actor, serves, action))
    actor.require(EDIT, unit_id=(action or {}).get("unit") or ANY_UNIT)
    if serves is None or not _given_up(serves):
        return []
    return [Obstacle(_("%(code)s was given up and takes no action any more", code=serves.code))]


def _given_up(record: Record) -> bool:
    """Whether the record has ended off the path of its machine: voided, withdrawn, retired."""
    machines = area.kinds()[str(record.kind)].machines()
    return any(record.state in machine.ended - {machine.initial, *machine.path} for machine in machines)


def open_action(actor: Actor, values: dict[str, Any], *, serves: Record | None = None) -> Action:
    """A new action, tied to the record that it `serves`; raises Forbidden, or Refused with every obstacle."""
    values = dict(values)
    with change(actor):
        if serves is not None:
            serves = Record.get_by_id(serves.id)  # as it is now, behind the lock
        obstacles = against_serving(actor, serves, values)
        due = values.get("due")
        obstacles += _against(values, due, actor.today)
        obstacles += place_obstacles(actor, values)
        if obstacles:
            raise Refused(obstacles)
        title = values.pop("title")
        action = Action.new(actor, title=title, happened_on=actor.today, first_due=due, **values)
        action.save()
        if serves is not None:
            serve(actor, action, serves)
    return action


def serve(actor: Actor, action: Action, record: Record) -> Link:
    """Tie the action to the record that it serves, which every area is told (`on_change`)."""
    tie = link(actor, action.record, record, SERVES)
    area.changed(actor, action, SERVES)
    return tie


def served(record_id: int) -> list[Record]:
    """The records that an action serves, in the order in which they were added."""
    return _SERVED.rows(record_id)


def against_change(actor: Actor, row: Action, changes: Mapping[str, Any]) -> list[Obstacle]:
    """What the records that it serves say against changing the action."""
    return [found for record in served(row.record_id) for found in said_against(actor, record, row, changes)]


def against_owner(actor: Actor, row: Action, to: int) -> list[Obstacle]:
    """What the records that it serves say against handing the action over to that person (hook)."""
    return against_change(actor, row, {"owner": to})


def said_against(actor: Actor, record: Record, row: Action, changes: Mapping[str, Any]) -> list[Obstacle]:
    """What one record that it serves says against changing the action; `SERVES` among the changes: taking it back."""
    answer = area.area_of(record).action_obstacles
    return [] if answer is None else list(answer(actor, record, row, changes))


def against_promise(
    actor: Actor,
    record: Record,
    action: Kind,
    changes: Mapping[str, Any],
    approve: Permission,
    submitted_by: Iterable[int | None] = (),
) -> list[Obstacle]:
    """What speaks against changing an action that was approved with `record`, for its area's hook.

    `approve` is the right to approve such a record; its holder neither extends an action of their own with it, nor
    changes what was approved of a record that they had submitted.
    """
    owners = _owners(action) if changes.get("state") == S.VOIDED else (action.record.owner_id,)
    own = any(map(actor.is_or_acts_for, (*owners, *submitted_by)))
    by_approver = not own and actor.may(approve, unit_id=record.unit_id)
    where = f"../../{area.area_of(record).name}/{record.code}"
    found = approved_stands(str(record.code), where, changes, own=own, by_approver=by_approver)
    return [] if found is None else [found]


def _owners(action: Kind) -> tuple[int | None, ...]:
    """Who owns the action, or did before, as the trail tells: handing it over undoes no promise."""
    entries = (
        json.loads(body)["changes"].get("owner", (None,)) for (body,) in _HANDED_ON.rows(action.subject())
    )
    return (action.record.owner_id, *(None if old is None else int(old) for old, *_new in entries))


_HANDED_ON = Prepared(
    lambda subject: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.subject == subject, TrailEntry.tag.in_(["action.edit", "action.hand_over"]))
        .tuples()
    )
)


def may_change_approved(actor: Actor, record: Record, approve: Permission, *own: int | None) -> bool:
    """Whether the actor may change what was approved with `record`: its approver, but none of the people `own`."""
    return actor.may(approve, unit_id=record.unit_id) and not any(map(actor.is_or_acts_for, own))


def against_return(actor: Actor, row: Action) -> list[Obstacle]:
    """What speaks against undoing an action that is done: all that it serves has ended, of which some rests on it."""
    records = served(row.record_id)
    if any(record.ended_on is None for record in records):
        return []
    undone = {"state": S.IN_PROGRESS}
    return [found for record in records for found in said_against(actor, record, row, undone)]


_SERVED = Prepared(
    lambda record: (
        Record.select()
        .join(Link, on=(Link.target == Record.id))
        .where(Link.record == record, Link.relation == SERVES, Link.stands())
        .order_by(Link.made_at.asc(nulls="FIRST"), Link.id)
    )
)


def _against(values: dict[str, Any], due: date | None, opened_on: date | None) -> list[Obstacle]:
    """What speaks against these values, and against a new `due` date."""
    found = []
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the title is missing"), "edit#title"))
    if values.get("sort") not in SORTS:
        found.append(Obstacle(_("there is no such kind of action"), "edit#sort"))
    early = due_not_before_opening(due, opened_on)
    return found if early is None else [*found, early]


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Action:
    """Change an action that is not ended; a later due date needs `values["reason"]`.

    Raises NotFound, Forbidden, Stale, or Refused with every obstacle at once.
    """
    values = dict(values)
    reason = values.pop("reason", "") or ""
    with change(actor, reason):
        action = changeable(actor, code, version, values)
        record = action.record
        due = values.get("due", record.due)
        whole = {"title": record.title, "sort": action.sort} | values
        obstacles = _against(whole, due if due != record.due else None, record.happened_on)
        extension = later_due_needs_a_reason(record.due, due, reason, first=action.first_due)
        obstacles += [extension] if extension is not None else []
        obstacles += place_obstacles(actor, values, row=action, right=EDIT)
        different = {name: value for name, value in values.items() if action.value(name) != value}
        obstacles += against_change(actor, action, different)
        if obstacles:
            raise Refused(obstacles)
        action.set(values | {"first_due": first_due(action.first_due, record.due, due)})
        action.save()
    return action


def changeable(
    actor: Actor, code: str, version: int | None = None, values: dict[str, Any] | None = None
) -> Action:
    """The action for writing within a change; raises NotFound, Stale, Forbidden, or Refused when it has ended."""
    action = Action.locked(actor, code, version, values)
    actor.require(EDIT, unit_id=action.record.unit_id, owner_id=action.record.owner_id)
    if action.record.state in ACTION.ended:
        raise Refused([_("an action that is done or voided is not changed any more")])
    return action


# ---------------------------------------------------------------- extending


def extend(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Action:
    """Move the due date back, to `values["due"]`, for `values["reason"]`; the first due date is kept.

    Raises NotFound, Stale, Forbidden, or Refused with every obstacle: whoever approved what the action serves
    extends it, and not its owner.
    """
    due, reason = values.get("due"), values.get("reason") or ""
    with change(actor, reason):
        action = changeable(actor, code, version, {"due": due})
        old = action.record.due
        obstacles = [extends(old, due, actor.today), later_due_needs_a_reason(old, due, reason, "extend")]
        obstacles += against_extension(actor, action)
        if found := [one for one in obstacles if one is not None]:
            raise Refused(found)
        action.set({"due": due, "first_due": first_due(action.first_due, old, due)})
        action.save(tag="action.extend")
    return action


def against_extension(actor: Actor, row: Action) -> list[Obstacle]:
    """What speaks against any later due date, whichever day it is."""
    return against_change(actor, row, {"due": date.max})


class Extension(NamedTuple):
    """A due date that was moved back: when, by whom, from which day to which, and why."""

    at: datetime
    who: str
    old: date
    new: date
    reason: str


def extensions(row: Action) -> list[Extension]:
    """Each time the due date was moved back, the earliest first, as the trail tells."""
    entries = [json.loads(body) for (body,) in _CHANGES.rows(row.subject())]
    found: list[Extension] = []
    known = None  # the last day there was, also where it was taken away between
    for entry in entries:
        old, new = map(_day, entry["changes"].get("due", (None, None)))
        known = old or known
        if known is not None and new is not None and new > known:
            at = datetime.fromisoformat(entry["at"])
            found.append(Extension(at, entry["actor"]["name"], known, new, entry.get("reason", "")))
    return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_CHANGES = Prepared(
    lambda subject: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.subject == subject, TrailEntry.tag.in_(["action.edit", "action.extend"]))
        .order_by(TrailEntry.seq)
        .tuples()
    )
)


# ---------------------------------------------------------------- steps


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
            row.set({"done_on": None, "done_by": None, "proof": ""})  # what did not prove it, does not later

    return steps.fire(
        actor, Action, code, transition, facts=known, reason=reason, version=version, apply=apply
    )


def work(actor: Actor) -> list[WorkItem]:
    """Actions that are done and that this person may verify."""
    return [
        WorkItem(row.record.title, f"actions/{row.record.code}", _("waits to be verified"), row.record.code)
        for row in waiting(actor, Action, "verify", facts=own_facts)
    ]
