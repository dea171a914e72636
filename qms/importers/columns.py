"""What imports with one row for each record share: where the headings stand, a text and a day in a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qms.importers import guards
from qms.importers.lost import NO_RESULT
from qms.importers.table import Table, cell_name, not_taken
from qms.kernel.calendar import is_usual_day
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.text import Message, _, printable

LINES_ABOVE = 30  # rows among which the headings are looked for
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_NUMBERED = re.compile(r"\(?\d{1,2}\)?(?:\s*=.*)?")


@dataclass(frozen=True)
class Headed:
    """A sheet whose headings were found: key -> column, (column, words) of all others, and the rows that say anything.

    Rows and columns count from 0; a row that only counts the columns is none.
    """

    sheet: Table
    first: int
    columns: Mapping[str, int]
    unknown: tuple[tuple[int, str], ...]
    rows: tuple[int, ...]

    def cell(self, row: int, key: str) -> Any:
        """A raw cell; None where the row ends before it, or there is no such column."""
        column, line = self.columns.get(key), self.sheet.cells[row]
        return line[column] if column is not None and column < len(line) else None

    def wrong(self, row: int, key: str, what: Message | str) -> Obstacle:
        """What is wrong with a cell, as a reason of a refusal."""
        return wrong_cell(row, self.columns[key], what)

    @property
    def notes(self) -> tuple[Message, ...]:
        """Which columns are not taken."""
        return tuple(not_taken(column, words) for column, words in self.unknown)


def find_columns(
    table: Table,
    key_of: Callable[[str], str | None],
    enough: Callable[[AbstractSet[str]], bool],
    label: Callable[[str], Message | str],
    *,
    missing: Message,
    empty: Message,
) -> Headed:
    """The first row of headings in a file that names `enough` keys, with the rows below it.

    `key_of` tells what a heading names. Raises Refused where there is none (`missing`), nothing stands below it
    (`empty`), a key, called by its `label`, is named twice, or formulas below it have no result.
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
                if not (rows := tuple(_rows(sheet, first, columns.values()))):
                    raise guards.refused(empty)
                below = [place for place in sheet.lost if place[0] > first and place[1] in columns.values()]
                if below:
                    raise Refused([wrong_cell(row, column, NO_RESULT) for row, column in sorted(below)])
                return Headed(sheet, first, columns, tuple(unknown), rows)
    raise guards.refused(missing)


def _rows(sheet: Table, first: int, columns: Collection[int]) -> Iterator[int]:
    """The rows below the headings that say anything in one of the columns, without one that only counts them."""
    for row, line in enumerate(sheet.cells[first + 1 :], first + 1):
        said = any(column < len(line) and line[column] is not None for column in columns)
        if said and not _is_numbering(line):
            yield row


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


def text_in(cell: Any) -> str:
    """A cell as text without outer space, a whole number without its decimals; "" for a blank one."""
    if isinstance(cell, str):
        return printable(cell).strip()
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def line_in(cell: Any) -> str:
    """A cell as one line of text, without doubled spaces."""
    return " ".join(text_in(cell).split())


def day_in(cell: Any) -> date | None:
    """A day from a date cell or a text, the day before the month; None for a blank one.

    Raises ValueError with our words for anything else, also beyond the years in which days are counted on.
    """
    found = cell.date() if isinstance(cell, datetime) else cell
    if isinstance(cell, str):
        if not (text := cell.strip()):
            return None
        found = _written(text)
    if isinstance(found, date) and is_usual_day(found):
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
