"""Pages of headed sections with buttons, and their forms: account, administration, settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from qms.kernel.organisations import Organisation, Unit
from qms.kernel.people import Assignment, Deputy, Person
from qms.kernel.permissions import ROLE_LABELS, Actor, Role
from qms.kernel.text import Message, _, show_date
from qms.web.widgets import Choice, Column, FormView, Move, Row, Section, StateBadge, Table, Text, link


def sheet(
    title: Text, sections: Sequence[Section], *, back: Choice | None = None, moves: Sequence[Move] = (),
    state: StateBadge | None = None, intro: Text = "",
) -> str:  # fmt: skip
    """A page of sections under a title, with what can be done."""
    return render_template(
        "settings/sheet.html",
        title=title,
        sections=sections,
        back=back,
        moves=moves,
        state=state,
        intro=intro,
    )


def form_page(
    title: Text,
    form: Any,
    submit: Message,
    cancel: str,
    *,
    intro: Text = "",
    version: int | None = None,
    groups: Sequence[tuple[Text, Sequence[str]]] = (),
) -> tuple[str, int]:
    """A form in the layout of every form, with its status; `version` is that of what it changes."""
    view = FormView(
        title=title,
        form=form,
        submit_label=submit,
        cancel_url=cancel,
        intro=intro,
        version=version,
        groups=groups,
    )
    return render_template("layouts/form.html", view=view), form.status


def done(text: Message | str, endpoint: str, **values: Any) -> Response:
    """Say what was done, and go on to a page."""
    flash(str(text), "success")
    return redirect(url_for(endpoint, **values), 303)


def period(valid_from: Any, valid_to: Any) -> str:
    """From when to when, as written; an open end as a dash."""
    return f"{show_date(valid_from)} – {show_date(valid_to)}".rstrip()


def account_state(person: Person) -> StateBadge:
    """Whether somebody can sign in."""
    if not person.active:
        return StateBadge(_("deactivated"), "void")
    if person.password is None:
        return StateBadge(_("invited, no password yet"), "wait")
    return StateBadge(_("active"), "done")


def is_over(row: Assignment | Deputy, actor: Actor) -> bool:
    """Whether a dated row is no longer valid, or was withdrawn before it began."""
    return row.valid_to is not None and (row.valid_to < actor.today or row.valid_to < row.valid_from)


def role_table(rows: Sequence[Assignment], actor: Actor, *, end: str = "") -> Table:
    """Roles with place and dates; `end` is the endpoint that ends one, where the reader may."""
    columns = [
        Column("role", _("Role")),
        Column("where", _("Where"), kind="wide"),
        Column("dates", _("From – to"), kind="nowrap"),
        *([Column("do", _("Change"))] if end else []),
    ]
    shown = []
    for row in rows:
        over = is_over(row, actor)
        cells: list[Any] = [ROLE_LABELS[Role(row.role)], _place(row), period(row.valid_from, row.valid_to)]
        if end:
            label = _("End the role")
            target = url_for(end, number=row.person_id, role_id=row.id)
            cells.append("" if over else link(target, label))
        shown.append(Row("", cells, tone="void" if over else ""))
    return Table(columns, shown, empty_text=_("No role yet."))


def _place(row: Assignment) -> Text:
    if row.organisation is None:
        return _("the whole installation")
    unit = f", {row.unit.name}" if row.unit is not None else ""
    return f"{row.organisation.name}{unit}"


def roles_of(person: Person, organisation: Organisation | None = None) -> list[Assignment]:
    """The roles of a person, newest first; in one organisation or all."""
    from peewee import JOIN

    query = (
        Assignment.select(Assignment, Organisation, Unit)
        .join(Organisation, JOIN.LEFT_OUTER)
        .switch(Assignment)
        .join(Unit, JOIN.LEFT_OUTER, on=(Assignment.unit == Unit.id))
        .where(Assignment.person == person.id)
    )
    if organisation is not None:
        query = query.where(Assignment.organisation == organisation.id)
    return list(query.order_by(Assignment.valid_from.desc(), Assignment.id.desc()))


def role_options(roles: Sequence[Role]) -> list[tuple[str, Message]]:
    """(value, label) of roles to choose from."""
    return [(role.value, ROLE_LABELS[role]) for role in roles]
