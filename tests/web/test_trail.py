"""The log of changes: who may read it, its filters, its pages, its file and its head."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.kernel.trail import TrailEntry, change
from qms.kernel.verify import head, verify
from qms.web import trail
from tests.areas.nonconformities.story import Story
from tests.cast import OURS, TODAY, Cast

PAGE = f"/{OURS}/trail"
Visit = Callable[..., FlaskClient]


def action(cast: Cast, title: str = "Số hóa") -> str:
    row = actions.open_action(
        cast.actor("coordinator"),
        {"title": title, "sort": "corrective", "owner": cast.person("staff").id, "due": date(2024, 5, 1)},
    )
    return str(row.record.code)


def body(page: str) -> str:
    return page.partition("<main")[2].partition('class="history')[2]


@pytest.mark.parametrize(
    ("part", "status"),
    [("coordinator", 200), ("leader", 200), ("auditor", 200), ("inspector", 200), ("unit_head", 403), ("staff", 403),
     ("records", 403), ("overseer", 403), ("admin", 403), ("stranger", 404)],
)  # fmt: skip
def test_who_may_read_the_log(cast: Cast, visit: Visit, part: str, status: int) -> None:
    assert visit(part).get(PAGE).status_code == status
    assert visit(part).get(f"{PAGE}.csv").status_code == status
    if status != 404:
        linked = f'href="{PAGE}"' in visit(part).get(f"/{OURS}/search").text
        assert linked is (status == 200)


def test_entries_are_sentences_newest_first_that_lead_to_their_record(cast: Cast, visit: Visit) -> None:
    code = action(cast)
    actions.fire(cast.actor("staff"), code, "start")
    page = body(visit("leader").get(PAGE).text)
    assert page.index("Staff") < page.index("Coordinator")
    assert f'<a href="/{OURS}/actions/{code}">{code}</a>: ' in page


def test_the_head_is_shown_and_proves_that_nothing_was_cut_off(cast: Cast, visit: Visit) -> None:
    action(cast)
    shown = head(cast.ours.id)
    assert shown in visit("inspector").get(PAGE).text
    assert verify([cast.ours.id], expected_head=shown).intact


def test_it_is_narrowed_by_person_record_and_date(cast: Cast, visit: Visit) -> None:
    first, second = action(cast), action(cast)
    actions.fire(cast.actor("staff"), first, "start")
    browser = visit("auditor")
    by_staff = body(browser.get(PAGE, query_string={"person": cast.person("staff").id}).text)
    assert first in by_staff
    assert "Coordinator" not in by_staff
    assert second not in body(browser.get(PAGE, query_string={"record": first.lower()}).text)
    assert "Không có dòng nào khớp" in browser.get(PAGE, query_string={"record": "AC-1999-001"}).text
    today = {"since": str(TODAY), "until": str(TODAY)}
    assert first in body(browser.get(PAGE, query_string=today).text)
    assert "Không có dòng nào khớp" in browser.get(PAGE, query_string={"since": "2024-04-16"}).text
    assert "Không có dòng nào khớp" in browser.get(PAGE, query_string={"until": "2024-04-14"}).text


@pytest.mark.parametrize(
    ("name", "value"), [("person", "x"), ("since", "hôm qua"), ("until", "2024-13-01"), ("before", "-1"),
     ("person", "9" * 30)]
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_named(cast: Cast, visit: Visit, name: str, value: str) -> None:
    answer = visit("leader").get(PAGE, query_string={name: value})
    assert answer.status_code == 400
    assert value in answer.text


def test_pages_follow_each_other_without_gap_or_repetition(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PAGE", 4)
    for _ in range(5):
        action(cast)
    browser, address, seen = visit("leader"), PAGE, []
    while address:
        page = browser.get(address).text
        seen += [int(part.partition("<")[0]) for part in page.split('class="code">#')[1:]]
        following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        address = following.replace("&amp;", "&") if 'rel="next"' in page else ""
    count = TrailEntry.select().where(TrailEntry.chain == cast.ours.id).count()
    assert seen == list(range(count, 0, -1))


def test_the_file_holds_the_same_rows_and_the_head_and_no_formula(cast: Cast, visit: Visit) -> None:
    code = action(cast)
    actions.fire(cast.actor("coordinator"), code, "void", reason="=HYPERLINK(1)")
    answer = visit("inspector").get(f"{PAGE}.csv?record={code}")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:-1]] == [code, code]
    assert rows[1][-1] == "'=HYPERLINK(1)"
    assert rows[-1][5] == head(cast.ours.id)


def test_who_did_it_is_found_whatever_stands_before_it_in_the_entry(cast: Cast) -> None:
    coordinator, staff = cast.actor("coordinator"), cast.actor("staff")
    for actor in (coordinator, staff):
        with change(actor) as under_way:
            under_way.append("action.edit", f"record:{actor.person_id}", a_first_key={"actor": {"id": 1}})
    found = trail.lines(coordinator, trail.Asked(person=staff.person_id), 10)
    assert [line.said.who for line in found] == [staff.name]


def test_the_log_of_a_record_tells_of_the_actions_that_serve_it_as_well(cast: Cast, visit: Visit) -> None:
    nc = Story(cast).acting().record.code
    page = visit("leader").get(PAGE, query_string={"record": nc}).text
    [served] = [row.record.code for row in actions.Action.of(cast.ours.id)]
    assert f'<a href="/{OURS}/actions/{served}">{served}</a>' in body(page)
    assert nc not in body(visit("leader").get(PAGE, query_string={"record": action(cast)}).text)


def test_a_record_leads_to_its_whole_history_who_may_read_the_log(cast: Cast, visit: Visit) -> None:
    at = f"/{OURS}/nonconformities/{Story(cast).opened().record.code}"
    there = f'href="{PAGE}?record={at.rpartition("/")[2]}"'
    assert {part: there in visit(part).get(at).text for part in ("leader", "staff")} == {
        "leader": True,
        "staff": False,
    }
