"""A record page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qms.kernel.errors import Obstacle
from qms.kernel.text import _
from qms.web.widgets.pieces import Choice, StateBadge, Table, Text


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
    withdraw_url: str = ""


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
