"""The form of a document."""

from __future__ import annotations

from qms.kernel.text import _
from qms.web import forms


class DocumentForm(forms.Form):
    """What the register says of a document."""

    code = forms.line(_("Code of the document"), limit=60, hint=_("As it stands on paper, such as QT-01."))
    title = forms.line(_("Title"))
    issue_number = forms.line(_("Issue"), needed=False, limit=10, hint=_("Such as 01."))
    author = forms.person(_("Written by"), hint=_("Left empty, it is who records the document."))
    owner = forms.person(_("Owner"), hint=_("Who keeps it up to date."))
    unit = forms.unit(_("Unit"))
    valid_from = forms.day(_("Valid from"))
    valid_to = forms.day(_("Valid to"))


class DocumentEditForm(DocumentForm):
    """A document keeps its code."""

    code = None
