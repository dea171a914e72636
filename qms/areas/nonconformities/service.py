"""Recording nonconformities and taking them to proven effect (clause 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.service import Serving
from qms.areas.nonconformities import service_criterion as criterion
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import (
    APPROVE,
    EDIT,
    ENDED,
    GRADES,
    HANDLE,
    INDEPENDENT,
    METHODS,
    PARTS,
    RULE,
    SOURCES,
    ActionPoint,
    NcFacts,
    S,
    check_day,
    either_correction_or_why_none,
    machine_of,
    ready_to_finish,
)
from qms.areas.nonconformities.rules_actions import (
    another_action_is_left,
    approved_plan_stands,
    takes_an_action,
)
from qms.kernel import area, catalogue, clauses, steps
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.links import Link, link
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import ANY_UNIT, Actor
from qms.kernel.records import Kind, Record
from qms.kernel.text import _
from qms.kernel.trail import change, current_change

# What another round begins without. A rule on an indicator is set anew: its periods lie before that round.
_EFFECT = {
    "effect_on": None, "effect_result": "", "effect_met": "", "effect_reason": None, "checked_on": None,
    "verifier": None,
}  # fmt: skip
_PLAN = {"planner": None, "approver": None, "waiver": "", **dict.fromkeys(RULE)}


# ---------------------------------------------------------------- facts


def points(row: Nonconformity, serving: Sequence[Serving] | None = None) -> tuple[ActionPoint, ...]:
    """The actions that serve it and are not voided, by code; of `serving` where they were read already."""
    done = {action_rules.S.DONE, action_rules.S.VERIFIED}
    since = row.generation_at
    return tuple(
        ActionPoint(
            one.code,
            one.owner_id,
            one.due,
            one.state in done,
            since is None or one.recorded_at > since,
            one.done_by_id,
        )
        for one in (actions.serving(row.record_id) if serving is None else serving)
        if one.state != action_rules.S.VOIDED
    )


def facts(row: Nonconformity, actor: Actor, serving: Sequence[Serving] | None = None) -> NcFacts:
    """What the machine's conditions look at, with the figures by which its effect is judged.

    `serving` are its actions where they were read already.
    """
    judged = criterion.judgement(actor, row) if row.record.state == S.VERIFYING else None
    return replace(own_facts(row, actor, serving), judged=judged)


def own_facts(row: Nonconformity, actor: Actor, serving: Sequence[Serving] | None = None) -> NcFacts:
    """What every condition but those of closing looks at: nothing is read of the indicators."""
    return NcFacts(
        correction=row.correction,
        no_correction=row.no_correction,
        consequences=row.consequences,
        cause=row.cause,
        elsewhere=row.elsewhere,
        actions=points(row, serving) if row.record.state not in ENDED else (),
        planner_id=row.planner_id,
        cause_authors=row.authors(),
        effect_result=row.effect_result,
        effect_met=row.effect_met,
        actor_id=actor.person_id,
        acts_for=actor.acts_for,
    )


def default_check_day(row: Nonconformity, done_on: date) -> date:
    """The day of the effectiveness check where nobody has set one, by grade (audits/rules)."""
    return check_day(row.grade, done_on, catalogue.rules("nonconformities")["effectiveness_days"])


# ---------------------------------------------------------------- recording


def open_nc(
    actor: Actor, values: dict[str, Any], *, source: Record | None = None, how: str = ""
) -> Nonconformity:
    """A new nonconformity, tied to its `source` (or to the one that `values["source"]` names as area/code).

    How it was found is what `how` or the source's area says, and what is typed where neither says anything.
    Raises Forbidden, NotFound for an unknown source, or Refused with every obstacle at once.
    """
    values = dict(values)
    actor.require(EDIT, unit_id=values.get("unit") or ANY_UNIT)
    path = values.pop("source", "")
    if source is None and path:
        source = area.record_at(actor, path)
    values["source_kind"] = how or found_through(source) or values.get("source_kind")
    numbers = clauses.numbers_in(values.pop("clauses", "") or "")
    edition = values.pop("edition", "") or clauses.edition_of(actor)
    happened_on = values.pop("happened_on", None) or actor.today
    obstacles = [*_against(values, happened_on, actor), *clauses.unknown(edition, numbers, "edit#clauses")]
    with change(actor):
        obstacles += place_obstacles(actor, values)
        if obstacles:
            raise Refused(obstacles)
        row = Nonconformity.new(actor, title=values.pop("title"), happened_on=happened_on, **values)
        row.save()
        clauses.cite(actor, row.record, edition, numbers)
        if source is not None:
            link(actor, row.record, source, "source")
    return row


def found_through(source: Record | None) -> str:
    """How one that comes from that record was found, as the record's area says; empty where it does not."""
    return area.area_of(source).found_through if source is not None else ""


