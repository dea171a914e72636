"""A criterion that is a rule on an indicator, on plain values: verdicts of computed and published rates."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from qms.areas.kpis.rules import DOWN, Definition, Measured
from qms.areas.nonconformities import rules
from qms.areas.nonconformities.rules import NONCONFORMITY
from qms.areas.nonconformities.rules_conditions import NcFacts
from qms.areas.nonconformities.rules_criterion import (
    Judgement,
    KpiRule,
    Verdict,
    against_rule,
    differences,
    judge,
)
from qms.kernel.calendar import Period
from qms.kernel.errors import Refused
from qms.kernel.text import language
from tests.areas.nonconformities.test_rules import COMPLETE, actor

MET, MISSED, OPEN = Verdict.MET, Verdict.MISSED, Verdict.OPEN
BY = Definition("digit_result", 1, "Số hóa kết quả")
Q1, Q2 = Period.parse("2024-Q1"), Period.parse("2024-Q2")
RULE = KpiRule(BY, Decimal(30), Q1)


def measured(period: Period = Q1, above: int | None = 1534, stated: str = "34.46") -> Measured:
    printed = Decimal(stated) if stated else None
    return Measured("digit_result", period, above, 5138, printed, 4451 if stated else None)


def judged(*found: Measured, rule: KpiRule = RULE) -> Judgement:
    by_period = {one.period: one for one in found}
    return judge(rule, by_period.get)


@pytest.mark.parametrize(
    ("above", "stated", "computed", "published"),
    [
        (1534, "34.46", MISSED, MET),  # the published figures of walk 3: 29,86 % and 34,46 %
        (1600, "28.00", MET, MISSED),
        (1600, "", MET, MET),
        (1534, "", MISSED, MISSED),
        (1534, "29.86", MISSED, MISSED),
        (None, "34.46", OPEN, MET),  # published only
        (None, "", OPEN, OPEN),
    ],
)
def test_each_rate_has_its_own_verdict_and_only_a_computed_one_judges(
    above: int | None, stated: str, computed: Verdict, published: Verdict
) -> None:
    found = judged(measured(above=above, stated=stated))
    assert (found.computed, found.published) == (computed, published)


def test_what_exactly_reaches_the_value_meets_it_and_what_only_rounds_to_it_does_not() -> None:
    assert RULE.verdict(Decimal(30)) is MET
    assert RULE.verdict(Decimal("29.9999")) is MISSED


def test_of_an_indicator_that_is_to_fall_the_value_is_the_most_that_it_may_be() -> None:
    rule = replace(RULE, by=replace(BY, direction=DOWN))
    assert [rule.verdict(Decimal(n)) for n in (29, 30, 31)] == [MET, MET, MISSED]


def test_every_period_counts_and_one_without_a_measurement_leaves_it_open() -> None:
    rule = replace(RULE, count=2)
    good, bad = measured(above=1600, stated=""), measured(Q2, stated="")
    assert [p.code for p in replace(RULE, count=3).periods] == ["2024-Q1", "2024-Q2", "2024-Q3"]
    assert judged(good, rule=rule).computed is OPEN
    assert judged(measured(stated=""), rule=rule).computed is OPEN  # not missed before all is measured
    assert judged(good, bad, rule=rule).computed is MISSED
    assert judged(good, measured(Q2, 1600, ""), rule=rule).computed is MET


def test_a_period_in_which_nothing_was_published_stands_by_its_computed_rate() -> None:
    rule = replace(RULE, count=2)
    assert judged(measured(), measured(Q2, 1600, ""), rule=rule).published is MET
    assert judged(measured(), measured(Q2, 1500, ""), rule=rule).published is MISSED


@pytest.mark.parametrize(
    ("tongue", "said"),
    [
        ("vi", "“Số hóa kết quả”: từ 30% trở lên trong từng kỳ của 2 kỳ liên tiếp (Quý I/2024 đến Quý II/2024)"),
        ("en", "“Số hóa kết quả”: at least 30% in each of 2 consecutive periods (Quarter I/2024 to Quarter II/2024)"),
    ],
)  # fmt: skip
def test_the_rule_is_said_in_words(tongue: str, said: str) -> None:
    with language(tongue):
        assert str(replace(RULE, count=2).text) == said


def test_where_the_rates_differ_both_are_said_and_why() -> None:
    with language("vi"):
        [said] = map(str, differences(judged(measured())))
    for part in ("1.534 / 5.138 = 29,86%, không đạt tiêu chí", "34,46%, đạt tiêu chí", "4.451", "5.138"):
        assert part in said
    assert differences(judged(measured(stated="29.86"))) == []
    assert differences(judged(measured(above=None))) == []


# ---------------------------------------------------------------- what follows for closing


def closing(found: Judgement, reason: str = "") -> list[str]:
    """Where what stands in the way of closing is mended."""
    facts = NcFacts(**{**COMPLETE.__dict__, "effect_result": "", "effect_met": "", "judged": found})
    try:
        NONCONFORMITY.check("close", "verifying", facts, actor(rules.Role.LEADER), reason=reason)
    except Refused as refused:
        return [one.where for one in refused.reasons]
    return []


def test_met_by_both_it_is_closed_without_describing_a_check_or_giving_a_reason() -> None:
    assert closing(judged(measured(above=1600))) == []


@pytest.mark.parametrize(("above", "stated"), [(1534, "34.46"), (1600, "28.00")])
def test_where_the_verdicts_differ_closing_needs_a_reason(above: int, stated: str) -> None:
    found = judged(measured(above=above, stated=stated))
    assert closing(found) == closing(found, "  ") == ["#close-reason"]
    assert closing(found, "mẫu số công bố đúng theo Biểu 06") == []


@pytest.mark.parametrize("stated", ["", "29.00"])
def test_met_by_neither_it_is_not_closed_whatever_the_reason(stated: str) -> None:
    assert closing(judged(measured(stated=stated)), "vẫn đóng") == ["#effectiveness"]


@pytest.mark.parametrize("found", [(), (measured(above=None),)])
def test_what_cannot_be_judged_yet_is_not_closed_and_leads_to_where_it_is_measured(
    found: tuple[Measured, ...],
) -> None:
    assert closing(judged(*found), "vẫn đóng") == ["../../kpis/digit_result#measurements"]


def test_every_period_without_measurement_is_named() -> None:
    assert len(closing(judged(measured(), rule=replace(RULE, count=4)))) == 3


def test_a_check_that_somebody_described_as_not_effective_closes_nothing_even_if_the_rule_is_met() -> None:
    facts = NcFacts(**{**COMPLETE.__dict__, "effect_met": "no", "judged": judged(measured(above=1600))})
    with pytest.raises(Refused):
        NONCONFORMITY.check("close", "verifying", facts, actor(rules.Role.LEADER))


# ---------------------------------------------------------------- what may be set

TYPED = {
    "kpi": "digit_result",
    "value": Decimal(30),
    "first": "2024-Q1",
    "count": 2,
    "described": "",
    "by": BY,
}


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({}, []),
        ({"kpi": "", "value": None, "first": ""}, []),
        ({"kpi": "", "value": None, "first": "", "described": "kiểm tra 10 hồ sơ"}, []),
        ({"kpi": ""}, ["kpi"]),
        ({"kpi": "", "value": None}, ["kpi"]),
        ({"described": "kiểm tra 10 hồ sơ"}, ["criterion"]),
        ({"by": None}, ["kpi"]),
        ({"value": None, "first": ""}, ["kpi_value", "kpi_from"]),
        ({"value": Decimal(101)}, ["kpi_value"]),
        ({"value": Decimal(-1)}, ["kpi_value"]),
        ({"value": Decimal(0)}, []),
        ({"value": Decimal(101), "by": replace(BY, unit="ngày")}, []),
        ({"first": "2024-Q7"}, ["kpi_from"]),
        ({"first": "9000-12"}, ["kpi_from"]),
        ({"by": replace(BY, period_length="year")}, ["kpi_from"]),
        ({"count": 0}, ["kpi_count"]),
        ({"count": 13}, ["kpi_count"]),
    ],
)
def test_a_criterion_is_a_described_check_or_a_whole_rule(changed: dict, places: list[str]) -> None:
    assert [one.where for one in against_rule(**TYPED | changed)] == [f"plan#{place}" for place in places]
