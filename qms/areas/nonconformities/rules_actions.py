"""What a nonconformity says of the actions that serve it: when it takes one, what its approved plan binds. Pure."""

from __future__ import annotations

from collections.abc import Collection

from qms.areas.nonconformities.rules import TAKES_ACTIONS, ActionPoint, P, S
from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _

APPROVED = frozenset({S.ACTING, S.VERIFYING, P.ACCEPTED})  # whoever may approve its plan did
PROMISED = frozenset({"title", "owner", "due"})  # of an action: what was approved


def takes_an_action(state: str, label: Message) -> Obstacle | None:
    """Actions are added until the effect is checked; `label` is what the state is called."""
    if state in TAKES_ACTIONS:
        return None
    return Obstacle(_("no action is added while the state is “%(state)s”", state=label))


def approved_plan_stands(
    state: str, code: str, changed: Collection[str], *, by_approver: bool
) -> Obstacle | None:
    """What was approved is changed by who may approve it, and not by the action's own owner."""
    if by_approver or state not in APPROVED or PROMISED.isdisjoint(changed):
        return None
    text = _(
        "the plan of %(code)s is approved: title, owner and due date of its actions are changed by who may approve it, "
        "and not by the action's owner",
        code=code,
    )
    return Obstacle(text, f"../../nonconformities/{code}")


def another_action_is_left(
    state: str, code: str, others: Collection[ActionPoint], *, waived: bool
) -> Obstacle | None:
    """A plan keeps an action of this round, else nothing would ever finish it; not where none is needed (`waived`)."""
    if waived or state not in APPROVED | {S.PLANNED} or any(action.present for action in others):
        return None
    return Obstacle(
        _("%(code)s would be left without any action", code=code), f"../../nonconformities/{code}"
    )
