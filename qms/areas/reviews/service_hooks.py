"""What reviews tell the rest: the duty of the year, the leader's work, and input `a` of the next review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from qms.areas.actions.rules import ACTION
from qms.areas.reviews.models import Review, ReviewOutput
from qms.areas.reviews.rules import HELD, OPEN, S
from qms.areas.reviews.service import of_organisation, outputs
from qms.kernel.area import Duty, Figure, ReviewInput, WorkItem, duty_state
from qms.kernel.calendar import Period, due_words
from qms.kernel.catalogue import rules
from qms.kernel.numbers import percent_of
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, current_language, show_date, show_percent
from qms.kernel.waiting import waiting


def duties(actor: Actor, year: int) -> Iterator[Duty]:
    """At least one review in the calendar year (`review` in audits/rules/duties.toml, its day a default of ours)."""
    reviews = [r for r in of_organisation(actor.organisation_id or 0, *OPEN, *HELD) if _year_of(r) == year]
    held = [r for r in reviews if r.record.state in HELD]
    planned = [r for r in reviews if r.record.state in OPEN]
    rule = rules("duties")["review"]
    due = date.fromisoformat(f"{year:04d}-{rule['due']}")
    chosen = (held or planned or [None])[0]
    yield Duty(
        key=f"review:{year}",
        label=_("Management review"),
        state=duty_state(actor.today, due, done=bool(held), warn_days=rule["warn_days"]),
        due=due,
        done_on=held[0].held_on if held else None,
        url=f"reviews/{chosen.record.code}" if chosen else "reviews/new",
        rule=rule[f"source_{current_language()}"],
        note=_planned(chosen) if chosen and not held else None,
    )


def _year_of(review: Review) -> int:
    day = review.held_on or review.record.happened_on
    return day.year if day else 0


def _planned(review: Review) -> Message:
    if review.held_on is None:
        return _("%(code)s is being prepared", code=review.record.code)
    return _("%(code)s is planned for %(day)s", code=review.record.code, day=show_date(review.held_on))


def work(actor: Actor) -> Iterator[WorkItem]:
    """Reviews that are ready wait for whoever may hold them."""
    for review in waiting(actor, Review, "hold", where=Record.state == S.PREPARED):
        record = review.record
        yield WorkItem(
            record.title, f"reviews/{record.code}", _("is ready for the meeting"), record.code, review.held_on
        )


# ---------------------------------------------------------------- 9.3.2 a


def review_inputs(actor: Actor, period: Period) -> Iterator[ReviewInput]:
    """What became of earlier conclusions (9.3.2 a): all of the last review, the open ones of those before."""
    earlier = [r for r in of_organisation(actor.organisation_id or 0, *HELD) if r.reviewed() < period]
    for place, review in enumerate(earlier):
        followed = _followed(review)
        left = [pair for pair in followed if pair[1].ended_on is None]
        told = followed if place == 0 else left
        if not told and place:
            continue
        yield ReviewInput(
            input="a",
            heading=_(
                "Conclusions of %(code)s, held on %(day)s",
                code=review.record.code, day=show_date(review.held_on),
            ),
            lines=tuple(_told(actor, output, action) for output, action in told) or (_nothing(review),),
            figures=(_carried_out(review, len(followed) - len(left), len(followed)),) if followed else (),
            url=f"reviews/{review.record.code}#outputs",
        )  # fmt: skip


def _followed(review: Review) -> list[tuple[ReviewOutput, Record]]:
    """The conclusions of a held review with the shared rows of their actions."""
    concluded = [o for o in outputs(review) if o.action_id is not None]
    found = (
        {r.id: r for r in Record.select().where(Record.id.in_([o.action_id for o in concluded]))}
        if concluded
        else {}
    )
    return [(output, found[output.action_id]) for output in concluded]


def _told(actor: Actor, output: ReviewOutput, action: Record) -> str:
    owner = action.owner.name if action.owner else "–"
    state: object = ACTION.labels.get(action.state, action.state)
    if action.ended_on is None and action.due is not None:
        state = f"{state}, {show_date(action.due)}, {due_words(action.due, actor.today)}"
    return f"{action.code}: {output.text.strip().partition(chr(10))[0]} ({owner}; {state})"


def _nothing(review: Review) -> str:
    return str(_("The meeting drew no conclusion: %(reason)s", reason=review.no_output_reason))


def _carried_out(review: Review, done: int, concluded: int) -> Figure:
    return Figure(
        label=_("Conclusions carried out"),
        value=show_percent(percent_of(done, concluded)),
        fraction=f"{done} / {concluded}",
        period=str(review.reviewed().label()),
        url=f"reviews/{review.record.code}#outputs",
        source=review.record.code,
    )
