"""The calendar at a secret address: who makes it, what it holds, and when it ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from qms.areas.actions import service as actions
from qms.kernel import feeds, proposals
from qms.kernel.leaving import deactivate
from qms.kernel.organisations import set_settings
from qms.kernel.people import Person, assign, installation_actor, system_actor
from qms.kernel.permissions import Role
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from tests.areas.nonconformities.story import Story
from tests.cast import PARTS, SINCE, TODAY, Cast

Visit = Callable[..., FlaskClient]
ADDRESS = re.compile(r">http://qms\.example(/feeds/[\w-]{43}\.ics)<")


def made(visit: Visit, part: str = "staff") -> str:
    """The path of a new address of that person's calendar."""
    found = ADDRESS.search(visit(part).post("/account/feed").text)
    assert found is not None
    return found[1]


def entries(visit: Visit, path: str) -> dict[str, str]:
    """Summary -> day of each entry, as any calendar program would read them."""
    answer = visit().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return {str(e["SUMMARY"]): e["DTSTART"].dt.isoformat() for e in events(answer.data)}


def events(data: bytes) -> list[Any]:
    """The entries of a calendar."""
    return Calendar.from_ical(data).walk("VEVENT")


def action(cast: Cast, owner: str = "staff", title: str = "Quét hồ sơ; hộ tịch, số 1") -> str:
    known = {"title": title, "sort": "corrective", "due": date(2024, 6, 14)}
    row = actions.open_action(cast.actor("coordinator"), known | {"owner": cast.person(owner).id})
    return str(row.record.code)


# ---------------------------------------------------------------- what it holds


def test_it_holds_ones_own_open_records_as_whole_days(visit: Visit, cast: Cast) -> None:
    code = action(cast)
    action(cast, owner="colleague", title="Của người khác")
    assert entries(visit, made(visit)) == {f"{code} Quét hồ sơ; hộ tịch, số 1": "2024-06-14"}


def test_an_entry_leads_to_the_record_and_keeps_its_name_when_the_day_moves(visit: Visit, cast: Cast) -> None:
    code, path = action(cast), made(visit)
    [before] = events(visit().get(path).data)
    assert before["URL"] == f"http://qms.example/our-agency/actions/{code}"
    assert before["TRANSP"] == "TRANSPARENT"
    Record.update(due=date(2024, 7, 1)).where(Record.code == code).execute()
    [after] = events(visit().get(path).data)
    assert (before["UID"], after["DTSTART"].dt) == (after["UID"], date(2024, 7, 1))


def test_what_has_ended_is_gone_from_it(visit: Visit, cast: Cast) -> None:
    code, path = action(cast), made(visit)
    actions.fire(cast.actor("staff"), code, "finish", values={"proof": "Biên bản"})
    actions.fire(cast.actor("coordinator"), code, "verify")
    assert entries(visit, path) == {}


def test_it_holds_every_organisation_in_which_one_has_a_role_today(visit: Visit, cast: Cast) -> None:
    path = made(visit)
    there = assign(system_actor(cast.theirs, TODAY), cast.person("staff"), Role.STAFF, valid_from=SINCE)
    known = {"title": "Ở nơi khác", "sort": "corrective", "due": date(2024, 5, 2)}
    code = actions.open_action(cast.actor("stranger"), known | {"owner": cast.person("staff").id}).record.code
    assert entries(visit, path) == {f"{code} Ở nơi khác": "2024-05-02"}
    type(there).update(valid_to=date(2024, 4, 14)).where(type(there).id == there.id).execute()
    assert entries(visit, path) == {}


def test_the_coordinators_holds_checks_and_duties_and_the_leaders_duties(visit: Visit, cast: Cast) -> None:
    code = Story(cast).verifying().record.code
    coordinators, leaders = (entries(visit, made(visit, part)) for part in ("coordinator", "leader"))
    check = f"Kiểm tra hiệu lực {code} Tỷ lệ số hóa kết quả chưa đạt chỉ tiêu"
    assert check in coordinators
    assert coordinators["Xem xét của lãnh đạo"] == leaders["Xem xét của lãnh đạo"] == "2024-11-30"
    assert check not in leaders
    assert "Xem xét của lãnh đạo" not in entries(visit, made(visit, "auditor"))


