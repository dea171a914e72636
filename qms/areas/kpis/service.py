"""Indicators: their measurements, targets and status, computed from the statements and what was entered.

Nothing derived is kept: a rate is computed from the figures in force each time it is asked for.

    measurement(actor, kpi_code, period) -> Measured | None
    trend(actor, kpi_code) -> list[Measured]
    targets(actor, kpi_code) -> list[TargetValue]
    status(actor, kpi_code, period) -> Standing
    set_target(actor, kpi_code, values) -> Target            (service_write)
    ensure_builtin(actor) -> None                            (service_write)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from peewee import JOIN

from qms.areas.kpis import rules
from qms.areas.kpis.models import Measurement, Target
from qms.areas.kpis.rules import Measured, Register, Standing, TargetValue
from qms.areas.kpis.service_definitions import Entry, entries_of
from qms.areas.statements import service_kept as statements
from qms.areas.statements.figures import Figures
from qms.areas.statements.service_kept import Kept
from qms.kernel import area
from qms.kernel.area import Operand
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound
from qms.kernel.memory import remembered
from qms.kernel.organisations import Unit, settings_on
from qms.kernel.permissions import Actor


@dataclass
class Book:
    """All indicators of one organisation with their figures: a bounded number of queries for any page."""

    entries: dict[str, Entry]
    statements: list[Kept]
    rows: dict[str, list[Measurement]]
    goals: dict[str, list[TargetValue]]
    margin: Decimal
    operands: dict[str, list[Operand]] = field(default_factory=dict)
    _measured: dict[str, list[Measured]] = field(default_factory=dict)

    def entry(self, code: str) -> Entry:
        """The indicator of that id; raises NotFound."""
        if code not in self.entries:
            raise NotFound(code)
        return self.entries[code]

    def measured(self, code: str) -> list[Measured]:
        """Every measurement of the whole, the earliest first.

        What was entered goes before a statement's figures, what a whole register counts before what was entered.
        """
        if code not in self._measured:
            entry = self.entry(code)
            found = {
                k.period: m for k in self.statements if (m := from_statement(entry, k.period, k.figures, k))
            }
            by_period = {k.period: k.figures for k in self.statements}
            for row in self.rows.get(code, ()):
                if not row.field and row.unit_id is None:
                    one = from_row(entry, row, by_period.get(Period.parse(row.period)))
                    found[one.period] = one
            for operand in self.operands.get(entry.now.operand, ()):
                counted = from_operand(
                    entry, operand, by_period.get(operand.period), found.get(operand.period)
                )
                if counted is not None:
                    found[operand.period] = _governing(counted, found.get(operand.period))
            self._measured[code] = [found[period] for period in sorted(found)]
        return self._measured[code]

    def at(self, code: str, period: Period) -> Measured | None:
        """The measurement of that period, or adjacent ones added where the definition allows it."""
        measured = self.measured(code)
        exact = next((m for m in measured if m.period == period), None)
        return exact or (rules.added(measured, period) if self.entry(code).now.sums else None)

    def latest(self, code: str, within: Period | None = None) -> Measured | None:
        """The measurement that ends last (within a period); one with a rate goes before one without."""
        found = [m for m in self.measured(code) if within is None or within.contains(m.period)]
        return max(found, key=lambda m: (m.rate is not None, m.period.end, m.period.months), default=None)

    def before(self, one: Measured) -> Measured | None:
        """The measurement of the preceding adjacent period."""
        return rules.before(one, self.measured(one.kpi))

    def target(self, code: str, period: Period) -> TargetValue | None:
        """The target in force for exactly that period."""
        return next((t for t in self.goals.get(code, ()) if t.period == period), None)

    def target_around(self, code: str, period: Period) -> TargetValue | None:
        """The target that holds for `period`: its own, or that of the shortest period around it."""
        around = [t for t in self.goals.get(code, ()) if t.period.contains(period)]
        return min(around, key=lambda t: t.period.months, default=None)

    def standing(self, target: TargetValue) -> Standing:
        """How the indicator stands against a target of its own."""
        now = self.entry(target.kpi).now
        best = rules.best_for(target.period, self.measured(target.kpi), sums=now.sums)
        return rules.judge(target, best, now.direction, self.margin)

    def standing_for(self, measured: Measured) -> Standing | None:
        """How a measurement stands against the target of its period, or of the shortest one around it."""
        target = self.target_around(measured.kpi, measured.period)
        if target is None:
            return None
        return rules.judge(target, measured, self.entry(measured.kpi).now.direction, self.margin)

    def along(self, chain: Sequence[Measured], own: TargetValue | None = None) -> list[Standing | None]:
        """How each of a chain stands, for a chart: by `own` where that holds for its period, else `standing_for`."""
        return [
            rules.judge(own, one, self.entry(one.kpi).now.direction, self.margin)
            if own is not None and own.period.contains(one.period)
            else self.standing_for(one)
            for one in chain
        ]

    def judged(self, code: str, period: Period) -> tuple[Measured | None, Standing | None]:
        """What a review of `period` says of an indicator: its newest measurement there, and the verdict.

        It is judged by the target of the period; without one, by that of what was measured (`standing_for`).
        """
        measured = self.at(code, period) or self.latest(code, period)
        goal = self.target(code, period)
        if goal is not None:
            return measured, self.standing(goal)
        return measured, self.standing_for(measured) if measured is not None else None


def book(actor: Actor) -> Book:
    """Everything about the indicators of the actor's organisation, read once for each state of its data."""
    return remembered(actor, "kpis.book", lambda: _book(actor))


