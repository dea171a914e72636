"""The statistics: numbers computed by hand on a small story, and every number of the page against its list."""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from qms.areas.nonconformities import service
from qms.areas.nonconformities import service_statistics as statistics
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import GRADES, IMPROVEMENTS, S
from qms.areas.nonconformities.rules_analysis import GROUPS
from qms.areas.nonconformities.rules_statistics import MEDIAN, NINE_TENTHS, Timely, age_classes, percentile
from qms.areas.nonconformities.service_statistics import Scope
from qms.areas.nonconformities.views import LISTING
from qms.areas.nonconformities.views_filters import WITH_DUE
from qms.areas.nonconformities.views_statistics_cells import Tally
from qms.areas.nonconformities.views_statistics_tables import page
from qms.kernel.calendar import Period
from qms.kernel.links import link, unlink
from qms.kernel.records import Record
from tests.areas.nonconformities.story import Story
from tests.cast import TODAY, Cast
from tests.queries import queries

PAGE = "/our-agency/nonconformities/statistics"
MANY = 160
Visit = Callable[..., FlaskClient]


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("days", "percent", "expected"),
    [
        ([], 50, None),
        ([7], 50, 7),
        ([7], 90, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        ([3, 1, 2, 4], 50, 2),
        ([1, 1, 1, 9], 50, 1),
        ([1, 1, 1, 9], 90, 9),
        (list(range(1, 11)), 90, 9),
        (list(range(1, 12)), 90, 10),
        (list(range(1, 101)), 50, 50),
        ([0, 0, 5], 90, 5),
    ],
)
def test_a_percentile_is_the_least_days_that_so_many_did_not_exceed(
    days: list[int], percent: int, expected: int | None
) -> None:
    assert percentile(Counter(days), percent) == expected


def test_the_classes_of_age_leave_no_day_out_and_count_none_twice() -> None:
    classes = age_classes({"ages": {"up_to": [30, 90, 180]}})
    assert [one.code for one in classes] == ["0-30", "31-90", "91-180", "181-"]
    for age in (0, 1, 30, 31, 90, 91, 180, 181, 4000):
        day = TODAY - timedelta(days=age)
        within = [one for one in classes if one.happened(TODAY)[0] <= day <= one.happened(TODAY)[1]]
        assert len(within) == 1, age
        assert within[0].low <= age, age
        assert age <= (within[0].high or 9999), age


# ---------------------------------------------------------------- a small story


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def placed(story: Story, happened: date, **values: Any) -> Nonconformity:
    """One that happened on that day and stands as `values` say: what years of steps would have made of it."""
    typed = {name: values.pop(name) for name in ("grade", "unit", "source_kind", "clauses") if name in values}
    row = story.opened(happened_on=happened, due=None, **typed)
    shared = {name: values.pop(name) for name in ("state", "due", "ended_on") if name in values}
    if "first_due" in values:
        shared["due_first"] = values["first_due"]  # as saving would
    if shared:
        Record.update(**shared).where(Record.id == row.record_id).execute()
    if values:
        Nonconformity.update(**values).where(Nonconformity.record == row.record_id).execute()
    return row


def closed(story: Story, happened: date, ended: date, due: date | None, **values: Any) -> Nonconformity:
    return placed(story, happened, state=S.CLOSED, ended_on=ended, due=due, **values)


@pytest.fixture
def told(cast: Cast, story: Story) -> Story:
    """Ten of 2023 and 2022, three open ones of 2024, and what must not count."""
    ht, vp = cast.units["HT"].id, cast.units["VP"].id
    first = closed(story, date(2022, 3, 1), date(2022, 3, 11), date(2022, 3, 31), unit=ht, clauses="9.1.3")
    closed(story, date(2022, 12, 1), date(2023, 1, 10), date(2022, 12, 31), cause_group="people", unit=vp)
    closed(
        story, date(2023, 1, 1), date(2023, 1, 5), date(2023, 1, 5), contained_on=date(2023, 1, 1),
        cause_group="people", clauses="9.1.3", unit=ht,
    )  # fmt: skip
    again = closed(
        story, date(2023, 2, 1), date(2023, 4, 12), date(2023, 5, 1), first_due=date(2023, 4, 11),
        contained_on=date(2023, 2, 3), cause_group="method", clauses="9.1.3, 8.5.1", grade="major", unit=ht,
    )  # fmt: skip
    closed(story, date(2023, 3, 1), date(2023, 3, 21), date(2023, 4, 1), first_due=date(2023, 3, 21), unit=ht)
    closed(
        story, date(2023, 6, 1), date(2024, 1, 2), date(2023, 7, 1), contained_on=date(2023, 6, 11), unit=vp
    )
    closed(story, date(2023, 8, 1), date(2023, 8, 3), None, source_kind="audit", unit=None)
    placed(story, date(2023, 12, 31), due=date(2024, 1, 31), unit=ht)
    placed(story, date(2024, 4, 1), due=date(2024, 5, 31), unit=None)
    placed(story, date(2024, 1, 15), due=None, unit=ht, grade="major")
    placed(story, date(2023, 5, 5), grade="observation")
    placed(story, date(2023, 5, 6), grade="opportunity", state="voided", ended_on=date(2023, 5, 7))
    placed(story, date(2023, 5, 7), state=S.VOIDED, ended_on=date(2023, 5, 8), clauses="9.1.3")
    coordinator = cast.actor("coordinator")
    link(coordinator, again.record, first.record, "recurs")
    link(coordinator, again.record, first.record, "related")
    return story


