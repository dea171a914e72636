"""What stands around every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from qms.web.widgets.pieces import Choice, Text, html


@dataclass(frozen=True, slots=True)
class Nav:
    """One entry of the navigation; `count` is what waits there for the reader."""

    label: Text
    url: str
    active: bool = False
    count: int = 0

    def __html__(self) -> str:
        here = ' aria-current="page"' if self.active else ""
        waits = f' <span class="count">{self.count}</span>' if self.count else ""
        return f'<li><a href="{html(self.url)}"{here}>{html(self.label)}{waits}</a></li>'


@dataclass(frozen=True, slots=True)
class OrganisationName:
    """The organisation whose pages these are."""

    name: str
    slug: str


@dataclass(slots=True)
class Frame:
    """Everything `base.html` needs besides the page itself; a context processor spreads it.

    `person` None means nobody is signed in: no navigation is drawn. `today` and `demonstration` are
    for the demonstration's banner.
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
    today: str = ""
    demonstration: bool = False

    def context(self) -> dict[str, Any]:
        """The names that `base.html` reads."""
        return {name: getattr(self, name) for name in _FRAME_NAMES}


_FRAME_NAMES = tuple(f.name for f in fields(Frame))
