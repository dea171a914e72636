"""The register of nonconformities and corrective actions as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from qms.areas.kpis import service_write
from qms.areas.kpis.models import Kpi
from qms.areas.nonconformities import service, service_batch, service_register
from qms.kernel.errors import Forbidden
from qms.kernel.links import link
from qms.kernel.text import language
from tests.areas.nonconformities.story import Story
from tests.cast import Cast
from tests.queries import queries

FILE = "/our-agency/nonconformities/register.xlsx"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def opened(answer: Any) -> Any:
    """The sheet of the workbook that was answered."""
    with answer:
        assert answer.status_code == 200
        content = answer.data
    return load_workbook(io.BytesIO(content)).active


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows below the head, by heading."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(number for number, row in enumerate(rows) if row[0] == "mã")
    return [dict(zip(rows[top], row, strict=True)) for row in rows[top + 1 :]]


def test_a_row_tells_all_of_a_closed_one(visit: Visit, cast: Cast, story: Story) -> None:
    older = story.opened(title="Lần trước")
    nc = story.closed()
    link(cast.actor("coordinator"), nc.record, older.record, "recurs")
    sheet = opened(visit("inspector").get(FILE))
    rows = {row["mã"]: row for row in table(sheet)}
    row = rows[nc.record.code]
    assert row["mức độ"] == "KPH nhẹ"
    assert row["ngày xảy ra"] == datetime(2024, 4, 15)
    assert row["hạn"] == datetime(2024, 6, 30)
    assert "Số hóa 39 trên 13.985 hồ sơ đã giải quyết." in row["sự việc phát hiện"]
    assert row["khắc phục tức thời"] == "Quét bổ sung 300 hồ sơ"
    assert row["hành động"] == "AC-2024-001 Ban hành quy định quét (Staff, 31/05/2024, đã xong)"
    assert row["tái diễn của"] == older.record.code
    assert row["ngày kết thúc"] == datetime(2024, 4, 15)


def test_title_agency_day_and_filters_stand_above(visit: Visit, story: Story) -> None:
    story.opened()
    story.opened(grade="major")
    sheet = opened(visit("overseer").get(f"{FILE}?grade=major"))
    above = [sheet.cell(row, 2).value for row in range(1, 5)]
    assert above[0] == "SỔ THEO DÕI SỰ KHÔNG PHÙ HỢP VÀ HÀNH ĐỘNG KHẮC PHỤC"
    assert above[1:3] == ["Sở Tư pháp tỉnh Ta", "tính đến ngày 15/04/2024, 1 dòng"]
    assert above[3] == "chỉ gồm: mức độ: KPH nặng"
    assert len(table(sheet)) == 1


def test_an_indicator_is_named_by_its_title_never_by_its_key(visit: Visit, cast: Cast, story: Story) -> None:
    nc = story.opened()
    coordinator = cast.actor("coordinator")
    service_write.ensure_builtin(coordinator)
    indicator = Kpi.by_code(coordinator.organisation_id, "digit_result")
    link(coordinator, nc.record, indicator.record, "source")
    (row,) = table(opened(visit("coordinator").get(FILE)))
    assert "Tỷ lệ số hóa kết quả" in row["phát hiện qua"]
    assert "digit_result" not in row["phát hiện qua"]


def test_it_is_made_for_paper(visit: Visit, story: Story) -> None:
    story.opened()
    sheet = opened(visit("coordinator").get(FILE))
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.print_title_cols == "$A:$A"
    above = [sheet.cell(row, 1).value for row in range(1, 5)]
    assert (
        above == [None] * 4
    )  # what stands in the first column stands on each further page, and would be cut
    assert sheet.freeze_panes == "B6"
    assert sheet["I6"].alignment.wrap_text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_what_looks_like_a_formula_is_a_text(visit: Visit, story: Story, sign: str) -> None:
    story.opened(title=f"{sign}1+1")
    cell = opened(visit("coordinator").get(FILE))["I6"]
    assert cell.value.startswith(f"{sign}1+1")
    assert cell.data_type == "s"


def test_an_empty_register_has_its_head(visit: Visit) -> None:
    assert table(opened(visit("coordinator").get(FILE))) == []


def test_ticked_rows_alone_are_written(visit: Visit, story: Story) -> None:
    story.opened()
    code = story.opened(title="Việc hai").record.code
    assert len(table(opened(visit("coordinator").get(f"{FILE}?code={code}")))) == 1


def test_who_may_not_read_gets_no_register(visit: Visit, cast: Cast, story: Story) -> None:
    story.opened()
    assert visit("stranger").get(FILE).status_code == 404
    theirs = visit("stranger").get(FILE.replace("our-agency", "their-agency"))
    assert table(opened(theirs)) == []
    assert visit("admin").get(FILE).status_code in (403, 404)
    with pytest.raises(Forbidden):
        list(service_register.rows(cast.intruder(), [story.opened().record_id]))


def test_many_rows_cost_no_more_questions_than_few(cast: Cast, story: Story) -> None:
    numbers = [story.acting(actions=2).record_id for _index in range(4)]
    actor = cast.actor("coordinator")
    with language("vi"):
        few = queries(lambda: list(service_register.rows(actor, numbers[:1])))
        assert queries(lambda: list(service_register.rows(actor, numbers))) == few


def test_voided_actions_are_left_out(cast: Cast, story: Story) -> None:
    nc = story.analysed()
    kept, voided = (story.action(nc.record.code).record.code for _n in range(2))
    from qms.areas.actions import service as actions

    actions.fire(cast.actor("coordinator"), voided, "void", reason="nhập trùng")
    assert [one.code for one in service_batch.actions([nc.record_id])[nc.record_id]] == [kept]
    assert service.facts(story.read(nc), cast.actor("coordinator")).actions[0].code == kept
