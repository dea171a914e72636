"""The rows of the table, in its order."""

from __future__ import annotations

from benchmarks.method import Row
from benchmarks.rows import lists, memory, minutes, preview, record, transition

ROWS: tuple[Row, ...] = (
    *lists.ROWS,
    *record.ROWS,
    *transition.ROWS,
    *minutes.ROWS,
    *preview.ROWS,
    *memory.ROWS,
)
