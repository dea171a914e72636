"""The pages of Flask-Security that there are: an explicit list, throttled where one could guess.

Its views do the work; the forms and the words are ours, and one renderer draws all of them in the
layout of every form. Whatever they answer leads only to addresses of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_security import views
from flask_security.recoverable import reset_password_token_status
from flask_security.recovery_codes import mf_recovery
from flask_security.utils import check_and_get_token_status
from werkzeug.wrappers import Response

from qms.kernel import accounts, jobs
from qms.kernel.people import Person
from qms.kernel.text import Message, _
from qms.web import throttle
from qms.web.shell import PUBLIC, SIGNED_IN, needs
from qms.web.widgets import FormView

Answer = str | Response | tuple[str, int]

# ---------------------------------------------------------------- drawing


@dataclass(frozen=True)
class Page:
    """How one of their pages is drawn: which form, under which words, and where "back" leads."""

    form: str
    title: Message
    submit: Message
    back: str
    intro: Message | str = ""


PAGES = {
    "security/login_user.html": Page("login_user_form", _("Sign in"), _("Sign in"), ""),
    "security/forgot_password.html": Page(
        "forgot_password_form",
        _("Forgot the password"),
        _("Send me the link"),
        "security.login",
        _("We send a link with which you set a new password."),
    ),
    "security/reset_password.html": Page(
        "reset_password_form", _("Set your password"), _("Set the password"), "security.login"
    ),
    "security/change_password.html": Page(
        "change_password_form",
        _("Change my password"),
        _("Change the password"),
        "account.show",
        _("You stay signed in here and are signed out everywhere else."),
    ),
    "security/two_factor_verify_code.html": Page(
        "two_factor_verify_code_form", _("One-time code"), _("Go on"), "security.login"
    ),
    "security/mf_recovery.html": Page("mf_recovery_form", _("Recovery code"), _("Go on"), "security.login"),
}


def render(template: str, **context: Any) -> str:
    """One of their pages in our layout; `template` is the name they know it by."""
    page = PAGES[template]
    form = context[page.form]
    if page.form == "login_user_form":
        form.password.description = (
            ""  # their link would stand between e-mail and password: it follows the form
        )
    view = FormView(
        title=page.title,
        form=form,
        submit_label=page.submit,
        cancel_url=url_for(page.back) if page.back else "",
        intro=page.intro,
    )
    return render_template(
        "security/form.html", view=view, page=request.endpoint, form_errors=form.form_errors
    )


# ---------------------------------------------------------------- the views, guarded


def address() -> str:
    """The address that the request comes from."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return throttle.peer(request.remote_addr, [part for part in forwarded.split(",") if part.strip()])


@contextmanager
def attempt(what: str, account: str) -> Iterator[Callable[[], None]]:
    """Count an attempt; call what it gives when it was no guess. Raises Throttled."""
    number = throttle.begin(what, account, address(), jobs.clock_now())
    yield lambda: throttle.succeed(number)


def own_path(target: str) -> str:
    """`target` when it is an address of ours, as a path; else the start page."""
    if "\\" in target or target.startswith("//"):
        return "/"  # browsers take both for another host, whatever follows
    parts = urlsplit(target)
    if parts.netloc and (parts.netloc != request.host or parts.scheme not in ("http", "https", "")):
        return "/"
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else "/"
    return (
        path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    )


def _answer(found: Any) -> Any:
    """Their answer, with an address of ours where it leads on."""
    if isinstance(found, Response) and found.location:
        found.location = own_path(found.location)
        found.status_code = 303
    return found


def _signed_in() -> bool:
    return "_user_id" in session


def _already() -> bool:
    from qms.web.auth import current_person

    return current_person() is not None


def login() -> Answer:
    """E-mail and password; then the one-time code where the person has set one up."""
    if _already():
        return redirect(own_path(request.args.get("next") or "/"), 303)
    if request.method != "POST":
        return _answer(views.login())
    with attempt("password", request.form.get("email", "")) as right:
        found = views.login()
        if _signed_in() or session.get("tf_state") == "ready":
            right()
    return _answer(found)


def code() -> Answer:
    """The code of the app."""
    return _second_factor(views.two_factor_token_validation)


