"""What stands around every page: navigation, switchers, the bell; and which blueprints there are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from qms.kernel import clock
from qms.kernel.area import areas
from qms.kernel.jobs import unread
from qms.kernel.organisations import SETTINGS
from qms.kernel.permissions import Actor
from qms.kernel.text import _, current_language, show_date
from qms.kernel.trail import READ_TRAIL
from qms.web.widgets import Choice, Frame, Nav, OrganisationName


def blueprints() -> list[Blueprint]:
    """The blueprints of the shell itself, without the areas'."""
    from qms.web import (
        account,
        admin,
        calendar,
        evidence,
        feed,
        home,
        notices,
        people,
        search,
        settings,
        trail,
    )

    modules = (home, search, trail, calendar, notices, evidence, account, feed, admin, settings, people)
    return [module.blueprint for module in modules]


def init_app(app: Flask) -> None:
    """Give every template what `base.html` needs, and every address its organisation."""
    app.context_processor(_context)
    app.jinja_env.globals["csrf_token"] = token  # the library's looks its settings up each time
    app.before_request_funcs.setdefault(None, []).insert(0, _year)  # before the guard: a refusal shows it too

    @app.url_defaults
    def same_organisation(endpoint: str, values: dict[str, Any]) -> None:
        organisation = g.get("organisation")
        if (
            organisation is not None
            and "org" not in values
            and app.url_map.is_endpoint_expecting(endpoint, "org")
        ):
            values["org"] = organisation.slug


def _year() -> None:
    """The year in view: chosen once, kept in the session, this year until then."""
    g.year = session.get("year") or clock.today().year


def _context() -> dict[str, Any]:
    """What `base.html` needs; made once where a page is put together of several templates."""
    if "frame" not in g:
        g.frame = _frame()
    return g.frame


def _frame() -> dict[str, Any]:
    config = current_app.config["QMS"]
    language = current_language()
    back = urlencode({"next": request.full_path}, safe="/?")
    frame = Frame(
        language=language,
        languages=[
            Choice(name, f"/language/{code}?{back}", language == code)
            for code, name in (("vi", "Tiếng Việt"), ("en", "English"))
        ],
        today=show_date(clock.today()),
        demonstration=config.demonstration,
    )
    person, organisation = g.get("person"), g.get("organisation")
    if person is not None:
        frame.person = person.name
        frame.account_url = "/account"
        frame.logout_url = "/logout"
    if person is not None and organisation is not None:
        _of_organisation(frame, person, organisation)
    return frame.context() | {"csrf_token": token}


def token() -> str:
    """The session's token against forged forms, asked for once a page."""
    if "token" not in g:
        g.token = generate_csrf()
    return g.token


def _of_organisation(frame: Frame, person: Any, organisation: Any) -> None:
    frame.organisation = OrganisationName(organisation.name, organisation.slug)
    frame.home_url = f"/{organisation.slug}/"
    frame.search_url = f"/{organisation.slug}/search"
    frame.bell_url = f"/{organisation.slug}/notifications"
    frame.bell_count = unread(person.id, organisation.id)
    frame.organisations = [Choice(o.name, f"/{o.slug}/", o.id == organisation.id) for o in g.organisations]
    chosen = g.get("year") or clock.today().year  # the guard may refuse before the year is known
    frame.year = str(chosen)
    frame.years = [
        Choice(str(year), f"{frame.home_url}?year={year}", year == chosen) for year in years(chosen)
    ]
    here = request.path.split("/")[2] if request.path.count("/") >= 2 else ""
    frame.nav = _navigation(g.actor, here, tuple([area.name for area in areas()]))


def years(chosen: int) -> list[int]:
    """The years offered: the next one, this one, the four before, and the one in view; newest first."""
    this = clock.today().year
    return sorted({chosen, *range(this - 4, this + 2)}, reverse=True)


@lru_cache(maxsize=256)
def _navigation(actor: Actor, here: str, _areas: tuple[str, ...]) -> list[Nav]:
    """As `navigation`; kept, since these are all that it depends on."""
    return navigation(actor, here)


def navigation(actor: Actor, here: str) -> list[Nav]:
    """The words of the areas' manifests that lead to what `actor` may open, in the areas' order; `here` is open."""
    entries = [(_("My work"), "", True)]
    for area in areas():
        entries += [(one.label, one.path, actor.may_somewhere(one.permission)) for one in area.navigation]
    entries += [
        (_("Calendar"), "calendar", True),
        (_("Log"), "trail", actor.may(READ_TRAIL)),
        (_("Settings"), "settings", actor.may(SETTINGS)),
    ]
    return [Nav(label, f"/{actor.slug}/{path}", here == path) for label, path, opens in entries if opens]
