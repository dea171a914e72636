"""What all pages are put together from: states, links, small tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from qms.kernel.text import Message

Text = str | Message | Markup

SIGNS = {
    "open": "●",
    "wait": "◐",
    "late": "▲",
    "done": "✓",
    "void": "∅",
    "none": "○",
}
"""The sign that stands beside the word of a state, by tone: colour is never the only sign."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a switcher (organisation, year, language)."""

    label: Text
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class StateBadge:
    """A state as word, sign and colour; `tone` is a key of `SIGNS`, `icon` replaces its sign."""

    label: Text
    tone: str = "open"
    icon: str = ""

    def __html__(self) -> str:
        sign = self.icon or SIGNS.get(self.tone, "●")
        return (
            f'<span class="state state-{self.tone}"><span class="sign" aria-hidden="true">{sign}</span>'
            f"{escape(self.label)}</span>"
        )

    def __str__(self) -> str:
        return str(self.label)


def link(url: str, label: Text) -> Markup:
    """A link for a cell or a fact; both arguments are escaped."""
    return Markup('<a href="{}">{}</a>').format(url, label)


def lines_of(*lines: Text) -> Markup:
    """Several short lines in one cell; empty ones are left out."""
    return Markup("<br>").join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list or table; `numeric` sets it right-aligned in tabular figures.

    `kind` is a further class of its cells: `wide` (takes the room), `nowrap`, `state`.
    """

    key: str
    label: Text
    sort_url: str | None = None
    sorted: str = ""
    numeric: bool = False
    kind: str = ""

    @property
    def classes(self) -> str:
        """The class names of its cells."""
        return " ".join(c for c in ("num" if self.numeric else "", self.kind) if c)

    def opening(self) -> Markup:
        """The opening tag of its cells, with the label that shows when the row is a card."""
        if not self.classes:
            return Markup(f'<td data-label="{escape(self.label)}">')  # noqa: S704
        return Markup(f'<td class="{escape(self.classes)}" data-label="{escape(self.label)}">')  # noqa: S704


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `cells` in the order of the columns, the first of which carries the link to `url`.

    `value` is what its checkbox sends; `tone` marks the row (`late`, `void`).
    """

    url: str
    cells: Sequence[Text | StateBadge]
    value: str = ""
    tone: str = ""


@dataclass(slots=True)
class Table:
    """A small table inside a page (actions, measurements, verdicts); cards on a narrow screen."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Text = ""
    empty_text: Text = ""
    total: Sequence[Text] = ()

    def body(self, tick: Text = "") -> Markup:
        """The rows, drawn: a template takes three times as long for fifty. With `tick` each can be ticked."""
        tags = [str(column.opening()) for column in self.columns[1:]]
        head = '<th scope="row" class="wide">' if self.columns[0].kind == "wide" else '<th scope="row">'
        return Markup("".join([_drawn(row, head, tags, str(tick)) for row in self.rows]))  # noqa: S704  # escaped there


def _drawn(row: Row, head: str, tags: Sequence[str], tick: str) -> str:
    first = _text(row.cells[0])
    if row.url:
        first = f'<a href="{escape(row.url)}">{first}</a>'
    tone = f' class="row-{escape(row.tone)}"' if row.tone else ""
    cells = "".join([f"{tag}{_text(cell)}</td>" for tag, cell in zip(tags, row.cells[1:], strict=True)])
    return f"<tr{tone}>{_tick(row, tick) if tick else ''}{head}{first}</th>{cells}</tr>\n"


def _tick(row: Row, tick: str) -> str:
    value = escape(row.value)
    return (
        '<td class="pick"><label><input type="checkbox" form="bulk" name="code" '
        f'value="{value}" aria-label="{escape(tick)} {value}"></label></td>'
    )


def _text(cell: Text | StateBadge) -> str:
    return cell if type(cell) is Markup else escape(cell)
