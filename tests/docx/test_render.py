"""The minutes as a Word document: what stands in it, in both languages, drafted and held."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx import Document

from qms.docx import make_templates
from qms.docx.checks import check
from qms.docx.contexts import Attendant, ReviewInput, ReviewMinutes, ReviewOutput
from qms.docx.fill import render
from qms.docx.kinds import KINDS, kind_of
from qms.kernel.errors import NotFound
from qms.kernel.text import language
from tests.docx.samples import AGENCY, INPUTS, MINUTES, OUTPUTS


def lines(document: bytes) -> list[str]:
    """The text of every paragraph of the body, tables included, as one reads; a broken line as one."""
    opened: Any = Document(io.BytesIO(document))
    body = opened.element.body
    names = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    broken = f"{names}br"
    return [
        "".join(" " if t.tag == broken else t.text or "" for t in p.iter(f"{names}t", broken))
        for p in body.iter(f"{names}p")
    ]


def headers(document: bytes) -> tuple[str, str]:
    """What stands in the top margin of the first page and of the others."""
    section = Document(io.BytesIO(document)).sections[0]
    return tuple(  # type: ignore[return-value]
        "".join(p.text for p in header.paragraphs) for header in (section.first_page_header, section.header)
    )


def minutes(locale: str = "vi", **changes: object) -> bytes:
    return render("review-minutes", replace(MINUTES, **changes), locale)


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("draft", [True, False])
def test_the_layout_is_that_of_the_decree(locale: str, draft: bool) -> None:
    assert check(minutes(locale, draft=draft, number="5")) == []


def test_the_minutes_say_what_was_decided_and_on_which_figures() -> None:
    text = lines(minutes())
    for expected in (
        "UBND TỈNH KIÊN GIANG",
        "SỞ TƯ PHÁP",
        "BIÊN BẢN",
        "Họp xem xét của lãnh đạo năm 2023",
        "Thời gian bắt đầu: 08 giờ 00, ngày 15 tháng 01 năm 2024",
        "Chủ trì: Giám đốc Sở",
        "Thành phần tham dự: có mặt 3 người, vắng mặt 1 người",
        "13.905 / 13.989",
        "0,28%",
        "Năm 2023. Nguồn: Báo cáo số liệu TTHC năm 2023",
        "1. Cơ hội cải tiến",
        "AC-2024-002",
        "Cuộc họp kết thúc vào 10 giờ 30, ngày 15 tháng 01 năm 2024./.",
        "THƯ KÝ",
        "CHỦ TRÌ",
        "- Các phòng, đơn vị thuộc Sở;",
        "- Lưu: VT, VP.",
    ):
        assert expected in text


def test_a_long_name_of_an_agency_is_broken_where_its_halves_are_alike() -> None:
    agency = replace(AGENCY, parent="Ủy ban nhân dân tỉnh Kiên Giang", name="Sở Tài nguyên và Môi trường")
    document = minutes(agency=agency)
    cell = Document(io.BytesIO(document)).tables[0].rows[0].cells[0]
    assert cell.text.strip().split("\n") == [
        "ỦY BAN NHÂN DÂN",
        "TỈNH KIÊN GIANG",
        "SỞ TÀI NGUYÊN",
        "VÀ MÔI TRƯỜNG",
    ]
    assert check(document) == []


def test_number_and_date_stay_blank_until_they_are_given() -> None:
    text = lines(minutes(draft=True, held_on=None))
    assert "Số:       /BB-STP" in text
    assert any(line.startswith("Kiên Giang, ngày      ") and line.rstrip().endswith("năm") for line in text)


def test_a_number_below_ten_has_a_leading_zero_and_late_months_have_none() -> None:
    text = lines(minutes(number="5", held_on=date(2024, 4, 3)))
    assert "Số: 05/BB-STP" in text
    assert "Kiên Giang, ngày 03 tháng 4 năm 2024" in text


def test_a_draft_says_so_on_every_page_and_held_minutes_do_not() -> None:
    first, later = headers(minutes(draft=True, illustrative=False))
    assert "DỰ THẢO" in first
    assert "DỰ THẢO" in later
    assert "DỰ THẢO" not in "".join(headers(minutes(draft=False)))


def test_invented_figures_are_marked_on_every_page() -> None:
    assert all("Dữ liệu minh họa" in header for header in headers(minutes(illustrative=True)))
    assert not any("Dữ liệu minh họa" in header for header in headers(minutes(illustrative=False)))


def test_the_english_minutes_keep_the_national_motto() -> None:
    text = lines(minutes("en"))
    assert "MINUTES" in text
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "The meeting ended at 10:30 on 15/01/2024./." in text
    assert "BIÊN BẢN" not in text


def test_an_empty_input_shows_its_reason_or_that_nothing_is_there_yet() -> None:
    text = lines(minutes(inputs=[INPUTS[0], ReviewInput("b", "Thay đổi")]))
    assert "Không có số liệu; lý do: đây là lần xem xét đầu tiên được ghi nhận trên hệ thống" in text
    assert "Chưa có nội dung được ghi nhận." in text


def test_a_review_without_anything_still_makes_a_right_document() -> None:
    empty = ReviewMinutes(
        "MR-2024-002", AGENCY, "", "năm 2024", None, "", "", "", "", "", (), (), (), None, "", (), draft=True
    )
    document = render("review-minutes", empty, "vi")
    text = lines(document)
    assert "Họp xem xét của lãnh đạo năm 2024" in text
    assert "Trong kỳ không có chỉ số nào được đo lường." in text
    assert text.count("Cuộc họp không có kết luận về nội dung này.") == 3
    assert {problem.where for problem in check(document)} == {"sign_name"}  # nobody is named yet


def test_conclusions_are_grouped_as_the_standard_asks() -> None:
    change = ReviewOutput("change", "Công bố lại hệ thống.", "Thư ký ISO", "30/04/2024", "AC-2024-003")
    text = lines(minutes(outputs=[*OUTPUTS, change]))
    order = [text.index(t) for t in ("1. Cơ hội cải tiến", OUTPUTS[0].text, change.text, OUTPUTS[1].text)]
    assert order == sorted(order)


def test_an_output_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        ReviewOutput("nonsense", "", "", "")  # type: ignore[arg-type]


def test_the_same_facts_give_the_same_bytes() -> None:
    assert minutes() == minutes()
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(minutes())).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }


def test_one_document_leaves_nothing_behind_in_the_next() -> None:
    before = minutes()
    minutes("en", draft=True, trend=None, chair="Người khác")
    assert minutes() == before


def test_the_file_carries_its_code_and_the_head_of_the_trail() -> None:
    document = minutes()
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        custom = archive.read("docProps/custom.xml").decode()
    assert 'name="qms.trail_head"><vt:lpwstr>128:9f3a5c<' in custom
    core = Document(io.BytesIO(document)).core_properties
    assert (core.identifier, core.author, core.language) == ("MR-2024-001", "Sở Tư pháp", "vi-VN")
    assert core.created is not None
    assert core.created.date() == date(2024, 1, 15)


def test_a_long_register_is_printed_row_by_row() -> None:
    document = minutes(kpi_rows=[replace(MINUTES.kpi_rows[0], name=f"Chỉ số {n}") for n in range(300)])
    assert {f"Chỉ số {n}" for n in range(300)} <= set(lines(document))
    assert check(document) == []


def test_the_context_must_be_of_the_kind() -> None:
    with pytest.raises(TypeError, match="ReviewMinutes"):
        render("review-minutes", AGENCY, "vi")


def test_an_unknown_kind_is_not_found_in_the_readers_language() -> None:
    with pytest.raises(NotFound) as error:
        kind_of("nonsense")
    with language("en"):
        assert str(error.value) == "There is no kind of document called nonsense."


def test_file_names_are_safe_everywhere() -> None:
    kind = KINDS["review-minutes"]
    assert kind.file_name("MR-2024-001") == "bien-ban-hop-MR-2024-001.docx"
    assert kind.file_name("../Đ\x00 \\:*") == "bien-ban-hop----D-----.docx"


def test_the_shipped_templates_are_those_the_script_writes() -> None:
    for kind in KINDS.values():
        assert kind.path.read_bytes() == make_templates.template(kind.template)


def test_knowing_the_kinds_loads_no_word_processor() -> None:
    code = "import sys, qms.docx.fill; print(sorted({'docx', 'docxtpl', 'lxml'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.strip() == "[]"


@pytest.mark.parametrize(
    ("present", "said"),
    [
        ((), "Thành phần tham dự: chưa ghi người dự"),
        ((None, None), "Thành phần tham dự: đã mời 2 người, chưa ghi nhận ai có mặt"),
        ((True, None), "Thành phần tham dự: đã mời 2 người, chưa ghi nhận đủ ai có mặt"),
        ((True, False), "Thành phần tham dự: có mặt 1 người, vắng mặt 1 người"),
    ],
)
def test_a_draft_never_calls_somebody_absent_or_present_who_was_not_recorded(
    present: tuple[bool | None, ...], said: str
) -> None:
    called = tuple(Attendant(f"Người {n}", "Chuyên viên", came) for n, came in enumerate(present))
    text = lines(minutes(draft=True, attendants=called))
    assert said in text
    assert text.count("được mời, chưa ghi nhận") == sum(came is None for came in present)
