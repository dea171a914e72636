"""What may be recorded of a late case, and what each step asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qms.areas.cases import rules
from qms.areas.cases.rules import LATE_CASE, CaseFacts, S
from qms.kernel.text import language

TODAY = date(2024, 4, 15)
LATE = CaseFacts(TODAY, taken_on=date(2024, 3, 1), due_on=date(2024, 4, 1), cause="Chờ xác minh")
SENT = replace(LATE, promised_on=date(2024, 4, 20), letter_on=date(2024, 3, 30), letter_through="post")

KEPT = {"promised_on": date(2024, 4, 4), "kept_promise": date(2024, 4, 4), "letter_on": date(2024, 4, 5),
        "letter_through": "post"}  # fmt: skip


def said(found: Any) -> str:
    with language("en"):
        return "; ".join(str(one) for one in (found if isinstance(found, list) else [found] if found else []))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"taken_on": date(2024, 4, 16)}, "taken in lies in the future"),
        ({"due_on": date(2024, 2, 28)}, "the due date is before the day on which"),
        ({"promised_on": date(2024, 4, 1)}, "the new date must lie after the due date"),
        ({"promised_on": date(2024, 4, 14)}, "needs the day of the letter that gave it"),
        ({"promised_on": date(2024, 4, 15)}, ""),
        ({"promised_on": date(2024, 4, 14), "kept_promise": date(2024, 4, 14)}, ""),
        ({"promised_on": date(2024, 4, 4), "letter_on": date(2024, 4, 2), "letter_through": "post"}, ""),
        ({"promised_on": date(2024, 4, 4), "letter_on": date(2024, 4, 5), "letter_through": "post"}, "before the day"),
        (KEPT, "before the day"),
        (KEPT | {"kept_letter": date(2024, 4, 5)}, ""),
        (KEPT | {"promised_on": None, "first_letter_on": date(2024, 4, 5)}, "sent after the first one"),
        ({"letter_on": date(2024, 4, 16), "letter_through": "post"}, "sent lies in the future"),
        ({"letter_on": date(2024, 2, 1), "letter_through": "post"}, "before the case was taken in"),
        ({"letter_on": date(2024, 4, 2)}, "say how the letter was sent"),
        ({"letter_on": date(2024, 4, 2), "letter_through": "pigeon"}, "say how the letter was sent"),
        ({"letter_through": "post"}, "say on which day"),
        ({"letter_number": "15"}, "say on which day"),
        ({"resolved_on": date(2024, 4, 16)}, "resolved lies in the future"),
        ({"resolved_on": date(2024, 4, 1)}, "is not late"),
        ({"resolved_on": date(2024, 4, 2)}, ""),
    ],
)  # fmt: skip
def test_the_days_of_a_case_follow_each_other(changes: dict[str, Any], words: str) -> None:
    found = said(rules.dates_hold(replace(LATE, **changes)))
    assert (words in found) if words else found == ""


def test_a_case_names_its_code_procedure_intake_and_due_date_and_all_that_is_missing_is_said_at_once() -> (
    None
):
    found = rules.missing(" ", "", CaseFacts(TODAY, None, None))
    assert [o.where for o in found] == ["edit#case_code", "edit#title", "edit#taken_on", "edit#due_on"]
    assert rules.missing("H33-1", "Cấp bản sao", LATE) == []


@pytest.mark.parametrize(
    ("condition", "changes", "refused"),
    [
        (rules.has_cause, {"cause": " "}, True),
        (rules.has_cause, {}, False),
        (rules.has_new_date, {"promised_on": None}, True),
        (rules.has_new_date, {}, False),
        (rules.has_letter, {"letter_on": None}, True),
        (rules.has_letter, {"letter_through": ""}, True),
        (rules.has_letter, {}, False),
        (rules.promises_a_later_date, {"kept_promise": date(2024, 4, 20)}, True),
        (rules.promises_a_later_date, {"kept_promise": date(2024, 4, 19)}, False),
        (rules.is_another_letter, {"kept_letter": date(2024, 3, 30)}, True),
        (rules.is_another_letter, {"kept_letter": date(2024, 3, 29)}, False),
        (rules.names_its_way, {"letter_through": ""}, True),
        (rules.names_its_way, {}, False),
        (rules.keeps_a_letter, {"letter_on": None}, True),
        (rules.keeps_a_letter, {}, False),
        (rules.has_no_letter, {}, True),
        (rules.has_no_letter, {"letter_on": None}, False),
        (rules.says_when, {}, True),
        (rules.says_when, {"resolved_on": date(2024, 4, 10)}, False),
    ],
)
def test_each_condition_refuses_what_lacks_it_and_nothing_else(
    condition: Callable[[CaseFacts], Any], changes: dict[str, Any], refused: bool
) -> None:
    assert bool(condition(replace(SENT, **changes))) is refused


def test_resolving_without_a_letter_asks_for_a_reason() -> None:
    step = LATE_CASE.find("resolve", S.LATE)
    assert step.why_reason(replace(LATE, resolved_on=TODAY))
    assert step.why_reason(replace(SENT, resolved_on=TODAY)) is None


@pytest.mark.parametrize(
    ("facts", "extended", "words"),
    [
        (SENT, 0, []),
        (replace(SENT, letter_on=date(2024, 4, 2)), 0, ["letter sent after the due date"]),
        (replace(SENT, promised_on=date(2024, 4, 14)), 0, ["new date missed too"]),
        (replace(SENT, promised_on=date(2024, 4, 10), resolved_on=date(2024, 4, 10)), 0, []),
        (replace(SENT, promised_on=date(2024, 4, 10), resolved_on=date(2024, 4, 11)), 0, ["new date missed too"]),
        (SENT, 1, ["extended again: 2 letters"]),
        (
            replace(SENT, letter_on=date(2024, 4, 12), first_letter_on=date(2024, 3, 30)),
            1, ["extended again: 2 letters"],
        ),
        (
            replace(SENT, letter_on=date(2024, 4, 12), first_letter_on=date(2024, 4, 2)),
            1, ["letter sent after the due date", "extended again: 2 letters"],
        ),
    ],
)  # fmt: skip
def test_a_late_letter_a_missed_new_date_and_a_second_extension_are_notes(
    facts: CaseFacts, extended: int, words: list[str]
) -> None:
    with language("en"):
        assert [str(note) for note in rules.notes(facts, extended)] == words


def test_no_field_of_the_register_is_for_a_person() -> None:
    from qms.areas.cases.models import LateCase

    names = set(LateCase._meta.fields)
    assert not [n for n in names if any(word in n for word in ("name", "applicant", "person", "address"))]
