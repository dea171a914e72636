"""The order in which a list shows what a filter finds, and its pages in that order."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from qms.areas.nonconformities import service
from qms.areas.nonconformities.views import LISTING
from qms.kernel.text import Message
from qms.web.list_query import ORDERS
from tests.cast import Cast

DAYS = (date(2024, 3, 9), date(2023, 5, 2), date(2024, 1, 20), date(2024, 2, 1))


@pytest.fixture
def codes(cast: Cast) -> list[str]:
    """Nonconformities that happened on DAYS, recorded in that order, the first due last."""
    coordinator = cast.actor("coordinator")
    made = []
    for number, day in enumerate(DAYS):
        values = {
            "title": f"Sổ theo dõi số {number}", "grade": "major" if number else "minor", "source_kind": "work",
            "description": "Thiếu chữ ký.", "happened_on": day, "due": date(2024, 12, 20 - number),
        }  # fmt: skip
        made.append(service.open_nc(coordinator, values).record.code)
    return made


def shown(cast: Cast, **asked: str) -> list[str]:
    """The codes of the list that the address asks for."""
    actor = cast.actor("coordinator")
    return [row.value for row in LISTING.view(actor, MultiDict(asked), "/x").rows]


def test_a_list_shows_what_is_due_first(cast: Cast, codes: list[str]) -> None:
    assert shown(cast) == codes[::-1]


def test_a_search_shows_the_newest_first(cast: Cast, codes: list[str]) -> None:
    assert shown(cast, q="so theo doi") == codes[::-1]
    assert shown(cast, q="so theo doi", sort="title") == codes
    assert shown(cast, q="so theo doi", grade="minor") == codes[:1]
    assert shown(cast, q="khong co") == []


def test_a_search_without_a_word_finds_everything(cast: Cast, codes: list[str]) -> None:
    assert sorted(shown(cast, q="?!")) == sorted(codes)


def test_a_period_shows_in_the_order_of_its_days(cast: Cast, codes: list[str]) -> None:
    assert shown(cast, happened="2024") == [codes[2], codes[3], codes[0]]
    assert shown(cast, happened="2024", sort="due") == [codes[3], codes[2], codes[0]]


def test_filters_of_one_shape_bind_their_own_values(cast: Cast, codes: list[str]) -> None:
    assert shown(cast, grade="minor") == codes[:1]
    assert shown(cast, grade="major") == codes[:0:-1]
    counted = LISTING.view(cast.actor("coordinator"), MultiDict({"grade": "major"}), "/x").count_text
    assert isinstance(counted, Message)
    assert counted.params["n"] == "3"


@pytest.mark.parametrize("asked", [{"q": "so theo doi"}, {"happened": "2024"}, {}, {"sort": "-code"}])
def test_the_next_page_begins_where_the_last_one_ended(
    cast: Cast, codes: list[str], asked: dict[str, str]
) -> None:
    actor = cast.actor("coordinator")
    whole, pages, after = shown(cast, **asked), [], ""
    for _page in whole:
        question = LISTING._asked(MultiDict(asked | ({"after": after} if after else {})))
        row = LISTING.found.rows(actor, question, 1)[0]
        pages.append(row[0])
        keys = len(LISTING.columns())
        after = "~".join(str(value) for value in (*row[keys + 1 :], row[keys]))
    assert pages == whole


def test_every_order_can_be_asked_for_without_a_filter(cast: Cast, codes: list[str]) -> None:
    assert all(sorted(shown(cast, sort=order)) == sorted(codes) for order in ORDERS)
