"""A record page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qms.kernel.errors import Obstacle
from qms.kernel.text import _
from qms.web.widgets.moves import Move
from qms.web.widgets.pieces import Choice, StateBadge, Table, Text, attribute, html


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the line of states: `state` is `done`, `now`, `todo` or `skipped`; the date as written."""

    label: Text
    state: str = "todo"
    date: str = ""

    def __html__(self) -> str:
        now = ' aria-current="step"' if self.state == "now" else ""
        done = f'<span class="visually-hidden"> {html(_DONE)}</span>' if self.state == "done" else ""
        return (
            f'<li class="step step-{self.state}"{now}><span class="step-label">{html(self.label)}</span>{done} '
            f'<span class="step-date">{self.date}</span></li>\n'
        )


_DONE = _("done")


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

    def __html__(self) -> str:
        if self.is_empty:
            shown = f'<dd class="gap">{html(self.empty_hint or _NOT_RECORDED)}</dd>'
        elif self.href:
            shown = f'<dd><a href="{html(self.href)}">{html(self.value)}</a></dd>'
        else:
            shown = f"<dd>{html(self.value)}</dd>"
        kind = "fact fact-long" if self.long else "fact"
        return f'<div class="{kind}"{attribute("id", self.anchor)}><dt>{html(self.label)}</dt>{shown}</div>\n'


_NOT_RECORDED = _("not recorded")


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

    def __html__(self) -> str:
        beside = [f'<a class="part-do" href="{html(one.url)}">{html(one.label)}</a>' for one in self.links]
        parts = [
            f'<section class="part" id="{self.id}" aria-labelledby="{self.id}-title">\n',
            f'<div class="part-head"><h2 id="{self.id}-title">{html(self.title)}</h2>{"".join(beside)}</div>\n',
        ]
        if self.note:
            parts.append(f'<p class="hint">{html(self.note)}</p>\n')
        if self.facts:
            parts += ['<dl class="facts">\n', *[fact.__html__() for fact in self.facts], "</dl>\n"]
        if self.table:
            parts.append(self.table.drawn())
        return "".join([*parts, html(self.body), "</section>\n"])


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Another record this one hangs together with, and how (`relation`: "source", "clause", …)."""

    relation: Text
    code: str
    title: Text
    url: str = ""
    state: StateBadge | None = None

    def __html__(self) -> str:
        code = f'<span class="code">{html(self.code)}</span> ' if self.code else ""
        named = f"{code}{html(self.title)}"
        other = f'<a href="{html(self.url)}">{named}</a>' if self.url else named
        state = f" {self.state.__html__()}" if self.state else ""
        return (
            f'<li><span class="relation">{html(self.relation)}</span> '
            f'<span class="linked-to">{other}</span>{state}</li>\n'
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A piece of evidence; `size` as written, `sha256` whole (the page shows its beginning)."""

    id: int
    name: str
    url: str
    size: str
    sha256: str
    who: str
    when: str
    note: Text = ""
    withdraw_url: str = ""

    def drawn(self, token: str) -> Markup:
        """Its line, with the form that withdraws it; `token` is the session's, against forged requests."""
        note = f' <span class="evidence-note">{html(self.note)}</span>' if self.note else ""
        return Markup(  # noqa: S704  # each part is escaped
            f'<li><a href="{html(self.url)}" download>{html(self.name)}</a> <span class="evidence-facts">{self.size} · '
            f'{html(self.who)}, {self.when} · <span title="{self.sha256}">sha256 '
            f'<span class="code">{self.sha256[:12]}…</span></span></span>{note}{self._withdrawal(token)}</li>\n'
        )

    def _withdrawal(self, token: str) -> str:
        if not self.withdraw_url:
            return ""
        field, verb = f"withdraw-{self.id}", html(_WITHDRAW)
        return (
            f'<details class="ask"><summary class="btn btn-quiet btn-small">{verb}'
            f'<span class="visually-hidden"> {html(self.name)}</span></summary>\n'
            f'<form method="post" action="{html(self.withdraw_url)}">'
            f'<input type="hidden" name="csrf_token" value="{token}">'
            f'<label class="form-label" for="{field}">{html(_WHY)}</label><textarea class="form-control" id="{field}" '
            f'name="reason" rows="2" maxlength="300" required></textarea>'
            f'<button class="btn btn-quiet" type="submit">{verb}</button></form></details>'
        )


_WITHDRAW, _WHY = _("Withdraw the file"), _("Why it is withdrawn")


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on the record."""

    when: str
    who: str
    text: str

    def __html__(self) -> str:
        return (
            f'<div class="remark"><p class="remark-head">{self.when}, {html(self.who)}</p>'
            f'<p class="remark-text">{html(self.text)}</p></div>\n'
        )


@dataclass(frozen=True, slots=True)
class Folded:
    """A long text: `shown` is its short form, which unfolds to the `whole`."""

    shown: str
    whole: str

    def __str__(self) -> str:
        return self.shown

    def __html__(self) -> str:
        return f'<details class="fold"><summary>{html(self.shown)}</summary>\n{html(self.whole)}</details>'


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One sentence of the history: who did what, when, why, and from what to what."""

    when: Text
    who: str
    text: Text
    reason: str = ""
    changes: Sequence[Text | Folded] = ()
    late: Text = ""

    def __html__(self) -> str:
        said = [html(self.text)]
        if self.reason:
            reason = _("Reason: %(text)s", text=self.reason)
            said.append(f'. <span class="reason">{html(reason)}</span>')
        if self.late:
            said.append(f" {StateBadge(self.late, 'wait').__html__()}")
        said += [f'<div class="change">{html(change)}</div>' for change in self.changes]
        who = f'<span class="who">{html(self.who)}</span>'
        return (
            f'<li><span class="when">{html(self.when)}</span> <div class="what">{who}: '
            f"{''.join(said)}</div></li>\n"
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step that was sent is not carried out; `reasons` link to where they are mended.

    `typed` is what was sent for fields that the page does not have any more.
    """

    title: Text
    text: Text
    reasons: Sequence[Obstacle] = ()
    typed: Sequence[Fact] = ()


@dataclass(slots=True)
class RecordView:
    """A record page of any kind, in the one order: what it is, what is next, facts, links, evidence, history.

    `version` goes with every move, so that a page read an hour ago cannot overwrite a newer state. `openings` lead to
    new records that come from this one, `link_choices` stand beside the heading of its links.
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
    link_choices: Sequence[Choice] = ()
    openings: Sequence[Choice] = ()
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
    papers: Markup | str = ""  # the documents as PDF, drawn
    illustrative: bool = False
    notice: Text = ""
    refusal: Refusal | None = None

    def ahead(self) -> list[Move]:
        """The moves that lead on, which stand above the facts."""
        return [move for move in self.moves if not move.apart]

    def ending(self) -> list[Move]:
        """The moves that end the record early, which stand below everything."""
        return [move for move in self.moves if move.apart]
