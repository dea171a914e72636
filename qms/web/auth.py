"""Sign-in with Flask-Security: who asks. Authentication only; what a person may do is in dated assignments.

Its pages stand on the explicit list in `qms.web.signin`; nothing else of it is routed. Its datastore
writes through the trail's system chain and cannot delete.
"""

from __future__ import annotations

import base64
import hashlib
import io
import unicodedata
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from flask import Flask, Request, current_app, has_request_context, session
from flask_login import current_user, user_logged_in
from flask_security import Security, UserMixin
from flask_security.datastore import PeeweeUserDatastore
from flask_security.mail_util import MailUtil
from flask_security.password_util import PasswordUtil
from flask_security.recoverable import generate_reset_password_token
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from peewee import fn

from qms.config import NO_ADDRESS, Config
from qms.kernel import accounts, clock, jobs
from qms.kernel.db import database
from qms.kernel.errors import Refused
from qms.kernel.people import Person, SignInAttempt
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.trail import change
from qms.web import throttle

IDLE = timedelta(hours=12)  # a session that nobody uses for so long ends
ARGON2 = {
    "argon2__type": "ID",
    "argon2__memory_cost": 19 * 1024,
    "argon2__time_cost": 2,
    "argon2__parallelism": 1,
}


class User(UserMixin, Person):  # UserMixin first: else peewee's get_id wins and every page is anonymous
    """A person as Flask-Security sees them: the same row."""

    tf_phone_number = None  # it sets this when a second factor is taken away; no number is kept

    class Meta:
        table_name = "person"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Person) and other.id == self.id

    def __hash__(self) -> int:
        return hash((Person, self.id))

    def subject(self) -> str:
        """What the trail calls it; get_id() is Flask-Security's, which names the session."""
        return f"person:{self.id}"


_WHOSE_SESSION = Prepared(
    lambda account, ended: User.select().where(
        User.fs_uniquifier == account,
        ~fn.EXISTS(SignInAttempt.select(SignInAttempt.id).where(SignInAttempt.account == ended)),
    )
)


class NoRole:
    """Roles of Flask-Security are not used."""


class Store(PeeweeUserDatastore):
    """Accounts for Flask-Security: changes go through the trail, and nothing is made or deleted here."""

    def __init__(self) -> None:
        super().__init__(database, User, NoRole, None)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> User | None:
        """The account with that value; whose session it is, is asked on every page."""
        if set(wanted) == {"fs_uniquifier"}:
            here = session.get("id", "") if has_request_context() else ""
            return _WHOSE_SESSION.first(wanted["fs_uniquifier"], throttle.use_key("session", here))
        return super().find_user(case_insensitive=case_insensitive, **wanted)

    def put(self, model: User) -> User:
        """Write what changed of the account; raises RuntimeError for an account that does not exist."""
        with change(own_actor(model), system=True):
            row = Person.get_or_none(Person.id == model.id)
            if row is None:
                raise RuntimeError("accounts are made by qms.kernel.people.add_person")
            for field in model.dirty_fields:
                setattr(row, field.name, model.__data__.get(field.name))
            accounts.save_credentials(row)
        model._dirty.clear()
        return model

    def mf_set_recovery_codes(self, user: Any, rcs: list[str] | None) -> None:
        """Keep digests of the codes: nobody who reads the database can use them."""
        user.mf_recovery_codes = ",".join(map(digest_of_code, rcs)) if rcs else None
        self.put(user)

    def mf_get_recovery_codes(self, user: Any) -> list[str]:
        """The digests of the codes that are left."""
        kept = str(user.mf_recovery_codes or "")
        return kept.split(",") if kept else []

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """Take away a code that was used."""
        left = self.mf_get_recovery_codes(user)
        del left[idx]
        user.mf_recovery_codes = ",".join(left) or None
        self.put(user)
        return True

    def delete(self, model: User) -> None:
        """Refused: accounts are deactivated, so that their history stays."""
        raise RuntimeError("accounts are not deleted")


class Outbox(MailUtil):
    """Flask-Security's one mail, the link to set a password, goes through the outbox."""

    def normalize(self, email: str) -> str:
        """The address as accounts keep it; anything is let through, since it need only be looked up."""
        return email.strip().lower()

    def validate(self, email: str) -> str:
        """As `normalize`."""
        return self.normalize(email)

    def send_mail(self, template: str, subject: str, recipient: Any, *args: Any, **context: Any) -> None:
        """Put the link into the outbox, in the person's language."""
        user = context["user"]
        with change(own_actor(user), system=True):
            accounts.post_reset(user, password_link(user))


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes are compared by digest."""

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether the code is one that is left."""
        return super().check_recovery_code(user, digest_of_code(code))

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """A code works once."""
        return super().delete_recovery_code(user, digest_of_code(code))


