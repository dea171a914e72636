"""What is sent with a step of a record: read, and shown again as it was sent where the step cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import g, request

from qms.kernel.errors import BadInput, Obstacle, Refused, Stale
from qms.kernel.text import _, ngettext, show_number
from qms.web.forms import UNSAID, clean, read_day
from qms.web.widgets import REASON, Fact, MoveField, RecordView, Refusal, mend_url

LONGEST_REASON = 2000


def read(step: str, fields: Sequence[MoveField]) -> tuple[dict[str, Any], list[Obstacle]]:
    """What was typed into the fields of a step and its reason, days as days, and what is wrong with it."""
    values: dict[str, Any] = {name: clean(text) for name, text in request.form.items() if name not in UNSAID}
    wrong = []
    for one in fields:
        if one.kind == "date" and (text := values.get(one.name)):
            try:
                values[one.name] = read_day(text)
            except BadInput as error:
                wrong.append(Obstacle(error.text, f"#{step}-{one.name}"))
    if len(values.get("reason", "")) > LONGEST_REASON:
        text = _("at most %(limit)s characters", limit=show_number(LONGEST_REASON))
        wrong.append(Obstacle(text, f"#{step}-reason"))
    return values, wrong


def asks() -> bool:
    """Whether anything was asked for, so that there is something to show again."""
    return not request.form.keys() <= UNSAID


def as_sent(view: RecordView, step: str, fields: Sequence[MoveField], error: Refused | Stale) -> None:
    """Put onto the record's page the step's form as it was sent, and what speaks against it.

    What the step does not ask for any more, since the record has moved on, is shown beside.
    """
    reasons = error.reasons if isinstance(error, Refused) else []
    now = next((move for move in view.moves if move.name == step), None)
    names = {one.name for one in now.asked()} if now is not None else set()
    view.moves = [move.as_sent(request.form, reasons) if move is now else move for move in view.moves]
    left = [one for one in (*fields, REASON) if one.name not in names and clean(request.form.get(one.name))]
    view.refusal = Refusal(
        *_said(error),
        [_linked(one, f"#{step}-{one.field}" if one.field in names else "") for one in reasons],
        [Fact(one.label, one.said(request.form[one.name]), long=one.kind == "textarea") for one in left],
    )


def _said(error: Refused | Stale) -> tuple[Any, Any]:
    """The heading, and the sentence below it."""
    if isinstance(error, Refused):
        return _("This cannot be done"), ngettext(
            "%(n)s thing stands in the way; nothing was changed:",
            "%(n)s things stand in the way; nothing was changed:",
            len(error.reasons),
        )
    return _("Somebody else has saved this in the meantime"), _(
        "%(who)s saved %(what)s after you opened it. Yours is not saved yet and not lost.",
        who=error.changed_by,
        what=error.what,
    )


def _linked(reason: Obstacle, own: str) -> Obstacle:
    """The reason, linked to its field of the form or to where it is mended: the page's address is the step's own."""
    where = own or reason.where
    return replace(reason, where=mend_url(where, g.record_url) if where and where[0] != "#" else where)
