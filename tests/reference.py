"""docs/reference.md, written from what the code declares: `python -m tests.reference` (or `make docs`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from qms import areas
from qms.config import SETTINGS
from qms.kernel import area
from qms.kernel.permissions import ROLE_LABELS, Permission
from qms.kernel.text import language
from qms.kernel.workflow import Machine, Transition
from tests.imports import ROOT

PATH = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Written by `make docs` from what the code declares; a test keeps the two the same. Do not edit by hand.
"""


def text() -> str:
    """The whole page, in English."""
    areas.load()
    with language("en"):
        parts = [HEAD, *_settings(), *_areas(), *_permissions(), *_machines()]
    return "\n".join(parts).rstrip() + "\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    heads = list(heads)
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in row)} |"
    yield ""


def _settings() -> Iterator[str]:
    yield "## Settings\n\nEnvironment variables. All but `qms demo` refuse to start without the two keys.\n"
    yield from _table(
        ("variable", "what it is for"), ((f"`{name}`", what) for name, what in SETTINGS.items())
    )


def _areas() -> Iterator[str]:
    yield "## Areas\n\nIn import order: an area may use only those before it.\n"
    rows = (
        (
            a.name,
            a.title,
            a.clause,
            ", ".join(f"{k.label} (`{k.prefix}-`)" if k.prefix else str(k.label) for k in a.kinds),
            ", ".join(f"`{i.name}`" for i in a.imports),
            ", ".join(f"`{d.name}`" for d in a.documents),
        )
        for a in area.areas()
    )
    yield from _table(("area", "title", "clause", "records (code)", "imports", "documents"), rows)


def _permissions() -> Iterator[str]:
    yield "## Permissions\n\nA unit head holds one for the records of the own unit and the units below it.\n"
    rows = ((f"`{p.name}`", p.sentence, _holders(p)) for p in area.permissions().values())
    yield from _table(("permission", "lets a person", "held by"), rows)


def _holders(permission: Permission) -> str:
    roles = [str(ROLE_LABELS[role]) for role in ROLE_LABELS if role in permission.roles]
    return ", ".join(roles + (["the record's owner"] if permission.owner else []))


def _machines() -> Iterator[str]:
    yield "## State machines\n"
    for kind in area.kinds().values():
        yield f"### {kind.label}\n"
        for machine in kind.machines():
            if machine is not kind.machine:
                yield f"#### {machine.kind}\n"
            yield from _diagram(machine)
            heads = ("step", "from → to", "who", "conditions")
            yield from _table(heads, [_row(machine, t) for t in machine.transitions])


def _diagram(machine: Machine) -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2"
    yield f"  [*] --> {machine.initial}"
    for transition in machine.transitions:
        for source in sorted(transition.sources):
            yield f"  {source} --> {transition.target}: {transition.name}"
    yield "```\n"


def _row(machine: Machine, transition: Transition) -> tuple[str, str, str, str]:
    sources = ", ".join(sorted(transition.sources))
    who = "the system" if transition.automatic else _holders(transition.permission)
    conditions = [_sentence(condition) for condition in transition.conditions]
    conditions += ["a reason"] if transition.needs_reason else []
    conditions += [_sentence(transition.reason_when)] if transition.reason_when else []
    return f"`{transition.name}`", f"{sources} → {transition.target}", who, "; ".join(conditions)


def _sentence(condition: object) -> str:
    """The first line of a condition's docstring, or its name."""
    lines = (inspect.getdoc(condition) or "").splitlines()
    return lines[0].rstrip(".") if lines else getattr(condition, "__name__", "").replace("_", " ")


def main() -> None:
    """Write the page."""
    PATH.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
