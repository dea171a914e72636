"""Writing the parts of a nonconformity: correction, analysis, plan, effectiveness check."""

from __future__ import annotations

from datetime import date
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.nonconformities import service_criterion as criterion
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import ANSWERS, APPROVE, VERIFY, S
from qms.areas.nonconformities.rules_analysis import AUTHORED, GROUPS, METHODS, why_steps
from qms.areas.nonconformities.rules_conditions import INDEPENDENT, check_follows_the_actions, check_is_near
from qms.areas.nonconformities.rules_parts import PARTS, Part, criterion_stands, either_correction_or_why_none
from qms.areas.nonconformities.service_facts import own_facts, owners_since, points, submitted_by
from qms.kernel import catalogue
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.permissions import Actor
from qms.kernel.text import _
from qms.kernel.trail import change


def write_part(
    actor: Actor, code: str, part: str, values: dict[str, Any], version: int | None = None
) -> Nonconformity:
    """Write one part of `PARTS`: correction, analysis, plan, criterion, check or effectiveness.

    Who writes on the cause is remembered for good: they cannot verify the effect. What was settled before is
    changed for `values["reason"]`. Raises NotFound, Forbidden, Stale, or Refused with every obstacle at once.
    """
    which, reason = PARTS[part], values.get("reason") or ""
    values = {name: values[name] for name in which.fields if name in values}
    with change(actor, reason):
        row = Nonconformity.locked(actor, code, version, values)
        record = row.record
        actor.require(which.permission, unit_id=record.unit_id, owner_id=record.owner_id)
        if "criterion" in which.fields:
            values |= criterion.as_kept(row, values)
        if part == "analysis":
            values |= _analysis_as_kept(row, values, actor)
        if part == "correction" and values.get("correction") and record.state in which.states - which.draft:
            values["contained_on"] = (
                row.contained_on or actor.today
            )  # what could not be put right at once, was later
        obstacles = _against_part(row, which, values, actor)
        if which.needs_reason and not reason.strip():
            obstacles.append(Obstacle(_("a reason is needed"), f"{part}#reason"))
        unanswered = _unanswered(row, which, actor)
        row.set(values)
        if record.state in which.states - which.draft:  # what was confirmed stays answered
            obstacles += [one for one in _unanswered(row, which, actor) if one not in unanswered]
        if obstacles:
            raise Refused(obstacles)
        row.save()
    return row


def _analysis_as_kept(row: Nonconformity, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """The whys without gaps; with who writes them, where the cause changes."""
    kept: dict[str, Any] = {}
    if "whys" in values:
        kept["whys"] = "\n".join(why_steps(values["whys"] or ""))
    sent = values | kept
    if actor.person_id and any((row.value(n) or "") != (sent[n] or "") for n in AUTHORED if n in sent):
        owner = row.record.owner_id
        wrote = {actor.person_id} | (
            {owner} if owner in actor.acts_for else set()
        )  # a deputy writes for the owner
        kept["cause_authors"] = ",".join(map(str, sorted(row.authors() | wrote)))
    return kept


def _unanswered(row: Nonconformity, part: Part, actor: Actor) -> list[Obstacle]:
    """What the step that confirms the part still asks for."""
    return (
        list(Nonconformity.machine.obstacles_of(part.asked, own_facts(row, actor, ()))) if part.asked else []
    )


def against_writing(row: Nonconformity, part: Part, actor: Actor) -> list[Obstacle]:
    """What speaks against writing the part at all, whatever is written: no form is opened in vain."""
    if not _open_to(row, part):
        state = row.own_machine().labels[row.record.state]
        return [
            Obstacle(
                _("“%(part)s” is not written while the state is “%(state)s”", part=part.title, state=state)
            )
        ]
    if part.permission is VERIFY:  # the check and its day are for somebody independent, as the closing is
        return list(Nonconformity.machine.obstacles_of(INDEPENDENT, own_facts(row, actor)))
    if part.name != "criterion":
        return []
    stands = criterion_stands(str(row.record.code), by_approver=_by_approver(actor, row))
    return [] if stands is None else [stands]


def _open_to(row: Nonconformity, part: Part) -> bool:
    return row.record.state in part.states and row.own_machine() is Nonconformity.machine


def _against_part(row: Nonconformity, part: Part, values: dict[str, Any], actor: Actor) -> list[Obstacle]:
    found = against_writing(row, part, actor)
    if not _open_to(row, part):
        return found
    found += _against_choices(values)
    if "effect_on" in part.fields:
        found += _against_day(row, part, values.get("effect_on", row.effect_on), actor.today)
    if part.name == "correction":
        texts = (values.get(n, row.value(n)) for n in ("correction", "no_correction"))
        both = either_correction_or_why_none(*texts)
        found += [] if both is None else [both]
    if "criterion" in part.fields:
        found += criterion.against(actor, row, values)
    return found


def _against_day(row: Nonconformity, part: Part, day: date | None, today: date) -> list[Obstacle]:
    """What speaks against that day of the effectiveness check; once it is being checked, there is one."""
    where = f"{part.name}#effect_on"
    if day is None:
        missing = Obstacle(_("the day of the effectiveness check is missing"), where)
        return [missing] if row.record.state == S.VERIFYING else []
    if row.record.happened_on and day < row.record.happened_on:
        return [Obstacle(_("the effectiveness check is before the day it happened"), where)]
    if day == row.effect_on:
        return []
    most = catalogue.rules("nonconformities")["effectiveness_days"]["latest"]
    found = (check_follows_the_actions(day, points(row), where), check_is_near(day, today, most, where))
    return [one for one in found if one is not None]


def _by_approver(actor: Actor, row: Nonconformity) -> bool:
    record = row.record
    own = (*owners_since(row, "plan"), *submitted_by(row))
    return actions.may_change_approved(actor, record, APPROVE, *own)


def may_write(actor: Actor, row: Nonconformity, part: Part) -> bool:
    """Whether the actor may write the part as things stand."""
    record = row.record
    if not _open_to(row, part) or (part.name == "criterion" and not _by_approver(actor, row)):
        return False
    return actor.may(part.permission, unit_id=record.unit_id, owner_id=record.owner_id)


def _against_choices(values: dict[str, Any]) -> list[Obstacle]:
    """Values that are none of those to choose from."""
    offered = {
        "cause_method": (METHODS, _("there is no such method of analysis"), "analysis#cause_method"),
        "cause_group": (GROUPS, _("there is no such group of causes"), "analysis#cause_group"),
        "effect_met": (
            ANSWERS,
            _("answer whether it is effective with yes or no"),
            "effectiveness#effect_met",
        ),
    }
    return [
        Obstacle(text, where)
        for name, (choices, text, where) in offered.items()
        if (values.get(name) or "") not in ("", *choices)
    ]
