"""The file of late cases to begin with: headings in the reader's language, an example, and the words that are taken."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import THROUGH
from qms.importers.late_case import DAYS, HEADERS
from qms.kernel.organisations import Unit
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _

_WIDE = frozenset({"title", "cause", "reason"})


def workbook(actor: Actor) -> bytes:
    """An .xlsx with a sheet to be filled in and a sheet of what may stand in it; it may be imported as it is."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        text = book.add_format(
            {"num_format": "@", "text_wrap": True, "valign": "top"}
        )  # codes keep their zeros
        day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        sheet, example = book.add_worksheet(str(_("Late cases"))), _example(actor)
        sheet.freeze_panes(1, 1)
        for index, key in enumerate(HEADERS):
            sheet.set_column(index, index, 40 if key in _WIDE else 18, day if key in DAYS else text)
            sheet.write_string(0, index, str(_heading(key)), bold)
            if key in DAYS and key in example:
                sheet.write_datetime(1, index, example[key], day)
            else:
                sheet.write_string(1, index, str(example.get(key, "")), text)
        words = book.add_worksheet(str(_("Words")))
        words.set_column(0, 1, 40, text)
        units = Unit.valid_on(actor.organisation_id or 0, actor.today)
        for index, (key, taken) in enumerate(
            {"letter_through": THROUGH.values(), "unit": [unit.name for unit in units]}.items()
        ):
            words.write_string(0, index, str(_heading(key)), bold)
            for line, word in enumerate(taken, 1):
                words.write_string(line, index, str(word))
    return buffer.getvalue()


def _heading(key: str) -> Message | str:
    return _("reason") if key == "reason" else LateCase.field_label(key)


def _example(actor: Actor) -> dict[str, Any]:
    """A row that may be imported as it is: invented, to be written over."""
    due = actor.today - timedelta(days=3)
    return {
        "case_code": "000.00.00.H00-000000-0000", "title": _("Example: write over this row"),
        "taken_on": due - timedelta(days=15), "due_on": due,
    }  # fmt: skip
