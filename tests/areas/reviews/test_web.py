"""The pages of reviews, as each role of the cast opens them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.areas.reviews import service
from qms.areas.reviews.models import Review
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
    assert client.post(at(review, "/attendance"), data=present).status_code == 303
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
    assert client.post(at(review, f"/outputs/{output.id}/withdraw")).status_code == 303
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
    answer = client.post(at(review, "/inputs/b"), data={"text": "sau cuộc họp"})
    assert answer.status_code == 409
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
