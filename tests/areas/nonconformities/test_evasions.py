"""Ways around the rules that somebody found once: each of them stays closed."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qms.areas.actions import service as actions
from qms.areas.actions import service_serves
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service, service_facts, service_links
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import files, leaving
from qms.kernel.errors import Refused
from qms.kernel.files import Attachment
from qms.kernel.jobs import Notification
from qms.kernel.people import Assignment, Deputy
from tests.areas.nonconformities.story import ANALYSIS, CRITERION, EARLY, Story
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast

GOOD = {"effect_result": "Quý II đạt 35%", "effect_met": "yes"}


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def actions_of(nc: Nonconformity) -> list[str]:
    return [one.code for one in serving(nc.record_id)]


def planned(cast: Cast, story: Story, *, owner: str = "staff", count: int = 1) -> Nonconformity:
    """Its plan, of so many actions of that owner, was submitted by staff."""
    code = story.analysed().record.code
    for _index in range(count):
        story.action(code, owner=owner)
    return service.fire(cast.actor("staff"), code, "plan")


# ---------------------------------------------------------------- what was submitted, what was approved


@pytest.mark.parametrize("part", ["staff", "unit_head", "coordinator", "leader"])
def test_an_action_stands_while_its_plan_waits_for_approval(cast: Cast, story: Story, part: str) -> None:
    (code,) = actions_of(planned(cast, story))
    for values in ({"title": "Việc khác"}, {"due": date(2024, 12, 1), "reason": "xin lùi"}):
        with pytest.raises(Refused, match="trả lại"):
            actions.edit(cast.actor(part), code, values)


def test_an_action_stays_with_a_plan_that_waits_for_approval(cast: Cast, story: Story) -> None:
    nc = planned(cast, story, count=2)
    first, second = actions_of(nc)
    with pytest.raises(Refused, match="trả lại"):
        service_serves.take_back(cast.actor("unit_head"), first, nc.record.code, "nhầm")
    with pytest.raises(Refused, match="trả lại"):
        actions.fire(cast.actor("coordinator"), second, "void", reason="không cần")


def test_whoever_owns_an_approved_action_does_not_void_it(cast: Cast, story: Story) -> None:
    nc = story.acting(actions=2, owner="coordinator")
    first, second = actions_of(nc)
    with pytest.raises(Refused, match=nc.record.code):
        actions.fire(cast.actor("coordinator"), second, "void", reason="không cần")
    actions.edit(cast.actor("leader"), second, {"owner": cast.person("staff").id})
    with pytest.raises(Refused):  # handing it over undoes no promise
        actions.fire(cast.actor("coordinator"), second, "void", reason="không cần")
    assert actions.fire(cast.actor("leader"), second, "void", reason="không cần").record.state == "voided"
    told = Notification.select().where(Notification.person == cast.person("unit_head").id).count()
    assert told == 2  # the approver: that the plan waited, and that an action of it is voided
    assert story.read(nc).record.state == "acting"
    actions.fire(cast.actor("coordinator"), first, "finish", values={"proof": "Biên bản"})
    assert story.read(nc).record.state == "verifying"


def test_whoever_submitted_the_plan_does_not_void_its_actions(cast: Cast, story: Story) -> None:
    nc = story.opened(owner=cast.person("coordinator").id)
    code, coordinator = nc.record.code, cast.actor("coordinator")
    service.write_part(coordinator, code, "correction", {"correction": "Quét", "consequences": "Không"})
    service.fire(coordinator, code, "contain")
    service.write_part(coordinator, code, "analysis", ANALYSIS)
    service.fire(coordinator, code, "analyse")
    service.write_part(coordinator, code, "plan", {"criterion": CRITERION})
    story.action(code)
    second = story.action(code).record.code
    service.fire(coordinator, code, "plan")
    service.fire(cast.actor("leader"), code, "approve_plan")
    with pytest.raises(Refused, match=code):
        actions.fire(coordinator, second, "void", reason="không cần")


# ---------------------------------------------------------------- the grade


def test_whoever_owns_it_does_not_lower_its_grade(cast: Cast, story: Story) -> None:
    code = story.opened(grade="major").record.code
    for grade in ("minor", "observation", "opportunity"):
        with pytest.raises(Refused) as refused:
            service.edit(cast.actor("staff"), code, {"grade": grade, "reason": "nhẹ hơn"})
        assert [one.where for one in refused.value.reasons] == ["edit#grade"]


def test_an_owner_who_gives_it_away_does_not_lower_its_grade(cast: Cast, story: Story) -> None:
    coordinator = cast.actor("coordinator")
    code = story.opened(grade="major", owner=cast.person("coordinator").id).record.code
    service.edit(coordinator, code, {"owner": cast.person("staff").id})
    with pytest.raises(Refused):
        service.edit(coordinator, code, {"grade": "observation", "reason": "nhẹ"})
    assert service.edit(cast.actor("leader"), code, {"grade": "minor", "reason": "nhẹ"}).grade == "minor"


def test_a_grade_is_lowered_for_a_reason(cast: Cast, story: Story) -> None:
    code = story.opened(grade="major").record.code
    with pytest.raises(Refused) as refused:
        service.edit(cast.actor("coordinator"), code, {"grade": "minor"})
    assert [one.where for one in refused.value.reasons] == ["edit#reason"]
    assert service.edit(cast.actor("coordinator"), code, {"grade": "minor", "reason": "nhẹ"}).grade == "minor"
    assert (
        service.edit(cast.actor("staff"), code, {"grade": "major"}).grade == "major"
    )  # graver: anybody who may


# ---------------------------------------------------------------- who approves, who verifies


def deputy_planned(cast: Cast, story: Story) -> str:
    """The unit head owns it, whose deputy of today submitted the plan."""
    head = cast.actor("unit_head")
    code = story.opened(owner=cast.person("unit_head").id).record.code
    service.write_part(head, code, "correction", {"correction": "Quét", "consequences": "Không"})
    service.fire(head, code, "contain")
    service.write_part(head, code, "analysis", ANALYSIS)
    service.fire(head, code, "analyse")
    service.write_part(head, code, "plan", {"criterion": CRITERION})
    story.action(code)
    row = {
        "organisation": cast.ours.id,
        "person": cast.person("unit_head").id,
        "deputy": cast.person("staff").id,
    }
    Deputy.insert(row | {"valid_from": TODAY, "valid_to": TODAY}).execute()
    service.fire(cast.actor("staff"), code, "plan")
    return code


def test_an_owner_who_gives_it_away_does_not_approve_what_the_deputy_submitted(
    cast: Cast, story: Story
) -> None:
    code = deputy_planned(cast, story)
    head = cast.actor("unit_head")
    service.edit(head, code, {"owner": cast.person("colleague").id})
    with pytest.raises(Refused):
        service.fire(head, code, "approve_plan")


def test_an_owner_whose_deputy_is_gone_does_not_approve_what_they_submitted(cast: Cast, story: Story) -> None:
    code = deputy_planned(cast, story)
    Deputy.delete().execute()
    with pytest.raises(Refused):
        service.fire(cast.actor("unit_head"), code, "approve_plan")


def test_an_owner_who_gives_it_away_does_not_change_the_criterion(cast: Cast, story: Story) -> None:
    nc = story.acting()
    code, head = nc.record.code, cast.actor("unit_head")
    service.edit(head, code, {"owner": cast.person("unit_head").id})
    service.edit(head, code, {"owner": cast.person("staff").id})
    with pytest.raises(Refused, match=code):
        service.write_part(head, code, "criterion", {"criterion": "dễ hơn", "reason": "vì thế"})


def second_round(cast: Cast, story: Story, code: str) -> None:
    """Sent back, planned anew with an action of staff, and done."""
    service.fire(cast.actor("auditor"), code, "not_effective", reason="chưa đạt")
    story.looked_at_again(code)
    action = story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    service.fire(cast.actor("unit_head"), code, "approve_plan")
    actions.fire(cast.actor("staff"), action.record.code, "finish", values={"proof": "Biên bản"})
    service.write_part(cast.actor("auditor"), code, "effectiveness", GOOD)


def test_whoever_owned_an_action_of_the_first_round_does_not_close_the_second(
    cast: Cast, story: Story
) -> None:
    nc = story.acting(owner="coordinator")
    (action,) = actions_of(nc)
    actions.edit(cast.actor("leader"), action, {"owner": cast.person("staff").id})
    actions.fire(cast.actor("staff"), action, "finish", values={"proof": "Biên bản"})
    second_round(cast, story, nc.record.code)
    with pytest.raises(Refused, match=action):
        service.fire(cast.actor("coordinator"), nc.record.code, "close", reason=EARLY)
    assert service.fire(cast.actor("leader"), nc.record.code, "close", reason=EARLY).record.state == "closed"


def test_whoever_owned_an_action_that_was_taken_back_does_not_close(cast: Cast, story: Story) -> None:
    nc = story.verifying(owner="coordinator")
    code = nc.record.code
    (action,) = actions_of(nc)
    service.fire(cast.actor("auditor"), code, "not_effective", reason="chưa đạt")
    actions.fire(cast.actor("auditor"), action, "return", reason="chưa xong")
    service_serves.take_back(cast.actor("coordinator"), action, code, "không liên quan")
    story.looked_at_again(code)
    other = story.action(code).record.code
    service.fire(cast.actor("staff"), code, "plan")
    service.fire(cast.actor("unit_head"), code, "approve_plan")
    actions.fire(cast.actor("staff"), other, "finish", values={"proof": "Biên bản"})
    service.write_part(cast.actor("auditor"), code, "effectiveness", GOOD)
    with pytest.raises(Refused, match=action):
        service.fire(cast.actor("coordinator"), code, "close", reason=EARLY)


def test_whoever_owns_an_action_does_not_move_the_day_of_its_check(cast: Cast, story: Story) -> None:
    nc = story.verifying(owner="coordinator")
    day = {"effect_on": date(2024, 9, 1), "reason": "đợi"}
    with pytest.raises(Refused, match=actions_of(nc)[0]):
        service.write_part(cast.actor("coordinator"), nc.record.code, "check", day)
    assert service.write_part(cast.actor("auditor"), nc.record.code, "check", day).effect_on == date(
        2024, 9, 1
    )


# ---------------------------------------------------------------- proof, measurements


def test_what_lost_its_proof_is_neither_verified_nor_closed(cast: Cast, story: Story, tmp_path: Path) -> None:
    files.configure(tmp_path)
    nc = story.acting()
    (action,) = actions_of(nc)
    record = Action.by_code(cast.ours.id, action).record
    blob = files.store(io.BytesIO(b"%PDF-1.4 x\n%%EOF"), "bien-ban.pdf")
    proof = files.attach(cast.actor("staff"), record, blob)
    actions.fire(cast.actor("staff"), action, "finish")
    service.write_part(cast.actor("auditor"), nc.record.code, "effectiveness", GOOD)
    files.withdraw(cast.actor("coordinator"), proof.id, "nhầm tệp")
    with pytest.raises(Refused, match="minh chứng"):
        actions.fire(cast.actor("leader"), action, "verify")
    with pytest.raises(Refused, match=action):
        service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY)
    actions.fire(cast.actor("leader"), action, "return", reason="thiếu minh chứng")
    actions.fire(cast.actor("staff"), action, "finish", values={"proof": "Biên bản"})
    assert service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY).record.state == "closed"


def test_an_action_serves_no_other_action(cast: Cast, story: Story) -> None:
    first, second = actions_of(story.acting(actions=2))
    with pytest.raises(Refused):
        service_serves.add(cast.actor("unit_head"), first, second)


def test_a_criterion_judges_no_period_that_was_over_before_it_happened(
    cast: Cast, story: Story, tmp_path: Path
) -> None:
    files.configure(tmp_path)
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    rule = {"criterion": "", "kpi": "digit_result", "kpi_value": Decimal(30), "kpi_count": 1}
    code = story.analysed().record.code
    with pytest.raises(Refused) as refused:
        service.write_part(cast.actor("staff"), code, "plan", rule | {"kpi_from": "2024-Q1"})
    assert [one.where for one in refused.value.reasons] == ["plan#kpi_from"]
    assert (
        service.write_part(cast.actor("staff"), code, "plan", rule | {"kpi_from": "2024-Q2"}).kpi_count == 1
    )


# ---------------------------------------------------------------- the day it happened


def test_what_was_put_right_happened_before(cast: Cast, story: Story) -> None:
    code = story.opened(happened_on=date(2024, 4, 1)).record.code
    story.contained(code)
    with pytest.raises(Refused) as unexplained:
        service.edit(cast.actor("coordinator"), code, {"happened_on": TODAY})
    assert [one.where for one in unexplained.value.reasons] == ["edit#reason"]
    moved = service.edit(cast.actor("coordinator"), code, {"happened_on": TODAY, "reason": "ghi nhầm"})
    assert moved.record.happened_on == TODAY
    later = cast.actor("coordinator", today=date(2024, 5, 20))
    with pytest.raises(Refused) as refused:
        service.edit(later, code, {"happened_on": date(2024, 5, 2), "reason": "ghi nhầm"})
    assert [one.where for one in refused.value.reasons] == ["edit#happened_on"]


def test_what_recurs_stays_later_than_what_it_repeats(cast: Cast, story: Story) -> None:
    first = story.opened(happened_on=date(2024, 1, 10)).record.code
    second = story.opened(happened_on=date(2024, 3, 1)).record.code
    coordinator = cast.actor("coordinator")
    service_links.tie(coordinator, second, "recurs", first)
    for code, day in ((first, date(2024, 3, 2)), (second, date(2024, 1, 9))):
        with pytest.raises(Refused) as refused:
            service.edit(coordinator, code, {"happened_on": day})
        assert [one.where for one in refused.value.reasons] == ["edit#happened_on"]
    service.edit(coordinator, first, {"happened_on": date(2024, 2, 1)})


# ---------------------------------------------------------------- rounds, criteria, days


def test_a_plan_without_a_criterion_is_not_submitted(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.write_part(cast.actor("staff"), code, "plan", {"criterion": ""})
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "plan")
    assert [one.where for one in refused.value.reasons] == ["plan#criterion"]


def test_a_later_round_does_not_confirm_the_cause_that_did_not_hold(cast: Cast, story: Story) -> None:
    code = story.verifying().record.code
    service.fire(cast.actor("auditor"), code, "not_effective", reason="chưa đạt")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("staff"), code, "analyse")
    assert [one.where for one in refused.value.reasons] == ["analysis#cause"]
    assert story.looked_at_again(code).record.state == "analysed"


def test_only_a_first_round_is_voided(cast: Cast, story: Story) -> None:
    code = story.verifying().record.code
    service.fire(cast.actor("auditor"), code, "not_effective", reason="chưa đạt")
    with pytest.raises(Refused):
        service.fire(cast.actor("coordinator"), code, "void", reason="thôi")


def test_a_returned_action_is_proven_anew(cast: Cast, story: Story, tmp_path: Path) -> None:
    files.configure(tmp_path)
    (code,) = actions_of(story.verifying())
    staff, record = cast.actor("staff"), Action.by_code(cast.ours.id, code).record
    files.attach(staff, record, files.store(io.BytesIO(b"%PDF-1.4 a\n%%EOF"), "cu.pdf"))
    actions.fire(cast.actor("auditor"), code, "return", reason="chưa đủ")
    with pytest.raises(Refused, match="minh chứng"):
        actions.fire(staff, code, "finish")
    files.attach(staff, record, files.store(io.BytesIO(b"%PDF-1.4 b\n%%EOF"), "moi.pdf"))
    assert actions.fire(staff, code, "finish").record.state == "done"
    files.withdraw(cast.actor("coordinator"), Attachment.get(Attachment.name == "moi.pdf").id, "nhầm")
    row = Nonconformity.get()
    assert [one.proven for one in service_facts.points(row)] == [
        False
    ]  # the one that did not do before does not now


def test_a_period_that_was_over_before_the_last_action_was_done_closes_only_for_a_reason(
    cast: Cast, story: Story, tmp_path: Path
) -> None:
    files.configure(tmp_path)
    bring(cast.actor("coordinator"), "kien-giang-2023", "kien-giang-2024-q1")
    rule = {
        "criterion": "",
        "kpi": "digit_result",
        "kpi_value": Decimal(1),
        "kpi_from": "2024-Q1",
        "kpi_count": 1,
    }
    code = story.contained(story.opened(happened_on=date(2023, 12, 31)).record.code).record.code
    story.analysed(code)
    service.write_part(cast.actor("staff"), code, "plan", rule | {"effect_on": TODAY})
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    story.done(service.fire(cast.actor("unit_head"), code, "approve_plan"))  # on 15 April
    with pytest.raises(Refused, match="Quý I/2024"):
        service.fire(cast.actor("auditor"), code, "close")
    assert service.fire(cast.actor("auditor"), code, "close", reason="đã rõ").record.state == "closed"


def test_the_check_is_not_set_before_the_periods_of_its_rule_are_over(
    cast: Cast, story: Story, tmp_path: Path
) -> None:
    files.configure(tmp_path)
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    rule = {
        "criterion": "",
        "kpi": "digit_result",
        "kpi_value": Decimal(30),
        "kpi_from": "2024-Q2",
        "kpi_count": 2,
    }
    code = story.analysed().record.code
    service.write_part(cast.actor("staff"), code, "plan", rule)
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    nc = service.fire(cast.actor("unit_head"), code, "approve_plan")
    story.done(nc)
    assert story.read(nc).effect_on == date(2024, 9, 30)


def test_what_could_not_be_put_right_has_no_day_of_correction(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    texts = {"no_correction": "Hồ sơ đã trả", "consequences": "Một công dân phải đi lại"}
    service.write_part(cast.actor("staff"), code, "correction", texts)
    assert service.fire(cast.actor("staff"), code, "contain").contained_on is None
    later = {"correction": "Đã trả lại hồ sơ", "no_correction": ""}
    assert service.write_part(cast.actor("staff"), code, "correction", later).contained_on == TODAY


def test_a_due_date_before_the_day_of_recording_is_refused(cast: Cast, story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.opened(happened_on=date(2024, 3, 25), due=date(2024, 4, 1))
    assert [one.where for one in refused.value.reasons] == ["edit#due"]


def test_an_owner_does_not_decline_the_own_improvement(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation", owner=cast.person("unit_head").id).record.code
    with pytest.raises(Refused):
        service.fire(cast.actor("unit_head"), code, "decline", reason="thôi")
    service.edit(cast.actor("unit_head"), code, {"owner": cast.person("staff").id})
    with pytest.raises(Refused):
        service.fire(cast.actor("unit_head"), code, "decline", reason="thôi")
    assert service.fire(cast.actor("leader"), code, "decline", reason="thôi").record.state == "declined"


def test_who_takes_up_an_improvement_may_say_how(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    values = {
        "title": "Làm rõ",
        "sort": "improvement",
        "owner": cast.person("staff").id,
        "due": date(2024, 6, 1),
    }
    service.add_action(cast.actor("leader"), code, values)
    assert service.fire(cast.actor("leader"), code, "accept").record.state == "accepted"


def test_who_may_approve_hears_that_a_plan_waits(cast: Cast, story: Story) -> None:
    planned(cast, story)
    told = Notification.select(Notification.person).where(Notification.text.contains("plan waits")).tuples()
    assert [person for (person,) in told] == [cast.person("unit_head").id]


def test_only_a_step_changes_a_state(cast: Cast, story: Story) -> None:
    nc = story.acting()
    with pytest.raises(ValueError, match="step"):
        service.edit(cast.actor("coordinator"), nc.record.code, {"state": "closed"})
    with pytest.raises(ValueError, match="step"):
        actions.edit(cast.actor("leader"), actions_of(nc)[0], {"state": "verified"})


def test_a_plan_is_not_approved_with_an_action_that_was_handed_over_since(cast: Cast, story: Story) -> None:
    nc = planned(cast, story)
    (action,) = actions_of(nc)
    leaving.hand_over(cast.actor("coordinator"), cast.person("staff"), cast.person("colleague"))
    with pytest.raises(Refused, match=action):
        service.fire(cast.actor("unit_head"), nc.record.code, "approve_plan")
    service.fire(cast.actor("unit_head"), nc.record.code, "return_plan", reason="đổi người")
    service.fire(cast.actor("colleague"), nc.record.code, "plan")
    approved = service.fire(cast.actor("unit_head"), nc.record.code, "approve_plan")
    assert approved.record.state == "acting"


def test_a_withdrawn_proof_keeps_nobody_from_reporting_the_own_action_done(
    cast: Cast, story: Story, tmp_path: Path
) -> None:
    files.configure(tmp_path)
    nc = story.acting(actions=2)
    first, second = actions_of(nc)
    record = Action.by_code(cast.ours.id, first).record
    proof = files.attach(
        cast.actor("staff"), record, files.store(io.BytesIO(b"%PDF-1.4 a\n%%EOF"), "anh.pdf")
    )
    actions.fire(cast.actor("staff"), first, "finish")
    actions.fire(cast.actor("leader"), first, "verify")
    files.withdraw(cast.actor("coordinator"), proof.id, "có dữ liệu cá nhân")
    actions.fire(cast.actor("staff"), second, "finish", values={"proof": "Biên bản"})
    assert story.read(nc).record.state == "verifying"
    service.write_part(cast.actor("auditor"), nc.record.code, "effectiveness", GOOD)
    with pytest.raises(Refused, match=first):
        service.fire(cast.actor("auditor"), nc.record.code, "close", reason=EARLY)


def test_an_improvement_that_was_taken_up_can_be_given_up(cast: Cast, story: Story) -> None:
    code = story.opened(grade="observation").record.code
    action = story.action(code, sort="improvement").record.code
    service.fire(cast.actor("leader"), code, "accept")
    with pytest.raises(Refused, match=action):
        service.fire(cast.actor("leader"), code, "decline", reason="không còn cần")
    actions.fire(cast.actor("leader"), action, "void", reason="không còn cần")
    row = service.fire(cast.actor("leader"), code, "decline", reason="không còn cần")
    assert row.record.state == "declined"


def test_a_day_of_occurrence_is_not_moved_behind_the_periods_of_the_criterion(
    cast: Cast, story: Story, tmp_path: Path
) -> None:
    files.configure(tmp_path)
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    rule = {
        "criterion": "",
        "kpi": "digit_result",
        "kpi_value": Decimal(1),
        "kpi_from": "2024-Q1",
        "kpi_count": 1,
    }
    code = story.contained(story.opened(happened_on=date(2024, 1, 2)).record.code).record.code
    service.write_part(cast.actor("staff"), code, "plan", rule)
    with pytest.raises(Refused) as refused:
        service.edit(cast.actor("coordinator"), code, {"happened_on": TODAY, "reason": "ghi nhầm"})
    assert [one.where for one in refused.value.reasons] == ["edit#happened_on"]


def test_leaders_hear_that_a_plan_waits_where_no_unit_has_a_head(cast: Cast, story: Story) -> None:
    Assignment.update(valid_to=date(2021, 1, 1)).where(Assignment.role == "unit_head").execute()
    code = story.opened(unit=None).record.code
    staff = cast.actor("staff")
    service.write_part(staff, code, "correction", {"correction": "Quét", "consequences": "Không"})
    service.fire(staff, code, "contain")
    service.write_part(staff, code, "analysis", ANALYSIS)
    service.write_part(staff, code, "plan", {"criterion": CRITERION})
    service.fire(staff, code, "analyse")
    values = {"title": "Quét", "sort": "corrective", "owner": staff.person_id, "due": date(2024, 6, 1)}
    service.add_action(staff, code, values)
    service.fire(staff, code, "plan")
    told = Notification.select(Notification.person).where(Notification.text.contains("plan waits")).tuples()
    assert {person for (person,) in told} == {cast.person("leader").id, cast.person("second_leader").id}


def test_who_is_to_act_hears_of_it(cast: Cast, story: Story) -> None:
    story.acting(owner="colleague")
    told = Notification.select().where(Notification.person == cast.person("colleague").id)
    assert told.count() == 1
    assert Notification.select().where(Notification.text.contains("answer for it")).count() == 1
