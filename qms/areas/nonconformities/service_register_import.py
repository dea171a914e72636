"""Taking over an earlier register of nonconformities: all rows of a file, or nothing.

Everything is checked again under the organisation's first lock. The rows are written in bulk, with one entry in the
trail that holds the file's digest, the digest of each row, and what each row of the file said: the same row sent
again is known by that, whatever became of the record since.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from qms.areas.actions.models import Action
from qms.areas.actions.rules import SERVES, Sort
from qms.areas.actions.rules import S as ActionState
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import IMPROVEMENTS, VERIFY
from qms.areas.nonconformities.rules_register import (
    COLUMNS,
    IMPORT,
    PEOPLE,
    Problem,
    RegisterRow,
    Verifying,
    against,
    against_closing,
    closed_early,
)
from qms.kernel import bulk, catalogue, clauses
from qms.kernel.bulk import Made, Values
from qms.kernel.clauses import ClauseReference
from qms.kernel.directory import NOBODY, Directory, Found
from qms.kernel.errors import CHANGED, Obstacle, Refused
from qms.kernel.links import Link
from qms.kernel.permissions import Actor
from qms.kernel.records import MAX_TITLE, Record
from qms.kernel.text import Message, _, as_key
from qms.kernel.text_columns import too_long
from qms.kernel.trail import TrailEntry, canonical, change, current_change

NAMED = 20  # rows that a note names
_OWN = (
    "register_no", "grade", "source_kind", "source_body", "source_ref", "description", "correction",
    "no_correction", "consequences", "cause_method", "whys", "causes_people", "causes_method", "causes_means",
    "causes_environment", "causes_measurement", "causes_information", "cause", "cause_group", "elsewhere",
    "criterion", "effect_result", "effect_met",
)  # fmt: skip


@dataclass(frozen=True)
class RegisterFile:
    """A register that was read: its rows, what is wrong with its cells, and the letters of each of its columns."""

    name: str
    sha256: str
    rows: tuple[RegisterRow, ...]
    problems: tuple[Problem, ...]
    letters: Mapping[str, str]
    notes: tuple[Message, ...] = ()

    def place(self, problem: Problem) -> tuple[int, int, str]:
        """Where it stands among others: row by row, each from the left."""
        letters = self.letters.get(problem.column, "")
        return problem.line, len(letters), letters

    def obstacle(self, problem: Problem) -> Obstacle:
        """A problem as a reason of a refusal, with its cell and what the column is called."""
        letters, what = self.letters.get(problem.column), COLUMNS[problem.column]
        if letters is None:
            text = _("Row %(row)s, %(column)s: %(what)s", row=problem.line, column=what, what=problem.text)
            return Obstacle(text, f"#{problem.line}", "row")
        cell = f"{letters}{problem.line}"
        text = _("Cell %(cell)s, %(column)s: %(what)s", cell=cell, column=what, what=problem.text)
        return Obstacle(text, f"#{cell}", "cell")


@dataclass(frozen=True)
class Planned:
    """What would become of a row: `outcome` is new, unchanged or refused; whom and which unit it means."""

    row: RegisterRow
    outcome: str
    people: Mapping[str, Found] = field(default_factory=dict)
    unit: Found = NOBODY
    edition: str = ""
    clauses: tuple[str, ...] = ()

    def id_of(self, column: str) -> int | None:
        """The id of whoever the row names there."""
        found = self.people.get(column)
        return found.id if found is not None else None


@dataclass(frozen=True)
class RegisterPlan:
    """Everything that importing a register would do, and what stands in its way."""

    file: RegisterFile
    rows: tuple[Planned, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def new(self) -> list[Planned]:
        """The rows that would become records."""
        return [one for one in self.rows if one.outcome == "new"]

    @property
    def obstacles(self) -> list[Obstacle]:
        """The problems as reasons of a refusal."""
        return list(map(self.file.obstacle, self.problems))

    @property
    def notes(self) -> list[Message]:
        """How the file was read, and which of the new rows were closed sooner than is usual here."""
        days = catalogue.rules("nonconformities")["effectiveness_days"]
        early = [one.row.line for one in self.new if closed_early(one.row, days)]
        return [*self.file.notes, *([_early(early)] if early else [])]

    @cached_property
    def told(self) -> str:
        """A digest of what a reader is told would happen."""
        said = [
            (one.row.number, one.outcome, [one.id_of(column) for column in PEOPLE], one.unit.id)
            for one in self.rows
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def _early(lines: Sequence[int]) -> Message:
    named = ", ".join(map(str, lines[:NAMED])) + (", …" if len(lines) > NAMED else "")
    return _(
        "%(n)s rows were closed before the day on which their effect would be checked here, which otherwise takes a "
        "reason: rows %(rows)s", n=len(lines), rows=named,
    )  # fmt: skip


# ---------------------------------------------------------------- what would happen


def plan(actor: Actor, file: RegisterFile) -> RegisterPlan:
    """What importing `file` would do, with every problem in the order of the rows; writes nothing.

    Raises Forbidden.
    """
    actor.require(IMPORT)
    judge = _Judge(actor, file)
    rows = tuple(judge.planned(row) for row in file.rows)
    problems = dict.fromkeys([*file.problems, *judge.problems])
    return RegisterPlan(file, rows, tuple(sorted(problems, key=file.place)))


class _Judge:
    """Looks at row after row, and keeps what is wrong with them."""

    def __init__(self, actor: Actor, file: RegisterFile) -> None:
        self.problems: list[Problem] = []
        self._actor = actor
        self._directory = Directory(actor)
        self._edition = clauses.edition_of(actor)
        self._importers = frozenset({*actor.acts_for, actor.person_id} - {None})
        self._kept, self._taken = _kept(actor), _taken(actor)
        self._lines: dict[str, list[int]] = {}
        for row in file.rows:
            self._lines.setdefault(row.key, []).append(row.line)
        self._unread = {problem.line for problem in file.problems}
        self._cited: dict[tuple[str, str], tuple[tuple[str, ...], list[Obstacle]]] = {}
        self._limits = _limits()

    def planned(self, row: RegisterRow) -> Planned:
        """What would become of the row."""
        known = len(self.problems)
        self.problems += self._twice(row)
        if row.key in self._kept:
            return Planned(row, self._again(row))
        people, unit = self._named(row)
        missing = {column for column, found in people.items() if found.id is None}
        row = replace(row, unread=row.unread | missing)
        edition, numbers = self._clauses(row)
        self.problems += against(row, self._actor.today)
        self.problems += against_closing(
            row, {column: found.id for column, found in people.items()}, self._verifying(row, people)
        )
        self.problems += self._too_long(row)
        wrong = len(self.problems) > known or row.line in self._unread
        return Planned(row, "refused" if wrong else "new", people, unit, edition, numbers)

    def _again(self, row: RegisterRow) -> str:
        """A row that was taken over before is left alone; it is wrong if it says other things now."""
        if len(self._lines[row.key]) > 1:
            return "refused"
        if self._taken.get(row.key) == said(row):
            return "unchanged"
        code = self._kept[row.key]
        text = _("already taken over as %(code)s, with other values: change it there", code=code)
        self.problems.append(Problem(row.line, "register_no", text))
        return "refused"

    def _twice(self, row: RegisterRow) -> Iterator[Problem]:
        other = next((line for line in self._lines[row.key] if line != row.line), None)
        if row.key and other is not None:
            yield Problem(row.line, "register_no", _("the same number as in row %(row)s", row=other))

    def _named(self, row: RegisterRow) -> tuple[dict[str, Found], Found]:
        """Whom and which unit the row means; what cannot be told is a problem."""
        named = {
            column: self._directory.person(row.values[column], past=row.closed)
            for column in PEOPLE
            if column in row.values
        }
        unit = self._directory.unit(row.values["unit"]) if "unit" in row.values else NOBODY
        for column, found in (*named.items(), ("unit", unit)):
            if found.why is not None:
                self.problems.append(Problem(row.line, column, found.why))
        return named, unit

    def _verifying(self, row: RegisterRow, people: Mapping[str, Found]) -> Verifying:
        """What is known of who verified the row."""
        days = (self._actor.today, row.values.get("closed_on", self._actor.today))
        named = people.get("verifier", NOBODY)
        return Verifying(self._importers, self._directory.held(named.id, VERIFY.roles, days))

    def _clauses(self, row: RegisterRow) -> tuple[str, tuple[str, ...]]:
        """The edition and the clauses that the row cites; unknown ones are problems."""
        edition, text = row.values.get("edition") or self._edition, row.values.get("clauses", "")
        if (edition, text) not in self._cited:
            numbers = clauses.numbers_in(text)
            self._cited[edition, text] = tuple(numbers), clauses.unknown(edition, numbers, "clauses")
        numbers, obstacles = self._cited[edition, text]
        self.problems += [Problem(row.line, "clauses", one.text) for one in obstacles]
        return edition, numbers

    def _too_long(self, row: RegisterRow) -> Iterator[Problem]:
        for column, limit in self._limits.items():
            value = row.values.get(column, "")
            if len(value) > limit:
                (obstacle,) = too_long(COLUMNS[column], value, limit, column)
                yield Problem(row.line, column, obstacle.text)


def _limits() -> dict[str, int]:
    """Column -> how many characters it takes; what is to be done may be longer than a title."""
    own, action = Nonconformity.longest(), Action.longest()
    return {name: own[name] for name in ("title", *_OWN)} | {
        "action": action["description"], "action_proof": action["proof"],
    }  # fmt: skip


def said(row: RegisterRow) -> str:
    """A digest of what the row says, the same however its columns stand."""
    return hashlib.sha256(canonical(dict(row.values)).encode()).hexdigest()[:32]


def _kept(actor: Actor) -> dict[str, str]:
    """Number in the register, as it is compared -> code, of every record that has one."""
    rows = (
        Nonconformity.select(Nonconformity.register_no, Record.code)
        .join(Record)
        .where(
            Nonconformity.organisation_id == actor.organisation_id, Nonconformity.register_no.is_null(False)
        )
    )
    return {as_key(number): str(code) for number, code in rows.tuples()}


def _subject(actor: Actor) -> str:
    """What the trail calls the register of an organisation."""
    return f"register:{actor.organisation_id}"


def _taken(actor: Actor) -> dict[str, str]:
    """Number in the register, as it is compared -> what its row said when it was taken over, as the trail tells."""
    found: dict[str, str] = {}
    bodies = TrailEntry.select(TrailEntry.body).where(TrailEntry.subject == _subject(actor))
    for (body,) in bodies.order_by(TrailEntry.seq).tuples():
        found |= {as_key(number): row for number, row in json.loads(body)["taken"].items()}
    return found


# ---------------------------------------------------------------- importing


def import_register(actor: Actor, file: RegisterFile, *, told: str = "") -> RegisterPlan:
    """Take over every row of the file that is not there yet, or nothing at all.

    Raises Forbidden, or Refused with the problems; with `told`, of the check that somebody looked at, also when the
    import would do something else now, unless every row is there already.
    """
    actor.require(IMPORT)
    with change(actor):
        seen = plan(actor, file)
        if told and seen.new and told != seen.told:
            raise Refused([Obstacle(CHANGED)])
        if seen.problems:
            raise Refused(seen.obstacles)
        if seen.new:
            _write(actor, file, seen.new)
    return seen


def _write(actor: Actor, file: RegisterFile, rows: Sequence[Planned]) -> None:
    """Write the records with their actions, ties and clauses, and the one entry of the trail."""
    made = bulk.create(actor, Nonconformity, [_nonconformity(actor, one) for one in rows])
    acting = [(one, nc) for one, nc in zip(rows, made, strict=True) if "action" in one.row.values]
    actions = bulk.create(actor, Action, [_action(actor, one) for one, _nc in acting])
    links = [_link(actor, action, nc) for action, (_one, nc) in zip(actions, acting, strict=True)]
    cited = [one for pair in zip(rows, made, strict=True) for one in _cited(actor, *pair)]
    traced = [one.traced for one in (*made, *actions)]
    traced += bulk.hang(Link, links)
    traced += bulk.hang(ClauseReference, cited)
    current_change().append(
        "nonconformity.import",
        _subject(actor),
        what=_("%(file)s: %(n)s nonconformities", file=file.name, n=len(made)),
        rows=traced,
        file={"name": file.name, "sha256": file.sha256},
        counts={"nonconformity": len(made), "action": len(actions)},
        ids=[made[0].id, made[-1].id],
        taken={one.row.number: said(one.row) for one in rows},
    )


def _nonconformity(actor: Actor, one: Planned) -> Values:
    """The columns of the record; who enters a cause has had a hand in it, as with one that is typed.

    What the system enters is its owner's.
    """
    values, row = one.row.values, one.row
    draft: Values = {name: values[name] for name in _OWN if name in values}
    draft |= {
        "title": " ".join(values["title"].split()) if "title" in values else _line(values["description"]),
        "happened_on": values["happened_on"],
        "state": row.machine.path[-1] if row.closed else row.machine.initial, "owner": one.id_of("owner"),
        "unit": one.unit.id, "due": values.get("due"), "first_due": values.get("due"),
    }  # fmt: skip
    author = actor.person_id or one.id_of("owner")
    draft["cause_authors"] = str(author) if author and row.analysed else ""
    if not row.closed:
        return draft
    day = values["closed_on"]
    checked = {} if values["grade"] in IMPROVEMENTS else {"effect_on": day, "checked_on": day}
    return draft | checked | {"ended_on": day, "verifier": one.id_of("verifier")}


def _action(actor: Actor, one: Planned) -> Values:
    """Its action: done where the register says on which day, else not begun; nobody has verified it here.

    Whoever enters it as done has reported it done (A12); what the system enters is its owner's report.
    """
    values = one.row.values
    text, done_on = values["action"], values.get("action_done_on")
    improves = values["grade"] in IMPROVEMENTS
    title = _line(text)
    return {
        "title": title, "description": text if title != text else "", "happened_on": values["happened_on"],
        "state": ActionState.DONE if done_on else ActionState.OPEN, "ended_on": done_on, "done_on": done_on,
        "sort": values.get("action_sort") or (Sort.IMPROVEMENT if improves else Sort.CORRECTIVE),
        "owner": one.id_of("action_owner"), "unit": one.unit.id, "due": values.get("action_due"),
        "first_due": values.get("action_due"), "proof": values.get("action_proof", ""),
        "done_by": (actor.person_id or one.id_of("action_owner")) if done_on else None,
    }  # fmt: skip


def _line(text: str) -> str:
    """A text as a title: its first line, cut after a word where it is longer than a title may be."""
    first = text.split("\n", 1)[0].strip()
    return first if len(first) <= MAX_TITLE else first[: MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"


def _link(actor: Actor, action: Made, nc: Made) -> dict[str, Any]:
    return {
        "organisation_id": actor.organisation_id, "record": action.id, "target": nc.id, "relation": SERVES
    }  # fmt: skip


def _cited(actor: Actor, one: Planned, nc: Made) -> Iterable[Values]:
    for number in one.clauses:
        yield {
            "organisation_id": actor.organisation_id, "record": nc.id, "edition": one.edition, "number": number
        }  # fmt: skip


def counts(rows: Iterable[Planned]) -> dict[str, Counter[Any]]:
    """How many rows there are of each year, grade, unit (its name) and state, for the check."""
    found: dict[str, Counter[Any]] = {name: Counter() for name in ("year", "grade", "unit", "state")}
    for one in rows:
        found["year"][one.row.values["happened_on"].year] += 1
        found["grade"][one.row.values["grade"]] += 1
        found["unit"][one.unit.name] += 1
        found["state"]["closed" if one.row.closed else "open"] += 1
    return found
