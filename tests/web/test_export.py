"""Lists and tables as files: what they are called, how they look on screen and paper, what their cells are."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from qms.web import export
from qms.web.export import Percent, Sheet
from tests.areas.cases.story import apologised, late
from tests.cast import Cast

Visit = Callable[..., FlaskClient]
LONG = "Tỷ lệ số hóa kết quả giải quyết chưa đạt chỉ tiêu được giao cho Phòng Hành chính tư pháp"


def opened(*sheets: Sheet, said: str = "") -> Any:
    return load_workbook(io.BytesIO(export.workbook(sheets, said)))


def only(heads: list[str], rows: list[list[Any]], **more: Any) -> Any:
    return opened(Sheet("Bảng", heads, rows, **more)).active


def test_a_column_is_as_wide_as_what_stands_in_it() -> None:
    sheet = only(["mã", "tên", "hạn", "số"], [["000.00.16.H33-240301-0001", LONG, date(2024, 4, 1), 1202]])
    widths = [sheet.column_dimensions[letter].width for letter in "ABCD"]
    assert [round(width) for width in widths] == [28, 49, 13, 13]
    assert sheet["B2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height == 30  # two lines: not every program works it out


def test_a_head_is_as_high_as_its_words_need() -> None:
    sheet = only(["Năm 2024: trong tổng số"], [[1]])
    assert (sheet.column_dimensions["A"].width, sheet.row_dimensions[1].height) == (12.7109375, 42.75)


def test_cells_keep_what_they_are_and_empty_ones_stay_empty() -> None:
    row = [date(2024, 4, 1), 1202, Percent(0.25), None, "", "=1+1"]
    sheet = only(["a", "b", "c", "d", "e", "f"], [row])
    cells = next(sheet.iter_rows(min_row=2))
    assert [cell.value for cell in cells] == [datetime(2024, 4, 1), 1202, 0.25, None, None, "=1+1"]
    assert [cell.number_format for cell in cells[:3]] == ["dd/mm/yyyy", "#,##0", "0.0%"]
    assert cells[5].data_type == "s"


def test_a_list_begins_with_its_head_and_is_laid_out_for_paper() -> None:
    sheet = opened(Sheet("Hồ sơ & việc", ["mã"], [["1"]]), said="Sở Tư pháp, 15/04/2024").active
    assert (sheet["A1"].value, sheet.freeze_panes, sheet.auto_filter.ref) == ("mã", "A2", "A1:A2")
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.oddHeader.left.text == "Hồ sơ && việc"
    assert sheet.oddHeader.right.text == "Sở Tư pháp, 15/04/2024"


def test_what_one_must_know_stands_above_a_table() -> None:
    sheet = only(["đơn vị", "số"], [["VP", 1]], title="Đang mở", lines=["Sở Tư pháp", LONG * 3])
    assert [sheet.cell(row, 1).value for row in range(1, 6)] == [
        "Đang mở", "Sở Tư pháp", LONG * 3, None, "đơn vị",
    ]  # fmt: skip
    assert sheet.freeze_panes == "A6"
    assert sheet.row_dimensions[3].height > 40
    assert "A3:H3" in [str(merged) for merged in sheet.merged_cells.ranges]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Hồ sơ quá hạn", "Hồ sơ quá hạn"),
        ("6 Lặp lại nhiều nhất: điều khoản và đơn vị", "6 Lặp lại nhiều nhất điều khoản"),
        ("3 Từ ngày xảy ra đến ngày khắc phục", "3 Từ ngày xảy ra đến ngày khắc"),
        ("a" * 40, "a" * 31),
        ("'[/]'", "1"),
    ],
)
def test_the_name_of_a_sheet_is_cut_between_words(name: str, shown: str) -> None:
    assert opened(Sheet(name, ["a"], [])).sheetnames == [shown]


def test_a_file_is_called_by_its_list_and_the_day(visit: Visit) -> None:
    browser = visit("coordinator")

    def name(address: str) -> str:
        with browser.get(f"/our-agency/{address}") as answer:
            return answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')

    assert name("cases.xlsx") == "ho-so-qua-han-2024-04-15.xlsx"
    assert name("cases.csv") == "ho-so-qua-han-2024-04-15.csv"
    assert name("nonconformities/statistics.xlsx") == "thong-ke-su-khong-phu-hop-2024-04-15.xlsx"
    assert (
        name("nonconformities/register.xlsx")
        == "so-theo-doi-su-khong-phu-hop-va-hanh-dong-khac-phuc-2024-04-15.xlsx"
    )
    browser.get("/language/en")
    assert name("cases.xlsx") == "late-cases-2024-04-15.xlsx"


def test_the_dates_of_late_cases_are_dates_and_no_dash_stands_for_none(visit: Visit, cast: Cast) -> None:
    late(cast)
    apologised(cast, case_code="H33-2")
    browser = visit("coordinator")
    sheet: Any = load_workbook(io.BytesIO(browser.get("/our-agency/cases.xlsx?sort=code").data)).active
    heads, first, second = sheet.iter_rows(values_only=True)
    rows = [dict(zip(heads, row, strict=True)) for row in (first, second)]
    assert all(isinstance(row["ngày hẹn trả"], datetime) for row in rows)
    assert rows[0]["ngày gửi văn bản xin lỗi"] is None
    assert isinstance(rows[1]["ngày gửi văn bản xin lỗi"], datetime)
    assert rows[0]["ngày giải quyết xong"] is None
    assert "–" not in browser.get("/our-agency/cases.csv").text
