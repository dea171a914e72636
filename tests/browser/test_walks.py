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
from qms.kernel.text import Message, _
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


def test_a_missed_target_becomes_a_nonconformity_and_its_effect_is_proven(empty: Visitor, live: Live) -> None:
    code = _accept_what_the_missed_target_proposes(empty)
    _correct_and_find_the_cause(empty, code)
    _plan_with_a_rule(empty, code)
    _act(empty, code)
    _an_open_action_keeps_it_open(empty, code)
    _verify(empty, code)
    with db.connected():
        closed = Nonconformity.by_code(live.cast.ours.id, code)
        assert (closed.record.state, closed.verifier_id) == ("closed", live.cast.person("leader").id)
        assert closed.effect_reason == WHY_CLOSED
        assert verify.verify([live.cast.ours.id]).intact


WHY_CLOSED = "Biểu số 06 tính trên 4.451 hồ sơ phải số hóa kết quả"


# The page's words are written out: this is the last sentence of the walk.
WITHOUT_REASON = (
    "theo số tính lại thì tiêu chí không đạt, theo số đã công bố thì tiêu chí đạt; "
    "đóng vì đạt hiệu lực phải nêu lý do"
)


def be(visitor: Visitor, part: str, path: str) -> None:
    """That part of the cast opens a page of the agency."""
    visitor.sign_in(f"{part}@example.org").open(f"/our-agency/{path}")


def _accept_what_the_missed_target_proposes(visitor: Visitor) -> str:
    visitor.open("/our-agency/nonconformities/proposals")
    assert "50%" not in visitor.text()
    check(visitor, SHIPPED / "kien-giang-2023.xlsx")
    take(visitor, "giữ số đã công bố")
    visitor.open("/our-agency/kpis/digit_result/targets/new")
    visitor.fill(period="2023", value="50", set_by="giả định")
    visitor.save()
    check(visitor, SHIPPED / "kien-giang-2024-q1.xlsx")
    take(visitor, "giữ số đã công bố")
    visitor.open("/our-agency/nonconformities/proposals")
    offered = visitor.page.locator("section.part", has_text="giả định")
    said = offered.inner_text()
    assert "0,28%" in said
    assert "39 / 13.989" in said
    offered.get_by_role("link", name=str(_("Record a nonconformity"))).click()
    visitor.fill(grade=str(_("major nonconformity")), owner="Staff", unit="Bộ phận Hộ tịch", clauses="9.1.3")
    visitor.save()
    visitor.page.wait_for_url(re.compile(r"/nonconformities/NC-\d+-\d+$"))
    return visitor.page.url.rpartition("/")[2]


def _correct_and_find_the_cause(visitor: Visitor, code: str) -> None:
    at = f"nonconformities/{code}"
    be(visitor, "staff", at)
    blocked = visitor.page.locator(".move-blocked")
    assert blocked.get_by_text(str(_("the correction is missing, or why none was possible"))).count() == 1
    blocked.get_by_role("link").first.click()  # a refusal leads to where it is mended
    visitor.fill(correction="Quét bổ sung hồ sơ tháng 12", consequences="Không có")
    visitor.save()
    visitor.step("Confirm the correction")
    visitor.page.locator(".move-blocked").get_by_text(str(_("the root cause is missing"))).wait_for()
    visitor.open(f"/our-agency/{at}/analysis")
    visitor.fill(cause_method=str(_("five whys")), cause_group=str(_("method")))
    visitor.fill(**{"whys-0": "Kết quả trả trên giấy", "whys-1": "Quy trình không có bước quét"})
    visitor.fill(cause="Quy trình chưa có bước quét trước khi trả kết quả", elsewhere="Có ở phòng khác")
    visitor.save()
    visitor.step("Confirm the cause")
    assert visitor.state().inner_text() == str(_("analysed"))


def _plan_with_a_rule(visitor: Visitor, code: str) -> None:
    at = f"nonconformities/{code}"
    be(visitor, "unit_head", f"{at}/plan")
    indicator = visitor.page.locator("#kpi option[value=digit_result]").inner_text()
    visitor.fill(kpi=indicator, kpi_value="30", kpi_from="2024-Q1", effect_on="2024-04-15")
    visitor.save()
    for title, owner in (("Sửa quy trình nội bộ", "Staff"), ("Lắp máy quét ở một cửa", "Auditor")):
        visitor.open(f"/our-agency/{at}/actions/new")
        visitor.fill(title=title, owner=owner, due="2024-05-31")
        visitor.save()
    visitor.step("Submit the plan")
    be(visitor, "second_leader", at)
    visitor.step("Approve the plan")
    assert visitor.state().inner_text() == str(_("acting"))


def _act(visitor: Visitor, code: str) -> None:
    for number, part in enumerate(("staff", "auditor"), 1):
        be(visitor, part, f"nonconformities/{code}")
        assert visitor.state().inner_text() == str(_("acting"))  # one action is still open
        visitor.open(f"/our-agency/actions/AC-2024-00{number}")
        visitor.step("Report it done", proof="Biên bản nghiệm thu")
    visitor.open(f"/our-agency/nonconformities/{code}")
    assert visitor.state().inner_text() == str(_("verifying the effect"))


def _an_open_action_keeps_it_open(visitor: Visitor, code: str) -> None:
    be(visitor, "leader", "actions/AC-2024-001")
    visitor.step("Return it", reason="Biên bản chưa có chữ ký")
    visitor.open(f"/our-agency/nonconformities/{code}")
    assert _stands_in_the_way(visitor, _("%(code)s is not done", code="AC-2024-001"))
    be(visitor, "staff", "actions/AC-2024-001")
    visitor.step("Report it done", proof="Biên bản đã ký")


def _verify(visitor: Visitor, code: str) -> None:
    at = f"nonconformities/{code}"
    be(visitor, "auditor", at)
    assert _stands_in_the_way(
        visitor, _("whoever owns %(code)s cannot verify the effect", code="AC-2024-002")
    )
    be(visitor, "leader", at)
    said = visitor.page.locator("#effectiveness").inner_text()
    for figure in ("1.534 / 5.138", "29,86%", "34,46%", "4.451"):
        assert figure in said
    assert str(_("criterion missed")) in said
    assert str(_("criterion met")) in said
    visitor.page.locator("#close-reason").evaluate("e => e.removeAttribute('required')")
    visitor.step("Close as effective", reason=" ")
    assert WITHOUT_REASON in visitor.text()
    visitor.open(f"/our-agency/{at}")
    visitor.step("Close as effective", reason=WHY_CLOSED)
    assert visitor.state().inner_text() == str(_("closed"))
    assert WHY_CLOSED in visitor.page.locator("#effectiveness").inner_text()


def _stands_in_the_way(visitor: Visitor, obstacle: Message) -> bool:
    """Whether that keeps one from closing it as effective."""
    blocked = visitor.page.locator(".move-blocked", has_text=str(_("Close as effective")))
    return str(obstacle) in blocked.inner_text()


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
    back = page.locator("details.ask", has_text=str(_("Send back as not effective")))
    back.locator("summary").click()
    back.locator("textarea").fill("Mới đạt 29,86%, chưa đạt 30%")
    back.locator("button[type=submit]").click()
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
