"""The letter as Word: its layout, its words, and that the applicant's name stays on the paper alone."""

from __future__ import annotations

import html
import io
import logging
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient

from qms.areas.cases import service, views_letter
from qms.docx.checks import check
from qms.docx.effective import lines
from qms.kernel import db
from qms.kernel.errors import NotFound
from qms.kernel.organisations import set_settings, settings_on
from tests.areas.cases.story import apologised, late
from tests.cast import SINCE, TODAY, Cast

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/cases"
NAME = "Nguyễn Thị Kín Đáo"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture
def agency(cast: Cast) -> Cast:
    settings = {
        "name": "Sở Tư pháp tỉnh Ta", "parent_body": "Ủy ban nhân dân tỉnh Ta", "symbol": "STP", "place": "Tỉnh Ta",
        "head": "Giám đốc", "head_name": "Giám đốc Sở", "deputies": ["Phó Giám đốc, Người Ký Thay"],
    }  # fmt: skip
    set_settings(cast.actor("coordinator"), settings, valid_from=SINCE)
    return cast


def text(content: bytes) -> list[str]:
    opened: Any = Document(io.BytesIO(content))
    return [lines(p) for p in opened.element.body.iter(f"{W}p")]


HEAD = ("GIÁM ĐỐC", "Giám đốc Sở")
DEPUTY = ("KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC", "Người Ký Thay")


def made(cast: Cast, code: str, locale: str = "vi", **typed: Any) -> bytes:
    from qms.docx.fill import render

    context = views_letter.letter_context(cast.actor("coordinator"), code, locale, **typed)
    return render("apology-letter", context, locale)


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("signed", [HEAD, DEPUTY])
def test_the_letter_is_laid_out_as_the_decree_asks(
    agency: Cast, locale: str, signed: tuple[str, str]
) -> None:
    apologised(agency)
    content = made(agency, "LC-2024-001", locale, applicant=NAME, address="Số 1", signed=signed)
    assert check(content) == []


def test_the_letter_says_which_case_why_until_when_and_who_answers(agency: Cast) -> None:
    late(agency, promised_on=date(2024, 4, 22))
    said = text(made(agency, "LC-2024-001"))
    whole = "\n".join(said)
    for words in (
        "VĂN BẢN XIN LỖI\nVÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT",
        "Hồ sơ số 000.00.16.H33-240301-0001",
        "Kính gửi: Ông/Bà (tổ chức) ……",
        "Ngày 01/03/2024, Sở Tư pháp tỉnh Ta đã tiếp nhận hồ sơ số",
        "Cấp bản sao trích lục hộ tịch (mã số 2.000635).",
        "là ngày 01/04/2024.",
        "Lý do: Chờ kết quả xác minh của cơ quan phối hợp.",
        "đến ngày 22/04/2024.",
        "Đơn vị chịu trách nhiệm giải quyết hồ sơ: Bộ phận Hộ tịch.",
        "GIÁM ĐỐC",
        "- Lưu: VT, HT.",
    ):
        assert words in whole, words
    assert "Số:       /STP-HT" in said, "the records office gives the number"


def test_a_letter_that_was_recorded_bears_its_number_and_day(agency: Cast) -> None:
    apologised(agency)
    said = text(made(agency, "LC-2024-001"))
    assert "Số: 15/STP-HT" in said
    assert "Tỉnh Ta, ngày 29 tháng 3 năm 2024" in said
    again = text(made(agency, "LC-2024-001", promised_on=date(2024, 5, 6)))
    assert "Số:       /STP-HT" in again, "another new date is another letter"


def test_a_deputy_signs_for_the_head(agency: Cast) -> None:
    late(agency)
    settings = settings_on(agency.ours.id, TODAY)
    assert views_letter.signatories(settings) == [HEAD, DEPUTY]
    said = text(made(agency, "LC-2024-001", signed=DEPUTY))
    assert "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC" in said
    assert "Người Ký Thay" in said


def newly_appointed(agency: Cast) -> None:
    """Since 10 April the agency has another name, head and deputy."""
    settings = {"name": "Sở Tư pháp mới", "head_name": "Giám đốc Mới", "deputies": ["Phó Giám đốc, Phó Mới"]}
    set_settings(agency.actor("coordinator"), settings, valid_from=date(2024, 4, 10))


