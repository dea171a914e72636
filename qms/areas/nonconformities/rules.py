"""Nonconformities (clause 10.2): grades and their paths, conditions, machines."""
# ruff: noqa: E501 (a machine reads as a table: one transition, one line)

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from qms.areas.nonconformities.rules_conditions import (
    ANALYSED,
    CORRECTED,
    INDEPENDENT,
    ActionPoint,
    actions_are_as_submitted,
    actions_are_assigned,
    actions_are_done,
    actions_are_proven,
    approver_is_not_the_planner,
    cause_was_looked_at_again,
    effect_has_a_criterion,
    effect_is_good,
    effect_is_recorded,
    has_an_action,
    leaves_no_action_behind,
    no_action_is_open,
    owner_does_not_decline,
    was_never_judged,
    why_closing_needs_a_reason,
)
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import INSIDE, READERS, Permission, Role
from qms.kernel.text import Message, _, show_date
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of a major or minor nonconformity."""

    OPEN = "open"
    CONTAINED = "contained"
    ANALYSED = "analysed"
    PLANNED = "planned"
    ACTING = "acting"
    VERIFYING = "verifying"
    CLOSED = "closed"
    VOIDED = "voided"


class P(StrEnum):
    """The states of an observation or an opportunity for improvement."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    VOIDED = "voided"


