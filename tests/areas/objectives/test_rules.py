"""When an objective may be approved and closed: tables of cases, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from qms.areas.kpis.rules import Measured, Standing, TargetValue, judge
from qms.areas.objectives import rules
from qms.areas.objectives.rules import OBJECTIVE, ObjectiveFacts, S
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.permissions import Actor, Role

YEAR = Period.parse("2023")
COMPLETE = ObjectiveFacts(
    commitment="Giải quyết đúng hạn", kpi="digit_result", kpi_known=True, target=Decimal(50), period=YEAR,
    set_by="giả định", baseline="chưa đo", plan="mua máy quét", resources="01 máy", evaluation="đo hằng quý",
    owner_id=3, due=date(2024, 6, 30), authors=frozenset({1}), actor_id=2,
)  # fmt: skip


def stands(numerator: int, *, period: str = "2023") -> Standing:
    """The verdict on 50 % over 1,000 cases."""
    target = TargetValue(1, "digit_result", YEAR, Decimal(50))
    return judge(target, Measured("digit_result", Period.parse(period), numerator, 1000), "up")


def actor(*roles: Role) -> Actor:
    return Actor(2, "x", 1, "x", date(2024, 4, 15), roles=frozenset(roles))


@pytest.mark.parametrize(
    ("without", "where"),
    [
        ({"commitment": " "}, "edit#commitment"),
        ({"kpi": ""}, "edit#kpi"),
        ({"kpi_known": False}, "edit#kpi"),
        ({"target": None}, "edit#target"),
        ({"period": None}, "edit#period"),
        ({"set_by": ""}, "edit#set_by"),
        ({"baseline": ""}, "edit#baseline"),
        ({"plan": ""}, "edit#plan"),
        ({"resources": ""}, "edit#resources"),
        ({"owner_id": None}, "edit#owner"),
        ({"due": None}, "edit#due"),
        ({"evaluation": ""}, "edit#evaluation"),
    ],
)
def test_each_thing_that_is_missing_is_named_and_leads_to_where_it_is_mended(
    without: dict[str, object], where: str
) -> None:
    assert [o.where for o in rules.gaps(replace(COMPLETE, **without))] == [where]  # type: ignore[arg-type]


def test_a_complete_objective_lacks_nothing() -> None:
    assert rules.gaps(COMPLETE) == []


def test_everything_missing_is_said_at_once() -> None:
    assert len(rules.gaps(ObjectiveFacts())) == 11


def test_a_measurement_before_the_period_is_a_starting_point_too() -> None:
    assert rules.has_a_starting_point(replace(COMPLETE, baseline="", measured_before=True)) is None


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, False),
        ({"actor_id": 1}, True),
        ({"acts_for": frozenset({1})}, True),
        ({"authors": frozenset()}, False),
    ],
)
def test_nobody_approves_what_they_wrote_nor_for_the_author_as_deputy(
    changes: dict[str, object], refused: bool
) -> None:
    assert (rules.approver_is_not_the_author(replace(COMPLETE, **changes)) is not None) is refused  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "answered", "obstacles"),
    [
        (None, False, 1),
        (stands(300, period="2023-Q1"), False, 1),
        (stands(600, period="2023-Q1"), False, 1),
        (stands(600), False, 0),
        (stands(300), False, 1),
        (stands(300), True, 0),
    ],
    ids=["not measured", "at risk", "on target so far", "met", "missed", "missed and answered"],
)
def test_closing_needs_a_verdict_on_the_whole_period_and_an_answer_to_a_miss(
    standing: Standing | None, answered: bool, obstacles: int
) -> None:
    facts = replace(COMPLETE, standing=standing, answered=answered)
    close = OBJECTIVE.find("close", S.APPROVED)
    assert len(list(OBJECTIVE.obstacles(close, facts))) == obstacles


PAIRS = [
    (name, state)
    for name in dict.fromkeys(t.name for t in OBJECTIVE.transitions)
    for state in S
    if not any(t.name == name and state in t.sources for t in OBJECTIVE.transitions)
]


@pytest.mark.parametrize(("name", "state"), PAIRS)
def test_a_step_that_the_table_does_not_name_is_refused(name: str, state: S) -> None:
    with pytest.raises(Refused):
        OBJECTIVE.check(name, state, COMPLETE, actor(Role.COORDINATOR, Role.LEADER), reason="x")


@pytest.mark.parametrize("role", Role)
def test_only_a_leader_approves(role: Role) -> None:
    if role is Role.LEADER:
        assert OBJECTIVE.check("approve", S.DRAFT, COMPLETE, actor(role)).target == S.APPROVED
        return
    with pytest.raises(Forbidden):
        OBJECTIVE.check("approve", S.DRAFT, COMPLETE, actor(role))


def test_being_met_or_missed_is_no_state_that_anybody_could_choose() -> None:
    assert {"met", "missed", "achieved"} & set(map(str, S)) == set()


@pytest.mark.parametrize(
    ("period", "target", "due", "count"),
    [
        ("2024", Decimal(50), date(2024, 5, 1), 0),
        ("", None, None, 0),
        ("2024-Q5", Decimal(50), None, 1),
        ("2024", Decimal(101), None, 1),
        ("2024", Decimal(-1), None, 1),
        ("2024", Decimal(50), date(2024, 4, 1), 1),
        ("2023", Decimal(50), date(2023, 12, 31), 0),  # of a year that was over when it was recorded
        ("2023", Decimal(50), date(2022, 12, 31), 1),
        ("năm nay", Decimal(500), date(2024, 4, 1), 3),
    ],
)
def test_a_period_target_or_date_that_cannot_be_is_refused(
    period: str, target: Decimal | None, due: date | None, count: int
) -> None:
    found = rules.against_values(
        period=period, target=target, unit="%", happened_on=date(2024, 4, 15), due=due
    )
    assert len(found) == count
