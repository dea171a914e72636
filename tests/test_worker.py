"""The outbox is emptied: every mail once, whatever the mail server does in between."""

from __future__ import annotations

import os
import signal
import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from peewee import Database

from qms import mailer, runtime, worker
from qms.config import BadSetting, Config
from qms.kernel import db, files, jobs, once, trail
from qms.kernel.jobs import Mail
from qms.kernel.once import Posted
from qms.kernel.people import system_actor
from qms.kernel.trail import change
from tests.cast import TODAY, Cast

KEY = "k" * 10 + "0123456789abcdef" * 2
START = datetime(2024, 4, 15, 1, 0)


def config(smtp_url: str = "smtp://mail.example:25") -> Config:
    return Config("sqlite:///unused", Path("unused"), KEY, KEY, smtp_url=smtp_url)


def post(*keys: str, to: str = "a@example.org") -> None:
    with change(system_actor(None, TODAY)):
        for key in keys:
            jobs.post(key, to, f"Thư {key}", "Nội dung")


class Server:
    """A mail server that takes, refuses, breaks off or is dead, as told."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.dead = False
        self.answer: Callable[[EmailMessage], None] = lambda _message: None

    def connect(self, _server: mailer.Server) -> Any:
        if self.dead:
            raise ConnectionRefusedError(111, "Connection refused")
        return self

    def send_message(self, message: EmailMessage) -> None:
        self.answer(message)
        self.taken.append(message)

    def quit(self) -> None:
        pass

    @property
    def subjects(self) -> list[str]:
        return [str(m["Subject"]).removeprefix("Thư ") for m in self.taken]


class Clock:
    """The real moment, moved by the test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(jobs, "clock_now", made)
    return made


@pytest.fixture
def server(database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    files.configure(tmp_path / "files")
    made = Server()
    monkeypatch.setattr(mailer, "connect", made.connect)
    return made


# ---------------------------------------------------------------- once each


def test_mail_is_sent_once_in_order(server: Server) -> None:
    post("one", "two")
    post("two", "three")  # a key that was used before does nothing
    assert worker.run_once(config()) == worker.Counts(sent=3)
    assert worker.run_once(config()) == worker.Counts()
    assert server.subjects == ["one", "two", "three"]


def test_without_a_server_mail_waits_in_the_outbox(server: Server) -> None:
    post("one")
    assert worker.run_once(config("")) == worker.Counts(waiting=1)
    assert Mail.get().tries == 0


def test_after_three_days_of_a_dead_server_everything_is_sent_once(server: Server, clock: Clock) -> None:
    server.dead = True
    post("one", "two")
    while clock.now < START + timedelta(days=3):
        worker.run_once(config())
        clock.now += timedelta(minutes=7)
        if clock.now - START < timedelta(minutes=30):
            post(f"later {clock.now:%M}")
    count = Mail.select().count()
    server.dead = False
    clock.now += timedelta(hours=1)
    assert worker.run_once(config()) == worker.Counts(sent=count)
    assert sorted(server.subjects) == sorted(set(server.subjects))
    assert len(server.subjects) == count


def test_a_server_that_breaks_off_gets_the_rest_later(server: Server, clock: Clock) -> None:
    def break_off(message: EmailMessage) -> None:
        if str(message["Subject"]) == "Thư two" and clock.now == START:
            raise smtplib.SMTPServerDisconnected("gone")

    server.answer = break_off
    post("one", "two", "three")
    assert worker.run_once(config()).sent == 1
    clock.now += timedelta(minutes=2)
    assert worker.run_once(config()) == worker.Counts(sent=2)
    assert sorted(server.subjects) == ["one", "three", "two"]


def test_one_refused_address_does_not_hold_up_the_others(server: Server, clock: Clock) -> None:
    def refuse(message: EmailMessage) -> None:
        if "bad@" in str(message["To"]):
            raise smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"no such user")})

    server.answer = refuse
    post("bad", to="bad@example.org")
    post("good")
    assert worker.run_once(config()) == worker.Counts(sent=1, failed=1, waiting=1)
    assert "no such user" in Mail.get(Mail.key == "bad").failure
    clock.now += timedelta(hours=2)
    assert worker.run_once(config()) == worker.Counts(waiting=1)  # for good means: not again today
    clock.now += timedelta(days=1)
    assert worker.run_once(config()).failed == 1


