"""Nonconformities (clause 10.2): grades and their paths, conditions, machines."""
# ruff: noqa: E501 (a machine reads as a table: one transition, one line)

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from qms.areas.nonconformities.rules_criterion import Judgement, in_dispute, missed_by_all, not_yet
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import INSIDE, READERS, Permission, Role
from qms.kernel.text import Message, _
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

METHODS: dict[str, Message] = {
    "five_whys": _("five whys"),
    "described": _("described in words"),
}

ANSWERS: dict[str, Message] = {"yes": _("yes, it is effective"), "no": _("no, it is not effective")}


# ---------------------------------------------------------------- permissions

VIEW = Permission("nonconformities.view", _("see nonconformities"), READERS)
EDIT = Permission(
    "nonconformities.edit", _("record nonconformities and change what is said of them"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.UNIT_HEAD, Role.AUDITOR}), owner=True,
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
PERMISSIONS = (VIEW, EDIT, HANDLE, PLAN, WAIVE, APPROVE, VERIFY, REOPEN, VOID, DECIDE, PROPOSALS)


# ---------------------------------------------------------------- what the conditions look at


@dataclass(frozen=True)
class ActionPoint:
    """An action that is not voided; `present`: recorded since the nonconformity was last (re)opened.

    `done_by_id` is who reported it done.
    """

    code: str
    owner_id: int | None
    due: date | None
    done: bool
    present: bool = True
    done_by_id: int | None = None


@dataclass(frozen=True)
class NcFacts:
    """What the conditions look at; `actor_id` is who asks and `acts_for` whose deputy that person is.

    `judged`: what the measurements say of the rule, where the criterion is one.
    """

    correction: str = ""
    no_correction: str = ""
    consequences: str = ""
    cause: str = ""
    elsewhere: str = ""
    actions: tuple[ActionPoint, ...] = ()
    planner_id: int | None = None
    cause_authors: frozenset[int] = frozenset()
    effect_result: str = ""
    effect_met: str = ""
    judged: Judgement | None = None
    actor_id: int | None = None
    acts_for: frozenset[int] = field(default_factory=frozenset)

    def asks_for(self, person_id: int | None) -> bool:
        """Whether who asks is that person, or acts for them."""
        return person_id is not None and (person_id == self.actor_id or person_id in self.acts_for)


# ---------------------------------------------------------------- conditions


def correction_is_answered(nc: NcFacts) -> Obstacle | None:
    """What was put right at once, or why nothing could be (10.2.1 a)."""
    if nc.correction.strip() or nc.no_correction.strip():
        return None
    return Obstacle(_("the correction is missing, or why none was possible"), "correction#correction")


def consequences_are_answered(nc: NcFacts) -> Obstacle | None:
    """What it meant for the citizens concerned (10.2.1 a 2)."""
    if nc.consequences.strip():
        return None
    return Obstacle(
        _("the consequences for the citizens concerned are not answered"), "correction#consequences"
    )


def cause_is_recorded(nc: NcFacts) -> Obstacle | None:
    """The cause is determined before action is planned (10.2.1 b 2)."""
    return None if nc.cause.strip() else Obstacle(_("the root cause is missing"), "analysis#cause")


def elsewhere_is_answered(nc: NcFacts) -> Obstacle | None:
    """Whether similar cases exist or could occur (10.2.1 b 3)."""
    if nc.elsewhere.strip():
        return None
    return Obstacle(_("“does it exist elsewhere?” is not answered"), "analysis#elsewhere")


def has_an_action(nc: NcFacts) -> Obstacle | None:
    """At least one action was recorded since it was last (re)opened."""
    if any(action.present for action in nc.actions):
        return None
    return Obstacle(_("there is no action yet"), "actions/new")


