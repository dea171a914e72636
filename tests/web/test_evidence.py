"""Evidence and comments by the pages: who may, what is served, and what another organisation sees."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.area import kinds
from qms.kernel.comments import Comment
from qms.kernel.files import Attachment
from qms.kernel.trail import change
from tests.cast import OURS, THEIRS, Cast

PDF = b"%PDF-1.7\n%%EOF\n"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def code(app: Flask, cast: Cast) -> str:
    actor = cast.actor("coordinator")
    with change(actor):
        row = kinds()["action"].new(
            actor,
            title="Số hóa kết quả",
            happened_on=date(2024, 4, 1),
            owner=cast.person("staff").id,
            sort="corrective",
        )
        row.save()
    return row.record.code


def send(client: FlaskClient, code: str, *files: tuple[bytes, str], org: str = OURS) -> int:
    data = {"file": [(io.BytesIO(content), name) for content, name in files], "note": "ảnh"}
    return client.post(f"/{org}/evidence/actions/{code}", data=data).status_code


def test_several_files_are_attached_at_once_or_none(visit: Visit, code: str) -> None:
    client = visit("staff")
    assert send(client, code, (PDF, "a.pdf"), (b"MZ", "b.exe")) == 409
    assert Attachment.select().count() == 0
    assert send(client, code, (PDF, "a.pdf"), ("số".encode(), "b.txt")) == 303
    assert [a.name for a in Attachment.select().order_by(Attachment.id)] == ["a.pdf", "b.txt"]


def test_the_answer_to_an_upload_leads_back_to_the_record(visit: Visit, code: str) -> None:
    answer = visit("staff").post(
        f"/{OURS}/evidence/actions/{code}", data={"file": (io.BytesIO(PDF), "a.pdf")}
    )
    assert answer.status_code == 303
    assert answer.location == f"/{OURS}/actions/{code}#evidence"


def test_an_upload_without_a_file_says_so(visit: Visit, code: str) -> None:
    answer = visit("staff").post(f"/{OURS}/evidence/actions/{code}", data={})
    assert answer.status_code == 409
    assert "chọn" in answer.text


def test_a_file_is_always_a_download_that_cannot_run(visit: Visit, code: str) -> None:
    send(visit("staff"), code, (b"<script>alert(1)</script>", "Biên bản.txt"))
    found = Attachment.get()
    with visit("inspector").get(f"/{OURS}/evidence/{found.id}/x.html") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "Bi%C3%AAn%20b%E1%BA%A3n.txt" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.data == b"<script>alert(1)</script>"


@pytest.mark.parametrize("part", ["inspector", "overseer"])
def test_who_only_reads_attaches_nothing(visit: Visit, code: str, part: str) -> None:
    assert send(visit(part), code, (PDF, "a.pdf")) == 403
    answer = visit(part).post(f"/{OURS}/evidence/actions/{code}/comments", data={"text": "xin chào"})
    assert answer.status_code == 403
    assert Attachment.select().count() == 0


def test_nothing_of_it_exists_for_another_organisation(visit: Visit, code: str) -> None:
    send(visit("staff"), code, (PDF, "a.pdf"))
    found, stranger = Attachment.get(), visit("stranger")
    for org in (OURS, THEIRS):
        assert stranger.get(f"/{org}/evidence/{found.id}/a.pdf").status_code == 404
        assert stranger.post(f"/{org}/evidence/{found.id}/withdraw", data={"reason": "x"}).status_code == 404
        assert send(stranger, code, (PDF, "a.pdf"), org=org) == 404
        comments = f"/{org}/evidence/actions/{code}/comments"
        assert stranger.post(comments, data={"text": "x"}).status_code == 404
    assert Attachment.get_by_id(found.id).withdrawn_at is None


def test_a_record_is_found_in_its_own_area_only(visit: Visit, code: str) -> None:
    for area in ("nonconformities", "nothing", "documents"):
        answer = visit("staff").post(
            f"/{OURS}/evidence/{area}/{code}", data={"file": (io.BytesIO(PDF), "a.pdf")}
        )
        assert answer.status_code == 404


def test_withdrawn_evidence_is_gone_from_its_address(visit: Visit, code: str) -> None:
    client = visit("staff")
    send(client, code, (PDF, "a.pdf"))
    found = Attachment.get()
    assert client.post(f"/{OURS}/evidence/{found.id}/withdraw", data={"reason": " "}).status_code == 409
    assert client.post(f"/{OURS}/evidence/{found.id}/withdraw", data={"reason": "nhầm"}).status_code == 303
    assert client.get(f"/{OURS}/evidence/{found.id}/a.pdf").status_code == 404


def test_a_comment_is_added(visit: Visit, code: str) -> None:
    answer = visit("leader").post(f"/{OURS}/evidence/actions/{code}/comments", data={"text": "Đồng ý"})
    assert (answer.status_code, answer.location) == (303, f"/{OURS}/actions/{code}#remarks")
    assert Comment.get().text == "Đồng ý"


def test_unsafe_requests_need_their_token(app: Flask, visit: Visit, code: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert send(visit("staff"), code, (PDF, "a.pdf")) == 400
    assert Attachment.select().count() == 0


def test_nobody_gets_a_file_without_signing_in(visit: Visit, code: str) -> None:
    send(visit("staff"), code, (PDF, "a.pdf"))
    answer = visit().get(f"/{OURS}/evidence/{Attachment.get().id}/a.pdf")
    assert answer.status_code == 302
    assert "/login" in answer.location
