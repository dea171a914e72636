"""Fixtures that every test may use, and what is left out where a program is not installed.

`--db=sqlite|postgres|both` chooses the databases; a test that asks for `database` runs once on each.
On SQLite a test gets a copy of a migrated file. On PostgreSQL it runs in a transaction that is rolled
back, on one connection; a test that must really commit (threads, processes, `after_commit`) is marked
`commits` and gets a database of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from peewee import Database

from qms import areas
from qms.kernel import clock, db, trail
from qms.kernel.text import set_language
from tests import databases, postgres
from tests.cast import TODAY, Cast
from tests.cast import load as load_cast

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests import application

TRAIL_KEY = "a trail key for the tests of more than 32 characters"
BACKENDS = ("sqlite", "postgres")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

# marker or backend -> (name people know it by, variable that forbids to leave it out)
NEEDS = {
    "postgres": ("PostgreSQL", "QMS_REQUIRE_POSTGRES"),
    "browser": ("Chromium", "QMS_REQUIRE_CHROMIUM"),
    "libreoffice": ("LibreOffice", "QMS_REQUIRE_LIBREOFFICE"),
}


# ---------------------------------------------------------------- what runs, and what is left out


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--db` chooses the databases on which tests of the database run."""
    parser.addoption(
        "--db", choices=[*BACKENDS, "both"], default="both", help="databases to run on (default: both)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a database runs once on each chosen one."""
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        metafunc.parametrize("backend", BACKENDS if chosen == "both" else [chosen], scope="session")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out, or fail, a test whose program is not installed."""
    for need in ("browser", "libreoffice"):
        if item.get_closest_marker(need):
            _require(need)
    if getattr(item, "callspec", None) and item.callspec.params.get("backend") == "postgres":  # type: ignore[attr-defined]
        _require("postgres")


def _require(need: str) -> None:
    if _installed(need):
        return
    name, variable = NEEDS[need]
    if os.environ.get(variable) == "1":
        pytest.fail(f"{name} is not installed, and {variable}=1 asks for it", pytrace=False)
    pytest.skip(f"{name} is not installed")


@cache
def _installed(need: str) -> bool:
    if need == "postgres":
        return postgres.binaries() is not None
    if need == "browser":
        return chromium() is not None
    return shutil.which("soffice") is not None


def chromium() -> str | None:
    """Path of the installed Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is asked for, a test that is left out for whatever reason is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    everything = all(os.environ.get(variable) == "1" for _name, variable in NEEDS.values())
    if everything and reporter is not None and reporter.stats.get("skipped") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, so that a skip cannot pass for green."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    chosen = terminalreporter.config.getoption("--db")
    left_out = [f"{n} tests ({reason})" for reason, n in sorted(reasons.items())]
    left_out += [f"every other database than {chosen} (--db={chosen})"] if chosen != "both" else []
    terminalreporter.section("left out", sep="-")
    terminalreporter.write_line("; ".join(left_out) or "nothing")


# ---------------------------------------------------------------- a clean slate for each test


@pytest.fixture(autouse=True)
def _clean_slate(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine, Vietnamese, the demonstration's day, and just the areas that there are."""
    for name in [n for n in os.environ if n.startswith("QMS_") and not n.startswith("QMS_REQUIRE_")]:
        monkeypatch.delenv(name)
    set_language("vi")
    clock.configure(ZoneInfo("Asia/Ho_Chi_Minh"), TODAY)
    trail.configure_keys(TRAIL_KEY)
    areas.load()


@pytest.fixture
def today() -> date:
    """The day on which the test takes place."""
    return TODAY


# ---------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> databases.Sqlite:
    return databases.Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgres() -> Iterator[databases.Postgres]:
    with postgres.running() as cluster:
        store = databases.Postgres(cluster)
        yield store
        store.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated database that is the test's own: what is committed to it is seen by all."""
    store: databases.Sqlite | databases.Postgres = request.getfixturevalue(f"_{backend}")
    with store.own(_holding(request), tmp_path) as url:
        yield url


@pytest.fixture
def database(request: pytest.FixtureRequest, backend: str) -> Iterator[Database]:
    """The configured, migrated database, connected in this thread; empty, unless the test asks for `cast`."""
    if backend == "postgres" and not request.node.get_closest_marker("commits"):
        store: databases.Postgres = request.getfixturevalue("_postgres")
        with databases.rolled_back(store.shared(_holding(request))) as bound:
            yield bound
        return
    bound = db.configure(request.getfixturevalue("database_url"))
    bound.connect()
    if backend == "sqlite":
        bound.execute_sql("PRAGMA synchronous = off")  # a test's file need not survive a power cut
    yield bound
    databases.disconnect(bound)


@pytest.fixture
def cast(database: Database) -> Cast:
    """One person of each role, and a stranger, in the test's database (see tests/cast.py)."""
    return load_cast()


def _holding(request: pytest.FixtureRequest) -> str:
    return databases.CAST if "cast" in request.fixturenames else databases.EMPTY


# ---------------------------------------------------------------- browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Playwright drives the installed Chromium; as root it runs without its sandbox."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium(), "args": [*flags, "--disable-sync"]}


@pytest.fixture(scope="session")
def base_url() -> None:
    """No address for all: a test opens pages of the server it asks for."""


# ---------------------------------------------------------------- pages
# tests.application is imported when first needed: most tests need no Flask


@pytest.fixture(scope="session")
def _application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, made once per process; `app` gives it the test's database and folder."""
    from tests import application

    return application.make(tmp_path_factory.mktemp("application"), TRAIL_KEY)


@pytest.fixture
def app(_application: Flask, database: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application on the test's database, with its files in a folder of the test's own; CSRF is off."""
    from tests import application

    with application.bound(_application, database, tmp_path):
        yield _application


@pytest.fixture
def visit(app: Flask, cast: Cast) -> Callable[..., FlaskClient]:
    """`visit("leader")` is a browser in which that part of the cast has signed in; `visit()` nobody."""
    from tests import application

    return lambda part=None: application.visitor(app, cast.person(part) if part else None)


@pytest.fixture
def live(_application: Flask, _sqlite: databases.Sqlite, tmp_path: Path) -> Iterator[application.Live]:
    """The application served on a port, with the cast on SQLite and CSRF on, for tests in a browser."""
    from tests import application

    with _sqlite.own(databases.CAST, tmp_path) as url:
        bound = db.configure(url)
        with (
            application.bound(_application, bound, tmp_path, csrf=True),
            application.serving(_application) as address,
        ):
            with db.connected():
                people = load_cast()
            yield application.Live(address, _application, people)
        databases.disconnect(bound)
