"""The pages of actions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.areas.actions.models import Action
from tests.areas.actions.test_service import opened
from tests.areas.nonconformities.story import Story
from tests.cast import Cast
from tests.queries import queries

HOME = "/our-agency/actions"
Visit = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_list_and_record(visit: Visit, cast: Cast, part: str) -> None:
    code = opened(cast)
    browser = visit(part)
    assert code in browser.get(HOME).text
    assert browser.get(f"{HOME}/{code}").status_code == 200


def test_another_organisation_finds_nothing(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    browser = visit("stranger")
    for path in ("", f"/{code}", f"/{code}/edit", "/new", ".csv"):
        assert browser.get(HOME + path).status_code == 404, path
    assert browser.get(f"/their-agency/actions/{code}").status_code == 404
    assert browser.get(f"/their-agency/actions/new?serves=actions/{code}").status_code == 404


def test_an_action_begun_from_a_record_is_tied_to_it(visit: Visit, cast: Cast) -> None:
    code, area = Story(cast).opened().record.code, "nonconformities"
    browser = visit("coordinator")
    assert f'value="{area}/{code}"' in browser.get(f"{HOME}/new?serves={area}/{code}").text
    sent = {"title": "Việc tiếp", "sort": "improvement", "owner": cast.person("staff").id, "due": "2024-06-01",
            "serves": f"{area}/{code}"}  # fmt: skip
    answer = browser.post(f"{HOME}/new", data=sent, follow_redirects=True)
    assert answer.request.path == f"{HOME}/AC-2024-001"
    assert f'href="/our-agency/{area}/{code}"' in answer.text


def test_an_action_for_another_action_is_no_form(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    assert visit("coordinator").get(f"{HOME}/new?serves=actions/{code}").status_code == 409


def test_a_later_due_date_without_a_reason_is_refused_as_a_page(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    sent = {
        "title": "Quét",
        "sort": "corrective",
        "owner": cast.person("staff").id,
        "due": "2024-12-01",
        "version": 1,
    }
    browser = visit("coordinator")
    answer = browser.post(f"{HOME}/{code}/edit", data=sent)
    assert answer.status_code == 409
    assert 'href="#reason"' in answer.text
    saved = browser.post(f"{HOME}/{code}/edit", data=sent | {"reason": "chờ kinh phí"}, follow_redirects=True)
    assert saved.status_code == 200
    assert "31/05/2024" in saved.text
    assert "chờ kinh phí" in saved.text


def test_the_owner_reports_it_done_with_its_proof(visit: Visit, cast: Cast) -> None:
    code = opened(cast)
    assert visit("colleague").post(f"{HOME}/{code}/fire/finish", data={"proof": "x"}).status_code == 403
    assert visit("staff").post(f"{HOME}/{code}/fire/finish").status_code == 409
    assert visit("staff").post(f"{HOME}/{code}/fire/finish", data={"proof": "QĐ 12"}).status_code == 303
    assert Action.get().record.state == "done"


@pytest.mark.parametrize("query", ["sort_of=wish", "state=zzz", "due=soon"])
def test_a_filter_value_that_cannot_be_read_is_named(visit: Visit, query: str) -> None:
    answer = visit("leader").get(f"{HOME}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[2] in answer.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_drawn_in_both_languages(visit: Visit, cast: Cast, language: str) -> None:
    code = opened(cast)
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    for path in ("", "/new", f"/{code}", f"/{code}/edit", ".csv", ".xlsx"):
        assert browser.get(HOME + path).status_code == 200, path


def test_the_list_asks_the_database_the_same_number_of_times_however_many_actions(
    visit: Visit, cast: Cast
) -> None:
    browser = visit("coordinator")
    opened(cast)
    few = queries(lambda: browser.get(HOME))
    for _number in range(10):
        opened(cast)
    assert queries(lambda: browser.get(HOME)) <= few