def _sources(record: Record) -> list[Record]:
    tied = Link.select(Link.target).where(Link.record == record.id, Link.relation == "source")
    return list(Record.select().where(Record.id.in_(tied)))


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Nonconformity:
    """Change what is said of a nonconformity that has not ended.

    Raises NotFound, Forbidden, Stale, or Refused with every obstacle at once.
    """
    values = {name: value for name, value in values.items() if name != "source"}
    with change(actor):
        row = Nonconformity.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if any(found_through(source) for source in _sources(record)):
            values.pop("source_kind", None)  # it stays found as its source says
        if record.state in ENDED:
            raise Refused([_("a nonconformity that has ended is not changed any more: reopen it first")])
        edition = values.pop("edition", "") or row.value("edition")
        numbers = clauses.numbers_in(values.pop("clauses")) if "clauses" in values else None
        happened_on = values.get("happened_on") or record.happened_on or actor.today
        whole = {"title": record.title, "grade": row.grade, "source_kind": row.source_kind} | values
        obstacles = [
            *_against(whole, happened_on, actor),
            *clauses.unknown(edition, numbers or (), "edit#clauses"),
        ]
        if record.state != S.OPEN and machine_of(whole["grade"]) is not row.own_machine():
            obstacles.append(
                Obstacle(_("a grade that takes another path is chosen while it is open"), "edit#grade")
            )
        obstacles += place_obstacles(actor, values, row=row, right=EDIT)
        if obstacles:
            raise Refused(obstacles)
        row.set(values | {"happened_on": happened_on})
        row.save()
        if numbers is not None:
            clauses.cite(actor, record, edition, numbers)
    return row


def _against(values: dict[str, Any], happened_on: date, actor: Actor) -> list[Obstacle]:
    """What speaks against these values, whoever sends them."""
    found = []
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the title is missing"), "edit#title"))
    if values.get("grade") not in GRADES:
        found.append(Obstacle(_("there is no such grade"), "edit#grade"))
    if values.get("source_kind") not in SOURCES:
        found.append(Obstacle(_("there is no such source"), "edit#source_kind"))
    if happened_on > actor.today:
        found.append(Obstacle(_("it cannot have happened in the future"), "edit#happened_on"))
    due = values.get("due")
    if due is not None and due < happened_on:
        found.append(Obstacle(_("the due date is before the day it happened"), "edit#due"))
    return found


def write_part(
    actor: Actor, code: str, part: str, values: dict[str, Any], version: int | None = None
) -> Nonconformity:
    """Write one part: correction, analysis, plan or effectiveness.

    Who writes on the cause is remembered for good: they cannot verify the effect. Raises NotFound,
    Forbidden, Stale, or Refused with every obstacle at once.
    """
    which = PARTS[part]
    values = {name: values[name] for name in which.fields if name in values}
    with change(actor):
        row = Nonconformity.locked(actor, code, version, values)
        record = row.record
        actor.require(which.permission, unit_id=record.unit_id, owner_id=record.owner_id)
        if part == "plan":
            values |= criterion.as_kept(row, values)
        obstacles = _against_part(row, part, values, actor)
        if obstacles:
            raise Refused(obstacles)
        if (
            part == "analysis"
            and actor.person_id
            and any(row.value(n) != values.get(n, row.value(n)) for n in _CAUSE)
        ):
            values["cause_authors"] = ",".join(map(str, sorted(row.authors() | {actor.person_id})))
        row.set(values)
        row.save()
    return row


