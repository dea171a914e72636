"""`qms doctor`: what an installation needs, looked at one by one; each line says how to mend it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from peewee import PeeweeException

from qms import mailer, marker
from qms.config import PATHS_ONLY, BadSetting, Config
from qms.docx import pdf
from qms.kernel import clock, db, files, jobs
from qms.kernel.db import database
from qms.kernel.files import Attachment
from qms.kernel.jobs import Job, Mail
from qms.kernel.text import Message, _
from qms.kernel.trail import TrailEntry

GOOD, WARN, BAD = "ok", "--", "!!"
MIN_SQLITE = (3, 38)  # VACUUM INTO, FTS5 with prefix, RETURNING
MIN_POSTGRES = 13
MIN_FREE = 500 * 1024 * 1024  # bytes
WAITS_TOO_LONG = timedelta(days=1)
FONTS = ("Times New Roman", "Liberation Serif")  # the decree's font, or the one with its measures


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: how it is, and how it is mended."""

    state: str
    text: Message | str

    @property
    def bad(self) -> bool:
        """Whether it has to be mended."""
        return self.state == BAD

    def line(self) -> str:
        """As it is printed."""
        return f"[{self.state}] {self.text}"


def examine(config: Config) -> list[Check]:
    """Look at everything; a failure of one look never hides the others."""
    looks: tuple[Callable[[Config], Iterator[Check]], ...] = (
        _database, _folder, _secrets, _mail, _programs, _clock,
    )  # fmt: skip
    return [check for look in looks for check in look(config)]


# ---------------------------------------------------------------- database


def _database(config: Config) -> Iterator[Check]:
    if db.is_sqlite() and not Path(database.database).exists():
        yield Check(
            BAD, _("there is no database at %(path)s: run qms init (or qms demo)", path=database.database)
        )
        return
    try:
        with db.connected():
            yield _version()
            if newer := db.unknown():
                text = _("the database is newer than the program (%(names)s): install the newer program",
                         names=", ".join(newer))  # fmt: skip
                yield Check(BAD, text)
                return
            pending = db.pending()
            if pending:
                yield Check(
                    BAD, _("migrations are pending (%(names)s): run qms migrate", names=", ".join(pending))
                )
                return
            yield Check(GOOD, _("the database is up to date"))
            yield from _outbox(config)
            yield from _pdfs()
            yield from _attachments()
            yield from _trail_clock()
    except (PeeweeException, OSError) as error:
        yield Check(BAD, _("the database cannot be used: %(why)s (QMS_DATABASE_URL)", why=str(error).strip()))


def _version() -> Check:
    if db.is_sqlite():
        import sqlite3

        state = GOOD if sqlite3.sqlite_version_info >= MIN_SQLITE else BAD
        return Check(state, _("SQLite %(version)s (3.38 or newer is needed)", version=sqlite3.sqlite_version))
    number = database.execute_sql("SHOW server_version").fetchone()[0]
    state = GOOD if int(number.split(".")[0]) >= MIN_POSTGRES else BAD
    return Check(state, _("PostgreSQL %(version)s (13 or newer is needed)", version=number))


def _outbox(config: Config) -> Iterator[Check]:
    yield from _given_up()
    unsent = jobs.unsent()
    waiting = unsent.count()
    late = (
        unsent.where(Mail.tries > 0, Mail.created_at < clock.now() - WAITS_TOO_LONG).order_by(Mail.id).first()
    )
    if not waiting:
        yield Check(GOOD, _("no mail waits in the outbox"))
    elif not config.smtp_url:
        text = _("mail waiting in the outbox: %(n)s; set QMS_SMTP_URL so that it is sent", n=waiting)
        yield Check(WARN if config.demonstration else BAD, text)
    elif late is not None:
        text = _(
            "mail waiting in the outbox, also for more than a day: %(n)s; the last answer was: %(why)s",
            n=waiting,
            why=late.failure,
        )
        yield Check(BAD, text)
    else:
        yield Check(WARN, _("mail waiting in the outbox: %(n)s; qms serve or qms work sends it", n=waiting))


def _given_up() -> Iterator[Check]:
    last = jobs.given_up().order_by(Mail.id.desc()).first()
    if last is not None:
        text = _(
            "mail that the server refuses and that is not tried any more: %(n)s; the last answer was: %(why)s",
            n=jobs.given_up().count(),
            why=last.failure,
        )
        yield Check(WARN, text)


def _pdfs() -> Iterator[Check]:
    failed = Job.select().where(Job.next_try_at.is_null(), Job.failure != "").count()
    if failed:
        yield Check(WARN, _("PDFs that could not be made: %(n)s; their records' pages say why", n=failed))


