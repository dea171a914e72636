"""What the tests of sign-in and accounts share: passwords, mails, links, codes."""

from __future__ import annotations

import re
from datetime import date
from time import time

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qms.kernel.accounts import save_credentials
from qms.kernel.jobs import Mail
from qms.kernel.people import Person
from qms.kernel.trail import TrailEntry, change
from qms.web.auth import own_actor, password_hash

PASSWORD = "một câu dài dễ nhớ"
OTHER = "một câu khác cũng dài"
TODAY = date(2024, 4, 15)
LINK = re.compile(r"^\S*(/reset/\S+)$", re.MULTILINE)


def give_password(person: Person, password: str = PASSWORD) -> Person:
    """The account with a password, as if the invitation had been followed."""
    with change(own_actor(person), system=True):
        row = Person.get_by_id(person.id)
        row.password = password_hash(password)
        save_credentials(row)
    return Person.get_by_id(person.id)


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **query: str) -> TestResponse:
    """Send the form of the sign-in page."""
    return client.post("/login", data={"email": email, "password": password}, query_string=query)


def is_signed_in(client: FlaskClient) -> bool:
    """Whether the browser is somebody."""
    return client.get("/account").status_code == 200


def mails(to: str) -> list[Mail]:
    """The outgoing mails to an address, oldest first."""
    return list(Mail.select().where(Mail.to == to).order_by(Mail.id))


def link_in(mail: Mail) -> str:
    """The path of the link to set a password."""
    found = LINK.search(str(mail.body))
    assert found is not None, mail.body
    return found[1]


def tags(subject: str = "") -> list[str]:
    """The tags of the trail's entries (of one subject), oldest first."""
    query = TrailEntry.select(TrailEntry.tag).order_by(TrailEntry.id)
    if subject:
        query = query.where(TrailEntry.subject == subject)
    return [tag for (tag,) in query.tuples()]


def switch_on_codes(app: Flask, client: FlaskClient) -> tuple[str, list[str]]:
    """Set up one-time codes for who is signed in: (the encrypted secret, the recovery codes shown)."""
    client.get("/account/totp")
    with client.session_transaction() as session:
        secret = session["second_factor"]
    answer = client.post("/account/totp", data={"code": one_time_code(app, secret)})
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", answer.text)


def one_time_code(app: Flask, secret: str, *, ahead: int = 0) -> str:
    """What the app on the phone shows now, or some seconds ahead."""
    factory = app.extensions["security"].totp_factory
    return factory._totp.from_source(secret).generate(time=time() + ahead).token
