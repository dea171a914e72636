"""Figures, duties and verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from qms.kernel.text import _
from qms.web.widgets.pieces import StateBadge, Text


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
