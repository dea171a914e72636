"""When a management review may be prepared, held and closed (clause 9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qms.kernel.errors import Obstacle
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of a management review."""

    DRAFT = "draft"
    PREPARED = "prepared"
    HELD = "held"
    CLOSED = "closed"
    VOIDED = "voided"


class Presence(StrEnum):
    """Whether somebody who was called to the meeting came."""

    INVITED = "invited"
    PRESENT = "present"
    ABSENT = "absent"


class OutputKind(StrEnum):
    """What a conclusion is about (9.3.3 a, b, c)."""

    IMPROVEMENT = "improvement"
    CHANGE = "change"
    RESOURCE = "resource"


LABELS: dict[str, Message] = {
    S.DRAFT: _("being prepared"),
    S.PREPARED: _("ready for the meeting"),
    S.HELD: _("held"),
    S.CLOSED: _("closed"),
    S.VOIDED: _("voided"),
}
PRESENCES: dict[str, Message] = {
    Presence.INVITED: _("invited, not recorded yet"),
    Presence.PRESENT: _("present"),
    Presence.ABSENT: _("absent"),
}
OUTPUT_KINDS: dict[str, Message] = {
    OutputKind.IMPROVEMENT: _("opportunity for improvement"),
    OutputKind.CHANGE: _("change to the system"),
    OutputKind.RESOURCE: _("resource needed"),
}
OPEN = frozenset({S.DRAFT, S.PREPARED})  # what is reviewed may still change
HELD = frozenset({S.HELD, S.CLOSED})  # what was reviewed is frozen
MINUTES = "review-minutes"  # the document that is made from a review

VIEW = Permission("reviews.view", _("see management reviews and their minutes"), READERS)
EDIT = Permission(
    "reviews.edit", _("prepare management reviews and write their minutes"),
    frozenset({Role.COORDINATOR, Role.LEADER}), owner=True,
)  # fmt: skip
HOLD = Permission(
    "reviews.hold", _("hold a management review: its inputs freeze, its conclusions become actions"),
    frozenset({Role.LEADER}),
)  # fmt: skip
CLOSE = Permission(
    "reviews.close", _("close a management review"), frozenset({Role.COORDINATOR, Role.LEADER})
)
NUMBER = Permission(
    "reviews.number", _("enter the number of the minutes of a management review"),
    frozenset({Role.COORDINATOR, Role.RECORDS}),
)  # fmt: skip
VOID = Permission("reviews.void", _("void a management review"), frozenset({Role.COORDINATOR}))
PERMISSIONS = (VIEW, EDIT, HOLD, CLOSE, NUMBER, VOID)


@dataclass(frozen=True)
class OutputFacts:
    """What the conditions look at in a conclusion; `number` counts from 1 on the page."""

    id: int
    number: int
    owner_id: int | None
    owner_works_here: bool
    due: date | None


@dataclass(frozen=True)
class ReviewFacts:
    """What the conditions look at; `unanswered` are the keys of inputs without figures, text or reason."""

    today: date
    held_on: date | None
    chair_id: int | None
    chair_is_leader: bool
    unanswered: tuple[str, ...]
    presences: tuple[str, ...]
    outputs: tuple[OutputFacts, ...]
    no_output_reason: str
    discussion: str
    ended: str


def every_input_is_answered(facts: ReviewFacts) -> Obstacle | None:
    """Each input of 9.3.2 holds figures or text, or a reason why there is none."""
    if not facts.unanswered:
        return None
    keys = ", ".join(facts.unanswered)
    return Obstacle(
        _("inputs without figures, text or a reason: %(keys)s", keys=keys),
        f"inputs/{facts.unanswered[0]}", "9.3.2",
    )  # fmt: skip


def chair_is_a_leader(facts: ReviewFacts) -> Obstacle | None:
    """Top management reviews (9.3.1): the chair is a leader of the agency on the day."""
    if facts.chair_id is None:
        return Obstacle(_("nobody chairs the meeting"), "edit#chair", "9.3.1")
    if not facts.chair_is_leader:
        return Obstacle(_("the chair is no leader of the agency on that day"), "edit#chair", "9.3.1")
    return None


