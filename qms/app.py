"""The application: one factory, one guard, one error handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from qms import resources, runtime
from qms.config import Config
from qms.kernel.area import areas
from qms.web import assets, auth, errors, frame, shell
from qms.web.sessions import Sessions

MAX_FORM_BYTES = 2 * 1024 * 1024
MAX_UPLOAD_BYTES = 20 * 1024 * 1024


class Application(Flask):
    """Flask with less to do and to say.

    It is told that every view and hook of ours is a plain function, at each of which it would look with every
    request, and that an address may hold a secret, which it would log.
    """

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func` itself."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Log what no page could be made of; Flask would log the address with the secrets in it."""
        errors.log_failure(exc_info)


def create_app(config: Config) -> Flask:
    """The application for `config`: database bound, areas registered, guard in place."""
    runtime.configure(config)
    app = Application("qms", template_folder=str(resources.TEMPLATES), static_folder=None)
    app.config.update(
        QMS=config,
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,  # the session's own life limits the token
        WTF_I18N_ENABLED=False,
    )
    app.session_interface = Sessions()
    assets.install(app)
    CSRFProtect(app)
    auth.init_app(app, config)
    shell.init_app(app)
    errors.init_app(app)
    frame.init_app(app)
    for module in frame.blueprints():
        app.register_blueprint(module)
    for area in areas():
        if area.blueprint is not None:
            app.register_blueprint(area.blueprint())
    return app
