"""What a page shows, as plain values: areas fill these, the layouts draw them.

Nothing here knows Flask or the database. Texts may be `str`, a lazy `Message` or `Markup`;
numbers and dates arrive already written for the reader (`show_number`, `show_date`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from markupsafe import Markup, escape

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


# ---------------------------------------------------------------- the frame of every page


@dataclass(frozen=True, slots=True)
class Nav:
    """One entry of the navigation; `count` is what waits there for the reader."""

    label: Text
    url: str
    active: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a switcher (organisation, year, language)."""

    label: Text
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class OrganisationName:
    """The organisation whose pages these are."""

    name: str
    slug: str


@dataclass(slots=True)
class Frame:
    """Everything `base.html` needs besides the page itself; a context processor spreads it.

    `person` None means nobody is signed in: no navigation is drawn. `theme` is empty to follow the
    machine, else `light` or `dark`. `today` and `demonstration` are for the demonstration's banner.
    """

    nav: Sequence[Nav] = ()
    organisation: OrganisationName | None = None
    organisations: Sequence[Choice] = ()
    year: str = ""
    years: Sequence[Choice] = ()
    person: str | None = None
    bell_count: int = 0
    home_url: str = "/"
    bell_url: str = ""
    search_url: str = ""
    account_url: str = ""
    logout_url: str = ""
    login_url: str = "/login"
    language: str = "vi"
    languages: Sequence[Choice] = ()
    theme: str = ""
    today: str = ""
    demonstration: bool = False

    def context(self) -> dict[str, Any]:
        """The names that `base.html` reads."""
        return {name: getattr(self, name) for name in _FRAME_NAMES}


_FRAME_NAMES = tuple(f.name for f in fields(Frame))


# ---------------------------------------------------------------- pieces


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
            return Markup('<td data-label="{}">').format(self.label)
        return Markup('<td class="{}" data-label="{}">').format(self.classes, self.label)


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

    def tags(self) -> list[Markup]:
        """The opening tags of the cells after the first, made once for all rows."""
        return [column.opening() for column in self.columns[1:]]

    def pairs(self, row: Row, tags: Sequence[Markup]) -> Iterator[tuple[Markup, Text | StateBadge]]:
        """(opening tag, cell) of every cell after the first."""
        return zip(tags, row.cells[1:], strict=True)


# ---------------------------------------------------------------- list


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


@dataclass(frozen=True, slots=True)
class Bulk:
    """A verb on the rows that are ticked: sent as `do=name` with every `code`."""

    name: str
    label: Text


@dataclass(slots=True)
class ListView(Table):
    """A list page: one line of filters, the count, the rows, the next page, the same rows as files.

    `hidden` are the parameters to keep when filtering (the sort). `selectable` adds a checkbox to
    each row and `bulk` the verbs; `filtered` tells an empty answer from an empty area.
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
    selectable: bool = False
    bulk: Sequence[Bulk] = ()
    bulk_url: str = ""
    intro: Text = ""

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(f.value for f in self.filters)


# ---------------------------------------------------------------- record


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the line of states: `state` is `done`, `now` or `todo`; the date as written."""

    label: Text
    state: str = "todo"
    date: str = ""


@dataclass(frozen=True, slots=True)
class MoveField:
    """A value asked for together with a move; `kind` is text, textarea, date, select or file."""

    name: str
    label: Text
    kind: str = "textarea"
    required: bool = False
    options: Sequence[tuple[str, Text]] = ()
    value: str = ""
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A button of the next-steps box: a POST to `url`, or what stands in its way.

    `needs_reason` asks for a `reason` before it is sent. The first `primary` one that is enabled is the
    page's chief button.
    """

    name: str
    label: Text
    url: str
    enabled: bool = True
    obstacles: Sequence[Obstacle] = ()
    needs_reason: bool = False
    primary: bool = False
    fields: Sequence[MoveField] = ()
    hint: Text = ""

    @property
    def asks(self) -> bool:
        """Whether something is filled in before it is sent."""
        return self.needs_reason or bool(self.fields)

    @property
    def sends_files(self) -> bool:
        """Whether a file is among what is asked for."""
        return any(f.kind == "file" for f in self.fields)

    def asked(self) -> list[MoveField]:
        """What is asked for, the reason last."""
        reason = [MoveField("reason", _("Reason"), required=True)] if self.needs_reason else []
        return [*self.fields, *reason]


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; an empty one shows `empty_hint`, so that a gap can be seen and mended."""

    label: Text
    value: Text | StateBadge | None = None
    href: str = ""
    empty_hint: Text = ""
    long: bool = False
    anchor: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show; a zero is something."""
        return self.value is None or self.value == ""


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the record; `id` is the anchor that obstacles point to.

    After the facts come `table`, then `body` (ready markup); `links` stand beside the heading.
    """

    id: str
    title: Text
    facts: Sequence[Fact] = ()
    table: Table | None = None
    body: Markup | str = ""
    links: Sequence[Choice] = ()
    note: Text = ""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Another record this one hangs together with, and how (`relation`: "source", "clause", …)."""

    relation: Text
    code: str
    title: Text
    url: str = ""
    state: StateBadge | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A piece of evidence; `size` as written, `sha256` whole (the page shows its beginning)."""

    name: str
    url: str
    size: str
    sha256: str
    who: str
    when: str
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on the record."""

    when: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One sentence of the history: who did what, when, from what to what, and why."""

    when: str
    who: str
    text: Text
    reason: str = ""
    changes: Sequence[Text] = ()
    late: Text = ""


