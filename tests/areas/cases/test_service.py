"""Late cases written with their trail; the duty, the proposals and the indicator that they feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qms.areas.cases import rules, service, service_hooks
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import S
from qms.areas.kpis import service as kpis
from qms.areas.kpis import service_measure
from qms.areas.kpis.rules import Measured
from qms.areas.kpis.service_measure import MeasurementValues
from qms.areas.nonconformities import service_proposals
from qms.kernel import files, verify
from qms.kernel.area import Duty
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, Refused, Stale
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from tests.areas.cases.story import LETTER, apologised, late, values
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    files.configure(tmp_path / "files")


def code_of(row: LateCase) -> str:
    return str(row.record.code)


def kept(cast: Cast, code: str) -> LateCase:
    return LateCase.by_code(cast.ours.id, code)


def refusal(call: Any) -> str:
    with pytest.raises(Refused) as raised, language("en"):
        call()
    with language("en"):
        return str(raised.value)


# ---------------------------------------------------------------- recording


def test_a_case_is_recorded_with_its_dates_and_an_entry_in_the_trail(cast: Cast) -> None:
    row = kept(cast, code_of(late(cast)))
    record = row.record
    assert (record.code, record.state, record.title) == (
        "LC-2024-001",
        S.LATE,
        "Cấp bản sao trích lục hộ tịch",
    )
    assert (record.happened_on, record.due, row.case_code) == (
        date(2024, 4, 1), date(2024, 4, 1), "000.00.16.H33-240301-0001",
    )  # fmt: skip
    entry = TrailEntry.select().order_by(TrailEntry.id.desc()).get()
    assert entry.tag == "late_case.create"
    assert verify.verify([cast.ours.id]).intact


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_written(cast: Cast) -> None:
    wrong = values(cast, case_code="", title=" ", due_on=date(2024, 2, 1), promised_on=date(2024, 1, 1))
    said = refusal(lambda: service.record_case(cast.actor("coordinator"), wrong))
    for words in (
        "case code is missing",
        "procedure is missing",
        "before the day on which",
        "after the due date",
    ):
        assert words in said
    assert LateCase.select().count() == 0


@pytest.mark.parametrize("code", ["  {} ", "{}\u200b"])
@pytest.mark.parametrize("case", [str, str.lower])
def test_a_case_code_that_reads_the_same_is_taken_once(cast: Cast, code: str, case: Any) -> None:
    late(cast)
    late(cast, case_code="H33-2")
    typed = code.format(case("000.00.16.H33-240301-0001"))
    assert "LC-2024-001" in refusal(lambda: late(cast, case_code=typed))
    actor = cast.actor("coordinator")
    assert "LC-2024-001" in refusal(lambda: service.edit(actor, "LC-2024-002", {"case_code": typed}))
    assert kept(cast, code_of(service.edit(actor, "LC-2024-001", {"case_code": typed.strip()}))).extended == 0


@pytest.mark.parametrize(
    ("part", "unit", "owner", "may"),
    [
        ("coordinator", "VP", "colleague", True),
        ("unit_head", "HT", "staff", True),
        ("unit_head", "VP", "colleague", False),
        ("staff", "HT", "staff", True),
        ("staff", "HT", "colleague", False),
        ("records", "VP", "records", False),
        ("leader", "VP", "leader", False),
        ("auditor", "VP", "auditor", False),
        ("inspector", "VP", "inspector", False),
    ],
)
def test_who_may_record_a_case_of_which_unit_and_owner(
    cast: Cast, part: str, unit: str, owner: str, may: bool
) -> None:
    given = values(cast, unit=cast.units[unit].id, owner=cast.person(owner).id)
    if may:
        assert service.record_case(cast.actor(part), given).record.code == "LC-2024-001"
        return
    with pytest.raises(Forbidden):
        service.record_case(cast.actor(part), given)


def test_another_due_date_moves_the_case_into_its_period(cast: Cast) -> None:
    code = code_of(late(cast))
    service.edit(cast.actor("staff"), code, {"due_on": date(2024, 3, 20)}, 1)
    row = kept(cast, code)
    assert (row.record.happened_on, row.record.due) == (date(2024, 3, 20), date(2024, 3, 20))


def test_a_change_on_an_older_version_is_a_conflict(cast: Cast) -> None:
    code = code_of(late(cast))
    service.edit(cast.actor("staff"), code, {"cause": "Khác"}, 1)
    with pytest.raises(Stale):
        service.edit(cast.actor("coordinator"), code, {"cause": "Khác nữa"}, 1)


# ---------------------------------------------------------------- the letter


def test_the_records_office_records_the_letter_and_the_new_date_governs(cast: Cast) -> None:
    row = kept(cast, code_of(apologised(cast)))
    assert (row.record.state, row.letter_on, row.letter_through) == (S.APOLOGISED, date(2024, 3, 29), "post")
    assert (row.record.due, row.record.happened_on) == (date(2024, 4, 22), date(2024, 4, 1))


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("letter_on", "on which day the letter"),
        ("letter_through", "how the letter was sent"),
        ("promised_on", "new date is missing"),
    ],
)
def test_a_letter_without_its_day_way_or_new_date_is_refused(cast: Cast, left_out: str, words: str) -> None:
    code = code_of(late(cast))
    given = {k: v for k, v in LETTER.items() if k not in (left_out, "letter_number")}
    said = refusal(lambda: service.fire(cast.actor("records"), code, "apologise", values=given))
    assert words in said
    assert kept(cast, code).record.state == S.LATE


def test_the_number_of_a_letter_comes_later_from_the_records_office(cast: Cast) -> None:
    code = code_of(apologised(cast))
    given = {"letter_on": date(2024, 3, 29), "letter_through": "post", "letter_number": "17"}
    service.write_letter(cast.actor("records"), code, given, 2)
    assert kept(cast, code).letter_number == "17"
    with pytest.raises(Forbidden):
        service.write_letter(cast.actor("auditor"), code, given)


def test_a_second_new_date_needs_another_letter_and_a_reason_and_is_counted(cast: Cast) -> None:
    code = code_of(apologised(cast))
    actor = cast.actor("coordinator")
    assert "another letter" in refusal(lambda: service.edit(actor, code, {"promised_on": date(2024, 5, 6)}))
    again = {"letter_on": date(2024, 4, 12), "letter_through": "message", "promised_on": date(2024, 5, 6)}
    assert "reason" in refusal(lambda: service.fire(actor, code, "extend", values=again))
    same = again | {"promised_on": date(2024, 4, 22)}
    assert "after the one promised" in refusal(
        lambda: service.fire(actor, code, "extend", reason="x", values=same)
    )
    service.fire(actor, code, "extend", reason="Chờ xác minh thêm", values=again)
    row = kept(cast, code)
    assert (row.extended, row.record.due) == (1, date(2024, 5, 6))
    entry = TrailEntry.select().where(TrailEntry.tag == "late_case.extend").get()
    assert "2024-04-22" in entry.body, "the date promised before stays in the trail"


def test_resolved_without_a_letter_needs_a_reason_and_stays_owed(cast: Cast) -> None:
    code = code_of(late(cast))
    actor = cast.actor("staff")
    given = {"resolved_on": date(2024, 4, 10)}
    assert "no apology letter" in refusal(lambda: service.fire(actor, code, "resolve", values=given))
    service.fire(actor, code, "resolve", values=given, reason="Đã xin lỗi bằng điện thoại")
    assert kept(cast, code).record.ended_on == date(2024, 4, 10)
    count = service_hooks.register(actor).of(Period.parse("2024-Q2"))
    assert (count.cases, count.letters, count.owed) == (1, 0, 1)


def test_a_letter_written_after_the_case_was_resolved_needs_what_every_letter_says(cast: Cast) -> None:
    actor, records = cast.actor("coordinator"), cast.actor("records")
    code = code_of(late(cast, cause=""))
    service.fire(actor, code, "resolve", values={"resolved_on": date(2024, 4, 10)}, reason="Quên gửi")
    sent = {"letter_on": date(2024, 4, 9), "letter_through": "post"}
    said = refusal(lambda: service.write_letter(records, code, sent))
    assert "why the case is late is not recorded" in said
    assert "the new date is missing" in said
    assert kept(cast, code).letter_on is None


def test_a_letter_is_not_sent_after_the_case_was_resolved(cast: Cast) -> None:
    actor, code = cast.actor("coordinator"), code_of(apologised(cast))
    service.fire(actor, code, "resolve", values={"resolved_on": date(2024, 4, 10)})
    moved = {"letter_on": date(2024, 4, 11), "letter_through": "post"}
    said = refusal(lambda: service.write_letter(cast.actor("records"), code, moved))
    assert "after the case was resolved" in said


def test_a_reason_that_stands_in_the_way_of_a_letter_is_said_once(cast: Cast) -> None:
    code = code_of(late(cast))
    given = {"letter_on": date(2024, 3, 29), "promised_on": date(2024, 4, 22)}
    said = refusal(lambda: service.fire(cast.actor("records"), code, "apologise", values=given))
    assert said.count("say how the letter was sent") == 1


def test_a_case_that_is_due_in_many_years_is_no_late_case(cast: Cast) -> None:
    assert "more than a year ahead" in refusal(lambda: late(cast, due_on=date(2999, 1, 1)))
    late(cast, due_on=date(2024, 4, 20))  # its letter goes out before it is late


def test_home_tells_a_case_that_is_not_yet_due_from_one_that_is_late(cast: Cast) -> None:
    late(cast)
    late(cast, case_code="H33-2", due_on=date(2024, 4, 20))
    with language("en"):
        (panel,) = service_hooks.home_panels(cast.actor("leader"), 2024)
        told = [(str(one.label), one.number, one.late) for one in panel.data]
    assert told == [("past the due date, no letter yet", 1, True), ("not yet due, no letter yet", 1, False)]


def test_what_was_resolved_by_mistake_goes_back_to_the_letter_that_was_sent(cast: Cast) -> None:
    code = code_of(apologised(cast))
    actor = cast.actor("coordinator")
    service.fire(actor, code, "resolve", values={"resolved_on": date(2024, 4, 10)})
    assert "an apology letter is recorded" in refusal(
        lambda: service.fire(actor, code, "reopen", reason="Ghi nhầm")
    )
    service.fire(actor, code, "reopen_sent", reason="Ghi nhầm")
    row = kept(cast, code)
    assert (row.record.state, row.resolved_on, row.letter_on) == (S.APOLOGISED, None, date(2024, 3, 29))
    assert (row.record.ended_on, row.record.due) == (None, date(2024, 4, 22))
    service.write_letter(cast.actor("records"), code, LETTER | {"letter_number": "16"})


def test_what_was_voided_by_mistake_goes_back_to_late_where_there_was_no_letter(cast: Cast) -> None:
    code = code_of(late(cast))
    actor = cast.actor("coordinator")
    service.fire(actor, code, "void", reason="Nhầm")
    assert "no apology letter is recorded" in refusal(
        lambda: service.fire(actor, code, "reopen_sent", reason="Nhầm")
    )
    service.fire(actor, code, "reopen", reason="Nhầm")
    assert kept(cast, code).record.state == S.LATE


def test_a_letter_that_was_recorded_by_mistake_is_taken_back_and_owed_again(cast: Cast) -> None:
    code = code_of(apologised(cast))
    actor = cast.actor("coordinator")
    assert "reason" in refusal(lambda: service.fire(actor, code, "take_back"))
    with pytest.raises(Forbidden):
        service.fire(cast.actor("records"), code, "take_back", reason="Ghi nhầm hồ sơ khác")
    service.fire(actor, code, "take_back", reason="Ghi nhầm hồ sơ khác")
    row = kept(cast, code)
    assert (row.letter_on, row.letter_through, row.letter_number, row.promised_on) == (None, "", "", None)
    assert (row.record.state, row.record.due) == (S.LATE, date(2024, 4, 1))
    count = service_hooks.register(actor).of(Period.parse("2024-Q2"))
    assert (count.cases, count.letters, count.owed) == (1, 0, 1)
    entry = TrailEntry.select().where(TrailEntry.tag == "late_case.take_back").get()
    assert "2024-03-29" in entry.body, "the letter that was recorded stays in the trail"
    service.fire(cast.actor("records"), code, "apologise", values=LETTER)
    assert kept(cast, code).record.state == S.APOLOGISED


AGAIN = {"letter_on": date(2024, 4, 12), "letter_through": "message", "promised_on": date(2024, 5, 6)}


def extended(cast: Cast, **more: Any) -> LateCase:
    code = code_of(apologised(cast))
    service.fire(cast.actor("coordinator"), code, "extend", reason="Chờ thêm", values=AGAIN | more)
    return kept(cast, code)


def test_another_letter_has_its_own_number_and_way_and_never_those_of_the_first(cast: Cast) -> None:
    row = extended(cast, letter_number="")
    assert (row.letter_through, row.letter_number) == ("message", "")


def test_another_letter_needs_its_own_way(cast: Cast) -> None:
    code = code_of(apologised(cast))
    without = {k: v for k, v in AGAIN.items() if k != "letter_through"}
    said = refusal(
        lambda: service.fire(cast.actor("coordinator"), code, "extend", reason="x", values=without)
    )
    assert "say how the letter was sent" in said


def test_a_second_letter_does_not_make_the_first_one_late(cast: Cast) -> None:
    row = extended(cast)
    assert row.first_letter_on == date(2024, 3, 29)
    with language("en"):
        said = [str(n) for n in rules.notes(service.facts(row, cast.actor("coordinator")), row.extended)]
    assert said == ["extended again: 2 letters"]
    third = AGAIN | {"letter_on": date(2024, 4, 14), "promised_on": date(2024, 5, 20)}
    service.fire(cast.actor("coordinator"), code_of(row), "extend", reason="x", values=third)
    assert kept(cast, code_of(row)).first_letter_on == date(2024, 3, 29)


def test_the_newest_letter_is_not_moved_before_the_first_one(cast: Cast) -> None:
    code = code_of(extended(cast))
    given = {"letter_on": date(2024, 3, 28), "letter_through": "post"}
    said = refusal(lambda: service.write_letter(cast.actor("records"), code, given))
    assert "another letter is sent after the first one" in said


def test_a_letter_is_not_moved_beyond_the_date_that_it_promises(cast: Cast) -> None:
    code = code_of(late(cast))
    actor = cast.actor("records")
    sent = LETTER | {"promised_on": date(2024, 4, 12)}
    service.fire(actor, code, "apologise", values=sent)
    given = {"letter_on": date(2024, 4, 14), "letter_through": "post"}
    said = refusal(lambda: service.write_letter(actor, code, given))
    assert "the new date is before the day of the letter" in said
    service.write_letter(actor, code, given | {"letter_on": date(2024, 4, 12)})


def test_a_letter_that_goes_out_after_the_date_recorded_before_needs_another_one(cast: Cast) -> None:
    code = code_of(late(cast, promised_on=TODAY))
    LateCase.update(promised_on=date(2024, 4, 10)).execute()
    given = {"letter_on": date(2024, 4, 12), "letter_through": "post"}
    said = refusal(lambda: service.fire(cast.actor("records"), code, "apologise", values=given))
    assert "the new date is before the day of the letter" in said


def test_a_case_has_ended_on_the_day_on_which_it_was_resolved(cast: Cast) -> None:
    code = code_of(apologised(cast))
    service.fire(cast.actor("coordinator"), code, "resolve", values={"resolved_on": date(2024, 4, 10)})
    assert kept(cast, code).record.ended_on == date(2024, 4, 10)


def test_a_voided_case_is_in_no_count(cast: Cast) -> None:
    code = code_of(late(cast))
    actor = cast.actor("coordinator")
    service.fire(actor, code, "void", reason="Nhập trùng")
    assert service_hooks.register(actor).of(Period.parse("2024")).cases == 0


# ---------------------------------------------------------------- duty and proposals


def duty(cast: Cast, year: int = 2024) -> Duty:
    (found,) = service_hooks.duties(cast.actor("coordinator"), year)
    return found


def test_the_duty_is_late_while_a_case_past_its_due_date_has_no_letter(cast: Cast) -> None:
    late(cast, case_code="A", due_on=date(2024, 4, 20))
    assert duty(cast).state == "open", "its due date is not past, and it has no letter yet"
    code = code_of(late(cast, case_code="B"))
    found = duty(cast)
    assert found.state == "late"
    assert found.url == "cases?letter=none&period=2024"
    with language("en"):
        assert "1 of 2 late cases" in str(found.note)
        assert "not checked against its text" in duty(cast).rule
    service.fire(cast.actor("records"), code, "apologise", values=LETTER)
    assert duty(cast).state == "open"
    service.fire(cast.actor("coordinator"), "LC-2024-001", "void", reason="Không quá hạn")
    assert duty(cast).state == "done"


def test_a_letter_owed_since_an_earlier_year_is_still_a_duty(cast: Cast) -> None:
    code = code_of(late(cast, taken_on=date(2023, 11, 1), due_on=date(2023, 11, 20)))
    late(cast, case_code="B", due_on=date(2024, 4, 1))
    found = duty(cast)
    assert (found.state, found.late_since, found.url) == ("late", date(2023, 11, 20), "cases?letter=none")
    with language("en"):
        assert str(found.note) == "1 of 1 late cases of the year without a letter; of earlier years still: 1"
    assert duty(cast, 2023).late_since == date(2023, 11, 20)
    assert list(service_hooks.duties(cast.actor("coordinator"), 2025)) == [], "that year has not begun"
    service.fire(cast.actor("records"), code, "apologise", values=LETTER)
    assert (duty(cast).late_since, duty(cast).url) == (date(2024, 4, 1), "cases?letter=none&period=2024")
    assert duty(cast, 2023).late_since is None


def test_a_letter_that_must_go_out_in_the_coming_days_is_told_before_it_is_owed(cast: Cast) -> None:
    late(cast, due_on=date(2024, 4, 18))
    found = duty(cast)
    assert found.state == "soon"
    with language("en"):
        assert str(found.note) == "1 case is due soon and has no letter"


def test_the_duty_is_told_where_a_statement_knows_of_late_cases_and_the_register_of_none(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    assert list(service_hooks.duties(actor, 2024)) == []
    bring(actor, "kien-giang-2024-q1")
    assert duty(cast).state == "open"
    assert list(service_hooks.duties(actor, 2023)) == []


def test_one_late_case_is_spoken_of_in_the_singular(cast: Cast) -> None:
    late(cast, due_on=date(2024, 2, 1), taken_on=date(2024, 1, 2))
    with language("en"):
        said = [
            str(p.title) for p in service_hooks.proposals(cast.actor("coordinator"), Period.parse("2024"))
        ]
        assert said == ["1 late case without an apology letter, Quarter I/2024"]
        assert str(duty(cast, 2024).note) == "1 late case, without a letter"
    late(cast, case_code="2", due_on=date(2024, 2, 1), taken_on=date(2024, 1, 2))
    with language("en"):
        assert str(duty(cast, 2024).note) == "2 of 2 late cases without a letter"


def test_cases_without_a_letter_are_proposed_once_for_their_quarter(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    late(cast, case_code="A", due_on=date(2024, 3, 4))
    late(cast, case_code="B", due_on=date(2024, 3, 5))
    offered = [p for _period, p in service_proposals.on_offer(actor, None) if p.key.startswith("apology")]
    assert [p.key for p in offered] == ["apology:2024-Q1"]
    with language("en"):
        assert "2 late cases without an apology letter" in str(offered[0].title)
    assert service_proposals.found_through(offered[0]) == "overdue"


# ---------------------------------------------------------------- the indicator


def measured(cast: Cast, period: str) -> Measured | None:
    return kpis.book(cast.actor("coordinator")).at("apology", Period.parse(period))


def test_without_a_case_in_the_register_the_numerator_is_unknown_and_not_0(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    late(cast, case_code="A", due_on=date(2024, 4, 1))  # of another quarter
    assert measured(cast, "2024-Q1") is None


def test_the_letters_of_the_period_are_counted_over_the_overdue_cases_of_the_statement(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    late(cast, case_code="A", due_on=date(2024, 3, 4))
    apologised(cast, case_code="B", due_on=date(2024, 3, 28))
    found = measured(cast, "2024-Q1")
    assert found is not None
    assert found.register is not None
    assert (found.numerator, found.denominator, found.register.cases) == (1, 119, 2)
    assert not found.register_is_whole
    assert found.source_kind == "register"
    assert found.source_url == "cases?period=2024-Q1"
    (one,) = service_hooks.differences(cast.actor("coordinator"))
    assert (one.period.code, one.cases, one.published) == ("2024-Q1", 2, 119)


def test_what_was_entered_stands_while_the_register_lacks_cases_and_may_be_corrected(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2024-q1")
    entered = MeasurementValues("apology", "2024-Q1", Decimal(100), source="Báo cáo")
    service_measure.keep_measurements(actor, [entered], "form")
    late(cast, case_code="A", due_on=date(2024, 3, 4))
    found = measured(cast, "2024-Q1")
    assert found is not None
    assert found.register is not None
    assert (found.numerator, found.denominator, found.source_kind) == (100, 119, "form")
    assert (found.register.count, found.register.cases, found.register_is_whole) == (0, 1, False)
    service_measure.keep_measurements(actor, [replace(entered, numerator=Decimal(110))], "form")
    corrected = measured(cast, "2024-Q1")
    assert corrected is not None
    assert corrected.numerator == 110


def test_a_register_that_holds_every_case_is_counted_whatever_was_entered(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    entered = MeasurementValues("apology", "2024-Q1", Decimal(1), Decimal(2), source="Báo cáo")
    service_measure.keep_measurements(actor, [entered], "form")
    apologised(cast, case_code="A", due_on=date(2024, 3, 28))
    apologised(cast, case_code="B", due_on=date(2024, 3, 28))
    found = measured(cast, "2024-Q1")
    assert found is not None
    assert (found.numerator, found.denominator, found.source_kind) == (2, 2, "register")
    assert found.register_is_whole
    said = refusal(lambda: service_measure.keep_measurements(actor, [entered], "form"))
    assert "the register holds 2 cases" in said
