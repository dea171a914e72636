"""The form of a quality objective."""

from __future__ import annotations

from wtforms import BooleanField

from qms.kernel.text import _
from qms.web import forms

GROUPS = (
    (
        _("What is to be reached"),
        ("title", "commitment", "kpi", "period", "target", "set_by", "illustrative", "baseline"),
    ),
    (_("Plan to achieve the objective"), ("plan", "resources", "owner", "unit", "due", "evaluation")),
)  # fmt: skip


class ObjectiveForm(forms.Form):
    """What is recorded of an objective; a draft may be incomplete, approval asks for all of it."""

    title = forms.line(_("The objective, in one line"))
    commitment = forms.text(
        _("Commitment of the quality policy that it serves"), hint=_("as the policy says it"), limit=2000
    )
    kpi = forms.one_of(_("Indicator"), [], needed=False, hint=_("what it is measured by"))
    period = forms.line(
        _("Period of the target"), needed=False, limit=10,
        hint=_("a year, half, quarter or month: 2024, 2024-H1, 2024-Q1, 2024-03")
    )  # fmt: skip
    target = forms.number(_("Target"), hint=_("in the unit of the indicator, such as 50 for 50%%"))
    set_by = forms.line(_("Who set the target"), needed=False, limit=200)
    illustrative = BooleanField(_("illustrative data"))  # type: ignore[arg-type]
    baseline = forms.text(
        _("Starting point"), hint=_("needed where nothing was measured before the period"), limit=2000
    )
    plan = forms.text(_("What will be done"))
    resources = forms.text(_("Resources"), limit=2000)
    owner = forms.person(_("Who answers for it"))
    unit = forms.unit(_("Unit"))
    due = forms.day(_("By when"))
    evaluation = forms.text(_("How the result is evaluated"), limit=2000)
