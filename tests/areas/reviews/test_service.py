"""Preparing, holding and closing reviews: asserts on the record and on the trail."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qms.areas.actions import service as actions
from qms.areas.kpis.service_write import set_target
from qms.areas.reviews import service, service_hooks, service_pack, service_parts, topics
from qms.areas.reviews.models import ReviewOutput, ReviewPack
from qms.areas.reviews.rules import S
from qms.areas.reviews.views_minutes import make, minutes_context
from qms.kernel import verify
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, NotFound, Obstacle, Refused, Stale
from qms.kernel.links import Link
from qms.kernel.organisations import set_settings
from qms.kernel.records import Record
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from tests.areas.reviews.meeting import Meeting
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    return Meeting(cast)


def obstacles(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.where for reason in refusal.value.reasons]


def entries(record_id: int) -> list[dict[str, Any]]:
    rows = TrailEntry.select(TrailEntry.body).where(TrailEntry.record_id == record_id).order_by(TrailEntry.id)
    return [json.loads(body) for (body,) in rows.tuples()]


# ---------------------------------------------------------------- the meeting


def test_a_review_is_called_after_its_period_and_belongs_to_whoever_prepares_it(meeting: Meeting) -> None:
    review = meeting.created()
    assert review.record.code == "MR-2024-001"
    assert review.record.title == "Họp xem xét của lãnh đạo năm 2023"
    assert review.record.state == S.DRAFT
    assert review.record.owner_id == meeting.cast.person("coordinator").id
    assert review.record.due == TODAY
    assert [e["tag"] for e in entries(review.record_id)] == ["review.create"]


@pytest.mark.parametrize(
    "part", ["staff", "auditor", "unit_head", "records", "inspector", "overseer", "stranger"]
)
def test_others_do_not_prepare_reviews(meeting: Meeting, part: str) -> None:
    actor = meeting.cast.intruder() if part == "stranger" else meeting.cast.actor(part)
    with pytest.raises(Forbidden):
        service.create(actor, meeting.values())


def test_everything_wrong_with_a_new_review_is_named_at_once(meeting: Meeting) -> None:
    theirs = meeting.cast.person("stranger").id
    with pytest.raises(Refused) as refusal:
        meeting.created(period="năm ngoái", chair=theirs, started="8 giờ")
    assert obstacles(refusal) == ["edit#period", "edit#chair", "edit#started"]
    assert Record.select().where(Record.kind == "review").count() == 0


def test_two_people_who_change_the_meeting_meet_the_page_of_two_versions(meeting: Meeting) -> None:
    review = meeting.created()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    version = review.record.version
    service.edit(actor, code, {"place": "Hội trường"}, version)
    with pytest.raises(Stale) as stale:
        service.edit(meeting.cast.actor("leader"), code, {"place": "Phòng A"}, version)
    assert stale.value.fields == {"địa điểm": ("Hội trường", "Phòng A")}


# ---------------------------------------------------------------- inputs


def test_what_is_written_on_an_input_is_kept_with_its_trail_and_makes_a_new_version(meeting: Meeting) -> None:
    review = meeting.created()
    meeting.write(review, "b", text="Luật đã đổi", evidence="Quyết định 12")
    meeting.write(review, "b", text="Luật và tổ chức đã đổi", evidence="Quyết định 12")
    again = meeting.read(review)
    assert again.record.version == 3
    assert service.written(again)["b"].text == "Luật và tổ chức đã đổi"
    last = entries(review.record_id)[-1]
    assert last["changes"] == {"text": ["Luật đã đổi", "Luật và tổ chức đã đổi"]}
    assert verify.verify([meeting.cast.ours.id, 0]).intact


def test_saving_an_input_as_it_was_changes_nothing(meeting: Meeting) -> None:
    review = meeting.created()
    meeting.write(review, "b", text="Luật đã đổi")
    before = len(entries(review.record_id))
    meeting.write(review, "b", text="Luật đã đổi")
    assert len(entries(review.record_id)) == before
    assert meeting.read(review).record.version == 2


def test_two_inputs_may_be_filled_in_at_once_but_not_one_input_twice(meeting: Meeting) -> None:
    review = meeting.created()
    seen, code = review.record.version, review.record.code
    leader = meeting.cast.actor("leader")
    meeting.write(review, "b", text="của thư ký")
    service_parts.write_input(leader, code, "d", {"text": "của lãnh đạo"}, seen)
    with pytest.raises(Stale) as stale:
        service_parts.write_input(leader, code, "b", {"text": "của lãnh đạo"}, seen)
    assert stale.value.changed_by == "Coordinator"
    assert stale.value.fields == {"nội dung": ("của thư ký", "của lãnh đạo")}
    assert service.written(meeting.read(review))["b"].text == "của thư ký"


def test_there_are_no_other_inputs_than_those_of_the_clause(meeting: Meeting) -> None:
    with pytest.raises(NotFound):
        meeting.write(meeting.created(), "g", text="x")


def test_a_text_of_200000_characters_is_refused_and_the_limit_named(meeting: Meeting) -> None:
    review = meeting.created()
    with pytest.raises(Refused) as refusal:
        meeting.write(review, "b", text="x" * 200_000)
    assert "20.000" in str(refusal.value)
    with pytest.raises(Refused):
        meeting.output(review, text="x" * 200_000)
    assert service.written(meeting.read(review)) == {}


def test_figures_of_the_areas_answer_an_input(meeting: Meeting) -> None:
    meeting.measured(1534)
    review = meeting.created(period="2024-Q1")
    actor = meeting.cast.actor("coordinator")
    assert "c3" not in service.unanswered(actor, review)
    (figure,) = service_pack.shown(actor, review).of("c3")[0].figures
    assert (figure.value, figure.fraction, figure.url) == ("29,86%", "1.534 / 5.138", "kpis/apology")


# ---------------------------------------------------------------- attendants and conclusions


def test_the_usual_people_are_called_once_with_their_position(meeting: Meeting) -> None:
    review = meeting.created()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    assert service_parts.call_the_usual(actor, code) == 5
    assert service_parts.call_the_usual(actor, code) == 0
    found = {a.name: a.said_position() for a in service.attendants(review)}
    assert found["Leader"] == "lãnh đạo"
    assert found["Unit head"].endswith("Phòng Hành chính tư pháp")


def test_somebody_is_not_called_twice_and_a_guest_needs_a_name(meeting: Meeting) -> None:
    review = meeting.created()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    someone = {"person": meeting.cast.person("staff").id, "name": "", "position": ""}
    service_parts.add_attendant(actor, code, someone)
    for values in (someone, {"person": None, "name": " "}, {"person": meeting.cast.person("stranger").id}):
        with pytest.raises(Refused):
            service_parts.add_attendant(actor, code, values)
    guest = service_parts.add_attendant(
        actor, code, {"person": None, "name": "Đại diện UBND", "position": ""}
    )
    service_parts.edit_attendant(actor, code, guest.id, {"withdrawn": True})
    assert [a.name for a in service.attendants(review)] == ["Staff"]


def test_a_conclusion_is_withdrawn_and_not_deleted(meeting: Meeting) -> None:
    review = meeting.created()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    row = meeting.output(review)
    service_parts.edit_output(actor, code, row.id, {"withdrawn": True})
    assert service.outputs(review) == []
    assert ReviewOutput.get_by_id(row.id).withdrawn
    with pytest.raises(NotFound):
        service_parts.edit_output(actor, code, row.id, {"text": "lại"})


def test_a_conclusion_of_another_review_is_not_found(meeting: Meeting) -> None:
    one, other = meeting.created(), meeting.created()
    row = meeting.output(one)
    with pytest.raises(NotFound):
        service_parts.edit_output(meeting.cast.actor("coordinator"), other.record.code, row.id, {"text": "x"})


# ---------------------------------------------------------------- holding


def test_a_review_cannot_be_held_while_an_input_is_empty_without_a_reason(meeting: Meeting) -> None:
    review = meeting.ready()
    meeting.write(review, "e")
    with pytest.raises(Refused) as refusal:
        service.fire(meeting.cast.actor("leader"), review.record.code, "hold")
    assert obstacles(refusal) == ["inputs/e"]
    assert meeting.read(review).record.state == S.DRAFT
    assert ReviewPack.select().count() == 0


def test_a_chair_who_is_no_leader_stands_in_the_way(meeting: Meeting) -> None:
    review = meeting.ready(chair=meeting.cast.person("unit_head").id)
    with pytest.raises(Refused) as refusal:
        service.fire(meeting.cast.actor("leader"), review.record.code, "hold")
    assert obstacles(refusal) == ["edit#chair"]


@pytest.mark.parametrize(
    "part", ["coordinator", "unit_head", "staff", "auditor", "records", "admin", "overseer"]
)
def test_only_a_leader_records_the_meeting_as_held(meeting: Meeting, part: str) -> None:
    review = meeting.ready()
    with pytest.raises(Forbidden):
        service.fire(meeting.cast.actor(part), review.record.code, "hold")


def test_holding_opens_an_owned_action_for_each_conclusion(meeting: Meeting) -> None:
    review = meeting.held()
    (output,) = service.outputs(review)
    action = Record.get_by_id(output.action_id)
    assert (action.kind, action.title) == ("action", "Số hóa hồ sơ ngay tại bộ phận một cửa")
    assert (action.owner_id, action.due) == (meeting.cast.person("staff").id, date(2024, 6, 30))
    assert action.unit_id == meeting.cast.units["HT"].id
    tie = Link.get(Link.record == action.id)
    assert (tie.target_id, tie.relation) == (review.record_id, "serves")
    tags = [e["tag"] for e in entries(review.record_id)]
    assert tags[-3:] == ["review_pack.add", "review.hold", "review_output.edit"]
    assert verify.verify([meeting.cast.ours.id, 0]).intact


def test_holding_on_a_page_that_has_changed_since_is_refused(meeting: Meeting) -> None:
    review = meeting.ready()
    meeting.output(review, text="Kết luận mới")
    with pytest.raises(Stale):
        service.fire(meeting.cast.actor("leader"), review.record.code, "hold", version=review.record.version)


def test_a_failure_while_holding_leaves_nothing_behind(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = meeting.ready()

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise Refused([Obstacle("không được")])

    monkeypatch.setattr(actions, "open_action", broken)
    with pytest.raises(Refused):
        service.fire(meeting.cast.actor("leader"), review.record.code, "hold")
    assert ReviewPack.select().count() == 0
    assert meeting.read(review).record.state == S.DRAFT


def test_a_review_takes_actions_once_it_was_held_and_from_who_may_prepare_it(meeting: Meeting) -> None:
    values = {"title": "Mua máy", "sort": "improvement", "owner": meeting.cast.person("staff").id}
    coordinator = meeting.cast.actor("coordinator")
    with pytest.raises(Refused):
        actions.open_action(coordinator, values, serves=meeting.created().record)
    served = meeting.held().record
    assert actions.open_action(coordinator, values, serves=served).record.state == "open"
    with pytest.raises(Forbidden):
        actions.open_action(meeting.cast.actor("staff"), values, serves=served)


def test_a_held_review_is_frozen(meeting: Meeting) -> None:
    review = meeting.held()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    (row,) = service.outputs(review)
    for change in (
        lambda: meeting.write(review, "b", text="khác"),
        lambda: meeting.output(review),
        lambda: service_parts.edit_output(actor, code, row.id, {"text": "khác"}),
        lambda: service_parts.call_the_usual(actor, code),
        lambda: service.edit(actor, code, {"period": "2022"}),
        lambda: service.write_minutes(actor, code, {"no_output_reason": "vì sao"}),
    ):
        with pytest.raises(Refused):
            change()


def test_a_later_correction_shows_as_drift_and_leaves_the_minutes_as_they_were(meeting: Meeting) -> None:
    meeting.measured(1534)
    meeting.target(50)
    review = meeting.held(period="2024-Q1")
    actor = meeting.cast.actor("coordinator")
    assert service_pack.drift(actor, meeting.read(review)) == []
    _name, before = make(actor, review.record.code, "vi")
    meeting.measured(1546)
    found = service_pack.drift(actor, meeting.read(review))
    assert {(d.then, d.now) for d in found} == {("29,86% (1.534 / 5.138)", "30,09% (1.546 / 5.138)")}
    assert {d.input for d in found} >= {"c3", "kpis"}
    context = minutes_context(actor, review.record.code, "vi")
    assert context.kpi_rows[0].value == "29,86%"
    assert len(make(actor, review.record.code, "vi")[1]) == pytest.approx(len(before), rel=0.05)


def test_a_review_of_a_quarter_is_drawn_against_the_target_of_the_year(meeting: Meeting) -> None:
    """One rule for the table and the chart: the target of the measurement's period, or of the one around it."""
    meeting.measured(1534)
    meeting.measured(1534, period="2023")
    meeting.target(50, period="2024")
    review = meeting.created(period="2024-Q1")
    pack = service_pack.shown(meeting.cast.actor("coordinator"), review)
    (line,) = [one for one in pack.kpis if one.code == "apology"]
    assert line.target == "50%"
    assert pack.trend is not None
    (curve,) = [one for one in pack.trend.curves if one.name == line.name]
    assert curve.targets == (None, 50)  # none was set for 2023


