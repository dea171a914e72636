"""Who hears of what happens to a nonconformity, beside its owner, who hears of every step."""

from __future__ import annotations

from qms.areas.actions import rules as action_rules
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import jobs
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import Record
from qms.kernel.superiors import teams
from qms.kernel.text import Message, _


def ask_for_owner(actor: Actor, record: Record) -> None:
    """Who can name an owner hears that there is none: the head of the unit and the coordinators."""
    team = teams(actor.today, actor.organisation_id)[record.organisation_id]
    text = _("%(code)s has no owner: name one", code=record.code)
    for person in sorted(team.superiors(None, record.unit_id) | team.holding(Role.COORDINATOR)):
        jobs.notify(actor, record, text, person_id=person)


def tell_approvers(actor: Actor, row: Nonconformity) -> None:
    """Who stands above whoever submits the plan learns that it waits; where no unit has a head, the leaders do."""
    record = row.record
    team = teams(actor.today, actor.organisation_id)[record.organisation_id]
    text = _("%(code)s: the plan waits for approval", code=record.code)
    leaders = team.holding(Role.LEADER)
    may = leaders.union(*team.heads.values())  # approve it
    above = team.superiors(actor.person_id, record.unit_id) & may or leaders
    for person in sorted(above - actor.acts_for):
        jobs.notify(actor, record, text, person_id=person)


def tell_owners(actor: Actor, row: Nonconformity) -> None:
    """Who is to act learns that the plan was approved."""
    for one in serving(row.record_id):
        if one.state in action_rules.UNDER_WAY and one.owner_id is not None:
            text = _(
                "%(code)s: the plan is approved, %(action)s is yours", code=row.record.code, action=one.code
            )
            jobs.notify(actor, row.record, text, person_id=one.owner_id)


def tell_planner(actor: Actor, row: Nonconformity) -> None:
    """Whoever submitted the plan learns that it comes back, as the owner does of every step."""
    if row.planner_id is not None and row.planner_id != row.record.owner_id:
        text = _("%(code)s: the plan is returned", code=row.record.code)
        jobs.notify(actor, row.record, text, person_id=row.planner_id)


def tell_of_added(actor: Actor, row: Nonconformity, action: Record) -> None:
    """Whoever approved the plan learns what was added to it."""
    _tell_approver(
        actor,
        row,
        _("%(code)s: %(action)s is added to the approved plan", code=row.record.code, action=action.code),
    )


def tell_of_void(actor: Actor, row: Nonconformity, action: Record) -> None:
    """Whoever approved the plan learns that an action of it is voided."""
    _tell_approver(actor, row, _("%(code)s: %(action)s is voided", code=row.record.code, action=action.code))


def _tell_approver(actor: Actor, row: Nonconformity, text: Message) -> None:
    if row.approver_id is not None:
        jobs.notify(actor, row.record, text, person_id=row.approver_id)
