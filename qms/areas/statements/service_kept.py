"""Statements: reading the figures that are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from qms.areas.statements.figures import Figures, StatementPeriod
from qms.areas.statements.models import Statement, StatementRevision, StatementRow
from qms.areas.statements.rules import Verdict
from qms.areas.statements.rules_record import S, verdict_of
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound
from qms.kernel.records import Record


def states_of(organisation_id: int) -> dict[Period, str]:
    """The periods that have a statement, with its state."""
    rows = Record.select(Record.code, Record.state).where(
        Record.organisation == organisation_id, Record.kind == Statement.kind
    )
    return {Period.parse(code): state for code, state in rows.tuples()}


@dataclass(frozen=True)
class Kept:
    """The total of a statement in force, with where it is found."""

    period: Period
    figures: Figures
    record_id: int
    code: str
    revision: int
    source: str

    @property
    def url(self) -> str:
        """Its page, below the organisation."""
        return f"statements/{self.code}"


def current(organisation_id: int) -> list[Kept]:
    """The totals of every statement in force, the earliest period first; one query."""
    query = (
        StatementRow.select(
            StatementRow, StatementRevision.number, StatementRevision.source, Record.id, Record.code
        )
        .join(StatementRevision, on=(StatementRow.revision == StatementRevision.id))
        .join(
            Statement,
            on=(Statement.record == StatementRevision.record)
            & (Statement.revision == StatementRevision.number),
            attr="statement",
        )
        .join(Record, on=(Statement.record == Record.id))
        .where(
            Record.organisation == organisation_id,
            Record.kind
            == Statement.kind,  # as the indexes go on: else every record of the agency is looked at
            Record.state == S.CURRENT,
            StatementRow.field.is_null(),
        )
    )
    found = []
    for row in query:
        record = row.revision.statement.record
        found.append(
            Kept(
                Period.parse(record.code),
                row.figures(),
                record.id,
                record.code,
                row.revision.number,
                row.revision.source,
            )
        )
    return sorted(found, key=lambda kept: kept.period)


def whole(organisation_id: int, period: Period) -> StatementPeriod:
    """Every row of the statement of `period`, whatever its state; raises NotFound."""
    statement = Statement.by_code(organisation_id, period.code)
    return figures_of(revision_of(statement, statement.revision), period)


def fields_of(organisation_id: int, periods: Iterable[Period]) -> dict[Period, StatementPeriod]:
    """The whole statements in force of those periods that have one."""
    states = states_of(organisation_id)
    return {p: whole(organisation_id, p) for p in periods if states.get(p) == S.CURRENT}


def revision_of(statement: Statement, number: int) -> StatementRevision:
    """The revision of that number; raises NotFound."""
    found = StatementRevision.get_or_none(
        StatementRevision.record == statement.record_id, StatementRevision.number == number
    )
    if found is None:
        raise NotFound(f"{statement.record.code}/{number}")
    return found


def revisions(statement: Statement) -> list[StatementRevision]:
    """Every revision, the newest first."""
    return list(
        StatementRevision.select()
        .where(StatementRevision.record == statement.record_id)
        .order_by(StatementRevision.number.desc())
    )


def figures_of(revision: StatementRevision, period: Period) -> StatementPeriod:
    """The figures of one revision, in the order of its file."""
    rows = StatementRow.select().where(StatementRow.revision == revision.id).order_by(StatementRow.position)
    return StatementPeriod(
        period, {row.field: row.figures() for row in rows}, total_computed=revision.total_computed
    )


def verdicts_of(revision: StatementRevision) -> list[Verdict]:
    """The verdicts that were kept when the revision was imported."""
    return [verdict_of(data) for data in json.loads(revision.verdicts)]


def failed_now(organisation_id: int) -> list[tuple[Record, StatementRevision, Verdict]]:
    """Every accepted warning of the statements in force."""
    query = (
        StatementRevision.select(StatementRevision, Statement, Record)
        .join(
            Statement,
            on=(Statement.record == StatementRevision.record)
            & (Statement.revision == StatementRevision.number),
            attr="statement",
        )
        .join(Record, on=(Statement.record == Record.id))
        .where(Record.organisation == organisation_id, Record.state == S.CURRENT)
        .order_by(Record.code)
    )
    return [
        (revision.statement.record, revision, verdict)
        for revision in query
        for verdict in verdicts_of(revision)
        if verdict.outcome == "fails"
    ]
