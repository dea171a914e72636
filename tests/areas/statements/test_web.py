"""The pages of statements, as each role of the cast."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qms.areas.statements.models import Statement
from qms.kernel.text import fold
from tests.areas.statements.samples import BY_FIELD, published
from tests.cast import Cast

OURS = "/our-agency/statements"
Visit = Callable[..., FlaskClient]


def send(client: FlaskClient, data: bytes, name: str) -> TestResponse:
    """Choose a file on the import page."""
    return client.post(
        f"{OURS}/import", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )


def send_published(client: FlaskClient, name: str = "kien-giang-2023") -> str:
    """Send a shipped workbook; the address of its preview."""
    path = published(name)
    answer = send(client, path.read_bytes(), path.name)
    assert answer.status_code == 303
    return answer.location


def test_the_preview_shows_both_sides_of_each_check_and_what_the_button_will_do(visit: Visit) -> None:
    client = visit("coordinator")
    page = client.get(send_published(client))
    assert page.status_code == 200
    assert "13.985 ≠ 13.989 (thiếu 4)" in page.text
    assert "14.712 = 877 + 13.835" in page.text
    assert "Nhập 1 kỳ, 0 lỗi, 1 cảnh báo có lý do" in page.text
    assert Statement.select().count() == 0


def test_the_import_is_made_with_a_reason_and_refused_as_a_page_without(visit: Visit) -> None:
    client = visit("coordinator")
    preview = send_published(client)
    shown = told(client, preview)
    refused = client.post(preview, data={"reason": " ", "told": shown})
    assert refused.status_code == 409
    assert f"{preview}#reason" in refused.text
    done = client.post(preview, data={"reason": "Giữ như công bố", "told": shown})
    assert (done.status_code, done.location) == (303, f"{OURS}/2023")
    page = client.get(done.location).text
    assert "Giữ như công bố" in page
    assert "kien-giang-2023.xlsx" in page


def test_the_same_file_again_has_nothing_to_import(visit: Visit) -> None:
    client = visit("coordinator")
    preview = send_published(client)
    commit(client, preview, "x")
    assert "không có gì để nhập" in client.get(preview).text
    assert client.post(preview, data={"reason": "x"}).location == OURS


def test_errors_stand_above_the_table_and_there_is_no_button(visit: Visit) -> None:
    client = visit("coordinator")
    bad = BY_FIELD.replace("Hộ tịch,100", "Hộ tịch,101")
    preview = send(client, bad.encode(), "bad.csv").location
    page = client.get(preview).text
    assert "101" in page
    assert "Nhập 1 kỳ" not in page
    assert client.post(preview, data={"reason": "x"}).status_code == 409
    assert Statement.select().count() == 0


def test_a_revision_shows_what_it_changes_before_and_after_it_is_made(visit: Visit) -> None:
    client = visit("coordinator")
    commit(client, send(client, BY_FIELD.encode(), "one.csv").location)
    other = BY_FIELD.replace("100,20,70", "100,21,69").replace(",,300,70,220", ",,300,71,219")
    preview = send(client, other.encode(), "two.csv").location
    assert "Sẽ thay đổi" in client.get(preview).text
    commit(client, preview)
    assert "Bản 2 thay đổi những gì" in client.get(f"{OURS}/2022").text
    old = client.get(f"{OURS}/2022/revisions/1")
    assert "đã được thay bằng bản sau" in old.text
    assert client.get(f"{OURS}/2022/revisions/3").status_code == 404


def test_who_checked_before_somebody_else_imported_looks_again_before_replacing_it(visit: Visit) -> None:
    first, second = visit("coordinator"), visit("coordinator")
    other = BY_FIELD.replace("100,20,70", "100,21,69").replace(",,300,70,220", ",,300,71,219")
    mine, theirs = (
        send(first, BY_FIELD.encode(), "one.csv").location,
        send(second, other.encode(), "two.csv").location,
    )
    shown = told(first, mine)
    assert second.post(theirs, data={"told": told(second, theirs)}).status_code == 303
    refused = first.post(mine, data={"told": shown})
    assert refused.status_code == 409
    assert "đã thay đổi sau khi bản kiểm tra này được lập" in refused.text
    assert Statement.get().revision == 1
    assert first.post(mine, data={"told": told(first, mine)}).status_code == 303
    assert Statement.get().revision == 2


def told(client: FlaskClient, preview: str) -> str:
    """What the preview's form sends back of what it showed."""
    found = re.search(r'name="told" value="(\w+)"', client.get(preview).text)
    assert found is not None
    return found[1]


def commit(client: FlaskClient, preview: str, reason: str = "") -> TestResponse:
    """Look at the check and press its button."""
    return client.post(preview, data={"reason": reason, "told": told(client, preview)})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "figures.xlsx"),
        (b"", "figures.csv"),
        (b"PK\x03\x04 truncated", "figures.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 encrypted", "figures.xlsx"),
        ("xin chào\n".encode(), "figures.csv"),
        (b"<html><table></table></html>", "figures.csv"),
    ],
)
def test_a_file_that_is_no_statement_is_answered_by_a_page(visit: Visit, data: bytes, name: str) -> None:
    answer = send(visit("coordinator"), data, name)
    assert answer.status_code == 409
    assert 'class="reasons' in answer.text


