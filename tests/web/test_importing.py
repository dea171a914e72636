"""Importing from the pages: what nobody has looked at is not imported, whichever kind of file it is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.importers import guards
from qms.kernel.records import Record
from qms.kernel.trail import in_change
from tests.areas.nonconformities.registers import OPEN, workbook
from tests.areas.statements.samples import BY_FIELD
from tests.cast import Cast

Visit = Callable[..., FlaskClient]
LATE = "Mã hồ sơ;Thủ tục;Ngày tiếp nhận;Ngày hẹn trả\nH33-0001;Cấp bản sao;01/03/2024;20/03/2024\n"
MEASURED = "kpi;period;numerator;denominator;source\napology;2024-Q1;98;119;Sổ\n"
FILES = {
    "statements": (BY_FIELD.encode(), "one.csv"),
    "nonconformities": (workbook(OPEN), "so.xlsx"),
    "cases": (LATE.encode(), "qua-han.csv"),
    "kpis": (MEASURED.encode(), "do.csv"),
}


def chosen(browser: FlaskClient, area: str) -> str:
    """The address of the check of that area's file."""
    data, name = FILES[area]
    answer = browser.post(
        f"/our-agency/{area}/import",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    return answer.location


@pytest.mark.parametrize("area", FILES)
@pytest.mark.parametrize("told", [{}, {"told": ""}, {"told": "0" * 64}])
def test_a_file_of_which_nobody_saw_the_check_is_not_imported(
    visit: Visit, cast: Cast, area: str, told: dict[str, str]
) -> None:
    browser = visit("coordinator")
    place = chosen(browser, area)
    answer = browser.post(place, data=told)
    assert answer.status_code == 409
    assert "đã thay đổi sau khi bản kiểm tra này được lập" in answer.text
    assert Record.select().count() == 0
    seen = re.search(r'name="told" value="(\w+)"', browser.get(place).text)
    assert seen is not None
    assert browser.post(place, data={"told": seen[1]}).status_code == 303
    assert Record.select().count() > 0


@pytest.mark.parametrize("area", FILES)
def test_a_file_is_read_once_and_not_while_others_wait_for_the_lock(
    visit: Visit, cast: Cast, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visit("coordinator")
    place = chosen(browser, area)
    seen = re.search(r'name="told" value="(\w+)"', browser.get(place).text)
    token = re.search(r'name="once"[^>]* value="([^"]+)"', browser.get(place).text)
    assert seen is not None
    assert token is not None
    reading, kind_of = [], guards.kind_of

    def looked_at(*given: Any, **named: Any) -> guards.FileKind:
        reading.append(in_change())
        return kind_of(*given, **named)

    monkeypatch.setattr(guards, "kind_of", looked_at)
    chosen(browser, area)
    assert reading == [False]
    browser.get(place)
    assert reading == [False] * 2
    assert browser.post(place, data={"told": seen[1], "once": token[1]}).status_code == 303
    assert reading == [False] * 3
