"""When an action may take its next step (clause 10.2.1); A12: nobody verifies the own work."""
# ruff: noqa: E501 (a machine reads as a table: one transition, one line)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from qms.kernel.errors import Obstacle
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of an action."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    VERIFIED = "verified"
    VOIDED = "voided"


UNDER_WAY = frozenset({S.OPEN, S.IN_PROGRESS})


class Sort(StrEnum):
    """What an action is for: ISO 9000 tells correction from corrective action."""

    CORRECTION = "correction"
    CORRECTIVE = "corrective"
    IMPROVEMENT = "improvement"


SORTS: dict[str, Message] = {
    Sort.CORRECTION: _("correction"),
    Sort.CORRECTIVE: _("corrective action"),
    Sort.IMPROVEMENT: _("improvement"),
}

VIEW = Permission("actions.view", _("see actions"), READERS)
EDIT = Permission(
    "actions.edit", _("record and change actions"), frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD}),
    owner=True,
)  # fmt: skip
WORK = Permission("actions.work", _("work on an action and prove it"), frozenset({Role.COORDINATOR, Role.UNIT_HEAD}), owner=True)  # fmt: skip
VERIFY = Permission(
    "actions.verify", _("verify that an action was done"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD, Role.AUDITOR}),
)  # fmt: skip
VOID = Permission("actions.void", _("void an action"), frozenset({Role.COORDINATOR, Role.LEADER}))
PERMISSIONS = (VIEW, EDIT, WORK, VERIFY, VOID)

KEPT = ("owner", "due")  # of what is approved, what is never left empty
PROMISED = frozenset({"title", "sort", "description", "unit", *KEPT})  # what is approved of an action
SERVES = "serves"  # among the changes of an action: it no longer serves the record


@dataclass(frozen=True)
class ActionFacts:
    """What the conditions look at; `proofs` counts attached evidence, `actor_id` is who asks.

    `needed_by`: what the records that it serves say against voiding it; `ended_with`: against undoing it, where
    all of them have ended.
    """

    owner_id: int | None
    due: date | None
    proof: str
    proofs: int
    actor_id: int | None
    acts_for: frozenset[int] = frozenset()
    done_by_id: int | None = None
    needed_by: tuple[Obstacle, ...] = ()
    ended_with: tuple[Obstacle, ...] = ()


def has_owner(facts: ActionFacts) -> Obstacle | None:
    """Somebody answers for the action."""
    return None if facts.owner_id else Obstacle(_("the action has no owner"), "edit#owner")


def has_due_date(facts: ActionFacts) -> Obstacle | None:
    """There is a day by which it is done."""
    return None if facts.due else Obstacle(_("the action has no due date"), "edit#due")


def has_proof(facts: ActionFacts) -> Obstacle | None:
    """Done means proven: a description of the proof or an attached file."""
    if facts.proof.strip() or facts.proofs:
        return None
    return Obstacle(_("there is no proof: describe it or attach a file"), "#finish-proof")


def verifier_is_another(facts: ActionFacts) -> Obstacle | None:
    """Nobody verifies an action they own or reported done, nor for somebody whose deputy they are (A12)."""
    own = {facts.actor_id, *facts.acts_for} - {None}
    if facts.done_by_id in own:
        return Obstacle(_("whoever reported the action done cannot verify it"), rule="A12")
    if facts.owner_id in own:
        return Obstacle(_("whoever owns the action cannot verify it"), rule="A12")
    return None


def nothing_is_left_without_it(facts: ActionFacts) -> list[Obstacle]:
    """What it serves can still be finished when it is voided."""
    return list(facts.needed_by)


def nothing_ended_with_it(facts: ActionFacts) -> list[Obstacle]:
    """What was closed because it was done is reopened first, before the action is undone."""
    return list(facts.ended_with)


def later_due_needs_a_reason(
    old: date | None, new: date | None, reason: str, form: str = "edit", *, first: date | None = None
) -> Obstacle | None:
    """A due date is extended for a reason only; the first one is kept. `form` is where it is written.

    One that was taken away is compared with the `first` there was.
    """
    known = old or first
    if known is None or new == old or reason.strip() or (new is not None and new <= known):
        return None
    return Obstacle(_("a later due date needs a reason"), f"{form}#reason")


