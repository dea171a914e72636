"""Ticked rows of a list: saved as a file, printed, handed over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.rules import EDIT
from qms.kernel.errors import NotFound
from qms.kernel.leaving import hand_over_chosen
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry
from qms.web import listing
from tests.cast import OURS, Cast

HOME = f"/{OURS}/actions"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def codes(cast: Cast) -> list[str]:
    """Three actions of the staff's."""
    values = {"sort": "corrective", "owner": cast.person("staff").id, "due": date(2024, 5, 1)}
    made = [
        actions.open_action(cast.actor("coordinator"), {"title": f"Việc {n}", **values}) for n in range(3)
    ]
    return [str(row.record.code) for row in made]


def asked(codes: list[str]) -> str:
    return "&".join(f"code={code}" for code in codes)


def owners(codes: list[str]) -> list[int]:
    return [Record.get(Record.code == code).owner_id for code in codes]


def test_each_row_of_a_list_can_be_ticked_without_javascript(visit: Visit, codes: list[str]) -> None:
    page = visit("coordinator").get(HOME).text
    for code in codes:
        assert f'form="bulk" name="code" value="{code}"' in page
    assert f'formaction="{HOME}.xlsx"' in page
    assert f'formaction="{HOME}/hand-over"' in page
    assert f"{HOME}/hand-over" not in visit("staff").get(HOME).text  # they change no record of others


def test_only_the_ticked_rows_are_saved_and_printed(visit: Visit, codes: list[str]) -> None:
    browser = visit("staff")
    for page in (f"{HOME}.csv", f"{HOME}/print"):
        text = browser.get(f"{page}?{asked(codes[:2])}").text
        assert codes[0] in text
        assert codes[1] in text
        assert codes[2] not in text
        assert codes[2] in browser.get(page).text


def test_a_page_for_paper_that_does_not_hold_every_row_says_so(
    visit: Visit, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Chỉ có 2 dòng đầu"
    assert said not in visit("staff").get(f"{HOME}/print").text
    monkeypatch.setattr(listing, "PRINTED", 2)
    text = visit("staff").get(f"{HOME}/print").text
    assert said in text
    assert [code for code in codes if code in text] == codes[:2]


def test_ticked_records_are_handed_over_with_one_entry_each(
    visit: Visit, cast: Cast, codes: list[str]
) -> None:
    browser, to = visit("coordinator"), cast.person("colleague").id
    form = browser.get(f"{HOME}/hand-over?{asked(codes[:2])}")
    assert "Việc 0" in form.text
    answer = browser.post(f"{HOME}/hand-over?{asked(codes[:2])}", data={"to": to, "reason": "nghỉ thai sản"})
    assert answer.status_code == 303
    assert owners(codes) == [to, to, cast.person("staff").id]
    told = [json.loads(body) for (body,) in TrailEntry.select(TrailEntry.body).where(
        TrailEntry.tag == "action.hand_over").tuples()]  # fmt: skip
    assert [entry["what"] for entry in told] == codes[:2]
    assert {entry["reason"] for entry in told} == {"nghỉ thai sản"}
    assert "đã bàn giao" in browser.get(f"{HOME}/{codes[0]}").text


def test_what_has_ended_is_named_and_nothing_is_handed_over(
    visit: Visit, cast: Cast, codes: list[str]
) -> None:
    actions.fire(cast.actor("coordinator"), codes[1], "void", reason="trùng")
    answer = visit("coordinator").post(
        f"{HOME}/hand-over?{asked(codes)}", data={"to": cast.person("colleague").id, "reason": "x"}
    )
    assert answer.status_code == 409
    assert f"{codes[1]} đã kết thúc" in answer.text
    assert set(owners(codes)) == {cast.person("staff").id}


def test_who_answers_for_them_already_is_told_so(visit: Visit, cast: Cast, codes: list[str]) -> None:
    data = {"to": cast.person("staff").id, "reason": "x"}
    answer = visit("coordinator").post(f"{HOME}/hand-over?{asked(codes)}", data=data)
    assert answer.status_code == 409
    assert "đã do người này phụ trách" in answer.text


@pytest.mark.parametrize(("values", "said"), [({"reason": "x"}, "to"), ({"to": "colleague"}, "reason")])
def test_a_new_owner_and_a_reason_are_needed(
    visit: Visit, cast: Cast, codes: list[str], values: dict[str, str], said: str
) -> None:
    data = {k: cast.person(v).id if k == "to" else v for k, v in values.items()}
    answer = visit("coordinator").post(f"{HOME}/hand-over?{asked(codes)}", data=data)
    assert answer.status_code == 422
    assert f'id="{said}-error"' in answer.text
    assert set(owners(codes)) == {cast.person("staff").id}


def test_nobody_hands_over_without_the_right_nor_what_is_not_the_organisations(
    visit: Visit, cast: Cast, codes: list[str]
) -> None:
    data = {"to": cast.person("colleague").id, "reason": "x"}
    refused = visit("colleague").post(f"{HOME}/hand-over?{asked(codes)}", data=data)
    assert refused.status_code == 409
    assert f"{codes[2]}: không có quyền sửa" in refused.text
    assert visit("stranger").post(f"{HOME}/hand-over?{asked(codes)}", data=data).status_code == 404
    theirs = visit("stranger").post(f"/their-agency/actions/hand-over?{asked(codes)}", data=data)
    assert theirs.location == "/their-agency/actions"  # there no row is ticked
    assert (
        visit("coordinator").get(f"{HOME}/print?{asked([f'X-{n}' for n in range(501)])}").status_code == 400
    )
    assert set(owners(codes)) == {cast.person("staff").id}


def test_with_no_row_ticked_the_list_comes_back_as_it_was_narrowed_and_says_what_to_do(
    visit: Visit, codes: list[str]
) -> None:
    browser = visit("coordinator")
    answer = browser.get(f"{HOME}/hand-over?state=open&unit=")
    assert (answer.status_code, answer.location) == (303, f"{HOME}?state=open&unit=")
    page = browser.get(answer.location).text
    assert "Chưa đánh dấu dòng nào" in page
    assert codes[0] in page


def test_a_code_that_is_not_the_organisations_hands_nothing_over_whoever_asks(
    cast: Cast, codes: list[str]
) -> None:
    with pytest.raises(NotFound, match="AC-1999-001"):
        hand_over_chosen(
            cast.actor("coordinator"),
            Action,
            [*codes, "AC-1999-001"],
            to=cast.person("colleague").id,
            permission=EDIT,
            reason="x",
        )
    assert set(owners(codes)) == {cast.person("staff").id}
