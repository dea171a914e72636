"""Signing in and out, forgotten passwords, throttling: what a guesser and a forgetful person meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from qms.kernel import jobs
from qms.kernel.people import Person, SignInAttempt
from qms.web import shell, signin, throttle
from tests.cast import Cast
from tests.web.signing import OTHER, PASSWORD, give_password, is_signed_in, link_in, mails, sign_in, tags

Visit = Callable[..., FlaskClient]
NOON = datetime(2024, 4, 15, 5, 0)  # UTC: 12:00 where the agency is


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the moment that the throttle sees."""

    def set_moment(moment: datetime) -> None:
        monkeypatch.setattr(jobs, "clock_now", lambda: moment)

    set_moment(NOON)
    return set_moment


@pytest.fixture
def staff(cast: Cast, database: object) -> Person:
    """Somebody with a password."""
    return give_password(cast.person("staff"))


def alike(page: str, email: str) -> str:
    """A page without the address that was typed and the form's token."""
    return re.sub(r'name="csrf_token"[^>]*', "", page.replace(email, "…"))


# ---------------------------------------------------------------- in and out


def test_the_right_password_signs_in(visit: Visit, staff: Person) -> None:
    client = visit()
    answer = sign_in(client, "  Staff@Example.org ")
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_signed_in(client)


def test_a_password_typed_composed_and_decomposed_is_the_same(visit: Visit, staff: Person) -> None:
    import unicodedata

    for form in ("NFC", "NFD"):
        client = visit()
        sign_in(client, staff.email, unicodedata.normalize(form, PASSWORD))
        assert is_signed_in(client)


def test_signing_in_leaves_the_account_as_it_was(visit: Visit, staff: Person) -> None:
    before = staff.state()
    sign_in(visit(), staff.email)
    assert Person.get_by_id(staff.id).state() == before


def test_whether_an_account_exists_is_not_told(visit: Visit, cast: Cast, staff: Person) -> None:
    give_password(cast.person("leader"))
    Person.update(active=False).where(Person.id == cast.person("leader").id).execute()
    pages = set()
    for email in (staff.email, "colleague@example.org", "leader@example.org", "nobody@example.org"):
        for password in ("a wrong password", PASSWORD if email != staff.email else "another wrong one"):
            answer = sign_in(visit(), email, password)
            assert answer.status_code == 200
            pages.add(alike(answer.text, email))
    assert len(pages) == 1
    assert "không đúng" in pages.pop()


def test_signing_in_leads_on_to_the_page_that_was_asked_for(visit: Visit, staff: Person) -> None:
    client = visit()
    asked = client.get("/our-agency/settings/absence")
    assert asked.status_code == 302
    answer = client.post(asked.location, data={"email": staff.email, "password": PASSWORD})
    assert answer.location == "/our-agency/settings/absence"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
     "///evil.example", "javascript:alert(1)", "/%09/evil.example", "evil.example",
     "https://localhost@evil.example/"],
)  # fmt: skip
def test_signing_in_never_leads_elsewhere(visit: Visit, staff: Person, target: str) -> None:
    client = visit()
    answer = sign_in(client, staff.email, next=target)
    again = client.get("/login", query_string={"next": target})
    for location in (answer.location or "/", again.location or "/"):
        assert re.match(r"/(?![/\\\t])", location + " ")


def test_signing_out_takes_a_post_and_ends_the_session(visit: Visit) -> None:
    client = visit("staff")
    assert client.get("/logout", follow_redirects=True).status_code == 404
    assert is_signed_in(client)
    assert client.post("/logout").status_code == 303
    assert not is_signed_in(client)
    with client.session_transaction() as session:
        assert "_user_id" not in session


def test_a_session_that_nobody_uses_ends_after_twelve_hours(app: Flask, visit: Visit, staff: Person) -> None:
    client = visit()
    sign_in(client, staff.email)
    with client.session_transaction() as session:
        assert session.permanent
    assert app.permanent_session_lifetime == timedelta(hours=12)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


@pytest.mark.parametrize(("age", "written"), [(9, False), (11, True)])
def test_the_cookie_of_a_session_in_use_is_written_anew_every_ten_minutes(
    visit: Visit, staff: Person, monkeypatch: pytest.MonkeyPatch, age: int, written: bool
) -> None:
    client = visit()
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _signer: int(time()) - 60 * age)
        sign_in(client, staff.email)
        client.get("/account")
    answer = client.get("/account")
    assert answer.status_code == 200
    assert ("Set-Cookie" in answer.headers) is written