def actions_are_assigned(nc: NcFacts) -> list[Obstacle]:
    """Each action has an owner and a due date."""
    found = []
    for action in nc.actions:
        place = f"../../actions/{action.code}/edit"
        if action.owner_id is None:
            found.append(Obstacle(_("%(code)s has no owner", code=action.code), f"{place}#owner"))
        if action.due is None:
            found.append(Obstacle(_("%(code)s has no due date", code=action.code), f"{place}#due"))
    return found


def actions_are_done(nc: NcFacts) -> list[Obstacle]:
    """Every action that was not voided is done with proof."""
    return [
        Obstacle(_("%(code)s is not done", code=action.code), f"../../actions/{action.code}")
        for action in nc.actions
        if not action.done
    ]


def approver_is_not_the_planner(nc: NcFacts) -> Obstacle | None:
    """Nobody approves the own plan, nor for somebody whose deputy they are."""
    if nc.asks_for(nc.planner_id):
        return Obstacle(_("whoever submitted the plan cannot approve it"))
    return None


def effect_is_recorded(nc: NcFacts) -> list[Obstacle] | Obstacle | None:
    """The check is described, with what it found; or the criterion's indicator is measured in each period."""
    if nc.judged is not None:
        return not_yet(nc.judged)
    if nc.effect_result.strip() and nc.effect_met:
        return None
    return Obstacle(_("the effectiveness check is not described"), "effectiveness#effect_result")


def effect_is_good(nc: NcFacts) -> Obstacle | None:
    """A check that found no effect closes nothing, nor does a rule that no figures meet."""
    if nc.judged is not None and (missed := missed_by_all(nc.judged)) is not None:
        return missed
    if nc.effect_met == "no":
        return Obstacle(
            _("the check found the actions not effective: send it back"), "effectiveness#effect_met"
        )
    return None


def verifier_owns_no_action(nc: NcFacts) -> list[Obstacle]:
    """Whoever verifies owns none of its actions (A3)."""
    return [
        Obstacle(_("whoever owns %(code)s cannot verify the effect", code=action.code), rule="A3")
        for action in nc.actions
        if nc.asks_for(action.owner_id)
    ]


def verifier_reported_no_action(nc: NcFacts) -> list[Obstacle]:
    """Whoever verifies reported none of its actions done (A12)."""
    return [
        Obstacle(_("whoever reported %(code)s done cannot verify the effect", code=action.code), rule="A12")
        for action in nc.actions
        if nc.asks_for(action.done_by_id)
    ]


def verifier_did_not_write_the_cause(nc: NcFacts) -> Obstacle | None:
    """Whoever verifies had no hand in the cause, in this or an earlier round."""
    if any(nc.asks_for(person) for person in nc.cause_authors):
        return Obstacle(_("whoever wrote the cause cannot verify the effect"))
    return None


INDEPENDENT = (verifier_owns_no_action, verifier_reported_no_action, verifier_did_not_write_the_cause)


