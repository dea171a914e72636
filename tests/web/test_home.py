"""Home, the list of organisations, the year in view and the bell, as each role."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.nonconformities import service as nonconformities
from qms.kernel import db
from qms.kernel.jobs import Notification
from qms.kernel.organisations import set_settings
from qms.kernel.people import Deputy, assign, system_actor
from qms.kernel.permissions import Role
from qms.kernel.records import Record
from qms.kernel.trail import change
from qms.web import overview
from tests import application
from tests.cast import OURS, SINCE, THEIRS, TODAY, Cast

HOME = f"/{OURS}/"
Visit = Callable[..., FlaskClient]
READ_BY = [
    "coordinator",
    "leader",
    "unit_head",
    "auditor",
    "staff",
    "records",
    "inspector",
    "overseer",
    "admin",
]


def action(cast: Cast, owner: str = "staff", due: date = date(2024, 5, 1), **values: Any) -> str:
    """An action of ours; a due date that has passed is set behind the service, as time would."""
    sent = {
        "title": "Quét hồ sơ",
        "sort": "corrective",
        "owner": cast.person(owner).id,
        "due": max(due, TODAY),
    }
    row = actions.open_action(cast.actor("coordinator"), sent | values)
    Record.update(due=due).where(Record.id == row.record_id).execute()
    return str(row.record.code)


def test_nothing_is_owed_of_a_time_before_the_agency_was_here(cast: Cast) -> None:
    leader = cast.actor("leader")
    assert [d.key for d in overview.duties(leader, 2024)] == ["review:2024"]  # it was added on 15 April
    assert overview.duties(leader, 2023) == []
    set_settings(cast.actor("coordinator"), {"symbol": "STP"}, valid_from=SINCE)
    keys = {d.key for d in overview.duties(leader, 2024)}
    assert keys == {"statements:2024-Q1", "objectives:2024", "review:2024"}


@pytest.mark.parametrize("part", READ_BY)
def test_everybody_of_the_agency_has_a_home(cast: Cast, visit: Visit, part: str) -> None:
    action(cast)
    assert visit(part).get(HOME).status_code == 200


def test_a_stranger_finds_no_home_and_nobody_is_asked_to_sign_in(visit: Visit) -> None:
    for path in ("", "calendar", "search?q=ab", "notifications", "trail"):
        assert visit("stranger").get(HOME + path).status_code == 404
        assert "/login" in visit().get(HOME + path).location


# ---------------------------------------------------------------- an empty agency


def test_an_empty_home_tells_the_coordinator_what_to_do_first(visit: Visit) -> None:
    page = visit("coordinator").get(HOME).text
    for path in ("settings", "statements/import", "objectives/new"):
        assert f'href="/{OURS}/{path}"' in page, path


def test_an_empty_home_asks_nothing_of_who_may_do_nothing(visit: Visit) -> None:
    page = visit("inspector").get(HOME).text
    assert "thư ký ISO" in page.lower() or "Thư ký ISO" in page
    assert "statements/import" not in page.partition("<main")[2]


def test_every_first_step_leads_somewhere(visit: Visit) -> None:
    from re import findall

    browser = visit("coordinator")
    steps = browser.get(HOME).text.partition('class="first-steps"')[2].partition("</ol>")[0]
    for address in findall(r'href="([^"]+)"', steps):
        assert browser.get(address).status_code in (200, 302, 303), address


# ---------------------------------------------------------------- the work list


def test_my_work_holds_my_open_records_the_late_ones_first_and_marked(cast: Cast, visit: Visit) -> None:
    later, late = action(cast, due=date(2024, 6, 1)), action(cast, due=date(2024, 4, 5))
    others = action(cast, owner="colleague")
    work = visit("staff").get(HOME).text.partition('id="work-title"')[2].partition("</section>")[0]
    assert work.index(late) < work.index(later)
    assert "quá hạn 10 ngày" in work
    assert others not in work


def test_a_deputy_sees_the_work_of_who_is_away_with_the_name(cast: Cast, visit: Visit) -> None:
    code = action(cast)
    with change(system_actor(cast.ours, TODAY)):
        Deputy(
            organisation=cast.ours, person=cast.person("staff"), deputy=cast.person("colleague"),
            valid_from=TODAY, valid_to=TODAY,
        ).save()  # fmt: skip
    page = visit("colleague").get(HOME).text
    assert code in page
    assert "làm thay Staff" in page


def test_what_is_done_is_work_no_more(cast: Cast, visit: Visit) -> None:
    code = action(cast)
    actions.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    assert code not in visit("staff").get(HOME).text


def test_a_long_work_list_is_folded_and_none_is_lost(cast: Cast, visit: Visit) -> None:
    codes = [action(cast) for _ in range(18)]
    page = visit("staff").get(HOME).text
    assert all(code in page for code in codes)
    assert '<details class="more">' in page


def test_more_than_the_page_can_hold_is_said_to_be_more_and_found_in_the_lists(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "KEPT", 2)
    codes = [action(cast, due=date(2024, 4, day)) for day in (1, 2, 3)]
    browser = visit("staff")
    work = browser.get(HOME).text.partition('id="work-title"')[2].partition("</section>")[0]
    assert "hơn 2 quá hạn" in work
    address = f"{HOME}actions?state=not-ended&owner=me"
    assert f'href="{address.replace("&", "&amp;")}"' in work
    rows = browser.get(address).text
    assert all(code in rows for code in codes)


def test_what_is_late_is_exact_where_all_of_it_is_there(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "KEPT", 2)
    for due in (date(2024, 4, 1), date(2024, 6, 1), date(2024, 6, 2)):
        action(cast, due=due)
    assert ">1 quá hạn<" in visit("staff").get(HOME).text.partition('id="work-title"')[2]


def test_paper_says_how_much_work_it_leaves_out(cast: Cast, visit: Visit) -> None:
    for _ in range(14):
        action(cast)
    assert '<p class="on-paper">Còn 2 việc khác' in visit("staff").get(HOME).text


def test_the_home_page_asks_the_database_no_more_often_for_more_records(
    cast: Cast, app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    execute = db.database.obj.execute_sql
    monkeypatch.setattr(
        db.database.obj, "execute_sql", lambda sql, *a, **k: (asked.append(sql), execute(sql, *a, **k))[1]
    )

    def count() -> int:
        asked.clear()
        assert visit("staff").get(HOME).status_code == 200
        return len(asked)

    action(cast, due=date(2024, 4, 1), unit=cast.units["HT"].id)
    few = count()
    for day in range(1, 13):
        action(cast, due=date(2024, 4, day), unit=cast.units["HT"].id)
    assert count() == few


# ---------------------------------------------------------------- what is late, by unit


def test_each_number_of_what_is_late_opens_just_its_rows(cast: Cast, visit: Visit) -> None:
    unit = cast.units["HT"].id
    mine = [action(cast, due=date(2024, 4, d), unit=unit) for d in (1, 2)]
    loose = action(cast, due=date(2024, 4, 3))
    browser = visit("leader")
    page = browser.get(HOME).text
    for query, codes in ((f"due=overdue&unit={unit}", mine), ("due=overdue&unit=none", [loose])):
        assert f'{query.replace("&", "&amp;")}">{len(codes)}</a>' in page
        rows = browser.get(f"{HOME}actions?{query}").text.partition("<tbody")[2]
        assert rows.count("<tr") == len(codes)
        assert all(code in rows for code in codes)


def test_what_is_no_nonconformity_is_counted_apart_from_them(cast: Cast, visit: Visit) -> None:
    """So that what is overdue here is what the statistics and the panel of nonconformities say."""
    values = {"title": "Thiếu chữ ký", "description": "Thiếu.", "source_kind": "work", "happened_on": TODAY}
    made = [
        nonconformities.open_nc(cast.actor("coordinator"), values | {"grade": grade, "due": TODAY})
        for grade in ("minor", "observation", "opportunity")
    ]
    Record.update(due=date(2024, 4, 1)).where(Record.id.in_([row.record_id for row in made])).execute()
    browser = visit("leader")
    page = browser.get(HOME).text.partition('id="overdue-title"')[2].partition("</section>")[0]
    for query, codes in (
        ("due=overdue&counted=nonconformities", made[:1]),
        ("due=overdue&counted=improvements", made[1:]),
    ):
        assert f'{query.replace("&", "&amp;")}">{len(codes)}</a>' in page
        rows = browser.get(f"{HOME}nonconformities?{query}").text.partition("<tbody")[2]
        assert rows.count("<tr") == len(codes)


# ---------------------------------------------------------------- the year


def test_the_year_is_chosen_once_and_stays(cast: Cast, visit: Visit) -> None:
    action(cast)
    browser = visit("coordinator")
    browser.get(f"{HOME}?year=2022")
    for path in ("", "actions", "calendar"):
        assert "năm 2022" in browser.get(HOME + path).text


@pytest.mark.parametrize("year", ["x", "24", "99999", "-2024", "٢٠٢٤", ""])
def test_a_year_that_is_none_is_named(cast: Cast, visit: Visit, year: str) -> None:
    answer = visit("coordinator").get(HOME, query_string={"year": year})
    assert answer.status_code == 400
    assert year in answer.text


# ---------------------------------------------------------------- several agencies


def test_the_only_agency_opens_at_once_several_show_what_is_late(cast: Cast, visit: Visit) -> None:
    action(cast, due=date(2024, 4, 1))
    assert visit("staff").get("/").location == HOME
    page = visit("overseer").get("/").text
    assert f'href="/{OURS}/"' in page
    assert f'href="/{THEIRS}/"' in page
    assert page.count("1 quá hạn") == 1


def test_who_has_no_role_is_told_whom_to_ask(cast: Cast, app: Flask) -> None:
    from qms.kernel.people import add_person

    person = add_person(system_actor(None, TODAY), "nobody@example.org", "Nobody")
    assert "thư ký ISO" in application.visitor(app, person).get("/").text


# ---------------------------------------------------------------- the bell


def told(cast: Cast) -> str:
    code = action(cast)
    actions.fire(cast.actor("coordinator"), code, "start")
    return code


def test_a_notice_leads_to_its_record_and_is_marked_as_read(cast: Cast, visit: Visit) -> None:
    code = told(cast)
    browser = visit("staff")
    page = browser.get(f"{HOME}notifications").text
    assert f'href="/{OURS}/actions/{code}"' in page
    assert "mới" in page
    answer = browser.post(f"{HOME}notifications/read")
    assert (answer.status_code, answer.location) == (303, f"{HOME}notifications")
    assert Notification.select().where(Notification.read_at.is_null()).count() == 0
    assert "Đánh dấu đã đọc" not in browser.get(f"{HOME}notifications").text


def test_nobody_marks_the_notices_of_somebody_else(cast: Cast, visit: Visit) -> None:
    told(cast)
    number = Notification.get().id
    visit("colleague").post(f"{HOME}notifications/read", data={"id": number})
    visit("colleague").post(f"{HOME}notifications/read")
    assert Notification.get().read_at is None
    assert visit("colleague").post(f"{HOME}notifications/read", data={"id": "x"}).status_code == 400
    assert visit("stranger").post(f"{HOME}notifications/read").status_code == 404


def test_notices_of_another_agency_stay_there(cast: Cast, visit: Visit) -> None:
    code = told(cast)
    assign(system_actor(cast.theirs, TODAY), cast.person("staff"), Role.STAFF, valid_from=SINCE)
    assert code not in visit("staff").get(f"/{THEIRS}/notifications").text


# ---------------------------------------------------------------- connections


@pytest.mark.commits
def test_no_request_leaves_a_connection_open(cast: Cast, app: Flask) -> None:
    person, pool = cast.person("staff"), db.database.obj
    before = len(pool._in_use)
    for path in (HOME, "/static/app.css", f"{HOME}calendar?month=x", "/no/such/page"):
        one = threading.Thread(target=lambda address=path: application.visitor(app, person).get(address))
        one.start()
        one.join()
        assert len(pool._in_use) == before, path
