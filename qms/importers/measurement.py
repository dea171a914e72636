"""Measurements of indicators from a file: a row each, with indicator, period, numerator, denominator, source.

Headers may be Vietnamese or English. Counts are whole; an indicator that is no percentage may have decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from qms.areas.kpis import service, service_measure
from qms.areas.kpis.models import Measurement
from qms.areas.kpis.rules import PERCENT
from qms.areas.kpis.service_definitions import builtin, shipped
from qms.areas.kpis.service_measure import MeasurementPlan, MeasurementValues
from qms.importers.columns import Headed, find_columns, line_in
from qms.importers.periods import message_of, period_of_cell
from qms.importers.table import cell_name, read_table
from qms.importers.taking import bytes_of, refused, stored
from qms.kernel.area import OUTCOMES, ImportResult
from qms.kernel.directory import NOBODY, Directory
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.numbers import Column, Kind, are_fractions, as_percent, read_column
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


@dataclass(frozen=True)
class MeasurementFile:
    """What a file says: a measurement per row, what is wrong with its cells, and what was not taken of it.

    `blob` is where the file is kept, nothing before that.
    """

    values: tuple[MeasurementValues, ...]
    problems: tuple[Obstacle, ...]
    notes: tuple[Message, ...] = ()
    blob: Blob | None = None


def measurement_file(actor: Actor, data: bytes, name: str, blob: Blob | None = None) -> MeasurementFile:
    """The measurements that the bytes of a file hold; raises Refused when it has no heading, or nothing below it."""
    sheet = find_columns(
        read_table(data, name), _key, lambda keys: keys >= set(_NEEDED), lambda key: Measurement.labels.get(key, key),
        missing=_("No heading of measurements was found; the first row needs the columns %(names)s",
                  names=", ".join(_NEEDED)),
        empty=_("The table has a heading of measurements, but no row below it"),
    )  # fmt: skip
    problems: list[Obstacle] = []
    codes, percents = _indicators(actor, sheet)
    numbers = {key: _numbers(sheet, key, codes, percents, problems) for key in _NUMBERS}
    periods = [_period(sheet, row, problems) for row in sheet.rows]
    units = _units(actor, sheet, problems)
    fields, sources = _lines(sheet, "field"), _lines(sheet, "source")
    wrong = {problem.field for problem in problems}
    values = tuple(
        MeasurementValues(
            code,
            periods[index],
            **{key: column.values[index] for key, column in numbers.items()},
            approximate=tuple(key for key, column in numbers.items() if index in column.about),
            field=fields[index],
            unit=units[index],
            source=sources[index],
            place=_("row %(row)s", row=row + 1),
            unread=frozenset(key for key, column in sheet.columns.items() if cell_name(row, column) in wrong),
        )
        for index, (row, code) in enumerate(zip(sheet.rows, codes, strict=True))
    )
    return MeasurementFile(values, tuple(problems), sheet.notes, blob)


def _key(heading: str) -> str | None:
    words = fold(heading).strip(" .:")
    return next((key for key, spellings in HEADERS.items() if words in spellings), None)


def _lines(sheet: Headed, key: str) -> list[str]:
    return [line_in(sheet.cell(row, key)) for row in sheet.rows]


def _indicators(actor: Actor, sheet: Headed) -> tuple[list[str], set[str]]:
    """The code of each row's indicator, which may be named in words; and which codes are percentages."""
    entries, known = service.book(actor).entries, builtin()
    names = {fold(entry.name): code for code, entry in entries.items()}
    names |= {fold(str(shipped(code).name)): code for code in known if code not in entries}
    codes = _lines(sheet, "kpi")
    percents = {code for code, entry in entries.items() if entry.now.unit == PERCENT} | set(known)
    return [code if code in entries else names.get(fold(code), code) for code in codes], percents


def _units(actor: Actor, sheet: Headed, problems: list[Obstacle]) -> list[int | None]:
    """The unit that each row names; None where it names none, or none that there is."""
    directory = Directory(actor)
    found = [directory.unit(name) if name else NOBODY for name in _lines(sheet, "unit")]
    problems += [
        sheet.wrong(row, "unit", one.why) for row, one in zip(sheet.rows, found, strict=True) if one.why
    ]
    return [one.id for one in found]


