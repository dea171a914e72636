"""An area's manifest, and the hooks by which areas speak upwards without importing each other.

The kernel calls the hooks in the order of `AREAS`. An area that only fills its manifest gains
navigation, search, work list, duties, review inputs, home panels and the tie to others' changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qms.kernel import files
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound
from qms.kernel.organisations import INSTALLATION, SETTINGS
from qms.kernel.people import ABSENCE, PEOPLE
from qms.kernel.permissions import Actor, Permission
from qms.kernel.records import Kind, Record
from qms.kernel.text import Message
from qms.kernel.trail import READ_TRAIL


@dataclass(frozen=True)
class Navigation:
    """A word in the main navigation; shown to who holds `permission`. `path` is below /<org>/."""

    label: Message
    path: str
    permission: Permission


@dataclass(frozen=True)
class Proposal:
    """Something that ought to become a record: a missed target, a failed identity, a lapsed duty.

    `key` names it for good, so that a decision on it (accepted as a record, or declined with a
    reason) is found again; `source` is the record it comes from.
    """

    key: str
    title: Message
    detail: Message
    source: Record | None = None
    period: Period | None = None
    url: str = ""


@dataclass(frozen=True)
class Duty:
    """One thing the year asks for. `state` is done, open, soon or late; `rule` names its source."""

    key: str
    label: Message
    state: str
    due: date | None = None
    done_on: date | None = None
    url: str = ""
    rule: str = ""
    note: Message | None = None


@dataclass(frozen=True)
class Figure:
    """A figure with its fraction and where it comes from; `previous` is the preceding period's."""

    label: Message | str
    value: str
    fraction: str = ""
    period: str = ""
    previous: str = ""
    url: str = ""
    source: str = ""
    status: str = ""


@dataclass(frozen=True)
class ReviewInput:
    """What an area feeds into one input of clause 9.3.2 (`a`, `b`, `c1` … `f`)."""

    input: str
    heading: Message
    lines: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the home page: a template that gets `data`."""

    key: str
    title: Message
    template: str
    data: Any
    order: int = 50


@dataclass(frozen=True)
class WorkItem:
    """Something for one person to do that is not simply an open record they own."""

    title: Message | str
    url: str
    why: Message
    code: str = ""
    due: date | None = None


@dataclass(frozen=True)
class ImportResult:
    """What became of a file: `status` is imported, previewed, refused or unchanged.

    `statements` are {"period", "rows"}; a kind of file that holds no statements fills `rows`.
    `errors` and `warnings` are {"rule", "period", "field", "left", "right", "difference", "message"}.
    `lines` say the same to a reader.
    """

    status: str
    statements: tuple[dict[str, Any], ...] = ()
    errors: tuple[dict[str, Any], ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What `qms import --json` prints."""
        found: dict[str, Any] = {
            "status": self.status,
            "statements": list(self.statements),
            "errors": list(self.errors),
            "warnings": list(self.warnings),
        }
        return found | ({"rows": list(self.rows)} if self.rows else {})


@dataclass(frozen=True)
class ImportKind:
    """A kind of file that `qms import` and the import page take; see `qms/importers`.

    `run(actor, path, *, preview, accept)` takes the whole file or nothing; `accept` is the reason for
    accepting its warnings. It raises Refused when the file cannot be read at all.
    """

    name: str
    label: Message
    permission: Permission
    run: Callable[..., ImportResult]


@dataclass(frozen=True)
class DocumentKind:
    """A document that can be made from a record: `make(actor, code, locale) -> (file name, bytes)`."""

    name: str
    label: Message
    permission: Permission
    make: Callable[[Actor, str, str], tuple[str, bytes]]


@dataclass(frozen=True)
class Area:
    """The manifest of an area."""

    name: str
    title: Message
    clause: str = ""
    kinds: tuple[type[Kind], ...] = ()
    tables: tuple[type, ...] = ()  # further tables of the area that are not kinds
    permissions: tuple[Permission, ...] = ()
    navigation: tuple[Navigation, ...] = ()
    blueprint: Callable[[], Any] | None = None
    imports: tuple[ImportKind, ...] = ()
    documents: tuple[DocumentKind, ...] = ()
    on_change: Callable[[Actor, Kind, str], None] | None = None
    proposals: Callable[[Actor, Period], Iterable[Proposal]] | None = None
    duties: Callable[[Actor, int], Iterable[Duty]] | None = None
    review_inputs: Callable[[Actor, Period], Iterable[ReviewInput]] | None = None
    home_panels: Callable[[Actor], Iterable[Panel]] | None = None
    work: Callable[[Actor], Iterable[WorkItem]] | None = None
    extras: dict[str, Any] = field(default_factory=dict)


KERNEL_PERMISSIONS = (SETTINGS, PEOPLE, ABSENCE, INSTALLATION, *files.PERMISSIONS, READ_TRAIL)

_areas: list[Area] = []
_kinds: dict[str, type[Kind]] = {}


def register(areas: Iterable[Area]) -> None:
    """Take the areas in their order; raises ValueError when two claim a name, kind or permission."""
    _areas[:] = areas
    _kinds.clear()
    _kinds.update({kind.kind: kind for area in _areas for kind in area.kinds})
    for what, names in {
        "area": [a.name for a in _areas],
        "kind": [k.kind for a in _areas for k in a.kinds],
        "permission": [p.name for p in KERNEL_PERMISSIONS] + [p.name for a in _areas for p in a.permissions],
    }.items():
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"two areas claim the {what} {', '.join(sorted(twice))}")


def areas() -> tuple[Area, ...]:
    """The registered areas in their order."""
    return tuple(_areas)


def kinds() -> Mapping[str, type[Kind]]:
    """Kind name -> model."""
    return _kinds


def permissions() -> dict[str, Permission]:
    """Name -> permission, of the kernel and of all areas."""
    return {p.name: p for p in (*KERNEL_PERMISSIONS, *(p for area in _areas for p in area.permissions))}


def visible_kinds(actor: Actor) -> dict[str, type[Kind]]:
    """Kind name -> model of the kinds that the actor may see: by the area's navigation, else by `AREA.view`.

    An area that declares neither is seen by nobody outside its own pages.
    """
    found = {}
    for area in _areas:
        opens = next((n.permission for n in area.navigation if n.path == area.name), None) or next(
            (p for p in area.permissions if p.name == f"{area.name}.view"), None
        )
        if opens is not None and actor.may_somewhere(opens):
            found.update({kind.kind: kind for kind in area.kinds})
    return found


def record_at(actor: Actor, path: str) -> Record:
    """The record `area/code` of the actor's organisation; raises NotFound."""
    name, _slash, code = path.strip().partition("/")
    claimed = [kind.kind for area in _areas if area.name == name for kind in area.kinds]
    found = Record.get_or_none(
        Record.organisation == actor.organisation_id, Record.kind.in_(claimed), Record.code == code
    )
    if found is None:
        raise NotFound(path)
    return found


def changed(actor: Actor, row: Kind, transition: str) -> None:
    """Tell every area, in order and in the same transaction, that a record took a step."""
    for area in _areas:
        if area.on_change is not None:
            area.on_change(actor, row, transition)


def collect(hook: str, actor: Actor, *args: Any) -> Iterator[Any]:
    """What all areas give for `hook` (proposals, duties, review_inputs, home_panels, work), in order."""
    for area in _areas:
        give = getattr(area, hook)
        if give is not None:
            yield from give(actor, *args)
