"""Nonconformities: every weakness that is known, taken from its correction to proven effect."""

from __future__ import annotations

from qms.areas.nonconformities import rules, service, service_reports
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel.area import Area, Navigation
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.nonconformities import views

    return views.blueprint()


AREA = Area(
    name="nonconformities",
    title=_("Nonconformities"),
    clause="10.2",
    kinds=(Nonconformity,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Nonconformities"), "nonconformities", rules.VIEW),),
    blueprint=_blueprint,
    on_change=service.after_change,
    review_inputs=service_reports.review_inputs,
    home_panels=service_reports.home_panels,
    work=service_reports.work,
    may_serve=service.may_serve,
    action_obstacles=service.action_obstacles,
    decides="nonconformities/proposals",
)
