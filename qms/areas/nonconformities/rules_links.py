"""How nonconformities hang together: cause, same cause, recurrence; without cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _

Node = TypeVar("Node", bound=Hashable)

CAUSED_BY, SAME_CAUSE, RECURS, RELATED = "caused_by", "same_cause", "recurs", "related"

# What may be said of two nonconformities, as the form asks for it.
TIES: dict[str, Message] = {
    CAUSED_BY: _("is caused by"),
    SAME_CAUSE: _("has the same cause as"),
    RECURS: _("is a recurrence of"),
    RELATED: _("is related to"),
}
# Which ties must not come round to where they began, by the one that is added. Nonconformities of the same
# cause count as one, so those ties may be walked both ways.
_WALKED = {CAUSED_BY: (CAUSED_BY, SAME_CAUSE), SAME_CAUSE: (CAUSED_BY, SAME_CAUSE), RECURS: (RECURS,)}
_SIGNS = {CAUSED_BY: " → ", SAME_CAUSE: " = ", RECURS: " → "}


@dataclass(frozen=True)
class Tie(Generic[Node]):
    """`one` is caused by, has the same cause as, or recurs `other`."""

    one: Node
    relation: str
    other: Node


@dataclass(frozen=True)
class Chain(Generic[Node]):
    """A way from tie to tie, from the first node on; `relations` are the steps between the nodes."""

    nodes: tuple[Node, ...]
    relations: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`NC-3 → NC-2 = NC-1`."""
        steps = zip(self.relations, self.nodes[1:], strict=True)
        return str(self.nodes[0]) + "".join(f"{_SIGNS[relation]}{node}" for relation, node in steps)


def walked(relation: str) -> tuple[str, ...]:
    """The relations among which a new tie of `relation` could close a cycle; none where it cannot."""
    return _WALKED.get(relation, ())


def chain(ties: Iterable[Tie[Node]], start: Node, goal: Node) -> Chain[Node] | None:
    """The shortest way from `start` to `goal`: along the ties, and both ways over the same cause; None: no way."""
    ahead: dict[Node, list[tuple[str, Node]]] = {}
    for tie in ties:
        ahead.setdefault(tie.one, []).append((tie.relation, tie.other))
        if tie.relation == SAME_CAUSE:
            ahead.setdefault(tie.other, []).append((tie.relation, tie.one))
    ways, seen = deque([Chain((start,))]), {start}
    while ways:
        way = ways.popleft()
        if way.nodes[-1] == goal:
            return way
        for relation, node in ahead.get(way.nodes[-1], ()):
            if node not in seen:
                seen.add(node)
                ways.append(Chain((*way.nodes, node), (*way.relations, relation)))
    return None


def closed_by(ties: Iterable[Tie[Node]], new: Tie[Node]) -> Chain[Node] | None:
    """The way by which `new` would make something its own cause or recurrence; None where it would not.

    `ties` hold no cycle yet.
    """
    known = [tie for tie in ties if tie.relation in walked(new.relation)]
    if new.relation != SAME_CAUSE:
        return chain(known, new.other, new.one) if walked(new.relation) else None
    ways = (chain(known, new.one, new.other), chain(known, new.other, new.one))
    return next((way for way in ways if way is not None and CAUSED_BY in way.relations), None)


def no_cycle(ties: Iterable[Tie[str]], new: Tie[str]) -> Obstacle | None:
    """Nothing is its own cause, nor has the same cause as its cause; the chain that says so is named."""
    found = closed_by(ties, new)
    if found is None:
        return None
    names = {"one": new.one, "other": new.other, "chain": str(found)}
    if new.relation == SAME_CAUSE:
        text = _(
            "%(one)s and %(other)s do not have the same cause: one leads to the other (%(chain)s)", **names
        )
    elif new.relation == RECURS:
        text = _("%(one)s cannot be a recurrence of %(other)s, which is one of it (%(chain)s)", **names)
    else:
        text = _("%(one)s cannot be caused by %(other)s, which comes from it (%(chain)s)", **names)
    return Obstacle(text, "#other")


def recurs_later(new: Tie[str], happened: date | None, earlier: date | None) -> Obstacle | None:
    """What recurs happened before: `happened` is the day of the recurrence, `earlier` that of the other."""
    if new.relation != RECURS or happened is None or earlier is None or earlier <= happened:
        return None
    return Obstacle(
        _("%(other)s happened after %(one)s: record the recurrence there", one=new.one, other=new.other),
        "#other",
    )


def reached(ties: Iterable[tuple[Node, Node]], start: Node) -> Iterator[Node]:
    """`start` and everything that the pairs (from, to) lead to from it, each once, whatever way they run."""
    ahead: dict[Node, list[Node]] = {}
    for one, other in ties:
        ahead.setdefault(one, []).append(other)
    waiting, seen = deque([start]), {start}
    while waiting:
        node = waiting.popleft()
        yield node
        for other in ahead.get(node, ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))
