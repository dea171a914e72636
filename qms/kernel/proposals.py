"""What the areas propose, and what was decided on it: accepted as a record, or declined with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

from qms.kernel import area
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound, Refused
from qms.kernel.organisations import began_on
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record, of_record
from qms.kernel.text import Message, _, show_date
from qms.kernel.trail import Traced, change

LONG_OWED = 365  # days


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


def on_offer(
    actor: Actor, periods: Sequence[Period], *, owed: bool = False
) -> list[tuple[Period, area.Proposal]]:
    """What the areas propose for the periods, and their lapsed duties, on which nobody has decided yet.

    Each once, with the first of the periods that it is for. An area that says more of a duty itself proposes it
    under the duty's key, and goes before. `owed`: also what was due before the periods, each with its year.
    """
    first = min(one.start for one in periods)
    begin = min(began_on(actor.organisation_id or 0), first) if owed else first
    late = _lapsed(actor, begin, max(one.end for one in periods))
    found: dict[str, tuple[Period, area.Proposal]] = {}
    for period in periods:
        lapsed = (proposal for day, proposal in late if period.start <= day <= period.end)
        for proposal in (*area.collect("proposals", actor, period), *lapsed):
            found.setdefault(proposal.key, (period, proposal))
    for day, proposal in reversed(late):
        found.setdefault(proposal.key, (Period.of(day, "year"), proposal))
    decided = _decided(actor, list(found))
    return [offered for key, offered in found.items() if key not in decided]


def open_proposals(actor: Actor, period: Period) -> list[area.Proposal]:
    """What is on offer for that period alone."""
    return [proposal for _period, proposal in on_offer(actor, [period])]


def owed_duties(actor: Actor, until: date) -> list[tuple[date, area.Duty]]:
    """The duties due by that day that are neither done nor decided on, each with its day.

    What was due in an earlier year leads to where it is decided on: it can often be done no more. What has been owed
    for more than a year is told as one. A duty without a day of its own is there while it is late, with the day since
    which it is; its area proposes it case by case.
    """
    began = began_on(actor.organisation_id or 0)
    asked = [(day, duty) for day, duty in area.duties_between(actor, began, until) if duty.state != "done"]
    decided = _decided(actor, [_key(duty) for _day, duty in asked])
    owed = [(day, _to_decide(duty, day, actor.today)) for day, duty in asked if _key(duty) not in decided]
    old = [day for day, _duty in owed if (actor.today - day).days > LONG_OWED]
    if old and area.decides():
        owed = [(day, duty) for day, duty in owed if (actor.today - day).days <= LONG_OWED]
        owed.append((min(old), _old_ones(min(old), len(old))))
    return owed + [
        (d.late_since, d) for d in area.duties(actor, actor.today.year) if d.late_since is not None
    ]


def _old_ones(since: date, count: int) -> area.Duty:
    label = _("duties owed for more than a year and not decided on: %(n)s", n=count)
    return area.Duty("old", label, "late", due=since, url=area.decides())


def _to_decide(duty: area.Duty, due: date, today: date) -> area.Duty:
    if due.year >= today.year or not area.decides():
        return duty
    return replace(duty, url=f"{area.decides()}?period={due.year:04d}")


def _decided(actor: Actor, keys: list[str]) -> set[str]:
    """Those of the keys on which the actor's organisation has decided."""
    ours = Decision.organisation_id == actor.organisation_id
    return {key for (key,) in Decision.select(Decision.key).where(ours, Decision.key.in_(keys)).tuples()}


def _key(duty: area.Duty) -> str:
    return f"duty:{duty.key}"


def _lapsed(actor: Actor, first: date, last: date) -> list[tuple[date, area.Proposal]]:
    """A nonconformity for every duty, of whichever area, whose day lay between the two and that is not met.

    One that has no day, such as a letter for every late case, is proposed by its area, case by case.
    """
    asked = area.duties_between(actor, first, last)
    return [(day, _proposed(duty, day)) for day, duty in asked if duty.state == "late"]


def _proposed(duty: area.Duty, due: date) -> area.Proposal:
    detail = _("%(what)s was due on %(day)s and is not done.", what=duty.label, day=show_date(due))
    if duty.rule:
        detail = _("%(text)s Rule: %(rule)s", text=detail, rule=duty.rule)
    return area.Proposal(
        key=_key(duty),
        title=_("Duty not met by %(day)s: %(what)s", what=duty.label, day=show_date(due)),
        detail=detail,
        period=Period.of(due, "year"),
        url=duty.url,
        found_through="duty",
    )


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
