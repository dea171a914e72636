"""Handing over what was approved: the list's button meets the same rule as the form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.kernel.leaving import hand_over
from qms.kernel.records import Record
from tests.areas.actions.test_serves import only_action
from tests.areas.actions.test_service import opened
from tests.areas.nonconformities.story import Story
from tests.cast import Cast

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/actions"


def owner(code: str) -> int:
    return Record.get(Record.code == code).owner_id


@pytest.mark.parametrize(("part", "status"), [("staff", 409), ("coordinator", 409), ("unit_head", 303)])
def test_what_was_approved_with_a_nonconformity_is_handed_over_by_who_may_approve_it(
    visit: Visit, cast: Cast, part: str, status: int
) -> None:
    nc = Story(cast).acting()
    code, to = only_action(nc), cast.person("colleague").id
    answer = visit(part).post(f"{HOME}/hand-over?code={code}", data={"to": to, "reason": "bận"})
    assert answer.status_code == status
    assert (owner(code) == to) is (status == 303)
    if status == 409:
        assert f"{code}: nội dung, người phụ trách và thời hạn" in answer.text
        assert f'href="/our-agency/nonconformities/{nc.record.code}"' in answer.text


def test_one_that_was_approved_keeps_all_of_the_ticked_with_their_owner(visit: Visit, cast: Cast) -> None:
    approved, other, to = only_action(Story(cast).acting()), opened(cast), cast.person("colleague").id
    sent = {"to": to, "reason": "bận"}
    answer = visit("staff").post(f"{HOME}/hand-over?code={approved}&code={other}", data=sent)
    assert answer.status_code == 409
    assert to not in (owner(approved), owner(other))
    assert visit("staff").post(f"{HOME}/hand-over?code={other}", data=sent).status_code == 303
    assert owner(other) == to


def test_who_leaves_hands_over_what_was_approved_as_well(cast: Cast) -> None:
    """Somebody has to answer for it: whoever administers the people decides who."""
    code, to = only_action(Story(cast).acting()), cast.person("colleague")
    assert hand_over(cast.actor("coordinator"), cast.person("staff"), to) == 2
    assert owner(code) == to.id