def scope(cast: Cast, period: str = "2023", unit: str = "") -> Scope:
    return Scope.of(cast.actor("leader"), Period.parse(period), unit)


def table(cast: Cast, name: str, period: str = "2023", unit: str = "") -> Tally:
    found = page(scope(cast, period, unit))
    return next(one for one in (found.open, found.ages, *found.tables) if one.name == name)


def numbers(found: Tally) -> dict[str, tuple[int | None, ...]]:
    lines = [*found.lines, *([found.total] if found.total else [])]
    return {str(line.label): tuple(cell.number for cell in line.cells) for line in lines}


def test_what_is_open_today_is_counted_by_unit_and_age_with_the_late_ones(cast: Cast, told: Story) -> None:
    found = statistics.still_open(scope(cast), TODAY)
    ht = cast.units["HT"].id
    assert found.number == {(ht, 2): 2, (None, 0): 1}
    assert {key: late for key, late in found.late.items() if late} == {(ht, 2): 1}
    running = table(cast, "open", "2024")
    assert str(running.title).startswith("Đang mở ngày 15/04/2024")
    assert [str(head) for head in running.heads[4:]] == ["tổng số", "quá hạn", "tổng số ngày 31/12/2023"]
    assert numbers(running) == {
        "Bộ phận Hộ tịch": (0, 0, 2, 0, 2, 1, 1),
        "Văn phòng": (0, 0, 0, 0, 0, 0, 1),
        "chưa gắn đơn vị": (1, 0, 0, 0, 1, 0, 0),
        "tổng số": (1, 0, 2, 0, 3, 1, 2),
    }
    ages = table(cast, "ages", "2024")
    assert [str(head) for head in ages.heads] == ["15/04/2024", "quá hạn", "31/12/2023"]
    assert list(numbers(ages).values()) == [(1, 0, 1), (0, 0, 0), (2, 1, 0), (0, 0, 1), (3, 1, 2)]


def test_what_was_open_at_the_end_of_a_period_stands_beside_the_end_of_the_one_before(
    cast: Cast, told: Story
) -> None:
    ended = table(cast, "open")
    assert str(ended.title).startswith("Đang mở ngày 31/12/2023")
    assert numbers(ended) == {
        "Bộ phận Hộ tịch": (1, 0, 0, 0, 1, 0),
        "Văn phòng": (0, 0, 0, 1, 1, 1),
        "tổng số": (1, 0, 0, 1, 2, 1),
    }
    assert list(numbers(table(cast, "ages")).values()) == [(1, 1), (0, 0), (0, 0), (1, 0), (2, 1)]
    assert numbers(table(cast, "open", "2022"))["tổng số"] == (1, 0, 0, 0, 1, None)


def test_a_period_that_is_not_over_stands_beside_the_same_days_of_the_one_before(
    cast: Cast, told: Story
) -> None:
    running = table(cast, "closing", "2024")
    assert list(running.heads) == ["01/01–15/04/2024", "01/01–15/04/2023"]
    assert list(numbers(running).values())[:2] == [(2, 3), (1, 4)]


