"""What stands above the rows of a list: what it opens with, its filters in words, what can be done with the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.nonconformities import service as nonconformities
from tests.cast import OURS, Cast

LIST, KEPT = f"/{OURS}/actions", f"/{OURS}/nonconformities"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def codes(cast: Cast) -> list[str]:
    """Three actions, the first of which is done."""
    actor, values = cast.actor("coordinator"), {"sort": "corrective", "owner": cast.person("staff").id}
    made = [
        actions.open_action(actor, values | {"title": f"Việc {n}", "due": date(2024, 5, 1 + n)})
        for n in range(3)
    ]
    found = [str(row.record.code) for row in made]
    actions.fire(actor, found[0], "void", reason="trùng")
    return found


@pytest.fixture
def observed(cast: Cast) -> str:
    """An observation."""
    return str(nonconformities.open_nc(cast.actor("coordinator"), {
        "title": "Thiếu chữ ký", "description": "Thiếu.", "grade": "observation", "source_kind": "work",
        "happened_on": date(2024, 3, 1),
    }).record.code)  # fmt: skip


def rows(page: str) -> list[str]:
    """The codes of the rows of a list."""
    return re.findall(r'name="code" value="([^"]+)"', page)


def chosen(page: str) -> list[tuple[str, str]]:
    """Address and words of each filter that a list says is set."""
    found = re.search(r'<ul class="chosen".*?</ul>', page, re.DOTALL)
    links = re.findall(r'href="([^"]+)">([^<]+) <span class="take-away"', found[0] if found else "")
    return [(address.replace("&amp;", "&"), words) for address, words in links]


def test_a_list_of_work_opens_with_what_has_not_ended(visit: Visit, codes: list[str]) -> None:
    browser = visit("staff")
    page = browser.get(LIST).text
    assert rows(page) == codes[1:]
    ((all_of_it, words),) = chosen(page)
    assert words == "trạng thái: chưa kết thúc"
    assert rows(browser.get(all_of_it).text) == codes


def test_whoever_asks_for_something_gets_just_that(visit: Visit, codes: list[str]) -> None:
    browser = visit("staff")
    assert rows(browser.get(f"{LIST}?state=voided").text) == codes[:1]
    assert rows(browser.get(f"{LIST}?sort=due").text) == codes
    assert rows(browser.get(f"{LIST}?unit=none&state=not-ended").text) == codes[1:]


def test_where_all_has_ended_a_list_shows_everything(visit: Visit, cast: Cast, codes: list[str]) -> None:
    for code in codes[1:]:
        actions.fire(cast.actor("coordinator"), code, "void", reason="trùng")
    page = visit("staff").get(LIST).text
    assert rows(page) == codes
    assert chosen(page) == []


def test_an_empty_list_says_what_to_do_and_has_nothing_to_narrow(visit: Visit) -> None:
    page = visit("coordinator").get(LIST).text
    assert "Chưa có hành động nào" in page
    assert 'class="filters"' not in page


def test_files_and_paper_hold_what_the_page_shows(visit: Visit, codes: list[str]) -> None:
    browser = visit("staff")
    assert codes[0] in browser.get(f"{LIST}.csv").text  # nothing is asked: everything
    assert 'name="state" value="not-ended"' in browser.get(LIST).text.partition('id="bulk"')[2]
    narrowed = browser.get(f"{LIST}.csv?state=not-ended").text
    assert codes[0] not in narrowed
    assert codes[1] in narrowed


def test_a_filter_out_of_sight_is_said_in_words_and_can_be_taken_away(visit: Visit, observed: str) -> None:
    browser = visit("coordinator")
    page = browser.get(f"{KEPT}?age=31-90&happened=2024&open_on=2024-04-15").text
    assert '<details class="filters-more"><summary>' in page  # folded
    assert [words for _address, words in chosen(page)] == [
        "xảy ra trong kỳ: Năm 2024",
        "còn mở vào ngày: 15/04/2024",
        "thời gian đã mở: 31–90 ngày",
    ]
    address = chosen(page)[2][0]
    assert "age=" not in address
    assert "happened=2024" in address
    assert rows(browser.get(address).text) == [observed]


def test_no_two_filters_of_a_list_have_one_name(visit: Visit, observed: str, codes: list[str]) -> None:
    for path in (LIST, KEPT):
        names = re.findall(r'<label for="f-[^"]+">([^<]+)<', visit("coordinator").get(path).text)
        assert len(names) == len(set(names)) > 5, names


def test_each_way_to_take_the_rows_along_is_offered_once(visit: Visit, codes: list[str]) -> None:
    page = visit("coordinator").get(LIST).text
    assert page.count(".xlsx") == 2  # the address and its label
    assert page.count(".csv") == 2


def test_paper_says_the_day_and_what_is_asked_for(visit: Visit, codes: list[str]) -> None:
    browser = visit("coordinator")
    page = browser.get(f"{LIST}/print?state=voided").text
    assert '<p class="on-paper">tính đến ngày 15/04/2024</p>' in page
    assert "<li>trạng thái: đã hủy</li>" in page
    ticked = browser.get(f"{LIST}/print?code={codes[1]}").text
    assert "<li>chỉ các dòng đã đánh dấu</li>" in ticked
