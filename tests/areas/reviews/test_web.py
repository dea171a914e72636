"""The pages of reviews, as each role of the cast opens them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms import printing
from qms.areas.reviews import service
from qms.areas.reviews.models import Review
from qms.docx import pdf
from qms.kernel.jobs import Job
from qms.kernel.text import _
from tests.areas.reviews.meeting import Meeting
from tests.cast import OURS, THEIRS, Cast
from tests.queries import queries

Visit = Callable[..., FlaskClient]
READERS = ("coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer")


@pytest.fixture
def meeting(app: object, cast: Cast) -> Meeting:
    return Meeting(cast)


def at(review: Review, rest: str = "", org: str = OURS) -> str:
    return f"/{org}/reviews/{review.record.code}{rest}"


@pytest.mark.parametrize("part", READERS)
def test_everybody_inside_reads_reviews_and_their_minutes(visit: Visit, meeting: Meeting, part: str) -> None:
    review = meeting.held()
    client = visit(part)
    assert client.get(f"/{OURS}/reviews").status_code == 200
    assert "đã họp" in client.get(at(review)).text
    answer = client.get(at(review, "/documents/review-minutes"))
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"


def test_the_page_marks_what_is_empty_and_says_how_far_the_preparation_is(
    visit: Visit, meeting: Meeting
) -> None:
    review = meeting.created()
    meeting.write(review, "b", text="Luật đã đổi", evidence="Quyết định 12")
    page = visit("coordinator").get(at(review)).text
    fed = len(set(re.findall(r'id="input-(\w+)"', page)))
    assert fed == 12
    assert re.search(r"đã có \d+/12", page)
    assert "còn trống" in page
    assert f'href="{at(review, "/inputs/")}' in page
    assert "Quyết định 12" in page


def test_an_input_is_written_by_its_form(visit: Visit, meeting: Meeting) -> None:
    review = meeting.created()
    client = visit("coordinator")
    assert "Luật" not in client.get(at(review, "/inputs/b")).text
    sent = {"text": "Luật <b>mới</b>", "evidence": "", "reason_if_empty": "", "version": "1"}
    answer = client.post(at(review, "/inputs/b"), data=sent)
    assert (answer.status_code, answer.location) == (303, at(review, "#input-b"))
    assert "Luật &lt;b&gt;mới&lt;/b&gt;" in client.get(at(review)).text


def test_two_people_on_one_input_meet_the_page_of_two_versions(visit: Visit, meeting: Meeting) -> None:
    review = meeting.created()
    sent = {"text": "của thư ký", "version": "1"}
    assert visit("coordinator").post(at(review, "/inputs/b"), data=sent).status_code == 303
    answer = visit("leader").post(at(review, "/inputs/b"), data={"text": "của lãnh đạo", "version": "1"})
    assert answer.status_code == 409
    assert "của thư ký" in answer.text
    assert "của lãnh đạo" in answer.text
    again = visit("leader").post(at(review, "/inputs/b"), data={"text": "của lãnh đạo", "again": "1"})
    assert again.status_code == 200
    assert "của lãnh đạo" in again.text


def test_what_stands_in_the_way_of_the_meeting_is_linked_to_its_form(visit: Visit, meeting: Meeting) -> None:
    review = meeting.created(chair=None)
    leader = visit("leader")
    page = leader.get(at(review)).text
    assert f'href="{at(review, "/edit#chair")}"' in page
    answer = leader.post(at(review, "/fire/hold"), data={"version": "1"})
    assert answer.status_code == 409
    assert f'href="{at(review, "/attendants/new")}"' in answer.text


@pytest.mark.parametrize("part", ["unit_head", "auditor", "staff", "records", "inspector", "overseer"])
def test_others_do_not_write(visit: Visit, meeting: Meeting, part: str) -> None:
    review = meeting.created()
    client = visit(part)
    for rest in (
        "/inputs/b",
        "/minutes",
        "/outputs/new",
        "/attendants/new",
        "/attendants/usual",
        "/fire/hold",
    ):
        sent = {"text": "x", "kind": "change", "version": "1"}
        assert client.post(at(review, rest), data=sent).status_code == 403, rest
    assert f'href="{at(review, "/inputs/b")}"' not in client.get(at(review)).text
    assert service.written(review) == {}


def test_a_stranger_finds_nothing_under_either_organisation(visit: Visit, meeting: Meeting) -> None:
    review = meeting.held()
    client = visit("stranger")
    for org in (OURS, THEIRS):
        for rest in ("", "/inputs/b", "/minutes", "/documents/review-minutes", "/edit"):
            assert client.get(at(review, rest, org)).status_code == 404, (org, rest)
    assert review.record.title not in client.get(f"/{THEIRS}/reviews").text


def test_attendance_and_conclusions_go_through_their_forms(visit: Visit, meeting: Meeting) -> None:
    review = meeting.created()
    client = visit("coordinator")
    assert client.post(at(review, "/attendants/usual")).status_code == 303
    rows = service.attendants(review)
    present = {f"p{row.id}": "present" for row in rows}
    assert client.post(at(review, "/attendance"), data=present | {"version": "99"}).status_code == 303
    assert {row.presence for row in service.attendants(review)} == {"present"}
    guest = {"person": "", "name": "Đại diện UBND", "position": "", "presence": "absent"}
    assert client.post(at(review, "/attendants/new"), data=guest).status_code == 303
    conclusion = {
        "kind": "resource",
        "text": "Mua máy quét",
        "owner": str(rows[0].person_id),
        "due": "2024-06-30",
    }
    assert client.post(at(review, "/outputs/new"), data=conclusion).status_code == 303
    (output,) = service.outputs(review)
    assert client.get(at(review, f"/outputs/{output.id}")).status_code == 200
    gone = client.post(at(review, f"/outputs/{output.id}/withdraw"), data={"version": str(output.as_of)})
    assert gone.status_code == 303
    assert service.outputs(review) == []


def test_a_form_that_is_not_filled_in_keeps_what_was_typed(visit: Visit, meeting: Meeting) -> None:
    review = meeting.created()
    answer = visit("coordinator").post(
        at(review, "/outputs/new"), data={"kind": "change", "due": "31/02/2024"}
    )
    assert answer.status_code == 422
    assert 'href="#text"' in answer.text
    assert service.outputs(review) == []


@pytest.mark.parametrize("rest", ["/inputs/zz", "/outputs/999", "/attendants/999", "/outputs/x", "/nothing"])
def test_what_is_not_there_is_not_found(visit: Visit, meeting: Meeting, rest: str) -> None:
    assert visit("coordinator").get(at(meeting.created(), rest)).status_code == 404


def test_a_held_review_offers_no_form_and_refuses_a_direct_post(visit: Visit, meeting: Meeting) -> None:
    review = meeting.held()
    client = visit("coordinator")
    page = client.get(at(review)).text
    for rest in ("/inputs/b", "/outputs/new", "/edit", "/attendance"):
        assert f'href="{at(review, rest)}"' not in page
        refused = client.get(at(review, rest))
        assert (rest, refused.status_code, "<h1>Không thực hiện được" in refused.text) == (rest, 409, True)
    answer = client.post(at(review, "/inputs/b"), data={"text": "sau cuộc họp", "version": "99"})
    assert answer.status_code == 409
    assert "sau cuộc họp" in answer.text  # what was typed is not lost
    assert service.written(review)["b"].text == ""
    assert f'href="/{OURS}/actions/AC-2024-001"' in page


def test_a_figure_that_was_corrected_after_the_meeting_shows_both_values(
    visit: Visit, meeting: Meeting
) -> None:
    meeting.measured(1534)
    review = meeting.held(period="2024-Q1")
    client = visit("leader")
    assert 'id="drift"' not in client.get(at(review)).text
    meeting.measured(1546)
    page = client.get(at(review)).text
    assert 'id="drift"' in page
    assert "29,86% (1.534 / 5.138)" in page
    assert "30,09% (1.546 / 5.138)" in page
    assert page.count('<details class="fold" open>') >= 1  # figures are folded where none has changed
    drift = page[page.index('id="drift"') : page.index('id="inputs"')]
    assert drift.count("30,09% (1.546 / 5.138)") == 1  # once, though it stands in several inputs


def test_the_page_speaks_english_too(visit: Visit, meeting: Meeting) -> None:
    meeting.measured(1534)
    review = meeting.held(period="2024-Q1")
    client = visit("leader")
    client.get("/language/en?next=/healthz")
    page = client.get(at(review)).text
    assert "Opportunities for improvement" in page
    assert "29.86%" in page


def test_the_list_page_asks_the_database_the_same_number_of_times_however_many_reviews(
    visit: Visit, meeting: Meeting
) -> None:
    client = visit("leader")

    meeting.created()
    few = queries(lambda: client.get(f"/{OURS}/reviews"))
    for _number in range(20):
        meeting.created()
    assert queries(lambda: client.get(f"/{OURS}/reviews")) <= few


# ---------------------------------------------------------------- the minutes as PDF


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice is there, and quick."""
    monkeypatch.setattr(pdf, "to_pdf", lambda _document, **_options: b"%PDF-1.7\n")
    monkeypatch.setattr(pdf, "available", lambda: True)


