"""Reading an earlier register: headings in two languages, days, choices, and what cannot be understood."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from qms.areas.nonconformities.rules_register import COLUMNS
from qms.areas.nonconformities.service_register_import import RegisterFile
from qms.importers.register import read_register, register_file
from qms.importers.register_words import CHOICES, HEADINGS, choices, heading, headings
from qms.importers.table import Table
from qms.kernel.errors import Refused
from qms.kernel.text import language
from tests.areas.nonconformities.registers import CLOSED, OPEN, workbook

HEAD = ["Số", "Nội dung", "Ngày phát hiện", "Nguồn", "Mức độ"]


def read(*lines: list[Any]) -> RegisterFile:
    return read_register(Table("so.xlsx", "xlsx", "Sổ", [list(line) for line in lines]))


def one(column: str, heading: str, cell: Any) -> Any:
    """What a row says under that heading; the words of the problem where it cannot be read."""
    file = read([*HEAD, heading], ["1", "x", "01/02/2023", "work", "minor", cell])
    problems = [problem.text for problem in file.problems]
    return problems[0] if problems else file.rows[0].values.get(column)


def why(*lines: list[Any]) -> str:
    with pytest.raises(Refused) as refusal:
        read(*lines)
    return str(refusal.value)


def test_a_workbook_with_a_title_above_is_read() -> None:
    file = register_file(workbook(OPEN, CLOSED), "so.xlsx")
    assert [(row.line, row.number, row.closed) for row in file.rows] == [
        (4, "05/2023", False),
        (5, "04/2022", True),
    ]
    assert file.problems == ()
    assert file.letters["register_no"] == "A"
    assert len(file.sha256) == 64


def test_a_csv_says_the_same_as_a_workbook() -> None:
    text = "Số;Nội dung;Ngày phát hiện;Nguồn;Mức độ\n5;Quá hạn;04/09/2023;Đánh giá nội bộ;KPH nhẹ\n"
    (row,) = register_file(text.encode(), "so.csv").rows
    assert row.values == {
        "register_no": "5", "description": "Quá hạn", "happened_on": date(2023, 9, 4), "source_kind": "audit",
        "grade": "minor",
    }  # fmt: skip


def test_english_headings_and_words_are_read_too() -> None:
    file = read(
        ["Number", "Description", "Date", "Source", "Grade", "Status"],
        ["7", "late", datetime(2023, 9, 4), "internal audit", "Major nonconformity", "Open"],
    )
    assert file.rows[0].values["grade"] == "major"
    assert file.rows[0].values["happened_on"] == date(2023, 9, 4)
    assert not file.rows[0].closed


def test_no_heading_stands_for_two_columns_and_no_word_for_two_codes() -> None:
    words = [(word, column) for column, found in HEADINGS.items() for word in found]
    for column, label in COLUMNS.items():
        for name in ("vi", "en"):
            with language(name):
                words.append((str(label), column))
    assert all(headings()[heading(word)] == column for word, column in words)
    for column, (_labels, others) in CHOICES.items():
        known = choices(column)
        assert all(known[word] == code for code, found in others.items() for word in found)


def test_every_column_is_known_by_its_name_in_both_languages() -> None:
    for name in ("vi", "en"):
        with language(name):
            assert {headings()[heading(str(label))] for label in COLUMNS.values()} == set(COLUMNS)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2023, 3, 4), date(2023, 3, 4)),
        (datetime(2023, 3, 4, 0, 0), date(2023, 3, 4)),
        ("04/03/2023", date(2023, 3, 4)),
        ("4-3-2023", date(2023, 3, 4)),
        ("4.3.2023", date(2023, 3, 4)),
        ("2023-03-04", date(2023, 3, 4)),
        (" ", None),
    ],
)
def test_a_day_is_read_with_the_day_before_the_month(cell: Any, day: date | None) -> None:
    assert one("due", "Thời hạn hoàn thành", cell) == day


@pytest.mark.parametrize(
    "cell", ["31/02/2023", "hôm qua", 45000.0, "04/03/23", "0203-01-01", "1/1/9999", True]
)
def test_what_is_no_day_is_named(cell: Any) -> None:
    assert "không phải là ngày" in str(one("due", "Thời hạn hoàn thành", cell))


@pytest.mark.parametrize(
    ("cell", "code"),
    [("KPH nặng", "major"), ("nhẹ.", "minor"), ("Lưu ý", "observation"), ("Cơ hội cải tiến", "opportunity"),
     ("MAJOR", "major"), ("OFI", "opportunity")],
)  # fmt: skip
def test_a_grade_is_known_by_the_words_that_agencies_use(cell: str, code: str) -> None:
    file = read(HEAD, ["1", "x", "01/02/2023", "work", cell])
    assert file.rows[0].values["grade"] == code


def test_an_unknown_word_names_those_that_are_taken() -> None:
    text = str(one("state", "Trạng thái", "treo"))
    assert "treo" in text
    assert "đã đóng" in text


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [("Điều 8.5.1, 7.4", "8.5.1, 7.4"), (10.2, "10.2"), ("ISO 9001:2015 9.1.3; 10.2", "9.1.3, 10.2")],
)
def test_clauses_are_read_without_the_words_around_them(cell: Any, numbers: str) -> None:
    assert one("clauses", "Điều khoản", cell) == numbers


@pytest.mark.parametrize(
    ("cell", "edition"), [(2008.0, "2008"), ("TCVN ISO 9001:2015", "2015"), ("2015", "2015")]
)
def test_an_edition_is_known_by_its_year(cell: Any, edition: str) -> None:
    assert one("edition", "Phiên bản", cell) == edition


def test_an_edition_that_there_is_not_is_named() -> None:
    assert "1994" in str(one("edition", "Phiên bản", "1994"))


def test_control_characters_are_no_part_of_a_text_and_lines_stay() -> None:
    assert one("cause", "Nguyên nhân gốc", "một\x0bhai\r\nba\x00 ") == "một\nhai\nba"


def test_a_row_that_counts_the_columns_and_blank_rows_are_no_rows() -> None:
    file = read(
        HEAD, ["(1)", "(2)", "(3)", "(4)", "(5)"], [None] * 5, ["1", "x", "01/02/2023", "work", "minor"]
    )
    assert [row.line for row in file.rows] == [4]


def test_columns_of_no_meaning_are_named_and_left_out() -> None:
    file = read(["STT", *HEAD], [1.0, "1", "x", "01/02/2023", "work", "minor"])
    assert "STT" in str(file.notes[0])


def test_a_closing_day_without_a_state_says_closed() -> None:
    file = read([*HEAD, "Ngày đóng"], ["1", "x", "01/02/2023", "work", "minor", "01/03/2023"])
    assert file.rows[0].closed


def test_a_file_without_headings_or_rows_or_with_a_heading_twice_is_refused_with_how_to_mend_it() -> None:
    assert "mức độ" in why(["Số", "Nội dung"], ["1", "x"])
    assert "không có dòng nào" in why(HEAD)
    assert "F1" in why([*HEAD, "Mức độ"], ["1", "x", "01/02/2023", "work", "minor", "minor"])


def test_a_formula_without_a_result_is_named_by_its_cell_and_never_taken_as_a_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(OPEN)))
    for cell in ("B4", "A1", "Z4"):  # a title and a column that means nothing may hold anything
        book.worksheets[0][cell] = '=HYPERLINK("http://e", "x")'
    buffer = io.BytesIO()
    book.save(buffer)  # it writes formulas, and computes none
    assert why_not(buffer.getvalue()) == ["B4"]


def why_not(data: bytes) -> list[str]:
    """The cells for which a file is refused."""
    with pytest.raises(Refused) as refusal:
        register_file(data, "so.xlsx")
    return [one.field for one in refusal.value.reasons]


def test_what_is_no_table_is_refused_like_every_other_import() -> None:
    for data, name in (
        (b"%PDF-1.7", "so.pdf"),
        (b"PK\x03\x04", "so.xlsx"),
        (b"", "so.csv"),
        (workbook(OPEN), "so.csv"),
    ):
        with pytest.raises(Refused):
            register_file(data, name)
