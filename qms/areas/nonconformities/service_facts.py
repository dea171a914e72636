"""What the conditions of a nonconformity's steps look at, read from the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from peewee import fn

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service as actions
from qms.areas.actions import service_serving
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import Serving
from qms.areas.nonconformities import service_criterion as criterion
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import ENDED, IMPROVEMENTS, P, S, check_day
from qms.areas.nonconformities.rules_analysis import AUTHORED, CAUSES, why_steps
from qms.areas.nonconformities.rules_conditions import ActionPoint, NcFacts
from qms.kernel import catalogue
from qms.kernel.links import Link
from qms.kernel.owners import works
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry


def points(row: Nonconformity, serving: Sequence[Serving] | None = None) -> tuple[ActionPoint, ...]:
    """The actions that serve it and are not voided, by code; of `serving` where they were read already."""
    serving = service_serving.serving(row.record_id) if serving is None else serving
    done = {action_rules.S.DONE, action_rules.S.VERIFIED}
    untold = [one.id for one in serving if one.state in done and not one.proof]
    unproven = set(untold) - actions.proven_by_file(untold)
    since = row.generation_at
    return tuple(
        ActionPoint(
            one.code,
            one.owner_id,
            one.due,
            one.state in done,
            since is None or one.serves_since > since,
            one.done_by_id,
            one.ended_on,
            one.id not in unproven,
        )
        for one in serving
        if one.state != action_rules.S.VOIDED
    )


def facts(row: Nonconformity, actor: Actor, serving: Sequence[Serving] | None = None) -> NcFacts:
    """What the machine's conditions look at, with the figures by which its effect is judged.

    `serving` are its actions where they were read already.
    """
    found = own_facts(row, actor, serving)
    if row.record.state != S.VERIFYING:
        return found
    return replace(found, judged=criterion.judgement(actor, row))


def own_facts(row: Nonconformity, actor: Actor, serving: Sequence[Serving] | None = None) -> NcFacts:
    """What every condition but those of closing looks at: nothing is read of the indicators."""
    return NcFacts(
        correction=row.correction,
        no_correction=row.no_correction,
        consequences=row.consequences,
        cause_method=row.cause_method,
        whys=len(why_steps(row.whys)),
        causes=frozenset(causes(row)),
        cause=row.cause,
        cause_group=row.cause_group or "",
        elsewhere=row.elsewhere,
        actions=points(row, serving) if row.record.state not in ENDED else (),
        generation=row.generation,
        cause_revised=_cause_revised(row),
        criterion=row.criterion,
        by_indicator=bool(row.kpi),
        owners=_owners(row),
        departed=_departed(row, actor),
        planner_id=row.planner_id,
        planned_for_id=row.planned_for_id,
        waived_by_id=_waived_by(row),
        left_behind=_left_behind(row),
        former_owners=_former_owners(row),
        handed_over=_handed_over(row),
        cause_authors=row.authors(),
        effect_result=row.effect_result,
        effect_met=row.effect_met,
        effect_on=row.effect_on,
        today=actor.today,
        actor_id=actor.person_id,
        acts_for=actor.acts_for,
    )


def _cause_revised(row: Nonconformity) -> bool:
    """Whether the analysis was written on since the round began, where that is asked: as the trail tells."""
    if row.generation == 1 or row.record.state != S.CONTAINED:
        return True
    bodies = _EDITS_SINCE.rows(row.subject(), f"{row.kind}.edit", row.generation_at)
    return any(not json.loads(body)["changes"].keys().isdisjoint(AUTHORED) for (body,) in bodies)


_EDITS_SINCE = Prepared(
    lambda subject, tag, since: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.subject == subject, TrailEntry.tag == tag, TrailEntry.at > since)
        .tuples()
    )
)


def _owners(row: Nonconformity) -> frozenset[int]:
    """Who owns an improvement that waits for a decision, or did before: they do not decline it."""
    return (
        owners_since(row, "create")
        if row.record.state in (P.OPEN, P.ACCEPTED) and row.grade in IMPROVEMENTS
        else frozenset()
    )


def _departed(row: Nonconformity, actor: Actor) -> frozenset[int]:
    """The owners of its actions who do not work here today, where a plan is submitted, approved or taken up."""
    if row.record.state not in _PLANNING:
        return frozenset()
    return frozenset(key for (key,) in _DEPARTED.rows(row.record_id, actor.organisation_id, actor.today))


_PLANNING = frozenset({S.ANALYSED, S.PLANNED, P.OPEN})
_DEPARTED = Prepared(
    lambda record, organisation, day: (
        Record.select(Record.owner)
        .join(Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            Link.stands(),
            Record.owner.is_null(False),
            ~works(Record.owner, organisation, day),
        )
        .tuples()
    )
)


def submitted_by(row: Nonconformity) -> tuple[int | None, int | None]:
    """Who submitted the plan, and the owner where that was done for them by their deputy."""
    return row.planner_id, row.planned_for_id


def owners_since(row: Nonconformity, step: str) -> frozenset[int]:
    """Who owns it, or owned it since that step was last taken (`create`: ever), as the trail tells."""
    bodies = _HANDED_ON.rows(row.subject(), f"{row.kind}.{step}")
    former = (json.loads(body)["changes"].get("owner", (None,))[0] for (body,) in bodies)
    return frozenset(int(person) for person in (*former, row.record.owner_id) if person is not None)


def _handed_on(subject: Any, step: Any) -> Any:
    begun = TrailEntry.alias()
    since = begun.select(fn.COALESCE(fn.MAX(begun.seq), 0)).where(begun.subject == subject, begun.tag == step)
    return (
        TrailEntry.select(TrailEntry.body)
        .where(
            TrailEntry.subject == subject,
            TrailEntry.tag.in_([f"{Nonconformity.kind}.edit", f"{Nonconformity.kind}.hand_over"]),
            TrailEntry.seq > since,
        )
        .tuples()
    )


_HANDED_ON = Prepared(_handed_on)


def _waived_by(row: Nonconformity) -> int | None:
    """Who decided in this round that no action is needed, as the trail tells."""
    if row.record.state != S.VERIFYING or not row.waiver:
        return None
    body = _WAIVED.scalar(row.subject(), f"{row.kind}.waive_action")
    return None if body is None else json.loads(body)["actor"]["id"]


_WAIVED = Prepared(
    lambda subject, tag: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.subject == subject, TrailEntry.tag == tag)
        .order_by(TrailEntry.seq.desc())
        .limit(1)
        .tuples()
    )
)


def _former_owners(row: Nonconformity) -> tuple[tuple[int, str], ...]:
    """(person, code) of each action that was handed over, given to another after its plan was approved, or that was
    taken back after that: its owner and who reported it done."""
    if row.record.state != S.VERIFYING:
        return ()
    approval = f"{row.kind}.approve_plan"
    entries = _OWNER_ENTRIES.rows(row.record_id, row.subject(), approval)
    found = [(json.loads(body)["changes"].get("owner", (None,))[0], code) for body, code in entries]
    for owner, reported, code in _TAKEN_BACK.rows(row.record_id, row.subject(), approval):
        found += [(owner, code), (reported, code)]
    return tuple(dict.fromkeys((int(person), code) for person, code in found if person is not None))


def _approved(subject: Any, tag: Any, *conditions: Callable[[Any], Any]) -> Any:
    """The condition that its plan was approved after the action was made to serve it, and as `conditions` say."""
    approval = TrailEntry.alias()
    return fn.EXISTS(
        approval.select(approval.seq).where(
            approval.subject == subject,
            approval.tag == tag,
            approval.at >= fn.COALESCE(Link.made_at, Record.recorded_at),
            *(condition(approval) for condition in conditions),
        )
    )


def _owner_entries(record: Any, subject: Any, tag: Any) -> Any:
    given_away = (TrailEntry.tag == "action.edit") & _approved(
        subject, tag, lambda approval: approval.seq < TrailEntry.seq
    )
    return (
        TrailEntry.select(TrailEntry.body, Record.code)
        .join(Record, on=(TrailEntry.record_id == Record.id))
        .join(Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            (TrailEntry.tag == "action.hand_over") | given_away,
        )
        .order_by(TrailEntry.seq)
        .tuples()
    )


def _taken_back(record: Any, subject: Any, tag: Any) -> Any:
    return (
        Action.select(Record.owner, Action.done_by, Record.code)
        .join(Record)
        .join_from(Record, Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            Link.ended_at.is_null(False),
            _approved(subject, tag, lambda approval: approval.at <= Link.ended_at),
        )
        .tuples()
    )


_OWNER_ENTRIES, _TAKEN_BACK = Prepared(_owner_entries), Prepared(_taken_back)


def _handed_over(row: Nonconformity) -> tuple[str, ...]:
    """Codes of the actions that were handed over while the plan waits for its approval."""
    if row.record.state != S.PLANNED:
        return ()
    return tuple(code for (code,) in _HANDED_OVER.rows(row.record_id, row.subject(), f"{row.kind}.plan"))


def _handed_over_since(record: Any, subject: Any, submitted: Any) -> Any:
    plan = TrailEntry.alias()
    since = plan.select(fn.MAX(plan.seq)).where(plan.subject == subject, plan.tag == submitted)
    return (
        TrailEntry.select(Record.code)
        .join(Record, on=(TrailEntry.record_id == Record.id))
        .join(Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            Link.stands(),
            TrailEntry.tag == "action.hand_over",
            TrailEntry.seq > since,
        )
        .distinct()
        .tuples()
    )


_HANDED_OVER = Prepared(_handed_over_since)


def _left_behind(row: Nonconformity) -> tuple[str, ...]:
    """Codes of the open actions that serve nothing else which is open, where it might be voided."""
    if row.record.state not in (S.OPEN, S.CONTAINED, P.ACCEPTED):
        return ()
    return tuple(code for (code,) in _LEFT_BEHIND.rows(row.record_id))


def _serving_it_alone(record: Any) -> Any:
    tie, other = Link.alias(), Record.alias()
    elsewhere = (
        tie.select(tie.id)
        .join(other, on=(tie.target == other.id))
        .where(
            tie.record == Record.id,
            tie.relation == action_rules.SERVES,
            tie.ended_at.is_null(),
            tie.target != record,
            other.ended_on.is_null(),
        )
    )
    return (
        Record.select(Record.code)
        .join(Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            Link.stands(),
            Record.state.in_(sorted(action_rules.UNDER_WAY)),
            ~fn.EXISTS(elsewhere),
        )
        .order_by(Record.year, Record.number)
        .tuples()
    )


_LEFT_BEHIND = Prepared(_serving_it_alone)


def causes(row: Nonconformity) -> dict[str, str]:
    """Group -> what may have brought it about, of the groups in which something is recorded."""
    recorded = ((group, (row.value(column) or "").strip()) for group, column in CAUSES.items())
    return {group: text for group, text in recorded if text}


def day_of_check(row: Nonconformity, done_on: date) -> date:
    """The day that was set for the effectiveness check; by grade (audits/rules) where there is none, or it is
    before the day on which the last action is done. Never before a rule's last period has ended."""
    day = row.effect_on
    if day is None or day < done_on:
        day = check_day(row.grade, done_on, catalogue.rules("nonconformities")["effectiveness_days"])
    return max(day, criterion.judged_until(row) or day)
