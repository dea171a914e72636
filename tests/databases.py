"""Where a test's database comes from: copies of a prepared one, so that migrations run once per process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peewee import Database
from playhouse.pool import PooledDatabase

from qms.kernel import db
from tests import cast
from tests.postgres import Cluster

EMPTY, CAST = "empty", "cast"  # what a prepared database holds


class Sqlite:
    """Prepared files, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepared(self, holding: str) -> Path:
        """The file to copy; made when first asked for."""
        path = self.folder / f"{holding}.db"
        if not path.exists():
            prepare(
                f"sqlite:///{path}", holding
            )  # the last connection folds the write-ahead log into the file
        return path

    @contextmanager
    def own(self, holding: str, folder: Path) -> Iterator[str]:
        """Address of a database that is the test's own."""
        path = folder / "qms.db"
        shutil.copyfile(self.prepared(holding), path)
        yield f"sqlite:///{path}"


class Postgres:
    """Prepared databases, copied for each test that commits and shared by those that are rolled back."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._prepared: set[str] = set()
        self._shared: dict[str, Database] = {}

    def prepared(self, holding: str) -> str:
        """Name of the database to copy; made when first asked for."""
        if holding not in self._prepared:
            self.cluster.drop(holding)  # left over when the last attempt failed
            prepare(self.cluster.create(holding), holding)
            self._prepared.add(holding)
        return holding

    @contextmanager
    def own(self, holding: str, _folder: Path) -> Iterator[str]:
        """Address of a database that is the test's own."""
        yield self.cluster.create("own", template=self.prepared(holding))
        self.cluster.drop("own")

    def shared(self, holding: str) -> Database:
        """The one connected database for all tests that are rolled back."""
        if holding not in self._shared:
            bound = db.configure(self.cluster.create(f"shared_{holding}", template=self.prepared(holding)))
            bound.connect()
            self._shared[holding] = bound
        return self._shared[holding]

    def close(self) -> None:
        """End the shared connections."""
        for bound in self._shared.values():
            disconnect(bound)


def prepare(url: str, holding: str) -> None:
    """Migrate the database at `url` and fill it; nobody is connected to it afterwards."""
    bound = db.configure(url)
    db.migrate()
    if holding == CAST:
        with db.connected():
            cast.build()
    disconnect(bound)


def disconnect(bound: Database) -> None:
    """Close this thread's connection and those of the pool."""
    if not bound.is_closed():
        bound.close()
    if isinstance(bound, PooledDatabase):
        bound.close_all()


@contextmanager
def rolled_back(bound: Database) -> Iterator[Database]:
    """Everything done in the block is undone at its end; deferred checks are made before that."""
    db.database.initialize(bound)
    with bound.atomic() as transaction:
        yield bound
        if bound.is_connection_usable():  # not after a failed statement
            bound.execute_sql("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.rollback()
