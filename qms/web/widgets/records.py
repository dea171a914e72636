"""A record page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qms.kernel.errors import Obstacle
from qms.kernel.text import _
from qms.web.widgets.pieces import Choice, StateBadge, Table, Text, attribute, html, obstacles


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
class MoveField:
    """A value asked for together with a move; `kind` is text, textarea, date, select or file."""

    name: str
    label: Text
    kind: str = "textarea"
    required: bool = False
    options: Sequence[tuple[str, Text]] = ()
    value: str = ""
    hint: Text = ""

    def drawn(self, step: str) -> str:
        """The field with its label, as part of the form of the move called `step`."""
        id = f"{step}-{self.name}"
        must = f' <span class="required">{html(_REQUIRED)}</span>' if self.required else ""
        hint = f'<p class="hint" id="{id}-hint">{html(self.hint)}</p>\n' if self.hint else ""
        described = f' aria-describedby="{id}-hint"' if self.hint else ""
        own = f'id="{id}" name="{self.name}"{" required" if self.required else ""}{described}'
        return (
            f'<div class="field">\n<label class="form-label" for="{id}">{html(self.label)}{must}</label>\n'
            f"{hint}{self._control(own)}\n</div>"
        )

    def _control(self, own: str) -> str:
        if self.kind == "textarea":
            return f'<textarea class="form-control" rows="3" {own}>{html(self.value)}</textarea>'
        if self.kind == "select":
            options = [
                f'<option value="{html(value)}"{" selected" if value == self.value else ""}>{html(label)}</option>'
                for value, label in self.options
            ]
            return f'<select class="form-select" {own}>{"".join(options)}</select>'
        if self.kind == "file":
            return f'<input type="file" class="form-control" {own}>'
        look = "form-control short" if self.kind == "date" else "form-control"
        return f'<input type="{self.kind}" class="{look}" value="{html(self.value)}" {own}>'


_REQUIRED = _("(required)")


@dataclass(frozen=True, slots=True)
class Move:
    """A button of the next-steps box: a POST to `url`, or what stands in its way.

    `needs_reason` asks for a `reason` before it is sent. The first `primary` one that is enabled is the
    page's chief button; one that is `apart` ends the record early and stands below everything.
    """

    name: str
    label: Text
    url: str
    enabled: bool = True
    obstacles: Sequence[Obstacle] = ()
    needs_reason: bool = False
    primary: bool = False
    apart: bool = False
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

    def drawn(self, token: str, version: int, base: str) -> Markup:
        """Its button with what it asks, or what stands in its way; obstacles are mended below the page `base`.

        `token` is the session's, against forged requests; `version` that of the record as it is shown.
        """
        way = self._form(token, version) if self.enabled else _disabled(self.label)
        if self.obstacles:
            way += (
                f'<div class="missing"><span>{html(_MISSING)}</span> {obstacles(self.obstacles, base)}</div>'
            )
        elif self.hint:
            way += f'<p class="hint">{html(self.hint)}</p>'
        return Markup(f'<div class="{"move" if self.enabled else "move move-blocked"}">\n{way}</div>\n')  # noqa: S704

    def _form(self, token: str, version: int) -> str:
        look, label = "btn-primary" if self.primary else "btn-quiet", html(self.label)
        sends = ' enctype="multipart/form-data"' if self.sends_files else ""
        form = (
            f'<form method="post" action="{html(self.url)}"{sends}>'
            f'<input type="hidden" name="csrf_token" value="{token}">'
            f'<input type="hidden" name="version" value="{version}">'
            f"{''.join([field.drawn(self.name) for field in self.asked()])}"
            f'<button class="btn {look}" type="submit">{label}</button></form>'
        )
        if not self.asks:
            return form + "\n"
        return f'<details class="ask"><summary class="btn {look}">{label}</summary>\n{form}</details>\n'


_MISSING = _("still missing:")


def _disabled(label: Text) -> str:
    return f'<button class="btn btn-quiet" type="button" disabled>{html(label)}</button>\n'


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
class HistoryLine:
    """One sentence of the history: who did what, when, from what to what, and why."""

    when: str
    who: str
    text: Text
    reason: str = ""
    changes: Sequence[Text] = ()
    late: Text = ""

    def __html__(self) -> str:
        said = [html(self.text), *[f'<span class="change">{html(change)}</span>' for change in self.changes]]
        if self.reason:
            said.append(f' <span class="reason">{html(_("reason: %(text)s", text=self.reason))}</span>')
        if self.late:
            said.append(f" {StateBadge(self.late, 'wait').__html__()}")
        return (
            f'<li><span class="when">{self.when}</span> <span class="what"><span class="who">{html(self.who)}</span>: '
            f"{''.join(said)}</span></li>\n"
        )


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

    def ahead(self) -> list[Move]:
        """The moves that lead on, which stand above the facts."""
        return [move for move in self.moves if not move.apart]

    def ending(self) -> list[Move]:
        """The moves that end the record early, which stand below everything."""
        return [move for move in self.moves if move.apart]