def test_a_mail_that_the_server_refuses_for_good_is_given_up_after_a_week(
    server: Server, clock: Clock
) -> None:
    def refuse(_message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"no such user")})

    post("bad", to="bad@example.org")
    server.dead = True  # what the server never saw does not count
    for _round in range(worker.REFUSED_TRIES):
        worker.run_once(config())
        clock.now += timedelta(hours=1)
    server.dead, server.answer = False, refuse
    days = 0
    while worker.run_once(config()).failed:
        clock.now += timedelta(days=1)
        days += 1
    assert days == worker.REFUSED_TRIES - 1  # the dead server counts as one
    assert worker.run_once(config()) == worker.Counts()
    assert [mail.key for mail in jobs.given_up()] == ["bad"]


def test_a_busy_server_is_asked_again_after_growing_waits(server: Server, clock: Clock) -> None:
    def busy(_message: EmailMessage) -> None:
        raise smtplib.SMTPDataError(451, b"try again later")

    server.answer = busy
    post("one")
    waits = []
    for _round in range(9):
        worker.run_once(config())
        waits.append(int((Mail.get().next_try_at - clock.now).total_seconds() // 60))
        clock.now = Mail.get().next_try_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_an_address_that_cannot_be_written_never_reaches_the_server(server: Server) -> None:
    post("one", to="no address\r\nBcc: all@example.org")
    assert worker.run_once(config()) == worker.Counts(failed=1, waiting=1)
    assert server.taken == []


def test_a_line_break_in_a_subject_adds_no_header(server: Server) -> None:
    with change(system_actor(None, TODAY)):
        jobs.post("one", "a@example.org", "Thư\r\nBcc: all@example.org", "Nội dung")
    worker.run_once(config())
    assert server.taken[0]["Bcc"] is None
    assert server.taken[0]["Subject"] == "Thư Bcc: all@example.org"


def test_a_mail_sent_again_is_known_by_its_id(server: Server) -> None:
    post("one")
    worker.run_once(config())
    Mail.update(sent_at=None, tries=0).execute()
    worker.run_once(config())
    assert len({m["Message-ID"] for m in server.taken}) == 1


# ---------------------------------------------------------------- links that work once


def post_link(key: str, *, hours: int = 2) -> None:
    with change(system_actor(None, TODAY)):
        jobs.post(
            key, "a@example.org", f"Thư {key}", "https://x/reset/secret", good_for=timedelta(hours=hours)
        )


def test_a_link_that_was_mailed_is_not_kept(server: Server) -> None:
    post("letter")
    post_link("link")
    assert worker.run_once(config()) == worker.Counts(sent=2)
    assert "https://x/reset/secret" in server.taken[1].get_content()
    letter, link = Mail.select().order_by(Mail.id)
    assert (letter.body, link.body) == ("Nội dung", "")
    assert (link.to, link.subject, link.sent_at is None) == ("a@example.org", "Thư link", False)


def test_a_link_that_ended_before_it_could_be_sent_is_neither_kept_nor_sent(
    server: Server, clock: Clock
) -> None:
    post_link("short")
    post_link("long", hours=48)
    assert worker.run_once(config("")) == worker.Counts(waiting=2)
    clock.now += timedelta(hours=3)
    assert worker.run_once(config("")) == worker.Counts(waiting=1)
    assert [mail.body != "" for mail in Mail.select().order_by(Mail.id)] == [False, True]
    assert worker.run_once(config()) == worker.Counts(sent=1)
    assert server.subjects == ["long"]


def test_the_log_holds_one_line_for_each_run_and_nobodys_address(
    server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(message: EmailMessage) -> None:
        if "bad@" in str(message["To"]):
            raise smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"no bad@example.org here")})

    caplog.set_level("INFO", "qms")
    server.answer = refuse
    post("bad", to="bad@example.org")
    post_link("good")
    worker.run_once(config())
    worker.run_once(config())  # nothing is done, so nothing is said
    assert caplog.messages == [
        "mail: sent 1, put off 1 (SMTPRecipientsRefused), waiting 1; "
        "PDF: made 0, failed 0, waiting 0; files removed: 0"
    ]


# ---------------------------------------------------------------- files


