"""An area's manifest, and the hooks by which areas speak upwards without importing each other.

The kernel calls the hooks in the order of `AREAS`. An area that only fills its manifest gains
navigation, search, work list, duties, review inputs, home panels and the tie to others' changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qms.kernel import files
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound, Obstacle
from qms.kernel.organisations import INSTALLATION, SETTINGS, began_on
from qms.kernel.people import ABSENCE, PEOPLE
from qms.kernel.permissions import Actor, Permission, Role
from qms.kernel.records import Kind, Record
from qms.kernel.text import Message, _
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
    reason) is found again; `source` is the record it comes from. `found_through`: how a nonconformity
    that is opened on it was found, where the source's area does not say it for all of its records.
    """

    key: str
    title: Message
    detail: Message
    source: Record | None = None
    period: Period | None = None
    url: str = ""
    found_through: str = ""


@dataclass(frozen=True)
class Duty:
    """One thing the year asks for. `state` is done, open, soon or late; `rule` names its source.

    One without a day of its own, which asks for something of each of many records, says in `late_since` on which
    day the oldest of them was due that is still owed; in the present year also what earlier years left owing.
    """

    key: str
    label: Message
    state: str
    due: date | None = None
    done_on: date | None = None
    url: str = ""
    rule: str = ""
    note: Message | None = None
    late_since: date | None = None


def duty_state(today: date, due: date, *, done: bool, warn_days: int) -> str:
    """`done`, else `late` after the day, `soon` from `warn_days` days before it on, or `open`."""
    if done:
        return "done"
    if today > due:
        return "late"
    return "soon" if today >= due - timedelta(days=warn_days) else "open"


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
class Operand:
    """A count of one period that an area's own records give an indicator: its `count` among `cases` records.

    `name` is that by which a definition asks for it; `url` is the list of those records, below the organisation.
    """

    name: str
    period: Period
    count: int
    cases: int
    url: str


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
class Counted:
    """A number and the list that shows its rows; `late` marks what somebody must do now."""

    label: str
    number: int
    url: str
    late: bool = False


@dataclass(frozen=True)
class Apart:
    """Records of a kind that are counted by themselves, told by their facet.

    `them` and `others` are the parameters of the lists of these and of all others.
    """

    facets: frozenset[str]
    label: Message
    them: str
    others: str


@dataclass(frozen=True)
class WorkItem:
    """Something for one person to do that is not simply an open record they own."""

    title: Message | str
    url: str
    why: Message
    code: str = ""
    due: date | None = None


OUTCOMES: dict[str, Message] = {
    "new": _("new"),
    "change": _("changed"),
    "revision": _("other figures than are kept: a revision"),
    "unchanged": _("unchanged"),
    "withdrawn": _("taken out of use"),
    "refused": _("refused: see the errors"),
}  # what becomes of a row of a file


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
    """The manifest of an area.

    `view` is the right to see its records anywhere; without one nobody sees them outside the area's own pages.
    `first_step` is what may be done first in an empty organisation; `decides` the path at which proposals are decided;
    `found_through` how a nonconformity that is opened from one of its records was found; `opens_from` leads to the form
    of a new record of this area that comes from a record of another one, which is added as `?source=area/code`.
    `operands(actor, periods)` are counts that its records give the indicators; they must not depend on who asks.
    `may_serve(actor, record, action)` is what speaks against a new action for one of its records (Forbidden: no
    right to one), where `action` has its unit, owner and due date, or is None while nothing is known of it;
    `action_obstacles(actor, record, action, changes)` against changing an action that serves it, where
    `changes` are the new values that differ, or name `serves` where it is to serve the record no longer.
    `owner_obstacles(actor, row, to)` is what speaks against handing one of its records over to that person, which an
    editor may ask for; who leaves hands over everything.
    `deadlines(actor, until)` are days up to that one which the coordinator has to keep and which are no due date
    of an open record; their `url` names them.
    `apart` are records of its kinds that home counts by themselves among what is overdue.
    """

    name: str
    title: Message
    clause: str = ""
    kinds: tuple[type[Kind], ...] = ()
    tables: tuple[type, ...] = ()  # further tables of the area that are not kinds
    view: Permission | None = None
    permissions: tuple[Permission, ...] = ()
    navigation: tuple[Navigation, ...] = ()
    blueprint: Callable[[], Any] | None = None
    imports: tuple[ImportKind, ...] = ()
    documents: tuple[DocumentKind, ...] = ()
    on_change: Callable[[Actor, Kind, str], None] | None = None
    proposals: Callable[[Actor, Period], Iterable[Proposal]] | None = None
    duties: Callable[[Actor, int], Iterable[Duty]] | None = None
    review_inputs: Callable[[Actor, Period], Iterable[ReviewInput]] | None = None
    home_panels: Callable[[Actor, int], Iterable[Panel]] | None = None
    work: Callable[[Actor], Iterable[WorkItem]] | None = None
    deadlines: Callable[[Actor, date], Iterable[WorkItem]] | None = None
    operands: Callable[[Actor, Sequence[Period]], Iterable[Operand]] | None = None
    may_serve: Callable[[Actor, Record, Mapping[str, Any] | None], Iterable[Obstacle]] | None = None
    action_obstacles: Callable[[Actor, Record, Kind, Mapping[str, Any]], Iterable[Obstacle]] | None = None
    owner_obstacles: Callable[[Actor, Any, int], Iterable[Obstacle]] | None = None
    first_step: Navigation | None = None
    opens_from: Navigation | None = None
    decides: str = ""
    found_through: str = ""
    apart: Apart | None = None


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


