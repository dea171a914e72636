"""The main job walked through in a browser, as the named roles, on the demonstration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qms import resources
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.reviews.models import Review
from qms.kernel import db, verify
from qms.kernel.organisations import Organisation
from qms.kernel.records import Record
from qms.kernel.text import _
from tests.browser.conftest import Visitor
from tests.demonstrated import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.application import Live

pytestmark = pytest.mark.browser
SHIPPED = resources.AUDITS / "demonstration"


def person(part: str, slug: str = "kien-giang") -> str:
    return f"{part}@{slug}.example"


def ours() -> int:
    return Organisation.by_slug("kien-giang").id


# ---------------------------------------------------------------- signing in


def test_one_signs_in_with_the_printed_password_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.open("/kien-giang/reviews")  # the page asked for comes back after signing in
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#email").focus()
    page.keyboard.type(person("leader"))
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{visitor.address}/kien-giang/reviews")
    page.keyboard.press("/")
    page.keyboard.type("so hoa")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kien-giang/search?q=so+hoa")
    assert "NC-2023-006" in visitor.text()


def test_a_wrong_password_says_nothing_of_the_account(visitor: Visitor) -> None:
    said = set()
    for email in (person("leader"), "nobody@kien-giang.example"):
        visitor.open("/login")
        visitor.fill(email=email, password="a wrong password")
        visitor.save()
        said.add(visitor.page.locator("[role=alert]").first.inner_text())
    assert len(said) == 1


# ---------------------------------------------------------------- figures, good and bad (walk 2)


@pytest.fixture
def empty(live: Live, page: Page) -> Visitor:
    """A coordinator of an agency without any figures."""
    page.set_default_timeout(8_000)
    live.sign_in(page, "coordinator")
    return Visitor(page, live.address, live.app)


def check(visitor: Visitor, file: Path) -> None:
    """Give a file to the page that checks it."""
    visitor.open("/our-agency/statements/import")
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press("Check the file")


def take(visitor: Visitor, reason: str) -> None:
    """Import what was checked, accepting its warnings."""
    visitor.fill(reason=reason)
    visitor.page.locator("section.next button[type=submit]").click()


def test_the_published_figures_are_checked_accepted_and_kept(empty: Visitor) -> None:
    check(empty, SHIPPED / "kien-giang-2023.xlsx")
    said = empty.text()
    assert "13.985" in said
    assert "13.989" in said
    assert empty.page.locator("[role=alert]").count() == 0
    empty.page.locator("#reason").evaluate("e => e.removeAttribute('required')")
    empty.page.locator("section.next button[type=submit]").click()
    assert str(_("warnings are accepted with a reason only: write it")) in empty.text()
    empty.page.go_back()
    take(empty, "giữ số đã công bố")
    check(empty, SHIPPED / "kien-giang-2024-q1.xlsx")
    said = empty.page.locator("main").text_content() or ""  # what holds is folded away
    for figure in ("4.451", "5.138", "5.720", "6.422", "702 = 702"):
        assert figure in said
    take(empty, "giữ số đã công bố")
    check(empty, SHIPPED / "kien-giang-2024-q1.xlsx")
    assert empty.page.locator("section.next").count() == 0  # nothing to import
    empty.open("/our-agency/statements/2024-Q1")
    said = empty.text()
    for printed in ("29,67%", "34,46%", "26,78%", "giữ số đã công bố"):
        assert printed in said


def test_a_statement_that_does_not_add_up_is_refused_and_names_the_rule(
    empty: Visitor, tmp_path: Path
) -> None:
    bent = tmp_path / "bent.csv"
    bent.write_text(
        "period,received_total,received_online,received_direct_post,resolved_total,resolved_early,"
        "resolved_on_time,resolved_overdue,in_process_total,stopped\n"
        "2023,14712,877,13835,13989,13906,17,67,702,21\n"
    )
    check(empty, bent)
    alert = empty.page.locator("[role=alert]").inner_text()
    assert "B2" in alert
    assert "13.989" in alert
    assert empty.page.locator("section.next").count() == 0


# ---------------------------------------------------------------- a missed target to its proof (walk 3)


def test_a_missed_target_becomes_a_nonconformity_and_its_effect_is_proven(visitor: Visitor) -> None:
    code = _accept_the_proposal(visitor)
    _correct_and_find_the_cause(visitor, code)
    _plan(visitor, code)
    _act(visitor, code)
    _verify(visitor, code)
    with db.connected():
        closed = Nonconformity.by_code(ours(), code)
        assert closed.verifier is not None
        assert (closed.record.state, closed.verifier.email) == ("closed", person("auditor"))
        assert verify.verify([ours()]).intact


def _accept_the_proposal(visitor: Visitor) -> str:
    visitor.sign_in(person("coordinator")).open("/kien-giang/")
    visitor.open("/kien-giang/kpis/digit_intake")
    assert "968 / 14.712" in visitor.text()
    visitor.open("/kien-giang/nonconformities/proposals")
    offered = visitor.page.locator("section.part", has_text="6,58%")
    offered.get_by_role("link", name=str(_("Record a nonconformity"))).click()
    visitor.fill(
        grade=str(_("minor nonconformity")), owner="Chuyên viên Phòng Hành chính tư pháp", clauses="9.1.3"
    )
    visitor.fill(unit="Phòng Hành chính tư pháp")
    visitor.save()
    visitor.page.wait_for_url(re.compile(r"/nonconformities/NC-\d+-\d+$"))
    return visitor.page.url.rpartition("/")[2]


def _correct_and_find_the_cause(visitor: Visitor, code: str) -> None:
    at = f"/kien-giang/nonconformities/{code}"
    visitor.sign_in(person("staff")).open(at)
    blocked = visitor.page.locator(".move-blocked")
    assert blocked.get_by_text(str(_("the correction is missing, or why none was possible"))).count() == 1
    blocked.get_by_role("link").first.click()  # a refusal leads to where it is mended
    visitor.fill(correction="Quét bổ sung hồ sơ tháng 12", consequences="Không có")
    visitor.save()
    visitor.step("Confirm the correction")
    visitor.open(f"{at}/analysis")
    visitor.fill(cause="Quy trình chưa có bước quét khi tiếp nhận", elsewhere="Có ở phòng khác")
    visitor.save()
    visitor.step("Confirm the cause")
    assert visitor.state().inner_text() == str(_("analysed"))


def _plan(visitor: Visitor, code: str) -> None:
    at = f"/kien-giang/nonconformities/{code}"
    visitor.sign_in(person("head"))
    for title, owner in (("Sửa quy trình tiếp nhận", "Trưởng phòng Hành chính tư pháp"),
                         ("Lắp máy quét ở một cửa", "Chuyên viên Phòng Hành chính tư pháp")):  # fmt: skip
        visitor.open(f"{at}/actions/new")
        visitor.fill(title=title, owner=owner, due="2024-05-31")
        visitor.save()
    visitor.open(at)
    visitor.step("Submit the plan")
    visitor.sign_in(person("leader")).open(at)
    visitor.step("Approve the plan")
    assert visitor.state().inner_text() == str(_("acting"))


def _act(visitor: Visitor, code: str) -> None:
    at = f"/kien-giang/nonconformities/{code}"
    visitor.open(at)
    links = visitor.page.locator("#actions a[href*='/actions/AC-']")
    codes = dict.fromkeys(links.all_inner_texts())
    assert len(codes) == 2
    for action, part in zip(codes, ("head", "staff"), strict=True):
        visitor.sign_in(person("auditor")).open(at)
        assert visitor.state().inner_text() == str(_("acting"))  # one action is still open
        visitor.sign_in(person(part)).open(f"/kien-giang/actions/{action}")
        visitor.step("Report it done", proof="Biên bản nghiệm thu")
    visitor.open(at)
    assert visitor.state().inner_text() == str(_("verifying the effect"))


def _verify(visitor: Visitor, code: str) -> None:
    at = f"/kien-giang/nonconformities/{code}"
    visitor.sign_in(person("auditor")).open(at)
    assert visitor.page.locator(".move-blocked").count() >= 1  # not before the check is described
    visitor.open(f"{at}/effectiveness")
    visitor.fill(effect_result="Quý I/2024 đạt 29,67%", effect_met=str(_("yes, it is effective")))
    visitor.save()
    visitor.step("Close as effective")
    assert visitor.state().inner_text() == str(_("closed"))


# ---------------------------------------------------------------- the review and its minutes (walk 6)


def test_a_review_is_prepared_held_and_leaves_its_minutes(visitor: Visitor, tmp_path: Path) -> None:
    visitor.sign_in(person("coordinator")).open("/kien-giang/reviews/new")
    visitor.fill(
        period="2024-Q1", held_on="2024-04-15", started="08:00", chair="Giám đốc Sở", secretary="Thư ký ISO"
    )
    visitor.save()
    at = visitor.page.url.removeprefix(visitor.address)
    code = at.rpartition("/")[2]
    for key in _empty_inputs(code):
        visitor.open(f"{at}/inputs/{key}")
        visitor.fill(reason_if_empty="Chưa có nội dung trong Quý I/2024")
        visitor.save()
    visitor.open(at)
    assert "29,86%" in visitor.text()
    assert "34,46%" in visitor.text()
    visitor.press("Call the leaders, unit heads and coordinators")
    visitor.open(f"{at}/attendance")
    for box in visitor.page.locator("select[name^=p]").all():
        box.select_option("present")
    visitor.save()
    visitor.open(f"{at}/outputs/new")
    visitor.fill(text="Thống nhất mẫu số của tỷ lệ số hóa", owner="Thư ký ISO", due="2024-06-28")
    visitor.save()
    draft = _download(visitor, at, tmp_path / "draft.docx")
    visitor.sign_in(person("leader")).open(at)
    visitor.step("Record the meeting as held")
    minutes = _download(visitor, at, tmp_path / "minutes.docx")
    assert ("DỰ THẢO" in draft, "DỰ THẢO" in minutes) == (True, False)
    assert "Thống nhất mẫu số" in minutes
    with db.connected():
        assert Review.by_code(ours(), code).record.state == "held"
        action = Record.get(Record.kind == "action", Record.title == "Thống nhất mẫu số của tỷ lệ số hóa")
        assert action.owner is not None
        assert (action.owner.email, str(action.due)) == (person("coordinator"), "2024-06-28")


def _empty_inputs(code: str) -> Iterator[str]:
    from qms.areas.reviews import service
    from tests.demonstrated import actor

    with db.connected():
        yield from service.unanswered(actor(person("coordinator")), Review.by_code(ours(), code))


def _download(visitor: Visitor, at: str, target: Path) -> str:
    """The words of the minutes that the record's button gives."""
    from docx import Document

    visitor.open(at)
    with visitor.page.expect_download() as waiting:
        visitor.page.locator(".head-do a[href*='review-minutes']").first.click()
    waiting.value.save_as(target)
    document = Document(str(target))
    parts = [document._element.body, *(s.header._element for s in document.sections)]
    parts += [s.first_page_header._element for s in document.sections]
    return " ".join("".join(part.itertext()) for part in parts)


