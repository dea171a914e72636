"""Many people at once: nothing fails, no code is given twice or left out, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from peewee import Database

from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import db, verify
from qms.kernel.codes import CodeCounter
from qms.kernel.errors import Refused, Stale
from qms.kernel.records import Record
from qms.kernel.text import language
from qms.web.list_query import Asked
from qms.web.listing import Listing
from tests.areas.nonconformities.story import EARLY, Story, finding
from tests.cast import Cast

PEOPLE = 8


def at_once(does: list[Callable[[], Any]]) -> list[BaseException]:
    """Run all in threads of their own that begin together; what they raised."""
    gate, raised = threading.Barrier(len(does)), []

    def run(do: Callable[[], Any]) -> None:
        gate.wait()
        try:
            with db.connected(), language("vi"):
                do()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(do,)) for do in does]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.commits
def test_eight_people_creating_at_once_all_succeed_without_gap_or_collision(
    cast: Cast, database: Database
) -> None:
    actor, values = cast.actor("coordinator"), finding(cast)

    def three() -> None:
        for _index in range(3):
            service.open_nc(actor, values)

    assert at_once([three] * PEOPLE) == []
    codes = sorted(code for (code,) in Record.select(Record.code).tuples())
    assert codes == [f"NC-2024-{n:03d}" for n in range(1, PEOPLE * 3 + 1)]
    assert verify.verify([cast.ours.id]).intact


@pytest.mark.commits
def test_of_two_who_save_one_version_at_once_one_is_told(cast: Cast, database: Database) -> None:
    nc = Story(cast).opened()
    code, read = nc.record.code, nc.record.version
    people = ("coordinator", "leader")
    saves = [
        lambda part=part: service.edit(cast.actor(part), code, {"title": f"Của {part}"}, read)
        for part in people
    ]
    [told] = at_once(saves)
    assert isinstance(told, Stale)
    assert Nonconformity.by_code(cast.ours.id, code).record.version == read + 1


@pytest.mark.commits
def test_of_two_who_take_the_same_step_at_once_one_is_refused(cast: Cast, database: Database) -> None:
    story = Story(cast)
    nc = story.acting()
    story.done(nc)
    texts = {"effect_result": "đạt", "effect_met": "yes"}
    service.write_part(cast.actor("auditor"), nc.record.code, "effectiveness", texts)
    steps = [
        lambda part=part: service.fire(cast.actor(part), nc.record.code, "close", reason=EARLY)
        for part in ("auditor", "second_leader")
    ]
    [refused] = at_once(steps)
    assert isinstance(refused, Refused)
    assert verify.verify([cast.ours.id]).intact


def test_the_1001st_code_of_a_year_sorts_after_the_1000th(cast: Cast) -> None:
    actor, values = cast.actor("coordinator"), finding(cast)
    service.open_nc(actor, values)
    CodeCounter.update(last=998).where(CodeCounter.kind == Nonconformity.kind).execute()
    made = [service.open_nc(actor, values).record.code for _index in range(3)]
    assert made == ["NC-2024-999", "NC-2024-1000", "NC-2024-1001"]
    listing = Listing(Nonconformity, actor.name, "", "", str)  # type: ignore[arg-type]
    rows = listing.found.rows(actor, Asked(sort="code"), 10)
    assert [row[0] for row in rows] == ["NC-2024-001", *made]
