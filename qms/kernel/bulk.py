"""Many new rows at once, for imports: what saving each would write, in a few statements.

Called within `change()`. Whoever calls appends one entry to the trail with the digests that come back (its `rows`),
so that `trail verify` compares these rows like all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from peewee import fn

from qms.kernel.codes import next_number
from qms.kernel.db import BaseModel, database, is_sqlite
from qms.kernel.permissions import Actor
from qms.kernel.records import DERIVED, Kind, Record
from qms.kernel.text import search_words
from qms.kernel.trail import Traced, current_change, digest

Values = dict[str, Any]


class Made(NamedTuple):
    """A record that was made: its id and code, and what the trail's entry says of it."""

    id: int
    code: str
    traced: list[str]  # [subject, digest]


def create(actor: Actor, model: type[Kind], drafts: Sequence[Values]) -> list[Made]:
    """Insert records of one kind; their codes are reserved as one block per year, in the order of the drafts.

    A draft holds title, happened_on and state, and any other column by name; what is missing is as in a new record.
    Texts must have been checked against `model.longest()`, owners and units against the organisation.
    """
    under_way = current_change()
    codes = _codes(actor, model, [draft["happened_on"].year for draft in drafts])
    shared = _defaults(Record) | {
        "organisation": actor.organisation_id, "kind": model.kind, "recorded_at": under_way.at,
        "recorded_by": actor.person_id, "changed_at": under_way.at,
    }  # fmt: skip
    nothing: Values = dict.fromkeys(DERIVED)
    own = _defaults(model) | {"organisation_id": actor.organisation_id, "kind_": model.kind}
    records: list[Values] = []
    rows: list[Values] = []
    made: list[Made] = []
    for key, (code, year, number), draft in zip(_ids(Record, len(drafts)), codes, drafts, strict=True):
        record: Values = shared | {name: value for name, value in draft.items() if name in shared}
        record |= {"id": key, "code": code, "year": year, "number": number}
        row: Values = own | {name: value for name, value in draft.items() if name in own} | {"record": key}
        said = digest(record | row)  # what is derived is in no digest
        texts = (code, record["title"], *(row[name] for name in model.searched))
        derived = {column: row[name] for column, name in model.kept_twice.items()}
        records.append(record | nothing | derived | {"search_text": search_words(texts)})
        rows.append(row)
        made.append(Made(key, code, [f"record:{key}", said]))
    _insert(Record, records)
    _insert(model, rows)
    return made


def hang(model: type[Traced], rows: Sequence[Values]) -> list[list[str]]:
    """Insert rows that hang on records, such as links; returns the subject and digest of each."""
    begun = _defaults(model)
    whole = [begun | row | {"id": key} for key, row in zip(_ids(model, len(rows)), rows, strict=True)]
    _insert(model, whole)
    table = model._meta.table_name
    return [[f"{table}:{row['id']}", digest(row)] for row in whole]


def _codes(actor: Actor, model: type[Kind], years: Sequence[int]) -> list[tuple[str, int, int]]:
    """The next codes of the kind, with year and number, one for each of `years`."""
    following = {
        year: next_number(actor, model.kind, year, count) for year, count in sorted(Counter(years).items())
    }
    found = []
    for year in years:
        number = following[year]
        following[year] += 1
        found.append((f"{model.prefix}-{year}-{number:03d}", year, number))
    return found


def _defaults(model: type[BaseModel]) -> Values:
    """Every column of a row with what it holds where nothing is said; what is derived comes later."""
    return {column.name: column.default for column in model._meta.sorted_fields if column.name not in DERIVED}


def _ids(model: type[BaseModel], count: int) -> list[int]:
    """Keys for `count` new rows: the embedded database has one writer, the other one counts by itself."""
    if is_sqlite():
        last = model.select(fn.MAX(model.id)).scalar() or 0
        return list(range(last + 1, last + 1 + count))
    taken = database.execute_sql(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        (model._meta.table_name, count),
    )
    return [key for (key,) in taken]


def _insert(model: type[BaseModel], rows: Iterable[Values]) -> None:
    """Insert whole rows; the values are of the types that both drivers take."""
    fields = model._meta.sorted_fields
    columns = ", ".join(f'"{column.column_name}"' for column in fields)
    marks = ", ".join([database.obj.param] * len(fields))
    values = map(itemgetter(*(column.name for column in fields)), rows)
    cursor = database.obj.cursor()
    cursor.executemany(f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({marks})', list(values))  # noqa: S608
