"""Who may not judge what: deputies of owners, those who left, those who planned; and who holds a plan together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service as actions
from qms.areas.actions import service_serves
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.service_facts import own_facts
from qms.kernel import leaving
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.people import Assignment, Deputy
from tests.areas.nonconformities.story import ANALYSIS, EARLY, Story
from tests.cast import TODAY, Cast

LATER = date(2024, 12, 31)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def only_action(nc: Nonconformity) -> str:
    (action,) = serving(nc.record_id)
    return action.code


def places(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.where for reason in refused.value.reasons]


def leaves(cast: Cast, part: str) -> None:
    """The person's roles ended yesterday."""
    Assignment.update(valid_to=TODAY - timedelta(days=1)).where(
        Assignment.person == cast.person(part).id
    ).execute()


def stands_in(cast: Cast, deputy: str, person: str, *, since: date = TODAY, until: date = TODAY) -> None:
    Deputy.insert(
        organisation=cast.ours.id,
        person=cast.person(person).id,
        deputy=cast.person(deputy).id,
        valid_from=since,
        valid_to=until,
    ).execute()


# ---------------------------------------------------------------- an owner who has left


def test_a_plan_is_neither_submitted_nor_approved_with_an_owner_who_has_left(
    cast: Cast, story: Story
) -> None:
    code = story.analysed().record.code
    first, second = (story.action(code, owner=part).record.code for part in ("colleague", "auditor"))
    leaves(cast, "colleague")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    assert places(refused) == [f"../../actions/{first}/edit#owner"]
    actions.edit(cast.actor("unit_head"), first, {"owner": cast.person("staff").id})
    service.fire(cast.actor("staff"), code, "plan")
    leaves(cast, "auditor")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("unit_head"), code, "approve_plan")
    assert places(refused) == [f"../../actions/{second}/edit#owner"]


def test_an_improvement_is_not_taken_up_with_an_owner_whose_account_is_closed(
    cast: Cast, story: Story
) -> None:
    code = story.opened(grade="observation").record.code
    action = story.action(code, owner="colleague").record.code
    person = cast.person("colleague")
    type(person).update(active=False).where(type(person).id == person.id).execute()
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), code, "accept")
    assert places(refused) == [f"../../actions/{action}/edit#owner"]


# ---------------------------------------------------------------- deputies of the owner


def owned_by_the_head(cast: Cast, story: Story) -> str:
    """A contained nonconformity whose owner heads the unit, and so may approve its plan."""
    code = story.contained().record.code
    service.edit(cast.actor("coordinator"), code, {"owner": cast.person("unit_head").id})
    return code


def test_an_owner_does_not_approve_the_plan_that_their_deputy_submitted_for_them(
    cast: Cast, story: Story
) -> None:
    code = owned_by_the_head(cast, story)
    stands_in(cast, "colleague", "unit_head")
    deputy = cast.actor("colleague")
    service.write_part(deputy, code, "analysis", ANALYSIS)
    service.fire(deputy, code, "analyse")
    story.action(code)
    service.fire(deputy, code, "plan")
    back = TODAY + timedelta(days=3)  # the absence is over
    with pytest.raises(Refused):
        service.fire(cast.actor("unit_head", today=back), code, "approve_plan")
    assert service.fire(cast.actor("leader", today=back), code, "approve_plan").record.state == "acting"


def test_an_owner_approves_the_plan_of_who_was_their_deputy_only_before_it_was_recorded(
    cast: Cast, story: Story
) -> None:
    code = owned_by_the_head(cast, story)
    past = TODAY - timedelta(days=9)
    stands_in(cast, "other_head", "unit_head", since=past, until=past)
    service.write_part(cast.actor("unit_head"), code, "analysis", ANALYSIS)
    service.fire(cast.actor("unit_head"), code, "analyse")
    story.action(code)
    service.fire(cast.actor("unit_head"), code, "plan")
    Nonconformity.update(planner=cast.person("other_head").id).execute()
    assert service.fire(cast.actor("unit_head"), code, "approve_plan").record.state == "acting"


