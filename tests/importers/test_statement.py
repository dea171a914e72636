"""Statements from files: the shipped ones field by field, both layouts, and every cell that is wrong."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from qms.areas.statements.rules import check
from qms.demonstration import figures as demonstration
from qms.importers.headers import key_of
from qms.importers.periods import period_in, period_of_lines
from qms.importers.statement import StatementFile, read_statement_file
from qms.importers.table import read_table
from qms.kernel.errors import Refused
from qms.kernel.numbers import About
from qms.kernel.text import language
from qms.resources import AUDITS

FOLDER = AUDITS / "demonstration"


def from_csv(text: str) -> StatementFile:
    return read_statement_file(read_table(text.encode(), "a.csv"))


def from_rows(*rows: list[Any], merged: tuple[str, ...] = (), **more: list[list[Any]]) -> StatementFile:
    """A workbook with these rows; the words of `merged` ranges (`C1:E1`) stand in their first cell."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, lines in {"Sheet1": rows, **more}.items():
            page = book.add_worksheet(name)
            for index, line in enumerate(lines):
                page.write_row(index, 0, line)
            for area in merged if name == "Sheet1" else ():
                row, column = int(area[1]) - 1, ord(area[0]) - ord("A")
                page.merge_range(area, rows[row][column])
    return read_statement_file(read_table(buffer.getvalue(), "a.xlsx"))


def said(file: StatementFile) -> list[str]:
    with language("en"):
        return [str(error.text) for error in file.errors]


def noted(file: StatementFile) -> str:
    with language("en"):
        return "\n".join(map(str, file.notes))


# ---------------------------------------------------------------- the shipped files

SEEDS = {
    "kien-giang-2023.xlsx": (
        "2023",
        "received_total 14712 received_online 877 received_direct_post 13835 resolved_total 13989 "
        "resolved_early 13905 resolved_on_time 17 resolved_overdue 67 in_process_total 702 stopped 21 "
        "digit_intake 968 digit_intake_den 14712 digit_result 39 digit_result_den 13985 digit_both 16 "
        "digit_both_den 14712",
        "received_online_pct 5.96 received_direct_post_pct 94.04 resolved_early_pct 99.4 "
        "resolved_on_time_pct 0.12 resolved_overdue_pct 0.48 in_process_within_pct 100 digit_intake_pct 6.58 "
        "digit_result_pct 0.28 digit_both_pct 0.11",
    ),
    "kien-giang-2024-q1.xlsx": (
        "2024-Q1",
        "received_total 6422 received_online 426 received_direct_post 5294 carried_in 702 "
        "resolved_total 5138 resolved_early 5033 resolved_on_time 14 resolved_overdue 91 "
        "in_process_total 1283 in_process_within 1255 in_process_overdue 28 stopped 1 "
        "digit_intake 1697 digit_intake_den 5720 digit_result 1534 digit_result_den 4451 "
        "digit_both 1532 digit_both_den 5720",
        "received_online_pct 6.63 received_direct_post_pct 82.44 carried_in_pct 10.93 "
        "resolved_early_pct 97.96 resolved_on_time_pct 0.27 resolved_overdue_pct 1.77 "
        "in_process_within_pct 97.82 in_process_overdue_pct 2.18 digit_intake_pct 29.67 "
        "digit_result_pct 34.46 digit_both_pct 26.78",
    ),
    "vinh-phuc-2021-h1.xlsx": ("2021-H1", "received_total 1700", "on_time_or_early_pct 98"),
}


def pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("name", SEEDS)
def test_a_shipped_file_holds_exactly_the_published_figures(name: str) -> None:
    code, counts, shares = SEEDS[name]
    file = read_statement_file(read_table(FOLDER / name))
    assert said(file) == []
    [period] = file.periods
    assert period.statement.period.code == code
    assert {k: str(v) for k, v in period.statement.total.counts.items()} == pairs(counts)
    assert {k: str(v) for k, v in period.statement.total.shares.items()} == pairs(shares)
    assert period.statement.fields == {}
    assert period.source.startswith("Báo")
    assert period.rows == {None: 11}
    assert "was not taken" not in noted(file)


def test_the_shipped_files_are_what_the_generator_writes() -> None:
    for published in demonstration.STATEMENTS:
        made = read_table(demonstration.workbook(published), published.filename)
        assert made == read_table(FOLDER / published.filename)


