"""State machines as tables: one table draws the buttons, checks, names the trail and makes the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qms.kernel.errors import Forbidden, Obstacle, Refused
from qms.kernel.permissions import ANY_UNIT, Actor, Permission
from qms.kernel.text import Message, _

Condition = Callable[[Any], Obstacle | Message | list[Obstacle] | None]


@dataclass(frozen=True)
class Transition:
    """One way from one of `sources` to `target`.

    `conditions` return what stands in the way (one thing or several), or None.
    A reason is given always (`needs_reason`), or where `reason_when` tells from the facts why one is needed.
    An `automatic` transition is fired by a hook and never by a person.
    """

    name: str
    sources: frozenset[str]
    target: str
    label: Message
    permission: Permission
    conditions: tuple[Condition, ...] = ()
    needs_reason: bool = False
    automatic: bool = False
    reason_when: Callable[[Any], Message | None] | None = None

    def why_reason(self, facts: Any) -> Message | None:
        """Why a reason must be given on these facts; None where it may be left out."""
        if self.needs_reason:
            return _("a reason is needed")
        return self.reason_when(facts) if self.reason_when is not None else None


@dataclass(frozen=True)
class Move:
    """A transition that the record's state allows, what stands in its way for this actor, and why it asks a reason."""

    transition: Transition
    obstacles: tuple[Obstacle, ...]
    why_reason: Message | None = None

    @property
    def possible(self) -> bool:
        return not self.obstacles


class Machine:
    """The states of a kind of record and every way between them; what is not here is refused."""

    def __init__(
        self,
        kind: str,
        states: type[StrEnum],
        labels: dict[Any, Message],
        transitions: Iterable[Transition],
        *,
        initial: str,
        path: tuple[str, ...] = (),
        ended: frozenset[str] = frozenset(),
        in_force: frozenset[str] = frozenset(),
    ) -> None:
        """`path` is the line of steps shown on the record; `ended` are states that need nobody's work.

        `in_force` are those among them in which somebody still answers for the record (an issued document): it is
        handed over with the open ones when its owner leaves.
        """
        self.kind, self.states, self.labels, self.initial = kind, states, labels, initial
        self.transitions = tuple(transitions)
        self.path, self.ended, self.in_force = path, ended, in_force
        self._by_name: dict[str, list[Transition]] = {}
        for transition in self.transitions:
            self._by_name.setdefault(transition.name, []).append(transition)

    def find(self, name: str, state: str) -> Transition:
        """The transition `name` out of `state`; raises Refused when there is none."""
        for transition in self._by_name.get(name, ()):
            if state in transition.sources:
                return transition
        if name not in self._by_name:
            raise Refused([_("there is no step called “%(name)s”", name=name)])
        raise Refused(
            [
                _(
                    "“%(step)s” is not possible while the state is “%(state)s”",
                    step=self._by_name[name][0].label,
                    state=self.labels.get(state, state),
                )
            ]
        )

    def leads_on(self, transition: Transition, state: str) -> bool:
        """Whether the step leads from `state` further along the path: what is proposed next."""
        return (
            state in self.path
            and transition.target in self.path
            and self.path.index(transition.target) > self.path.index(state)
        )

    def leads_out(self, transition: Transition) -> bool:
        """Whether the step ends the record off its path (voided, withdrawn, retired): never proposed."""
        return transition.target in self.ended - {self.initial, *self.path}

    def check(
        self,
        name: str,
        state: str,
        facts: Any,
        actor: Actor,
        *,
        unit_id: int | None = ANY_UNIT,
        owner_id: int | None = None,
        reason: str = "",
        automatic: bool = False,
    ) -> Transition:
        """The transition, if `actor` may fire it now.

        Raises Forbidden (no permission, whatever the state), or Refused (wrong state, or every obstacle at once).
        """
        named = self._by_name.get(name, ())
        if (
            named
            and not automatic
            and not any(actor.may(step.permission, unit_id=unit_id, owner_id=owner_id) for step in named)
        ):
            raise Forbidden(named[0].permission.name)
        transition = self.find(name, state)
        if transition.automatic and not automatic:
            raise Refused([_("“%(step)s” happens by itself and cannot be fired", step=transition.label)])
        if not automatic:
            actor.require(transition.permission, unit_id=unit_id, owner_id=owner_id)
        obstacles = list(self.obstacles(transition, facts))
        why = transition.why_reason(facts)
        if why is not None and not reason.strip():
            obstacles.append(Obstacle(why, f"#{name}-reason"))
        if obstacles:
            raise Refused(obstacles)
        return transition

    def obstacles(self, transition: Transition, facts: Any) -> Iterable[Obstacle]:
        """Everything that stands in the way of `transition`."""
        return self.obstacles_of(transition.conditions, facts)

    @staticmethod
    def obstacles_of(conditions: Iterable[Condition], facts: Any) -> Iterable[Obstacle]:
        """Everything that these conditions find."""
        for condition in conditions:
            found = condition(facts)
            for one in found if isinstance(found, list) else [] if found is None else [found]:
                yield one if isinstance(one, Obstacle) else Obstacle(one)

    def moves(
        self,
        state: str,
        facts: Any,
        actor: Actor,
        *,
        unit_id: int | None = ANY_UNIT,
        owner_id: int | None = None,
    ) -> list[Move]:
        """What `actor` may do from `state`, with what stands in the way of each."""
        return [
            Move(transition, tuple(self.obstacles(transition, facts)), transition.why_reason(facts))
            for transition in self.transitions
            if state in transition.sources
            and not transition.automatic
            and actor.may(transition.permission, unit_id=unit_id, owner_id=owner_id)
        ]
