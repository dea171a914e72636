"""The pages of actions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from qms.areas.actions import rules, service
from qms.areas.actions.forms import ActionEditForm, ActionForm
from qms.areas.actions.models import Action
from qms.kernel.area import record_at
from qms.kernel.errors import Refused
from qms.kernel.permissions import Actor
from qms.kernel.text import _, show_date
from qms.web.list_query import ChoiceFilter
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.widgets import Fact, MoveField, Section

LISTING = Listing(
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
                Fact(_("first due date"), show_date(row.first_due))
                if row.first_due != row.record.due
                else Fact(_("first due date"), _("not extended")),
            ),
        ),
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
)


def blueprint() -> Blueprint:
    """The routes below /<org>/actions."""
    return PAGES.register(Blueprint("actions", __name__, url_prefix="/<org>/actions"))
