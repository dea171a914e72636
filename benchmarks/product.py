"""The product's side: the whole application asked for pages in process, by somebody who has signed in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from benchmarks import data
from qms import runtime
from qms.kernel import db
from qms.kernel.people import Person


def application(store: data.Store) -> Flask:
    """The application serving that store, as `qms serve` makes it."""
    from qms.app import create_app

    app = create_app(store.config())
    app.logger.disabled = True
    return app


@contextmanager
def running(store: data.Store) -> Iterator[Flask]:
    """The application for the block, its connections closed afterwards."""
    app = application(store)
    try:
        yield app
    finally:
        runtime.release()


def cookie(app: Flask, email: str = data.READER) -> str:
    """The cookie of a session in which that person has signed in and opened a page, signed by the application."""
    with db.connected():
        person = Person.get(Person.email == email)
    client = app.test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": person.fs_uniquifier, "_fresh": True, "_permanent": True})
    client.get("/account")  # which also gives the session its token against forged requests
    found = client.get_cookie("session")
    if found is None:
        raise RuntimeError("the session left no cookie")
    return f"session={found.value}"


def page(app: Flask, path: str, session: str) -> Callable[[], bytes]:
    """A call that asks for one page through WSGI; raises RuntimeError for any answer but 200."""
    prepared = EnvironBuilder(path=path, headers=[("Cookie", session)]).get_environ()

    def ask() -> bytes:
        answered: list[str] = []

        def start(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
            answered.append(status)
            return lambda _data: None

        environ = prepared | {"wsgi.input": io.BytesIO()}
        body = app.wsgi_app(environ, start)
        try:
            content = b"".join(body)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
        if answered != ["200 OK"]:
            raise RuntimeError(f"{path}: {' '.join(answered)}")
        return content

    return ask
