"""Measurements of indicators from a file: a row each, with indicator, period, numerator, denominator, source.

Headers may be Vietnamese or English. Counts are whole; an indicator that is no percentage may have decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from qms.areas.kpis import service, service_measure
from qms.areas.kpis.rules import PERCENT
from qms.areas.kpis.service_definitions import builtin, shipped
from qms.areas.kpis.service_measure import MeasurementPlan, MeasurementValues
from qms.importers import guards
from qms.importers.periods import message_of, period_of_cell
from qms.importers.table import Table, cell_name, not_taken, read_table
from qms.importers.taking import OUTCOMES, bytes_of, refused, stored
from qms.kernel.area import ImportResult
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.numbers import Column, Kind, are_fractions, as_percent, read_column
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, fold

HEADERS: Mapping[str, frozenset[str]] = {
    "kpi": frozenset({"kpi", "indicator", "chi tieu", "chi so", "ma chi tieu", "ma kpi", "ma", "id"}),
    "period": frozenset({"period", "ky", "ky bao cao", "ky so lieu", "reporting period"}),
    "numerator": frozenset({"numerator", "tu so"}),
    "denominator": frozenset({"denominator", "mau so"}),
    "source": frozenset({"source", "nguon", "nguon so lieu", "source file", "tep nguon"}),
    "stated": frozenset({"stated", "stated_pct", "published", "ty le cong bo", "ty le", "cong bo"}),
    "field": frozenset({"field", "linh vuc"}),
    "unit": frozenset({"unit", "don vi", "phong", "phong ban"}),
}
_NUMBERS = ("numerator", "denominator", "stated")
_NEEDED = ("kpi", "period", "numerator", "denominator", "source")
_LINES_ABOVE = 20


@dataclass(frozen=True)
class MeasurementFile:
    """What a file says: a measurement per row, what is wrong with its cells, and what was not taken of it."""

    values: tuple[MeasurementValues, ...]
    problems: tuple[Obstacle, ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class _Sheet:
    """A table with its header found: key -> column, the rows (from 0) below it, and headings of no meaning here."""

    table: Table
    columns: Mapping[str, int]
    rows: tuple[int, ...]
    unknown: tuple[tuple[int, str], ...]

    def cells(self, key: str) -> list[Any]:
        """The raw cells of a column; blanks where there is no such column."""
        column = self.columns.get(key)
        if column is None:
            return [None] * len(self.rows)
        lines = (self.table.cells[row] for row in self.rows)
        return [line[column] if column < len(line) else None for line in lines]

    def name(self, key: str, index: int) -> str:
        """The name of a cell, as a spreadsheet shows it."""
        return cell_name(self.rows[index], self.columns.get(key, 0))


def read_measurements(actor: Actor, table: Table) -> MeasurementFile:
    """The measurements in a file; raises Refused when it has no heading, or nothing below it."""
    sheet = _find(table)
    problems: list[Obstacle] = []
    codes, percents = _indicators(actor, sheet)
    numbers = {key: _numbers(sheet, key, codes, percents, problems) for key in _NUMBERS}
    periods = [_period(sheet, index, cell, problems) for index, cell in enumerate(sheet.cells("period"))]
    units = _units(actor, sheet, problems)
    fields, sources = ([_text(cell) for cell in sheet.cells(key)] for key in ("field", "source"))
    wrong = {problem.where for problem in problems}
    values = tuple(
        MeasurementValues(
            code,
            periods[index],
            **{key: column.values[index] for key, column in numbers.items()},
            approximate=tuple(key for key, column in numbers.items() if index in column.about),
            field=fields[index],
            unit=units[index],
            source=sources[index],
            place=_("row %(row)s", row=sheet.rows[index] + 1),
            unread=frozenset(key for key in sheet.columns if f"#{sheet.name(key, index)}" in wrong),
        )
        for index, code in enumerate(codes)
    )
    notes = tuple(not_taken(column, words) for column, words in sheet.unknown)
    return MeasurementFile(values, tuple(problems), notes)


def _indicators(actor: Actor, sheet: _Sheet) -> tuple[list[str], set[str]]:
    """The code of each row's indicator, which may be named in words; and which codes are percentages."""
    entries, known = service.book(actor).entries, builtin()
    names = {fold(entry.name): code for code, entry in entries.items()}
    names |= {fold(str(shipped(code).name)): code for code in known if code not in entries}
    codes = [_text(cell) for cell in sheet.cells("kpi")]
    percents = {code for code, entry in entries.items() if entry.now.unit == PERCENT} | set(known)
    return [code if code in entries else names.get(fold(code), code) for code in codes], percents


def _units(actor: Actor, sheet: _Sheet, problems: list[Obstacle]) -> list[int | None]:
    """The unit that each row names; None where it names none, or none that there is."""
    units = {fold(str(u.name)): u.id for u in Unit.valid_on(actor.organisation_id or 0, actor.today)}
    names = [_text(cell) for cell in sheet.cells("unit")]
    for index, name in enumerate(names):
        if name and fold(name) not in units:
            text = _("there is no unit called “%(name)s”", name=name[:60])
            problems.append(_wrong(sheet, "unit", index, text))
    return [units.get(fold(name)) if name else None for name in names]