def test_what_is_approximate_stays_so() -> None:
    [statement] = read_statement_file(read_table(FOLDER / "vinh-phuc-2021-h1.xlsx")).statements
    assert statement.total.approximate == {"received_total": About.MORE}


def test_the_shipped_statements_of_one_agency_give_three_warnings_and_no_error() -> None:
    names = ("kien-giang-2023.xlsx", "kien-giang-2024-q1.xlsx")
    both = [s for name in names for s in read_statement_file(read_table(FOLDER / name)).statements]
    failed = [v for v in check(both) if v.outcome == "fails"]
    assert [(v.rule, v.period.code) for v in failed] == [("D2", "2023"), ("D1", "2024-Q1"), ("D2", "2024-Q1")]


# ---------------------------------------------------------------- the table with plain keys


def test_a_csv_with_keys_may_hold_several_periods_and_fields_in_any_order() -> None:
    file = from_csv(
        "resolved_total,period,field,received_total,stopped,received_online_pct\n"
        '5,2024-Q1,Hộ tịch,"1.006",01,"5,96%"\n'
        "7,2024-Q1,,8,,\n"
        "3,2023,Tổng cộng,4,,\n"
    )
    assert said(file) == []
    assert [s.period.code for s in file.statements] == ["2023", "2024-Q1"]
    quarter = file.statements[1]
    assert quarter.fields["Hộ tịch"].counts == {"resolved_total": 5, "received_total": 1006, "stopped": 1}
    assert quarter.fields["Hộ tịch"].shares == {"received_online_pct": Decimal("5.96")}
    assert quarter.total.counts == {"resolved_total": 7, "received_total": 8}
    assert file.periods[1].rows == {"Hộ tịch": 2, None: 3}
    assert file.periods[1].columns["received_total"] == "D"
    assert "Read as UTF-8, separated by comma" in noted(file)
    assert "the Vietnamese way (14.712 and 29,67) in columns: D, F" in noted(file)


def test_fields_without_a_total_row_are_summed_and_it_is_said() -> None:
    file = from_csv("period,field,received_total,stopped\n2023,a,1,2\n2023,b,3,\n")
    [statement] = file.statements
    assert statement.total_computed
    assert statement.total.counts == {"received_total": 4}
    assert "Year 2023: there is no total row" in noted(file)


def test_a_workbook_with_keys_takes_numbers_and_periods_as_numbers() -> None:
    file = from_rows(
        ["period", "received_total", "resolved_total"], [2023, 14712, "13.989"], ["Quý I/2024", 6422, 5138]
    )
    assert said(file) == []
    assert [s.period.code for s in file.statements] == ["2023", "2024-Q1"]
    assert file.statements[0].total.counts == {"received_total": 14712, "resolved_total": 13989}


@pytest.mark.parametrize(
    ("shares", "taken", "note"),
    [
        ([0.0596, 0.9404], ["5.96", "94.04"], "fractions of one"),
        ([5.96, 94.04], ["5.96", "94.04"], "taken as percent"),
    ],
)
def test_shares_in_number_cells_are_judged_by_the_counts_beside_them(
    shares: list[float], taken: list[str], note: str
) -> None:
    keys = ["period", "received_total", "received_online", "received_direct_post"]
    file = from_rows(
        [*keys, "received_online_pct", "received_direct_post_pct"], [2023, 14712, 877, 13835, *shares]
    )
    assert [str(v) for v in file.statements[0].total.shares.values()] == taken
    assert note in noted(file)


def test_a_small_share_typed_as_percent_is_not_taken_for_a_fraction() -> None:
    keys = ["period", "resolved_total", "resolved_overdue", "resolved_overdue_pct"]
    file = from_rows(keys, [2023, 13989, 67, 0.48])
    assert file.statements[0].total.shares == {"resolved_overdue_pct": Decimal("0.48")}


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("period,received_total,stopped\n2023,x1,1\n", "Cell B2: “x1” is not a number"),
        ("period,received_total,stopped\n2024-Q5,1,1\n", "Cell A2: “2024-Q5” is not a period"),
        ("period,received_total,stopped\n,1,1\n", "Cell A2: the period is missing"),
        ("period,received_total,stopped\n2023,1,1\n2023,2,2\n", "Row 3: the same period and field as row 2"),
        ("period,received_total,stopped\n2023,14,712,1\n", "Cell D2: stands in a column without a heading"),
        ("period,stopped,stopped\n2023,1,1\n", "Cell C1: is a second column for"),
        (
            'period,received_total,stopped\n2023,"14.712",1\n2024,"6,422",1\n',
            "Cell B3: the column mixes two ways of writing numbers",
        ),
        ("period,received_total,stopped\n2023,-1,1\n", "Cell B2: is negative"),
    ],
)
def test_what_is_wrong_is_named_with_its_cell(text: str, error: str) -> None:
    [found] = said(from_csv(text))
    assert found.startswith(error)


