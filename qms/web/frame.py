"""What stands around every page: navigation, switchers, the bell; and which blueprints there are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, g, request, session, url_for
from flask_wtf.csrf import generate_csrf

from qms.kernel import clock
from qms.kernel.area import areas
from qms.kernel.jobs import unread
from qms.kernel.organisations import SETTINGS
from qms.kernel.people import organisations_of
from qms.kernel.text import _, current_language, show_date
from qms.kernel.trail import READ_TRAIL
from qms.web.widgets import Choice, Frame, Nav, OrganisationName


def blueprints() -> list[Blueprint]:
    """The blueprints of the shell itself, without the areas'."""
    from qms.web import (
        account,
        admin,
        calendarpage,
        evidence,
        home,
        notices,
        people,
        searching,
        settings,
        trailpage,
    )

    modules = (home, searching, trailpage, calendarpage, notices, evidence, account, admin, settings, people)
    return [module.blueprint for module in modules]


def init_app(app: Flask) -> None:
    """Give every template what `base.html` needs, and every address its organisation."""
    app.context_processor(_context)
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
    config = current_app.config["QMS"]
    language = current_language()
    frame = Frame(
        language=language,
        languages=[
            Choice(name, url_for("home.language", code=code, next=request.full_path), language == code)
            for code, name in (("vi", "Tiếng Việt"), ("en", "English"))
        ],
        today=show_date(clock.today()),
        demonstration=config.demonstration,
    )
    person, organisation = g.get("person"), g.get("organisation")
    if person is not None:
        frame.person = person.name
        frame.account_url = "/account"
        frame.logout_url = url_for("security.logout")
        frame.home_url = url_for("home.organisations")
    if person is not None and organisation is not None:
        _of_organisation(frame, person, organisation)
    return frame.context() | {"csrf_token": generate_csrf}


def _of_organisation(frame: Frame, person: Any, organisation: Any) -> None:
    frame.organisation = OrganisationName(organisation.name, organisation.slug)
    frame.home_url = url_for("home.show")
    frame.search_url = url_for("search.show")
    frame.bell_url = url_for("notices.show")
    frame.bell_count = unread(person.id, organisation.id)
    frame.organisations = [
        Choice(o.name, f"/{o.slug}/", o.id == organisation.id)
        for o in organisations_of(person, clock.today())
    ]
    chosen = g.get("year") or clock.today().year  # the guard may refuse before the year is known
    frame.year = str(chosen)
    frame.years = [
        Choice(str(year), f"{frame.home_url}?year={year}", year == chosen) for year in years(chosen)
    ]
    frame.nav = navigation()


def years(chosen: int) -> list[int]:
    """The years offered: the next one, this one, the four before, and the one in view; newest first."""
    this = clock.today().year
    return sorted({chosen, *range(this - 4, this + 2)}, reverse=True)


def navigation() -> list[Nav]:
    """The words of the areas' manifests that lead to what this person may open, in the areas' order."""
    here = request.path.split("/")[2] if request.path.count("/") >= 2 else ""
    entries = [Nav(_("My work"), url_for("home.show"), here == "")]
    for area in areas():
        for entry in area.navigation:
            if g.actor.may_somewhere(entry.permission):
                entries.append(Nav(entry.label, f"/{g.organisation.slug}/{entry.path}", here == entry.path))
    entries.append(Nav(_("Calendar"), url_for("calendar.show"), here == "calendar"))
    if g.actor.may(READ_TRAIL):
        entries.append(Nav(_("Log of changes"), url_for("trail.show"), here == "trail"))
    if g.actor.may(SETTINGS):
        entries.append(Nav(_("Settings"), url_for("settings.show"), here == "settings"))
    return entries