def test_a_session_of_thirteen_hours_ago_has_ended(
    visit: Visit, staff: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit()
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _signer: int(time()) - 13 * 3600)
        sign_in(client, staff.email)
    assert not is_signed_in(client)


def test_no_token_in_a_header_or_an_address_signs_in(app: Flask, visit: Visit, staff: Person) -> None:
    from qms.web.auth import User

    with app.test_request_context():
        token = User.get_by_id(staff.id).get_auth_token()
    client = visit()
    assert client.get("/account", headers={"Authentication-Token": token}).status_code == 302
    assert client.get("/account", query_string={"auth_token": token}).status_code == 302
    assert client.get("/account", auth=(staff.email, PASSWORD)).status_code == 302
    typed = {"email": staff.email, "password": PASSWORD}
    answer = client.post("/login?include_auth_token=1", data=typed, headers={"Accept": "application/json"})
    assert "authentication_token" not in answer.text


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", ["", " ", "\0", "x" * 100_000, "🙂" * 300, "a@b\0"])
def test_odd_input_is_answered_on_the_page(visit: Visit, staff: Person, field: str, value: str) -> None:
    typed = {"email": staff.email, "password": PASSWORD, field: value}
    client = visit()
    assert client.post("/login", data=typed).status_code == 200
    assert client.post("/reset", data=typed).status_code in (200, 303)
    assert not is_signed_in(client)


def test_json_of_odd_shape_is_no_error(visit: Visit) -> None:
    for body in ({"email": {"a": 1}, "password": ["x"]}, {"email": 5, "password": 5}, [], "x"):
        assert visit().post("/login", json=body).status_code == 415


# ---------------------------------------------------------------- what there is


def test_only_the_listed_pages_of_the_package_have_an_address(app: Flask, visit: Visit) -> None:
    routed = {
        r.endpoint.removeprefix("security.")
        for r in app.url_map.iter_rules()
        if r.endpoint.startswith("security.")
    }
    assert routed == set(signin.ROUTES)
    assert routed == {
        "login", "logout", "forgot_password", "reset_password", "change_password", "two_factor_rescue",
        "two_factor_token_validation", "mf_recovery",
    }  # fmt: skip
    for path in (
        "/register",
        "/verify",
        "/confirm",
        "/tf-setup",
        "/us-signin",
        "/wan-register",
        "/mf-recovery-codes",
    ):
        assert visit("leader").get(path, follow_redirects=True).status_code == 404


def test_every_endpoint_declares_what_it_needs(app: Flask) -> None:
    bare = [r.endpoint for r in app.url_map.iter_rules() if shell.needed(app, r.endpoint) is None]
    assert bare == []


