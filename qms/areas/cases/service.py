"""Recording late cases, the letters that apologise for them, and taking them to resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from peewee import fn

from qms.areas.cases import rules
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import EDIT, LETTER, RECORD, CaseFacts, S
from qms.kernel import steps
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.owners import place_obstacles
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _, as_key
from qms.kernel.trail import change

OWN = ("case_code", "title", "procedure_code", "taken_on", "due_on", "cause", "promised_on")
LETTER_FIELDS = ("letter_on", "letter_through", "letter_number")
LETTER_TAG = "late_case.letter"
GIVEN: dict[str, tuple[str, ...]] = {
    "apologise": ("promised_on", *LETTER_FIELDS),
    "extend": ("promised_on", *LETTER_FIELDS),
    "resolve": ("resolved_on",),
}  # what a step may record
_NO_LETTER = {"letter_on": None, "letter_through": "", "letter_number": "", "first_letter_on": None,
              "promised_on": None, "extended": 0}  # fmt: skip
_FACTS = frozenset({"taken_on", "due_on", "cause", "promised_on", "resolved_on", *LETTER_FIELDS})


def facts(row: LateCase, actor: Actor, given: Mapping[str, Any] | None = None) -> CaseFacts:
    """The case as it would be with what is `given` for a step or a change."""
    return CaseFacts(
        today=actor.today,
        kept_promise=row.promised_on,
        kept_letter=row.letter_on,
        first_letter_on=row.first_letter_on,
        **{name: (given or {}).get(name, getattr(row, name)) for name in _FACTS},
    )


def tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept: codes and names without spaces around and doubled inside."""
    lines = ("case_code", "title", "procedure_code", "letter_number")
    return {
        name: " ".join(value.split()) if name in lines and isinstance(value, str) else value
        for name, value in values.items()
    }


def taken(actor: Actor, case_code: str, but: LateCase | None = None) -> LateCase | None:
    """The late case that has a case code which reads the same already, other than `but`."""
    key, own = as_key(case_code), but.record_id if but is not None else None
    rows = LateCase.select(LateCase.record, LateCase.case_code).where(
        LateCase.organisation_id == actor.organisation_id
    )
    found = next((n for n, code in rows.tuples() if n != own and as_key(code) == key), None)
    return None if found is None else LateCase.get_by_id(found)


def _twice(found: LateCase | None) -> list[Obstacle]:
    if found is None:
        return []
    text = _("the case is in the register already: %(code)s", code=found.record.code)
    return [Obstacle(text, "edit#case_code")]


def new_facts(actor: Actor, values: Mapping[str, Any]) -> CaseFacts:
    """A new case with these values."""
    named: dict[str, Any] = {"taken_on": None, "due_on": None} | {n: values[n] for n in _FACTS if n in values}
    return CaseFacts(actor.today, **named)


def against_new(actor: Actor, values: Mapping[str, Any]) -> list[Obstacle]:
    """What speaks against these values as a new late case in themselves: not its code being taken, owner or unit."""
    own = new_facts(actor, values)
    found = rules.missing(values.get("case_code") or "", values.get("title") or "", own)
    return [*found, *rules.dates_hold(own)]


def record_case(actor: Actor, values: Mapping[str, Any]) -> LateCase:
    """A new late case; staff record their own.

    Raises Forbidden, or Refused with every obstacle at once.
    """
    values = tidy({name: values[name] for name in (*OWN, "owner", "unit") if name in values})
    actor.require(RECORD, unit_id=values.get("unit"))
    actor.require(EDIT, unit_id=values.get("unit"), owner_id=values.get("owner"))
    with change(actor):
        obstacles = [*against_new(actor, values), *place_obstacles(actor, dict(values))]
        if values.get("case_code"):
            obstacles += _twice(taken(actor, values["case_code"]))
        if obstacles:
            raise Refused(obstacles)
        row = LateCase.new(
            actor,
            happened_on=values["due_on"],
            due=values.get("promised_on") or values["due_on"],
            **values,
        )
        row.save()
    return row


def against_edit(actor: Actor, row: LateCase, values: Mapping[str, Any]) -> list[Obstacle]:
    """What speaks against these values of an open case in themselves: not its code being taken, owner or unit."""
    would_be = facts(row, actor, values)
    code, title = values.get("case_code", row.case_code), values.get("title", row.record.title)
    found = rules.missing(code or "", title or "", would_be)
    found += rules.dates_hold(would_be)
    if row.record.state == S.APOLOGISED:
        if would_be.promised_on != row.promised_on:
            text = _("another new date goes with another letter: record that letter instead")
            found.append(Obstacle(text, "edit#promised_on"))
        if would_be.due_on and row.promised_on and row.promised_on <= would_be.due_on:
            found.append(Obstacle(_("the new date must lie after the due date"), "edit#due_on"))
        missing_cause = rules.has_cause(would_be)
        found += [missing_cause] if missing_cause else []
    return found


