"""A workbook to begin with: headings, a row as an example, and the words that are taken."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from qms.kernel.text import Message, _


def workbook(
    title: Message,
    heads: Mapping[str, str],
    example: Mapping[str, Any],
    words: Mapping[str, Iterable[object]],
    *,
    days: Collection[str],
    wide: Collection[str],
) -> bytes:
    """An .xlsx with a sheet to be filled in and a sheet of what may stand in it.

    `heads` are the columns by key; those of `days` take days, all others texts: a code keeps its zeros, and 05/2023
    is no day of May. `words` are what is taken, by heading.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        sheet = book.add_worksheet(str(title))
        sheet.freeze_panes(1, 1)
        for column, (key, head) in enumerate(heads.items()):
            sheet.set_column(column, column, 40 if key in wide else 18, day if key in days else text)
            sheet.write_string(0, column, head, bold)
            if key not in days:
                sheet.write_string(1, column, str(example.get(key, "")), text)
            elif key in example:
                sheet.write_datetime(1, column, example[key], day)
        taken = book.add_worksheet(str(_("Words")))
        for column, (head, listed) in enumerate(words.items()):
            taken.set_column(column, column, 40, text)
            taken.write_string(0, column, head, bold)
            for line, word in enumerate(listed, 1):
                taken.write_string(line, column, str(word))
    return buffer.getvalue()
