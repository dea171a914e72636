"""The forms of late cases; none has a field for a person, since no applicant is kept."""

# The stubs of WTForms know no lazy messages as labels.
# pyright: reportArgumentType=false

from __future__ import annotations

from wtforms import StringField

from qms.areas.cases.rules import THROUGH
from qms.kernel.text import _
from qms.web import forms

_NOBODY = _("No name, address or telephone number of the applicant: nothing of that is kept here.")


class LateCaseForm(forms.Form):
    """What is recorded of a late case."""

    case_code = forms.line(
        _("Case code"), limit=60, hint=_("As printed on the receipt, with its zeros, dots and dashes.")
    )
    title = forms.line(_("Procedure"))
    procedure_code = forms.line(
        _("Code of the procedure"), needed=False, limit=40, hint=_("Such as 2.000635.")
    )
    taken_on = forms.day(_("Taken in on"), needed=True)
    due_on = forms.day(
        _("Due date of the case"), needed=True, hint=_("The day on which the result was promised first.")
    )
    unit = forms.unit(_("Responsible unit"))
    owner = forms.person(_("Owner"))
    cause = forms.text(_("Why it is late"), limit=2000, hint=_NOBODY)
    promised_on = forms.day(
        _("New date"), hint=_("The day that the letter promises; not before the day on which it is set.")
    )


class LetterForm(forms.Form):
    """The letter that was sent: its number often comes later, from the records office."""

    letter_on = forms.day(_("Letter sent on"), needed=True)
    letter_through = forms.one_of(_("How the letter was sent"), [("", _("– choose –")), *THROUGH.items()])
    letter_number = forms.line(
        _("Number of the letter"), needed=False, limit=30, hint=_("The number alone, such as 15.")
    )


class PrintForm(forms.Form):
    """What is printed but kept nowhere."""

    once = None  # nothing is recorded, and nothing of what is typed is remembered
    applicant = StringField(
        _("Applicant"), [forms.at_most(200)], [forms.clean], render_kw={"autocomplete": "off"},
        description=_("Printed on the letter and kept nowhere: not in the register, the history or the address. "
                      "Left empty, the letter has a line to write on."),
    )  # fmt: skip
    address = StringField(
        _("Address of the applicant"), [forms.at_most(300)], [forms.clean], render_kw={"autocomplete": "off"},
        description=_("Printed only, like the name."),
    )  # fmt: skip
    promised_on = forms.day(
        _("New date"), hint=_("Another one than is recorded is printed, but recorded only with its letter.")
    )
    signatory = forms.one_of(_("Signed by"), [])
