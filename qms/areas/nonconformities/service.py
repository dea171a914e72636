"""Recording nonconformities and taking them to proven effect (clause 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.rules import due_not_before_opening, first_due, later_due_needs_a_reason
from qms.areas.nonconformities import service_criterion as criterion
from qms.areas.nonconformities import service_links as links
from qms.areas.nonconformities import service_notices as notices
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import (
    APPROVE,
    EDIT,
    ENDED,
    GRADES,
    HANDLE,
    IMPROVEMENT,
    RECORD,
    SOURCES,
    TAKES_ACTIONS,
    P,
    S,
    grade_keeps_its_path,
    later_day_is_explained,
    lower_grade_is_explained,
    not_corrected_before,
    ready_to_finish,
)
from qms.areas.nonconformities.rules_actions import (
    APPROVED,
    added_by_approver,
    another_action_is_left,
    assigned_where_approved,
    ended_with_its_actions,
    plan_waits,
    takes_an_action,
)
from qms.areas.nonconformities.rules_criterion import RULE
from qms.areas.nonconformities.rules_sources import source_is_told
from qms.areas.nonconformities.service_facts import (
    day_of_check,
    facts,
    own_facts,
    owners_since,
    points,
    submitted_by,
)
from qms.areas.nonconformities.service_parts import write_part as write_part
from qms.kernel import clauses, jobs, steps
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.links import Link, link
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind, Record
from qms.kernel.text import _
from qms.kernel.trail import change, current_change

# What another round begins without. A rule on an indicator is set anew: its periods lie before that round.
_EFFECT = {
    "effect_on": None, "effect_result": "", "effect_met": "", "effect_reason": None, "checked_on": None,
    "verifier": None,
}  # fmt: skip
_PLAN = {"planner": None, "planned_for_id": None, "approver": None, "waiver": "", **dict.fromkeys(RULE)}


# ---------------------------------------------------------------- recording


def open_nc(
    actor: Actor, values: dict[str, Any], *, source: Record | None = None, how: str = ""
) -> Nonconformity:
    """A new nonconformity, tied to its `source` (or to those that `values["source"]` names as area/code).

    How it was found is what `how` or the source's area says, and what is typed where neither says anything.
    Raises Forbidden, NotFound for an unknown source, or Refused with every obstacle at once.
    """
    values = dict(values)
    actor.require(RECORD)
    paths = values.pop("source", "") or ""
    sources = links.named(actor, paths) if source is None else [source]
    values["source_kind"] = how or links.found_through(sources) or values.get("source_kind")
    numbers = clauses.numbers_in(values.pop("clauses", "") or "")
    edition = values.pop("edition", "") or clauses.edition_of(actor)
    happened_on = values.pop("happened_on", None) or actor.today
    obstacles = [*_against(values, happened_on, actor), *clauses.unknown(edition, numbers, "edit#clauses")]
    early = due_not_before_opening(values.get("due"), actor.today)
    if early is not None and all(one.where != early.where for one in obstacles):
        obstacles.append(early)
    with change(actor):
        obstacles += place_obstacles(actor, values)
        if obstacles:
            raise Refused(obstacles)
        values |= {"first_due": values.get("due"), "happened_on": happened_on}
        row = Nonconformity.new(actor, **values)
        row.save()
        clauses.cite(actor, row.record, edition, numbers)
        for one in sources:
            link(actor, row.record, one, "source")
        if row.record.owner_id is None:
            notices.ask_for_owner(actor, row.record)
        else:
            jobs.notify(actor, row.record, _("%(code)s: you answer for it", code=row.record.code))
    return row


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Nonconformity:
    """Change what is said of a nonconformity that has not ended; a later due date needs `values["reason"]`.

    Raises NotFound, Forbidden, Stale, or Refused with every obstacle at once.
    """
    values = {name: value for name, value in values.items() if name != "source"}
    reason = values.pop("reason", "") or ""
    with change(actor, reason):
        row = Nonconformity.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if links.found_through(links.sources(record)):
            values.pop("source_kind", None)  # it stays found as its source says
        if record.state in ENDED:
            raise Refused([_("a nonconformity that has ended is not changed any more: reopen it first")])
        edition = values.pop("edition", "") or row.value("edition")
        numbers = clauses.numbers_in(values.pop("clauses")) if "clauses" in values else None
        values["happened_on"] = values.get("happened_on") or record.happened_on or actor.today
        obstacles = [
            *_against_edit(actor, row, values, reason),
            *clauses.unknown(edition, numbers or (), "edit#clauses"),
            *place_obstacles(actor, values, row=row, right=EDIT),
        ]
        if obstacles:
            raise Refused(obstacles)
        if (due := values.get("due", record.due)) != record.due:
            values["first_due"] = first_due(row.first_due, record.due, due)
        row.set(values)
        row.save()
        if numbers is not None:
            clauses.cite(actor, record, edition, numbers)
    return row


def _against_edit(actor: Actor, row: Nonconformity, values: dict[str, Any], reason: str) -> list[Obstacle]:
    """What speaks against changing these values of a nonconformity that is there."""
    record, day = row.record, values["happened_on"]
    told = ("title", "grade", "source_kind", "source_body", "source_ref", "due")
    whole = {name: row.value(name) for name in told} | values
    own = any(map(actor.is_or_acts_for, owners_since(row, "create")))
    found = (
        grade_keeps_its_path(record.state, row.grade, whole["grade"]),
        lower_grade_is_explained(row.grade, whole["grade"], reason, own=own),
        later_due_needs_a_reason(record.due, whole["due"], reason, first=row.first_due),
        later_day_is_explained(record.state, record.happened_on, day, reason),
        not_corrected_before(day, row.contained_on),
        criterion.against_day(row, day),
    )
    return [*_against(whole, day, actor), *filter(None, found), *links.against_day(row, day)]


def _against(values: dict[str, Any], happened_on: date, actor: Actor) -> list[Obstacle]:
    """What speaks against these values, whoever sends them."""
    found = []
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the title is missing"), "edit#title"))
    if values.get("grade") not in GRADES:
        found.append(Obstacle(_("there is no such grade"), "edit#grade"))
    if values.get("source_kind") not in SOURCES:
        found.append(Obstacle(_("there is no such source"), "edit#source_kind"))
    found += source_is_told(*(values.get(name) for name in ("source_kind", "source_body", "source_ref")))
    if happened_on > actor.today:
        found.append(Obstacle(_("it cannot have happened in the future"), "edit#happened_on"))
    due = values.get("due")
    if due is not None and due < happened_on:
        found.append(Obstacle(_("the due date is before the day it happened"), "edit#due"))
    return found


def add_action(actor: Actor, code: str, values: dict[str, Any]) -> Action:
    """A new action that serves the nonconformity; raises NotFound, Forbidden or Refused."""
    row = Nonconformity.by_code(actor.organisation_id, code)
    return actions.open_action(actor, values, serves=row.record)


def may_add_action(actor: Actor, row: Nonconformity) -> bool:
    """Whether the actor may add an action as things stand, for the page."""
    record = row.record
    if record.state not in TAKES_ACTIONS:
        return False
    if record.state in APPROVED:
        return actions.may_change_approved(actor, record, APPROVE, *submitted_by(row))
    if row.own_machine() is IMPROVEMENT and actor.may(APPROVE, unit_id=record.unit_id):
        return True
    return actor.may(HANDLE, unit_id=record.unit_id, owner_id=record.owner_id)


def may_serve(actor: Actor, record: Record, action: Mapping[str, Any] | None = None) -> list[Obstacle]:
    """What speaks against a new action for the nonconformity (hook); raises Forbidden."""
    row = Nonconformity.by_code(actor.organisation_id, str(record.code))
    approved = record.state in APPROVED
    decides = approved or row.own_machine() is IMPROVEMENT  # who takes an improvement up may say how
    if not (decides and actor.may(APPROVE, unit_id=record.unit_id)):
        actor.require(HANDLE, unit_id=record.unit_id, owner_id=record.owner_id)
    found = takes_an_action(record.state, row.own_machine().labels[record.state])
    if found is None and approved:
        found = added_by_approver(str(record.code), by_approver=may_add_action(actor, row))
    if found is not None:
        return [found]
    return [] if action is None else assigned_where_approved(record.state, action)


def action_obstacles(
    actor: Actor, record: Record, action: Kind, changes: Mapping[str, Any]
) -> list[Obstacle]:
    """What the nonconformity says against changing, undoing, voiding or taking back an action that serves it (hook)."""
    if changes.get("state") == action_rules.S.IN_PROGRESS:
        ended = ended_with_its_actions(record.state, str(record.code))
        return [] if ended is None else [ended]
    if waits := plan_waits(record.state, str(record.code), changes):
        return [waits]
    if record.state not in APPROVED:
        return []
    row = Nonconformity.by_code(actor.organisation_id, str(record.code))
    found = actions.against_promise(actor, record, action, changes, APPROVE, submitted_by(row))
    if (
        changes.get("state") == action_rules.S.VOIDED and record.state != P.ACCEPTED
    ):  # that can still be declined
        others = [one for one in points(row) if one.code != action.record.code]
        left = another_action_is_left(record.code, others, waived=bool(row.waiver))
        found += [left] if left is not None else []
    return found


# ---------------------------------------------------------------- steps


def fire(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    values: dict[str, str] | None = None,
) -> Nonconformity:
    """Take one step of the machine of its grade; raises NotFound, Stale, Forbidden or Refused."""
    with change(actor, reason):
        row = _step(actor, code, transition, reason=reason, version=version)
        if transition in ("approve_plan", "accept") and ready_to_finish(row.record.state, points(row)):
            row = _step(actor, code, "finish", automatic=True)
        elif transition == "void":
            links.forget_recurrences(actor, row.record, reason)
    return row


def _step(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    automatic: bool = False,
) -> Nonconformity:
    return steps.fire(
        actor,
        Nonconformity,
        code,
        transition,
        facts=facts if transition == "close" else own_facts,
        reason=reason,
        version=version,
        automatic=automatic,
        apply=_records(actor, transition, reason),
    )


def _records(actor: Actor, transition: str, reason: str) -> Callable[[Any], None]:
    """What the step itself records on the nonconformity."""

    def apply(row: Nonconformity) -> None:
        values: dict[str, Any] = {}
        if transition == "contain" and row.correction:  # that nothing could be put right is no correction
            values = {"contained_on": row.contained_on or actor.today}
        elif transition == "plan":
            owner = row.record.owner_id
            notices.tell_approvers(actor, row)
            values = {
                "planner": actor.person_id, "planned_for_id": owner if owner in actor.acts_for else None
            }  # fmt: skip
        elif transition == "return_plan":
            notices.tell_planner(actor, row)
            values = {"planner": None, "planned_for_id": None}
        elif transition in ("approve_plan", "accept"):
            notices.tell_owners(actor, row)
            values = {"approver": actor.person_id}
        elif transition == "waive_action":
            values = {"waiver": reason.strip()}
        elif transition == "close":
            values = criterion.evidence(actor, row) | {
                "verifier": actor.person_id, "checked_on": actor.today, "effect_reason": reason.strip() or None
            }  # fmt: skip
        elif transition in ("not_effective", "reopen"):  # the next round is planned and checked anew
            values = (
                _EFFECT | _PLAN | {"generation": row.generation + 1, "generation_at": current_change().at}
            )
        if transition in ("finish", "waive_action") and row.own_machine() is Nonconformity.machine:
            values["effect_on"] = day_of_check(row, actor.today)
        row.set(values)

    return apply


def after_change(actor: Actor, row: Kind, transition: str) -> None:
    """Move a nonconformity on when the last of its actions is done or voided (hook `on_change`).

    Whoever approved its plan hears of an action that is added to it; an action that was returned and is done again
    takes a check that was to come before it along.
    """
    if not isinstance(row, Action):
        return
    if transition == action_rules.SERVES:
        target = actions.served(row.record_id)[-1]  # the tie that was just made
        if target.kind == Nonconformity.kind and target.state in APPROVED:
            notices.tell_of_added(
                actor, Nonconformity.by_code(actor.organisation_id, str(target.code)), row.record
            )
    if transition not in ("finish", "void"):
        return
    served = (
        Nonconformity.select(Nonconformity, Record)
        .join(Record)
        .join(Link, on=(Link.target == Record.id))
        .where(Link.record == row.record_id, Link.relation == action_rules.SERVES, Link.stands())
    )
    for one in served:
        if transition == "void" and one.record.state in APPROVED:
            notices.tell_of_void(actor, one, row.record)
        if ready_to_finish(one.record.state, points(one)):
            _step(actor, one.record.code, "finish", automatic=True)
        elif transition == "finish" and one.record.state == S.VERIFYING:
            _move_check(actor, str(one.record.code))


def _move_check(actor: Actor, code: str) -> None:
    """The check of the effect comes after the last action."""
    row = Nonconformity.locked(actor, code)
    row.set({"effect_on": day_of_check(row, actor.today)})
    row.save()