@pytest.mark.parametrize(
    ("today", "period", "before"),
    [
        (date(2024, 4, 15), "2024", date(2023, 4, 15)),
        (date(2024, 2, 29), "2024", date(2023, 2, 28)),
        (date(2024, 2, 29), "2024-Q1", date(2023, 11, 29)),
        (date(2024, 5, 31), "2024-Q2", date(2024, 2, 29)),
        (date(2024, 6, 30), "2024-Q2", date(2024, 3, 31)),
        (date(2024, 6, 30), "2024", date(2023, 6, 30)),
        (date(2024, 8, 31), "2024-H2", date(2024, 2, 29)),
        (date(2024, 1, 1), "2024", date(2023, 1, 1)),
        (date(2025, 1, 1), "2024", date(2023, 12, 31)),
    ],
)
def test_the_period_before_is_counted_up_to_the_same_day(today: date, period: str, before: date) -> None:
    asked = Scope(1, today, Period.parse(period))
    assert asked.before.end == before
    assert asked.before.whole == (asked.now.end == asked.period.end)


def test_closing_is_on_time_on_the_due_date_itself_and_extended_where_the_first_one_was_missed(
    cast: Cast, told: Story
) -> None:
    found = statistics.closed(scope(cast))
    assert found.timely.now == {Timely.LATE: 1, Timely.ON_TIME: 2, Timely.EXTENDED: 1, Timely.NO_DUE: 1}
    assert found.timely.before == {Timely.ON_TIME: 1}
    values = list(numbers(table(cast, "closing")).values())
    assert values == [(6, 2), (5, 1), (4, 1), (3, 1), (1, 0), (1, 0), (1, 0)]


def test_days_run_from_the_happening_to_correction_and_closing(cast: Cast, told: Story) -> None:
    opened, ended = statistics.opened(scope(cast)), statistics.closed(scope(cast))
    assert opened.days.now == {0: 1, 2: 1, 10: 1}
    assert ended.days.now == {40: 1, 4: 1, 70: 1, 20: 1, 2: 1}
    assert list(numbers(table(cast, "correction")).values()) == [(2, None), (10, None), (3, 0), (3, 2)]
    assert list(numbers(table(cast, "duration")).values()) == [(20, 10), (70, 10), (5, 1)]


def test_what_could_not_be_corrected_at_once_is_neither_corrected_nor_owed(
    cast: Cast, told: Story, visit: Visit
) -> None:
    placed(told, date(2023, 7, 1), no_correction="Cuộc đánh giá đã kết thúc", contained_on=date(2023, 12, 1))
    placed(told, date(2023, 7, 2), no_correction="Hồ sơ đã trả")
    found = numbers(table(cast, "correction"))
    assert list(found.values()) == [(2, None), (10, None), (3, 0), (2, 0), (3, 2)]
    assert list(found)[2:4] == ["đã khắc phục", "không thể khắc phục ngay"]
    text = visit("leader").get("/our-agency/nonconformities?corrected=impossible").text
    assert '<p class="head-count">tổng số 2</p>' in text


def test_a_recurrence_counts_once_and_not_when_its_link_was_taken_back(cast: Cast, told: Story) -> None:
    assert list(numbers(table(cast, "recurrence")).values()) == [(1, 0)]
    actor = cast.actor("coordinator")
    rows = Record.select().where(Record.kind == "nonconformity").order_by(Record.id)
    unlink(actor, rows[3], rows[0], "recurs", "Nhầm")
    assert list(numbers(table(cast, "recurrence")).values()) == [(0, 0)]


def test_what_repeats_a_voided_one_is_no_recurrence(cast: Cast, told: Story, visit: Visit) -> None:
    first = Record.select().where(Record.kind == "nonconformity").order_by(Record.id).first()
    Record.update(state=S.OPEN, ended_on=None).where(Record.id == first.id).execute()
    service.fire(cast.actor("coordinator"), first.code, "void", reason="ghi trùng")
    assert list(numbers(table(cast, "recurrence")).values()) == [(0, 0)]
    text = visit("leader").get("/our-agency/nonconformities?recurs=yes").text
    assert '<p class="head-count">tổng số 0</p>' in text
    text = visit("leader").get("/our-agency/nonconformities?recurs=yes&clause=9.1.3").text
    assert '<p class="head-count">tổng số 0</p>' in text


def test_clause_and_unit_are_named_when_found_against_twice(cast: Cast, told: Story) -> None:
    [line] = table(cast, "repeated").lines
    assert "9.1.3" in str(line.label)
    assert "Bộ phận Hộ tịch" in str(line.label)
    assert [cell.number for cell in line.cells] == [2, 1]


