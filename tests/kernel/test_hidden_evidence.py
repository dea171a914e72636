"""Evidence and comments of an area that somebody may not see are not there for them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qms.areas.actions import service as actions
from qms.areas.actions.rules import VIEW
from qms.kernel import area, files
from qms.kernel.errors import NotFound
from qms.kernel.permissions import Role
from qms.kernel.records import Record
from tests.cast import Cast


@pytest.fixture
def record(cast: Cast, tmp_path: Path) -> Record:
    """An action with a file, in an area that staff may not see any more."""
    files.configure(tmp_path)
    values = {"title": "x", "sort": "corrective", "owner": cast.person("staff").id, "due": date(2024, 6, 1)}
    made = actions.open_action(cast.actor("coordinator"), values).record
    files.attach(cast.actor("staff"), made, files.store(io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "a.pdf"))
    view = replace(VIEW, roles=VIEW.roles - {Role.STAFF})
    hidden = [
        replace(one, view=view, permissions=(view,), navigation=()) if one.name == "actions" else one
        for one in area.areas()
    ]
    area.register(hidden)
    return made


def test_a_file_of_a_hidden_area_is_not_found(cast: Cast, record: Record) -> None:
    number = files.Attachment.get(files.Attachment.record == record.id).id
    assert files.attachment(cast.actor("coordinator"), number).name == "a.pdf"
    with pytest.raises(NotFound):
        files.attachment(cast.actor("staff"), number)
    with pytest.raises(NotFound):
        files.withdraw(cast.actor("staff"), number, "không")


def test_a_record_of_a_hidden_area_is_not_found(cast: Cast, record: Record) -> None:
    assert area.record_at(cast.actor("coordinator"), f"actions/{record.code}").id == record.id
    with pytest.raises(NotFound):
        area.record_at(cast.actor("staff"), f"actions/{record.code}")