def _book(actor: Actor) -> Book:
    """Six queries, and those of the areas whose registers give operands."""
    organisation = actor.organisation_id or 0
    entries = {entry.code: entry for entry in entries_of(organisation)}
    by_id = {entry.record.id: entry for entry in entries.values()}
    rows: dict[str, list[Measurement]] = defaultdict(list)
    for row in (
        Measurement.select(Measurement, Unit)
        .join(Unit, JOIN.LEFT_OUTER, on=(Measurement.unit == Unit.id))
        .where(Measurement.organisation_id == organisation, Measurement.current)
        .order_by(Measurement.id)
    ):
        if row.record_id in by_id:
            rows[by_id[row.record_id].code].append(row)
    goals: dict[str, list[TargetValue]] = defaultdict(list)
    for goal in (
        Target.select().where(Target.organisation_id == organisation, Target.current).order_by(Target.id)
    ):
        if goal.record_id in by_id:
            goals[by_id[goal.record_id].code].append(_goal(goal, by_id[goal.record_id]))
    kept = statements.current(organisation)
    return Book(
        entries, kept, rows, goals, _margin(organisation, actor), _operands(actor, entries, kept, rows)
    )


def _operands(
    actor: Actor, entries: dict[str, Entry], kept: list[Kept], rows: dict[str, list[Measurement]]
) -> dict[str, list[Operand]]:
    """Name -> the counts of the areas' registers, of every period that has a statement or a measurement."""
    asking = [code for code, entry in entries.items() if entry.now.operand]
    periods = {k.period for k in kept}
    periods |= {Period.parse(row.period) for code in asking for row in rows.get(code, ())}
    found: dict[str, list[Operand]] = defaultdict(list)
    if asking and periods:
        for operand in area.collect("operands", actor, sorted(periods)):
            found[operand.name].append(operand)
    return found


def _margin(organisation_id: int, actor: Actor) -> Decimal:
    """The margin that the agency has set, in percent of the target; the default where it is no number."""
    try:
        return Decimal(
            str(settings_on(organisation_id, actor.today).get("at_risk_margin") or rules.DEFAULT_MARGIN)
        )
    except InvalidOperation:
        return rules.DEFAULT_MARGIN


