"""The character U+0000, which PostgreSQL cannot keep, wherever somebody may send it: an answer, never a failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]
BROKEN = 500


@pytest.mark.parametrize("path", ["actions/A%00", "evidence/1/a%00", "kpis/a%00", "reviews/x%00/inputs/a"])
def test_in_a_code(visit: Visit, path: str) -> None:
    assert visit("coordinator").get(f"/{OURS}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["%00/", "a%00b/actions"])
def test_in_the_name_of_an_organisation(visit: Visit, path: str) -> None:
    assert visit("coordinator").get(f"/{path}").status_code == 404


@pytest.mark.parametrize(
    "asked",
    ["actions?q=%00", "actions?q=a%00b", "actions?sort=title&after=x%00~1", "actions?sort=code&after=1~1~a%00~1",
     "search?q=ab%00c", "trail?record=%00", "actions/new?serves=actions/%00",
     "nonconformities/new?source=actions/a%00", "documents?sort=title&after=%00~1", "objectives?year=20%002"],
)  # fmt: skip
def test_in_a_question(visit: Visit, asked: str) -> None:
    assert visit("coordinator").get(f"/{OURS}/{asked}").status_code < BROKEN


def test_in_the_search_of_the_administration(visit: Visit) -> None:
    assert visit("admin").get("/admin?q=a%00").status_code < BROKEN


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/login", {"email": "a\0@b", "password": "x\0y"}),
        ("/reset", {"email": "a\0@b"}),
    ],
)
def test_in_what_a_stranger_sends(app: Flask, visit: Visit, path: str, values: dict[str, str]) -> None:
    assert visit().post(path, data=values).status_code < BROKEN


def test_in_what_is_recorded(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    staff = cast.person("staff").id
    made = client.post(
        f"/{OURS}/actions/new",
        data={
            "title": "a\0b",
            "sort": "corrective",
            "owner": staff,
            "due": "2024-06-01",
            "description": "\0",
        },
    )
    assert made.status_code == 303
    code = made.location.rpartition("/")[2]
    assert client.post(f"/{OURS}/actions/{code}/fire/void", data={"reason": "a\0b"}).status_code == 303
    for path, values in (
        (f"evidence/actions/{code}/comments", {"text": "a\0b"}),
        (f"evidence/actions/{code}/comments", {"text": "\0"}),
        ("settings/units/new", {"code": "X\0", "name": "a\0", "valid_from": "2024-04-15"}),
        ("nonconformities/proposals/decline", {"period": "2024", "key": "a\0", "reason": "x"}),
    ):
        assert client.post(f"/{OURS}/{path}", data=values).status_code < BROKEN, path
    assert client.get(f"/{OURS}/actions/{code}").status_code == 200
