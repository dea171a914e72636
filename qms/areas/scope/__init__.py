"""Scope: the administrative procedures that the system covers, from when to when (4.3)."""

from __future__ import annotations

from qms.areas.scope import rules
from qms.areas.scope.models import Procedure, ScopePeriod
from qms.kernel.area import Area, Navigation
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.scope import views

    return views.blueprint()


AREA = Area(
    name="scope",
    title=_("Scope"),
    clause="4.3",
    kinds=(Procedure,),
    tables=(ScopePeriod,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Scope"), "scope", rules.VIEW),),
    blueprint=_blueprint,
)
