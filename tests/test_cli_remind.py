"""`qms remind` from the command line: what it prints, when it is killed, and two of them at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from peewee import Database

from qms import marker, runtime
from qms.areas.actions import service as actions
from qms.kernel import db
from qms.kernel.jobs import Mail
from qms.kernel.reminders import Reminder
from tests import databases
from tests.cast import Cast
from tests.cli import Command, runner
from tests.conftest import TRAIL_KEY
from tests.imports import ROOT

pytestmark = pytest.mark.commits

SECRET = "0123456789abcdef" * 2 + "fedcba9876543210" * 2
DAY = "2024-06-13"


@pytest.fixture
def qms(
    cast: Cast, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:  # fmt: skip
    """The command line on a demonstration's folder that holds the cast, with one action due the day after DAY."""
    known = {"title": "Quét hồ sơ", "sort": "corrective", "due": date(2024, 6, 14)}
    actions.open_action(cast.actor("coordinator"), known | {"owner": cast.person("staff").id})
    monkeypatch.chdir(tmp_path)
    marker.write(
        tmp_path / "var", marker.Marker(SECRET, TRAIL_KEY, "x", database_url=database_url, loaded="1")
    )
    monkeypatch.setenv("QMS_DATABASE_URL", database_url)
    databases.disconnect(database)
    yield runner(capsys)
    runtime.release()
    db.database.initialize(database)


def kept() -> tuple[int, int]:
    """(mails, reminders) in the database."""
    with db.connected():
        return Mail.select().where(Mail.key.startswith("remind:")).count(), Reminder.select().count()


def test_it_prints_its_one_document(qms: Command) -> None:
    counted = {"day": DAY, "people": 1, "items": 1, "mails": 1, "replaced": 0}
    answer = qms("remind", "--today", DAY, "--preview", "--json")
    assert (answer.status, answer.json) == (0, {"status": "previewed"} | counted)
    assert kept() == (0, 0)
    answer = qms("remind", "--today", DAY, "--json")
    assert (answer.status, answer.json) == (0, {"status": "done"} | counted)
    assert "QMS_SMTP_URL" in answer.err
    answer = qms("remind", "--today", DAY, "--json")
    assert (answer.status, answer.json["status"]) == (0, "unchanged")
    assert kept() == (1, 1)
    assert qms("trail", "verify").status == 0


def test_it_says_the_same_to_a_reader(qms: Command) -> None:
    assert qms("remind", "--today", DAY).out == "số người được nhắc: 1, số việc: 1, số thư: 1\n"


def test_it_says_when_the_mails_lead_nowhere(qms: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "QMS_BASE_URL" in qms("remind", "--today", DAY, "--preview").err
    assert "QMS_BASE_URL" in qms("remind", "--today", DAY).err
    monkeypatch.setenv("QMS_BASE_URL", "https://qms.agency.example")
    assert "QMS_BASE_URL" not in qms("remind", "--today", "2024-06-14").err


def test_on_behalf_of_somebody_it_takes_an_administrator(qms: Command) -> None:
    assert qms("remind", "--today", DAY, "--as", "staff@example.org").status == 1
    assert kept() == (0, 0)
    assert qms("remind", "--today", DAY, "--as", "admin@example.org").status == 0
    assert kept() == (1, 1)


def test_wrong_usage_is_told(qms: Command) -> None:
    assert qms("remind", "--org", "our-agency").status == 2


KILLED = f"""
import os, signal
from qms import cli, reminding
keep = reminding._keep
reminding._keep = lambda found: (keep(found), os.kill(os.getpid(), signal.SIGKILL))
cli.main(["remind", "--today", "{DAY}"])
"""


def test_one_that_is_killed_before_it_ends_has_said_nothing(qms: Command) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED], env=_environment(), check=False, capture_output=True
    )
    assert done.returncode == -9
    assert kept() == (0, 0)
    # the lease on the outbox runs out by itself; nothing waits there yet, so nothing has to wait for it
    assert qms("remind", "--today", DAY, "--json").json["mails"] == 1
    assert kept() == (1, 1)


def test_two_processes_at_once_say_everything_once(qms: Command) -> None:
    command = [sys.executable, "-m", "qms", "remind", "--today", DAY, "--json"]
    both = [
        subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _number in range(2)
    ]
    outputs = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], outputs
    assert kept() == (1, 1)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}