def test_rows_of_words_are_named_and_no_figure_below_them_is_lost() -> None:
    file = from_csv("period,received_total,stopped\n2023,abc,def\n\n2024,x,y\n2025,1,2\n")
    assert [error.cell for error in file.errors] == ["B2", "C2", "B4", "C4"]
    assert file.statements[-1].total.counts == {"received_total": 1, "stopped": 2}


def test_a_float_in_a_count_column_is_refused_and_not_cut() -> None:
    file = from_rows(["period", "received_total", "stopped"], [2023, 14.712, 1])
    [found] = said(file)
    assert found.startswith("Cell B2: holds the number 14.712, but a count is whole")
    assert file.errors[0].json() == {
        "rule": "cell",
        "period": None,
        "field": None,
        "left": None,
        "right": None,
        "difference": None,
        "message": str(file.errors[0].text),
    }
    assert file.errors[0].obstacle().where == "#B2"


def test_a_column_that_is_not_known_is_named() -> None:
    assert "Column C (recieved_online) was not taken" in noted(
        from_csv("period,received_total,recieved_online\n2023,1,1\n")
    )


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "period,received_total\n", "just a line\n"])
def test_a_table_that_is_no_statement_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        from_csv(text)


# ---------------------------------------------------------------- the official layout

TITLES = [
    ["Biểu số 06/VPCP/KSTT"],
    ["Ban hành kèm theo Thông tư số 01/2020/TT-VPCP ngày 21 tháng 10 năm 2020"],
    ["Kỳ báo cáo: Quý I/2024 (Từ ngày 01/01/2024 đến ngày 31/03/2024)"],
    ["Đơn vị tính: Số hồ sơ TTHC"],
]
HEAD = [
    [
        "STT",
        "Lĩnh vực giải quyết",
        "Số hồ sơ nhận giải quyết",
        None,
        None,
        None,
        "Số hồ sơ đã giải quyết",
        None,
    ],
    [None, None, "Tổng số", "Trong đó", None, None, "Tổng số", "Trước hạn"],
    [None, None, None, "Trực tuyến", "Trực tiếp, dịch vụ bưu chính", "Từ kỳ trước", None, None],
]
NUMBERS = ["(1)", "(2)", "(3)=(4)+(5)+(6)", "(4)", "(5)", "(6)", "(7)", "(8)"]
BODY = [
    [1, "Hộ tịch", 10, 1, 2, 7, 5, 5],
    [2, "Chứng thực", 20, 2, 4, 14, 6, 4],
    ["Tổng cộng", None, 30, 3, 6, 21, 11, 9],
]
SIGNED = [[None], [None, "NGƯỜI LẬP BIỂU", None, None, None, "Kiên Giang, ngày 05 tháng 4 năm 2024"]]


@pytest.mark.parametrize("spread", [True, False])
def test_the_official_layout_is_read_with_its_merged_heading(spread: bool) -> None:
    merged = ("C5:F5", "G5:H5", "D6:F6") if spread else ()
    body = [[*row[:1], row[1] or "Tổng cộng", *row[2:]] if not spread else row for row in BODY]
    file = from_rows(*TITLES, *HEAD, NUMBERS, *body, *SIGNED, merged=merged)
    assert said(file) == []
    [period] = file.periods
    assert period.statement.period.code == "2024-Q1"
    assert list(period.statement.fields) == ["Hộ tịch", "Chứng thực"]
    keys = ["received_total", "received_online", "received_direct_post", "carried_in", "resolved_total"]
    total = period.statement.total.counts
    assert total == dict(zip([*keys, "resolved_early"], [30, 3, 6, 21, 11, 9], strict=True))
    assert period.rows == {"Hộ tịch": 9, "Chứng thực": 10, None: 11}
    assert {v.outcome for v in check(file.statements) if v.rule == "T"} == {"holds"}


def test_a_total_in_the_column_of_numbers_is_the_total() -> None:
    file = from_rows(*TITLES, *HEAD, NUMBERS, *BODY, merged=("C5:F5", "G5:H5", "D6:F6"))
    assert None in file.periods[0].rows


