"""When a nonconformity may take its next step (clause 10.2): what is looked at, and each condition as a claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce

from qms.areas.nonconformities.rules_analysis import CAUSE_EFFECT, FIVE_WHYS, GROUPS, LEAST_WHYS, METHODS
from qms.areas.nonconformities.rules_criterion import Judgement, in_dispute, missed_by_all, not_yet
from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _, show_date


@dataclass(frozen=True)
class ActionPoint:
    """An action that is not voided; `present`: made to serve the nonconformity since it was last (re)opened.

    `done_by_id` is who reported it done, on the day `done_on`; `proven`: what proved it is still there.
    """

    code: str
    owner_id: int | None
    due: date | None
    done: bool
    present: bool = True
    done_by_id: int | None = None
    done_on: date | None = None
    proven: bool = True


@dataclass(frozen=True)
class NcFacts:
    """What the conditions look at; `actor_id` is who asks, `today`, and `acts_for` whose deputy that person is.

    `whys` counts the steps of the five whys, `causes` names the groups in which causes are recorded.
    `cause_revised`: the analysis was written on since the present round, `generation`, began. `by_indicator`: the
    criterion is a rule on an indicator; `judged`: what the measurements say of it. `owners`: who owns an improvement
    that waits for a decision, or did before. `departed`: owners of its actions who do not work here today.
    `planned_for_id`: the owner for whom the plan was submitted, by their deputy. `waived_by_id`: who decided in this
    round that no action is needed. `left_behind`: codes of its open actions that serve nothing else. `former_owners`:
    who owned an action before, and its code. `handed_over`: codes of actions that were, since the plan was submitted.
    """

    correction: str = ""
    no_correction: str = ""
    consequences: str = ""
    cause_method: str = ""
    whys: int = 0
    causes: frozenset[str] = frozenset()
    cause: str = ""
    cause_group: str = ""
    elsewhere: str = ""
    actions: tuple[ActionPoint, ...] = ()
    generation: int = 1
    cause_revised: bool = True
    criterion: str = ""
    by_indicator: bool = False
    owners: frozenset[int] = frozenset()
    departed: frozenset[int] = frozenset()
    planner_id: int | None = None
    planned_for_id: int | None = None
    waived_by_id: int | None = None
    left_behind: tuple[str, ...] = ()
    former_owners: tuple[tuple[int, str], ...] = ()
    handed_over: tuple[str, ...] = ()
    cause_authors: frozenset[int] = frozenset()
    effect_result: str = ""
    effect_met: str = ""
    judged: Judgement | None = None
    effect_on: date | None = None
    today: date | None = None
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


def method_is_named(nc: NcFacts) -> Obstacle | None:
    """How the cause was sought is said, so that others can follow it (10.2.1 b 1)."""
    if nc.cause_method in METHODS:
        return None
    return Obstacle(_("the method of analysis is not named"), "analysis#cause_method")


def whys_go_deep_enough(nc: NcFacts) -> Obstacle | None:
    """Who asks why asks more than once."""
    if nc.cause_method != FIVE_WHYS or nc.whys >= LEAST_WHYS:
        return None
    return Obstacle(_("the five whys need at least two steps"), "analysis#whys")


def a_group_has_causes(nc: NcFacts) -> Obstacle | None:
    """A cause-and-effect diagram has causes in at least one of its groups."""
    if nc.cause_method != CAUSE_EFFECT or nc.causes:
        return None
    return Obstacle(_("the diagram has no cause in any of its groups"), "analysis#causes_people")


def cause_is_recorded(nc: NcFacts) -> Obstacle | None:
    """The cause is determined before action is planned (10.2.1 b 2)."""
    return None if nc.cause.strip() else Obstacle(_("the root cause is missing"), "analysis#cause")


def cause_has_a_group(nc: NcFacts) -> Obstacle | None:
    """The root cause is put into a group, so that causes can be counted."""
    if nc.cause_group in GROUPS:
        return None
    return Obstacle(_("the group of the root cause is not named"), "analysis#cause_group")


def elsewhere_is_answered(nc: NcFacts) -> Obstacle | None:
    """Whether similar cases exist or could occur (10.2.1 b 3)."""
    if nc.elsewhere.strip():
        return None
    return Obstacle(_("“does it exist elsewhere?” is not answered"), "analysis#elsewhere")


def cause_was_looked_at_again(nc: NcFacts) -> Obstacle | None:
    """What did not hold is not confirmed as it stands: a later round revises the cause, or says why it stands."""
    if nc.generation == 1 or nc.cause_revised:
        return None
    text = _("the cause is that of the round before: revise it, or write why it still stands")
    return Obstacle(text, "analysis#cause")


def effect_has_a_criterion(nc: NcFacts) -> Obstacle | None:
    """How the effect will be judged is said before anything is done, not made up after it (10.2.1 d)."""
    if nc.criterion.strip() or nc.by_indicator:
        return None
    return Obstacle(_("it is not said how the effect will be judged"), "plan#criterion")


def was_never_judged(nc: NcFacts) -> Obstacle | None:
    """What was acted on is handled to its end: only a first round is voided."""
    if nc.generation == 1:
        return None
    return Obstacle(_("it was acted on in an earlier round and is not voided any more: plan it anew"))


def owner_does_not_decline(nc: NcFacts) -> Obstacle | None:
    """Nobody declines what they answer for themselves, or did before."""
    if not any(map(nc.asks_for, nc.owners)):
        return None
    return Obstacle(_("whoever owns it, or stands in for the owner, does not decline it"))


def has_an_action(nc: NcFacts) -> Obstacle | None:
    """At least one action serves it since it was last (re)opened."""
    if any(action.present for action in nc.actions):
        return None
    missing = _("there is no action in this round yet") if nc.actions else _("there is no action yet")
    return Obstacle(missing, "actions/new")


def no_action_is_open(nc: NcFacts) -> list[Obstacle]:
    """Who decides that no corrective action is needed leaves none half done: it is carried out or voided."""
    return [
        Obstacle(
            _("%(code)s is open: it is carried out or voided first", code=action.code),
            f"../../actions/{action.code}#end",
        )
        for action in nc.actions
        if not action.done
    ]


def actions_are_assigned(nc: NcFacts) -> list[Obstacle]:
    """Each action has an owner, who works here, and a due date."""
    found = []
    for action in nc.actions:
        place = f"../../actions/{action.code}/edit"
        if action.owner_id is None:
            found.append(Obstacle(_("%(code)s has no owner", code=action.code), f"{place}#owner"))
        elif action.owner_id in nc.departed:
            text = _("the owner of %(code)s does not work here any more", code=action.code)
            found.append(Obstacle(text, f"{place}#owner"))
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


def actions_are_proven(nc: NcFacts) -> list[Obstacle]:
    """What proved an action is still there when the effect is judged."""
    return [
        Obstacle(
            _("what proved %(code)s was withdrawn: attach what proves it", code=action.code),
            f"../../actions/{action.code}#evidence",
        )
        for action in nc.actions
        if action.done and not action.proven
    ]


def actions_are_as_submitted(nc: NcFacts) -> list[Obstacle]:
    """What is approved is what was submitted, also where somebody who left has handed an action over since."""
    return [
        Obstacle(
            _("%(code)s was handed over after the plan was submitted: return the plan", code=code),
            f"../../actions/{code}",
        )
        for code in nc.handed_over
    ]


def approver_is_not_the_planner(nc: NcFacts) -> Obstacle | None:
    """Nobody approves the own plan, nor for whom they stand in, nor what their deputy submitted for them."""
    if nc.asks_for(nc.planner_id):
        return Obstacle(
            _(
                "whoever submitted the plan cannot approve it: where nobody else may, it is returned, and submitted by "
                "somebody else"
            )
        )
    if nc.asks_for(nc.planned_for_id):
        return Obstacle(_("the owner cannot approve the plan that their deputy submitted for them"))
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
    """Whoever verifies owns none of its actions, nor owned one that was handed over (A3)."""
    owns = [
        Obstacle(_("whoever owns %(code)s cannot verify the effect", code=action.code), rule="A3")
        for action in nc.actions
        if nc.asks_for(action.owner_id)
    ]
    owned = [
        Obstacle(_("whoever owned %(code)s before cannot verify the effect", code=code), rule="A3")
        for person, code in nc.former_owners
        if nc.asks_for(person)
    ]
    return owns + owned


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


def verifier_did_not_waive_action(nc: NcFacts) -> Obstacle | None:
    """Whoever decided that no action is needed does not judge the effect (A3)."""
    if nc.asks_for(nc.waived_by_id):
        return Obstacle(_("whoever decided that no action is needed cannot verify the effect"), rule="A3")
    return None


def leaves_no_action_behind(nc: NcFacts) -> list[Obstacle]:
    """An open action that serves nothing else is voided first: nobody works for what was voided."""
    return [
        Obstacle(
            _("%(code)s is still open and serves nothing else: void it first", code=code),
            f"../../actions/{code}",
        )
        for code in nc.left_behind
    ]


CORRECTED = (correction_is_answered, consequences_are_answered)
ANALYSED = (
    method_is_named,
    whys_go_deep_enough,
    a_group_has_causes,
    cause_is_recorded,
    cause_has_a_group,
    elsewhere_is_answered,
)
INDEPENDENT = (
    verifier_owns_no_action,
    verifier_reported_no_action,
    verifier_did_not_write_the_cause,
    verifier_did_not_waive_action,
)


def verdicts_differ(nc: NcFacts) -> Message | None:
    """A reason is needed where computed and published figures give opposite verdicts on the criterion."""
    return in_dispute(nc.judged) if nc.judged is not None else None


def day_has_not_come(nc: NcFacts) -> Message | None:
    """A reason is needed before the day that was set for the check: an effect takes its time to show."""
    if nc.effect_on is None or nc.today is None or nc.today >= nc.effect_on:
        return None
    return _(
        "the check is set for %(day)s; closing before that day needs a reason", day=show_date(nc.effect_on)
    )


def periods_were_over(nc: NcFacts) -> Message | None:
    """A reason is needed where a period that is judged was over before the last action was done."""
    done_on = last_done(nc.actions)
    if nc.judged is None or done_on is None:
        return None
    first = nc.judged.periods[0].period
    if first.end >= done_on:
        return None
    return _(
        "%(period)s was over before the last action was done on %(day)s; closing by it needs a reason",
        period=first.label(), day=show_date(done_on),
    )  # fmt: skip


def why_closing_needs_a_reason(nc: NcFacts) -> Message | None:
    """What has to be explained by who closes it; None where nothing has."""
    found = [
        why for why in (day_has_not_come(nc), verdicts_differ(nc), periods_were_over(nc)) if why is not None
    ]
    return reduce(lambda one, other: _("%(one)s; %(other)s", one=one, other=other), found) if found else None


# ---------------------------------------------------------------- the day of the check


def last_done(actions: Iterable[ActionPoint]) -> date | None:
    """The day on which the last one of this round that is done was done; None where none is."""
    return max((one.done_on for one in actions if one.present and one.done and one.done_on), default=None)


def check_follows_the_actions(day: date, actions: Iterable[ActionPoint], where: str) -> Obstacle | None:
    """What an action brought about is not seen before it is done (10.2.1 d)."""
    last = last_done(actions)
    if last is None or day >= last:
        return None
    return Obstacle(
        _("the effectiveness check is before the last action was done on %(day)s", day=show_date(last)), where
    )


def check_is_near(day: date, today: date, most: int, where: str) -> Obstacle | None:
    """A check that is put off for longer than `most` days is none: nobody would be reminded of it."""
    if (day - today).days <= most:
        return None
    return Obstacle(_("the effectiveness check is more than %(n)s days ahead", n=most), where)