def document_kind(name: str) -> DocumentKind:
    """The document of that name, whichever area declares it; raises NotFound."""
    found = next((kind for area in _areas for kind in area.documents if kind.name == name), None)
    if found is None:
        raise NotFound(name)
    return found


def reading(kind: DocumentKind) -> frozenset[str]:
    """The rights with which the system makes a document by itself: it reads what an overseer may."""
    return frozenset(p.name for p in permissions().values() if Role.OVERSEER in p.roles) | {
        kind.permission.name
    }


def visible_kinds(actor: Actor) -> dict[str, type[Kind]]:
    """Kind name -> model of the kinds that the actor may see: those of areas whose `view` they hold somewhere."""
    return {
        kind.kind: kind
        for area in _areas
        if area.view is not None and actor.may_somewhere(area.view)
        for kind in area.kinds
    }


def record_at(actor: Actor, path: str) -> Record:
    """The record `area/code` of the actor's organisation; raises NotFound, also where the actor may not see it."""
    name, _slash, code = path.strip().partition("/")
    visible = visible_kinds(actor)
    claimed = [k.kind for area in _areas if area.name == name for k in area.kinds if k.kind in visible]
    found = Record.get_or_none(
        Record.organisation == actor.organisation_id, Record.kind.in_(claimed), Record.code == code
    )
    if found is None:
        raise NotFound(path)
    return found


def area_of(record: Record) -> Area:
    """The area to which a record's kind belongs."""
    return next(area for area in _areas if area.name == _kinds[str(record.kind)].area)


def decides() -> str:
    """Where proposals are decided, below the organisation; empty where no area takes them."""
    return next((area.decides for area in _areas if area.decides), "")


def changed(actor: Actor, row: Kind, transition: str) -> None:
    """Tell every area, in order and in the same transaction, that a record took a step or was imported.

    An action that begins to serve a record is told of as `serves`.
    """
    for area in _areas:
        if area.on_change is not None:
            area.on_change(actor, row, transition)


def collect(hook: str, actor: Actor, *args: Any) -> Iterator[Any]:
    """What all areas give for `hook`, a manifest's function of an actor that gives many (not `on_change`), in order."""
    for area in _areas:
        give = getattr(area, hook)
        if give is not None:
            yield from give(actor, *args)


def duties(actor: Actor, year: int) -> list[Duty]:
    """What the areas ask of the year, without what was due before the organisation was here."""
    return _asked(actor, [year])


def duties_between(actor: Actor, first: date, last: date) -> list[tuple[date, Duty]]:
    """The duties, done or not, whose day lies between the two, each with its day.

    What a year asks may be due in the next; each year is read once.
    """
    asked = _asked(actor, range(first.year - 1, last.year + 1))
    return [(d.due, d) for d in asked if d.due is not None and first <= d.due <= last]


def _asked(actor: Actor, years: Iterable[int]) -> list[Duty]:
    began = began_on(actor.organisation_id or 0)
    asked = (duty for year in years for duty in collect("duties", actor, year))
    return [d for d in asked if d.state == "done" or d.due is None or d.due >= began]
