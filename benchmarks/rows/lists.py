"""List pages: fifty of 10,000 nonconformities against a reference page, and of 100,000 against that figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from flask import Flask

from benchmarks import data, floors, pages, product
from benchmarks.floors import list as reference
from benchmarks.method import Call, Row
from qms.kernel import db
from qms.kernel.text import fold

FEW, MANY = 10_000, 100_000
PATH = f"/{data.SLUG}/nonconformities"


@contextmanager
def against_reference() -> Iterator[tuple[Call, Call]]:
    """The list of 10,000 and its reference page, which must show the same rows."""
    store = data.store(FEW)
    connection = floors.opened(store.path)
    with product.running(store) as app:
        ask = product.page(app, PATH, product.cookie(app))

        def floor() -> bytes:
            return reference.page(connection, organisation=1, person=1, today=data.TODAY)

        pages.require_same(ask(), floor(), within="tbody")
        yield ask, floor
    connection.close()


FILTERS: tuple[dict[str, str], ...] = (
    {},  # what has not ended: the list opens with it
    {"sort": "due"},  # everything
    {"state": "closed"},
    {"state": "analysed"},
    {"owner": "me"},
    {"unit": "3"},
    {"unit": "none"},
    {"due": "overdue"},
    {"due": "7"},
    {"due": "none"},
    {"q": data.COMMON_WORD},
    {"q": data.RARE_WORD},
    {"grade": "minor"},
    {"grade": "opportunity"},
    {"happened": "2023"},
    {"ended": "2023"},
    {"happened_from": "2023-12-01"},
    {"happened_until": "2023-12-01"},
    {"ended_until": "2023-12-01"},
    {"open_on": "2023-06-30"},
    {"counted": "nonconformities"},
    {"age": "91-180"},
    {"timely": "late"},
    {"timely": "no_due"},
    {"extended": "yes"},
    {"corrected": "no"},
    {"corrected": "impossible"},
    {"source_kind": "review"},
    {"source_kind": "complaint"},  # found by nobody
    {"cause_group": "environment"},
    {"cause_group": "none"},
    {"recurs": "yes"},
    {"clause": "9.1.3"},
    {"clause": "10.2"},  # cited once
)
# What is asked for most: what stands where of one grade, in a unit or with a person, what goes on and what is late
# there; and what a unit had in a year.
PAIRS: tuple[dict[str, str], ...] = (
    {"state": "acting", "grade": "major"},
    {"state": "acting", "unit": "3"},
    {"state": "acting", "owner": "me"},
    {"state": "not-ended", "owner": "me"},
    {"state": "not-ended", "unit": "3"},
    {"due": "overdue", "unit": "3"},
    {"due": "overdue", "owner": "me"},
    {"happened": "2023", "unit": "3"},
)
COMMON_WORD_BAR = 3.0  # a word that every third text holds


def at_hundred_thousand(asked: dict[str, str]) -> Row:
    """The first page of 100,000 with these filters against the unfiltered one of 10,000."""
    query = urlencode(asked)
    words = "-".join(f"{key}-{fold(value).replace(' ', '-')}" for key, value in asked.items())

    @contextmanager
    def prepare() -> Iterator[tuple[Call, Call]]:
        few, many = data.store(FEW), data.store(MANY)
        with product.running(few) as app:
            yield _page(app, many, f"{PATH}?{query}" if query else PATH), _page(app, few, PATH)

    return Row(
        f"list-100k-{words or 'all'}",
        f"list page, the first 50 of 100,000 {f'with {query}' if query else 'without a filter'}, against 10,000",
        COMMON_WORD_BAR if asked.get("q") == data.COMMON_WORD else 1.3,
        prepare,
    )


def _page(app: Flask, store: data.Store, path: str) -> Call:
    """A call for a page of the application on a store of its own."""
    database = db.configure(store.config().database_url)
    ask = product.page(app, path, product.cookie(app))

    def call() -> bytes:
        db.database.initialize(database)
        return ask()

    return call


ROWS = (
    Row("list", "list page, 50 of 10,000 nonconformities, against a reference page", 3.0, against_reference),
    *map(at_hundred_thousand, (*FILTERS, *PAIRS)),
)
