"""The mark of a data folder that holds a demonstration: its secrets, its password and its day.

Every command that uses such a folder runs as the demonstration, so nobody has to set secrets to
try one; a folder without the mark is production.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

FILE = "demonstration.env"
DAY = "2024-04-15"  # the day on which the demonstration plays
_HEAD = "# This folder holds a demonstration, not an agency's data. Commands that use it read this file.\n"


@dataclass(frozen=True)
class Marker:
    """What the file says; each field is the setting QMS_<NAME>.

    `database_url` is empty for the embedded database of the folder; `loaded` is 1 once all the data
    is in, so that a demonstration whose making was cut off is made anew.
    """

    secret_key: str
    trail_key: str
    demo_password: str
    today: str = DAY
    database_url: str = ""
    loaded: str = ""

    def settings(self) -> dict[str, str]:
        """The settings that other commands take from it."""
        names = ("secret_key", "trail_key", "today", "database_url")
        return {_setting(name): getattr(self, name) for name in names if getattr(self, name)}


def _setting(name: str) -> str:
    return f"QMS_{name.upper()}"


def create(database_url: str = "") -> Marker:
    """A mark with fresh random secrets and password."""
    password = "-".join(secrets.token_hex(2) for _n in range(4))
    return Marker(secrets.token_hex(32), secrets.token_hex(32), password, database_url=database_url)


def read(data_dir: Path) -> Marker | None:
    """The mark of the folder, None when it holds no demonstration."""
    try:
        text = (data_dir / FILE).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    found = read_settings(text)
    return Marker(**{f.name: found.get(_setting(f.name), "") for f in fields(Marker)})


def write(data_dir: Path, marker: Marker) -> None:
    """Mark the folder; only its owner may read the file."""
    lines = [
        f"{_setting(f.name)}={getattr(marker, f.name)}\n" for f in fields(Marker) if getattr(marker, f.name)
    ]
    write_private(data_dir / FILE, _HEAD + "".join(lines))


def loaded(data_dir: Path, marker: Marker) -> Marker:
    """Note that all the data is in."""
    whole = replace(marker, loaded="1")
    write(data_dir, whole)
    return whole


def applies(marker: Marker, environ: Mapping[str, str]) -> bool:
    """Whether the mark speaks for the database that the environment names."""
    return environ.get("QMS_DATABASE_URL", "") in ("", marker.database_url)


def read_settings(text: str) -> dict[str, str]:
    """NAME -> value of a file of NAME=value lines."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(temporary, path)
