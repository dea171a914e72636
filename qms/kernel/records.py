"""Records: everything the system keeps, one shared row each and one row of its kind.

Attachments, comments, clause references, links, the trail, search, the work list and the calendar
all hang on `record` with foreign keys that include the organisation, so a new area gets them for
nothing and a link across organisations is impossible.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, ClassVar, Self

from peewee import (
    SQL,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    NodeList,
    TextField,
)

from qms.kernel.codes import next_number
from qms.kernel.db import BaseModel
from qms.kernel.errors import NotFound, Refused, Stale
from qms.kernel.organisations import Organisation, Unit
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.record_indexes import DUE_LAST, INDEXES
from qms.kernel.text import Message, _, search_words, show_date
from qms.kernel.text_columns import is_text, kept, too_long
from qms.kernel.trail import Traced, columns, current_change, difference, digest, last_change
from qms.kernel.workflow import Machine

MAX_TEXT = 20_000  # characters in one long text field
MAX_TITLE = 300
MAX_CODE = 60
DERIVED = frozenset({"search_text", "facet", "due_first"})  # of the shared row: in no digest and no history


class Record(BaseModel):
    """What every kind of record has in common. Written only through its kind's `save()`."""

    organisation = ForeignKeyField(Organisation, backref="+", index=False)
    kind = CharField(max_length=30)
    code = CharField(max_length=MAX_CODE)
    year = IntegerField(default=0)  # of the occurrence date; 0 where the code does not count
    number = IntegerField(default=0)
    title = CharField(max_length=MAX_TITLE)
    state = CharField(max_length=30)
    owner = ForeignKeyField(Person, null=True, backref="+", index=False)
    unit = ForeignKeyField(Unit, null=True, backref="+", index=False)
    due = DateField(null=True)
    happened_on = DateField(null=True)
    ended_on = DateField(null=True)  # the day from which its state needs nobody's work
    version = IntegerField(default=1)
    recorded_at = DateTimeField()
    recorded_by = ForeignKeyField(Person, null=True, backref="+", index=False)
    changed_at = DateTimeField()
    search_text = TextField(default="")
    # own columns of its kind, kept here as well (`Kind.kept_twice`) so that an index holds them beside the shared ones
    facet = CharField(max_length=30, null=True)
    due_first = DateField(null=True)

    class Meta:
        only_save_dirty = True
        indexes = (
            (("organisation", "kind", "code"), True),
            (("id", "organisation"), True),
            (("id", "organisation", "kind"), True),
        )
        constraints = [SQL("FOREIGN KEY (unit_id, organisation_id) REFERENCES unit (id, organisation_id)")]


for _statement in INDEXES:
    Record.add_index(SQL(_statement))


def due_order() -> Any:
    """The expression `due`, none last, exactly as the indexes hold it."""
    return date_order(Record.due)


def date_order(column: Any) -> Any:
    """A date, none last, for the record's due, happened_on and ended_on exactly as their indexes hold it."""
    return NodeList((SQL("coalesce("), column, SQL(f", '{DUE_LAST}')")), glue="")


def latest_first(column: Any) -> Any:
    """A date from the latest on, none last: by themselves the databases differ in where none comes."""
    return NodeList((SQL("coalesce("), column, SQL(", '0001-01-01') DESC")), glue="")


def belongs(kind: str) -> list[SQL]:
    """The constraints that tie a kind's table to its record, its kind and its organisation."""
    return [
        SQL(f"CHECK (kind = '{kind}')"),
        SQL("FOREIGN KEY (record_id, organisation_id, kind) REFERENCES record (id, organisation_id, kind)"),
    ]


def of_record() -> list[SQL]:
    """The constraint that ties a row that hangs on a record to the record's organisation."""
    return [SQL("FOREIGN KEY (record_id, organisation_id) REFERENCES record (id, organisation_id)")]


