"""The pages of taking over an earlier register."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qms.areas.nonconformities.models import Nonconformity
from qms.importers.register import register_file
from qms.kernel.organisations import Unit
from tests.areas.nonconformities.registers import CLOSED, OPEN, workbook
from tests.cast import Cast

OURS = "/our-agency/nonconformities"
Visit = Callable[..., FlaskClient]


def choose(client: FlaskClient, *rows: dict[str, Any], name: str = "so.xlsx") -> TestResponse:
    """Choose a register of these rows on the import page."""
    sent = {"file": (io.BytesIO(workbook(*rows)), name)}
    return client.post(f"{OURS}/import", data=sent, content_type="multipart/form-data")


def told(page: str) -> str:
    found = re.search('name="told" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_a_register_is_looked_at_and_then_taken_over(visit: Visit) -> None:
    client = visit("coordinator")
    chosen = choose(client, OPEN, CLOSED)
    assert chosen.status_code == 303
    page = client.get(chosen.location).text
    for said in (
        "Nhập 2 sự không phù hợp",
        "KPH nặng: 1",
        "Bộ phận Hộ tịch: 1",
        "2022: 1",
        "Unit head",
        "04/2022",
        "1 dòng đã đóng trước ngày lẽ ra kiểm tra hiệu lực",
        "dòng 5</li>",
    ):
        assert said in page
    assert Nonconformity.select().count() == 0
    done = client.post(chosen.location, data={"told": told(page)}, follow_redirects=True)
    assert "Đã nhập 2 sự không phù hợp" in done.text
    assert Nonconformity.select().count() == 2
    again = client.get(chosen.location).text
    assert "không còn gì để nhập" in again
    for there in (OPEN["unit"], OPEN["owner"]):  # a row that is there already still names both
        assert f">{there}</td>" in again


def test_what_is_wrong_stands_in_a_table_by_cell_and_column(visit: Visit) -> None:
    client = visit("coordinator")
    chosen = choose(client, OPEN | {"grade": "vừa", "owner": "Nguyễn Lạ"})
    page = client.get(chosen.location).text
    assert "2 lỗi" in page
    assert re.search(r'<th scope="row">E4</th><td data-label="cột">mức độ</td>', page)
    assert "Nguyễn Lạ" in page
    assert 'name="told"' not in page
    assert client.post(chosen.location).status_code == 409
    assert Nonconformity.select().count() == 0


def test_many_errors_are_counted_and_the_first_hundred_shown(visit: Visit) -> None:
    client = visit("coordinator")
    chosen = choose(client, *[OPEN | {"register_no": f"{n}", "grade": "?"} for n in range(250)])
    page = client.get(chosen.location).text
    assert "250 lỗi" in page
    assert "và 150 mục nữa" in page
    assert page.count('data-label="nội dung lỗi"') == 100
    refused = client.post(chosen.location)
    assert refused.status_code == 409
    assert "và 150 mục nữa" in refused.text


def test_who_looked_before_somebody_else_took_it_over_looks_again(visit: Visit) -> None:
    client = visit("coordinator")
    both, one = choose(client, OPEN, CLOSED).location, choose(client, OPEN).location
    seen = told(client.get(both).text)
    client.post(one, data={"told": told(client.get(one).text)})
    answer = client.post(both, data={"told": seen})
    assert answer.status_code == 409
    assert "đề nghị xem lại trước khi nhập" in answer.text
    assert Nonconformity.select().count() == 1


def test_who_sends_the_same_check_again_hears_that_every_row_is_there(visit: Visit) -> None:
    client = visit("coordinator")
    at = choose(client, OPEN, CLOSED).location
    seen = told(client.get(at).text)
    for said in ("Đã nhập 2 sự không phù hợp", "mọi dòng đều đã có"):
        assert said in client.post(at, data={"told": seen}, follow_redirects=True).text
    assert Nonconformity.select().count() == 2


def test_the_record_tells_that_it_was_taken_over(visit: Visit) -> None:
    client = visit("coordinator")
    at = choose(client, OPEN).location
    client.post(at, data={"told": told(client.get(at).text)})
    page = client.get(f"{OURS}/NC-2023-001").text
    assert "nhập NC-2023-001 từ tệp" in page
    assert "05/2023" in page
    log = client.get("/our-agency/trail").text
    assert "so.xlsx: 1 sự không phù hợp" in log


def test_the_file_to_begin_with_may_be_sent_as_it_is(visit: Visit) -> None:
    client = visit("coordinator")
    assert f'href="{OURS}/import/sample.xlsx"' in client.get(f"{OURS}/import").text
    answer = client.get(f"{OURS}/import/sample.xlsx")
    assert answer.data.startswith(b"PK")
    file = register_file(answer.data, "sample.xlsx")
    assert file.problems == ()
    assert [row.closed for row in file.rows] == [False]
    sent = {"file": (io.BytesIO(answer.data), "sample.xlsx")}
    chosen = client.post(f"{OURS}/import", data=sent, content_type="multipart/form-data")
    assert "Nhập 1 sự không phù hợp" in client.get(chosen.location).text


def test_what_is_typed_into_the_file_to_begin_with_stays_a_text_or_a_day(visit: Visit) -> None:
    from openpyxl import load_workbook

    book: Any = load_workbook(io.BytesIO(visit("coordinator").get(f"{OURS}/import/sample.xlsx").data))
    heads = [cell.value for cell in book.worksheets[0][1]]
    looks = [cell.number_format for cell in book.worksheets[0][2]]
    assert looks[heads.index("số trong sổ (bắt buộc)")] == "@"  # or 05/2023 becomes a day of May
    assert looks[heads.index("điều khoản")] == "@"
    assert looks[heads.index("ngày xảy ra (bắt buộc)")] == "dd/mm/yyyy"


def test_the_file_to_begin_with_is_in_the_language_of_the_reader(visit: Visit) -> None:
    client = visit("coordinator")
    client.get("/language/en")
    file = register_file(client.get(f"{OURS}/import/sample.xlsx").data, "sample.xlsx")
    assert file.rows[0].values["grade"] == "minor"
    assert not file.notes


@pytest.mark.parametrize("part", ["unit_head", "auditor", "staff", "records", "inspector", "overseer"])
def test_others_are_not_led_to_the_import_and_cannot_open_it(visit: Visit, cast: Cast, part: str) -> None:
    client = visit(part)
    assert "/nonconformities/import" not in client.get(OURS).text
    for path in ("/import", "/import/sample.xlsx", "/import/token"):
        assert client.get(OURS + path).status_code == 403
    assert client.post(f"{OURS}/import").status_code == 403


def test_the_coordinator_is_led_to_it_from_the_list(visit: Visit) -> None:
    assert f'href="{OURS}/import"' in visit("coordinator").get(OURS).text


def test_a_file_that_is_no_register_is_refused_where_it_is_chosen(visit: Visit) -> None:
    client = visit("coordinator")
    for data, name in ((b"a,b\n1,2\n", "a.csv"), (b"%PDF-1.7", "a.pdf")):
        sent = {"file": (io.BytesIO(data), name)}
        answer = client.post(f"{OURS}/import", data=sent, content_type="multipart/form-data")
        assert answer.status_code == 409
    assert client.post(f"{OURS}/import", data={}).status_code == 409


def test_a_unit_whose_code_looks_like_a_formula_is_a_text_in_the_file_to_begin_with(
    visit: Visit, cast: Cast
) -> None:
    unit = cast.units["HT"]
    Unit.update(code="=1+1").where(Unit.id == unit.id).execute()
    content = visit("coordinator").get(f"{OURS}/import/sample.xlsx").data
    words = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    found = {cell.value: cell.data_type for line in words for cell in line}
    assert found[f"=1+1: {unit.name}"] == "s"