# ---------------------------------------------------------------- without JavaScript


def test_it_works_without_javascript(served: str, visitor: Visitor, browser: object, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.set_default_timeout(8_000)
    plain = Visitor(page, served, visitor.app)
    plain.open("/kien-giang/")
    page.locator("#email").fill(person("leader"))
    page.locator("#password").fill(PASSWORD)
    page.locator("form.sheet-form button[type=submit]").click()
    plain.open("/kien-giang/nonconformities?state=planned")
    assert page.get_by_role("link", name="NC-2023-003").count() >= 1
    plain.open("/kien-giang/nonconformities/NC-2023-003")
    page.get_by_role("button", name=str(_("Approve the plan"))).click()
    assert page.locator("[aria-current=step] .step-label").inner_text() == str(_("acting"))
    plain.open("/kien-giang/nonconformities/NC-2023-006")
    page.locator("details.ask summary").first.click()
    page.locator("details.ask textarea").first.fill("Mới đạt 29,86%, chưa đạt 30%")
    page.locator("details.ask button[type=submit]").first.click()
    assert page.locator("[aria-current=step] .step-label").inner_text() == str(_("contained"))
    plain.sign_in(person("coordinator"))
    plain.open("/kien-giang/statements/import")
    page.locator("input[type=file]").set_input_files(SHIPPED / "kien-giang-2023.xlsx")
    page.get_by_role("button", name=str(_("Check the file"))).click()
    assert (
        str(_("The same figures are kept already: there is nothing to import."))
        in page.locator("main").inner_text()
    )
    context.close()
