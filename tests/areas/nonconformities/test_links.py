"""Nonconformities tied to each other: cause, same cause, recurrence; offered, counted, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from peewee import Database

from qms.areas.nonconformities import service, service_links, service_statistics
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_links import TIES
from qms.kernel import db, verify
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.links import Link
from qms.kernel.proposals import Decision
from qms.kernel.records import Record
from qms.web import history
from tests.areas.nonconformities.story import Story, finding
from tests.areas.nonconformities.test_concurrency import at_once
from tests.cast import Cast
from tests.queries import queries

HOME = "/our-agency/nonconformities"
Visit = Callable[..., FlaskClient]
CLAUSES = "9.1.3, 10.2"


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def tie(cast: Cast, one: str, relation: str, other: str, *, part: str = "coordinator") -> Link:
    return service_links.tie(cast.actor(part), one, relation, other)


def codes(story: Story, count: int) -> list[str]:
    return [str(story.opened().record.code) for _index in range(count)]


def on(story: Story, day: date, **values: Any) -> Nonconformity:
    """One that happened on that day, against the clauses of all these tests."""
    return story.opened(**{"happened_on": day, "clauses": CLAUSES} | values)


# ---------------------------------------------------------------- ties


@pytest.mark.parametrize("relation", TIES)
def test_who_may_change_one_ties_it_to_another_and_the_history_says_how(
    story: Story, cast: Cast, relation: str
) -> None:
    older, newer = codes(story, 2)
    found = tie(cast, newer, relation, f" {older.lower()} ")
    assert (found.record.code, found.target.code, found.relation) == (newer, older, relation)
    assert tie(cast, newer, relation, older).id == found.id
    [line] = history.lines(history.entries(found.record_id)[:1])
    assert older in str(line.text)
    assert "liên kết với" not in str(line.text)  # in words of its own


@pytest.mark.parametrize("part", ["auditor", "colleague", "records", "inspector", "overseer", "other_head"])
def test_who_may_not_change_it_ties_it_to_nothing(story: Story, cast: Cast, part: str) -> None:
    older, newer = codes(story, 2)
    made = tie(cast, newer, "related", older)
    with pytest.raises(Forbidden):
        tie(cast, newer, "caused_by", older, part=part)
    with pytest.raises(Forbidden):
        service_links.untie(cast.actor(part), newer, made.id, "nhầm")
    with pytest.raises(Forbidden):
        service_links.no_recurrence(cast.actor(part), newer, older, "khác")


@pytest.mark.parametrize("length", range(1, 5))
def test_a_cycle_of_any_length_is_refused_with_its_chain(story: Story, cast: Cast, length: int) -> None:
    ring = codes(story, length)
    for one, other in pairwise(ring):
        tie(cast, one, "caused_by", other)
    entries = Link.select().count()
    with pytest.raises(Refused) as refused:
        tie(cast, ring[-1], "caused_by", ring[0])
    if length > 1:
        assert " → ".join(ring) in str(refused.value)
    assert [one.where for one in refused.value.reasons] == ["#other"]
    assert Link.select().count() == entries


def test_a_tie_that_was_taken_back_stands_in_the_way_of_nothing(story: Story, cast: Cast) -> None:
    one, other = codes(story, 2)
    made = tie(cast, one, "caused_by", other)
    with pytest.raises(Refused):
        tie(cast, other, "same_cause", one)
    service_links.untie(cast.actor("coordinator"), other, made.id, "phân tích lại")  # from its other end
    tie(cast, other, "same_cause", one)
    with pytest.raises(NotFound):
        service_links.untie(cast.actor("coordinator"), one, made.id, "phân tích lại")
    assert verify.verify([cast.ours.id]).intact


def test_taking_back_needs_a_reason_and_takes_only_ties_of_that_page(story: Story, cast: Cast) -> None:
    one, other, third = codes(story, 3)
    made = tie(cast, one, "related", other)
    action = story.action(one)
    serves = Link.get(Link.record == action.record_id)
    with pytest.raises(Refused):
        service_links.untie(cast.actor("coordinator"), one, made.id, " ")
    for code, number in ((third, made.id), (one, serves.id), (one, 10**6)):
        with pytest.raises(NotFound):
            service_links.untie(cast.actor("coordinator"), code, number, "nhầm")
    assert Link.select().where(Link.stands()).count() == 2


def test_all_that_stands_in_the_way_is_said_at_once(story: Story, cast: Cast) -> None:
    one, other = codes(story, 2)
    tie(cast, one, "caused_by", other)
    service.fire(cast.actor("coordinator"), other, "void", reason="ghi trùng")
    with pytest.raises(Refused) as refused:
        tie(cast, other, "caused_by", one)
    assert len(refused.value.reasons) == 2


@pytest.mark.parametrize(
    ("relation", "other", "where"),
    [("friend_of", "NC-2024-001", "#relation"), ("serves", "NC-2024-001", "#relation"),
     ("related", "NC-2024-999", "#other"), ("related", "", "#other"), ("related", "NC-2024-002", "#other")],
)  # fmt: skip
def test_a_relation_that_is_none_and_a_code_that_is_none_or_its_own_are_refused(
    story: Story, cast: Cast, relation: str, other: str, where: str
) -> None:
    _older, newer = codes(story, 2)
    with pytest.raises(Refused) as refused:
        tie(cast, newer, relation, other)
    assert [one.where for one in refused.value.reasons] == [where]


def test_nothing_is_tied_across_organisations(story: Story, cast: Cast) -> None:
    ours = codes(story, 1)[0]
    theirs = service.open_nc(cast.actor("stranger"), finding(cast, unit=None, owner=None, clauses=""))
    service.open_nc(cast.actor("stranger"), finding(cast, unit=None, owner=None))
    with pytest.raises(Refused):  # as for a code that nobody has
        tie(cast, ours, "related", "NC-2024-002")
    with pytest.raises(NotFound):
        tie(cast, "NC-2024-002", "related", ours)
    assert Link.select().count() == 0
    assert theirs.record.code == ours


@pytest.mark.commits
def test_two_who_tie_at_once_make_no_cycle(story: Story, cast: Cast, database: Database) -> None:
    one, other = codes(story, 2)
    ties = [
        lambda pair=pair: tie(cast, pair[0], "caused_by", pair[1]) for pair in ((one, other), (other, one))
    ]
    [refused] = at_once(ties)
    assert isinstance(refused, Refused)
    assert Link.select().count() == 1
    assert verify.verify([cast.ours.id]).intact


# ---------------------------------------------------------------- recurrence


def offered(row: Nonconformity) -> list[str]:
    return [one.code for one in service_links.may_recur(row)]


def test_an_earlier_one_of_the_same_source_unit_and_clause_is_offered_for_a_year(
    story: Story, cast: Cast
) -> None:
    newest = on(story, date(2024, 4, 15))
    same = [on(story, date(2023, 4, 15)), on(story, date(2024, 4, 14), clauses="10.2")]
    on(story, date(2023, 4, 14))  # too long ago
    on(story, date(2024, 1, 1), source_kind="complaint")
    on(story, date(2024, 1, 1), clauses="7.5")
    on(story, date(2024, 1, 1), clauses="")
    on(story, date(2024, 1, 1), edition="2026", clauses="10.2")
    on(story, date(2024, 1, 1), unit=cast.units["VP"].id)
    on(story, date(2024, 1, 1), grade="observation")
    assert offered(newest) == [str(row.record.code) for row in reversed(same)]
    assert offered(same[0]) == ["NC-2023-002"]


def test_of_one_day_only_what_was_recorded_before_is_offered(story: Story) -> None:
    first, second = (on(story, date(2024, 4, 15)) for _index in range(2))
    assert (offered(first), offered(second)) == ([], [first.record.code])


def test_a_closed_one_counts_and_a_voided_one_does_not(story: Story, cast: Cast) -> None:
    earlier = on(story, date(2024, 4, 1))
    newer = on(story, date(2024, 4, 15))
    Record.update(state="closed", ended_on=date(2024, 4, 10)).where(Record.id == earlier.record_id).execute()
    assert offered(newer) == [earlier.record.code]
    Record.update(state="voided").where(Record.id == earlier.record_id).execute()
    assert offered(newer) == []


@pytest.mark.parametrize("values", [{"unit": None}, {"clauses": ""}, {"grade": "opportunity"}])
def test_nothing_is_offered_to_one_without_unit_or_clause_nor_to_an_improvement(
    story: Story, values: dict[str, Any]
) -> None:
    on(story, date(2024, 4, 1), **values)
    on(story, date(2024, 4, 1))
    assert offered(on(story, date(2024, 4, 15), **values)) == []


def test_what_is_no_recurrence_is_not_offered_again_and_the_reason_is_kept(story: Story, cast: Cast) -> None:
    earlier, newer = on(story, date(2024, 4, 1)), on(story, date(2024, 4, 15))
    actor, pair = cast.actor("unit_head"), (str(newer.record.code), str(earlier.record.code))
    with pytest.raises(Refused):
        service_links.no_recurrence(actor, *pair, " ")
    service_links.no_recurrence(actor, *pair, "quy trình khác")
    assert offered(newer) == []
    with pytest.raises(Refused):
        service_links.no_recurrence(actor, *pair, "lại")
    assert Decision.get().reason == "quy trình khác"
    [line] = history.lines(history.entries(newer.record_id)[:1])
    assert (str(line.text), line.reason) == (
        f"không chấp nhận đề xuất: sự tái diễn của {pair[1]}",
        "quy trình khác",
    )


def test_a_recurrence_is_counted_along_the_chain_without_what_was_voided(story: Story, cast: Cast) -> None:
    days = [date(2022, 3, 1), date(2023, 1, 1), date(2023, 9, 1), date(2024, 4, 1)]
    first, second, third, fourth = (on(story, day) for day in days)
    for newer, older in ((second, first), (third, second), (fourth, third), (fourth, first)):
        tie(cast, newer.record.code, "recurs", older.record.code)
    assert service_links.repeated(fourth) == (4, date(2022, 3, 1))
    assert service_links.repeated(second) == (2, date(2022, 3, 1))
    service.fire(cast.actor("coordinator"), first.record.code, "void", reason="ghi trùng")
    assert service_links.repeated(story.read(fourth)) == (3, date(2023, 1, 1))
    said = Link.get(Link.record == second.record_id, Link.relation == "recurs")
    assert said.ended_at is not None  # it went with the voiding
    counted = Record.select(Record.id).where(service_statistics.recurring()).tuples()
    assert {key for (key,) in counted} == {
        third.record_id,
        fourth.record_id,
    }  # the second repeats a voided one
    service.fire(cast.actor("coordinator"), third.record.code, "void", reason="ghi trùng")
    assert service_links.repeated(story.read(fourth)) == (1, date(2024, 4, 1))  # by way of a voided one: none
    counted = (
        Record.select(Record.id).where(service_statistics.recurring(), Record.state != "voided").tuples()
    )
    assert list(counted) == []


def test_the_later_one_recurs_not_the_earlier(story: Story, cast: Cast) -> None:
    earlier, newer = on(story, date(2024, 4, 1)), on(story, date(2024, 4, 15))
    with pytest.raises(Refused):
        tie(cast, earlier.record.code, "recurs", newer.record.code)


def test_earlier_ones_are_found_by_the_index_of_place_and_day(cast: Cast) -> None:
    query = service_links._earlier(*range(7))
    if not db.is_sqlite():  # PostgreSQL reads so small a table whole: there the index is only asked to be
        names = [index.name for index in db.database.get_indexes("record")]
        assert "record_place" in names
        return
    plan = db.database.execute_sql("EXPLAIN QUERY PLAN " + query.sql()[0], query.sql()[1]).fetchall()
    assert "record_place (organisation_id=? AND kind=? AND unit_id=? AND <expr>>?" in str(plan[0])


# ---------------------------------------------------------------- pages


def test_right_after_recording_the_earlier_one_is_offered_and_linked_from_the_page(
    visit: Visit, story: Story
) -> None:
    earlier, newer = on(story, date(2024, 4, 1)), on(story, date(2024, 4, 15))
    code, older = newer.record.code, earlier.record.code
    browser = visit("coordinator")
    page = browser.get(f"{HOME}/{code}").text
    assert "Có thể đã tái diễn" in page
    assert f'action="{HOME}/{code}/recurs"' in page
    answer = browser.post(f"{HOME}/{code}/recurs", data={"other": older})
    assert (answer.status_code, answer.location) == (303, f"{HOME}/{code}#recurrence")
    page = browser.get(f"{HOME}/{code}").text
    assert "lần thứ 2 kể từ ngày 01/04/2024" in page
    assert "Có thể đã tái diễn" not in page
    assert "đã tái diễn thành" in browser.get(f"{HOME}/{older}").text


def test_what_repeats_only_a_voided_one_is_not_counted_on_its_page(
    visit: Visit, story: Story, cast: Cast
) -> None:
    earlier, newer = on(story, date(2024, 4, 1)), on(story, date(2024, 4, 15))
    tie(cast, newer.record.code, "recurs", earlier.record.code)
    service.fire(cast.actor("coordinator"), earlier.record.code, "void", reason="ghi trùng")
    page = visit("coordinator").get(f"{HOME}/{newer.record.code}").text
    assert "tái diễn của" in page
    assert "lần thứ" not in page


def test_who_may_not_decide_sees_that_it_may_recur_without_buttons(visit: Visit, story: Story) -> None:
    on(story, date(2024, 4, 1))
    code = on(story, date(2024, 4, 15)).record.code
    page = visit("inspector").get(f"{HOME}/{code}").text
    assert "Có thể đã tái diễn" in page
    assert f"{HOME}/{code}/recurs" not in page
    assert f"{HOME}/{code}/links" not in page
    for path in ("recurs", "recurs/not", "links", "links/1/end"):
        assert visit("inspector").post(f"{HOME}/{code}/{path}").status_code == 403, path


def test_declining_through_the_page_needs_the_reason(visit: Visit, story: Story) -> None:
    older = on(story, date(2024, 4, 1)).record.code
    code = on(story, date(2024, 4, 15)).record.code
    browser = visit("coordinator")
    assert browser.post(f"{HOME}/{code}/recurs/not", data={"other": older}).status_code == 409
    sent = {"other": older, "reason": "nguyên nhân khác"}
    assert browser.post(f"{HOME}/{code}/recurs/not", data=sent).status_code == 303
    assert "Có thể đã tái diễn" not in browser.get(f"{HOME}/{code}").text


def test_a_link_is_made_and_taken_back_on_the_page_of_links(visit: Visit, story: Story) -> None:
    older, newer = codes(story, 2)
    browser = visit("coordinator")
    assert f'<option value="{older}">' in browser.get(f"{HOME}/{newer}/links").text
    sent = {"relation": "caused_by", "other": older}
    assert browser.post(f"{HOME}/{newer}/links", data=sent).status_code == 303
    page = browser.get(f"{HOME}/{older}/links").text
    number = Link.get().id
    assert f'action="{HOME}/{older}/links/{number}/end"' in page
    assert browser.post(f"{HOME}/{older}/links/{number}/end").status_code == 409
    assert browser.post(f"{HOME}/{older}/links/{number}/end", data={"reason": "nhầm mã"}).status_code == 303
    page = browser.get(f"{HOME}/{newer}").text
    assert "hủy liên kết với" in page
    assert 'class="linked"' not in page


def test_a_cycle_is_refused_on_the_form_with_what_was_typed(visit: Visit, story: Story, cast: Cast) -> None:
    one, other = codes(story, 2)
    tie(cast, one, "caused_by", other)
    answer = visit("coordinator").post(f"{HOME}/{other}/links", data={"relation": "caused_by", "other": one})
    assert answer.status_code == 409
    assert f"{one} → {other}" in answer.text
    assert f'value="{one}"' in answer.text


def test_a_voided_one_is_linked_to_nothing_new(visit: Visit, story: Story, cast: Cast) -> None:
    one, other = codes(story, 2)
    service.fire(cast.actor("coordinator"), one, "void", reason="ghi trùng")
    browser = visit("coordinator")
    assert f"{HOME}/{one}/links" not in browser.get(f"{HOME}/{one}").text
    assert f'<option value="{one}">' not in browser.get(f"{HOME}/{other}/links").text


def test_links_of_another_organisation_are_at_no_address(visit: Visit, story: Story) -> None:
    code = codes(story, 1)[0]
    for path in (f"{HOME}/{code}/links", f"{HOME}/NC-2024-999/links"):
        assert visit("stranger").get(path).status_code == 404
    assert visit("coordinator").get(f"{HOME}/NC-2024-999/links").status_code == 404
    assert visit("coordinator").post(f"{HOME}/{code}/links/77/end", data={"reason": "x"}).status_code == 404


def test_the_record_asks_as_often_for_thirty_earlier_ones_as_for_one(visit: Visit, story: Story) -> None:
    on(story, date(2024, 4, 1))
    code = on(story, date(2024, 4, 15)).record.code
    browser = visit("coordinator")
    browser.get(f"{HOME}/{code}")
    asked = queries(lambda: browser.get(f"{HOME}/{code}"))
    for _index in range(29):
        on(story, date(2024, 4, 1))
    assert queries(lambda: browser.get(f"{HOME}/{code}")) == asked