class Kind(Traced):
    """One kind of record: its own columns beside the shared ones, which are reached by name.

    A subclass sets `kind`, `area`, `prefix`, `label`, `machine`, `labels` (column -> what people
    call it) and `searched` (columns that search reads besides code and title).
    """

    record = ForeignKeyField(Record, primary_key=True, backref="+")
    organisation_id = IntegerField()
    kind_ = CharField(column_name="kind", max_length=30)

    kind: ClassVar[str]
    area: ClassVar[str]
    prefix: ClassVar[str] = ""
    label: ClassVar[Message]
    machine: ClassVar[Machine]
    searched: ClassVar[tuple[str, ...]] = ()
    kept_twice: ClassVar[dict[str, str]] = {}  # column of the shared row -> own column that lists find by it
    choices: ClassVar[dict[str, dict[str, Message]]] = {}  # column -> its values and their words
    unsaid: ClassVar[frozenset[str]] = frozenset()  # columns whose changes the history does not spell out
    first_told: ClassVar[tuple[str, ...]] = ()  # own columns that the history tells of a new record
    limits: ClassVar[dict[str, int]] = {}  # column -> longest text, where it is not MAX_TEXT
    shared_labels: ClassVar[dict[str, Message]] = {
        "title": _("title"), "state": _("state"), "owner": _("owner"), "unit": _("unit"), "due": _("due date"),
        "happened_on": _("date it happened"), "code": _("code"),
    }  # fmt: skip
    _before: dict[str, Any] | None = None

    class Meta:
        only_save_dirty = True

    # ------------------------------------------------------------ what the trail sees

    def state(self) -> dict[str, Any]:
        """Column -> value of the shared row and the own row together: what the digest covers."""
        return columns(self.record, DERIVED) | columns(self)

    def subject(self) -> str:
        """Records are called by their shared row: `record:ID`."""
        return f"record:{self.record_id}"

    def what(self) -> str:
        """The record's code."""
        return str(self.record.code)

    def record_of(self) -> int | None:
        """The record itself."""
        return self.record_id

    # ------------------------------------------------------------ machines

    @classmethod
    def machines(cls) -> tuple[Machine, ...]:
        """Every machine that a record of this kind may run."""
        return (cls.machine,)

    def own_machine(self) -> Machine:
        """The machine that this record runs; a kind whose records take several paths says which."""
        return self.machine

    # ------------------------------------------------------------ reading

    @classmethod
    def of(cls, organisation_id: int | None) -> Any:
        """A query of this kind's records in one organisation, with their shared rows."""
        return (
            cls.select(cls, Record)
            .join(Record)
            .where(Record.organisation == organisation_id, Record.kind == cls.kind)  # as the indexes begin
        )

    @classmethod
    def by_code(cls, organisation_id: int | None, code: str) -> Self:
        """The record of that code; raises NotFound."""
        found = _by_code(cls).first(organisation_id, code)
        if found is None:
            raise NotFound(code)
        return found

    @classmethod
    def locked(
        cls, actor: Actor, code: str, version: int | None = None, sent: dict[str, Any] | None = None
    ) -> Self:
        """The record for writing within a change.

        With `version`, raises Stale when somebody saved it since; `sent` are the values that were to
        be written, shown beside the stored ones. Raises NotFound.
        """
        current_change()
        found = cls.by_code(actor.organisation_id, code)
        if version is not None and found.record.version != version:
            _seq, who = last_change(found.subject())
            raise Stale(code, who, found.conflicts(sent or {}))
        found._before = found.state()
        return found

    def conflicts(self, sent: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Label -> (stored, sent), as a reader sees them, for the values that differ."""
        return {
            str(self.field_label(name)): (self.shown(name, self.value(name)), self.shown(name, value))
            for name, value in sent.items()
            if self.value(name) != self._kept(name, value)
        }

    def shown(self, name: str, value: Any) -> str:
        """A column's value as a reader sees it: names for people and units, words for choices."""
        if value is None or value == "":
            return "–"
        column = type(self)._meta.fields.get(name) or Record._meta.fields.get(name)
        target = getattr(column, "rel_model", None)
        if target in (Person, Unit):
            found = target.get_or_none(target.id == value)
            return str(found.name) if found else str(value)
        if isinstance(value, date):
            return show_date(value)
        return str(self.choices.get(name, {}).get(value, value))

    def value(self, name: str) -> Any:
        """The value of a shared or own column; foreign keys as ids."""
        if name in type(self)._meta.fields:
            return self.__data__.get(name)
        return self.record.__data__.get(name)

    @classmethod
    def field_label(cls, name: str) -> Message | str:
        """What people call the column."""
        return cls.labels.get(name) or cls.shared_labels.get(name) or name

    # ------------------------------------------------------------ writing

    @classmethod
    def new(
        cls, actor: Actor, *, title: str, happened_on: date, code: str | None = None, state: str | None = None,
        **values: Any,
    ) -> Self:  # fmt: skip
        """A record ready to `save()`: its code is taken (or given), its state the machine's first.

        `values` may name shared columns (owner, unit, due) and the kind's own.
        """
        under_way = current_change()
        year, number = (0, 0) if code else (happened_on.year, next_number(actor, cls.kind, happened_on.year))
        shared = {name: values.pop(name) for name in ("owner", "unit", "due") if name in values}
        record = Record(
            organisation=actor.organisation_id,
            kind=cls.kind,
            code=code or f"{cls.prefix}-{year}-{number:03d}",
            year=year,
            number=number,
            title=cls._kept("title", title),
            state=state or cls.machine.initial,
            happened_on=happened_on,
            ended_on=actor.today if (state or cls.machine.initial) in cls.machine.ended else None,
            recorded_at=under_way.at,
            recorded_by=under_way.actor.person_id,
            changed_at=under_way.at,
            **shared,
        )
        own = {name: cls._kept(name, value) for name, value in values.items()}
        made = cls(record=record, organisation_id=actor.organisation_id, kind_=cls.kind, **own)
        made._before = {}
        return made

    def set(self, values: dict[str, Any]) -> None:
        """Take values for shared and own columns by name; unchanged ones are left alone.

        Raises ValueError for the state, which only a step changes.
        """
        if "state" in values:
            raise ValueError("only a step changes the state")
        own = type(self)._meta.fields
        for name, sent in values.items():
            target = self if name in own else self.record
            value = self._kept(name, sent)
            if target.__data__.get(name) != value:
                setattr(target, name, value)

    @classmethod
    def _kept(cls, name: str, value: Any) -> Any:
        """`value` as that shared or own column keeps it."""
        return kept(cls._meta.fields.get(name) or Record._meta.fields.get(name), value)

    def save(self, *, tag: str = "", extra: dict[str, Any] | None = None, **_ignored: Any) -> int:  # type: ignore[override]
        """Write both rows and one trail entry; raises RuntimeError when nothing was loaded or written.

        `extra` goes into the entry as it is: an import adds `rows` (subject and digest of each row that came
        with it) and `file`. Its lists may still grow until the change ends.
        """
        under_way = current_change()
        if self._before is None:
            raise RuntimeError(f"{self.subject()} was not loaded with locked()")
        fresh = not self._before
        record = self.record
        self._derive()
        if not fresh and not record._dirty and not self._dirty:
            return 0
        self._require_short_texts()
        record.changed_at = under_way.at
        if fresh:
            if (
                Record.select(Record.id)
                .where(
                    Record.organisation == record.organisation_id,
                    Record.kind == record.kind,
                    Record.code == record.code,
                )
                .exists()
                and not record.number
            ):
                raise Refused([_("the code %(code)s is taken", code=record.code)])  # fmt: skip
            BaseModel.save(record, force_insert=True)
            self.record = record
            BaseModel.save(self, force_insert=True)
        else:
            record.version = record.version + 1
            _written(BaseModel.save(record), self)
            if self._dirty:
                _written(BaseModel.save(self), self)
        after = self.state()
        under_way.append(
            tag or f"{self.kind}.{'create' if fresh else 'edit'}",
            self.subject(),
            what=self.what(),
            record_id=record.id,
            changes=difference(
                {k: v for k, v in self._before.items() if k not in _BOOKKEEPING},
                {k: v for k, v in after.items() if k not in _BOOKKEEPING},
                self.secret,
            ),
            digest=digest(after),
            chain=self.chain(),
            **(extra or {}),
        )
        self._before = after
        return 1

    @classmethod
    def longest(cls) -> dict[str, int]:
        """Column -> how many characters a text in it may hold."""
        return {"title": MAX_TITLE, "code": MAX_CODE} | {
            column.name: cls.limits.get(column.name, getattr(column, "max_length", None) or MAX_TEXT)
            for column in filter(is_text, cls._meta.sorted_fields)
        }

    def _require_short_texts(self) -> None:
        """Raise Refused, naming the limit, when a text is longer than its column takes."""
        obstacles = [
            obstacle
            for name, limit in self.longest().items()
            for obstacle in too_long(self.field_label(name), self.value(name), limit, f"edit#{name}")
        ]
        if obstacles:
            raise Refused(obstacles)

    def _derive(self) -> None:
        """Write in the shared row what follows from both rows."""
        own = {shared: self.__data__.get(name) for shared, name in self.kept_twice.items()}
        for name, value in ({"search_text": self.search_words()} | own).items():
            if self.record.__data__.get(name) != value:
                setattr(self.record, name, value)

    def search_words(self) -> str:
        """What full-text search reads of this record."""
        own = (self.__data__.get(name) for name in self.searched)
        return search_words((self.record.code, self.record.title, *own))


@cache
def _by_code(model: type[Kind]) -> Prepared:
    return Prepared(lambda organisation, code: model.of(organisation).where(Record.code == code))


_BOOKKEEPING = frozenset({"version", "changed_at", "recorded_at", "recorded_by", "id", "record", "organisation",
                          "organisation_id", "kind", "kind_", "year", "number"})  # fmt: skip


def _written(count: int, row: Kind) -> None:
    if count != 1:  # peewee updates nothing, and says nothing, when the key is not there
        raise RuntimeError(f"{row.subject()} was not written")
