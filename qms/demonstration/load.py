"""Loading the demonstration: its agencies are set up and their stories told, whole or not at all."""

from __future__ import annotations

import tomllib
from typing import Any

from qms.config import Config
from qms.demonstration.agency import set_up, set_up_installation
from qms.demonstration.story import FOLDER, steps
from qms.kernel import clock
from qms.kernel.db import database
from qms.kernel.organisations import Organisation
from qms.kernel.text import language

AGENCIES = ("kien-giang", "vinh-phuc")


def load(config: Config, password: str) -> bool:
    """Load both agencies with sign-ins that all take `password`; False when they are there already.

    The database is connected and migrated. Everything goes through the services that the pages use, as
    the people of the story, each step on its day; one transaction around it leaves all or nothing.
    """
    if Organisation.select().where(Organisation.slug.in_(AGENCIES)).exists():
        return False
    from qms.web.auth import password_hash

    hashed = password_hash(password)
    try:
        with database.atomic(), language("vi"):
            _load(config, hashed)
    finally:
        clock.configure(config.timezone, config.today)
    return True


def _load(config: Config, password_hash: str) -> None:
    told = [read(name) for name in AGENCIES]
    first = min(data["set_up_on"] for data in told)
    clock.configure(config.timezone, first)
    set_up_installation(read("installation"), password_hash, first)
    for data in told:
        clock.configure(config.timezone, data["set_up_on"])
        for step in steps(set_up(data, password_hash), data["step"]):
            clock.configure(config.timezone, step.on)
            step.do()


def read(name: str) -> dict[str, Any]:
    """What `audits/demonstration/NAME.toml` says."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
