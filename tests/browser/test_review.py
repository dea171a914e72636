"""A management review in a browser: from the empty draft to the held meeting, and no axe violation on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qms.areas.reviews import service, topics
from qms.areas.reviews.models import Review
from qms.kernel.db import connected
from tests.areas.reviews.meeting import Meeting

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.application import Live

pytestmark = pytest.mark.browser


def violations(page: Page) -> list[str]:
    """What axe finds on the page, by rule."""
    from axe_playwright_python.sync_playwright import Axe

    return [v["id"] for v in Axe().run(page).response["violations"]]


def test_a_review_is_filled_in_and_held(live: Live, page: Page) -> None:
    with connected():
        meeting = Meeting(live.cast)
        code = meeting.created().record.code
        for key in list(topics.inputs())[1:]:
            meeting.write(Review.by_code(live.cast.ours.id, code), key, reason_if_empty="chưa theo dõi")
    live.sign_in(page, "coordinator")
    page.goto(live.url(f"reviews/{code}"))
    assert violations(page) == []
    page.get_by_role("link", name="Điền mục còn trống tiếp theo").click()
    assert violations(page) == []
    page.get_by_label("Lý do không có nội dung").fill("lần xem xét đầu tiên")
    page.get_by_role("button", name="Lưu thay đổi").click()
    page.get_by_role("button", name="Mời lãnh đạo").click()
    page.get_by_role("link", name="Ghi nhận có mặt, vắng mặt").click()
    assert violations(page) == []
    for box in page.locator("select[name^=p]").all():
        box.select_option("present")
    page.get_by_role("button", name="Lưu thay đổi").click()
    page.get_by_role("link", name="Ghi kết luận").click()
    page.get_by_label("Nội dung kết luận").fill("Mua máy quét")
    page.locator("#owner").select_option(label="Staff")
    page.locator("#due").fill("2024-06-30")
    assert violations(page) == []
    page.locator("form.sheet-form button[type=submit]").click()
    live.sign_in(page, "leader")
    page.goto(live.url(f"reviews/{code}"))
    page.get_by_role("button", name="Ghi nhận đã họp").click()
    assert page.get_by_role("link", name="AC-2024-001").count() >= 1
    assert violations(page) == []
    with connected():
        held = Review.by_code(live.cast.ours.id, code)
        assert held.record.state == "held"
        assert [o.text for o in service.outputs(held)] == ["Mua máy quét"]


def test_the_review_fits_a_phone(live: Live, page: Page) -> None:
    with connected():
        code = Meeting(live.cast).held().record.code
    page.set_viewport_size({"width": 360, "height": 740})
    live.sign_in(page, "leader")
    page.goto(live.url(f"reviews/{code}"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
