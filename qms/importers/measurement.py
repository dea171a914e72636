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
from qms.areas.kpis.service_measure import MeasurementPlan, MeasurementValues
from qms.importers import guards
from qms.importers.periods import message_of, period_of_cell
from qms.importers.table import Table, cell_name, read_table
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
_NEEDED = ("kpi", "period", "numerator", "denominator", "source")
_LINES_ABOVE = 20


@dataclass(frozen=True)
class MeasurementFile:
    """What a file says: a measurement per row, and what is wrong with its cells."""

    values: tuple[MeasurementValues, ...]
    problems: tuple[Obstacle, ...]


@dataclass(frozen=True)
class _Sheet:
    """A table with its header found: key -> column, and the rows (from 0) below it."""

    table: Table
    columns: Mapping[str, int]
    rows: tuple[int, ...]

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
    entries = service.book(actor).entries
    names = {fold(entry.name): code for code, entry in entries.items()}
    names |= {
        fold(str(service.shipped(code).name)): code for code in service.builtin() if code not in entries
    }
    units = {fold(str(u.name)): u.id for u in Unit.valid_on(actor.organisation_id or 0, actor.today)}
    problems: list[Obstacle] = []
    whole = {code for code, entry in entries.items() if entry.now.unit == PERCENT} | set(service.builtin())
    codes = [_text(cell) for cell in sheet.cells("kpi")]
    codes = [code if code in entries else names.get(fold(code), code) for code in codes]
    numbers = {
        key: _numbers(sheet, key, codes, whole, problems) for key in ("numerator", "denominator", "stated")
    }
    found = []
    for index, code in enumerate(codes):
        period = _period(sheet, index, problems)
        unit = _text(sheet.cells("unit")[index])
        if unit and fold(unit) not in units:
            problems.append(
                _wrong(sheet, "unit", index, _("there is no unit called “%(name)s”", name=unit[:60]))
            )
        values, about = {}, []
        for key, column in numbers.items():
            values[key] = column.values[index]
            if index in column.about:
                about.append(key)
        found.append(
            MeasurementValues(
                code,
                period,
                values["numerator"],
                values["denominator"],
                values["stated"],
                tuple(about),
                _text(sheet.cells("field")[index]),
                units.get(fold(unit)) if unit else None,
                _text(sheet.cells("source")[index]),
                _("row %(row)s", row=sheet.rows[index] + 1),
            )
        )
    return MeasurementFile(tuple(found), tuple(problems))