def test_causes_sources_and_grades_are_parts_of_what_happened(cast: Cast, told: Story) -> None:
    causes = table(cast, "causes")
    assert [cell.number for line in causes.lines for cell in line.cells[:1]] == [1, 1, 4]  # the others: never
    assert {cell.of for line in causes.lines for cell in line.cells} == {6, 2}
    for name in ("causes", "sources", "grades"):
        columns = zip(*numbers(table(cast, name)).values(), strict=True)
        assert [sum(column) for column in columns] == [6, 2], name
    assert list(numbers(table(cast, "improvements")).values()) == [(1, 0)]


def test_a_unit_narrows_every_table(cast: Cast, told: Story) -> None:
    vp = str(cast.units["VP"].id)
    assert list(numbers(table(cast, "closing", unit=vp)).values())[:2] == [(1, 1), (1, 0)]
    assert list(numbers(table(cast, "closing", unit="none")).values())[:2] == [(1, 0), (1, 0)]
    assert table(cast, "open", "2024-Q2", unit=vp).lines == ()


def test_before_the_first_one_nothing_was_kept_which_is_not_zero(
    cast: Cast, told: Story, visit: Visit
) -> None:
    assert next(iter(numbers(table(cast, "closing", "2022")).values())) == (2, None)
    assert next(iter(numbers(table(cast, "closing", "2021")).values())) == (None, None)
    browser = visit("leader")
    assert "Trước ngày 01/03/2022" in browser.get(f"{PAGE}?period=2022").text
    assert "sự không phù hợp đầu tiên" in browser.get(f"{PAGE}?period=2021").text
    assert "không được tính trọn vẹn" in browser.get(f"{PAGE}?period=2023").text
    assert "chưa kết thúc" in browser.get(PAGE).text


def test_a_period_without_anything_says_so(told: Story, visit: Visit) -> None:
    assert "không phát sinh và không đóng" in visit("leader").get(f"{PAGE}?period=2022-Q2").text


# ---------------------------------------------------------------- the page


LINK = re.compile(
    r'<a href="(/our-agency/nonconformities\?[^"]+)"[^>]*>(?:<span class="state[^"]*"><span[^>]*>▲</span>)?([^<]+)'
)


def main_of(text: str) -> str:
    return text[text.index('<section class="part"') :]


@pytest.mark.parametrize(
    "asked",
    ["period=2023", "period=2024", "period=2023-H1", "period=2023-Q1&unit=HT", "period=2023&unit=none"],
)
def test_every_number_opens_a_list_with_just_as_many_rows(
    cast: Cast, told: Story, visit: Visit, asked: str
) -> None:
    browser = visit("leader")
    asked = asked.replace("=HT", f"={cast.units['HT'].id}")
    found = LINK.findall(main_of(browser.get(f"{PAGE}?{asked}").text))
    assert len(found) > 8
    for address, words in found:
        shown = browser.get(unescape(address)).text
        count = int(re.search(r'<p class="head-count">tổng số (\d+)</p>', shown)[1])  # type: ignore[index]
        assert count > 0, address
        if "ngày" not in words:
            assert count == int(words), address


# ---------------------------------------------------------------- every number against its rows


