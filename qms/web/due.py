"""How near or late a due date is: the same words, sign and colour wherever one is shown."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup, escape

from qms.kernel.calendar import due_words
from qms.kernel.text import show_date
from qms.web.widgets import StateBadge


def due_badge(due: date | None, today: date) -> StateBadge | None:
    """How near or late the due date of something that is awaited is; None without one."""
    return None if due is None else StateBadge(due_words(due, today), "late" if due < today else "open")


def due_cell(due: date | None, today: date, *, awaited: bool = True) -> Markup:
    """The date, and while it is awaited how near it is, in words; a late one with its sign and colour."""
    if due is None or not awaited:
        return Markup(show_date(due))  # noqa: S704  # digits and slashes
    how = due_words(due, today)
    # put together by hand: Markup.format takes a tenth of the time of a list
    if due < today:
        return Markup(f"{show_date(due)} {StateBadge(how, 'late').__html__()}")  # noqa: S704  # escaped there
    return Markup(f'{show_date(due)} · <span class="nowrap">{escape(how)}</span>')  # noqa: S704
