"""What the address of a list asks: filters, order, and where the page begins (its keyset)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote_plus

from peewee import Expression, Tuple

from qms.kernel.errors import BadInput
from qms.kernel.permissions import Actor
from qms.kernel.records import DUE_LAST, Record, date_order, due_order
from qms.kernel.text import Message, _


@dataclass(frozen=True)
class Narrowing:
    """One thing that narrows a list: `condition` of its values.

    Two with the same `shape` differ in their values only; without one the condition stands for itself.
    `table` says whether it reads only the shared row (`record`) or only the row of its kind (`kind`); `hangs`
    is the table that it reads instead, of rows that hang on records, such as links (on records of the kind alone
    where `table` says `kind`).
    """

    shape: str
    condition: Callable[..., Any]
    values: tuple[Any, ...] = ()
    table: str = ""
    hangs: Any = None

    @property
    def narrow(self) -> bool:
        """Whether another table than the shared one says alone what it finds."""
        return self.table == "kind" or self.hangs is not None


@dataclass(frozen=True)
class ChoiceFilter:
    """A further filter over a kind's own column; a value that is not offered is refused by name.

    `condition` makes the condition (or the Narrowing) from the value instead, and raises ValueError for one
    it cannot read;
    `kind` is the field that asks (select, text or date). `order` is the order of what it finds, unless
    the address asks for another: a period is found along its own dates, and what another table than the shared
    one finds comes newest first, as its index holds it.
    """

    name: str
    label: Message
    column: Any = None
    options: Callable[[Actor], Sequence[tuple[str, Any]]] = lambda _actor: ()
    condition: Callable[[str], Any] | None = None
    kind: str = "select"
    order: str = ""

    def narrows(self, actor: Actor, value: str) -> Narrowing:
        """What `value` asks for; raises BadInput."""
        if self.condition is not None:
            try:
                condition = self.condition(value)
            except ValueError as error:
                raise bad_value(self.name, value) from error
            return condition if isinstance(condition, Narrowing) else Narrowing("", lambda: condition)
        if value not in {str(offered) for offered, _label in self.options(actor)}:
            raise bad_value(self.name, value)
        table = "record" if self.column.model is Record else "kind"
        return Narrowing(self.name, lambda given: self.column == given, (value,), table)


# ---------------------------------------------------------------- orders


@dataclass(frozen=True)
class Order:
    """An order of rows and its keyset: `read` turns the words of `after` back into values."""

    keys: Callable[[], list[Any]]
    descending: bool
    read: Callable[[list[str]], list[Any]]

    def by(self, last: Any = Record.id) -> list[Any]:
        """The ORDER BY expressions; `last`, the record's number, makes the order total."""
        expressions = [*self.keys(), last]
        return [e.desc() if self.descending else e for e in expressions]

    def beyond(self, after: list[Any], last: Any = Record.id) -> Any:
        """The condition that a row comes after the row with those values."""
        return Expression(Tuple(*self.keys(), last), "<" if self.descending else ">", Tuple(*after))


def _whole(word: str) -> int:
    """A number that the database can compare; raises ValueError."""
    if not (word.isascii() and word.isdigit() and len(word) < 16):
        raise ValueError(word)
    return int(word)


def _text_then_id(words: list[str]) -> list[Any]:
    title, number = "~".join(words[:-1]), words[-1]  # a title may hold the mark that stands between
    return [title, _whole(number)]


def _due_then_id(words: list[str]) -> list[Any]:
    due, number = words
    return [date.fromisoformat(due), _whole(number)]


def _code_keys() -> list[Any]:
    return [Record.year, Record.number, Record.code]


def _code_read(words: list[str]) -> list[Any]:
    year, number, code, id_ = words
    return [_whole(year), _whole(number), code, _whole(id_)]


MOST_CODES = 500  # ticked rows of one address
NEWEST = "-newest"  # what a search finds, unless the address asks for another order
ORDERS = {
    NEWEST: Order(lambda: [], True, lambda words: [_whole(words[0])]),
    "due": Order(lambda: [due_order()], False, _due_then_id),
    "-due": Order(lambda: [due_order()], True, _due_then_id),
    "code": Order(_code_keys, False, _code_read),
    "-code": Order(_code_keys, True, _code_read),
    "happened": Order(lambda: [date_order(Record.happened_on)], False, _due_then_id),
    "ended": Order(lambda: [date_order(Record.ended_on)], False, _due_then_id),
    "title": Order(lambda: [Record.title], False, _text_then_id),
    "-title": Order(lambda: [Record.title], True, _text_then_id),
}
SORTS = {"code": ("code", "-code"), "due": ("due", "-due"), "title": ("title", "-title")}


def written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


NOT_ENDED = "not-ended"  # a value of the filter `state`: whatever still goes on
DUE_WINDOWS = {
    "overdue": _("overdue"),
    "7": _("within 7 days"),
    "30": _("within 30 days"),
    "none": _("without a due date"),
}


