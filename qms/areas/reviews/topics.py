"""The inputs and outputs of a management review as topics, in our own words (`audits/rules/reviews.toml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from qms.kernel.catalogue import rules
from qms.kernel.text import current_language


@dataclass(frozen=True)
class Topic:
    """One input (`a` … `f`) or output of a review: what it is called, what belongs in it, its clause."""

    key: str
    title_vi: str
    title_en: str
    hint_vi: str
    hint_en: str
    source: str

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return self.title_vi if current_language() == "vi" else self.title_en

    @property
    def hint(self) -> str:
        """What belongs in it, in the reader's language."""
        return self.hint_vi if current_language() == "vi" else self.hint_en


@cache
def inputs() -> dict[str, Topic]:
    """Key -> topic of every input, in the order of the clause."""
    return _read("input")


@cache
def outputs() -> dict[str, Topic]:
    """Key -> topic of every output, in the order of the clause."""
    return _read("output")


def _read(table: str) -> dict[str, Topic]:
    return {
        entry["key"]: Topic(
            entry["key"], entry["title_vi"], entry["title_en"],
            entry.get("hint_vi", ""), entry.get("hint_en", ""), entry["source"],
        )
        for entry in rules("reviews")[table]
    }  # fmt: skip
