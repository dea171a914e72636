"""The statistics page over 100,000 nonconformities, against a reference page of the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import data, floors, pages, product
from benchmarks.floors import statistics as reference
from benchmarks.method import Call, Row

MANY = 100_000
PERIOD = "2023"


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """Both pages, which must show the same numbers with the same links."""
    store = data.store(MANY)
    connection = floors.opened(store.path)
    with product.running(store) as app:
        ask = product.page(
            app, f"/{data.SLUG}/nonconformities/statistics?period={PERIOD}", product.cookie(app)
        )

        def floor() -> bytes:
            return reference.page(connection, organisation=1, person=1, today=data.TODAY)

        pages.require_same(ask(), floor(), within="tbody")
        yield ask, floor
    connection.close()


ROWS = (
    Row(
        "statistics",
        "statistics page of a year and the one before, of 100,000 nonconformities, against a reference page",
        3.0,
        prepare,
        calls=3,
    ),
)