def has_a_day(facts: ReviewFacts) -> Obstacle | None:
    """The day of the meeting is set."""
    return None if facts.held_on else Obstacle(_("the day of the meeting is missing"), "edit#held_on")


def the_day_has_come(facts: ReviewFacts) -> Obstacle | None:
    """A meeting is held on its day or recorded later, never before."""
    if facts.held_on is None or facts.held_on <= facts.today:
        return None
    return Obstacle(_("the day of the meeting is still to come"), "edit#held_on")


def has_attendants(facts: ReviewFacts) -> Obstacle | None:
    """Somebody is called to the meeting."""
    return None if facts.presences else Obstacle(_("nobody is called to the meeting"), "attendants/new")


def attendance_is_recorded(facts: ReviewFacts) -> Obstacle | None:
    """Of everybody who was called it is known whether they came, and somebody did."""
    left = sum(1 for presence in facts.presences if presence == Presence.INVITED)
    if left:
        text = _("attendance of %(n)s people is not recorded", n=left)
        return Obstacle(_("attendance of one person is not recorded") if left == 1 else text, "attendance")
    if facts.presences and Presence.PRESENT not in facts.presences:
        return Obstacle(_("nobody was present"), "attendance")
    return None


def has_outputs_or_a_reason(facts: ReviewFacts) -> Obstacle | None:
    """The meeting drew a conclusion (9.3.3), or says why it drew none."""
    if facts.outputs or facts.no_output_reason.strip():
        return None
    return Obstacle(_("there is no conclusion, and no reason why"), "outputs/new", "9.3.3")


def outputs_have_owner_and_due_date(facts: ReviewFacts) -> Obstacle | None:
    """Each conclusion can become an action: somebody who works here, a day that has not passed."""
    for output in facts.outputs:
        where = f"outputs/{output.id}"
        if output.owner_id is None:
            return Obstacle(_("conclusion %(n)s has no owner", n=output.number), f"{where}#owner")
        if not output.owner_works_here:
            gone = _("the owner of conclusion %(n)s does not work here any more", n=output.number)
            return Obstacle(gone, f"{where}#owner")
        if output.due is None:
            return Obstacle(_("conclusion %(n)s has no due date", n=output.number), f"{where}#due")
        if output.due < facts.today:
            return Obstacle(_("the due date of conclusion %(n)s has passed", n=output.number), f"{where}#due")
    return None


def minutes_are_complete(facts: ReviewFacts) -> Obstacle | None:
    """The minutes say what was discussed and when the meeting ended."""
    if not facts.discussion.strip():
        return Obstacle(_("the discussion is not recorded"), "minutes#discussion")
    if not facts.ended.strip():
        return Obstacle(_("the end of the meeting is not recorded"), "minutes#ended")
    return None


_PREPARED = (every_input_is_answered, chair_is_a_leader, has_a_day, has_attendants)
_HELD = (the_day_has_come, attendance_is_recorded, has_outputs_or_a_reason, outputs_have_owner_and_due_date)

REVIEW = Machine(
    "review",
    S,
    LABELS,
    (
        Transition("hold", OPEN, S.HELD, _("Record the meeting as held"), HOLD, (*_PREPARED, *_HELD)),
        Transition(
            "prepare", frozenset({S.DRAFT}), S.PREPARED, _("Report it ready for the meeting"), EDIT, _PREPARED
        ),
        Transition(
            "close", frozenset({S.HELD}), S.CLOSED, _("Close the review"), CLOSE, (minutes_are_complete,)
        ),
        Transition("void", OPEN, S.VOIDED, _("Void the review"), VOID, needs_reason=True),
    ),
    initial=S.DRAFT,
    path=(S.DRAFT, S.PREPARED, S.HELD, S.CLOSED),
    ended=frozenset({S.CLOSED, S.VOIDED}),
)  # fmt: skip
