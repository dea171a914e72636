"""Preparing, holding and closing management reviews (clause 9.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.actions.rules import Sort
from qms.areas.reviews import pack, service_pack, topics
from qms.areas.reviews.models import Review, ReviewAttendant, ReviewInput, ReviewOutput, ReviewPack
from qms.areas.reviews.rules import EDIT, HELD, HOLD, MINUTES, NUMBER, OPEN, OutputFacts, ReviewFacts, S
from qms.kernel import jobs, steps
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.owners import worker_obstacle
from qms.kernel.people import Assignment, Person, valid_on
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import MAX_TITLE, Kind, Record, latest_first
from qms.kernel.text import _
from qms.kernel.trail import canonical, change, current_change

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


# ---------------------------------------------------------------- reading


def written(review: Review) -> dict[str, ReviewInput]:
    """Key -> what was written by hand, for the inputs on which something was."""
    return {row.key: row for row in ReviewInput.select().where(ReviewInput.record == review.record_id)}


def attendants(review: Review) -> list[ReviewAttendant]:
    """Those who are called, in the order in which they were."""
    query = ReviewAttendant.select().where(
        ReviewAttendant.record == review.record_id, ~ReviewAttendant.withdrawn
    )
    return list(query.order_by(ReviewAttendant.id))


def outputs(review: Review) -> list[ReviewOutput]:
    """The conclusions that stand, in the order of 9.3.3."""
    query = ReviewOutput.select().where(ReviewOutput.record == review.record_id, ~ReviewOutput.withdrawn)
    order = list(topics.outputs())
    return sorted(query, key=lambda row: (order.index(row.kind), row.id))


def facts(row: Review, actor: Actor) -> ReviewFacts:
    """What the machine's conditions look at; what is frozen is not collected again."""
    concluded = outputs(row) if row.record.state in OPEN else []
    return ReviewFacts(
        today=actor.today,
        held_on=row.held_on,
        chair_id=row.chair_id,
        chair_is_leader=is_leader(row),
        unanswered=unanswered(actor, row) if row.record.state in OPEN else (),
        presences=tuple(a.presence for a in attendants(row)),
        outputs=tuple(
            OutputFacts(o.id, n, o.owner_id, worker_obstacle(actor, o.owner_id) is None, o.due)
            for n, o in enumerate(concluded, 1)
        ),
        no_output_reason=row.no_output_reason,
        discussion=row.discussion,
        ended=row.ended,
    )


def unanswered(actor: Actor, row: Review) -> tuple[str, ...]:
    """The inputs that are still empty without a reason."""
    by_hand = {key: one.text or one.reason_if_empty for key, one in written(row).items()}
    return pack.unanswered(topics.inputs(), service_pack.shown(actor, row).keys(), by_hand)


def is_leader(row: Review) -> bool:
    """Whether the chair is a leader of the agency on the day of the meeting (today, until there is a day)."""
    if row.chair_id is None:
        return False
    return (
        Assignment.select()
        .where(
            Assignment.person == row.chair_id,
            Assignment.organisation == row.organisation_id,
            Assignment.role == Role.LEADER,
            valid_on(Assignment, row.held_on or current_day(row)),
        )
        .exists()
    )


def within(period: Period) -> str:
    """A period as it stands inside a sentence: `năm 2023`, `quý I/2024`."""
    label = str(period.label())
    return label[:1].lower() + label[1:]


def current_day(row: Review) -> Any:
    """The day on which the review was recorded: what stands for the meeting's until that is set."""
    return row.record.happened_on


# ---------------------------------------------------------------- writing


