"""The forms of sign-in, and what Flask-Security may say: its names, our words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from flask_security import forms as theirs
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.utils import hash_password
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import ValidationError

from qms.kernel import accounts, text
from qms.kernel.text import _
from qms.web.forms import Choice, at_most, required

# What Flask-Security may say, by its names; each is a message of our catalogue.
MESSAGES: dict[str, tuple[str, str]] = {
    f"SECURITY_MSG_{name}": (message.id, category)
    for name, message, category in (
        ("GENERIC_AUTHN_FAILED", _("The e-mail address or the password is not right."), "error"),
        (
            "PASSWORD_RESET_REQUEST",
            _("If there is an account with this address, a mail with a link is on its way to it."),
            "info",
        ),
        ("PASSWORD_RESET_EXPIRED", _("The link has expired. Ask for a new one here."), "error"),
        (
            "INVALID_RESET_PASSWORD_TOKEN",
            _("The link does not hold any more. Ask for a new one here."),
            "error",
        ),
        ("PASSWORD_RESET_NO_LOGIN", _("Your new password is set. Sign in with it."), "success"),
        ("PASSWORD_CHANGE", _("Your password is changed; you are signed out everywhere else."), "success"),
        ("PASSWORD_IS_THE_SAME", _("The new password must be another one."), "error"),
        ("INVALID_PASSWORD", _("The password is not right."), "error"),
        ("PASSWORD_NOT_PROVIDED", _("this is needed"), "error"),
        ("EMAIL_NOT_PROVIDED", _("this is needed"), "error"),
        ("FORGOT_PASSWORD", _("Forgot the password?"), "info"),
        ("USER_DOES_NOT_EXIST", _("The e-mail address or the password is not right."), "error"),
        ("DISABLED_ACCOUNT", _("The e-mail address or the password is not right."), "error"),
        ("TWO_FACTOR_INVALID_TOKEN", _("The code is not right, or is no longer valid."), "error"),
        ("TWO_FACTOR_LOGIN_SUCCESSFUL", _("The code is right: you are signed in."), "success"),
        ("TWO_FACTOR_PERMISSION_DENIED", _("Please sign in first."), "error"),
        ("INVALID_RECOVERY_CODE", _("The recovery code is not right, or was used before."), "error"),
        ("INVALID_REDIRECT", _("That address is not one of ours."), "error"),
        ("UNAUTHENTICATED", _("Please sign in first."), "error"),
        ("ANONYMOUS_USER_REQUIRED", _("You are signed in already."), "info"),
        ("API_ERROR", _("This cannot be read."), "error"),
    )
}


class Words:
    """Flask-Security's domain of translations: our catalogue, in the language of the page."""

    def gettext(self, message: str, **params: Any) -> str:
        """The message in the language of the page."""
        return text.gettext(str(message), **params)


# ---------------------------------------------------------------- forms


def same_as(name: str) -> Callable[[Any, Any], None]:
    """A validator: the same was typed as in the field `name`."""

    def check(form: Any, field: Any) -> None:
        if field.data != form[name].data:
            raise ValidationError(_("the two passwords differ"))  # type: ignore[arg-type]

    return check


def looked_up(value: Any) -> str:
    """An e-mail address as accounts keep it."""
    return str(value or "").replace("\0", "").strip().lower()


def typed_code(value: Any) -> str:
    """A code as typed, without the spaces people put into it."""
    return "".join(str(value or "").split())


def as_hashed(value: Any) -> str | None:
    """A password in the one form in which it is hashed and compared, however the keyboard composed it."""
    return unicodedata.normalize("NFKD", str(value)) if value else value


def email_field(*checks: Any) -> Any:
    """The e-mail address that names an account."""
    label: Any = _("E-mail address")
    words = {"autocomplete": "username"}
    return EmailField(label, [required(), at_most(254), *checks], [looked_up], render_kw=words)


def password_field(label: Any, *checks: Any, new: bool = False, hint: Any = "") -> Any:
    """A password; a new one says what it needs and is not offered by the browser."""
    limit = at_most(accounts.MAX_PASSWORD)
    words = {"autocomplete": "new-password" if new else "current-password"}
    return PasswordField(label, [required(), limit, *checks], [as_hashed], description=hint, render_kw=words)


def code_field(label: Any, hint: Any, **words: Any) -> Any:
    """A code to be typed; spaces in it do not count."""
    return StringField(label, [required(), at_most(40)], [typed_code], description=hint, render_kw=words)


NEW = _("at least %(n)s characters; a sentence is easy to keep in mind", n=accounts.MIN_PASSWORD)


class SignInForm(theirs.LoginForm):
    """E-mail and password."""

    email = email_field()
    password = password_field(_("Password"))
    remember: Any = None
    submit: Any = None

    def validate_next(self, field: Any) -> None:
        """An address that is not ours leads to the start page: whose link it was, the password was right."""
        from qms.web.signin import own_path

        field.data = own_path(field.data) if field.data else ""


class ForgotForm(theirs.ForgotPasswordForm):
    """Where to send the link; the same work is done whether or not there is an account."""

    email = email_field(theirs.valid_user_email)
    submit: Any = None

    def validate(self, **options: Any) -> bool:
        """Whether a link is to be sent."""
        found = super().validate(**options)
        if found:
            hash_password("as costly as the other answer")
        return found


class ResetForm(theirs.ResetPasswordForm):
    """A new password, twice."""

    password = password_field(_("New password"), new=True, hint=NEW)
    password_confirm = password_field(_("The new password again"), same_as("password"), new=True)
    submit: Any = None


class ChangeForm(theirs.ChangePasswordForm):
    """The password now, and a new one twice."""

    password = password_field(_("Password now"))
    new_password = password_field(_("New password"), new=True, hint=NEW)
    new_password_confirm = password_field(_("The new password again"), same_as("new_password"), new=True)
    submit: Any = None


class CodeForm(theirs.TwoFactorVerifyCodeForm):
    """The code that the app shows."""

    code = code_field(
        _("Code"), _("the six digits that your app shows now"),
        autocomplete="one-time-code", inputmode="numeric", autofocus=True,
    )  # fmt: skip
    submit: Any = None


class RecoveryForm(MfRecoveryForm):
    """One of the recovery codes."""

    code = code_field(
        _("Recovery code"),
        _("one of those you kept when you set up the app; each works once"),
        autocomplete="off",
    )
    submit: Any = None


class RescueForm(theirs.TwoFactorRescueForm):
    """What Flask-Security would offer who has no code; our page has a link to the recovery codes instead."""

    help_setup: Any = Choice(choices=[])
    submit: Any = None


FORMS = {
    "login_form": SignInForm,
    "forgot_password_form": ForgotForm,
    "reset_password_form": ResetForm,
    "change_password_form": ChangeForm,
    "two_factor_verify_code_form": CodeForm,
    "mf_recovery_form": RecoveryForm,
    "two_factor_rescue_form": RescueForm,
}