def test_the_indicator_furthest_below_its_target_is_drawn(meeting: Meeting) -> None:
    """The chart holds three lines; the catalogue's order must not hide what the meeting is about."""
    coordinator = meeting.cast.actor("coordinator")
    bring(coordinator, "kien-giang-2023")
    aims = {"on_time": 95, "online": 60, "digit_intake": 90, "digit_result": 50, "digit_both": 1}
    for code, value in aims.items():
        set_target(coordinator, code, period="2023", value=Decimal(value), set_by="UBND tỉnh")
    pack = service_pack.shown(coordinator, meeting.created(period="2023"))
    (furthest,) = [one.name for one in pack.kpis if one.code == "digit_result"]
    assert pack.trend is not None
    assert furthest in [one.name for one in pack.trend.curves]


def test_what_was_frozen_and_edited_behind_the_product_is_named(meeting: Meeting) -> None:
    meeting.held()
    ReviewPack.update(content="{}").execute()
    (finding,) = verify.verify([meeting.cast.ours.id, 0]).findings
    assert (finding.problem, finding.subject.split(":")[0]) == ("row_differs", "review_pack")


def test_the_minutes_are_completed_before_the_review_is_closed(meeting: Meeting) -> None:
    review = meeting.held()
    actor, code = meeting.cast.actor("coordinator"), review.record.code
    with pytest.raises(Refused) as refusal:
        service.fire(actor, code, "close")
    assert obstacles(refusal) == ["minutes#discussion"]
    with pytest.raises(Refused):
        service.write_minutes(actor, code, {"started": "08:00", "ended": "07:00", "discussion": "x"})
    service.write_minutes(actor, code, {"started": "08:00", "ended": "10:30", "discussion": "Thống nhất."})
    service.fire(actor, code, "close")
    assert meeting.read(review).record.state == S.CLOSED
    with pytest.raises(Refused):
        service.write_minutes(actor, code, {"discussion": "khác"})