def create(actor: Actor, values: dict[str, Any]) -> Review:
    """A review over a period, in preparation; raises Forbidden, or Refused with every obstacle.

    `values`: period (a code), and as far as known title, held_on, started, place, chair, secretary, owner,
    illustrative. Without an owner it is the actor's; without a title it is called after its period.
    """
    actor.require(EDIT)
    values = dict(values)
    with change(actor):
        period = _require_good(actor, values)
        title = values.pop("title", "").strip() or str(
            _("Management review meeting, %(period)s", period=within(period))
        )
        values["owner"] = values.get("owner") or actor.person_id
        happened = values.get("held_on") or actor.today
        review = Review.new(actor, title=title, happened_on=happened, due=values.get("held_on"), **values)
        review.save()
    return review


def edit(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Review:
    """Change the meeting's data while it is prepared; raises Forbidden, Stale or Refused."""
    values = dict(values)
    with change(actor):
        review = Review.locked(actor, code, version, values)
        require_editor(actor, review)
        require_open(review)
        period = _require_good(actor, {"period": review.period} | values)
        if "period" in values:
            values["period"] = period.code
        if "held_on" in values:
            values |= {
                "due": values["held_on"],
                "happened_on": values["held_on"] or review.record.happened_on,
            }
        if not values.get("title", "x").strip():
            values.pop("title")
        review.set(values)
        review.save()
    return review


def write_minutes(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Review:
    """Record the course of the meeting: started, ended, place, discussion, why there is no conclusion.

    Possible until the review is closed; what was concluded, and so why nothing was, is fixed once it is held.
    Raises Forbidden, Stale or Refused.
    """
    with change(actor):
        review = Review.locked(actor, code, version, values)
        require_editor(actor, review)
        if review.record.state not in OPEN | {S.HELD}:
            raise Refused([_("the minutes of a closed or voided review are not changed any more")])
        _require_times(values)
        reason = values.get("no_output_reason", review.no_output_reason)
        if review.record.state == S.HELD and reason != review.no_output_reason:
            raise Refused([Obstacle(_("what was concluded is fixed since the meeting was held"), "minutes")])
        review.set(values)
        review.save()
    return review


def give_number(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Review:
    """Enter the number that the records office gave the minutes; raises Forbidden, Stale or Refused."""
    actor.require(NUMBER)
    with change(actor):
        review = Review.locked(actor, code, version, values)
        if review.record.state not in HELD:
            raise Refused([_("minutes get their number once the meeting was held")])
        review.set({"minutes_number": values["minutes_number"]})
        review.save()
    return review


def fire(
    actor: Actor, code: str, transition: str, *, reason: str = "", version: int | None = None,
    values: dict[str, str] | None = None,
) -> Review:  # fmt: skip
    """Take one step; `hold` freezes what was reviewed and turns each conclusion into an owned action.

    The minutes of a meeting that was held are made as PDF. Conclusions become actions when the meeting is
    held and not before: until then they are drafts that the leader has not decided on, and nobody's work.
    """

    def apply(row: Any) -> None:
        if transition == "hold":
            row.set({"due": None})  # the day of the meeting, which has been kept
            _freeze(actor, row)

    with change(actor, reason):
        review = steps.fire(
            actor, Review, code, transition, facts=facts, reason=reason, version=version, apply=apply
        )
        if transition == "hold":
            _open_actions(actor, review)
            jobs.ask(actor, review.record, MINUTES, "vi")
    return review


def _freeze(actor: Actor, review: Review) -> None:
    content = canonical(pack.dump(service_pack.both_languages(actor, review)))
    ReviewPack(
        organisation_id=review.organisation_id, record=review.record,
        taken_at=current_change().at, content=content,
    ).save()  # fmt: skip


def _open_actions(actor: Actor, review: Review) -> None:
    for output in outputs(review):
        first_line = output.text.strip().partition("\n")[0]
        action = actions.open_action(
            actor,
            {
                "title": first_line if len(first_line) <= MAX_TITLE else first_line[: MAX_TITLE - 1] + "…",
                "sort": str(Sort.IMPROVEMENT),
                "description": output.text,
                "resources": "",
                "proof": "",
                "owner": output.owner_id,
                "unit": _unit_of(actor, output.owner_id),
                "due": output.due,
            },
            serves=review.record,
        )
        output.action = action.record
        output.save()


def _unit_of(actor: Actor, person_id: int) -> int | None:
    """A unit in which the person works today, so that the action stands in that unit's lists."""
    return (
        Assignment.select(Assignment.unit)
        .where(
            Assignment.person == person_id, Assignment.organisation == actor.organisation_id,
            Assignment.unit.is_null(False), valid_on(Assignment, actor.today),
        )
        .order_by(Assignment.id)
        .scalar()
    )  # fmt: skip


# ---------------------------------------------------------------- what is refused


def may_serve(actor: Actor, record: Record, _action: Mapping[str, Any] | None = None) -> list[Obstacle]:
    """What speaks against a new action for the review (hook): it has its actions from the meeting. Raises Forbidden."""
    actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
    if record.state == S.HELD:
        return []
    return [
        Obstacle(_("a review takes actions while it is held and not closed: its conclusions become them"))
    ]


def action_obstacles(
    actor: Actor, record: Record, action: Kind, changes: Mapping[str, Any]
) -> list[Obstacle]:
    """What a review that was held says against changing an action that serves it (hook): its leader decided on it."""
    return actions.against_promise(actor, record, action, changes, HOLD) if record.state in HELD else []


def require_editor(actor: Actor, review: Review) -> None:
    """Raise Forbidden unless the actor may prepare this review."""
    actor.require(EDIT, unit_id=review.record.unit_id, owner_id=review.record.owner_id)


def require_open(review: Review) -> None:
    """Raise Refused once the review is held or voided: what was reviewed is frozen."""
    state = review.record.state
    if state in HELD:
        raise Refused([_("what was reviewed and concluded is frozen since the meeting was held")])
    if state not in OPEN:
        raise Refused([_("a voided review is not changed any more")])


def _require_good(actor: Actor, values: dict[str, Any]) -> Period:
    """The period that `values` name, its code made canonical there; raises Refused with every obstacle."""
    obstacles = [
        Obstacle(found.text, f"edit#{name}")
        for name in ("chair", "secretary", "owner")
        if (found := worker_obstacle(actor, values.get(name))) is not None
    ]
    obstacles += _time_obstacles(values, "edit")
    try:
        period = Period.parse(str(values.get("period") or ""))
    except ValueError as error:
        raise Refused([Obstacle(error.args[0], "edit#period"), *obstacles]) from error
    if obstacles:
        raise Refused(obstacles)
    values["period"] = period.code
    return period


def _require_times(values: dict[str, Any]) -> None:
    obstacles = _time_obstacles(values, "minutes")
    if obstacles:
        raise Refused(obstacles)


def _time_obstacles(values: dict[str, Any], form: str) -> list[Obstacle]:
    found = [
        Obstacle(
            _("“%(value)s” is not a time; write it like 08:30", value=values[name][:20]), f"{form}#{name}"
        )
        for name in ("started", "ended")
        if values.get(name) and not _CLOCK.fullmatch(values[name])
    ]
    if not found and values.get("started") and values.get("ended") and values["ended"] < values["started"]:
        found.append(Obstacle(_("the meeting ends before it begins"), f"{form}#ended"))
    return found


def of_organisation(organisation_id: int, *states: str) -> list[Review]:
    """The reviews of an organisation in one of `states`, the latest meeting first."""
    query = Review.of(organisation_id).where(Record.state.in_(states))
    return list(query.order_by(latest_first(Review.held_on), Record.year.desc(), Record.number.desc()))


def people_named(review: Review) -> dict[int, str]:
    """Id -> name of the people whom the review and its outputs name."""
    ids = {review.chair_id, review.secretary_id, *(o.owner_id for o in outputs(review))} - {None}
    return (
        {p.id: str(p.name) for p in Person.select(Person.id, Person.name).where(Person.id.in_(ids))}
        if ids
        else {}
    )