def _period(sheet: Headed, row: int, problems: list[Obstacle]) -> str:
    cell = sheet.cell(row, "period")
    try:
        return period_of_cell("" if cell is None else cell).code
    except ValueError as error:
        problems.append(sheet.wrong(row, "period", message_of(error)))
        return ""


def _numbers(
    sheet: Headed, key: str, codes: Sequence[str], percents: set[str], problems: list[Obstacle]
) -> Column:
    """The numbers of one column: of percentages counts and shares, of other indicators decimals."""
    cells = [sheet.cell(row, key) for row in sheet.rows]
    ours = [cell if code in percents else None for cell, code in zip(cells, codes, strict=True)]
    others = [None if code in percents else cell for cell, code in zip(cells, codes, strict=True)]

    def name(index: int) -> str:
        return cell_name(sheet.rows[index], sheet.columns[key])

    column = read_column(ours, Kind.SHARE if key == "stated" else Kind.COUNT, name=name)
    if key == "stated":
        fraction = are_fractions([column.values[i] for i in column.numeric])
        for index in column.numeric:
            column.values[index] = as_percent(column.values[index], fraction=fraction)
    rest = read_column(others, Kind.DECIMAL, name=name, prefer=column.style)
    column.values = [a if b is None else b for a, b in zip(column.values, rest.values, strict=True)]
    column.values = [None if value is None else Decimal(value) for value in column.values]
    column.about |= rest.about
    for index, what in (*column.errors, *rest.errors):
        problems.append(sheet.wrong(sheet.rows[index], key, what))
    return column


# ---------------------------------------------------------------- taking a file


def take_measurements(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a file of measurements, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden. A measurement has no warnings, so `accept` has nothing to accept.
    """
    try:
        data = bytes_of(path)
        read = measurement_file(actor, data, path.name)
        plans, obstacles = plan(actor, read)
        if obstacles:
            return refused(obstacles) if not preview else _result("previewed", read, plans, obstacles)
        if preview:
            return _result("previewed", read, plans)
        if all(plan.outcome == "unchanged" for plan in plans):
            return _result("unchanged", read, plans)
        read = replace(read, blob=stored(data, path.name))
    except Refused as refusal:
        return refused(refusal.reasons)
    return _result("imported", read, keep(actor, read))


def plan(actor: Actor, read: MeasurementFile) -> tuple[list[MeasurementPlan], list[Obstacle]]:
    """What importing a file would do, and everything against it; raises Forbidden."""
    plans, obstacles = service_measure.plan_measurements(actor, read.values)
    told = {str(o.text) for o in read.problems}
    return plans, [*read.problems, *(o for o in obstacles if str(o.text) not in told)]


def keep(actor: Actor, read: MeasurementFile, told: str = "") -> list[MeasurementPlan]:
    """Keep what a file says, if it still does what the preview `told`; raises Forbidden or Refused."""
    if read.problems:
        raise Refused(plan(actor, read)[1])
    file = {"name": read.blob.name, "sha256": read.blob.sha256} if read.blob else None
    return service_measure.keep_measurements(actor, read.values, "file", blob=read.blob, file=file, told=told)


def _result(
    status: str, read: MeasurementFile, plans: Sequence[MeasurementPlan], problems: Sequence[Obstacle] = ()
) -> ImportResult:
    """The answer to a file; with problems nothing would become of any row, so none is listed."""
    kept, no = () if problems else plans, refused(problems)
    return ImportResult(
        status,
        errors=no.errors,
        rows=tuple({"kpi": p.values.kpi, "period": p.values.period, "outcome": p.outcome} for p in kept),
        lines=(*map(str, (*read.notes, *map(_line, kept))), *no.lines),
    )


def _line(plan: MeasurementPlan) -> Message:
    values, outcome = plan.values, OUTCOMES[plan.outcome]
    return _("%(kpi)s, %(period)s: %(outcome)s", kpi=values.kpi, period=values.period, outcome=outcome)
