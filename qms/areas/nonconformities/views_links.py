"""How nonconformities hang together, on their pages: causes, recurrences, and taking back what was a mistake."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from qms.areas.nonconformities import rules, service_links
from qms.areas.nonconformities.forms_links import TieForm
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_links import RECURS
from qms.kernel.links import RELATIONS
from qms.kernel.once import new_token
from qms.kernel.permissions import Actor
from qms.kernel.text import _, show_date
from qms.web import shell, ties
from qms.web.forms import clean, once_only
from qms.web.frame import token
from qms.web.record_parts import path_of
from qms.web.ties import Tie, Ties
from qms.web.widgets import Choice, Fact, FormView, MoveField, RecordView, Section
from qms.web.widgets.pieces import html


def complete(actor: Actor, row: Nonconformity, view: RecordView) -> None:
    """Where it may have recurred, or has, say so before all other facts; lead to its links who may change them."""
    may = actor.may(rules.EDIT, unit_id=row.record.unit_id, owner_id=row.record.owner_id)
    if may and row.record.state != rules.S.VOIDED:
        where = f"{path_of(row.kind, str(row.record.code))}/links"
        view.link_choices = (*view.link_choices, Choice(_("Link to other nonconformities"), where))
    if any(one.relation == RELATIONS[RECURS][0] for one in view.links):
        view.facts = [*_recurred(row), *view.facts]
    elif earlier := service_links.may_recur(row):
        view.facts = [_may_recur(row, earlier, may=may), *view.facts]


def _recurred(row: Nonconformity) -> list[Section]:
    times, since = service_links.repeated(row)
    if times < 2:  # what it repeats was voided
        return []
    said = _("%(n)s times since %(day)s, this one counted", n=times, day=show_date(since))
    return [Section("recurrence", _("It has recurred"), (Fact(_("how often"), said, long=True),))]


def _may_recur(row: Nonconformity, earlier: list[service_links.Earlier], *, may: bool) -> Section:
    lines = "".join([_earlier(row, one, may=may) for one in earlier])
    note = _("Found through the same source, in the same unit and against the same clause.")
    body = Markup(f'<ul class="linked">{lines}</ul>')  # noqa: S704 (each part was escaped)
    return Section("recurrence", _("It may have recurred"), body=body, note=note)


def _earlier(row: Nonconformity, one: service_links.Earlier, *, may: bool) -> str:
    """The line of an earlier one, with the two answers to it; in Python, since a template takes three times as long."""
    code, url = html(one.code), html(path_of(row.kind, one.code))
    line = (
        f'<li><span class="relation">{show_date(one.happened_on)}</span> <span class="linked-to"><a href="{url}">'
        f'<span class="code">{code}</span> {html(one.title)}</a></span>'
    )
    if not may:
        return f"{line}</li>\n"
    at, which = html(path_of(row.kind, str(row.record.code))), f'<span class="visually-hidden"> {code}</span>'
    sent = f'<input type="hidden" name="csrf_token" value="{token()}"><input type="hidden" name="other" value="{code}">'
    once = f'<input type="hidden" name="once" value="{new_token()}">'
    return (
        f'{line}\n<div class="linked-do"><form method="post" action="{at}/recurs">{sent}'
        f'<button class="btn btn-quiet btn-small" type="submit">{html(_RECURS)}{which}</button></form>\n'
        f'<details class="ask"><summary class="btn btn-quiet btn-small">{html(_NO_RECURRENCE)}{which}</summary>\n'
        f'<form method="post" action="{at}/recurs/not">{sent}{once}{_WHY.drawn(one.code)}'
        f'<button class="btn btn-quiet" type="submit">{html(_NO_RECURRENCE)}</button></form></details></div></li>\n'
    )


_RECURS, _NO_RECURRENCE = _("Link as recurrence"), _("It is no recurrence")
_WHY = MoveField("reason", _("Reason"), required=True)


# ---------------------------------------------------------------- the page of its links


@shell.needs(rules.EDIT)
def links(code: str) -> Any:
    """What it is tied to, each with the way to take it back, and a form for another tie."""
    actor = shell.actor()
    row = Nonconformity.by_code(actor.organisation_id, code)
    actor.require(rules.EDIT, unit_id=row.record.unit_id, owner_id=row.record.owner_id)
    g.record_url = path_of(row.kind, code)
    form = TieForm()
    if form.carries_out(lambda: service_links.tie(actor, code, **form.values())):
        flash(str(_("%(code)s is linked to %(other)s.", code=code, other=form.made.target.code)), "success")
        return redirect(f"{g.record_url}/links", 303)
    view = FormView(
        title=_("Links of %(code)s to other nonconformities", code=code),
        form=form,
        submit_label=_("Add the link"),
        cancel_url=g.record_url,
    )
    tied = [
        Tie(
            RELATIONS[one.relation][one.backward],
            one.code,
            one.title,
            path_of(row.kind, one.code),
            f"{g.record_url}/links/{one.id}/end",
        )
        for one in service_links.tied(row)
    ]
    listed = Ties(
        tied,
        service_links.newest(actor, row),
        end_label=_("Take the link back"),
        empty_text=_("It is linked to no other nonconformity yet."),
        another=_("Another link"),
    )
    return ties.page(view, listed)


@shell.needs(rules.EDIT)
def end_link(code: str, number: int) -> Response:
    """Take a tie back, with the reason."""
    actor = shell.actor()
    return ties.end(
        f"{path_of(Nonconformity.kind, code)}/links",
        lambda reason: service_links.untie(actor, code, number, reason),
    )


# ---------------------------------------------------------------- recurrence


@shell.needs(rules.EDIT)
def recurs(code: str) -> Response:
    """Record that it repeats an earlier one."""
    g.record_url = path_of(Nonconformity.kind, code)
    made = service_links.tie(shell.actor(), code, RECURS, clean(request.form.get("other")))
    flash(str(_("%(code)s is linked to %(other)s.", code=code, other=made.target.code)), "success")
    return redirect(f"{g.record_url}#recurrence", 303)


@shell.needs(rules.EDIT)
def no_recurrence(code: str) -> Response:
    """Record that it does not repeat that earlier one, and why."""
    g.record_url = path_of(Nonconformity.kind, code)
    other, reason = (clean(request.form.get(name)) for name in ("other", "reason"))
    once_only(lambda: service_links.no_recurrence(shell.actor(), code, other, reason))
    flash(str(_("It is not offered again; the reason is kept.")), "success")
    return redirect(g.record_url, 303)


def add_routes(routes: Blueprint) -> None:
    """The routes of links below the blueprint of nonconformities."""
    routes.add_url_rule("/<code>/links", "link_new", links, methods=("GET", "POST"))
    routes.add_url_rule("/<code>/links/<int:number>/end", "link_end", end_link, methods=("POST",))
    routes.add_url_rule("/<code>/recurs", "recurs", recurs, methods=("POST",))
    routes.add_url_rule("/<code>/recurs/not", "no_recurrence", no_recurrence, methods=("POST",))
