"""Keeping late cases that a file names: new ones and what has changed of open ones, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from qms.areas.cases import rules, service
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import IMPORT, LATE_CASE, CaseFacts, S
from qms.areas.cases.service import LETTER_FIELDS, LETTER_TAG, OWN
from qms.kernel import bulk
from qms.kernel.errors import CHANGED, Obstacle, Refused
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, as_key
from qms.kernel.text_columns import too_long
from qms.kernel.trail import change, current_change, digest

_AT_ONCE = 500  # case codes of one query
COLUMNS: dict[str, Message | str] = {
    name: LateCase.field_label(name)
    for name in (
        "case_code", "title", "procedure_code", "taken_on", "due_on", "cause", "unit", "promised_on", "resolved_on",
        "letter_on", "letter_through", "letter_number",
    )
} | {"reason": _("reason")}  # fmt: skip


class Problem(NamedTuple):
    """What is wrong with a row of the file (from 1) in one of COLUMNS, or with the row itself."""

    line: int
    column: str
    text: Message | str


@dataclass(frozen=True)
class CaseValues:
    """What a row says: `given` holds what stands there, nothing for a blank cell; `line` is its number in the file.

    `reason` is why no letter was sent, or why the new date was put off again. `unread` holds the words of cells that
    could not be understood: that was said, so nothing more is said of them.
    """

    given: Mapping[str, Any]
    reason: str = ""
    line: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def case_code(self) -> str:
        """The code by which the case is found again."""
        return str(self.given.get("case_code", ""))

    @property
    def key(self) -> str:
        """The code as it is compared with others."""
        return as_key(self.case_code)


@dataclass(frozen=True)
class CaseFile:
    """A file that was read: a late case per row, what is wrong with its cells, and the letters of its columns.

    `sha256` is the digest of the file that was sent.
    """

    rows: tuple[CaseValues, ...]
    problems: tuple[Problem, ...]
    letters: Mapping[str, str]
    sha256: str

    def place(self, problem: Problem) -> str:
        """The cell, or the row where the file does not have that column."""
        return f"{self.letters.get(problem.column, '')}{problem.line}"

    def in_order(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems as somebody goes through the file who mends them: row by row, each from the left."""

        def place(problem: Problem) -> tuple[int, int, str]:
            letters = self.letters.get(problem.column, "")
            return problem.line, len(letters), letters

        return sorted(dict.fromkeys(problems), key=place)

    def obstacle(self, problem: Problem) -> Obstacle:
        """A problem as a reason of a refusal, with its cell and what the column is called."""
        place, column, what = self.place(problem), COLUMNS.get(problem.column, ""), problem.text
        if problem.column in self.letters:
            text = _("Cell %(cell)s, %(column)s: %(what)s", cell=place, column=column, what=what)
            return Obstacle(text, f"#{place}", "cell")
        if column:
            text = _("Row %(row)s, %(column)s: %(what)s", row=place, column=column, what=what)
        else:
            text = _("Row %(row)s: %(what)s", row=place, what=what)
        return Obstacle(text, f"#{place}", "row")


@dataclass(frozen=True)
class CasePlan:
    """What would become of one row: `outcome` is new, change, unchanged or refused.

    `changes` are (label, kept, given) as a reader sees them.
    """

    values: CaseValues
    outcome: str
    kept: LateCase | None = None
    changes: Sequence[tuple[Message | str, str, str]] = ()


def _problems(row: CaseValues, reasons: Sequence[Obstacle]) -> Iterator[Problem]:
    """The reasons against a row that are no echo of a cell that could not be read, each once."""
    said: set[str] = set()
    for one in reasons:
        if one.field not in row.unread and str(one) not in said:
            said.add(str(one))
            yield Problem(row.line, one.field if one.field in COLUMNS else "", one.text)


def plan_cases(actor: Actor, file: CaseFile) -> tuple[list[CasePlan], list[Problem]]:
    """What importing a file would do, and everything that speaks against it; writes nothing. Raises Forbidden.

    The same few queries however many rows there are.
    """
    actor.require(IMPORT)
    found = [replace(one, given=service.tidy(one.given)) for one in file.rows]
    kept = _kept(actor, {one.key for one in found})
    units = _units(actor)
    seen: dict[str, CaseValues] = {}
    problems, plans = list(file.problems), []
    for one in found:
        row = kept.get(one.key)
        if row is not None:  # however the file writes its code
            one = replace(one, given={**one.given, "case_code": row.case_code})
        against = _against_new(actor, one) if row is None else _against_change(actor, row, one)
        against += _against_any(one, units)
        first = seen.setdefault(one.key, one)
        if first is not one and one.case_code:
            against.append(Obstacle(_("the same case code as in row %(row)s", row=first.line), "#case_code"))
        problems += _problems(one, against)
        changes = () if row is None else _changes(row, one)
        outcome = "new" if row is None else "change" if changes else "unchanged"
        plans.append(CasePlan(one, "refused" if against or one.unread else outcome, row, changes))
    return plans, file.in_order(problems)


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


def _kept(actor: Actor, keys: Collection[str]) -> dict[str, LateCase]:
    """Case code, as it is compared -> the late case that has it already."""
    there = LateCase.select(LateCase.case_code).where(LateCase.organisation_id == actor.organisation_id)
    codes = [code for (code,) in there.tuples() if as_key(code) in keys]
    found: dict[str, LateCase] = {}
    for start in range(0, len(codes), _AT_ONCE):
        query = LateCase.of(actor.organisation_id).where(
            LateCase.case_code.in_(codes[start : start + _AT_ONCE])
        )
        found |= {as_key(row.case_code): row for row in query}
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
    would_be = service.new_facts(actor, one.given)
    return [*service.against_new(actor, one.given), *_against_steps(would_be, one)]


def _against_steps(would_be: CaseFacts, one: CaseValues) -> list[Obstacle]:
    """What the steps that the row stands for ask: a letter its cause and new date, an end without one a reason."""
    found: list[Obstacle] = []
    if would_be.letter_on is not None:
        asked = [rules.has_cause(would_be), rules.has_new_date(would_be)]
        found += [reason for reason in asked if reason is not None]
        found += rules.has_letter(would_be)
    elif would_be.resolved_on is not None and not one.reason:
        text = _("the case is resolved without a letter: write the reason in a column “reason”")
        found.append(Obstacle(text, "#reason"))
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
            text = _("another new date needs a reason: write it in a column “reason”")
            found.append(Obstacle(text, "#reason"))
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


def keep_cases(actor: Actor, file: CaseFile, told: str = "") -> list[CasePlan]:
    """Record every new case and every change, or nothing at all; only the file's digest goes into the trail.

    Raises Forbidden, or Refused with all problems; with `told`, of the preview that somebody looked at, also when it
    would do something else now.
    """
    actor.require(IMPORT)
    digest_of = {"sha256": file.sha256}
    with change(actor):
        plans, problems = plan_cases(actor, file)
        if problems:
            raise Refused(map(file.obstacle, problems))
        if all(plan.outcome == "unchanged" for plan in plans):
            return plans
        if told and told != what_is_told(plans):
            raise Refused([Obstacle(CHANGED)])
        _record(actor, [plan.values for plan in plans if plan.outcome == "new"], digest_of)
        for plan in plans:
            if plan.kept is not None and plan.outcome == "change":
                _change(actor, plan.kept, plan.values, digest_of)
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
