"""Taking over an earlier register: what becomes of its rows, what is refused, and that nothing is skipped."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.nonconformities import service
from qms.areas.nonconformities import service_register_import as register
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_conditions import (
    verifier_did_not_write_the_cause,
    verifier_reported_no_action,
)
from qms.areas.nonconformities.service_facts import own_facts
from qms.importers.register import register_file, take_register
from qms.kernel import verify
from qms.kernel.clauses import cited
from qms.kernel.errors import LISTED, Forbidden, Refused
from qms.kernel.links import Link
from qms.kernel.people import Assignment
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.search import matches
from qms.kernel.trail import TrailEntry, change
from tests.areas.nonconformities.registers import CLOSED, OPEN, letter, workbook
from tests.cast import ROLES, Cast


def take(actor: Actor, *rows: dict[str, Any]) -> register.RegisterPlan:
    """Import these rows."""
    return register.import_register(actor, register_file(workbook(*rows), "so-theo-doi.xlsx"))


def reasons(actor: Actor, *rows: dict[str, Any]) -> list[str]:
    """Why these rows are refused."""
    with pytest.raises(Refused) as refusal:
        take(actor, *rows)
    return [str(one) for one in refusal.value.reasons]


def numbered(count: int) -> list[dict[str, Any]]:
    return [OPEN | {"register_no": f"{n:03d}/2023"} for n in range(1, count + 1)]


@pytest.fixture
def coordinator(cast: Cast) -> Actor:
    return cast.actor("coordinator")


def intact(actor: Actor) -> bool:
    return verify.verify([actor.organisation_id or 0]).intact


# ---------------------------------------------------------------- what becomes of rows


def test_an_open_row_begins_at_the_first_step_with_what_it_says_filled_in(
    cast: Cast, coordinator: Actor
) -> None:
    texts = {
        name: CLOSED[name] for name in ("correction", "consequences", "cause", "cause_group", "cause_method")
    }
    take(coordinator, OPEN | texts)
    nc = Nonconformity.by_code(cast.ours.id, "NC-2023-001")
    record = nc.record
    assert (record.state, record.ended_on, record.happened_on) == ("open", None, date(2023, 9, 4))
    assert (record.owner_id, record.unit_id) == (cast.person("staff").id, cast.units["HT"].id)
    assert (nc.grade, nc.source_kind, nc.register_no, nc.cause_group) == (
        "minor",
        "audit",
        "05/2023",
        "people",
    )
    assert (record.due, nc.first_due) == (date(2024, 6, 30), date(2024, 6, 30))
    assert [str(one) for one in cited(record.id)] == ["8.5.1 (2015)"]
    assert record.title == OPEN["description"]
    service.fire(cast.actor("staff"), record.code, "contain")  # the next step is taken as always
    assert intact(coordinator)


def test_who_enters_a_cause_by_import_has_had_a_hand_in_it(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, OPEN | {"cause": "Chưa phân công"})
    assert Nonconformity.get().authors() == {coordinator.person_id}


@pytest.mark.parametrize("name", ["cause_method", "whys", "cause", "cause_group"])
def test_who_enters_any_of_the_analysis_by_import_has_had_a_hand_in_the_cause(
    coordinator: Actor, name: str
) -> None:
    value = {"cause_method": "mô tả", "cause_group": "con người"}.get(name, "Thiếu máy quét")
    take(coordinator, OPEN | {name: value})
    assert Nonconformity.get().authors() == {coordinator.person_id}


def test_a_row_without_any_analysis_makes_nobody_an_author(coordinator: Actor) -> None:
    take(coordinator, OPEN | {"elsewhere": "Đã rà soát"})
    assert Nonconformity.get().authors() == frozenset()


def done_action(**others: Any) -> dict[str, Any]:
    """The columns of an action that is done, for a row that is open."""
    kept = {name: CLOSED[name] for name in ("action", "action_owner", "action_proof")}
    return kept | {"action_due": date(2023, 12, 31), "action_done_on": date(2024, 1, 10)} | others


def test_who_imports_an_action_as_done_reported_it_done(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, OPEN | done_action())
    action = Action.get()
    assert action.done_by_id == coordinator.person_id
    with pytest.raises(Refused) as refusal:
        actions.fire(coordinator, action.record.code, "verify")
    assert [one.rule for one in refusal.value.reasons] == ["A12"]
    assert verifier_reported_no_action(own_facts(Nonconformity.get(), coordinator))
    actions.fire(cast.actor("leader"), action.record.code, "verify")
    assert intact(coordinator)


def test_nobody_reported_an_action_done_that_is_not(coordinator: Actor) -> None:
    take(coordinator, OPEN | done_action(action_done_on=None, action_proof=None))
    assert Action.get().done_by_id is None


def test_what_the_system_takes_over_was_done_and_thought_by_its_owners(cast: Cast) -> None:
    take(cast.system(), OPEN | done_action() | {"cause": "Chưa phân công"})
    assert Action.get().done_by_id == cast.person("unit_head").id
    assert Nonconformity.get().authors() == {cast.person("staff").id}


@pytest.mark.parametrize("description", [None, "Điều đã thấy"])
def test_no_line_of_a_title_is_lost(coordinator: Actor, description: str | None) -> None:
    take(coordinator, OPEN | {"title": "Dòng một\n  Dòng hai quan trọng", "description": description})
    nc = Nonconformity.get()
    assert nc.record.title == "Dòng một Dòng hai quan trọng"
    assert nc.description == (description or "")


def test_who_entered_a_closed_row_does_not_verify_the_effect_after_it_is_reopened(
    cast: Cast, coordinator: Actor
) -> None:
    take(coordinator, CLOSED)
    nc = Nonconformity.get()
    assert nc.authors() == {coordinator.person_id}
    reopened = service.fire(cast.actor("leader"), nc.record.code, "reopen", reason="tái diễn")
    obstacle = verifier_did_not_write_the_cause(own_facts(reopened, coordinator))
    assert obstacle is not None


def test_a_closed_row_is_closed_on_its_day_with_its_check_and_its_action(
    cast: Cast, coordinator: Actor
) -> None:
    take(coordinator, CLOSED)
    nc = Nonconformity.by_code(cast.ours.id, "NC-2022-001")
    assert (nc.record.state, nc.record.ended_on) == ("closed", date(2022, 12, 1))
    assert (nc.checked_on, nc.verifier_id, nc.effect_met) == (
        date(2022, 12, 1),
        cast.person("auditor").id,
        "yes",
    )
    assert (nc.source_body, nc.source_ref) == ("home_affairs", "12/KL-SNV ngày 01/8/2022")
    assert {str(one) for one in cited(nc.record_id)} == {"7.4 (2015)", "8.2.1 (2015)"}
    action = Action.get()
    assert (action.record.state, action.done_on, action.proof) == (
        "done",
        date(2022, 9, 20),
        "Quyết định 45/QĐ-STP",
    )
    assert action.record.owner_id == cast.person("unit_head").id
    tie = Link.get()
    assert (tie.record_id, tie.target_id, tie.relation) == (action.record_id, nc.record_id, "serves")
    assert intact(coordinator)


def test_a_closed_improvement_is_carried_out(cast: Cast, coordinator: Actor) -> None:
    kept = (
        "register_no",
        "description",
        "happened_on",
        "action",
        "action_owner",
        "action_due",
        "action_done_on",
    )
    row = {name: CLOSED[name] for name in (*kept, "action_proof", "closed_on")}
    take(coordinator, row | {"source_kind": "công việc", "grade": "cơ hội cải tiến"})
    assert (Record.get(Record.kind == "nonconformity").state, Action.get().sort) == ("done", "improvement")


def test_codes_follow_those_that_are_there_year_by_year(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, OPEN | {"register_no": "1"})
    take(coordinator, *[OPEN | {"register_no": str(n)} for n in (2, 3)], CLOSED)
    codes = [code for (code,) in Record.select(Record.code).where(Record.kind == "nonconformity").tuples()]
    assert sorted(codes) == ["NC-2022-001", "NC-2023-001", "NC-2023-002", "NC-2023-003"]


def test_what_was_taken_over_is_found_by_search(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, CLOSED)
    assert Record.select().where(matches("nguoi cap nhat")).count() == 1


def test_what_is_made_in_bulk_is_what_saving_it_would_have_made(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, CLOSED)
    for row in (Nonconformity.get(), Action.get()):
        assert row.record.search_text == row.search_words()
        assert (row.record.version, row.record.recorded_by_id) == (1, coordinator.person_id)


def test_one_entry_holds_the_file_the_counts_and_a_digest_of_each_row(cast: Cast, coordinator: Actor) -> None:
    before = TrailEntry.select().count()
    take(coordinator, OPEN, CLOSED)
    assert TrailEntry.select().count() == before + 1
    entry = TrailEntry.select().order_by(TrailEntry.id.desc()).get()
    assert entry.tag == "nonconformity.import"
    for said in (
        "so-theo-doi.xlsx",
        "sha256",
        '"counts":{"action":1,"nonconformity":2}',
        '"ids":[',
        "clause_reference:",
    ):
        assert said in entry.body


def test_a_row_that_is_changed_behind_the_product_is_found(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, OPEN, CLOSED)
    Nonconformity.update(cause="khác").execute()
    found = verify.verify([cast.ours.id]).findings
    assert [one.problem for one in found] == ["row_differs", "row_differs"]


# ---------------------------------------------------------------- the same file again


def test_the_same_file_twice_changes_nothing_whatever_became_of_the_records(
    cast: Cast, coordinator: Actor
) -> None:
    take(coordinator, OPEN, CLOSED)
    code = "NC-2023-001"
    service.edit(coordinator, code, {"title": "Sửa lại"})
    entries = TrailEntry.select().count()
    seen = take(coordinator, OPEN, CLOSED)
    assert [one.outcome for one in seen.rows] == ["unchanged", "unchanged"]
    assert TrailEntry.select().count() == entries
    assert Record.select().where(Record.code == code).get().title == "Sửa lại"


def test_rows_that_were_added_to_the_file_are_taken_alone(cast: Cast, coordinator: Actor) -> None:
    take(coordinator, OPEN)
    seen = take(coordinator, OPEN, CLOSED)
    assert [one.outcome for one in seen.rows] == ["unchanged", "new"]
    assert Nonconformity.select().count() == 2


def test_a_row_that_says_other_things_now_names_the_record_and_overwrites_nothing(coordinator: Actor) -> None:
    take(coordinator, OPEN)
    (why,) = reasons(coordinator, OPEN | {"due": date(2025, 1, 1)})
    assert "A4" in why
    assert "NC-2023-001" in why
    assert Record.get(Record.code == "NC-2023-001").due == date(2024, 6, 30)


def test_the_same_number_twice_in_a_file_names_both_rows(coordinator: Actor) -> None:
    found = reasons(coordinator, OPEN, CLOSED, OPEN)
    assert len(found) == 2
    assert "A4" in found[0]
    assert "6" in found[0]
    assert "A6" in found[1]
    assert Nonconformity.select().count() == 0


def test_a_number_that_is_there_already_and_stands_twice_names_both_rows(coordinator: Actor) -> None:
    take(coordinator, OPEN)
    assert [why.partition(",")[0] for why in reasons(coordinator, OPEN, OPEN)] == ["Ô A4", "Ô A5"]


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    "alike", ["a4/2023\u200b", "\u2060A4/2023", "A4/\u00ad2023", "\u3164A4/2023", full_width("A4/2023")]
)
def test_a_number_that_reads_the_same_is_the_same_number(coordinator: Actor, alike: str) -> None:
    one, other = OPEN | {"register_no": "A4/2023"}, OPEN | {"register_no": alike}
    assert [why.partition(",")[0] for why in reasons(coordinator, one, other)] == ["Ô A4", "Ô A5"]
    assert [seen.outcome for seen in take(coordinator, one).rows] == ["new"]
    (why,) = reasons(coordinator, other)
    assert "NC-2023-001" in why
    assert Nonconformity.select().count() == 1


@pytest.mark.parametrize("nothing", ["\u200b", "\u2800", "\u3164", "\ufeff \u200d"])
def test_texts_that_show_nothing_close_nothing(coordinator: Actor, nothing: str) -> None:
    texts = ("correction", "consequences", "cause", "elsewhere", "action_proof", "effect_result")
    found = reasons(coordinator, CLOSED | dict.fromkeys(texts, nothing))
    for text in texts:
        assert any(f"Ô {letter(text, CLOSED)}4," in why for why in found), (text, found)
    for needed in ("register_no", "description"):
        assert reasons(coordinator, OPEN | {needed: nothing})
    assert Nonconformity.select().count() == 0


# ---------------------------------------------------------------- what is refused

LATER = {"due": date(2023, 9, 1)}


@pytest.mark.parametrize(
    ("change_", "column", "said"),
    [
        ({"grade": "vừa vừa"}, "grade", "vừa vừa"),
        ({"grade": None}, "grade", "thiếu"),
        (LATER, "due", "trước ngày"),
        ({"happened_on": date(2024, 4, 16)}, "happened_on", "tương lai"),
        ({"happened_on": "31/02/2023"}, "happened_on", "31/02/2023"),
        ({"clauses": "99.9"}, "clauses", "99.9"),
        ({"unit": "Phòng Không Có"}, "unit", "Phòng Không Có"),
        ({"owner": "Nguyễn Lạ"}, "owner", "Nguyễn Lạ"),
        ({"owner": "Other staff"}, "owner", "staff@example.org"),
        ({"owner": "stranger@example.org"}, "owner", "stranger@example.org"),
        ({"closed_on": date(2024, 1, 1)}, "closed_on", "đã đóng"),
        ({"effect_result": "tốt"}, "effect_result", "đã đóng"),
        ({"action_due": date(2024, 1, 1)}, "action_due", "hành động"),
        ({"action": "Tập huấn", "action_done_on": date(2023, 10, 1)}, "action_proof", "bằng chứng"),
        ({"correction": "x", "no_correction": "y"}, "no_correction", "không ghi cả hai"),
        ({"source_kind": "kiểm tra"}, "source_body", "cơ quan"),
        ({"register_no": "9" * 61}, "register_no", "60"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(
    coordinator: Actor, change_: dict[str, Any], column: str, said: str
) -> None:
    rows = (OPEN, OPEN | {"register_no": "06/2023"} | change_)
    found = reasons(coordinator, *rows)
    place = f"{letter(column, *rows)}5" if any(column in row for row in rows) else "5"
    assert any(place in why and said in why for why in found), found
    assert Nonconformity.select().count() == 0


def test_what_is_wrong_stands_in_the_order_of_rows_and_columns(coordinator: Actor) -> None:
    wrong = OPEN | {
        "register_no": "06/2023",
        "happened_on": "31/02/2023",
        "grade": "rất nặng",
        "unit": "Phòng Lạ",
    }
    rows = (wrong, wrong | {"register_no": "07/2023"})
    cells = [re.findall(r"[A-Z]+\d+", why)[0] for why in reasons(coordinator, *rows)]
    assert cells == sorted(cells, key=lambda cell: (cell[-1], len(cell), cell))
    assert len(cells) == 6


def test_an_owner_who_has_left_is_refused_for_an_open_row_and_known_in_a_closed_one(
    cast: Cast, coordinator: Actor
) -> None:
    Assignment.update(valid_to=date(2023, 1, 1)).where(
        Assignment.person.in_([cast.person("staff").id, cast.person("auditor").id])
    ).execute()
    (why,) = reasons(coordinator, OPEN)
    assert "không còn làm việc" in why
    take(coordinator, CLOSED)
    assert Nonconformity.get().verifier_id == cast.person("auditor").id


def test_a_name_that_two_people_bear_names_both(cast: Cast, coordinator: Actor) -> None:
    with change(cast.system(), system=True):
        twin = cast.person("colleague")
        twin.name = "Stâff"
        twin.save()
    (why,) = reasons(coordinator, OPEN | {"owner": "STÁFF"})
    assert "staff@example.org" in why
    assert "colleague@example.org" in why
    take(coordinator, OPEN)  # written with its very marks it is one of them


@pytest.mark.parametrize(
    ("without", "column"),
    [
        ("correction", "correction"), ("consequences", "consequences"), ("cause", "cause"),
        ("cause_group", "cause_group"), ("cause_method", "cause_method"), ("elsewhere", "elsewhere"),
        ("action_owner", "action_owner"), ("action_due", "action_due"), ("action_done_on", "action_done_on"),
        ("action_proof", "action_proof"), ("closed_on", "closed_on"), ("effect_result", "effect_result"),
        ("effect_met", "effect_met"), ("verifier", "verifier"),
    ],
)  # fmt: skip
def test_a_closed_row_lacks_nothing_that_closing_asks_for(
    coordinator: Actor, without: str, column: str
) -> None:
    (why,) = reasons(coordinator, CLOSED | {without: None}, CLOSED | {"register_no": "05/2022"})
    assert f"{letter(column, CLOSED)}4," in why
    assert Nonconformity.select().count() == 0


def test_a_closed_row_tells_what_was_checked_and_may_tell_what_was_to_be(coordinator: Actor) -> None:
    asked = "Đủ 15/15 mục trong ba tháng liền"
    take(coordinator, CLOSED, CLOSED | {"register_no": "05/2022", "criterion": asked})
    assert [nc.criterion for nc in Nonconformity.select().order_by(Nonconformity.record)] == ["", asked]


@pytest.mark.parametrize("done_on", [date(2022, 9, 2), date(2022, 9, 3), date(2022, 12, 1)])
def test_a_row_that_was_closed_before_the_check_of_its_grade_is_noted(
    coordinator: Actor, tmp_path: Path, done_on: date
) -> None:
    early = done_on > date(2022, 9, 2)  # 90 days before it was closed
    path = tmp_path / "so.xlsx"
    path.write_bytes(workbook(OPEN, CLOSED | {"action_done_on": done_on}))
    lines = take_register(coordinator, path, preview=True).lines
    assert any("dòng 5" in line for line in lines) == early
    assert take_register(coordinator, path).status == "imported"
    assert len(take_register(coordinator, path).lines) == 1  # what was taken over before is not noted again


def test_a_deputy_does_not_take_over_what_the_absent_person_verified(cast: Cast, coordinator: Actor) -> None:
    deputy = replace(coordinator, acts_for=frozenset({cast.person("auditor").id}))
    (why,) = reasons(deputy, CLOSED)
    assert f"{letter('verifier', CLOSED)}4" in why


@pytest.mark.parametrize(
    ("change_", "column"),
    [
        ({"verifier": "Unit head"}, "verifier"),
        ({"effect_met": "Không"}, "effect_met"),
        ({"cause_method": "5 why"}, "whys"),
        ({"action_done_on": date(2022, 12, 2)}, "closed_on"),
        ({"closed_on": date(2022, 7, 1)}, "closed_on"),
    ],
)
def test_a_closed_row_is_refused_for_what_would_refuse_its_closing(
    coordinator: Actor, change_: dict[str, Any], column: str
) -> None:
    row = CLOSED | change_
    found = reasons(coordinator, row)
    place = f"{letter(column, row)}4" if column in row else "4"
    assert any(f"{place}," in why for why in found), found


@pytest.mark.parametrize("name", ["Staff", "Records", "Unit head", "Other head", "Inspector", "Coordinator"])
def test_a_closed_row_was_verified_by_who_may_verify_and_does_not_import_it(
    coordinator: Actor, name: str
) -> None:
    row = CLOSED | {"verifier": name, "action_owner": "Colleague"}
    found = reasons(coordinator, row)
    assert [why.partition(",")[0] for why in found] == [f"Ô {letter('verifier', row)}4"]
    assert Nonconformity.select().count() == 0


def test_a_role_that_the_verifier_held_on_the_day_or_holds_today_counts(
    cast: Cast, coordinator: Actor
) -> None:
    leader = Assignment.person == cast.person("leader").id
    row = CLOSED | {"verifier": "leader@example.org"}
    Assignment.update(valid_from=date(2023, 1, 1)).where(leader).execute()  # today, not on the day
    take(coordinator, row)
    Assignment.update(valid_from=date(2021, 1, 1), valid_to=date(2022, 11, 30)).where(leader).execute()
    (why,) = reasons(coordinator, row | {"register_no": "07/2022"})  # on neither
    assert f"{letter('verifier', row)}4" in why
    take(coordinator, row | {"register_no": "08/2022", "closed_on": date(2022, 11, 30)})  # on its last day


def test_what_the_importer_verified_is_taken_over_by_the_operator(cast: Cast) -> None:
    take(cast.system(), CLOSED | {"verifier": "Coordinator"})
    assert Nonconformity.get().verifier_id == cast.person("coordinator").id


def test_every_error_of_a_file_comes_at_once_and_the_list_is_bounded(
    coordinator: Actor, tmp_path: Path
) -> None:
    rows = [row | {"grade": "?", "owner": "ai đó"} for row in numbered(150)]
    assert len(reasons(coordinator, *rows)) == 300
    path = tmp_path / "so.xlsx"
    path.write_bytes(workbook(*rows))
    for preview in (True, False):
        result = take_register(coordinator, path, preview=preview)
        assert len(result.errors) == LISTED
        assert result.lines[-1] == f"có 300 lỗi; {LISTED} lỗi đầu tiên được liệt kê"


def test_texts_that_look_like_formulas_are_texts(coordinator: Actor) -> None:
    take(coordinator, OPEN | {"description": "=1+1", "correction": "-không có", "consequences": "@công dân"})
    nc = Nonconformity.get()
    assert (nc.description, nc.correction, nc.consequences) == ("=1+1", "-không có", "@công dân")


# ---------------------------------------------------------------- who, and when something changed


@pytest.mark.parametrize(
    "role", [role.value for role in ROLES if role.value not in ("coordinator", "leader")]
)
def test_only_coordinator_and_leader_take_a_register_over(cast: Cast, role: str) -> None:
    with pytest.raises(Forbidden):
        take(cast.actor(role), OPEN)


def test_the_system_may_take_a_register_over_by_command_line(cast: Cast) -> None:
    take(cast.system(), OPEN)
    assert Nonconformity.get().authors() == frozenset()


def test_who_looked_at_a_check_that_is_no_longer_true_looks_again(cast: Cast, coordinator: Actor) -> None:
    file = register_file(workbook(OPEN, CLOSED), "so.xlsx")
    told = register.plan(coordinator, file).told
    take(coordinator, OPEN)
    with pytest.raises(Refused):
        register.import_register(coordinator, file, told=told)
    assert Nonconformity.select().count() == 1


def test_what_fails_in_the_middle_leaves_nothing(
    cast: Cast, coordinator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise OSError

    monkeypatch.setattr(register.bulk, "hang", broken)
    with pytest.raises(OSError):  # noqa: PT011
        take(coordinator, *numbered(30), CLOSED)
    assert (Record.select().count(), Nonconformity.select().count()) == (0, 0)
    monkeypatch.undo()
    take(coordinator, *numbered(3))
    assert Record.select().order_by(Record.number).first().code == "NC-2023-001"  # no number was lost


def test_the_registers_of_two_agencies_know_nothing_of_each_other(cast: Cast, coordinator: Actor) -> None:
    plain = {
        name: OPEN[name] for name in ("register_no", "description", "happened_on", "source_kind", "grade")
    }
    take(coordinator, plain)
    take(cast.actor("stranger"), plain)
    assert Nonconformity.select().count() == 2
    assert verify.verify([cast.ours.id, cast.theirs.id]).intact
