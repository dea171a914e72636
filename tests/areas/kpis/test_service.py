"""Indicators: computed from the statements in force, judged against targets, written with their trail."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from qms.areas.kpis import service, service_hooks, service_measure, service_write
from qms.areas.kpis.models import Kpi, KpiDefinition, Measurement, Target
from qms.areas.kpis.rules import Status
from qms.areas.kpis.service_definitions import builtin
from qms.areas.kpis.service_measure import MeasurementValues
from qms.areas.statements import service as statements
from qms.importers.measurement import take_measurements
from qms.kernel import files, verify
from qms.kernel.area import ImportResult
from qms.kernel.calendar import Period
from qms.kernel.errors import Forbidden, NotFound, Refused, Stale
from qms.kernel.files import Attachment
from qms.kernel.organisations import set_settings
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import language
from qms.kernel.trail import TrailEntry
from tests.areas.kpis import reading
from tests.areas.statements.samples import BY_FIELD, bring, bring_text
from tests.cast import TODAY, Cast

OWN = {
    "code": "satisfaction", "title": "Mức độ hài lòng", "numerator": "phiếu hài lòng", "denominator": "phiếu khảo sát",
    "direction": "up", "unit": "%", "period_length": "quarter", "source": "Khảo sát",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    files.configure(tmp_path / "files")


@pytest.fixture
def coordinator(cast: Cast) -> Actor:
    """The coordinator, with the published figures imported."""
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023", "kien-giang-2024-q1")
    return actor


def measure(actor: Actor, kpi: str, period: str, numerator: str | None, denominator: str | None) -> None:
    above, below = (Decimal(n) if n else None for n in (numerator, denominator))
    service_measure.keep_measurements(
        actor, [MeasurementValues(kpi, period, above, below, source="Phiếu")], "form"
    )


def missed(actor: Actor, **more: object) -> Target:
    values = {"period": "2023", "value": Decimal(50), "set_by": "giả định", "illustrative": True} | more
    return service_write.set_target(actor, "digit_result", **values)  # type: ignore[arg-type]


# ---------------------------------------------------------------- computed from statements


@pytest.mark.parametrize(
    ("code", "period", "fraction", "rate", "stated"),
    [
        ("on_time", "2023", "13.922 / 13.989", "99,52%", ""),
        ("on_time", "2024-Q1", "5.047 / 5.138", "98,23%", ""),
        ("overdue", "2023", "67 / 13.989", "0,48%", "0,48%"),
        ("overdue", "2024-Q1", "91 / 5.138", "1,77%", "1,77%"),
        ("online", "2023", "877 / 14.712", "5,96%", "5,96%"),
        ("online", "2024-Q1", "426 / 5.720", "7,45%", "6,63%"),
        ("digit_intake", "2023", "968 / 14.712", "6,58%", "6,58%"),
        ("digit_intake", "2024-Q1", "1.697 / 5.720", "29,67%", "29,67%"),
        ("digit_result", "2023", "39 / 13.989", "0,28%", "0,28%"),
        ("digit_result", "2024-Q1", "1.534 / 5.138", "29,86%", "34,46%"),
        ("digit_both", "2023", "16 / 13.989", "0,11%", "0,11%"),
        ("digit_both", "2024-Q1", "1.532 / 5.138", "29,82%", "26,78%"),
    ],
)
def test_the_built_in_indicators_of_the_published_figures(
    coordinator: Actor, code: str, period: str, fraction: str, rate: str, stated: str
) -> None:
    found = reading.measurement(coordinator, code, period)
    assert found is not None
    assert (found.fraction, found.shown, found.shown_stated) == (fraction, rate, stated)
    assert found.source_url == f"statements/{period}"


def test_the_first_statement_brings_the_seven_indicators_once(coordinator: Actor) -> None:
    assert [k.record.code for k in Kpi.select(Kpi, Record).join(Record).order_by(Record.id)] == list(
        builtin()
    )
    service_write.ensure_builtin(coordinator)
    assert (Kpi.select().count(), KpiDefinition.select().count()) == (7, 7)
    assert verify.verify([coordinator.organisation_id or 0]).findings == ()


def test_a_stated_share_without_counts_is_shown_but_computes_nothing(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "vinh-phuc-2021-h1")
    (found,) = reading.trend(actor, "on_time")
    assert (found.rate, found.shown_stated) == (None, "98%")
    assert reading.trend(actor, "online") == []


def test_a_revision_and_a_withdrawal_change_the_rate_at_once(coordinator: Actor) -> None:
    text = "period,received_total,received_online,received_direct_post\n2022,100,{},{}\n"
    bring_text(coordinator, text.format(20, 80))
    assert reading.measurement(coordinator, "online", "2022").shown == "20,00%"  # type: ignore[union-attr]
    bring_text(coordinator, text.format(30, 70))
    assert reading.measurement(coordinator, "online", "2022").shown == "30,00%"  # type: ignore[union-attr]
    statements.fire(coordinator, "2022", "withdraw", reason="nhầm")
    assert reading.measurement(coordinator, "online", "2022") is None


def test_an_indicator_is_split_by_field_where_the_statement_is(coordinator: Actor) -> None:
    bring_text(coordinator, BY_FIELD)
    found = {m.field: m.fraction for m in service.by_field(coordinator, "online", Period.parse("2022"))}
    assert found == {"Hộ tịch": "20 / 90", "Lý lịch tư pháp": "50 / 200"}


def test_an_unknown_indicator_is_not_found(coordinator: Actor) -> None:
    with pytest.raises(NotFound):
        reading.measurement(coordinator, "nope", "2023")


def test_another_organisation_has_its_own_indicators(coordinator: Actor, cast: Cast) -> None:
    with pytest.raises(NotFound):
        reading.trend(cast.actor("stranger"), "on_time")
    service_write.ensure_builtin(cast.actor("stranger"))
    assert reading.trend(cast.actor("stranger"), "on_time") == []


# ---------------------------------------------------------------- targets


def test_the_target_of_2023_is_missed_and_proposes_a_nonconformity(coordinator: Actor) -> None:
    missed(coordinator)
    standing = reading.status(coordinator, "digit_result", "2023")
    assert standing.status is Status.MISSED
    (found,) = service_hooks.proposals(coordinator, Period.parse("2023"))
    assert found.key == "kpi:digit_result:2023:target"
    for said in ("0,28%", "39 / 13.989", "50%", "giả định", "49,72 điểm phần trăm", "Báo Điện tử Chính phủ"):
        assert said in str(found.detail)
    assert list(service_hooks.proposals(coordinator, Period.parse("2022"))) == []


def test_a_target_that_is_missed_again_says_so(coordinator: Actor) -> None:
    bring_text(coordinator, "period,resolved_total,digit_result,digit_result_den\n2022,100,1,100\n")
    missed(coordinator)
    missed(coordinator, period="2022")
    (found,) = service_hooks.proposals(coordinator, Period.parse("2023"))
    assert "Năm 2022" in str(found.detail)


def test_before_its_period_is_over_a_target_is_at_risk_and_proposes_nothing(coordinator: Actor) -> None:
    missed(coordinator, period="2024", value=Decimal(30))
    standing = reading.status(coordinator, "digit_result", "2024")
    assert (standing.status, standing.provisional, standing.stated_status) == (
        Status.AT_RISK,
        True,
        Status.MET,
    )
    assert list(service_hooks.proposals(coordinator, Period.parse("2024"))) == []


def test_the_margin_is_a_setting_of_the_agency(coordinator: Actor) -> None:
    missed(coordinator, period="2024", value=Decimal(33))
    assert reading.status(coordinator, "digit_result", "2024").severe
    set_settings(coordinator, {"at_risk_margin": "10"}, valid_from=TODAY)
    assert not reading.status(coordinator, "digit_result", "2024").severe


def test_a_target_is_superseded_with_a_reason_only_and_the_old_one_stays(coordinator: Actor) -> None:
    missed(coordinator)
    missed(coordinator)  # the same again changes nothing
    with pytest.raises(Refused):
        missed(coordinator, value=Decimal(40))
    missed(coordinator, value=Decimal(40), reason="UBND điều chỉnh")
    assert [(t.value, t.current) for t in Target.select().order_by(Target.id)] == [(50, False), (40, True)]
    assert [t.value for t in reading.targets(coordinator, "digit_result")] == [40]
    assert verify.verify([coordinator.organisation_id or 0]).findings == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": Decimal(101)},
        {"value": Decimal(-1)},
        {"period": "soon"},
        {"set_by": " "},
        {"set_by": "x" * 201},
    ],
)
def test_a_target_that_makes_no_sense_is_refused(coordinator: Actor, wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        missed(coordinator, **wrong)


@pytest.mark.parametrize("part", ["unit_head", "auditor", "staff", "records", "inspector", "overseer"])
def test_who_may_not_write_indicators(coordinator: Actor, cast: Cast, part: str) -> None:
    actor = cast.actor(part)
    with pytest.raises(Forbidden):
        missed(actor)
    with pytest.raises(Forbidden):
        service_write.define(actor, OWN)
    if part != "unit_head":
        with pytest.raises(Forbidden):
            measure(actor, "apology", "2024-Q1", "1", None)


# ---------------------------------------------------------------- own indicators and measurements


def test_an_own_indicator_keeps_the_definition_by_which_it_was_measured(coordinator: Actor) -> None:
    service_write.define(coordinator, OWN)
    measure(coordinator, "satisfaction", "2023-Q4", "1100", "1250")
    changed = OWN | {"denominator": "mọi hồ sơ", "valid_from": TODAY, "reason": "theo hướng dẫn mới"}
    service_write.redefine(coordinator, "satisfaction", changed, 1)
    measure(coordinator, "satisfaction", "2024-Q1", "1000", "1250")
    assert [(m.period.code, m.version, m.shown) for m in reading.trend(coordinator, "satisfaction")] == [
        ("2023-Q4", 1, "88,00%"),
        ("2024-Q1", 2, "80,00%"),
    ]
    with pytest.raises(Stale):
        service_write.redefine(coordinator, "satisfaction", changed, 1)
    assert verify.verify([coordinator.organisation_id or 0]).findings == ()


def test_a_built_in_definition_is_fixed_and_an_id_is_taken_once(coordinator: Actor) -> None:
    with pytest.raises(Refused):
        service_write.redefine(coordinator, "on_time", OWN | {"valid_from": TODAY, "reason": "x"})
    for code in ("on_time", "Hài lòng", "new", "x", ""):
        with pytest.raises(Refused):
            service_write.define(coordinator, OWN | {"code": code})
    with pytest.raises(Refused) as refusal:
        service_write.define(coordinator, {"code": "empty"})
    assert {r.where for r in refusal.value.reasons} == {"#title", "#numerator", "#denominator", "#direction"}


def test_apology_letters_are_counted_over_the_overdue_cases_of_the_statement(coordinator: Actor) -> None:
    measure(coordinator, "apology", "2024-Q1", "100", None)
    found = reading.measurement(coordinator, "apology", "2024-Q1")
    assert found is not None
    assert (found.fraction, found.shown) == ("100 / 119", "84,03%")


def test_another_measurement_of_the_same_place_supersedes_the_first(coordinator: Actor) -> None:
    measure(coordinator, "apology", "2024-Q1", "100", "119")
    measure(coordinator, "apology", "2024-Q1", "100", "119")
    measure(coordinator, "apology", "2024-Q1", "110", "119")
    rows = [(m.numerator, m.number, m.current) for m in Measurement.select().order_by(Measurement.id)]
    assert rows == [(100, 1, False), (110, 2, True)]
    tags = TrailEntry.select().where(TrailEntry.tag == "kpi.measure").order_by(TrailEntry.id)
    assert [len(json.loads(entry.body)["rows"]) for entry in tags] == [1, 2]
    assert verify.verify([coordinator.organisation_id or 0]).findings == ()


@pytest.mark.parametrize(
    ("values", "where"),
    [
        (("on_time", "2024-Q1", "1", "2"), "#kpi"),
        (("nope", "2024-Q1", "1", "2"), "#kpi"),
        (("apology", "2025", "1", "2"), "#period"),
        (("apology", "Q1", "1", "2"), "#period"),
        (("apology", "2024-Q1", None, "2"), "#numerator"),
        (("apology", "2024-Q1", "3", "2"), "#numerator"),
        (("apology", "2024-Q1", "0", "0"), "#denominator"),
        (("satisfaction", "2024", "1", "2"), "#period"),
        (("satisfaction", "2024-Q1", "1", None), "#denominator"),
    ],
)
def test_a_measurement_that_makes_no_sense_is_refused(
    coordinator: Actor, values: tuple[str, str, str | None, str | None], where: str
) -> None:
    service_write.define(coordinator, OWN)
    with pytest.raises(Refused) as refusal:
        measure(coordinator, *values)
    assert where in {r.where for r in refusal.value.reasons}
    assert Measurement.select().count() == 0


def test_a_unit_of_another_organisation_is_refused(coordinator: Actor, cast: Cast) -> None:
    one = MeasurementValues("apology", "2024-Q1", Decimal(1), Decimal(2), unit=10**6, source="x")
    with pytest.raises(Refused):
        service_measure.keep_measurements(coordinator, [one], "form")


def test_a_retired_indicator_is_neither_measured_nor_reviewed(coordinator: Actor) -> None:
    service_write.fire(coordinator, "apology", "retire", reason="thay bằng chỉ số khác")
    with pytest.raises(Refused):
        measure(coordinator, "apology", "2024-Q1", "1", "2")
    with pytest.raises(Refused):
        service_write.set_target(coordinator, "apology", period="2024", value=Decimal(90), set_by="UBND tỉnh")
    assert Target.select().count() == 0
    service_write.fire(coordinator, "apology", "resume", reason="dùng lại")
    measure(coordinator, "apology", "2024-Q1", "1", "2")


def test_a_retired_indicator_takes_no_new_definition(coordinator: Actor) -> None:
    service_write.define(coordinator, OWN)
    service_write.fire(coordinator, OWN["code"], "retire", reason="thôi đo")
    changed = OWN | {"title": "Khác", "reason": "đổi", "valid_from": TODAY}
    with pytest.raises(Refused):
        service_write.redefine(coordinator, OWN["code"], changed)
    assert KpiDefinition.select().where(KpiDefinition.version == 2).count() == 0
    service_write.fire(coordinator, OWN["code"], "resume", reason="đo lại")
    assert service_write.redefine(coordinator, OWN["code"], changed).version == 2


def test_taking_a_target_back_needs_a_reason_and_the_right_and_keeps_it(
    coordinator: Actor, cast: Cast
) -> None:
    service_write.set_target(coordinator, "on_time", period="2024", value=Decimal(90), set_by="UBND tỉnh")
    with pytest.raises(Refused):
        service_write.withdraw_target(coordinator, "on_time", period="2024", reason=" ")
    with pytest.raises(Forbidden):
        service_write.withdraw_target(cast.actor("staff"), "on_time", period="2024", reason="sai")
    assert reading.target(coordinator, "on_time", "2024") is not None
    service_write.withdraw_target(coordinator, "on_time", period="2024", reason="sai")
    assert reading.target(coordinator, "on_time", "2024") is None
    assert [t.current for t in Target.select()] == [False]
    assert service_write.withdraw_target(coordinator, "on_time", period="2024", reason="sai") is None


# ---------------------------------------------------------------- files of measurements

SHEET = (
    "Chỉ tiêu;Kỳ;Tử số;Mẫu số;Nguồn\nMức độ hài lòng;Quý I/2024;1.180;1.250;Phiếu\napology;2024-Q1;100;;Sổ\n"
)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "measurements.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_previewed_imported_once_and_attached(coordinator: Actor, tmp_path: Path) -> None:
    service_write.define(coordinator, OWN)
    path = write(tmp_path, SHEET)
    assert take_measurements(coordinator, path, preview=True).status == "previewed"
    assert Measurement.select().count() == 0
    assert [take_measurements(coordinator, path).status for _n in range(2)] == ["imported", "unchanged"]
    assert reading.measurement(coordinator, "satisfaction", "2024-Q1").fraction == "1.180 / 1.250"  # type: ignore[union-attr]
    assert Attachment.select().where(Attachment.name == path.name).count() == 2
    assert {m.source_kind for m in Measurement.select()} == {"file"}
    assert verify.verify([coordinator.organisation_id or 0]).findings == ()


def test_one_wrong_row_refuses_the_whole_file_naming_it(coordinator: Actor, tmp_path: Path) -> None:
    service_write.define(coordinator, OWN)
    result = take_measurements(coordinator, write(tmp_path, SHEET + "satisfaction;quý V;1,5;2;\n"))
    assert result.status == "refused"
    said = " ".join(error["message"] for error in result.errors)
    assert "B4" in said
    assert "C4" in said
    assert Measurement.select().count() == 0


def test_a_column_that_is_left_out_is_named(coordinator: Actor, tmp_path: Path) -> None:
    service_write.define(coordinator, OWN)
    lines = SHEET.splitlines()
    text = "\n".join([f"{lines[0]};ghi chú", *(f"{line};x" for line in lines[1:])])
    with language("en"):
        result = take_measurements(coordinator, write(tmp_path, text))
    letter = chr(ord("A") + lines[0].count(";") + 1)
    assert result.status == "imported"
    assert f"Column {letter} (ghi chú) was not taken" in result.lines


def told(result: ImportResult) -> list[tuple[str, str]]:
    """(rule, message) of each error, all of which have the keys of the interface."""
    keys = {"rule", "period", "field", "left", "right", "difference", "message"}
    assert all(set(error) == keys for error in result.errors)
    return [(error["rule"], error["message"]) for error in result.errors]


@pytest.mark.parametrize(
    ("row", "rule", "said"),
    [
        ("nothing;2023;1;2;Sổ", "row", "“nothing”; các chỉ số đo riêng hiện có: apology"),
        ("apology;2023;3;2;Sổ", "row", "dòng 2: tử số lớn hơn mẫu số"),
        ("apology;20x3;1;2;Sổ", "cell", "Ô B2: “20x3” không phải là kỳ báo cáo"),
        ("apology;2023;1,5;2;Sổ", "cell", "Ô C2: “1,5” không phải là số nguyên"),
        ("apology;2023;một;2;Sổ", "cell", "Ô C2: “một” không phải là số"),
        ("apology;2023;1;2;", "row", "dòng 2: ghi rõ nguồn số liệu"),
        ("on_time;2023;1;2;Sổ", "row", "dòng 2: on_time được tính từ biểu số liệu"),
        (";2023;1;2;Sổ", "row", "dòng 2: chưa ghi chỉ số"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_once(
    coordinator: Actor, tmp_path: Path, row: str, rule: str, said: str
) -> None:
    path = write(tmp_path, f"kpi;period;numerator;denominator;source\n{row}\n")
    for preview in (True, False):
        result = take_measurements(coordinator, path, preview=preview)
        assert result.status == ("previewed" if preview else "refused")
        [(of, message)] = told(result)
        assert of == rule
        assert said in message
        assert result.rows == result.lines == ()


def test_a_file_names_a_unit_by_its_name_or_its_code(coordinator: Actor, cast: Cast, tmp_path: Path) -> None:
    head = "kpi;period;numerator;denominator;source;đơn vị"
    rows = [f"apology;2023-Q{n};1;2;Sổ;{unit}" for n, unit in enumerate(("HT", "bo phan ho tich"), 1)]
    assert take_measurements(coordinator, write(tmp_path, "\n".join((head, *rows)))).status == "imported"
    assert {one.unit_id for one in Measurement.select()} == {cast.units["HT"].id}
    [(of, message)] = told(take_measurements(coordinator, write(tmp_path, f"{head}\n{rows[0]} X")))
    assert (of, "Ô F2" in message) == ("cell", True)


def test_a_second_column_for_one_thing_is_refused(coordinator: Actor, tmp_path: Path) -> None:
    path = write(tmp_path, "kpi;period;numerator;tử số;denominator;source\napology;2023;1;2;3;Sổ\n")
    assert told(take_measurements(coordinator, path)) == [
        ("cell", "Ô D1: là cột thứ hai của cùng một chỉ số: tử số")
    ]


def test_a_published_value_that_is_no_share_is_taken_as_it_stands(coordinator: Actor, tmp_path: Path) -> None:
    service_write.define(
        coordinator, OWN | {"code": "days", "title": "Thời gian xử lý", "unit": "ngày", "period_length": ""}
    )
    path = tmp_path / "measurements.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["kpi", "period", "numerator", "denominator", "stated", "source"])
        page.write_row(1, 0, ["days", "2023", 1.5, 3, 0.5, "Sổ"])
    assert take_measurements(coordinator, path).status == "imported"
    assert reading.measurement(coordinator, "days", "2023").shown_stated == "0,5 ngày"  # type: ignore[union-attr]


def test_the_same_place_twice_in_a_file_is_refused(coordinator: Actor, tmp_path: Path) -> None:
    result = take_measurements(coordinator, write(tmp_path, SHEET + "apology;2024-Q1;99;119;Sổ\n"))
    assert any("dòng 3" in error["message"] for error in result.errors)


def test_a_file_without_the_headings_is_refused(coordinator: Actor, tmp_path: Path) -> None:
    assert take_measurements(coordinator, write(tmp_path, "a;b\n1;2\n")).status == "refused"
    assert take_measurements(coordinator, write(tmp_path, SHEET.splitlines()[0] + "\n")).status == "refused"


# ---------------------------------------------------------------- what other areas get


def test_the_review_gets_the_rates_with_the_period_before_and_why_two_differ(coordinator: Actor) -> None:
    missed(coordinator)
    given = {one.input: one for one in service_hooks.review_inputs(coordinator, Period.parse("2024-Q1"))}
    figures = {f.label: f for f in given["c3"].figures}
    result = figures["Tỷ lệ số hóa kết quả giải quyết"]
    assert (result.value, result.fraction) == ("29,86%", "1.534 / 5.138")
    assert result.previous == "0,28% (Năm 2023: kỳ năm, không phải kỳ quý)"
    assert any("4.451" in line for line in given["c3"].lines)
    assert "c2" not in given
    of_2023 = {one.input: one for one in service_hooks.review_inputs(coordinator, Period.parse("2023"))}
    assert [f.status for f in of_2023["c2"].figures] == ["không đạt chỉ tiêu: 50%, do “giả định” giao"]
    assert list(service_hooks.review_inputs(coordinator, Period.parse("2020"))) == []


def test_an_agency_that_has_an_earlier_name_of_a_built_in_indicator_reads_it_in_both_languages(
    coordinator: Actor,
) -> None:
    service_write.ensure_builtin(coordinator)
    earlier = builtin()["apology"]["earlier_vi"][0]
    KpiDefinition.update(name=earlier).where(KpiDefinition.name == builtin()["apology"]["name_vi"]).execute()
    name = service.book(coordinator).entry("apology").now.name
    for reader in ("vi", "en"):
        with language(reader):
            assert str(name) == builtin()["apology"][f"name_{reader}"]
