"""A list page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from qms.kernel.text import current_language
from qms.web.widgets.pieces import Choice, Table, Text


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the line of filters; `kind` is `select`, `text` or `date`.

    `options` of a select are (value, label); the empty value is offered first as "all".
    """

    name: str
    label: Text
    value: str = ""
    options: Sequence[tuple[str, Text]] | None = None
    kind: str = "select"

    def drawn(self) -> Markup:
        """The options of a select after "all", drawn: lists offer a hundred."""
        return _drawn(current_language(), str(self.value), tuple(self.options or ()))


@lru_cache(maxsize=256)
def _drawn(_language: str, chosen: str, options: tuple[tuple[str, Text], ...]) -> Markup:
    """A function of its arguments alone, so what is kept of it is nobody's in particular."""
    drawn = [
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for value, label in options
    ]
    return Markup("".join(drawn))  # noqa: S704  # each part is escaped


@dataclass(frozen=True, slots=True)
class Bulk:
    """A verb on the rows that are ticked: leads to `url` with every ticked `code`."""

    url: str
    label: Text


@dataclass(slots=True)
class ListView(Table):
    """A list page: one line of filters, the count, the rows, the next page, the same rows as files.

    `hidden` are the parameters to keep when filtering (the sort). With `bulk`, the verbs on ticked
    rows, each row has a checkbox; `filtered` tells an empty answer from an empty area.
    """

    title: Text = ""
    count_text: Text = ""
    filters: Sequence[Filter] = ()
    hidden: Sequence[tuple[str, str]] = ()
    url: str = ""
    next_url: str = ""
    first_url: str = ""
    xlsx_url: str = ""
    csv_url: str = ""
    new_url: str = ""
    new_label: Text = ""
    empty_action: Choice | None = None
    bulk: Sequence[Bulk] = ()
    intro: Text = ""

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(f.value for f in self.filters)
