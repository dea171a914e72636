"""The people of an organisation: invited, given roles, represented while away, handing over, leaving."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, url_for
from peewee import JOIN

from qms.kernel import accounts, leaving
from qms.kernel.accounts import NewRole
from qms.kernel.errors import NotFound
from qms.kernel.organisations import Unit
from qms.kernel.people import ABSENCE, PEOPLE, Assignment, Deputy, Person, assign, working_in
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import Record
from qms.kernel.text import _, ngettext, show_date, show_number
from qms.web import auth, shell
from qms.web.forms import Choice as Select
from qms.web.forms import Form, fill_choices
from qms.web.people_forms import DeputyForm, EndForm, HandOverForm, InviteForm, LeaveForm, RoleForm
from qms.web.record_parts import path_of
from qms.web.sheets import (
    account_state,
    done,
    form_page,
    is_over,
    period,
    role_table,
    roles_of,
    sheet,
)
from qms.web.shell import needs
from qms.web.widgets import Choice, Column, Fact, Move, Row, Section, Table, link

blueprint = Blueprint("people", __name__)


def of_here(number: int) -> Person:
    """A person who has or had a role in this organisation; raises NotFound for anybody else."""
    found = (
        Person.select()
        .join(Assignment)
        .where(Person.id == number, Assignment.organisation == g.organisation.id)
        .first()
    )
    if found is None:
        raise NotFound(str(number))
    return found


def _unit(number: int | None) -> Unit | None:
    return Unit.get_or_none(Unit.id == number, Unit.organisation == g.organisation.id) if number else None


def others(form: Any, field: str, but: Person) -> Any:
    """Offer the people who work here, without the one it is about."""
    here = [(p.id, p.name) for p in working_in(g.organisation.id, shell.actor().today) if p.id != but.id]
    select: Select = form[field]
    select.offer([("", "–"), *here])
    return form


# ---------------------------------------------------------------- one person


@blueprint.get("/<org>/settings/people/<int:number>")
@needs(PEOPLE)
def show(number: int) -> str:
    """What somebody is here, and what can be done."""
    actor, found = shell.actor(), of_here(number)
    open_here = leaving.open_records(found, g.organisation.id)
    facts = [
        Fact(_("E-mail address"), found.email),
        Fact(_("Open records here"), show_number(len(open_here)), href="#open" if open_here else ""),
    ]
    active = found.active
    roles = Section(
        "roles",
        _("Roles here"),
        table=role_table(roles_of(found, g.organisation), actor, end="people.end_role" if active else ""),
        links=[Choice(_("Give a role"), url_for("people.new_role", number=number))] if active else [],
        note=""
        if active
        else _("The account is deactivated: no role can be given until an administrator opens it again."),
    )
    leads = []
    if open_here:
        leads.append(Choice(_("Hand over the open records"), url_for("people.hand_over", number=number)))
    if found.id != actor.person_id:
        leads.append(Choice(_("Deactivate the account"), url_for("people.leave", number=number)))
    return sheet(
        found.name,
        [
            Section("person", _("Account"), facts, links=leads if active else []),
            *([_open_section(open_here)] if open_here else []),
            roles,
            absence_section(found, actor),
        ],
        back=Choice(_("Settings"), url_for("settings.show", _anchor="people")),
        moves=_invitation(found),
        state=account_state(found),
    )


def _open_section(records: list[Record]) -> Section:
    """What the person owns here that still needs work, each linked."""
    columns = [Column("code", _("code"), kind="nowrap"), Column("title", _("title"), kind="wide"),
               Column("due", _("due date"), kind="nowrap")]  # fmt: skip
    rows = [Row(path_of(r.kind, r.code), [r.code, r.title, show_date(r.due)]) for r in records]
    return Section("open", _("Open records here"), table=Table(columns, rows))


def _invitation(found: Person) -> list[Move]:
    if not found.active or found.password is not None:
        return []
    url = url_for("people.invite_again", number=found.id)
    return [Move("invite", _("Send the invitation again"), url, hint=_("The link holds for seven days."))]


def absence_section(found: Person, actor: Actor) -> Section:
    """When somebody is away, and who acts for them."""
    substitute = Person.alias()
    rows = (
        Deputy.select(Deputy, substitute)
        .join(substitute, JOIN.INNER, on=(Deputy.deputy == substitute.id), attr="deputy")
        .where(Deputy.organisation == g.organisation.id, Deputy.person == found.id)
        .order_by(Deputy.valid_from.desc())
    )
    own = found.id == actor.person_id
    table = Table(
        [
            Column("deputy", _("Deputy"), kind="wide"),
            Column("dates", _("From – to"), kind="nowrap"),
            Column("do", _("Change")),
        ],
        [
            Row(
                "",
                [
                    row.deputy.name,
                    period(row.valid_from, row.valid_to),
                    ""
                    if is_over(row, actor)
                    else link(url_for("people.end_deputy", deputy_id=row.id), _("End it")),
                ],
                tone="void" if is_over(row, actor) else "",
            )
            for row in rows
            if row.valid_to >= row.valid_from
        ],
        empty_text=_("No absence."),
    )
    name = url_for("people.absence") if own else url_for("people.deputy", number=found.id)
    links = [Choice(_("Name a deputy"), name)] if found.active else []
    return Section("absence", _("Absence"), table=table, links=links)


@blueprint.post("/<org>/settings/people/<int:number>/invite")
@needs(PEOPLE)
def invite_again(number: int) -> Any:
    """Mail the link to set a password once more."""
    found = of_here(number)
    accounts.invite(shell.actor(), found, link=auth.password_link(found))
    return done(_("The invitation is on its way."), "people.show", number=number)


# ---------------------------------------------------------------- roles


@blueprint.route("/<org>/settings/people/new", methods=["GET", "POST"])
@needs(PEOPLE)
def new() -> Any:
    """Invite somebody and give a role."""
    actor = shell.actor()
    form: Any = fill_choices(InviteForm(data={"valid_from": actor.today, "locale": "vi"}))
    if form.carries_out(
        lambda: accounts.take_in(
            actor,
            form.email.data,
            form.name.data,
            _given(form),
            link=auth.password_link,
            locale=form.locale.data,
        )
    ):
        return done(_("The person is invited."), "people.show", number=form.made.id)
    return form_page(
        _("Invite somebody"), form, _("Send the invitation"), url_for("settings.show", _anchor="people"),
        intro=_("A mail with a link to set a password is sent; who has an account is told of the role."),
    )  # fmt: skip


def _given(form: Any) -> NewRole:
    return NewRole(Role(form.role.data), form.valid_from.data, form.valid_to.data, _unit(form.unit.data))


@blueprint.route("/<org>/settings/people/<int:number>/roles/new", methods=["GET", "POST"])
@needs(PEOPLE)
def new_role(number: int) -> Any:
    """Give somebody who is known here a further role."""
    actor, found = shell.actor(), of_here(number)
    form: Any = fill_choices(RoleForm(data={"valid_from": actor.today}))

    def keep() -> Assignment:
        given = _given(form)
        return assign(
            actor, found, given.role, valid_from=given.valid_from, valid_to=given.valid_to, unit=given.unit
        )

    if form.carries_out(keep):
        return done(_("The role is given."), "people.show", number=number)
    title = _("A role for %(name)s", name=found.name)
    return form_page(title, form, _("Give the role"), url_for("people.show", number=number))


@blueprint.route("/<org>/settings/people/<int:number>/roles/<int:role_id>/end", methods=["GET", "POST"])
@needs(PEOPLE)
def end_role(number: int, role_id: int) -> Any:
    """Set the last day of a role."""
    actor, found = shell.actor(), of_here(number)
    form: Any = EndForm(data={"last_day": actor.today})
    if form.carries_out(lambda: accounts.end_assignment(actor, role_id, last_day=form.last_day.data)):
        return done(_("The role ends on that day."), "people.show", number=number)
    title = _("End a role of %(name)s", name=found.name)
    return form_page(
        title, form, _("End the role"), url_for("people.show", number=number),
        intro=_("What was done stays in the history. Open records stay with the person until handed over."),
    )  # fmt: skip


# ---------------------------------------------------------------- absence


@blueprint.route("/<org>/settings/people/<int:number>/deputy", methods=["GET", "POST"])
@needs(PEOPLE)
def deputy(number: int) -> Any:
    """Name who acts for somebody who is away."""
    return _name_deputy(of_here(number), url_for("people.show", number=number))


@blueprint.route("/<org>/settings/absence/new", methods=["GET", "POST"])
@needs(ABSENCE)
def absence() -> Any:
    """Name one's own deputy."""
    return _name_deputy(g.person, url_for("people.my_absence"))


