"""The trail: an append-only, HMAC-chained log of every change, written in the change's own transaction.

One chain per organisation and one for the system (chain 0). `change()` is the only way to write:
it opens the transaction and takes the chain's head as its first lock, which orders all writers of
an organisation and so prevents deadlocks. Each entry holds the digest of its subject's state after
the change, so a row edited behind the product's back is found by comparing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from peewee import CharField, DateTimeField, IntegerField, TextField

from qms.kernel import clock
from qms.kernel.db import BaseModel, database, is_sqlite
from qms.kernel.errors import Refused, Rehearsed
from qms.kernel.permissions import Actor, Permission, Role
from qms.kernel.text import Message, _, pack
from qms.kernel.text_columns import is_text, kept, too_long

SYSTEM_CHAIN = 0
READ_TRAIL = Permission(
    "trail.read",
    _("read the log of all changes in the organisation"),
    frozenset({Role.COORDINATOR, Role.LEADER, Role.AUDITOR, Role.INSPECTOR}),
)
GENESIS = "0" * 64


class TrailHead(BaseModel):
    """The last sequence number and MAC of each chain; locking its row orders the chain's writers."""

    chain = IntegerField(primary_key=True)
    seq = IntegerField(default=0)
    mac = CharField(max_length=64, default=GENESIS)

    class Meta:
        table_name = "trail_head"


class TrailEntry(BaseModel):
    """One change. `body` is the canonical text that the MAC covers; the other columns index it."""

    chain = IntegerField()
    seq = IntegerField()
    at = DateTimeField()
    record_id = IntegerField(null=True, index=True)
    subject = CharField(max_length=80, index=True)
    tag = CharField(max_length=80)
    body = TextField()
    key_id = CharField(max_length=8)
    mac = CharField(max_length=64)

    class Meta:
        table_name = "trail_entry"
        indexes = ((("chain", "seq"), True),)


# ---------------------------------------------------------------- keys

_keys: dict[str, bytes] = {}
_current_key = ""


def configure_keys(value: str) -> None:
    """Take the trail's keys, newest first, separated by commas; the first signs, all verify."""
    global _current_key
    _keys.clear()
    for part in (p.strip().encode() for p in value.split(",") if p.strip()):
        _keys[hashlib.sha256(b"key id:" + part).hexdigest()[:8]] = part
    _current_key = next(iter(_keys))


def known_key(key_id: str) -> bool:
    """Whether the key of that id is configured."""
    return key_id in _keys


def mac(key_id: str, previous: str, body: str) -> str:
    """The MAC that chains `body` to the entry before it."""
    return hmac.new(_keys[key_id], f"{previous}\n{body}".encode(), hashlib.sha256).hexdigest()


# ---------------------------------------------------------------- canonical values


def plain(value: Any) -> Any:
    """`value` as JSON can hold it, the same whichever database it was read from."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def canonical(data: Any) -> str:
    """The one text of `data`: sorted keys, no spaces, no escapes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)


def digest(state: dict[str, Any]) -> str:
    """The sha256 of a row's canonical state.

    Empty columns are left out: a migration that adds one, empty, changes no digest that was stored.
    """
    held = {name: plain(value) for name, value in state.items() if value is not None}
    return hashlib.sha256(canonical(held).encode()).hexdigest()


