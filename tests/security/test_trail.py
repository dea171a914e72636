"""The trail under the hands of somebody who can write to the database."""

from __future__ import annotations

from qms.kernel.organisations import add_unit
from qms.kernel.trail import SYSTEM_CHAIN, TrailHead
from qms.kernel.verify import verify
from tests.cast import TODAY, Cast


def test_a_head_that_was_taken_away_is_found(cast: Cast) -> None:
    add_unit(cast.actor("coordinator"), "X", "Phòng mới", valid_from=TODAY)
    chains = [cast.ours.id, SYSTEM_CHAIN]
    assert verify(chains).intact
    TrailHead.delete().where(TrailHead.chain == cast.ours.id).execute()
    assert [f.problem for f in verify(chains).findings] == ["cut_off"]