PDF = "/documents/review-minutes/pdf"


@pytest.mark.parametrize("part", READERS)
def test_everybody_inside_asks_for_the_pdf_and_downloads_it(
    visit: Visit, meeting: Meeting, press: None, part: str
) -> None:
    review = meeting.created()
    client = visit(part)
    assert client.get(at(review, PDF)).status_code == 404
    page = client.get(at(review)).text
    assert "Lập PDF" in page
    assert at(review, "/documents/review-minutes") in page
    assert client.post(at(review, PDF)).location == at(review)
    page = client.get(at(review)).text
    assert "PDF đang được lập" in page
    assert "Lập PDF" not in page
    while printing.make_next():
        pass
    assert re.search(r"PDF lập lúc 15/04/2024 \d\d:\d\d", client.get(at(review)).text)
    with client.get(at(review, PDF)) as answer:
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"%PDF-1.7\n", "application/pdf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=bien-ban-hop-MR-2024-001.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_stranger_neither_asks_for_a_pdf_nor_downloads_one(
    visit: Visit, meeting: Meeting, press: None
) -> None:
    review = meeting.held()
    while printing.make_next():
        pass
    client = visit("stranger")
    for org in (OURS, THEIRS):
        assert client.get(at(review, PDF, org)).status_code == 404
        assert client.post(at(review, PDF, org)).status_code == 404
    assert visit("admin").get(at(review, PDF)).status_code == 403


