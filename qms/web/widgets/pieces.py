"""What all pages are put together from: states, links, small tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _

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


def html(value: object) -> str:
    """`value` as it stands in a page: what can draw itself does, all else is escaped.

    Repeated pieces of a page draw themselves (`__html__`): a template takes three times as long. Those that
    stand in cells give Markup, since `Markup.format` escapes a plain string; the others are put together by `drawn`.
    """
    if type(value) is str:
        return escape(value)
    draw = getattr(value, "__html__", None)
    return escape(str(value)) if draw is None else draw()


def drawn(pieces: Iterable[Any]) -> Markup:
    """What draws itself, one after another."""
    return Markup("".join([piece.__html__() for piece in pieces]))  # noqa: S704


def attribute(name: str, value: Text) -> str:
    """` name="value"` for an opening tag; nothing where the value is empty."""
    return f' {name}="{html(value)}"' if value else ""


def mend_url(where: str, base: str) -> str:
    """Where an obstacle is mended: `where` is an anchor, a query or a path below the page `base`, or a whole path."""
    if where.startswith("/"):
        return where
    return f"{base}{where}" if where.startswith(("#", "?")) else f"{base}/{where}"


def obstacles(found: Sequence[Obstacle], base: str = "", kind: str = "obstacles") -> Markup:
    """What stands in the way, each linked to where it is mended."""
    lines = [
        f'<li><a href="{html(mend_url(one.where, base))}">{html(one.text)}</a></li>'
        if one.where
        else f"<li>{html(one.text)}</li>"
        for one in found
    ]
    return Markup(f'<ul class="{kind}">{"".join(lines)}</ul>')  # noqa: S704  # each part is escaped


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

    def __html__(self) -> Markup:
        sign = self.icon or SIGNS.get(self.tone, "●")
        return Markup(  # noqa: S704  # each part is escaped
            f'<span class="state state-{self.tone}"><span class="sign" aria-hidden="true">{sign}</span>'
            f"{html(self.label)}</span>"
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

    def opening(self) -> str:
        """The opening tag of its cells, with the label that shows when the row is a card."""
        return f'<td{attribute("class", self.classes)} data-label="{html(self.label)}">'


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `cells` in the order of the columns, the first of which carries the link to `url`.

    `value` is what its checkbox sends; `tone` marks the row (`late`, `void`).
    """

    url: str
    cells: Sequence[Text | StateBadge]
    value: str = ""
    tone: str = ""


DENSE = 10  # columns


@dataclass(slots=True)
class Table:
    """A small table inside a page (actions, measurements, verdicts); cards on a narrow screen."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Text = ""
    empty_text: Text = ""
    total: Sequence[Text] = ()

    @property
    def dense(self) -> bool:
        """Whether it has so many columns that its cells break their lines on a common screen."""
        return len(self.columns) >= DENSE

    def body(self, tick: Text = "") -> Markup:
        """The rows, drawn. With `tick` each can be ticked."""
        tags = [column.opening() for column in self.columns[1:]]
        head = '<th scope="row" class="wide">' if self.columns[0].kind == "wide" else '<th scope="row">'
        return Markup("".join([_drawn(row, head, tags, str(tick)) for row in self.rows]))  # noqa: S704  # escaped there

    def drawn(self, kind: str = "") -> Markup:
        """The whole table in a sheet of the class `kind`, its head repeated on paper; without rows its empty text."""
        if not self.rows:
            return Markup('<p class="empty-line">{}</p>').format(self.empty_text or _NOTHING)
        caption = f"<caption>{html(self.caption)}</caption>" if self.caption else ""
        look = "register dense" if self.dense else "register"
        heads = "".join(
            [f'<th scope="col"{attribute("class", c.classes)}>{html(c.label)}</th>' for c in self.columns]
        )
        return Markup(  # noqa: S704  # each part is escaped
            f'<div class="sheet {kind}"><table class="{look}">{caption}<thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{self.body()}</tbody>{self._foot()}</table></div>\n"
        )

    def _foot(self) -> str:
        if not self.total:
            return ""
        cells = [
            f"{column.opening()}{html(value)}</td>"
            for column, value in zip(self.columns[1:], self.total[1:], strict=True)
        ]
        return f'<tfoot><tr><th scope="row">{html(self.total[0])}</th>{"".join(cells)}</tr></tfoot>'


_NOTHING = _("Nothing here yet.")


def _drawn(row: Row, head: str, tags: Sequence[str], tick: str) -> str:
    first = html(row.cells[0])
    if row.url:
        first = f'<a href="{html(row.url)}">{first}</a>'
    tone = f' class="row-{html(row.tone)}"' if row.tone else ""
    cells = "".join([f"{tag}{html(cell)}</td>" for tag, cell in zip(tags, row.cells[1:], strict=True)])
    return f"<tr{tone}>{_tick(row, tick) if tick else ''}{head}{first}</th>{cells}</tr>\n"


def _tick(row: Row, tick: str) -> str:
    value = escape(row.value)
    return (
        '<td class="pick"><label><input type="checkbox" form="bulk" name="code" '
        f'value="{value}" aria-label="{html(tick)} {value}"></label></td>'
    )
