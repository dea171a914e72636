"""One's own account: what one may change, and the second factor from setting it up to losing the phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.people import Person
from qms.kernel.trail import TrailEntry
from tests.cast import PARTS, Cast
from tests.web.signing import (
    OTHER,
    PASSWORD,
    give_password,
    is_signed_in,
    mails,
    one_time_code,
    sign_in,
    switch_on_codes,
    tags,
)

Visit = Callable[..., FlaskClient]


@pytest.fixture
def staff(cast: Cast, database: object) -> Person:
    """Somebody with a password."""
    return give_password(cast.person("staff"))


@pytest.fixture
def client(visit: Visit, staff: Person) -> FlaskClient:
    """A browser in which that person has signed in by the form."""
    browser = visit()
    sign_in(browser, staff.email)
    return browser


# ---------------------------------------------------------------- the account


@pytest.mark.parametrize("part", PARTS)
def test_everybody_sees_their_own_account(visit: Visit, cast: Cast, part: str) -> None:
    page = visit(part).get("/account")
    assert page.status_code == 200
    assert cast.person(part).email in page.text


@pytest.mark.parametrize(
    "path", ["/account", "/account/edit", "/account/password", "/account/totp", "/account/totp/off"]
)
def test_nobody_sees_an_account_without_signing_in(visit: Visit, path: str) -> None:
    answer = visit().get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")


def test_name_language_and_mail_are_changed_with_a_trail(client: FlaskClient, staff: Person) -> None:
    answer = client.post("/account/edit", data={"name": "Trần Thị Bình", "locale": "en"})
    assert answer.status_code == 303
    now = Person.get_by_id(staff.id)
    assert (now.name, now.locale, now.wants_mail) == ("Trần Thị Bình", "en", False)
    assert tags(f"person:{staff.id}")[-1] == "person.edit"
    assert "My account" in client.get("/account").text


def test_what_is_said_after_the_language_was_changed_is_said_in_the_new_one(client: FlaskClient) -> None:
    page = client.post("/account/edit", data={"name": "Bình", "locale": "en"}, follow_redirects=True).text
    assert "Your account is changed." in page
    page = client.post("/account/edit", data={"name": "Bình", "locale": "vi"}, follow_redirects=True).text
    assert "Đã lưu thông tin tài khoản." in page


def test_an_account_sent_unchanged_is_not_said_to_be_saved(client: FlaskClient, staff: Person) -> None:
    sent = {"name": staff.name, "locale": staff.locale} | ({"wants_mail": "y"} if staff.wants_mail else {})
    page = client.post("/account/edit", data=sent, follow_redirects=True).text
    assert "Đã lưu" not in page
    assert "Chưa có gì bị thay đổi." in page


def test_an_account_keeps_its_name(client: FlaskClient, staff: Person) -> None:
    assert client.post("/account/edit", data={"name": "  ", "locale": "vi"}).status_code == 422
    assert Person.get_by_id(staff.id).name == staff.name


def test_nothing_else_of_the_account_can_be_sent_along(client: FlaskClient, staff: Person) -> None:
    client.post(
        "/account/edit",
        data={"name": "A", "locale": "vi", "email": "x@example.org", "active": "", "password": "x"},
    )
    now = Person.get_by_id(staff.id)
    assert (now.email, now.active, now.password) == (staff.email, True, staff.password)


def test_no_secret_stands_in_the_trail(app: Flask, client: FlaskClient, staff: Person) -> None:
    secret, codes = switch_on_codes(app, client)
    client.post(
        "/account/password", data={"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    )
    now = Person.get_by_id(staff.id)
    written = "".join(body for (body,) in TrailEntry.select(TrailEntry.body).tuples())
    for hidden in (
        secret,
        now.password,
        staff.fs_uniquifier,
        now.fs_uniquifier,
        now.mf_recovery_codes,
        codes[0],
    ):
        assert hidden
        assert hidden not in written


# ---------------------------------------------------------------- the password


def test_a_changed_password_ends_every_other_session(
    visit: Visit, client: FlaskClient, staff: Person
) -> None:
    elsewhere = visit()
    sign_in(elsewhere, staff.email)
    new = {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    assert client.post("/account/password", data=new).location == "/account"
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert "mật khẩu" in mails(staff.email)[-1].subject.lower()
    again = visit()
    sign_in(again, staff.email)
    assert not is_signed_in(again)


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "wrong wrong wrong", "new_password": OTHER, "new_password_confirm": OTHER},
        {"password": "", "new_password": OTHER, "new_password_confirm": OTHER},
        {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER + "."},
        {"password": PASSWORD, "new_password": "too short", "new_password_confirm": "too short"},
        {"password": PASSWORD, "new_password": PASSWORD, "new_password_confirm": PASSWORD},
        {
            "password": PASSWORD,
            "new_password": "STAFF@example.org",
            "new_password_confirm": "STAFF@example.org",
        },
    ],
)
def test_a_password_is_not_changed_when_something_is_wrong(
    client: FlaskClient, staff: Person, typed: dict
) -> None:
    answer = client.post("/account/password", data=typed)
    assert answer.status_code == 200
    assert Person.get_by_id(staff.id).password == staff.password
    assert 'class="problem' in answer.text


def test_the_password_now_cannot_be_guessed_at_without_end(client: FlaskClient, staff: Person) -> None:
    wrong = {"password": "wrong wrong wrong", "new_password": OTHER, "new_password_confirm": OTHER}
    assert [client.post("/account/password", data=wrong).status_code for _n in range(6)] == [200] * 5 + [429]


# ---------------------------------------------------------------- the second factor


def test_a_second_factor_is_asked_for_once_it_is_on(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    secret, _codes = switch_on_codes(app, client)
    browser = visit()
    answer = sign_in(browser, staff.email)
    assert answer.location.startswith("/login/code")
    assert not is_signed_in(browser)
    assert browser.get("/login/code").status_code == 200
    browser.post("/login/code", data={"code": "000000"})
    assert not is_signed_in(browser)
    assert browser.post("/login/code", data={"code": one_time_code(app, secret, ahead=30)}).status_code == 303
    assert is_signed_in(browser)


def test_signing_in_with_a_code_leads_on_as_asked(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    secret, _codes = switch_on_codes(app, client)
    browser = visit()
    answer = sign_in(browser, staff.email, next="/account/edit")
    assert (
        browser.post(answer.location, data={"code": one_time_code(app, secret, ahead=30)}).location
        == "/account/edit"
    )


def test_a_code_works_once(app: Flask, visit: Visit, client: FlaskClient, staff: Person) -> None:
    secret, _codes = switch_on_codes(app, client)
    code = one_time_code(app, secret, ahead=30)
    for expected in (True, False):
        browser = visit()
        sign_in(browser, staff.email)
        browser.post("/login/code", data={"code": code})
        assert is_signed_in(browser) is expected


def test_a_wrong_first_code_switches_nothing_on(client: FlaskClient, staff: Person) -> None:
    client.get("/account/totp")
    assert client.post("/account/totp", data={"code": "123"}).status_code == 422
    assert Person.get_by_id(staff.id).tf_totp_secret is None


def test_the_key_and_its_picture_are_shown_under_our_policy(client: FlaskClient) -> None:
    page = client.get("/account/totp")
    assert len(page.data) < 50_000
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert " style=" not in page.text


def test_the_secret_is_kept_encrypted(app: Flask, client: FlaskClient, staff: Person) -> None:
    secret, codes = switch_on_codes(app, client)
    now = Person.get_by_id(staff.id)
    assert now.tf_totp_secret == secret
    assert '"enckey"' in secret
    assert len(codes) == 8
    assert codes[0] not in str(now.mf_recovery_codes)


def test_codes_cannot_be_guessed_at_without_end(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    switch_on_codes(app, client)
    answers = []
    for _n in range(6):
        browser = visit()
        sign_in(
            browser, staff.email
        )  # signing in anew, with the right password, does not start the count anew
        answers.append(browser.post("/login/code", data={"code": "000000"}).status_code)
    assert answers == [200] * 5 + [429]


def test_a_recovery_code_works_once(app: Flask, visit: Visit, client: FlaskClient, staff: Person) -> None:
    _secret, codes = switch_on_codes(app, client)
    for expected in (True, False):
        browser = visit()
        sign_in(browser, staff.email)
        assert browser.get("/login/recovery").status_code == 200
        browser.post("/login/recovery", data={"code": f" {codes[3].upper()} "})
        assert is_signed_in(browser) is expected
    assert "7" in client.get("/account/totp").text


def test_the_code_pages_are_nothing_without_the_password(visit: Visit) -> None:
    for path in ("/login/code", "/login/recovery"):
        assert visit().get(path).location == "/login"
        assert visit().post(path, data={"code": "123456"}).location == "/login"


def test_the_code_page_does_not_sign_out_who_is_in(client: FlaskClient) -> None:
    for path in ("/login/code", "/login/recovery", "/login/help"):
        client.get(path)
        assert is_signed_in(client)


def test_switching_off_takes_the_password(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    switch_on_codes(app, client)
    assert client.post("/account/totp/off", data={"password": "wrong wrong wrong"}).status_code == 422
    assert Person.get_by_id(staff.id).tf_totp_secret
    assert client.post("/account/totp/off", data={"password": PASSWORD}).status_code == 303
    now = Person.get_by_id(staff.id)
    assert (now.tf_totp_secret, now.tf_primary_method, now.mf_recovery_codes) == (None, None, None)
    assert len([m for m in mails(staff.email) if "xác thực" in m.subject]) == 2
    browser = visit()
    sign_in(browser, staff.email)
    assert is_signed_in(browser)


def test_new_recovery_codes_replace_the_old(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    _secret, codes = switch_on_codes(app, client)
    page = client.post("/account/totp/codes", data={"password": PASSWORD})
    assert page.status_code == 200
    assert codes[0] not in page.text
    browser = visit()
    sign_in(browser, staff.email)
    browser.post("/login/recovery", data={"code": codes[0]})
    assert not is_signed_in(browser)


def test_an_administrator_takes_a_lost_factor_away(
    app: Flask, visit: Visit, client: FlaskClient, cast: Cast, staff: Person
) -> None:
    switch_on_codes(app, client)
    answer = visit("admin").post(f"/admin/people/{staff.id}/second-factor")
    assert answer.status_code == 303
    assert not is_signed_in(client)
    browser = visit()
    sign_in(browser, staff.email)
    assert is_signed_in(browser)
    assert visit("coordinator").post(f"/admin/people/{staff.id}/second-factor").status_code == 403


def test_who_is_deactivated_is_out_at_once(client: FlaskClient, staff: Person) -> None:
    Person.update(active=False).where(Person.id == staff.id).execute()
    assert not is_signed_in(client)


def test_pages_of_the_account_are_not_kept_by_the_browser(client: FlaskClient) -> None:
    assert client.get("/account").headers["Cache-Control"] == "no-store"


# ---------------------------------------------------------------- what ends with the sessions


def calendar(client: FlaskClient) -> str:
    """The path of a new address of the calendar of who is signed in."""
    found = re.search(r">http://qms\.example(/feeds/[\w-]{43}\.ics)<", client.post("/account/feed").text)
    assert found is not None
    return found[1]


def test_a_new_password_ends_the_calendar_address_as_it_ends_the_other_sessions(
    visit: Visit, client: FlaskClient, staff: Person
) -> None:
    path = calendar(client)
    sent = {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    assert client.post("/account/password", data=sent).status_code in (302, 303)
    assert visit().get(path).status_code == 404
    assert Person.get_by_id(staff.id).feed is None


def test_a_password_set_by_the_mailed_link_ends_it_as_well(
    visit: Visit, client: FlaskClient, staff: Person
) -> None:
    path = calendar(client)
    give_password(staff, OTHER)
    assert visit().get(path).status_code == 404


def test_it_ends_when_an_administrator_takes_the_second_factor_away(
    app: Flask, visit: Visit, client: FlaskClient, staff: Person
) -> None:
    path = calendar(client)
    switch_on_codes(app, client)
    assert visit().get(path).status_code == 200
    visit("admin").post(f"/admin/people/{staff.id}/second-factor")
    assert visit().get(path).status_code == 404


def test_an_administrator_ends_sessions_and_address_of_an_account_that_stays(
    visit: Visit, client: FlaskClient, staff: Person
) -> None:
    path = calendar(client)
    assert f"/admin/people/{staff.id}/sign-out" in visit("admin").get(f"/admin/people/{staff.id}").text
    assert visit("coordinator").post(f"/admin/people/{staff.id}/sign-out").status_code == 403
    assert visit().get(path).status_code == 200
    assert visit("admin").post(f"/admin/people/{staff.id}/sign-out").status_code == 303
    assert (visit().get(path).status_code, is_signed_in(client)) == (404, False)
    assert tags(f"person:{staff.id}")[-1] == "person.sign_out"
    assert sign_in(visit(), staff.email).status_code in (302, 303)


def test_the_page_of_the_address_says_what_ends_it(client: FlaskClient) -> None:
    assert "Đổi mật khẩu cũng làm địa chỉ hết hiệu lực" in client.get("/account/feed").text