def test_a_pdf_of_an_older_version_is_named_and_can_be_made_anew(
    visit: Visit, meeting: Meeting, press: None
) -> None:
    review = meeting.held()
    printing.make_next()
    client = visit("coordinator")
    assert "Lập lại PDF" not in client.get(at(review)).text
    sent = {"discussion": "Đã bàn", "version": str(review.record.version)}
    assert client.post(at(review, "/minutes"), data=sent).status_code == 303
    page = client.get(at(review)).text
    old = review.record.version
    assert f"PDF theo phiên bản {old}, hồ sơ hiện ở phiên bản {old + 1}" in page
    assert "Lập lại PDF" in page
    with client.get(at(review, PDF)) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("part", ["inspector", "overseer"])
def test_who_only_reads_asks_for_a_pdf_only_of_a_version_that_has_none(
    visit: Visit, meeting: Meeting, press: None, part: str
) -> None:
    review = meeting.held()
    printing.make_next()
    meeting.created()  # something else changes: who works here may have the PDF made anew
    assert "Lập lại PDF" in visit("staff").get(at(review)).text
    assert "Lập lại PDF" not in visit(part).get(at(review)).text
    assert visit(part).post(at(review, PDF)).status_code == 409
    Job.update(version=review.record.version - 1).execute()
    assert "Lập lại PDF" in visit(part).get(at(review)).text
    assert visit(part).post(at(review, PDF)).status_code == 303


def test_a_failure_says_why_and_offers_another_try(
    visit: Visit, meeting: Meeting, press: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_document: bytes, **_options: object) -> bytes:
        raise pdf.PdfError(_("LibreOffice took longer than %(n)s seconds.", n=120))

    monkeypatch.setattr(pdf, "to_pdf", broken)
    review = meeting.held()
    Job.update(tries=printing.MAX_TRIES - 1).execute()
    printing.make_next()
    page = visit("leader").get(at(review)).text
    assert "chưa có PDF: LibreOffice xử lý quá 120 giây" in page
    assert "Lập PDF" in page
    assert visit("leader").post(at(review, PDF)).status_code == 303
    assert Job.get().waits


def test_where_no_pdf_can_be_made_the_page_says_so_and_nobody_can_ask(
    visit: Visit, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    review = meeting.created()
    page = visit("leader").get(at(review)).text
    assert "chưa cài LibreOffice" in page
    assert "Lập PDF" not in page
    assert visit("leader").post(at(review, PDF)).status_code == 409
    assert Job.select().count() == 0


def test_the_pdf_comes_in_either_language_and_no_other(visit: Visit, meeting: Meeting, press: None) -> None:
    review = meeting.created()
    client = visit("leader")
    assert "tiếng Anh</button>" not in client.get(at(review)).text
    client.get("/language/en?next=/healthz")
    assert "Make the PDF in English</button>" in client.get(at(review)).text
    assert client.post(at(review, f"{PDF}?locale=en")).status_code == 303
    assert Job.get().locale == "en"
    for method in (client.get, client.post):
        assert method(at(review, f"{PDF}?locale=zz")).status_code == 400
