"""Late cases: those that were not resolved by their due date, and the letters that apologise for them."""

from __future__ import annotations

from typing import Any

from qms.areas.cases import rules, service_hooks
from qms.areas.cases.models import LateCase
from qms.kernel.area import Area, DocumentKind, ImportKind, Navigation
from qms.kernel.permissions import Actor
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.cases import views

    return views.blueprint()


def _import(*args: Any, **options: Any) -> Any:
    from qms.importers import late_case

    return late_case.take_cases(*args, **options)


def _letter(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    from qms.areas.cases import views_letter

    return views_letter.make(actor, code, locale)


AREA = Area(
    name="cases",
    title=_("Late cases"),
    clause="8.7",
    kinds=(LateCase,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Late cases"), "cases", rules.VIEW),),
    blueprint=_blueprint,
    imports=(ImportKind("late-cases", _("late cases (.csv, .xlsx)"), rules.IMPORT, _import),),
    documents=(DocumentKind(rules.LETTER_KIND, _("Apology letter (.docx)"), rules.VIEW, _letter),),
    proposals=service_hooks.proposals,
    duties=service_hooks.duties,
    home_panels=service_hooks.home_panels,
    operands=service_hooks.operands,
    found_through="overdue",
)