def test_it_holds_what_an_earlier_year_still_owes_and_what_the_next_asks_for(
    visit: Visit, cast: Cast
) -> None:
    set_settings(cast.actor("coordinator"), {"symbol": "STP"}, valid_from=SINCE)
    path = made(visit, "leader")
    held = entries(visit, path)
    objectives = {f"Phê duyệt mục tiêu chất lượng năm {year}": f"{year}-01-31" for year in range(2024, 2026)}
    assert objectives.items() <= held.items()
    [old] = [(title, day) for title, day in held.items() if title.startswith("Nhiệm vụ quá hạn trên một năm")]
    assert old[1] == "2020-01-31"
    proposals.decide(cast.actor("coordinator"), "duty:objectives:2024", "declined", reason="không áp dụng")
    assert "Phê duyệt mục tiêu chất lượng năm 2024" not in entries(visit, path)


def test_it_speaks_the_owners_language(visit: Visit, cast: Cast) -> None:
    Person.update(locale="en").where(Person.id == cast.person("leader").id).execute()
    answer = visit().get(made(visit, "leader"))
    assert "Management review" in answer.text
    assert "X-WR-CALNAME:ISO 9001: what is due" in answer.text


@pytest.mark.parametrize("part", PARTS)
def test_everybody_may_have_one(visit: Visit, part: str) -> None:
    assert visit().get(made(visit, part)).status_code == 200


# ---------------------------------------------------------------- the secret


def test_the_address_is_kept_as_a_digest_and_shown_once(visit: Visit, cast: Cast) -> None:
    token = made(visit).removeprefix("/feeds/").removesuffix(".ics")
    kept = str(Person.get_by_id(cast.person("staff").id).feed)
    assert len(kept) == 64
    written = "".join(body for (body,) in TrailEntry.select(TrailEntry.body).tuples())
    for page in ("/account", "/account/feed"):
        assert token not in visit("staff").get(page).text
    assert token not in written
    assert kept not in written
    assert TrailEntry.select().order_by(TrailEntry.id.desc()).first().tag == "person.feed"
    assert verify([0]).intact


def test_a_new_address_ends_the_old_one(visit: Visit) -> None:
    old, new = made(visit), made(visit)
    assert (visit().get(old).status_code, visit().get(new).status_code) == (404, 200)


def test_an_ended_address_leads_nowhere(visit: Visit) -> None:
    path = made(visit)
    assert visit("staff").post("/account/feed/end").status_code == 303
    assert visit().get(path).status_code == 404
    assert "chưa có" in visit("staff").get("/account").text


def test_it_ends_with_the_account_and_does_not_come_back_with_it(visit: Visit, cast: Cast) -> None:
    path = made(visit)
    deactivate(installation_actor(cast.person("admin"), TODAY), cast.person("staff"))
    assert visit().get(path).status_code == 404
    Person.update(active=True).where(Person.id == cast.person("staff").id).execute()
    assert visit().get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..%2Fx", "é"])
def test_any_other_address_is_not_found(visit: Visit, token: str) -> None:
    assert visit().get(f"/feeds/{token}.ics").status_code == 404


def test_no_proxy_keeps_it_and_no_cookie_comes_with_it(visit: Visit) -> None:
    answer = visit().get(made(visit))
    assert answer.headers["Cache-Control"] == "private, max-age=900"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/account/feed", "/account/feed/end"])
def test_only_who_has_signed_in_makes_or_ends_one(app: Flask, visit: Visit, path: str) -> None:
    assert visit().post(path).status_code == 400
    assert Person.select().where(Person.feed.is_null(False)).count() == 0


def test_a_digest_of_somebody_elses_secret_is_no_secret(visit: Visit, cast: Cast) -> None:
    made(visit)
    kept = str(Person.get_by_id(cast.person("staff").id).feed)
    assert feeds.owner_of(kept) is None
