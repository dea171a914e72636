"""The rows of the table, in its order."""

from __future__ import annotations

from benchmarks.method import Row
from benchmarks.rows import (
    lists,
    memory,
    minutes,
    preview,
    record,
    register_import,
    remind,
    sheet,
    statistics,
    transition,
)

ROWS: tuple[Row, ...] = (
    *lists.ROWS,
    *statistics.ROWS,
    *record.ROWS,
    *transition.ROWS,
    *minutes.ROWS,
    *sheet.ROWS,
    *preview.ROWS,
    *remind.ROWS,
    *register_import.ROWS,
    *memory.ROWS,
)