def test_a_second_block_and_a_second_sheet_belong_to_the_same_period() -> None:
    digital = [
        ["Số hóa hồ sơ"],
        ["Lĩnh vực giải quyết", "Số hóa khi tiếp nhận", None, "Số hóa kết quả giải quyết", None],
        [None, "Số lượng", "Trên tổng số", "Số lượng", "Trên tổng số"],
        ["Tổng cộng", 1697, 5720, 1534, 4451],
    ]
    both = [
        ["Lĩnh vực", "Số hóa cả đầu vào và đầu ra", "Tổng số hồ sơ số hóa cả đầu vào và đầu ra"],
        ["Tổng cộng", 1532, 5720],
    ]
    first = [
        ["Năm 2024"],
        ["Lĩnh vực", "Tổng số hồ sơ tiếp nhận", "Đã giải quyết"],
        ["Tổng cộng", 6422, 5138],
    ]
    file = from_rows(*first, [None], *digital, Phụ_lục=both)
    assert said(file) == []
    [statement] = file.statements
    assert statement.period.code == "2024"
    assert statement.total.counts == {
        "received_total": 6422,
        "resolved_total": 5138,
        "digit_intake": 1697,
        "digit_intake_den": 5720,
        "digit_result": 1534,
        "digit_result_den": 4451,
        "digit_both": 1532,
        "digit_both_den": 5720,
    }


def test_blocks_that_contradict_each_other_are_an_error() -> None:
    head = ["Lĩnh vực", "Tiếp nhận", "Đã giải quyết"]
    file = from_rows(["Năm 2023"], head, ["Tổng", 5, 4], Two=[head, ["Tổng", 6, 4]])
    assert said(file) == ["Cell Two!B2: differs from row 3: received"]


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (["Số hồ sơ nhận giải quyết", "Trong đó", "Trực tuyến", "Tỷ lệ (%)"], "received_online_pct"),
        (["Số hồ sơ nhận giải quyết", "Từ kỳ trước (4)"], "carried_in"),
        (["Số hồ sơ đã giải quyết", "Quá hạn"], "resolved_overdue"),
        (["Số hồ sơ đang giải quyết", "Quá hạn"], "in_process_overdue"),
        (["Số hồ sơ đang giải quyết", "Tổng số"], "in_process_total"),
        (["Dừng xử lý hoặc đã hủy"], "stopped"),
        (
            ["Số hóa hồ sơ, kết quả giải quyết TTHC", "Số hóa khi tiếp nhận", "Trên tổng số"],
            "digit_intake_den",
        ),
        (["Số hóa", "Cả đầu vào và đầu ra", "Số lượng"], "digit_both"),
        (["Received", "Total"], "received_total"),
        (["Received online"], "received_online"),
        (["Resolved", "On time"], "resolved_on_time"),
        (["Carried in from the previous period"], "carried_in"),
        (["Digitised results", "Share (%)"], "digit_result_pct"),
        (["SO HO SO DA GIAI QUYET", "TRUOC HAN"], "resolved_early"),
        (["Resolved_Total"], "resolved_total"),
        (["Lĩnh vực, công việc giải quyết"], "field"),
        (["Khác"], None),
        (["Số hồ sơ nhận giải quyết", "Khác"], None),
        (["Quá hạn"], None),
        (["Trước hạn"], "resolved_early"),
        (["Tỷ lệ hài lòng trực tuyến"], None),
        (["Resolved overdue"], "resolved_overdue"),
        (["Overdue, in process"], "in_process_overdue"),
        (["Cases resolved before the due date"], "resolved_early"),
        (["Resolved in time"], "resolved_on_time"),
        (["Resolved after the deadline"], "resolved_overdue"),
        (["Not yet resolved, past due"], "in_process_overdue"),
        (["Unresolved within the time limit"], "in_process_within"),
        (["Unresolved"], "in_process_total"),
        (["Received by public post"], "received_direct_post"),
        (["Overdue"], None),
    ],
)
def test_headings_are_understood_in_both_languages(labels: list[str], key: str | None) -> None:
    assert key_of(labels) == key


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kỳ báo cáo: Quý I/2024", "2024-Q1"),
        ("Quý 4 năm 2023", "2023-Q4"),
        ("Năm 2023", "2023"),
        ("6 tháng đầu năm 2021", "2021-H1"),
        ("Tháng 3 năm 2024", "2024-03"),
        ("Tháng 12/2023", "2023-12"),
        ("Từ ngày 01/01/2024 đến ngày 31/03/2024", "2024-Q1"),
        ("Từ ngày 01 tháng 01 năm 2024 đến hết ngày 30 tháng 6 năm 2024", "2024-H1"),
        ("Quarter 2/2024", "2024-Q2"),
        ("First half of 2021", "2021-H1"),
        ("From 01/01/2023 to 31/12/2023", "2023"),
        ("2024-Q1", "2024-Q1"),
        ("Từ ngày 15/12/2023 đến ngày 14/03/2024", None),
        ("9 tháng đầu năm 2024", None),
        ("Biểu số 06", None),
        ("ngày 31/12/2023", None),
    ],
)
def test_periods_are_understood_as_people_write_them(text: str, code: str | None) -> None:
    period = period_in(text)
    assert (period and period.code) == code