def _find(table: Table) -> _Sheet:
    """The heading among the first lines, and the rows below it that hold anything."""
    for first, line in enumerate(table.cells[:_LINES_ABOVE]):
        columns: dict[str, int] = {}
        twice: list[tuple[int, int, str]] = []
        unknown: list[tuple[int, str]] = []
        for column, cell in enumerate(line):
            words = fold(cell).strip(" .:") if isinstance(cell, str) else ""
            key = next((key for key, spellings in HEADERS.items() if words in spellings), None)
            if key in columns:
                twice.append((first, column, cell))
            elif key is not None:
                columns[key] = column
            elif words:
                unknown.append((column, cell))
        if all(key in columns for key in _NEEDED):
            rows = tuple(
                row
                for row in range(first + 1, len(table.cells))
                if any(
                    c < len(table.cells[row]) and table.cells[row][c] is not None for c in columns.values()
                )
            )
            if twice:
                raise Refused([_second(*place) for place in twice])
            if not rows:
                raise guards.refused(_("The table has a heading of measurements, but no row below it"))
            return _Sheet(table, columns, rows, tuple(unknown))
    raise guards.refused(
        _(
            "No heading of measurements was found; the first row needs the columns %(names)s",
            names=", ".join(_NEEDED),
        )
    )


def _second(row: int, column: int, words: str) -> Obstacle:
    name = cell_name(row, column)
    what = _("is a second column for: %(key)s", key=words.strip()[:60])
    return Obstacle(_("Cell %(cell)s: %(what)s", cell=name, what=what), f"#{name}", "cell")


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else " ".join(str(cell).split())


def _period(sheet: _Sheet, index: int, cell: Any, problems: list[Obstacle]) -> str:
    try:
        return period_of_cell("" if cell is None else cell).code
    except ValueError as error:
        problems.append(_wrong(sheet, "period", index, message_of(error)))
        return ""


def _wrong(sheet: _Sheet, key: str, index: int, what: Message | str) -> Obstacle:
    name = sheet.name(key, index)
    return Obstacle(_("Cell %(cell)s: %(what)s", cell=name, what=what), f"#{name}", "cell")


def _numbers(
    sheet: _Sheet, key: str, codes: Sequence[str], percents: set[str], problems: list[Obstacle]
) -> Column:
    """The numbers of one column: of percentages counts and shares, of other indicators decimals."""
    cells = sheet.cells(key)
    ours = [cell if code in percents else None for cell, code in zip(cells, codes, strict=True)]
    others = [None if code in percents else cell for cell, code in zip(cells, codes, strict=True)]
    kind = Kind.SHARE if key == "stated" else Kind.COUNT
    column = read_column(ours, kind, name=lambda i: sheet.name(key, i))
    if key == "stated":
        fraction = are_fractions([column.values[i] for i in column.numeric])
        for index in column.numeric:
            column.values[index] = as_percent(column.values[index], fraction=fraction)
    rest = read_column(others, Kind.DECIMAL, name=lambda i: sheet.name(key, i), prefer=column.style)
    column.values = [a if b is None else b for a, b in zip(column.values, rest.values, strict=True)]
    column.values = [None if value is None else Decimal(value) for value in column.values]
    column.about |= rest.about
    problems += [_wrong(sheet, key, index, what) for index, what in (*column.errors, *rest.errors)]
    return column


# ---------------------------------------------------------------- taking a file


def take_measurements(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a file of measurements, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden. A measurement has no warnings, so `accept` has nothing to accept.
    """
    try:
        data = bytes_of(path)
        read, plans, obstacles = preview_measurements(actor, data, path.name)
        if obstacles:
            return refused(obstacles) if not preview else _result("previewed", read, plans, obstacles)
        if preview:
            return _result("previewed", read, plans)
        if all(plan.outcome == "unchanged" for plan in plans):
            return _result("unchanged", read, plans)
        blob = stored(data, path.name)
    except Refused as refusal:
        return refused(refusal.reasons)
    file = {"name": path.name, "sha256": blob.sha256}
    done = service_measure.keep_measurements(actor, read.values, "file", blob=blob, file=file)
    return _result("imported", read, done)


def preview_measurements(
    actor: Actor, data: bytes, name: str
) -> tuple[MeasurementFile, list[MeasurementPlan], list[Obstacle]]:
    """What a file says, what importing it would do, and everything against it; raises Refused, Forbidden."""
    read = read_measurements(actor, read_table(data, name))
    plans, obstacles = service_measure.plan_measurements(actor, read.values)
    told = {str(o.text) for o in read.problems}
    more = [o for o in obstacles if str(o.text) not in told]
    return read, plans, [*read.problems, *more]


class Waiting(Protocol):
    """An uploaded file: its bytes, and where they are stored."""

    @property
    def data(self) -> bytes: ...

    @property
    def blob(self) -> Blob: ...


def commit_measurements(actor: Actor, waiting: Waiting, told: str = "") -> list[MeasurementPlan]:
    """Read and check an uploaded file again and keep what it says, if it still does what the preview `told`.

    Raises Forbidden or Refused.
    """
    read, _plans, obstacles = preview_measurements(actor, waiting.data, waiting.blob.name)
    if obstacles:
        raise Refused(obstacles)
    file = {"name": waiting.blob.name, "sha256": waiting.blob.sha256}
    return service_measure.keep_measurements(
        actor, read.values, "file", blob=waiting.blob, file=file, told=told
    )


def _result(
    status: str, read: MeasurementFile, plans: Sequence[MeasurementPlan], problems: Sequence[Obstacle] = ()
) -> ImportResult:
    """The answer to a file; with problems nothing would become of any row, so none is listed."""
    kept = () if problems else plans
    return ImportResult(
        status,
        errors=refused(problems).errors,
        rows=tuple({"kpi": p.values.kpi, "period": p.values.period, "outcome": p.outcome} for p in kept),
        lines=tuple(map(str, (*read.notes, *map(_line, kept)))),
    )


def _line(plan: MeasurementPlan) -> Message:
    values, outcome = plan.values, OUTCOMES[plan.outcome]
    return _("%(kpi)s, %(period)s: %(outcome)s", kpi=values.kpi, period=values.period, outcome=outcome)
