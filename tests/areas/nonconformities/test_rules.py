"""The rules of nonconformities on plain values: conditions, both machines, who may fire what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qms.areas.nonconformities import rules
from qms.areas.nonconformities import rules_conditions as conditions
from qms.areas.nonconformities.rules import (
    IMPROVEMENT,
    NONCONFORMITY,
    P,
    S,
    check_day,
    machine_of,
    ready_to_finish,
)
from qms.areas.nonconformities.rules_analysis import why_steps
from qms.areas.nonconformities.rules_conditions import ActionPoint, NcFacts
from qms.areas.nonconformities.rules_parts import either_correction_or_why_none
from qms.kernel.catalogue import rules as rules_as_data
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.permissions import Actor, Role
from qms.kernel.workflow import Machine

TODAY = date(2024, 4, 15)
ME, OTHER = 1, 2
DONE = ActionPoint("AC-2024-001", OTHER, TODAY, done=True, done_by_id=OTHER)
OPEN = ActionPoint("AC-2024-002", OTHER, TODAY, done=False)
COMPLETE = NcFacts(
    correction="quét bổ sung",
    consequences="không",
    cause_method="five_whys",
    whys=2,
    causes=frozenset({"method"}),
    cause="chưa có quy định",
    cause_group="method",
    elsewhere="không",
    actions=(DONE,),
    planner_id=OTHER,
    criterion="Quý II đạt 30%",
    cause_authors=frozenset({OTHER}),
    effect_result="đạt 35%",
    effect_met="yes",
    actor_id=ME,
)


def actor(*roles: Role, units: frozenset[int] = frozenset()) -> Actor:
    return Actor(ME, "ai đó", 1, "co-quan", TODAY, frozenset(roles), units)


# who may fire what, exactly as the table of the design says; "owner" is the record's owner
TABLE = {
    "contain": {Role.COORDINATOR, Role.UNIT_HEAD, "owner"},
    "analyse": {"owner", Role.UNIT_HEAD},
    "waive_action": {Role.LEADER},
    "plan": {"owner", Role.UNIT_HEAD},
    "approve_plan": {Role.UNIT_HEAD, Role.LEADER},
    "return_plan": {Role.UNIT_HEAD, Role.LEADER},
    "close": {Role.COORDINATOR, Role.LEADER, Role.AUDITOR},
    "not_effective": {Role.COORDINATOR, Role.LEADER, Role.AUDITOR},
    "reopen": {Role.COORDINATOR, Role.LEADER},
    "void": {Role.COORDINATOR},
}
WAYS = {
    "contain": ({"open"}, "contained"),
    "analyse": ({"contained"}, "analysed"),
    "waive_action": ({"analysed"}, "verifying"),
    "plan": ({"analysed"}, "planned"),
    "approve_plan": ({"planned"}, "acting"),
    "return_plan": ({"planned"}, "analysed"),
    "finish": ({"acting"}, "verifying"),
    "close": ({"verifying"}, "closed"),
    "not_effective": ({"verifying"}, "contained"),
    "reopen": ({"closed"}, "contained"),
    "void": ({"open", "contained"}, "voided"),
}


def test_the_chief_machine_is_the_table_of_the_design() -> None:
    assert {t.name: (set(t.sources), t.target) for t in NONCONFORMITY.transitions} == WAYS


def test_only_finish_is_automatic() -> None:
    assert [t.name for m in (NONCONFORMITY, IMPROVEMENT) for t in m.transitions if t.automatic] == [
        "finish"
    ] * 2


@pytest.mark.parametrize("name", ["waive_action", "return_plan", "not_effective", "reopen", "void"])
def test_steps_off_the_straight_way_need_a_reason(name: str) -> None:
    state = min(WAYS[name][0])
    roles = [role for role in TABLE[name] if isinstance(role, Role)]
    with pytest.raises(Refused):
        NONCONFORMITY.check(name, state, COMPLETE, actor(*roles))
    assert NONCONFORMITY.check(name, state, COMPLETE, actor(*roles), reason="vì thế").name == name


@pytest.mark.parametrize("role", [*Role, "owner"])
@pytest.mark.parametrize("name", TABLE)
def test_who_is_not_in_the_table_is_refused(name: str, role: Role | str) -> None:
    who = actor(Role.STAFF) if role == "owner" else actor(Role(role), units=frozenset({7}))
    owner = ME if role == "owner" else OTHER
    state = min(WAYS[name][0])
    if role in TABLE[name]:
        step = NONCONFORMITY.check(name, state, COMPLETE, who, unit_id=7, owner_id=owner, reason="vì thế")
        assert step.name == name
        return
    with pytest.raises(Forbidden):
        NONCONFORMITY.check(name, state, COMPLETE, who, unit_id=7, owner_id=owner, reason="vì thế")


@pytest.mark.parametrize("name", ["contain", "analyse", "plan", "approve_plan"])
def test_a_unit_head_acts_for_the_own_unit_only(name: str) -> None:
    head = actor(Role.UNIT_HEAD, units=frozenset({7}))
    with pytest.raises(Forbidden):
        NONCONFORMITY.check(name, min(WAYS[name][0]), COMPLETE, head, unit_id=8, owner_id=OTHER)


def _pairs() -> list[tuple[Machine, str, str]]:
    return [
        (machine, name, str(state))
        for machine in (NONCONFORMITY, IMPROVEMENT)
        for name in dict.fromkeys(t.name for m in (NONCONFORMITY, IMPROVEMENT) for t in m.transitions)
        for state in machine.states
        if not any(t.name == name and state in t.sources for t in machine.transitions)
    ]


@pytest.mark.parametrize(("machine", "name", "state"), _pairs(), ids=lambda v: getattr(v, "kind", v))
def test_a_step_out_of_a_state_that_no_table_names_is_refused(
    machine: Machine, name: str, state: str
) -> None:
    everything = actor(*Role)
    with pytest.raises(Refused):
        machine.check(name, state, COMPLETE, everything, reason="vì thế")


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        (conditions.correction_is_answered, {"correction": " "}),
        (conditions.consequences_are_answered, {"consequences": ""}),
        (conditions.cause_is_recorded, {"cause": "\n"}),
        (conditions.method_is_named, {"cause_method": ""}),
        (conditions.method_is_named, {"cause_method": "guessed"}),
        (conditions.whys_go_deep_enough, {"whys": 1}),
        (conditions.a_group_has_causes, {"cause_method": "cause_effect", "causes": frozenset()}),
        (conditions.cause_has_a_group, {"cause_group": ""}),
        (conditions.elsewhere_is_answered, {"elsewhere": ""}),
        (conditions.has_an_action, {"actions": ()}),
        (conditions.has_an_action, {"actions": (ActionPoint("AC-1", 1, TODAY, True, present=False),)}),
        (conditions.actions_are_assigned, {"actions": (ActionPoint("AC-1", None, TODAY, False),)}),
        (conditions.actions_are_assigned, {"actions": (ActionPoint("AC-1", 1, None, False),)}),
        (conditions.actions_are_done, {"actions": (DONE, OPEN)}),
        (conditions.no_action_is_open, {"actions": (DONE, OPEN)}),
        (conditions.actions_are_assigned, {"departed": frozenset({OTHER})}),
        (conditions.cause_was_looked_at_again, {"generation": 2, "cause_revised": False}),
        (conditions.effect_has_a_criterion, {"criterion": " "}),
        (conditions.was_never_judged, {"generation": 2}),
        (conditions.owner_does_not_decline, {"owners": frozenset({ME})}),
        (conditions.approver_is_not_the_planner, {"planner_id": ME}),
        (conditions.approver_is_not_the_planner, {"planned_for_id": ME}),
        (conditions.leaves_no_action_behind, {"left_behind": ("AC-1",)}),
        (conditions.verifier_did_not_waive_action, {"waived_by_id": ME}),
        (conditions.effect_is_recorded, {"effect_result": " "}),
        (conditions.effect_is_recorded, {"effect_met": ""}),
        (conditions.effect_is_good, {"effect_met": "no"}),
        (conditions.verifier_owns_no_action, {"actions": (ActionPoint("AC-1", ME, TODAY, True),)}),
        (conditions.verifier_reported_no_action, {"actions": (replace(DONE, done_by_id=ME),)}),
        (conditions.verifier_did_not_write_the_cause, {"cause_authors": frozenset({ME, OTHER})}),
    ],
)
def test_a_condition_speaks_when_its_fact_is_missing_and_only_then(condition: object, missing: dict) -> None:
    assert condition(COMPLETE) in (None, [])  # type: ignore[operator]
    assert condition(NcFacts(**{**COMPLETE.__dict__, **missing}))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("five_whys", ["analysis#whys"]),
        ("cause_effect", ["analysis#causes_people"]),
        ("described", []),
        ("", ["analysis#cause_method"]),
    ],
)
def test_each_method_asks_for_its_own_and_all_that_is_missing_is_named_at_once(
    method: str, asked: list[str]
) -> None:
    found = NONCONFORMITY.obstacles_of(conditions.ANALYSED, NcFacts(cause_method=method))
    assert [one.where for one in found] == [
        *asked, "analysis#cause", "analysis#cause_group", "analysis#elsewhere"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "steps"),
    [
        ("", []),
        ("một", ["một"]),
        (" một \n\n\r\nhai\r\n ", ["một", "hai"]),
    ],
)
def test_the_whys_are_one_step_a_line_without_gaps(kept: str, steps: list[str]) -> None:
    assert why_steps(kept) == steps


def test_returning_the_plan_does_not_lead_on() -> None:
    step = NONCONFORMITY.find("return_plan", "planned")
    assert not NONCONFORMITY.leads_on(step, "planned")
    assert not NONCONFORMITY.leads_out(step)


def test_who_records_need_not_be_able_to_change_what_is_said() -> None:
    assert rules.RECORD.roles - rules.EDIT.roles == {Role.AUDITOR, Role.STAFF}
    assert not rules.RECORD.owner


def test_a_correction_that_was_not_possible_is_an_answer_too() -> None:
    assert conditions.correction_is_answered(NcFacts(no_correction="hồ sơ đã trả")) is None


@pytest.mark.parametrize(
    ("correction", "why_none", "refused"), [("đã quét", "", False), ("", "đã trả", False), (" ", "\n", False),
                                            ("đã quét", "đã trả", True)],
)  # fmt: skip
def test_a_correction_and_why_none_was_possible_exclude_each_other(
    correction: str, why_none: str, refused: bool
) -> None:
    assert (either_correction_or_why_none(correction, why_none) is not None) is refused


def test_a_deputy_is_bound_by_what_binds_whom_they_stand_in_for() -> None:
    deputy = NcFacts(**{**COMPLETE.__dict__, "acts_for": frozenset({OTHER})})
    assert conditions.approver_is_not_the_planner(deputy)
    assert conditions.verifier_owns_no_action(deputy)
    assert conditions.verifier_reported_no_action(deputy)
    assert conditions.verifier_did_not_write_the_cause(deputy)


def test_every_action_without_owner_or_date_is_named() -> None:
    bare = tuple(ActionPoint(f"AC-{n}", None, None, False) for n in (1, 2))
    assert len(conditions.actions_are_assigned(NcFacts(actions=bare))) == 4


@pytest.mark.parametrize("grade", rules.GRADES)
def test_only_nonconformities_run_the_chief_machine(grade: str) -> None:
    assert machine_of(grade) is (NONCONFORMITY if grade in ("major", "minor") else IMPROVEMENT)


@pytest.mark.parametrize(
    ("state", "actions", "ready"),
    [
        (S.ACTING, (DONE,), True),
        (S.ACTING, (DONE, OPEN), False),
        (S.ACTING, (), False),
        (S.ACTING, (ActionPoint("AC-1", 1, TODAY, True, present=False),), False),
        (S.PLANNED, (DONE,), False),
        (S.VERIFYING, (DONE,), False),
        (P.ACCEPTED, (DONE,), True),
        (P.OPEN, (DONE,), False),
    ],
)
def test_it_moves_on_with_the_last_action_of_this_round(
    state: str, actions: tuple[ActionPoint, ...], ready: bool
) -> None:
    assert ready_to_finish(state, actions) is ready


@pytest.mark.parametrize(("grade", "day"), [("major", date(2024, 7, 14)), ("minor", date(2024, 5, 15))])
def test_the_default_day_of_the_check_follows_from_the_grade(grade: str, day: date) -> None:
    assert check_day(grade, TODAY, rules_as_data("nonconformities")["effectiveness_days"]) == day


def test_the_default_days_name_their_source() -> None:
    for name, table in rules_as_data("nonconformities").items():
        assert table["source"], name
        assert table["verified"] is False


def test_an_action_of_an_earlier_round_is_not_passed_over_in_silence() -> None:
    earlier = replace(DONE, present=False)
    said = {str(conditions.has_an_action(replace(COMPLETE, actions=one))) for one in ((), (earlier,))}
    assert said == {"chưa có hành động nào", "chưa có hành động nào trong vòng này"}
