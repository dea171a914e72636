"""Ties between nonconformities never come round to where they began."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.areas.nonconformities.rules_links import (
    CAUSED_BY,
    RECURS,
    RELATED,
    SAME_CAUSE,
    Tie,
    chain,
    closed_by,
    months_before,
    no_cycle,
    reached,
    recurs_later,
)
from qms.areas.nonconformities.rules_sources import BODIES, source_is_told

NODES = st.integers(0, 7)
TIES = st.builds(Tie, NODES, st.sampled_from([CAUSED_BY, SAME_CAUSE]), NODES)


def ring(length: int) -> tuple[list[Tie[str]], Tie[str]]:
    """NC-1 caused by NC-2 … caused by NC-n, and the tie that would close the ring."""
    ties = [Tie(f"NC-{n}", CAUSED_BY, f"NC-{n + 1}") for n in range(1, length)]
    return ties, Tie(f"NC-{length}", CAUSED_BY, "NC-1")


@pytest.mark.parametrize("length", range(2, 9))
def test_a_ring_of_any_length_is_refused_and_its_chain_is_named(length: int) -> None:
    ties, last = ring(length)
    refused = no_cycle(ties, last)
    assert refused is not None
    assert " → ".join(f"NC-{n}" for n in range(1, length + 1)) in str(refused)
    assert no_cycle(ties[1:], last) is None


def test_nothing_is_its_own_cause() -> None:
    assert no_cycle([], Tie("NC-1", CAUSED_BY, "NC-1")) is not None


def test_what_has_the_same_cause_counts_as_one() -> None:
    ties = [Tie("NC-1", CAUSED_BY, "NC-2"), Tie("NC-3", SAME_CAUSE, "NC-2")]
    refused = no_cycle(ties, Tie("NC-3", CAUSED_BY, "NC-1"))
    assert "NC-1 → NC-2 = NC-3" in str(refused)
    assert no_cycle(ties, Tie("NC-1", SAME_CAUSE, "NC-3")) is not None
    assert no_cycle(ties, Tie("NC-2", SAME_CAUSE, "NC-1")) is not None
    assert no_cycle(ties, Tie("NC-2", SAME_CAUSE, "NC-3")) is None  # said already
    assert no_cycle(ties, Tie("NC-4", CAUSED_BY, "NC-3")) is None


def test_one_has_not_the_same_cause_as_its_own_cause() -> None:
    cause = [Tie("NC-1", CAUSED_BY, "NC-2")]
    assert no_cycle(cause, Tie("NC-1", SAME_CAUSE, "NC-2")) is not None
    assert no_cycle([Tie("NC-1", SAME_CAUSE, "NC-2")], Tie("NC-1", CAUSED_BY, "NC-2")) is not None


def test_a_recurrence_is_no_cause_but_does_not_run_in_a_ring_either() -> None:
    ties = [Tie("NC-2", RECURS, "NC-1"), Tie("NC-1", CAUSED_BY, "NC-3")]
    assert no_cycle(ties, Tie("NC-3", RECURS, "NC-1")) is None
    assert no_cycle(ties, Tie("NC-1", RECURS, "NC-2")) is not None
    assert no_cycle(ties, Tie("NC-1", RELATED, "NC-2")) is None


@given(st.lists(TIES, max_size=30))
def test_ties_that_are_let_in_never_form_a_cycle(offered: list[Tie[int]]) -> None:
    kept: list[Tie[int]] = []
    for tie in offered:
        if tie.one != tie.other and closed_by(kept, tie) is None:
            kept.append(tie)
    assert not _has_a_ring(kept)


@given(st.lists(TIES, max_size=12), TIES)
def test_only_what_would_form_a_cycle_is_refused(offered: list[Tie[int]], new: Tie[int]) -> None:
    kept: list[Tie[int]] = []
    for tie in offered:
        if tie.one != tie.other and not _has_a_ring([*kept, tie]):
            kept.append(tie)
    if new.one != new.other:
        assert (closed_by(kept, new) is not None) == _has_a_ring([*kept, new])


def _has_a_ring(ties: list[Tie[int]]) -> bool:
    """By another way: whether, with one name for all of the same cause, peeling off what has no cause leaves some."""
    names = {node: node for tie in ties for node in (tie.one, tie.other)}
    for tie in ties:
        if tie.relation == SAME_CAUSE:
            old, new = names[tie.one], names[tie.other]
            names = {node: new if name == old else name for node, name in names.items()}
    left = {(names[t.one], names[t.other]) for t in ties if t.relation == CAUSED_BY}
    while left:
        begun = {one for one, _other in left}
        fewer = {(one, other) for one, other in left if other in begun}
        if fewer == left:
            return True
        left = fewer
    return False


@given(st.lists(st.tuples(NODES, NODES), max_size=30), NODES)
def test_following_recurrences_ends_whatever_way_they_run(pairs: list[tuple[int, int]], start: int) -> None:
    found = list(reached(pairs, start))
    assert found[0] == start
    assert len(found) == len(set(found))
    assert all(other in found for one, other in pairs if one in found)


def test_the_way_from_a_node_to_itself_is_the_node() -> None:
    assert str(chain([Tie("NC-1", CAUSED_BY, "NC-2")], "NC-1", "NC-1")) == "NC-1"
    assert chain([], "NC-1", "NC-2") is None


def test_what_recurs_happened_before() -> None:
    tie, day = Tie("NC-2", RECURS, "NC-1"), date(2024, 4, 15)
    assert recurs_later(tie, day, date(2024, 4, 16)) is not None
    assert recurs_later(tie, day, day) is None
    assert recurs_later(Tie("NC-2", RELATED, "NC-1"), day, date(2024, 4, 16)) is None


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2024, 4, 15), 12, date(2023, 4, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 1, 31), 2, date(2023, 11, 30)),
        (date(2024, 12, 31), 12, date(2023, 12, 31)),
    ],
)
def test_months_are_counted_back_to_a_day_that_there_is(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


# ---------------------------------------------------------------- inspections and complaints


@pytest.mark.parametrize(
    ("kind", "body", "ref", "places"),
    [
        ("inspection", "", "", ["edit#source_body"]),
        ("inspection", None, "12/KL-SNV", ["edit#source_body"]),
        ("inspection", "nobody", "", ["edit#source_body"]),
        ("work", "science", "", ["edit#source_body"]),
        ("work", "", "12/KL-SNV", ["edit#source_ref"]),
        ("audit", "certifier", "12/KL-SNV", ["edit#source_body", "edit#source_ref"]),
        ("complaint", "other", "", ["edit#source_body"]),
    ],
)
def test_a_body_is_named_for_an_inspection_and_a_paper_for_that_or_a_complaint(
    kind: str, body: str | None, ref: str, places: list[str]
) -> None:
    assert [one.where for one in source_is_told(kind, body, ref)] == places


@pytest.mark.parametrize("body", BODIES)
def test_an_inspection_names_its_body_and_may_name_its_paper(body: str) -> None:
    assert source_is_told("inspection", body, "12/KL-SNV") == []
    assert source_is_told("inspection", body, "") == []
    assert source_is_told("complaint", "", "PAKN-0012") == []
    assert source_is_told("work", None, None) == []
