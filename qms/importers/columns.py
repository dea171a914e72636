"""What imports with one row for each record share: where the headings stand, and a day in a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qms.importers.table import Table, cell_name
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.text import Message, _

LINES_ABOVE = 30  # rows among which the headings are looked for
_FIRST_YEAR, _LAST_YEAR = 1900, 2999  # as days typed in forms
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_NUMBERED = re.compile(r"\(?\d{1,2}\)?(?:\s*=.*)?")


@dataclass(frozen=True)
class Headed:
    """A sheet whose headings were found: their row (from 0), key -> column, and (column, words) of all others."""

    sheet: Table
    first: int
    columns: Mapping[str, int]
    unknown: tuple[tuple[int, str], ...]

    def cell(self, row: int, key: str) -> Any:
        """A raw cell; None where the row ends before it."""
        column, line = self.columns[key], self.sheet.cells[row]
        return line[column] if column < len(line) else None

    def rows(self) -> list[int]:
        """The rows (from 0) below the headings that say anything, without one that only counts the columns."""
        return [
            row
            for row in range(self.first + 1, len(self.sheet.cells))
            if any(self.cell(row, key) is not None for key in self.columns)
            and not _is_numbering(self.sheet.cells[row])
        ]


def find_columns(
    table: Table,
    key_of: Callable[[str], str | None],
    enough: Callable[[AbstractSet[str]], bool],
    label: Callable[[str], Message | str],
) -> Headed | None:
    """The first row of headings in a file that names `enough` keys; None where there is none.

    `key_of` tells what a heading names. Raises Refused where a key, called by its `label`, is named twice.
    """
    for sheet in (table, *table.more):
        for first, line in enumerate(sheet.cells[:LINES_ABOVE]):
            columns: dict[str, int] = {}
            unknown: list[tuple[int, str]] = []
            twice: list[Obstacle] = []
            for column, cell in enumerate(line):
                if not isinstance(cell, str):
                    continue
                key = key_of(cell)
                if key is None:
                    unknown.append((column, cell.strip()[:60]))
                elif key in columns:
                    what = _("is a second column for: %(key)s", key=label(key))
                    twice.append(wrong_cell(first, column, what))
                else:
                    columns[key] = column
            if enough(columns.keys()):
                if twice:
                    raise Refused(twice)
                return Headed(sheet, first, columns, tuple(unknown))
    return None


def wrong_cell(row: int, column: int, what: Message | str) -> Obstacle:
    """What is wrong with a cell, counted from 0, as a reason of a refusal."""
    name = cell_name(row, column)
    return Obstacle(_("Cell %(cell)s: %(what)s", cell=name, what=what), f"#{name}", "cell")


def _is_numbering(cells: Iterable[Any]) -> bool:
    """Whether a row only counts the columns, as below the head of a printed form: (1), (2), (3)."""
    texts = [
        str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in cells if c is not None
    ]
    return len(texts) > 2 and all(map(_NUMBERED.fullmatch, texts))


def day_in(cell: Any) -> date | None:
    """A day from a date cell or a text, the day before the month; None for a blank one.

    Raises ValueError with our words for anything else, also beyond the years in which days are counted on.
    """
    found = cell.date() if isinstance(cell, datetime) else cell
    if isinstance(cell, str):
        if not (text := cell.strip()):
            return None
        found = _written(text)
    if isinstance(found, date) and _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return found
    raise ValueError(
        _(
            "“%(text)s” is not a date: write day, month and year, as 31/12/2023",
            text=str(cell).strip()[:60],
        )
    )


def _written(text: str) -> date | None:
    vietnamese, iso = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    try:
        if vietnamese:
            day, month, year = map(int, vietnamese.groups())
            return date(year, month, day)
        return date(*map(int, iso.groups())) if iso else None
    except ValueError:
        return None
