"""The worker: sends the mail that waits in the outbox, once each, one worker at a time.

`qms work` runs it alone; `qms demo` and `qms serve` run it as one thread. A lease in the database
lets one of several processes work. A mail is marked as sent in a transaction of its own as soon as
the server has taken it: a worker that is killed between the two sends that one mail again, under
the same Message-ID.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import smtplib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from qms import mailer
from qms.config import BadSetting, Config
from qms.kernel import files, jobs, trail
from qms.kernel.db import connected, database
from qms.kernel.jobs import Mail

log = logging.getLogger("qms.worker")

LEASE = "worker"
LEASE_SECONDS = 300  # longer than the server may take for one mail
PAUSE = 15.0  # seconds between looks at the outbox when nothing wakes the worker
BATCH = 100
FIRST_WAIT = timedelta(minutes=1)  # after a failure, doubled each time …
LONGEST_WAIT = timedelta(hours=1)  # … up to this: a server back after days gets everything within the hour
REFUSED_WAIT = timedelta(days=1)  # after the server said that it will never take the mail


@dataclass(frozen=True)
class Counts:
    """What one run did: mails sent, mails that failed (they are tried again), mails still waiting."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


def holder() -> str:
    """A name for one worker that no other has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


def run_once(config: Config, *, name: str = "") -> Counts:
    """Send what is due, if no other worker is at it. Raises BadSetting when the server's address is wrong.

    Without a mail server everything stays in the outbox.
    """
    server, name = mailer.server_of(config), name or holder()
    with connected():
        counts = Counts()
        if server is not None and _due().exists() and jobs.take_lease(LEASE, name, seconds=LEASE_SECONDS):
            try:
                counts = _send_due(server, name)
            finally:
                jobs.take_lease(LEASE, name, seconds=0)  # the next worker need not wait for it to run out
        return replace(counts, waiting=waiting())


def waiting() -> int:
    """How many mails are not sent yet."""
    return Mail.select().where(Mail.sent_at.is_null()).count()


def _due() -> Any:
    """Unsent mails whose time has come; a first try is due at once, whatever day a demonstration plays on."""
    due = (Mail.tries == 0) | (Mail.next_try_at <= jobs.clock_now())
    return Mail.select().where(Mail.sent_at.is_null(), due).order_by(Mail.id)


def _send_due(server: mailer.Server, name: str) -> Counts:
    try:
        connection = mailer.connect(server)
    except OSError as error:  # every error of smtplib is one
        log.warning("the mail server cannot be reached: %s", error)
        return Counts(failed=_postpone_all(str(error)))
    counts = Counts()
    try:
        for mail in _batches():
            if not jobs.take_lease(LEASE, name, seconds=LEASE_SECONDS):
                break
            counts = _counted(counts, _send(connection, server, mail))
    except OSError as error:
        log.warning("the mail server broke off: %s", error)
    finally:
        with contextlib.suppress(OSError):
            connection.quit()
    return counts


def _batches() -> Iterator[Mail]:
    """Every mail that is due, read in batches so that a long outbox costs little memory."""
    while batch := list(_due().limit(BATCH)):
        yield from batch


def _counted(counts: Counts, sent: bool) -> Counts:
    return replace(counts, sent=counts.sent + sent, failed=counts.failed + (not sent))


def _send(connection: smtplib.SMTP, server: mailer.Server, mail: Mail) -> bool:
    """Whether the server took the mail; raises when the connection is lost."""
    try:
        connection.send_message(mailer.message(mail, server.sender))
    except smtplib.SMTPServerDisconnected as error:
        _postpone(mail, str(error), _wait(mail, error))
        raise
    except (smtplib.SMTPException, ValueError) as error:
        _postpone(mail, str(error), _wait(mail, error))
        return False
    except OSError as error:
        _postpone(mail, str(error), _wait(mail, error))
        raise
    with database.atomic():
        Mail.update(sent_at=jobs.clock_now(), tries=mail.tries + 1, failure="").where(
            Mail.id == mail.id, Mail.sent_at.is_null()
        ).execute()
    return True


def _wait(mail: Mail, error: Exception) -> timedelta:
    if _for_good(error):
        return REFUSED_WAIT
    return min(FIRST_WAIT * 2 ** min(int(mail.tries), 10), LONGEST_WAIT)


def _for_good(error: Exception) -> bool:
    """Whether the answer says that trying again soon is no use (5xx, or an address that is none)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return int(error.smtp_code) >= 500
    return isinstance(error, ValueError)


def _postpone(mail: Mail, failure: str, wait: timedelta) -> None:
    log.warning("mail %s is tried again in %s: %s", mail.id, wait, failure)
    with database.atomic():
        Mail.update(tries=mail.tries + 1, next_try_at=jobs.clock_now() + wait, failure=failure[:300]).where(
            Mail.id == mail.id
        ).execute()


def _postpone_all(failure: str) -> int:
    """Put off everything that is due while the server cannot be reached; the wait is short and stays so."""
    due = [mail.id for mail in _due().select(Mail.id)]
    with database.atomic():
        for start in range(0, len(due), BATCH):
            Mail.update(
                tries=Mail.tries + 1, next_try_at=jobs.clock_now() + 5 * FIRST_WAIT, failure=failure[:300]
            ).where(Mail.id.in_(due[start : start + BATCH])).execute()
    return len(due)


# ---------------------------------------------------------------- as a loop


def loop(config: Config, stop: threading.Event, wake: threading.Event | None = None) -> None:
    """Work until `stop` is set; a failure is logged and the next look comes all the same."""
    wake, name = wake or threading.Event(), holder()
    while not stop.is_set():
        try:
            files.sweep()
            run_once(config, name=name)
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
        """End the work and wait for the mail that is being sent."""
        self._forget()
        self._stop.set()
        self._wake.set()
        self._ended.wait(seconds)
