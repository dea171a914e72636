"""What ties records, people and units together never reaches into another organisation, nor back to itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from qms.areas.actions import service as actions
from qms.kernel import accounts, leaving, proposals
from qms.kernel.errors import NotFound, Refused
from qms.kernel.jobs import Notification
from qms.kernel.links import Link, link
from qms.kernel.organisations import Unit, add_unit
from qms.kernel.people import Deputy, actor_for
from qms.kernel.permissions import Actor
from qms.kernel.proposals import Decision
from qms.kernel.records import Record
from tests.cast import TODAY, Cast

Make = Callable[..., Record]


@pytest.fixture
def action(cast: Cast) -> Make:
    """Make an action: `action()` is one of ours that staff owns."""

    def make(actor: Actor | None = None, owner: str | None = "staff") -> Record:
        owner_id = cast.person(owner).id if owner else None
        values = {"title": "x", "sort": "corrective", "owner": owner_id, "due": date(2024, 6, 1)}
        return actions.open_action(actor or cast.actor("coordinator"), values).record

    return make


# ---------------------------------------------------------------- links


def test_a_record_is_not_tied_to_one_of_another_organisation(cast: Cast, action: Make) -> None:
    ours, theirs = action(), action(cast.actor("stranger"), owner="stranger")
    for one, other in ((ours, theirs), (theirs, ours)):
        with pytest.raises(NotFound):
            link(cast.actor("coordinator"), one, other, "related")
    assert Link.select().count() == 0


def test_a_record_is_not_tied_to_itself(cast: Cast, action: Make) -> None:
    ours = action()
    with pytest.raises(Refused):
        link(cast.actor("coordinator"), ours, ours, "related")
    assert Link.select().count() == 0


# ---------------------------------------------------------------- people and units


def test_somebody_who_left_owns_nothing_new(cast: Cast, action: Make) -> None:
    leaving.deactivate(cast.actor("coordinator"), cast.person("staff"))
    with pytest.raises(Refused) as refused:
        action()
    assert [reason.where for reason in refused.value.reasons] == ["edit#owner"]


def test_a_deputy_acts_only_in_the_organisation_of_the_absence(cast: Cast) -> None:
    stranger, staff = cast.person("stranger"), cast.person("staff")
    there = replace(cast.system(), organisation_id=cast.theirs.id, slug=cast.theirs.slug)
    with pytest.raises(Refused):
        accounts.set_deputy(there, stranger, staff, valid_from=TODAY, valid_to=TODAY)
    with pytest.raises(Refused):
        accounts.set_deputy(cast.actor("coordinator"), staff, stranger, valid_from=TODAY, valid_to=TODAY)
    Deputy.insert(
        organisation=cast.theirs.id, person=stranger.id, deputy=staff.id, valid_from=TODAY, valid_to=TODAY
    ).execute()
    assert actor_for(staff, cast.theirs, TODAY).acts_for == {stranger.id}
    assert actor_for(staff, cast.ours, TODAY).acts_for == frozenset()


def test_a_unit_stands_under_none_of_another_organisation(cast: Cast) -> None:
    theirs = add_unit(cast.actor("stranger"), "X", "Phòng bạn", valid_from=TODAY)
    with pytest.raises(Refused) as refused:
        add_unit(cast.actor("coordinator"), "Y", "Phòng ta", valid_from=TODAY, parent=theirs)
    assert [reason.where for reason in refused.value.reasons] == ["#parent"]
    assert not Unit.select().where(Unit.code == "Y").exists()


# ---------------------------------------------------------------- proposals and notices


@pytest.mark.parametrize("again", ["accepted", "declined"])
def test_a_proposal_is_decided_once_in_each_organisation(cast: Cast, again: str) -> None:
    proposals.decide(cast.actor("coordinator"), "kpi:x:2023", "declined", reason="đã xử lý")
    with pytest.raises(Refused):
        proposals.decide(cast.actor("leader"), "kpi:x:2023", again, reason="lại")
    proposals.decide(cast.actor("stranger"), "kpi:x:2023", "declined", reason="ở nơi khác")
    assert Decision.select().count() == 2


def test_declining_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(Refused):
        proposals.decide(cast.actor("coordinator"), "kpi:x:2023", "declined", reason=" ")
    assert Decision.select().count() == 0


@pytest.mark.parametrize(("who", "told"), [("staff", 0), ("coordinator", 1)])
def test_nobody_is_told_of_what_they_did_themselves(cast: Cast, action: Make, who: str, told: int) -> None:
    record = action()
    Notification.delete().execute()
    row = actions.fire(cast.actor(who), record.code, "finish", values={"proof": "p"})
    assert row.record.state == "done"
    found = Notification.select().where(Notification.person == cast.person("staff").id)
    assert found.count() == told
