"""The state machines as a whole: what is not in a table is refused; every open state can be left."""

from __future__ import annotations

import pytest

from qms import areas
from qms.kernel import area
from qms.kernel.errors import Refused
from qms.kernel.workflow import Machine

areas.load()
MACHINES = [machine for kind in area.kinds().values() for machine in kind.machines()]


def _pairs() -> list[tuple[Machine, str, str]]:
    """Every (machine, transition, state) that stands in no table."""
    return [
        (machine, name, str(state))
        for machine in MACHINES
        for name in dict.fromkeys(t.name for t in machine.transitions)
        for state in machine.states
        if not any(t.name == name and state in t.sources for t in machine.transitions)
    ]


@pytest.mark.parametrize(("machine", "name", "state"), _pairs(), ids=lambda v: getattr(v, "kind", v))
def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(
    machine: Machine, name: str, state: str
) -> None:
    with pytest.raises(Refused):
        machine.find(name, state)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.kind)
def test_every_state_can_be_reached_and_every_open_state_left(machine: Machine) -> None:
    states = set(map(str, machine.states))
    reached = {machine.initial, *(t.target for t in machine.transitions)}
    left = {source for t in machine.transitions for source in t.sources}
    assert reached <= states
    assert left <= states
    assert states - left <= set(map(str, machine.ended)), "a state that nobody can leave has not ended"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.kind)
def test_every_state_and_step_has_a_word(machine: Machine) -> None:
    assert [s for s in machine.states if not str(machine.labels.get(s, ""))] == []
    assert [t.name for t in machine.transitions if not str(t.label)] == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.kind)
def test_every_permission_of_a_step_is_declared_by_an_area(machine: Machine) -> None:
    needed = {t.permission.name for t in machine.transitions if not t.automatic}
    assert needed - set(area.permissions()) == set()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.kind)
def test_the_step_that_is_proposed_never_takes_the_record_off_its_path(machine: Machine) -> None:
    for transition in machine.transitions:
        if machine.leads_out(transition):
            assert transition.needs_reason, transition.name
            assert not any(machine.leads_on(transition, state) for state in transition.sources)


def test_voiding_withdrawing_and_retiring_stand_apart_and_going_back_does_not() -> None:
    out = {(m.kind, t.name) for m in MACHINES for t in m.transitions if m.leads_out(t)}
    assert {
        ("kpi", "retire"),
        ("statement", "withdraw"),
        ("nonconformity", "void"),
        ("review", "void"),
    } <= out
    assert not out & {("kpi", "resume"), ("nonconformity", "not_effective"), ("nonconformity", "reopen")}
