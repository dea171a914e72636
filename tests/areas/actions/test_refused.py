"""What no action may say, by whichever door it comes: one table, asked of the service and of each page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service
from qms.areas.actions.models import Action
from qms.areas.nonconformities import service as nonconformities
from qms.kernel import leaving
from qms.kernel.errors import Refused
from qms.kernel.records import Record
from tests.areas.actions.test_service import action, opened, read
from tests.areas.nonconformities.story import Story
from tests.cast import TODAY, Cast

Visit = Callable[..., FlaskClient]
HOME = "/our-agency/actions"


def left(cast: Cast) -> int:
    """Somebody who has left."""
    leaving.deactivate(cast.actor("coordinator"), cast.person("colleague"), reason="chuyển công tác")
    return cast.person("colleague").id


# what is wrong -> the field and its value
WRONG: dict[str, Callable[[Cast], tuple[str, Any]]] = {
    "due before it was opened": lambda cast: ("due", TODAY - timedelta(days=1)),
    "an owner who has left": lambda cast: ("owner", left(cast)),
    "an owner of another organisation": lambda cast: ("owner", cast.person("stranger").id),
    "an owner who is nobody": lambda cast: ("owner", 999_999),
    "an unknown kind": lambda cast: ("sort", "wish"),
    "no title": lambda cast: ("title", " "),
}
ALL = pytest.mark.parametrize("wrong", WRONG)


def typed(cast: Cast, **values: Any) -> dict[str, Any]:
    """The values of an action as a form sends them."""
    sent = action(cast, **values)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in sent.items()}


@ALL
def test_the_service_opens_and_changes_nothing_into_it(cast: Cast, wrong: str) -> None:
    code = opened(cast)
    field, value = WRONG[wrong](cast)
    for asked in (
        lambda: service.open_action(cast.actor("coordinator"), action(cast, **{field: value})),
        lambda: service.edit(cast.actor("coordinator"), code, {field: value}),
    ):
        with pytest.raises(Refused) as refused:
            asked()
        assert [o.where for o in refused.value.reasons] == [f"edit#{field}"]
    assert (Action.select().count(), read(cast, code).record.version) == (1, 1)


@ALL
def test_no_page_opens_or_changes_an_action_into_it(cast: Cast, visit: Visit, wrong: str) -> None:
    nc, code = Story(cast).analysed(), opened(cast)
    field, value = WRONG[wrong](cast)
    sent, browser = typed(cast, **{field: value}), visit("coordinator")
    for path, more in (
        ("actions/new", {}),
        ("actions/new", {"serves": f"nonconformities/{nc.record.code}"}),
        (f"nonconformities/{nc.record.code}/actions/new", {}),
        (f"actions/{code}/edit", {"version": 1}),
    ):
        answer = browser.post(f"/our-agency/{path}", data=sent | more)
        assert answer.status_code in (409, 422), path
        assert f'href="#{field}"' in answer.text, path
    assert (Action.select().count(), read(cast, code).record.version) == (1, 1)


def test_whoever_owned_it_and_has_left_may_stay_until_somebody_else_takes_over(cast: Cast) -> None:
    code = opened(cast)
    gone = left(cast)
    Record.update(owner=gone).where(Record.code == code).execute()
    row = service.edit(cast.actor("coordinator"), code, {"title": "Tên khác", "owner": gone})
    assert row.record.title == "Tên khác"


def test_a_date_of_opening_is_that_of_the_day_and_not_that_of_the_change(cast: Cast) -> None:
    code = opened(cast)
    later = cast.actor("coordinator", today=date(2024, 5, 10))
    assert service.edit(later, code, {"due": date(2024, 4, 20)}).record.due == date(2024, 4, 20)
    with pytest.raises(Refused):
        service.edit(later, code, {"due": date(2024, 4, 14)})


def test_a_voided_record_is_served_by_nothing_new_at_any_door(cast: Cast, visit: Visit) -> None:
    voided = Story(cast).opened()
    nonconformities.fire(cast.actor("coordinator"), voided.record.code, "void", reason="trùng")
    given_up = opened(cast)
    service.fire(cast.actor("coordinator"), given_up, "void", reason="thừa")
    browser = visit("coordinator")
    for path in (f"nonconformities/{voided.record.code}", f"actions/{given_up}"):
        assert browser.get(f"{HOME}/new?serves={path}").status_code == 409
        assert browser.post(f"{HOME}/new", data=typed(cast, serves=path)).status_code == 409
    assert Action.select().count() == 1


@pytest.mark.parametrize(
    "path", ["actions/AC-2024-099", "nowhere/NC-2024-001", "actions", "/", "../settings"]
)
def test_a_record_that_is_not_there_is_not_found(cast: Cast, visit: Visit, path: str) -> None:
    browser = visit("coordinator")
    assert browser.get(f"{HOME}/new", query_string={"serves": path}).status_code == 404
    assert browser.post(f"{HOME}/new", data=typed(cast, serves=path)).status_code == 404
    assert Action.select().count() == 0
