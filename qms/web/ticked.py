"""What can be done with the rows of a list that are ticked: save them as a file, print them, hand them over.

The ticked codes stand in the address (`?code=…&code=…`), so that all of it works without JavaScript, is
safe to open again, and leaves nothing to forge but the form that hands over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from qms.kernel.leaving import hand_over_chosen
from qms.kernel.permissions import Actor
from qms.kernel.text import _, ngettext
from qms.web import forms, shell
from qms.web.widgets import Bulk, FormView

if TYPE_CHECKING:
    from qms.web.pages import RecordPages


class HandOverForm(forms.Form):
    """Who answers for the ticked records from now on, and why."""

    once = None  # what was handed over already stays as it is
    to = forms.person(_("New owner"), needed=True)
    reason = forms.text(
        _("Reason"), needed=True, limit=2000, hint=_("It stands in the history of each record.")
    )


def verbs(pages: RecordPages, actor: Actor, url: str) -> list[Bulk]:
    """What this reader can do with ticked rows of the list at `url`."""
    found = [
        Bulk(f"{url}.xlsx", _("Save as .xlsx")),
        Bulk(f"{url}.csv", _("Save as .csv")),
        Bulk(f"{url}/print", _("Print them")),
    ]
    found += [Bulk(f"{url}/{path}", label) for path, label in pages.papers]
    if hands_over(pages) and actor.may(pages.change):
        found.append(Bulk(f"{url}/hand-over", _("Hand them over")))
    return found


def hands_over(pages: RecordPages) -> bool:
    """Whether records of the kind have an owner that may be changed."""
    return pages.edit is not None and "owner" not in pages.listing.hidden


def add_routes(blueprint: Blueprint, pages: RecordPages) -> None:
    """Add /<org>/<area>/print and, where records have an owner, /<org>/<area>/hand-over."""

    def print_them() -> str:
        view = pages.listing.paper(shell.actor(), request.args, _url(pages))
        return render_template("layouts/print.html", view=view)

    def hand_over() -> Any:
        return _hand_over(pages)

    blueprint.add_url_rule("/print", "print", shell.needs(pages.view)(print_them))
    if hands_over(pages):
        view = shell.needs(pages.change)(hand_over)
        blueprint.add_url_rule("/hand-over", "hand_over", view, methods=("GET", "POST"))


def _url(pages: RecordPages) -> str:
    return f"/{g.organisation.slug}/{pages.area}"


def _hand_over(pages: RecordPages) -> Response | tuple[str, int]:
    """The form that hands the ticked records over; where none is ticked, the list again, narrowed as it was."""
    actor = shell.actor()
    chosen = pages.listing.chosen(actor, request.args)
    if not chosen:
        flash(str(_("No row is ticked: tick the rows to hand over, then choose again.")), "info")
        narrowed = urlencode([(n, v) for n, v in request.args.items(multi=True) if n != "code"])
        return redirect(f"{_url(pages)}?{narrowed}".rstrip("?"), 303)
    form = HandOverForm()
    forms.fill_choices(form)
    if form.carries_out(
        lambda: hand_over_chosen(
            actor,
            pages.model,
            list(chosen),
            to=form.to.data,
            permission=pages.change,
            reason=form.reason.data or "",
        )
    ):
        n = form.made
        flash(ngettext("%(n)s record was handed over.", "%(n)s records were handed over.", n), "success")
        return redirect(_url(pages), 303)
    view = FormView(
        title=_("Hand over"),
        form=form,
        submit_label=_("Hand them over"),
        cancel_url=_url(pages),
        url=request.full_path,
        intro="; ".join(f"{code} {title}" for code, title in chosen.items()),
    )
    return render_template("layouts/form.html", view=view), form.status
