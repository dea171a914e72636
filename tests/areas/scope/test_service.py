"""The register of procedures: what was in the scope on any day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qms.areas.scope import service
from qms.areas.scope.models import Procedure
from qms.kernel import verify
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from tests.cast import TODAY, Cast

CODE = "2.000635"
BEGIN = date(2023, 1, 1)


def procedure(cast: Cast, **values: Any) -> dict[str, Any]:
    return {
        "code": CODE,
        "title": "Cấp bản sao trích lục hộ tịch",
        "field": "Hộ tịch",
        "unit": cast.units["HT"].id,
        "owner": cast.person("staff").id,
        "valid_from": BEGIN,
        "valid_to": None,
    } | values


def added(cast: Cast, **values: Any) -> Procedure:
    return service.add_procedure(cast.actor("coordinator"), procedure(cast, **values))


def codes_on(cast: Cast, day: date) -> list[str]:
    return [row.record.code for row in service.in_scope(cast.ours.id, day)]


def test_a_procedure_is_in_the_scope_from_its_day_on_and_is_nobody_s_open_work(cast: Cast) -> None:
    row = added(cast)
    assert (row.record.state, row.record.ended_on) == ("in_scope", TODAY)
    assert codes_on(cast, BEGIN) == [CODE]
    assert codes_on(cast, date(2022, 12, 31)) == []


def test_every_obstacle_is_named_at_once(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        added(cast, code="abc", title=" ", valid_from=None, owner=cast.person("stranger").id)
    assert {r.where for r in refused.value.reasons} == {
        "edit#code", "edit#title", "edit#valid_from", "edit#owner",
    }  # fmt: skip


def test_the_scope_of_any_past_day_can_be_told_after_removal_and_return(cast: Cast) -> None:
    added(cast)
    added(cast, code="1.000123")
    actor = cast.actor("coordinator")
    removed = service.fire(actor, CODE, "remove", reason="QĐ 15", values={"day": date(2023, 6, 30)})
    assert (removed.record.state, removed.valid_to) == ("removed", date(2023, 6, 30))
    service.fire(actor, CODE, "restore", reason="QĐ 20", values={"day": date(2024, 1, 1)})
    assert codes_on(cast, date(2023, 6, 30)) == ["1.000123", CODE]
    assert codes_on(cast, date(2023, 7, 1)) == ["1.000123"]
    assert codes_on(cast, TODAY) == ["1.000123", CODE]
    assert verify.verify([cast.ours.id]).intact


def test_it_leaves_no_earlier_than_it_came_and_comes_back_no_earlier_than_it_left(cast: Cast) -> None:
    added(cast)
    actor = cast.actor("coordinator")
    with pytest.raises(Refused):
        service.fire(actor, CODE, "remove", reason="QĐ 15", values={"day": date(2022, 6, 30)})
    service.fire(actor, CODE, "remove", reason="QĐ 15", values={"day": date(2023, 6, 30)})
    with pytest.raises(Refused):
        service.fire(actor, CODE, "restore", reason="QĐ 20", values={"day": date(2023, 6, 30)})


def test_a_correction_of_the_dates_corrects_the_time_in_the_scope(cast: Cast) -> None:
    added(cast)
    service.edit_procedure(cast.actor("coordinator"), CODE, {"valid_from": date(2023, 3, 1)})
    assert codes_on(cast, BEGIN) == []
    assert codes_on(cast, date(2023, 3, 1)) == [CODE]
    assert verify.verify([cast.ours.id]).intact


def test_a_removed_procedure_is_not_changed(cast: Cast) -> None:
    added(cast)
    service.fire(cast.actor("coordinator"), CODE, "remove", reason="QĐ 15")
    with pytest.raises(Refused):
        service.edit_procedure(cast.actor("coordinator"), CODE, {"title": "khác"})


def test_only_the_coordinator_decides_on_the_scope_and_a_head_keeps_the_own_unit_s(cast: Cast) -> None:
    added(cast)
    service.edit_procedure(cast.actor("unit_head"), CODE, {"field": "Tư pháp"})
    with pytest.raises(Forbidden):
        service.edit_procedure(cast.actor("other_head"), CODE, {"field": "khác"})
    with pytest.raises(Forbidden):
        service.fire(cast.actor("leader"), CODE, "remove", reason="QĐ 15")


def test_two_people_saving_one_procedure_get_both_versions(cast: Cast) -> None:
    added(cast)
    service.edit_procedure(cast.actor("coordinator"), CODE, {"title": "Một"}, 1)
    with pytest.raises(Stale):
        service.edit_procedure(cast.actor("unit_head"), CODE, {"title": "Hai"}, 1)


@pytest.mark.parametrize("part", ["leader", "auditor", "staff", "records", "inspector", "overseer", "admin"])
def test_who_may_not_keep_the_register_is_forbidden(cast: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        service.add_procedure(cast.actor(part), procedure(cast))


def test_a_stranger_finds_nothing(cast: Cast) -> None:
    added(cast)
    with pytest.raises(NotFound):
        service.edit_procedure(cast.actor("stranger"), CODE, {"title": "x"})
    assert service.in_scope(cast.theirs.id, TODAY) == []


def test_a_procedure_that_came_back_is_not_moved_into_the_time_before_it_left(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    added(cast)
    service.fire(actor, CODE, "remove", reason="sửa", values={"day": date(2024, 1, 31)})
    service.fire(actor, CODE, "restore", reason="lại", values={"day": date(2024, 3, 1)})
    with pytest.raises(Refused) as refused:
        service.edit_procedure(actor, CODE, {"valid_from": date(2024, 1, 1)})
    assert [o.where for o in refused.value.reasons] == ["edit#valid_from"]
    assert codes_on(cast, date(2024, 1, 15)) == [CODE]
    service.edit_procedure(actor, CODE, {"valid_from": date(2024, 2, 1)})
    assert codes_on(cast, date(2024, 2, 1)) == [CODE]


def test_a_unit_head_moves_no_procedure_into_another_unit(cast: Cast) -> None:
    added(cast)
    with pytest.raises(Refused) as refused:
        service.edit_procedure(cast.actor("unit_head"), CODE, {"unit": cast.units["VP"].id})
    assert [o.where for o in refused.value.reasons] == ["edit#unit"]
    row = service.edit_procedure(cast.actor("unit_head"), CODE, {"unit": cast.units["HCTP"].id})
    assert row.record.unit_id == cast.units["HCTP"].id
