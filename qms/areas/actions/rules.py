"""When an action may take its next step (clause 10.2.1); A12: nobody verifies the own work."""
# ruff: noqa: E501 (a machine reads as a table: one transition, one line)

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
VOID = Permission("actions.void", _("void an action"), frozenset({Role.COORDINATOR}))
PERMISSIONS = (VIEW, EDIT, WORK, VERIFY, VOID)


@dataclass(frozen=True)
class ActionFacts:
    """What the conditions look at; `proofs` counts attached evidence, `actor_id` is who asks.

    `needed_by`: what the records that it serves say against voiding it.
    """

    owner_id: int | None
    due: date | None
    proof: str
    proofs: int
    actor_id: int | None
    acts_for: frozenset[int] = frozenset()
    done_by_id: int | None = None
    needed_by: tuple[Obstacle, ...] = ()


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
    if facts.done_by_id is not None and facts.done_by_id == facts.actor_id:
        return Obstacle(_("whoever reported the action done cannot verify it"), rule="A12")
    if facts.owner_id is not None and (facts.owner_id == facts.actor_id or facts.owner_id in facts.acts_for):
        return Obstacle(_("whoever owns the action cannot verify it"), rule="A12")
    return None


def nothing_is_left_without_it(facts: ActionFacts) -> list[Obstacle]:
    """What it serves can still be finished when it is voided."""
    return list(facts.needed_by)


def later_due_needs_a_reason(old: date | None, new: date | None, reason: str) -> Obstacle | None:
    """A due date is extended for a reason only; the first one is kept."""
    if old is None or reason.strip() or (new is not None and new <= old):
        return None
    return Obstacle(_("a later due date needs a reason"), "edit#reason")


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
        Transition("verify", frozenset({S.DONE}), S.VERIFIED, _("Verify it"), VERIFY, (verifier_is_another,)),
        Transition("return", frozenset({S.DONE}), S.IN_PROGRESS, _("Return it"), VERIFY, (verifier_is_another,), needs_reason=True),
        Transition("void", frozenset({S.OPEN, S.IN_PROGRESS}), S.VOIDED, _("Void the action"), VOID, (nothing_is_left_without_it,), needs_reason=True),
    ),
    initial=S.OPEN,
    path=(S.OPEN, S.IN_PROGRESS, S.DONE, S.VERIFIED),
    ended=frozenset({S.DONE, S.VERIFIED, S.VOIDED}),
)  # fmt: skip