def test_the_cause_that_a_deputy_writes_for_the_owner_is_the_owners_too(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    service.edit(cast.actor("coordinator"), code, {"owner": cast.person("auditor").id})
    stands_in(cast, "colleague", "auditor")
    row = service.write_part(cast.actor("colleague"), code, "analysis", {"cause": "Thiếu quy định"})
    assert row.authors() == {cast.person("colleague").id, cast.person("auditor").id}


def test_who_is_deputy_of_somebody_else_writes_the_cause_alone(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    stands_in(cast, "unit_head", "leader")
    row = service.write_part(cast.actor("unit_head"), code, "analysis", {"cause": "Thiếu quy định"})
    assert row.authors() == {cast.person("unit_head").id}


# ---------------------------------------------------------------- an action of another one, after a reopening


def test_an_older_open_action_that_is_made_to_serve_the_reopened_one_is_an_action_of_its_round(
    cast: Cast, story: Story
) -> None:
    other = story.analysed()
    shared = story.action(other.record.code).record.code  # recorded before the reopening
    code = story.closed().record.code
    service.fire(cast.actor("leader"), code, "reopen", reason="tái diễn")
    story.looked_at_again(code)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    assert places(refused) == ["actions/new"]
    service_serves.add(cast.actor("coordinator"), shared, code)
    service.fire(cast.actor("staff"), code, "plan")
    assert service.fire(cast.actor("unit_head"), code, "approve_plan").record.state == "acting"
    actions.fire(cast.actor("staff"), shared, "finish", values={"proof": "Biên bản"})
    assert Nonconformity.by_code(cast.ours.id, code).record.state == "verifying"


def test_an_action_that_is_tied_again_counts_from_when_it_was_tied_again(cast: Cast, story: Story) -> None:
    shared = story.action(story.analysed().record.code).record.code
    nc, coordinator = story.analysed(), cast.actor("coordinator")
    code = nc.record.code
    tie = service_serves.add(coordinator, shared, code)
    service_serves.take_back(coordinator, shared, code, "nhầm")
    Nonconformity.update(generation=2, generation_at=tie.made_at).where(
        Nonconformity.record == nc.record_id
    ).execute()
    with pytest.raises(Refused):
        service.fire(cast.actor("staff"), code, "plan")
    service_serves.add(coordinator, shared, code)
    assert service.fire(cast.actor("staff"), code, "plan").record.state == "planned"


# ---------------------------------------------------------------- who planned does not change what was approved


def planned_by_the_head(story: Story, cast: Cast) -> tuple[str, str]:
    """An approved plan that the unit head submitted: the code of the nonconformity, and that of its action."""
    code = story.analysed().record.code
    action = story.action(code).record.code
    service.fire(cast.actor("unit_head"), code, "plan")
    service.fire(cast.actor("leader"), code, "approve_plan")
    return code, action


@pytest.mark.parametrize(
    "values",
    [
        {"title": "Không làm gì"},
        {"owner": "colleague"},
        {"due": LATER, "reason": "bận"},
        {"description": "Không làm gì"},
        {"sort": "correction"},
        {"unit": "HCTP"},
    ],
)
def test_whoever_submitted_the_plan_does_not_change_what_was_approved_of_its_actions(
    cast: Cast, story: Story, values: dict[str, Any]
) -> None:
    code, action = planned_by_the_head(story, cast)
    sent = dict(values)
    if "owner" in sent:
        sent["owner"] = cast.person("colleague").id
    if "unit" in sent:
        sent["unit"] = cast.units[sent["unit"]].id
    with pytest.raises(Refused) as refused:
        actions.edit(cast.actor("unit_head"), action, sent)
    assert places(refused) == [f"../../nonconformities/{code}"]
    if "due" in values:
        with pytest.raises(Refused):
            actions.extend(cast.actor("unit_head"), action, sent)
    assert actions.edit(cast.actor("leader"), action, sent).record.version == 2


def test_the_owner_whose_deputy_submitted_the_plan_does_not_change_its_actions(
    cast: Cast, story: Story
) -> None:
    code = owned_by_the_head(cast, story)
    stands_in(cast, "colleague", "unit_head")
    deputy = cast.actor("colleague")
    service.write_part(deputy, code, "analysis", ANALYSIS)
    service.fire(deputy, code, "analyse")
    action = story.action(code).record.code
    service.fire(deputy, code, "plan")
    service.fire(cast.actor("leader"), code, "approve_plan")
    with pytest.raises(Refused):
        actions.edit(cast.actor("unit_head"), action, {"due": LATER, "reason": "bận"})


def test_the_owner_of_an_approved_action_does_not_empty_what_is_to_be_done(cast: Cast, story: Story) -> None:
    action = only_action(story.acting())
    for values in (
        {"description": "không làm gì"},
        {"sort": "correction"},
        {"unit": cast.units["HCTP"].id},
    ):
        with pytest.raises(Refused):
            actions.edit(cast.actor("staff"), action, values)
    assert (
        actions.edit(cast.actor("staff"), action, {"resources": "Hai máy quét"}).resources == "Hai máy quét"
    )


def another(cast: Cast) -> dict[str, Any]:
    return {
        "title": "Tập huấn",
        "sort": "corrective",
        "owner": cast.person("colleague").id,
        "unit": cast.units["HT"].id,
        "due": date(2024, 6, 1),
    }


def test_an_action_is_added_to_an_approved_plan_by_who_may_approve_it_and_did_not_submit_it(
    cast: Cast, story: Story
) -> None:
    code, _action = planned_by_the_head(story, cast)
    for part in ("staff", "coordinator", "unit_head"):
        with pytest.raises(Refused) as refused:
            service.add_action(cast.actor(part), code, another(cast))
        assert places(refused) == [""]
    with pytest.raises(Forbidden):
        service.add_action(cast.actor("auditor"), code, another(cast))
    assert service.add_action(cast.actor("leader"), code, another(cast)).record.code


def test_no_action_is_added_while_the_plan_waits_for_its_approval(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    for part in ("staff", "coordinator", "unit_head"):
        with pytest.raises(Refused):
            service.add_action(cast.actor(part), code, another(cast))


# ---------------------------------------------------------------- a due date that is taken away


def test_an_approved_action_keeps_an_owner_and_a_due_date_whoever_asks(cast: Cast, story: Story) -> None:
    action = only_action(story.acting())
    for name in ("owner", "due"):
        with pytest.raises(Refused) as refused:
            actions.edit(cast.actor("leader"), action, {name: None, "reason": "vì thế"})
        assert places(refused) == [f"edit#{name}"]


def test_a_due_date_that_was_taken_away_is_extended_for_a_reason_and_told_as_an_extension(
    cast: Cast, story: Story
) -> None:
    row = story.action(story.analysed().record.code)
    code, due, coordinator = row.record.code, row.record.due, cast.actor("coordinator")
    actions.edit(coordinator, code, {"due": None, "reason": "chưa rõ"})
    assert actions.edit(coordinator, code, {"title": "Khác"}).record.due is None
    with pytest.raises(Refused) as refused:
        actions.edit(coordinator, code, {"due": LATER})
    assert places(refused) == ["edit#reason"]
    row = actions.edit(coordinator, code, {"due": LATER, "reason": "chờ kinh phí"})
    assert [(one.old, one.new, one.reason) for one in actions.extensions(row)] == [
        (due, LATER, "chờ kinh phí")
    ]


def test_the_due_date_of_a_nonconformity_that_was_taken_away_is_extended_for_a_reason(
    cast: Cast, story: Story
) -> None:
    nc, coordinator = story.opened(), cast.actor("coordinator")
    code, first = nc.record.code, nc.record.due
    service.edit(coordinator, code, {"due": None, "reason": "chưa rõ"})
    assert service.edit(coordinator, code, {"title": "Khác"}).record.due is None
    with pytest.raises(Refused) as refused:
        service.edit(coordinator, code, {"due": LATER})
    assert places(refused) == ["edit#reason"]
    assert service.edit(coordinator, code, {"due": first}).record.due == first


# ---------------------------------------------------------------- what would be left behind, what was waived


def test_one_whose_open_action_serves_nothing_else_is_not_voided(cast: Cast, story: Story) -> None:
    code, other = story.contained().record.code, story.opened().record.code
    alone, shared, done = (story.action(code).record.code for _index in range(3))
    service_serves.add(cast.actor("coordinator"), shared, other)
    actions.fire(cast.actor("staff"), done, "finish", values={"proof": "ảnh"})
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("coordinator"), code, "void", reason="trùng")
    assert places(refused) == [f"../../actions/{alone}"]
    actions.fire(cast.actor("coordinator"), alone, "void", reason="thừa")
    assert service.fire(cast.actor("coordinator"), code, "void", reason="trùng").record.state == "voided"
    with pytest.raises(Refused) as refused:  # what it served besides was voided
        service.fire(cast.actor("coordinator"), other, "void", reason="trùng")
    assert places(refused) == [f"../../actions/{shared}"]


def test_an_observation_is_not_voided_before_its_action_is(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    action = story.action(code).record.code
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("coordinator"), code, "void", reason="trùng")
    assert places(refused) == [f"../../actions/{action}"]


@pytest.mark.parametrize("step", ["close", "not_effective"])
def test_who_decided_that_no_action_is_needed_does_not_judge_the_effect(
    cast: Cast, story: Story, step: str
) -> None:
    code, effect = story.analysed().record.code, {"effect_result": "Không tái diễn", "effect_met": "yes"}
    service.fire(cast.actor("leader"), code, "waive_action", reason="đã rõ")
    stands_in(cast, "coordinator", "leader")
    for part in ("leader", "coordinator"):
        with pytest.raises(Refused):
            service.write_part(cast.actor(part), code, "effectiveness", effect)
    service.write_part(cast.actor("auditor"), code, "effectiveness", effect)
    for part in ("leader", "coordinator"):
        with pytest.raises(Refused) as refused:
            service.fire(cast.actor(part), code, step, reason="vì thế")
        assert [reason.rule for reason in refused.value.reasons] == ["A3"]
    assert service.fire(cast.actor("second_leader"), code, step, reason="vì thế").record.version > 1


def test_who_waived_action_in_an_earlier_round_judges_a_later_one(cast: Cast, story: Story) -> None:
    code, effect = story.analysed().record.code, {"effect_result": "Đạt", "effect_met": "yes"}
    service.fire(cast.actor("leader"), code, "waive_action", reason="đã rõ")
    service.fire(cast.actor("auditor"), code, "not_effective", reason="tái diễn")
    story.looked_at_again(code)
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    service.fire(cast.actor("unit_head"), code, "approve_plan")
    story.done(Nonconformity.by_code(cast.ours.id, code))
    service.write_part(cast.actor("leader"), code, "effectiveness", effect)
    assert service.fire(cast.actor("leader"), code, "close", reason=EARLY).record.state == "closed"


# ---------------------------------------------------------------- who owned an action before


def test_who_handed_an_action_over_does_not_verify_the_effect(cast: Cast, story: Story) -> None:
    nc = story.acting(owner="auditor")
    code, to = only_action(nc), cast.person("staff").id
    leaving.hand_over_chosen(
        cast.actor("leader"), Action, [code], to=to, permission=action_rules.EDIT, reason="bận"
    )
    story.done(nc)
    effect = {"effect_result": "Đạt", "effect_met": "yes"}
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("auditor"), nc.record.code, "effectiveness", effect)
    assert [(reason.rule, code in str(reason)) for reason in refused.value.reasons] == [("A3", True)]
    service.write_part(cast.actor("leader"), nc.record.code, "effectiveness", effect)


@pytest.mark.parametrize("when", ["planning", "acting"])
def test_an_owner_who_was_changed_after_the_approval_is_bound_and_one_that_was_planned_first_is_not(
    cast: Cast, story: Story, when: str
) -> None:
    code = story.analysed().record.code
    action = story.action(code, owner="auditor").record.code
    changed = {"owner": cast.person("staff").id}
    if when == "planning":
        actions.edit(cast.actor("unit_head"), action, changed)
    service.fire(cast.actor("staff"), code, "plan")
    service.fire(cast.actor("unit_head"), code, "approve_plan")
    if when == "acting":
        actions.edit(cast.actor("unit_head"), action, changed)
    story.done(Nonconformity.by_code(cast.ours.id, code))
    facts = own_facts(Nonconformity.by_code(cast.ours.id, code), cast.actor("auditor"))
    assert facts.former_owners == (((cast.person("auditor").id, action),) if when == "acting" else ())