# ---------------------------------------------------------------- what the address asks


@dataclass
class Asked:
    """The parameters of a list's address, read and checked."""

    q: str = ""
    state: str = ""
    owner: str = ""
    unit: str = ""
    due: str = ""
    sort: str = "due"
    after: list[Any] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()  # the ticked rows, where only those are asked for
    other_sort: bool = False  # whether the order is another than that of its filters

    @classmethod
    def read(cls, args: Any, *, states: set[str], filters: Iterable[ChoiceFilter], order: str) -> Asked:
        """The parameters; raises BadInput naming the one that cannot be read."""
        asked = cls(
            q=args.get("q", "").strip()[:200],
            state=_one_of(args, "state", states | {NOT_ENDED}),
            owner=_id_or(args, "owner", {"me"}),
            unit=_id_or(args, "unit", {"none"}),
            due=_one_of(args, "due", set(DUE_WINDOWS)),
            own={f.name: value for f in filters if (value := args.get(f.name, "").strip())},
            codes=_codes(args),
        )
        along = next((f.order for f in filters if f.order and f.name in asked.own), "")
        own_order = NEWEST if asked.q else along or order
        asked.sort = _one_of(args, "sort", set(ORDERS)) or own_order
        asked.other_sort = asked.sort != own_order
        words = args.get("after", "")
        if words:
            try:
                asked.after = ORDERS[asked.sort].read(words.split("~"))
            except (ValueError, IndexError) as error:
                raise BadInput(
                    _("the page mark in the address cannot be read: begin at the first page")
                ) from error
        return asked

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q or self.state or self.owner or self.unit or self.due or self.own or self.codes)

    def link(self, **changes: str) -> str:
        """The parameters of this list with `changes`, for an address."""
        now = {"q": self.q, "state": self.state, "owner": self.owner, "unit": self.unit, "due": self.due,
               "sort": self.sort} | self.own | changes  # fmt: skip
        return "&".join([f"{name}={quote_plus(value)}" for name, value in now.items() if value])

    def without(self, name: str) -> str:
        """The parameters of this list without one of its filters, for an address; never none at all."""
        return self.link(**{name: ""}, sort=self.sort if self.other_sort else "", after="") or "state="

    def narrowings(self, filters: Iterable[ChoiceFilter], actor: Actor) -> Iterable[Narrowing]:
        """What the rows must meet besides the words of `q`."""
        if self.state == NOT_ENDED:
            yield Narrowing(NOT_ENDED, Record.ended_on.is_null, table="record")
        elif self.state:
            yield Narrowing("state", lambda state: Record.state == state, (self.state,), "record")
        if self.owner:
            owner = actor.person_id if self.owner == "me" else int(self.owner)
            yield Narrowing("owner", lambda person: Record.owner == person, (owner,), "record")
        if self.unit == "none":
            yield Narrowing("no unit", Record.unit.is_null, table="record")
        elif self.unit:
            yield Narrowing("unit", lambda unit: Record.unit == unit, (int(self.unit),), "record")
        if self.due:
            yield _due(self.due, actor.today)
        if self.codes:
            yield Narrowing("", lambda: Record.code.in_(self.codes), table="record")
        for one in filters:
            if one.name in self.own:
                yield one.narrows(actor, self.own[one.name])


def _due(window: str, today: date) -> Narrowing:
    if (
        window == "none"
    ):  # ">=" and not "=": an equality would let SQLite sort what stands sorted in the index
        last = date.fromisoformat(DUE_LAST)
        return Narrowing("no due", lambda day: Expression(due_order(), ">=", day), (last,), "record")
    before = today if window == "overdue" else today + timedelta(days=int(window) + 1)

    def open_and_due(day: Any) -> Any:
        return Record.ended_on.is_null() & Expression(due_order(), "<", day)

    return Narrowing("due", open_and_due, (before,), "record")


def _codes(args: Any) -> tuple[str, ...]:
    """The codes that the address names; raises BadInput for more than a page for paper holds."""
    found = tuple(dict.fromkeys(args.getlist("code"))) if hasattr(args, "getlist") else ()
    if len(found) > MOST_CODES:
        raise BadInput(_("at most %(n)s rows can be ticked at once", n=MOST_CODES))
    return found


def bad_value(name: str, value: str) -> BadInput:
    return BadInput(_("“%(value)s” is no value for the filter “%(name)s”", value=value[:60], name=name))


def _one_of(args: Any, name: str, allowed: set[str]) -> str:
    value = args.get(name, "").strip()
    if value and value not in allowed:
        raise bad_value(name, value)
    return value


def _id_or(args: Any, name: str, words: set[str]) -> str:
    value = args.get(name, "").strip()
    if value and value not in words and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise bad_value(name, value)
    return value
