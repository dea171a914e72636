"""The worker: sends the mail of the outbox, makes PDFs, removes files nobody needs; one worker at a time.

`qms work` runs it alone; `qms demo` and `qms serve` run it as one thread. A lease in the database
lets one of several processes work. A mail is marked as sent in a transaction of its own as soon as
the server has taken it: a worker that is killed between the two sends that one mail again, under
the same Message-ID. PDFs are `qms.printing`'s.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from peewee import Case

from qms import mailer, printing
from qms.config import BadSetting, Config
from qms.kernel import files, jobs, once, trail
from qms.kernel.db import connected, database
from qms.kernel.jobs import Mail

log = logging.getLogger("qms.worker")

LEASE = "worker"
LEASE_SECONDS = 300  # longer than one mail or one PDF may take
SWEEPING = "sweep"
SWEEP_SECONDS = 86_400  # files are swept once a day, whoever of the workers comes first
PAUSE = 15.0  # seconds between looks at what is due when nothing wakes the worker
BATCH = 100
FIRST_WAIT = timedelta(minutes=1)  # after a failure, doubled each time …
LONGEST_WAIT = timedelta(hours=1)  # … up to this: a server back after days gets everything within the hour
REFUSED_WAIT = timedelta(days=1)  # after the server said that it will never take the mail …
REFUSED_TRIES = 7  # … up to this try; then the mail is given up


@dataclass(frozen=True)
class Counts:
    """What one run did: mails sent, put off and still waiting; PDFs made, failed and waiting; files removed."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    made: int = 0
    unmade: int = 0
    queued: int = 0
    removed: int = 0
    why: str = field(default="", compare=False)  # the last failure, without addresses

    def line(self) -> str:
        """As it stands in the log."""
        why = f" ({self.why})" if self.why else ""
        return (
            f"mail: sent {self.sent}, put off {self.failed}{why}, waiting {self.waiting}; "
            f"PDF: made {self.made}, failed {self.unmade}, waiting {self.queued}; "
            f"files removed: {self.removed}"
        )


def holder() -> str:
    """A name for one worker that no other has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


def run_once(config: Config, *, name: str = "", give_up: Callable[[], bool] = lambda: False) -> Counts:
    """Do what is due, if no other worker is at it, until `give_up()`; one line in the log when it did anything.

    Without a mail server mail stays in the outbox. Raises BadSetting when the server's address is wrong.
    """
    server, name = mailer.server_of(config), name or holder()
    with connected():
        jobs.expire()
        counts = Counts()
        if _anything(server) and jobs.take_lease(LEASE, name, seconds=LEASE_SECONDS):
            try:
                counts = _work(server, name, give_up)
            finally:
                jobs.take_lease(LEASE, name, seconds=0)  # the next worker need not wait for it to run out
        if jobs.take_lease(SWEEPING, holder(), seconds=SWEEP_SECONDS):
            counts = replace(counts, removed=files.sweep())
            once.sweep()
        done = replace(counts, waiting=jobs.unsent().count(), queued=printing.waiting())
    if counts != Counts():
        log.info("%s", done.line())
    return done


def _anything(server: mailer.Server | None) -> bool:
    return (server is not None and _due().exists()) or printing.due().exists()


def _work(server: mailer.Server | None, name: str, give_up: Callable[[], bool]) -> Counts:
    """All mail that is due, then one PDF, and again: no mail waits for a long row of PDFs."""
    counts = Counts()
    while not give_up() and jobs.take_lease(LEASE, name, seconds=LEASE_SECONDS):
        if server is not None and _due().exists():
            counts = _send_due(server, name, counts)
        made = printing.make_next(give_up)
        if made is None:
            break
        counts = replace(counts, made=counts.made + made, unmade=counts.unmade + (not made))
    return counts


def _due() -> Any:
    """Unsent mails whose time has come; a first try is due at once, whatever day a demonstration plays on."""
    due = (Mail.tries == 0) | (Mail.next_try_at <= jobs.clock_now())
    return jobs.unsent().where(due).order_by(Mail.id)


def _send_due(server: mailer.Server, name: str, counts: Counts) -> Counts:
    try:
        connection = mailer.connect(server)
    except OSError as error:  # every error of smtplib is one
        return replace(counts, failed=counts.failed + _postpone_all(str(error)), why=_kind_of(error))
    try:
        for mail in _batches():
            if not jobs.take_lease(LEASE, name, seconds=LEASE_SECONDS):
                break
            failure = _send(connection, server, mail)
            counts = _counted(counts, failure)
            if _broken(failure):
                break
    finally:
        with contextlib.suppress(OSError):
            connection.quit()
    return counts


def _batches() -> Iterator[Mail]:
    """Every mail that is due, read in batches so that a long outbox costs little memory."""
    while batch := list(_due().limit(BATCH)):
        yield from batch


def _counted(counts: Counts, failure: Exception | None) -> Counts:
    if failure is None:
        return replace(counts, sent=counts.sent + 1)
    return replace(counts, failed=counts.failed + 1, why=_kind_of(failure))


def _kind_of(error: Exception) -> str:
    """What sort of failure it was; its own words may hold people's addresses."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _broken(failure: Exception | None) -> bool:
    """Whether the connection is lost: an answer of the server or a bad address concerns that mail alone."""
    lost = isinstance(failure, smtplib.SMTPServerDisconnected)
    return lost or (isinstance(failure, OSError) and not isinstance(failure, smtplib.SMTPException))


