"""The routes below /<org>/reviews."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from qms.areas.reviews import rules, service, service_pack, service_parts, topics
from qms.areas.reviews.forms import (
    AttendantForm,
    InputForm,
    MinutesForm,
    NumberForm,
    OutputForm,
    ReviewForm,
    attendance_form,
)
from qms.areas.reviews.models import Review
from qms.areas.reviews.views_page import base, fed_markup, finish, sections
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound
from qms.kernel.permissions import Actor
from qms.kernel.text import _, ngettext, show_date
from qms.web import shell
from qms.web.forms import Form, fill_choices, opened_version, sent_version
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.shell import needs
from qms.web.widgets import FormView

TONES: dict[str, str] = {
    rules.S.DRAFT: "open",
    rules.S.PREPARED: "wait",
    rules.S.HELD: "done",
    rules.S.CLOSED: "done",
}

LISTING = Listing(
    model=Review,
    title=_("Management reviews"),
    new_label=_("Prepare a review"),
    empty_text=_("No management review yet. Choose a period: what the system knows of it is filled in."),
    tone=lambda state: TONES.get(state, "void"),
    extras=(
        Extra("period", _("period reviewed"), Review.period, lambda code: str(Period.parse(code).label())),
        Extra("held_on", _("day of the meeting"), Review.held_on, show_date),
    ),
    order="-code",
    hidden=frozenset({"unit", "due"}),
)


def prefill(actor: Actor, _args: Any) -> dict[str, Any]:
    """The year before, which is what most reviews go through."""
    return {"period": str(actor.today.year - 1), "owner": actor.person_id}


PAGES = RecordPages(
    area="reviews",
    model=Review,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    form=ReviewForm,
    create=service.create,
    edit=service.edit,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
    prefill=prefill,
    extra=finish,
    documents=(rules.MINUTES,),
    editable=lambda row: row.record.state in rules.OPEN,
)


def blueprint() -> Blueprint:
    """The routes below /<org>/reviews."""
    made = PAGES.register(Blueprint("reviews", __name__, url_prefix="/<org>/reviews"))
    for rule, view, need, methods in (
        ("/<code>/inputs/<key>", input_edit, rules.EDIT, ("GET", "POST")),
        ("/<code>/minutes", minutes_edit, rules.EDIT, ("GET", "POST")),
        ("/<code>/number", number_edit, rules.NUMBER, ("GET", "POST")),
        ("/<code>/attendants/new", attendant_new, rules.EDIT, ("GET", "POST")),
        ("/<code>/attendants/usual", attendants_usual, rules.EDIT, ("POST",)),
        ("/<code>/attendants/<int:number>", attendant_edit, rules.EDIT, ("GET", "POST")),
        ("/<code>/attendants/<int:number>/withdraw", attendant_withdraw, rules.EDIT, ("POST",)),
        ("/<code>/attendance", attendance_edit, rules.EDIT, ("GET", "POST")),
        ("/<code>/outputs/new", output_new, rules.EDIT, ("GET", "POST")),
        ("/<code>/outputs/<int:number>", output_edit, rules.EDIT, ("GET", "POST")),
        ("/<code>/outputs/<int:number>/withdraw", output_withdraw, rules.EDIT, ("POST",)),
    ):
        made.add_url_rule(rule, view.__name__, needs(need)(view), methods=methods)
    return made


# ---------------------------------------------------------------- the meeting


def minutes_edit(code: str) -> Any:
    """The course of the meeting."""
    title = _("Minutes of %(code)s", code=code)
    return PAGES.edit_with(
        code,
        MinutesForm,
        service.write_minutes,
        title,
        permission=rules.EDIT,
        editable=lambda row: row.record.state in rules.OPEN | {rules.S.HELD},
    )


def number_edit(code: str) -> Any:
    """The number that the records office gave."""
    title = _("Number of the minutes of %(code)s", code=code)
    return PAGES.edit_with(
        code,
        NumberForm,
        service.give_number,
        title,
        permission=rules.NUMBER,
        editable=lambda row: row.record.state in rules.HELD,
    )


# ---------------------------------------------------------------- inputs


def input_edit(code: str, key: str) -> Any:
    """One input: what the system knows of it, and what is written by hand."""
    topic = topics.inputs().get(key)
    if topic is None:
        raise NotFound(key)
    review = _review(code)
    row = service.written(review).get(key)
    form = InputForm(
        data={n: getattr(row, n) for n in ("text", "evidence", "reason_if_empty")} if row else None
    )
    title = f"{key}. {topic.title}"
    if form.carries_out(
        lambda: service_parts.write_input(shell.actor(), code, key, form.values(), opened_version())
    ):
        return _saved(review, f"#input-{key}")
    fed = service_pack.shown(shell.actor(), review).of(key)
    return _page(
        review, form, title, f"#input-{key}", intro=topic.hint, template="reviews/input.html",
        fed=fed_markup(fed),
    )  # fmt: skip


# ---------------------------------------------------------------- attendants


def attendant_new(code: str) -> Any:
    """Call somebody to the meeting."""
    review = _review(code)
    form = fill_choices(AttendantForm())
    if form.carries_out(lambda: service_parts.add_attendant(shell.actor(), code, form.values())):
        return _saved(review, "#attendants")
    return _page(review, form, _("Call somebody to the meeting"), "#attendants", label=_("Call somebody"))


def attendants_usual(code: str) -> Response:
    """Call the leaders, unit heads and coordinators at once."""
    review = _review(code)
    added = service_parts.call_the_usual(shell.actor(), code)
    flash(ngettext("%(n)s person was called.", "%(n)s people were called.", added), "success")
    return redirect(f"{base(review)}#attendants", 303)


def attendant_edit(code: str, number: int) -> Any:
    """One line of the list."""
    review = _review(code)
    row = service_parts.attendant(review, number)
    data = {
        "person": row.person_id,
        "name": row.name,
        "position": row.said_position(),
        "presence": row.presence,
    }
    form = fill_choices(AttendantForm(data=data))
    if form.carries_out(
        lambda: service_parts.edit_attendant(shell.actor(), code, number, form.values(), opened_version())
    ):
        return _saved(review, "#attendants")
    return _page(
        review, form, row.name, "#attendants", template="reviews/part.html",
        withdraw=f"{base(review)}/attendants/{number}/withdraw", withdraw_label=_("Take off the list"),
    )  # fmt: skip


def attendant_withdraw(code: str, number: int) -> Response:
    """Take somebody off the list; the history keeps the line."""
    review = _review(code)
    service_parts.edit_attendant(shell.actor(), code, number, {"withdrawn": True}, opened_version())
    return _saved(review, "#attendants")


def attendance_edit(code: str) -> Any:
    """Who came, for everybody at once."""
    review = _review(code)
    rows = service.attendants(review)
    form = attendance_form(
        (r.id, f"{r.name} ({r.said_position()})" if r.position else r.name, r.presence) for r in rows
    )

    def keep() -> Any:
        said = {int(name[1:]): value for name, value in form.values().items()}
        return service_parts.record_attendance(shell.actor(), code, said, opened_version())

    if form.carries_out(keep):
        return _saved(review, "#attendants")
    return _page(review, form, _("Attendance at %(code)s", code=code), "#attendants")


# ---------------------------------------------------------------- conclusions


def output_new(code: str) -> Any:
    """Record a conclusion."""
    review = _review(code)
    form = fill_choices(OutputForm())
    if form.carries_out(lambda: service_parts.add_output(shell.actor(), code, form.values())):
        return _saved(review, "#outputs")
    return _page(review, form, _("Record a conclusion"), "#outputs", label=_("Record a conclusion"))


def output_edit(code: str, number: int) -> Any:
    """Change a conclusion."""
    review = _review(code)
    row = service_parts.output(review, number)
    data = {"kind": row.kind, "text": row.text, "owner": row.owner_id, "due": row.due}
    form = fill_choices(OutputForm(data=data))
    if form.carries_out(
        lambda: service_parts.edit_output(shell.actor(), code, number, form.values(), opened_version())
    ):
        return _saved(review, "#outputs")
    return _page(
        review, form, _("Change the conclusion"), "#outputs", template="reviews/part.html",
        withdraw=f"{base(review)}/outputs/{number}/withdraw", withdraw_label=_("Withdraw the conclusion"),
    )  # fmt: skip


def output_withdraw(code: str, number: int) -> Response:
    """Withdraw a conclusion; the history keeps it."""
    review = _review(code)
    service_parts.edit_output(shell.actor(), code, number, {"withdrawn": True}, opened_version())
    return _saved(review, "#outputs")


# ---------------------------------------------------------------- shared


def _review(code: str) -> Review:
    """The review, for a page that changes it; raises NotFound, Forbidden, or Refused when frozen.

    What was typed before it froze is not lost with a page: there the service refuses, on the filled form.
    """
    actor = shell.actor()
    review = Review.by_code(actor.organisation_id, code)
    g.record_url = base(review)
    service.require_editor(actor, review)
    if request.method == "GET":
        service.require_open(review)
    return review


def _saved(review: Review, anchor: str) -> Response:
    flash(str(_("%(code)s is saved.", code=review.record.code)), "success")
    return redirect(f"{base(review)}{anchor}", 303)


def _page(
    review: Review, form: Form, title: Any, anchor: str, *, label: Any = None, intro: Any = "",
    template: str = "layouts/form.html", **more: Any,
) -> tuple[str, int]:  # fmt: skip
    view = FormView(
        title=title,
        form=form,
        submit_label=label or _("Save the changes"),
        cancel_url=f"{base(review)}{anchor}",
        version=sent_version() or review.record.version,
        intro=intro,
        code=review.record.code,
    )
    return render_template(template, view=view, **more), form.status
