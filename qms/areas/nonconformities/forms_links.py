"""The form that ties a nonconformity to another one."""

# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

from qms.areas.nonconformities.rules_links import TIES
from qms.kernel.text import _
from qms.web import forms
from qms.web.ties import other_code


class TieForm(forms.Form):
    """How it hangs together with which other one."""

    relation = forms.one_of(_("This nonconformity"), list(TIES.items()))
    other = other_code(
        _("Code of the other one"), _("Such as NC-2024-001; the newest ones are offered while you type.")
    )
