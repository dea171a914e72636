"""A form that a foreign site has sent: it is never carried out, not even from the page that keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]


@pytest.fixture
def _csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def _hidden(page: str) -> dict[str, str]:
    """The fields of the page's form that offers to go on."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.S) if 'name="again"' in f)
    return {n: unescape(v) for n, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


@pytest.mark.usefixtures("_csrf")
@pytest.mark.parametrize("part", [None, "coordinator"])
@pytest.mark.parametrize(
    "told", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_the_answer_to_a_form_of_another_site_sets_nothing_and_keeps_nothing(
    visit: Visit, part: str | None, told: dict[str, str]
) -> None:
    """A fresh session in the answer would sign the reader out of the one that the browser did not send."""
    answer = visit(part).post(
        f"/{OURS}/settings/units/new", data={"code": "EVIL", "name": "Evil"}, headers=told
    )
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert "Evil" not in answer.text
    assert not Unit.select().where(Unit.code == "EVIL").exists()


@pytest.mark.usefixtures("_csrf")
@pytest.mark.parametrize("told", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}])
def test_what_was_typed_into_our_own_form_is_kept_when_the_session_has_ended(
    visit: Visit, cast: Cast, told: dict[str, str]
) -> None:
    answer = visit().post(f"/{OURS}/settings/units/new", data={"code": "HTX", "name": "Hộ"}, headers=told)
    assert answer.status_code == 400
    assert "Set-Cookie" in answer.headers
    assert 'value="Hộ"' in answer.text


FOREIGN: dict[str, dict[str, str]] = {
    f"/{OURS}/settings/people/new": {
        "email": "evil@evil.example", "name": "Evil", "locale": "en", "role": "leader", "valid_from": "2024-04-15",
    },
    f"/{OURS}/settings/units/new": {"code": "EVIL", "name": "Evil", "valid_from": "2024-04-15"},
    "/account/edit": {"name": "Evil", "locale": "en"},
    "/admin/people/new": {"email": "evil@evil.example", "name": "Evil", "role": "admin", "valid_from": "2024-04-15"},
}  # fmt: skip


@pytest.mark.usefixtures("_csrf")
@pytest.mark.parametrize("path", FOREIGN)
def test_going_on_from_the_page_that_kept_a_foreign_form_only_shows_it(
    app: Flask, visit: Visit, cast: Cast, path: str
) -> None:
    client = visit("admin" if path.startswith("/admin") else "coordinator")
    kept = client.post(path, data=FOREIGN[path])
    assert kept.status_code == 400
    shown = client.post(path, data=_hidden(kept.text))
    assert shown.status_code == 200
    assert "Evil" in shown.text
    assert not Person.select().where((Person.email == "evil@evil.example") | (Person.name == "Evil")).exists()
    assert not Unit.select().where(Unit.code == "EVIL").exists()
