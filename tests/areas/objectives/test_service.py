"""Objectives on the database: what is written, what is refused, what the trail says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qms.areas.actions import service as actions
from qms.areas.kpis import service_measure
from qms.areas.kpis.models import Target
from qms.areas.kpis.rules import Status
from qms.areas.kpis.service_measure import MeasurementValues
from qms.areas.kpis.service_write import define, set_target
from qms.areas.objectives import service, service_hooks
from qms.areas.objectives.models import Objective
from qms.areas.objectives.rules import S
from qms.kernel import proposals
from qms.kernel.area import collect
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from qms.kernel.links import Link
from qms.kernel.organisations import add_unit
from qms.kernel.permissions import Role
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from tests.areas.kpis import reading
from tests.cast import TODAY, Cast
from tests.queries import queries

YEAR = Period.parse("2023")
KPI = "hai_long"


def values(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A complete objective for 2023."""
    return {
        "title": "Số hóa kết quả", "commitment": "Công khai, minh bạch", "kpi": KPI, "target": Decimal(50),
        "period": "2023", "set_by": "giả định", "baseline": "chưa đo", "illustrative": True, "plan": "Mua máy quét",
        "resources": "01 máy", "evaluation": "Đo hằng quý", "owner": cast.person("staff").id,
        "unit": cast.units["HT"].id, "due": date(2024, 12, 31),
    } | changes  # fmt: skip


def measure(cast: Cast, period: str, numerator: int, denominator: int = 1000) -> None:
    """A measurement of the agency's own indicator, entered by hand."""
    one = MeasurementValues(
        kpi=KPI, period=period, numerator=Decimal(numerator), denominator=Decimal(denominator), source="sổ"
    )
    service_measure.keep_measurements(cast.actor("coordinator"), [one], "form")


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """The cast, whose agency measures the built-in indicators and one of its own."""
    own = {
        "code": KPI,
        "title": "Hài lòng",
        "numerator": "phiếu hài lòng",
        "denominator": "phiếu",
        "direction": "up",
    }
    define(cast.actor("coordinator"), own)
    return cast


def drafted(cast: Cast, **changes: Any) -> str:
    return str(service.draft(cast.actor("coordinator"), values(cast, **changes)).record.code)


def approved(cast: Cast, **changes: Any) -> str:
    code = drafted(cast, **changes)
    service.fire(cast.actor("leader"), code, "approve")
    return code


def row(cast: Cast, code: str) -> Objective:
    return Objective.by_code(cast.ours.id, code)


# ---------------------------------------------------------------- drafting


def test_a_draft_may_be_incomplete_and_cannot_be_approved_until_it_is_complete(ready: Cast) -> None:
    code = drafted(ready, commitment="", target=None, resources="")
    with pytest.raises(Refused) as refused:
        service.fire(ready.actor("leader"), code, "approve")
    assert {o.where for o in refused.value.reasons} == {"edit#commitment", "edit#target", "edit#resources"}
    service.edit(ready.actor("coordinator"), code, values(ready))
    service.fire(ready.actor("leader"), code, "approve")
    assert row(ready, code).record.state == S.APPROVED


