"""The pages of documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.areas.documents.test_service import document, drafted, issued
from tests.cast import Cast

HOME = "/our-agency/documents"
Visit = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_list_and_record(visit: Visit, cast: Cast, part: str) -> None:
    issued(cast)
    browser = visit(part)
    assert "QT-01" in browser.get(HOME).text
    assert "15/01/2024" in browser.get(f"{HOME}/QT-01").text


def test_another_organisation_finds_nothing(visit: Visit, cast: Cast) -> None:
    drafted(cast)
    browser = visit("stranger")
    for path in ("", "/QT-01", "/QT-01/edit", "/new", ".csv"):
        assert browser.get(HOME + path).status_code == 404, path
    assert browser.get("/their-agency/documents/QT-01").status_code == 404


def test_the_coordinator_records_one_and_the_leader_issues_it(visit: Visit, cast: Cast) -> None:
    sent = {k: "" if v is None else str(v) for k, v in document(cast).items()}
    answer = visit("coordinator").post(f"{HOME}/new", data=sent, follow_redirects=True)
    assert answer.request.path == f"{HOME}/QT-01"
    assert visit("staff").post(f"{HOME}/QT-01/fire/issue").status_code == 403
    assert visit("leader").post(f"{HOME}/QT-01/fire/issue").status_code == 303
    assert visit("coordinator").get(f"{HOME}/QT-01/edit").status_code == 409  # only a draft is changed
    assert visit("coordinator").post(f"{HOME}/QT-01/edit", data=sent | {"version": "2"}).status_code == 409


def test_a_code_that_is_taken_is_refused_as_a_page(visit: Visit, cast: Cast) -> None:
    drafted(cast)
    sent = {k: "" if v is None else str(v) for k, v in document(cast).items()}
    answer = visit("coordinator").post(f"{HOME}/new", data=sent)
    assert answer.status_code == 409
    assert "QT-01" in answer.text


def test_the_register_shows_what_was_in_force_on_a_day(visit: Visit, cast: Cast) -> None:
    issued(cast)
    browser = visit("staff")
    assert "QT-01" in browser.get(f"{HOME}?day=2024-01-15").text
    assert "/QT-01" not in browser.get(f"{HOME}?day=2024-01-14").text
    assert browser.get(f"{HOME}?day=soon").status_code == 400


def test_the_author_of_a_new_one_is_who_records_it_and_cannot_approve_it_by_post(
    visit: Visit, cast: Cast
) -> None:
    page = visit("coordinator").get(f"{HOME}/new").text
    assert f'<option selected value="{cast.person("coordinator").id}">' in page
    drafted(cast, owner=cast.person("leader").id)
    sent = {"title": "Của tôi", "issue_number": "01", "author": str(cast.person("colleague").id),
            "owner": str(cast.person("leader").id), "valid_from": "2024-01-15", "version": "1"}  # fmt: skip
    leader = visit("leader")
    assert leader.post(f"{HOME}/QT-01/edit", data=sent).status_code == 303
    answer = leader.post(f"{HOME}/QT-01/fire/issue", data={"version": "2"})
    assert answer.status_code == 409
    assert "không được phê duyệt" in answer.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_drawn_in_both_languages(visit: Visit, cast: Cast, language: str) -> None:
    drafted(cast)
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    for path in ("", "/new", "/QT-01", "/QT-01/edit", ".csv", ".xlsx", "?q=kiem soat"):
        assert browser.get(HOME + path).status_code == 200, path
