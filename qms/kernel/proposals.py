"""What the areas propose, and what was decided on it: accepted as a record, or declined with a reason."""

from __future__ import annotations

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

from qms.kernel import area
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound, Refused
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, of_record
from qms.kernel.text import Message, _
from qms.kernel.trail import Traced, change


class Decision(Traced):
    """The decision on one proposal of one organisation; a proposal is decided once."""

    organisation_id = IntegerField()
    key = CharField(max_length=200)
    outcome = CharField(max_length=10)  # accepted or declined
    reason = TextField(default="")
    record = ForeignKeyField(
        Record, null=True, backref="+"
    )  # what was opened; if declined, where it came from
    by = ForeignKeyField(Person, null=True, backref="+")
    at = DateTimeField()

    class Meta:
        table_name = "proposal_decision"
        indexes = ((("organisation_id", "key"), True),)
        constraints = of_record()

    title: Message | str = ""  # of the proposal, for the log

    def what(self) -> Message | str:
        return self.title or str(self.key)


def open_proposals(actor: Actor, period: Period) -> list[area.Proposal]:
    """What the areas propose for the period and nobody has decided on yet."""
    offered = list(area.collect("proposals", actor, period))
    decided = {
        key
        for (key,) in Decision.select(Decision.key)
        .where(Decision.organisation_id == actor.organisation_id, Decision.key.in_([p.key for p in offered]))
        .tuples()
    }
    return [p for p in offered if p.key not in decided]


def find(actor: Actor, period: Period, key: str) -> area.Proposal:
    """The undecided proposal of that key; raises NotFound."""
    for proposal in open_proposals(actor, period):
        if proposal.key == key:
            return proposal
    raise NotFound(key)


def decide(
    actor: Actor,
    key: str,
    outcome: str,
    *,
    title: Message | str = "",
    reason: str = "",
    record: Record | None = None,
) -> Decision:
    """Record the decision on what was proposed under that title.

    `record` is what was opened, or where a declined proposal came from: the log shows it there. Raises
    Refused when it was decided already or declined without a reason.
    """
    if outcome == "declined" and not reason.strip():
        raise Refused([_("declining a proposal needs a reason")])
    with change(actor, reason) as under_way:
        if Decision.get_or_none(Decision.organisation_id == actor.organisation_id, Decision.key == key):
            raise Refused([_("this proposal has been decided already")])
        decision = Decision(
            organisation_id=actor.organisation_id, key=key, outcome=outcome, reason=reason.strip(), record=record,
            by=actor.person_id, at=under_way.at,
        )  # fmt: skip
        decision.title = title
        decision.save(tag=f"proposal.{outcome}")
    return decision
