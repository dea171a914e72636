"""Texts are kept within their column's limit on either database, and an empty one is no change."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from qms.areas.nonconformities import service as nonconformities
from qms.kernel import accounts
from qms.kernel.errors import Refused
from qms.kernel.organisations import Unit, add_organisation, add_unit, edit_unit
from qms.kernel.people import Person, add_person, system_actor
from qms.kernel.text import printable
from qms.kernel.trail import TrailEntry, change
from tests.areas.nonconformities.story import finding
from tests.cast import TODAY, Cast

TOO_LONG: dict[str, tuple[Callable[[Cast], object], str]] = {
    "an organisation's name": (lambda c: add_organisation(_installation(), "long", "x" * 201), "200"),
    "a unit's code": (lambda c: add_unit(c.actor("coordinator"), "C" * 21, "n", valid_from=TODAY), "20"),
    "a unit's name": (lambda c: add_unit(c.actor("coordinator"), "C", "n" * 201, valid_from=TODAY), "200"),
    "a corrected unit's name": (
        lambda c: edit_unit(c.actor("coordinator"), Unit.get().id, name="n" * 201, valid_to=None),
        "200",
    ),
    "a person's name": (lambda c: add_person(_installation(), "a@b.example", "n" * 121), "120"),
    "one's own name": (
        lambda c: accounts.edit_own(c.actor("staff"), name="n" * 121, locale="vi", wants_mail=True),
        "120",
    ),
}


def _installation():
    return system_actor(None, TODAY)


@pytest.mark.parametrize("what", TOO_LONG)
def test_a_text_longer_than_its_column_is_refused_naming_the_limit(cast: Cast, what: str) -> None:
    do, limit = TOO_LONG[what]
    before = TrailEntry.select().count()
    with pytest.raises(Refused, match=f" {limit} "):
        do(cast)
    assert TrailEntry.select().count() == before


def test_a_language_that_there_is_not_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        accounts.edit_own(cast.actor("staff"), name="n", locale="xx", wants_mail=True)
    assert refused.value.reasons[0].where == "#locale"
    with pytest.raises(Refused):
        add_person(_installation(), "a@b.example", "n", locale="xx")
    assert Person.get_by_id(cast.person("staff").id).locale == "vi"


def test_an_empty_text_where_there_was_nothing_is_no_change(cast: Cast) -> None:
    coordinator = cast.actor("coordinator")
    made = nonconformities.open_nc(coordinator, finding(cast) | {"kpi": ""})
    assert made.kpi is None
    code, before = made.record.code, TrailEntry.select().count()
    same = nonconformities.edit(coordinator, code, {"kpi": "", "kpi_value": ""})
    assert (same.kpi, same.record.version) == (None, 1)
    assert TrailEntry.select().count() == before


def test_an_empty_text_where_there_was_one_is_nothing(cast: Cast) -> None:
    row = Person.get_by_id(cast.person("staff").id)
    with change(_installation(), system=True):
        row.tf_primary_method = "authenticator"
        row.save()
        row.tf_primary_method = ""
        row.save()
    last = TrailEntry.select().order_by(TrailEntry.id.desc()).first()
    assert json.loads(last.body)["changes"] == {"tf_primary_method": ["authenticator", None]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("So\u0302\u0301 ho\u0301a", "Số hóa"),  # composed
        ("một\r\nhai\rba\u2028bốn\x85năm", "một\nhai\nba\nbốn\nnăm"),
        ("a\x00b\x07c\x9fd\ufffee\ufdd0f\U0001ffffg\udc80h", "abcdefgh"),
        ("cột\tcột", "cột\tcột"),
        ("🏛", "🏛"),
        ("\u200b\u2800 \u3164\n", ""),
    ],
)
def test_a_text_is_kept_without_what_nobody_can_print(typed: str, kept: str) -> None:
    assert printable(typed) == kept


def test_a_text_is_kept_printable_whichever_door_it_comes_through(cast: Cast) -> None:
    add_unit(cast.actor("coordinator"), "QA", "Hộ\ufffe tịch\x07", valid_from=TODAY)
    unit = Unit.get(Unit.code == "QA")
    assert unit.name == "Hộ tịch"
    row = nonconformities.open_nc(
        cast.actor("coordinator"), finding(cast, title="Số\x00 liệu", description="một\r\nhai\udc80")
    )
    assert (row.record.title, row.description) == ("Số liệu", "một\nhai")
