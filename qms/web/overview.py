"""What the home page says: the person's work, the year's duties, what is late, what comes next, what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, fn

from qms.kernel import proposals as deciding
from qms.kernel.area import Apart, Duty, Proposal, areas, collect, duties, visible_kinds
from qms.kernel.calendar import Period, due_words
from qms.kernel.organisations import SETTINGS, Unit
from qms.kernel.people import PEOPLE, Person
from qms.kernel.permissions import INSIDE, Actor, Role
from qms.kernel.records import Kind, Record, due_order
from qms.kernel.text import Message, _, show_date, show_number
from qms.web.list_query import NOT_ENDED
from qms.web.record_parts import badge
from qms.web.widgets import Choice, Column, Row, StateBadge, Table, link

SHOWN = 15  # lines of work before the rest is folded away
KEPT = 100
NEXT = 6


@dataclass(frozen=True)
class Line:
    """One thing to do: what it is, where, why it waits, and until when."""

    code: str
    title: Message | str
    url: str
    why: Message | StateBadge
    due: date | None = None
    late: bool = False


@dataclass(frozen=True)
class Work:
    """A person's work list; `shown` first, `rest` folded away.

    `lists` are the lists that hold everything where even that is not all; `late` are overdue, or `more_late`.
    """

    lines: tuple[Line, ...]
    late: int = 0
    more_late: bool = False
    lists: tuple[Choice, ...] = ()

    @property
    def shown(self) -> tuple[Line, ...]:
        """What stands there at once."""
        return self.lines[:SHOWN]

    @property
    def rest(self) -> tuple[Line, ...]:
        """What is folded away."""
        return self.lines[SHOWN:]


# ---------------------------------------------------------------- my work


def work(actor: Actor) -> Work:
    """The open records the person owns or acts for as deputy, due first, and what the areas' `work` hooks add."""
    kinds = visible_kinds(actor)
    own = _owned(actor, list(kinds))
    lines = [_own_line(actor, kinds[row.kind], row) for row in own[:KEPT]]
    there = {line.url for line in lines}
    for item in collect("work", actor):
        if item.url not in there:
            there.add(item.url)
            late = item.due is not None and item.due < actor.today
            lines.append(Line(item.code, item.title, item.url, item.why, item.due, late))
    lines.sort(key=lambda line: line.due or date.max)
    beyond = own[KEPT:]
    return Work(
        tuple(lines),
        sum(line.late for line in lines),
        more_late=any(row.due is not None and row.due < actor.today for row in beyond),
        lists=_own_lists(actor, [kinds[name] for name in kinds if beyond]),
    )


def _own_lists(actor: Actor, kinds: list[type[Kind]]) -> tuple[Choice, ...]:
    """The lists of those kinds that hold open records of this person."""
    if not kinds:
        return ()
    mine = Record.select(Record.kind).where(
        Record.owner == actor.person_id,
        Record.organisation == actor.organisation_id,
        Record.ended_on.is_null(),
    )
    held = {kind for (kind,) in mine.distinct().tuples()}
    return tuple(
        Choice(model.label, f"{model.area}?state={NOT_ENDED}&owner=me")
        for model in kinds
        if model.kind in held
    )


