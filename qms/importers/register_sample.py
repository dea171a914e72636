"""The register to begin with: headings in the reader's language, an example, and the words that are taken."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from qms.areas.nonconformities.rules_register import COLUMNS, DAYS, NEEDED
from qms.importers.register_words import CHOICES
from qms.kernel.organisations import Unit
from qms.kernel.people import working_in
from qms.kernel.permissions import Actor
from qms.kernel.text import _

_WIDE = frozenset(
    {"description", "correction", "consequences", "whys", "cause", "elsewhere", "action", "effect_result"}
)


def workbook(actor: Actor) -> bytes:
    """An .xlsx with a sheet to be filled in and a sheet of what may stand in it."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        sheet = book.add_worksheet(str(_("Register")))
        sheet.freeze_panes(1, 1)
        for index, (column, label) in enumerate(COLUMNS.items()):
            needed = f" ({_('required')})" if column in NEEDED else ""
            sheet.write_string(0, index, f"{label}{needed}", bold)
            sheet.set_column(index, index, 40 if column in _WIDE else 16, day if column in DAYS else text)
        example = _example(actor)
        for index, column in enumerate(COLUMNS):
            if column in DAYS and column in example:
                sheet.write_datetime(1, index, example[column], day)
            else:
                sheet.write_string(1, index, str(example.get(column, "")), text)
        words = book.add_worksheet(str(_("Words")))
        words.set_column(0, len(CHOICES) + 1, 32, text)
        for index, (head, taken) in enumerate(_words(actor).items()):
            words.write_string(0, index, head, bold)
            for line, word in enumerate(taken, 1):
                words.write_string(line, index, word)
    return buffer.getvalue()


def _words(actor: Actor) -> dict[str, list[str]]:
    """Heading -> what may stand below it; units and people are those of the organisation."""
    found = {
        str(COLUMNS[column]): list(map(str, labels.values())) for column, (labels, _other) in CHOICES.items()
    }
    units = Unit.valid_on(actor.organisation_id or 0, actor.today)
    people = working_in(actor.organisation_id or 0, actor.today)
    return found | {
        str(COLUMNS["unit"]): [f"{unit.code}: {unit.name}" for unit in units],
        str(_("people (name or e-mail address)")): [f"{one.name} <{one.email}>" for one in people],
    }


def _example(actor: Actor) -> dict[str, Any]:
    """A row that may be imported as it is: invented, to be written over."""
    found = actor.today - timedelta(days=60)
    word = {column: labels for column, (labels, _other) in CHOICES.items()}
    return {
        "register_no": f"01/{found.year}", "title": _("Example: write over this row"), "happened_on": found,
        "description": _("What was seen, where and by which evidence"),
        "source_kind": word["source_kind"]["audit"], "grade": word["grade"]["minor"], "clauses": "8.5.1",
        "edition": "2015", "due": actor.today + timedelta(days=30), "state": word["state"]["open"],
    }  # fmt: skip