def first_due(kept: date | None, old: date | None, new: date | None) -> date | None:
    """The first due date there was, when `old` becomes `new`: the one that is `kept` stays."""
    return kept or old or new


def due_not_before_opening(due: date | None, opened_on: date | None) -> Obstacle | None:
    """An action is due on the day it was opened or later."""
    if due is None or opened_on is None or due >= opened_on:
        return None
    return Obstacle(_("the due date is before the opening date"), "edit#due")


def extends(old: date | None, new: date | None, today: date) -> Obstacle | None:
    """An extension leads to a day that is later than the present one and still to come."""
    if old is None:
        return Obstacle(_("the action has no due date"), "edit#due")
    if new is None or new <= old or new < today:
        return Obstacle(_("the new due date is not later than the present one, or is past"), "extend#due")
    return None


def approved_stands(
    code: str, where: str, changed: Mapping[str, Any], *, own: bool, by_approver: bool
) -> Obstacle | None:
    """What was approved with the record `code`: its actions stay with it, and whoever may approve it changes them.

    One rule for all records that actions serve. `changed`: what it would become. `own`: whoever asks owns the action
    or submitted it for approval, or is a deputy of theirs; `by_approver`: may approve, and it is not their own.
    """
    if changed.get("state") == S.VOIDED:
        if not own:
            return None
        text = _(
            "this action was approved with %(code)s: it is voided neither by its owner nor by who submitted it",
            code=code,
        )
        return Obstacle(text, where)
    if SERVES in changed:
        text = _(
            "%(code)s was approved with this action, which stays with it: void the action if it is not needed",
            code=code,
        )
        return Obstacle(text, where)
    if PROMISED.isdisjoint(changed):
        return None
    if not by_approver:
        text = _(
            "what this action does, by whom and until when was approved with %(code)s: it is changed by who may "
            "approve that, and neither by the action's owner nor by who submitted it",
            code=code,
        )
        return Obstacle(text, where)
    emptied = next((name for name in KEPT if name in changed and changed[name] is None), None)
    if emptied is None:
        return None
    return Obstacle(
        _("an action that was approved with %(code)s keeps an owner and a due date", code=code),
        f"edit#{emptied}",
    )


def serves_no_action(kind: str) -> Obstacle | None:
    """An action serves what it was taken for, and that is never another action; `kind` is the record's."""
    return Obstacle(_("an action serves no other action"), "#other") if kind == ACTION.kind else None


LABELS: dict[str, Message] = {
    S.OPEN: _("not begun"),
    S.IN_PROGRESS: _("in progress"),
    S.DONE: _("done"),
    S.VERIFIED: _("verified"),
    S.VOIDED: _("voided"),
}

TONES: dict[str, str] = {S.OPEN: "open", S.IN_PROGRESS: "wait", S.DONE: "done", S.VERIFIED: "done"}

ACTION = Machine(
    "action",
    S,
    LABELS,
    (
        Transition("start", frozenset({S.OPEN}), S.IN_PROGRESS, _("Begin the action"), WORK, (has_owner, has_due_date)),
        Transition("finish", frozenset({S.OPEN, S.IN_PROGRESS}), S.DONE, _("Report it done"), WORK, (has_owner, has_proof)),
        Transition("verify", frozenset({S.DONE}), S.VERIFIED, _("Verify it"), VERIFY, (has_proof, verifier_is_another)),
        Transition("return", frozenset({S.DONE}), S.IN_PROGRESS, _("Return it"), VERIFY, (verifier_is_another, nothing_ended_with_it), needs_reason=True),
        Transition("void", frozenset({S.OPEN, S.IN_PROGRESS}), S.VOIDED, _("Void the action"), VOID, (nothing_is_left_without_it,), needs_reason=True),
    ),
    initial=S.OPEN,
    path=(S.OPEN, S.IN_PROGRESS, S.DONE, S.VERIFIED),
    ended=frozenset({S.DONE, S.VERIFIED, S.VOIDED}),
)  # fmt: skip
