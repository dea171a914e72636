"""The forms of a management review: the meeting, an input, an attendant, a conclusion, the minutes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qms.areas.reviews.rules import OUTPUT_KINDS, PRESENCES
from qms.kernel.text import _
from qms.web import forms

_LINE = 200  # characters of a name, a position, a place


class ReviewForm(forms.Form):
    """What is known of the meeting."""

    period = forms.line(
        _("Period reviewed"), limit=10,
        hint=_("A year, half-year, quarter or month: 2023, 2024-H1, 2024-Q1, 2024-03.")
    )  # fmt: skip
    title = forms.line(
        _("Title of the meeting"), needed=False, hint=_("Left empty, it is called after the period.")
    )
    held_on = forms.day(_("Day of the meeting"), hint=_("Planned until the meeting is recorded as held."))
    started = forms.line(_("Begins at"), needed=False, limit=5, hint=_("Hour and minute: 08:30"))
    place = forms.line(_("Place"), needed=False, limit=_LINE)
    chair = forms.person(_("Chair"), hint=_("A leader of the agency."))
    secretary = forms.person(_("Secretary"))
    owner = forms.person(_("Prepared by"), hint=_("Left empty, it is you."))


class InputForm(forms.Form):
    """What is written on one input."""

    text = forms.text(_("Text"))
    evidence = forms.text(
        _("Evidence"), limit=2000,
        hint=_("Documents, records and figures that show it; files are attached to the review.")
    )  # fmt: skip
    reason_if_empty = forms.text(
        _("Why there is nothing"), limit=2000, hint=_("Only where there are neither figures nor text.")
    )


class AttendantForm(forms.Form):
    """Somebody who is called to the meeting."""

    person = forms.person(_("Person of the agency"))
    name = forms.line(
        _("Name of a guest"), needed=False, limit=_LINE, hint=_("Only for somebody from outside the agency.")
    )
    position = forms.line(
        _("Position"), needed=False, limit=_LINE, hint=_("Left empty, it is the person's role and unit.")
    )
    presence = forms.one_of(_("Attendance"), list(PRESENCES.items()))


class OutputForm(forms.Form):
    """A conclusion of the meeting."""

    kind = forms.one_of(_("Kind of conclusion"), list(OUTPUT_KINDS.items()))
    text = forms.text(
        _("Conclusion"), needed=True, hint=_("What is to be done; its first line names the action.")
    )
    owner = forms.person(_("Owner"), hint=_("Needed before the meeting is recorded as held."))
    due = forms.day(_("Due date"), hint=_("Needed before the meeting is recorded as held."))


class MinutesForm(forms.Form):
    """The course of the meeting."""

    started = forms.line(_("Began at"), needed=False, limit=5, hint=_("Hour and minute: 08:30"))
    ended = forms.line(_("Ended at"), needed=False, limit=5, hint=_("Hour and minute: 08:30"))
    place = forms.line(_("Place"), needed=False, limit=_LINE)
    discussion = forms.text(_("Discussion"))
    no_output_reason = forms.text(
        _("Why there is no conclusion"), limit=2000, hint=_("Only where the meeting drew none.")
    )


class NumberForm(forms.Form):
    """The number of the minutes."""

    minutes_number = forms.line(
        _("Number of the minutes"), needed=False, limit=20, hint=_("Without the symbol: 05, not 05/BB-STP.")
    )


def attendance_form(people: Iterable[tuple[int, str, str]]) -> Any:
    """A form with one choice for each (id of the line, who, presence) of the list."""
    fields = {
        f"p{number}": forms.Choice(who, choices=list(PRESENCES.items()), default=presence)
        for number, who, presence in people
    }
    return type("AttendanceForm", (forms.Form,), fields)()
