"""Pages of errors: what they write into the log, and what they leave in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel import feeds
from qms.web import errors
from tests.cast import OURS

Visit = Callable[..., FlaskClient]
SECRET = "s3cr3t-" * 6


@pytest.fixture
def _csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def _broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every calendar fails, and errors become pages as they do outside tests."""

    def fails(_token: str) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(feeds, "owner_of", fails)
    monkeypatch.setitem(app.error_handler_spec[None][None], Exception, errors._unexpected)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_broken")
def test_a_calendar_that_fails_does_not_write_its_secret_into_the_log(
    visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    assert visit().get(f"/feeds/{SECRET}.ics").status_code == 500
    assert "GET /feeds/….ics failed" in caplog.messages
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("_broken")
def test_nor_does_it_where_even_the_page_of_the_error_fails(
    app: Flask, visit: Visit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("no page either")

    monkeypatch.setattr(errors, "render_template", fails)
    monkeypatch.setattr(app, "testing", False)
    assert visit().get(f"/feeds/{SECRET}.ics").status_code == 500
    assert "no page either" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("_csrf")
@pytest.mark.parametrize("part", [None, "coordinator"])
def test_what_was_typed_before_the_session_ended_stays_on_the_page_and_in_no_cache(
    visit: Visit, part: str | None
) -> None:
    answer = visit(part).post(f"/{OURS}/cases/LC-2024-001/letter", data={"applicant": "Lê Thị Bí Mật"})
    assert answer.status_code == 400
    assert "Lê Thị Bí Mật" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