def _attachments() -> Iterator[Check]:
    hashes = [sha256 for (sha256,) in Attachment.select(Attachment.sha256).distinct().tuples()]
    missing = [h for h in hashes if not files.path_of(h).exists()]
    if missing:
        yield Check(BAD, _("attachments missing on disk: %(n)s; restore them from a backup", n=len(missing)))
    else:
        yield Check(GOOD, _("attachments on disk, none missing: %(n)s", n=len(hashes)))


def _trail_clock() -> Iterator[Check]:
    newest = TrailEntry.select(TrailEntry.at).order_by(TrailEntry.id.desc()).first()
    if newest is not None and newest.at > clock.now() + timedelta(minutes=5):
        yield Check(BAD, _("the last change lies in the future: the clock was set back; set it right"))


# ---------------------------------------------------------------- folder and secrets


def _folder(config: Config) -> Iterator[Check]:
    folder = config.data_dir
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Check(
            BAD, _("the data folder %(path)s cannot be written: %(why)s", path=folder, why=error.strerror)
        )
        return
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = _("everybody on this machine may read the data folder: chmod 700 %(path)s", path=folder)
        yield Check(WARN if config.demonstration else BAD, text)
    else:
        yield Check(GOOD, _("the data folder %(path)s can be written", path=folder))
    free = shutil.disk_usage(folder).free
    text = _("%(n)s MiB are free for data (500 are needed)", n=free // 1024 // 1024)
    yield Check(GOOD if free > MIN_FREE else BAD, text)


def _secrets(config: Config) -> Iterator[Check]:
    if config.demonstration:
        yield Check(
            WARN,
            _("this is a demonstration: its secrets lie in %(file)s", file=config.data_dir / marker.FILE),
        )
        if not config.base_url:
            yield Check(WARN, PATHS_ONLY)
        return
    yield Check(GOOD, _("the secrets are set"))
    if config.secret_key in config.trail_key.split(","):
        yield Check(BAD, _("QMS_SECRET_KEY and QMS_TRAIL_KEY are the same: set two"))
    if not config.base_url:
        yield Check(BAD, PATHS_ONLY)
    elif not config.base_url.startswith("https:"):
        yield Check(WARN, _("QMS_BASE_URL is not https: passwords cross the network in clear"))


# ---------------------------------------------------------------- mail, programs, clock


def _mail(config: Config) -> Iterator[Check]:
    try:
        server = mailer.server_of(config)
    except BadSetting as error:
        yield Check(BAD, str(error))
        return
    if server is None:
        yield Check(WARN, _("QMS_SMTP_URL is not set: mail waits in the outbox"))
        return
    try:
        mailer.connect(server).quit()
    except OSError as error:  # every error of smtplib is one
        text = _(
            "the mail server %(host)s cannot be used: %(why)s (QMS_SMTP_URL)",
            host=server.host,
            why=str(error),
        )
        yield Check(BAD, text)
    else:
        yield Check(GOOD, _("the mail server %(host)s answers", host=server.host))


def _programs(_config: Config) -> Iterator[Check]:
    if pdf.available():
        yield Check(GOOD, _("LibreOffice is installed: documents can be turned into PDF"))
    else:
        yield Check(WARN, _("LibreOffice is not installed: there is no PDF (apt install libreoffice-writer)"))
    yield from _font()


def _font() -> Iterator[Check]:
    """Whether a PDF gets the decree's letters with all Vietnamese marks; nothing to say without fc-list."""
    lister = shutil.which("fc-list")
    if lister is None:
        return
    found = {words: _families(lister, words) for words in (":", ":lang=vi")}
    if any(font in found[":lang=vi"] for font in FONTS):
        yield Check(GOOD, _("a font for PDF documents is installed, with all Vietnamese letters"))
    elif any(font in found[":"] for font in FONTS):
        text = _(
            "the font like Times New Roman lacks Vietnamese letters, so PDFs mix in another "
            "(a newer fonts-liberation has them)"
        )
        yield Check(WARN, text)
    else:
        yield Check(
            WARN, _("no font like Times New Roman is installed for PDF (apt install fonts-liberation)")
        )


def _families(lister: str, pattern: str) -> str:
    """The names of the font families that match a pattern."""
    return subprocess.run(  # noqa: S603 - a program of the system, without a shell
        [lister, pattern, "family"], capture_output=True, text=True, timeout=30, check=False
    ).stdout


def _clock(config: Config) -> Iterator[Check]:
    if config.today is not None:
        yield Check(WARN, _("the day is fixed to %(day)s", day=config.today))
    program = Path(files.__file__).stat().st_mtime
    if time.time() + 86_400 < program:
        yield Check(BAD, _("the clock of this machine is behind: set it right"))
    else:
        now = clock.local(jobs.clock_now())
        yield Check(GOOD, _("the clock says %(now)s", now=f"{now:%d/%m/%Y %H:%M} {config.timezone}"))
