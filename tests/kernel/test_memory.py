"""A remembered value is as good as a fresh one."""

from __future__ import annotations

from datetime import timedelta

from qms.kernel.memory import remembered
from qms.kernel.organisations import set_settings
from qms.kernel.trail import change
from tests.cast import TODAY, Cast


def test_a_value_is_made_once_for_each_state_of_the_data(cast: Cast) -> None:
    actor, made = cast.actor("coordinator"), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [remembered(actor, "n", make) for _ in range(3)] == [1, 1, 1]
    set_settings(actor, {"place": "Rạch Giá"}, valid_from=TODAY)
    assert remembered(actor, "n", make) == 2


def test_a_value_is_never_another_organisations_nor_another_days(cast: Cast) -> None:
    from dataclasses import replace

    ours, theirs = cast.actor("coordinator"), cast.actor("stranger")
    assert remembered(ours, "who", lambda: "ours") == "ours"
    assert remembered(theirs, "who", lambda: "theirs") == "theirs"
    tomorrow = replace(ours, today=TODAY + timedelta(days=1))
    assert remembered(tomorrow, "who", lambda: "tomorrow") == "tomorrow"


def test_within_a_change_nothing_is_remembered(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    with change(actor):
        assert remembered(actor, "x", lambda: 1) == 1
        assert remembered(actor, "x", lambda: 2) == 2
    assert remembered(actor, "x", lambda: 3) == 3


def test_what_is_kept_for_one_actor_is_not_anothers(cast: Cast) -> None:
    leader, staff = cast.actor("leader"), cast.actor("staff")
    assert remembered(leader, "mine", lambda: "leader's", personal=True) == "leader's"
    assert remembered(staff, "mine", lambda: "staff's", personal=True) == "staff's"