def recovery() -> Answer:
    """A recovery code instead of the app's."""
    return _second_factor(mf_recovery)


def _second_factor(view: Callable[[], Any]) -> Answer:
    if _already():
        return redirect("/", 303)
    if request.method != "POST" or "tf_user_id" not in session:
        return _answer(view())
    with attempt("code", session["tf_user_id"]) as right:
        found = view()
        if _signed_in():
            right()
    return _answer(found)


def help_with_code() -> Answer:
    """Where Flask-Security sends those who have no code: to the recovery codes."""
    return redirect(url_for("security.mf_recovery"), 303)


def logout() -> Answer:
    """The session ends; only the chosen language stays."""
    from qms.web.auth import end_session

    found = views.logout()
    chosen = session.get("language")
    end_session()
    if chosen:
        session["language"] = chosen
    return _answer(found)


def forgot() -> Answer:
    """Ask for a link; the answer is the same for an address without an account.

    Raises Refused, before anything is looked up, when no link could be mailed.
    """
    from qms.web.auth import require_address

    if request.method == "POST":
        require_address()
        asked = request.form.get("email", "")
        if not asked.strip():
            flash(str(_("Type the e-mail address of your account.")), "error")
            return redirect(url_for("security.forgot_password"), 303)
        with attempt("reset", asked):
            return _answer(views.forgot_password())
    return _answer(views.forgot_password())


def reset(token: str) -> Answer:
    """Set a password with the link that was mailed; then earlier failures are forgiven."""
    _expired, _invalid, person = reset_password_token_status(token)
    if person is not None and person.password is not None:  # an invitation's link holds longer
        expired, _invalid, _data = check_and_get_token_status(token, "reset", accounts.RESET_FOR)
        if expired:
            flash(str(_("The link has expired. Ask for a new one here.")), "error")
            return redirect(url_for("security.forgot_password"), 303)
    found = views.reset_password(token)
    if person is not None and _renewed(person):
        throttle.forgive("password", person.email, address(), jobs.clock_now())
    return _answer(found)


def _renewed(person: Any) -> bool:
    return (
        not Person.select()
        .where(Person.id == person.id, Person.fs_uniquifier == person.fs_uniquifier)
        .exists()
    )


def change_password() -> Answer:
    """A new password for who knows the one now."""
    from qms.web.auth import current_person

    person = current_person()
    if request.method != "POST" or person is None:
        return _answer(views.change_password())
    with attempt("own", person.email) as right:
        found = views.change_password()
        if isinstance(found, Response) and found.location:
            right()
    return _answer(found)


# endpoint -> (rule, methods, view, what it needs); nothing else of Flask-Security has an address
ROUTES: dict[str, tuple[str, tuple[str, ...], Callable[..., Any], str]] = {
    "login": ("/login", ("GET", "POST"), login, PUBLIC),
    "two_factor_token_validation": ("/login/code", ("GET", "POST"), code, PUBLIC),
    "mf_recovery": ("/login/recovery", ("GET", "POST"), recovery, PUBLIC),
    "two_factor_rescue": ("/login/help", ("GET",), help_with_code, PUBLIC),
    "logout": ("/logout", ("POST",), logout, PUBLIC),
    "forgot_password": ("/reset", ("GET", "POST"), forgot, PUBLIC),
    "reset_password": ("/reset/<token>", ("GET", "POST"), reset, PUBLIC),
    "change_password": ("/account/password", ("GET", "POST"), change_password, SIGNED_IN),
}


def init_app(app: Flask) -> None:
    """Give the listed pages their addresses, and the throttle its answer."""
    blueprint = Blueprint("security", __name__)
    for endpoint, (rule, methods, view, need) in ROUTES.items():
        blueprint.add_url_rule(rule, endpoint, needs(need)(view), methods=methods)
    app.register_blueprint(blueprint)
    app.register_error_handler(throttle.Throttled, _wait)


def _wait(error: throttle.Throttled) -> tuple[str, int, dict[str, str]]:
    told = _("After several failures there is a wait: try again at %(time)s.", time=throttle.when(error))
    page = render_template("errors/429.html", status=429, text=told, back="")
    return page, 429, {"Retry-After": str(error.seconds)}
