"""A tie is set once, can be taken back with a reason, and set again; each leaves its entry in the trail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qms import resources
from qms.areas.actions import service as actions
from qms.kernel import verify
from qms.kernel.errors import NotFound, Refused
from qms.kernel.links import RELATIONS, Link, come_from, link, unlink
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.web import history
from tests.cast import Cast

Make = Callable[[], Record]


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return cast.actor("coordinator")


@pytest.fixture
def action(actor: Actor) -> Make:
    return lambda: actions.open_action(actor, {"title": "x", "sort": "corrective"}).record


def said(record: Record) -> list[tuple[str, str]]:
    """What the history says, the newest first, with the reason."""
    return [(str(line.text), line.reason) for line in history.lines(history.entries(record.id))]


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_same_tie_twice_is_one(actor: Actor, action: Make, relation: str) -> None:
    one, other = action(), action()
    assert link(actor, one, other, relation).id == link(actor, one, other, relation).id
    assert Link.select().count() == 1
    assert len([line for line in said(one) if other.code in line[0]]) == 1
    assert not [line for line in said(one) if "link." in line[0]], "each relation has its sentence"


@pytest.mark.parametrize(("relation", "ties"), [("same_cause", 1), ("related", 1), ("caused_by", 2)])
def test_what_is_said_of_both_is_one_tie_whichever_is_named_first(
    actor: Actor, action: Make, relation: str, ties: int
) -> None:
    one, other = action(), action()
    link(actor, one, other, relation)
    link(actor, other, one, relation)
    assert Link.select().count() == ties


def test_a_tie_is_taken_back_with_a_reason_that_the_history_keeps(actor: Actor, action: Make) -> None:
    one, other = action(), action()
    link(actor, one, other, "related")
    unlink(actor, one, other, "related", "nhầm mã")
    assert not Link.select().where(Link.stands()).exists()
    assert said(one)[0] == (f"hủy liên kết với {other.code}", "nhầm mã")
    assert said(one)[1] == (f"ghi nhận có liên quan đến {other.code}", "")
    assert verify.verify([actor.organisation_id or 0]).intact


def test_a_tie_that_was_taken_back_can_be_set_again(actor: Actor, action: Make) -> None:
    one, other = action(), action()
    link(actor, one, other, "related")
    unlink(actor, one, other, "related", "nhầm mã")
    link(actor, other, one, "related")
    assert [(tie.record_id, tie.ended_at) for tie in Link.select()] == [(one.id, None)]
    assert len(said(one)) == 4
    assert verify.verify([actor.organisation_id or 0]).intact


def test_taking_back_needs_a_reason_and_a_tie_that_stands(actor: Actor, action: Make) -> None:
    one, other = action(), action()
    link(actor, one, other, "caused_by")
    with pytest.raises(Refused):
        unlink(actor, one, other, "caused_by", " ")
    for record, target, relation in ((one, other, "related"), (other, one, "caused_by")):
        with pytest.raises(NotFound):
            unlink(actor, record, target, relation, "nhầm")
    unlink(actor, one, other, "caused_by", "nhầm")
    with pytest.raises(NotFound):
        unlink(actor, one, other, "caused_by", "nhầm")


def test_another_organisation_takes_back_nothing_of_ours(cast: Cast, actor: Actor, action: Make) -> None:
    one, other = action(), action()
    link(actor, one, other, "related")
    with pytest.raises(NotFound):
        unlink(cast.actor("stranger"), one, other, "related", "nhầm")
    assert Link.select().where(Link.stands()).count() == 1


def test_a_relation_that_is_none_is_refused(actor: Actor, action: Make) -> None:
    with pytest.raises(Refused):
        link(actor, action(), action(), "friend_of")


def test_what_comes_from_records_is_found_by_the_tie_that_stands(actor: Actor, action: Make) -> None:
    one, first, second, third = (action() for _index in range(4))
    for made in (first, second, third):
        link(actor, made, one, "source")
    link(actor, third, one, "related")
    unlink(actor, second, one, "source", "nhầm")
    assert come_from([one.id, first.id]) == {one.id: [first, third]}
    assert come_from([]) == {}


def test_whoever_reads_ties_asks_for_those_that_stand() -> None:
    readers = [
        path
        for path in resources.MIGRATIONS.parent.rglob("*.py")
        if "Link." in (text := path.read_text("utf-8")) and "qms.kernel.links import" in text
    ]
    assert readers
    assert [path.name for path in readers if "Link.stands()" not in path.read_text("utf-8")] == []