def test_the_records_office_gives_the_number_once_the_meeting_was_held(meeting: Meeting) -> None:
    draft, held = meeting.created(), meeting.held()
    office = meeting.cast.actor("records")
    with pytest.raises(Refused):
        service.give_number(office, draft.record.code, {"minutes_number": "5"})
    with pytest.raises(Forbidden):
        service.give_number(meeting.cast.actor("staff"), held.record.code, {"minutes_number": "5"})
    service.give_number(office, held.record.code, {"minutes_number": "5"})
    assert minutes_context(office, held.record.code, "vi").number == "5"


# ---------------------------------------------------------------- what it tells the rest


def test_the_next_review_lists_the_conclusions_that_are_still_open(meeting: Meeting) -> None:
    review = meeting.ready()
    meeting.output(review, text="Mua máy quét", kind="resource")
    service.fire(meeting.cast.actor("leader"), review.record.code, "hold")
    actions.fire(meeting.cast.actor("staff"), "AC-2024-001", "finish", values={"proof": "ảnh"})
    coordinator = meeting.cast.actor("coordinator")
    (fed,) = service_hooks.review_inputs(coordinator, Period.parse("2024"))
    assert len(fed.lines) == 2
    assert "AC-2024-002" in fed.lines[1]
    assert "chưa bắt đầu" in fed.lines[1]
    assert (fed.figures[0].value, fed.figures[0].fraction) == ("50,00%", "1 / 2")
    assert list(service_hooks.review_inputs(coordinator, Period.parse("2023"))) == []