def _owned(actor: Actor, kinds: list[str]) -> list[Any]:
    """One query: everything open that waits for this person or somebody whose deputy they are."""
    people = [person for person in (actor.person_id, *actor.acts_for) if person is not None]
    return list(
        Record.select(
            Record.code, Record.title, Record.kind, Record.state, Record.due, Record.owner, Person.name
        )
        .join(Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .where(
            Record.owner.in_(people),
            Record.organisation == actor.organisation_id,
            Record.ended_on.is_null(),
            Record.kind.in_(kinds),
        )
        .order_by(due_order(), Record.id)
        .limit(KEPT + 1)
        .namedtuples()
    )


def _own_line(actor: Actor, model: type[Kind], row: Any) -> Line:
    late = row.due is not None and row.due < actor.today
    why: Message | StateBadge = badge(model.kind, row.state)
    if row.owner != actor.person_id:
        why = _("%(state)s, for %(name)s", state=str(why), name=row.name)
    return Line(row.code, row.title, f"{model.area}/{row.code}", why, row.due, late)


# ---------------------------------------------------------------- proposals


def proposals(actor: Actor, year: int) -> list[Proposal]:
    """What waits for the coordinator's decision, of the chosen year and the one before; each once."""
    if Role.COORDINATOR not in actor.roles:
        return []
    periods = (Period(date(year, 1, 1), 12), Period(date(year - 1, 1, 1), 12))
    return [proposal for _period, proposal in deciding.on_offer(actor, periods)]


# ---------------------------------------------------------------- the yearly board


@dataclass(frozen=True)
class BoardLine:
    """One duty of the year with its state in words."""

    label: Message
    state: StateBadge
    url: str
    note: Message | None
    rule: str
    late: bool


_TONES = {"done": "done", "open": "open", "soon": "wait", "late": "late"}


def board(actor: Actor, year: int) -> list[BoardLine]:
    """The duties of the year that the areas' `duties` hooks name, in the areas' order."""
    return [
        BoardLine(
            duty.label, duty_badge(duty, actor.today), duty.url, duty.note, duty.rule, duty.state == "late"
        )
        for duty in duties(actor, year)
    ]


def duty_badge(duty: Duty, today: date) -> StateBadge:
    """`✓ 15/01/2024`, `▲ quá hạn 41 ngày`, `◐ còn 5 ngày` or the day by which it is due."""
    if duty.state == "done":
        text: Message | str = show_date(duty.done_on) if duty.done_on else _("done")
    elif duty.due is None:
        text = _("overdue") if duty.state == "late" else _("open")
    elif duty.state == "open":
        text = _("by %(day)s", day=show_date(duty.due))
    else:
        text = due_words(duty.due, today)
    return StateBadge(text, _TONES[duty.state])


# ---------------------------------------------------------------- what is late, what comes next


@dataclass(frozen=True)
class _Kept:
    """A column of what is overdue: records of a kind, or those of it that are counted by themselves."""

    kind: str
    apart: bool
    label: Message
    url: str  # of its list, up to the unit


def overdue(actor: Actor, base: str) -> Table | None:
    """Late open records by unit and kind; each number opens its rows. None when nothing is late."""
    kinds = visible_kinds(actor)
    columns = _columns(kinds, base)
    apart = _apart()
    counts: dict[tuple[str, int | None], Counter[tuple[str, bool]]] = {}
    rows = (
        Record.select(Unit.name, Record.unit, Record.kind, Record.facet, fn.COUNT(Record.id))
        .join(Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        .where(
            Record.organisation == actor.organisation_id,
            Record.ended_on.is_null(),
            Record.due < actor.today,
            Record.kind.in_(list(kinds)),
        )
        .group_by(Unit.name, Record.unit, Record.kind, Record.facet)
        .tuples()
    )
    for name, unit, kind, facet, number in rows:
        aside = kind in apart and facet in apart[kind].facets
        counts.setdefault((name or "", unit), Counter())[kind, aside] += number
    if not counts:
        return None
    sums = sum(counts.values(), Counter())
    used = [column for column in columns if sums[column.kind, column.apart]]
    heads = [
        Column("unit", _("unit")),
        *(Column(f"{one.kind} {one.apart}", one.label, numeric=True) for one in used),
    ]
    lines = [
        Row("", [name or _("without a unit"), *_numbers(counts[name, unit], used, f"&unit={unit or 'none'}")])
        for name, unit in sorted(counts, key=lambda key: (not key[0], key[0]))
    ]
    return Table(heads, lines, total=[_("all units"), *_numbers(sums, used, "")])


def _apart() -> dict[str, Apart]:
    """Kind -> which of its records are counted by themselves."""
    return {kind.kind: area.apart for area in areas() if area.apart for kind in area.kinds}


def _columns(kinds: Mapping[str, type[Kind]], base: str) -> list[_Kept]:
    found, apart = [], _apart()
    for name, model in kinds.items():
        url = f"{base}/{model.area}?due=overdue"
        if name in apart:
            one = apart[name]
            found.append(_Kept(name, False, model.label, f"{url}&{one.others}"))
            found.append(_Kept(name, True, one.label, f"{url}&{one.them}"))
        else:
            found.append(_Kept(name, False, model.label, url))
    return found


def _numbers(found: Counter[tuple[str, bool]], columns: Sequence[_Kept], where: str) -> list[Any]:
    return [_number(found[one.kind, one.apart], one.url + where) for one in columns]


def _number(value: int, url: str) -> Any:
    return link(url, show_number(value)) if value else ""


def deadlines(actor: Actor) -> list[Line]:
    """The next due dates of the organisation, whoever answers for them."""
    if not actor.roles & (INSIDE | {Role.OVERSEER, Role.INSPECTOR}):
        return []
    kinds = visible_kinds(actor)
    rows = list(
        Record.select(Record.code, Record.title, Record.kind, Record.state, Record.due)
        .where(
            Record.organisation == actor.organisation_id,
            Record.ended_on.is_null(),
            Record.due >= actor.today,
            Record.kind.in_(list(kinds)),
        )
        .order_by(Record.due, Record.id)
        .limit(NEXT)
        .namedtuples()
    )
    found = [
        Line(r.code, r.title, f"{kinds[r.kind].area}/{r.code}", badge(r.kind, r.state), r.due) for r in rows
    ]
    until = rows[-1].due if len(rows) == NEXT else date.max
    seen = {model.area for model in kinds.values()}
    found += [
        Line(one.code, one.title, one.url, one.why, one.due)
        for one in collect("deadlines", actor, until)
        if one.due is not None and one.due >= actor.today and one.url.partition("/")[0] in seen
    ]
    return sorted(found, key=lambda line: line.due or date.max)[:NEXT]


# ---------------------------------------------------------------- what to do first


def is_empty(actor: Actor) -> bool:
    """Whether the organisation has no record yet."""
    return not Record.select(Record.id).where(Record.organisation == actor.organisation_id).exists()


def first_steps(actor: Actor) -> list[Choice]:
    """What this person can do first in an empty organisation, in a sensible order, each leading there."""
    steps: list[Choice] = []
    if actor.may(SETTINGS):
        steps.append(Choice(_("Record the agency's name, symbol and signatories"), "settings"))
    if actor.may(PEOPLE):
        steps.append(
            Choice(_("Invite the people who will work here and give them their roles"), "settings/people/new")
        )
    for area in areas():
        for kind in area.imports:
            if actor.may(kind.permission):
                steps.append(Choice(_("Import %(what)s", what=kind.label), f"{area.name}/import"))
        first = area.first_step
        if first is not None and actor.may(first.permission):
            steps.append(Choice(first.label, first.path))
    return steps
