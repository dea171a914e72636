"""Settings from the environment; production refuses what only a demonstration may do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from qms.kernel.text import _

MIN_SECRET = 32  # characters; shorter secrets can be guessed
MIN_DIFFERENT = 10  # different characters; 64 random hexadecimal digits have nearly all sixteen
PLACEHOLDERS = frozenset({"changeme", "secret", "default", "password", "demo"})


NO_ADDRESS = _("QMS_BASE_URL is not set: the link to set a password needs the address of the application")
PATHS_ONLY = _("QMS_BASE_URL is not set: mails carry paths only, no links")


class BadSetting(Exception):
    """A setting is missing or cannot be used; the text names it and says how to mend it."""


VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Config:
    """What the process runs with. `demonstration` allows fixed secrets and a fixed date."""

    database_url: str
    data_dir: Path
    secret_key: str
    trail_key: str
    base_url: str = ""
    smtp_url: str = ""
    locale: str = "vi"
    timezone: ZoneInfo = VIETNAM
    today: date | None = None
    demonstration: bool = False

    @property
    def files_dir(self) -> Path:
        """Where attachments live, addressed by their sha256."""
        return self.data_dir / "files"


# name -> what it is for; docs/reference.md prints this table and a test compares them
SETTINGS = {
    "QMS_DATABASE_URL": "database: sqlite:///PATH (default: qms.db in the data folder) or postgresql://…",
    "QMS_DATA_DIR": "folder for the embedded database and attachments (default ./var)",
    "QMS_SECRET_KEY": "signs sessions and forms; at least 32 characters (or QMS_SECRET_KEY_FILE)",
    "QMS_TRAIL_KEY": "keys of the trail, newest first, separated by commas; each at least 32 characters "
    "(or QMS_TRAIL_KEY_FILE)",
    "QMS_BASE_URL": "address under which people reach the application; links in mail start with it",
    "QMS_SMTP_URL": "mail server: smtp://USER:PASSWORD@HOST:PORT or smtps://…; without it mail waits in the outbox",
    "QMS_LOCALE": "language of pages before sign-in and of documents: vi (default) or en",
    "QMS_TIMEZONE": "time zone of the agency (default Asia/Ho_Chi_Minh)",
}


def load(environ: Mapping[str, str] = os.environ, *, demonstration: bool = False) -> Config:
    """The settings of this process.

    Raises BadSetting when a secret is missing, short or a placeholder, or a value cannot be read;
    and, outside a demonstration, when QMS_TODAY is set.
    """
    data_dir = Path(environ.get("QMS_DATA_DIR") or "var").absolute()
    return Config(
        database_url=environ.get("QMS_DATABASE_URL") or f"sqlite:///{data_dir / 'qms.db'}",
        data_dir=data_dir,
        secret_key=_secret(environ, "QMS_SECRET_KEY"),
        trail_key=_secret(environ, "QMS_TRAIL_KEY"),
        base_url=environ.get("QMS_BASE_URL", "").rstrip("/"),
        smtp_url=environ.get("QMS_SMTP_URL", ""),
        locale=_locale(environ.get("QMS_LOCALE") or "vi"),
        timezone=_timezone(environ.get("QMS_TIMEZONE") or "Asia/Ho_Chi_Minh"),
        today=_today(environ.get("QMS_TODAY"), demonstration),
        demonstration=demonstration,
    )


def _secret(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if path := environ.get(f"{name}_FILE"):
        try:
            value = Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise BadSetting(
                _("%(name)s_FILE cannot be read: %(why)s", name=name, why=error.strerror)
            ) from error
    for part in value.split(","):
        if len(part.strip()) < MIN_SECRET or part.strip().lower() in PLACEHOLDERS or _repeats(part.strip()):
            raise BadSetting(
                _(
                    "%(name)s is missing, too short or a placeholder: set at least %(n)s random characters "
                    "(python -c 'import secrets; print(secrets.token_hex(32))') in %(name)s or %(name)s_FILE",
                    name=name,
                    n=MIN_SECRET,
                )
            )
    return value


def _repeats(secret: str) -> bool:
    """Whether it says little in many characters: few different ones, or one piece over and over."""
    return len(set(secret)) < MIN_DIFFERENT or secret in (secret + secret)[1:-1]


def _locale(value: str) -> str:
    if value not in ("vi", "en"):
        raise BadSetting(_("QMS_LOCALE must be vi or en, not “%(value)s”", value=value))
    return value


def _timezone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise BadSetting(_("QMS_TIMEZONE is not a known time zone: “%(value)s”", value=value)) from error


def _today(value: str | None, demonstration: bool) -> date | None:
    if not value:
        return None
    if not demonstration:
        raise BadSetting(_("QMS_TODAY is for demonstrations and tests only: unset it"))
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadSetting(
            _("QMS_TODAY must be a date like 2024-04-15, not “%(value)s”", value=value)
        ) from error
