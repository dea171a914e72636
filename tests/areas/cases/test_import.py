"""Late cases from a file: rows and columns named, all or nothing, the same file twice, nobody's name."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask.testing import FlaskClient

from qms.areas.cases import service, service_import
from qms.areas.cases.models import LateCase
from qms.areas.cases.service_import import CaseFile, CaseValues
from qms.importers.late_case import take_cases
from qms.importers.table import read_table
from qms.kernel import files, verify
from qms.kernel.area import ImportResult
from qms.kernel.errors import Forbidden
from qms.kernel.files import Attachment
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from tests.areas.cases.story import apologised, late
from tests.cast import Cast
from tests.queries import queries

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/cases"
HEAD = (
    "Mã hồ sơ,Tên thủ tục,Ngày tiếp nhận,Ngày hẹn trả,Nguyên nhân,Đơn vị,Ngày hẹn mới,Ngày gửi thư xin lỗi,"
    "Hình thức gửi,Số thư xin lỗi,Ngày giải quyết,Lý do"
)
PLAIN = "H33-0001,Cấp bản sao,01/03/2024,20/03/2024,Chờ xác minh,Bộ phận Hộ tịch,,,,,,"
LETTER = "H33-0002,Cấp bản sao,2024-03-01,2024-03-20,Chờ xác minh,HT,02/04/2024,19/03/2024,BCCI,07,,"
RESOLVED = (
    "H33-0003,Kết hôn,01/03/2024,20/03/2024,Chờ xác minh,,02/04/2024,19/03/2024,tin nhắn SMS,,01/04/2024,"
)


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    files.configure(tmp_path / "files")


def written(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "qua-han.csv"
    path.write_text("\n".join((head, *rows)), "utf-8")
    return path


def take(cast: Cast, path: Path, **options: Any) -> ImportResult:
    with language("en"):
        return take_cases(cast.actor("coordinator"), path, **options)


def said(result: ImportResult) -> str:
    return "\n".join(error["message"] for error in result.errors)


def states() -> dict[str, str]:
    return {row.case_code: str(row.record.state) for row in LateCase.select()}


def test_each_row_becomes_a_case_in_the_state_that_it_tells(cast: Cast, tmp_path: Path) -> None:
    result = take(cast, written(tmp_path, PLAIN, LETTER, RESOLVED))
    assert result.status == "imported"
    assert states() == {"H33-0001": "late", "H33-0002": "apologised", "H33-0003": "resolved"}
    row = LateCase.get(LateCase.case_code == "H33-0002")
    assert (row.letter_through, row.letter_number, row.record.due) == ("post", "07", date(2024, 4, 2))
    assert row.record.unit_id == cast.units["HT"].id
    assert verify.verify([cast.ours.id]).intact
    body = TrailEntry.select().where(TrailEntry.tag == "late_case.import").get().body
    assert json.loads(body)["file"].keys() == {"sha256"}  # a file's name may be that of an applicant
    assert "qua-han" not in body


def test_the_same_file_twice_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN, LETTER, RESOLVED)
    take(cast, path)
    entries = TrailEntry.select().count()
    assert take(cast, path).status == "unchanged"
    assert TrailEntry.select().count() == entries


def test_a_changed_open_case_is_updated_with_its_trail_and_shown_before(cast: Cast, tmp_path: Path) -> None:
    take(cast, written(tmp_path, PLAIN))
    now = PLAIN.replace("Chờ xác minh", "Thiếu người").replace(
        ",,,,,,", ",02/05/2024,14/04/2024,bưu chính,9,,"
    )
    path = written(tmp_path, now)
    shown = take(cast, path, preview=True)
    assert "why it is late: Chờ xác minh → Thiếu người" in "\n".join(shown.lines)
    assert states() == {"H33-0001": "late"}
    assert take(cast, path).status == "imported"
    assert states() == {"H33-0001": "apologised"}
    assert [e.tag for e in TrailEntry.select().order_by(TrailEntry.id.desc()).limit(2)] == [
        "late_case.apologise",
        "late_case.edit",
    ]


def test_a_blank_cell_takes_nothing_away(cast: Cast, tmp_path: Path) -> None:
    take(cast, written(tmp_path, LETTER))
    path = written(tmp_path, "H33-0002,Cấp bản sao,01/03/2024,20/03/2024,,,,,,,,")
    assert take(cast, path).status == "unchanged"


def test_an_ended_case_is_not_changed_by_a_file(cast: Cast, tmp_path: Path) -> None:
    take(cast, written(tmp_path, RESOLVED))
    result = take(cast, written(tmp_path, RESOLVED.replace("Kết hôn", "Ly hôn"), PLAIN))
    assert result.status == "refused"
    assert "Row 2: LC-2024-001 is ended and is not changed by a file: procedure" in said(result)
    assert states() == {"H33-0003": "resolved"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (PLAIN.replace("20/03/2024", "31/02/2024"), "Cell D2, due date of the case: “31/02/2024” is not a date"),
        (PLAIN.replace("20/03/2024", "2024-04-30xyz"), "Cell D2, due date of the case: “2024-04-30xyz” is not a date"),
        (PLAIN.replace("20/03/2024", "2024-W12-3"), "Cell D2, due date of the case: “2024-W12-3” is not a date"),
        (PLAIN.replace("01/03/2024", "01/05/2024"), "Cell D2, due date of the case: the due date is before"),
        (PLAIN.replace("H33-0001", ""), "Cell A2, case code: the case code is missing"),
        (PLAIN.replace("Bộ phận Hộ tịch", "Phòng Lạ"), "Cell F2, unit: there is no unit called “Phòng Lạ”"),
        (LETTER.replace("BCCI", "bồ câu"), "Cell I2, how the letter was sent: “bồ câu” is no way of sending"),
        (LETTER.replace("BCCI", ""), "Cell I2, how the letter was sent: say how the letter was sent"),
        (LETTER.replace("02/04/2024", ""), "Cell G2, new date: the new date is missing"),
        (LETTER.replace("Chờ xác minh", ""), "Cell E2, why it is late: why the case is late is not recorded"),
        (PLAIN[:-1] + "01/04/2024,", "Cell L2, reason: the case is resolved without a letter"),
        (PLAIN[:-1].rstrip(",") + ",03/04/2024,,,,,", "Cell G2, new date: a new date that is past already"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_row_and_column_and_nothing_is_written(
    cast: Cast, tmp_path: Path, row: str, words: str
) -> None:
    result = take(cast, written(tmp_path, row, LETTER.replace("0002", "0009")))
    assert result.status == "refused"
    assert words in said(result)
    assert states() == {}


def test_the_same_code_twice_in_a_file_is_refused_with_both_rows(cast: Cast, tmp_path: Path) -> None:
    result = take(cast, written(tmp_path, PLAIN, LETTER, PLAIN))
    assert "Cell A4, case code: the same case code as in row 2" in said(result)
    assert states() == {}


ALIKE = ["\u200b{}", "{}\u2060", "\u00ad{}", "lower", "wide", "{}\u3164"]


def alike(code: str, how: str) -> str:
    """A code that people read as the same one."""
    if how == "wide":
        return "".join(chr(ord(char) + 0xFEE0) for char in code)
    return code.lower() if how == "lower" else how.format(code)


@pytest.mark.parametrize("how", ALIKE)
def test_a_code_that_reads_the_same_is_the_same_code(cast: Cast, tmp_path: Path, how: str) -> None:
    again = PLAIN.replace("H33-0001", alike("H33-0001", how))
    assert "Cell A3, case code: the same case code as in row 2" in said(
        take(cast, written(tmp_path, PLAIN, again))
    )
    take(cast, written(tmp_path, PLAIN))
    assert take(cast, written(tmp_path, again)).status == "unchanged"
    assert take(cast, written(tmp_path, again.replace("Chờ xác minh", "Thiếu người"))).status == "imported"
    assert [(row.case_code, row.cause) for row in LateCase.select()] == [("H33-0001", "Thiếu người")]


def test_the_history_of_a_case_says_that_it_came_from_a_file(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    take(cast, written(tmp_path, PLAIN))
    browser = visit("coordinator")
    assert "nhập LC-2024-001 từ tệp" in browser.get(f"{HOME}/LC-2024-001").text
    browser.get("/language/en")
    page = browser.get(f"{HOME}/LC-2024-001").text
    assert "imported LC-2024-001 from a file" in page
    assert "earlier register" not in page


@pytest.mark.parametrize("head", ["Họ và tên", "Người nộp hồ sơ", "Applicant", "Số điện thoại", "Địa chỉ"])
def test_a_file_with_a_column_of_the_applicants_is_refused_and_kept_nowhere(
    visit: Visit, cast: Cast, tmp_path: Path, head: str
) -> None:
    path = written(tmp_path, PLAIN + ",Nguyễn Văn Mật", head=f"{HEAD},{head}")
    result = take(cast, path)
    assert result.status == "refused"
    assert f"M ({head})" in said(result)
    answer = visit("coordinator").post(
        f"{HOME}/import", data={"file": (io.BytesIO(path.read_bytes()), "x.csv")}
    )
    assert answer.status_code == 409
    assert head in answer.text
    assert Attachment.select().count() == 0
    stored = [one for one in (tmp_path).rglob("*") if one.is_file() and one != path]
    assert not [one for one in stored if "Nguyễn Văn Mật".encode() in one.read_bytes()]
    assert states() == {}


def test_a_case_code_that_is_a_number_is_refused_since_its_zeros_are_lost(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "so.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Mã hồ sơ", "Thủ tục", "Ngày tiếp nhận", "Ngày hẹn trả"])
        sheet.write_row(1, 0, [1, "Kết hôn", "01/03/2024", "20/03/2024"])
        sheet.write_row(2, 0, ["0002", "Kết hôn"])
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime(2, 2, date(2024, 3, 1), day)  # type: ignore[arg-type]
        sheet.write_datetime(2, 3, date(2024, 3, 20), day)  # type: ignore[arg-type]
    result = take(cast, path)
    assert said(result).startswith("Cell A2, case code: the case code is a number")
    assert len(result.errors) == 1, said(result)


def test_only_who_may_import_does_and_the_operator_without_a_name_too(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN, LETTER)
    with pytest.raises(Forbidden):
        take_cases(cast.actor("staff"), path)
    assert take_cases(cast.system(), path).status == "imported"
    now = PLAIN.replace("Chờ xác minh", "Thiếu người").replace(",,,,,,", ",02/05/2024,14/04/2024,BCCI,9,,")
    assert take_cases(cast.system(), written(tmp_path, now)).status == "imported"
    assert states() == {"H33-0001": "apologised", "H33-0002": "apologised"}
    assert "cases.edit" not in cast.system().system_rights


def many(count: int) -> list[str]:
    """Rows of new cases, each with its unit and its letter, resolved."""
    row = RESOLVED.replace(",,02/04/2024", ",HT,02/04/2024")
    return [row.replace("H33-0003", f"H33-{number:04d}") for number in range(count)]


@pytest.mark.parametrize("preview", [True, False])
def test_the_number_of_queries_does_not_grow_with_the_rows_of_a_file(
    cast: Cast, tmp_path: Path, preview: bool
) -> None:
    few = written(tmp_path, *many(2))
    asked = queries(lambda: take(cast, few, preview=preview))
    rest = [row.replace("H33-", "H34-") for row in many(40)]
    assert queries(lambda: take(cast, written(tmp_path, *rest), preview=preview)) <= asked


def test_a_file_is_judged_once_where_it_is_imported(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    plan = service_import.plan_cases
    monkeypatch.setattr(service_import, "plan_cases", lambda *args: judged.append(1) or plan(*args))
    take(cast, written(tmp_path, PLAIN))
    assert len(judged) == 1


def test_cases_that_came_with_others_are_each_covered_by_the_trail(cast: Cast, tmp_path: Path) -> None:
    take(cast, written(tmp_path, PLAIN, LETTER, RESOLVED))
    assert TrailEntry.select().where(TrailEntry.tag.startswith("late_case")).count() == 1
    assert LateCase.get(LateCase.case_code == "H33-0003").record.ended_on == date(2024, 4, 1)
    LateCase.update(cause="Khác").where(LateCase.case_code == "H33-0002").execute()
    assert not verify.verify([cast.ours.id]).intact


def test_why_no_letter_was_sent_stands_in_the_history_of_the_case(cast: Cast, tmp_path: Path) -> None:
    row = PLAIN[:-1].rstrip(",") + ",,,,,01/04/2024,Đã xin lỗi trực tiếp"
    assert take(cast, written(tmp_path, row)).status == "imported"
    assert states() == {"H33-0001": "resolved"}
    entry = TrailEntry.select().where(TrailEntry.tag == "late_case.resolve").get()
    assert json.loads(entry.body)["reason"] == "Đã xin lỗi trực tiếp"


def test_a_text_that_is_too_long_and_a_unit_of_another_organisation_are_refused(
    cast: Cast, tmp_path: Path
) -> None:
    given = {
        "case_code": "H" * 61, "title": "Kết hôn", "taken_on": date(2024, 3, 1), "due_on": date(2024, 3, 20),
        "unit": 10**6,
    }  # fmt: skip
    _plans, obstacles = service_import.plan_cases(
        cast.actor("coordinator"), CaseFile((CaseValues(given),), (), {}, "")
    )
    said = "; ".join(map(str, obstacles))
    assert "60" in said
    assert len(obstacles) == 2


def test_another_letter_from_a_file_has_a_way_of_its_own(cast: Cast, tmp_path: Path) -> None:
    apologised(cast, case_code="H33-0002")
    row = "H33-0002,Cấp bản sao trích lục hộ tịch,01/03/2024,01/04/2024,,,06/05/2024,12/04/2024,{},,,Chờ thêm"
    assert "say how the letter was sent" in said(take(cast, written(tmp_path, row.format(""))))
    assert take(cast, written(tmp_path, row.format("BCCI"))).status == "imported"
    assert (LateCase.get().letter_number, LateCase.get().letter_through) == ("", "post")


def test_another_letter_from_a_file_needs_its_reason(cast: Cast, tmp_path: Path) -> None:
    apologised(cast, case_code="H33-0002")
    row = "H33-0002,Cấp bản sao trích lục hộ tịch,01/03/2024,01/04/2024,,,06/05/2024,12/04/2024,BCCI,,,"
    assert "another new date needs a reason" in said(take(cast, written(tmp_path, row)))
    assert take(cast, written(tmp_path, row + "Chờ xác minh thêm")).status == "imported"
    assert LateCase.get().extended == 1


def test_the_pages_show_the_change_before_it_is_made_and_refuse_a_stale_check(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    late(cast, case_code="H33-0001", title="Cấp bản sao", due_on=date(2024, 3, 20))
    path = written(tmp_path, PLAIN.replace("Chờ xác minh", "Thiếu người"), LETTER)
    browser = visit("coordinator")
    browser.get("/language/en")
    assert "applicants is refused" in browser.get(f"{HOME}/import").text
    sent = browser.post(f"{HOME}/import", data={"file": (io.BytesIO(path.read_bytes()), "qua-han.csv")})
    page = browser.get(sent.location)
    assert "→ Thiếu người" in page.text
    assert "Import 2 late cases" in page.text
    told = page.text.partition('name="told" value="')[2].partition('"')[0]
    service.edit(cast.actor("coordinator"), "LC-2024-001", {"cause": "Khác"})
    assert browser.post(sent.location, data={"told": told}).status_code == 409
    page = browser.get(sent.location)
    told = page.text.partition('name="told" value="')[2].partition('"')[0]
    assert browser.post(sent.location, data={"told": told}).status_code == 303
    assert states() == {"H33-0001": "late", "H33-0002": "apologised"}


SECRET = "Nguyễn Văn Mật"


def everything_kept(folder: Path) -> str:
    """All that the store holds, workbooks unpacked, and the whole trail."""
    texts = [body for (body,) in TrailEntry.select(TrailEntry.body).tuples()]
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if data.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(data)) as book:
                    data = b"".join(book.read(name) for name in book.namelist())
            texts.append(data.decode("utf-8", "replace"))
    return "\n".join(texts)


def with_a_name_everywhere(tmp_path: Path) -> bytes:
    """A workbook that names an applicant above the headings, in a column of its own and on a second sheet."""
    path = tmp_path / "up.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, f"Hồ sơ của {SECRET}")
        for row, line in enumerate((f"{HEAD},Chủ hộ", f"{PLAIN},{SECRET}", f"{LETTER},{SECRET}"), 2):
            for column, cell in enumerate(line.split(",")):
                sheet.write_string(row, column, cell)
        book.add_worksheet().write_string(0, 0, SECRET)
    return path.read_bytes()


def test_of_an_upload_only_the_known_columns_wait_and_nothing_once_it_is_imported(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    upload, folder = with_a_name_everywhere(tmp_path), tmp_path / "files"
    browser = visit("coordinator")
    browser.get("/language/en")
    sent = browser.post(f"{HOME}/import", data={"file": (io.BytesIO(upload), f"{SECRET}.xlsx")})
    assert sent.status_code == 303
    waits = everything_kept(folder)
    assert "H33-0001" in waits
    assert SECRET not in waits
    page = browser.get(sent.location).text
    assert "Import 2 late cases" in page
    assert "Chủ hộ" in page  # that column is named as not taken
    told = page.partition('name="told" value="')[2].partition('"')[0]
    assert browser.post(sent.location, data={"told": told}).status_code == 303
    assert states() == {"H33-0001": "late", "H33-0002": "apologised"}
    assert [one for one in folder.rglob("*") if one.is_file()] == []
    assert "Mật" not in everything_kept(folder)
    entry = TrailEntry.select().where(TrailEntry.tag == "late_case.import").get()
    assert json.loads(entry.body)["file"] == {"sha256": hashlib.sha256(upload).hexdigest()}


def test_the_errors_of_what_waits_name_the_cells_of_the_upload(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    lines = ("Danh sách,,", f"Chủ hộ,{HEAD}", "", f"{SECRET},{PLAIN}".replace("20/03/2024", "31/02/2024"))
    browser = visit("coordinator")
    browser.get("/language/en")
    sent = browser.post(f"{HOME}/import", data={"file": (io.BytesIO("\n".join(lines).encode()), "a.csv")})
    assert shown_problems(browser.get(sent.location).text) == [
        ("E4", "due date of the case", "“31/02/2024” is not a date: write day, month and year, as 31/12/2023")
    ]


def shown_problems(page: str) -> list[tuple[str, ...]]:
    """(cell, column, what is wrong) of the table of a check."""
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table)
    return list(zip(cells[::3], cells[1::3], cells[2::3], strict=True))


def checked(browser: FlaskClient, *rows: str, name: str = "a.csv") -> str:
    """The page that checks a file with these rows, in English."""
    browser.get("/language/en")
    data = io.BytesIO("\n".join((HEAD, *rows)).encode())
    return browser.get(browser.post(f"{HOME}/import", data={"file": (data, name)}).location).text


def test_what_is_wrong_stands_in_the_order_of_rows_and_columns(visit: Visit, cast: Cast) -> None:
    first = "H33-0009,,01/03/2024,20/03/2024,,Phòng Lạ,02/04/2024,19/03/2024,bồ câu,07,,"
    page = checked(visit("coordinator"), first, PLAIN.replace("20/03/2024", "31/02/2024"))
    cells = [(cell, column) for cell, column, _what in shown_problems(page)]
    assert cells == [
        ("B2", "procedure"), ("E2", "why it is late"), ("F2", "unit"), ("I2", "how the letter was sent"),
        ("D3", "due date of the case"),
    ]  # fmt: skip


def test_the_check_shows_every_value_that_is_imported_and_the_words_of_a_refused_cell(
    visit: Visit, cast: Cast
) -> None:
    page = checked(visit("coordinator"), RESOLVED, LETTER, PLAIN.replace("20/03/2024", "31/02/2024"))
    rows = re.sub(r"<[^>]+>", "|", page.partition('id="rows-title"')[2])
    for words in (
        "H33-0003", "Kết hôn", "01/03/2024", "20/03/2024", "Chờ xác minh", "Bộ phận Hộ tịch", "02/04/2024",
        "19/03/2024", "by public post", "07", "01/04/2024", "31/02/2024",
    ):  # fmt: skip
        assert f"|{words}|" in rows, words


def test_the_check_names_the_file_that_was_sent_and_keeps_its_name_nowhere(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    browser = visit("coordinator")
    page = checked(browser, PLAIN, name="qua-han-quy-1.csv")
    assert "qua-han-quy-1.csv" in page
    assert "late-cases.xlsx" not in page
    assert "qua-han-quy-1.csv" not in everything_kept(tmp_path / "files")


def test_a_file_sent_twice_is_told_so_although_it_is_gone(visit: Visit, cast: Cast, tmp_path: Path) -> None:
    browser = visit("coordinator")
    data = "\n".join((HEAD, PLAIN)).encode()
    sent = browser.post(f"{HOME}/import", data={"file": (io.BytesIO(data), "a.csv")})
    page = browser.get(sent.location).text
    typed = dict(re.findall(r'name="(told|once)" value="([^"]*)"', page))
    assert typed.keys() == {"told", "once"}
    assert [browser.post(sent.location, data=typed).status_code for _time in range(2)] == [303, 303]
    assert browser.post(sent.location, data=typed | {"once": "another form"}).status_code == 404
    assert LateCase.select().count() == 1


def test_what_nobody_imported_goes_where_no_row_refers_to_any_file(
    visit: Visit, cast: Cast, tmp_path: Path
) -> None:
    data = "\n".join((HEAD, PLAIN)).encode()
    visit("coordinator").post(f"{HOME}/import", data={"file": (io.BytesIO(data), "a.csv")})
    kept = [one for one in (tmp_path / "files").rglob("*") if one.is_file()]
    assert len(kept) == 1
    os.utime(kept[0], (0, 0))
    files.sweep()
    assert not kept[0].exists()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_file_to_begin_with_is_offered_and_may_be_imported_as_it_is(
    visit: Visit, cast: Cast, tmp_path: Path, language: str
) -> None:
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    assert f'href="{HOME}/import/sample.xlsx"' in browser.get(f"{HOME}/import").text
    path = tmp_path / "sample.xlsx"
    path.write_bytes(browser.get(f"{HOME}/import/sample.xlsx").data)
    needed = {"vi": "ngày hẹn trả (bắt buộc)", "en": "due date of the case (required)"}[language]
    assert needed in read_table(path.read_bytes(), "a.xlsx").cells[0]
    result = take(cast, path)
    assert result.status == "imported", said(result)
    assert not [line for line in result.lines if "not taken" in line]
    assert visit("staff").get(f"{HOME}/import/sample.xlsx").status_code == 403
