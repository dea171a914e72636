"""The trail tells every change, and tells when somebody went behind the product's back."""

from __future__ import annotations

import json
from datetime import date

import pytest
from peewee import Database

from qms.areas.actions import service
from qms.kernel import db, trail
from qms.kernel.organisations import set_settings
from qms.kernel.people import Person, add_person
from qms.kernel.records import Record
from qms.kernel.trail import TrailEntry, TrailHead, change
from qms.kernel.verify import head, verify
from tests.cast import TODAY, Cast
from tests.conftest import TRAIL_KEY


@pytest.fixture
def action(cast: Cast) -> Record:
    """An action that somebody recorded through the service."""
    values = {
        "title": "Quét hồ sơ khi tiếp nhận",
        "sort": "corrective",
        "description": "",
        "owner": cast.person("staff").id,
        "unit": None,
        "due": date(2024, 5, 1),
        "resources": "",
        "proof": "",
    }
    return service.open_action(cast.actor("coordinator"), values).record


def problems(cast: Cast, expected_head: str = "") -> list[tuple[str, str]]:
    """(what is wrong, of what) in our agency's chain and the system's."""
    report = verify([cast.ours.id, trail.SYSTEM_CHAIN], expected_head=expected_head)
    return [(f.problem, f.what or f.subject) for f in report.findings]


def disarmed(database: Database) -> None:
    """Take the guards off, as somebody with the database in hand could."""
    if db.is_sqlite():
        database.execute_sql("DROP TRIGGER trail_entry_no_delete")
        database.execute_sql("DROP TRIGGER trail_entry_no_update")
    else:
        database.execute_sql('DROP TRIGGER "trail_entry_append_only" ON trail_entry')


def test_what_was_written_through_the_product_verifies(cast: Cast, action: Record) -> None:
    assert problems(cast) == []


def test_a_row_edited_in_the_database_is_named(database: Database, cast: Cast, action: Record) -> None:
    database.execute_sql("UPDATE record SET title = 'khác'")
    assert problems(cast) == [("row_differs", action.code)]


def test_a_person_edited_in_the_database_is_named(cast: Cast, action: Record) -> None:
    staff = cast.person("staff")
    Person.update(name="ai đó").where(Person.id == staff.id).execute()
    assert problems(cast) == [("row_differs", staff.email)]


def test_a_row_that_nobody_traced_is_named(database: Database, cast: Cast) -> None:
    sql = "INSERT INTO unit (organisation_id, code, name, valid_from) VALUES ({}, 'XX', 'Lén', '2024-01-01')"
    database.execute_sql(sql.format(cast.ours.id))
    assert [problem for problem, _what in problems(cast)] == ["row_untraced"]


def test_an_entry_that_was_altered_breaks_the_chain(database: Database, cast: Cast, action: Record) -> None:
    disarmed(database)
    TrailEntry.update(body=TrailEntry.body.concat(" ")).where(
        TrailEntry.chain == cast.ours.id, TrailEntry.subject == f"record:{action.id}"
    ).execute()
    assert ("broken", f"record:{action.id}") in problems(cast)


def test_an_index_column_that_was_altered_is_found(database: Database, cast: Cast, action: Record) -> None:
    disarmed(database)
    TrailEntry.update(tag="action.void").where(
        TrailEntry.chain == cast.ours.id, TrailEntry.subject == f"record:{action.id}"
    ).execute()
    assert ("columns_differ", action.code) in problems(cast)


def test_an_entry_taken_out_of_the_middle_is_missed(database: Database, cast: Cast, action: Record) -> None:
    set_settings(cast.actor("coordinator"), {"place": "Rạch Giá"}, valid_from=TODAY)
    disarmed(database)
    TrailEntry.delete().where(
        TrailEntry.chain == cast.ours.id, TrailEntry.subject == f"record:{action.id}"
    ).execute()
    assert "missing" in [problem for problem, _what in problems(cast)]


def test_a_tail_cut_off_is_caught_by_the_printed_head(database: Database, cast: Cast, action: Record) -> None:
    printed = head(cast.ours.id)
    assert problems(cast, printed) == []
    disarmed(database)
    last = TrailEntry.select().where(TrailEntry.chain == cast.ours.id).order_by(TrailEntry.seq.desc()).first()
    TrailEntry.delete().where(TrailEntry.id == last.id).execute()
    before = TrailEntry.get(TrailEntry.chain == cast.ours.id, TrailEntry.seq == last.seq - 1)
    TrailHead.update(seq=before.seq, mac=before.mac).where(TrailHead.chain == cast.ours.id).execute()
    assert ("cut_off", "") in problems(cast, printed)


def test_a_printed_head_that_never_was_is_told_apart(cast: Cast, action: Record) -> None:
    seq = head(cast.ours.id).split(":")[0]
    assert "head_differs" in [problem for problem, _what in problems(cast, f"{seq}:{'0' * 64}")]
    with pytest.raises(ValueError, match="SEQ:MAC"):
        problems(cast, "nonsense")


def test_after_a_change_of_keys_old_entries_still_verify(cast: Cast, action: Record) -> None:
    trail.configure_keys(f"a newer key for the trail, of more than 32 characters,{TRAIL_KEY}")
    set_settings(cast.actor("coordinator"), {"place": "Rạch Giá"}, valid_from=TODAY)
    assert problems(cast) == []
    trail.configure_keys("a newer key for the trail, of more than 32 characters")
    assert "unknown_key" in [problem for problem, _what in problems(cast)]


def test_nothing_is_written_outside_a_change(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match=r"outside change\(\)"):
        Person(email="x@x.example", name="x", fs_uniquifier="x", created_at=TODAY).save()


def test_rows_are_never_deleted(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="not deleted"):
        cast.person("staff").delete_instance()


def test_a_change_that_fails_leaves_neither_row_nor_entry(cast: Cast) -> None:
    before = TrailEntry.select().count()

    def fail_halfway() -> None:
        with change(cast.system()):
            set_settings(cast.actor("coordinator"), {"place": "Rạch Giá"}, valid_from=TODAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert TrailEntry.select().count() == before
    assert problems(cast) == []


def test_a_secret_is_never_shown_in_the_trail(cast: Cast) -> None:
    add_person(cast.actor("admin"), "new@our.example", "người mới", password_hash="$argon2id$secret")
    bodies = [body for (body,) in TrailEntry.select(TrailEntry.body).tuples()]
    assert not any("argon2id" in body for body in bodies)
    changed = json.loads(bodies[-1])["changes"]
    assert changed["password"] == ["•", "•"]


def test_an_empty_column_added_later_changes_no_digest() -> None:
    assert trail.digest({"title": "a", "later": None}) == trail.digest({"title": "a"})
    assert trail.digest({"title": None}) != trail.digest({"title": ""})
