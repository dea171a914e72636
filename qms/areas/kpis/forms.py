"""The forms of an indicator: its definition, a measurement, a target."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import Optional, ValidationError

from qms.areas.kpis.rules import DIRECTIONS
from qms.kernel.calendar import Period, length_label
from qms.kernel.numbers import parse_decimal
from qms.kernel.text import _, current_language
from qms.web import forms

LENGTHS = [(length, length_label(length)) for length in ("year", "half", "quarter", "month")]


def _period_code(_form: Any, field: StringField) -> None:
    """The field holds the code of a period, such as 2024-Q1."""
    try:
        field.data = Period.parse(field.data or "").code
    except ValueError as error:
        raise ValidationError(error.args[0]) from error


def _number(_form: Any, field: StringField) -> None:
    """The field holds a number in the reader's separators, or nothing."""
    if not field.data:
        return
    try:
        parse_decimal(field.data, current_language())
    except ValueError as error:
        raise ValidationError(error.args[0]) from error


def _line(label: Any, check: Callable[..., None], *, needed: bool, hint: Any = "") -> StringField:
    first = forms.required() if needed else Optional()
    return StringField(label, [first, forms.at_most(40), check], [forms.clean], description=hint)


def _file(label: Any, hint: Any) -> FileField:
    """A file to be attached."""
    return FileField(label, description=hint)


def number_of(text: str | None) -> Decimal | None:
    """The number that a checked field holds; None where it is empty."""
    return parse_decimal(text, current_language()) if text else None


class DefinitionForm(forms.Form):
    """What an own indicator means."""

    code = forms.line(
        _("Id"), limit=40, hint=_("Small letters, digits and underscores; files name the indicator by it.")
    )
    title = forms.line(_("Name"))
    numerator = forms.text(_("Numerator: what is counted"), needed=True, limit=2000)
    denominator = forms.text(_("Denominator: what it is counted over"), needed=True, limit=2000)
    direction = forms.one_of(_("Direction"), list(DIRECTIONS.items()))
    unit = forms.line(
        _("Unit of measurement"), needed=False, limit=30, hint=_("%% for a share; or days, cases…")
    )
    period_length = forms.one_of(_("Length of its periods"), LENGTHS, needed=False)
    source = forms.text(_("Source of the figures"), limit=2000)


class NewVersionForm(DefinitionForm):
    """Another version of a definition, valid from a day on."""

    code = None
    valid_from = forms.day(_("Valid from"), needed=True)
    reason = forms.text(_("Reason"), needed=True, limit=2000)


class MeasurementForm(forms.Form):
    """One measurement with its source."""

    once = None  # the same measurement is kept once anyhow, and a file is not stored while others wait for the lock
    period = _line(
        _("Period"), _period_code, needed=True, hint=_("Written like 2024, 2024-H1, 2024-Q1 or 2024-03.")
    )
    numerator = _line(_("Numerator"), _number, needed=False)
    denominator = _line(_("Denominator"), _number, needed=False)
    stated = _line(
        _("Published rate"), _number, needed=False,
        hint=_("Only where a rate was published; it stands beside the computed one and sets no status."),
    )  # fmt: skip
    field = forms.line(
        _("Field of work"), needed=False, hint=_("Only for a measurement of one field of work.")
    )
    unit = forms.unit(_("Unit"), hint=_("Only for a measurement of one unit."))
    source = forms.text(_("Source of the figures"), needed=True, limit=2000)
    file = _file(_("Source file"), _("Attached to the indicator as evidence."))


class TargetForm(forms.Form):
    """What an indicator is to reach in a period."""

    period = _line(
        _("Period"), _period_code, needed=True, hint=_("Written like 2024, 2024-H1, 2024-Q1 or 2024-03.")
    )
    value = _line(_("Target"), _number, needed=True)
    set_by = forms.line(_("Set by"), limit=200, hint=_("Who set the target, and in which document."))
    dated = forms.day(_("Dated"))
    note = forms.text(_("Note"), limit=2000)
    reason = forms.text(_("Reason"), limit=2000, hint=_("Needed when the period already has a target."))
