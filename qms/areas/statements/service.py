"""Statements: previewing and importing files of figures.

An import is all or nothing: everything is checked again under the organisation's first lock, then every
period of the file becomes a statement, or a revision of one, in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qms.areas.statements.figures import StatementPeriod, same_figures
from qms.areas.statements.models import MAX_FIELD, Statement, StatementRevision, StatementRow
from qms.areas.statements.rules import Verdict, check
from qms.areas.statements.rules_record import (
    IMPORT,
    Difference,
    S,
    by_period,
    differences,
    kept_verdicts,
)
from qms.areas.statements.service_kept import states_of, whole
from qms.kernel import area, files, steps
from qms.kernel.calendar import Period, not_begun
from qms.kernel.db import BaseModel
from qms.kernel.errors import CHANGED, Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.numbers import Shown
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, language, pack
from qms.kernel.trail import change, current_change, digest

MAX_REASON = 2_000  # characters
_CELL = re.compile("#[A-Z]*([0-9]+)")  # where a problem of a file is
_AT_ONCE = 200  # rows of one INSERT: SQLite takes 32,766 values


# ---------------------------------------------------------------- what a file brings


@dataclass(frozen=True)
class Incoming:
    """The statement of one period as a file gives it.

    `rows` is the file row (from 1) of each field, None being the total; `columns` the letters of each key.
    """

    statement: StatementPeriod
    source: str = ""
    rows: Mapping[str | None, int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def period(self) -> Period:
        """The period that the figures are of."""
        return self.statement.period


@dataclass(frozen=True)
class IncomingFile:
    """A file that was read: its statements, the cells that are wrong, and how it was understood."""

    name: str
    sha256: str
    statements: tuple[Incoming, ...]
    problems: tuple[Obstacle, ...] = ()
    notes: tuple[Message, ...] = ()
    blob: Blob | None = None  # the bytes in the store, to be attached


@dataclass(frozen=True)
class Plan:
    """What would become of one period: `outcome` is new, revision, unchanged or withdrawn."""

    incoming: Incoming
    outcome: str
    verdicts: tuple[Verdict, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def period(self) -> Period:
        """The period of the statement."""
        return self.incoming.period

    @property
    def changes(self) -> bool:
        """Whether importing it would write anything."""
        return self.outcome in ("new", "revision")

    def failed(self, level: str) -> list[Verdict]:
        """The verdicts of that level that fail."""
        return [v for v in self.verdicts if v.outcome == "fails" and v.level == level]

    def follows_from(self, verdict: Verdict, wrong: frozenset[int]) -> bool:
        """Whether a verdict judges a row with a wrong cell, or (T) the sum of rows among which there is one."""
        rows = self.incoming.rows
        judged = rows.values() if verdict.rule == "T" else (rows.get(verdict.field),)
        return not wrong.isdisjoint(row for row in judged if row is not None)


@dataclass(frozen=True)
class Preview:
    """Everything that importing a file would do, and what stands in its way."""

    file: IncomingFile
    plans: tuple[Plan, ...]

    @property
    def changes(self) -> list[Plan]:
        """The periods that would be written."""
        return [plan for plan in self.plans if plan.changes]

    @property
    def errors(self) -> list[Verdict]:
        """Failed identities that refuse the import."""
        return [v for plan in self.changes for v in plan.failed("error")]

    @property
    def warnings(self) -> list[Verdict]:
        """Failed identities that are accepted with a reason."""
        return [v for plan in self.changes for v in plan.failed("warning")]

    @property
    def told(self) -> str:
        """A digest of what a reader is told would happen: another one once other figures are kept."""
        with language("vi"):
            said = [
                (
                    plan.period.code,
                    plan.outcome,
                    [(d.field, d.key, str(d.before)) for d in plan.differences],
                    [(v.rule, v.field, str(v.message)) for v in plan.verdicts if v.outcome == "fails"],
                )
                for plan in self.plans
            ]
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def wrong_rows(self) -> frozenset[int]:
        """The rows of the file (from 1) with a cell that is wrong."""
        cells = (_CELL.fullmatch(problem.where) for problem in self.file.problems)
        return frozenset(int(cell[1]) for cell in cells if cell is not None)

    def hard_obstacles(self) -> list[Obstacle]:
        """What refuses the import whatever reason is given; what only follows from a wrong cell is held back."""
        withdrawn = [
            Obstacle(
                _("the statement of %(period)s is withdrawn: restore it first", period=plan.period.label()),
                where=plan.period.code,
            )
            for plan in self.plans
            if plan.outcome == "withdrawn"
        ]
        wrong = self.wrong_rows()
        failed = [
            Obstacle(v.message, "#verdicts", v.rule)
            for plan in self.changes
            for v in plan.failed("error")
            if not plan.follows_from(v, wrong)
        ]
        return [*self.file.problems, *failed, *withdrawn]

    def obstacles(self, accept_reason: str) -> list[Obstacle]:
        """Every reason why the file cannot be imported with that reason for accepting its warnings."""
        found = self.hard_obstacles()
        if self.warnings and not accept_reason.strip():
            found += [Obstacle(v.message, "#reason", v.rule) for v in self.warnings]
            found.append(Obstacle(_("warnings are accepted with a reason only: write it"), "#reason"))
        if len(accept_reason) > MAX_REASON:
            text = _("the reason holds %(n)s characters; %(limit)s are the limit",
                     n=Shown(len(accept_reason)), limit=Shown(MAX_REASON))  # fmt: skip
            found.append(Obstacle(text, "#reason"))
        return found


def preview(actor: Actor, file: IncomingFile) -> Preview:
    """What importing `file` would do; writes nothing. Raises Forbidden."""
    actor.require(IMPORT)
    organisation = actor.organisation_id or 0
    periods = [one.period for one in file.statements]
    states = states_of(organisation)
    kept = {
        period: whole(organisation, period)
        for period, state in states.items()
        if state == S.CURRENT
        and (period in periods or any(p.follows(period) or period.follows(p) for p in periods))
    }
    verdicts = check([one.statement for one in file.statements], list(kept.values()))
    unchanged = {
        one.period
        for one in file.statements
        if one.period in kept and same_figures(one.statement, kept[one.period])
    }
    own = by_period(verdicts, periods, unchanged)
    plans = tuple(
        _plan(one, states.get(one.period), kept.get(one.period), own[one.period]) for one in file.statements
    )
    too_long = [
        Obstacle(
            _("the name of a field is longer than %(n)s characters: %(name)s…", n=MAX_FIELD, name=name[:60])
        )
        for one in file.statements
        for name in one.statement.rows
        if name is not None and len(name) > MAX_FIELD
    ]
    early = [
        Obstacle(why, "#period", "period")
        for period in periods
        if (why := not_begun(period, actor.today)) is not None
    ]
    running = [
        _("%(period)s is not over yet: the figures are not its last ones", period=period.label())
        for period in periods
        if period.start <= actor.today <= period.end
    ]
    problems, notes = (*file.problems, *too_long, *early), (*file.notes, *running)
    return Preview(replace(file, problems=problems, notes=notes), plans)


def _plan(one: Incoming, state: str | None, kept: StatementPeriod | None, own: tuple[Verdict, ...]) -> Plan:
    if state == S.WITHDRAWN:
        return Plan(one, "withdrawn", own)
    if kept is None:
        return Plan(one, "new", own)
    if same_figures(one.statement, kept):
        return Plan(one, "unchanged", own)
    return Plan(one, "revision", own, tuple(differences(kept, one.statement)))


# ---------------------------------------------------------------- importing


def import_statements(
    actor: Actor, file: IncomingFile, accept_reason: str = "", *, told: str = ""
) -> Preview:
    """Import every period of the file that brings other figures than are kept, or nothing at all.

    One transaction with one trail entry per statement. Raises Forbidden, or Refused with every error,
    every wrong cell and every warning that no reason accepts; with `told`, of the preview that somebody
    looked at, also when it would do something else now.
    """
    actor.require(IMPORT)
    reason = accept_reason.strip()
    with change(actor, reason):
        seen = preview(actor, file)
        if told and seen.changes and told != seen.told:
            raise Refused([Obstacle(CHANGED, "#p1")])
        obstacles = seen.obstacles(reason)
        if obstacles:
            raise Refused(obstacles)
        for plan in seen.changes:
            _write(actor, file, plan, reason if plan.failed("warning") else "")
    return seen


def _write(actor: Actor, file: IncomingFile, plan: Plan, reason: str) -> None:
    """Write one statement or revision with its rows; the entry in the trail holds the digest of each."""
    period, source = plan.period, plan.incoming.source
    if plan.outcome == "new":
        with language("vi"):  # titles are kept in the language of the agencies
            title = str(_("Case figures, %(period)s", period=period.label()))
        statement = Statement.new(actor, title=title, happened_on=period.end, code=period.code)
        statement.set({"ended_on": actor.today})  # nobody has to work on it
    else:
        statement = Statement.locked(actor, period.code)
    statement.set({"revision": statement.revision + 1, "source": source})
    rows: list[list[str]] = []
    statement.save(
        tag="statement.create" if plan.outcome == "new" else "statement.import",
        extra={"rows": rows, "file": {"name": file.name, "sha256": file.sha256}},
    )
    revision = _write_revision(actor, statement, file, plan, reason)
    rows.append([revision.subject(), digest(revision.state())])
    rows += _write_rows(revision, plan.incoming.statement)
    if file.blob is not None:
        note = pack(_("source of revision %(n)s", n=statement.revision))
        files.attach(actor, statement.record, file.blob, note, permission=IMPORT)
    area.changed(actor, statement, "import")


def _write_revision(
    actor: Actor, statement: Statement, file: IncomingFile, plan: Plan, reason: str
) -> StatementRevision:
    revision = StatementRevision(
        organisation_id=actor.organisation_id,
        record=statement.record_id,
        number=statement.revision,
        file_name=file.name[:200],
        sha256=file.sha256,
        source=plan.incoming.source,
        total_computed=plan.incoming.statement.total_computed,
        accepted_reason=reason,
        verdicts=json.dumps(kept_verdicts(plan.verdicts), ensure_ascii=False, sort_keys=True),
        imported_at=current_change().at,
        imported_by=actor.person_id,
    )
    BaseModel.save(revision, force_insert=True)  # its entry in the trail is the statement's
    return revision


def _write_rows(revision: StatementRevision, statement: StatementPeriod) -> list[list[str]]:
    """Insert the rows; returns the subject and digest of each."""
    made = [
        StatementRow(
            organisation_id=revision.organisation_id,
            record=revision.record_id,
            revision=revision.id,
            position=position,
            field=name,
            **StatementRow.values_of(figures),
        )
        for position, (name, figures) in enumerate(statement.rows.items())
    ]
    data = [row.__data__ for row in made]
    for start in range(0, len(data), _AT_ONCE):
        StatementRow.insert_many(data[start : start + _AT_ONCE]).execute()
    ids = StatementRow.select(StatementRow.id).where(StatementRow.revision == revision.id)
    for row, (key,) in zip(made, ids.order_by(StatementRow.position).tuples(), strict=True):
        row.id = key
    return [[row.subject(), digest(row.state())] for row in made]


def fire(
    actor: Actor, code: str, transition: str, *, reason: str = "", version: int | None = None,
    values: dict[str, str] | None = None,
) -> Statement:  # fmt: skip
    """Withdraw a statement or restore it; raises NotFound, Forbidden, Stale or Refused."""
    return steps.fire(
        actor, Statement, code, transition, facts=lambda _row, _actor: None, reason=reason, version=version
    )
