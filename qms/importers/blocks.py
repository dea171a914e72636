"""Blocks: the tables inside the sheets of a file, each a header, its rows, and the lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qms.importers.headers import Header, find_header, header_at
from qms.importers.periods import period_of_lines
from qms.importers.table import Table
from qms.kernel.calendar import Period
from qms.kernel.numbers import Column, is_blank, taken_apart

_NUMBERING = re.compile(r"\(?[0-9]{1,2}\)?(?:\s*=.*)?|[A-ZĐ]|\([A-ZĐ]\)")
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
    """Every block of every sheet; one without a period or source of its own has that of the block before."""
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
        elif header_at(sheet, row) or (gap and rows and not _more_figures(sheet, row + 1, header)):
            return rows, row
        elif not all(map(is_blank, here)):
            rows.append(row)
    return rows, len(sheet.cells)


def _more_figures(sheet: Table, first: int, header: Header) -> bool:
    """Whether figures stand in the columns of `header` in any row from `first` up to the next header."""
    for row in range(first, len(sheet.cells)):
        cells = sheet.cells[row]
        if any(_is_figure(cells[c]) for c in header.figures if c < len(cells) and cells[c] is not None):
            return True
        if header_at(sheet, row):
            return False
    return False


def _is_figure(cell: Any) -> bool:
    """Whether a cell is a number, or a text that begins as one."""
    if not isinstance(cell, str):
        return True
    if cell[0].isdigit():
        return True
    body = taken_apart(cell).body
    return bool(re.match(r"[-−(]? *[0-9]", body))


def _is_numbering(row: list[Any]) -> bool:
    """Whether a row numbers the columns: `(1)`, `(2)=(3)+(4)`, `A`, or 1, 2, 3 …"""
    cells = [cell for cell in row if cell is not None]
    if len(cells) < 3:
        return False
    if all(isinstance(cell, str) for cell in cells):
        marks = [_NUMBERING.fullmatch(cell.strip()) for cell in cells]
        bare = [int(c) for c in cells if c.strip().isascii() and c.strip().isdigit()]
        return all(marks) and (len(bare) < 2 or _counts_up(bare))
    numbers = [cell for cell in cells if not isinstance(cell, str)]
    letters = all(_NUMBERING.fullmatch(cell.strip()) for cell in cells if isinstance(cell, str))
    return letters and len(numbers) > 2 and _counts_up(numbers)


def _counts_up(numbers: list[Any]) -> bool:
    """Whether these are 1, 2, 3 … from at most 3 on."""
    first = numbers[0]
    return first in (1, 2, 3) and all(number == first + step for step, number in enumerate(numbers))
