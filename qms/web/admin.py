"""The installation: its organisations, accounts and administrators, and what every permission means."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from qms.kernel import accounts, area, leaving
from qms.kernel.accounts import NewRole
from qms.kernel.errors import NotFound
from qms.kernel.organisations import INSTALLATION, Organisation, add_organisation
from qms.kernel.people import Person
from qms.kernel.permissions import ROLE_LABELS, Permission, Role
from qms.kernel.text import _, show_number
from qms.web import auth, shell
from qms.web.forms import Form, clean, day, line, one_of
from qms.web.people_forms import LeaveForm
from qms.web.sheets import account_state, done, form_page, role_options, role_table, roles_of, sheet
from qms.web.shell import needs
from qms.web.widgets import Choice, Column, Fact, Move, Row, Section, Table

blueprint = Blueprint("admin", __name__)
PAGE = 200  # accounts shown at once; more are found by name


class OrganisationForm(Form):
    """A new organisation."""

    slug = line(
        _("Short name in addresses"), limit=64, hint=_("small letters, digits, hyphens; it never changes")
    )
    name = line(_("Name"), limit=200)


class AdministratorForm(Form):
    """A role in the whole installation."""

    email = line(_("E-mail address"), limit=254)
    name = line(_("Name"), limit=120)
    role = one_of(_("Role"), role_options([Role.ADMIN, Role.OVERSEER]))
    valid_from = day(_("First day"), needed=True)
    valid_to = day(_("Last day"))


@blueprint.get("/admin")
@needs(INSTALLATION)
def show() -> str:
    """Organisations, accounts and permissions."""
    sections = [_organisations(), _accounts(), _permissions()]
    return render_template("admin/show.html", title=_("Administration"), sections=sections, asked=_asked())


def _organisations() -> Section:
    found = Organisation.select().order_by(Organisation.name)
    rows = [Row(url_for("settings.show", org=o.slug), [o.name, o.slug]) for o in found]
    columns = [Column("name", _("Name"), kind="wide"), Column("slug", _("Short name in addresses"))]
    table = Table(columns, rows, empty_text=_("No organisation yet: add the first one."))
    links = [Choice(_("Add an organisation"), url_for("admin.new_organisation"))]
    return Section("organisations", _("Organisations"), table=table, links=links)


def _asked() -> str:
    return clean(request.args.get("q"))[:200]


def _accounts() -> Section:
    asked = _asked()
    query = Person.select()
    if asked:
        query = query.where(Person.name.contains(asked) | Person.email.contains(asked.lower()))
    found = list(query.order_by(Person.name, Person.id).limit(PAGE + 1))
    rows = [
        Row(url_for("admin.person", number=p.id), [p.name, p.email, account_state(p)]) for p in found[:PAGE]
    ]
    columns = [
        Column("name", _("Name")),
        Column("email", _("E-mail address"), kind="wide"),
        Column("state", _("Account"), kind="nowrap"),
    ]
    note = _("More accounts than these: search by name or address.") if len(found) > PAGE else ""
    links = [Choice(_("Add an administrator or overseer"), url_for("admin.new"))]
    table = Table(columns, rows, empty_text=_("No account."))
    return Section("accounts", _("Accounts"), table=table, links=links, note=note)


def _permissions() -> Section:
    columns = [
        Column("name", _("Permission")),
        Column("what", _("What it lets one do"), kind="wide"),
        Column("who", _("Who")),
    ]
    rows = [Row("", [p.name, p.sentence, _holders(p)]) for p in area.permissions().values()]
    note = _(
        "That who approves is not the author, and who verifies owns no action, are rules on each record."
    )
    return Section("permissions", _("Permissions"), table=Table(columns, rows), note=note)


def _holders(permission: Permission) -> str:
    held = [str(ROLE_LABELS[role]) for role in Role if role in permission.roles]
    return ", ".join([*held, str(_("the owner"))] if permission.owner else held)


# ---------------------------------------------------------------- organisations and administrators


@blueprint.route("/admin/organisations/new", methods=["GET", "POST"])
@needs(INSTALLATION)
def new_organisation() -> Any:
    """Add an organisation."""
    form: Any = OrganisationForm()
    if form.carries_out(lambda: add_organisation(shell.actor(), form.slug.data, form.name.data)):
        return done(
            _("The organisation is added. Next: its details, its units, its people."),
            "settings.show",
            org=form.made.slug,
        )
    return form_page(_("New organisation"), form, _("Add the organisation"), url_for("admin.show"))


@blueprint.route("/admin/people/new", methods=["GET", "POST"])
@needs(INSTALLATION)
def new() -> Any:
    """Give somebody a role in the whole installation."""
    actor = shell.actor()
    form: Any = AdministratorForm(data={"valid_from": actor.today})

    def keep() -> Person:
        given = NewRole(Role(form.role.data), form.valid_from.data, form.valid_to.data)
        return accounts.take_in(actor, form.email.data, form.name.data, given, link=auth.password_link)

    if form.carries_out(keep):
        return done(_("The person is invited."), "admin.person", number=form.made.id)
    return form_page(
        _("Add an administrator or overseer"), form, _("Send the invitation"), url_for("admin.show"),
        intro=_("People of one organisation are invited in its settings. An administrator approves nothing."),
    )  # fmt: skip


# ---------------------------------------------------------------- one account


def known(number: int) -> Person:
    """The account of that number; raises NotFound."""
    found = Person.get_or_none(Person.id == number)
    if found is None:
        raise NotFound(str(number))
    return found


@blueprint.get("/admin/people/<int:number>")
@needs(INSTALLATION)
def person(number: int) -> str:
    """An account and its roles everywhere."""
    found = known(number)
    facts = [
        Fact(_("E-mail address"), found.email),
        Fact(_("One-time code at sign-in"), _("on") if found.tf_totp_secret else _("off")),
        Fact(_("Open records"), show_number(len(leaving.open_records(found)))),
    ]
    leave_link = Choice(_("Deactivate the account"), url_for("admin.leave", number=number))
    roles = role_table(roles_of(found), shell.actor())
    return sheet(
        found.name,
        [
            Section("account", _("Account"), facts, links=[leave_link] if found.active else []),
            Section(
                "roles",
                _("Roles"),
                table=roles,
                note=_("Roles in an organisation are ended in its settings."),
            ),
        ],
        back=Choice(_("Administration"), url_for("admin.show", _anchor="accounts")),
        moves=_moves(found),
        state=account_state(found),
    )


def _moves(found: Person) -> list[Move]:
    moves = []
    if not found.active:
        url = url_for("admin.reactivate", number=found.id)
        moves.append(
            Move(
                "reactivate", _("Open the account again"), url, hint=_("A new password is asked for by mail.")
            )
        )
    elif found.password is None:
        moves.append(
            Move("invite", _("Send the invitation again"), url_for("admin.invite_again", number=found.id))
        )
    if found.active and found.tf_totp_secret:
        url = url_for("admin.remove_second_factor", number=found.id)
        hint = _("For who has lost the phone and the recovery codes; check who is asking.")
        moves.append(Move("second", _("Take the second factor away"), url, hint=hint))
    if found.active and found.password is not None:
        url = url_for("admin.sign_out", number=found.id)
        hint = _("For a lost device: every sign-in ends, and the calendar address. The password stays.")
        moves.append(Move("sign-out", _("Sign out everywhere"), url, hint=hint))
    return moves


@blueprint.post("/admin/people/<int:number>/reactivate")
@needs(INSTALLATION)
def reactivate(number: int) -> Any:
    """Open a deactivated account again."""
    accounts.reactivate(shell.actor(), known(number), link=auth.password_link)
    return done(
        _("The account is open again; its roles have to be given anew."), "admin.person", number=number
    )


@blueprint.post("/admin/people/<int:number>/invite")
@needs(INSTALLATION)
def invite_again(number: int) -> Any:
    """Mail the link to set a password once more."""
    found = known(number)
    accounts.invite(shell.actor(), found, link=auth.password_link(found))
    return done(_("The invitation is on its way."), "admin.person", number=number)


@blueprint.post("/admin/people/<int:number>/second-factor")
@needs(INSTALLATION)
def remove_second_factor(number: int) -> Any:
    """Take away a lost second factor."""
    accounts.remove_second_factor(shell.actor(), known(number))
    return done(_("The second factor is taken away, and the person is told."), "admin.person", number=number)


@blueprint.post("/admin/people/<int:number>/sign-out")
@needs(INSTALLATION)
def sign_out(number: int) -> Any:
    """End the account's sessions and its calendar address."""
    accounts.sign_out(shell.actor(), known(number))
    return done(
        _("The account is signed out everywhere, and its calendar address has ended."),
        "admin.person",
        number=number,
    )


@blueprint.route("/admin/people/<int:number>/leave", methods=["GET", "POST"])
@needs(INSTALLATION)
def leave(number: int) -> Any:
    """Deactivate an account; what is open goes to somebody in each organisation."""
    actor, found = shell.actor(), known(number)
    form = LeaveForm.about(found, actor)
    if form.carries_out(lambda: form.deactivate(actor, found)):
        return done(_("The account is deactivated."), "admin.person", number=number)
    return form_page(
        _("Deactivate the account of %(name)s", name=found.name), form, _("Deactivate the account"),
        url_for("admin.person", number=number),
        intro=_("Sessions end at once, roles and absences with yesterday."),
    )  # fmt: skip
