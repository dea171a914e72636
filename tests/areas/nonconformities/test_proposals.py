"""What is proposed becomes a nonconformity or an action, or the reason why not is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qms.areas import load
from qms.areas.nonconformities import service_proposals as proposals
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import SOURCES
from qms.areas.nonconformities.service import edit, open_nc
from qms.areas.reviews import service as reviews
from qms.kernel import area, catalogue
from qms.kernel.area import Proposal
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.links import Link
from qms.kernel.organisations import set_settings
from qms.kernel.permissions import Actor
from qms.kernel.proposals import Decision
from qms.kernel.records import Record
from qms.kernel.text import Message
from qms.web import history
from tests.areas.nonconformities.story import Story, finding
from tests.cast import SINCE, Cast
from tests.queries import queries

MOST_ON_OFFER = 90  # statements, for all the periods that can be judged about now and the duties of six years
KEY = "kpi:digit_result:2023:target"
YEAR = Period.parse("2023")


@pytest.fixture
def source(cast: Cast) -> Iterator[Record]:
    """A record that proposes itself for 2023 through the hook, in our organisation only."""
    record = Story(cast).opened().record

    def offer(actor: Actor, period: Period) -> list[Proposal]:
        if period != YEAR or actor.organisation_id != record.organisation_id:
            return []
        return [
            Proposal(
                KEY,
                Message("%(rate)s < %(goal)s", {"rate": "0,28%", "goal": "50%"}),
                Message("thiếu 49,72 điểm"),
                record,
                period,
            )
        ]

    known = load()
    # a manifest with the hook in place of those that would propose by themselves
    area.register([replace(a, proposals=offer if a.name == "documents" else None) for a in known])
    yield record
    load()


def test_what_nobody_decided_on_is_offered_once(cast: Cast, source: Record) -> None:
    offered = proposals.on_offer(cast.actor("coordinator"), None)
    assert [(period, p.key) for period, p in offered] == [(YEAR, KEY)]
    assert proposals.on_offer(cast.actor("coordinator"), Period.parse("2022")) == []


def test_accepting_opens_a_nonconformity_tied_to_its_source_with_the_decision(
    cast: Cast, source: Record
) -> None:
    actor = cast.actor("coordinator")
    row = proposals.accept_proposal(actor, YEAR, KEY, finding(cast))
    tie = Link.get(Link.record == row.record_id)
    decision = Decision.get(Decision.key == KEY)
    assert (tie.target_id, tie.relation) == (source.id, "source")
    assert (decision.outcome, decision.record_id) == ("accepted", row.record_id)
    assert proposals.on_offer(actor, None) == []
    with pytest.raises(NotFound):
        proposals.accept_proposal(actor, YEAR, KEY, finding(cast))


def test_accepting_as_an_action_serves_the_source(cast: Cast, source: Record) -> None:
    values: dict[str, Any] = {"title": "Quét bổ sung", "sort": "corrective", "due": date(2024, 6, 1)}
    action = proposals.accept_as_action(cast.actor("coordinator"), YEAR, KEY, values)
    tie = Link.get(Link.record == action.record_id)
    assert (tie.target_id, tie.relation) == (source.id, "serves")


def test_a_refused_form_leaves_the_proposal_undecided(cast: Cast, source: Record) -> None:
    actor = cast.actor("coordinator")
    with pytest.raises(Refused):
        proposals.accept_proposal(actor, YEAR, KEY, finding(cast, grade="grave"))
    assert Decision.select().count() == 0
    assert Nonconformity.select().count() == 1


def test_declining_needs_a_reason_and_keeps_it(cast: Cast, source: Record) -> None:
    actor = cast.actor("coordinator")
    with pytest.raises(Refused):
        proposals.decline_proposal(actor, YEAR, KEY, " ")
    proposals.decline_proposal(actor, YEAR, KEY, "chỉ tiêu giả định")
    assert Decision.get(Decision.key == KEY).reason == "chỉ tiêu giả định"
    assert proposals.on_offer(actor, None) == []
    said = [str(line.text) for line in history.lines(history.entries(source.id)[:1])]
    assert "không chấp nhận đề xuất: 0,28% < 50%" in said


@pytest.mark.parametrize("part", ["leader", "unit_head", "auditor", "staff", "inspector", "overseer"])
def test_only_the_coordinator_decides(cast: Cast, source: Record, part: str) -> None:
    with pytest.raises(Forbidden):
        proposals.accept_proposal(cast.actor(part), YEAR, KEY, finding(cast))
    with pytest.raises(Forbidden):
        proposals.decline_proposal(cast.actor(part), YEAR, KEY, "không")


def test_another_organisation_decides_on_nothing_of_ours(cast: Cast, source: Record) -> None:
    with pytest.raises(NotFound):
        proposals.decline_proposal(cast.actor("stranger"), YEAR, KEY, "không")


def test_every_area_says_in_words_that_are_known_how_a_nonconformity_from_it_was_found() -> None:
    said = {a.name: a.found_through for a in load() if a.found_through}
    assert said == {
        "statements": "figures",
        "kpis": "target",
        "objectives": "target",
        "cases": "overdue",
        "reviews": "review",
    }
    assert set(said.values()) <= set(SOURCES)


def test_how_it_was_found_follows_from_its_source_whatever_is_sent(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    review = reviews.create(actor, {"period": "2023"})
    row = open_nc(actor, finding(cast, source_kind="complaint"), source=review.record)
    assert row.source_kind == "review"
    edited = edit(actor, row.record.code, {"source_kind": "complaint", "title": "Khác"})
    assert (edited.source_kind, edited.record.title) == ("review", "Khác")
    assert open_nc(actor, finding(cast, source_kind="complaint")).source_kind == "complaint"


def test_a_proposal_that_says_how_it_was_found_goes_before_its_area(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    record = reviews.create(actor, {"period": "2023"}).record
    offer = [Proposal(KEY, Message("trễ"), Message("trễ"), record, YEAR, found_through="duty")]

    def offered(_actor: Actor, _period: Period) -> list[Proposal]:
        return offer

    area.register([replace(a, proposals=offered if a.name == "documents" else None) for a in load()])
    assert proposals.accept_proposal(actor, YEAR, KEY, finding(cast)).source_kind == "duty"
    load()


def test_in_a_year_without_any_record_the_duties_that_lapsed_are_proposed(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    set_settings(actor, {"symbol": "STP"}, valid_from=SINCE)
    offered = {p.key: (period, p) for period, p in proposals.on_offer(actor, None)}
    assert {"duty:objectives:2024", "duty:review:2023", "duty:statements:2023-Q4"} <= set(offered)
    assert offered["duty:objectives:2021"][0] == Period.parse(
        "2021"
    )  # what is owed since long is decided on here too
    period, lapsed = offered["duty:review:2023"]
    assert "Quyết định 19/2014/QĐ-TTg, chưa đối chiếu văn bản" in str(lapsed.detail)
    suggested = proposals.suggested(actor, lapsed, days=60)
    row = proposals.accept_proposal(actor, period, lapsed.key, finding(cast, **suggested))
    assert (row.source_kind, row.record.title) == ("duty", str(lapsed.title))
    assert lapsed.key not in {p.key for _period, p in proposals.on_offer(actor, None)}


def test_however_many_periods_are_looked_at_each_years_duties_are_read_once(cast: Cast) -> None:
    actor, read = cast.actor("coordinator"), []
    set_settings(actor, {"symbol": "STP"}, valid_from=SINCE)
    assert queries(lambda: proposals.on_offer(actor, None)) <= MOST_ON_OFFER
    area.register(
        [*load(), area.Area("testing", Message("testing"), duties=lambda _a, year: read.append(year) or [])]
    )
    proposals.on_offer(actor, None)
    assert read == list(range(2019, 2025))  # what is due in the first year may be asked by the one before
    load()


def test_a_duty_whose_rule_was_not_checked_says_so() -> None:
    unchecked = [rule for rule in catalogue.rules("duties").values() if not rule["verified"]]
    assert unchecked
    for rule in unchecked:
        assert any(word in rule["source_vi"].casefold() for word in ("mặc định", "chưa đối chiếu")), rule
        assert any(word in rule["source_en"].casefold() for word in ("default", "not checked")), rule


@pytest.mark.parametrize(
    ("kind", "unit", "owner", "clause", "found"),
    [
        ("kpi", "HT", "leader", "9.1.3", "HT"),
        ("objective", None, "staff", "6.2", "HT"),
        ("objective", None, None, "6.2", None),
    ],
)
def test_a_missed_target_suggests_its_clause_and_the_unit_that_answers_for_it(
    cast: Cast, kind: str, unit: str | None, owner: str | None, clause: str, found: str | None
) -> None:
    record = Record(
        organisation=cast.ours, kind=kind, code="X",
        unit=cast.units[unit] if unit else None, owner=cast.person(owner) if owner else None,
    )  # fmt: skip
    missed = Proposal(KEY, Message("a", {}), Message("b", {}), record, YEAR)
    suggested = proposals.suggested(cast.actor("coordinator"), missed, days=60)
    assert (suggested["clauses"], suggested["unit"]) == (clause, cast.units[found].id if found else None)
