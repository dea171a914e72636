"""Text columns of a row: how long a text may be, and what an empty one is kept as."""

from __future__ import annotations

from typing import Any

from peewee import CharField, TextField

from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _, printable, show_number


def is_text(column: Any) -> bool:
    """Whether the column holds text."""
    return isinstance(column, TextField | CharField)


def kept(column: Any, value: Any) -> Any:
    """`value` as the column keeps it: a text is printable, and an empty one is nothing where that may be.

    A form sends the empty text for a field that nobody filled in; that is no change.
    """
    if not isinstance(value, str) or not is_text(column):
        return value
    return printable(value) or (None if column.null else "")


def too_long(label: Message | str, value: Any, limit: int | None, where: str) -> list[Obstacle]:
    """What speaks against a text of more than `limit` characters; naming both numbers."""
    if limit is None or not isinstance(value, str) or len(value) <= limit:
        return []
    text = _(
        "%(label)s: the text holds %(n)s characters; %(limit)s are the limit",
        label=label, n=show_number(len(value)), limit=show_number(limit),
    )  # fmt: skip
    return [Obstacle(text, where)]
