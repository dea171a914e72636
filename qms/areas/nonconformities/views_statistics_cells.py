"""What a table of the statistics is made of."""

from __future__ import annotations

from dataclasses import dataclass

from qms.kernel.text import Message

Text = str | Message


@dataclass(frozen=True)
class Cell:
    """A number and the parameters of the list of its rows; None where nothing was kept or nothing is to be measured.

    `of` is what it is a part of; `late`: it counts what is late, `days`: it counts days, not records.
    """

    number: int | None
    where: str = ""
    of: int | None = None
    late: bool = False
    days: bool = False

    @property
    def says(self) -> bool:
        """Whether a reader loses anything without it: 0 days is an answer, 0 records beside 0 is none."""
        return self.number is not None if self.days else bool(self.number)


@dataclass(frozen=True)
class TallyLine:
    """A row of a tally."""

    label: Text
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Tally:
    """A table of numbers: `heads` stand above the cells, `first` above the labels."""

    name: str
    title: Text
    first: Text
    heads: tuple[Text, ...]
    lines: tuple[TallyLine, ...]
    total: TallyLine | None = None
    note: Text = ""
    empty: Text = ""