@dataclass(slots=True)
class RecordView:
    """A record page of any kind, in the one order: what it is, what is next, facts, links, evidence, history.

    `version` goes with every move, so that a page read an hour ago cannot overwrite a newer state.
    """

    code: str
    title: Text
    state: StateBadge
    version: int = 0
    tags: Sequence[Text] = ()
    due: StateBadge | None = None
    steps: Sequence[Step] = ()
    moves: Sequence[Move] = ()
    facts: Sequence[Section] = ()
    links: Sequence[LinkRow] = ()
    attachments: Sequence[Attachment] = ()
    upload_url: str = ""
    upload_hint: Text = ""
    remarks: Sequence[Remark] = ()
    remark_url: str = ""
    history: Sequence[HistoryLine] = ()
    history_url: str = ""
    edit_url: str = ""
    list_url: str = ""
    list_label: Text = ""
    documents: Sequence[tuple[Text, str]] = ()
    illustrative: bool = False
    notice: Text = ""


# ---------------------------------------------------------------- form


@dataclass(slots=True)
class FormView:
    """A form page around a WTForms form.

    `submit_label` is a verb with its object. `version` is that of the record when it was read; None for
    a new record. `groups` are (heading, names of fields); fields not named come first, without a heading.
    """

    title: Text
    form: Any
    submit_label: Text
    cancel_url: str
    version: int | None = None
    intro: Text = ""
    groups: Sequence[tuple[Text, Sequence[str]]] = ()
    url: str = ""
    code: str = ""

    def loose_fields(self) -> list[Any]:
        """The visible fields that no group names, in the order of the form."""
        named = {name for _heading, names in self.groups for name in names}
        return [f for f in self.visible_fields() if f.short_name not in named]

    def visible_fields(self) -> list[Any]:
        """Every field that a person fills in."""
        return [f for f in self.form if f.type not in ("HiddenField", "CSRFTokenField")]

    def hidden_fields(self) -> list[Any]:
        """The fields that travel unseen, save the CSRF token, which the layout writes itself."""
        return [f for f in self.form if f.type == "HiddenField"]

    def problems(self) -> list[tuple[str, Text, Text]]:
        """(id of the field, its label, what is wrong) of every error, in the order of the form."""
        return [problem for f in self.form for problem in _problems_of(f)]

    @property
    def has_files(self) -> bool:
        """Whether a file is sent with it."""
        return any(f.type in ("FileField", "MultipleFileField") for f in self.form)


def _problems_of(one: Any) -> Iterator[tuple[str, Text, Text]]:
    """The errors of a field, those of the fields inside it first."""
    inner = list(one) if one.type in ("FieldList", "FormField") else []
    for part in inner:
        yield from _problems_of(part)
    if not inner or one.type == "FieldList":
        for error in one.errors:
            if not isinstance(error, dict | list):
                yield one.id, one.label.text, error


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed value that can be followed to its rows: never without its fraction and period.

    `stated` is the published value where it differs; `state` the verdict against the target.
    """

    label: Text
    value: str
    numerator: str = ""
    denominator: str = ""
    source_url: str = ""
    period: Text = ""
    stated: str = ""
    target: Text = ""
    state: StateBadge | None = None
    spark: Markup | str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the yearly board: what is due every year, and where it stands."""

    label: Text
    state: StateBadge
    url: str = ""


_OUTCOMES = {
    "holds": ("done", _("holds")),
    "fails": ("late", _("fails")),
    "warns": ("wait", _("differs")),
    "unchecked": ("none", _("cannot be checked")),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict of one check: `outcome` is `holds`, `fails`, `warns` or `unchecked`."""

    outcome: str
    rule: str
    text: Text
    note: Text = ""

    @property
    def state(self) -> StateBadge:
        """The verdict as a word with its sign."""
        tone, word = _OUTCOMES[self.outcome]
        return StateBadge(word, tone)
