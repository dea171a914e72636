"""Reading a table from .xlsx, .ods or .csv: raw cells, told from each other by kind.

A number cell stays a number and a text stays a text (so codes keep their zeros); of a formula the stored
result counts; a text that begins with `=` is a text.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from qms.importers import guards
from qms.importers.extent import Extent
from qms.importers.lost import lost_results, put_back
from qms.kernel.numbers import Shown
from qms.kernel.text import Message, _

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0, all included


@dataclass(frozen=True)
class Table:
    """One sheet: `cells[i][j]` is the cell of file row i + 1 and column j + 1, None where blank.

    `format` is `xlsx`, `ods` or `csv`; `encoding` and `delimiter` are given for csv only; `more`
    are the further visible sheets that hold anything; `hidden` names the sheets that were left out. `lost` are the
    cells, from 0, of formulas without a result: what stands there is the formula or its error.
    """

    filename: str
    format: str
    sheet: str
    cells: list[list[Any]]
    merged: tuple[Merge, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    more: tuple[Table, ...] = ()
    hidden: tuple[str, ...] = ()
    lost: frozenset[tuple[int, int]] = frozenset()

    @cached_property
    def width(self) -> int:
        """The number of columns of the widest row."""
        return max(map(len, self.cells), default=0)

    def column(self, index: int, first: int, last: int) -> list[Any]:
        """The cells of column `index` (from 0) in the rows `first` to before `last` (from 0)."""
        return [row[index] if index < len(row) else None for row in self.cells[first:last]]


def kind(cell: Any) -> str:
    """`blank`, `text`, `bool`, `number` or `date`."""
    if cell is None:
        return "blank"
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, bool):
        return "bool"
    return "date" if isinstance(cell, date | time | timedelta) else "number"


def column_letters(index: int) -> str:
    """The letters of a column counted from 0: `A`, …, `Z`, `AA`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """The name of a cell counted from 0, as a spreadsheet shows it: `C7`."""
    return f"{column_letters(column)}{row + 1}"


def not_taken(column: int, words: str) -> Message:
    """What is said of a column, counted from 0, that means nothing to an import."""
    name = column_letters(column)
    return _("Column %(column)s (%(words)s) was not taken", column=name, words=words)


def read_table(
    source: bytes | str | PathLike[str], filename: str = "", *, max_file: int = guards.MAX_FILE
) -> Table:
    """The first sheet of a file that holds anything, with the others in `more`.

    Raises Refused with a reason that says how to mend the file; OSError if a path cannot be read.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    name = filename or ("" if isinstance(source, bytes) else Path(source).name)
    kind_of_file = guards.kind_of(data, name, max_file=max_file)
    text = kind_of_file.name == "text"
    sheets = [_read_csv(data, name)] if text else _read_workbook(name, kind_of_file)
    filled = [sheet for sheet in sheets if sheet.cells]
    if not filled:
        raise guards.refused(_("The file holds no table: every visible sheet is empty"))
    return replace(filled[0], more=tuple(filled[1:]))


# ---------------------------------------------------------------- workbooks


def _read_workbook(filename: str, kind_of_file: guards.FileKind) -> list[Table]:
    """Every visible worksheet; refused where the reader gives up, in whatever way it does."""
    from python_calamine import CalamineError, PasswordError

    try:
        return _worksheets(filename, kind_of_file)
    except PasswordError as error:
        raise guards.encrypted() from error
    except (CalamineError, OSError, ValueError, KeyError, IndexError) as error:
        raise guards.damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader's own; it is no Exception and not exported
            raise
        raise guards.damaged() from error


def _worksheets(filename: str, kind_of_file: guards.FileKind) -> list[Table]:
    """Every visible worksheet, read with the calamine engine of pandas."""
    import pandas as pd
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    with pd.ExcelFile(io.BytesIO(kind_of_file.content), engine="calamine") as excel:
        order = [s.name for s in excel.book.sheets_metadata]
        if len(order) > len(set(order)):
            raise guards.damaged()
        sheets = [s for s in excel.book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        if len(sheets) > kind_of_file.sheets:  # one part named as several sheets
            raise guards.damaged()
        hidden = tuple(_nfc(s.name) for s in sheets if s.visible != SheetVisibleEnum.Visible)
        lost = lost_results(kind_of_file.content, kind_of_file.name) if kind_of_file.may_lose else {}
        tables: list[Table] = []
        room = _Room()
        for name in (s.name for s in sheets if s.visible == SheetVisibleEnum.Visible):
            sheet = excel.book.get_sheet_by_name(name)
            merged = sheet.merged_cell_ranges or ()
            room.take(sheet.total_height * sheet.total_width + len(merged), 0)
            rows = sheet.to_python(skip_empty_area=False)
            without = put_back(rows, lost.get(order.index(name), {}))
            cells = _clean(rows, room)
            areas = _within(merged, cells)
            tables.append(
                Table(filename, kind_of_file.name, _nfc(name), cells, areas, hidden=hidden, lost=without)
            )
        return tables


@dataclass
class _Room:
    """What the sheets of a file have taken of its limits."""

    cells: int = 0
    characters: int = 0

    def take(self, cells: int, characters: int) -> None:
        """Raises Refused when that is too much."""
        self.cells += cells
        self.characters += characters
        guards.check_total(self.cells, self.characters)


def _within(
    merged: Iterable[tuple[tuple[int, int], tuple[int, int]]], cells: list[list[Any]]
) -> tuple[Merge, ...]:
    """The merged areas, cut off at the last row and column: a whole row may be merged, to its 16,384th cell."""
    height, width = len(cells), max(map(len, cells), default=0)
    return tuple(
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for (top, left), (bottom, right) in merged
        if top < height and left < width
    )


def _clean(rows: list[list[Any]], room: _Room) -> list[list[Any]]:
    """The cells with composed texts and None for blanks, without the blank rows at the end."""
    characters = 0
    for row in rows:
        for index, cell in enumerate(row):
            if type(cell) is not str:
                if cell != cell:  # what pandas puts where a line of a csv is short
                    row[index] = None
                continue
            if not cell or cell.isspace():
                row[index] = None
            elif not cell.isascii():
                row[index] = _nfc(cell)
            characters += len(cell)
            if len(cell) > guards.MAX_TEXT:
                raise _too_long()
    room.take(0, characters)
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return rows


def _nfc(text: str) -> str:
    """`text` with its marks composed, whatever the keyboard that typed it."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _too_long() -> guards.Refused:
    return guards.refused(
        _(
            "A cell holds more than %(n)s characters; shorten it and send the file again",
            n=Shown(guards.MAX_TEXT),
        )
    )


