"""The page of a record's ties: each with the way to take it back, and a form for one more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request
from werkzeug.wrappers import Response
from wtforms import StringField

from qms.kernel.records import MAX_CODE
from qms.kernel.text import Message, _
from qms.web import forms
from qms.web.widgets import FormView, StateBadge

TAKEN_BACK = _("The link is taken back; the reason is kept.")


@dataclass(frozen=True)
class Tie:
    """A tie to the record at `url`, said in words; it is taken back by a reason that is sent to `end_url`."""

    relation: Message
    code: str
    title: str
    url: str
    end_url: str
    state: StateBadge | str = ""


@dataclass(frozen=True)
class Ties:
    """What the page lists: `known` are (code, title) of the records that are offered while one types."""

    tied: Sequence[Tie]
    known: Sequence[tuple[str, str]]
    end_label: Message
    empty_text: Message
    another: Message  # the heading of the form


def other_code(label: Message, hint: Message) -> StringField:
    """The code of the record to be tied; those known are offered."""
    return StringField(
        label, [forms.required(), forms.at_most(MAX_CODE)], [forms.clean],  # type: ignore[arg-type]
        description=hint, render_kw={"list": "known", "autocomplete": "off"},  # type: ignore[arg-type]
    )  # fmt: skip


def page(view: FormView, ties: Ties) -> tuple[str, int]:
    """The page and its status."""
    return render_template("layouts/ties.html", view=view, ties=ties), view.form.status


def end(page_url: str, take_back: Callable[[str], Any]) -> Response:
    """Take a tie back with the reason that was sent, and return to the page."""
    g.record_url = page_url
    reason = forms.clean(request.form.get("reason"))
    forms.once_only(lambda: take_back(reason))
    flash(str(TAKEN_BACK), "success")
    return redirect(page_url, 303)
