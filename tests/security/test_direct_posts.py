"""What the pages forbid is refused to a request that was written by hand as well."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.kernel import files
from qms.kernel.errors import Forbidden
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]


def test_a_change_without_the_version_it_was_made_on_overwrites_nothing(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    values = {"title": "Số hóa", "sort": "corrective", "owner": cast.person("staff").id, "due": "2024-06-01"}
    made = client.post(f"/{OURS}/actions/new", data=values).location
    for version in ({}, {"version": ""}, {"version": "x"}, {"version": "9" * 5000}):
        answer = client.post(f"{made}/edit", data=values | {"title": "của tôi"} | version)
        assert answer.status_code == 400
    assert Action.by_code(cast.ours.id, made.rpartition("/")[2]).record.title == "Số hóa"


def test_the_proof_of_what_is_done_is_not_taken_away_by_whoever_did_it(cast: Cast, tmp_path: Path) -> None:
    files.configure(tmp_path)
    staff, coordinator = cast.actor("staff"), cast.actor("coordinator")
    values = {"title": "Số hóa", "sort": "corrective", "owner": staff.person_id, "due": date(2024, 6, 1)}
    action = actions.open_action(coordinator, values)
    proof = files.attach(staff, action.record, files.store(io.BytesIO(b"%PDF-1.7\n"), "a.pdf"))
    actions.fire(staff, action.record.code, "finish")
    actions.fire(coordinator, action.record.code, "verify")
    with pytest.raises(Forbidden):
        files.withdraw(staff, proof.id, "nhầm")
    assert files.withdraw(coordinator, proof.id, "nhầm").withdrawn_at is not None


@pytest.mark.parametrize("body", [[1], {"title": 5}, {"title": {"a": 1}}, "x"])
def test_a_page_takes_no_json_of_whatever_shape(visit: Visit, body: object) -> None:
    assert visit("coordinator").post(f"/{OURS}/actions/new", json=body).status_code == 415
    assert Action.select().count() == 0


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31"])
def test_a_day_that_has_no_neighbour_to_count_from_is_named_at_its_field(
    visit: Visit, cast: Cast, day: str
) -> None:
    values = {"title": "x", "sort": "corrective", "owner": cast.person("staff").id, "due": day}
    assert visit("coordinator").post(f"/{OURS}/actions/new", data=values).status_code == 422
