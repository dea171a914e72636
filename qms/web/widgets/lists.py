"""A list page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from qms.kernel.text import _, current_language
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

    def __html__(self) -> Markup:
        """The whole field with its label."""
        options = tuple(self.options or ())
        return _field(current_language(), self.name, self.label, str(self.value), options, self.kind)


@lru_cache(maxsize=512)
def _field(
    language: str, name: str, label: Text, value: str, options: tuple[tuple[str, Text], ...], kind: str
) -> Markup:
    """As `_drawn`, a function of its arguments alone."""
    field = f"f-{escape(name)}"
    if kind == "select":
        control = (
            f'<select class="form-select" id="{field}" name="{escape(name)}">'
            f'<option value="">{escape(_("all"))}</option>{_drawn(language, value, options)}</select>'
        )
    else:
        sort = "search" if kind == "text" else kind
        control = (
            f'<input class="form-control" id="{field}" name="{escape(name)}" type="{escape(sort)}" '
            f'value="{escape(value)}" maxlength="200">'
        )
    mark = " filter-set" if value else ""
    return Markup(  # noqa: S704  # each part is escaped
        f'<div class="filter{mark}"><label for="{field}">{escape(label)}</label>\n{control}</div>\n'
    )


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
