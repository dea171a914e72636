"""Each entry of the trail keeps the innermost reason that was given for it."""

from __future__ import annotations

import json

from qms.kernel.organisations import set_settings
from qms.kernel.trail import TrailEntry, change
from tests.cast import TODAY, Cast


def reasons(cast: Cast) -> list[str | None]:
    """The reasons of our agency's entries about settings, in their order."""
    entries = (
        TrailEntry.select()
        .where(TrailEntry.chain == cast.ours.id, TrailEntry.tag.startswith("setting."))
        .order_by(TrailEntry.seq)
    )
    return [json.loads(entry.body).get("reason") for entry in entries]


def test_a_change_within_another_keeps_its_own_reason(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    with change(actor, "ngoài"):
        set_settings(actor, {"place": "1"}, valid_from=TODAY)
        with change(actor, " trong "):
            set_settings(actor, {"symbol": "2"}, valid_from=TODAY)
            with change(actor, " "):
                set_settings(actor, {"head": "3"}, valid_from=TODAY)
        set_settings(actor, {"head_name": "4"}, valid_from=TODAY)
    assert reasons(cast) == ["ngoài", "trong", "trong", "ngoài"]


def test_a_reason_within_a_change_without_one_is_kept_for_what_it_is_given(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    with change(actor):
        set_settings(actor, {"place": "1"}, valid_from=TODAY)
        with change(actor, "vì thế"):
            set_settings(actor, {"symbol": "2"}, valid_from=TODAY)
        set_settings(actor, {"head": "3"}, valid_from=TODAY)
    assert reasons(cast) == [None, "vì thế", None]
