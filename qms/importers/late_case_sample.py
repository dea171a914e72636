"""The file of late cases to begin with: headings in the reader's language, an example, and the words that are taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from qms.areas.cases.rules import THROUGH
from qms.areas.cases.service_import import COLUMNS
from qms.importers import sample
from qms.importers.late_case import DAYS, HEADERS, NEEDED
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import _

_WIDE = frozenset({"title", "cause", "reason"})


def workbook(actor: Actor) -> bytes:
    """An .xlsx that may be imported as it is."""
    units = Unit.valid_on(actor.organisation_id or 0, actor.today)
    return sample.workbook(
        _("Late cases"),
        {
            key: str(_("%(label)s (required)", label=COLUMNS[key]) if key in NEEDED else COLUMNS[key])
            for key in HEADERS
        },
        _example(actor),
        {
            str(COLUMNS["letter_through"]): THROUGH.values(),
            str(COLUMNS["unit"]): [unit.name for unit in units],
        },
        days=DAYS,
        wide=_WIDE,
    )


def _example(actor: Actor) -> dict[str, Any]:
    """A row that may be imported as it is: invented, to be written over."""
    due = actor.today - timedelta(days=3)
    return {
        "case_code": "000.00.00.H00-000000-0000", "title": _("Example: write over this row"),
        "taken_on": due - timedelta(days=15), "due_on": due,
    }  # fmt: skip
