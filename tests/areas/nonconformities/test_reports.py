"""What nonconformities tell the review, the home page and the work list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qms.areas.nonconformities import service, service_reports
from qms.kernel.calendar import Period
from tests.areas.nonconformities.story import Story
from tests.cast import TODAY, Cast


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
        "nonconformities?happened=2023",
        "nonconformities?happened=2023&grade=major",
        "nonconformities?ended=2023",
        "nonconformities?open_on=2023-12-31",
    ]
    assert len(found.lines) == 3


def test_the_review_of_another_organisation_counts_nothing_of_ours(cast: Cast, story: Story) -> None:
    story.opened()
    [found] = service_reports.review_inputs(cast.actor("stranger"), Period.parse("2024"))
    assert {f.value for f in found.figures} == {"0"}


def test_the_home_page_counts_by_state_and_what_is_overdue(cast: Cast, story: Story) -> None:
    story.opened(due=TODAY - timedelta(days=1), happened_on=TODAY - timedelta(days=9))
    story.opened()
    story.acting()
    story.closed()
    [panel] = service_reports.home_panels(cast.actor("leader"), TODAY.year)
    assert [(c.number, c.url, c.late) for c in panel.data] == [
        (2, "nonconformities?state=open", False),
        (1, "nonconformities?state=acting", False),
        (1, "nonconformities?due=overdue", True),
    ]


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