@pytest.fixture
def with_csrf(app: Flask, visit: Visit) -> FlaskClient:
    """A browser of which forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return visit()


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/reset", "/reset/x", "/login/code", "/login/recovery"]
)
def test_a_form_from_elsewhere_is_refused(with_csrf: FlaskClient, staff: Person, path: str) -> None:
    answer = with_csrf.post(path, data={"email": staff.email, "password": PASSWORD})
    assert answer.status_code == 400
    assert not is_signed_in(with_csrf)
    assert not mails(staff.email)[1:]


def test_the_own_form_is_taken(with_csrf: FlaskClient, staff: Person) -> None:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', with_csrf.get("/login").text)
    assert found is not None
    with_csrf.post("/login", data={"email": staff.email, "password": PASSWORD, "csrf_token": found[1]})
    assert is_signed_in(with_csrf)


def test_a_password_is_never_shown_back(with_csrf: FlaskClient, staff: Person) -> None:
    answer = with_csrf.post("/login", data={"email": staff.email, "password": "my secret sentence"})
    assert "my secret sentence" not in answer.text


def test_a_form_sent_after_the_session_ended_keeps_what_was_typed(visit: Visit) -> None:
    answer = visit().post(
        "/our-agency/settings/units/new", data={"code": "QLVB", "name": "Phòng Quản lý văn bản"}
    )
    assert answer.status_code == 400
    assert "Phòng Quản lý văn bản" in answer.text


# ---------------------------------------------------------------- throttle


def test_an_account_can_be_guessed_at_five_times_then_there_is_a_wait(
    visit: Visit, staff: Person, at: Callable
) -> None:
    for _n in range(5):
        assert sign_in(visit(), staff.email, "a wrong password").status_code == 200
    answer = sign_in(visit(), staff.email)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "12:01" in answer.text
    at(NOON + timedelta(minutes=1))
    client = visit()
    sign_in(client, staff.email)
    assert is_signed_in(client)


def test_an_account_that_does_not_exist_is_throttled_the_same(visit: Visit, at: Callable) -> None:
    for _n in range(5):
        sign_in(visit(), "nobody@example.org")
    assert sign_in(visit(), "nobody@example.org").status_code == 429


def test_an_address_that_tries_many_accounts_waits(visit: Visit, staff: Person, at: Callable) -> None:
    for n in range(30):
        assert sign_in(visit(), f"guess-{n}@example.org").status_code == 200
    assert sign_in(visit(), staff.email).status_code == 429
    elsewhere = visit()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    sign_in(elsewhere, staff.email)
    assert is_signed_in(elsewhere)


def test_who_is_signed_in_cannot_clear_the_count_of_another(
    visit: Visit, staff: Person, at: Callable
) -> None:
    helper = visit("colleague")
    for _n in range(5):
        sign_in(visit(), staff.email, "a wrong password")
        sign_in(helper, staff.email, "a wrong password")
    assert sign_in(visit(), staff.email).status_code == 429


def test_a_refused_attempt_does_not_prolong_the_wait(visit: Visit, staff: Person, at: Callable) -> None:
    for _n in range(5):
        sign_in(visit(), staff.email, "a wrong password")
    for second in range(0, 59, 10):
        at(NOON + timedelta(seconds=second))
        assert sign_in(visit(), staff.email).status_code == 429
    at(NOON + timedelta(seconds=60))
    assert sign_in(visit(), staff.email).status_code == 303


def test_the_wait_grows_up_to_a_quarter_of_an_hour() -> None:
    failed = [NOON] * 5
    waits = [throttle.BY_ACCOUNT.until(failed + [NOON] * n) for n in range(8)]
    assert [(w - NOON).total_seconds() / 60 for w in waits if w] == [1, 2, 4, 8, 15, 15, 15, 15]
    assert throttle.BY_ACCOUNT.until([NOON] * 4) is None
    assert throttle.BY_ACCOUNT.until([NOON] * 4000) == NOON + timedelta(minutes=15)


def test_old_attempts_are_pruned(visit: Visit, at: Callable) -> None:
    sign_in(visit(), "nobody@example.org")
    at(NOON + timedelta(hours=25))
    sign_in(visit(), "nobody@example.org")
    assert SignInAttempt.select().count() == 1


def test_attempts_keep_no_name(visit: Visit, at: Callable) -> None:
    sign_in(visit(), "nobody@example.org")
    row = SignInAttempt.select().get()
    assert re.fullmatch(r"[0-9a-f]{64}", row.account)


@pytest.mark.parametrize(
    ("remote", "forwarded", "counted"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),  # not a proxy of ours: what it claims is worth nothing
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
        ("127.0.0.1", ["' OR 1=1 --"], ""),
        ("::ffff:192.0.2.7", [], "192.0.2.7"),
        (None, [], ""),
    ],
)
def test_the_address_that_is_counted(remote: str | None, forwarded: list[str], counted: str) -> None:
    assert throttle.address_key(throttle.peer(remote, forwarded)) == counted


# ---------------------------------------------------------------- forgotten passwords


def test_a_forgotten_password_is_set_anew_by_mail(visit: Visit, staff: Person) -> None:
    elsewhere = visit()
    sign_in(elsewhere, staff.email)
    visit().post("/reset", data={"email": staff.email})
    mail = mails(staff.email)[-1]
    assert "mật khẩu" in mail.subject
    client, path = visit(), link_in(mail)
    assert client.get(path).status_code == 200
    answer = client.post(path, data={"password": OTHER, "password_confirm": OTHER})
    assert answer.location == "/login"
    assert not is_signed_in(elsewhere)
    sign_in(client, staff.email, OTHER)
    assert is_signed_in(client)
    assert tags(f"person:{staff.id}")[-1] == "person.password"


def test_a_link_works_once(visit: Visit, staff: Person) -> None:
    visit().post("/reset", data={"email": staff.email})
    path = link_in(mails(staff.email)[-1])
    visit().post(path, data={"password": OTHER, "password_confirm": OTHER})
    assert visit().get(path).status_code == 303
    third = "một câu thứ ba rất dài"
    visit().post(path, data={"password": third, "password_confirm": third})
    client = visit()
    sign_in(client, staff.email, third)
    assert not is_signed_in(client)


def test_asking_for_a_link_does_not_tell_whether_there_is_an_account(
    visit: Visit, cast: Cast, staff: Person
) -> None:
    Person.update(active=False).where(Person.id == cast.person("leader").id).execute()
    pages = set()
    for email in (staff.email, "leader@example.org", "nobody@example.org"):
        answer = visit().post("/reset", data={"email": email})
        pages.add((answer.status_code, alike(answer.text, email)))
    assert len(pages) == 1
    assert not mails("leader@example.org")
    assert not mails("nobody@example.org")


def test_without_the_address_of_the_application_everybody_is_refused_the_same(
    app: Flask, visit: Visit, staff: Person
) -> None:
    app.config["QMS"] = replace(app.config["QMS"], base_url="")
    pages = set()
    for email in (staff.email, "nobody@example.org"):
        answer = visit().post("/reset", data={"email": email})
        pages.add((answer.status_code, alike(answer.text, email)))
        assert "QMS_BASE_URL" in answer.text
    assert [status for status, _text in pages] == [409]
    assert mails(staff.email) == []


def test_asking_for_links_is_throttled(visit: Visit, staff: Person, at: Callable) -> None:
    for _n in range(5):
        visit().post("/reset", data={"email": staff.email})
    assert visit().post("/reset", data={"email": staff.email}).status_code == 429
    assert len([m for m in mails(staff.email) if m.key.startswith("reset:")]) == 5


def test_the_link_never_follows_a_claimed_host(app: Flask, visit: Visit, staff: Person) -> None:
    visit().post("/reset", data={"email": staff.email}, headers={"Host": "evil.example"})
    assert "evil" not in mails(staff.email)[-1].body


def test_the_mail_is_in_the_persons_language(visit: Visit, staff: Person) -> None:
    Person.update(locale="en").where(Person.id == staff.id).execute()
    visit().post("/reset", data={"email": staff.email})
    assert mails(staff.email)[-1].subject == "Setting a new password"


def test_a_link_for_a_forgotten_password_expires_after_two_hours(
    visit: Visit, staff: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qms.kernel import accounts

    visit().post("/reset", data={"email": staff.email})
    monkeypatch.setattr(accounts, "RESET_FOR", timedelta(seconds=-1))
    assert visit().get(link_in(mails(staff.email)[-1])).status_code == 303


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "../login", "WyJ4Il0.x.y"])
def test_a_forged_link_is_refused(visit: Visit, token: str) -> None:
    answer = visit().post(f"/reset/{token}", data={"password": OTHER, "password_confirm": OTHER})
    assert answer.status_code in (303, 404)


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), ("a" * 12, "a" * 12), (OTHER, OTHER + "x"),
     ("staff@example.org", "staff@example.org"), ("é" * 300, "é" * 300), ("", "")],
)  # fmt: skip
def test_a_weak_or_mistyped_password_is_refused(
    visit: Visit, staff: Person, password: str, again: str
) -> None:
    visit().post("/reset", data={"email": staff.email})
    path = link_in(mails(staff.email)[-1])
    before = Person.get_by_id(staff.id).password
    answer = visit().post(path, data={"password": password, "password_confirm": again})
    assert answer.status_code == 200
    assert "problem" in answer.text
    assert Person.get_by_id(staff.id).password == before


def test_setting_a_password_by_mail_ends_the_wait(visit: Visit, staff: Person, at: Callable) -> None:
    for _n in range(5):
        sign_in(visit(), staff.email, "a wrong password")
    visit().post("/reset", data={"email": staff.email})
    visit().post(link_in(mails(staff.email)[-1]), data={"password": OTHER, "password_confirm": OTHER})
    client = visit()
    sign_in(client, staff.email, OTHER)
    assert is_signed_in(client)
