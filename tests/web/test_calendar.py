"""The calendar: what is due on which day, one's own, the months around, and a month that is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel.organisations import set_settings
from qms.kernel.records import Record
from qms.web import calendar
from tests.areas.nonconformities.story import Story
from tests.cast import OURS, TODAY, Cast

PAGE = f"/{OURS}/calendar"
Visit = Callable[..., FlaskClient]


def action(cast: Cast, due: date, owner: str = "staff") -> str:
    row = actions.open_action(
        cast.actor("coordinator"),
        {"title": "Quét hồ sơ", "sort": "corrective", "owner": cast.person(owner).id, "due": max(due, TODAY)},
    )
    Record.update(due=due).where(Record.id == row.record_id).execute()
    return str(row.record.code)


def test_this_month_is_shown_first_with_what_is_due(cast: Cast, visit: Visit) -> None:
    inside, outside = action(cast, date(2024, 4, 30)), action(cast, date(2024, 5, 1))
    page = visit("colleague").get(PAGE).text
    assert "Tháng 4/2024" in page
    assert f'href="/{OURS}/actions/{inside}"' in page
    assert outside not in page
    assert outside in visit("colleague").get(f"{PAGE}?month=2024-05").text


def test_a_month_without_anything_says_what_will_stand_there(visit: Visit) -> None:
    page = visit("colleague").get(f"{PAGE}?month=2024-02").text
    assert "Không có việc nào đến hạn trong tháng này." in page
    assert "tự hiện ở đây" in page


def test_a_holiday_and_the_agencys_own_day_off_are_named(cast: Cast, visit: Visit) -> None:
    assert visit("staff").get(PAGE).text.count("ngày nghỉ") == 3  # 18, 29 and 30 April
    set_settings(cast.actor("coordinator"), {"working_days": ["2024-04-17"]}, valid_from=TODAY)
    assert visit("staff").get(PAGE).text.count("ngày nghỉ") == 4


def test_every_day_is_in_the_table_and_each_busy_day_in_the_list(cast: Cast, visit: Visit) -> None:
    action(cast, date(2024, 2, 29))
    page = visit("staff").get(f"{PAGE}?month=2024-02").text
    assert page.count('<span class="day">') == 29
    assert page.count('<section aria-labelledby="d') == 1
    assert "29/02/2024" in page


def test_what_is_late_is_marked_and_what_is_done_is_gone(cast: Cast, visit: Visit) -> None:
    action(cast, date(2024, 4, 1))
    done = action(cast, date(2024, 4, 2))
    actions.fire(cast.actor("staff"), done, "finish", values={"proof": "ảnh"})
    page = visit("staff").get(PAGE).text
    assert "state-late" in page
    assert done not in page


def test_a_late_record_is_said_to_be_late_beside_its_state(cast: Cast, visit: Visit) -> None:
    action(cast, date(2024, 4, 1))
    assert "</span>quá hạn · chưa bắt đầu</span>" in visit("staff").get(PAGE).text


def test_a_check_of_effect_stands_on_its_day_as_in_the_digest_and_the_feed(cast: Cast, visit: Visit) -> None:
    nc = Story(cast).verifying()
    Nonconformity.update(effect_on=date(2024, 5, 17)).where(Nonconformity.record == nc.record_id).execute()
    address = f'href="/{OURS}/nonconformities/{nc.record.code}"'
    for part in ("coordinator", "staff", "inspector"):
        page = visit(part).get(f"{PAGE}?month=2024-05").text
        assert page.count(address) == 2, part  # in the table and in the list
        assert "kiểm tra hiệu lực" in page
        assert address not in visit(part).get(f"{PAGE}?month=2024-04").text
    assert address in visit("coordinator").get(f"{PAGE}?month=2024-05&whose=me").text  # who has to keep it
    assert address not in visit("colleague").get(f"{PAGE}?month=2024-05&whose=me").text
    Nonconformity.update(effect_on=date(2024, 4, 2)).where(Nonconformity.record == nc.record_id).execute()
    assert "quá hạn · kiểm tra hiệu lực" in visit("staff").get(PAGE).text


def test_only_my_own_on_demand(cast: Cast, visit: Visit) -> None:
    mine, others = action(cast, date(2024, 4, 20)), action(cast, date(2024, 4, 20), owner="colleague")
    page = visit("staff").get(f"{PAGE}?whose=me").text
    assert mine in page
    assert others not in page


def test_a_crowded_day_is_folded_and_a_crowded_month_says_that_it_is_cut(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        action(cast, date(2024, 4, 20))
    assert "3 mục nữa" in visit("staff").get(PAGE).text
    monkeypatch.setattr(calendar, "LOADED", 5)
    assert "Chỉ hiện 5 thời hạn" in visit("staff").get(PAGE).text


@pytest.mark.parametrize(
    "month", ["2024-13", "2024-00", "2024-4", "04/2024", "x", "2024", "0001-01", "2024-04-01", "９９９９-01"]
)
def test_a_month_that_is_none_is_named(cast: Cast, visit: Visit, month: str) -> None:
    answer = visit("staff").get(PAGE, query_string={"month": month})
    assert answer.status_code == 400
    assert month in answer.text


def test_a_wrong_filter_is_named(cast: Cast, visit: Visit) -> None:
    assert "yours" in visit("staff").get(f"{PAGE}?whose=yours").text
    assert visit("staff").get(f"{PAGE}?whose=yours").status_code == 400


@pytest.mark.parametrize(
    ("month", "before", "after"), [("1990-01", 0, 1), ("2024-12", 1, 1), ("2100-12", 1, 0)]
)
def test_the_months_around_are_linked_as_far_as_there_are_any(
    cast: Cast, visit: Visit, month: str, before: int, after: int
) -> None:
    page = visit("staff").get(f"{PAGE}?month={month}").text
    assert (page.count('rel="prev"'), page.count('rel="next"')) == (before, after)


def test_a_month_with_many_dates_stays_a_light_page(cast: Cast, visit: Visit) -> None:
    title = (
        "Hồ sơ đăng ký khai sinh có yếu tố nước ngoài giải quyết quá hạn, chưa có thư xin lỗi gửi người nộp"
    )
    opened = actions.open_action(
        cast.actor("coordinator"),
        {"title": title, "sort": "corrective", "owner": cast.person("staff").id, "due": date(2024, 4, 30)},
    )
    kept = {**opened.record.__data__, "search_text": ""}
    for number in range(calendar.LOADED + 20):
        code = f"AC-2024-{number + 100}"
        row = kept | {"id": None, "code": code, "due": date(2024, 4, number % 15 + 16)}
        del row["id"]
        Record.insert(row).execute()
    page = visit("staff").get(PAGE)
    assert f"Chỉ hiện {calendar.LOADED} thời hạn" in page.text
    assert len(page.data) < 100 * 1024
