"""What a nonconformity says of the actions that serve it: when it takes one, what its approved plan binds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qms.areas.actions.rules import PROMISED, SERVES
from qms.areas.actions.rules import S as Step
from qms.areas.nonconformities.rules import TAKES_ACTIONS, P, S
from qms.areas.nonconformities.rules_conditions import ActionPoint
from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _

APPROVED = frozenset({S.ACTING, S.VERIFYING, P.ACCEPTED})  # whoever may approve its plan did


def takes_an_action(state: str, label: Message) -> Obstacle | None:
    """Actions are added until the effect is checked, but not while the plan waits; `label` names the state."""
    if state in TAKES_ACTIONS:
        return None
    return Obstacle(_("no action is added while the state is “%(state)s”", state=label))


def added_by_approver(code: str, *, by_approver: bool) -> Obstacle | None:
    """What comes to an approved plan is decided by who may approve it, as the plan was.

    `by_approver`: who may approve it and did not submit it.
    """
    if by_approver:
        return None
    text = _(
        "the plan of %(code)s was approved: an action is added to it by who may approve it, and not by who "
        "submitted it",
        code=code,
    )
    return Obstacle(text)


def assigned_where_approved(state: str, action: Mapping[str, Any]) -> list[Obstacle]:
    """An action that comes to an approved plan has what those have that were approved: owner and due date."""
    if state not in APPROVED:
        return []
    found = []
    if action.get("owner") is None:
        found.append(Obstacle(_("the action has no owner"), "edit#owner"))
    if action.get("due") is None:
        found.append(Obstacle(_("the action has no due date"), "edit#due"))
    return found


def ended_with_its_actions(state: str, code: str) -> Obstacle | None:
    """One that was closed, or carried out, rests on what was done: it is reopened before an action is undone."""
    if state not in (S.CLOSED, P.DONE):
        return None
    text = _(
        "%(code)s, which this action serves, has ended: reopen it first, or record what is wrong anew",
        code=code,
    )
    return Obstacle(text, f"../../nonconformities/{code}")


def plan_waits(state: str, code: str, changes: Mapping[str, Any]) -> Obstacle | None:
    """What is approved is what was submitted: until then nothing that is approved of an action changes."""
    seen = PROMISED | {"resources", SERVES}  # by whoever approves it
    stays = seen.isdisjoint(changes) and changes.get("state") != Step.VOIDED
    if state != S.PLANNED or stays:
        return None
    text = _("the plan of %(code)s waits for its approval: return it first", code=code)
    return Obstacle(text, f"../../nonconformities/{code}")


def another_action_is_left(code: str, others: Collection[ActionPoint], *, waived: bool) -> Obstacle | None:
    """An approved plan keeps an action of this round, else nothing would finish it; not where none is needed."""
    if waived or any(action.present for action in others):
        return None
    return Obstacle(
        _("%(code)s would be left without any action", code=code), f"../../nonconformities/{code}"
    )
