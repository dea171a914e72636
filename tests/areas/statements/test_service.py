"""Importing statements: previewed, all or nothing, in revisions; checked on the records and on the trail."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qms.areas.statements import service, service_hooks, service_kept
from qms.areas.statements.figures import COUNT_KEYS
from qms.areas.statements.models import Statement, StatementRevision, StatementRow
from qms.areas.statements.rules_record import differences, kept_verdicts, verdict_of
from qms.areas.statements.service import IncomingFile
from qms.importers import taking
from qms.kernel import db, files, verify
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.files import Attachment
from qms.kernel.organisations import set_settings
from qms.kernel.trail import TrailEntry
from tests.areas.statements.samples import BY_FIELD, HEAD, WHY, bring, bring_text, published
from tests.cast import Cast

YEAR, QUARTER = Period.parse("2023"), Period.parse("2024-Q1")


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    files.configure(tmp_path / "files")


def entries(tag: str) -> list[dict]:
    """The bodies of the trail's entries of that tag."""
    rows = TrailEntry.select(TrailEntry.body).where(TrailEntry.tag == tag).order_by(TrailEntry.id)
    return [json.loads(body) for (body,) in rows.tuples()]


def count_rows() -> tuple[int, int, int]:
    return Statement.select().count(), StatementRevision.select().count(), StatementRow.select().count()


