"""One's own account: name, language, mail, password, second factor, and what one may do where."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, session, url_for
from flask_security import hash_password
from werkzeug.wrappers import Response
from wtforms import BooleanField

from qms.kernel import accounts, clock
from qms.kernel.organisations import INSTALLATION
from qms.kernel.people import ABSENCE, actor_for, installation_actor, organisations_of
from qms.kernel.permissions import Actor
from qms.kernel.text import _, set_language
from qms.web import feed, signin, signin_forms
from qms.web.forms import Form, line, one_of
from qms.web.sheets import done, form_page, role_table, roles_of, sheet
from qms.web.shell import SIGNED_IN, needs
from qms.web.widgets import Choice, Fact, Section

blueprint = Blueprint("account", __name__)
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
SETTING_UP = "second_factor"  # where the session keeps the (encrypted) secret until a code proves it


def tick(label: Any) -> BooleanField:
    """Something that is so or not."""
    return BooleanField(label)


class AccountForm(Form):
    """What a person may change of the own account."""

    name = line(
        _("Name"), limit=120, hint=_("as others see you; what the log of changes says stays as it was")
    )
    locale = one_of(_("Language"), LANGUAGES)
    wants_mail = tick(_("Send me reminders by mail"))


class PasswordForm(Form):
    """The password, asked for again before something important."""

    password = signin_forms.password_field(_("Password"))


class FirstCodeForm(Form):
    """The first code of a new app."""

    code = signin_forms.CodeForm.code


def myself() -> Actor:
    """The person acting on the own account."""
    return installation_actor(g.person, clock.today())


@blueprint.get("/account")
@needs(SIGNED_IN)
def show() -> str:
    """The own account."""
    person = g.person
    second = _("on") if person.tf_totp_secret else _("off")
    facts = [
        Fact(_("E-mail address"), person.email),
        Fact(_("Name"), person.name),
        Fact(_("Language"), dict(LANGUAGES)[person.locale]),
        Fact(_("Reminders by mail"), _("yes") if person.wants_mail else _("no")),
    ]
    safety = [
        Fact(_("Password"), _("Change the password"), href=url_for("security.change_password")),
        Fact(_("One-time code at sign-in"), second, href=url_for("account.totp")),
    ]
    me = myself()
    roles = role_table(roles_of(person), me)
    note = _("Roles are given by the ISO coordinator or the administrator.")
    return sheet(
        _("My account"),
        [
            Section("me", _("About me"), facts, links=[Choice(_("Edit"), url_for("account.edit"))]),
            Section("safety", _("Signing in"), safety),
            feed.section(person),
            Section("roles", _("My roles"), table=roles, note=note, links=_leads(me)),
        ],
    )  # fmt: skip


def _leads(me: Actor) -> list[Choice]:
    """Where one's roles lead beyond the areas: the administration, one's absence in each organisation."""
    leads = [Choice(_("Administration"), url_for("admin.show"))] if me.may(INSTALLATION) else []
    for here in organisations_of(g.person, me.today):
        if actor_for(g.person, here, me.today).may(ABSENCE):
            url = url_for("people.my_absence", org=here.slug)
            leads.append(Choice(_("Absence in %(name)s", name=here.name), url))
    return leads


@blueprint.route("/account/edit", methods=["GET", "POST"])
@needs(SIGNED_IN)
def edit() -> Any:
    """Name, language and mail switch."""
    form: Any = AccountForm(obj=g.person)
    if form.carries_out(lambda: accounts.edit_own(myself(), **form.values())):
        session["language"] = form.locale.data
        set_language(form.locale.data)  # what is said of it is read in the new language
        same = all(getattr(g.person, name) == value for name, value in form.values().items())
        return done(_("Nothing was changed.") if same else _("Your account is changed."), "account.show")
    return form_page(_("My account"), form, _("Save my account"), url_for("account.show"))


# ---------------------------------------------------------------- second factor


def _security() -> Any:
    return current_app.extensions["security"]


@blueprint.route("/account/totp", methods=["GET", "POST"])
@needs(SIGNED_IN)
def totp() -> Any:
    """Set up the app that shows one-time codes; once it is set up, what can be done with it."""
    if g.person.tf_totp_secret:
        return _set_up_already()
    factory = _security().totp_factory
    secret = session.setdefault(SETTING_UP, factory.generate_totp_secret())
    form: Any = FirstCodeForm()
    if form.validate_on_submit():
        with signin.attempt("own", g.person.email) as right:
            if factory.verify_totp(form.code.data, secret, g.person, window=30):
                right()
                session.pop(SETTING_UP)
                _security().datastore.tf_set(g.person, "authenticator", secret)
                return _new_codes()
        form.code.errors = [_("The code is not right, or is no longer valid.")]
    page = form_page(_("One-time code at sign-in"), form, _("Switch it on"), url_for("account.show"))
    return _with_picture(form, factory.fetch_setup_values(secret, g.person), page[1])


def _with_picture(form: Form, values: dict[str, str], status: int) -> tuple[str, int]:
    from qms.web.widgets import FormView

    view = FormView(
        title=_("One-time code at sign-in"), form=form, submit_label=_("Switch it on"),
        cancel_url=url_for("account.show"),
    )  # fmt: skip
    return render_template("account/totp.html", view=view, picture=values["image"], key=values["key"]), status


def _set_up_already() -> str:
    left = len(_security().datastore.mf_get_recovery_codes(g.person))
    return sheet(
        _("One-time code at sign-in"),
        [
            Section(
                "second",
                _("It is on"),
                [Fact(_("Recovery codes left"), str(left))],
                links=[
                    Choice(_("New recovery codes"), url_for("account.codes")),
                    Choice(_("Switch it off"), url_for("account.totp_off")),
                ],
            )
        ],
        back=Choice(_("My account"), url_for("account.show")),
    )


def _confirmed(form: PasswordForm) -> bool:
    """Whether the password was given again, and is right; counted like any guess."""
    if not form.validate_on_submit():
        return False
    with signin.attempt("own", g.person.email) as right:
        typed = _security().password_util.normalize(form.password.data)
        if g.person.password and g.person.verify_and_update_password(typed):
            right()
            return True
        if not g.person.password:
            hash_password(typed)
    form.password.errors = [_("The password is not right.")]
    return False


@blueprint.route("/account/totp/off", methods=["GET", "POST"])
@needs(SIGNED_IN)
def totp_off() -> Any:
    """Sign in with the password alone again."""
    form: Any = PasswordForm()
    if _confirmed(form):
        store = _security().datastore
        store.mf_set_recovery_codes(g.person, None)
        store.tf_reset(g.person)
        return done(_("Signing in asks for the password only."), "account.show")
    return form_page(
        _("Switch the one-time code off"), form, _("Switch it off"), url_for("account.totp"),
        intro=_("Your account is then protected by the password alone."),
    )  # fmt: skip


@blueprint.route("/account/totp/codes", methods=["GET", "POST"])
@needs(SIGNED_IN)
def codes() -> Any:
    """New recovery codes; the old ones hold no more."""
    if not g.person.tf_totp_secret:
        return redirect(url_for("account.totp"), 303)
    form: Any = PasswordForm()
    if _confirmed(form):
        return _new_codes()
    return form_page(
        _("New recovery codes"), form, _("Make new codes"), url_for("account.totp"),
        intro=_("The codes you have now will not work any more."),
    )  # fmt: skip


def _new_codes() -> Response | str:
    made = _security().mf_recovery_codes_util.create_recovery_codes(g.person)
    return render_template("account/codes.html", codes=made)
