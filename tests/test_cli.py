"""The command line: settings, exit statuses, who acts, and what is written."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from qms import runtime
from qms.cli.parser import declared
from qms.config import Config
from qms.kernel import db
from qms.kernel.jobs import Mail
from qms.kernel.organisations import Organisation, add_organisation
from qms.kernel.people import Assignment, Person, add_person, assign, system_actor
from qms.kernel.permissions import Role
from qms.kernel.trail import TrailEntry
from tests.cli import Command, runner
from tests.conftest import TRAIL_KEY
from tests.imports import ROOT

SECRET = "0123456789abcdef" * 2 + "fedcba9876543210" * 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def qms(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command line in the folder, without any setting."""
    yield runner(capsys)
    runtime.release()


@pytest.fixture
def production(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Secrets are set, as an agency would."""
    monkeypatch.setenv("QMS_SECRET_KEY", SECRET)
    monkeypatch.setenv("QMS_TRAIL_KEY", TRAIL_KEY)
    monkeypatch.setenv("QMS_BASE_URL", "https://qms.agency.example")
    return folder


def people() -> dict[str, set[str]]:
    """E-mail -> roles held today."""
    found: dict[str, set[str]] = {}
    with db.connected():
        for email, role in Assignment.select(Person.email, Assignment.role).join(Person).tuples():
            found.setdefault(email, set()).add(role)
    return found


# ---------------------------------------------------------------- usage and settings


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no-such-command",),
        ("org",),
        ("org", "add", "x"),
        ("import", "statement", "file.xlsx"),
        ("serve", "--port", "0"),
        ("trail", "verify", "--today", "yesterday"),
        ("user", "add", "a@b.example", "--role", "king"),
    ],
)
def test_wrong_usage_is_status_2(qms: Command, arguments: tuple[str, ...]) -> None:
    answer = qms(*arguments)
    assert answer.status == 2
    assert answer.out == ""


@pytest.mark.parametrize("secret", ["", "secret", "a" * 64, "short", "abcdefgh" * 5, "0123456789abcdef" * 4])
def test_production_refuses_to_start_without_secrets(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("QMS_TRAIL_KEY", secret)
    for command in (["serve"], ["migrate"], ["trail", "verify"], ["work", "--once"], ["doctor"]):
        answer = qms(*command)
        assert answer.status == 1
        assert "QMS_TRAIL_KEY" in answer.err + answer.out
    assert not (production / "var").exists()


def test_production_refuses_a_set_day(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert qms("init").status == 0
    assert "QMS_TODAY" in qms("trail", "verify", "--today", "2024-04-15").err
    assert "QMS_TODAY" in qms("--today", "2024-04-15", "trail", "verify").err
    monkeypatch.setenv("QMS_TODAY", "2024-04-15")
    assert qms("migrate").status == 1


def test_a_command_never_makes_an_empty_database(qms: Command, production: Path) -> None:
    answer = qms("trail", "verify")
    assert answer.status == 1
    assert "qms init" in answer.err
    assert not (production / "var").exists()


def test_a_refusal_is_one_json_document_as_well(qms: Command, production: Path) -> None:
    answer = qms("trail", "verify", "--json")
    assert answer.status == 1
    assert answer.json["status"] == "refused"
    assert answer.json["errors"][0]["message"] in answer.err


def test_an_unknown_database_is_named(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QMS_DATABASE_URL", "mysql://host/db")
    answer = qms("migrate")
    assert answer.status == 1
    assert "QMS_DATABASE_URL" in answer.err


@pytest.mark.parametrize("url", ["postgresql://nobody@/none?host=/nonexistent", "sqlite:////dev/null/no.db"])
def test_a_database_that_does_not_answer_is_said_in_one_line(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("QMS_DATABASE_URL", url)
    for command in (["migrate"], ["trail", "verify"], ["doctor"]):
        answer = qms(*command)
        assert answer.status == 1
        assert "Traceback" not in answer.err
    assert len(answer.out + answer.err) > 10


UNFIT = {
    "empty": ("qms migrate", ["DROP TABLE schema_migration"]),
    "newer": (
        "0999_future",
        ["INSERT INTO schema_migration (name, applied) VALUES ('0999_future', '2030-01-01')"],
    ),
    "not what its migrations say": (
        "QMS_DATABASE_URL",
        [f"ALTER TABLE {name} RENAME TO {name}_old" for name in ("organisation", "mail")],
    ),
}


@pytest.mark.commits
@pytest.mark.parametrize("how", UNFIT)
def test_a_database_that_does_not_fit_the_program_is_said_in_one_line(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, how: str
) -> None:
    said, statements = UNFIT[how]
    with behind_its_back(database_url) as run:
        for statement in statements:
            run(statement)
    monkeypatch.setenv("QMS_DATABASE_URL", database_url)
    for command in (
        ["trail", "verify"], ["work", "--once"], ["org", "add", "new", "--name", "New"],
        ["user", "invite", "a@agency.example", "--role", "admin"],
    ):  # fmt: skip
        answer = qms(*command)
        assert (answer.status, answer.out) == (1, ""), command
        assert said in answer.err.splitlines()[-1]
    assert qms("doctor").status == 1


@pytest.mark.commits
def test_a_newer_database_is_not_migrated(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    with behind_its_back(database_url) as run:
        run(UNFIT["newer"][1][0])
    monkeypatch.setenv("QMS_DATABASE_URL", database_url)
    answer = qms("migrate")
    assert answer.status == 1
    assert "0999_future" in answer.err
    assert "0999_future" in qms("doctor").out


@contextmanager
def behind_its_back(url: str) -> Iterator[Callable[[str], object]]:
    """What runs a statement behind the program's back."""
    if url.startswith("sqlite:///"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
    yield connection.execute
    connection.close()


def test_settings_are_refused_in_the_language_that_is_set(
    qms: Command, production: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert qms("init").status == 0
    for name, value, vi, en in (
        ("QMS_TIMEZONE", "Mars", "không phải là múi giờ", "is not a known time zone"),
        ("QMS_LOCALE", "fr", "QMS_LOCALE phải là vi hoặc en", ""),
        ("QMS_TODAY", "2024-01-01", "chỉ dùng cho bản trình diễn", "demonstrations and tests only"),
        ("QMS_SMTP_URL", "mail.example", "QMS_SMTP_URL phải có dạng", "must be like"),
        ("QMS_DATABASE_URL", "mysql://x", "QMS_DATABASE_URL phải bắt đầu bằng", "must begin with"),
        ("QMS_SECRET_KEY", "short", "quá ngắn", "too short"),
        ("QMS_TRAIL_KEY_FILE", "/none", "không đọc được", "cannot be read"),
    ):
        command = ("work", "--once") if name == "QMS_SMTP_URL" else ("migrate",)
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert vi in qms(*command).err
            if en:
                patch.setenv("QMS_LOCALE", "en")
                assert en in qms(*command).err


# ---------------------------------------------------------------- init


def test_init_makes_secrets_that_only_the_owner_reads_and_keeps_them(qms: Command, folder: Path) -> None:
    assert qms("init").status == 0
    secrets = folder / "var" / "qms.env"
    first = secrets.read_text()
    if os.name == "posix":
        assert secrets.stat().st_mode & 0o777 == 0o600
        assert secrets.parent.stat().st_mode & 0o777 == 0o700
    assert qms("init").status == 0
    assert secrets.read_text() == first
    assert qms("trail", "verify").status == 1  # production takes its secrets from the environment only


def test_init_invites_the_first_administrator_and_then_no_other(qms: Command, production: Path) -> None:
    answer = qms("init", "--admin", "Admin@agency.example", "--name", "Quản trị")
    assert answer.status == 0
    assert "/reset/" in answer.out
    assert people() == {"admin@agency.example": {"admin"}}
    with db.connected():
        assert "/reset/" in Mail.get(Mail.to == "admin@agency.example").body
    assert qms("init", "--admin", "other@agency.example").status == 1
    assert people() == {"admin@agency.example": {"admin"}}
    assert qms("trail", "verify").status == 0


# ---------------------------------------------------------------- organisations and people


@pytest.fixture
def installation(qms: Command, production: Path) -> Path:
    """Two agencies, an administrator, and a coordinator of each agency."""
    assert qms("init").status == 0
    with db.connected():
        system, since = system_actor(None, date(2020, 1, 1)), date(2020, 1, 1)
        for slug in ("one", "two"):
            agency = add_organisation(system, slug, f"Sở {slug}")
            coordinator = add_person(system, f"coordinator@{slug}.example", "Thư ký")
            assign(system_actor(agency, since), coordinator, Role.COORDINATOR, valid_from=since)
        admin = add_person(system, "admin@agency.example", "Quản trị")
        assign(system, admin, Role.ADMIN, valid_from=since, installation=True)
    return production


def test_the_operator_may_begin_without_an_administrator(qms: Command, production: Path) -> None:
    qms("init")
    assert qms("org", "add", "so-moi", "--name", "Sở Mới").status == 0
    assert qms("org", "add", "so-moi", "--name", "Sở Mới").status == 1
    assert qms("org", "add", "login", "--name", "Sở Mới").status == 1
    with db.connected():
        assert [o.slug for o in Organisation.select()] == ["so-moi"]


def test_afterwards_an_administrator_is_named_and_the_trail_says_so(qms: Command, installation: Path) -> None:
    refused = qms("org", "add", "three", "--name", "Sở ba")
    assert refused.status == 1
    assert "--as" in refused.err
    for wrong in ("coordinator@one.example", "nobody@agency.example"):
        assert qms("org", "add", "three", "--name", "Sở ba", "--as", wrong).status == 1
    assert qms("org", "add", "three", "--name", "Sở ba", "--as", "admin@agency.example").status == 0
    with db.connected():
        body = (
            TrailEntry.select()
            .where(TrailEntry.tag == "organisation.add")
            .order_by(TrailEntry.id.desc())
            .get()
            .body
        )
    assert '"via":"cli"' in body
    assert "Quản trị" in body


def test_whoever_is_named_verifies_no_trail_that_they_may_not_read(qms: Command, installation: Path) -> None:
    own = ("--as", "coordinator@one.example")
    assert qms("trail", "verify", "--org", "one", *own).status == 0
    for more in (("--org", "two"), ()):
        refused = qms("trail", "verify", *more, *own)
        assert (refused.status, refused.out) == (1, "")
    assert qms("trail", "verify", "--as", "admin@agency.example").status == 0
    assert qms("trail", "verify", "--org", "two").status == 0


def test_a_coordinator_adds_people_of_the_own_agency_only(qms: Command, installation: Path) -> None:
    add = ("user", "add", "staff@one.example", "--role", "staff", "--name", "Chuyên viên", "--org")
    assert qms(*add, "one").status == 1
    assert qms(*add, "two", "--as", "coordinator@one.example").status == 1
    assert "staff@one.example" not in people()
    assert qms(*add, "one", "--as", "coordinator@one.example").status == 0
    assert people()["staff@one.example"] == {"staff"}


def test_a_role_is_given_whole_or_not_at_all(qms: Command, installation: Path) -> None:
    options = ("--as", "coordinator@one.example", "--org", "one")
    assert qms("user", "add", "i@one.example", "--role", "inspector", *options).status == 1
    assert qms("user", "add", "h@one.example", "--role", "unit-head", "--unit", "NO", *options).status == 1
    with db.connected():
        assert Person.select().where(Person.email.in_(["i@one.example", "h@one.example"])).count() == 0
    until = ("--until", "2030-12-31")
    assert qms("user", "add", "i@one.example", "--role", "inspector", *options, *until).status == 0


def test_a_role_without_an_organisation_is_one_of_the_installation(qms: Command, installation: Path) -> None:
    admin = ("--as", "admin@agency.example")
    assert qms("user", "add", "x@agency.example", "--role", "staff", *admin).status == 2
    assert qms("user", "add", "x@agency.example", "--role", "overseer", *admin).status == 0
    assert people()["x@agency.example"] == {"overseer"}


def test_an_invitation_is_mailed_and_can_be_mailed_again(qms: Command, installation: Path) -> None:
    options = ("--as", "coordinator@one.example", "--org", "one")
    answer = qms("user", "invite", "new@one.example", "--role", "staff", *options)
    assert answer.status == 0
    assert "/reset/" in answer.out  # there is no mail server: the operator hands the link over
    assert qms("user", "invite", "new@one.example", *options).status == 0
    with db.connected():
        assert Mail.select().where(Mail.to == "new@one.example").count() == 2
    assert qms("user", "invite", "coordinator@two.example", *options).status == 1


def test_an_invitation_never_names_a_guessed_address(
    qms: Command, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QMS_BASE_URL")
    for command in (
        (
            "user",
            "invite",
            "new@one.example",
            "--role",
            "staff",
            "--as",
            "coordinator@one.example",
            "--org",
            "one",
        ),
        ("init", "--admin", "second@agency.example"),
    ):
        answer = qms(*command)
        assert answer.status == 1
        assert "QMS_BASE_URL" in answer.err
    with db.connected():
        assert Mail.select().where(Mail.to == "new@one.example").count() == 0
    assert "new@one.example" not in people()


def test_a_stranger_cannot_deactivate_our_people(qms: Command, installation: Path) -> None:
    leave = ("user", "deactivate", "coordinator@one.example")
    assert qms(*leave, "--org", "two", "--as", "coordinator@two.example").status == 1
    assert qms(*leave, "--as", "admin@agency.example").status == 0
    with db.connected():
        assert not Person.get(Person.email == "coordinator@one.example").active
    assert qms("trail", "verify").status == 0


# ---------------------------------------------------------------- demo


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A demonstration of one agency with one person, and the passwords it was loaded with."""
    passwords: list[str] = []

    def load(config: Config, password: str) -> None:
        passwords.append(password)
        system, since = system_actor(None, date(2020, 1, 1)), date(2020, 1, 1)
        agency = add_organisation(system, "kien-giang", "Sở Tư pháp Kiên Giang", illustrative=True)
        person = add_person(system, "coordinator@kien-giang.example", "Thư ký ISO", password_hash="hash")
        assign(system_actor(agency, since), person, Role.COORDINATOR, valid_from=since)

    module = ModuleType("qms.demonstration.load")
    module.load = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "qms.demonstration.load", module)
    return passwords


def test_the_demonstration_prints_its_sign_ins_and_keeps_its_data(
    qms: Command, folder: Path, loader: list[str]
) -> None:
    first = qms("demo", "--no-serve")
    assert first.status == 0
    assert "coordinator@kien-giang.example" in first.out
    assert loader[0] in first.out
    mark = folder / "var" / "demonstration.env"
    if os.name == "posix":
        assert mark.stat().st_mode & 0o777 == 0o600
    again = qms("demo", "--no-serve")
    assert again.status == 0
    assert loader[0] in again.out
    assert len(loader) == 1


def test_other_commands_use_the_demonstrations_folder_without_settings(
    qms: Command, folder: Path, loader: list[str]
) -> None:
    qms("demo", "--no-serve")
    answer = qms("trail", "verify", "--json")
    assert answer.status == 0
    assert answer.json["status"] == "intact"
    assert "2024-04-15" in answer.err
    assert "2024-05-01" in qms("trail", "verify", "--today", "2024-05-01").err
    assert qms("doctor").status == 0


def test_the_environment_wins_over_the_demonstrations_file(
    qms: Command, folder: Path, loader: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    qms("demo", "--no-serve")
    monkeypatch.setenv("QMS_TRAIL_KEY", SECRET)
    answer = qms("trail", "verify", "--json")
    assert answer.status == 1
    assert answer.json["findings"][0]["problem"] == "unknown_key"


def test_another_database_in_the_same_folder_is_production(
    qms: Command, folder: Path, loader: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    qms("demo", "--no-serve")
    monkeypatch.setenv("QMS_DATABASE_URL", f"sqlite:///{folder / 'agency.db'}")
    assert "QMS_SECRET_KEY" in qms("trail", "verify").err
    assert qms("demo", "--no-serve").status == 1


def test_a_demonstration_never_mixes_with_an_agencys_data(
    qms: Command, production: Path, loader: list[str]
) -> None:
    qms("init")
    assert qms("demo", "--no-serve").status == 1
    assert loader == []


def test_a_demonstration_that_was_cut_off_is_made_anew(
    qms: Command, folder: Path, loader: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["qms.demonstration.load"]
    whole = module.load

    def half(config: Config, password: str) -> None:
        add_organisation(system_actor(None, date(2020, 1, 1)), "half", "Nửa chừng")
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "load", half)
    assert qms("demo", "--no-serve").status == 130
    monkeypatch.setattr(module, "load", whole)
    assert qms("demo", "--no-serve").status == 0
    with db.connected():
        assert [o.slug for o in Organisation.select()] == ["kien-giang"]


# ---------------------------------------------------------------- what is documented


def test_the_documented_commands_are_the_declared_ones() -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    sections = re.split(r"^### `(qms[a-z -]*)`$", text, flags=re.MULTILINE)[1:]
    documented = dict(zip(sections[::2], sections[1::2], strict=True))
    found = dict(declared())
    assert set(documented) == set(found)
    for command, options in found.items():
        missing = [
            o
            for o in options
            if not re.search(rf"`[^`]*(?<![\w-]){re.escape(o)}(?![\w-])", documented[command])
        ]
        assert missing == [], command