def test_a_file_that_is_no_text_is_told_how_figures_are_sent_and_is_not_kept(visit: Visit) -> None:
    noise = bytes(range(128, 256)) * 40
    answer = send(visit("coordinator"), noise, "noise.csv")
    assert answer.status_code == 409
    assert "CSV UTF-8" in answer.text
    assert "PDF" not in answer.text


@pytest.mark.parametrize("name", ["figures.xlsx", "figures.ods", "figures"])
def test_a_csv_under_another_name_is_told(visit: Visit, name: str) -> None:
    answer = send(visit("coordinator"), BY_FIELD.encode(), name)
    assert answer.status_code == 409
    assert "là văn bản (CSV)" in answer.text


def test_a_workbook_named_csv_is_told(visit: Visit) -> None:
    answer = send(visit("coordinator"), published("kien-giang-2023").read_bytes(), "figures.csv")
    assert answer.status_code == 409
    assert "đổi phần mở rộng của tên tệp thành .xlsx" in answer.text


def test_a_file_in_an_old_vietnamese_encoding_is_read(visit: Visit) -> None:
    text = BY_FIELD.replace("Lý lịch tư pháp", "Công chứng").replace("Hộ tịch", "Đất đai")
    answer = send(visit("coordinator"), text.encode("cp1258", "ignore"), "old.csv")
    assert answer.status_code == 303


def test_choosing_no_file_says_so(visit: Visit) -> None:
    answer = visit("coordinator").post(f"{OURS}/import", data={})
    assert answer.status_code == 409
    assert "chon" in fold(answer.text)


def test_a_preview_belongs_to_who_sent_the_file(visit: Visit, cast: Cast) -> None:
    preview = send_published(visit("coordinator"))
    assert visit("stranger").get(preview).status_code == 404
    assert visit("leader").get(preview).status_code == 403
    theirs = preview.replace("our-agency", "their-agency")
    assert visit("stranger").get(theirs).status_code == 404
    assert visit("coordinator").get(f"{preview}x").status_code == 404


@pytest.mark.parametrize(
    "part", ["leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_readers_see_the_figures_but_cannot_import(visit: Visit, part: str) -> None:
    writer = visit("coordinator")
    commit(writer, send_published(writer), "x")
    client = visit(part)
    assert "14.712" in client.get(OURS).text
    assert client.get(f"{OURS}/2023").status_code == 200
    assert "/statements/import" not in client.get(OURS).text
    assert client.get(f"{OURS}/import").status_code == 403
    assert send(client, BY_FIELD.encode(), "x.csv").status_code == 403
    assert client.post(f"{OURS}/2023/fire/withdraw", data={"reason": "x"}).status_code == 403


def test_another_organisation_sees_nothing(visit: Visit) -> None:
    writer = visit("coordinator")
    commit(writer, send_published(writer), "x")
    stranger = visit("stranger")
    for path in ("", "/2023", "/2023/revisions/1", "/import", ".csv"):
        assert stranger.get(f"{OURS}{path}").status_code == 404
        if path.startswith("/2023"):
            assert stranger.get(f"/their-agency/statements{path}").status_code == 404


def test_the_register_says_what_is_approximate_in_page_and_file(visit: Visit) -> None:
    client = visit("coordinator")
    commit(client, send_published(client, "vinh-phuc-2021-h1"))
    assert "hơn 1.700" in client.get(OURS).text
    assert "hơn 1.700" in client.get(f"{OURS}.csv").text


def test_the_pages_exist_in_english(visit: Visit) -> None:
    client = visit("coordinator")
    preview = send_published(client)
    client.get("/language/en")
    assert "13,985 ≠ 13,989 (short by 4)" in client.get(preview).text
    commit(client, preview, "as published")
    page = client.get(f"{OURS}/2023").text
    assert "Case figures, Year 2023" in page
    assert "14,712" in page


def test_a_published_share_stands_as_it_was_printed_beside_the_computed_one(visit: Visit) -> None:
    client = visit("coordinator")
    for name in ("kien-giang-2023", "kien-giang-2024-q1"):
        commit(client, send_published(client, name), "như nguồn")
    year, quarter = (client.get(f"{OURS}/{code}").text for code in ("2023", "2024-Q1"))
    assert "99,4%" in year
    for share in ("99,40%", "0,12%", "0,48%"):
        assert share in year
    for share in ("29,67%", "34,46%", "26,78%"):
        assert quarter.count(share) >= 2  # published and computed

    text = 'period,resolved_total,resolved_early,resolved_early_pct\n2020,13989,13905,"99,40%"\n'
    commit(client, send(client, text.encode(), "x.csv").location)
    assert "99,40% = 13.905 / 13.989 = 99,40%" in client.get(f"{OURS}/2020").text
