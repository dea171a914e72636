"""The pages of indicators, as each role of the cast."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.areas.kpis import service_write
from qms.areas.kpis.models import Measurement, Target
from qms.kernel import area
from qms.kernel.text import language
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast

OURS = "/our-agency/kpis"
Visit = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _figures(app: object, cast: Cast, tmp_path: Path) -> None:
    actor = cast.actor("coordinator")
    bring(actor, "kien-giang-2023", "kien-giang-2024-q1")
    service_write.set_target(
        actor, "digit_result", period="2023", value=Decimal(50), set_by="giả định", illustrative=True
    )


def test_the_page_shows_computed_beside_stated_with_fraction_target_chart_and_source(visit: Visit) -> None:
    page = visit("staff").get(f"{OURS}/digit_result").text
    for said in (
        "29,86%",
        "1.534",
        "5.138",
        "34,46%",
        "4.451",
        "giả định",
        "49,72 điểm phần trăm",
        "dữ liệu minh họa",
    ):
        assert said in page
    assert "<svg" in page
    assert 'class="target"' in page
    assert 'class="missed"' in page
    assert "/our-agency/statements/2024-Q1" in page
    assert 'style="' not in page


def test_the_list_shows_the_newest_figure_of_each_and_exports_the_same(visit: Visit) -> None:
    client = visit("leader")
    page = client.get(OURS).text
    assert "Tỷ lệ số hóa kết quả giải quyết" in page
    assert "1.534 / 5.138" in page
    assert "1.534 / 5.138" in client.get(f"{OURS}.csv").text
    assert client.get(f"{OURS}.xlsx").data.startswith(b"PK")
    assert client.get(f"{OURS}?state=nonsense").status_code == 400


def test_the_five_main_indicators_stand_on_the_home_page(app: Flask, cast: Cast) -> None:
    with app.app_context():
        (panel,) = [
            p for p in area.collect("home_panels", cast.actor("leader"), TODAY.year) if p.key == "kpis"
        ]
    assert [f.value for f in panel.data] == ["98,23%", "1,77%", "7,45%", "29,67%", "29,86%"]
    assert all(f.numerator and f.denominator and f.source_url and f.spark for f in panel.data)


def test_the_panel_is_drawn_also_without_figures(visit: Visit, cast: Cast) -> None:
    assert visit("leader").get("/our-agency/").status_code == 200
    assert visit("stranger").get("/their-agency/").status_code == 200


def test_the_page_exists_in_english(visit: Visit) -> None:
    client = visit("coordinator")
    client.get("/language/en")
    page = client.get(f"{OURS}/digit_result").text
    assert "Results digitised" in page
    assert "29.86%" in page
    with language("en"):
        assert "1,534 / 5,138" in page


def test_a_target_is_set_by_the_form_and_a_wrong_one_keeps_what_was_typed(visit: Visit) -> None:
    client = visit("leader")
    url = f"{OURS}/on_time/targets/new"
    wrong = client.post(url, data={"period": "năm nay", "value": "98,5", "set_by": "UBND tỉnh"})
    assert wrong.status_code == 422
    assert "năm nay" in wrong.text
    done = client.post(url, data={"period": "2024", "value": "98,5", "set_by": "UBND tỉnh"})
    assert done.status_code == 303
    assert Target.get(Target.period == "2024").value == Decimal("98.5")
    again = client.post(url, data={"period": "2024", "value": "99", "set_by": "UBND tỉnh"})
    assert again.status_code == 409


def test_a_measurement_is_entered_with_the_file_it_comes_from(visit: Visit) -> None:
    client = visit("unit_head")
    data = {"period": "2024-q1", "numerator": "100", "denominator": "", "source": "Sổ thư xin lỗi"}
    answer = client.post(
        f"{OURS}/apology/measurements/new",
        data=data | {"file": (io.BytesIO(b"a,b\n1,2\n"), "letters.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    page = client.get(f"{OURS}/apology").text
    assert "84,03%" in page
    assert "letters.csv" in page
    assert Measurement.get().period == "2024-Q1"


def test_an_indicator_is_defined_and_gets_a_new_version_unless_somebody_was_faster(visit: Visit) -> None:
    client = visit("coordinator")
    data = {
        "code": "satisfaction", "title": "Mức độ hài lòng", "numerator": "phiếu hài lòng", "denominator": "phiếu",
        "direction": "up", "unit": "%", "period_length": "", "source": "Khảo sát",
    }  # fmt: skip
    assert client.post(f"{OURS}/new", data=data).location == f"{OURS}/satisfaction"
    assert client.post(f"{OURS}/new", data=data).status_code == 409
    newer = data | {
        "title": "Hài lòng",
        "valid_from": "2024-04-01",
        "reason": "mẫu phiếu mới",
        "version": "1",
    }
    assert client.post(f"{OURS}/satisfaction/edit", data=newer).status_code == 303
    assert client.post(f"{OURS}/satisfaction/edit", data=newer | {"title": "Khác"}).status_code == 409
    page = client.get(f"{OURS}/satisfaction").text
    assert "mẫu phiếu mới" in page
    assert "Hài lòng" in page


def test_the_page_leads_to_a_new_version_of_an_own_definition_alone(visit: Visit) -> None:
    client = visit("coordinator")
    own = {"code": "satisfaction", "title": "Hài lòng", "numerator": "hài lòng", "denominator": "phiếu",
           "direction": "up", "unit": "%"}  # fmt: skip
    assert client.post(f"{OURS}/new", data=own).status_code == 303
    assert f'href="{OURS}/satisfaction/edit"' in client.get(f"{OURS}/satisfaction").text
    assert f'href="{OURS}/on_time/edit"' not in client.get(f"{OURS}/on_time").text
    client.post(f"{OURS}/satisfaction/fire/retire", data={"version": "1", "reason": "thôi đo"})
    assert f'href="{OURS}/satisfaction/edit"' not in client.get(f"{OURS}/satisfaction").text


def test_a_file_of_measurements_is_previewed_then_imported(visit: Visit) -> None:
    client = visit("coordinator")
    text = "KPI,period,numerator,denominator,source\napology,2024-Q1,100,119,register\n"
    sent = client.post(
        f"{OURS}/import",
        data={"file": (io.BytesIO(text.encode()), "m.csv")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Nhập 1 số đo" in page
    assert client.post(sent.location).status_code == 409  # nobody looked at the check
    assert Measurement.select().count() == 0
    told = page.partition('name="told" value="')[2].partition('"')[0]
    assert client.post(sent.location, data={"told": told}).status_code == 303
    assert Measurement.select().count() == 1
    assert visit("stranger").get(sent.location).status_code == 404


def test_who_checked_before_somebody_else_imported_looks_again_before_replacing_it(visit: Visit) -> None:
    client = visit("coordinator")

    def checked(numerator: int) -> tuple[str, str]:
        text = f"KPI,period,numerator,denominator,source\napology,2024-Q1,{numerator},119,register\n"
        file = {"file": (io.BytesIO(text.encode()), "m.csv")}
        place = client.post(f"{OURS}/import", data=file, content_type="multipart/form-data").location
        return place, told(place)

    def told(place: str) -> str:
        found = re.search(r'name="told" value="(\w+)"', client.get(place).text)
        assert found is not None
        return found[1]

    (mine, shown), (theirs, seen) = checked(100), checked(101)
    assert client.post(theirs, data={"told": seen}).status_code == 303
    refused = client.post(mine, data={"told": shown})
    assert refused.status_code == 409
    assert "đã thay đổi sau khi bản kiểm tra này được lập" in refused.text
    assert client.post(mine, data={"told": told(mine)}).status_code == 303
    assert [m.numerator for m in Measurement.select().order_by(Measurement.id)] == [101, 100]


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("coordinator", {"new", "import", "measurements", "targets"}),
        ("leader", {"targets"}),
        ("unit_head", {"import", "measurements"}),
        ("staff", set()),
        ("auditor", set()),
        ("inspector", set()),
        ("overseer", set()),
    ],
)
def test_each_role_reaches_what_it_may(visit: Visit, part: str, allowed: set[str]) -> None:
    client = visit(part)
    paths = {
        "new": "new", "import": "import", "measurements": "apology/measurements/new", "targets": "apology/targets/new",
    }  # fmt: skip
    assert client.get(OURS).status_code == client.get(f"{OURS}/on_time").status_code == 200
    for name, path in paths.items():
        assert client.get(f"{OURS}/{path}").status_code == (200 if name in allowed else 403), name
        if name not in allowed:
            assert client.post(f"{OURS}/{path}", data={"period": "2024"}).status_code == 403, name


def test_the_form_of_a_built_in_definition_is_refused_when_it_is_opened(visit: Visit) -> None:
    answer = visit("coordinator").get(f"{OURS}/on_time/edit")
    assert (answer.status_code, "chỉ số có sẵn" in answer.text) == (409, True)


def test_another_organisation_sees_nothing(visit: Visit) -> None:
    stranger = visit("stranger")
    for path in ("", "/on_time", "/on_time/targets/new", "/import", ".csv"):
        assert stranger.get(f"{OURS}{path}").status_code == 404
    assert stranger.get("/their-agency/kpis/on_time").status_code == 404


def test_stopping_to_measure_stands_apart_and_is_no_next_step(visit: Visit) -> None:
    page = visit("coordinator").get(f"{OURS}/digit_result").text
    assert 'id="next-title"' not in page
    assert page.index('id="measurements"') < page.index("fire/retire")
    assert "btn-primary" not in page[page.index('id="end"') : page.index('id="history"')]


def test_the_page_shows_the_period_that_is_asked_for(visit: Visit) -> None:
    client = visit("coordinator")
    newest = client.get(f"{OURS}/digit_result").text
    assert "29,86" in newest.partition('id="trend"')[0]
    assert f'href="{OURS}/digit_result?period=2023"' in newest
    figure = client.get(f"{OURS}/digit_result?period=2023").text.partition('id="trend"')[0]
    assert "Số liệu Năm 2023" in figure
    assert "39" in figure
    assert "29,86" not in figure
    assert "Chưa có số đo trong kỳ này" in client.get(f"{OURS}/digit_result?period=2019").text
    assert "Chưa có số đo trong kỳ này" in client.get(f"{OURS}/apology?period=2019").text
    assert client.get(f"{OURS}/digit_result?period=zz").status_code == 400


def test_the_check_of_a_file_calls_a_wrong_row_refused_and_not_new(visit: Visit) -> None:
    client = visit("coordinator")
    text = "KPI,period,numerator,denominator,source\napology,2024-Q1,120,119,register\n"
    file = {"file": (io.BytesIO(text.encode()), "m.csv")}
    place = client.post(f"{OURS}/import", data=file, content_type="multipart/form-data").location
    assert "bị từ chối: xem các lỗi</td>" in client.get(place).text
