"""Rows without a date come last on both databases: nothing is ordered by a date that may be missing as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date

import pytest
from peewee import DateField, DateTimeField

from qms import areas
from qms.areas.reviews import service as reviews
from qms.areas.reviews import service_hooks
from qms.kernel.db import BaseModel
from tests.cast import Cast
from tests.imports import ROOT

# (file, column): the query's condition leaves no row without the date, and an index gives this order
NONE_MISSING = {
    ("qms/web/overview.py", "Record.due"),
    ("qms/web/calendar.py", "Record.due"),
    ("qms/printing.py", "Job.next_try_at"),
    ("qms/web/feed.py", "Record.due"),
    ("qms/areas/nonconformities/service_links.py", "Record.happened_on"),
    ("qms/areas/nonconformities/service_deadlines.py", "Nonconformity.effect_on"),
}


def models(above: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for model in above.__subclasses__():
        yield model
        yield from models(model)


def nullable_dates() -> set[str]:
    """Every column that may hold no date, as the code calls it: `Record.due`."""
    areas.load()
    return {
        f"{model.__name__}.{column.name}"
        for model in models()
        for column in model._meta.sorted_fields
        if isinstance(column, DateField | DateTimeField) and column.null
    }


def ordered_by(source: str) -> list[str]:
    """What stands bare in an `order_by()` of the source, with or without desc()."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "order_by":
            for given in call.args:
                if isinstance(given, ast.Call) and getattr(given.func, "attr", "") in ("desc", "asc"):
                    if any(one.arg == "nulls" for one in given.keywords):
                        continue  # it says where none comes
                    given = given.func.value  # type: ignore[attr-defined]
                found.append(ast.unparse(given))
    return found


def test_no_query_is_ordered_by_a_date_that_may_be_missing() -> None:
    risky, found = nullable_dates(), set()
    for path in (ROOT / "qms").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        found |= {(name, one) for one in ordered_by(path.read_text(encoding="utf-8")) if one in risky}
    assert "Record.due" in risky
    assert found == NONE_MISSING


def test_the_guard_sees_a_bare_date() -> None:
    assert ordered_by("q.order_by(Review.held_on.desc(), date_order(Record.due))") == [
        "Review.held_on",
        "date_order(Record.due)",
    ]


@pytest.mark.parametrize("first", [True, False])
def test_a_meeting_with_a_day_comes_before_one_without(cast: Cast, first: bool) -> None:
    coordinator = cast.actor("coordinator")
    dated = {"period": "2023", "held_on": date(2024, 6, 1), "chair": cast.person("leader").id}
    made = [
        reviews.create(coordinator, v)
        for v in ([dated, {"period": "2023"}] if first else [{"period": "2023"}, dated])
    ]
    with_a_day = made[0 if first else 1].record.code
    duty = next(iter(service_hooks.duties(coordinator, 2024)))
    assert duty.url == f"reviews/{with_a_day}"