# ---------------------------------------------------------------- text files

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a csv file and the name of its encoding.

    UTF-8 and UTF-16 are told by their mark, UTF-16 also by its zero bytes; then UTF-8 must fit to the last
    byte; what is left is Windows-1258, whose separate marks are composed. Raises Refused for anything else.
    """
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), "UTF-16"
        if data[1:2] == b"\0" or data[:1] == b"\0":
            return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be"), "UTF-16"
    except UnicodeDecodeError as error:
        raise guards.damaged() from error
    for codec, name in (("utf-8-sig", "UTF-8"), ("cp1258", "Windows-1258")):
        try:
            return data.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise guards.refused(_("The text of the file cannot be read; save it as CSV UTF-8 and send that"))


def _delimiter(text: str) -> str:
    """The separator on which most of the first lines agree: comma, semicolon, tab or bar."""
    lines = [line for line in _QUOTED.sub("", text[:50_000]).splitlines()[:50] if line.strip()]

    def agreement(separator: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(separator)))
        return max(((times, n) for n, times in counts.items()), default=(0, 0))

    return max(",;\t|", key=agreement)


def _read_csv(data: bytes, filename: str) -> Table:
    """A text file as a table of texts."""
    import pandas as pd

    text, encoding = decoded(data)
    text = _nfc(text).replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        raise guards.refused(
            _("The file holds data that is no text; send the statement as .xlsx, .ods or .csv")
        )
    told = _SEPARATOR_LINE.match(text)
    separator = told[1] if told else _delimiter(text)
    width, height = _size(text, separator)
    if width > guards.MAX_COLUMNS:
        raise guards.too_many_columns()
    guards.check_extent(Extent(height, width))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop cells and go on
            frame = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                header=None,
                names=range(width),
                index_col=False,
                dtype=object,
                na_filter=False,
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError) as error:
        raise guards.damaged() from error
    cells = _clean(frame.to_numpy().tolist(), _Room())
    filled = max(map(_filled, cells), default=0)
    cells = [row[:filled] for row in cells]
    return Table(filename, "csv", "", cells, encoding=encoding, delimiter=separator)


def _size(text: str, separator: str) -> tuple[int, int]:
    """The columns and rows of a csv, separators and line ends inside quotation marks not counted."""
    width = height = 0
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            width, height = max(width, len(row)), height + 1
    except csv.Error as error:
        raise (_too_long() if "larger than" in str(error) else guards.damaged()) from error
    return width, height


def _filled(row: list[Any]) -> int:
    """How many cells a row has up to its last filled one."""
    return max((index + 1 for index, cell in enumerate(row) if cell is not None), default=0)
