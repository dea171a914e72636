"""Importing from the pages: what nobody has looked at is not imported, whichever kind of file it is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.kernel.records import Record
from tests.areas.nonconformities.registers import OPEN, workbook
from tests.areas.statements.samples import BY_FIELD
from tests.cast import Cast

Visit = Callable[..., FlaskClient]
LATE = "Mã hồ sơ;Thủ tục;Ngày tiếp nhận;Ngày hẹn trả\nH33-0001;Cấp bản sao;01/03/2024;20/03/2024\n"
FILES = {
    "statements": (BY_FIELD.encode(), "one.csv"),
    "nonconformities": (workbook(OPEN), "so.xlsx"),
    "cases": (LATE.encode(), "qua-han.csv"),
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
    assert re.search("hãy xem lại trước khi nhập|đã thay đổi sau khi bản kiểm tra", answer.text)
    assert Record.select().count() == 0
    seen = re.search(r'name="told" value="(\w+)"', browser.get(place).text)
    assert seen is not None
    assert browser.post(place, data={"told": seen[1]}).status_code == 303
    assert Record.select().count() > 0
