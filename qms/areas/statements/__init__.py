"""Statements: the published case figures of a period, imported whole, checked, and kept in revisions."""

from __future__ import annotations

from typing import Any

from qms.areas.statements import rules_record, service_hooks
from qms.areas.statements.models import Statement, StatementRevision, StatementRow
from qms.kernel.area import Area, ImportKind, Navigation
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.statements import views

    return views.blueprint()


def _import(*args: Any, **options: Any) -> Any:
    from qms.importers import taking

    return taking.take_statements(*args, **options)


AREA = Area(
    name="statements",
    title=_("Figures"),
    clause="9.1",
    kinds=(Statement,),
    tables=(StatementRevision, StatementRow),
    view=rules_record.VIEW,
    permissions=rules_record.PERMISSIONS,
    navigation=(Navigation(_("Figures"), "statements", rules_record.VIEW),),
    blueprint=_blueprint,
    imports=(
        ImportKind(
            "statement", _("statements of figures (Biểu số 06/VPCP/KSTT, .csv)"), rules_record.IMPORT, _import
        ),
    ),
    proposals=service_hooks.proposals,
    duties=service_hooks.duties,
    review_inputs=service_hooks.review_inputs,
    found_through="figures",
)
