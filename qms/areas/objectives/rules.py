"""When an objective may be approved and closed (clauses 6.2.1 and 6.2.2: complete and measurable).

Pure. Whether an objective is met is computed by the rules of indicators, never typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from qms.areas.kpis.rules import PERCENT, Standing, Status
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of an objective; met or missed is no state, but computed."""

    DRAFT = "draft"
    APPROVED = "approved"
    CLOSED = "closed"
    VOIDED = "voided"


LABELS: dict[str, Message] = {
    S.DRAFT: _("draft"),
    S.APPROVED: _("approved"),
    S.CLOSED: _("closed"),
    S.VOIDED: _("voided"),
}

VIEW = Permission("objectives.view", _("see the quality objectives and how they stand"), READERS)
EDIT = Permission(
    "objectives.edit", _("draft quality objectives and plan how to reach them"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}), owner=True,
)  # fmt: skip
APPROVE = Permission(
    "objectives.approve", _("approve quality objectives and take the approval back"), frozenset({Role.LEADER})
)
CLOSE = Permission(
    "objectives.close", _("close quality objectives whose period is over"),
    frozenset({Role.COORDINATOR, Role.LEADER}),
)  # fmt: skip
VOID = Permission("objectives.void", _("void a draft of a quality objective"), frozenset({Role.COORDINATOR}))
PERMISSIONS = (VIEW, EDIT, APPROVE, CLOSE, VOID)


@dataclass(frozen=True)
class ObjectiveFacts:
    """What the conditions look at.

    `authors` wrote the objective. `kpi_known` tells whether the indicator exists and is measured, `measured_before`
    whether there is a measurement to start from. `answered`: a miss led to a record, or was declined with a reason.
    """

    commitment: str = ""
    kpi: str = ""
    kpi_known: bool = False
    target: Decimal | None = None
    unit: str = PERCENT
    period: Period | None = None
    set_by: str = ""
    baseline: str = ""
    measured_before: bool = False
    plan: str = ""
    resources: str = ""
    evaluation: str = ""
    owner_id: int | None = None
    due: date | None = None
    authors: frozenset[int] = frozenset()
    actor_id: int | None = None
    acts_for: frozenset[int] = frozenset()
    standing: Standing | None = None
    answered: bool = False


def follows_a_commitment(o: ObjectiveFacts) -> Obstacle | None:
    """6.2.1 a: an objective is consistent with the quality policy."""
    if o.commitment.strip():
        return None
    return Obstacle(_("no commitment of the quality policy is named"), "edit#commitment", "6.2.1")


def is_measured_by_an_indicator(o: ObjectiveFacts) -> Obstacle | None:
    """6.2.1 b: an objective is measurable."""
    if not o.kpi:
        return Obstacle(_("no indicator measures it"), "edit#kpi", "6.2.1")
    if not o.kpi_known:
        return Obstacle(
            _("there is no indicator %(kpi)s that is being measured", kpi=o.kpi), "edit#kpi", "6.2.1"
        )
    return None


def has_a_target(o: ObjectiveFacts) -> list[Obstacle]:
    """6.2.1 b: what is to be reached, in which period, and who set it."""
    found = []
    if o.target is None:
        found.append(Obstacle(_("no target is set"), "edit#target", "6.2.1"))
    if o.period is None:
        found.append(Obstacle(_("the target has no period"), "edit#period", "6.2.1"))
    if not o.set_by.strip():
        found.append(Obstacle(_("nobody is named who set the target"), "edit#set_by", "6.2.1"))
    return found


def has_a_starting_point(o: ObjectiveFacts) -> Obstacle | None:
    """A target says little without where one starts: a measurement before it, or words."""
    if o.measured_before or o.baseline.strip():
        return None
    return Obstacle(
        _("no starting point: nothing was measured before, and none is described"), "edit#baseline"
    )


