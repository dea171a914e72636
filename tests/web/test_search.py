"""Search over every kind the reader may see: words without marks, codes, what is too short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.web import search
from tests.cast import OURS, THEIRS, Cast

PAGE = f"/{OURS}/search"
Visit = Callable[..., FlaskClient]


def action(cast: Cast, title: str, description: str = "") -> str:
    row = actions.open_action(
        cast.actor("coordinator"),
        {"title": title, "sort": "corrective", "description": description,
         "owner": cast.person("staff").id, "due": date(2024, 5, 1)},
    )  # fmt: skip
    return str(row.record.code)


@pytest.mark.parametrize("query", ["số hóa", "SO HOA", "hoa so", "sổ hòa", "  số   hóa "])
def test_marks_case_and_order_do_not_matter(cast: Cast, visit: Visit, query: str) -> None:
    code = action(cast, "Số hóa kết quả")
    action(cast, "Việc khác")
    page = visit("staff").get(PAGE, query_string={"q": query}).text
    assert code in page
    assert "tìm thấy 1" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kho", False),
        ("khon", True),
        ("khong", True),
        ("duy", False),
        ("duye", True),
        ("nq1", True),
        ("hop", True),
    ],
)
def test_a_syllable_is_found_whole_and_a_longer_word_or_a_code_by_its_beginning(
    cast: Cast, visit: Visit, query: str, found: bool
) -> None:
    code = action(cast, "Không duyệt NQ17, họp")
    for path in (PAGE, f"/{OURS}/actions"):
        assert (f"/actions/{code}" in visit("staff").get(path, query_string={"q": query}).text) is found


@pytest.mark.parametrize("query", ["AC-2024-001", "ac-2024-001", "AC-2024", "2024-001"])
def test_a_code_is_found_whole_or_by_its_beginning(cast: Cast, visit: Visit, query: str) -> None:
    code = action(cast, "Số hóa")
    assert f'href="/{OURS}/actions/{code}"' in visit("staff").get(PAGE, query_string={"q": query}).text


def test_the_best_stands_first(cast: Cast) -> None:
    action(cast, "Việc khác", "có nhắc đến máy quét")
    in_title = action(cast, "Mua máy quét")
    ended = action(cast, "Thay máy quét")
    actions.fire(cast.actor("staff"), ended, "finish", values={"proof": "ảnh"})
    found = [row.code for row in search.find(cast.actor("staff"), "may quet")]
    assert found == [in_title, ended, "AC-2024-001"]


@pytest.mark.parametrize(
    ("asked", "place"),
    [("NC-2024-001", 0), ("nc-2024", 1), ("máy quét", 2), ("quét mua", 3), ("kho", 4)],
)
def test_how_well_a_record_answers(asked: str, place: int) -> None:
    row = SimpleNamespace(id=1, code="NC-2024-001", title="Mua máy quét", ended_on=None)
    assert search.rank(row, asked)[0] == place


@pytest.mark.parametrize(
    ("query", "words"), [("", "Gõ mã số"), ("a", "quá ngắn"), ("?!", "quá ngắn"), ("zzz", "Không tìm thấy")]
)
def test_what_cannot_be_found_is_answered_in_words(cast: Cast, visit: Visit, query: str, words: str) -> None:
    answer = visit("staff").get(PAGE, query_string={"q": query})
    assert answer.status_code == 200
    assert words in answer.text


@pytest.mark.parametrize(
    "query", ['"', "a* OR b", "NEAR(x y)", "%_%", "so' OR 1=1", "(((", "a:b & c | !d", "\x00ab"]
)
def test_no_question_is_taken_for_a_language_of_the_database(cast: Cast, visit: Visit, query: str) -> None:
    action(cast, "Số hóa")
    assert visit("staff").get(PAGE, query_string={"q": query}).status_code == 200


def test_more_than_a_page_is_said_and_a_kind_narrows_it(cast: Cast, visit: Visit) -> None:
    for _ in range(52):
        action(cast, "Số hóa")
    page = visit("staff").get(f"{PAGE}?q=so+hoa").text
    assert "hơn 50" in page
    assert page.partition("<tbody")[2].count("<tr") == 50
    assert "Không tìm thấy" in visit("staff").get(f"{PAGE}?q=so+hoa&kind=objective").text


def test_an_unknown_kind_is_named(cast: Cast, visit: Visit) -> None:
    answer = visit("staff").get(f"{PAGE}?q=so+hoa&kind=person")
    assert answer.status_code == 400
    assert "person" in answer.text


def test_nothing_of_another_agency_is_found_and_nothing_without_a_role(cast: Cast, visit: Visit) -> None:
    code = action(cast, "Số hóa")
    theirs = visit("stranger").get(f"/{THEIRS}/search?q={code}").text
    assert f"/actions/{code}" not in theirs
    assert visit("stranger").get(f"{PAGE}?q={code}").status_code == 404
    assert search.find(cast.intruder(), code) == []
    assert search.find(cast.actor("admin"), code) == []
