"""Numbers as people write them: which separators a column uses, counts, shares and decimals.

Pure. Counts are `int`, everything else `Decimal`; a float is only ever what a spreadsheet hands in, and
is taken by its shortest decimal spelling. Nothing is rounded, cut or guessed without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Any

from qms.kernel.text import Message, _, fold, show_number

LONGEST = 40  # characters of a number with its separators
LARGEST = 10**15  # no agency counts further, and every database keeps it exactly


class Style(StrEnum):
    """How the numbers of one column separate thousands and decimals."""

    VIETNAMESE = "vi"  # 14.712 and 29,67
    ENGLISH = "en"  # 14,712 and 29.67


class Kind(StrEnum):
    """What the numbers of one column are."""

    COUNT = "count"  # whole, not negative
    SHARE = "share"  # percent, with the decimals that were printed
    DECIMAL = "decimal"  # any number that is not negative


class About(StrEnum):
    """In what way a published figure is approximate."""

    MORE = "more"
    ROUGHLY = "roughly"
    LESS = "less"


@dataclass(frozen=True)
class Written:
    """One number as it was written: its digits, and whether it came with `hơn`, `khoảng`, `%`."""

    body: str
    about: About | None = None
    percent: bool = False
    raw: str = ""  # the text itself, for messages


_ROOMY = Context(prec=2 * LONGEST)  # as many digits as a number of either side of a rounding may have
_WORDS = {
    About.MORE: ("hon", "tren", "more than", "over", ">"),
    About.ROUGHLY: ("khoang", "xap xi", "about", "approximately", "approx.", "around", "~", "≈"),
    About.LESS: ("gan", "duoi", "nearly", "almost", "less than", "under", "<"),
}
_PREFIXES = tuple((word, about) for about, words in _WORDS.items() for word in words)
_UNIT = re.compile(r"(?<=[0-9%]) *(?:ho so|hs|cases?|dossiers?)\Z")
_BLANKS = frozenset({"", "-", "–", "—", "…", "...", "n/a", "khong cong bo", "not published"})
_DIGITS = re.compile(r"[0-9]+")
_SPACED = re.compile(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))")
_GROUPED = {
    Style.VIETNAMESE: re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?"),
    Style.ENGLISH: re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"),
}
_POINTED = {Style.VIETNAMESE: re.compile(r"[0-9]+,[0-9]+"), Style.ENGLISH: re.compile(r"[0-9]+\.[0-9]+")}


def is_blank(value: Any) -> bool:
    """Whether a cell says nothing: empty, a dash, dots, `không công bố`."""
    return value is None or (isinstance(value, str) and (not value or fold(value) in _BLANKS))


def taken_apart(text: str) -> Written:
    """`hơn 1.700 hồ sơ` as digits and qualifier, without its unit; the digits are not yet judged."""
    bare = fold(text)
    about = None
    for word, meaning in _PREFIXES:
        if bare.startswith(word) and bare[len(word) : len(word) + 1] in " 0123456789":
            bare, about = bare[len(word) :].strip(), meaning
            break
    bare = _UNIT.sub("", bare)
    percent = bare.endswith("%")
    raw = text.strip()
    shown = raw if len(raw) <= 60 else raw[:60] + "…"
    return Written(_SPACED.sub("", bare.rstrip("%").strip()), about, percent, shown)


# ---------------------------------------------------------------- one number in a known style


def decimal_in(body: str, style: Style | None) -> Decimal | None:
    """The value of digits written in `style` (None: no separators), or None if they are not so written.

    Keeps the printed decimals: `99,40` has two.
    """
    if len(body) > LONGEST:
        return None
    if _DIGITS.fullmatch(body):
        return Decimal(body)
    if style is None or not (_GROUPED[style].fullmatch(body) or _POINTED[style].fullmatch(body)):
        return None
    thousands, point = (".", ",") if style is Style.VIETNAMESE else (",", ".")
    return Decimal(body.replace(thousands, "").replace(point, "."))


def fits(body: str, style: Style, kind: Kind) -> bool:
    """Whether digits read in `style` give a number that `kind` allows.

    This decides `1.534`: as a count it can only be 1534, so the point separates thousands; as a share it
    can only be 1,534 %, for no share has thousands.
    """
    value = decimal_in(body, style)
    if value is None:
        return False
    if kind is Kind.COUNT:
        other = Style.ENGLISH if style is Style.VIETNAMESE else Style.VIETNAMESE
        thousands = _POINTED[style].fullmatch(body) and _GROUPED[other].fullmatch(body)  # 5.000 is never 5
        return value == value.to_integral_value() and not thousands
    return kind is Kind.DECIMAL or not _GROUPED[style].fullmatch(body)


# ---------------------------------------------------------------- a whole column


@dataclass
class Column:
    """The numbers of one column: a value or None per cell, what was approximate, and what was wrong.

    `errors` holds (index, message); a cell with an error has the value None.
    """

    values: list[Any]
    style: Style | None = None
    about: dict[int, About] = field(default_factory=dict)
    errors: list[tuple[int, Message]] = field(default_factory=list)
    numeric: list[int] = field(default_factory=list)  # cells that were numbers, not text


def read_column(
    cells: Sequence[Any], kind: Kind, *, name: Callable[[int], str] = str, prefer: Style | None = None
) -> Column:
    """The numbers of a column of raw cells; `name` gives the name of a cell for the messages.

    The style of separators is decided once for the column; cells that disagree are an error that names
    them. `prefer` decides a column of decimals that could be read both ways; without it they are errors.
    Shares that are number cells come out as they stand: see `as_percent`.
    """
    values: list[Any] = [None] * len(cells)
    texts: list[tuple[int, Written]] = []
    column = Column(values)
    counts = kind is Kind.COUNT
    for index, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        if counts and type(cell) is float and 0 <= cell < LARGEST and cell.is_integer():
            values[index] = int(cell)  # how every whole number of a workbook arrives
        elif type(cell) is str:
            if cell.isascii() and cell.isdigit() and len(cell) < 16:
                values[index] = int(cell) if counts else Decimal(cell)
            elif not is_blank(cell):
                texts.append((index, taken_apart(cell)))
        else:
            _read_other(column, index, cell, kind)
    if texts:
        _read_texts(column, texts, kind, name, prefer)
    return column


def _read_other(column: Column, index: int, cell: Any, kind: Kind) -> None:
    """Take a number cell of a column, or say why it cannot be one."""
    wrong = _why_not(cell, kind)
    if wrong is not None:
        column.errors.append((index, wrong))
        return
    column.values[index] = int(cell) if kind is Kind.COUNT else Decimal(repr(cell))
    column.numeric.append(index)


def _why_not(cell: Any, kind: Kind) -> Message | None:
    """Why a cell that is no text cannot be a number of `kind`; None if it can."""
    if isinstance(cell, bool):
        return _("is a yes/no value, not a number")
    if isinstance(cell, date) or not isinstance(cell, int | float | Decimal):
        return _("is a date or a time, not a number; format the column as text and type it again")
    if cell != cell or cell in (float("inf"), float("-inf")):
        return _("is not a number")
    if cell < 0:
        return _("is negative: %(value)s", value=cell)
    if cell >= LARGEST:
        return _("is too large")
    if kind is Kind.COUNT and cell != int(cell):
        return _(
            "holds the number %(value)s, but a count is whole; if a separator of thousands was typed as the "
            "decimal one, type the number again without it",
            value=Shown(Decimal(repr(cell))),
        )
    return None


def _read_texts(
    column: Column,
    texts: list[tuple[int, Written]],
    kind: Kind,
    name: Callable[[int], str],
    prefer: Style | None,
) -> None:
    """Decide the style of the column from its texts and take them in it."""
    styles = {index: [s for s in Style if fits(w.body, s, kind)] for index, w in texts}
    decided = {s for found in styles.values() if len(found) == 1 for s in found}
    if len(decided) > 1:
        column.errors.append((_minority(styles), _mixture(texts, styles, name)))
        return
    column.style = next(iter(decided), None)
    style = column.style or prefer
    for index, written in texts:
        value = decimal_in(written.body, style)
        if value is None and style is None:  # only to say what is wrong with it
            value = next((v for s in Style if (v := decimal_in(written.body, s)) is not None), None)
        undecided = style is None and len(styles[index]) > 1 and not written.body.isdigit()
        wrong = _why_not_text(written, value, kind, undecided=undecided)
        if wrong is not None:
            column.errors.append((index, wrong))
            continue
        assert value is not None
        column.values[index] = int(value) if kind is Kind.COUNT else value
        if written.about:
            column.about[index] = written.about


def _why_not_text(written: Written, value: Decimal | None, kind: Kind, *, undecided: bool) -> Message | None:
    """Why a text cannot be a number of `kind` in the style of its column; None if it can."""
    shown = written.raw
    if re.fullmatch(r"[-−(] *[0-9].*", written.body):
        return _("is negative: %(value)s", value=shown)
    if undecided:
        return _(
            "“%(value)s” can be read in two ways; write it without a separator of thousands", value=shown
        )
    if value is None:
        return _("“%(value)s” is not a number", value=shown)
    if written.percent and kind is Kind.COUNT:
        return _("“%(value)s” is a percentage, but a count is expected", value=shown)
    if value >= LARGEST:
        return _("is too large")
    if kind is Kind.COUNT and value != value.to_integral_value():
        return _("“%(value)s” is not a whole number", value=shown)
    return None


def _minority(styles: dict[int, list[Style]]) -> int:
    """The first cell written in the style that fewer cells of the column use."""
    sure = {index: found[0] for index, found in styles.items() if len(found) == 1}
    used = list(sure.values())
    rare = min(Style, key=lambda style: (used.count(style), style is Style.VIETNAMESE))
    return next(index for index, style in sure.items() if style is rare)


def _mixture(
    texts: list[tuple[int, Written]], styles: dict[int, list[Style]], name: Callable[[int], str]
) -> Message:
    """Names some cells of either style."""
    listed = {
        style: ", ".join(
            f"{name(i)} ({w.body})" for i, w in [t for t in texts if styles[t[0]] == [style]][:3]
        )
        for style in Style
    }
    return _(
        "the column mixes two ways of writing numbers: Vietnamese in %(vi)s, English in %(en)s; use one",
        vi=listed[Style.VIETNAMESE],
        en=listed[Style.ENGLISH],
    )


# ---------------------------------------------------------------- shares in number cells


def are_fractions(numbers: Iterable[Decimal]) -> bool:
    """Whether shares in number cells are fractions of one (0.2967), as Excel keeps a percent format.

    Decided for all the shares of a file together, because one small share (0.48) could be either: a
    single number above 1 says that percents were typed.
    """
    found = list(numbers)
    return bool(found) and max(found) <= 1


def as_percent(number: Decimal, *, fraction: bool) -> Decimal:
    """A share from a number cell, in percent.

    A number with more than four decimals is the result of a formula, whose printed decimals the file
    does not tell: it is taken as printed with two, rounded half up.
    """
    percent = number.scaleb(2) if fraction else number
    if percent == percent.to_integral_value():
        return Decimal(int(percent))
    return round_half_up(percent, 2) if places(percent) > 4 else percent


def percent_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """`part` in percent of `whole`, not rounded (whoever shows it rounds half up); None of nothing."""
    return Decimal(100) * part / whole if whole else None


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` with `places` decimals, a half going up, as every statement here is rounded."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _ROOMY)


def places(value: Decimal) -> int:
    """How many decimals a number was printed with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# ---------------------------------------------------------------- numbers in messages and forms


