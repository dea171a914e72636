"""Blocks: the tables inside the sheets of a file, each a header, its rows, and the lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qms.importers import guards
from qms.importers.headers import Header, find_header, header_at
from qms.importers.periods import period_of_lines
from qms.importers.table import Table
from qms.kernel.calendar import Period
from qms.kernel.numbers import Column, Shown, is_blank, taken_apart
from qms.kernel.text import _

MAX_BLOCKS = 500
MAX_WORDS = 500  # rows of words below one heading

_NUMBERING = re.compile(r"\(?([0-9]{1,2})\)?(?:\s*=.*)?|[A-ZĐ]|\([A-ZĐ]\)")
_LONGEST_MARK = 100  # characters
_SOURCE = re.compile(r"\s*(?:nguồn(?: số liệu)?|source)\s*:\s*(.+)", re.IGNORECASE)


@dataclass
class Block:
    """One header with its rows of figures (from 0); period and source are what the lines around it say.

    `read` is filled with the numbers of each column of figures.
    """

    table: Table
    header: Header
    rows: list[int]
    period: Period | None
    source: str
    read: dict[str, Column] = field(default_factory=dict)

    def cell(self, row: int, key: str) -> Any:
        """The raw cell of `row` in the column of `key`; None where there is no such column."""
        column = self.header.by_key.get(key)
        line = self.table.cells[row]
        return None if column is None or column >= len(line) else line[column]


def find_blocks(sheets: tuple[Table, ...]) -> list[Block]:
    """Every block of every sheet; one without a period or source of its own has that of the block before.

    Raises Refused for more headings, or more rows of words below one, than any statement has.
    """
    blocks: list[Block] = []
    for sheet in sheets:
        start = 0
        while (header := find_header(sheet, start)) is not None:
            rows, end = _rows_of(sheet, header)
            last = blocks[-1] if blocks else None
            period = period_of_lines(_lines(sheet, start, header.first)) or (last.period if last else None)
            source = _source(sheet, start, header.first) or (last.source if last else "")
            blocks.append(Block(sheet, header, rows, period, source))
            start = end
            if len(blocks) > MAX_BLOCKS:
                raise guards.refused(
                    _("The file holds more than %(n)s tables; split it", n=Shown(MAX_BLOCKS))
                )
    for block in blocks:
        below = max(block.rows, default=block.header.last) + 1
        block.source = block.source or _source(block.table, below, len(block.table.cells))
    return blocks


def _lines(sheet: Table, first: int, last: int) -> Iterator[str]:
    """The texts in these rows, one per cell."""
    for row in sheet.cells[first:last]:
        yield from (cell for cell in row if isinstance(cell, str))


def _source(sheet: Table, first: int, last: int) -> str:
    """What a line `Nguồn: …` in these rows says."""
    for line in _lines(sheet, first, min(last, first + 200)):
        match = _SOURCE.match(line)
        if match:
            return match[1].strip()
    return ""


def _rows_of(sheet: Table, header: Header) -> tuple[list[int], int]:
    """The rows of figures below a header, and the row after the block.

    The block ends at the next header, or at the signatures: texts without figures that come after a blank row
    with no further figures below. Any other text where a figure should be is a row, so that it is refused by
    name and nothing is left out in silence.
    """
    columns = list(header.figures)
    below = _Below(sheet, columns)
    rows: list[int] = []
    at, gap = header.last, False
    if at < len(sheet.cells) and _is_numbering(sheet.cells[at]):
        at += 1
    for row in range(at, len(sheet.cells)):
        cells = sheet.cells[row]
        here = [cells[c] for c in columns if c < len(cells) and cells[c] is not None]
        if any(map(_is_figure, here)):
            rows.append(row)
            gap = False
        elif not here:
            gap = gap or not any(cell is not None for cell in cells)
        elif below.heads(row) or (gap and rows and not below.more_figures(row + 1)):
            return rows, row
        elif not all(map(is_blank, here)):
            rows.append(row)
    return rows, len(sheet.cells)


class _Below:
    """Looks through the rows of words below a heading: each once, because that takes time, and not without end."""

    def __init__(self, sheet: Table, columns: list[int]) -> None:
        self.sheet, self.columns = sheet, columns
        self._seen: dict[int, bool] = {}
        self._next, self._figures = -1, False  # the row up to which it is known whether figures follow

    def heads(self, row: int) -> bool:
        """Whether a header begins in `row`; raises Refused after too many rows of words."""
        if row not in self._seen:
            if len(self._seen) == MAX_WORDS:
                raise guards.refused(
                    _("Below the heading stand more than %(n)s rows without figures; keep only the table",
                      n=Shown(MAX_WORDS))
                )  # fmt: skip
            self._seen[row] = header_at(self.sheet, row)
        return self._seen[row]

    def more_figures(self, first: int) -> bool:
        """Whether figures stand in these columns in any row from `first` up to the next header."""
        if first > self._next:
            self._next, self._figures = self._look(first)
        return self._figures

    def _look(self, first: int) -> tuple[int, bool]:
        """The next row with figures or a header, and which of the two."""
        for row in range(first, len(self.sheet.cells)):
            cells = self.sheet.cells[row]
            if any(_is_figure(cells[c]) for c in self.columns if c < len(cells) and cells[c] is not None):
                return row, True
            if any(cell is not None for cell in cells) and self.heads(row):
                return row, False
        return len(self.sheet.cells), False


def _is_figure(cell: Any) -> bool:
    """Whether a cell is a number, or a text that begins as one."""
    if not isinstance(cell, str):
        return True
    if cell[0].isdigit():
        return True
    body = taken_apart(cell).body
    return bool(re.match(r"[-−(]? *[0-9]", body))


def _is_numbering(row: list[Any]) -> bool:
    """Whether a row numbers the columns: `(1)`, `3=4+5+6`, `A`, or 1, 2, 3 …; `(4)` typed into Excel is −4.

    With three numbers or more they count up from at most 3 on, a letter taking no number.
    """
    cells = [cell for cell in row if cell is not None]
    if len(cells) < 3:
        return False
    marks = [_mark(cell) for cell in cells]
    numbers = [mark for mark in marks if mark]
    if None in marks or (len(numbers) < 3 and not all(isinstance(cell, str) for cell in cells)):
        return False
    plain = sum(not isinstance(cell, str) or cell.strip().isdigit() for cell in cells)
    return plain < 2 or _counts_up(numbers)


def _mark(cell: Any) -> int | None:
    """The number that a cell gives its column, 0 for a letter; None if it is no such mark."""
    if isinstance(cell, str):
        match = _NUMBERING.fullmatch(cell.strip()) if len(cell) <= _LONGEST_MARK else None
        return None if match is None else int(match[1] or 0)
    if (
        isinstance(cell, bool)
        or not isinstance(cell, int | float)
        or not 1 <= abs(cell) <= guards.MAX_COLUMNS
    ):
        return None
    return abs(int(cell)) if cell == int(cell) else None


def _counts_up(numbers: list[int]) -> bool:
    """Whether these are 1, 2, 3 … from at most 3 on."""
    first = numbers[0]
    return first in (1, 2, 3) and numbers == list(range(first, first + len(numbers)))
