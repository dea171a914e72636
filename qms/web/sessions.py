"""Sessions: a signed cookie, written anew when it says something else or has grown old, not with every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask, Request, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

REFRESHED = timedelta(minutes=10)  # a session that is used lasts at least its life less this


class Session(SecureCookieSession):
    """What the cookie says; `old` when it was written more than REFRESHED ago."""

    old = False


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, with one signer for the application."""

    session_class = Session
    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie and reads it."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie travels over https only: where the address says so, or the request came that way."""
        return super().get_cookie_secure(app) or request.is_secure

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session of the request; an empty one for a cookie that is missing, forged or outlived."""
        cookie, signer = request.cookies.get(self.get_cookie_name(app)), self.get_signing_serializer(app)
        if not cookie or signer is None:
            return Session()
        life = int(app.permanent_session_lifetime.total_seconds())
        try:
            data, written = signer.loads(cookie, max_age=life, return_timestamp=True)
        except BadSignature:
            return Session()
        found = Session(data)
        found.old = datetime.now(UTC) - written > REFRESHED
        return found

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether the cookie is written with this answer: never in answer to another site's form (`keeps_session`)."""
        if g.get("keeps_session"):
            return False
        return session.modified or (session.permanent and getattr(session, "old", True))
