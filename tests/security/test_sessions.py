"""Signing in begins a session of its own, and signing out ends it for every copy of its cookie."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.people import Person
from tests.cast import Cast
from tests.web.signing import OTHER, PASSWORD, give_password, is_signed_in, sign_in

Visit = Callable[..., FlaskClient]


@pytest.fixture
def staff(cast: Cast, database: object) -> Person:
    """Somebody with a password."""
    return give_password(cast.person("staff"))


def cookie_of(client: FlaskClient) -> str:
    """What the browser holds for its session."""
    found = client.get_cookie("session")
    assert found is not None
    return found.value


def with_cookie(visit: Visit, cookie: str) -> FlaskClient:
    """Another browser with that cookie."""
    client = visit()
    client.set_cookie("session", cookie)
    return client


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_session_that_began_over_https_is_sent_over_https_only(visit: Visit, scheme: str) -> None:
    """Also where nobody set QMS_BASE_URL: a proxy that is trusted says how the browser came."""
    answer = visit().get("/login", base_url=f"{scheme}://localhost")
    assert ("Secure" in answer.headers["Set-Cookie"]) == (scheme == "https")


def test_a_copy_of_the_cookie_is_nobody_after_signing_out(visit: Visit, staff: Person) -> None:
    client = visit()
    sign_in(client, staff.email)
    copied = cookie_of(client)
    assert is_signed_in(with_cookie(visit, copied))
    assert client.post("/logout").status_code == 303
    assert not is_signed_in(with_cookie(visit, copied))
    assert not is_signed_in(client)


def test_signing_out_here_leaves_the_session_elsewhere(visit: Visit, staff: Person) -> None:
    here, elsewhere = visit(), visit()
    for client in (here, elsewhere):
        sign_in(client, staff.email)
    here.post("/logout")
    assert is_signed_in(elsewhere)
    sign_in(here, staff.email)
    assert is_signed_in(here)


def test_an_id_planted_before_signing_in_is_not_the_sessions(visit: Visit, staff: Person) -> None:
    client = visit()
    with client.session_transaction() as session:
        session["id"] = "planted"
    planted = cookie_of(client)
    sign_in(client, staff.email)
    with client.session_transaction() as session:
        assert session["id"] != "planted"
    assert cookie_of(client) != planted
    assert not is_signed_in(with_cookie(visit, planted))


def test_a_new_password_ends_the_sessions_elsewhere(visit: Visit, staff: Person) -> None:
    here, elsewhere = visit(), visit()
    for client in (here, elsewhere):
        sign_in(client, staff.email)
    words = {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    assert here.post("/account/password", data=words).status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/x", "javascript:alert(1)", "/\\evil.example", "///evil"],
)
@pytest.mark.parametrize("sent", ["query", "form"])
def test_a_forged_address_to_go_on_to_leads_to_no_other_site(
    app: Flask, visit: Visit, staff: Person, target: str, sent: str
) -> None:
    client = visit()
    words = {"email": staff.email, "password": PASSWORD}
    if sent == "query":
        answer = client.post("/login", data=words, query_string={"next": target})
    else:
        answer = client.post("/login", data=words | {"next": target})
    assert answer.status_code == 303
    assert re.match(r"/(?![/\\\t])", f"{answer.location} ")
    assert is_signed_in(client)
