"""What people type stays text wherever the history is told: it can break no page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]


@pytest.mark.parametrize("typed", ["abcd-ef-gh", "2024-13-45", "0000-00-00"])
def test_a_title_that_only_looks_like_a_day_breaks_neither_its_page_nor_the_log(
    visit: Visit, cast: Cast, typed: str
) -> None:
    client = visit("coordinator")
    values = {"title": "Số hóa", "sort": "corrective", "owner": cast.person("staff").id, "due": "2024-06-01"}
    made = client.post(f"/{OURS}/actions/new", data=values).location
    version = {"version": "1"}
    assert client.post(f"{made}/edit", data=values | version | {"title": typed}).status_code == 303
    assert typed in client.get(made).text
    assert typed in client.get(f"/{OURS}/trail").text
    assert client.get(f"/{OURS}/trail.csv").status_code == 200
