"""The newest entry about a row is found by the index of subjects, however long the chain has become."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

import pytest

from qms.areas.documents import service as documents
from qms.kernel.authors import authors
from qms.kernel.db import database, is_sqlite
from qms.kernel.organisations import Unit, add_unit, set_settings, settings_version
from qms.kernel.trail import last_change
from tests.cast import TODAY, Cast


def test_the_newest_entry_of_several_rows_counts_and_that_of_others_does_not(cast: Cast) -> None:
    actor = cast.actor("coordinator")
    set_settings(actor, {"place": "Rạch Giá", "symbol": "STP"}, valid_from=TODAY)
    before = settings_version(cast.ours.id)
    unit = add_unit(actor, "X", "Phòng X", valid_from=date(2024, 1, 1))
    assert settings_version(cast.ours.id) == before
    assert last_change(unit.subject()) == (unit.version(), cast.person("coordinator").name)
    set_settings(actor, {"place": "Vĩnh Yên"}, valid_from=TODAY)
    assert settings_version(cast.ours.id) > unit.version()
    assert last_change() == (0, "")


def _authors(cast: Cast) -> None:
    values = {"code": "QT-01", "title": "Quy trình"}
    authors(documents.add_document(cast.actor("coordinator"), values))


@pytest.mark.parametrize(
    "ask", [_authors, lambda cast: Unit.get().version(), lambda cast: settings_version(cast.ours.id)]
)
def test_nothing_walks_the_chain(
    cast: Cast, ask: Callable[[Cast], object], caplog: pytest.LogCaptureFixture
) -> None:
    set_settings(cast.actor("coordinator"), {"place": "Rạch Giá"}, valid_from=TODAY)
    with caplog.at_level(logging.DEBUG, logger="peewee"):
        ask(cast)
    asked = [r.msg for r in caplog.records if r.msg[0].startswith("SELECT") and '"trail_entry"' in r.msg[0]]
    assert asked
    for sql, params in asked:
        assert '"chain"' not in sql  # with it, a database may prefer the index of the whole chain
        if not is_sqlite():
            continue  # PostgreSQL's plan follows what the tables hold, which here is nothing
        plan = " ".join(row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params))
        assert "trail_entry_subject" in plan, plan
