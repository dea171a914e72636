"""Nonconformities: every weakness that is known, taken from its correction to proven effect."""

from __future__ import annotations

from typing import Any

from qms.areas.nonconformities import rules, rules_register, service, service_deadlines, service_reports
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel.area import Apart, Area, DocumentKind, ImportKind, Navigation
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.nonconformities import views

    return views.blueprint()


def _import(*args: Any, **options: Any) -> Any:
    from qms.importers import register

    return register.take_register(*args, **options)


def _sheet(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    from qms.areas.nonconformities import views_sheet

    return views_sheet.make(actor, code, locale)


AREA = Area(
    name="nonconformities",
    title=_("Nonconformities"),
    clause="10.2",
    kinds=(Nonconformity,),
    view=rules.VIEW,
    permissions=(*rules.PERMISSIONS, rules_register.IMPORT),
    navigation=(Navigation(_("Nonconformities"), "nonconformities", rules.VIEW),),
    blueprint=_blueprint,
    imports=(
        ImportKind(
            "register",
            _("an earlier register of nonconformities (.xlsx, .csv)"),
            rules_register.IMPORT,
            _import,
        ),
    ),
    documents=(DocumentKind(rules.SHEET_KIND, _("Sheet (.docx)"), rules.VIEW, _sheet),),
    on_change=service.after_change,
    review_inputs=service_reports.review_inputs,
    home_panels=service_reports.home_panels,
    work=service_reports.work,
    deadlines=service_deadlines.deadlines,
    may_serve=service.may_serve,
    action_obstacles=service.action_obstacles,
    opens_from=Navigation(_("Record a nonconformity from this"), "nonconformities/new", rules.RECORD),
    decides="nonconformities/proposals",
    apart=Apart(
        frozenset(rules.IMPROVEMENTS),
        _("observations and opportunities"),
        them="counted=improvements",
        others="counted=nonconformities",
    ),
)
