"""The pages of actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, g, redirect
from markupsafe import Markup
from werkzeug.wrappers import Response

from qms.areas.actions import rules, service, service_serves
from qms.areas.actions.forms import ActionEditForm, ActionForm, ExtendForm, ServesForm
from qms.areas.actions.models import Action
from qms.kernel import clock
from qms.kernel.area import record_at
from qms.kernel.errors import Refused
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, ngettext, show_date
from qms.web import shell, ties
from qms.web.list_query import ChoiceFilter
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.record_parts import badge, path_of
from qms.web.ties import Tie, Ties
from qms.web.widgets import Choice, Column, Fact, FormView, Move, MoveField, RecordView, Row, Section, Table


class ActionListing(Listing):
    """The list of actions, each with the codes of what it serves, which are read for a whole page at once."""

    def columns(self) -> list[tuple[str, Message, Any]]:
        """The shown columns; last the action's number, in the place of those codes."""
        return [*super().columns(), ("serves", _("serves"), Record.id)]

    def table(self, actor: Actor, args: Any) -> tuple[list[str], list[list[Any]]]:
        """The same rows for a file."""
        heads, rows = super().table(actor, args)
        served = service_serves.codes_served([row[-1] for row in rows])
        return heads, [[*row[:-1], ", ".join(served.get(row[-1], ()))] for row in rows]

    def _cells(self, page: list[tuple[Any, ...]], keys: list[str], actor: Actor) -> list[list[Any]]:
        rows = super()._cells(page, keys, actor)
        served = service_serves.codes_served([row[-1] for row in rows])
        return [[*row[:-1], _codes(served.get(row[-1], ()))] for row in rows]


def _codes(codes: Iterable[str]) -> Markup:
    """Codes that break between them, and not within."""
    drawn = [Markup('<span class="code">{}</span>').format(one) for one in codes]
    return Markup("<span>{}</span>").format(Markup(", ").join(drawn)) if drawn else Markup("")


LISTING = ActionListing(
    model=Action,
    title=_("Actions"),
    new_label=_("Record an action"),
    empty_text=_(
        "No action yet. Actions come from nonconformities, reviews and objectives, or are recorded here."
    ),
    tone=lambda state: rules.TONES.get(state, "void"),
    extras=(Extra("sort", _("kind of action"), Action.sort, lambda v: str(rules.SORTS.get(v, v))),),
    filters=(
        ChoiceFilter("sort_of", _("kind of action"), Action.sort, lambda _actor: list(rules.SORTS.items())),
    ),
)


def sections(_actor: Actor, row: Action) -> list[Section]:
    """What is done, with what, and the proof."""
    return [
        Section(
            "facts",
            _("The action"),
            (
                Fact(_("kind of action"), rules.SORTS.get(row.sort, row.sort)),
                Fact(_("what is done"), row.description, empty_hint=_("not described"), long=True),
                Fact(_("resources"), row.resources, empty_hint=_("none named"), long=True),
            ),
        ),
        _deadline(row),
        Section(
            "proof",
            _("Proof"),
            (
                Fact(_("proof"), row.proof, empty_hint=_("not proven yet"), long=True),
                Fact(_("done on"), show_date(row.done_on) or None, empty_hint=_("not done yet")),
                Fact(
                    _("verified by"),
                    _name(row.verified_by) if row.verified_by_id else None,
                    empty_hint=_("nobody yet"),
                ),
            ),
        ),
    ]


def _deadline(row: Action) -> Section:
    """The first due date, and each time it was moved back."""
    moved = service.extensions(row) if row.record.version > 1 else []
    columns = [Column("when", _("when"), kind="nowrap"), Column("dates", _("due date"), kind="nowrap"),
               Column("why", _("reason"), kind="wide"), Column("who", _("extended by"))]  # fmt: skip
    rows = [
        Row(
            "",
            [
                show_date(clock.local(one.at).date()),
                f"{show_date(one.old)} → {show_date(one.new)}",
                one.reason,
                one.who,
            ],
        )
        for one in moved
    ]
    return Section(
        "deadline",
        _("Due date and extensions"),
        (
            Fact(_("first due date"), show_date(row.first_due) or None, empty_hint=_("no due date")),
            Fact(
                _("extended"),
                ngettext("%(n)s time", "%(n)s times", len(moved)) if moved else _("not extended"),
            ),
        ),
        table=Table(columns, rows) if moved else None,
    )


