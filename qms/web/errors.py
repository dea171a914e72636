"""The one place where an error becomes a page."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from qms.kernel.db import database
from qms.kernel.errors import LISTED, BadInput, Forbidden, NotFound, Refused, Stale
from qms.kernel.text import _

log = logging.getLogger("qms")
_FAULT = _(
    "This is a fault of the program, not yours. Nothing of this step was saved, and it has been written to the log."
)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(BadInput, _bad_input)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, **context: object) -> tuple[str, int]:
    from flask import current_app

    name = f"errors/{context.pop('template', status)}.html"
    env = current_app.jinja_env
    chosen = env.get_or_select_template([name, "errors/error.html"])
    try:
        return render_template(chosen, status=status, back=_back(), **context), status
    except Exception:  # what failed first, such as the database, fails the page too
        if status < 500:
            raise
        log.exception("%s %s: nor can the page of the error be made", request.method, _told_path())
        return str(_FAULT), status


def _back() -> str:
    """Where the reader came from: the record's page, to which an obstacle's anchor is relative."""
    return request.referrer if request.referrer and request.referrer.startswith(request.host_url) else ""


def _not_found(error: NotFound) -> tuple[str, int]:
    return _page(404, **_sent())


def _forbidden(error: Forbidden) -> tuple[str, int]:
    from qms.kernel.area import permissions

    permission = permissions().get(error.permission)
    return _page(403, sentence=permission.sentence if permission else "", **_sent())


def _refused(error: Refused) -> tuple[str, int]:
    where = g.get("record_url", "")
    return _page(409, template="refused", reasons=error.reasons, listed=LISTED, record_url=where, **_sent())


def _stale(error: Stale) -> tuple[str, int]:
    return _page(409, template="stale", error=error, record_url=g.get("record_url", ""), **_sent())


def _bad_input(error: BadInput) -> tuple[str, int]:
    return _page(400, text=error.text, **_sent())


def _csrf(error: CSRFError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    if _is_foreign():
        g.keeps_session = True
        return _page(400, text=_("The form was sent from another site, so it is not carried out."))
    page, status = _page(400, template="csrf", **_sent())
    return page, status, {"Cache-Control": "no-store"}  # what was typed may be nobody else's to see


def _sent() -> dict[str, Any]:
    """What was typed, so that no page of an error loses it, and whether the form can be opened with it again.

    Only a form is: a step is taken anew on the record's page, so that no foreign page can have it taken.
    """
    if request.method != "POST":
        return {}
    typed = [(name, value) for name, value in request.form.items(multi=True) if "password" not in name]
    return {
        "typed": MultiDict(typed),  # a password is never shown back
        "reopens": "reopens" in g or (request.endpoint or "").endswith(("new", "edit")),
    }


def _is_foreign() -> bool:
    """Whether another site sent the form, as far as the browser tells."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("cross-site", "same-site")
    origin = request.headers.get("Origin")
    return origin is not None and origin.rstrip("/") != request.host_url.rstrip("/")


def _too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    from flask import current_app

    return _page(413, limit=current_app.config["MAX_CONTENT_LENGTH"])


def _http(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error
    return _page(error.code)


def _unexpected(error: Exception) -> tuple[str, int]:
    log.exception("%s %s failed", request.method, _told_path())
    if database.obj is not None and database.in_transaction():
        database.rollback()
    return _page(500)


def _told_path() -> str:
    """The address as the log may hold it: a secret that is part of it (a calendar's, a new password's) is left out."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "…") if token else request.path


def log_failure(exc_info: Any) -> None:
    """Log a failure for which not even a page could be made."""
    log.error("%s %s failed", request.method, _told_path(), exc_info=exc_info)
