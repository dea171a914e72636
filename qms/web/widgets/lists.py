"""A list page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape

from qms.kernel.text import Message, _, current_language, show_date
from qms.web.widgets.pieces import Choice, Table, Text


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the line of filters; `kind` is `select`, `text` or `date`.

    `options` of a select are (value, label); with `everything` the empty value is offered first as "all".
    """

    name: str
    label: Text
    value: str = ""
    options: Sequence[tuple[str, Text]] | None = None
    kind: str = "select"
    everything: bool = True

    @property
    def said(self) -> Message:
        """What it narrows to, in words."""
        shown: Text = dict(self.options or ()).get(self.value, self.value)
        if self.kind == "date":
            shown = show_date(date.fromisoformat(self.value))
        return _("%(filter)s: %(value)s", filter=self.label, value=shown)

    def __html__(self) -> Markup:
        """The whole field with its label."""
        return _field(current_language(), replace(self, options=tuple(self.options or ())))


@lru_cache(maxsize=512)
def _field(_language: str, asked: Filter) -> Markup:
    """A function of its arguments alone, so what is kept of it is nobody's in particular."""
    name, value = escape(asked.name), str(asked.value)
    if asked.kind == "select":
        everything = f'<option value="">{escape(_("all"))}</option>' if asked.everything else ""
        options = "".join([_option(*one, value) for one in asked.options or ()])
        control = f'<select class="form-select" id="f-{name}" name="{name}">{everything}{options}</select>'
    else:
        sort = "search" if asked.kind == "text" else escape(asked.kind)
        control = (
            f'<input class="form-control" id="f-{name}" name="{name}" type="{sort}" '
            f'value="{escape(value)}" maxlength="200">'
        )
    mark = " filter-set" if value else ""
    return Markup(  # noqa: S704  # each part is escaped
        f'<div class="filter{mark}"><label for="f-{name}">{escape(asked.label)}</label>\n{control}</div>\n'
    )


def _option(value: str, label: Text, chosen: str) -> str:
    mark = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{mark}>{escape(label)}</option>'


@dataclass(frozen=True, slots=True)
class Bulk:
    """A verb on the rows that are ticked: leads to `url` with every ticked `code`."""

    url: str
    label: Text


ONE_LINE = 5  # filters


@dataclass(slots=True)
class ListView(Table):
    """A list page: one line of filters, what they are set to, the count, the rows, the next page.

    `chosen` says each filter that is set, its address is the list without it; `cleared_url` is the list without
    any. `hidden` are the parameters to keep when filtering (the sort). With `bulk`, the verbs on ticked
    rows, each row has a checkbox; `filtered` tells an empty answer from an empty area.
    """

    title: Text = ""
    count_text: Text = ""
    filters: Sequence[Filter] = ()
    chosen: Sequence[Choice] = ()
    cleared_url: str = ""
    hidden: Sequence[tuple[str, str]] = ()
    url: str = ""
    next_url: str = ""
    first_url: str = ""
    new_url: str = ""
    new_label: Text = ""
    empty_action: Choice | None = None
    bulk: Sequence[Bulk] = ()
    intro: Text = ""

    @property
    def shown(self) -> Sequence[Filter]:
        """The filters that stand there at once, on one line."""
        return self.filters[: ONE_LINE if len(self.filters) > ONE_LINE + 1 else None]

    @property
    def folded(self) -> Sequence[Filter]:
        """The other filters, which are folded away; a single one finds room on the line."""
        return self.filters[len(self.shown) :]

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(f.value for f in self.filters)
