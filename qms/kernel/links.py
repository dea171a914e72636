"""Ties between two records of one organisation: what led to what, what serves or measures what."""

from __future__ import annotations

from peewee import SQL, CharField, ForeignKeyField, IntegerField

from qms.kernel.errors import NotFound, Refused
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, of_record
from qms.kernel.text import Message, _
from qms.kernel.trail import Traced, change


class Link(Traced):
    """A tie from one record to another of the same organisation, such as `source` or `serves`."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    target = ForeignKeyField(Record, backref="+")
    relation = CharField(max_length=20)

    class Meta:
        indexes = ((("record", "target", "relation"), True),)
        constraints = [
            *of_record(),
            SQL("FOREIGN KEY (target_id, organisation_id) REFERENCES record (id, organisation_id)"),
        ]

    def what(self) -> str:
        return str(self.target.code)


# relation -> (what the one calls the other, what the other calls the one)
RELATIONS: dict[str, tuple[Message, Message]] = {
    "source": (_("opened from"), _("led to")),
    "serves": (_("serves"), _("actions")),
    "kpi": (_("measured by"), _("measures")),
    "caused_by": (_("caused by"), _("cause of")),
    "same_cause": (_("same cause as"), _("same cause as")),
    "recurs": (_("recurrence of"), _("recurred as")),
    "related": (_("related to"), _("related to")),
}


def link(actor: Actor, record: Record, target: Record, relation: str) -> Link:
    """Tie two records of the actor's organisation; the same tie twice is one. Raises NotFound, Refused."""
    if relation not in RELATIONS:
        raise Refused([_("there is no relation called %(name)s", name=relation)])
    if {record.organisation_id, target.organisation_id} != {actor.organisation_id}:
        raise NotFound(target.code)
    if record.id == target.id:
        raise Refused([_("a record cannot be linked to itself")])
    with change(actor):
        where = (Link.record == record.id, Link.target == target.id, Link.relation == relation)
        found = Link.get_or_none(*where)
        if found is None:
            found = Link(
                organisation_id=actor.organisation_id, record=record, target=target, relation=relation
            )
            found.save(tag="link.add")
    return found
