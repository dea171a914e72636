"""Indicators: versioned definitions, measurements with source, targets, and the status computed from both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qms.areas.kpis import rules_record, service_hooks
from qms.areas.kpis.models import Kpi, KpiDefinition, Measurement, Target
from qms.kernel.area import Area, ImportKind, Navigation, Panel
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.kpis import views

    return views.blueprint()


def _import(*args: Any, **options: Any) -> Any:
    from qms.importers import measurement

    return measurement.take_measurements(*args, **options)


def _panels(actor: Actor, _year: int) -> Iterable[Panel]:
    from qms.areas.kpis import views_figures

    return views_figures.panels(actor)


AREA = Area(
    name="kpis",
    title=_("Indicators"),
    clause="9.1.3",
    kinds=(Kpi,),
    tables=(KpiDefinition, Measurement, Target),
    view=rules_record.VIEW,
    permissions=rules_record.PERMISSIONS,
    navigation=(Navigation(_("Indicators"), "kpis", rules_record.VIEW),),
    blueprint=_blueprint,
    imports=(
        ImportKind(
            "measurements", _("measurements of indicators (.csv, .xlsx)"), rules_record.MEASURE, _import
        ),
    ),
    on_change=service_hooks.on_change,
    proposals=service_hooks.proposals,
    review_inputs=service_hooks.review_inputs,
    home_panels=_panels,
    found_through="target",
)