@blueprint.get("/<org>/settings/absence")
@needs(ABSENCE)
def my_absence() -> str:
    """One's own absences here."""
    return sheet(_("My absence"), [absence_section(g.person, shell.actor())])


def _name_deputy(found: Person, back: str) -> Any:
    actor = shell.actor()
    form: Any = others(DeputyForm(data={"valid_from": actor.today}), "deputy", found)
    if form.carries_out(
        lambda: accounts.set_deputy(
            actor,
            found,
            Person.get_by_id(form.deputy.data),
            valid_from=form.valid_from.data,
            valid_to=form.valid_to.data,
        )
    ):
        own = found.id == actor.person_id
        where = {} if own else {"number": found.id}
        return done(_("The deputy is named."), "people.my_absence" if own else "people.show", **where)
    return form_page(
        _("Deputy for %(name)s", name=found.name), form, _("Name the deputy"), back,
        intro=_("The deputy sees and does what falls to the person, under the deputy's own name."),
    )  # fmt: skip


@blueprint.route("/<org>/settings/deputies/<int:deputy_id>/end", methods=["GET", "POST"])
@needs(ABSENCE)
def end_deputy(deputy_id: int) -> Any:
    """The absence is over, or was named in error."""
    actor = shell.actor()
    row = Deputy.get_or_none(Deputy.id == deputy_id, Deputy.organisation == g.organisation.id)
    if row is None or not (row.person_id == actor.person_id or actor.may(PEOPLE)):
        raise NotFound(str(deputy_id))
    own = row.person_id == actor.person_id
    target, where = ("people.my_absence", {}) if own else ("people.show", {"number": row.person_id})
    form: Any = Form()
    if form.carries_out(lambda: accounts.end_deputy(actor, deputy_id)):
        return done(_("The deputy acts no more."), target, **where)
    title = _("%(deputy)s acts for %(name)s", deputy=row.deputy.name, name=row.person.name)
    return form_page(title, form, _("End it from today on"), url_for(target, **where))