def test_a_decree_above_the_table_is_not_its_period() -> None:
    lines = [
        "Thông tư số 01/2020/TT-VPCP ngày 21 tháng 10 năm 2020",
        "TÌNH HÌNH NĂM 2023",
        "Kỳ báo cáo: Quý I/2024",
    ]
    found = period_of_lines(lines)
    assert found is not None
    assert found.code == "2024-Q1"
    assert period_of_lines(lines[:1]) is None


# ---------------------------------------------------------------- what the reader would drop in silence


def test_an_error_of_a_formula_and_a_formula_never_computed_are_no_blanks() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["period", "received_total", "received_online", "note"])
        page.write_row(1, 0, ["2023", 10])
        page.write_formula(1, 2, "=1/0", None, "#DIV/0!")  # pyright: ignore[reportArgumentType]
        page.write_row(2, 0, ["2022", 10])
        page.write_formula(2, 2, '=IF(A1="","",A1)', None, "an empty text")  # pyright: ignore[reportArgumentType]
    raw = _changed(buffer.getvalue(), b"an empty text", b"")
    assert said(read_statement_file(read_table(raw, "a.xlsx"))) == ["Cell C2: “#DIV/0!” is not a number"]
    never = _changed(_changed(raw, b' t="e"', b""), b"<v>#DIV/0!</v>", b"")
    assert "Cell C2: “=1/0” is not a number" in said(read_statement_file(read_table(never, "a.xlsx")))


def test_a_field_or_source_that_is_a_formula_without_a_result_is_no_name() -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["period", "field", "received_total", "source", "note"])
    page.append(["2023", "=A1", 10, "=A2", "=A3"])
    page.append(["2023", None, 10, "báo cáo"])
    buffer = io.BytesIO()
    book.save(buffer)  # it writes formulas, and computes none
    found = said(read_statement_file(read_table(buffer.getvalue(), "a.xlsx")))
    assert [why.partition(":")[0] for why in found] == ["Cell B2", "Cell D2"]
    assert "formula" in found[0]


def _changed(raw: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in its parts, as another program would have written them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return buffer.getvalue()


def test_a_code_typed_as_a_number_stays_as_it_was_typed() -> None:
    file = from_rows(
        ["period", "field", "received_total", "resolved_total"], ["2023", 7, 1, 1], ["2023", "007", 1, 1]
    )
    assert [name for name in file.statements[0].rows if name] == ["7", "007"]


@pytest.mark.parametrize("line", ["Kỳ báo cáo: 2023", "Kỳ: 2023", "(Reporting period: 2023)"])
def test_a_year_may_stand_alone_after_the_word_period(line: str) -> None:
    assert str(period_in(line)) == "2023"


@pytest.mark.parametrize(("end", "by"), [("\r", ";"), ("\n", "|")])
def test_old_line_ends_and_bars_separate_too(end: str, by: str) -> None:
    file = from_csv(end.join(("period,received_total,resolved_total", "2023,14.712,1", "")).replace(",", by))
    assert file.statements[0].total.counts["received_total"] == 14712


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (["Tỷ lệ trước hạn (%)"], "resolved_early_pct"),
        (["On time share (%)"], "resolved_on_time_pct"),
        (["Trong đó: Trực tuyến"], "received_online"),
        (["Of which online"], "received_online"),
    ],
)
def test_a_heading_of_one_row_names_its_figure_alone(labels: list[str], key: str) -> None:
    assert key_of(labels) == key