def digest_of_code(code: str) -> str:
    """A recovery code as it is kept; it is random enough that no salt is needed."""
    return hashlib.sha256(code.replace("-", "").lower().encode()).hexdigest()


class OneTimeCodes(Totp):
    """Codes of an app: each counts once, and their picture can be read on a dark page too."""

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Raise UsedTokenError, which makes the code wrong, when it was used before."""
        if not throttle.first_use("code", f"{user.id}:{tmatch.counter}", jobs.clock_now()):
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture as a data address, black on white."""
        from qrcode import make
        from qrcode.image.svg import SvgPathFillImage

        file = io.BytesIO()
        make(self.get_totp_uri(username, totp), image_factory=SvgPathFillImage).save(file)
        return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"


class Passwords(PasswordUtil):
    """What a password must be: long enough and not the e-mail."""

    def validate(self, password: str, is_register: bool, **context: Any) -> tuple[list[str] | None, str]:
        """(what is wrong or None, the password in the form that is hashed)."""
        password = self.normalize(password)
        problem = accounts.bad_password(password, getattr(context.get("user"), "email", ""))
        return ([str(problem)] if problem else None), password


def own_actor(person: Person) -> Actor:
    """A person changing the own account."""
    return Actor(person_id=person.id, name=person.name, organisation_id=None, slug="", today=clock.today())


def current_person() -> Person | None:
    """The person who has signed in, or None."""
    return current_user._get_current_object() if current_user and current_user.is_authenticated else None


def password_link(person: Person) -> str:
    """The address of the page on which the person sets a password, once; needs an application context.

    It begins with QMS_BASE_URL, never with what a request claims to be its host. Raises Refused without one.
    """
    require_address()
    token = generate_reset_password_token(person)
    return f"{current_app.config['QMS'].base_url}/reset/{token}"


def require_address() -> None:
    """Raise Refused when nobody said under which address a link in a mail leads here."""
    if not current_app.config["QMS"].base_url:
        raise Refused([NO_ADDRESS])


def password_hash(password: str) -> str:
    """The hash that is kept of a password, as the sign-in form will read it; for set-up outside a request."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
    return hasher.hash(unicodedata.normalize("NFKD", password))


def init_app(app: Flask, config: Config) -> None:
    """Set up sign-in: its settings, its store and the listed pages."""
    from qms.web import signin, signin_forms

    app.config.update(settings(config), **signin_forms.MESSAGES)
    app.permanent_session_lifetime = IDLE
    security: Any = Security(
        app, Store(), register_blueprint=False, render_template=signin.render, mail_util_cls=Outbox,
        password_util_cls=Passwords, mf_recovery_codes_util_cls=RecoveryCodes, totp_cls=OneTimeCodes,
        **signin_forms.FORMS,
    )  # fmt: skip
    security.i18n_domain = signin_forms.Words()
    # identities are not used, and loading them would ask for the person even on public pages
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    security.want_json(_never)  # pages only: its JSON answers would also hand out tokens
    app.login_manager.request_loader(_nobody)  # type: ignore[attr-defined]
    user_logged_in.connect(_begin_session, app)
    signin.init_app(app)


def settings(config: Config) -> dict[str, Any]:
    """The settings of Flask-Security: password and one-time code, nothing else of what it can do."""
    return {
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": ARGON2,
        "SECURITY_PASSWORD_LENGTH_MIN": accounts.MIN_PASSWORD,
        "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
        "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": str, "case_insensitive": False}}],
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_FRESHNESS": timedelta(seconds=-1),
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_RESET_PASSWORD_WITHIN": accounts.INVITED_FOR,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,  # told by the store, in the same transaction
        "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
        "SECURITY_EMAIL_PLAINTEXT": False,  # the outbox writes the texts
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {"code": "flask_security.twofactor.CodeTfPlugin"},
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_SECRETS": {"1": _derived(config, "one-time codes")},
        "SECURITY_TOTP_ISSUER": "ISO 9001",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
    }


def _derived(config: Config, purpose: str) -> str:
    """A key of its own for each purpose, so that one that leaks opens nothing else."""
    return hashlib.sha256(f"{purpose}:{config.secret_key}".encode()).hexdigest()


def _never(_request: Request) -> bool:
    return False


def _nobody(_request: Request) -> None:
    """Nobody is known by a token in a header or an address."""


def _begin_session(_app: Flask, **_ignored: Any) -> None:
    """A session has an id of its own from the moment somebody signs in, by which signing out ends it."""
    session.permanent = True
    session["id"] = token_urlsafe(16)


def end_session() -> None:
    """End the session of this request, also for a copy of its cookie; what is remembered of it outlives the cookie."""
    if session.get("id"):
        throttle.first_use("session", session["id"], jobs.clock_now())
    session.clear()
