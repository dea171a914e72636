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