def test_files_are_swept_once_a_day(server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sweep", lambda: 3)
    removed = []
    for _look in range(8):
        removed.append(worker.run_once(config("")).removed)
        clock.now += timedelta(hours=7)
    assert removed == [3, 0, 0, 0, 3, 0, 0, 0]


def test_forms_that_were_sent_are_forgotten_a_month_later(server: Server, clock: Clock, cast: Cast) -> None:
    once.carried_out(cast.actor("coordinator"), "key", lambda: None)
    left = []
    for _look in range(3):
        worker.run_once(config(""))
        left.append(Posted.select().count())
        clock.now += timedelta(days=16)
    assert left == [1, 1, 0]


# ---------------------------------------------------------------- one worker at a time


def test_while_one_worker_holds_the_lease_another_sends_nothing(server: Server, clock: Clock) -> None:
    post("one")
    assert jobs.take_lease(worker.LEASE, "another", seconds=300)
    assert worker.run_once(config()) == worker.Counts(waiting=1)
    clock.now += timedelta(seconds=301)  # the other was killed
    assert worker.run_once(config()) == worker.Counts(sent=1)


@pytest.mark.commits
def test_the_thread_sends_what_a_commit_leaves(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.configure(tmp_path)
    server = Server()
    sent = threading.Event()
    server.answer = lambda _message: sent.set()
    monkeypatch.setattr(mailer, "connect", server.connect)
    thread = worker.Thread(config())
    try:
        post("one")
        assert sent.wait(10)
    finally:
        thread.stop()
    assert not trail._wakers
    assert server.subjects == ["one"]


# ---------------------------------------------------------------- the address of the server


@pytest.mark.parametrize(
    "url",
    ["http://mail.example", "smtp://", "smtp://mail.example:no", "smtp://mail.example?from=nobody at all"],
)
def test_an_address_that_is_no_mail_server_is_named(url: str) -> None:
    with pytest.raises(BadSetting, match="QMS_SMTP_URL"):
        mailer.server_of(config(url))


def test_the_address_gives_host_user_and_sender() -> None:
    found = mailer.server_of(config("smtps://qms%40agency.example:p%3Aw@mail.example"))
    assert found == mailer.Server(
        "mail.example", 465, True, "qms@agency.example", "p:w", "qms@agency.example"
    )
    assert mailer.server_of(config("smtp://mail.example?from=a@b.example")) == mailer.Server(
        "mail.example", 25, False, "", "", "a@b.example"
    )


class _Smtp(socketserver.StreamRequestHandler):
    """Enough of a mail server, without STARTTLS, to take a mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline().strip():
            if line.upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if line.upper() == b"QUIT" else b"250 ok\r\n")


@contextmanager
def smtp() -> Iterator[tuple[int, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails = []  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], server.mails  # type: ignore[attr-defined]
        server.shutdown()


def test_a_real_server_takes_the_mail(database: Database) -> None:
    post("one")
    with smtp() as (port, mails):
        counts = worker.run_once(config(f"smtp://127.0.0.1:{port}?from=qms@agency.example"))
    assert counts == worker.Counts(sent=1)
    assert "From: qms@agency.example" in mails[0]
    assert "To: a@example.org" in mails[0]


def test_a_password_is_not_sent_in_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailer, "_LOCAL", frozenset())
    with smtp() as (port, _mails), pytest.raises(smtplib.SMTPException, match="STARTTLS"):
        mailer.connect(mailer.Server("127.0.0.1", port, False, "user", "password", "a@b.example"))


# ---------------------------------------------------------------- ending


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_after_an_interrupted_wait_the_end_of_the_work_is_still_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[bool] = []
    waiting = threading.Event()
    # A shell's background job begins with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def busy(_config: Config, stop: threading.Event, _wake: threading.Event) -> None:
        waiting.wait(20)
        threading.Event().wait(0.1)  # until the other thread really waits
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        stop.wait(20)
        threading.Event().wait(0.2)  # what the worker was about when it was told to stop
        ended.append(True)

    monkeypatch.setattr(worker, "loop", busy)
    thread = worker.Thread(config())

    def wait() -> None:
        waiting.set()
        thread.run_until_it_ends()

    try:
        with pytest.raises(KeyboardInterrupt):
            wait()
    finally:
        signal.signal(signal.SIGINT, before)
    thread.stop(20)
    assert ended == [True]


@pytest.mark.commits
def test_releasing_leaves_alone_the_connection_that_another_thread_uses(
    database: Database,
) -> None:
    answers: list[tuple[int]] = []
    connected, released = threading.Event(), threading.Event()

    def use() -> None:
        with db.connected():
            connected.set()
            released.wait(20)
            answers.append(db.database.execute_sql("SELECT 1").fetchone())

    other = threading.Thread(target=use)
    other.start()
    connected.wait(20)
    runtime.release()
    released.set()
    other.join(20)
    assert answers == [(1,)]