@dataclass(frozen=True)
class Shown:
    """A number inside a message: printed in the language in which the message is shown."""

    value: int | Decimal

    def __str__(self) -> str:
        return show_number(self.value).replace("-", "−")


def about_label(about: About | str, value: int | Decimal) -> Message:
    """`hơn 1.700`, `khoảng 1.700` or `gần 1.700`."""
    shown = Shown(value)
    match About(about):
        case About.MORE:
            return _("more than %(n)s", n=shown)
        case About.ROUGHLY:
            return _("about %(n)s", n=shown)
        case _:
            return _("nearly %(n)s", n=shown)


def parse_decimal(text: str, language: str) -> Decimal:
    """A number typed into a form, in the separators of `language`; `%` and a unit may follow it.

    Raises ValueError with a Message for anything else, also for a blank and a negative number.
    """
    written = taken_apart(text)
    value = decimal_in(written.body, Style(language))
    wrong = _why_not_text(written, value, Kind.DECIMAL, undecided=False)
    if written.about is not None:
        wrong = _("“%(value)s” is approximate, but an exact number is expected", value=text.strip())
    if wrong is not None:
        raise ValueError(wrong)
    assert value is not None
    return value


@dataclass(frozen=True)
class Joined:
    """Messages and numbers inside a message, joined; each is translated when the message is shown."""

    parts: tuple[Any, ...]
    joint: str = ", "

    def __str__(self) -> str:
        return self.joint.join(map(str, self.parts))
