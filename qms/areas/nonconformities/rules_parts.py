"""The parts of a nonconformity that are written separately: who writes which columns, and what may not be said."""
# ruff: noqa: E501 (the parts read as a table)

from __future__ import annotations

from dataclasses import dataclass

from qms.areas.nonconformities.rules import APPROVE, HANDLE, VERIFY, S
from qms.areas.nonconformities.rules_analysis import AUTHORED
from qms.areas.nonconformities.rules_conditions import ANALYSED, CORRECTED, effect_has_a_criterion
from qms.areas.nonconformities.rules_criterion import RULE
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import Permission
from qms.kernel.text import Message, _
from qms.kernel.workflow import Condition


@dataclass(frozen=True)
class Part:
    """Columns that are written together, by whom, and in which states; `verb` is what the link to their form says.

    `asked` is what the step that confirms the part asks for; it was confirmed in every state but those of `draft`.
    `needs_reason`: it was settled before, and is changed for a reason.
    """

    name: str
    title: Message
    verb: Message
    fields: tuple[str, ...]
    permission: Permission
    states: frozenset[str]
    asked: tuple[Condition, ...] = ()
    draft: frozenset[str] = frozenset()
    needs_reason: bool = False


_PLAN = ("criterion", *RULE, "effect_on")
_BEFORE_APPROVAL = frozenset({S.OPEN, S.CONTAINED, S.ANALYSED})
PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("correction", _("Correction"), _("Record the correction"), ("correction", "no_correction", "consequences"), HANDLE, _BEFORE_APPROVAL,
             CORRECTED, frozenset({S.OPEN})),
        Part("analysis", _("Cause"), _("Analyse the cause"), (*AUTHORED, "elsewhere"), HANDLE, _BEFORE_APPROVAL,
             ANALYSED, frozenset({S.OPEN, S.CONTAINED})),
        Part("plan", _("How the effect is checked"), _("Choose how the effect is checked"), _PLAN, HANDLE, frozenset({S.CONTAINED, S.ANALYSED})),
        Part("criterion", _("How the effect is checked, after the approval"), _("Change how the effect is checked"), _PLAN, APPROVE, frozenset({S.ACTING}),
             (effect_has_a_criterion,), needs_reason=True),
        Part("check", _("Day of the effectiveness check"), _("Move the effectiveness check"), ("effect_on",), VERIFY, frozenset({S.VERIFYING}),
             needs_reason=True),
        Part("effectiveness", _("Effectiveness check"), _("Record what the check found"), ("effect_result", "effect_met"), VERIFY, frozenset({S.VERIFYING})),
    )
}  # fmt: skip


def either_correction_or_why_none(correction: str, no_correction: str) -> Obstacle | None:
    """Something was put right at once, or nothing could be (10.2.1 a)."""
    if not (correction.strip() and no_correction.strip()):
        return None
    return Obstacle(_("either the correction or why none was possible, not both"), "correction#no_correction")


def criterion_stands(code: str, *, by_approver: bool) -> Obstacle | None:
    """The criterion is approved with the plan: those whose work it judges do not change it afterwards.

    `by_approver`: who may approve the plan, and neither owns the nonconformity nor submitted its plan.
    """
    if by_approver:
        return None
    text = _(
        "how the effect is checked was approved with %(code)s: it is changed by who may approve that, and neither "
        "by its owner nor by who submitted the plan",
        code=code,
    )
    return Obstacle(text)
