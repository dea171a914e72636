"""The identities of statements, on the published figures and on bent ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.areas.statements.rules import (
    IDENTITIES,
    Figures,
    StatementPeriod,
    Verdict,
    check,
    same_figures,
    verdict_json,
    with_computed_total,
)
from qms.kernel.calendar import Period
from qms.kernel.numbers import About
from qms.kernel.text import language
from tests.published import PUBLISHED


def counts_of(period: str) -> dict[str, Any]:
    return {key: value for key, value in PUBLISHED[period].items() if not key.endswith("_pct")}


def shares_of(period: str) -> dict[str, str]:
    return {key: str(value) for key, value in PUBLISHED[period].items() if key.endswith("_pct")}


Y2023, Y2023_SHARES = counts_of("2023"), shares_of("2023")
Q1, Q1_SHARES = counts_of("2024-Q1"), shares_of("2024-Q1")


def figures(counts: dict[str, Any], shares: dict[str, str] | None = None, **changed: Any) -> Figures:
    """Figures with some counts changed; None takes one away."""
    counts = {key: value for key, value in {**counts, **changed}.items() if value is not None}
    return Figures(counts, {key: Decimal(value) for key, value in (shares or {}).items()})


def statement(code: str, total: Figures | None = None, **fields: Figures) -> StatementPeriod:
    rows: dict[str | None, Figures] = {} if total is None else {None: total}
    return StatementPeriod(Period.parse(code), {**rows, **fields})


def of(verdicts: list[Verdict], rule: str, field: str | None = None) -> Verdict:
    [verdict] = [v for v in verdicts if v.rule == rule and v.field == field]
    return verdict


def outcomes(verdicts: list[Verdict], outcome: str) -> list[tuple[str, str]]:
    return sorted((v.rule, v.period.code) for v in verdicts if v.outcome == outcome)


# ---------------------------------------------------------------- acceptance


def test_the_published_figures_have_no_error_and_exactly_three_warnings() -> None:
    both = [statement("2023", figures(Y2023, Y2023_SHARES)), statement("2024-Q1", figures(Q1, Q1_SHARES))]
    verdicts = check(both)
    failed = [v for v in verdicts if v.outcome == "fails"]
    assert outcomes(verdicts, "fails") == [("D1", "2024-Q1"), ("D2", "2023"), ("D2", "2024-Q1")]
    assert {v.level for v in failed} == {"warning"}
    assert outcomes(verdicts, "unchecked") == [("B4", "2023"), ("B5", "2023"), ("P", "2023")]
    carried = [v for v in verdicts if v.rule == "B5" and v.outcome == "holds"]
    assert [(v.left, v.right) for v in carried] == [(702, 702)]
    assert len([v for v in verdicts if v.rule == "P" and v.outcome == "holds"]) == 19


def test_one_early_case_too_many_is_an_error_that_names_both_sides() -> None:
    verdict = of(check([statement("2023", figures(Y2023, resolved_early=13906))]), "B2")
    assert (verdict.outcome, verdict.level, verdict.difference) == ("fails", "error", -1)
    with language("vi"):
        assert str(verdict.text) == "13.989 ≠ 13.906 + 17 + 67 = 13.990 (thiếu 1)"
        assert verdict_json(verdict) == {
            "rule": "B2",
            "period": "2023",
            "field": None,
            "left": 13989,
            "right": 13990,
            "difference": -1,
            "message": "B2 (Năm 2023), đã giải quyết = trước hạn + đúng hạn + quá hạn: "
            "13.989 ≠ 13.906 + 17 + 67 = 13.990 (thiếu 1)",
        }


def test_a_denominator_is_said_with_what_is_missing() -> None:
    verdict = of(check([statement("2023", figures(Y2023))]), "D2")
    with language("vi"):
        assert str(verdict.text) == "13.985 ≠ 13.989 (thiếu 4)"
    with language("en"):
        assert str(verdict.text) == "13,985 ≠ 13,989 (short by 4)"


# ---------------------------------------------------------------- blanks


def test_a_blank_part_counts_as_0_when_the_others_make_the_total_and_says_so() -> None:
    verdict = of(check([statement("2023", figures(Y2023))]), "B1")
    assert verdict.outcome == "holds"
    with language("vi"):
        assert str(verdict.text) == "14.712 = 877 + 13.835 (không công bố, tính là 0: kỳ trước chuyển sang)"


@pytest.mark.parametrize(
    ("blank", "rules"),
    [
        ("received_total", {"B1", "B3", "D1"}),
        ("received_online", {"B1"}),
        ("resolved_total", {"B2", "B3", "N2", "D2"}),
        ("stopped", {"B3"}),
        ("digit_result", {"N1", "N2"}),
        ("digit_both_den", {"D3"}),
    ],
)
def test_a_blank_operand_is_neither_pass_nor_failure(blank: str, rules: set[str]) -> None:
    verdicts = check([statement("2024-Q1", figures(Q1, **{blank: None}))])
    assert {v.rule for v in verdicts if v.outcome == "unchecked"} == rules | {"B5"}
    with language("vi"):
        assert "không công bố" in str(of(verdicts, min(rules)).text)


def test_blank_stopped_counts_as_0_only_if_the_balance_holds_without_it() -> None:
    balanced = figures(Q1, stopped=None, resolved_total=5139)
    assert of(check([statement("2024-Q1", balanced)]), "B3").outcome == "holds"
    assert of(check([statement("2024-Q1", figures(Q1, stopped=None))]), "B3").outcome == "unchecked"


def test_an_approximate_figure_is_never_checked() -> None:
    about = Figures({**Q1}, {}, {"received_total": About.MORE})
    verdicts = check([statement("2024-Q1", about)])
    assert {v.rule for v in verdicts if v.outcome == "unchecked"} == {"B1", "B3", "D1", "B5"}
    with language("vi"):
        assert str(of(verdicts, "B1").text) == "không kiểm tra được: chỉ có số xấp xỉ: tiếp nhận"
        assert str(about.shown("received_total")) == "hơn 6.422"


def test_a_statement_with_hardly_a_figure_has_nothing_checked_and_nothing_failed() -> None:
    lone = Figures(
        {"received_total": 1700}, {"on_time_or_early_pct": Decimal(98)}, {"received_total": About.MORE}
    )
    assert {v.outcome for v in check([statement("2021-H1", lone)])} == {"unchecked"}


# ---------------------------------------------------------------- each identity, held and broken


@pytest.mark.parametrize(
    ("rule", "change", "difference"),
    [
        ("B1", {"received_online": 427}, -1),
        ("B2", {"resolved_overdue": 90}, 1),
        ("B3", {"stopped": 2}, -1),
        ("B4", {"in_process_overdue": 29}, -1),
        ("N1", {"digit_both": 1535}, 1),
        ("N2", {"digit_result": 5139}, 1),
        ("D3", {"digit_both_den": 5721}, 1),
    ],
)
def test_each_identity_fails_by_its_difference(rule: str, change: dict[str, int], difference: int) -> None:
    verdict = of(check([statement("2024-Q1", figures(Q1, None, **change))]), rule)
    assert (verdict.outcome, verdict.difference) == ("fails", difference)
    assert of(check([statement("2024-Q1", figures(Q1))]), rule).outcome == "holds"


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [("99.4", "holds"), ("99.40", "holds"), ("99", "holds"), ("99.41", "fails"), ("99.5", "fails")],
)
def test_a_share_is_compared_at_the_decimals_it_was_printed_with(printed: str, outcome: str) -> None:
    verdicts = check([statement("2023", figures(Y2023, {"resolved_early_pct": printed}))])
    assert of(verdicts, "P").outcome == outcome


def test_a_failed_share_says_how_it_is_computed() -> None:
    verdict = of(check([statement("2024-Q1", figures(Q1, {"digit_result_pct": "34.64"}))]), "P")
    with language("vi"):
        assert str(verdict.text) == "34,64% ≠ 1.534 / 4.451 = 34,46% (thừa 0,18%)"
    assert verdict_json(verdict)["difference"] == pytest.approx(0.18)


def test_early_and_on_time_together_are_a_share_of_resolved() -> None:
    verdict = of(check([statement("2023", figures(Y2023, {"on_time_or_early_pct": "99.52"}))]), "P")
    assert verdict.outcome == "holds"


def test_a_share_of_no_cases_cannot_be_checked() -> None:
    empty = figures({"digit_both": 0, "digit_both_den": 0}, {"digit_both_pct": "0"})
    assert of(check([statement("2023", empty)]), "P").outcome == "unchecked"


@pytest.mark.parametrize(
    ("shares", "outcome"),
    [
        (
            {"resolved_early_pct": "97.98", "resolved_on_time_pct": "0.27", "resolved_overdue_pct": "1.77"},
            "holds",
        ),
        (
            {"resolved_early_pct": "97.99", "resolved_on_time_pct": "0.27", "resolved_overdue_pct": "1.77"},
            "fails",
        ),
        ({"in_process_within_pct": "100"}, "holds"),
        ({"in_process_within_pct": "97.82"}, "unchecked"),
    ],
)
def test_shares_of_a_group_make_100_within_2_hundredths(shares: dict[str, str], outcome: str) -> None:
    assert of(check([statement("2024-Q1", figures({}, shares))]), "S").outcome == outcome


# ---------------------------------------------------------------- between rows and periods


def test_the_total_is_the_sum_of_the_fields_for_every_key() -> None:
    half = {key: value // 2 for key, value in Q1.items()}
    rest = {key: value - half[key] for key, value in Q1.items()}
    good = statement("2024-Q1", figures(Q1), a=figures(half), b=figures(rest))
    assert {v.outcome for v in check([good]) if v.rule == "T"} == {"holds"}
    bad = statement("2024-Q1", figures(Q1), a=figures(half), b=figures(rest, stopped=7))
    [verdict] = [v for v in check([bad]) if v.rule == "T" and v.outcome == "fails"]
    assert (verdict.subject, verdict.level, verdict.difference) == ("stopped", "error", -6)
    with language("vi"):
        assert str(verdict.text) == "1 ≠ 7 (tổng của 2 dòng) (thiếu 6)"


def test_a_blank_field_leaves_the_sum_unchecked_unless_the_others_make_the_total() -> None:
    rows = {"a": figures({"stopped": 3}), "b": figures({"received_total": 1})}
    assert of(check([statement("2023", figures({"stopped": 3}), **rows)]), "B5").outcome == "unchecked"
    held = [v for v in check([statement("2023", figures({"stopped": 3}), **rows)]) if v.subject == "stopped"]
    assert [v.outcome for v in held] == ["holds"]
    open_ = [v for v in check([statement("2023", figures({"stopped": 4}), **rows)]) if v.subject == "stopped"]
    assert [v.outcome for v in open_] == ["unchecked"]


def test_every_field_is_checked_by_itself() -> None:
    verdicts = check([statement("2024-Q1", figures(Q1), hộ_tịch=figures(Q1, resolved_early=5034))])
    assert of(verdicts, "B2", "hộ_tịch").outcome == "fails"
    assert of(verdicts, "B2").outcome == "holds"


def test_a_field_is_not_asked_for_what_it_does_not_publish() -> None:
    verdicts = check([statement("2024-Q1", figures(Q1), a=figures({"received_total": 5}))])
    assert {v.rule for v in verdicts if v.field == "a"} == {"B1", "B3"}


def test_a_computed_total_is_the_sum_of_exact_figures_only() -> None:
    about = Figures({"stopped": 2, "received_total": 9}, {}, {"received_total": About.MORE})
    summed = with_computed_total(statement("2023", a=figures({"stopped": 1, "received_total": 5}), b=about))
    assert summed.total_computed
    assert summed.total.counts == {"stopped": 3}
    assert not [v for v in check([summed]) if v.rule == "T"]


def test_carried_cases_are_compared_with_adjacent_periods_only() -> None:
    now = statement("2024-Q1", figures(Q1, carried_in=700))
    far = statement("2022", figures(Y2023))
    before = statement("2023", figures(Y2023))
    assert of(check([now], [far]), "B5").outcome == "unchecked"
    verdict = of(check([now], [far, before]), "B5")
    assert (verdict.outcome, verdict.level, verdict.difference) == ("fails", "warning", -2)


def test_a_revised_period_is_also_compared_with_the_kept_one_that_follows() -> None:
    kept = statement("2024-Q1", figures(Q1))
    revised = statement("2023", figures(Y2023, in_process_total=703, stopped=20))
    failed = [v for v in check([revised], [kept, statement("2023", figures(Y2023))]) if v.rule == "B5"]
    assert [(v.period.code, v.outcome) for v in failed] == [("2023", "unchecked"), ("2024-Q1", "fails")]


# ---------------------------------------------------------------- same figures


def test_unchanged_is_decided_by_figures() -> None:
    one = statement("2023", figures(Y2023, {"resolved_early_pct": "99.4"}))
    assert same_figures(one, statement("2023", figures(Y2023, {"resolved_early_pct": "99.40"})))
    assert not same_figures(one, statement("2023", figures(Y2023, {"resolved_early_pct": "99.41"})))
    assert not same_figures(
        one, statement("2023", figures(Y2023, {"resolved_early_pct": "99.4"}, stopped=22))
    )
    assert not same_figures(one, statement("2022", figures(Y2023, {"resolved_early_pct": "99.4"})))
    assert not same_figures(statement("2023", figures({})), statement("2023", figures({"stopped": 0})))
    fields = {"a": figures({"stopped": 1}), "b": figures({"stopped": 2})}
    assert same_figures(
        statement("2023", **fields), with_computed_total(statement("2023", b=fields["b"], a=fields["a"]))
    )


# ---------------------------------------------------------------- the identities themselves


def test_every_identity_has_the_level_of_the_design() -> None:
    assert {i.id for i in IDENTITIES if i.level == "error"} == {"B1", "B2", "B3", "B4", "N1", "N2", "T"}
    assert {i.id for i in IDENTITIES if i.level == "warning"} == {"B5", "P", "S", "D1", "D2", "D3"}


@given(st.dictionaries(st.sampled_from(sorted(Q1)), st.integers(0, 50)))
def test_any_figures_are_judged_and_every_verdict_can_be_said(counts: dict[str, int]) -> None:
    shares = {"resolved_early_pct": "50", "digit_both_pct": "3.1"}
    for verdict in check([statement("2023", figures(counts, shares), a=figures(counts, shares))]):
        for tongue in ("vi", "en"):
            with language(tongue):
                assert "%(" not in str(verdict.message)
        assert (verdict.outcome == "unchecked") == (verdict.right is None) or verdict.rule == "B5"
        assert set(verdict_json(verdict)) == {
            "rule",
            "period",
            "field",
            "left",
            "right",
            "difference",
            "message",
        }
