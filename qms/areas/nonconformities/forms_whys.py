"""The field of the five whys: one line on the form for each step, one text in the record."""

# The stubs of WTForms know no lazy messages and lag behind its parameters.
# pyright: reportArgumentType=false, reportCallIssue=false, reportIncompatibleMethodOverride=false

from __future__ import annotations

from typing import Any

from wtforms import FieldList, StringField
from wtforms.utils import unset_value
from wtforms.validators import Optional, ValidationError

from qms.areas.nonconformities.rules_analysis import USUAL_WHYS, why_steps
from qms.kernel.text import Message, _
from qms.web import forms

MAX_STEP = 1000  # characters
ROOM = 2  # empty lines after the last step, so that another why can be asked


class WhySteps(FieldList):
    """One line for each step; its value is the text that the column keeps, one step a line, without gaps."""

    def __init__(self, label: Message, **options: Any) -> None:
        step = StringField("", [Optional(), _one_line, forms.at_most(MAX_STEP)], [forms.clean])
        super().__init__(step, label, min_entries=USUAL_WHYS + ROOM, **options)
        self.type = "FieldList"  # how it is drawn

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the lines that were sent, or open the kept text with room for more."""
        steps = why_steps(data) if isinstance(data, str) else []
        self.min_entries = max(USUAL_WHYS, len(steps)) + ROOM
        super().process(formdata, steps, extra_filters)
        for number, line in enumerate(self.entries, 1):
            line.label.text = _("Why %(n)s", n=number)

    @property
    def data(self) -> str:
        """The steps as the column keeps them."""
        return "\n".join(text for entry in self.entries if (text := (entry.data or "").strip()))


def _one_line(_form: Any, field: Any) -> None:
    """Raise ValidationError for a step with a line break: it would become two."""
    if "\n" in (field.data or ""):
        raise ValidationError(_("a step is one line: ask the next why on the next one"))
