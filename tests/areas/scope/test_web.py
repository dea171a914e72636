"""The pages of the procedures in the scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.areas.scope.models import Procedure
from tests.areas.scope.test_service import CODE, added, procedure
from tests.cast import Cast

HOME = "/our-agency/scope"
Visit = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_list_and_record(visit: Visit, cast: Cast, part: str) -> None:
    added(cast)
    browser = visit(part)
    assert CODE in browser.get(HOME).text
    assert "Hộ tịch" in browser.get(f"{HOME}/{CODE}").text


def test_another_organisation_finds_nothing(visit: Visit, cast: Cast) -> None:
    added(cast)
    browser = visit("stranger")
    for path in ("", f"/{CODE}", f"/{CODE}/edit", "/new", ".csv"):
        assert browser.get(HOME + path).status_code == 404, path
    assert browser.get(f"/their-agency/scope/{CODE}").status_code == 404


def test_a_procedure_is_recorded_changed_and_taken_out(visit: Visit, cast: Cast) -> None:
    sent = {k: "" if v is None else str(v) for k, v in procedure(cast).items()}
    browser = visit("coordinator")
    answer = browser.post(f"{HOME}/new", data=sent, follow_redirects=True)
    assert answer.request.path == f"{HOME}/{CODE}"
    changed = browser.post(f"{HOME}/{CODE}/edit", data=sent | {"field": "Công chứng", "version": "1"})
    assert changed.status_code == 303
    assert visit("staff").post(f"{HOME}/{CODE}/fire/remove", data={"reason": "x"}).status_code == 403
    assert browser.post(f"{HOME}/{CODE}/fire/remove", data={"reason": "QĐ", "day": "x"}).status_code == 400
    assert (
        browser.post(f"{HOME}/{CODE}/fire/remove", data={"reason": "QĐ", "day": "2024-03-31"}).status_code
        == 303
    )
    assert (Procedure.get().field, Procedure.get().record.state) == ("Công chứng", "removed")


def test_the_list_shows_the_scope_of_a_day(visit: Visit, cast: Cast) -> None:
    added(cast)
    browser = visit("leader")
    assert f"{HOME}/{CODE}" in browser.get(f"{HOME}?day=2023-05-01").text
    assert f"{HOME}/{CODE}" not in browser.get(f"{HOME}?day=2022-05-01").text
    answer = browser.get(f"{HOME}?day=01-05-2023")
    assert answer.status_code == 400
    assert "01-05-2023" in answer.text


def test_a_forged_code_is_refused_as_a_page(visit: Visit, cast: Cast) -> None:
    sent = {k: "" if v is None else str(v) for k, v in procedure(cast, code="1/2").items()}
    assert visit("coordinator").post(f"{HOME}/new", data=sent).status_code == 409


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_drawn_in_both_languages(visit: Visit, cast: Cast, language: str) -> None:
    added(cast)
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    for path in ("", "/new", f"/{CODE}", f"/{CODE}/edit", ".csv", ".xlsx", "?q=ho tich"):
        assert browser.get(HOME + path).status_code == 200, path