_CAUSE = ("cause", "whys")


def _against_part(row: Nonconformity, part: str, values: dict[str, Any], actor: Actor) -> list[Obstacle]:
    which = PARTS[part]
    machine = row.own_machine()
    if row.record.state not in which.states or machine is not Nonconformity.machine:
        state = machine.labels[row.record.state]
        return [
            Obstacle(
                _("“%(part)s” is not written while the state is “%(state)s”", part=which.title, state=state)
            )
        ]
    found: list[Obstacle] = []
    if (values.get("cause_method") or "") not in ("", *METHODS):
        found.append(Obstacle(_("there is no such method of analysis"), "analysis#cause_method"))
    if (values.get("effect_met") or "") not in ("", "yes", "no"):
        found.append(Obstacle(_("answer whether it is effective with yes or no"), "effectiveness#effect_met"))
    day = values.get("effect_on")
    if day is not None and row.record.happened_on and day < row.record.happened_on:
        found.append(Obstacle(_("the effectiveness check is before the day it happened"), "plan#effect_on"))
    if part == "correction":
        texts = (values.get(n, row.value(n)) for n in ("correction", "no_correction"))
        both = either_correction_or_why_none(*texts)
        found += [] if both is None else [both]
    if part == "plan":
        found += criterion.against(actor, row, values)
    if part == "effectiveness":  # the check belongs to somebody independent, not only the closing
        found += Nonconformity.machine.obstacles_of(INDEPENDENT, own_facts(row, actor))
    return found


def add_action(actor: Actor, code: str, values: dict[str, Any]) -> Action:
    """A new action that serves the nonconformity; raises NotFound, Forbidden or Refused."""
    row = Nonconformity.by_code(actor.organisation_id, code)
    return actions.open_action(actor, values, serves=row.record)


def may_serve(actor: Actor, record: Record) -> list[Obstacle]:
    """What speaks against a new action for the nonconformity (hook); raises Forbidden."""
    actor.require(HANDLE, unit_id=record.unit_id, owner_id=record.owner_id)
    row = Nonconformity.by_code(actor.organisation_id, str(record.code))
    found = takes_an_action(record.state, row.own_machine().labels[record.state])
    return [] if found is None else [found]


def action_obstacles(
    actor: Actor, record: Record, action: Kind, changes: Mapping[str, Any]
) -> list[Obstacle]:
    """What the nonconformity says against changing or voiding an action that serves it (hook)."""
    by_approver = actor.may(APPROVE, unit_id=record.unit_id) and not actor.is_or_acts_for(
        action.record.owner_id
    )
    found = [approved_plan_stands(record.state, record.code, changes, by_approver=by_approver)]
    if changes.get("state") == action_rules.S.VOIDED:
        row = Nonconformity.by_code(actor.organisation_id, str(record.code))
        others = [one for one in points(row) if one.code != action.record.code]
        found.append(another_action_is_left(record.state, record.code, others, waived=bool(row.waiver)))
    return [one for one in found if one is not None]


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
        if transition == "plan":
            values = {"planner": actor.person_id}
        elif transition in ("approve_plan", "accept"):
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
            values["effect_on"] = row.effect_on or default_check_day(row, actor.today)
        row.set(values)

    return apply


def after_change(actor: Actor, row: Kind, transition: str) -> None:
    """Move a nonconformity on when the last of its actions is done or voided (hook `on_change`)."""
    if not isinstance(row, Action) or transition not in ("finish", "void"):
        return
    served = (
        Nonconformity.select(Nonconformity, Record)
        .join(Record)
        .join(Link, on=(Link.target == Record.id))
        .where(Link.record == row.record_id, Link.relation == "serves")
    )
    for one in served:
        if ready_to_finish(one.record.state, points(one)):
            _step(actor, one.record.code, "finish", automatic=True)
