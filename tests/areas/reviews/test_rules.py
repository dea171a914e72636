"""When a review may be prepared, held and closed; what is frozen and what has drifted. No fixtures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from qms.areas.reviews import pack, topics
from qms.areas.reviews.pack import Curve, Fed, FedFigure, KpiLine, Pack, Trend
from qms.areas.reviews.rules import HOLD, REVIEW, OutputFacts, ReviewFacts, S
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.permissions import Actor, Role
from qms.kernel.text import language

TODAY = date(2024, 4, 15)
OUTPUT = OutputFacts(id=7, number=1, owner_id=3, owner_works_here=True, due=date(2024, 6, 30))
READY = ReviewFacts(
    today=TODAY,
    held_on=date(2024, 4, 12),
    chair_id=1,
    chair_is_leader=True,
    unanswered=(),
    presences=("present", "absent"),
    outputs=(OUTPUT,),
    no_output_reason="",
    discussion="Thống nhất.",
    ended="10:30",
)


def actor(*roles: Role) -> Actor:
    return Actor(1, "ai đó", 1, "our-agency", TODAY, roles=frozenset(roles))


def places(transition: str, facts: ReviewFacts) -> list[str]:
    """Where each obstacle of the step out of the draft (close: held) is mended."""
    step = REVIEW.find(transition, S.HELD if transition == "close" else S.DRAFT)
    return [o.where for o in REVIEW.obstacles(step, facts)]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"unanswered": ("c6", "e")}, "inputs/c6"),
        ({"chair_id": None}, "edit#chair"),
        ({"chair_is_leader": False}, "edit#chair"),
        ({"held_on": None}, "edit#held_on"),
        ({"held_on": date(2024, 4, 16)}, "edit#held_on"),
        ({"presences": ()}, "attendants/new"),
        ({"presences": ("present", "invited")}, "attendance"),
        ({"presences": ("absent",)}, "attendance"),
        ({"outputs": ()}, "outputs/new"),
        ({"outputs": (replace(OUTPUT, owner_id=None),)}, "outputs/7#owner"),
        ({"outputs": (replace(OUTPUT, owner_works_here=False),)}, "outputs/7#owner"),
        ({"outputs": (replace(OUTPUT, due=None),)}, "outputs/7#due"),
        ({"outputs": (replace(OUTPUT, due=date(2024, 4, 14)),)}, "outputs/7#due"),
    ],
)
def test_each_thing_that_is_missing_stands_in_the_way_of_holding(changed: dict, where: str) -> None:
    assert places("hold", replace(READY, **changed)) == [where]


def test_a_review_with_everything_can_be_held() -> None:
    assert places("hold", READY) == []
    assert places("hold", replace(READY, held_on=TODAY)) == []


def test_no_conclusion_needs_a_reason() -> None:
    assert places("hold", replace(READY, outputs=(), no_output_reason="không có gì mới")) == []
    assert places("hold", replace(READY, outputs=(), no_output_reason="  ")) == ["outputs/new"]


def test_a_review_is_prepared_before_anybody_came_or_concluded_anything() -> None:
    assert (
        places("prepare", replace(READY, presences=("invited",), outputs=(), held_on=date(2024, 5, 2))) == []
    )


def test_minutes_are_complete_before_the_review_is_closed() -> None:
    assert places("close", READY) == []
    assert places("close", replace(READY, discussion=" ")) == ["minutes#discussion"]
    assert places("close", replace(READY, ended="")) == ["minutes#ended"]


def test_every_obstacle_is_named_at_once() -> None:
    empty = replace(READY, unanswered=("a",), chair_id=None, held_on=None, presences=(), outputs=())
    with pytest.raises(Refused) as refusal:
        REVIEW.check("hold", S.DRAFT, empty, actor(Role.LEADER))
    assert len(refusal.value.reasons) == 5


@pytest.mark.parametrize("role", [r for r in Role if r not in HOLD.roles])
def test_only_a_leader_holds_a_review(role: Role) -> None:
    with pytest.raises(Forbidden):
        REVIEW.check("hold", S.PREPARED, READY, actor(role))


PAIRS = [
    (t.name, s)
    for t in REVIEW.transitions
    for s in S
    if not any(o.name == t.name and s in o.sources for o in REVIEW.transitions)
]


@pytest.mark.parametrize(("transition", "state"), PAIRS)
def test_a_step_that_is_not_in_the_table_is_refused(transition: str, state: str) -> None:
    with pytest.raises(Refused):
        REVIEW.check(transition, state, READY, actor(*Role))


# ---------------------------------------------------------------- topics


def test_the_inputs_are_those_of_the_clause_in_both_languages() -> None:
    assert list(topics.inputs()) == ["a", "b", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "d", "e", "f"]
    assert list(topics.outputs()) == ["improvement", "change", "resource"]
    for topic in topics.inputs().values():
        assert topic.hint_vi
        assert topic.hint_en
    with language("en"):
        assert topics.inputs()["f"].title == "Opportunities for improvement"


def test_an_input_is_answered_by_figures_text_or_a_reason() -> None:
    keys = ("a", "b", "c1")
    assert pack.unanswered(keys, frozenset({"a"}), {"b": "văn bản", "c1": " "}) == ("c1",)


# ---------------------------------------------------------------- frozen and drifted

FIGURE = FedFigure(
    "Số hóa kết quả", "29,86%", "1.534 / 5.138", "Quý I/2024", "0,28%", "kpis/digit_result", "nguồn"
)
KPI = KpiLine(
    "digit_result", "Số hóa kết quả", "1.534", "5.138", "29,86%", "34,46%", "50%", "chưa đạt", "Quý I/2024"
)
FROZEN = Pack(
    fed=(Fed("c3", "Chỉ số", ("một dòng",), (FIGURE,), "kpis"),),
    kpis=(KPI,),
    trend=Trend("t", ("2023", "2024"), (Curve("x", (None, Decimal("29.8560")), (None, Decimal(50))),), "nguồn"),
)  # fmt: skip


def test_a_frozen_pack_is_read_back_as_it_was() -> None:
    text = json.dumps(pack.dump({"vi": FROZEN, "en": Pack()}))
    assert pack.load(text, "vi") == FROZEN
    assert pack.load(text, "en") == Pack()


def test_a_pack_frozen_with_one_target_for_all_periods_is_still_read() -> None:
    held = pack.dump({"vi": FROZEN})
    for target, expected in (("50", (Decimal(50), Decimal(50))), (None, (None, None))):
        held["vi"]["trend"]["curves"] = [{"name": "x", "values": [None, "29.8560"], "target": target}]
        trend = pack.load(json.dumps(held), "vi").trend
        assert trend is not None
        assert trend.curves == (Curve("x", (None, Decimal("29.8560")), expected),)


def test_equal_figures_do_not_drift() -> None:
    assert list(pack.drifts(FROZEN, FROZEN)) == []


def test_a_corrected_figure_shows_as_drift_with_both_values() -> None:
    corrected = replace(FIGURE, value="30,10%", fraction="1.546 / 5.138")
    live = replace(FROZEN, fed=(Fed("c3", "Chỉ số", (), (corrected,)),))
    (found,) = pack.drifts(FROZEN, live)
    assert (found.input, found.then, found.now) == (
        "c3", "29,86% (1.534 / 5.138)", "30,10% (1.546 / 5.138)",
    )  # fmt: skip


def test_a_figure_that_is_gone_shows_as_drift_without_a_value_today() -> None:
    assert [d.now for d in pack.drifts(FROZEN, Pack())] == ["", ""]


def test_figures_of_one_name_are_compared_in_their_order() -> None:
    twice = replace(FROZEN, fed=(Fed("c3", "Chỉ số", (), (FIGURE, replace(FIGURE, value="1%"))),))
    changed = replace(FROZEN, fed=(Fed("c3", "Chỉ số", (), (FIGURE, replace(FIGURE, value="2%"))),))
    assert [(d.then[:2], d.now[:2]) for d in pack.drifts(twice, changed)] == [("1%", "2%")]
