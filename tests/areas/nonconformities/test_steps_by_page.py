"""Every step out of every state by every role, sent to the page itself: a button that is not shown is not pressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import IMPROVEMENT, NONCONFORMITY
from qms.kernel.permissions import Role
from qms.kernel.workflow import Machine
from tests.cast import ROLES, Cast
from tests.one_of_each import Path, one_of_each, put

Visit = Callable[..., FlaskClient]
MACHINES = {machine.kind: machine for machine in (NONCONFORMITY, IMPROVEMENT)}


@pytest.fixture(params=MACHINES)
def path(request: pytest.FixtureRequest, cast: Cast) -> Path:
    """A record of each machine, owned by nobody who is asked."""
    return next(path for path in one_of_each(cast) if path.machine == request.param)


def send(client: FlaskClient, path: Path, step: str) -> int:
    """The status of the page's answer to that step, sent with a reason and without a version."""
    address = f"/our-agency/nonconformities/{path.code}/fire/{step}"
    return client.post(address, data={"reason": "vì sao"}).status_code


def state_of(cast: Cast, path: Path) -> str:
    return str(Nonconformity.by_code(cast.ours.id, path.code).record.state)


def holders(machine: Machine, step: str) -> set[Role]:
    return set().union(*(t.permission.roles for t in machine.transitions if t.name == step))


def test_a_step_that_the_table_gives_to_others_is_forbidden(visit: Visit, cast: Cast, path: Path) -> None:
    machine = MACHINES[path.machine]
    clients = {role: visit(role) for role in ROLES}
    for step in machine.transitions:
        state = min(step.sources)
        for role in set(ROLES) - holders(machine, step.name):
            put(cast, path, state)
            # whoever may not see it at all is not told that it exists
            assert send(clients[role], path, step.name) in (403, 404), (step.name, role)
            assert state_of(cast, path) == state, (step.name, role)


def test_a_step_out_of_a_state_that_the_table_does_not_name_is_refused(
    visit: Visit, cast: Cast, path: Path
) -> None:
    machine = MACHINES[path.machine]
    clients = {role: visit(role) for role in ROLES}
    for step in machine.transitions:
        by = (
            Role.COORDINATOR
            if step.automatic
            else min(step.permission.roles - {Role.UNIT_HEAD} or step.permission.roles)
        )
        for state in map(str, machine.states):
            if state in step.sources and not step.automatic:
                continue
            put(cast, path, state)
            assert send(clients[by], path, step.name) == 409, (state, step.name, by)
            assert state_of(cast, path) == state, (state, step.name)


def test_a_plan_is_returned_from_its_page_and_only_with_a_reason(visit: Visit, cast: Cast) -> None:
    path = next(one for one in one_of_each(cast) if one.machine == "nonconformity")
    put(cast, path, "planned")
    address = f"/our-agency/nonconformities/{path.code}"
    leader = visit("leader")
    assert f"{address}/fire/return_plan" in leader.get(address).text
    assert leader.post(f"{address}/fire/return_plan", data={"reason": " "}).status_code == 409
    assert state_of(cast, path) == "planned"
    assert leader.post(f"{address}/fire/return_plan", data={"reason": "thiếu hạn"}).status_code == 303
    assert state_of(cast, path) == "analysed"
