"""The pages of objectives, as each role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.areas.objectives.models import Objective
from tests.areas.objectives.test_service import approved, drafted, measure, ready, row
from tests.cast import Cast

HOME = "/our-agency/objectives"
Visit = Callable[..., FlaskClient]
__all__ = ["ready"]


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_list_and_record(ready: Cast, visit: Visit, part: str) -> None:
    code = approved(ready)
    browser = visit(part)
    assert code in browser.get(HOME).text
    assert browser.get(f"{HOME}/{code}").status_code == 200


def test_another_organisation_finds_nothing(ready: Cast, visit: Visit) -> None:
    code = drafted(ready)
    browser = visit("stranger")
    for path in ("", f"/{code}", f"/{code}/edit", "/new", ".csv"):
        assert browser.get(HOME + path).status_code == 404, path
    assert browser.get(f"/their-agency/objectives/{code}").status_code == 404


def test_a_missed_objective_shows_figure_gap_and_where_to_decide(ready: Cast, visit: Visit) -> None:
    code = approved(ready)
    measure(ready, "2023", 3)
    page = visit("leader").get(f"{HOME}/{code}").text
    assert "0,30%" in page
    assert "3 / 1.000" in page
    assert "không đạt chỉ tiêu" in page
    assert "nonconformities/proposals?period=2023" in page
    assert "không đạt chỉ tiêu" in visit("leader").get(HOME).text


def test_a_form_takes_the_target_in_the_readers_separators_and_keeps_a_bad_one(
    ready: Cast, visit: Visit
) -> None:
    browser = visit("coordinator")
    sent = {"title": "Trực tuyến", "kpi": "online", "period": "2024", "target": "30,5", "due": "2024-12-31"}
    assert browser.post(f"{HOME}/new", data=sent).status_code == 303
    assert str(Objective.get(Objective.kpi == "online").target) == "30.5"
    again = browser.post(f"{HOME}/new", data=sent | {"target": "ba mươi"})
    assert again.status_code == 422
    assert 'value="ba mươi"' in again.text


def test_lists_write_a_target_with_its_unit_and_files_the_plain_number(ready: Cast, visit: Visit) -> None:
    approved(ready)
    browser = visit("leader")
    for path in (HOME, f"{HOME}/print"):
        assert ">50%</td>" in browser.get(path).text
    assert "50%" not in browser.get(f"{HOME}.csv").text


def test_the_approval_is_a_post_and_its_obstacles_come_as_a_page(ready: Cast, visit: Visit) -> None:
    code = drafted(ready, plan="")
    answer = visit("leader").post(f"{HOME}/{code}/fire/approve")
    assert answer.status_code == 409
    assert "edit#plan" in answer.text
    assert visit("coordinator").post(f"{HOME}/{code}/fire/approve").status_code == 403
    assert row(ready, code).record.state == "draft"


def test_an_approved_one_offers_no_edit(ready: Cast, visit: Visit) -> None:
    code = drafted(ready)
    assert f"{code}/edit" in visit("coordinator").get(f"{HOME}/{code}").text
    other = approved(ready)
    assert f"{other}/edit" not in visit("coordinator").get(f"{HOME}/{other}").text


def test_the_list_is_narrowed_by_year_and_a_bad_one_is_named(ready: Cast, visit: Visit) -> None:
    here, there = approved(ready), drafted(ready, period="2024")
    browser = visit("staff")
    page = browser.get(f"{HOME}?year=2023").text
    assert here in page
    assert there not in page
    bad = browser.get(f"{HOME}?year=x")
    assert bad.status_code == 400
    assert "year" in bad.text


def test_home_shows_the_objectives_of_the_year(ready: Cast, visit: Visit) -> None:
    code = approved(ready)
    measure(ready, "2023", 3)
    page = visit("leader").get("/our-agency/?year=2023").text
    assert f'href="/our-agency/objectives/{code}"' in page
    assert "0,30%" in page
