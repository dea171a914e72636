"""Queries written once: composing the SQL of a small query takes peewee longer than the database its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from peewee import (
    AsIs,
    AutoField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    ModelCursorWrapper,
    ModelObjectCursorWrapper,
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
        if isinstance(wrapper, ModelCursorWrapper | ModelObjectCursorWrapper):
            return _of_models(wrapper) or wrapper.process_row
        if not isinstance(wrapper, ModelTupleCursorWrapper):
            return wrapper.process_row
        converters = [
            (index, convert)
            for index, convert in enumerate(map(_converter, wrapper.converters, wrapper.fields))
            if convert is not None
        ]

        def converted(row: Any) -> tuple[Any, ...]:
            values = list(row)
            for index, convert in converters:
                if values[index] is not None:
                    values[index] = convert(values[index])
            return tuple(values)

        return converted if converters else tuple


def _converter(convert: Callable[[Any], Any] | None, field: Any) -> Callable[[Any], Any] | None:
    return None if type(field) in _AS_STORED else convert


@dataclass(frozen=True)
class _Part:
    """One of the models of a row: the place of its key, the places of its columns, and what converts some of them."""

    model: type[Model]
    key: int
    places: list[tuple[str, int]]
    converters: list[tuple[str, Callable[[Any], Any]]]


def _of_models(wrapper: Any) -> Callable[[Any], Any] | None:
    """What makes models of a row as the wrapper does, with what is the same for every row done once.

    None for a query that is not simply models, each with its key, tied by references: then the wrapper does it.
    """
    if any(field is None for field in wrapper.fields):
        return None
    # a query of one model, or of whatever is made of its rows
    alone = isinstance(wrapper, ModelObjectCursorWrapper)
    if alone and not wrapper.is_model:
        return None
    made_by = {wrapper.model: (wrapper.constructor, True)} if alone else wrapper.key_to_constructor
    column_of = [wrapper.model] * wrapper.ncols if alone else wrapper.column_keys
    ties = [] if alone else wrapper.src_to_dest
    sources = list(dict.fromkeys(column_of))
    keys = [number for number, field in enumerate(wrapper.fields) if field.primary_key]
    known = all(source in sources and is_fk for source, _attr, _target, _is_dict, _outer, is_fk in ties)
    if not known or sources != [column_of[number] for number in keys]:
        return None
    parts = [
        _part(wrapper, [n for n, own in enumerate(column_of) if own == source], made_by[source][0], key)
        for source, key in zip(sources, keys, strict=True)
    ]
    joined = [(sources.index(source), attr, sources.index(target)) for source, attr, target, *_how in ties]
    return partial(_models_of, parts, joined)


def _part(wrapper: Any, own: list[int], model: type[Model], key: int) -> _Part:
    names = [(wrapper.fields[number].name, number) for number in own]
    converters = [
        (name, convert)
        for name, number in names
        if (convert := _converter(wrapper.converters[number], wrapper.fields[number])) is not None
    ]
    return _Part(model, key, names, converters)


def _models_of(parts: list[_Part], joined: list[tuple[int, str, int]], row: Any) -> Any:
    made = [_made(part, row) for part in parts]
    for source, attr, target in joined:
        if made[source] is not None:
            made[source].__rel__[attr] = made[target]
    return made[0]


def _made(part: _Part, row: Any) -> Any:
    """The model of its part of the row; None where an outer join found nothing."""
    if row[part.key] is None:
        return None
    data = {name: row[place] for name, place in part.places}
    for name, convert in part.converters:
        if data[name] is not None:
            data[name] = convert(data[name])
    made: Any = part.model.__new__(part.model)
    made.__data__, made.__rel__, made._dirty = data, {}, set()
    return made
