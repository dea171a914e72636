"""The guard of every request: who asks, in which organisation, and whether the endpoint lets them.

Every endpoint names what it needs with `needs()`; one that names nothing is refused to everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from jinja2 import Environment
from markupsafe import Markup
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from qms.kernel import clock, db
from qms.kernel.errors import BadInput, Forbidden, NotFound
from qms.kernel.once import new_token
from qms.kernel.organisations import OldSlug, Organisation
from qms.kernel.people import actor_for, organisations_of
from qms.kernel.permissions import Actor, Permission
from qms.kernel.text import (
    _,
    current_language,
    plural_translation,
    set_language,
    show_date,
    show_number,
    show_percent,
    show_time,
    translation,
)
from qms.web.widgets import drawn, mend_url, obstacles

PUBLIC = "public"  # anybody, without signing in
SIGNED_IN = "signed in"  # anybody who has signed in
View = TypeVar("View", bound=Callable[..., Any])


# Endpoints of packages, which cannot carry a declaration of ours.
PACKAGE_ENDPOINTS = {"static": PUBLIC}


def needs(what: Permission | str) -> Callable[[View], View]:
    """Declare what a view needs: a permission, PUBLIC or SIGNED_IN."""

    def mark(view: View) -> View:
        view.needs = what  # type: ignore[attr-defined]
        return view

    return mark


def needed(app: Flask, endpoint: str) -> Permission | str | None:
    """What an endpoint declares to need; None when it declares nothing and so is refused."""
    if endpoint in PACKAGE_ENDPOINTS:
        return PACKAGE_ENDPOINTS[endpoint]
    return getattr(app.view_functions[endpoint], "needs", None)


class RowNumber(IntegerConverter):
    """The number of a row in an address; one that no database can hold names nothing (404)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": 2**31 - 1} | options)


def actor() -> Actor:
    """Who acts in the organisation of this request."""
    return g.actor


def init_app(app: Flask) -> None:
    """Give the application its templates' words, a connection for each request, the guard, and the headers."""
    app.url_map.converters["int"] = RowNumber
    prepare_templates(app.jinja_env)
    _connections(app)
    app.before_request(guard)
    app.after_request(_headers)


# ---------------------------------------------------------------- the guard


def guard() -> Response | None:
    """Resolve who asks, in which organisation, and whether the endpoint lets them; deny by default."""
    from qms.web.auth import current_person

    if request.endpoint in PACKAGE_ENDPOINTS:
        return None  # files for everybody: no connection is opened that nobody would close
    g.person = person = current_person()
    set_language(_language(person))
    g.actor = g.organisation = None
    if request.endpoint is None:
        return None  # no such address: 404 by Flask itself
    _refuse_zero_characters()
    if request.is_json:
        abort(415)  # pages take forms; a form library would also read JSON, of any shape
    from flask import current_app

    need = needed(current_app, request.endpoint)
    if need == PUBLIC:
        return None
    if need is None:
        raise Forbidden(f"{request.endpoint} declares nothing")
    if person is None:
        if request.method not in ("GET", "HEAD"):
            raise CSRFError("the session has ended")  # the page for it keeps what was typed
        return redirect(url_for("security.login", next=_here()))
    slug = (request.view_args or {}).pop("org", None)
    if slug is None:
        if isinstance(need, Permission):
            _require_anywhere(need)
        return None
    return _enter(slug, need)


def _refuse_zero_characters() -> None:
    """Raise NotFound or BadInput for U+0000 in the address: PostgreSQL cannot even compare with it."""
    if "\0" in request.path:
        raise NotFound(request.path)
    for name, value in request.args.items(multi=True):
        if name != "q" and "\0" in value:  # a search takes letters and digits only
            raise BadInput(
                _("“%(value)s” is no value for the filter “%(name)s”", value=value[:60], name=name[:60])
            )


def _enter(slug: str, need: Permission | str) -> Response | None:
    g.organisations = organisations_of(g.person, clock.today())
    organisation = next((one for one in g.organisations if one.slug == slug), None) or Organisation.called(
        slug
    )
    if organisation is None:
        moved = OldSlug.select(OldSlug, Organisation).join(Organisation).where(OldSlug.slug == slug).first()
        if moved is None or not actor_for(g.person, moved.organisation, clock.today()).roles:
            raise NotFound(slug)
        return redirect(request.full_path.replace(f"/{slug}", f"/{moved.organisation.slug}", 1), 301)
    found = actor_for(g.person, organisation, clock.today())
    if not found.roles:
        raise NotFound(slug)  # a stranger gets the same answer for a known and an unknown organisation
    g.organisation, g.actor = organisation, found
    if isinstance(need, Permission) and not found.may_somewhere(need):
        raise Forbidden(need.name)
    return None


def _require_anywhere(need: Permission) -> None:
    """A page of the installation (admin): the right must come from an assignment to the installation."""
    from qms.kernel.people import installation_actor

    g.actor = installation_actor(g.person, clock.today())
    g.actor.require(need)


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def _language(person: Any) -> str:
    from flask import current_app, session

    return session.get("language") or (person.locale if person else current_app.config["QMS"].locale)


# ---------------------------------------------------------------- set-up


def prepare_templates(env: Environment) -> None:
    """Give templates the words of both languages and our way to write numbers and dates."""
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(translation, plural_translation, newstyle=True)  # type: ignore[attr-defined]
    env.globals["ngettext"] = _plural  # Jinja's own fills only %(num)s
    env.globals["_"] = (
        _text  # Jinja's own looks the function up in the context for each of a page's forty texts
    )
    env.globals["fixed"] = _fixed_parts(env)
    env.globals |= {"drawn": drawn, "obstacles": obstacles, "mend_url": mend_url, "new_token": new_token}
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(number=show_number, percent=show_percent, date=show_date, time=show_time)


def _fixed_parts(env: Environment) -> Callable[[str], Markup]:
    """`{{ fixed("part.html") }}`: a part that says the same to everybody is drawn once for each language."""

    @lru_cache
    def kept(_language: str, name: str) -> Markup:
        return Markup(env.get_template(name).render())  # noqa: S704  # a template escapes

    return lambda name: kept(current_language(), name)


def _plural(singular: str, plural: str, n: int, **params: Any) -> Markup:
    return Markup(plural_translation(singular, plural, n)) % {"n": n, "num": n, **params}  # noqa: S704


def _text(message: str, /, **params: Any) -> Markup:
    """`{{ _("…") }}` in a template: the translation is markup, the values put into it are escaped."""
    if not params:
        return _plain_text(current_language(), message)
    return Markup(translation(message)) % params  # noqa: S704


@lru_cache(maxsize=4096)
def _plain_text(_language: str, message: str) -> Markup:
    return Markup(translation(message)) % {}  # noqa: S704


def _connections(app: Flask) -> None:
    @app.before_request
    def open_connection() -> None:
        g.opened = db.database.is_closed()  # also for a package's endpoint, which may ask by itself
        if g.opened and request.endpoint not in PACKAGE_ENDPOINTS:
            db.database.connect()

    @app.teardown_request
    def close_connection(_error: BaseException | None) -> None:
        if g.pop("opened", False) and not db.database.is_closed():
            db.database.close()

    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())


CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


HEADERS = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


def _headers(response: Response) -> Response:
    headers = response.headers
    set_already = {name for name, _value in headers}
    headers.extend([header for header in HEADERS if header[0] not in set_already])
    if request.endpoint not in PACKAGE_ENDPOINTS:
        headers.setdefault("Cache-Control", "no-store" if g.get("person") else "no-cache")
    return response
