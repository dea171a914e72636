"""What the pages forbid is refused to a request that was written by hand as well."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from qms.areas.actions.models import Action
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
