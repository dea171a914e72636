"""The messages that stand in code and templates, and those without a Vietnamese translation.

`python -m tests.messages` prints what is missing and what nobody uses any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from qms import resources
from tests.imports import PACKAGE, ROOT

KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2)}
CATALOGUE = resources.TRANSLATIONS / "vi" / "LC_MESSAGES" / "messages.po"


@dataclass
class Found:
    """One message, its plural if it has one, and where it stands."""

    id: str
    plural: str | None = None
    places: list[str] = field(default_factory=list)


def found() -> dict[str, Found]:
    """Every message of `qms/` and `templates/`, by its (singular) text."""
    messages: dict[str, Found] = {}
    for method, path in _sources():
        options = {"silent": "false"} if method == "jinja2" else {}
        with path.open("rb") as file:
            for line, text, *_rest in extract(method, file, KEYWORDS, options=options):
                singular, plural = text if isinstance(text, tuple) else (text, None)
                message = messages.setdefault(singular, Found(singular))
                message.plural = message.plural or plural
                message.places.append(f"{path.relative_to(ROOT).as_posix()}:{line}")
    return messages


def _sources() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield "python", path
    for path in sorted(resources.TEMPLATES.rglob("*.html")) + sorted(resources.TEMPLATES.rglob("*.txt")):
        yield "jinja2", path


def catalogue() -> Catalog:
    """The Vietnamese catalogue."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="vi")


def untranslated() -> list[Found]:
    """Messages that a Vietnamese reader would see in English."""
    translated = catalogue()
    return [
        m
        for m in found().values()
        if (entry := translated.get(m.id)) is None or entry.fuzzy or not entry.string
    ]


def unused() -> list[str]:
    """Translations of messages that stand nowhere any more."""
    used = found()
    ids = (m.id if isinstance(m.id, str) else m.id[0] for m in catalogue() if m.id)
    return [text for text in ids if text not in used]


def main() -> int:
    """Print missing and unused messages; 1 when a translation is missing."""
    missing = untranslated()
    for message in missing:
        print(f"missing: {message.id!r} ({message.places[0]})")
    for text in unused():
        print(f"unused: {text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