# ---------------------------------------------------------------- leaving


@blueprint.route("/<org>/settings/people/<int:number>/hand-over", methods=["GET", "POST"])
@needs(PEOPLE)
def hand_over(number: int) -> Any:
    """Give the open records of this organisation to somebody else."""
    actor, found = shell.actor(), of_here(number)
    form: Any = others(HandOverForm(), "to", found)
    if form.carries_out(lambda: leaving.hand_over(actor, found, Person.get_by_id(form.to.data))):
        told = ngettext("%(n)s open record is handed over.", "%(n)s open records are handed over.", form.made)
        return done(told, "people.show", number=number)
    count = show_number(len(leaving.open_records(found, g.organisation.id)))
    return form_page(
        _("Hand over the open records of %(name)s", name=found.name), form, _("Hand over the records"),
        url_for("people.show", number=number), intro=_("Open records here: %(n)s", n=count),
    )  # fmt: skip


@blueprint.route("/<org>/settings/people/<int:number>/leave", methods=["GET", "POST"])
@needs(PEOPLE)
def leave(number: int) -> Any:
    """Deactivate an account, with the hand-over, in one step."""
    actor, found = shell.actor(), of_here(number)
    form = LeaveForm.about(found, actor)
    if form.carries_out(lambda: form.deactivate(actor, found)):
        return done(_("The account is deactivated."), "people.show", number=number)
    count = show_number(len(leaving.open_records(found, g.organisation.id)))
    return form_page(
        _("Deactivate the account of %(name)s", name=found.name), form, _("Deactivate the account"),
        url_for("people.show", number=number),
        intro=_("Sessions end at once, roles and absences with yesterday. Open records here: %(n)s", n=count),
    )  # fmt: skip
