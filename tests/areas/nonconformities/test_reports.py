"""What nonconformities tell the review, the home page and the work list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qms.areas.nonconformities import service, service_reports
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel.calendar import Period
from qms.kernel.jobs import Notification
from qms.kernel.records import Record
from tests.areas.nonconformities.story import Story, finding
from tests.cast import TODAY, Cast
from tests.queries import queries


def late(nc: Nonconformity) -> None:
    """It was due yesterday."""
    Record.update(due=TODAY - timedelta(days=1)).where(Record.id == nc.record_id).execute()


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def test_the_review_gets_counts_beside_the_preceding_period_with_links(cast: Cast, story: Story) -> None:
    story.opened(happened_on=date(2023, 3, 1))
    story.opened(happened_on=date(2022, 3, 1))
    story.opened(happened_on=date(2023, 5, 1), grade="major")
    story.opened(happened_on=date(2023, 6, 1), grade="observation")
    story.closed()
    [found] = service_reports.review_inputs(cast.actor("leader"), Period.parse("2023"))
    assert found.input == "c4"
    assert [(f.value, f.previous) for f in found.figures] == [("2", "1"), ("1", "0"), ("0", "0"), ("3", "1")]
    assert [f.url for f in found.figures] == [
        "nonconformities?counted=nonconformities&happened=2023",
        "nonconformities?counted=nonconformities&happened=2023&grade=major",
        "nonconformities?counted=nonconformities&ended=2023",
        "nonconformities?counted=nonconformities&open_on=2023-12-31",
    ]
    assert len(found.lines) == 3


def test_the_review_of_another_organisation_counts_nothing_of_ours(cast: Cast, story: Story) -> None:
    story.opened()
    [found] = service_reports.review_inputs(cast.actor("stranger"), Period.parse("2024"))
    assert {f.value for f in found.figures} == {"0"}


def test_the_home_page_counts_by_state_and_what_is_overdue(cast: Cast, story: Story) -> None:
    late(story.opened(happened_on=TODAY - timedelta(days=9)))
    story.opened()
    story.acting()
    story.closed()
    [panel] = service_reports.home_panels(cast.actor("leader"), TODAY.year)
    assert [(c.number, c.url, c.late) for c in panel.data] == [
        (2, "nonconformities?counted=nonconformities&state=open", False),
        (1, "nonconformities?counted=nonconformities&state=acting", False),
        (1, "nonconformities?counted=nonconformities&due=overdue", True),
    ]


def test_observations_are_a_line_of_their_own_on_the_home_page(cast: Cast, story: Story) -> None:
    story.opened()
    late(story.opened(grade="observation", happened_on=TODAY - timedelta(days=9)))
    story.opened(grade="opportunity")
    [panel] = service_reports.home_panels(cast.actor("leader"), TODAY.year)
    assert [(str(c.label), c.number, c.url, c.late) for c in panel.data] == [
        ("mới mở", 1, "nonconformities?counted=nonconformities&state=open", False),
        (
            "lưu ý và cơ hội cải tiến còn mở",
            2,
            f"nonconformities?counted=improvements&open_on={TODAY}",
            False,
        ),
    ]


def test_a_nonconformity_without_owner_is_work_for_coordinator_and_the_head_of_its_unit(
    cast: Cast, story: Story
) -> None:
    nc = service.open_nc(cast.actor("staff"), finding(cast, owner=None))
    story.opened()
    work = {part: service_reports.work(cast.actor(part)) for part in cast.people}
    assert {part for part, items in work.items() if items} == {"coordinator", "unit_head"}
    assert [one.url for one in work["unit_head"]] == [f"nonconformities/{nc.record.code}/edit#owner"]


def test_one_without_unit_is_the_coordinators_and_one_that_ended_is_nobodys(cast: Cast, story: Story) -> None:
    story.opened(owner=None, unit=None)
    voided = story.opened(owner=None)
    service.fire(cast.actor("coordinator"), voided.record.code, "void", reason="nhầm")
    work = {part: len(service_reports.work(cast.actor(part))) for part in cast.people}
    assert {part: n for part, n in work.items() if n} == {"coordinator": 1}


def test_coordinator_and_head_hear_of_one_that_is_opened_without_an_owner(cast: Cast) -> None:
    service.open_nc(cast.actor("staff"), finding(cast))
    assert not Notification.select().exists()
    service.open_nc(cast.actor("staff"), finding(cast, owner=None))
    told = {row.person_id for row in Notification.select()}
    assert told == {cast.person("coordinator").id, cast.person("unit_head").id}


def test_the_home_page_is_silent_where_nothing_is_open(cast: Cast) -> None:
    assert service_reports.home_panels(cast.actor("leader"), TODAY.year) == []


def test_a_plan_waits_for_those_who_may_approve_it_and_did_not_submit_it(cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.fire(cast.actor("unit_head"), code, "plan")
    waiting = {part for part in cast.people if service_reports.work(cast.actor(part))}
    assert waiting == {"leader", "second_leader"}


def test_an_effect_waits_from_its_day_on_for_those_who_are_independent(cast: Cast, story: Story) -> None:
    nc = story.verifying(cause_by="coordinator", owner="auditor")
    assert service_reports.work(cast.actor("leader")) == []
    later = nc.effect_on or TODAY
    waiting = {part for part in cast.people if service_reports.work(cast.actor(part, today=later))}
    assert waiting == {"leader", "second_leader"}


def test_the_work_list_does_not_ask_for_each_of_what_one_worked_on_oneself(cast: Cast, story: Story) -> None:
    story.verifying(owner="coordinator")
    Nonconformity.update(effect_on=TODAY).execute()
    few = queries(lambda: service_reports.work(cast.actor("coordinator")))
    for _index in range(5):
        story.verifying(owner="coordinator")
    Nonconformity.update(effect_on=TODAY).execute()
    assert service_reports.work(cast.actor("coordinator")) == []
    assert queries(lambda: service_reports.work(cast.actor("coordinator"))) == few
    assert len(service_reports.work(cast.actor("auditor"))) == 6
