"""Actions: corrections, corrective actions and improvements, each with an owner, a day and a proof."""

from __future__ import annotations

from qms.areas.actions import rules, service
from qms.areas.actions.models import Action
from qms.kernel.area import Area, Navigation
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.actions import views

    return views.blueprint()


AREA = Area(
    name="actions",
    title=_("Actions"),
    clause="10.2",
    kinds=(Action,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Actions"), "actions", rules.VIEW),),
    blueprint=_blueprint,
    work=service.work,
    owner_obstacles=service.against_owner,
)
