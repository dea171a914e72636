"""What was typed into a step that cannot be taken, in a browser without JavaScript and in one that axe looks at."""

from __future__ import annotations

from typing import Any

import pytest

from qms.kernel.text import _
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SIZES, axe, broken, too_wide

__all__ = ["axe"]  # a fixture

pytestmark = pytest.mark.browser
PLAN, CASE = "/kien-giang/nonconformities/NC-2023-003", "/kien-giang/cases/LC-2024-004"
LEADER, RECORDS = "leader@kien-giang.example", "records@kien-giang.example"
WHY = "Kế hoạch chưa nêu nguồn lực"


def record_the_letter(visitor: Visitor, promised_on: str) -> None:
    """Type a letter with that new date into the step, which may be folded away, and send it."""
    step = visitor.page.locator("details.ask", has_text=str(_("New date"))).first
    if step.get_attribute("open") is None:
        step.locator("summary").click()
        step.locator("[name=letter_on]").fill("2024-04-12")
        step.locator("[name=letter_number]").fill("77")
        step.locator("[name=letter_through]").select_option("post")
    step.locator("[name=promised_on]").fill(promised_on)
    step.locator("button[type=submit]").click()
    visitor.page.wait_for_load_state()


def test_a_refused_step_is_mended_and_sent_from_the_page_that_refuses_it(
    served: str, visitor: Visitor, browser: Any
) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = Visitor(context.new_page(), served, visitor.app).sign_in(RECORDS)
    plain.open(CASE)
    record_the_letter(plain, "2024-04-10")
    step = plain.page.locator("details.ask[open]")
    assert step.locator("[name=letter_number]").input_value() == "77"
    assert str(_("the new date is before the day of the letter that gives it")) in step.inner_text()
    record_the_letter(plain, "2024-04-30")
    assert plain.page.url == f"{served}{CASE}"
    assert plain.state().inner_text() == str(_("letter sent"))
    context.close()


def test_the_reason_of_who_comes_second_stands_on_the_page_with_the_newer_record(
    visitor: Visitor, axe: str
) -> None:
    visitor.sign_in(LEADER).open(PLAN)
    back = visitor.page.locator("details.ask", has_text=str(_("Return the plan"))).first
    back.locator("summary").click()
    back.locator("textarea").fill(WHY)
    other = visitor.page.context.new_page()
    other.goto(f"{visitor.address}{PLAN}")
    other.get_by_role("button", name=str(_("Approve the plan"))).click()
    back.locator("button[type=submit]").click()
    visitor.page.wait_for_load_state()
    assert visitor.state().inner_text() == str(_("acting"))
    assert WHY in visitor.page.locator("#problems").inner_text()
    assert visitor.page.evaluate("document.activeElement.id") == "problems"
    for size in SIZES.values():
        visitor.size(**size)
        assert [*broken(visitor, axe), *too_wide(visitor, **size)] == []


def test_the_page_of_a_refused_step_breaks_no_rule_of_accessibility(visitor: Visitor, axe: str) -> None:
    visitor.sign_in(RECORDS).open(CASE)
    record_the_letter(visitor, "2024-04-10")
    for size in SIZES.values():
        visitor.size(**size)
        assert [*broken(visitor, axe), *too_wide(visitor, **size)] == []
