"""The organisation's dated settings and its units, by page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qms.kernel.agency import read_days
from qms.kernel.catalogue import rules
from qms.kernel.organisations import Setting, Unit, settings_on
from qms.web.settings import tree
from tests.cast import PARTS, TODAY, Cast
from tests.web.signing import tags

Visit = Callable[..., FlaskClient]
AGENCY_FORM = "/our-agency/settings/agency"
PATHS = ("settings", "settings/agency", "settings/units/new")
AGENCY = {
    "valid_from": "2024-04-15", "name": "Sở Tư pháp", "parent_body": "UBND tỉnh", "symbol": "STP",
    "place": "Rạch Giá", "recipients": "Như trên\n\nLưu: VT", "working_days": "02/05/2024\r\n 3/5/2024",
    "edition": "2015", "at_risk_margin": "5",
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_who_may_change_the_settings(visit: Visit, cast: Cast, part: str) -> None:
    expected = 200 if part in ("coordinator", "admin") else 404 if part == "stranger" else 403
    client = visit(part)
    unit = cast.units["HT"].id
    for path in (*PATHS, f"settings/units/{unit}"):
        assert client.get(f"/our-agency/{path}").status_code == expected, path
    if expected != 200:
        assert client.post("/our-agency/settings/agency", data=AGENCY).status_code == expected
        assert (
            client.post(
                "/our-agency/settings/units/new", data={"code": "X", "name": "X", "valid_from": "2024-01-01"}
            ).status_code
            == expected
        )
        assert Setting.select().count() == 0


def save(client: FlaskClient, path: str, data: dict) -> TestResponse:
    """The form is opened and sent with `data`, on the version that it shows."""
    version = re.search(r'name="version" value="(\d+)"', client.get(path).text)
    assert version is not None
    return client.post(path, data=data | {"version": version[1]})


def test_the_agencys_details_are_valid_from_a_day(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    assert save(client, AGENCY_FORM, AGENCY).status_code == 303
    now = settings_on(cast.ours.id, TODAY)
    assert now["symbol"] == "STP"
    assert now["recipients"] == ["Như trên", "Lưu: VT"]
    assert now["working_days"] == ["2024-05-02", "2024-05-03"]
    assert now["at_risk_margin"] == 5
    assert "head" not in now
    assert settings_on(cast.ours.id, date(2024, 4, 14)) == {}
    page = client.get("/our-agency/settings").text
    assert "Rạch Giá" in page
    assert "02/05/2024" in page
    later = AGENCY | {"valid_from": "2024-07-01", "name": "Sở Tư pháp mới", "place": ""}
    save(client, AGENCY_FORM, later)
    assert settings_on(cast.ours.id, TODAY)["name"] == "Sở Tư pháp"
    assert settings_on(cast.ours.id, date(2024, 7, 1))["name"] == "Sở Tư pháp mới"
    assert settings_on(cast.ours.id, date(2024, 7, 1))["place"] == ""
    assert "01/07/2024" in client.get("/our-agency/settings").text
    assert tags().count("setting.add") >= 9


def test_saving_the_same_details_again_changes_nothing(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    save(client, AGENCY_FORM, AGENCY)
    before = tags()
    save(client, AGENCY_FORM, AGENCY)
    assert tags() == before


def test_the_form_shows_what_is_valid_now(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    save(client, AGENCY_FORM, AGENCY)
    page = client.get("/our-agency/settings/agency").text
    assert "02/05/2024\n03/05/2024" in page
    assert 'value="STP"' in page


@pytest.mark.parametrize(
    "change",
    [{"at_risk_margin": "5.5"}, {"at_risk_margin": "-1"}, {"at_risk_margin": "99"}, {"at_risk_margin": "²"},
     {"edition": "1994"}, {"working_days": "31/02/2024"}, {"working_days": "2024-05-01"},
     {"valid_from": ""}, {"valid_from": "soon"}, {"name": "x" * 301}],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named_and_keeps_what_was_typed(
    visit: Visit, cast: Cast, change: dict
) -> None:
    answer = visit("coordinator").post("/our-agency/settings/agency", data=AGENCY | change)
    assert answer.status_code == 422
    assert "Rạch Giá" in answer.text
    assert Setting.select().count() == 0


def test_details_saved_by_two_show_both_versions_and_keep_mine(visit: Visit, cast: Cast) -> None:
    mine, theirs = visit("coordinator"), visit("admin")
    opened = {"version": "0"}
    assert theirs.post(AGENCY_FORM, data=AGENCY | opened).status_code == 303
    answer = mine.post(AGENCY_FORM, data=AGENCY | {"place": "Hà Tiên"} | opened)
    assert answer.status_code == 409
    assert "Rạch Giá" in answer.text
    assert "Hà Tiên" in answer.text
    assert "Admin" in answer.text
    assert settings_on(cast.ours.id, TODAY)["place"] == "Rạch Giá"
    again = mine.post(AGENCY_FORM, data=AGENCY | {"place": "Hà Tiên", "again": "1"})
    assert 'value="Hà Tiên"' in again.text
    version = re.search(r'name="version" value="(\d+)"', again.text)
    assert version is not None
    kept = mine.post(AGENCY_FORM, data=AGENCY | {"place": "Hà Tiên", "version": version[1]})
    assert kept.status_code == 303
    assert settings_on(cast.ours.id, TODAY)["place"] == "Hà Tiên"


def test_a_unit_changed_by_two_shows_both_versions(visit: Visit, cast: Cast) -> None:
    path = f"/our-agency/settings/units/{cast.units['HT'].id}"
    opened = re.search(r'name="version" value="(\d+)"', visit("coordinator").get(path).text)
    assert opened is not None
    sent = {"version": opened[1]}
    assert visit("admin").post(path, data={"name": "Phòng Hộ tịch"} | sent).status_code == 303
    answer = visit("coordinator").post(path, data={"name": "Tổ Hộ tịch"} | sent)
    assert answer.status_code == 409
    assert "Phòng Hộ tịch" in answer.text
    assert "Tổ Hộ tịch" in answer.text
    assert Unit.get_by_id(cast.units["HT"].id).name == "Phòng Hộ tịch"


# ---------------------------------------------------------------- units


def test_a_unit_is_added_below_another(visit: Visit, cast: Cast) -> None:
    above = cast.units["HCTP"].id
    data = {"code": "CT", "name": "Bộ phận Chứng thực", "parent": above, "valid_from": "2024-01-01"}
    assert visit("coordinator").post("/our-agency/settings/units/new", data=data).status_code == 303
    made = Unit.get(Unit.code == "CT")
    assert (made.parent_id, made.organisation_id) == (above, cast.ours.id)
    assert "Bộ phận Chứng thực" in visit("coordinator").get("/our-agency/settings").text


def test_a_code_is_given_once(visit: Visit, cast: Cast) -> None:
    data = {"code": "HT", "name": "X", "valid_from": "2024-01-01"}
    assert visit("coordinator").post("/our-agency/settings/units/new", data=data).status_code == 409


def test_a_unit_ends_not_before_those_below_it(visit: Visit, cast: Cast) -> None:
    client = visit("coordinator")
    above, below = cast.units["HCTP"], cast.units["HT"]
    ended = {"name": above.name, "valid_to": "2024-12-31"}
    answer = save(client, f"/our-agency/settings/units/{above.id}", ended)
    assert answer.status_code == 409
    assert "Bộ phận Hộ tịch" in answer.text
    assert 'href="#valid_to"' in answer.text
    assert 'value="2024-12-31"' in answer.text
    save(client, f"/our-agency/settings/units/{below.id}", {"name": below.name, "valid_to": "2024-12-31"})
    assert save(client, f"/our-agency/settings/units/{above.id}", ended).status_code == 303
    assert Unit.get_by_id(above.id).valid_to == date(2024, 12, 31)
    assert tags(f"unit:{above.id}")[-1] == "unit.edit"


def test_a_unit_of_another_organisation_is_not_found(visit: Visit, cast: Cast) -> None:
    theirs = Unit.insert(
        organisation=cast.theirs.id, code="X", name="Của bạn", valid_from=date(2020, 1, 1)
    ).execute()
    client = visit("coordinator")
    path = f"/our-agency/settings/units/{theirs}"
    assert client.get(path).status_code == client.get("/our-agency/settings/units/999999").status_code == 404
    assert client.post(path, data={"name": "Của tôi"}).status_code == 404
    data = {"code": "Y", "name": "Y", "parent": theirs, "valid_from": "2024-01-01"}
    assert client.post("/our-agency/settings/units/new", data=data).status_code == 422


def test_the_tree_shows_each_unit_below_its_own() -> None:
    units = [
        Unit(id=1, code="A"),
        Unit(id=2, code="B", parent=1),
        Unit(id=3, code="C", parent=2),
        Unit(id=4, code="D", parent=99),
    ]
    assert [(u.code, depth) for u, depth in tree(units)] == [("A", 0), ("B", 1), ("C", 2), ("D", 0)]


def test_days_are_read_as_people_write_them() -> None:
    assert read_days("1/5/2024\n\n 30/04/2024 ") == ["2024-05-01", "2024-04-30"]
    with pytest.raises(ValueError, match="29/02/2023"):
        read_days("29/02/2023")


def test_an_agency_that_set_nothing_yet_has_the_name_it_was_added_with(visit: Visit, cast: Cast) -> None:
    Setting.delete().where(Setting.organisation == cast.ours.id).execute()
    page = visit("coordinator").get("/our-agency/settings").text
    assert cast.ours.name in page.split('id="agency"')[1].split("</section>")[0]


def test_the_days_of_reminding_stand_with_their_source_and_can_be_set(visit: Visit) -> None:
    coordinator = visit("coordinator")
    page = coordinator.get("/our-agency/settings").text
    assert "trước 30, 7, 1 ngày" in page
    assert "ISO 9001 không quy định thời điểm nhắc việc" in page
    sent = {"valid_from": "2024-04-15", "remind_before": "3, 14", "remind_leader_after": "x"}
    refused = coordinator.post(AGENCY_FORM, data=sent)
    assert refused.status_code == 422
    assert "một số nguyên từ 1 đến 365" in refused.text
    sent["remind_leader_after"] = "30"
    save(coordinator, AGENCY_FORM, sent)
    page = coordinator.get("/our-agency/settings").text
    assert "trước 14, 3 ngày" in page
    assert "từ khi quá hạn 30 ngày" in page
    assert "Do cơ quan đặt" in page


def test_the_days_of_reminders_have_a_heading_of_their_own_and_name_what_is_shipped(visit: Visit) -> None:
    client = visit("coordinator")
    shown = client.get("/our-agency/settings").text
    there = re.search(r'href="/our-agency/settings/agency#([^"]+)">[^<]*Sửa số ngày', shown)
    assert there is not None
    form = client.get("/our-agency/settings/agency").text
    group = form.partition(f'id="{there[1]}"')[2]
    assert "<legend>Nhắc việc</legend>" in group.partition("<input")[0]
    shipped = rules("reminders")
    assert f"{', '.join(map(str, shipped['before']))}" in hint_of(group, "remind_before")
    for key in ("remind_every", "remind_superior_after", "remind_leader_after"):
        number = shipped[{"remind_every": "overdue_every"}.get(key, key.removeprefix("remind_"))]
        assert f"để trống: {number}" in hint_of(group, key), key


def hint_of(page: str, name: str) -> str:
    """The hint of a field."""
    return page.partition(f'id="{name}-hint">')[2].partition("<")[0]