def edit(actor: Actor, code: str, values: Mapping[str, Any], version: int | None = None) -> LateCase:
    """Change a case that is not resolved; raises NotFound, Forbidden, Stale, or Refused with every obstacle."""
    values = tidy({name: values[name] for name in (*OWN, "owner", "unit") if name in values})
    with change(actor):
        row = LateCase.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state in rules.LATE_CASE.ended:
            raise Refused([_("a late case that is resolved or voided is not changed any more")])
        obstacles = against_edit(actor, row, values)
        if values.get("case_code"):
            obstacles += _twice(taken(actor, values["case_code"], row))
        if obstacles := [*obstacles, *place_obstacles(actor, dict(values), row=row, right=EDIT)]:
            raise Refused(obstacles)
        keep(row, values)
    return row


def keep(row: LateCase, values: Mapping[str, Any], *, tag: str = "", **extra: Any) -> None:
    """Write values that were judged into a case that was loaded for writing; `extra` goes into its trail entry."""
    row.set(dict(values))
    _follow(row)
    row.save(tag=tag, extra=extra)


def _follow(row: LateCase) -> None:
    """What the shared row says of the case: it happened on its due date, and is due on the date in force."""
    row.set({"happened_on": row.due_on, "due": row.promised_on or row.due_on})


# ---------------------------------------------------------------- the letter, and the steps


def write_letter(actor: Actor, code: str, values: Mapping[str, Any], version: int | None = None) -> LateCase:
    """Complete or correct the letter of a case: its number comes later than the letter, from the records office.

    Raises NotFound, Forbidden, Stale, or Refused with every obstacle.
    """
    values = tidy({name: values[name] for name in LETTER_FIELDS if name in values})
    with change(actor):
        row = LateCase.locked(actor, code, version, values)
        record = row.record
        actor.require(LETTER, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state not in (S.APOLOGISED, S.RESOLVED):
            raise Refused([Obstacle(_("record first that the letter was sent"), "#steps")])
        would_be = facts(row, actor, values)
        obstacles = [*rules.letter_is_whole(would_be, "letter#"), *rules.days_follow(would_be)]
        if row.letter_on is None:  # the step back comes first: there cause and new date are recorded
            asked = (rules.has_cause(would_be), rules.has_new_date(would_be))
            obstacles += [replace(one, where="#steps") for one in asked if one is not None]
        if obstacles:
            raise Refused(obstacles)
        keep(row, values, tag=LETTER_TAG)
    return row


def same_number(row: LateCase) -> list[str]:
    """The codes of other cases, five at most, whose letter of the same year has the same number; 3 is 03."""
    number = row.letter_number.lstrip("0")
    if row.letter_on is None or not number:
        return []
    year = row.letter_on.year
    found = (
        LateCase.of(row.organisation_id)
        .where(
            fn.LTRIM(LateCase.letter_number, "0") == number,
            LateCase.letter_on.between(date(year, 1, 1), date(year, 12, 31)),
            LateCase.record != row.record_id,
            Record.state != S.VOIDED,
        )
        .order_by(LateCase.record)
        .limit(5)
    )
    return [str(other.record.code) for other in found]


def fire(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    values: Mapping[str, Any] | None = None,
    imported: bool = False,
) -> LateCase:
    """Take one step, with what it records: the letter and the new date, or the day on which it was resolved.

    `imported`: as a row of a file says, whoever may import. Raises NotFound, Forbidden, Stale, or Refused with every
    obstacle.
    """
    given = given_with(transition, values or {})

    def known(row: LateCase, actor: Actor) -> CaseFacts:
        return facts(row, actor, given)

    def apply(row: LateCase) -> None:
        row.set(_recorded(row, transition, given))
        _follow(row)

    return steps.fire(
        actor, LateCase, code, transition,
        facts=known, reason=reason, version=version, apply=apply, automatic=imported,
    )  # fmt: skip


def _recorded(row: LateCase, transition: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a step writes into the row beside its state."""
    if transition == "extend":  # the day of the first letter tells whether it went out in time
        first = row.first_letter_on or row.letter_on
        return {**given, "extended": row.extended + 1, "first_letter_on": first}
    if transition == "take_back":
        return _NO_LETTER
    if transition == "resolve":  # the case ended on that day, whenever it is recorded
        return {**given, "ended_on": given["resolved_on"]}
    return {**given, "resolved_on": None} if transition in ("reopen", "reopen_sent") else dict(given)


def given_with(transition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a step is given, where a field that was left empty keeps what is kept.

    Another letter has a way and a number of its own, or none yet: never those of the letter before.
    """
    said = {name: values[name] for name in GIVEN.get(transition, ()) if values.get(name)}
    own = {"letter_through": "", "letter_number": ""} if transition == "extend" else {}
    return tidy(own | said)


def procedures(organisation_id: int | None) -> list[str]:
    """The procedures of the register, each once; at most as many as a choice can hold."""
    names = (
        Record.select(Record.title)
        .where(Record.organisation == organisation_id, Record.kind == LateCase.kind)
        .distinct()
        .order_by(Record.title)
        .limit(200)
    )
    return [name for (name,) in names.tuples()]
