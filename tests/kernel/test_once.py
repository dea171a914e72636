"""A form that is sent twice is carried out once, also by two at the same time; what was sent is forgotten again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from peewee import Database

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.kernel import comments, db, once
from qms.kernel.comments import Comment
from qms.kernel.errors import Refused
from qms.kernel.jobs import clock_now
from qms.kernel.once import Posted
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from tests.areas.actions.test_service import action, opened, read
from tests.cast import Cast


def opens(cast: Cast) -> Callable[[], Action]:
    return lambda: actions.open_action(cast.actor("coordinator"), action(cast))


def test_what_is_sent_again_makes_nothing_and_leads_to_what_was_made(cast: Cast) -> None:
    made, again = once.carried_out(cast.actor("coordinator"), "k", opens(cast))
    assert not again
    found, again = once.carried_out(cast.actor("coordinator"), "k", opens(cast))
    assert again
    assert (found.record.code, type(found)) == (made.record.code, Action)
    assert (
        Action.select().count() == TrailEntry.select().where(TrailEntry.tag == "action.create").count() == 1
    )
    assert verify([cast.ours.id]).intact


def test_a_row_of_a_record_is_found_again_and_what_is_no_row_is_nothing(cast: Cast) -> None:
    actor, record = cast.actor("coordinator"), read(cast, opened(cast)).record

    def say() -> Comment:
        return comments.comment(actor, record, "đã xem")

    said, _again = once.carried_out(actor, "k", say)
    assert once.carried_out(actor, "k", say) == (said, True)
    assert once.made_before(actor, "k") == said
    assert once.carried_out(actor, "other", lambda: 7) == (7, False)
    assert once.carried_out(actor, "other", lambda: 8) == (None, True)


@pytest.mark.parametrize("part", ["leader", "stranger"])
def test_the_same_key_of_somebody_else_is_another_form(cast: Cast, part: str) -> None:
    once.carried_out(cast.actor("coordinator"), "k", lambda: None)
    assert once.made_before(cast.actor(part), "k") is None
    assert once.carried_out(cast.actor(part), "k", lambda: "own") == ("own", False)


def test_what_was_refused_may_be_sent_again(cast: Cast) -> None:
    def refuse() -> None:
        opens(cast)()
        raise Refused(["không"])

    with pytest.raises(Refused):
        once.carried_out(cast.actor("coordinator"), "k", refuse)
    assert (Posted.select().count(), Action.select().count()) == (0, 0)
    _made, again = once.carried_out(cast.actor("coordinator"), "k", opens(cast))
    assert not again


@pytest.mark.parametrize("other", [["/a", "x"], ["/b", "y"], ["/a", "y", None]])
def test_whatever_differs_makes_another_key(other: list[Any]) -> None:
    assert once.key_of(["/a", "y"]) == once.key_of(["/a", "y"]) != once.key_of(other)


@pytest.mark.commits
def test_of_six_that_come_at_the_same_time_one_makes_it_and_all_find_it(
    cast: Cast, database: Database
) -> None:
    actor, open_it = cast.actor("coordinator"), opens(cast)
    gate, found, raised = threading.Barrier(6), [], []

    def run() -> None:
        gate.wait()
        try:
            with db.connected(), language("vi"):
                made, again = once.carried_out(actor, "k", open_it)
                found.append((made.record.code, again))
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert sorted(found) == [("AC-2024-001", False), *[("AC-2024-001", True)] * 5]
    assert Action.select().count() == 1
    assert verify([cast.ours.id]).intact


def test_what_was_sent_is_forgotten_after_thirty_days(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    for key, days in (("old", 31), ("new", 29)):
        once.carried_out(actor, key, lambda: None)
        Posted.update(at=clock_now() - timedelta(days=days)).where(Posted.key == key).execute()
    assert once.sweep() == 1
    assert [row.key for row in Posted.select()] == ["new"]
