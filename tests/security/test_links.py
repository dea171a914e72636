"""The link of an invitation sets one password, and none once it has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from qms.kernel import accounts
from qms.kernel.people import Person
from tests.cast import Cast
from tests.web.signing import OTHER, PASSWORD, is_signed_in, link_in, mails, sign_in

Visit = Callable[..., FlaskClient]
EMAIL = "new@example.org"
INVITED = {"email": EMAIL, "name": "Người mới", "role": "staff", "valid_from": "2024-04-15", "locale": "vi"}


@pytest.fixture
def link(visit: Visit, cast: Cast) -> str:
    """The path that was mailed to somebody who is invited."""
    assert visit("coordinator").post("/our-agency/settings/people/new", data=INVITED).status_code == 303
    return link_in(mails(EMAIL)[0])


def set_password(visit: Visit, link: str, password: str) -> None:
    """Follow the link in a browser of its own and send the form."""
    visit().post(link, data={"password": password, "password_confirm": password})


def test_the_link_of_an_invitation_works_once(visit: Visit, link: str) -> None:
    set_password(visit, link, PASSWORD)
    set_password(visit, link, OTHER)
    for password, right in ((PASSWORD, True), (OTHER, False)):
        client = visit()
        sign_in(client, EMAIL, password)
        assert is_signed_in(client) is right


def test_the_link_of_an_invitation_ends(visit: Visit, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = TimestampSigner.get_timestamp
    later = int((accounts.INVITED_FOR + timedelta(minutes=1)).total_seconds())
    with monkeypatch.context() as clock:
        clock.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) + later)
        set_password(visit, link, PASSWORD)
    assert Person.get(Person.email == EMAIL).password is None