def complete(actor: Actor, row: Action, view: RecordView) -> None:
    """Where it may be changed: a later due date as a step of its own, and the way to what it serves."""
    record = row.record
    if record.ended_on is not None or not actor.may(
        rules.EDIT, unit_id=record.unit_id, owner_id=record.owner_id
    ):
        return
    here = path_of(Action.kind, str(record.code))
    view.link_choices = (*view.link_choices, Choice(_("Change what it serves"), f"{here}/serves"))
    if record.due is None:
        return
    obstacles = service.against_extension(actor, row)
    field = MoveField("due", _("New due date"), kind="date", required=True)
    view.moves = [
        *view.moves,
        Move(
            "extend",
            _("Extend the due date"),
            f"{here}/extend",
            enabled=not obstacles,
            obstacles=obstacles,
            needs_reason=True,
            fields=(field,),
        ),
    ]


def finish_fields(_actor: Actor, row: Action) -> list[MoveField]:
    """The proof is asked for where it is missing."""
    return [MoveField("proof", _("What proves it"), value=row.proof)]


def create(actor: Actor, values: dict[str, Any]) -> Action:
    """The action of the form, for the record that its field `serves` names as area/code; raises NotFound."""
    path = values.pop("serves", "")
    return service.open_action(actor, values, serves=record_at(actor, path) if path else None)


def prefill(actor: Actor, args: Any) -> dict[str, Any]:
    """What a new action begins with; `?serves=area/code` names the record it is for.

    Raises NotFound, Forbidden, or Refused where that record takes no action: no form that cannot be saved.
    """
    path = args.get("serves", "")
    if not path:
        return {}
    served = record_at(actor, path)
    if obstacles := service.against_serving(actor, served):
        raise Refused(obstacles)
    return {"serves": path, "unit": served.unit_id, "owner": served.owner_id}


def _name(person: Any) -> str:
    return str(person.name)


PAGES = RecordPages(
    area="actions",
    model=Action,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    form=ActionForm,
    create=create,
    edit=service.edit,
    fire=service.fire,
    facts=service.facts,
    sections=sections,
    move_fields={"finish": finish_fields},
    prefill=prefill,
    edit_form=ActionEditForm,
    extra=complete,
)


# ---------------------------------------------------------------- a later due date, what it serves


@shell.needs(rules.EDIT)
def extend(code: str) -> Any:
    """Move the due date back, with a reason."""
    title = _("Extend the due date")
    return PAGES.edit_with(
        code, ExtendForm, service.extend, title, permission=rules.EDIT, editable=PAGES.editable
    )


@shell.needs(rules.EDIT)
def serves(code: str) -> Any:
    """What the action serves, each with the way to take it back, and a form for one more."""
    actor = shell.actor()
    row = Action.by_code(actor.organisation_id, code)
    actor.require(rules.EDIT, unit_id=row.record.unit_id, owner_id=row.record.owner_id)
    g.record_url = path_of(Action.kind, code)
    form = ServesForm()
    if form.carries_out(lambda: service_serves.add(actor, code, str(form.other.data))):  # type: ignore[attr-defined]
        flash(str(_("%(code)s serves %(other)s now.", code=code, other=form.made.target.code)), "success")
        return redirect(f"{g.record_url}/serves", 303)
    view = FormView(
        title=_("What %(code)s serves", code=code),
        form=form,
        submit_label=_("Let it serve this record too"),
        cancel_url=g.record_url,
        intro=_(
            "One action may serve several records: when it is done, each of them moves on by its own rules."
        ),
    )
    served = [
        Tie(
            _("serves"),
            one.code,
            one.title,
            path_of(one.kind, one.code),
            f"{g.record_url}/serves/{one.code}/end",
            badge(one.kind, one.state),
        )
        for one in service.served(row.record_id)
    ]
    listed = Ties(
        served,
        service_serves.on_offer(actor, row),
        end_label=_("Serve it no longer"),
        empty_text=_("It serves no record yet."),
        another=_("Another record"),
    )
    return ties.page(view, listed)


@shell.needs(rules.EDIT)
def serves_end(code: str, other: str) -> Response:
    """Let the action serve that record no longer, with the reason."""
    actor = shell.actor()
    return ties.end(
        f"{path_of(Action.kind, code)}/serves",
        lambda reason: service_serves.take_back(actor, code, other, reason),
    )


def blueprint() -> Blueprint:
    """The routes below /<org>/actions."""
    routes = Blueprint("actions", __name__, url_prefix="/<org>/actions")
    routes.add_url_rule("/<code>/extend", "extend", extend, methods=("GET", "POST"))
    routes.add_url_rule("/<code>/serves", "serves", serves, methods=("GET", "POST"))
    routes.add_url_rule("/<code>/serves/<other>/end", "serves_end", serves_end, methods=("POST",))
    return PAGES.register(routes)
