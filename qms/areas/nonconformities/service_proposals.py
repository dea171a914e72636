"""Deciding on what the areas propose: a nonconformity, an action, or a reason why neither."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.nonconformities import service_links
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import DECIDE
from qms.areas.nonconformities.service import open_nc
from qms.kernel import catalogue, proposals
from qms.kernel.area import Proposal
from qms.kernel.calendar import Period
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.superiors import teams
from qms.kernel.trail import change


def periods_on_offer(today: date) -> list[Period]:
    """The periods whose figures can be judged about now: last and this year, and the last five quarters."""
    this = Period.of(today, "year")
    found = [this, this.previous(), Period.of(today, "quarter")]
    for _back in range(4):
        found.append(found[-1].previous())
    return found


def on_offer(actor: Actor, period: Period | None) -> list[tuple[Period, Proposal]]:
    """The undecided proposals of one period, or of all that can be judged about now, each once.

    Of all: also the duties that earlier years still owe.
    """
    if period is not None:
        return proposals.on_offer(actor, [period])
    return proposals.on_offer(actor, periods_on_offer(actor.today), owed=True)


def found_through(proposal: Proposal) -> str:
    """How a nonconformity that is opened on the proposal was found, as the proposing area says; empty: it does not."""
    return proposal.found_through or service_links.found_through([proposal.source] if proposal.source else [])


def suggested(actor: Actor, proposal: Proposal, *, days: int) -> dict[str, Any]:
    """The values with which the form of an accepted proposal begins."""
    return {
        "title": str(proposal.title)[:300],
        "description": str(proposal.detail),
        "happened_on": min(proposal.period.end, actor.today) if proposal.period else actor.today,
        "due": actor.today + timedelta(days=days),
        **_place(actor, proposal.source),
    }


def _place(actor: Actor, source: Record | None) -> dict[str, Any]:
    """The clause that a missed target touches, and the unit that answers for it or to which its owner belongs."""
    clause = catalogue.rules("nonconformities")["clauses"].get(source.kind) if source is not None else None
    if source is None or clause is None:
        return {}
    unit = source.unit_id
    if unit is None and source.owner_id is not None:
        unit = teams(actor.today, source.organisation_id)[source.organisation_id].unit_of.get(source.owner_id)
    return {"clauses": clause, "unit": unit}


def accept_proposal(actor: Actor, period: Period, key: str, values: dict[str, Any]) -> Nonconformity:
    """A nonconformity from a proposal, tied to its source, with the decision on it.

    Raises Forbidden, NotFound when nothing of that key waits for a decision, or Refused.
    """
    actor.require(DECIDE)
    with change(actor):
        proposal = proposals.find(actor, period, key)
        row = open_nc(actor, values, source=proposal.source, how=proposal.found_through)
        proposals.decide(actor, key, "accepted", title=proposal.title, record=row.record)
    return row


def accept_as_action(actor: Actor, period: Period, key: str, values: dict[str, Any]) -> Action:
    """An action from a proposal instead, serving its source; raises NotFound, Forbidden or Refused."""
    actor.require(DECIDE)
    with change(actor):
        proposal = proposals.find(actor, period, key)
        action = actions.open_action(actor, values, serves=proposal.source)
        proposals.decide(actor, key, "accepted", title=proposal.title, record=action.record)
    return action


def decline_proposal(actor: Actor, period: Period, key: str, reason: str) -> None:
    """Record why nothing is opened; raises NotFound, Forbidden, or Refused without a reason."""
    actor.require(DECIDE)
    found = proposals.find(actor, period, key)
    proposals.decide(actor, key, "declined", title=found.title, reason=reason, record=found.source)
