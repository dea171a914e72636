"""A nonconformity is opened from anything, keeps its tie to it, and says what is asked of its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_sources import BODIES
from qms.kernel.area import area_of
from qms.kernel.errors import NotFound, Refused
from qms.kernel.links import Link
from qms.kernel.records import Record
from qms.web import history
from tests.areas.nonconformities.story import Story, finding
from tests.areas.nonconformities.test_web import typed
from tests.areas.reviews.meeting import Meeting
from tests.cast import Cast
from tests.one_of_each import one_of_each

BASE = "/our-agency"
Visit = Callable[..., FlaskClient]
LABEL = "Ghi nhận sự không phù hợp từ đây"


def way(page: str) -> list[str]:
    """Where the page leads to for a nonconformity that comes from it."""
    return [unescape(url) for url in re.findall(rf'href="([^"]*)">{LABEL}', page)]


# ---------------------------------------------------------------- from any record


def test_every_record_leads_to_a_nonconformity_from_it_and_then_shows_it(visit: Visit, cast: Cast) -> None:
    browser = visit("coordinator")
    for path in one_of_each(cast):
        record = Record.get(
            Record.organisation == cast.ours, Record.kind == path.kind, Record.code == path.code
        )
        area = area_of(record).name
        at = f"{area}/{path.code}"
        ways = way(browser.get(f"{BASE}/{at}").text)
        if area == "nonconformities":
            assert ways == []
            continue
        assert ways == [f"{BASE}/nonconformities/new?source={at}"], at
        form = browser.get(ways[0])
        assert form.status_code == 200
        assert f'value="{at}"' in form.text
        sent = typed(cast, source=at, source_kind="work")
        assert browser.post(f"{BASE}/nonconformities/new", data=sent).status_code == 303
        made = Nonconformity.select(Nonconformity, Record).join(Record).order_by(Record.id.desc()).first()
        assert Link.get(Link.record == made.record_id).target_id == record.id
        page = browser.get(f"{BASE}/{at}").text
        assert (
            f'dẫn đến</span> <span class="linked-to"><a href="{BASE}/nonconformities/{made.record.code}"'
            in page
        )


@pytest.mark.parametrize(("part", "may"), [("leader", True), ("inspector", False), ("overseer", False)])
def test_who_may_record_none_is_led_to_none(visit: Visit, cast: Cast, part: str, may: bool) -> None:
    code = Meeting(cast).created().record.code
    assert bool(way(visit(part).get(f"{BASE}/reviews/{code}").text)) is may


def test_a_source_of_another_organisation_is_unknown(visit: Visit, cast: Cast) -> None:
    code = Meeting(cast).created().record.code
    theirs = cast.actor("stranger")
    with pytest.raises(NotFound):
        service.open_nc(theirs, finding(cast, source=f"reviews/{code}", unit=None, owner=None))
    address = f"/their-agency/nonconformities/new?source=reviews/{code}"
    assert visit("stranger").get(address).status_code == 404


# ---------------------------------------------------------------- from a conclusion of a review


def test_a_conclusion_of_a_review_becomes_a_nonconformity_and_shows_it(visit: Visit, cast: Cast) -> None:
    meeting = Meeting(cast)
    review = meeting.held()
    code = review.record.code
    browser = visit("coordinator")
    ways = way(browser.get(f"{BASE}/reviews/{code}").text)
    action = Record.get(Record.kind == "action")
    assert ways == [
        f"{BASE}/nonconformities/new?source=reviews/{code}",
        f"{BASE}/nonconformities/new?source=reviews/{code}&source=actions/{action.code}",
    ]
    form = browser.get(ways[1]).text
    begun = re.findall(r'<textarea[^>]*name="description"[^>]*>([^<]*)', form)
    assert unescape(begun[0]).strip().startswith("Số hóa hồ sơ ngay tại bộ phận một cửa")
    sent = typed(cast, source=f"reviews/{code} actions/{action.code}", source_kind="work")
    answer = browser.post(f"{BASE}/nonconformities/new", data=sent)
    made = Nonconformity.by_code(cast.ours.id, answer.location.rpartition("/")[2])
    assert made.source_kind == "review"
    assert {tie.target_id for tie in Link.select().where(Link.record == made.record_id)} == {
        review.record_id,
        action.id,
    }
    page = browser.get(f"{BASE}/reviews/{code}").text
    assert (
        page.count(f'href="{BASE}/nonconformities/{made.record.code}"') == 2
    )  # the conclusion, and the links
    assert len(way(page)) == 1


def test_a_review_that_is_not_held_leads_from_no_conclusion(visit: Visit, cast: Cast) -> None:
    meeting = Meeting(cast)
    review = meeting.ready()
    assert len(way(visit("coordinator").get(f"{BASE}/reviews/{review.record.code}").text)) == 1


# ---------------------------------------------------------------- inspections and complaints


def test_the_body_and_the_paper_stand_on_the_page_and_in_the_history(visit: Visit, cast: Cast) -> None:
    sent = typed(cast, source_kind="inspection", source_body="science", source_ref="12/KL-SKHCN, 20/03/2024")
    browser = visit("coordinator")
    address = browser.post(f"{BASE}/nonconformities/new", data=sent).location
    page = browser.get(address).text
    assert str(BODIES["science"]) in page
    assert "12/KL-SKHCN, 20/03/2024" in page
    code = address.rpartition("/")[2]
    edited = service.edit(cast.actor("coordinator"), code, {"source_body": "other"})
    [line] = history.lines(history.entries(edited.record_id)[:1])
    assert line.changes == [f"cơ quan, tổ chức kiểm tra: {BODIES['science']} → {BODIES['other']}"]


@pytest.mark.parametrize(
    "values", [{"source_kind": "inspection"}, {"source_kind": "work", "source_body": "other"},
               {"source_kind": "work", "source_ref": "12/KL"}],
)  # fmt: skip
def test_what_the_source_asks_for_holds_for_every_way_in(
    visit: Visit, cast: Cast, values: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        service.open_nc(cast.actor("coordinator"), finding(cast, **values))
    answer = visit("coordinator").post(f"{BASE}/nonconformities/new", data=typed(cast, **values))
    assert answer.status_code == 409
    assert Nonconformity.select().count() == 0
    code = Story(cast).opened(source_kind="audit").record.code
    with pytest.raises(Refused):
        service.edit(cast.actor("coordinator"), code, values)


def test_another_source_is_chosen_when_the_body_goes_with_it(cast: Cast) -> None:
    row = Story(cast).opened(source_kind="inspection", source_body="other", source_ref="1/KL")
    actor, code = cast.actor("coordinator"), row.record.code
    with pytest.raises(Refused) as refused:
        service.edit(actor, code, {"source_kind": "audit"})
    assert [one.where for one in refused.value.reasons] == ["edit#source_body", "edit#source_ref"]
    service.edit(actor, code, {"source_kind": "audit", "source_body": "", "source_ref": ""})
    assert Nonconformity.by_code(cast.ours.id, code).source_kind == "audit"
