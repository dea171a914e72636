"""Queries written once: composing the SQL of a small query takes peewee longer than the database its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peewee import (
    AsIs,
    AutoField,
    CharField,
    ForeignKeyField,
    IntegerField,
    ModelTupleCursorWrapper,
    TextField,
)

from qms.kernel.db import database

# What the database gives for these is what Python needs; a field made from one of them may need more.
_AS_STORED = (AutoField, CharField, ForeignKeyField, IntegerField, TextField)


class _Slot:
    """The place of a value that is given at each run."""

    def __init__(self, number: int) -> None:
        self.number = number


def _untouched(value: Any) -> Any:
    return value  # without a converter of its own a stand-in would get that of the column beside it


class Prepared:
    """A query of a fixed shape. `build` gets a stand-in for each of its values and returns the query.

    The SQL is composed at the first run on each kind of database. A stand-in must reach the SQL as it is:
    it can be compared and ordered by, but neither looked at nor left out.
    """

    def __init__(self, build: Callable[..., Any], count: int | None = None) -> None:
        """`count` is the number of values, where `build` takes any number of them."""
        self._build = build
        self._count = build.__code__.co_argcount if count is None else count
        self._made: dict[type, _Made] = {}

    def rows(self, *values: Any) -> list[Any]:
        """The rows for these values: tuples of a query with `.tuples()`, else models."""
        kind = type(database.obj)
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = _Made(self._build, self._count)
        return made.rows(values)

    def first(self, *values: Any) -> Any | None:
        """The first row, or None."""
        return next(iter(self.rows(*values)), None)

    def scalar(self, *values: Any) -> Any:
        """The first column of the first row; None without a row."""
        found = self.first(*values)
        return None if found is None else found[0]


class _Made:
    """A query with its SQL for one kind of database, and how its rows are read."""

    def __init__(self, build: Callable[..., Any], count: int) -> None:
        self.query = build(*(AsIs(_Slot(number), _untouched) for number in range(count)))
        self.sql, self.params = self.query.sql()
        self.read: Callable[[Any], Any] | None = None

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        bound = [values[p.number] if type(p) is _Slot else p for p in self.params]
        cursor = database.execute_sql(self.sql, bound)
        read = self.read = self.read or self._reader(cursor)
        return list(map(read, cursor.fetchall()))

    def _reader(self, cursor: Any) -> Callable[[Any], Any]:
        """What makes a row of what the cursor gives; the same for every run."""
        wrapper = self.query._get_cursor_wrapper(cursor)
        wrapper.initialize()
        if not isinstance(wrapper, ModelTupleCursorWrapper):
            return wrapper.process_row
        converters = [
            (index, convert)
            for index, (convert, field) in enumerate(zip(wrapper.converters, wrapper.fields, strict=True))
            if convert is not None and type(field) not in _AS_STORED
        ]

        def converted(row: Any) -> tuple[Any, ...]:
            values = list(row)
            for index, convert in converters:
                if values[index] is not None:
                    values[index] = convert(values[index])
            return tuple(values)

        return converted if converters else tuple
