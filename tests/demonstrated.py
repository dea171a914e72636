"""The loaded demonstration for tests: loaded once per process into an SQLite file, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from qms.config import Config
from qms.demonstration.load import load
from qms.kernel import db, files
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person, actor_for
from qms.kernel.permissions import Actor
from tests.application import SECRET_KEY
from tests.cast import TODAY
from tests.databases import disconnect

PASSWORD = "correct horse battery staple"


def config(folder: Path, trail_key: str, url: str = "") -> Config:
    """The settings of a demonstration that keeps its data in `folder`."""
    url = url or f"sqlite:///{folder / 'qms.db'}"
    return Config(url, folder, SECRET_KEY, trail_key, today=TODAY, demonstration=True)


def fill(settings: Config) -> bool:
    """Load the demonstration into the configured, connected and migrated database."""
    files.configure(settings.files_dir)
    return load(settings, PASSWORD)


def make(folder: Path, trail_key: str) -> Path:
    """A folder with the loaded demonstration, to be copied."""
    settings = config(folder, trail_key)
    bound = db.configure(settings.database_url)
    db.migrate()
    with db.connected():
        fill(settings)
    disconnect(bound)
    return folder


@contextmanager
def copied(prepared: Path, folder: Path, trail_key: str) -> Iterator[Config]:
    """The demonstration in a folder of the test's own, its database configured and connected."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    settings = replace(config(folder, trail_key))
    bound = db.configure(settings.database_url)
    files.configure(settings.files_dir)
    bound.connect()
    yield settings
    disconnect(bound)


def actor(email: str) -> Actor:
    """A person of the demonstration acting in their own agency: `actor("leader@kien-giang.example")`."""
    slug = email.partition("@")[2].partition(".")[0]
    return actor_for(Person.get(Person.email == email), Organisation.by_slug(slug), TODAY)