def test_the_yearly_duty_is_done_when_a_review_was_held_in_the_year(meeting: Meeting) -> None:
    actor = meeting.cast.actor("coordinator")
    (open_,) = service_hooks.duties(actor, 2024)
    assert (open_.state, open_.url, open_.due) == ("open", "reviews/new", date(2024, 11, 30))
    meeting.held()
    (done,) = service_hooks.duties(actor, 2024)
    assert (done.state, done.url, done.done_on) == ("done", "reviews/MR-2024-001", TODAY)
    (late,) = service_hooks.duties(actor, 2023)
    assert late.state == "late"


def test_a_review_that_is_ready_waits_for_the_leaders(meeting: Meeting) -> None:
    review = meeting.ready()
    service.fire(meeting.cast.actor("coordinator"), review.record.code, "prepare")
    (item,) = service_hooks.work(meeting.cast.actor("second_leader"))
    assert item.code == "MR-2024-001"
    assert list(service_hooks.work(meeting.cast.actor("coordinator"))) == []


# ---------------------------------------------------------------- the minutes


def test_the_minutes_are_a_draft_until_the_meeting_was_held(meeting: Meeting) -> None:
    review = meeting.ready()
    staff = meeting.cast.actor("staff")
    assert minutes_context(staff, review.record.code, "vi").draft
    service.fire(meeting.cast.actor("leader"), review.record.code, "hold")
    context = minutes_context(staff, review.record.code, "vi")
    assert not context.draft
    assert context.trail_head == verify.head(meeting.cast.ours.id)
    assert [i.key for i in context.inputs] == list(topics.inputs())
    assert (context.chair, context.outputs[0].action_code) == ("Leader", "AC-2024-001")
    assert [a.present for a in context.attendants] == [True] * 4 + [False]


