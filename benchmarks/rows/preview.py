"""The preview of a statement of 1,000 rows against pandas reading the same workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from benchmarks import data
from benchmarks.method import Call, Different, Row
from qms import runtime
from qms.kernel import db

FIELDS, PERIODS = 999, 1  # and the total: 1,000 rows
KEYS = (
    "received_online", "received_direct_post", "received_carried", "received_total", "resolved_early",
    "resolved_on_time", "resolved_overdue", "resolved_total", "in_process_within", "in_process_overdue",
    "in_process_total",
)  # fmt: skip


def months() -> Iterator[str]:
    """`2022-01`, `2022-02`, …"""
    for year in range(2022, 2030):
        for month in range(1, 13):
            yield f"{year}-{month:02d}"


def figures(number: int) -> list[int]:
    """Figures that agree, in the order of KEYS; what is left over is carried into the next period."""
    online, direct, carried = 40 + number % 17, 30 + number % 11, 6
    total = online + direct + carried
    overdue, on_time = number % 3, 5
    early = total - carried - overdue - on_time
    return [online, direct, carried, total, early, on_time, overdue, total - carried, carried - 1, 1, carried]


def workbook() -> bytes:
    """Every period with its fields and its total, under the plain keys."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["period", "field", *KEYS])
        line = 1
        for period in islice(months(), PERIODS):
            rows = [figures(number) for number in range(FIELDS)]
            total = [sum(column) for column in zip(*rows, strict=True)]
            names = [f"Lĩnh vực {number + 1}" for number in range(FIELDS)]
            for name, row in zip([*names, "Tổng số"], [*rows, total], strict=True):
                sheet.write_row(line, 0, [period, name, *row])
                line += 1
    return made.getvalue()


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The whole preview with every identity, against the cells alone."""
    import pandas

    from qms.areas.statements import service
    from qms.importers.taking import statement_file

    content = workbook()
    runtime.configure(data.store(10_000).config())
    try:
        with db.connected():
            actor = data.actor(data.READER)

            def product() -> service.Preview:
                return service.preview(actor, statement_file(content, "figures.xlsx"))

            def floor() -> pandas.DataFrame:
                return pandas.read_excel(io.BytesIO(content), engine="calamine", header=None, dtype=object)

            seen = product()
            rows = sum(len(plan.incoming.statement.rows) for plan in seen.plans)
            if rows != len(floor()) - 1 or seen.errors or seen.file.problems:
                raise Different(f"{rows} rows; {seen.file.problems[:1] or seen.errors[:1]}")
            yield product, floor
    finally:
        runtime.release()


ROWS = (
    Row(
        "preview",
        "statement preview of 1,000 rows .xlsx, against pandas with calamine reading it",
        3.0,
        prepare,
        calls=3,
    ),
)
