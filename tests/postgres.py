"""A PostgreSQL cluster of the tests' own: a temporary folder, a Unix socket, no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "qms"
# Nothing of a test cluster outlives the run, so it need not reach the disk.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


def binaries() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`, the newest version first; None without a server."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("pg_ctl")
    for folder in [*debian, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def _version(folder: Path) -> int:
    return int(re.sub(r"\D.*", "", folder.parent.name) or 0)


class Cluster:
    """A running server; `url(name)` addresses its databases."""

    def __init__(self, socket_dir: str) -> None:
        self.socket_dir = socket_dir

    def url(self, database: str) -> str:
        """The address of one database, as `QMS_DATABASE_URL` takes it."""
        return f"postgresql://{USER}@/{database}?host={self.socket_dir}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database from a template to which nobody is connected; its address."""
        self._administer(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database and end whoever is still connected to it."""
        self._administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        import psycopg  # an extra of the product: SQLite alone needs none of it

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster for the block; it and its folder are gone afterwards.

    Raises FileNotFoundError without PostgreSQL, CalledProcessError when it does not start.
    """
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="qms-pg-", dir="/tmp"))  # a socket path must be short
    as_owner = _as_owner(home)
    data = str(home / "data")
    try:
        _run(
            [*as_owner, f"{folder}/initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"],
            home,
        )
        with (home / "data" / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in SERVER_SETTINGS.items())
            settings.write(f"unix_socket_directories = '{home}'\n")
        _run([*as_owner, f"{folder}/pg_ctl", "-D", data, "-w", "-l", f"{home}/log", "start"], home)
        try:
            yield Cluster(str(home))
        finally:
            _run([*as_owner, f"{folder}/pg_ctl", "-D", data, "-m", "immediate", "stop"], home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _as_owner(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: there it runs as Debian's user `postgres`, who gets the folder."""
    if os.geteuid() != 0:
        return []
    shutil.chown(home, "postgres", "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str], home: Path) -> None:
    environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}  # runuser is in sbin
    # Output goes to a file: a server that inherits a pipe would keep it open for ever.
    with (home / "output").open("ab") as output:
        subprocess.run(
            command,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=True,
        )
