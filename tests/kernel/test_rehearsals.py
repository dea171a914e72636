"""The rules are asked by calling the service, and nothing of it stays."""

from __future__ import annotations

import pytest

from qms.areas.actions import service as actions
from qms.kernel.records import Record
from qms.kernel.rehearsals import against
from qms.kernel.trail import TrailEntry, change
from tests.cast import Cast

GOOD = {"title": "Quét hồ sơ", "sort": "corrective"}


def test_what_would_be_refused_is_said_and_what_would_be_written_is_not(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    before = Record.select().count(), TrailEntry.select().count()
    assert against(actor, lambda: actions.open_action(actor, GOOD)) == ()
    foreign = GOOD | {"owner": cast.person("stranger").id}
    assert [one.where for one in against(actor, lambda: actions.open_action(actor, foreign))] == [
        "edit#owner"
    ]
    assert against(actor, lambda: actions.fire(actor, "AC-2024-999", "verify")) == ()
    assert (Record.select().count(), TrailEntry.select().count()) == before


def test_a_rehearsal_ends_the_change_that_it_opened_and_no_other(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    with change(actor):
        with pytest.raises(RuntimeError):
            against(actor, lambda: actions.open_action(actor, GOOD))
        made = actions.open_action(actor, GOOD)
    assert Record.get_by_id(made.record_id).code == made.record.code