@pytest.fixture
def generated(cast: Cast, story: Story) -> Story:
    """A register of three years in which every fact that is counted by comes with every other."""
    chance = random.Random(10)

    def later(day: date, most: int, *, ever: float = 1.0) -> date | None:
        found = day + timedelta(days=chance.randint(0, most))
        return found if found <= TODAY and chance.random() < ever else None

    units, made = (cast.units["HT"].id, cast.units["VP"].id, None), []
    for _number in range(MANY):
        happened = TODAY - timedelta(days=chance.randint(0, 1100))
        grade = chance.choices(list(GRADES), (3, 5, 1, 1))[0]
        ended, due = later(happened, 300, ever=0.7), happened + timedelta(days=chance.randint(5, 200))
        state = chance.choices(("open" if ended is None else "closed", "voided"), (9, 1))[0]
        if grade in IMPROVEMENTS and state == "closed":
            state = "done"
        row = placed(
            story, happened, state=state, grade=grade, unit=chance.choice(units),
            due=chance.choice((due, due, None)), first_due=chance.choice((due - timedelta(days=4), None)),
            ended_on=ended or (TODAY if state == "voided" else None), contained_on=later(happened, 40, ever=0.7),
            no_correction=chance.choice(("", "", "Không thể làm lại")),
            source_kind=chance.choice(("audit", "target", "complaint")), cause_group=chance.choice((*GROUPS, None)),
            clauses=chance.choice(("", "9.1.3", "8.5.1", "9.1.3, 8.5.1", "7.2")),
        )  # fmt: skip
        made.append(row.record)
    coordinator = cast.actor("coordinator")
    for number, other in enumerate(made[MANY // 4 : MANY // 2]):
        link(coordinator, made[number], other, "recurs")
        if number % 4 == 0:
            unlink(coordinator, made[number], other, "recurs", "Nhầm")
        if number % 3 == 0:
            link(coordinator, made[number], made[-number - 1], "recurs")
    return story


@pytest.mark.parametrize("period", ["2024", "2023-H1"])
def test_every_number_is_that_of_the_rows_which_its_list_finds(
    cast: Cast, generated: Story, period: str
) -> None:
    for unit in ("", str(cast.units["HT"].id), "none"):
        found = page(scope(cast, period, unit))
        for one in (found.open, found.ages, *found.tables):
            lines = (*one.lines, *([one.total] if one.total else []))
            assert unit or any(cell.number for line in lines for cell in line.cells), one.name
            for line in lines:
                percent = MEDIAN if line is lines[0] else NINE_TENTHS
                for cell in line.cells:
                    rows = listed(cast, cell.where)
                    number = days_of(rows, one.name, percent) if cell.days else len(rows)
                    of = cell.of if cell.of is None else len(listed(cast, whole(cell.where)))
                    shown = (cell.number, cell.of)
                    assert shown == (number, of), f"{unit} {one.name} {line.label} {cell.where}"


def listed(cast: Cast, where: str) -> list[Nonconformity]:
    """The rows of the list at these parameters."""
    numbers = LISTING.numbers(cast.actor("leader"), MultiDict(parse_qsl(where)))
    query: Any = Nonconformity.select(Nonconformity, Record).join(Record).where(Record.id.in_(numbers))
    return list(query)


def whole(where: str) -> str:
    """The parameters of the list of what a number is a part of: those on time or late had a due date."""
    filters = dict(parse_qsl(where))
    days = ("happened", "happened_until", "ended", "ended_until")
    kept = {key: filters[key] for key in ("counted", "unit", *days) if key in filters}
    if "extended" in filters:
        kept["timely"] = Timely.ON_TIME
    elif filters.get("timely") in (Timely.ON_TIME, Timely.LATE):
        kept["timely"] = WITH_DUE
    return urlencode(kept)


def days_of(rows: list[Nonconformity], table: str, percent: int) -> int | None:
    """The nearest-rank percentile of the days that these took until their correction or their closing."""
    last: list[Any] = [row.contained_on if table == "correction" else row.record.ended_on for row in rows]
    took = sorted((day - row.record.happened_on).days for day, row in zip(last, rows, strict=True))
    return took[-(-len(took) * percent // 100) - 1] if took else None


def test_a_period_is_always_chosen_and_a_unit_need_not_be(told: Story, visit: Visit) -> None:
    text = visit("leader").get(f"{PAGE}?period=2023&unit=none").text
    period, unit = (
        text.partition(f'name="{name}">')[2].partition("</select>")[0] for name in ("period", "unit")
    )
    assert '<option value="">' not in period
    assert '<option value="2023" selected>' in period
    assert unit.startswith('<option value="">')
    assert '<option value="none" selected>' in unit


def test_the_page_asks_the_database_a_bounded_number_of_times(told: Story, visit: Visit) -> None:
    browser = visit("leader")
    browser.get(PAGE)
    assert queries(lambda: browser.get(PAGE)) <= 16


def test_an_empty_organisation_is_told_what_to_do(visit: Visit) -> None:
    text = visit("coordinator").get(PAGE).text
    assert "Chưa có gì để thống kê" in text
    assert "/our-agency/nonconformities/new" in text
    assert "/nonconformities/new" not in visit("inspector").get(PAGE).text
    for part in ("staff", "auditor"):
        assert "/our-agency/nonconformities/new" in visit(part).get(PAGE).text


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "inspector", "overseer"]
)
def test_who_sees_nonconformities_sees_their_statistics(told: Story, visit: Visit, part: str) -> None:
    assert visit(part).get(PAGE).status_code == 200
    assert visit(part).get(f"{PAGE}.xlsx").status_code == 200


def test_others_see_no_statistics(told: Story, visit: Visit) -> None:
    for path in (PAGE, f"{PAGE}.xlsx"):
        assert visit("stranger").get(path).status_code == 404
        assert visit("admin").get(path).status_code in (403, 404)
        assert visit().get(path).status_code == 302
    assert (
        "2023"
        not in visit("stranger")
        .get("/their-agency/nonconformities/statistics?period=2023")
        .text.partition("<table")[2]
    )


@pytest.mark.parametrize(
    "asked", ["period=2023-05", "period=x", "period=2025", "unit=x", "unit=-1", "period=2023&unit=9999999999"]
)
def test_a_period_or_unit_that_there_is_not_is_named(told: Story, visit: Visit, asked: str) -> None:
    assert visit("leader").get(f"{PAGE}?{asked}").status_code == 400


def test_the_list_and_the_home_page_lead_to_the_statistics(told: Story, visit: Visit) -> None:
    browser = visit("leader")
    assert f'href="{PAGE}"' in browser.get("/our-agency/nonconformities").text
    assert f'href="{PAGE}"' in browser.get("/our-agency/").text


def test_the_file_has_a_sheet_for_each_table_with_the_same_numbers(told: Story, visit: Visit) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(visit("leader").get(f"{PAGE}.xlsx?period=2023").data))
    assert len(book.worksheets) == 11
    rows = list(book.worksheets[2].iter_rows(values_only=True))
    top = next(number for number, row in enumerate(rows) if row[1] == "Năm 2023")
    both = [(year, f"{year}: trong tổng số", f"{year}: tỷ lệ") for year in ("Năm 2023", "Năm 2022")]
    assert rows[top][1:7] == (*both[0], *both[1])
    assert rows[top + 4][1:7] == (3, 4, 0.75, 1, 1, 1)


def test_the_file_says_whose_figures_it_holds_of_when_and_what_they_count(told: Story, visit: Visit) -> None:
    from openpyxl import load_workbook

    unit = told.cast.units["HCTP"]
    answer = visit("leader").get(f"{PAGE}.xlsx?period=2023&unit={unit.id}")
    for sheet in load_workbook(io.BytesIO(answer.data)):
        assert sheet["A1"].value[:10] == sheet.title.partition(" ")[2][:10]
        said = str(sheet["A2"].value)
        for expected in ("Sở Tư pháp tỉnh Ta", "Năm 2023, bên cạnh Năm 2022", str(unit.name), "15/04/2024"):
            assert expected in said


def test_the_file_opens_in_both_languages_though_titles_are_longer_than_names_of_sheets(
    told: Story, visit: Visit
) -> None:
    from openpyxl import load_workbook

    browser = visit("leader")
    browser.get("/language/en", follow_redirects=True)
    book = load_workbook(io.BytesIO(browser.get(f"{PAGE}.xlsx?period=2023").data))
    assert book.sheetnames[1] == "2 Open, by age"
    assert len(set(book.sheetnames)) == 11


# ---------------------------------------------------------------- the filters


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("counted=nonconformities", 10),
        ("counted=improvements", 1),
        ("age=0-30", 1),
        ("age=91-180", 2),
        ("timely=late", 2),
        ("timely=with_due&ended=2023", 4),
        ("corrected=yes", 3),
        ("corrected=no&counted=nonconformities", 7),
        ("happened_from=2024-01-15", 2),
        ("happened_until=2022-03-01", 1),
        ("ended=2023&ended_until=2023-01-10&counted=nonconformities", 2),
        ("source_kind=audit", 1),
        ("cause_group=people", 2),
        ("cause_group=none&counted=nonconformities&happened=2023", 4),
        ("recurs=yes", 1),
        ("clause=9.1.3", 4),
        ("clause=9.1.3+(2015)&counted=nonconformities", 3),
        ("clause=9.1.3+(2008)", 0),
    ],
)
def test_a_filter_of_the_list_finds_what_it_says(told: Story, visit: Visit, asked: str, count: int) -> None:
    text = visit("leader").get(f"/our-agency/nonconformities?{asked}").text
    assert f'<p class="head-count">tổng số {count}</p>' in text


@pytest.mark.parametrize(
    "asked",
    [
        "counted=x",
        "age=5",
        "timely=x",
        "corrected=x",
        "ended_until=x",
        "cause_group=x",
        "recurs=no",
        "clause=abc",
    ],
)
def test_a_value_that_a_filter_does_not_know_is_named(told: Story, visit: Visit, asked: str) -> None:
    assert visit("leader").get(f"/our-agency/nonconformities?{asked}").status_code == 400