@pytest.mark.parametrize("part", ["leader", "auditor", "staff", "records", "inspector", "overseer", "admin"])
def test_who_may_not_draft_is_refused(ready: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        service.draft(ready.actor(part), values(ready))


def test_an_unknown_indicator_a_stranger_and_a_foreign_unit_are_named_together(ready: Cast) -> None:
    with pytest.raises(Refused) as refused:
        service.draft(
            ready.actor("coordinator"),
            values(
                ready,
                kpi="none",
                owner=ready.person("stranger").id,
                unit=foreign_unit(ready),
                period="2024-13",
            ),
        )
    assert {o.where for o in refused.value.reasons} == {"edit#kpi", "edit#owner", "edit#unit", "edit#period"}


def test_a_draft_that_keeps_its_owner_still_takes_no_foreign_unit(ready: Cast) -> None:
    code = drafted(ready)
    with pytest.raises(Refused) as refused:
        service.edit(ready.actor("coordinator"), code, values(ready, unit=foreign_unit(ready)))
    assert [o.where for o in refused.value.reasons] == ["edit#unit"]


def foreign_unit(cast: Cast) -> int:
    """A unit of the other agency."""
    return add_unit(cast.actor("stranger"), "TT", "Thanh tra", valid_from=TODAY).id


def test_two_people_saving_one_draft_get_a_conflict(ready: Cast) -> None:
    code = drafted(ready)
    service.edit(ready.actor("coordinator"), code, values(ready, title="Khác"), 1)
    with pytest.raises(Stale):
        service.edit(ready.actor("coordinator"), code, values(ready, title="Khác nữa"), 1)


def test_nobody_of_another_agency_reaches_it(ready: Cast) -> None:
    code = drafted(ready)
    with pytest.raises(NotFound):
        service.edit(ready.actor("stranger"), code, values(ready))
    with pytest.raises(Forbidden):
        service.fire(ready.intruder(), code, "void", reason="x")


# ---------------------------------------------------------------- approving


def test_approving_is_traced_and_makes_the_target_the_indicators_own(ready: Cast) -> None:
    code = approved(ready)
    objective = row(ready, code)
    assert (objective.approved_by_id, objective.approved_on) == (ready.person("leader").id, date(2024, 4, 15))
    (target,) = reading.targets(ready.actor("leader"), KPI)
    assert (target.value, target.set_by, target.illustrative) == (Decimal(50), "giả định", True)
    assert Link.get(Link.record == objective.record_id).relation == "kpi"
    tags = [tag for (tag,) in TrailEntry.select(TrailEntry.tag).order_by(TrailEntry.id).tuples()]
    assert {"objective.create", "objective.approve", "kpi_target.add", "link.kpi"} <= set(tags)
    assert verify([ready.ours.id]).intact


def test_whoever_changed_it_last_counts_as_its_author(ready: Cast) -> None:
    code = drafted(ready)
    leads = ready.actor("second_leader")
    from dataclasses import replace

    from qms.kernel.permissions import Role

    both = replace(leads, roles=frozenset({Role.LEADER, Role.COORDINATOR}))
    service.edit(both, code, values(ready, title="Sửa"))
    with pytest.raises(Refused, match="người soạn"):
        service.fire(both, code, "approve")
    service.fire(ready.actor("leader"), code, "approve")


def test_an_approved_objective_is_taken_back_before_it_is_changed_and_keeps_its_indicator(
    ready: Cast,
) -> None:
    code = approved(ready)
    with pytest.raises(Refused):
        service.edit(ready.actor("coordinator"), code, values(ready, title="Sửa"))
    with pytest.raises(Refused):
        service.fire(ready.actor("leader"), code, "revise")
    service.fire(ready.actor("leader"), code, "revise", reason="sửa chỉ tiêu")
    with pytest.raises(Refused) as refused:
        service.edit(ready.actor("coordinator"), code, values(ready, kpi="on_time"))
    assert [o.where for o in refused.value.reasons] == ["edit#kpi"]
    service.edit(ready.actor("coordinator"), code, values(ready, target=Decimal(40)))
    service.fire(ready.actor("leader"), code, "approve")
    (target,) = reading.targets(ready.actor("leader"), KPI)
    assert target.value == Decimal(40)


# ---------------------------------------------------------------- met, missed, closed


@pytest.mark.parametrize(
    ("period", "numerator", "status"),
    [("2023", 500, Status.MET), ("2023", 3, Status.MISSED), ("2023-Q1", 400, Status.AT_RISK)],
)
def test_how_it_stands_is_computed(ready: Cast, period: str, numerator: int, status: Status) -> None:
    code = approved(ready)
    measure(ready, period, numerator)
    assert service.standing(ready.actor("leader"), row(ready, code)).status is status


def test_without_a_measurement_it_cannot_be_closed(ready: Cast) -> None:
    code = approved(ready)
    with pytest.raises(Refused) as refused:
        service.fire(ready.actor("coordinator"), code, "close")
    assert [o.where for o in refused.value.reasons] == ["#standing"]


def test_a_missed_objective_is_closed_only_when_the_proposal_is_decided(ready: Cast) -> None:
    code = approved(ready)
    measure(ready, "2023", 3)
    actor = ready.actor("coordinator")
    (proposal,) = proposals.open_proposals(actor, YEAR)
    assert proposal.key in service.proposal_keys(row(ready, code))
    with pytest.raises(Refused) as refused:
        service.fire(actor, code, "close")
    assert [o.where for o in refused.value.reasons] == ["#answer"]
    with pytest.raises(Refused):
        proposals.decide(actor, proposal.key, "declined")
    proposals.decide(actor, proposal.key, "declined", reason="chỉ tiêu do giả định")
    service.fire(actor, code, "close")
    assert row(ready, code).record.state == S.CLOSED
    assert row(ready, code).record.ended_on == date(2024, 4, 15)


def test_a_miss_is_proposed_once_and_by_the_objective_where_its_indicator_has_another_target(
    ready: Cast,
) -> None:
    code = approved(ready)
    measure(ready, "2023", 3)
    actor = ready.actor("coordinator")
    assert len(list(collect("proposals", actor, YEAR))) == 1
    set_target(actor, KPI, period="2023", value=Decimal("0.1"), set_by="UBND", reason="giao lại")
    (proposal,) = collect("proposals", actor, YEAR)
    assert proposal.key == f"objective:{code}:missed"
    assert proposal.source.code == code


def test_repeated_misses_are_named(ready: Cast) -> None:
    first = approved(ready, period="2022", title="Năm trước")
    second = approved(ready)
    measure(ready, "2022", 1)
    measure(ready, "2023", 3)
    one = next(j for j in service.judged(ready.actor("leader"), 2023) if j.row.record.code == second)
    assert one.missed_before == (first,)
    assert first in str(service_hooks.miss_text(one))


# ---------------------------------------------------------------- hooks


def test_judging_many_objectives_asks_the_database_as_often_as_judging_one(ready: Cast) -> None:
    actor = ready.actor("leader")
    approved(ready, period="2022")
    approved(ready)
    one = queries(lambda: service.judged(actor, 2023))
    for number in range(4):
        approved(ready, title=f"Mục tiêu {number}")
    assert queries(lambda: service.judged(actor, 2023)) <= one


def test_the_review_is_told_how_many_were_met_each_with_its_figure_and_the_year_before(ready: Cast) -> None:
    approved(ready)
    measure(ready, "2022", 1)
    measure(ready, "2023", 3)
    (found,) = [i for i in service_hooks.review_inputs(ready.actor("coordinator"), YEAR) if i.input == "c2"]
    assert found.lines[0] == "đạt 0 trên 1 mục tiêu chất lượng"
    (figure,) = found.figures
    assert (figure.value, figure.fraction, figure.previous[:5]) == ("0,30%", "3 / 1.000", "0,10%")


def test_a_duty_of_the_year_is_done_once_an_objective_is_approved(ready: Cast) -> None:
    actor = ready.actor("coordinator")
    assert [d.state for d in service_hooks.duties(actor, 2023)] == ["late"]
    approved(ready)
    (duty,) = service_hooks.duties(actor, 2023)
    assert (duty.state, duty.done_on) == ("done", date(2024, 4, 15))


def test_a_complete_draft_waits_for_a_leader_an_incomplete_one_for_the_coordinator(ready: Cast) -> None:
    whole, part = drafted(ready), drafted(ready, plan="")
    assert [item.code for item in service_hooks.work(ready.actor("leader"))] == [whole]
    assert [item.code for item in service_hooks.work(ready.actor("coordinator"))] == [part]
    assert list(service_hooks.work(ready.actor("staff"))) == []


# ---------------------------------------------------------------- taken back


def test_taking_the_approval_back_takes_the_indicators_target_back_and_keeps_its_history(ready: Cast) -> None:
    code = approved(ready)
    measure(ready, "2023", 100)
    service.fire(ready.actor("leader"), code, "revise", reason="sai kỳ")
    service.fire(ready.actor("coordinator"), code, "void", reason="bỏ")
    assert reading.targets(ready.actor("leader"), KPI) == []
    assert list(collect("proposals", ready.actor("coordinator"), YEAR)) == []
    assert [(t.current, t.value) for t in Target.select()] == [(False, Decimal(50))]
    assert TrailEntry.select().where(TrailEntry.tag == "kpi_target.withdraw").count() == 1


def test_an_objective_whose_period_was_moved_has_one_target_in_force(ready: Cast) -> None:
    code = approved(ready)
    service.fire(ready.actor("leader"), code, "revise", reason="sai kỳ")
    service.edit(ready.actor("coordinator"), code, values(ready, period="2024"))
    service.fire(ready.actor("leader"), code, "approve")
    assert [t.period.code for t in reading.targets(ready.actor("leader"), KPI)] == ["2024"]


def test_a_target_that_was_set_since_stays_when_the_approval_is_taken_back(ready: Cast) -> None:
    code = approved(ready)
    set_target(ready.actor("leader"), KPI, period="2023", value=Decimal(60), set_by="UBND", reason="QĐ 12")
    service.fire(ready.actor("leader"), code, "revise", reason="sai kỳ")
    assert [t.value for t in reading.targets(ready.actor("leader"), KPI)] == [Decimal(60)]


def test_an_objective_takes_actions_from_who_may_plan_it_until_it_is_closed(ready: Cast) -> None:
    served = row(ready, drafted(ready)).record
    values = {"title": "Mua máy", "sort": "improvement", "owner": ready.person("staff").id}
    assert actions.open_action(ready.actor("staff"), values, serves=served).record.state == "open"
    with pytest.raises(Forbidden):
        actions.open_action(ready.actor("leader"), values, serves=served)
    service.fire(ready.actor("coordinator"), str(served.code), "void", reason="bỏ")
    with pytest.raises(Refused):
        actions.open_action(ready.actor("coordinator"), values, serves=served)


# ---------------------------------------------------------------- who wrote it


def test_a_leader_who_wrote_the_draft_does_not_approve_it_after_somebody_else_changed_a_letter(
    ready: Cast,
) -> None:
    both = replace(ready.actor("second_leader"), roles=frozenset({Role.LEADER, Role.COORDINATOR}))
    code = drafted(ready)
    service.edit(both, code, values(ready, plan="toàn bộ kế hoạch", target=Decimal(10)))
    service.edit(
        ready.actor("coordinator"), code, values(ready, plan="toàn bộ kế hoạch.", target=Decimal(10))
    )
    with pytest.raises(Refused) as refused:
        service.fire(both, code, "approve")
    assert len(refused.value.reasons) == 1
    service.fire(ready.actor("leader"), code, "approve")


def test_a_change_of_owner_or_unit_makes_nobody_an_author(ready: Cast) -> None:
    both = replace(ready.actor("second_leader"), roles=frozenset({Role.LEADER, Role.COORDINATOR}))
    code = drafted(ready)
    service.edit(both, code, values(ready, owner=ready.person("colleague").id))
    assert service.fire(both, code, "approve").record.state == S.APPROVED


def test_a_unit_head_moves_no_draft_into_another_unit(ready: Cast) -> None:
    code = drafted(ready)
    with pytest.raises(Refused) as refused:
        service.edit(ready.actor("unit_head"), code, values(ready, unit=ready.units["VP"].id))
    assert [o.where for o in refused.value.reasons] == ["edit#unit"]
    moved = service.edit(ready.actor("unit_head"), code, values(ready, unit=ready.units["HCTP"].id))
    assert moved.record.unit_id == ready.units["HCTP"].id