def test_the_published_figures_come_in_with_exactly_three_warnings(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023", "kien-giang-2024-q1")
    failed = [(v.period.code, v.rule) for _r, _v, v in service_kept.failed_now(cast.ours.id)]
    assert sorted(failed) == [("2023", "D2"), ("2024-Q1", "D1"), ("2024-Q1", "D2")]
    kept = {k.code: k.figures for k in service_kept.current(cast.ours.id)}
    assert kept["2023"].counts["received_total"] == 14712
    assert "carried_in" not in kept["2023"].counts
    assert str(kept["2023"].shares["resolved_early_pct"]) == "99.4"
    assert kept["2024-Q1"].counts["carried_in"] == kept["2023"].counts["in_process_total"] == 702


def test_each_statement_has_one_entry_in_the_trail_and_every_row_stands_in_it(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2023")
    bring_text(cast.actor("coordinator"), BY_FIELD)
    made = entries("statement.create")
    assert [e["what"] for e in made] == ["2023", "2022"]
    assert [len(e["rows"]) for e in made] == [2, 4]  # the revision, and its rows
    assert made[0]["reason"] == WHY
    assert made[0]["file"]["name"] == "kien-giang-2023.xlsx"
    assert verify.verify([cast.ours.id]).findings == ()


def test_a_figure_changed_behind_the_back_is_named_by_the_verification(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2023")
    StatementRow.update(resolved_overdue=0).execute()
    assert [f.problem for f in verify.verify([cast.ours.id]).findings] == ["row_differs"]


def test_warnings_need_a_reason_and_nothing_is_written_without_one(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        bring(cast.actor("coordinator"), "kien-giang-2023", why="  ")
    assert [reason.rule for reason in refusal.value.reasons] == ["D2", ""]
    assert count_rows() == (0, 0, 0)


def test_a_reason_is_kept_only_with_the_statement_that_has_warnings(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023")
    bring_text(actor, BY_FIELD, why="không dùng đến")
    reasons = {r.record.code: r.accepted_reason for r in StatementRevision.select()}
    assert reasons == {"2023": WHY, "2022": ""}


def test_an_error_refuses_every_period_of_the_file(cast: Cast) -> None:
    text = BY_FIELD + "2021,,10,2,3,0,5,1\n"  # 2 + 3 + 0 is not 10
    with pytest.raises(Refused) as refusal:
        bring_text(cast.actor("coordinator"), text, WHY)
    assert [reason.rule for reason in refusal.value.reasons] == ["B1"]
    assert count_rows() == (0, 0, 0)


def test_a_float_in_a_count_is_refused_with_its_cell(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        bring_text(cast.actor("coordinator"), f'{HEAD}\n2022,,14.712,1,2,,"1,5",0\n', WHY)
    assert any("G2" in str(reason) for reason in refusal.value.reasons)


def test_the_same_figures_change_nothing_whatever_their_bytes(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring_text(actor, BY_FIELD)
    before = TrailEntry.select().count()
    seen = bring_text(actor, BY_FIELD.replace("\n2022,,", "\n2022,Tổng cộng,").replace(",", ";"))
    assert [plan.outcome for plan in seen.plans] == ["unchanged"]
    assert TrailEntry.select().count() == before
    assert count_rows() == (1, 1, 3)


def test_other_figures_are_a_revision_and_the_old_one_stays(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring_text(actor, BY_FIELD)
    changed = BY_FIELD.replace("Hộ tịch,100,20,70", "Hộ tịch,100,21,69").replace(
        ",,300,70,220", ",,300,71,219"
    )
    assert [plan.outcome for plan in bring_text(actor, changed).plans] == ["revision"]
    row = Statement.by_code(cast.ours.id, "2022")
    new, old = (service_kept.figures_of(r, Period.parse("2022")) for r in service_kept.revisions(row))
    found = [(d.field, d.key, str(d.before), str(d.after)) for d in differences(old, new)]
    assert found == [
        (None, "received_online", "70", "71"),
        (None, "received_direct_post", "220", "219"),
        ("Hộ tịch", "received_online", "20", "21"),
        ("Hộ tịch", "received_direct_post", "70", "69"),
    ]
    assert entries("statement.import")[0]["changes"]["revision"] == [1, 2]
    assert [k.figures.counts["received_online"] for k in service_kept.current(cast.ours.id)] == [71]
    assert verify.verify([cast.ours.id]).findings == ()


def test_what_is_not_published_or_approximate_stays_so(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "vinh-phuc-2021-h1")
    (kept,) = service_kept.current(cast.ours.id)
    assert str(kept.figures.shown("received_total")) == "hơn 1.700"
    assert kept.figures.exact("received_total") is None
    assert set(kept.figures.counts) == {"received_total"}


def test_the_balance_with_the_next_period_is_judged_from_either_side(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2024-q1")
    path = published("kien-giang-2023")
    seen = service.preview(actor, taking.statement_file(path.read_bytes(), path.name))
    assert [(v.period.code, v.outcome) for v in seen.plans[0].verdicts if v.rule == "B5"] == [
        ("2023", "unchecked"),
        ("2024-Q1", "holds"),
    ]


def test_a_broken_balance_between_two_periods_of_one_file_is_warned_of_once(cast: Cast) -> None:
    head = "period,received_total,received_online,received_direct_post,carried_in,in_process_total,resolved_total"
    file = taking.statement_file(f"{head}\n2021,10,5,5,0,4,6\n2022,10,5,0,5,5,5\n".encode(), "two.csv")
    assert [v.rule for v in service.preview(cast.actor("coordinator"), file).warnings] == ["B5"]


def test_kept_verdicts_come_back_as_they_were_given(cast: Cast) -> None:
    path = published("kien-giang-2024-q1")
    file = taking.statement_file(path.read_bytes(), path.name)
    verdicts = service.preview(cast.actor("coordinator"), file).plans[0].verdicts
    again = [verdict_of(data) for data in json.loads(json.dumps(kept_verdicts(verdicts)))]
    assert [str(v.message) for v in again] == [str(v.message) for v in verdicts]


def test_the_source_file_is_attached_to_its_statement(cast: Cast) -> None:
    path = published("kien-giang-2023")
    result = taking.take_statements(cast.actor("coordinator"), path, accept=WHY)
    assert result.status == "imported"
    (attached,) = Attachment.select()
    assert attached.name == path.name
    assert attached.record.code == "2023"


def test_the_command_line_tells_previewed_refused_imported_and_unchanged(cast: Cast) -> None:
    actor, path = cast.system(), published("kien-giang-2023")
    assert taking.take_statements(actor, path, preview=True).status == "previewed"
    refused = taking.take_statements(actor, path)
    assert (refused.status, refused.errors) == ("refused", ())
    assert [w["rule"] for w in refused.warnings] == ["D2"]
    assert set(refused.warnings[0]) == {"rule", "period", "field", "left", "right", "difference", "message"}
    assert count_rows() == (0, 0, 0)
    assert taking.take_statements(actor, path, accept=WHY).status == "imported"
    again = taking.take_statements(actor, path)
    assert (again.status, again.statements) == ("unchanged", ({"period": "2023", "rows": 1},))


def test_a_file_that_is_no_table_is_answered_like_every_refusal(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    path.write_bytes(b"%PDF-1.7 not a table")
    result = taking.take_statements(cast.actor("coordinator"), path)
    assert result.status == "refused"
    assert [e["rule"] for e in result.errors] == ["file"]


@pytest.mark.parametrize(
    "part", ["leader", "unit_head", "staff", "auditor", "records", "inspector", "overseer"]
)
def test_only_the_coordinator_imports(cast: Cast, part: str) -> None:
    with pytest.raises(Forbidden):
        bring(cast.actor(part), "kien-giang-2023")
    with pytest.raises(Forbidden):
        service.preview(cast.actor(part), IncomingFile("x.csv", "0" * 64, ()))


def test_a_stranger_neither_reads_nor_changes_our_statements(cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2023")
    stranger = cast.actor("stranger")
    assert service_kept.current(cast.theirs.id) == []
    with pytest.raises(NotFound):
        service.fire(stranger, "2023", "withdraw", reason="x")
    with pytest.raises(Forbidden):
        bring(cast.intruder(), "kien-giang-2024-q1")


def test_a_withdrawn_statement_counts_no_more_and_is_not_imported_over(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring_text(actor, BY_FIELD)
    with pytest.raises(Refused):
        service.fire(actor, "2022", "withdraw")
    service.fire(actor, "2022", "withdraw", reason="nhầm kỳ")
    assert service_kept.current(cast.ours.id) == []
    with pytest.raises(Refused):
        bring_text(actor, BY_FIELD)
    with pytest.raises(Refused) as refused:
        bring_text(actor, BY_FIELD.replace(",70,10,90,5", ",70,10,90,6").replace(",240,15", ",240,16"))
    assert "2022" in str(refused.value)
    assert Statement.by_code(cast.ours.id, "2022").revision == 1
    service.fire(actor, "2022", "restore", reason="đã rõ")
    assert [k.code for k in service_kept.current(cast.ours.id)] == ["2022"]


def test_too_long_names_and_reasons_are_refused_with_their_limits(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    with pytest.raises(Refused, match="300"):
        bring_text(actor, BY_FIELD.replace("Hộ tịch", "H" * 301))
    with pytest.raises(Refused, match=r"2\.000"):
        bring(actor, "kien-giang-2023", why="x" * 2001)


def test_a_thousand_fields_are_kept_in_order(cast: Cast) -> None:
    rows = "".join(f"2022,Lĩnh vực {n:04},{n},0,{n},,,\n" for n in range(1, 1001))
    bring_text(cast.actor("coordinator"), f"{HEAD}\n{rows}")
    statement = service_kept.whole(cast.ours.id, Period.parse("2022"))
    assert list(statement.fields)[:2] == ["Lĩnh vực 0001", "Lĩnh vực 0002"]
    assert statement.total.counts["received_total"] == 500500
    assert statement.total_computed


def test_the_columns_are_the_keys_of_the_figures() -> None:
    assert [name for name in StatementRow._meta.fields if name in COUNT_KEYS] == list(COUNT_KEYS)


@pytest.mark.commits
def test_two_imports_at_once_leave_one_statement(cast: Cast) -> None:
    actor, outcomes = cast.actor("coordinator"), []

    def run() -> None:
        with db.connected():
            outcomes.append([plan.outcome for plan in bring_text(actor, BY_FIELD).plans])

    threads = [threading.Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [["new"], ["unchanged"]]
    assert count_rows() == (1, 1, 3)
    assert verify.verify([cast.ours.id]).findings == ()


# ---------------------------------------------------------------- hooks


def test_an_accepted_warning_proposes_a_nonconformity_with_its_reason(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023", "kien-giang-2024-q1")
    found = {p.key: p for p in service_hooks.proposals(actor, YEAR)}
    assert list(found) == ["statement:2023:D2"]
    assert "13.985 ≠ 13.989" in str(found["statement:2023:D2"].detail)
    assert WHY in str(found["statement:2023:D2"].detail)
    assert {p.key for p in service_hooks.proposals(actor, Period.parse("2024"))} == {
        "statement:2024-Q1:D1",
        "statement:2024-Q1:D2",
    }


def test_figures_of_a_time_before_the_organisation_was_here_are_not_owed(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    assert list(service_hooks.duties(actor, 2024)) == []  # it was added on 15/04/2024
    set_settings(actor, {"symbol": "STP"}, valid_from=date(2024, 3, 31))
    assert [d.key for d in service_hooks.duties(actor, 2024)] == ["statements:2024-Q1"]


def test_the_duty_asks_for_the_last_quarter_that_is_over(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    set_settings(actor, {"symbol": "STP"}, valid_from=date(2020, 1, 1))
    (duty,) = service_hooks.duties(actor, 2024)
    assert (duty.key, duty.state) == ("statements:2024-Q1", "soon")  # due on the day itself
    later = replace(actor, today=actor.today.replace(day=16))
    assert [d.state for d in service_hooks.duties(later, 2024)] == ["late"]
    assert list(service_hooks.duties(actor, 2025)) == []
    bring(actor, "kien-giang-2024-q1", "kien-giang-2023")
    assert [d.state for y in (2023, 2024) for d in service_hooks.duties(actor, y)] == ["done", "done"]


def test_the_review_gets_the_cases_and_compares_only_equal_lengths(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023", "kien-giang-2024-q1")
    (given,) = service_hooks.review_inputs(actor, QUARTER)
    assert given.input == "c5"
    assert [(f.value, f.previous) for f in given.figures][:2] == [("6.422", ""), ("5.138", "")]
    bring_text(actor, BY_FIELD)
    (given,) = service_hooks.review_inputs(actor, YEAR)
    assert given.figures[0].previous == "300 (Năm 2022)"
    assert list(service_hooks.review_inputs(actor, Period.parse("2020"))) == []


NIGHT = """period,received_total,carried_in,resolved_total,in_process_total
2023,100,0,90,{closing}
2024-Q1,50,10,50,0
"""


def test_a_revision_that_breaks_what_the_kept_next_period_carried_in_is_a_warning(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring_text(actor, NIGHT.format(closing=10))
    revised = NIGHT.format(closing=9).replace("100,0,90", "99,0,90")
    seen = service.preview(actor, taking.statement_file(revised.encode(), "figures.csv"))
    assert [(p.period.code, p.outcome) for p in seen.plans] == [
        ("2023", "revision"),
        ("2024-Q1", "unchanged"),
    ]
    assert [(v.rule, v.left, v.right) for v in seen.warnings] == [("B5", 10, 9)]
    with pytest.raises(Refused):
        bring_text(actor, revised)
    bring_text(actor, revised, WHY)
    assert [(v.rule, v.period.code) for _r, _v, v in service_kept.failed_now(cast.ours.id)] == [
        ("B5", "2024-Q1")
    ]


def test_a_preview_tells_the_warnings_of_what_is_kept_already(cast: Cast) -> None:
    actor, path = cast.system(), published("kien-giang-2023")
    taking.take_statements(actor, path, accept=WHY)
    assert [w["rule"] for w in taking.take_statements(actor, path, preview=True).warnings] == ["D2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_every_encoding_that_is_previewed_is_imported(cast: Cast, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(BY_FIELD.encode(encoding))
    assert taking.take_statements(cast.system(), path, preview=True).status == "previewed"
    assert taking.take_statements(cast.system(), path, accept=WHY).status == "imported"


def test_the_rows_that_are_told_are_those_of_the_file(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(
        "period,field,received_total,resolved_total\n2021,a,3,2\n2021,b,4,3\n2022,a,3,2\n2022,Tổng,3,2\n"
    )
    result = taking.take_statements(cast.actor("coordinator"), path)
    assert result.status == "imported"
    assert result.statements == ({"period": "2021", "rows": 2}, {"period": "2022", "rows": 2})


@pytest.mark.parametrize(("data", "name"), [("kien-giang-2023", "x.csv"), ("kien-giang-2023", "x")])
def test_a_preview_tells_of_a_file_that_an_import_would_not_keep(
    cast: Cast, tmp_path: Path, data: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(published(data).read_bytes())
    seen = [taking.take_statements(cast.actor("coordinator"), path, preview=p) for p in (True, False)]
    assert [one.status for one in seen] == ["refused", "refused"]
    assert seen[0].errors == seen[1].errors
    assert ".xlsx" in str(seen[0].errors[0]["message"])


def test_a_period_that_has_not_begun_is_refused_and_one_under_way_is_told(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    year = actor.today.year

    def seen(code: int) -> service.Preview:
        text = f"period,received_total,resolved_total\n{code},10,4\n"
        return service.preview(actor, taking.statement_file(text.encode(), "figures.csv"))

    [early] = seen(year + 1).hard_obstacles()
    assert (early.rule, str(early.text)) == ("period", f"Năm {year + 1} chưa bắt đầu")
    assert seen(year).hard_obstacles() == []
    assert any("chưa kết thúc" in str(note) for note in seen(year).file.notes)
    assert not any("chưa kết thúc" in str(note) for note in seen(year - 1).file.notes)


def test_what_only_follows_from_a_wrong_cell_is_held_back_until_it_is_mended(cast: Cast) -> None:
    wrong = BY_FIELD.replace("2022,Hộ tịch,100,20", "2022,Hộ tịch,1oo,20").replace("200,50", "200,51")
    file = taking.statement_file(wrong.encode(), "figures.csv")
    seen = service.preview(cast.actor("coordinator"), file)
    assert [reason.rule for reason in seen.hard_obstacles()] == ["cell", "B1"]
    assert "Lý lịch" in str(seen.hard_obstacles()[1])
    assert {v.rule for v in seen.errors} == {"B1", "T"}