def has_a_plan(o: ObjectiveFacts) -> list[Obstacle]:
    """6.2.2: what will be done, with what, by whom, by when, and how the result is evaluated."""
    asked = (
        (o.plan.strip(), _("the plan does not say what will be done"), "edit#plan"),
        (o.resources.strip(), _("the plan names no resources"), "edit#resources"),
        (o.owner_id, _("the plan names nobody who answers for it"), "edit#owner"),
        (o.due, _("the plan has no due date"), "edit#due"),
        (o.evaluation.strip(), _("the plan does not say how the result is evaluated"), "edit#evaluation"),
    )
    return [Obstacle(text, where, "6.2.2") for there, text, where in asked if not there]


def approver_is_not_the_author(o: ObjectiveFacts) -> Obstacle | None:
    """Nobody approves what they wrote, nor for somebody whose deputy they are."""
    own = {o.actor_id, *o.acts_for} - {None}
    return Obstacle(_("whoever wrote the objective cannot approve it")) if own & o.authors else None


def its_period_is_judged(o: ObjectiveFacts) -> Obstacle | None:
    """Closing needs a verdict: a measurement that covers the whole period of the target."""
    if (
        o.standing is not None
        and o.standing.status in (Status.MET, Status.MISSED)
        and not o.standing.provisional
    ):
        return None
    return Obstacle(_("no measurement covers the whole period of the target yet"), "#standing")


def a_miss_is_answered(o: ObjectiveFacts) -> Obstacle | None:
    """A missed target leads to an action or a nonconformity, or somebody says why not."""
    missed = o.standing is not None and o.standing.status is Status.MISSED
    if not missed or o.answered:
        return None
    return Obstacle(
        _("the target was missed: open an action or a nonconformity, or record why not"), "#answer"
    )


COMPLETE = (
    follows_a_commitment, is_measured_by_an_indicator, has_a_target, has_a_starting_point, has_a_plan,
)  # fmt: skip


def gaps(o: ObjectiveFacts) -> list[Obstacle]:
    """What an objective still lacks to be complete and measurable."""
    return list(Machine.obstacles_of(COMPLETE, o))


OBJECTIVE = Machine(
    "objective",
    S,
    LABELS,
    (
        Transition("approve", frozenset({S.DRAFT}), S.APPROVED, _("Approve the objective"), APPROVE,
                   (*COMPLETE, approver_is_not_the_author)),
        Transition("void", frozenset({S.DRAFT}), S.VOIDED, _("Void the draft"), VOID, needs_reason=True),
        Transition("close", frozenset({S.APPROVED}), S.CLOSED, _("Close the objective"), CLOSE,
                   (its_period_is_judged, a_miss_is_answered)),
        Transition("revise", frozenset({S.APPROVED}), S.DRAFT, _("Take the approval back"), APPROVE, needs_reason=True),
    ),
    initial=S.DRAFT,
    path=(S.DRAFT, S.APPROVED, S.CLOSED),
    ended=frozenset({S.CLOSED, S.VOIDED}),
)  # fmt: skip


def against_values(
    *, period: str, target: Decimal | None, unit: str, happened_on: date, due: date | None
) -> list[Obstacle]:
    """What speaks against the values of a form, whatever the state: a period or target that cannot be."""
    found = []
    if period and parsed(period) is None:
        forms = "2023, 2021-H1, 2024-Q1, 2024-03"
        text = _("“%(code)s” is not a period; write it like %(forms)s", code=period, forms=forms)
        found.append(Obstacle(text, "edit#period"))
    if target is not None and (target < 0 or (unit == PERCENT and target > 100)):
        found.append(Obstacle(_("a target in percent lies between 0 and 100"), "edit#target"))
    spans = parsed(period)
    over = spans is not None and spans.end < happened_on  # one of the past, entered later with its own day
    if due is not None and due < (spans.start if spans and over else happened_on):
        found.append(Obstacle(_("the due date is before the opening date"), "edit#due"))
    return found


def parsed(period: str) -> Period | None:
    """The period that the text names, or None."""
    try:
        return Period.parse(period) if period else None
    except ValueError:
        return None