def test_the_minutes_print_in_both_languages_whoever_asks(meeting: Meeting) -> None:
    meeting.measured(1534)
    review = meeting.held(period="2024-Q1")
    staff = meeting.cast.actor("staff")
    with language("en"):
        vietnamese = minutes_context(staff, review.record.code, "vi")
    english = minutes_context(staff, review.record.code, "en")
    assert (vietnamese.kpi_rows[0].value, english.kpi_rows[0].value) == ("29,86%", "29.86%")
    assert (vietnamese.period_label, english.period_label) == ("quý I/2024", "quarter I/2024")


def test_the_minutes_keep_the_layout_of_the_decree(meeting: Meeting) -> None:
    from qms.docx.checks import check

    meeting.measured(1534)
    settings = {"parent_body": "UBND tỉnh Ta", "symbol": "STP", "place": "Ta"}
    set_settings(meeting.cast.actor("coordinator"), settings, valid_from=TODAY)
    review = meeting.held(period="2024-Q1")
    name, content = make(meeting.cast.actor("leader"), review.record.code, "vi")
    assert name == "bien-ban-hop-MR-2024-001.docx"
    assert check(content) == []


def test_another_organisation_gets_neither_review_nor_minutes(meeting: Meeting) -> None:
    review = meeting.held()
    stranger = meeting.cast.actor("stranger")
    with pytest.raises(NotFound):
        make(stranger, review.record.code, "vi")
    with pytest.raises(NotFound):
        service.edit(stranger, review.record.code, {"place": "x"})
    assert list(service_hooks.review_inputs(stranger, Period.parse("2024"))) == []
