"""The application under test, and browsers that are signed in without the detour over the form."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from flask.testing import FlaskClient
from peewee import Database
from werkzeug.serving import make_server

from qms.app import create_app
from qms.config import Config
from qms.kernel import db, files
from qms.kernel.people import Person
from tests.cast import TODAY, Cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECRET_KEY = "a secret key for the tests, of more than 32 characters"


def make(folder: Path, trail_key: str) -> Flask:
    """The application on the tests' day; an unexpected error shows its cause instead of the page for it."""
    config = Config(
        database_url=f"sqlite:///{folder / 'unused.db'}",
        data_dir=folder,
        secret_key=SECRET_KEY,
        trail_key=trail_key,
        base_url="http://qms.example",
        today=TODAY,
        demonstration=True,
    )
    app = create_app(config)
    app.testing = True
    app.error_handler_spec[None][None].pop(Exception)
    return app


@contextmanager
def bound(app: Flask, database: Database, folder: Path, *, csrf: bool = False) -> Iterator[None]:
    """For the block the application works on `database` and keeps its files in `folder`."""
    before = dict(app.config)
    config = replace(app.config["QMS"], data_dir=folder)
    app.config.update(QMS=config, WTF_CSRF_ENABLED=csrf)
    db.database.initialize(database)
    files.configure(config.files_dir)
    yield
    app.config.update(before)


def visitor(app: Flask, person: Person | None = None) -> FlaskClient:
    """A browser in which `person` (None: nobody) has signed in."""
    client = app.test_client()
    if person is not None:
        with client.session_transaction() as session:
            session.update({"_user_id": person.fs_uniquifier, "_fresh": True})
    return client


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine for the block; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Live:
    """The served application, for a browser."""

    address: str
    app: Flask
    cast: Cast

    def sign_in(self, page: Page, part: str) -> None:
        """Let that part of the cast be signed in in the page's browser."""
        cookie = visitor(self.app, self.cast.person(part)).get_cookie("session")
        if cookie is None:
            raise RuntimeError("the session left no cookie")
        page.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])

    def url(self, path: str = "") -> str:
        """The address of a page of our agency: `url("nonconformities")`."""
        return f"{self.address}/{self.cast.ours.slug}/{path}"
