"""Statements from files: the table with plain keys, and the layout of Biểu số 06/VPCP/KSTT.

Both are read the same way: find the headers, name their columns, take each column of numbers at once, and
put the rows together by period and field. Nothing is written; what is wrong is named with its cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qms.areas.statements.figures import (
    COUNT_KEYS,
    SHARES,
    Figures,
    StatementPeriod,
    label,
    with_computed_total,
)
from qms.importers import guards
from qms.importers.blocks import Block, find_blocks
from qms.importers.lost import NO_RESULT
from qms.importers.periods import message_of, period_of_cell
from qms.importers.table import Table, cell_name, column_letters, not_taken
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle
from qms.kernel.numbers import About, Joined, Kind, Shown, Style, are_fractions, as_percent, read_column
from qms.kernel.text import Message, _, fold

_TOTAL_WORDS = frozenset(
    {"tong", "tong so", "tong cong", "cong", "toan so", "tong chung", "total", "grand total", "sum", "all"}
)
_TOTAL_INITIALS = {word[0] for word in _TOTAL_WORDS} | {word[0].upper() for word in _TOTAL_WORDS}
MAX_PERIODS = 240  # of one file: the months of twenty years
_PLACES = {"period": _("period"), "field": _("field of work")}  # the columns that say of what a row is


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell; `row` from 1 and `column` in letters, as the spreadsheet shows them."""

    row: int
    column: str
    message: Message | str
    sheet: str = ""

    @property
    def cell(self) -> str:
        """`C7`, or `7` for a whole row."""
        return f"{self.column}{self.row}"

    @property
    def text(self) -> Message:
        """The cell and what is wrong with it, in one line."""
        where = f"{self.sheet}!{self.cell}" if self.sheet else self.cell
        if not self.column:
            return _("Row %(row)s: %(what)s", row=where, what=self.message)
        return _("Cell %(cell)s: %(what)s", cell=where, what=self.message)

    def obstacle(self) -> Obstacle:
        """The same as a reason of a refusal."""
        return Obstacle(self.text, where=f"#{self.cell}", rule="cell")

    def json(self) -> dict[str, Any]:
        """The same in the shape of a failed identity, for `--json`."""
        nothing = dict.fromkeys(("period", "field", "left", "right", "difference"))
        return {"rule": "cell", **nothing, "message": str(self.text)}


@dataclass(frozen=True)
class PeriodTable:
    """The statement of one period as it stood in the file.

    `rows` gives the file row (from 1) of each field, None being the total; `columns` the letters of each key.
    """

    statement: StatementPeriod
    source: str
    rows: Mapping[str | None, int]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class StatementFile:
    """Everything a file says: its periods in order, what is wrong, and how it was understood."""

    periods: tuple[PeriodTable, ...]
    errors: tuple[CellError, ...]
    notes: tuple[Message, ...]

    @property
    def statements(self) -> list[StatementPeriod]:
        """The figures alone."""
        return [table.statement for table in self.periods]


def read_statement_file(table: Table) -> StatementFile:
    """The statements in a file, with every cell that is wrong; a total that is missing is computed.

    Raises Refused if no sheet holds the header of a statement with figures below.
    """
    return _Reader(table).result()


@dataclass
class _Row:
    """The figures of one period and field while they are put together; `row` from 0."""

    row: int
    counts: dict[str, int] = field(default_factory=dict)
    shares: dict[str, Decimal] = field(default_factory=dict)
    about: dict[str, About] = field(default_factory=dict)


