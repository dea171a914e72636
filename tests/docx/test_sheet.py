"""The sheet of a nonconformity on paper: what stands on it, drawn how, one by one and many in a file."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from qms.docx.checks import check
from qms.docx.fill import render
from qms.docx.layout import HOUSE
from qms.docx.ooxml import W
from qms.docx.series import render_all
from qms.docx.sheet_context import CorrectiveActionSheet
from qms.docx.view import Properties
from qms.kernel.errors import NotFound
from tests.docx.samples import AGENCY, MINUTES
from tests.docx.sheets import ACTION, EMPTY, OBSERVATION, SHEET, WHY_SHEET
from tests.docx.test_pdf import printed, squeezed
from tests.docx.test_render import headers, lines

KIND = "corrective-action-sheet"
FILE = Properties("Phiếu", "Sở Tư pháp", "", trail_head="128:9f3a5c")


def sheet(context: CorrectiveActionSheet = SHEET, locale: str = "vi", **changes: Any) -> bytes:
    return render(KIND, replace(context, **changes), locale)


def table_with(document: bytes, text: str) -> Any:
    """The table that holds a text."""
    tables = Document(io.BytesIO(document)).tables
    return next(t for t in tables if any(text in (n.text or "") for n in t._tbl.iter(f"{W}t")))


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("context", [SHEET, WHY_SHEET, OBSERVATION, EMPTY])
def test_page_font_and_sizes_are_those_of_the_house_form(context: CorrectiveActionSheet, locale: str) -> None:
    assert check(sheet(context, locale), HOUSE) == []


def test_the_form_names_its_code_its_issue_and_an_earlier_number() -> None:
    text = lines(sheet())
    for expected in ("UBND TỈNH KIÊN GIANG", "SỞ TƯ PHÁP", "Mã số: BM.QT-HT-04.01", "Lần ban hành: 02"):
        assert expected in text
    assert "Số trong sổ cũ: 12/2023" in text
    for other in (EMPTY, OBSERVATION):  # the code is that of the corrective-action sheet
        assert not any(line.startswith(("Mã số", "Lần ban hành")) for line in lines(sheet(other)))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sở Tư pháp", "SỞ TƯ PHÁP"),
        ("Sở Tư pháp tỉnh Kiên Giang", "SỞ TƯ PHÁP\nTỈNH KIÊN GIANG"),
        ("Ủy ban nhân dân xã Vĩnh Hòa Hưng Bắc", "ỦY BAN NHÂN DÂN\nXÃ VĨNH HÒA HƯNG BẮC"),
        (
            "Sở Lao động - Thương binh và Xã hội thành phố Hồ Chí Minh",
            "SỞ LAO ĐỘNG - THƯƠNG\nBINH VÀ XÃ HỘI\nTHÀNH PHỐ HỒ CHÍ MINH",
        ),
    ],
)
def test_a_long_name_of_an_agency_is_broken_before_the_place_never_within_it(name: str, shown: str) -> None:
    cell = table_with(sheet(agency=replace(AGENCY, name=name)), "UBND").cell(0, 0)
    assert cell.paragraphs[-1].text == shown


def test_the_cause_and_effect_groups_are_boxes_around_a_spine_that_points_at_the_effect() -> None:
    rows = table_with(sheet(), "Sơ đồ nguyên nhân")._tbl.findall(f"{W}tr")
    cells = [["".join(n.text or "" for n in c.iter(f"{W}t")) for c in row.iter(f"{W}tc")] for row in rows]
    _title, upper, _gap, spine, _gap, lower = cells
    assert [cell.split("(")[0].split("-")[0].strip() for cell in upper] == [
        "con người", "phương pháp", "phương tiện",
    ]  # fmt: skip
    assert spine == ["", "►", SHEET.title]
    assert lower[0].startswith("môi trường")
    boxes = [cell for row in (rows[1], rows[5]) for cell in row.iter(f"{W}tcPr")]
    assert all(len(box.find(f"{W}tcBorders")) == 4 for box in boxes)
    assert {box.find(f"{W}vAlign").get(f"{W}val") for box in boxes} == {"top"}


def test_the_group_of_the_root_cause_is_marked() -> None:
    rows = table_with(sheet(), "Sơ đồ nguyên nhân")._tbl.findall(f"{W}tr")
    marked = [cell for row in rows for cell in row.iter(f"{W}tc") if "gốc" in "".join(cell.itertext())]
    (cell,) = marked
    assert "".join(cell.itertext()).startswith("phương pháp")
    assert cell.find(f"{W}tcPr/{W}tcBorders/{W}top").get(f"{W}sz") == "18"


def test_an_empty_group_stays_on_the_diagram() -> None:
    assert "môi trường" in lines(sheet())
    assert "chưa nêu nguyên nhân" in lines(sheet())


def test_each_step_of_the_five_whys_stands_in_its_order() -> None:
    text = lines(sheet(WHY_SHEET))
    steps = [text.index(f"Vì sao lần {n}: {why}") for n, why in enumerate(WHY_SHEET.whys, 1)]
    assert steps == sorted(steps)
    assert "Sơ đồ nguyên nhân – kết quả" not in text


def test_a_due_date_that_was_put_off_stands_beside_the_first_one() -> None:
    text = lines(sheet())
    assert "30/06/2024 (hạn đầu 31/03/2024)" in text
    assert "hạn đầu 30/04/2024" in text


def test_the_head_of_the_actions_is_repeated_on_the_next_page() -> None:
    rows = table_with(sheet(), "AC-2024-001")._tbl.findall(f"{W}tr")
    assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_three_sign_a_nonconformity_and_two_an_improvement() -> None:
    text = lines(sheet())
    assert text[-4:-1] == ["Thư ký ISO", "Nguyễn Văn Trưởng", "Đánh giá viên nội bộ"]
    assert "NGƯỜI XÁC NHẬN" not in lines(sheet(OBSERVATION))


def test_an_observation_takes_a_sheet_of_its_own() -> None:
    text = lines(sheet(OBSERVATION))
    assert "PHIẾU GHI NHẬN LƯU Ý" in text
    assert not any("NGUYÊN NHÂN" in line or "HIỆU LỰC" in line for line in text)
    assert "II. HÀNH ĐỘNG" in text


def test_what_nobody_wrote_is_said_to_be_missing() -> None:
    assert sum("Chưa có nội dung được ghi nhận." in line for line in lines(sheet(EMPTY))) == 6


def test_what_is_typed_is_never_taken_for_a_part_of_the_template() -> None:
    text = lines(sheet(description="{{ 7 * 7 }} <w:p/> & {% for x in y %}", title="a\tb\nc"))
    assert any("{{ 7 * 7 }} <w:p/> & {% for x in y %}" in line for line in text)


def test_marks_stand_on_every_page() -> None:
    assert "DỰ THẢO" in headers(sheet(draft=True))[1]
    assert "ĐÃ HỦY" in headers(sheet(voided=True))[1]
    assert "Dữ liệu minh họa" in headers(sheet())[1]


def test_the_file_carries_its_code_and_the_head_of_the_trail() -> None:
    with zipfile.ZipFile(io.BytesIO(sheet())) as archive:
        assert "128:9f3a5c" in archive.read("docProps/custom.xml").decode()


# ---------------------------------------------------------------- many in one file


def many(*contexts: CorrectiveActionSheet) -> bytes:
    return render_all(KIND, contexts, "vi", FILE)


def test_a_series_says_of_each_what_its_own_sheet_says() -> None:
    contexts = (SHEET, WHY_SHEET, OBSERVATION, EMPTY)
    expected = [line for one in contexts for line in lines(sheet(one))]
    assert lines(many(*contexts)) == expected


def test_each_sheet_of_a_series_is_a_section_with_marks_of_its_own() -> None:
    document: Any = Document(io.BytesIO(many(SHEET, replace(EMPTY, draft=True), replace(EMPTY, voided=True))))
    marks = ["".join(p.text for p in section.header.paragraphs) for section in document.sections]
    assert ["DỰ THẢO" in mark for mark in marks] == [False, True, False]
    assert ["ĐÃ HỦY" in mark for mark in marks] == [False, False, True]
    starts = document.element.body.iter(f"{W}pgNumType")
    assert [start.get(f"{W}start") for start in starts] == ["1"] * 3


def test_the_same_series_gives_the_same_bytes_whatever_was_made_before() -> None:
    before = many(SHEET, EMPTY)
    many(OBSERVATION)
    assert many(SHEET, EMPTY) == before
    assert check(before, HOUSE) == []


def test_no_sheet_is_not_found_and_another_context_is_an_error() -> None:
    with pytest.raises(NotFound):
        many()
    with pytest.raises(TypeError, match="CorrectiveActionSheet"):
        render_all(KIND, [MINUTES], "vi", FILE)


@pytest.mark.libreoffice
def test_each_sheet_begins_on_a_new_page_and_counts_its_own_pages(tmp_path: Path) -> None:
    long = replace(WHY_SHEET, actions=tuple(replace(ACTION, code=f"AC-2024-{n:03d}") for n in range(12)))
    pages = printed(many(EMPTY, long, replace(EMPTY, code="NC-2024-009")), tmp_path)
    counts = [page.split("/")[0][-1] + "/" + page.split("/")[1][0] for page in pages]
    whole = len(pages) - 2
    assert counts == ["1/1", *(f"{n}/{whole}" for n in range(1, whole + 1)), "1/1"]
    assert squeezed("Số: NC-2024-009") in pages[-1]
    assert whole > 1


@pytest.mark.libreoffice
def test_a_large_diagram_is_cut_between_its_halves_and_nowhere_else(tmp_path: Path) -> None:
    causes = "\n".join(f"nguyên nhân số {n}, cần một dòng rưỡi để nói cho rõ" for n in range(1, 13))
    groups = tuple(replace(group, text=f"{causes}\nhết {group.name}") for group in SHEET.groups)
    pages = printed(sheet(groups=groups), tmp_path)

    def pages_of(text: str) -> list[int]:
        return [number for number, page in enumerate(pages) if squeezed(text) in page]

    upper, lower = pages_of("hết phương pháp"), pages_of("hết thông tin")
    assert pages_of("►") == upper == pages_of("(nhóm của nguyên nhân gốc)")
    assert lower == [upper[0] + 1] == pages_of("đo lường")
    assert pages_of("Sơ đồ nguyên nhân – kết quả") == [*upper, *lower]


@pytest.mark.libreoffice
def test_no_page_is_left_empty_behind_the_signatures(tmp_path: Path) -> None:
    sheets = [
        replace(OBSERVATION, description="a\n" * lines, actions=(replace(ACTION, proof="b\n" * proofs),))
        for lines in range(9, 14)
        for proofs in range(1, 8)
    ]
    pages = printed(many(*sheets), tmp_path)
    assert len(sheets) < len(pages) < 2 * len(sheets)
    assert [page for page in pages if len(page) < 60] == []


@pytest.mark.libreoffice
def test_a_text_longer_than_a_page_is_printed_to_its_end(tmp_path: Path) -> None:
    text = " ".join(f"câu số {n} của một mô tả rất dài" for n in range(500))
    groups = tuple(replace(group, text=text[:3500]) for group in SHEET.groups)
    action = replace(ACTION, proof=f"{text} hết minh chứng")
    pages = "".join(
        printed(sheet(description=f"{text} hết mô tả", groups=groups, actions=(action,)), tmp_path)
    )
    assert squeezed("hết mô tả") in pages
    assert squeezed("hết minh chứng") in pages
    assert AGENCY.name
