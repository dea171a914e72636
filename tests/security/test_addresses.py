"""Addresses that somebody has forged: what they lead to, and what they never break."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.area import kinds
from qms.kernel.trail import change
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]
HUGE = "9" * 25


@pytest.mark.parametrize(
    "target",
    ["/\t/evil.example", "/\n/evil.example", "//evil.example", "/\\evil.example", "https://evil.example/",
     "\t//evil.example", "////evil.example", "javascript:alert(1)"],
)  # fmt: skip
def test_choosing_a_language_leads_to_no_other_site(visit: Visit, target: str) -> None:
    answer = visit().get("/language/en", query_string={"next": target})
    assert answer.status_code == 302
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\", "/\t"))
    assert "\t" not in answer.location


def test_choosing_a_language_leads_back_to_the_page(visit: Visit) -> None:
    answer = visit().get("/language/en", query_string={"next": "/login?next=/our-agency/"})
    assert answer.location == "/login?next=/our-agency/"


@pytest.mark.parametrize(
    "path",
    [f"/{OURS}/evidence/{HUGE}/x", f"/{OURS}/settings/units/{HUGE}", f"/{OURS}/settings/people/{HUGE}",
     f"/{OURS}/settings/people/1/roles/{HUGE}/end", f"/{OURS}/settings/deputies/{HUGE}/end"],
)  # fmt: skip
def test_a_number_that_no_row_can_have_names_nothing(visit: Visit, path: str) -> None:
    assert visit("coordinator").get(path).status_code == 404


def test_an_account_of_such_a_number_is_not_known(visit: Visit) -> None:
    assert visit("admin").get(f"/admin/people/{HUGE}").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [f"after=2024-01-01~{HUGE}", "after=2024-01-01", "after=2024-01-01~1~2", f"sort=code&after=1~1~x~{HUGE}",
     f"sort=title&after=x~{HUGE}", "sort=title&after=x~-1", f"unit={HUGE}", f"owner={HUGE}"],
)  # fmt: skip
def test_a_page_mark_that_nobody_was_given_is_named(visit: Visit, asked: str) -> None:
    assert visit("coordinator").get(f"/{OURS}/actions?{asked}").status_code == 400


@pytest.mark.parametrize("asked", ["until=9999-12-31", "since=0001-01-01", f"before={HUGE}"])
def test_a_day_beyond_all_calendars_is_named_in_the_log(visit: Visit, asked: str) -> None:
    assert visit("coordinator").get(f"/{OURS}/trail?{asked}").status_code == 400


def test_the_next_page_by_title_goes_on_after_a_title_that_holds_the_mark(
    app: Flask, visit: Visit, cast: Cast
) -> None:
    actor = cast.actor("coordinator")
    with change(actor):
        for number in range(52):
            kinds()["action"].new(
                actor, title=f"a~{number:03d}", happened_on=date(2024, 4, 1), sort="corrective"
            ).save()
    first = visit("coordinator").get(f"/{OURS}/actions?sort=title").text
    assert "after=a%7E049%7E" in first or "after=a~049~" in first
    assert visit("coordinator").get(f"/{OURS}/actions?sort=title&after=a~049~50").text.count("a~05") >= 2
