"""What is looked at is looked at under the lock: many callers at once, or one that comes in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from peewee import Database

from qms.areas.actions import service as actions
from qms.kernel import accounts, db, leaving, people
from qms.kernel.errors import Refused
from qms.kernel.people import Assignment, Deputy, Person, assign
from qms.kernel.permissions import Role
from qms.kernel.text import language
from qms.kernel.verify import verify
from tests.cast import TODAY, Cast

CALLERS = 6


def all_at_once(do: Callable[[], Any]) -> list[BaseException]:
    """Do it in CALLERS threads that begin together; what they raised."""
    gate, raised = threading.Barrier(CALLERS), []

    def run() -> None:
        gate.wait()
        try:
            with db.connected(), language("vi"):
                do()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def just_before(monkeypatch: pytest.MonkeyPatch, module: Any, do: Callable[[], Any]) -> None:
    """Let `do` happen when `module` is about to take the lock, once."""
    lock = module.change

    def late(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(module, "change", lock)
        do()
        return lock(*args, **options)

    monkeypatch.setattr(module, "change", late)


@pytest.mark.commits
def test_a_role_given_by_six_at_once_is_given_once(cast: Cast, database: Database) -> None:
    coordinator, staff = cast.actor("coordinator"), cast.person("staff")
    raised = all_at_once(lambda: assign(coordinator, staff, Role.AUDITOR, valid_from=TODAY))
    assert [type(error) for error in raised] == [Refused] * (CALLERS - 1)
    held = Assignment.select().where(Assignment.person == staff.id, Assignment.role == Role.AUDITOR)
    assert held.count() == 1
    assert verify([0, cast.ours.id]).intact


def test_nobody_leaves_with_a_record_that_came_in_between(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator, staff = cast.actor("coordinator"), cast.person("staff")
    values = {"title": "x", "sort": "corrective", "owner": staff.id, "due": date(2024, 6, 1)}
    just_before(monkeypatch, leaving, lambda: actions.open_action(coordinator, values))
    with pytest.raises(Refused) as refused:
        leaving.deactivate(coordinator, staff)
    assert [reason.where for reason in refused.value.reasons] == [f"#to_{cast.ours.id}"]
    assert Person.get_by_id(staff.id).active


def test_nobody_leaves_with_a_role_elsewhere_that_came_in_between(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, there = cast.person("staff"), people.system_actor(cast.theirs, TODAY)
    just_before(monkeypatch, leaving, lambda: assign(there, staff, Role.AUDITOR, valid_from=TODAY))
    with pytest.raises(Refused, match="hãy thực hiện lại"):
        leaving.deactivate(people.installation_actor(cast.person("admin"), TODAY), staff)
    assert Person.get_by_id(staff.id).active


def test_who_leaves_in_between_is_given_no_role_and_deputises_for_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator, staff, colleague = (
        cast.actor("coordinator"),
        cast.person("staff"),
        cast.person("colleague"),
    )
    just_before(monkeypatch, people, lambda: leaving.deactivate(coordinator, staff))
    with pytest.raises(Refused):
        assign(coordinator, staff, Role.AUDITOR, valid_from=TODAY)
    just_before(monkeypatch, accounts, lambda: leaving.deactivate(coordinator, colleague))
    with pytest.raises(Refused):
        accounts.set_deputy(coordinator, cast.person("leader"), colleague, valid_from=TODAY, valid_to=TODAY)
    assert Deputy.select().count() == 0
