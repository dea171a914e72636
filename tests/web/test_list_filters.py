"""What the filters of a list find, alone and by two, whichever table finds it; and its pages, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.views import LISTING
from qms.kernel.clauses import cited
from qms.kernel.links import Link, link
from qms.kernel.records import Record
from qms.web import list_rows
from tests.cast import TODAY, Cast

GRADES = ("major", "minor", "observation", "opportunity")
STATES = ("open", "acting", "closed", "voided")
SOURCES = ("audit", "work", "figures")
HOW_MANY = 36
Judge = Callable[[Any], bool]


def _ended_by_extension(row: Any) -> bool:
    days: Any = (row.first_due, row.record.ended_on, row.record.due)
    return None not in days and days[0] < days[1] <= days[2]


def _recurred(row: Nonconformity) -> bool:
    return (
        Link.select().where(Link.record == row.record_id, Link.relation == "recurs", Link.stands()).exists()
    )


FILTERS: dict[tuple[str, str], Judge] = {
    ("state", "acting"): lambda row: row.record.state == "acting",
    ("state", "closed"): lambda row: row.record.state == "closed",
    ("grade", "major"): lambda row: row.grade == "major",
    ("source_kind", "audit"): lambda row: row.source_kind == "audit",
    ("source_kind", "complaint"): lambda row: row.source_kind == "complaint",
    ("cause_group", "people"): lambda row: row.cause_group == "people",
    ("cause_group", "none"): lambda row: row.cause_group is None,
    ("corrected", "yes"): lambda row: row.contained_on is not None,
    ("corrected", "no"): lambda row: row.contained_on is None,
    ("recurs", "yes"): _recurred,
    ("clause", "9.1.3"): lambda row: any(one.number == "9.1.3" for one in cited(row.record_id)),
    ("clause", "9.1.3 (2008)"): lambda row: ("9.1.3", "2008") in cited(row.record_id),
    ("extended", "yes"): _ended_by_extension,
    ("timely", "no_due"): lambda row: row.record.ended_on is not None and row.record.due is None,
    ("counted", "improvements"): lambda row: (
        row.grade in ("observation", "opportunity") and row.record.state != "voided"
    ),
    ("open_on", "2024-02-15"): lambda row: (
        row.record.happened_on <= date(2024, 2, 15) and (row.record.ended_on or date.max) > date(2024, 2, 15)
    ),
    ("due", "overdue"): lambda row: (
        row.record.ended_on is None and row.record.due is not None and row.record.due < TODAY
    ),
}


@pytest.fixture
def kept(cast: Cast) -> list[Nonconformity]:
    """Three dozen of every sort: what is asked for together is found in some of them."""
    actor, units = cast.actor("coordinator"), [cast.units["HT"].id, cast.units["VP"].id, None]
    rows = []
    for n in range(HOW_MANY):
        rows.append(
            service.open_nc(actor, {
                "title": f"Thiếu chữ ký {n}", "description": "Thiếu.", "grade": GRADES[n % 4],
                "source_kind": SOURCES[n % 3], "happened_on": date(2024, 1 + n % 4, 3), "unit": units[n % 3],
                "due": date(2024, 5, 1 + n % 20) if n % 5 else None, "clauses": "9.1.3" if n % 2 else "8.5.1",
            })
        )  # fmt: skip
        _placed(rows[-1], n)
    for n in (7, 12, 25):
        link(actor, rows[n].record, rows[0].record, "recurs")
    link(actor, rows[25].record, rows[1].record, "recurs")  # of two: it is shown once
    return list(Nonconformity.of(cast.ours.id))


def _placed(row: Nonconformity, n: int) -> None:
    """Where years of steps would have brought it."""
    state = STATES[n // 4 % 4]
    ended = date(2024, 2 + n % 5, 10) if state in ("closed", "voided") else None
    first = date(2024, 2, 1) if n % 3 else row.first_due
    Record.update(state=state, ended_on=ended, due_first=first).where(Record.id == row.record_id).execute()
    Nonconformity.update(
        first_due=first, cause_group="people" if n % 3 == 0 else None,
        contained_on=date(2024, 3, 1) if n % 4 == 1 else None,
    ).where(Nonconformity.record == row.record_id).execute()  # fmt: skip


def shown(cast: Cast, asked: dict[str, str]) -> tuple[list[str], str]:
    """The codes of all pages in their order, and the count that the first one names."""
    view = LISTING.view(cast.actor("coordinator"), MultiDict(asked), "/x")
    codes, count = [row.value for row in view.rows], str(view.count_text)
    while view.next_url:
        address = {name: words[0] for name, words in parse_qs(urlsplit(view.next_url).query).items()}
        view = LISTING.view(cast.actor("coordinator"), MultiDict(address), "/x")
        codes += [row.value for row in view.rows]
        assert str(view.count_text) == count
    return codes, count


def _asked(*filters: tuple[str, str]) -> dict[str, str] | None:
    """The parameters of these filters; none where two of them have one name."""
    return dict(filters) if len({name for name, _value in filters}) == len(filters) else None


def test_each_filter_and_each_pair_finds_what_it_says(cast: Cast, kept: list[Nonconformity]) -> None:
    chosen = [*combinations(FILTERS, 1), *combinations(FILTERS, 2)]
    for asked, filters in ((_asked(*some), some) for some in chosen):
        if asked is not None:
            right = {row.record.code for row in kept if all(FILTERS[one](row) for one in filters)}
            codes, count = shown(cast, asked)
            assert set(codes) == right, asked
            assert len(codes) == len(right), asked
            assert str(len(right)) in count.split(), asked


@pytest.mark.parametrize("asked", [
    {"source_kind": "audit"}, {"corrected": "no"}, {"clause": "9.1.3"}, {"recurs": "yes"},
    {"clause": "9.1.3", "state": "acting"}, {"clause": "9.1.3", "corrected": "no"},
    {"recurs": "yes", "source_kind": "work"}, {"source_kind": "audit", "corrected": "no"}, {"open_on": "2024-02-15"},
    {"source_kind": "audit", "sort": "due"}, {"clause": "9.1.3", "sort": "title"}, {"q": "thieu", "clause": "9.1.3"},
])  # fmt: skip
def test_pages_hold_every_row_once_and_in_their_order(
    cast: Cast, kept: list[Nonconformity], asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, count = shown(cast, asked)
    assert whole
    monkeypatch.setattr(list_rows, "PAGE", 1)
    monkeypatch.setattr("qms.web.listing.PAGE", 1)
    monkeypatch.setattr(LISTING.found, "_prepared", {})  # composed for fifty rows
    assert shown(cast, asked) == (whole, count)


def test_what_another_table_finds_comes_newest_first_unless_another_order_is_asked_for(
    cast: Cast, kept: list[Nonconformity]
) -> None:
    codes, _count = shown(cast, {"source_kind": "audit"})
    assert codes == sorted(codes, reverse=True)
    by_title, _count = shown(cast, {"source_kind": "audit", "sort": "title"})
    assert by_title != codes
    assert sorted(by_title, reverse=True) == codes


def test_a_filter_that_is_taken_off_leaves_no_order_behind(cast: Cast, kept: list[Nonconformity]) -> None:
    def hidden(asked: dict[str, str]) -> Any:
        return LISTING.view(cast.actor("coordinator"), MultiDict(asked), "/x").hidden

    assert hidden({"source_kind": "audit"}) == []
    assert hidden({"source_kind": "audit", "sort": "title"}) == [("sort", "title")]


def test_the_shared_row_keeps_grade_and_first_due_date_as_they_change(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    row = service.open_nc(actor, {
        "title": "Thiếu chữ ký", "description": "Thiếu.", "grade": "minor", "source_kind": "work",
        "happened_on": TODAY, "due": date(2024, 5, 20),
    })  # fmt: skip
    assert (row.record.facet, row.record.due_first) == ("minor", date(2024, 5, 20))
    changed = {"grade": "major", "due": date(2024, 6, 20), "reason": "Chờ thiết bị."}
    service.edit(actor, row.record.code, changed)
    found = Record.get_by_id(row.record_id)
    assert (found.facet, found.due, found.due_first) == ("major", date(2024, 6, 20), date(2024, 5, 20))
