"""Quality objectives: an indicator and its target under a commitment of the policy, with a plan (6.2)."""

from __future__ import annotations

from collections.abc import Iterable

from qms.areas.objectives import rules, service, service_hooks
from qms.areas.objectives.models import Objective
from qms.kernel.area import Area, Navigation, Panel
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.objectives import views

    return views.blueprint()


def _panels(actor: Actor, year: int) -> Iterable[Panel]:
    from qms.areas.objectives import views

    return views.panels(actor, year)


AREA = Area(
    name="objectives",
    title=_("Objectives"),
    clause="6.2",
    kinds=(Objective,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Objectives"), "objectives", rules.VIEW),),
    blueprint=_blueprint,
    proposals=service_hooks.proposals,
    duties=service_hooks.duties,
    review_inputs=service_hooks.review_inputs,
    home_panels=_panels,
    work=service_hooks.work,
    may_serve=service.may_serve,
    action_obstacles=service.action_obstacles,
    first_step=Navigation(_("Draft the quality objectives of the year"), "objectives/new", rules.EDIT),
    found_through="target",
)