def _send(connection: smtplib.SMTP, server: mailer.Server, mail: Mail) -> Exception | None:
    """None when the server took the mail, else why not."""
    try:
        connection.send_message(mailer.message(mail, server.sender))
    except (OSError, ValueError) as error:
        _postpone(mail, str(error), _next_try(mail, error))
        return error
    kept = {} if mail.expires_at is None else {"body": ""}  # a link that works once is not kept
    with database.atomic():
        Mail.update(sent_at=jobs.clock_now(), tries=mail.tries + 1, failure="", **kept).where(
            Mail.id == mail.id, Mail.sent_at.is_null()
        ).execute()
    return None


def _next_try(mail: Mail, error: Exception) -> datetime:
    """When a mail that the server did not take is tried again; NEVER when that is no use any more."""
    if not _for_good(error):
        return jobs.clock_now() + min(FIRST_WAIT * 2 ** min(int(mail.tries), 10), LONGEST_WAIT)
    return jobs.NEVER if mail.tries + 1 >= REFUSED_TRIES else jobs.clock_now() + REFUSED_WAIT


def _for_good(error: Exception) -> bool:
    """Whether the answer says that trying again soon is no use (5xx, or an address that is none)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return int(error.smtp_code) >= 500
    return isinstance(error, ValueError)


def _postpone(mail: Mail, failure: str, until: datetime) -> None:
    with database.atomic():
        Mail.update(tries=mail.tries + 1, next_try_at=until, failure=failure[:300]).where(
            Mail.id == mail.id
        ).execute()


def _postpone_all(failure: str) -> int:
    """Put off everything that is due while the server cannot be reached; the wait is short and stays so."""
    due = [mail.id for mail in _due().select(Mail.id)]
    tried = Case(None, [(Mail.tries == 0, 1)], Mail.tries)  # it answered nothing, so this counts once
    with database.atomic():
        for start in range(0, len(due), BATCH):
            Mail.update(
                tries=tried, next_try_at=jobs.clock_now() + 5 * FIRST_WAIT, failure=failure[:300]
            ).where(Mail.id.in_(due[start : start + BATCH])).execute()
    return len(due)


# ---------------------------------------------------------------- as a loop


def loop(config: Config, stop: threading.Event, wake: threading.Event | None = None) -> None:
    """Work until `stop` is set; a failure is logged and the next look comes all the same."""
    wake, name = wake or threading.Event(), holder()
    while not stop.is_set():
        try:
            run_once(config, name=name, give_up=stop.is_set)
        except BadSetting as error:
            log.error("%s", error)
            return
        except Exception:
            log.exception("the worker failed; it goes on")
        wake.wait(PAUSE)
        wake.clear()  # after the wait: what was asked for during the work is not forgotten


class Thread:
    """The worker as a thread of a serving process."""

    def __init__(self, config: Config) -> None:
        self._stop, self._wake, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._forget = trail.on_commit_work(self._wake.set)
        threading.Thread(target=self._run, args=(config,), name="worker", daemon=True).start()

    def _run(self, config: Config) -> None:
        try:
            loop(config, self._stop, self._wake)
        finally:
            self._ended.set()

    # An event tells the end and not Thread.join(): before Python 3.13 an interrupted join takes the
    # thread for dead, and whoever then closes the database does so under the hands of the worker.

    def run_until_it_ends(self) -> None:
        """Wait for the thread, so that a signal interrupts the waiting and not the work."""
        while not self._ended.wait(1.0):
            pass

    def stop(self, seconds: float = 5.0) -> None:
        """End the work and wait for the mail that is being sent; a PDF that is being made is given up."""
        self._forget()
        self._stop.set()
        self._wake.set()
        self._ended.wait(seconds)