def columns(row: BaseModel, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Field -> plain value of a row, equal for a row just made and the same row read back."""
    data = row.__data__
    found = {}
    for field_ in row._meta.sorted_fields:
        if field_.name not in without:
            value = data.get(field_.name)
            found[field_.name] = None if value is None else plain(field_.python_value(field_.db_value(value)))
    return found


# ---------------------------------------------------------------- change


@dataclass
class Change:
    """A transaction under way: who, why, and the entries to append when it ends."""

    actor: Actor
    reasons: list[str]  # of each change() that is open, the innermost last; empty where none was given
    chains: dict[int, TrailHead]
    at: datetime
    entries: list[dict[str, Any]] = field(default_factory=list)
    wake: bool = False
    rehearsed: bool = False  # its rules are asked, and nothing is written: see `rehearsals.against`

    @property
    def reason(self) -> str:
        """Why this is done now: the innermost reason that was given."""
        return next(filter(None, reversed(self.reasons)), "")

    def append(
        self,
        tag: str,
        subject: str,
        *,
        what: str | Message = "",
        record_id: int | None = None,
        changes: dict[str, list[Any]] | None = None,
        digest: str | None = None,
        chain: int | None = None,
        **extra: Any,
    ) -> None:
        """Note one change; it is chained and stored when the transaction ends."""
        chain = next(iter(self.chains)) if chain is None else chain
        if chain not in self.chains:
            raise RuntimeError(f"{tag} writes to chain {chain}, which this change has not locked")
        entry: dict[str, Any] = {
            "actor": {"id": self.actor.person_id, "name": self.actor.name, "via": self.actor.via},
            "at": plain(self.at),
            "chain": chain,
            "changes": changes or {},
            "digest": digest,
            "record": record_id,
            "subject": subject,
            "tag": tag,
            "what": pack(what) if isinstance(what, Message) else what,
        }
        if self.reason:
            entry["reason"] = self.reason
        self.entries.append(entry | extra)

    def flush(self) -> None:
        """Chain and store what was noted; one statement for the entries, one per head."""
        rows = []
        for entry in self.entries:
            head = self.chains[entry["chain"]]
            head.seq += 1
            body = canonical(entry | {"seq": head.seq})
            head.mac = mac(_current_key, head.mac, body)
            rows.append(
                (head.chain, head.seq, self.at, entry["record"], entry["subject"], entry["tag"], body, _current_key,
                 head.mac)
            )  # fmt: skip
        for start in range(0, len(rows), 100):
            TrailEntry.insert_many(rows[start : start + 100], fields=_ENTRY_FIELDS).execute()
        for head in self.chains.values():
            if any(e["chain"] == head.chain for e in self.entries):
                TrailHead.update(seq=head.seq, mac=head.mac).where(TrailHead.chain == head.chain).execute()
        self.entries.clear()


_ENTRY_FIELDS = [
    TrailEntry.chain, TrailEntry.seq, TrailEntry.at, TrailEntry.record_id, TrailEntry.subject, TrailEntry.tag,
    TrailEntry.body, TrailEntry.key_id, TrailEntry.mac,
]  # fmt: skip

_current: ContextVar[Change | None] = ContextVar("change", default=None)


def current_change() -> Change:
    """The change under way, as whoever writes asks for it; raises RuntimeError outside one: nothing is untraced."""
    change = _current.get()
    if change is None:
        raise RuntimeError("nothing is written outside change()")
    if change.rehearsed:
        raise Rehearsed
    return change


def in_change() -> bool:
    """Whether a change is under way here."""
    return _current.get() is not None


@contextmanager
def change(
    actor: Actor, reason: str = "", *, system: bool = False, also: Iterable[int] = ()
) -> Iterator[Change]:
    """One transaction with its trail; within another change it joins that one, its own reason going first.

    The first lock is the head of the actor's organisation; with `system` the system chain's head
    comes before it (people and assignments change together). Without an organisation only the
    system chain is used. `also` are further organisations that change with it (somebody leaves several):
    heads are taken in the order of their numbers.
    """
    outer = _current.get()
    if outer is not None:
        outer.reasons.append(reason.strip())
        try:
            yield outer
        finally:
            outer.reasons.pop()
        return
    own = SYSTEM_CHAIN if actor.organisation_id is None else actor.organisation_id
    wanted: set[int] = {own, *also, *([SYSTEM_CHAIN] if system else [])}
    chains: list[int] = sorted(wanted)  # the system's has the lowest number
    with database.atomic():
        heads = {chain: _locked_head(chain) for chain in chains}
        # entries go to the actor's own chain unless they say otherwise
        under_way = Change(actor, [reason.strip()], {own: heads[own], **heads}, clock.now())
        token = _current.set(under_way)
        try:
            yield under_way
            under_way.flush()
        finally:
            _current.reset(token)
    if under_way.wake:
        for wake in tuple(_wakers):
            wake()


_wakers: list[Callable[[], None]] = []


def on_commit_work(wake: Callable[[], None]) -> Callable[[], None]:
    """Call `wake` after each commit that left work for the worker; returns what ends that."""
    _wakers.append(wake)
    return lambda: _wakers.remove(wake)


def _locked_head(chain: int) -> TrailHead:
    query = TrailHead.select().where(TrailHead.chain == chain)
    if not is_sqlite():  # SQLite's BEGIN IMMEDIATE has already locked
        query = query.for_update()
    head = query.clone().first()
    if head is None:
        TrailHead.insert(chain=chain).on_conflict_ignore().execute()
        head = query.clone().first()
    return head


def last_change(*subjects: str) -> tuple[int, str]:
    """(number, whose) of the newest entry about any of these rows (`unit:7`) of one chain; else (0, "").

    The chain is not named: SQLite would walk it from its end instead of asking the index of subjects.
    """
    found = (
        TrailEntry.select(TrailEntry.seq, TrailEntry.body)
        .where(TrailEntry.subject.in_(subjects))
        .order_by(TrailEntry.seq.desc())
        .first()
    )
    return (found.seq, json.loads(found.body)["actor"]["name"]) if found else (0, "")


# ---------------------------------------------------------------- traced rows


class Traced(BaseModel):
    """A row whose every save leaves a trail entry with what changed and the digest of its state."""

    secret: ClassVar[frozenset[str]] = frozenset()  # values never shown in the trail
    silent: ClassVar[frozenset[str]] = frozenset()  # columns that are derived: not in digest nor diff
    labels: ClassVar[dict[str, Message]] = {}  # column -> what people call it, in the order of its forms
    shows: ClassVar[dict[str, Callable[[Any, Any], str]]] = {}  # column -> its value, Then -> as it is told
    verbs: ClassVar[dict[str, Any]] = {}  # last word of a tag -> what the history says, naming %(what)s
    system_chain: ClassVar[bool] = False  # belongs to the installation, not to an organisation

    def state(self) -> dict[str, Any]:
        """Column -> value: what the digest covers."""
        return columns(self, self.silent)

    def chain(self) -> int:
        """The chain in which this row's changes stand: its organisation's, or the system's."""
        if self.system_chain:
            return SYSTEM_CHAIN
        return self.__data__.get("organisation_id") or self.__data__.get("organisation") or SYSTEM_CHAIN

    def subject(self) -> str:
        """What the trail calls this row: `table:key`."""
        return f"{self._meta.table_name}:{self._pk}"

    def what(self) -> str | Message:
        """The row's name in the sentences of the history; a message is kept to be shown in any language."""
        return ""

    def record_of(self) -> int | None:
        """The id of the record whose history shows this row's changes."""
        return self.__data__.get("record")

    def stored(self) -> dict[str, Any]:
        """The state as it is in the database now; empty for a new row."""
        key = self._pk
        found = type(self).get_or_none(self._meta.primary_key == key) if key is not None else None
        return found.state() if found is not None else {}

    def save(self, *, tag: str = "", force_insert: bool = False) -> int:  # type: ignore[override]
        """Write the row and its trail entry; unchanged rows are left alone.

        Raises RuntimeError outside a change, or when no row was written, and Refused naming the limit when a
        text is longer than its column takes.
        """
        under_way = current_change()
        self._keep_texts()
        before = {} if force_insert else self.stored()
        if before and difference(before, self.state()) == {}:
            return 0
        written = super().save(force_insert=not before)
        if written != 1:  # peewee updates nothing, and says nothing, when the key is not there
            raise RuntimeError(f"{self.subject()} was not written")
        self.trace(
            under_way, tag or f"{self._meta.table_name}.{'edit' if before else 'add'}", before, self.state()
        )
        return written

    def _keep_texts(self) -> None:
        """Keep texts as their columns do; raise Refused for those too long."""
        obstacles = []
        for column in filter(is_text, self._meta.sorted_fields):
            name, sent = column.name, self.__data__.get(column.name)
            if (value := kept(column, sent)) != sent:
                setattr(self, name, value)
            limit = getattr(column, "max_length", None)
            obstacles += too_long(self.labels.get(name) or name, value, limit, f"#{name}")
        if obstacles:
            raise Refused(obstacles)

    def trace(self, change: Change, tag: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Append the entry that leads from `before` to `after`."""
        change.append(
            tag,
            self.subject(),
            what=self.what(),
            record_id=self.record_of(),
            changes=difference(before, after, self.secret),
            digest=digest(after),
            chain=self.chain(),
        )

    def delete_instance(self, *args: Any, **kwargs: Any) -> int:
        """Refused: rows are ended, voided or withdrawn, so that their history stays."""
        raise RuntimeError(f"{self._meta.table_name} rows are not deleted")


def difference(
    before: dict[str, Any], after: dict[str, Any], secret: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """Column -> [old, new] for what differs; secret values only as a mark that they changed."""
    hidden = frozenset(secret)
    return {
        name: ["•", "•"] if name in hidden else [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }
