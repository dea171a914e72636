"""Which rows a list shows and how many there are: the queries of a list, each composed once for its shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from peewee import JOIN, fn

from qms.kernel import search
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Kind, Record
from qms.web.list_query import NEWEST, ORDERS, Asked, ChoiceFilter, Narrowing

PAGE = 50
COUNTED = 500  # beyond this the count is "more than"


@dataclass
class ListRows:
    """The queries of one kind's list, which shows these columns, tables to be joined among them."""

    model: type[Kind]
    filters: tuple[ChoiceFilter, ...]
    columns: Sequence[Any]
    joined: frozenset[str]  # of `kind`, `owner`, `unit`: what the columns are taken from
    _prepared: dict[tuple[str, ...], Prepared] = field(default_factory=dict, init=False, repr=False)

    def page(self, actor: Actor, asked: Asked) -> tuple[list[tuple[Any, ...]], int]:
        """The rows of the page asked for and one more, and how many there are in all, up to COUNTED + 1."""
        if asked.sort == NEWEST:
            return self._newest(actor, asked)
        found = self.rows(actor, asked, PAGE + 1)
        whole = len(found) <= PAGE and not asked.after
        return found, len(found) if whole else self._count(actor, asked)

    def rows(self, actor: Actor, asked: Asked, limit: int) -> list[tuple[Any, ...]]:
        """Tuples of the shown columns, then id and the order's value, of the page asked for."""
        return self._answer(f"rows {limit}", actor, asked, lambda query: self._shown(query, asked, limit))

    def numbers(self, actor: Actor, asked: Asked, limit: int) -> list[int]:
        """The record ids of the rows asked for, in their order, from where the page begins."""

        def ids(query: Any) -> Any:
            return _ordered(query.select(Record.id), asked).limit(limit).tuples()

        return [number for (number,) in self._answer(f"ids {limit}", actor, asked, ids)]

    def _newest(self, actor: Actor, asked: Asked) -> tuple[list[tuple[Any, ...]], int]:
        """As `page`: what narrows most is read once, for the numbers of what is shown and of what is counted."""
        found = self._found(actor, asked)
        shown = found[: PAGE + 1]
        if ("by number",) not in self._prepared:
            self._prepared["by number",] = Prepared(self._by_number, PAGE + 1)
        rows = self._prepared["by number",].rows(*shown, *[0] * (PAGE + 1 - len(shown)))
        return rows, self._count(actor, asked) if asked.after else len(found)

    def _by_number(self, *numbers: Any) -> Any:
        return self._shown(Record.select().where(Record.id.in_(numbers)), Asked(sort=NEWEST), len(numbers))

    def _count(self, actor: Actor, asked: Asked) -> int:
        """How many rows there are, counted no further than COUNTED + 1."""
        from_first = replace(asked, after=[])
        if any(one.narrow for one in self._narrowings(actor, asked)):
            return len(self._found(actor, replace(from_first, sort=NEWEST)))
        return self._answer("count", actor, from_first, lambda query: _capped(query, from_first))[0][0]

    def _found(self, actor: Actor, asked: Asked) -> list[int]:
        """The numbers of what is asked for, the newest first, from where the page begins, COUNTED + 1 at most."""
        narrowings = self._narrowings(actor, asked)
        first = next((one for one in narrowings if one.narrow), None)
        if first is None or search.asked(asked.q):
            return self.numbers(actor, asked, COUNTED + 1)
        ordered = [first, *(one for one in narrowings if one is not first)]
        after = asked.after[:1]
        values = [actor.organisation_id, *after, *(value for one in ordered for value in one.values)]

        def build(organisation: Any, *given: Any) -> Any:
            return self._narrowest(ordered, organisation, given[: len(after)], given[len(after) :])

        shape = (f"found {len(after)}", *(one.shape for one in ordered))
        return [number for (number,) in self._run(shape, build, values)]

    # ------------------------------------------------------------ queries

    def _narrowings(self, actor: Actor, asked: Asked) -> list[Narrowing]:
        return list(asked.narrowings(self.filters, actor))

    def _narrowest(
        self, narrowings: list[Narrowing], organisation: Any, after: Sequence[Any], values: Sequence[Any]
    ) -> Any:
        """The numbers of what the narrowings find, read from the table of the first one in the order of its index."""
        first, *others = narrowings
        table = first.hangs or self.model
        count = len(first.values)
        query = table.select(table.record.alias("id")).where(
            table.organisation_id == organisation, first.condition(*values[:count])
        )
        if after:
            query = query.where(table.record < after[0])
        of_kind = first.table == "kind" and not (first.hangs and others)
        if not of_kind or any(one.table != "kind" or one.hangs for one in others):
            query = query.join(Record, on=(table.record == Record.id)).where(Record.kind == self.model.kind)
        if first.hangs:
            query = query.distinct()
            if _joined(others):
                query = query.join_from(Record, self.model, on=(self.model.record == Record.id))
        query = _where(query, others, organisation, values[count:])
        return query.order_by(table.record.desc()).limit(COUNTED + 1).tuples()

    def _answer(self, what: str, actor: Actor, asked: Asked, finish: Callable[[Any], Any]) -> list[Any]:
        """The rows of `finish(query)` over what is asked for."""
        narrowings = self._narrowings(actor, asked)
        text = search.asked(asked.q)
        values = [*([text] if text else []), actor.organisation_id]
        values += [value for one in narrowings for value in one.values]

        def build(*given: Any) -> Any:
            text_given, rest = (given[0], given[1:]) if text else (None, given)
            return finish(self._narrowed(text_given, narrowings, rest))

        shape = (what, asked.sort, str(bool(text)), *(one.shape for one in narrowings))
        return self._run(("", *shape) if asked.after else shape, build, values)

    def _run(self, shape: tuple[str, ...], build: Callable[..., Any], values: list[Any]) -> list[Any]:
        """The rows of `build(*values)`, whose SQL is composed once where every part of the shape has a name."""
        if not all(shape):
            return list(build(*values))
        if shape not in self._prepared:
            self._prepared[shape] = Prepared(build, len(values))
        return self._prepared[shape].rows(*values)

    def _narrowed(self, text: Any, narrowings: Sequence[Narrowing], values: Sequence[Any]) -> Any:
        """The rows asked for, unordered, as a query over record, joined to the kind where a filter needs it.

        `text` is what is searched for, `values` the organisation's number and those of the narrowings.
        """
        organisation, *left = values
        query = (search.records(text) if text else Record.select()).where(
            Record.organisation == organisation, Record.kind == self.model.kind
        )
        if _joined(narrowings):
            query = query.join_from(Record, self.model, on=(self.model.record == Record.id))
        return _where(query, narrowings, organisation, left)

    def _shown(self, query: Any, asked: Asked, limit: int) -> Any:
        """`query` with the shown columns, in the order asked for, from where the page begins."""
        query = query.select(*self.columns, Record.id, *ORDERS[asked.sort].keys())
        if "kind" in self.joined:
            query = query.ensure_join(Record, self.model, on=(self.model.record == Record.id))
        if "owner" in self.joined:
            query = query.join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        if "unit" in self.joined:
            query = query.join_from(Record, Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        return _ordered(query, asked).limit(limit).tuples()


def _where(query: Any, narrowings: Sequence[Narrowing], organisation: Any, values: Sequence[Any]) -> Any:
    """`query`, which reads records, with the conditions of the narrowings, whose values come one after the other."""
    left = list(values)
    for one in narrowings:
        given, left = left[: len(one.values)], left[len(one.values) :]
        condition = one.condition(*given)
        if one.hangs:
            hung = one.hangs.select(one.hangs.record).where(
                one.hangs.organisation_id == organisation, condition
            )
            condition = Record.id.in_(hung)
        query = query.where(condition)
    return query


def _joined(narrowings: Sequence[Narrowing]) -> bool:
    return any(one.table != "record" and not one.hangs for one in narrowings)


def _ordered(query: Any, asked: Asked) -> Any:
    """`query` in the order asked for, from where the page begins."""
    order, last = ORDERS[asked.sort], _last(asked)
    if asked.after:
        query = query.where(order.beyond(asked.after, last))
    return query.order_by(*order.by(last))


def _last(asked: Asked) -> Any:
    """The record's number as the order ends with it."""
    return search.newest() if asked.sort == NEWEST and search.asked(asked.q) else Record.id


def _capped(query: Any, asked: Asked) -> Any:
    """The count of `query` up to the cap, found along the same index as the rows."""
    few = _ordered(query.select(Record.id), asked).limit(COUNTED + 1).alias("few")
    return Record.select(fn.COUNT(few.c.id)).from_(few).tuples()
