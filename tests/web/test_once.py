"""A form that comes twice: one record, and the way to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g, request
from flask.testing import FlaskClient

from qms.areas import load
from qms.areas.actions import service_serves
from qms.areas.actions.models import Action
from qms.areas.nonconformities import service_links
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.reviews.models import ReviewOutput
from qms.kernel import area
from qms.kernel.area import Proposal
from qms.kernel.calendar import Period
from qms.kernel.comments import Comment
from qms.kernel.links import Link
from qms.kernel.once import Posted
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.proposals import Decision
from qms.kernel.text import Message
from qms.kernel.trail import TrailEntry
from qms.web import forms
from tests.areas.actions.test_service import opened, read
from tests.areas.nonconformities.registers import OPEN, workbook
from tests.areas.nonconformities.story import Story
from tests.areas.reviews.meeting import Meeting
from tests.cast import Cast

HOME = "/our-agency/actions"
TOLD = "Biểu mẫu này được gửi hai lần"
Visit = Callable[..., FlaskClient]


def token_of(page: str) -> str:
    """The token of the form on a page."""
    return re.findall(r'name="once"[^>]* value="([^"]+)"', page)[0]


def filled(cast: Cast, **more: Any) -> dict[str, Any]:
    return {
        "title": "Quét",
        "sort": "corrective",
        "owner": cast.person("staff").id,
        "due": "2024-06-01",
    } | more


def test_a_new_record_that_is_sent_twice_is_made_once_and_shown(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    sent = filled(cast, once=token_of(browser.get(f"{HOME}/new").text))
    first = browser.post(f"{HOME}/new", data=sent)
    browser.get(first.location)
    second = browser.post(f"{HOME}/new", data=sent)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert first.status_code == 303
    assert TOLD in browser.get(second.location).text
    assert (
        Action.select().count() == TrailEntry.select().where(TrailEntry.tag == "action.create").count() == 1
    )


def test_a_form_opened_anew_makes_another_record_of_the_same_words(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    for _time in range(2):
        browser.post(f"{HOME}/new", data=filled(cast, once=token_of(browser.get(f"{HOME}/new").text)))
    assert Action.select().count() == 2


def test_what_was_typed_anew_on_the_page_one_went_back_to_is_not_lost(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    token = token_of(browser.get(f"{HOME}/new").text)
    for title in ("Quét", "Quét tiếp"):
        browser.post(f"{HOME}/new", data=filled(cast, once=token, title=title))
    assert {row.record.title for row in Action.of(cast.ours.id)} == {"Quét", "Quét tiếp"}


def test_a_form_that_is_shown_again_keeps_its_token(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    token = token_of(browser.get(f"{HOME}/new").text)
    again = browser.post(f"{HOME}/new", data=filled(cast, once=token, due="2020-01-01"))
    assert (again.status_code, token_of(again.text)) == (409, token)
    assert browser.post(f"{HOME}/new", data=filled(cast, once=token)).status_code == 303


def test_without_a_token_each_form_counts(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    for _time in range(2):
        assert browser.post(f"{HOME}/new", data=filled(cast)).status_code == 303
    assert (Action.select().count(), Posted.select().count()) == (2, 0)


def test_a_token_of_another_person_protects_nothing(visit: Visit, cast: Cast) -> None:
    sent = filled(cast, once="the same for both")
    assert {visit(part).post(f"{HOME}/new", data=sent).location for part in ("coordinator", "leader")} == {
        f"{HOME}/AC-2024-001",
        f"{HOME}/AC-2024-002",
    }


def test_a_step_that_is_sent_twice_leads_to_the_record_and_not_to_a_conflict(
    visit: Visit, cast: Cast
) -> None:
    code = opened(cast)
    browser, sent = visit("staff"), {"version": 1, "proof": "QĐ 12"}
    for _time in range(2):
        answer = browser.post(f"{HOME}/{code}/fire/finish", data=sent)
        assert (answer.status_code, answer.location) == (303, f"{HOME}/{code}")
    assert read(cast, code).record.version == 2
    assert browser.post(f"{HOME}/{code}/fire/finish", data=sent | {"proof": "QĐ 13"}).status_code == 409
    assert visit("coordinator").post(f"{HOME}/{code}/fire/finish", data=sent).status_code == 409


def test_a_change_that_is_sent_twice_is_saved_once(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    browser = visit("coordinator")
    page = browser.get(f"{HOME}/{code}/edit").text
    sent = filled(cast, title="Tên mới", due="2024-05-31", version=1, once=token_of(page))
    for _time in range(2):
        assert browser.post(f"{HOME}/{code}/edit", data=sent).status_code == 303
    assert read(cast, code).record.version == 2


def test_a_comment_that_is_sent_twice_stands_once(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    browser = visit("coordinator")
    sent = {"text": "đã xem", "once": token_of(browser.get(f"{HOME}/{code}").text)}
    for _time in range(2):
        assert browser.post(f"/our-agency/evidence/actions/{code}/comments", data=sent).status_code == 303
    assert Comment.select().count() == 1


def test_a_row_that_is_no_record_is_made_once_too(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    address = "/our-agency/settings/units/new"
    sent = {"code": "MOI", "name": "Phòng mới", "valid_from": "2024-04-15"}
    sent["once"] = token_of(browser.get(address).text)
    for _time in range(2):
        assert browser.post(address, data=sent).status_code == 303
    assert Unit.select().where(Unit.code == "MOI").count() == 1


def test_a_row_of_a_record_is_made_once(visit: Visit, cast: Cast) -> None:
    code = Meeting(cast).created().record.code
    browser, address = visit("coordinator"), f"/our-agency/reviews/{code}/outputs/new"
    sent = {"kind": "improvement", "text": "Số hóa", "once": token_of(browser.get(address).text)}
    first, second = (browser.post(address, data=sent) for _time in range(2))
    assert (first.status_code, second.location) == (303, first.location)
    assert ReviewOutput.select().count() == 1


def test_an_action_of_a_nonconformity_is_added_once(visit: Visit, cast: Cast) -> None:
    nc = Story(cast).analysed()
    browser, address = visit("unit_head"), f"/our-agency/nonconformities/{nc.record.code}/actions/new"
    sent = filled(cast, once=token_of(browser.get(address).text))
    first, second = (browser.post(address, data=sent) for _time in range(2))
    assert (first.status_code, second.location) == (303, first.location)
    assert Action.select().count() == 1


@pytest.fixture
def offered() -> Iterator[str]:
    """The address of the page on which one proposal of 2023 is decided on."""
    year = Period.parse("2023")

    def offer(_actor: Actor, period: Period) -> list[Proposal]:
        return (
            [Proposal("duty:x", Message("Chậm"), Message("quá hạn"), None, period)] if period == year else []
        )

    area.register([replace(a, proposals=offer if a.name == "documents" else None) for a in load()])
    yield "/our-agency/nonconformities/proposals"
    load()


def test_a_proposal_that_is_accepted_twice_leads_to_the_record_that_it_became(
    visit: Visit, cast: Cast, offered: str
) -> None:
    browser, address = visit("coordinator"), f"{offered}/accept?period=2023&key=duty:x"
    sent = {"title": "Chậm", "grade": "minor", "source_kind": "work", "happened_on": "2023-12-31", "edition": "2015",
            "period": "2023", "key": "duty:x", "once": token_of(browser.get(address).text)}  # fmt: skip
    first, second = (browser.post(address, data=sent) for _time in range(2))
    assert (first.status_code, first.location) == (303, "/our-agency/nonconformities/NC-2023-001")
    assert (second.status_code, second.location) == (first.status_code, first.location)
    assert TOLD in browser.get(second.location).text
    assert browser.post(address, data=sent | {"once": "another"}).status_code == 404


def test_a_proposal_that_is_declined_twice_is_declined_once(visit: Visit, cast: Cast, offered: str) -> None:
    browser = visit("coordinator")
    sent = {
        "period": "2023",
        "key": "duty:x",
        "reason": "đã làm",
        "once": token_of(browser.get(offered).text),
    }
    for _time in range(2):
        assert browser.post(f"{offered}/decline", data=sent).status_code == 303
    assert Decision.select().count() == 1


def test_taking_back_a_link_twice_takes_it_back_once(visit: Visit, cast: Cast) -> None:
    older, newer = (str(Story(cast).opened().record.code) for _one in range(2))
    number = service_links.tie(cast.actor("coordinator"), newer, "same_cause", older).id
    browser, page = visit("coordinator"), f"/our-agency/nonconformities/{older}/links"
    sent = {"reason": "nhầm mã", "once": token_of(browser.get(page).text)}
    for _time in range(2):
        answer = browser.post(f"{page}/{number}/end", data=sent)
        assert (answer.status_code, answer.location) == (303, page)
    assert TrailEntry.select().where(TrailEntry.tag == "link.end").count() == 1


def test_saying_twice_that_it_is_no_recurrence_is_kept_once(visit: Visit, cast: Cast) -> None:
    story = Story(cast)
    older, newer = (
        str(story.opened(happened_on=date(2024, 4, day), clauses="10.2").record.code) for day in (1, 15)
    )
    browser, page = visit("coordinator"), f"/our-agency/nonconformities/{newer}"
    form = browser.get(page).text.partition("/recurs/not")[2]
    sent = {"other": older, "reason": "nguyên nhân khác", "once": token_of(form)}
    for _time in range(2):
        answer = browser.post(f"{page}/recurs/not", data=sent)
        assert (answer.status_code, answer.location) == (303, page)
    assert Decision.select().count() == 1


def test_what_an_action_serves_is_taken_back_once(visit: Visit, cast: Cast) -> None:
    code, served = opened(cast), str(Story(cast).analysed().record.code)
    service_serves.add(cast.actor("coordinator"), code, served)
    browser, page = visit("coordinator"), f"{HOME}/{code}/serves"
    sent = {"reason": "nhầm", "once": token_of(browser.get(page).text)}
    for _time in range(2):
        answer = browser.post(f"{page}/{served}/end", data=sent)
        assert (answer.status_code, answer.location) == (303, page)
    assert Link.select().where(Link.stands()).count() == 0


def test_an_import_that_is_sent_twice_leads_to_the_list_that_it_filled(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    file = {"file": (BytesIO(workbook(OPEN)), "so.xlsx")}
    chosen = browser.post("/our-agency/nonconformities/import", data=file, content_type="multipart/form-data")
    page = browser.get(chosen.location).text
    sent = {"told": re.findall('name="told" value="([0-9a-f]{64})"', page)[0], "once": token_of(page)}
    first = browser.post(chosen.location, data=sent)
    browser.get(first.location)
    second = browser.post(chosen.location, data=sent)
    assert (first.status_code, first.location) == (303, "/our-agency/nonconformities")
    assert (second.status_code, second.location) == (first.status_code, first.location)
    assert TOLD in browser.get(second.location).text
    assert Nonconformity.select().count() == 1


def test_the_token_is_not_shown_among_what_was_typed_when_the_session_has_ended(
    visit: Visit, cast: Cast
) -> None:
    sent = {"text": "đã xem", "once": "a-token-of-a-form"}
    page = visit().post(f"/our-agency/evidence/actions/{opened(cast)}/comments", data=sent)
    assert (page.status_code, "đã xem" in page.text) == (400, True)
    assert "a-token-of-a-form" not in page.text


def test_another_file_makes_another_form_and_what_was_read_of_it_is_read_again(app: Flask) -> None:
    keys, contents = set(), (b"one", b"two")
    for content in (*contents, *contents):
        sent = {"once": "token", "file": (BytesIO(content), "a.pdf")}
        with app.test_request_context("/a", method="POST", data=sent):
            g.actor = SimpleNamespace(organisation_id=1)
            keys.add(forms._sent_key())
            with request.files["file"].stream as stream:
                assert stream.read() == content
    assert len(keys) == len(contents)
