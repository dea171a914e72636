"""One action for several records: what it may serve, what it leads on when it is done, what is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service, service_serves
from qms.areas.actions.service_serving import serving
from qms.areas.kpis.service_write import define
from qms.areas.nonconformities import service as nonconformities
from qms.areas.objectives import service as objectives
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.links import Link
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from tests.areas.actions.test_service import opened, read
from tests.areas.nonconformities.story import Story
from tests.areas.objectives.test_service import approved, drafted
from tests.areas.reviews.meeting import Meeting
from tests.cast import Cast
from tests.queries import queries

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/actions"
INDICATOR = {
    "code": "hai_long",
    "title": "Hài lòng",
    "numerator": "phiếu",
    "denominator": "phiếu",
    "direction": "up",
}


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """The cast, whose agency measures the indicator of the objectives."""
    define(cast.actor("coordinator"), INDICATOR)
    return cast


def codes(cast: Cast, code: str) -> list[str]:
    """What the action serves."""
    return [record.code for record in service.served(read(cast, code).record_id)]


def only_action(nc: object) -> str:
    (action,) = serving(nc.record_id)  # type: ignore[attr-defined]
    return action.code


# ---------------------------------------------------------------- one more


def test_an_action_serves_one_more_record_and_both_show_it(cast: Cast, visit: Visit) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    tie = service_serves.add(cast.actor("coordinator"), code, "nc-2024-001")
    assert (tie.target_id, codes(cast, code)) == (nc.record_id, ["NC-2024-001"])
    assert code in visit("leader").get("/our-agency/nonconformities/NC-2024-001").text
    page = visit("coordinator").get(f"{HOME}/{code}").text
    assert 'href="/our-agency/nonconformities/NC-2024-001"' in page
    assert f'href="{HOME}/{code}/serves"' in page
    assert TrailEntry.select().where(TrailEntry.tag == "link.serves").count() == 1
    assert verify([cast.ours.id]).intact


def test_done_it_moves_on_every_nonconformity_that_it_serves(ready: Cast) -> None:
    story = Story(ready)
    first = story.acting()
    code = only_action(first)
    second = story.analysed()
    objective = drafted(ready)
    for other in (second.record.code, objective):
        service_serves.add(ready.actor("coordinator"), code, other)
    nonconformities.fire(ready.actor("staff"), second.record.code, "plan")
    nonconformities.fire(ready.actor("unit_head"), second.record.code, "approve_plan")
    objectives.fire(ready.actor("leader"), objective, "approve")
    service.fire(ready.actor("staff"), code, "finish", values={"proof": "Biên bản"})
    assert [story.read(nc).record.state for nc in (first, second)] == ["verifying", "verifying"]
    assert Record.get(Record.code == objective).state == "approved"
    assert codes(ready, code) == [first.record.code, second.record.code, objective]


def test_an_action_that_is_not_the_last_of_one_moves_on_only_the_other(cast: Cast) -> None:
    story = Story(cast)
    first, second = story.acting(), story.acting()
    code = only_action(first)
    service_serves.add(cast.actor("leader"), code, second.record.code)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "Biên bản"})
    assert [story.read(nc).record.state for nc in (first, second)] == ["verifying", "acting"]


@pytest.mark.parametrize("other", ["NC-2024-999", "", "xx", "nonconformities/NC-2024-001"])
def test_a_code_that_is_none_is_refused(cast: Cast, other: str) -> None:
    code = opened(cast)
    with pytest.raises(Refused) as refused:
        service_serves.add(cast.actor("coordinator"), code, other)
    assert [o.where for o in refused.value.reasons] == ["#other"]


def test_a_record_of_another_organisation_is_no_record(cast: Cast) -> None:
    code = opened(cast)
    service.open_action(
        cast.actor("stranger"), {"title": "Của bạn", "sort": "correction", "due": date(2024, 6, 1)}
    )
    with pytest.raises(Refused):  # theirs has the same code: this one is the action itself
        service_serves.add(cast.actor("coordinator"), code, "AC-2024-001")
    with pytest.raises(NotFound):
        service_serves.add(cast.actor("stranger"), "AC-2024-009", code)
    assert Link.select().count() == 0


def test_what_it_serves_already_is_said(cast: Cast) -> None:
    nc = Story(cast).acting()
    with pytest.raises(Refused) as refused:
        service_serves.add(cast.actor("leader"), only_action(nc), nc.record.code)
    assert [o.where for o in refused.value.reasons] == ["#other"]
    assert Link.select().where(Link.relation == "serves").count() == 1


def test_the_record_says_whether_it_takes_an_action(cast: Cast) -> None:
    story = Story(cast)
    verifying = story.verifying()
    voided = story.opened()
    nonconformities.fire(cast.actor("coordinator"), voided.record.code, "void", reason="trùng")
    given_up = opened(cast)
    service.fire(cast.actor("coordinator"), given_up, "void", reason="thừa")
    code = opened(cast)
    for other in (verifying.record.code, voided.record.code, given_up):
        with pytest.raises(Refused):
            service_serves.add(cast.actor("coordinator"), code, other)
    assert codes(cast, code) == []


def test_who_may_not_handle_the_record_adds_no_action_to_it(cast: Cast) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    for part in (
        "leader",
        "other_head",
        "auditor",
    ):  # the leader may change the action, not handle the record
        with pytest.raises(Forbidden):
            service_serves.add(cast.actor(part), code, nc.record.code)


def test_an_action_that_has_ended_serves_nothing_more(cast: Cast) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    service.fire(cast.actor("staff"), code, "finish", values={"proof": "ảnh"})
    with pytest.raises(Refused):
        service_serves.add(cast.actor("coordinator"), code, nc.record.code)


# ---------------------------------------------------------------- taken back


def test_what_was_added_by_mistake_is_taken_back_with_a_reason_that_stays(cast: Cast) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    service_serves.add(cast.actor("coordinator"), code, nc.record.code)
    with pytest.raises(Refused):
        service_serves.take_back(cast.actor("coordinator"), code, nc.record.code, " ")
    service_serves.take_back(cast.actor("coordinator"), code, nc.record.code, "nhầm phiếu")
    assert (codes(cast, code), serving(nc.record_id)) == ([], [])
    entry = json.loads(TrailEntry.get(TrailEntry.tag == "link.end").body)
    assert (entry["reason"], entry["what"]) == ("nhầm phiếu", nc.record.code)
    with pytest.raises(NotFound):
        service_serves.take_back(cast.actor("coordinator"), code, nc.record.code, "lại")
    assert verify([cast.ours.id]).intact


def test_what_was_approved_with_the_action_keeps_it_whoever_asks(ready: Cast) -> None:
    story, meeting = Story(ready), Meeting(ready)
    nc = story.acting(actions=2)
    first = serving(nc.record_id)[0].code
    for part in ("coordinator", "unit_head", "leader"):
        with pytest.raises(Refused):
            service_serves.take_back(ready.actor(part), first, nc.record.code, "thừa")
    objective = approved(ready)
    code = opened(ready)
    service_serves.add(ready.actor("coordinator"), code, objective)
    review = meeting.held()
    for action, other in ((code, objective), (only_action(review), review.record.code)):
        with pytest.raises(Refused) as refused:
            service_serves.take_back(ready.actor("leader"), action, other, "thừa")
        assert [o.where.split("/")[-1] for o in refused.value.reasons] == [other]


def test_an_action_is_taken_back_from_a_plan_that_was_returned(cast: Cast) -> None:
    story = Story(cast)
    nc = story.analysed()
    code = story.action(nc.record.code).record.code
    nonconformities.fire(cast.actor("staff"), nc.record.code, "plan")
    with pytest.raises(Refused):
        service_serves.take_back(cast.actor("coordinator"), code, nc.record.code, "nhầm")
    nonconformities.fire(cast.actor("unit_head"), nc.record.code, "return_plan", reason="thiếu")
    other = opened(cast)
    service_serves.add(cast.actor("coordinator"), other, nc.record.code)
    service_serves.take_back(cast.actor("coordinator"), code, nc.record.code, "nhầm")
    assert [one.code for one in serving(nc.record_id)] == [other]


# ---------------------------------------------------------------- pages


def test_the_page_adds_and_takes_back_and_leads_to_what_is_served(cast: Cast, visit: Visit) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    browser, page = visit("coordinator"), f"{HOME}/{code}/serves"
    assert f'<option value="{nc.record.code}">' in browser.get(page).text
    added = browser.post(page, data={"other": nc.record.code})
    assert (added.status_code, added.location) == (303, page)
    assert f'href="/our-agency/nonconformities/{nc.record.code}"' in browser.get(page).text
    refused = browser.post(page, data={"other": nc.record.code})
    assert (refused.status_code, 'href="#other"' in refused.text) == (409, True)
    end = f"{page}/{nc.record.code}/end"
    assert browser.post(end).status_code == 409
    assert browser.post(end, data={"reason": "nhầm"}).status_code == 303
    assert codes(cast, code) == []


@pytest.mark.parametrize("part", ["auditor", "colleague", "records", "inspector", "overseer"])
def test_who_may_not_change_the_action_changes_not_what_it_serves(
    cast: Cast, visit: Visit, part: str
) -> None:
    nc = Story(cast).analysed()
    code = opened(cast)
    service_serves.add(cast.actor("coordinator"), code, nc.record.code)
    browser, page = visit(part), f"{HOME}/{code}/serves"
    assert browser.get(page).status_code == 403
    assert browser.post(page, data={"other": nc.record.code}).status_code == 403
    assert browser.post(f"{page}/{nc.record.code}/end", data={"reason": "x"}).status_code == 403
    assert page not in browser.get(f"{HOME}/{code}").text


def test_a_stranger_finds_no_such_page(cast: Cast, visit: Visit) -> None:
    code = opened(cast)
    assert visit("stranger").get(f"{HOME}/{code}/serves").status_code == 404
    assert visit("stranger").get(f"/their-agency/actions/{code}/serves").status_code == 404
    assert visit("coordinator").get(f"{HOME}/AC-2024-099/serves").status_code == 404


def test_the_list_and_its_export_say_what_each_action_serves_without_a_query_for_each(
    cast: Cast, visit: Visit
) -> None:
    story = Story(cast)
    first, second = story.acting(), story.analysed()
    code = only_action(first)
    service_serves.add(cast.actor("coordinator"), code, second.record.code)
    browser = visit("coordinator")
    both = [first.record.code, second.record.code]
    assert ", ".join(f'<span class="code">{one}</span>' for one in both) in browser.get(HOME).text
    assert ", ".join(both) in browser.get(f"{HOME}.csv").text
    few = queries(lambda: browser.get(HOME))
    for _number in range(5):
        story.acting()
    assert queries(lambda: browser.get(HOME)) <= few
