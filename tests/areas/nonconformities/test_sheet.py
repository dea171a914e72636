"""The sheet of a nonconformity as Word: what it tells, for one and for a list, and who gets it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from docx import Document
from flask.testing import FlaskClient

from qms.areas.kpis import service_write
from qms.areas.kpis.models import Kpi
from qms.areas.nonconformities import service, service_batch, views_papers, views_sheet
from qms.docx.checks import check
from qms.docx.layout import HOUSE
from qms.kernel.errors import NotFound
from qms.kernel.links import link
from qms.kernel.people import Person
from qms.kernel.text import language
from tests.areas.nonconformities.story import Story, finding
from tests.cast import TODAY, Cast
from tests.docx.test_render import headers, lines
from tests.queries import queries

HOME = "/our-agency/nonconformities"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def sheet(cast: Cast, code: str, *, part: str = "coordinator", locale: str = "vi") -> bytes:
    return views_sheet.make(cast.actor(part), code, locale)[1]


def text_of(document: bytes) -> str:
    return "\n".join(lines(document))


# ---------------------------------------------------------------- one


def test_a_closed_one_tells_its_whole_story(cast: Cast, story: Story) -> None:
    code = story.closed().record.code
    document = sheet(cast, code)
    told = text_of(document)
    for expected in (
        "PHIẾU YÊU CẦU HÀNH ĐỘNG KHẮC PHỤC",
        f"Số: {code}",
        "Tỷ lệ số hóa kết quả chưa đạt chỉ tiêu",
        "Số hóa 39 trên 13.985 hồ sơ đã giải quyết.",
        "Bộ phận Hộ tịch",
        "Quét bổ sung 300 hồ sơ",
        "Chưa có quy định quét khi trả kết quả",
        "Có ở hai phòng khác",
        "AC-2024-001",
        "Ban hành quy định quét",
        "31/05/2024",
        "Biên bản",
        "Quý II đạt 35%",
    ):
        assert expected in told, expected
    assert "Người trình kế hoạch: Staff, ngày 15/04/2024" in told
    assert "Người duyệt kế hoạch: Unit head, ngày 15/04/2024" in told
    assert "Người xác nhận: Auditor, ngày 15/04/2024" in told
    assert check(document, HOUSE) == []
    assert "DỰ THẢO" not in "".join(headers(document))


def test_what_has_not_ended_is_a_draft_and_what_was_voided_says_so(cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    assert "DỰ THẢO" in headers(sheet(cast, code))[1]
    service.fire(cast.actor("coordinator"), code, "void", reason="nhập trùng với sổ giấy")
    document = sheet(cast, code)
    assert "ĐÃ HỦY" in headers(document)[1]
    assert "Lý do: nhập trùng với sổ giấy" in text_of(document)


def test_an_observation_is_never_called_a_nonconformity(cast: Cast, story: Story) -> None:
    told = text_of(sheet(cast, story.opened(grade="observation").record.code))
    assert "PHIẾU GHI NHẬN LƯU Ý" in told
    assert "không phù hợp" not in told.lower()
    assert "NGUYÊN NHÂN" not in told
    assert "PHIẾU GHI NHẬN CƠ HỘI CẢI TIẾN" in text_of(
        sheet(cast, story.opened(grade="opportunity").record.code)
    )


def test_an_indicator_is_named_by_its_title_never_by_its_key(cast: Cast, story: Story) -> None:
    nc = story.opened()
    coordinator = cast.actor("coordinator")
    service_write.ensure_builtin(coordinator)
    indicator = Kpi.by_code(coordinator.organisation_id, "digit_result")
    link(coordinator, nc.record, indicator.record, "source")
    told = text_of(sheet(cast, nc.record.code))
    assert "Tỷ lệ số hóa kết quả" in told
    assert "digit_result" not in told


def test_that_an_action_is_done_is_said_once(cast: Cast, story: Story) -> None:
    told = lines(sheet(cast, story.closed().record.code))
    assert [line for line in told if "xong" in line] == ["xong ngày 15/04/2024"]


def test_the_sheet_is_there_in_english(cast: Cast, story: Story) -> None:
    told = text_of(sheet(cast, story.closed().record.code, locale="en"))
    assert "REQUEST FOR CORRECTIVE ACTION" in told
    assert "Plan approved by: Unit head, 15/04/2024" in told
    assert "KHẮC PHỤC" not in told


def test_another_round_tells_why_the_last_one_did_not_hold(cast: Cast, story: Story) -> None:
    code = story.closed().record.code
    service.fire(cast.actor("coordinator"), code, "reopen", reason="quý III lại có hồ sơ chưa số hóa")
    told = text_of(sheet(cast, code))
    assert "vòng 1 đến ngày 15/04/2024, Coordinator mở vòng mới: quý III lại có hồ sơ chưa số hóa" in told
    assert "Người duyệt kế hoạch" not in told


def test_an_earlier_round_tells_its_cause_and_what_the_check_found(cast: Cast, story: Story) -> None:
    code = story.closed().record.code
    service.fire(cast.actor("leader"), code, "reopen", reason="tái diễn quý III")
    service.write_part(cast.actor("staff"), code, "analysis", {"cause": "Thiếu máy quét"})
    told = lines(sheet(cast, code))
    begun = next(n for n, line in enumerate(told) if line.startswith("- vòng 1 đến ngày 15/04/2024"))
    assert told[begun + 1 : begun + 5] == [
        "Nguyên nhân gốc: Chưa có quy định quét khi trả kết quả",
        "Nhóm của nguyên nhân gốc: phương pháp.",
        "Kết quả kiểm tra hiệu lực: Quý II đạt 35%",
        "Người xác nhận: Auditor",
    ]


def test_whys_are_on_the_sheet_as_on_the_page_whatever_the_method(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    service.write_part(cast.actor("staff"), code, "analysis", {"cause_method": "described"})
    assert "Vì sao lần 1: Kết quả trả trên giấy, không quét" in text_of(sheet(cast, code))


def test_groups_of_causes_begin_with_a_capital_as_on_the_page(cast: Cast, story: Story) -> None:
    code = story.contained().record.code
    values = {"cause_method": "cause_effect", "causes_people": "Chưa được tập huấn", "cause_group": "people"}
    service.write_part(cast.actor("staff"), code, "analysis", values)
    said = text_of(sheet(cast, code))
    assert "Con người" in said
    assert "Phương pháp" in said


def test_the_unit_head_of_today_signs(cast: Cast, story: Story) -> None:
    told = lines(sheet(cast, story.opened(unit=cast.units["HCTP"].id).record.code))
    assert told[-4:-1] == ["Coordinator", "Unit head", ""]  # nobody has verified it yet


def test_a_head_whose_account_was_closed_does_not_sign(cast: Cast, story: Story) -> None:
    code = story.opened(unit=cast.units["HCTP"].id).record.code
    Person.update(active=False).where(Person.id == cast.person("unit_head").id).execute()
    assert lines(sheet(cast, code))[-4:-1] == ["Coordinator", "", ""]


def test_no_stranger_and_no_guess_gets_a_sheet(visit: Visit, cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    path = f"{HOME}/{code}/documents/corrective-action-sheet"
    assert visit("inspector").get(path).status_code == 200
    assert visit("overseer").get(path).status_code == 200
    assert visit("stranger").get(path).status_code == 404
    assert visit("stranger").get(path.replace("our-agency", "their-agency")).status_code == 404
    assert visit("coordinator").get(path.replace(code, "NC-2024-999")).status_code == 404
    assert visit("admin").get(path).status_code in (403, 404)
    with pytest.raises(NotFound):
        sheet(cast, code, part="stranger")


def test_the_page_has_the_button(visit: Visit, story: Story) -> None:
    code = story.opened().record.code
    page = visit("inspector").get(f"{HOME}/{code}").text
    assert f"{HOME}/{code}/documents/corrective-action-sheet" in page


def test_who_reads_english_is_offered_the_sheet_in_english_beside_it(visit: Visit, story: Story) -> None:
    path = f"{HOME}/{story.opened().record.code}"
    browser = visit("inspector")
    english = f'href="{path}/documents/corrective-action-sheet?locale=en"'
    assert english not in browser.get(path).text
    with browser.session_transaction() as session:
        session["language"] = "en"
    page = browser.get(path).text
    assert f"{english}>Sheet (.docx), in English</a>" in page
    assert f'href="{path}/documents/corrective-action-sheet">Sheet (.docx), in Vietnamese</a>' in page


# ---------------------------------------------------------------- a list


def test_a_list_is_one_file_with_a_sheet_for_each_row(visit: Visit, story: Story) -> None:
    codes = [story.opened(title=f"Việc {n}").record.code for n in range(3)]
    answer = visit("inspector").get(f"{HOME}/sheets")
    assert answer.status_code == 200
    document = Document(io.BytesIO(answer.data))
    assert len(document.sections) == 3
    told = text_of(answer.data)
    assert all(f"Số: {code}" in told for code in codes)


def test_only_the_ticked_rows_are_printed(visit: Visit, story: Story) -> None:
    first, second = (story.opened(title=f"Việc {n}").record.code for n in range(2))
    told = text_of(visit("coordinator").get(f"{HOME}/sheets?code={second}").data)
    assert f"Số: {second}" in told
    assert first not in told


def test_a_filter_narrows_what_is_printed(visit: Visit, story: Story) -> None:
    minor, major = story.opened().record.code, story.opened(grade="major").record.code
    told = text_of(visit("coordinator").get(f"{HOME}/sheets?grade=major").data)
    assert f"Số: {major}" in told
    assert minor not in told


def test_too_many_are_refused_with_their_number(
    visit: Visit, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        story.opened(title=f"Việc {number}")
    monkeypatch.setattr(views_papers, "most_sheets", lambda: 2)
    answer = visit("coordinator").get(f"{HOME}/sheets")
    assert answer.status_code == 409
    assert "yêu cầu in 3 phiếu; một tệp chứa tối đa 2 phiếu" in answer.text


def test_an_empty_list_is_refused_in_words(visit: Visit) -> None:
    answer = visit("coordinator").get(f"{HOME}/sheets?grade=major")
    assert answer.status_code == 409
    assert f'href="{HOME}?grade=major"' in answer.text  # where the list is narrowed otherwise


def test_a_stranger_prints_no_list_of_ours(visit: Visit, story: Story) -> None:
    code = story.opened().record.code
    browser = visit("stranger")
    assert browser.get(f"{HOME}/sheets").status_code == 404
    assert browser.get(f"/their-agency/nonconformities/sheets?code={code}").status_code == 409


def test_gathering_asks_the_database_no_more_for_many_than_for_few(cast: Cast, story: Story) -> None:
    numbers = [story.acting(actions=2).record_id for _index in range(4)]
    actor = cast.actor("coordinator")

    def asked(some: list[int]) -> int:
        return queries(lambda: list(views_sheet.sheets(actor, some)))

    with language("vi"):
        assert asked(numbers) == asked(numbers[:1])


def test_a_record_of_another_organisation_is_left_out(cast: Cast, story: Story) -> None:
    ours = story.opened()
    theirs = service.open_nc(
        cast.actor("stranger"), finding(cast) | {"unit": None, "owner": None, "happened_on": TODAY}
    )
    found = service_batch.records(cast.ours.id, [theirs.record_id, ours.record_id])
    assert [row.record_id for row in found] == [ours.record_id]
