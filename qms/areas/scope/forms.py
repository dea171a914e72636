"""The form of a procedure."""

from __future__ import annotations

from qms.kernel.text import _
from qms.web import forms


class ProcedureForm(forms.Form):
    """What the register says of a procedure."""

    code = forms.line(
        _("Code of the procedure"), limit=50, hint=_("As in the national database, such as 1.000123.")
    )
    title = forms.line(_("Name of the procedure"))
    field = forms.line(
        _("Field"), needed=False, limit=200, hint=_("Such as civil status, notarisation, lawyers.")
    )
    unit = forms.unit(_("Unit"))
    owner = forms.person(_("Owner"))
    valid_from = forms.day(_("In the scope from"), needed=True)
    valid_to = forms.day(_("In the scope to"), hint=_("Left empty while no end is decided."))


class ProcedureEditForm(ProcedureForm):
    """A procedure keeps its code."""

    code = None
