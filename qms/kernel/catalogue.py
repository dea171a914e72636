"""The shipped catalogues in `audits/`: clauses of each edition, legal rules with source and status."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from qms import resources
from qms.kernel.text import current_language


@dataclass(frozen=True)
class Clause:
    """A clause of one edition: number, title, our short label where the clause has no title of its own."""

    edition: str
    number: str
    title_vi: str
    title_en: str
    maps_to: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.number} {self.title_vi if current_language() == 'vi' else self.title_en}"


@cache
def clauses(edition: str) -> dict[str, Clause]:
    """Number -> clause of an edition (`2008`, `2015`, `2026`); empty for an unknown one."""
    path = resources.AUDITS / "standards" / f"iso9001-{edition}.toml"
    if edition not in EDITIONS or not path.is_file():
        return {}
    data = tomllib.loads(path.read_text("utf-8"))
    return {
        entry["number"]: Clause(
            edition=edition,
            number=entry["number"],
            title_vi=_titled(entry, "vi"),
            title_en=_titled(entry, "en"),
            maps_to=tuple(entry.get("maps_to", ())),
        )
        for entry in data["clause"]
    }


EDITIONS = ("2008", "2015", "2026")


def _titled(entry: dict[str, Any], language: str) -> str:
    label = entry.get(f"label_{language}") if entry.get("untitled") else None
    return label or entry[f"title_{language}"]


@cache
def rules(name: str) -> dict[str, Any]:
    """A file of rules as data, `audits/rules/NAME.toml`; each entry has `source` and `verified`."""
    return tomllib.loads((resources.AUDITS / "rules" / f"{name}.toml").read_text("utf-8"))
