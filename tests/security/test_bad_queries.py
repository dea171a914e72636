"""Values in addresses that no page gives out: each is named with a 400, none breaks or is passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel import files
from tests.areas.reviews.meeting import Meeting
from tests.areas.statements.samples import bring
from tests.cast import OURS, Cast
from tests.security.test_addresses import HUGE

Visit = Callable[..., FlaskClient]
BAD = ("zz", HUGE, "-1", "2024-13", "9999-99-99", "' OR 1=1", "{{7*7}}", "x" * 3000, "２０２４")
LISTS = ("state", "owner", "unit", "due", "sort", "after")
# page -> the parameters that it reads and whose values are not free text
READ = {
    "": ("year",),
    "calendar": ("month", "whose"),
    "trail": ("since", "until", "before"),
    "notifications": ("before",),
    "search": ("kind",),
    "nonconformities/proposals": ("period",),
    "objectives/new": ("kpi", "period"),
    "kpis/on_time": ("period",),
    **{f"{area}{kind}": LISTS for area in ("actions", "documents", "objectives", "nonconformities", "kpis",
                                           "statements", "reviews") for kind in ("", ".csv")},
}  # fmt: skip


@pytest.fixture
def with_figures(cast: Cast, tmp_path: Path) -> None:
    files.configure(tmp_path / "files")
    bring(cast.actor("coordinator"), "kien-giang-2023")


@pytest.mark.parametrize("page", READ)
def test_a_value_that_a_page_cannot_read_is_named(visit: Visit, with_figures: None, page: str) -> None:
    client = visit("coordinator")
    assert client.get(f"/{OURS}/{page}").status_code == 200
    for name in READ[page]:
        for value in BAD:
            answer = client.get(f"/{OURS}/{page}", query_string={name: value})
            assert answer.status_code in (400, 404), (name, value)


def test_no_page_breaks_on_any_parameter_of_another(app: Flask, visit: Visit, with_figures: None) -> None:
    client = visit("coordinator")
    names = {name for page in READ.values() for name in page} | {"q", "record", "serves", "source", "locale"}
    pages = [
        str(rule).replace("<org>", OURS)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.arguments <= {"org"}
    ]
    assert len(pages) > 30
    for page in pages:
        for value in BAD[:5]:
            answer = client.get(page, query_string=dict.fromkeys(names, value))
            assert answer.status_code < 500, (page, value)


def test_a_document_in_a_language_that_there_is_not_is_refused(visit: Visit, cast: Cast) -> None:
    code = Meeting(cast).created().record.code
    path = f"/{OURS}/reviews/{code}/documents/review-minutes"
    assert visit("coordinator").get(path, query_string={"locale": "en"}).status_code == 200
    for value in BAD:
        assert visit("coordinator").get(path, query_string={"locale": value}).status_code == 400
