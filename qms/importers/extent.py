"""How far the cells of a workbook reach and how much text they hold, known before a reader makes room for them.

A reader allocates the whole rectangle up to the last cell with content, and every use of a shared text anew, so
a few bytes can ask for any amount of memory. Each sheet is followed here as that reader follows it, cell by
cell, with nothing kept. What can name no cell far out is passed without that, because it takes time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from xml.parsers import expat

MAX_NUMBER = 10**8  # of a row, or of how often a cell repeats: beyond every limit, and far from any overflow


class NotXml(Exception):
    """A part is no well-formed XML, or names its cells in a way that no program does."""


class Declares(Exception):
    """A part brings a DTD, with which a few lines can unfold to any size."""


@dataclass(frozen=True)
class Extent:
    """The rectangle that a reader would allocate, and the characters of text in it."""

    rows: int = 0
    columns: int = 0
    characters: int = 0


def _parser() -> expat.XMLParserType:
    """A parser that reads UTF-8 whatever the part declares, as the reader does, and no DTD."""

    def declares(*_doctype: object) -> None:
        raise Declares

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = declares
    return parser


def _run(parser: expat.XMLParserType, xml: bytes) -> None:
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise NotXml from error


def well_formed(xml: bytes) -> None:
    """Raises NotXml or Declares for what is no plain XML."""
    _run(_parser(), xml)


# ---------------------------------------------------------------- .xlsx

NEAR = Extent(rows=9_999, columns=52, characters=10_000_000)  # what needs no closer look
_UNKNOWN = re.compile(rb'<c(?! r="A?[A-Z][1-9][0-9]{0,3}")[\s/>]')  # a cell that is not named within NEAR
_PREFIXED = re.compile(rb":c[\s/>]")
_NAME = re.compile(r"([A-Za-z]{0,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True)
class Strings:
    """The texts that the cells of a workbook share, in whichever of its parts they stand."""

    parts: tuple[bytes, ...]

    @classmethod
    def among(cls, parts: Iterable[bytes]) -> Strings:
        """Those of these parts that hold shared texts."""
        return cls(tuple(part for part in parts if b"sst" in part))

    @property
    def number(self) -> int:
        """How many there are at most."""
        return sum(part.count(b"<si") + part.count(b":si") for part in self.parts)

    @cached_property
    def longest(self) -> int:
        """The characters that none of them exceeds."""
        return max((len(piece) for part in self.parts for piece in part.split(b"si>")), default=0)

    @cached_property
    def lengths(self) -> list[int]:
        """The characters of each; where several parts hold some, the most at each place."""
        return [max(lengths) for lengths in zip_longest(*map(_lengths, self.parts), fillvalue=0)]


def _lengths(xml: bytes) -> list[int]:
    found: list[int] = []

    def start(name: str, _attributes: object) -> None:
        if name.rpartition(":")[2] == "si":
            found.append(0)

    def text(data: str) -> None:
        if found:
            found[-1] += len(data)

    parser = _parser()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    _run(parser, xml)
    return found


def of_sheet(xml: bytes, strings: Strings, *, closely: bool = False) -> Extent:
    """The extent of a worksheet with these shared texts: never less than what is read of it.

    Raises NotXml or Declares; with `closely`, for everything that is no well-formed XML.
    """
    if not closely and xml.count(b't="s"') * strings.longest <= NEAR.characters and is_near(xml):
        return NEAR
    followed = _Sheet(strings)
    followed.follow(xml)
    return Extent(followed.rows, followed.columns, followed.characters)


def is_near(xml: bytes) -> bool:
    """Whether every cell certainly lies within NEAR, told by the bytes alone: each begins with such a name."""
    return not (_UNKNOWN.search(xml) or _PREFIXED.search(xml))


class _Sheet:
    """Follows a worksheet: a cell without a name stands after the one before, one without content nowhere."""

    def __init__(self, strings: Strings) -> None:
        self.strings = strings
        self.rows = self.columns = self.characters = 0
        self._row, self._column = 1, 1  # where a cell without a name would stand
        self._here = (1, 1)
        self._inside = self._filled = self._shared = False
        self._index = ""

    def follow(self, xml: bytes) -> None:
        """Read the sheet to its end; raises NotXml or Declares."""
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        _run(parser, xml)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row" and "r" in attributes:
            self._row = _place(attributes["r"])[0]
        elif tag == "c":
            row = self._row
            if "r" in attributes:
                row, self._column = _place(attributes["r"])
            self._here = (row, self._column)
            self._inside, self._filled, self._index = True, False, ""
            self._shared = attributes.get("t") == "s"
        elif self._inside:
            self._filled = True

    def _text(self, data: str) -> None:
        if self._inside and self._shared:
            self._index = (self._index + data)[:20]

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            if self._filled:
                self.rows, self.columns = max(self.rows, self._here[0]), max(self.columns, self._here[1])
                self.characters += self._length() if self._shared else 0
            self._inside = False
            self._column += 1
        elif tag == "row":
            self._row, self._column = self._row + 1, 1

    def _length(self) -> int:
        try:
            return self.strings.lengths[int(self._index)]
        except (ValueError, IndexError):
            return self.strings.longest  # the reader will refuse it


def _place(name: str) -> tuple[int, int]:
    """Row and column, from 1, of a cell's name; a row's has no letters."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotXml
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


# ---------------------------------------------------------------- .ods

_CELLS = ("table:table-cell", "table:covered-table-cell")


def of_tables(xml: bytes) -> list[Extent]:
    """The extent of every table of an OpenDocument spreadsheet, its repeats unfolded.

    Raises NotXml or Declares.
    """
    followed = _Tables()
    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = followed.start, followed.end
    parser.CharacterDataHandler = followed.text
    _run(parser, xml)
    return followed.extents


class _Tables:
    """Follows the tables; one inside the cell of another is refused, because its cells would end the outer ones."""

    def __init__(self) -> None:
        self.extents: list[Extent] = []
        self._open = False
        self._rows = self._columns = self._characters = 0  # up to the last content of the table
        self._row = self._column = 0  # the last row and cell, whatever they hold
        self._row_repeats = self._repeats = 1
        self._filled = False
        self._length = 0  # characters of the cell

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            if self._open:
                raise NotXml
            self._open = True
            self._rows = self._columns = self._characters = self._row = 0
        elif name == "table:table-row":
            self._row_repeats = _repeats(attributes, "table:number-rows-repeated")
            self._row, self._column = self._row + self._row_repeats, 0
        elif name in _CELLS:
            self._repeats = _repeats(attributes, "table:number-columns-repeated")
            self._column += self._repeats
            values = [value for key, value in attributes.items() if key[:7] in ("office:", "table:f")]
            self._filled, self._length = bool(values), sum(map(len, values))
        elif name == "text:s":
            self._length += _repeats(attributes, "text:c")

    def text(self, data: str) -> None:
        self._length += len(data)

    def end(self, name: str) -> None:
        if name in _CELLS and self._filled:
            self._rows, self._columns = self._row, max(self._columns, self._column)
            self._characters += self._length * self._repeats * self._row_repeats
            self._filled = False
        elif name == "table:table":
            self._open = False
            self.extents.append(Extent(self._rows, self._columns, self._characters))


def _repeats(attributes: dict[str, str], key: str) -> int:
    """How often something stands for itself."""
    told = attributes.get(key, "1").removeprefix("+")
    if not (told.isascii() and told.isdigit()):
        raise NotXml
    return int(told) if len(told) < 9 else MAX_NUMBER
