"""The forms of an action: what it is, a later due date, what it serves."""

# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

from wtforms import HiddenField

from qms.areas.actions.rules import SORTS
from qms.kernel.text import _
from qms.web import forms
from qms.web.ties import other_code


class ActionForm(forms.Form):
    """What is recorded of a new action; `serves` names the record it is for, as area/code."""

    title = forms.line(_("What is to be done, in one line"))
    sort = forms.one_of(_("Kind of action"), list(SORTS.items()))
    description = forms.text(_("How it is done"))
    owner = forms.person(_("Owner"), needed=True)
    unit = forms.unit(_("Unit"))
    due = forms.day(_("Due date"), needed=True)
    resources = forms.text(_("Resources"), limit=2000)
    proof = forms.text(
        _("Proof"), hint=_("What shows that it was done; files are attached on the action's page.")
    )
    serves = HiddenField()


class ActionEditForm(ActionForm):
    """What may be changed of an action; a later due date needs a reason."""

    serves = None
    reason = forms.text(
        _("Reason for a later due date"),
        limit=2000,
        hint=_("Needed when the due date moves back; the first one is kept."),
    )


class ExtendForm(forms.Form):
    """A later due date, and why."""

    due = forms.day(_("New due date"), needed=True)
    reason = forms.text(_("Reason"), needed=True, limit=2000, hint=_("It stands in the history."))


class ServesForm(forms.Form):
    """One more record that the action serves."""

    other = other_code(
        _("Code of the record"), _("Such as NC-2024-001; the newest open ones are offered while you type.")
    )
