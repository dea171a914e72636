"""Who comes from outside reads: an inspector, an overseer or an administrator owns no record and so writes none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.rules import EDIT as EDIT_ACTION
from qms.areas.actions.rules import WORK
from qms.areas.nonconformities import service as nonconformities
from qms.areas.nonconformities import service_register_import as register
from qms.importers.register import register_file
from qms.kernel import accounts
from qms.kernel.errors import Forbidden, Refused
from qms.kernel.leaving import deactivate, hand_over_chosen
from qms.kernel.people import Person, names_of_workers, working_in
from qms.kernel.records import Record
from qms.kernel.waiting import waiting
from tests.areas.actions.test_service import opened, read
from tests.areas.nonconformities.registers import CLOSED, OPEN, workbook
from tests.areas.nonconformities.story import Story
from tests.cast import TODAY, Cast

Visit = Callable[..., FlaskClient]
OUTSIDE = pytest.mark.parametrize("part", ["inspector", "overseer", "admin"])


def owned_by(cast: Cast, part: str, code: str) -> str:
    """The record of that code, as an earlier release could leave it: owned by somebody from outside."""
    Record.update(owner=cast.person(part).id).where(Record.code == code).execute()
    return code


def test_an_inspector_is_offered_nowhere_as_one_who_works_here(cast: Cast) -> None:
    inspector = cast.person("inspector")
    assert inspector.id not in dict(names_of_workers(cast.ours.id, TODAY))
    assert inspector not in working_in(cast.ours.id, TODAY)
    assert cast.person("records") in working_in(cast.ours.id, TODAY)


@OUTSIDE
@pytest.mark.parametrize(
    "asked",
    [
        lambda cast, whom: Story(cast).opened(owner=whom),
        lambda cast, whom: nonconformities.edit(
            cast.actor("coordinator"), Story(cast).opened().record.code, {"owner": whom}
        ),
        lambda cast, whom: actions.edit(cast.actor("coordinator"), opened(cast), {"owner": whom}),
        lambda cast, whom: hand_over_chosen(
            cast.actor("coordinator"), actions.Action, [opened(cast)], to=whom, permission=EDIT_ACTION, reason="x"
        ),
        lambda cast, whom: deactivate(
            cast.actor("coordinator"), _owner(cast), to={cast.ours.id: Person.get_by_id(whom)}
        ),
        lambda cast, whom: accounts.set_deputy(
            cast.actor("coordinator"), cast.person("staff"), Person.get_by_id(whom), valid_from=TODAY, valid_to=TODAY
        ),
    ],
)  # fmt: skip
def test_nobody_from_outside_is_made_owner_or_deputy(
    cast: Cast, part: str, asked: Callable[[Cast, int], Any]
) -> None:
    with pytest.raises(Refused):
        asked(cast, cast.person(part).id)
    assert not Record.select().where(Record.owner == cast.person(part).id).exists()


def _owner(cast: Cast) -> Person:
    opened(cast)
    return cast.person("staff")


@pytest.mark.parametrize("row", [OPEN, CLOSED])
def test_an_earlier_register_makes_no_inspector_an_owner(cast: Cast, row: dict[str, Any]) -> None:
    file = register_file(workbook(row | {"owner": "inspector@example.org"}), "so.xlsx")
    [problem] = register.plan(cast.actor("coordinator"), file).problems
    assert "inspector@example.org" in str(problem.text)


@OUTSIDE
def test_who_owns_a_record_from_outside_writes_nothing_on_it(visit: Visit, cast: Cast, part: str) -> None:
    nc, action = Story(cast).opened().record.code, opened(cast)
    owned_by(cast, part, nc)
    owned_by(cast, part, action)
    actor = cast.actor(part)
    with pytest.raises(Forbidden):
        nonconformities.write_part(actor, nc, "correction", {"correction": "Đã xong"})
    with pytest.raises(Forbidden):
        actions.fire(actor, action, "finish", values={"proof": "ảnh"})
    with pytest.raises(Forbidden):
        actions.edit(actor, action, {"description": "khác"})
    assert read(cast, action).record.version == 1
    assert not actor.may_somewhere(WORK)
    assert visit(part).get(f"/our-agency/actions/{action}/edit").status_code in (403, 404)


@OUTSIDE
def test_nothing_waits_for_who_owns_a_record_from_outside(cast: Cast, part: str) -> None:
    code = owned_by(cast, part, opened(cast))
    assert waiting(cast.actor(part), Action, "finish") == []
    owned_by(cast, "colleague", code)
    assert [row.record.code for row in waiting(cast.actor("colleague"), Action, "finish")] == [code]