def verdicts_differ(nc: NcFacts) -> Message | None:
    """A reason is needed where computed and published figures give opposite verdicts on the criterion."""
    return in_dispute(nc.judged) if nc.judged is not None else None


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
        Transition("contain", frozenset({S.OPEN}), S.CONTAINED, _("Confirm the correction"), HANDLE, (correction_is_answered, consequences_are_answered)),
        Transition("analyse", frozenset({S.CONTAINED}), S.ANALYSED, _("Confirm the cause"), PLAN, (cause_is_recorded, elsewhere_is_answered)),
        Transition("plan", frozenset({S.ANALYSED}), S.PLANNED, _("Submit the plan"), PLAN, (has_an_action, actions_are_assigned)),
        Transition("waive_action", frozenset({S.ANALYSED}), S.VERIFYING, _("Decide that no corrective action is needed"), WAIVE, needs_reason=True),
        Transition("approve_plan", frozenset({S.PLANNED}), S.ACTING, _("Approve the plan"), APPROVE, (approver_is_not_the_planner,)),
        Transition("finish", frozenset({S.ACTING}), S.VERIFYING, _("All actions done"), HANDLE, (actions_are_done,), automatic=True),
        Transition("close", _BACK, S.CLOSED, _("Close as effective"), VERIFY, (actions_are_done, effect_is_recorded, effect_is_good, *INDEPENDENT), reason_when=verdicts_differ),
        Transition("not_effective", _BACK, S.CONTAINED, _("Send back as not effective"), VERIFY, INDEPENDENT, needs_reason=True),
        Transition("reopen", frozenset({S.CLOSED}), S.CONTAINED, _("Reopen"), REOPEN, needs_reason=True),
        Transition("void", frozenset({S.OPEN, S.CONTAINED}), S.VOIDED, _("Void the nonconformity"), VOID, needs_reason=True),
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
        Transition("decline", frozenset({P.OPEN}), P.DECLINED, _("Decline it"), APPROVE, needs_reason=True),
        Transition("finish", frozenset({P.ACCEPTED}), P.DONE, _("All actions done"), HANDLE, (actions_are_done,), automatic=True),
        Transition("void", frozenset({P.OPEN}), P.VOIDED, _("Void the entry"), VOID, needs_reason=True),
    ),
    initial=P.OPEN,
    path=(P.OPEN, P.ACCEPTED, P.DONE),
    ended=frozenset({P.DECLINED, P.DONE, P.VOIDED}),
)  # fmt: skip

ENDED = NONCONFORMITY.ended | IMPROVEMENT.ended


def machine_of(grade: str) -> Machine:
    """The path of a grade."""
    return IMPROVEMENT if grade in IMPROVEMENTS else NONCONFORMITY


# ---------------------------------------------------------------- parts that are written separately


@dataclass(frozen=True)
class Part:
    """Columns that are written together, by whom, and in which states."""

    name: str
    title: Message
    fields: tuple[str, ...]
    permission: Permission
    states: frozenset[str]


_BEFORE_APPROVAL = frozenset({S.OPEN, S.CONTAINED, S.ANALYSED})
RULE = ("kpi", "kpi_value", "kpi_from", "kpi_count")  # of a criterion that is a rule on an indicator
PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("correction", _("Correction"), ("correction", "no_correction", "consequences"), HANDLE, _BEFORE_APPROVAL),
        Part("analysis", _("Cause"), ("cause_method", "whys", "cause", "elsewhere"), HANDLE, _BEFORE_APPROVAL),
        Part("plan", _("How the effect is checked"), ("criterion", *RULE, "effect_on"), HANDLE,
             frozenset({S.CONTAINED, S.ANALYSED, S.PLANNED, S.ACTING})),
        Part("effectiveness", _("Effectiveness check"), ("effect_result", "effect_met"), VERIFY, _BACK),
    )
}  # fmt: skip

# States in which actions may be added; of an improvement, before and after it is taken up.
TAKES_ACTIONS = frozenset({S.OPEN, S.CONTAINED, S.ANALYSED, S.PLANNED, S.ACTING, P.ACCEPTED})


def either_correction_or_why_none(correction: str, no_correction: str) -> Obstacle | None:
    """Something was put right at once, or nothing could be (10.2.1 a)."""
    if not (correction.strip() and no_correction.strip()):
        return None
    return Obstacle(_("either the correction or why none was possible, not both"), "correction#no_correction")


def check_day(grade: str, done_on: date, days: dict[str, int]) -> date:
    """The day of the effectiveness check where nobody has set one: so many days after the last action."""
    return done_on + timedelta(days=days.get(grade, days[Grade.MINOR]))


def ready_to_finish(state: str, actions: tuple[ActionPoint, ...]) -> bool:
    """Whether the last action is done: none is left open, and one of this round was carried out."""
    under_way = state in (S.ACTING, P.ACCEPTED)
    return under_way and all(a.done for a in actions) and any(a.done and a.present for a in actions)