def _find(table: Table) -> _Sheet:
    """The heading among the first lines, and the rows below it that hold anything."""
    for first, line in enumerate(table.cells[:_LINES_ABOVE]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(line):
            words = fold(cell).strip(" .:") if isinstance(cell, str) else ""
            key = next((key for key, spellings in HEADERS.items() if words in spellings), None)
            if key is not None:
                columns.setdefault(key, column)
        if all(key in columns for key in _NEEDED):
            rows = tuple(
                row
                for row in range(first + 1, len(table.cells))
                if any(
                    c < len(table.cells[row]) and table.cells[row][c] is not None for c in columns.values()
                )
            )
            if not rows:
                raise guards.refused(_("The table has a heading of measurements, but no row below it"))
            return _Sheet(table, columns, rows)
    raise guards.refused(
        _(
            "No heading of measurements was found; the first row needs the columns %(names)s",
            names=", ".join(_NEEDED),
        )
    )


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else " ".join(str(cell).split())


def _period(sheet: _Sheet, index: int, problems: list[Obstacle]) -> str:
    cell = sheet.cells("period")[index]
    try:
        return period_of_cell("" if cell is None else cell).code
    except ValueError as error:
        problems.append(_wrong(sheet, "period", index, message_of(error)))
        return ""


def _wrong(sheet: _Sheet, key: str, index: int, what: Message | str) -> Obstacle:
    name = sheet.name(key, index)
    return Obstacle(_("Cell %(cell)s: %(what)s", cell=name, what=what), f"#{name}", "cell")


def _numbers(
    sheet: _Sheet, key: str, codes: Sequence[str], whole: set[str], problems: list[Obstacle]
) -> Column:
    """The numbers of one column: counts for percentages, decimals for other indicators, shares as percent."""
    cells = sheet.cells(key)
    if key == "stated":
        column = read_column(cells, Kind.SHARE, name=lambda i: sheet.name(key, i))
        fraction = are_fractions([column.values[i] for i in column.numeric])
        for index in column.numeric:
            column.values[index] = as_percent(column.values[index], fraction=fraction)
    else:
        counts = [cell if code in whole else None for cell, code in zip(cells, codes, strict=True)]
        others = [None if code in whole else cell for cell, code in zip(cells, codes, strict=True)]
        column = read_column(counts, Kind.COUNT, name=lambda i: sheet.name(key, i))
        rest = read_column(others, Kind.DECIMAL, name=lambda i: sheet.name(key, i), prefer=column.style)
        column.values = [a if b is None else b for a, b in zip(column.values, rest.values, strict=True)]
        column.errors += rest.errors
        column.about |= rest.about
        column.values = [None if value is None else Decimal(value) for value in column.values]
    problems += [_wrong(sheet, key, index, what) for index, what in column.errors]
    return column


# ---------------------------------------------------------------- taking a file


def take_measurements(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a file of measurements, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden. A measurement has no warnings, so `accept` has nothing to accept.
    """
    try:
        data = bytes_of(path)
        found, plans, obstacles = preview_measurements(actor, data, path.name)
        if obstacles:
            return refused(obstacles) if not preview else _result("previewed", plans, obstacles)
        if preview:
            return _result("previewed", plans)
        if all(plan.outcome == "unchanged" for plan in plans):
            return _result("unchanged", plans)
        blob = stored(data, path.name)
    except Refused as refusal:
        return refused(refusal.reasons)
    file = {"name": path.name, "sha256": blob.sha256}
    return _result("imported", service_measure.keep_measurements(actor, found, "file", blob=blob, file=file))


def preview_measurements(
    actor: Actor, data: bytes, name: str
) -> tuple[tuple[MeasurementValues, ...], list[MeasurementPlan], list[Obstacle]]:
    """What a file says, what importing it would do, and everything against it; raises Refused, Forbidden."""
    read = read_measurements(actor, read_table(data, name))
    plans, obstacles = service_measure.plan_measurements(actor, read.values)
    told = {str(o.text) for o in read.problems}
    more = [o for o in obstacles if str(o.text) not in told]
    return read.values, plans, [*read.problems, *more]


class Waiting(Protocol):
    """An uploaded file: its bytes, and where they are stored."""

    @property
    def data(self) -> bytes: ...

    @property
    def blob(self) -> Blob: ...


def commit_measurements(actor: Actor, waiting: Waiting) -> list[MeasurementPlan]:
    """Read and check an uploaded file again and keep what it says; raises Forbidden or Refused."""
    found, _plans, obstacles = preview_measurements(actor, waiting.data, waiting.blob.name)
    if obstacles:
        raise Refused(obstacles)
    file = {"name": waiting.blob.name, "sha256": waiting.blob.sha256}
    return service_measure.keep_measurements(actor, found, "file", blob=waiting.blob, file=file)


def _result(status: str, plans: Sequence[MeasurementPlan], problems: Sequence[Obstacle] = ()) -> ImportResult:
    return ImportResult(
        status,
        errors=refused(problems).errors,
        rows=tuple(
            {"kpi": plan.values.kpi, "period": plan.values.period, "outcome": plan.outcome} for plan in plans
        ),
        lines=tuple(
            str(
                _(
                    "%(kpi)s, %(period)s: %(outcome)s",
                    kpi=p.values.kpi,
                    period=p.values.period,
                    outcome=OUTCOMES[p.outcome],
                )
            )
            for p in plans
        ),
    )
