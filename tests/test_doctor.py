"""`qms doctor` finds what has to be mended and says how."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from peewee import Database

from qms import doctor, runtime
from qms.config import Config
from qms.kernel import db, files, jobs
from qms.kernel.area import kinds
from qms.kernel.jobs import Mail
from qms.kernel.text import language
from qms.kernel.trail import change
from tests.cast import Cast
from tests.conftest import TRAIL_KEY

pytestmark = pytest.mark.commits


@pytest.fixture
def config(cast: Cast, database: Database, database_url: str, tmp_path: Path) -> Iterator[Config]:
    """A sound production installation."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    made = Config(database_url, folder, "s" * 32, TRAIL_KEY, base_url="https://qms.agency.example")
    runtime.configure(made)
    with language("en"):
        yield made
    runtime.release()
    db.database.initialize(database)


def bad(config: Config) -> list[str]:
    found = [str(check.text) for check in doctor.examine(config) if check.bad]
    runtime.release()
    return found


def test_a_sound_installation_has_nothing_to_mend(config: Config) -> None:
    assert bad(config) == []
    assert all(check.line().startswith("[") for check in doctor.examine(config))


def test_an_attachment_that_is_missing_is_found(config: Config, cast: Cast) -> None:
    with db.connected():
        actor = cast.actor("coordinator")
        with change(actor):
            values = {"title": "Số hóa", "happened_on": date(2024, 4, 1), "sort": "corrective"}
            row = kinds()["action"].new(actor, **values)
            row.save()
        blob = files.store(io.BytesIO(b"%PDF-1.7"), "a.pdf")
        files.attach(actor, row.record, blob)
    files.path_of(blob.sha256).unlink()
    assert ["missing on disk" in text for text in bad(config)] == [True]


def test_mail_that_waits_without_a_server_is_found(config: Config, cast: Cast) -> None:
    with db.connected(), change(cast.system()):
        jobs.post("one", "a@example.org", "Thư", "Nội dung")
    assert ["QMS_SMTP_URL" in text for text in bad(config)] == [True]
    assert bad(replace(config, demonstration=True)) == []


def test_mail_that_fails_for_a_day_is_found_with_the_servers_answer(config: Config, cast: Cast) -> None:
    with db.connected(), change(cast.system()):
        jobs.post("one", "a@example.org", "Thư", "Nội dung")
    with db.connected():
        old = datetime(2024, 4, 15) - timedelta(days=3)
        Mail.update(tries=5, created_at=old, failure="550 no such user").execute()
    found = bad(replace(config, smtp_url="smtp://127.0.0.1:1"))
    assert any("550 no such user" in text for text in found)
    assert any("127.0.0.1" in text for text in found)


def test_mail_that_was_given_up_is_named_with_the_servers_answer(config: Config, cast: Cast) -> None:
    with db.connected(), change(cast.system()):
        jobs.post("one", "a@example.org", "Thư", "Nội dung")
    with db.connected():
        Mail.update(tries=7, next_try_at=jobs.NEVER, failure="550 no such user").execute()
    assert bad(config) == []
    assert any("550 no such user" in check.line() for check in doctor.examine(config))


def test_a_demonstration_without_an_address_is_told_that_mails_carry_paths_only(config: Config) -> None:
    demo = replace(config, base_url="", demonstration=True)
    assert any("paths only" in check.line() for check in doctor.examine(demo))
    assert bad(demo) == []


@pytest.mark.parametrize(
    ("change_to", "word"),
    [
        ({"base_url": ""}, "QMS_BASE_URL"),
        ({"secret_key": TRAIL_KEY}, "QMS_SECRET_KEY"),
        ({"smtp_url": "ftp://mail.example"}, "QMS_SMTP_URL"),
    ],
)
def test_a_setting_that_cannot_stay_is_named(config: Config, change_to: dict[str, str], word: str) -> None:
    assert [word in text for text in bad(replace(config, **change_to))] == [True]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("all_fonts", "vietnamese", "told"),
    [
        ("Liberation Serif", "Liberation Serif", "all Vietnamese letters"),
        ("Liberation Serif", "Noto Serif", "lacks Vietnamese letters"),
        ("Noto Serif", "Noto Serif", "no font like Times New Roman"),
    ],
)
def test_the_font_of_pdfs_is_told_and_is_no_failure(
    config: Config, monkeypatch: pytest.MonkeyPatch, all_fonts: str, vietnamese: str, told: str
) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    monkeypatch.setattr(doctor, "_families", lambda _l, words: vietnamese if "vi" in words else all_fonts)
    with language("en"):
        assert told in " ".join(check.line() for check in doctor.examine(config))
    assert bad(config) == []


def test_an_open_or_missing_data_folder_is_found(config: Config) -> None:
    config.data_dir.chmod(0o755)
    assert ["chmod 700" in text for text in bad(config)] == [True]
    gone = replace(config, data_dir=config.data_dir / "gone")
    assert any("cannot be written" in text for text in bad(gone))


def test_a_database_that_is_not_there_or_not_ready_is_found(config: Config, tmp_path: Path) -> None:
    for path, word in ((tmp_path / "none.db", "qms init"), (tmp_path / "empty.db", "qms migrate")):
        if word == "qms migrate":
            path.touch()
        other = replace(config, database_url=f"sqlite:///{path}")
        runtime.configure(other)
        assert any(word in text for text in bad(other))
    assert not (tmp_path / "none.db").exists()