class _Reader:
    """Reads the blocks of one file and gathers what they say by period and field."""

    def __init__(self, table: Table) -> None:
        self.sheets = (table, *table.more)
        self.errors: list[CellError] = []
        self.notes: list[Message] = []
        self.found: dict[Period, dict[str | None, _Row]] = {}
        self.columns: dict[Period, dict[str, str]] = {}
        self.sources: dict[Period, str] = {}
        self.spelled: dict[str, str] = {}  # one spelling per field, whatever its case
        self.periods: dict[Any, Period | None] = {}  # what each text of a period column means

    def result(self) -> StatementFile:
        """Everything, in order of the periods."""
        blocks = find_blocks(self.sheets)
        if not blocks:
            raise guards.refused(
                _(
                    "No heading of a statement was found; use the layout of Biểu số 06/VPCP/KSTT, or a first "
                    "row with period, received_total, resolved_total and the other keys"
                )
            )
        self._note_format()
        for block in blocks:
            self._note_header(block)
            self._read_columns(block)
        self._note_styles(blocks)
        fraction = self._fractions(blocks)
        for block in blocks:
            self._take(block, fraction=fraction)
        if len(self.found) > MAX_PERIODS:
            text = _("The file holds more than %(n)s periods; split it", n=Shown(MAX_PERIODS))
            raise guards.refused(text)
        tables = tuple(self._table(period) for period in sorted(self.found))
        if not tables and not self.errors:
            raise guards.refused(_("The table has a heading of a statement, but no row with figures"))
        self.errors.sort(key=lambda error: (error.sheet, error.row, len(error.column), error.column))
        return StatementFile(tables, tuple(self.errors), tuple(dict.fromkeys(self.notes)))

    def _table(self, period: Period) -> PeriodTable:
        """The statement of one period, with a computed total where the file has none."""
        rows = self.found[period]
        statement = StatementPeriod(
            period, {name: Figures(row.counts, row.shares, row.about) for name, row in rows.items()}
        )
        if None not in rows:
            statement = with_computed_total(statement)
            self.notes.append(
                _(
                    "%(period)s: there is no total row; the total is the sum of the fields",
                    period=period.label(),
                )
            )
        places = {name: row.row + 1 for name, row in rows.items()}
        return PeriodTable(statement, self.sources.get(period, ""), places, self.columns.get(period, {}))

    def _wrong(self, block: Block, row: int, column: int | None, message: Message | str) -> None:
        letters = "" if column is None else column_letters(column)
        sheet = block.table.sheet if len(self.sheets) > 1 else ""
        self.errors.append(CellError(row + 1, letters, message, sheet))

    # ------------------------------------------------------------ how the file was understood

    def _note_format(self) -> None:
        """Say what was taken of a text file, and which sheets were left out."""
        table = self.sheets[0]
        if table.format == "csv":
            separator = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}.get(
                table.delimiter, table.delimiter
            )
            text = _("Read as %(encoding)s, separated by %(by)s", encoding=table.encoding, by=separator)
            self.notes.append(text)
        for name in table.hidden:
            self.notes.append(_("The hidden sheet “%(name)s” was not read", name=name))

    def _note_header(self, block: Block) -> None:
        """Name the columns that are left out; an error are two for one figure, and one that may be of two."""
        for column, words in block.header.unknown:
            self.notes.append(not_taken(column, words))
        for column, key in block.header.twice:
            name = _PLACES.get(key) or (label(key) if key in COUNT_KEYS or key in SHARES else None)
            if name is not None:
                text = _("is a second column for: %(key)s", key=name)
                self._wrong(block, block.header.last - 1, column, text)

        for column, words, keys in block.header.undecided:
            first, second = map(label, keys)
            text = _(
                "the heading “%(words)s” may mean “%(first)s” or “%(second)s”: write which",
                words=words[:60], first=first, second=second,
            )  # fmt: skip
            self._wrong(block, block.header.last - 1, column, text)

    def _note_styles(self, blocks: list[Block]) -> None:
        """Say which way of writing numbers was taken for which columns."""
        used: dict[Style, list[str]] = {style: [] for style in Style}
        for block in blocks:
            for column, key in block.header.figures.items():
                style = block.read[key].style
                if style is not None and column_letters(column) not in used[style]:
                    used[style].append(column_letters(column))
        vi, en = (Joined(tuple(used[style])) for style in (Style.VIETNAMESE, Style.ENGLISH))
        if vi.parts:
            text = _("Numbers read the Vietnamese way (14.712 and 29,67) in columns: %(columns)s", columns=vi)
            self.notes.append(text)
        if en.parts:
            text = _("Numbers read the English way (14,712 and 29.67) in columns: %(columns)s", columns=en)
            self.notes.append(text)

    # ------------------------------------------------------------ reading the numbers

    def _read_columns(self, block: Block) -> None:
        """Read every column of figures at once, since its separators are decided once."""
        for column, key in block.header.figures.items():
            lines = [block.table.cells[row] for row in block.rows]
            read = read_column(
                [line[column] if column < len(line) else None for line in lines],
                Kind.COUNT if key in COUNT_KEYS else Kind.SHARE,
                name=lambda index, column=column: cell_name(block.rows[index], column),
            )
            block.read[key] = read
            for index, message in read.errors:
                self._wrong(block, block.rows[index], column, message)

    def _fractions(self, blocks: list[Block]) -> bool:
        """Whether shares in number cells are fractions, as a percent format of Excel keeps them.

        Decided once for the file: by the counts beside them where there are any, else by their size.
        """
        numbers: list[Decimal] = []
        votes = 0
        for block in blocks:
            for key, column in block.read.items():
                if key in SHARES:
                    numbers += [column.values[index] for index in column.numeric]
                    votes += sum(_vote(block, key, index) for index in column.numeric)
        fraction = votes > 0 if votes else are_fractions(numbers)
        if numbers and fraction:
            self.notes.append(_("Shares in number cells were taken as fractions of one: 0.2967 as 29.67 %%"))
        elif numbers:
            self.notes.append(_("Shares in number cells were taken as percent: 29.67 as 29.67 %%"))
        return fraction

    # ------------------------------------------------------------ putting the rows together

    def _take(self, block: Block, *, fraction: bool) -> None:
        """Put the rows of a block to their periods and fields."""
        rows = [_Row(row) for row in block.rows]
        for key, column in block.read.items():
            numeric = frozenset(column.numeric) if key in SHARES else frozenset()
            for target, value in zip(rows, column.values, strict=True):
                if value is not None:
                    (target.shares if key in SHARES else target.counts)[key] = value
            for index in numeric:
                rows[index].shares[key] = as_percent(column.values[index], fraction=fraction)
            for index, about in column.about.items():
                rows[index].about[key] = about
        seen: dict[tuple[Period, str | None], int] = {}
        for row in rows:
            if block.table.format == "csv":
                self._check_tail(block, row.row)
            place = self._place(block, row.row) if self._names_are_texts(block, row.row) else None
            if place is None:
                continue
            if place in seen:
                text = _("the same period and field as row %(row)s", row=seen[place] + 1)
                self._wrong(block, row.row, None, text)
                continue
            seen[place] = row.row
            self._merge(block, place, row)

    def _names_are_texts(self, block: Block, row: int) -> bool:
        """Whether no formula without a result stands where the field and the source are named; else with an error."""
        columns = [block.header.by_key.get(key) for key in ("field", "source")]
        lost = [column for column in columns if (row, column) in block.table.lost]
        for column in lost:
            self._wrong(block, row, column, NO_RESULT)
        return not lost

    def _place(self, block: Block, row: int) -> tuple[Period, str | None] | None:
        """The period and the field (None: the total) of a row; None, with an error, if it has no period."""
        cell = block.cell(row, "period")
        period = block.period
        if cell is not None:
            if cell not in self.periods:
                self.periods[cell] = self._period(block, row, cell)
            period = self.periods[cell]
            if period is None:
                return None
        if period is None:
            text = _(
                "the period is missing; give it above the table (“Kỳ báo cáo: Quý I/2024”) or in a column"
            )
            self._wrong(block, row, block.header.by_key.get("period"), text)
            return None
        return period, self._field(block, row)

    def _period(self, block: Block, row: int, cell: Any) -> Period | None:
        """What a cell of the period column means; an error if nothing."""
        try:
            return period_of_cell(cell)
        except ValueError as error:
            self._wrong(block, row, block.header.by_key.get("period"), message_of(error))
            return None

    def _field(self, block: Block, row: int) -> str | None:
        """The name of a row's field; None for the total, which may also stand in the column of numbers."""
        cell = block.cell(row, "field")
        if cell is None:
            return None
        whole = isinstance(cell, float) and cell.is_integer()  # a code typed as a number is 7, not 7.0
        name = " ".join(str(int(cell) if whole else cell).split())
        if name[:1] in _TOTAL_INITIALS and fold(name).strip(" :.") in _TOTAL_WORDS:
            return None
        return self.spelled.setdefault(name.casefold(), name)

    def _check_tail(self, block: Block, row: int) -> None:
        """Refuse a value beyond the headings of a csv: a comma inside a number has shifted the line."""
        header = block.header
        unnamed = (*header.unknown, *header.twice, *header.undecided)
        last = max([*header.columns, *(column for column, *_rest in unnamed)])
        for column, cell in enumerate(block.table.cells[row][last + 1 :], last + 1):
            if cell is not None:
                text = _("stands in a column without a heading; put numbers with a comma in quotation marks")
                self._wrong(block, row, column, text)

    def _merge(self, block: Block, place: tuple[Period, str | None], row: _Row) -> None:
        """Add a row to what other blocks said of the same period and field; a contradiction is an error."""
        period, name = place
        if period not in self.found:
            self.found[period] = {}
        self.columns.setdefault(period, {}).update(block.header.letters)
        source = block.cell(row.row, "source") or block.source
        if source:
            self.sources.setdefault(period, str(source))
        known = self.found[period].setdefault(name, row)
        if known is row:
            return
        self._contradictions(block, known, row)
        known.counts.update(row.counts)
        known.shares.update(row.shares)
        known.about.update(row.about)

    def _contradictions(self, block: Block, known: _Row, row: _Row) -> None:
        """Name every figure that `row` gives otherwise than the row already known."""
        before: dict[str, int | Decimal] = {**known.counts, **known.shares}
        now: dict[str, int | Decimal] = {**row.counts, **row.shares}
        for key in before.keys() & now.keys():
            if before[key] != now[key]:
                text = _("differs from row %(row)s: %(key)s", row=known.row + 1, key=label(key))
                self._wrong(block, row.row, block.header.by_key.get(key), text)


def _vote(block: Block, key: str, index: int) -> int:
    """1 if a share in a number cell fits its counts as a fraction, -1 if as percent, 0 if neither."""
    above, below = SHARES[key]
    keys = (*above, below)
    counts = [value for k in keys if k in block.read and (value := block.read[k].values[index]) is not None]
    if len(counts) < len(keys) or not counts[-1]:
        return 0
    value = block.read[key].values[index]
    exact = Decimal(sum(counts[:-1])) / counts[-1]
    as_fraction, as_percents = abs(value - exact), abs(value / 100 - exact)
    return 0 if as_fraction == as_percents else 1 if as_fraction < as_percents else -1
