"""Every step out of every state by every role, asked of the service: what stands in no table is refused."""

from __future__ import annotations

from itertools import product

import pytest

from qms import areas
from qms.kernel import area
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from tests.cast import ROLES, Cast
from tests.one_of_each import FIRE, Path, one_of_each, put

areas.load()
MACHINES = {machine.kind: machine for kind in area.kinds().values() for machine in kind.machines()}


def test_every_kind_of_record_is_asked(cast: Cast) -> None:
    assert set(FIRE) == set(area.kinds())
    assert {path.machine for path in one_of_each(cast)} == set(MACHINES)


@pytest.mark.parametrize("name", MACHINES)
def test_no_role_takes_a_step_that_its_table_does_not_give_it(cast: Cast, name: str) -> None:
    path = next(path for path in one_of_each(cast) if path.machine == name)
    machine, actors = MACHINES[name], {role: cast.actor(role) for role in ROLES}
    steps = dict.fromkeys(step.name for step in machine.transitions)
    for state, step, role, reason in product(map(str, machine.states), steps, ROLES, ("", "vì sao")):
        put(cast, path, state)
        way = next((t for t in machine.transitions if t.name == step and state in t.sources), None)
        holders = set().union(*(t.permission.roles for t in machine.transitions if t.name == step))
        answer = _asked(path, actors[role], step, reason)
        said = f"{state} {step} {role} {reason!r}: {answer}"
        if role not in holders:
            assert answer == "forbidden", said
        elif way is None or way.automatic:
            assert answer == "refused", said
        elif role not in way.permission.roles:
            assert answer == "forbidden", said
        elif way.needs_reason and not reason:
            assert answer == "refused", said
        if answer != "done":
            assert _state(path) == state, said


def _asked(path: Path, actor: Actor, step: str, reason: str) -> str:
    try:
        FIRE[path.kind](actor, path.code, step, reason=reason)
    except Forbidden:
        return "forbidden"
    except Refused:
        return "refused"
    return "done"


def _state(path: Path) -> str:
    return str(Record.get(Record.kind == path.kind, Record.code == path.code).state)


@pytest.mark.parametrize("name", MACHINES)
def test_a_step_that_no_machine_knows_is_not_found(cast: Cast, name: str) -> None:
    path = next(path for path in one_of_each(cast) if path.machine == name)
    with pytest.raises(NotFound):
        FIRE[path.kind](cast.actor("coordinator"), path.code, "nosuchstep", reason="vì sao")