class Grade(StrEnum):
    """How grave it is; the last two are no nonconformities and take a path of their own."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"
    OPPORTUNITY = "opportunity"


GRADES: dict[str, Message] = {
    Grade.MAJOR: _("major nonconformity"),
    Grade.MINOR: _("minor nonconformity"),
    Grade.OBSERVATION: _("observation"),
    Grade.OPPORTUNITY: _("opportunity for improvement"),
}
IMPROVEMENTS = frozenset({Grade.OBSERVATION, Grade.OPPORTUNITY})

SOURCES: dict[str, Message] = {
    "audit": _("internal audit"),
    "complaint": _("complaint of a citizen"),
    "overdue": _("overdue case"),
    "target": _("missed target"),
    "figures": _("figures that do not agree"),
    "duty": _("duty not met in time"),
    "inspection": _("inspection or certification audit"),
    "review": _("management review"),
    "work": _("seen in daily work"),
}

SHEET_KIND = "corrective-action-sheet"
ANSWERS: dict[str, Message] = {"yes": _("yes, it is effective"), "no": _("no, it is not effective")}


# ---------------------------------------------------------------- permissions

VIEW = Permission("nonconformities.view", _("see nonconformities"), READERS)
RECORD = Permission(
    "nonconformities.record", _("record nonconformities"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD, Role.AUDITOR, Role.STAFF}),
)  # fmt: skip
EDIT = Permission(
    "nonconformities.edit", _("change what is said of a nonconformity"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD}), owner=True,
)  # fmt: skip
HANDLE = Permission(
    "nonconformities.handle", _("record correction, cause and actions of a nonconformity"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}), owner=True,
)  # fmt: skip
PLAN = Permission(
    "nonconformities.plan", _("declare the cause of a nonconformity found and its plan ready"),
    frozenset({Role.UNIT_HEAD}), owner=True,
)  # fmt: skip
WAIVE = Permission(
    "nonconformities.waive", _("decide that no corrective action is needed"), frozenset({Role.LEADER})
)
APPROVE = Permission(
    "nonconformities.approve", _("approve the plan of a nonconformity, or take up an improvement"),
    frozenset({Role.UNIT_HEAD, Role.LEADER}),
)  # fmt: skip
VERIFY = Permission(
    "nonconformities.verify", _("verify that the actions on a nonconformity were effective"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.AUDITOR}),
)  # fmt: skip
REOPEN = Permission(
    "nonconformities.reopen", _("reopen a nonconformity"), frozenset({Role.COORDINATOR, Role.LEADER})
)
VOID = Permission("nonconformities.void", _("void a nonconformity"), frozenset({Role.COORDINATOR}))
DECIDE = Permission(
    "nonconformities.decide", _("decide on proposed nonconformities"), frozenset({Role.COORDINATOR})
)  # fmt: skip
PROPOSALS = Permission("nonconformities.proposals", _("see what is proposed as a nonconformity"), INSIDE)
PERMISSIONS = (VIEW, RECORD, EDIT, HANDLE, PLAN, WAIVE, APPROVE, VERIFY, REOPEN, VOID, DECIDE, PROPOSALS)


# ---------------------------------------------------------------- machines

LABELS: dict[str, Message] = {
    S.OPEN: _("opened"),
    S.CONTAINED: _("contained"),
    S.ANALYSED: _("analysed"),
    S.PLANNED: _("plan awaits approval"),
    S.ACTING: _("acting"),
    S.VERIFYING: _("verifying the effect"),
    S.CLOSED: _("closed"),
    P.ACCEPTED: _("taken up"),
    P.DECLINED: _("declined"),
    P.DONE: _("carried out"),
    S.VOIDED: _("voided"),
}
TONES: dict[str, str] = {
    S.OPEN: "open", S.CONTAINED: "open", S.ANALYSED: "open", S.PLANNED: "wait", S.ACTING: "wait",
    S.VERIFYING: "wait", S.CLOSED: "done", P.ACCEPTED: "wait", P.DONE: "done",
}  # fmt: skip

_BACK = frozenset({S.VERIFYING})

NONCONFORMITY = Machine(
    "nonconformity",
    S,
    LABELS,
    (
        Transition("contain", frozenset({S.OPEN}), S.CONTAINED, _("Confirm the correction"), HANDLE, CORRECTED),
        Transition("analyse", frozenset({S.CONTAINED}), S.ANALYSED, _("Confirm the cause"), PLAN, (*ANALYSED, cause_was_looked_at_again)),
        Transition("plan", frozenset({S.ANALYSED}), S.PLANNED, _("Submit the plan"), PLAN, (has_an_action, actions_are_assigned, effect_has_a_criterion)),
        Transition("waive_action", frozenset({S.ANALYSED}), S.VERIFYING, _("Decide that no corrective action is needed"), WAIVE, (no_action_is_open,), needs_reason=True),
        Transition("approve_plan", frozenset({S.PLANNED}), S.ACTING, _("Approve the plan"), APPROVE, (has_an_action, actions_are_assigned, actions_are_as_submitted, approver_is_not_the_planner)),
        Transition("return_plan", frozenset({S.PLANNED}), S.ANALYSED, _("Return the plan"), APPROVE, needs_reason=True),
        Transition("finish", frozenset({S.ACTING}), S.VERIFYING, _("All actions done"), HANDLE, (actions_are_done,), automatic=True),
        Transition("close", _BACK, S.CLOSED, _("Close as effective"), VERIFY, (actions_are_done, actions_are_proven, effect_is_recorded, effect_is_good, *INDEPENDENT), reason_when=why_closing_needs_a_reason),
        Transition("not_effective", _BACK, S.CONTAINED, _("Send back as not effective"), VERIFY, INDEPENDENT, needs_reason=True),
        Transition("reopen", frozenset({S.CLOSED}), S.CONTAINED, _("Reopen"), REOPEN, needs_reason=True),
        Transition("void", frozenset({S.OPEN, S.CONTAINED}), S.VOIDED, _("Void the nonconformity"), VOID, (was_never_judged, leaves_no_action_behind), needs_reason=True),
    ),
    initial=S.OPEN,
    path=(S.OPEN, S.CONTAINED, S.ANALYSED, S.PLANNED, S.ACTING, S.VERIFYING, S.CLOSED),
    ended=frozenset({S.CLOSED, S.VOIDED}),
)  # fmt: skip

IMPROVEMENT = Machine(
    "improvement",
    P,
    LABELS,
    (
        Transition("accept", frozenset({P.OPEN}), P.ACCEPTED, _("Take it up"), APPROVE, (has_an_action, actions_are_assigned)),
        Transition("decline", frozenset({P.OPEN, P.ACCEPTED}), P.DECLINED, _("Decline it"), APPROVE, (owner_does_not_decline, leaves_no_action_behind), needs_reason=True),
        Transition("finish", frozenset({P.ACCEPTED}), P.DONE, _("All actions done"), HANDLE, (actions_are_done,), automatic=True),
        Transition("void", frozenset({P.OPEN}), P.VOIDED, _("Void the entry"), VOID, (leaves_no_action_behind,), needs_reason=True),
    ),
    initial=P.OPEN,
    path=(P.OPEN, P.ACCEPTED, P.DONE),
    ended=frozenset({P.DECLINED, P.DONE, P.VOIDED}),
)  # fmt: skip

ENDED = NONCONFORMITY.ended | IMPROVEMENT.ended


def machine_of(grade: str) -> Machine:
    """The path of a grade."""
    return IMPROVEMENT if grade in IMPROVEMENTS else NONCONFORMITY


def grade_keeps_its_path(state: str, old: str, new: str) -> Obstacle | None:
    """A grade that takes another path is chosen before the first step on it."""
    if state == S.OPEN or machine_of(new) is machine_of(old):
        return None
    return Obstacle(_("a grade that takes another path is chosen while it is open"), "edit#grade")


def lower_grade_is_explained(old: str, new: str, reason: str, *, own: bool) -> Obstacle | None:
    """A lower grade asks for less: it is given for a reason, and not by who owns it, or did before (`own`)."""
    order = list(GRADES)  # the gravest first
    if new not in GRADES or order.index(new) <= order.index(old):
        return None
    if own:
        text = _("a lower grade is not given by the owner, nor by who stands in for them")
        return Obstacle(text, "edit#grade")
    return None if reason.strip() else Obstacle(_("a lower grade needs a reason"), "edit#reason")


def later_day_is_explained(state: str, old: date | None, new: date, reason: str) -> Obstacle | None:
    """The day it happened is what times are counted from: after the first step it changes for a reason."""
    if state == S.OPEN or old in (None, new) or reason.strip():
        return None
    return Obstacle(_("another day of occurrence needs a reason"), "edit#reason")


def not_corrected_before(happened_on: date, contained_on: date | None) -> Obstacle | None:
    """It was put right on the day it happened or later: what is counted between the two is never less than 0 days."""
    if contained_on is None or happened_on <= contained_on:
        return None
    text = _("it was put right on %(day)s, before that day", day=show_date(contained_on))
    return Obstacle(text, "edit#happened_on")


# States in which actions may be added; of an improvement, before and after it is taken up. A plan that waits for its
# approval is returned first: what is approved is what was submitted.
TAKES_ACTIONS = frozenset({S.OPEN, S.CONTAINED, S.ANALYSED, S.ACTING, P.ACCEPTED})


def check_day(grade: str, done_on: date, days: dict[str, int]) -> date:
    """The day of the effectiveness check where nobody has set one: so many days after the last action."""
    return done_on + timedelta(days=days.get(grade, days[Grade.MINOR]))


def ready_to_finish(state: str, actions: tuple[ActionPoint, ...]) -> bool:
    """Whether the last action is done: none is left open, and one of this round was carried out."""
    under_way = state in (S.ACTING, P.ACCEPTED)
    return under_way and all(a.done for a in actions) and any(a.done and a.present for a in actions)