def _goal(row: Target, entry: Entry) -> TargetValue:
    return TargetValue(
        row.id, entry.code, Period.parse(row.period), row.value, entry.now.unit, row.set_by, row.dated,
        row.illustrative, row.note,
    )  # fmt: skip


# ---------------------------------------------------------------- measurements


def from_statement(
    entry: Entry, period: Period, figures: Figures, kept: Kept | None = None, field_name: str = ""
) -> Measured | None:
    """What a statement says of an indicator; None where it says nothing of it."""
    by = rules.definition_on(entry.definitions, period.end)
    exact = {key: count for key, count in figures.counts.items() if key not in figures.approximate}
    above, below = rules.summed(exact, by.numerator_keys), rules.summed(exact, by.denominator_keys)
    stated = figures.shares.get(by.stated)
    if not by.numerator_keys or (above is None and stated is None):
        return None
    return Measured(
        entry.code,
        period,
        above,
        below,
        stated,
        exact.get(by.stated_denominator),
        by.unit,
        "statement",
        kept.source if kept else "",
        kept.url if kept else f"statements/{period.code}",
        field=field_name,
        version=by.version,
    )


def from_row(entry: Entry, row: Measurement, figures: Figures | None = None) -> Measured:
    """What was entered; a denominator that was left out is that of the statement of the same period."""
    period = Period.parse(row.period)
    by = next((d for d in entry.definitions if d.version == row.definition), entry.now)
    below = row.denominator
    if below is None and figures is not None and "denominator" not in row.approximate:
        exact = {key: count for key, count in figures.counts.items() if key not in figures.approximate}
        below = rules.summed(exact, by.denominator_keys)
    return Measured(
        entry.code,
        period,
        None if "numerator" in row.approximate else row.numerator,
        None if "denominator" in row.approximate else below,
        row.stated,
        None,
        by.unit,
        row.source_kind,
        row.source,
        f"kpis/{entry.code}#measurements",
        field=row.field,
        unit_name=str(row.unit.name) if row.unit is not None else "",
        version=row.definition,
    )


def from_operand(
    entry: Entry, operand: Operand, figures: Figures | None, entered: Measured | None
) -> Measured | None:
    """What a register counts, over the denominator of the statement, else of what was entered; None without one."""
    by = rules.definition_on(entry.definitions, operand.period.end)
    below: Decimal | int | None = None
    if figures is not None:
        exact = {key: count for key, count in figures.counts.items() if key not in figures.approximate}
        below = rules.summed(exact, by.denominator_keys)
    below = below if below is not None else entered.denominator if entered is not None else None
    if below is None:
        return None
    return Measured(
        entry.code,
        operand.period,
        operand.count,
        below,
        unit=by.unit,
        source_kind="register",
        source=entered.source if entered is not None and figures is None else "",
        source_url=operand.url,
        version=by.version,
        register=Register(operand.count, operand.cases, operand.url),
    )


def _governing(counted: Measured, entered: Measured | None) -> Measured:
    """What a register counts; while it lacks records, what was entered, with the register's count beside it."""
    if entered is None or counted.register_is_whole:
        return counted
    return replace(entered, register=counted.register)


def by_field(actor: Actor, kpi_code: str, period: Period) -> list[Measured]:
    """The measurement of a period split by field or unit, where that is known."""
    found = book(actor)
    entry = found.entry(kpi_code)
    split = [
        from_row(entry, row)
        for row in found.rows.get(kpi_code, ())
        if row.period == period.code and (row.field or row.unit_id is not None)
    ]
    statement = statements.fields_of(actor.organisation_id or 0, [period]).get(period)
    kept = next((k for k in found.statements if k.period == period), None)
    for name, figures in statement.fields.items() if statement else ():
        one = from_statement(entry, period, figures, kept, name)
        if one is not None:
            split.append(one)
    return split


def line(measured: Sequence[Measured]) -> list[Measured]:
    """The chain of periods that a chart shows."""
    return rules.line(measured)