@pytest.mark.parametrize("name", ["Phó Mới", "Giám đốc Mới", "Giám đốc Sở", "Người Ký Thay"])
def test_the_letter_is_signed_by_who_was_chosen_of_those_of_its_day_and_of_today(
    visit: Visit, agency: Cast, name: str
) -> None:
    apologised(agency)
    newly_appointed(agency)
    browser, path = visit("staff"), f"{HOME}/LC-2024-001/letter/print"
    offered = re.findall(r'<option[^>]* value="([^"]*)"', browser.get(path).text)
    [chosen] = [html.unescape(value) for value in offered if name in value]
    said = text(browser.post(path, data={"signatory": chosen}).data)
    assert [line for line in said if line in ("Phó Mới", "Giám đốc Mới", "Giám đốc Sở", "Người Ký Thay")] == [
        name
    ]


def test_a_signatory_who_is_not_offered_any_more_is_not_printed_as_nobody(visit: Visit, agency: Cast) -> None:
    late(agency)
    answer = visit("staff").post(f"{HOME}/LC-2024-001/letter/print", data={"signatory": "deputy7"})
    assert answer.status_code == 422


def test_another_letter_comes_from_the_agency_as_it_is_today(agency: Cast) -> None:
    apologised(agency)
    newly_appointed(agency)
    first, second = made(agency, "LC-2024-001"), made(agency, "LC-2024-001", promised_on=date(2024, 5, 6))
    assert "SỞ TƯ PHÁP TỈNH TA" in "\n".join(text(first)).replace("\n", " ")
    assert "Giám đốc Sở" in text(first)
    assert "SỞ TƯ PHÁP MỚI" in "\n".join(text(second)).replace("\n", " ")
    assert "Giám đốc Mới" in text(second)


def test_a_voided_case_has_no_letter(visit: Visit, agency: Cast) -> None:
    late(agency)
    service.fire(agency.actor("coordinator"), "LC-2024-001", "void", reason="Nhập trùng")
    browser = visit("coordinator")
    print_path = f"{HOME}/LC-2024-001/letter/print"
    assert browser.get(print_path).status_code == 409
    assert browser.post(print_path, data={"signatory": "head"}).status_code == 409
    assert browser.get(f"{HOME}/LC-2024-001/documents/apology-letter").status_code == 409
    assert "apology-letter" not in browser.get(f"{HOME}/LC-2024-001").text


def everything_kept() -> str:
    """All that the database holds, as text."""
    found = []
    for table in db.database.get_tables():
        if not table.startswith("record_fts"):
            found += [repr(row) for row in db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall()]
    return "\n".join(found)


def test_what_is_typed_for_the_paper_is_printed_and_kept_nowhere(
    visit: Visit, agency: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late(agency)
    browser = visit("staff")
    before = everything_kept()
    with caplog.at_level(logging.DEBUG):
        answer = browser.post(
            f"{HOME}/LC-2024-001/letter/print",
            data={"applicant": NAME, "address": "Số 1 phố Kín", "signatory": ": ".join(HEAD)},
        )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert NAME not in answer.headers["Content-Disposition"]
    assert f"Kính gửi: Ông/Bà (tổ chức) {NAME}" in text(answer.data)
    assert "Địa chỉ: Số 1 phố Kín" in text(answer.data)
    assert everything_kept() == before, "printing writes nothing at all"
    assert NAME not in caplog.text
    assert NAME not in browser.get(f"{HOME}/LC-2024-001").text
    assert NAME not in browser.get(f"{HOME}/LC-2024-001/letter/print").text
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and NAME.encode() in one.read_bytes()]


def test_the_form_is_kept_by_no_cache_and_a_name_in_the_address_is_not_taken(
    visit: Visit, agency: Cast
) -> None:
    late(agency)
    answer = visit("staff").get(f"{HOME}/LC-2024-001/letter/print?applicant=Ai")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'value="Ai"' not in answer.text


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("leader", 200),
        ("records", 200),
        ("staff", 200),
        ("inspector", 403),
        ("overseer", 403),
        ("stranger", 404),
    ],
)
def test_who_may_print_the_name_of_an_applicant(visit: Visit, agency: Cast, part: str, status: int) -> None:
    late(agency)
    assert visit(part).get(f"{HOME}/LC-2024-001/letter/print").status_code == status


def test_there_is_no_letter_of_a_case_of_somebody_else(agency: Cast) -> None:
    late(agency)
    with pytest.raises(NotFound):
        views_letter.make(agency.actor("stranger"), "LC-2024-001", "vi")
