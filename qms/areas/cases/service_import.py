"""Keeping late cases that a file names: new ones and what has changed of open ones, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qms.areas.cases import rules, service
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import IMPORT, LATE_CASE, CaseFacts, S
from qms.areas.cases.service import LETTER_FIELDS, LETTER_TAG, OWN
from qms.areas.nonconformities.service_register_import import CHANGED
from qms.kernel import bulk
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _
from qms.kernel.text_columns import too_long
from qms.kernel.trail import change, current_change, digest

_AT_ONCE = 500  # case codes of one query


@dataclass(frozen=True)
class CaseValues:
    """What a row says: `given` holds what stands there, nothing for a blank cell.

    `reason` is why no letter was sent, or why the new date was put off again. `unread` names what could not be
    read: that was said, so nothing more is said of it.
    """

    given: Mapping[str, Any]
    reason: str = ""
    place: Message | str = ""
    unread: frozenset[str] = frozenset()

    @property
    def case_code(self) -> str:
        """The code by which the case is found again."""
        return str(self.given.get("case_code", ""))


@dataclass(frozen=True)
class CasePlan:
    """What would become of one row: `outcome` is new, change, unchanged or refused.

    `changes` are (label, kept, given) as a reader sees them.
    """

    values: CaseValues
    outcome: str
    kept: LateCase | None = None
    changes: Sequence[tuple[Message | str, str, str]] = ()


@dataclass
class _Reasons:
    """What speaks against the rows, each with its place."""

    found: list[Obstacle] = field(default_factory=list)

    def add(self, row: CaseValues, reasons: Sequence[Obstacle]) -> None:
        """Take the reasons that are no echo of a cell that could not be read, each once."""
        for text in dict.fromkeys(str(r.text) for r in reasons if _field(r) not in row.unread):
            self.found.append(Obstacle(_("%(place)s: %(what)s", place=row.place, what=text), rule="row"))


def _field(reason: Obstacle) -> str:
    return reason.where.rpartition("#")[2].rpartition("-")[2]


def plan_cases(actor: Actor, found: Sequence[CaseValues]) -> tuple[list[CasePlan], list[Obstacle]]:
    """What importing the rows would do, and everything that speaks against it; writes nothing. Raises Forbidden.

    The same few queries however many rows there are.
    """
    actor.require(IMPORT)
    found = [replace(one, given=service.tidy(one.given)) for one in found]
    kept = _kept(actor, [one.case_code for one in found])
    units = _units(actor)
    seen: dict[str, CaseValues] = {}
    reasons, plans = _Reasons(), []
    for one in found:
        row = kept.get(one.case_code)
        against = _against_new(actor, one) if row is None else _against_change(actor, row, one)
        against += _against_any(one, units)
        first = seen.setdefault(one.case_code, one)
        if first is not one and one.case_code:
            against.append(Obstacle(_("the same case code as %(place)s", place=first.place)))
        reasons.add(one, against)
        changes = () if row is None else _changes(row, one)
        outcome = "new" if row is None else "change" if changes else "unchanged"
        plans.append(CasePlan(one, "refused" if against else outcome, row, changes))
    return plans, reasons.found


def _units(actor: Actor) -> frozenset[int]:
    rows = Unit.select(Unit.id).where(Unit.organisation == actor.organisation_id)
    return frozenset(key for (key,) in rows.tuples())


def _against_any(one: CaseValues, units: frozenset[int]) -> list[Obstacle]:
    """What speaks against a row, new or not: texts that are too long, a unit of somebody else."""
    limits = LateCase.longest()
    found = [
        reason
        for name, value in one.given.items()
        for reason in too_long(LateCase.field_label(name), value, limits.get(name), f"edit#{name}")
    ]
    if one.given.get("unit") not in {None, *units}:
        found.append(Obstacle(_("that unit does not belong to this organisation"), "edit#unit"))
    return found


def _kept(actor: Actor, codes: Sequence[str]) -> dict[str, LateCase]:
    """Case code -> the late case that has it already."""
    found: dict[str, LateCase] = {}
    for start in range(0, len(codes), _AT_ONCE):
        part = list(codes[start : start + _AT_ONCE])
        query = LateCase.of(actor.organisation_id).where(LateCase.case_code.in_(part))
        found |= {row.case_code: row for row in query}
    return found


def _differing(row: LateCase, one: CaseValues) -> dict[str, Any]:
    return {name: value for name, value in one.given.items() if row.value(name) != value}


def _changes(row: LateCase, one: CaseValues) -> list[tuple[Message | str, str, str]]:
    return [
        (LateCase.field_label(name), row.shown(name, row.value(name)), row.shown(name, value))
        for name, value in _differing(row, one).items()
    ]


# ---------------------------------------------------------------- what speaks against a row


def _against_new(actor: Actor, one: CaseValues) -> list[Obstacle]:
    given = dict(one.given)
    would_be = CaseFacts(
        actor.today, given.get("taken_on"), given.get("due_on"), given.get("cause", ""),
        **{n: given[n] for n in ("promised_on", "resolved_on", *LETTER_FIELDS) if n in given},
    )  # fmt: skip
    return [*service.against_new(actor, given), *_against_steps(would_be, one)]


def _against_steps(would_be: CaseFacts, one: CaseValues) -> list[Obstacle]:
    """What the steps that the row stands for ask: a letter its cause and new date, an end without one a reason."""
    found: list[Obstacle] = []
    if would_be.letter_on is not None:
        asked = [rules.has_cause(would_be), rules.has_new_date(would_be)]
        found += [reason for reason in asked if reason is not None]
        found += rules.has_letter(would_be)
    elif would_be.resolved_on is not None and not one.reason:
        found.append(
            Obstacle(_("the case is resolved without a letter: write the reason in a column “reason”"))
        )
    return found


def _against_change(actor: Actor, row: LateCase, one: CaseValues) -> list[Obstacle]:
    different = _differing(row, one)
    if not different:
        return []
    if row.record.state in LATE_CASE.ended:
        return [_not_changed(row, different)]
    puts_off = _puts_off(row, different)
    given = {**one.given, **service.given_with("extend", one.given)} if puts_off else one.given
    would_be = service.facts(row, actor, given)
    own = _own(row, different)
    found = [*service.against_edit(actor, row, own), *rules.dates_hold(would_be)]
    if row.record.state == S.LATE or "resolved_on" in different:
        found += _against_steps(would_be, one)
    if puts_off:
        asked = (rules.promises_a_later_date, rules.is_another_letter, rules.names_its_way)
        found += [reason for condition in asked if (reason := condition(would_be)) is not None]
        if not one.reason:
            found.append(Obstacle(_("another new date needs a reason: write it in a column “reason”")))
    return found


def _not_changed(row: LateCase, different: Mapping[str, Any]) -> Obstacle:
    names = ", ".join(str(LateCase.field_label(name)) for name in different)
    text = _("%(code)s is ended and is not changed by a file: %(names)s", code=row.record.code, names=names)
    return Obstacle(text)


def _puts_off(row: LateCase, different: Mapping[str, Any]) -> bool:
    """Whether the row is another letter with another date, for a case that had one."""
    return row.record.state == S.APOLOGISED and {"promised_on", "letter_on"} <= different.keys()


def _own(row: LateCase | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the case itself; a new date that comes with its letter is recorded with the letter."""
    with_letter = "letter_on" in given or (row is not None and _puts_off(row, given))
    names = [n for n in (*OWN, "unit") if not (n == "promised_on" and with_letter)]
    return {name: given[name] for name in names if name in given}


