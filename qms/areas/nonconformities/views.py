"""The pages of nonconformities: the record, its parts, its actions, and what is proposed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from qms.areas.nonconformities import (
    rules,
    service,
    service_criterion,
    service_links,
    service_proposals,
    views_import,
    views_links,
    views_papers,
    views_statistics,
)
from qms.areas.nonconformities.forms import (
    ANALYSIS_FOLDS,
    ANALYSIS_GROUPS,
    PART_FORMS,
    NcActionForm,
    NonconformityEditForm,
    NonconformityForm,
    ProposalForm,
)
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_parts import PARTS
from qms.areas.nonconformities.service_parts import against_writing
from qms.areas.nonconformities.views_filters import FILTERS
from qms.areas.nonconformities.views_sections import before_writing, complete, sections, serving, tags
from qms.kernel import catalogue, proposals
from qms.kernel.calendar import Period
from qms.kernel.clauses import edition_of
from qms.kernel.errors import BadInput, Refused
from qms.kernel.permissions import Actor
from qms.kernel.text import _
from qms.web import shell
from qms.web.forms import Form, clean, fill_choices, made_before, once_only
from qms.web.listing import Extra, Listing
from qms.web.pages import RecordPages
from qms.web.record_parts import path_of
from qms.web.sheets import form_page

# ---------------------------------------------------------------- list


LISTING = Listing(
    model=Nonconformity,
    title=_("Nonconformities"),
    new_label=_("Record a nonconformity"),
    empty_text=_(
        "No nonconformity yet. Record the first one, or import a statement: a missed target or a figure "
        "that does not agree is proposed as one."
    ),
    tone=lambda state: rules.TONES.get(state, "void"),
    extras=(Extra("grade", _("grade"), Nonconformity.grade, lambda v: str(rules.GRADES.get(v, v))),),
    filters=FILTERS,
)


def prefill(actor: Actor, args: Any) -> dict[str, Any]:
    """What a new nonconformity begins with; each `?source=area/code` names a record it comes from."""
    days = catalogue.rules("nonconformities")["due_days"]["minor"]
    values: dict[str, Any] = {
        "grade": rules.Grade.MINOR,
        "source_kind": "work",
        "edition": edition_of(actor),
        "happened_on": actor.today,
        "due": actor.today + timedelta(days=days),
        "unit": actor.unit_id,
    }
    paths = " ".join(args.getlist("source"))
    if paths:
        sources = service_links.named(actor, paths)
        values |= {
            "source": paths,
            "source_kind": service_links.found_through(sources) or "work",
            "happened_on": service_links.happened_on(sources, actor.today),
            "description": service_links.said_by(sources),
        }
    return values


PAGES = RecordPages(
    area="nonconformities",
    model=Nonconformity,
    listing=LISTING,
    view=rules.VIEW,
    change=rules.EDIT,
    record=rules.RECORD,
    form=NonconformityForm,
    edit_form=NonconformityEditForm,
    create=service.open_nc,
    edit=service.edit,
    fire=service.fire,
    facts=lambda row, actor: service.facts(row, actor, serving(row)),
    sections=sections,
    tags=tags,
    prefill=prefill,
    extra=complete,
    list_template="nonconformities/list.html",
    documents=(rules.SHEET_KIND,),
    papers=(
        ("sheets", _("Print the sheets (Word)")),
        ("register.xlsx", _("Save the whole register (.xlsx)")),
    ),
)


# ---------------------------------------------------------------- parts and actions


def _offering(form: type[Form]) -> type[Form]:
    """The form with the indicators of the organisation offered."""

    class Offering(form):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.kpi.offer([("", "–"), *service_criterion.indicators(shell.actor())])  # type: ignore[attr-defined]

    return Offering


def _part(name: str) -> Any:
    part, form = PARTS[name], PART_FORMS[name]
    form = _offering(form) if "criterion" in part.fields else form

    @shell.needs(part.permission)
    def view(code: str) -> Any:
        def save(actor: Actor, code: str, values: dict[str, Any], version: int | None) -> Nonconformity:
            return service.write_part(actor, code, name, values, version)

        actor = shell.actor()
        row = Nonconformity.by_code(actor.organisation_id, code)
        actor.require(part.permission, unit_id=row.record.unit_id, owner_id=row.record.owner_id)
        g.record_url = path_of(Nonconformity.kind, code)
        if request.method == "GET" and (found := against_writing(row, part, actor)):
            raise Refused(found)  # what was typed is not lost with a page: the service refuses it on its form
        title = _("%(part)s of %(code)s", part=part.title, code=code)
        look: dict[str, Any] = {"intro": before_writing(actor, row, name), "groups": ()}
        if name == "analysis":
            look |= {"folds": ANALYSIS_FOLDS, "groups": ANALYSIS_GROUPS}
        return PAGES.edit_with(code, form, save, title, permission=part.permission, **look)

    return view


@shell.needs(rules.HANDLE)
def new_action(code: str) -> Any:
    """A form for an action that serves the nonconformity."""
    actor = shell.actor()
    row = Nonconformity.by_code(actor.organisation_id, code)
    g.record_url = path_of(Nonconformity.kind, code)
    obstacles = service.may_serve(actor, row.record)
    if obstacles and request.method == "GET":
        raise Refused(obstacles)  # what was typed is not lost with a page: the service refuses it on its form
    sort = "improvement" if row.grade in rules.IMPROVEMENTS else "corrective"
    begun = {"sort": sort, "owner": row.record.owner_id, "unit": row.record.unit_id}
    form = fill_choices(NcActionForm(data=begun))
    if form.carries_out(lambda: service.add_action(actor, code, form.values()), rehearsed=True):
        flash(str(_("%(code)s is recorded.", code=form.made.record.code)), "success")
        return redirect(f"{g.record_url}#actions", 303)
    return form_page(_("Add an action to %(code)s", code=code), form, _("Add the action"), g.record_url)


# ---------------------------------------------------------------- proposals


@shell.needs(rules.PROPOSALS)
def show_proposals() -> str:
    """What the areas propose and nobody has decided on."""
    actor = shell.actor()
    period = _period(request.args.get("period", ""))
    found = service_proposals.on_offer(actor, period)
    periods = (*service_proposals.periods_on_offer(actor.today), *(one for one, _proposal in found))
    return render_template(
        "nonconformities/proposals.html",
        offered=[
            (one, proposal, path_of(proposal.source.kind, proposal.source.code) if proposal.source else "")
            for one, proposal in found
        ],
        period=period,
        periods=list(dict.fromkeys((*periods, *([period] if period else ())))),
        url=_proposals_url(),
        may_decide=actor.may(rules.DECIDE),
    )


@shell.needs(rules.DECIDE)
def accept() -> Any:
    """The form of a nonconformity, begun with what is proposed."""
    return _accept(ProposalForm, service_proposals.accept_proposal, _("Record a nonconformity"))


@shell.needs(rules.DECIDE)
def accept_as_action() -> Any:
    """The form of an action, begun with what is proposed."""
    return _accept(_ProposedAction, service_proposals.accept_as_action, _("Record an action"))


class _ProposedAction(NcActionForm):
    key = ProposalForm.key
    period = ProposalForm.period


def _accept(form_class: type[Form], save: Any, label: Any) -> Any:
    actor = shell.actor()
    if (made := made_before()) is not None:
        return _accepted(made)  # sent twice: what was decided is on offer no longer
    period, key = _asked()
    proposal = proposals.find(actor, period, key)
    g.record_url = _proposals_url()
    days = catalogue.rules("nonconformities")["due_days"]["minor"]
    begun = service_proposals.suggested(actor, proposal, days=days) | {"edition": edition_of(actor)}
    begun |= {
        "grade": rules.Grade.MINOR,
        "source_kind": service_proposals.found_through(proposal) or "work",
        "sort": "corrective",
        "key": key,
        "period": period.code,
    }
    form = fill_choices(form_class(data=begun))

    def keep() -> Any:
        values = {name: value for name, value in form.values().items() if name not in ("key", "period")}
        return save(actor, period, key, values)

    if form.carries_out(keep, rehearsed=True):
        return _accepted(form.made)
    return form_page(label, form, label, g.record_url, intro=proposal.detail)


def _accepted(made: Any) -> Response:
    flash(str(_("%(code)s is recorded.", code=made.record.code)), "success")
    return redirect(path_of(made.kind, made.record.code), 303)


@shell.needs(rules.DECIDE)
def decline() -> Response:
    """Record why nothing is opened."""
    period, key = _asked()
    g.record_url = _proposals_url()
    reason = clean(request.form.get("reason"))
    once_only(lambda: service_proposals.decline_proposal(shell.actor(), period, key, reason))
    flash(str(_("The proposal is declined; the reason is kept.")), "success")
    return redirect(g.record_url, 303)


def _asked() -> tuple[Period, str]:
    period = _period(request.values.get("period", ""))
    if period is None:
        raise BadInput(_("the period of the proposal is missing"))
    return period, request.values.get("key", "")


def _period(code: str) -> Period | None:
    try:
        return Period.parse(code) if code.strip() else None
    except ValueError as error:
        raise BadInput(error.args[0]) from error


def _proposals_url() -> str:
    return f"/{g.organisation.slug}/nonconformities/proposals"


# ---------------------------------------------------------------- routes


def blueprint() -> Blueprint:
    """The routes below /<org>/nonconformities."""
    routes = Blueprint("nonconformities", __name__, url_prefix="/<org>/nonconformities")
    routes.add_url_rule("/proposals", "proposals", show_proposals)
    routes.add_url_rule("/proposals/accept", "accept_new", accept, methods=("GET", "POST"))
    routes.add_url_rule("/proposals/action", "accept_action_new", accept_as_action, methods=("GET", "POST"))
    routes.add_url_rule("/proposals/decline", "decline", decline, methods=("POST",))
    for name in PARTS:
        routes.add_url_rule(f"/<code>/{name}", f"{name}_edit", _part(name), methods=("GET", "POST"))
    routes.add_url_rule("/<code>/actions/new", "action_new", new_action, methods=("GET", "POST"))
    views_links.add_routes(routes)
    views_statistics.add_routes(routes)
    views_import.add_routes(routes)
    views_papers.add_routes(routes, LISTING)
    return PAGES.register(routes)
