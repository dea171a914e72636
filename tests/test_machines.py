"""The state machines as a whole: what is not in a table is refused; every open state can be left."""

from __future__ import annotations

import pytest

from qms import areas
from qms.kernel import area
from qms.kernel.errors import Refused
from qms.kernel.records import Kind

areas.load()
KINDS = list(area.kinds().values())


def _pairs() -> list[tuple[type[Kind], str, str]]:
    """Every (kind, transition, state) that stands in no table."""
    return [
        (kind, name, str(state))
        for kind in KINDS
        for name in dict.fromkeys(t.name for t in kind.machine.transitions)
        for state in kind.machine.states
        if not any(t.name == name and state in t.sources for t in kind.machine.transitions)
    ]


@pytest.mark.parametrize(("kind", "name", "state"), _pairs(), ids=lambda v: getattr(v, "kind", v))
def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(
    kind: type[Kind], name: str, state: str
) -> None:
    with pytest.raises(Refused):
        kind.machine.find(name, state)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_state_can_be_reached_and_every_open_state_left(kind: type[Kind]) -> None:
    machine = kind.machine
    states = set(map(str, machine.states))
    reached = {machine.initial, *(t.target for t in machine.transitions)}
    left = {source for t in machine.transitions for source in t.sources}
    assert reached <= states
    assert left <= states
    assert states - left <= set(map(str, machine.ended)), "a state that nobody can leave has not ended"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_state_and_step_has_a_word(kind: type[Kind]) -> None:
    assert [s for s in kind.machine.states if not str(kind.machine.labels.get(s, ""))] == []
    assert [t.name for t in kind.machine.transitions if not str(t.label)] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_permission_of_a_step_is_declared_by_an_area(kind: type[Kind]) -> None:
    needed = {t.permission.name for t in kind.machine.transitions if not t.automatic}
    assert needed - set(area.permissions()) == set()
