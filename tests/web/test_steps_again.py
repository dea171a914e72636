"""A step that was sent and cannot be taken comes back as it was filled in: what was typed is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.cases import service as cases
from qms.areas.cases.rules import THROUGH
from qms.areas.nonconformities import service
from tests.areas.actions.test_service import opened
from tests.areas.cases.story import LETTER, late
from tests.areas.nonconformities.story import Story
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]
TEXT = "Nguyên nhân chưa tới tận gốc"
SENT = {
    "letter_on": "2024-04-12",
    "letter_through": "post",
    "letter_number": "77",
    "promised_on": "2024-04-10",
}


def opened_form(page: str, step: str) -> str:
    """The form of that step as it stands open on the page; fails where it is folded away."""
    found = re.search(
        rf'<details class="ask" open>.*?action="[^"]+/fire/{step}".*?</details>', page, re.DOTALL
    )
    assert found is not None
    return found[0]


def story_in_planned(cast: Cast) -> str:
    story = Story(cast)
    code = str(story.analysed().record.code)
    story.action(code)
    return str(service.fire(cast.actor("staff"), code, "plan").record.code)


def test_a_refused_step_shows_its_own_form_filled_in_with_each_reason_beside_its_field(
    visit: Visit, cast: Cast
) -> None:
    late(cast)
    answer = visit("records").post(f"/{OURS}/cases/LC-2024-001/fire/apologise", data=SENT | {"version": 1})
    assert answer.status_code == 409
    form = opened_form(answer.text, "apologise")
    assert 'value="2024-04-12"' in form
    assert 'value="77"' in form
    assert '<option value="post" selected>' in form
    assert 'value="2024-04-10"' in form
    assert 'id="apologise-promised_on-error"' in form
    assert 'name="version" value="1"' in form
    assert 'href="#apologise-promised_on"' in answer.text  # and no link that leads away from what was typed
    assert "edit#promised_on" not in answer.text


def test_it_is_sent_again_from_that_page_and_taken(visit: Visit, cast: Cast) -> None:
    late(cast)
    browser, address = visit("records"), f"/{OURS}/cases/LC-2024-001/fire/apologise"
    browser.post(address, data=SENT | {"version": 1})
    assert browser.post(address, data=SENT | {"version": 1, "promised_on": "2024-04-22"}).status_code == 303


def test_a_reason_of_blanks_brings_back_the_form_that_asks_for_it(visit: Visit, cast: Cast) -> None:
    code = story_in_planned(cast)
    address = f"/{OURS}/nonconformities/{code}/fire/return_plan"
    answer = visit("unit_head").post(address, data={"reason": "  "})
    assert answer.status_code == 409
    assert 'id="return_plan-reason-error"' in opened_form(answer.text, "return_plan")


def test_what_stands_in_the_way_elsewhere_is_linked_below_the_record(visit: Visit, cast: Cast) -> None:
    late(cast, cause="")
    sent = SENT | {"promised_on": "2024-04-22"}
    answer = visit("records").post(f"/{OURS}/cases/LC-2024-001/fire/apologise", data=sent)
    assert answer.status_code == 409
    assert f'href="/{OURS}/cases/LC-2024-001/edit#cause"' in answer.text
    assert "/fire/apologise/edit" not in answer.text
    assert 'value="77"' in opened_form(answer.text, "apologise")


def test_a_day_that_is_none_is_said_beside_its_field(visit: Visit, cast: Cast) -> None:
    late(cast)
    sent = SENT | {"letter_on": "0024-04-12"}
    answer = visit("records").post(f"/{OURS}/cases/LC-2024-001/fire/apologise", data=sent)
    assert answer.status_code == 400
    form = opened_form(answer.text, "apologise")
    assert 'id="apologise-letter_on-error"' in form
    assert 'value="77"' in form


def test_a_reason_is_never_cut_short_unseen(visit: Visit, cast: Cast) -> None:
    code, long = story_in_planned(cast), "vì " * 667 + "HẾT"
    address = f"/{OURS}/nonconformities/{code}/fire/return_plan"
    answer = visit("unit_head").post(address, data={"reason": long})
    assert answer.status_code == 400
    assert "tối đa 2.000 ký tự" in opened_form(answer.text, "return_plan")
    assert "HẾT" in answer.text
    assert visit("unit_head").post(address, data={"reason": long[:2000]}).status_code == 303


def test_after_a_lost_race_the_page_shows_the_newer_record_and_what_was_typed(
    visit: Visit, cast: Cast
) -> None:
    """The deputy approves the plan while the leader writes why it goes back: there is nothing to return any more."""
    code = story_in_planned(cast)
    version = service.Nonconformity.by_code(cast.ours.id, code).record.version
    service.fire(cast.actor("unit_head"), code, "approve_plan")
    address = f"/{OURS}/nonconformities/{code}/fire/return_plan"
    answer = visit("leader").post(address, data={"reason": TEXT, "version": version})
    assert answer.status_code == 409
    assert f"đã lưu {code} sau khi trang này được mở" in answer.text
    assert TEXT in answer.text
    assert 'aria-current="step"><span class="step-label">đang thực hiện' in answer.text


def test_where_the_step_is_still_there_its_form_holds_what_was_typed_and_the_newer_version(
    visit: Visit, cast: Cast
) -> None:
    code = story_in_planned(cast)
    before = service.Nonconformity.by_code(cast.ours.id, code).record.version
    service.edit(cast.actor("coordinator"), code, {"title": "Tên mới"}, before)
    browser, address = visit("unit_head"), f"/{OURS}/nonconformities/{code}/fire/return_plan"
    answer = browser.post(address, data={"reason": TEXT, "version": before})
    assert answer.status_code == 409
    form = opened_form(answer.text, "return_plan")
    assert TEXT in form
    assert f'name="version" value="{before + 1}"' in form
    assert browser.post(address, data={"reason": TEXT, "version": before + 1}).status_code == 303


def test_dates_and_choices_that_have_no_field_any_more_are_shown_by_their_names(
    visit: Visit, cast: Cast
) -> None:
    code = str(late(cast).record.code)
    cases.fire(cast.actor("coordinator"), code, "apologise", values=LETTER)
    sent = SENT | {"letter_on": "2024-04-11", "version": 1}
    answer = visit("records").post(f"/{OURS}/cases/{code}/fire/apologise", data=sent)
    assert answer.status_code == 409
    box = answer.text.partition('id="problems"')[2].partition("</article>")[0]
    typed = box.partition("Nội dung đã nhập")[2].partition("</dl>")[0]
    for shown in ("11/04/2024", str(THROUGH["post"]), "77", "10/04/2024"):
        assert shown in typed, shown


def test_a_step_that_asks_for_nothing_is_refused_as_a_page(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    answer = visit("staff").post(f"/{OURS}/actions/{code}/fire/finish")
    assert answer.status_code == 409
    assert "Không thực hiện được" in answer.text
    assert Action.get().record.state == "open"


@pytest.mark.parametrize("data", [{"reason": TEXT, "other": "NC-2019-001"}])
def test_the_page_of_any_other_refusal_repeats_what_was_typed(
    visit: Visit, cast: Cast, data: dict[str, str]
) -> None:
    code = Story(cast, happened_on=date(2024, 4, 15)).opened().record.code
    answer = visit("coordinator").post(f"/{OURS}/nonconformities/{code}/recurs/not", data=data)
    assert answer.status_code in (404, 409)
    assert TEXT in answer.text


def test_so_does_the_page_of_a_right_that_is_missing(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    answer = visit("colleague").post(f"/{OURS}/actions/{code}/fire/finish", data={"proof": TEXT})
    assert answer.status_code == 403
    assert TEXT in answer.text


@pytest.mark.parametrize("path", ["edit", "extend"])
def test_a_form_that_lost_a_race_can_be_opened_as_it_was_filled_in(
    visit: Visit, cast: Cast, path: str
) -> None:
    code = opened(cast)
    actions.edit(cast.actor("coordinator"), code, {"title": "Tên mới"}, 1)
    browser, address = visit("coordinator"), f"/{OURS}/actions/{code}/{path}"
    sent = {"title": "Quét", "sort": "corrective", "due": "2024-09-30", "reason": TEXT, "version": "1"}
    lost = browser.post(address, data=sent)
    assert lost.status_code == 409
    assert 'name="again" value="1"' in lost.text
    assert TEXT in browser.post(address, data=sent | {"again": "1"}).text


# ---------------------------------------------------------------- a form that changes nothing


def test_a_form_that_is_sent_unchanged_is_not_said_to_be_saved(visit: Visit, cast: Cast) -> None:
    code = str(Story(cast).opened(clauses="8.5.1").record.code)
    browser, address = visit("coordinator"), f"/{OURS}/nonconformities/{code}/edit"
    form = browser.get(address).text
    sent = filled_in(form)
    page = browser.post(address, data=sent, follow_redirects=True).text
    assert "Chưa có gì bị thay đổi." in page
    assert f"Đã lưu {code}" not in page
    sent = filled_in(browser.get(address).text) | {"clauses": "8.5.1, 7.5"}  # which is no column of its own
    assert f"Đã lưu {code}" in browser.post(address, data=sent, follow_redirects=True).text


def filled_in(page: str) -> dict[str, str]:
    """What a browser would send of the page's form as it stands."""
    read: Any = html.fromstring(page)
    (form,) = (one for one in read.forms if "sheet-form" in one.get("class", ""))
    return dict(form.form_values())
