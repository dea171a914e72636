"""The page of a nonconformity with actions, evidence and history against a reference page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import data, floors, pages, product
from benchmarks.floors import record as reference
from benchmarks.method import Call, Row


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The product's page and its reference page, which must say the same."""
    store = data.store(10_000)
    connection = floors.opened(store.path)
    with product.running(store) as app:
        ask = product.page(app, f"/{data.SLUG}/nonconformities/{data.RICH}", product.cookie(app))

        def floor() -> bytes:
            return reference.page(connection, data.RICH, organisation=1, person=1, today=data.TODAY)

        pages.require_same(ask(), floor(), within="article")
        yield ask, floor
    connection.close()


ROWS = (Row("record", "record page with actions, evidence, history, against a reference page", 3.0, prepare),)
