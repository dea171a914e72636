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
