"""Documents: the dated register of what the system consists of on paper."""

from __future__ import annotations

from qms.areas.documents import rules
from qms.areas.documents.models import Document, DocumentIssue
from qms.kernel.area import Area, Navigation
from qms.kernel.text import _


def _blueprint() -> object:
    from qms.areas.documents import views

    return views.blueprint()


AREA = Area(
    name="documents",
    title=_("Documents"),
    clause="7.5",
    kinds=(Document,),
    tables=(DocumentIssue,),
    view=rules.VIEW,
    permissions=rules.PERMISSIONS,
    navigation=(Navigation(_("Documents"), "documents", rules.VIEW),),
    blueprint=_blueprint,
)
