"""The pages of late cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from qms.areas.cases import service
from qms.areas.cases.models import LateCase
from qms.areas.kpis import service_measure
from qms.areas.kpis.service_measure import MeasurementValues
from tests.areas.cases.story import LETTER, apologised, late
from tests.areas.statements.samples import bring
from tests.cast import Cast
from tests.queries import queries

HOME = "/our-agency/cases"
Visit = Callable[..., FlaskClient]
SENT = {
    "case_code": "H33-9", "title": "Kết hôn", "taken_on": "2024-03-01", "due_on": "2024-03-20", "cause": "Thiếu người",
}  # fmt: skip


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_register_and_case(visit: Visit, cast: Cast, part: str) -> None:
    late(cast)
    browser = visit(part)
    assert "000.00.16.H33-240301-0001" in browser.get(HOME).text
    assert browser.get(f"{HOME}/LC-2024-001").status_code == 200


def test_another_organisation_finds_nothing(visit: Visit, cast: Cast) -> None:
    late(cast)
    browser = visit("stranger")
    for path in ("", "/LC-2024-001", "/LC-2024-001/edit", "/LC-2024-001/letter", "/new", "/import", ".csv"):
        assert browser.get(HOME + path).status_code == 404, path


def test_staff_record_their_own_case_and_no_other(visit: Visit, cast: Cast) -> None:
    browser = visit("staff")
    assert f'href="{HOME}/new"' in browser.get(HOME).text
    own = SENT | {"owner": cast.person("staff").id, "unit": cast.units["HT"].id}
    answer = browser.post(f"{HOME}/new", data=own, follow_redirects=True)
    assert answer.request.path == f"{HOME}/LC-2024-001"
    assert browser.get(f"{HOME}/LC-2024-001/edit").status_code == 200
    other = SENT | {"case_code": "H33-8", "owner": cast.person("colleague").id}
    assert browser.post(f"{HOME}/new", data=other).status_code == 403
    assert visit("records").get(f"{HOME}/new").status_code == 403


def test_a_refusal_stands_beside_its_field_with_all_that_was_typed(visit: Visit, cast: Cast) -> None:
    answer = visit("coordinator").post(f"{HOME}/new", data=SENT | {"due_on": "2024-02-01"})
    assert answer.status_code == 409
    assert 'href="#due_on"' in answer.text
    assert "Thiếu người" in answer.text


def test_a_column_for_a_name_that_is_sent_anyway_is_kept_nowhere(visit: Visit, cast: Cast) -> None:
    sent = SENT | {"applicant": "Nguyễn Văn Mật", "ho_ten": "Nguyễn Văn Mật"}
    answer = visit("coordinator").post(f"{HOME}/new", data=sent, follow_redirects=True)
    assert "Nguyễn Văn Mật" not in answer.text
    assert "Mật" not in repr(LateCase.get().state())


def test_the_records_office_records_the_letter_on_the_page_and_its_number_later(
    visit: Visit, cast: Cast
) -> None:
    late(cast)
    browser = visit("records")
    sent = {"letter_on": "2024-03-29", "letter_through": "post", "promised_on": "2024-04-22"}
    assert browser.post(f"{HOME}/LC-2024-001/fire/apologise", data=sent).status_code == 303
    page = browser.get(f"{HOME}/LC-2024-001").text
    assert "29/03/2024" in page
    assert f'href="{HOME}/LC-2024-001/letter"' in page
    given = {"letter_on": "2024-03-29", "letter_through": "post", "letter_number": "15", "version": 2}
    assert browser.post(f"{HOME}/LC-2024-001/letter", data=given).status_code == 303
    assert LateCase.get().letter_number == "15"
    assert visit("leader").post(f"{HOME}/LC-2024-001/fire/resolve").status_code == 403


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "30/02/2024"])
def test_a_step_takes_no_day_that_a_form_would_not_take(visit: Visit, cast: Cast, day: str) -> None:
    late(cast)
    sent = {"letter_on": "2024-03-29", "letter_through": "post", "promised_on": day}
    answer = visit("records").post(f"{HOME}/LC-2024-001/fire/apologise", data=sent)
    assert answer.status_code == 400
    assert f"“{day}” không phải là ngày" in answer.text
    assert LateCase.get().letter_on is None


def test_a_number_that_another_letter_of_the_year_bears_is_hinted_at_and_kept(
    visit: Visit, cast: Cast
) -> None:
    apologised(cast, case_code="H33-1")
    apologised(cast, case_code="H33-2")
    browser = visit("records")
    for one, other in (("LC-2024-001", "LC-2024-002"), ("LC-2024-002", "LC-2024-001")):
        page = browser.get(f"{HOME}/{one}").text
        assert f'<a href="{HOME}/{other}">{other}</a>' in page
    given = {"letter_on": "2024-03-29", "letter_through": "post", "letter_number": " 16 ", "version": 2}
    assert (
        "LC-2024-001"
        not in browser.post(f"{HOME}/LC-2024-002/letter", data=given, follow_redirects=True).text
    )
    given |= {"letter_number": "15", "version": 3}
    answer = browser.post(f"{HOME}/LC-2024-002/letter", data=given, follow_redirects=True)
    assert "Số 15 trong cùng năm đã ghi cho văn bản của LC-2024-001" in answer.text
    assert LateCase.select().where(LateCase.letter_number == "15").count() == 2, (
        "one letter may answer several cases"
    )


def test_a_zero_before_the_number_of_a_letter_makes_it_no_other(visit: Visit, cast: Cast) -> None:
    for code, number in (("H33-1", "03"), ("H33-2", "3"), ("H33-3", ""), ("H33-4", "0")):
        made = str(late(cast, case_code=code).record.code)
        service.fire(cast.actor("records"), made, "apologise", values=LETTER | {"letter_number": number})
    browser = visit("records")
    shown = {one: browser.get(f"{HOME}/LC-2024-00{one}").text for one in (1, 2, 3, 4)}
    others = {one: [n for n in shown if n != one and f"LC-2024-00{n}" in page] for one, page in shown.items()}
    assert others == {1: [2], 2: [1], 3: [], 4: []}


def test_the_same_number_in_another_year_or_of_a_voided_case_is_no_hint(visit: Visit, cast: Cast) -> None:
    apologised(cast, case_code="H33-1")
    apologised(cast, case_code="H33-2")
    old = {"taken_on": date(2023, 11, 1), "due_on": date(2023, 12, 1), "case_code": "H33-3"}
    code = str(late(cast, **old).record.code)
    sent = LETTER | {"letter_on": date(2023, 12, 1), "promised_on": date(2023, 12, 20)}
    service.fire(cast.actor("records"), code, "apologise", values=sent)
    service.fire(cast.actor("coordinator"), "LC-2024-002", "void", reason="Nhập trùng")
    page = visit("records").get(f"{HOME}/LC-2024-001").text
    assert "LC-2024-002" not in page
    assert code not in page


def test_the_way_back_is_the_one_by_which_the_case_came_and_a_letter_has_its_own(
    visit: Visit, cast: Cast
) -> None:
    apologised(cast)
    browser = visit("coordinator")
    steps = f"{HOME}/LC-2024-001/fire"
    assert f"{steps}/take_back" in browser.get(f"{HOME}/LC-2024-001").text
    assert browser.post(f"{steps}/resolve", data={"resolved_on": "2024-04-10"}).status_code == 303
    page = browser.get(f"{HOME}/LC-2024-001").text
    assert f"{steps}/reopen_sent" in page
    assert f'{steps}/reopen"' not in page
    assert browser.post(f"{steps}/reopen", data={"reason": "Nhầm"}).status_code == 409
    assert browser.post(f"{steps}/reopen_sent", data={"reason": "Nhầm"}).status_code == 303
    assert browser.post(f"{steps}/take_back", data={"reason": "Nhầm"}).status_code == 303
    assert LateCase.get().letter_on is None


def test_a_letter_that_is_not_recorded_yet_has_no_form_for_its_number(visit: Visit, cast: Cast) -> None:
    late(cast)
    assert visit("records").get(f"{HOME}/LC-2024-001/letter").status_code == 409


def test_the_register_is_filtered_by_letter_period_and_procedure(visit: Visit, cast: Cast) -> None:
    late(cast, case_code="KHONG-THU", due_on=date(2024, 3, 20))
    apologised(cast, case_code="TRONG-HAN")
    code = str(late(cast, case_code="SAU-HAN", title="Kết hôn", due_on=date(2024, 3, 21)).record.code)
    service.fire(cast.actor("records"), code, "apologise", values=LETTER)
    again = {"letter_on": date(2024, 4, 12), "letter_through": "post", "promised_on": date(2024, 5, 6)}
    service.fire(cast.actor("records"), "LC-2024-002", "extend", reason="Chờ thêm", values=again)
    late(cast, case_code="HUY")
    service.fire(cast.actor("coordinator"), "LC-2024-004", "void", reason="Nhập trùng")
    browser = visit("leader")
    for query, shown in {
        "letter=none": {"KHONG-THU"},
        "letter=before": {"TRONG-HAN"},
        "letter=after": {"SAU-HAN"},  # TRONG-HAN has had another letter since
        "period=2024-Q1": {"KHONG-THU", "SAU-HAN"},
        "procedure=Kết hôn": {"SAU-HAN"},
        "period=2023": set(),
        "letter=none&period=2024-Q1": {"KHONG-THU"},
    }.items():
        page = browser.get(f"{HOME}?{query}").text
        found = {word for word in ("KHONG-THU", "TRONG-HAN", "SAU-HAN", "HUY") if word in page}
        assert found == shown, query
        rows = browser.get(f"{HOME}.csv?{query}").text
        assert {word for word in ("KHONG-THU", "TRONG-HAN", "SAU-HAN", "HUY") if word in rows} == shown


@pytest.mark.parametrize("query", ["letter=maybe", "period=soon", "procedure=Lạ", "state=zzz"])
def test_a_filter_value_that_cannot_be_read_is_named(visit: Visit, query: str) -> None:
    answer = visit("leader").get(f"{HOME}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[2] in answer.text


def test_the_register_says_where_it_differs_from_the_published_figures(visit: Visit, cast: Cast) -> None:
    bring(cast.actor("coordinator"), "kien-giang-2024-q1")
    late(cast, due_on=date(2024, 3, 20))
    page = visit("leader").get(HOME).text
    assert "Quý I/2024: sổ có 1 hồ sơ quá hạn" in page
    assert "số liệu công bố 119" in page
    kpi = visit("leader").get("/our-agency/kpis/apology?period=2024-Q1").text
    assert "sổ mới có 1 trong 119 hồ sơ, chưa đầy đủ" in kpi
    assert 'href="/our-agency/cases?period=2024-Q1"' in kpi


def test_an_indicator_shows_what_was_entered_and_why_the_register_does_not_govern(
    visit: Visit, cast: Cast
) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2024-q1")
    entered = MeasurementValues("apology", "2024-Q1", Decimal(100), source="Báo cáo")
    service_measure.keep_measurements(actor, [entered], "form")
    late(cast, due_on=date(2024, 3, 20))
    page = visit("leader").get("/our-agency/kpis/apology").text
    assert "84,03%" in page
    assert (
        "sổ đếm được 0 trong 1 hồ sơ trên tổng số 119 hồ sơ: sổ chưa đầy đủ nên lấy số liệu đã nhập" in page
    )
    assert 'href="/our-agency/cases?period=2024-Q1"' in page


def test_the_home_page_counts_open_cases_and_shows_the_duty(visit: Visit, cast: Cast) -> None:
    from qms.kernel.organisations import set_settings
    from tests.cast import SINCE

    set_settings(cast.actor("coordinator"), {"symbol": "STP"}, valid_from=SINCE)
    late(cast)
    page = visit("leader").get("/our-agency/").text
    assert 'href="/our-agency/cases?state=late&amp;letter=owed"' in page
    assert "LC-2024-001" in visit("leader").get("/our-agency/cases?state=late&letter=owed").text
    assert "LC-2024-001" not in visit("leader").get("/our-agency/cases?state=late&letter=early").text
    assert "1 hồ sơ quá hạn, chưa có văn bản xin lỗi" in page
    assert 'href="/our-agency/cases?letter=none&amp;period=2024"' in page


def test_only_a_case_past_its_due_date_is_said_to_owe_its_letter(visit: Visit, cast: Cast) -> None:
    late(cast)
    late(cast, case_code="H33-2", due_on=date(2024, 4, 20))
    browser = visit("coordinator")
    assert "đã quá hạn, chưa có văn bản" in browser.get("/our-agency/cases/LC-2024-001").text
    early = browser.get("/our-agency/cases/LC-2024-002").text
    assert "đã quá hạn, chưa có văn bản" not in early
    assert "state-late" not in early


def test_where_a_file_is_attached_it_is_said_that_a_scanned_letter_names_the_applicant(
    visit: Visit, cast: Cast
) -> None:
    late(cast)
    page = visit("coordinator").get("/our-agency/cases/LC-2024-001").text
    assert 'id="upload-hint"' in page
    assert "bản quét văn bản xin lỗi ghi tên người nộp hồ sơ" in page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_drawn_in_both_languages(visit: Visit, cast: Cast, language: str) -> None:
    apologised(cast)
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    case = "/LC-2024-001"
    for path in ("", "/new", "/import", case, f"{case}/edit", f"{case}/letter", f"{case}/letter/print",
                 f"{case}/documents/apology-letter", ".csv", ".xlsx"):  # fmt: skip
        assert browser.get(HOME + path).status_code == 200, path


def test_the_register_asks_the_database_the_same_number_of_times_however_many_cases(
    visit: Visit, cast: Cast
) -> None:
    browser = visit("coordinator")
    late(cast)
    few = queries(lambda: browser.get(HOME))
    for number in range(10):
        late(cast, case_code=f"H33-{number}")
    assert queries(lambda: browser.get(HOME)) <= few


def test_how_a_letter_was_sent_is_stated_by_somebody_and_not_by_the_form(visit: Visit, cast: Cast) -> None:
    late(cast)
    apologised(cast, case_code="2")
    records = visit("records")
    step = records.get(f"{HOME}/LC-2024-001").text.partition('id="apologise-letter_through"')[2]
    again = records.get(f"{HOME}/LC-2024-002").text.partition('id="extend-letter_through"')[2]
    for select in (step, again):
        assert select.partition("<option")[2].startswith(' value="" selected>– chọn –</option>')
    assert 'selected value="post"' in records.get(f"{HOME}/LC-2024-002/letter").text
    sent = records.post(
        f"{HOME}/LC-2024-001/fire/apologise", data={"letter_on": "2024-03-29", "promised_on": "2024-04-22"}
    )
    assert sent.status_code == 409
    assert "hãy ghi hình thức gửi văn bản" in sent.text


def test_a_nonconformity_from_a_late_case_happened_when_the_case_was_due(visit: Visit, cast: Cast) -> None:
    late(cast)
    form = visit("coordinator").get("/our-agency/nonconformities/new?source=cases/LC-2024-001").text
    assert 'value="2024-04-01"' in form.partition('id="happened_on"')[2].partition(">")[0]
