"""The steps of a record as buttons, with what each asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from qms.kernel.errors import Obstacle
from qms.kernel.text import _, show_date
from qms.web.widgets.pieces import Text, attribute, html, obstacles


@dataclass(frozen=True, slots=True)
class MoveField:
    """A value asked for together with a move; `kind` is text, textarea, date, select or file.

    `problem` is what is wrong with the value that was sent.
    """

    name: str
    label: Text
    kind: str = "textarea"
    required: bool = False
    options: Sequence[tuple[str, Text]] = ()
    value: str = ""
    hint: Text = ""
    problem: Text = ""

    def said(self, value: str) -> Text:
        """A value that was sent, as a reader sees it."""
        if self.kind == "select":
            return dict(self.options).get(value, value)
        try:
            return show_date(date.fromisoformat(value)) if self.kind == "date" else value
        except ValueError:
            return value

    def drawn(self, step: str) -> str:
        """The field with its label, as part of the form of the move called `step`."""
        id = f"{step}-{self.name}"
        must = f' <span class="required">{html(_REQUIRED)}</span>' if self.required else ""
        hint = f'<p class="hint" id="{id}-hint">{html(self.hint)}</p>\n' if self.hint else ""
        wrong = f'<p class="problem" id="{id}-error">{html(self.problem)}</p>\n' if self.problem else ""
        by = " ".join([f"{id}-hint"] * bool(hint) + [f"{id}-error"] * bool(wrong))
        own = f'id="{id}" name="{self.name}"{" required" if self.required else ""}{attribute("aria-describedby", by)}'
        own += ' aria-invalid="true"' if wrong else ""
        return (
            f'<div class="field{" field-bad" if wrong else ""}">\n'
            f'<label class="form-label" for="{id}">{html(self.label)}{must}</label>\n'
            f"{hint}{self._control(own)}\n{wrong}</div>"
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
    page's chief button; one that is `apart` ends the record early and stands below everything. What it asks for is
    folded away until it is wanted, unless it is `opened`.
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
    opened: bool = False

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
        return [*self.fields, *([REASON] if self.needs_reason else [])]

    def as_sent(self, sent: Mapping[str, str], reasons: Sequence[Obstacle]) -> Move:
        """The same with its form open and filled in as it was sent, each reason beside the field that it is about."""
        said: dict[str, list[str]] = {}
        for one in reasons:
            said.setdefault(one.field, []).append(str(one.text))
        fields = [
            replace(one, value=sent.get(one.name, one.value), problem="; ".join(said.pop(one.name, ())))
            for one in self.asked()
        ]
        elsewhere = [one for one in reasons if one.field in said] or self.obstacles
        return replace(
            self, enabled=True, opened=True, needs_reason=False, fields=fields, obstacles=elsewhere
        )

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
        opened = " open" if self.opened else ""
        return (
            f'<details class="ask"{opened}><summary class="btn {look}">{label}</summary>\n{form}</details>\n'
        )


REASON = MoveField("reason", _("Reason"), required=True)
_MISSING = _("still missing:")


def _disabled(label: Text) -> str:
    return f'<button class="btn btn-quiet" type="button" disabled>{html(label)}</button>\n'
