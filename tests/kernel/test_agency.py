"""The agency's settings take the same values from a form, a file and a service, and refuse the same."""

from __future__ import annotations

from typing import Any

import pytest

from qms.kernel.errors import Refused
from qms.kernel.organisations import Setting, set_settings, settings_on
from tests.cast import TODAY, Cast


def kept(cast: Cast, values: dict[str, Any]) -> dict[str, Any]:
    """What the agency's settings are after these were set."""
    set_settings(cast.actor("coordinator"), values, valid_from=TODAY)
    return settings_on(cast.ours.id, TODAY)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("edition", "1999"),
        ("edition", 2015),
        ("at_risk_margin", "many"),
        ("at_risk_margin", 51),
        ("at_risk_margin", -1),
        ("at_risk_margin", 5.5),
        ("at_risk_margin", True),
        ("working_days", ["no"]),
        ("working_days", "31/02/2024"),
        ("working_days", [5]),
        ("deputies", {"a": 1}),
        ("name", "n" * 301),
        ("name", ["n"]),
        ("recipients", ["n" * 3000, "n" * 3000]),
        ("remind_before", "30; 7"),
        ("remind_before", "0"),
        ("remind_before", "1, 366"),
        ("remind_before", [30, 7]),
        ("remind_every", "0"),
        ("remind_every", "weekly"),
        ("remind_leader_after", 366),
        ("remind_superior_after", True),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(cast: Cast, key: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        kept(cast, {"symbol": "STP", key: value})
    assert [reason.where for reason in refused.value.reasons] == [f"#{key}"]
    assert Setting.select().count() == 0


@pytest.mark.parametrize(("key", "least", "most"), [("at_risk_margin", 0, 50), ("remind_every", 1, 365)])
@pytest.mark.parametrize("typed", ["x", "-1", "366", "9" * 5000])
def test_a_number_that_is_not_taken_is_answered_with_the_ones_that_are(
    cast: Cast, key: str, least: int, most: int, typed: str
) -> None:
    with pytest.raises(Refused, match=f"một số nguyên từ {least} đến {most}"):
        kept(cast, {key: typed})


def test_a_setting_that_there_is_not_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="colour"):
        kept(cast, {"colour": "red"})


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("at_risk_margin", "10", 10),
        ("at_risk_margin", "0", 0),
        ("working_days", "2/5/2024\n03/05/2024", ["2024-05-02", "2024-05-03"]),
        ("deputies", "Một\n\n Hai ", ["Một", "Hai"]),
        ("edition", " 2015 ", "2015"),
        ("remind_before", "1, 30,7", "30, 7, 1"),
        ("remind_every", " 14 ", 14),
    ],
)
def test_what_is_typed_and_what_is_kept_are_the_same_setting(
    cast: Cast, key: str, typed: str, value: Any
) -> None:
    assert kept(cast, {key: typed}) == {key: value}
    before = Setting.select().count()
    assert kept(cast, {key: value}) == {key: value}
    assert Setting.select().count() == before


def test_an_empty_value_takes_a_setting_back_and_sets_nothing_by_itself(cast: Cast) -> None:
    assert kept(cast, {"place": "", "deputies": [], "edition": None}) == {}
    kept(cast, {"place": "Rạch Giá", "deputies": ["Một"]})
    assert kept(cast, {"place": "", "deputies": ""}) == {"place": "", "deputies": []}
