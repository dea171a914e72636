"""Ties between two records of one organisation: what led to what, what serves or measures what."""

from __future__ import annotations

from typing import Any

from peewee import SQL, CharField, DateTimeField, ForeignKeyField, IntegerField

from qms.kernel.errors import NotFound, Refused
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, of_record
from qms.kernel.text import Message, _
from qms.kernel.trail import Traced, change


class Link(Traced):
    """A tie from one record to another of the same organisation, such as `source` or `serves`.

    One that was taken back stays as a row that has ended; who reads ties asks for those that stand. `made_at` is when
    it was set, the last time where it was taken back between; None: with the record itself, or by an earlier release.
    """

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    target = ForeignKeyField(Record, backref="+")
    relation = CharField(max_length=20)
    ended_at = DateTimeField(null=True)
    made_at = DateTimeField(null=True)

    unsaid = frozenset(
        {"ended_at", "made_at"}
    )  # the verb of the history says it, and the day stands beside it

    class Meta:
        indexes = ((("record", "target", "relation"), True),)
        constraints = [
            *of_record(),
            SQL("FOREIGN KEY (target_id, organisation_id) REFERENCES record (id, organisation_id)"),
        ]

    def what(self) -> str:
        return str(self.target.code)

    @classmethod
    def stands(cls) -> Any:
        """The condition that a tie was not taken back."""
        return cls.ended_at.is_null()


# What recurred is asked for by the list and counted by the statistics.
Link.add_index(
    SQL(
        'CREATE INDEX "link_recurs" ON "link" (organisation_id, record_id) '
        "WHERE relation = 'recurs' AND ended_at IS NULL"
    )
)


# relation -> (what the one calls the other, what the other calls the one); web/history.py has a sentence for each
RELATIONS: dict[str, tuple[Message, Message]] = {
    "source": (_("opened from"), _("led to")),
    "serves": (_("serves"), _("actions")),
    "kpi": (_("measured by"), _("measures")),
    "caused_by": (_("caused by"), _("cause of")),
    "same_cause": (_("same cause as"), _("same cause as")),
    "recurs": (_("recurrence of"), _("recurred as")),
    "related": (_("related to"), _("related to")),
}


BOTH_WAYS = frozenset({"same_cause", "related"})  # said of two records, whichever is named first


def link(actor: Actor, record: Record, target: Record, relation: str) -> Link:
    """Tie two records of the actor's organisation; the same tie twice is one. Raises NotFound, Refused."""
    if relation not in RELATIONS:
        raise Refused([_("there is no relation called %(name)s", name=relation)])
    if {record.organisation_id, target.organisation_id} != {actor.organisation_id}:
        raise NotFound(target.code)
    if record.id == target.id:
        raise Refused([_("a record cannot be linked to itself")])
    with change(actor) as under_way:
        found = _between(record, target, relation)
        if found is None or found.ended_at is not None:
            found = found or Link(
                organisation_id=actor.organisation_id, record=record, target=target, relation=relation
            )
            found.ended_at, found.made_at = None, under_way.at
            found.save(tag=f"link.{relation}")
    return found


def unlink(actor: Actor, record: Record, target: Record, relation: str, reason: str) -> Link:
    """Take a tie back that was set by mistake; the history of `record` keeps it, with the reason.

    Raises NotFound where no such tie stands, or Refused without a reason.
    """
    if not reason.strip():
        raise Refused([_("taking a link back needs a reason")])
    with change(actor, reason) as under_way:
        found = _between(record, target, relation)
        if found is None or found.ended_at is not None or found.organisation_id != actor.organisation_id:
            raise NotFound(target.code)
        found.ended_at = under_way.at
        found.save(tag="link.end")
    return found


def _between(record: Record, target: Record, relation: str) -> Link | None:
    """The row of that tie, whether it stands or was taken back."""
    pair = (Link.record == record.id) & (Link.target == target.id)
    if relation in BOTH_WAYS:
        pair |= (Link.record == target.id) & (Link.target == record.id)
    return Link.get_or_none(pair, Link.relation == relation)


def come_from(ids: list[int]) -> dict[int, list[Record]]:
    """Id of each of these records -> what was opened from it, in the order in which it was."""
    found: dict[int, list[Record]] = {}
    query = (
        Record.select(Record, Link.target.alias("source"))
        .join(Link, on=(Link.record == Record.id))
        .where(Link.target.in_(ids), Link.relation == "source", Link.stands())
        .order_by(Link.id)
        .objects()
    )
    for record in query if ids else ():
        found.setdefault(record.source, []).append(record)
    return found


def ever_serving(ids: list[int]) -> list[int]:
    """Ids of what serves these records, or did until it was taken back: their history tells of both."""
    rows = Link.select(Link.record).where(Link.target.in_(ids), Link.relation == "serves").distinct()
    return [number for (number,) in rows.tuples()] if ids else []