def test_a_denominator_beside_its_digitised_count_needs_no_name_of_its_own() -> None:
    head = ["", "", "Số hóa", "", "", ""]
    words = ["period", "received_total", "Khi tiếp nhận", "Mẫu số", "Kết quả", "Mẫu số"]
    file = from_rows(head, words, ["2023", 10, 5, 9, 4, 8], merged=("C1:F1",))
    counts = file.statements[0].total.counts
    assert (counts["digit_intake_den"], counts["digit_result_den"]) == (9, 8)


def test_a_heading_that_may_mean_two_figures_is_refused_and_both_are_named() -> None:
    file = from_csv("Period,Received,Resolved,Overdue,In process,Overdue (%)\n2023,5,4,1,1,1\n")
    assert said(file) == [
        f"Cell {cell}: the heading “{words}” may mean “resolved overdue” or “in process overdue”: write which"
        for cell, words in (("D1", "Overdue"), ("F1", "Overdue (%)"))
    ]


def test_headings_in_full_say_the_same_in_one_line_as_under_their_groups() -> None:
    file = from_csv(
        "Period,Received,Resolved,Resolved overdue,In process,In process overdue\n2023,5,4,1,1,1\n"
    )
    assert said(file) == []
    counts = file.statements[0].total.counts
    assert (counts["resolved_overdue"], counts["in_process_overdue"]) == (1, 1)


@pytest.mark.parametrize(("key", "name"), [("period", "period"), ("field", "field of work")])
def test_a_second_column_that_says_of_what_a_row_is_is_refused(key: str, name: str) -> None:
    file = from_csv(f"period,field,{key},received_total,resolved_total\n2023,a,2022,5,4\n")
    assert said(file) == [f"Cell C1: is a second column for: {name}"]


@pytest.mark.parametrize(
    "numbers",
    [
        [1, 2, "3=4+5+6", 4, 5, 6, "7", 8],
        ["1", "2", "3=4+5+6", 4, 5, 6, 7, 8],
        [-1, -2, "(3)=(4)+(5)+(6)", -4, -5, -6, -7, -8],  # what Excel makes of (1)
        ["A", "B", 1, 2, 3, 4, 5, 6],
    ],
)
def test_the_numbers_of_the_columns_may_be_typed_in_any_way(numbers: list[Any]) -> None:
    file = from_rows(*TITLES, *HEAD, numbers, *BODY)
    assert said(file) == []
    assert file.periods[0].statement.total.counts["received_total"] == 30


def test_figures_that_do_not_count_up_are_no_numbers_of_columns() -> None:
    file = from_rows(*TITLES, *HEAD, [1, 5, 10, 1, 2, 7, 5, 5], *BODY)
    assert file.periods[0].statement.fields["5"].counts["received_total"] == 10


@pytest.mark.parametrize("number", ["9" * 5_000, "9" + ".999" * 2_000, "9," + "9" * 5_000])
def test_a_number_of_thousands_of_digits_is_an_error_of_its_cell(number: str) -> None:
    file = from_csv(f'period,received_total,resolved_early_pct\n2024,"{number}","{number}"\n')
    assert [error.cell for error in file.errors] == ["B2", "C2"]
    assert all("is not a number" in text and len(text) < 150 for text in said(file))


def test_numbers_of_thousands_of_digits_alone_in_a_row_are_errors_too() -> None:
    file = from_csv("period,received_total,resolved_total\n" + ",".join(["9" * 5_000] * 3) + "\n")
    assert [error.cell for error in file.errors] == ["A2", "B2", "C2"]


def test_thousands_of_rows_of_words_are_refused_at_once() -> None:
    words = ",x,abc,abc\n" * 20_000
    with pytest.raises(Refused) as caught, language("en"):
        from_csv(f"period,field,received_total,resolved_total\n2024,a,1,1\n,,,\n{words}2024,b,1,1\n")
    with language("en"):
        assert "more than 500 rows without figures" in str(caught.value)


def test_thousands_of_tables_are_refused_at_once() -> None:
    with pytest.raises(Refused) as caught:
        from_csv("period,received_total,resolved_total\n2024,1,1\n" * 5_000)
    with language("en"):
        assert "more than 500 tables" in str(caught.value)


def test_hundreds_of_periods_in_one_file_are_refused() -> None:
    months = [f"{year}-{month:02},1,1" for year in range(1990, 2011) for month in range(1, 13)]
    header = "period,received_total,resolved_total\n"
    assert len(from_csv(header + "\n".join(months[:240])).periods) == 240
    with pytest.raises(Refused) as caught:
        from_csv(header + "\n".join(months[:241]))
    with language("en"):
        assert "more than 240 periods" in str(caught.value)