# ---------------------------------------------------------------- keeping


def what_is_told(plans: Sequence[CasePlan]) -> str:
    """A digest of what a reader is told would happen: another one once the register says something else."""
    return digest({p.values.case_code: [p.outcome, p.kept.record.version if p.kept else None] for p in plans})


def keep_cases(
    actor: Actor,
    found: Sequence[CaseValues],
    file: dict[str, str],
    *,
    problems: Sequence[Obstacle] = (),
    told: str = "",
) -> list[CasePlan]:
    """Record every new case and every change, or nothing at all; `file` (its sha256) goes into the trail.

    Raises Forbidden, or Refused with the `problems` that reading found and all others; with `told`, of the preview
    that somebody looked at, also when it would do something else now.
    """
    actor.require(IMPORT)
    with change(actor):
        plans, obstacles = plan_cases(actor, found)
        if problems or obstacles:
            raise Refused([*problems, *obstacles])
        if all(plan.outcome == "unchanged" for plan in plans):
            return plans
        if told and told != what_is_told(plans):
            raise Refused([Obstacle(CHANGED)])
        _record(actor, [plan.values for plan in plans if plan.outcome == "new"], file)
        for plan in plans:
            if plan.kept is not None and plan.outcome == "change":
                _change(actor, plan.kept, plan.values, file)
    return plans


def _record(actor: Actor, found: Sequence[CaseValues], file: dict[str, str]) -> None:
    """Record new cases at once, with one entry in the trail.

    One that was resolved without a letter takes that step itself: its reason belongs into its history.
    """
    if not found:
        return
    made = bulk.create(actor, LateCase, [_draft(one) for one in found])
    current_change().append(
        "late_case.import",
        f"late_cases:{actor.organisation_id}",
        what=_("late cases from a file: %(n)s", n=len(made)),
        rows=[one.traced for one in made],
        file=file,
        counts={"late_case": len(made)},
    )
    for case, one in zip(made, found, strict=True):
        if "resolved_on" in one.given and "letter_on" not in one.given:
            _take(actor, case.code, "resolve", one)


def _draft(one: CaseValues) -> bulk.Values:
    """The columns of a new case, in the state to which its letter and its end have brought it."""
    given = dict(one.given)
    sent, ended = "letter_on" in given, given.get("resolved_on")
    if not sent:
        given.pop("resolved_on", None)
    return given | {
        "happened_on": given["due_on"],
        "due": given.get("promised_on") or given["due_on"],
        "state": S.LATE if not sent else S.RESOLVED if ended else S.APOLOGISED,
        "ended_on": ended if sent else None,
    }


def _change(actor: Actor, kept: LateCase, one: CaseValues, file: dict[str, str]) -> None:
    """Change a case that is there, then take the steps that the row stands for."""
    code, different = str(kept.record.code), _differing(kept, one)
    row = LateCase.locked(actor, code)
    if own := _own(row, different):
        service.keep(row, own, file=file)
    if _puts_off(kept, different):
        _take(actor, code, "extend", one)
    elif kept.record.state == S.LATE and "letter_on" in one.given:
        _take(actor, code, "apologise", one)
    elif letter := {name: different[name] for name in LETTER_FIELDS if name in different}:
        service.keep(row, letter, tag=LETTER_TAG, file=file)
    if "resolved_on" in different:
        _take(actor, code, "resolve", one)


def _take(actor: Actor, code: str, step: str, one: CaseValues) -> None:
    service.fire(actor, code, step, reason=one.reason, values=one.given, imported=True)
