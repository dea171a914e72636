"""Pages on paper, as the browser prints them."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Visitor


@pytest.mark.parametrize("who", ["coordinator", "leader"])
def test_home_prints_on_one_sheet_of_a4(visitor: Visitor, who: str) -> None:
    visitor.sign_in(f"{who}@kien-giang.example")
    assert visitor.open("/kien-giang/") == 200
    printed = visitor.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1


@pytest.mark.parametrize(
    "path", ["cases", "cases/print", "actions/print", "nonconformities/print?state=open"]
)
def test_a_list_of_many_columns_is_printed_on_its_side_and_whole(visitor: Visitor, path: str) -> None:
    visitor.sign_in("coordinator@kien-giang.example").open(f"/kien-giang/{path}")
    assert b"/MediaBox [0 0 841" in visitor.page.pdf(prefer_css_page_size=True)
    visitor.page.emulate_media(media="print")
    visitor.size(width=1010, height=700)  # A4 on its side without the margins, at 96 to the inch
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 1010


def test_a_table_on_paper_ends_with_a_line(visitor: Visitor) -> None:
    visitor.sign_in("coordinator@kien-giang.example").open("/kien-giang/nonconformities/print")
    visitor.page.emulate_media(media="print")
    last = visitor.page.locator(".register tbody tr:last-child > td").first
    assert last.evaluate("e => getComputedStyle(e).borderBottomWidth") == "1px"


def test_paper_tells_the_day_and_no_year_that_narrows_nothing(visitor: Visitor) -> None:
    visitor.sign_in("coordinator@kien-giang.example").open("/kien-giang/nonconformities/print?state=open")
    visitor.page.emulate_media(media="print")
    head = visitor.page.locator(".where")
    assert head.inner_text().split("\n")[-1].startswith("tính đến ngày ")
    assert head.locator(".menu-year").is_hidden()
    assert visitor.page.locator(".chosen").is_visible()
