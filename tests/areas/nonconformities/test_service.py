"""Nonconformities in the database: from the finding to proven effect, with the trail that tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from qms.areas.actions import service as actions
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.service_rounds import earlier_rounds
from qms.kernel import verify
from qms.kernel.area import record_at
from qms.kernel.clauses import cited
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from qms.kernel.jobs import Notification
from qms.kernel.links import Link
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry, change
from tests.areas.nonconformities.story import EARLY, Story, finding
from tests.cast import TODAY, Cast


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def texts(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.where for reason in refused.value.reasons]


# ---------------------------------------------------------------- opening


def test_opening_writes_the_record_its_clauses_and_one_trail_entry_each(cast: Cast) -> None:
    nc = service.open_nc(cast.actor("coordinator"), finding(cast, clauses="9.1.3, 10.2"))
    assert (nc.record.code, nc.record.state, nc.grade) == ("NC-2024-001", "open", "minor")
    assert [r.number for r in cited(nc.record_id)] == ["10.2", "9.1.3"]
    tags = [
        t.tag
        for t in TrailEntry.select().where(TrailEntry.record_id == nc.record_id).order_by(TrailEntry.seq)
    ]
    assert tags == ["nonconformity.create", "clause_reference.add", "clause_reference.add"]


def test_the_code_counts_in_the_year_it_happened(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    assert service.open_nc(actor, finding(cast, happened_on=date(2023, 5, 1))).record.code == "NC-2023-001"
    assert service.open_nc(actor, finding(cast)).record.code == "NC-2024-001"


def test_opening_names_every_obstacle_at_once(cast: Cast) -> None:
    values = finding(
        cast,
        title=" ",
        grade="grave",
        source_kind="rumour",
        clauses="99.9",
        owner=cast.person("stranger").id,
        due=TODAY - timedelta(days=1),
    )
    with pytest.raises(Refused) as refused:
        service.open_nc(cast.actor("coordinator"), values)
    places = ["title", "grade", "source_kind", "due", "clauses", "owner"]
    assert texts(refused) == [f"edit#{name}" for name in places]
    assert Nonconformity.select().count() == 0


def test_it_cannot_have_happened_in_the_future(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        service.open_nc(
            cast.actor("coordinator"), finding(cast, happened_on=TODAY + timedelta(days=1), due=None)
        )
    assert texts(refused) == ["edit#happened_on"]


def test_it_keeps_a_link_to_its_source_and_the_source_shows_it(cast: Cast, story: Story) -> None:
    actor = cast.actor("coordinator")
    first = story.opened()
    second = service.open_nc(actor, finding(cast, source=f"nonconformities/{first.record.code}"))
    tie = Link.get(Link.record == second.record_id)
    assert (tie.target_id, tie.relation) == (first.record_id, "source")
    assert record_at(actor, f"nonconformities/{first.record.code}").id == first.record_id


def test_an_unknown_source_or_another_organisation_s_does_not_exist(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    with pytest.raises(NotFound):
        service.open_nc(cast.actor("coordinator"), finding(cast, source="nonconformities/NC-1999-001"))
    with pytest.raises(NotFound):
        service.open_nc(
            cast.actor("stranger"), finding(cast, source=f"nonconformities/{code}", owner=None, unit=None)
        )


def test_another_organisation_s_unit_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        service.open_nc(cast.actor("stranger"), finding(cast, owner=None))
    assert texts(refused) == ["edit#unit"]


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "other_head", "auditor", "staff", "colleague"]
)
def test_whoever_sees_a_weakness_records_it(cast: Cast, part: str) -> None:
    assert service.open_nc(cast.actor(part), finding(cast)).record.recorded_by_id == cast.person(part).id


@pytest.mark.parametrize("part", ["auditor", "colleague", "other_head", "records"])
def test_who_may_only_record_changes_nothing_that_is_said(cast: Cast, story: Story, part: str) -> None:
    code = story.opened().record.code
    with pytest.raises(Forbidden):
        service.edit(cast.actor(part), code, {"title": "khác"})


@pytest.mark.parametrize("part", ["records", "inspector", "overseer", "admin"])
def test_who_may_not_open_one_is_forbidden(cast: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        service.open_nc(cast.actor(part), finding(cast))


def test_a_text_of_200000_characters_is_refused_with_the_limit_named(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        service.open_nc(cast.actor("coordinator"), finding(cast, description="á" * 200_000))
    assert "20.000" in str(refused.value)
    assert Record.select().count() == 0


# ---------------------------------------------------------------- changing


def test_clauses_no_longer_named_are_withdrawn_and_may_come_back(cast: Cast, story: Story) -> None:
    actor, code = cast.actor("coordinator"), story.opened(clauses="9.1.3").record.code
    service.edit(actor, code, {"clauses": "10.2"})
    row = service.edit(actor, code, {"clauses": "10.2, 9.1.3"})
    assert sorted(r.number for r in cited(row.record_id)) == ["10.2", "9.1.3"]
    service.edit(actor, code, {"clauses": ""})
    assert cited(row.record_id) == []
    assert verify.verify([cast.ours.id]).intact


def test_a_grade_of_the_other_path_is_chosen_only_while_it_is_open(cast: Cast, story: Story) -> None:
    actor, code = cast.actor("coordinator"), story.opened().record.code
    assert (
        service.edit(actor, code, {"grade": "observation", "reason": "nhẹ"}).own_machine().kind
        == "improvement"
    )
    service.edit(actor, code, {"grade": "minor"})
    story.contained(code)
    service.edit(actor, code, {"grade": "major"})
    with pytest.raises(Refused) as refused:
        service.edit(actor, code, {"grade": "opportunity", "reason": "nhẹ"})
    assert texts(refused) == ["edit#grade"]


def test_two_people_saving_one_record_get_both_versions(cast: Cast, story: Story) -> None:
    nc = story.opened()
    read = nc.record.version
    service.edit(cast.actor("coordinator"), nc.record.code, {"title": "Của thư ký"}, read)
    with pytest.raises(Stale) as stale:
        service.edit(cast.actor("leader"), nc.record.code, {"title": "Của lãnh đạo"}, read)
    assert stale.value.changed_by == "Coordinator"
    assert list(stale.value.fields.values()) == [("Của thư ký", "Của lãnh đạo")]


def test_a_conflict_shows_names_and_dates_as_people_write_them(cast: Cast, story: Story) -> None:
    nc = story.opened()
    sent = {"owner": cast.person("colleague").id, "due": date(2024, 9, 1)}
    with pytest.raises(Stale) as stale:
        service.edit(cast.actor("coordinator"), nc.record.code, sent, 99)
    assert list(stale.value.fields.values()) == [("Staff", "Colleague"), ("30/06/2024", "01/09/2024")]


def test_a_part_is_written_only_in_its_states(cast: Cast, story: Story) -> None:
    code = story.acting().record.code
    for part in ("correction", "analysis", "effectiveness"):
        with pytest.raises(Refused):
            service.write_part(cast.actor("coordinator"), code, part, {})


def test_an_observation_has_no_cause_to_write(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    with pytest.raises(Refused):
        service.write_part(cast.actor("coordinator"), code, "analysis", {"cause": "x"})


def test_everybody_who_wrote_on_the_cause_is_remembered(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    service.write_part(cast.actor("staff"), code, "analysis", {"cause": "thiếu máy quét"})
    service.write_part(cast.actor("unit_head"), code, "analysis", {"cause": "thiếu máy quét và quy định"})
    row = service.write_part(cast.actor("coordinator"), code, "analysis", {"elsewhere": "đã rà soát"})
    assert row.authors() == {cast.person("staff").id, cast.person("unit_head").id}


@pytest.mark.parametrize("name", ["cause_method", "whys", "causes_means", "cause", "cause_group"])
def test_whoever_writes_any_of_the_analysis_had_a_hand_in_the_cause(
    cast: Cast, story: Story, name: str
) -> None:
    value = {"cause_method": "described", "cause_group": "means"}.get(name, "Thiếu máy quét")
    code = story.contained().record.code
    row = service.write_part(cast.actor("coordinator"), code, "analysis", {name: value})
    assert row.authors() == {cast.person("coordinator").id}


def test_an_empty_group_that_is_sent_again_empty_makes_nobody_an_author(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    sent = {"causes_people": "", "whys": "", "elsewhere": "đã rà soát"}
    assert service.write_part(cast.actor("coordinator"), code, "analysis", sent).authors() == set()


def test_the_whys_are_kept_without_gaps(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    row = service.write_part(cast.actor("staff"), code, "analysis", {"whys": "một\r\n\r\n hai \n"})
    assert row.whys == "một\nhai"


@pytest.mark.parametrize(
    ("name", "value"), [("cause_method", "guessed"), ("cause_group", "weather"), ("cause_group", "Con người")]
)
def test_what_is_none_of_the_choices_is_refused(cast: Cast, story: Story, name: str, value: str) -> None:
    code = story.contained().record.code
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("staff"), code, "analysis", {name: value})
    assert texts(refused) == [f"analysis#{name}"]


@pytest.mark.parametrize(
    ("part", "sent", "places"),
    [
        ("analysis", {"cause": " ", "cause_group": ""}, ["analysis#cause", "analysis#cause_group"]),
        ("analysis", {"whys": "một"}, ["analysis#whys"]),
        ("analysis", {"cause_method": "cause_effect"}, ["analysis#causes_people"]),
        ("correction", {"correction": "", "no_correction": ""}, ["correction#correction"]),
    ],
)
def test_what_a_step_confirmed_is_not_taken_away_behind_it(
    cast: Cast, story: Story, part: str, sent: dict[str, str], places: list[str]
) -> None:
    code = story.analysed().record.code
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("staff"), code, part, sent)
    assert texts(refused) == places
    row = service.write_part(cast.actor("staff"), code, "analysis", {"cause": "Nói rõ hơn"})
    assert row.cause == "Nói rõ hơn"


def test_one_that_was_analysed_before_groups_were_asked_goes_on(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    code = nc.record.code
    with change(cast.actor("coordinator")):  # as an earlier release left it
        row = Nonconformity.locked(cast.actor("coordinator"), code)
        row.set({"cause_method": "", "cause_group": None, "whys": ""})
        row.save()
    service.write_part(cast.actor("staff"), code, "analysis", {"elsewhere": "Có ở ba phòng"})
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    assert service.fire(cast.actor("unit_head"), code, "approve_plan").record.state == "acting"


# ---------------------------------------------------------------- due dates


def test_a_later_due_date_needs_a_reason_and_the_first_one_is_kept(cast: Cast, story: Story) -> None:
    nc, later = story.opened(), date(2024, 9, 30)
    actor, code, first = cast.actor("coordinator"), nc.record.code, date(2024, 6, 30)
    assert nc.first_due == first
    for day in (later, None):
        with pytest.raises(Refused) as refused:
            service.edit(actor, code, {"due": day})
        assert texts(refused) == ["edit#reason"]
    row = service.edit(actor, code, {"due": later, "reason": "chờ máy quét"})
    assert (row.record.due, row.first_due) == (later, first)
    entry = (
        TrailEntry.select().where(TrailEntry.record_id == nc.record_id).order_by(TrailEntry.id.desc()).get()
    )
    assert json.loads(entry.body)["reason"] == "chờ máy quét"
    sooner = service.edit(actor, code, {"due": date(2024, 5, 31)})
    assert (sooner.record.due, sooner.first_due) == (date(2024, 5, 31), first)


def test_one_that_came_without_a_due_date_keeps_the_first_that_it_is_given(cast: Cast, story: Story) -> None:
    nc, day = story.opened(due=None), date(2024, 6, 30)
    assert nc.first_due is None
    assert service.edit(cast.actor("coordinator"), nc.record.code, {"title": "Khác"}).first_due is None
    assert service.edit(cast.actor("coordinator"), nc.record.code, {"due": day}).first_due == day


def test_one_opened_before_first_dates_were_kept_keeps_the_one_it_has(cast: Cast, story: Story) -> None:
    nc = story.opened()
    with change(cast.actor("coordinator")):
        row = Nonconformity.locked(cast.actor("coordinator"), nc.record.code)
        row.set({"first_due": None})
        row.save()
    values = {"due": date(2024, 9, 30), "reason": "chờ máy quét"}
    row = service.edit(cast.actor("coordinator"), nc.record.code, values)
    assert row.first_due == date(2024, 6, 30)


def test_the_day_it_happened_is_not_moved_behind_the_due_date(cast: Cast, story: Story) -> None:
    code = story.opened(due=TODAY, happened_on=TODAY - timedelta(days=9)).record.code
    Record.update(due=TODAY - timedelta(days=5)).execute()
    with pytest.raises(Refused) as refused:
        service.edit(cast.actor("coordinator"), code, {"happened_on": TODAY})
    assert texts(refused) == ["edit#due"]


# ---------------------------------------------------------------- the whole way


def test_a_nonconformity_goes_the_whole_way_and_the_trail_tells_it(cast: Cast, story: Story) -> None:
    nc = story.closed()
    assert (nc.record.state, nc.record.ended_on, nc.generation) == ("closed", TODAY, 1)
    assert nc.planner_id == cast.person("staff").id
    assert nc.approver_id == cast.person("unit_head").id
    assert nc.verifier_id == cast.person("auditor").id
    assert nc.checked_on == TODAY
    tags = [
        t.tag.split(".")[1]
        for t in TrailEntry.select()
        .where(TrailEntry.subject == f"record:{nc.record_id}")
        .order_by(TrailEntry.id)
    ]
    steps = [tag for tag in tags if tag not in ("create", "edit")]
    assert steps == ["contain", "analyse", "plan", "approve_plan", "finish", "close"]
    assert verify.verify([cast.ours.id]).intact


def test_the_first_steps_name_everything_that_is_missing_with_its_place(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("coordinator"), code, "contain")
    assert texts(refused) == ["correction#correction", "correction#consequences"]
    story.contained(code)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "analyse")
    places = ["cause_method", "cause", "cause_group", "elsewhere"]
    assert texts(refused) == [f"analysis#{name}" for name in places]
    story.analysed(code)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    assert texts(refused) == ["actions/new"]


def test_a_correction_that_was_not_possible_needs_its_reason(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    service.write_part(
        cast.actor("staff"), code, "correction", {"no_correction": "hồ sơ đã trả", "consequences": "không"}
    )
    assert service.fire(cast.actor("staff"), code, "contain").record.state == "contained"


def test_a_correction_and_why_none_was_possible_are_not_both_written(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    both = {"correction": "đã quét", "no_correction": "hồ sơ đã trả"}
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("staff"), code, "correction", both)
    assert texts(refused) == ["correction#no_correction"]
    service.write_part(cast.actor("staff"), code, "correction", {"correction": "đã quét"})
    with pytest.raises(Refused):
        service.write_part(cast.actor("staff"), code, "correction", {"no_correction": "hồ sơ đã trả"})
    swapped = {"correction": "", "no_correction": "hồ sơ đã trả"}
    assert service.write_part(cast.actor("staff"), code, "correction", swapped).no_correction


def test_the_plan_waits_for_owner_and_due_date_of_each_action(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    action = story.action(code)
    with change(cast.actor("coordinator")):
        row = actions.Action.locked(cast.actor("coordinator"), action.record.code)
        row.set({"owner": None, "due": None})
        row.save()
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    place = f"../../actions/{action.record.code}/edit"
    assert texts(refused) == [f"{place}#owner", f"{place}#due"]


def test_nobody_approves_the_own_plan_nor_that_of_whom_they_stand_in_for(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    story.action(nc.record.code)
    service.fire(cast.actor("unit_head"), nc.record.code, "plan")
    with pytest.raises(Refused):
        service.fire(cast.actor("unit_head"), nc.record.code, "approve_plan")
    standing_in = replace(cast.actor("leader"), acts_for=frozenset({cast.person("unit_head").id}))
    with pytest.raises(Refused):
        service.fire(standing_in, nc.record.code, "approve_plan")
    assert service.fire(cast.actor("leader"), nc.record.code, "approve_plan").record.state == "acting"


def test_a_plan_that_is_returned_is_changed_and_submitted_again(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.fire(cast.actor("unit_head"), code, "plan")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), code, "return_plan")
    assert texts(refused) == ["#return_plan-reason"]
    with pytest.raises(Forbidden):
        service.fire(cast.actor("coordinator"), code, "return_plan", reason="thiếu hạn")
    row = service.fire(cast.actor("leader"), code, "return_plan", reason="thiếu đào tạo")
    assert (row.record.state, row.planner_id) == ("analysed", None)
    service.write_part(cast.actor("staff"), code, "analysis", {"cause": "Chưa có quy định, chưa đào tạo"})
    story.action(code)
    assert service.fire(cast.actor("staff"), code, "plan").planner_id == cast.person("staff").id
    assert service.fire(cast.actor("unit_head"), code, "approve_plan").record.state == "acting"
    assert verify.verify([cast.ours.id]).intact


def test_owner_and_planner_hear_that_the_plan_is_returned(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.fire(cast.actor("unit_head"), code, "plan")
    Notification.delete().execute()
    service.fire(cast.actor("leader"), code, "return_plan", reason="thiếu đào tạo")
    told = {row.person_id for row in Notification.select()}
    assert told == {cast.person("unit_head").id, cast.person("staff").id}


def test_a_plan_is_not_approved_with_an_action_that_lost_its_owner(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    action = story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    Record.update(owner=None).where(Record.id == action.record_id).execute()
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("leader"), code, "approve_plan")
    assert texts(refused) == [f"../../actions/{action.record.code}/edit#owner"]


def test_the_day_it_was_first_put_right_is_kept_through_later_rounds(cast: Cast, story: Story) -> None:
    nc = story.verifying()
    assert nc.contained_on == TODAY
    later = cast.actor("auditor", today=TODAY + timedelta(days=40))
    row = service.fire(later, nc.record.code, "not_effective", reason="vẫn thấp")
    assert row.contained_on == TODAY


def test_the_last_action_done_with_proof_moves_it_on_and_sets_the_day_of_the_check(
    cast: Cast, story: Story
) -> None:
    nc = story.acting(actions=2)
    first, second = (a.code for a in serving(nc.record_id))
    actions.fire(cast.actor("staff"), first, "finish", values={"proof": "ảnh"})
    assert story.read(nc).record.state == "acting"
    actions.fire(cast.actor("staff"), second, "finish", values={"proof": "ảnh"})
    after = story.read(nc)
    assert (after.record.state, after.effect_on) == ("verifying", TODAY + timedelta(days=30))


def test_the_day_of_the_check_that_was_planned_stays(cast: Cast, story: Story) -> None:
    nc = story.acting()
    chosen = date(2024, 12, 1)
    values = {"effect_on": chosen, "reason": "chờ số liệu năm"}
    service.write_part(cast.actor("leader"), nc.record.code, "criterion", values)
    story.done(nc)
    assert story.read(nc).effect_on == chosen


def test_voiding_the_last_open_action_moves_it_on_only_when_another_was_done(
    cast: Cast, story: Story
) -> None:
    nc = story.acting(actions=2)
    first, second = (a.code for a in serving(nc.record_id))
    actions.fire(cast.actor("coordinator"), first, "void", reason="trùng")
    assert story.read(nc).record.state == "acting"
    actions.fire(cast.actor("staff"), second, "finish", values={"proof": "ảnh"})
    assert story.read(nc).record.state == "verifying"


def test_actions_done_before_the_approval_count_when_the_plan_is_approved(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    action = story.action(nc.record.code)
    service.fire(cast.actor("staff"), nc.record.code, "plan")
    actions.fire(cast.actor("staff"), action.record.code, "finish", values={"proof": "ảnh"})
    assert service.fire(cast.actor("leader"), nc.record.code, "approve_plan").record.state == "verifying"


def test_nobody_fires_the_automatic_step(cast: Cast, story: Story) -> None:
    nc = story.acting()
    with pytest.raises(Refused):
        service.fire(cast.actor("coordinator"), nc.record.code, "finish")


def test_closing_is_refused_while_an_action_is_open(cast: Cast, story: Story) -> None:
    nc = story.verifying()
    action = serving(nc.record_id)[0].code
    actions.fire(cast.actor("auditor"), action, "return", reason="ảnh mờ")
    service.write_part(
        cast.actor("auditor"), nc.record.code, "effectiveness", {"effect_result": "đạt", "effect_met": "yes"}
    )
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY)
    assert texts(refused) == [f"../../actions/{action}"]


def test_closing_needs_a_described_check_that_found_effect(cast: Cast, story: Story) -> None:
    nc = story.verifying()
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY)
    assert texts(refused) == ["effectiveness#effect_result"]
    service.write_part(
        cast.actor("auditor"), nc.record.code, "effectiveness", {"effect_result": "chưa", "effect_met": "no"}
    )
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY)
    assert texts(refused) == ["effectiveness#effect_met"]


VERIFYING: dict[str, Any] = {
    "close": lambda actor, code, _answer: service.fire(actor, code, "close", reason=EARLY),
    "not_effective": lambda actor, code, _answer: service.fire(actor, code, "not_effective", reason="không"),
    "write": lambda actor, code, answer: service.write_part(actor, code, "effectiveness", answer),
}


@pytest.mark.parametrize("verb", VERIFYING)
def test_who_wrote_the_cause_or_owns_an_action_verifies_nothing(cast: Cast, story: Story, verb: str) -> None:
    nc = story.verifying(cause_by="coordinator", owner="auditor")
    for part in ("coordinator", "auditor"):
        answer = {"effect_result": "đạt", "effect_met": "yes"}
        with pytest.raises(Refused):
            VERIFYING[verb](cast.actor(part), nc.record.code, answer)
    assert story.read(nc).record.state == "verifying"


@pytest.mark.parametrize("verb", VERIFYING)
def test_who_reported_an_action_done_verifies_nothing_nor_does_their_deputy(
    cast: Cast, story: Story, verb: str
) -> None:
    nc = story.acting()
    [action] = serving(nc.record_id)
    actions.fire(cast.actor("coordinator"), action.code, "finish", values={"proof": "ảnh"})
    deputy = replace(cast.actor("leader"), acts_for=frozenset({cast.person("coordinator").id}))
    answer = {"effect_result": "đạt", "effect_met": "yes"}
    for actor in (cast.actor("coordinator"), deputy):
        with pytest.raises(Refused) as refused:
            VERIFYING[verb](actor, nc.record.code, answer)
        assert action.code in str(refused.value)
    assert story.read(nc).record.state == "verifying"


def test_not_effective_begins_another_round_that_needs_a_new_action_and_a_new_check(
    cast: Cast, story: Story
) -> None:
    nc = story.verifying()
    code = nc.record.code
    with pytest.raises(Refused):
        service.fire(cast.actor("auditor"), code, "not_effective")
    row = service.fire(cast.actor("auditor"), code, "not_effective", reason="tỷ lệ vẫn 12%")
    assert (row.record.state, row.generation, row.effect_on, row.planner_id) == ("contained", 2, None, None)
    story.looked_at_again(code)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    assert texts(refused) == ["actions/new"]
    story.action(code)
    assert service.fire(cast.actor("staff"), code, "plan").record.state == "planned"


def test_reopening_a_closed_one_needs_a_reason_and_counts_the_round(cast: Cast, story: Story) -> None:
    nc = story.closed()
    with pytest.raises(Refused):
        service.fire(cast.actor("coordinator"), nc.record.code, "reopen")
    row = service.fire(cast.actor("leader"), nc.record.code, "reopen", reason="tái diễn quý II")
    assert (row.record.state, row.record.ended_on, row.generation) == ("contained", None, 2)
    assert (row.verifier_id, row.effect_met) == (None, "")
    entry = TrailEntry.select().where(TrailEntry.tag == "nonconformity.reopen").get()
    assert json.loads(entry.body)["reason"] == "tái diễn quý II"


def test_earlier_rounds_stay_readable_with_what_they_came_to(cast: Cast, story: Story) -> None:
    nc = story.closed()
    code = nc.record.code
    assert earlier_rounds([nc]) == {}
    service.fire(cast.actor("leader"), code, "reopen", reason="tái diễn quý II")
    service.write_part(
        cast.actor("staff"), code, "analysis", {"cause": "Thiếu máy quét", "cause_group": "means"}
    )
    service.fire(cast.actor("staff"), code, "analyse")
    service.fire(cast.actor("leader"), code, "waive_action", reason="đã mua máy")
    service.write_part(
        cast.actor("auditor"), code, "effectiveness", {"effect_result": "12%", "effect_met": "no"}
    )
    service.fire(cast.actor("auditor"), code, "not_effective", reason="vẫn thấp")
    row = service.write_part(cast.actor("staff"), code, "analysis", {"cause": "Nguyên nhân thứ ba"})
    second, first = earlier_rounds([row])[row.record_id]
    assert (first.number, first.step, first.by, first.reason) == (1, "reopen", "Leader", "tái diễn quý II")
    assert (first.cause, first.cause_group) == ("Chưa có quy định quét khi trả kết quả", "method")
    assert (first.effect_result, first.verifier_id) == ("Quý II đạt 35%", cast.person("auditor").id)
    assert (second.number, second.step, second.reason) == (2, "not_effective", "vẫn thấp")
    assert (second.cause, second.cause_group) == ("Thiếu máy quét", "means")
    assert (second.effect_result, second.verifier_id) == ("12%", None)


def test_a_leader_waives_corrective_action_with_a_reason(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    with pytest.raises(Forbidden):
        service.fire(cast.actor("coordinator"), code, "waive_action", reason="nhỏ")
    row = service.fire(cast.actor("leader"), code, "waive_action", reason="chỉ xảy ra một lần")
    assert (row.record.state, row.waiver) == ("verifying", "chỉ xảy ra một lần")
    assert row.effect_on == TODAY + timedelta(days=30)


def test_voiding_needs_a_reason_and_a_coordinator_early_on(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    with pytest.raises(Forbidden):
        service.fire(cast.actor("leader"), code, "void", reason="nhập trùng")
    assert service.fire(cast.actor("coordinator"), code, "void", reason="nhập trùng").record.state == "voided"
    with pytest.raises(Refused):
        service.edit(cast.actor("coordinator"), code, {"title": "x"})


def test_an_observation_is_taken_up_as_an_action_and_is_done_with_it(cast: Cast, story: Story) -> None:
    nc = story.opened(grade="opportunity")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("unit_head"), nc.record.code, "accept")
    assert texts(refused) == ["actions/new"]
    story.action(nc.record.code, sort="improvement")
    assert service.fire(cast.actor("unit_head"), nc.record.code, "accept").record.state == "accepted"
    story.done(nc)
    after = story.read(nc)
    assert (after.record.state, after.record.ended_on) == ("done", TODAY)


def test_an_observation_is_declined_with_a_reason(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    with pytest.raises(Refused):
        service.fire(cast.actor("leader"), code, "decline")
    row = service.fire(cast.actor("leader"), code, "decline", reason="đã có kế hoạch")
    assert row.record.state == "declined"


def test_an_observation_does_not_run_the_chief_machine(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    for step in ("contain", "analyse", "plan", "close", "reopen"):
        with pytest.raises(Refused):
            service.fire(cast.actor("coordinator"), code, step, reason="x")


def test_a_stranger_finds_nothing(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    verbs: list[Any] = [
        lambda a: service.edit(a, code, {"title": "x"}),
        lambda a: service.fire(a, code, "contain"),
        lambda a: service.write_part(a, code, "correction", {}),
        lambda a: service.add_action(a, code, {}),
    ]
    for verb in verbs:
        with pytest.raises(NotFound):
            verb(cast.actor("stranger"))
        with pytest.raises(Forbidden):
            verb(cast.intruder())


def test_no_action_is_added_once_it_is_verified(cast: Cast, story: Story) -> None:
    code = story.verifying().record.code
    with pytest.raises(Refused):
        story.action(code)


def test_the_owner_hears_of_a_step_that_somebody_else_took(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    told = Notification.select().where(Notification.person == cast.person("staff").id)
    assert told.count() == 1  # that it is theirs
    story.contained(code, by="coordinator")
    assert told.count() == 2


def test_a_unit_head_moves_no_nonconformity_into_another_unit(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    for values in ({"unit": cast.units["VP"].id}, {"unit": None}):
        with pytest.raises(Refused) as refused:
            service.edit(cast.actor("unit_head"), code, values)
        assert texts(refused) == ["edit#unit"]
    moved = service.edit(cast.actor("coordinator"), code, {"unit": cast.units["VP"].id})
    assert moved.record.unit_id == cast.units["VP"].id


def test_whoever_only_wrote_the_whys_wrote_the_cause_and_does_not_verify(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    service.write_part(cast.actor("coordinator"), code, "analysis", {"whys": "Vì không ai được giao"})
    service.write_part(cast.actor("unit_head"), code, "analysis", {"elsewhere": "Đã xem hai phòng"})
    row = Nonconformity.by_code(cast.ours.id, code)
    assert row.authors() == {cast.person("coordinator").id}
    story.analysed(code)
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    story.done(service.fire(cast.actor("unit_head"), code, "approve_plan"))
    checked = {"effect_result": "đạt", "effect_met": "yes"}
    with pytest.raises(Refused):
        service.write_part(cast.actor("coordinator"), code, "effectiveness", checked)
    service.write_part(cast.actor("auditor"), code, "effectiveness", checked)
    with pytest.raises(Refused):
        service.fire(cast.actor("coordinator"), code, "close", reason=EARLY)
    assert service.fire(cast.actor("auditor"), code, "close", reason=EARLY).record.state == "closed"


def test_the_effect_is_not_checked_before_the_day_it_happened(cast: Cast, story: Story) -> None:
    nc = story.contained()
    happened = nc.record.happened_on
    assert happened is not None
    before = happened - timedelta(days=1)
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("staff"), nc.record.code, "plan", {"effect_on": before})
    assert texts(refused) == ["plan#effect_on"]
    same = service.write_part(cast.actor("staff"), nc.record.code, "plan", {"effect_on": happened})
    assert same.effect_on == happened
