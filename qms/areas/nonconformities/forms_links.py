"""The form that ties a nonconformity to another one."""

# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

from wtforms import StringField

from qms.areas.nonconformities.rules_links import TIES
from qms.kernel.records import MAX_CODE
from qms.kernel.text import _
from qms.web import forms


class TieForm(forms.Form):
    """How it hangs together with which other one."""

    relation = forms.one_of(_("This nonconformity"), list(TIES.items()))
    other = StringField(
        _("Code of the other one"), [forms.required(), forms.at_most(MAX_CODE)], [forms.clean],
        description=_("Such as NC-2024-001; the newest ones are offered while you type."),
        render_kw={"list": "known", "autocomplete": "off"},
    )  # fmt: skip
