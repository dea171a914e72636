"""What the conditions of a nonconformity's steps look at, read from the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from peewee import fn

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service as actions
from qms.areas.actions.service import Serving
from qms.areas.nonconformities import service_criterion as criterion
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import ENDED, P, S, check_day
from qms.areas.nonconformities.rules_analysis import CAUSES, why_steps
from qms.areas.nonconformities.rules_conditions import ActionPoint, NcFacts
from qms.kernel import catalogue
from qms.kernel.links import Link
from qms.kernel.owners import works
from qms.kernel.people import Deputy
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry


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
            since is None or one.serves_since > since,
            one.done_by_id,
            one.ended_on,
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
        cause_method=row.cause_method,
        whys=len(why_steps(row.whys)),
        causes=frozenset(causes(row)),
        cause=row.cause,
        cause_group=row.cause_group or "",
        elsewhere=row.elsewhere,
        actions=points(row, serving) if row.record.state not in ENDED else (),
        departed=_departed(row, actor),
        planner_id=row.planner_id,
        planned_for_id=_planned_for(row, actor),
        waived_by_id=_waived_by(row),
        left_behind=_left_behind(row),
        former_owners=_former_owners(row),
        cause_authors=row.authors(),
        effect_result=row.effect_result,
        effect_met=row.effect_met,
        effect_on=row.effect_on,
        today=actor.today,
        actor_id=actor.person_id,
        acts_for=actor.acts_for,
    )


def _departed(row: Nonconformity, actor: Actor) -> frozenset[int]:
    """The owners of its actions who do not work here today, where a plan is submitted, approved or taken up."""
    if row.record.state not in _PLANNING:
        return frozenset()
    return frozenset(key for (key,) in _DEPARTED.rows(row.record_id, actor.organisation_id, actor.today))


_PLANNING = frozenset({S.ANALYSED, S.PLANNED, P.OPEN})
_SUBMITTED = frozenset({S.PLANNED, S.ACTING, S.VERIFYING})
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


def submitted_by(row: Nonconformity, actor: Actor) -> tuple[int | None, int | None]:
    """Who submitted the plan, and the owner where that was done for them."""
    return row.planner_id, _planned_for(row, actor)


def _planned_for(row: Nonconformity, actor: Actor) -> int | None:
    """The owner, where the plan was submitted by who has been their deputy since the record was opened."""
    record = row.record
    if record.state not in _SUBMITTED or row.planner_id in (None, record.owner_id) or record.owner_id is None:
        return None
    stood_in = _STOOD_IN.first(
        record.organisation_id, record.owner_id, row.planner_id, actor.today, record.happened_on
    )
    return None if stood_in is None else record.owner_id


_STOOD_IN = Prepared(
    lambda organisation, person, deputy, today, since: (
        Deputy.select(Deputy.id)
        .where(
            Deputy.organisation == organisation,
            Deputy.person == person,
            Deputy.deputy == deputy,
            Deputy.valid_from <= today,
            Deputy.valid_to >= since,
        )
        .tuples()
    )
)


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
    """(person, code) of each action that was handed over, or given to another after its plan was approved."""
    if row.record.state != S.VERIFYING:
        return ()
    entries = _OWNER_ENTRIES.rows(row.record_id, row.subject())
    found = {(json.loads(body)["changes"].get("owner", (None,))[0], code): None for body, code in entries}
    return tuple((int(person), code) for person, code in found if person is not None)


def _owner_entries(record: Any, subject: Any) -> Any:
    approval = TrailEntry.alias()
    approved = approval.select(fn.MAX(approval.seq)).where(
        approval.subject == subject, approval.tag == f"{Nonconformity.kind}.approve_plan"
    )
    given_away = (TrailEntry.tag == "action.edit") & (TrailEntry.seq > approved)
    return (
        TrailEntry.select(TrailEntry.body, Record.code)
        .join(Record, on=(TrailEntry.record_id == Record.id))
        .join(Link, on=(Link.record == Record.id))
        .where(
            Link.target == record,
            Link.relation == action_rules.SERVES,
            Link.stands(),
            (TrailEntry.tag == "action.hand_over") | given_away,
        )
        .order_by(TrailEntry.seq)
        .tuples()
    )


_OWNER_ENTRIES = Prepared(_owner_entries)


def _left_behind(row: Nonconformity) -> tuple[str, ...]:
    """Codes of the open actions that serve nothing else which is open, where it might be voided."""
    if row.record.state not in (S.OPEN, S.CONTAINED):
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
    before the day on which the last action is done."""
    if row.effect_on is not None and row.effect_on >= done_on:
        return row.effect_on
    return check_day(row.grade, done_on, catalogue.rules("nonconformities")["effectiveness_days"])
