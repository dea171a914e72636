"""What is printed of the list of nonconformities: their sheets in one file, and the whole register."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, request, send_file
from werkzeug.wrappers import Response

from qms.areas.nonconformities import rules, service_register, views_sheet
from qms.kernel import catalogue
from qms.kernel.errors import Refused
from qms.kernel.organisations import Organisation
from qms.kernel.permissions import Actor
from qms.kernel.text import LANGUAGES, _, current_language, language, ngettext, show_date, show_number
from qms.web import export, shell
from qms.web.list_query import bad_value
from qms.web.listing import EXPORTED, Listing


def add_routes(routes: Blueprint, listing: Listing) -> None:
    """Add the addresses below the list at which its papers are made."""

    def route(rule: str, name: str, make: Callable[[Listing], Response]) -> None:
        view: Any = shell.needs(rules.VIEW)(lambda: make(listing))
        routes.add_url_rule(rule, name, view)

    route("/sheets", "sheets", _sheets)
    route("/register.xlsx", "register", _register)


def most_sheets() -> int:
    """How many sheets one file holds (audits/rules)."""
    return int(catalogue.rules("nonconformities")["sheets"]["most"])


def _sheets(listing: Listing) -> Response:
    """The sheets of the ticked rows, or of all that the filters find; raises Refused beyond the limit."""
    actor, locale = shell.actor(), _locale()
    numbers = listing.numbers(actor, request.args)
    g.record_url = f"/{actor.slug}/nonconformities?{request.query_string.decode()}"  # where it is narrowed
    if not numbers:
        raise Refused([_("no row meets these filters: there is no sheet to print")])
    if len(numbers) > most_sheets():
        n, limit = show_number(len(numbers)), show_number(most_sheets())
        text = _(
            "%(n)s sheets are asked for; one file holds at most %(limit)s: narrow the list first",
            n=n, limit=limit,
        )  # fmt: skip
        raise Refused([text])
    name, content = views_sheet.make_all(actor, numbers, locale)
    return export.download(name, export.DOCX, content)


def _register(listing: Listing) -> Response:
    """The whole register of the rows that the filters find, as a workbook that is made on disk."""
    actor, locale = shell.actor(), _locale()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer reads it, and closes it when it is sent
    with language(locale):
        numbers = listing.numbers(actor, request.args)
        title = str(_("REGISTER OF NONCONFORMITIES AND CORRECTIVE ACTIONS"))
        export.write_register(
            file,
            title=title,
            lines=_lines(listing, actor, len(numbers)),
            heads=[(str(head.label), head.width) for head in service_register.HEADS],
            rows=service_register.rows(actor, numbers),
        )
    file.seek(0)
    return send_file(
        file, mimetype=export.XLSX, as_attachment=True, download_name=export.file_name(title, "xlsx")
    )


def _lines(listing: Listing, actor: Actor, count: int) -> list[str]:
    """Whose register it is, of which day, how many rows, and what narrowed it."""
    when, rows = show_date(actor.today), show_number(count)
    organisation = Organisation.get_by_id(actor.organisation_id)
    found = [
        organisation.name,
        ngettext("as of %(day)s, %(rows)s row", "as of %(day)s, %(rows)s rows", count, day=when, rows=rows),
    ]
    if organisation.illustrative:
        found.append(str(_("Illustrative data")))
    if count >= EXPORTED:
        found.append(str(_("only the first %(n)s rows stand here: narrow the list for the others", n=rows)))
    if narrowed := _narrowed(listing, actor):
        found.append(str(_("only: %(filters)s", filters="; ".join(narrowed))))
    return found


def _narrowed(listing: Listing, actor: Actor) -> list[str]:
    """The filters that are set, in words: `grade: major nonconformity`."""
    found = []
    for one in listing.filters_set(actor, request.args):
        words = {str(value): str(label) for value, label in one.options or ()}
        found.append(f"{one.label}: {words.get(one.value, one.value)}")
    if ticked := len(set(request.args.getlist("code"))):
        found.append(str(_("ticked rows: %(n)s", n=show_number(ticked))))
    return found


def _locale() -> str:
    locale = request.args.get("locale", current_language())
    if locale not in LANGUAGES:
        raise bad_value("locale", locale)
    return locale
