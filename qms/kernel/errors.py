"""The one tree of errors; the web shell and the command line turn each into an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qms.kernel.text import Message, _

LISTED = 100  # errors of a file that are told; the rest is counted
CHANGED = _("something was changed after this check was shown: look at it again before you import")


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands in the way, and where it is mended.

    `where` is the anchor or path (relative to the record's page) at which the reader can mend it,
    such as `#cause` or `edit`; `rule` is the id of the rule that speaks, where it has one.
    """

    text: Message | str
    where: str = ""
    rule: str = ""

    @property
    def field(self) -> str:
        """The field in which it is mended, without its page or step: of `#finish-proof` it is `proof`."""
        return self.where.rpartition("#")[2].rpartition("-")[2]

    def __str__(self) -> str:
        return str(self.text)


class QmsError(Exception):
    """Anything that the product answers for itself."""


class Refused(QmsError):
    """A rule says no; carries every obstacle at once. Nothing was written. (409; exit status 1)"""

    def __init__(self, reasons: Iterable[Obstacle | Message | str]) -> None:
        self.reasons = [r if isinstance(r, Obstacle) else Obstacle(r) for r in reasons]
        super().__init__(self.reasons)

    def __str__(self) -> str:
        return "; ".join(str(r) for r in self.reasons)


class BadInput(QmsError):
    """A value in an address or a file cannot be read; says which and how to mend it. (400; exit status 2)"""

    def __init__(self, text: Message | str) -> None:
        self.text = text
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.text)


class Stale(QmsError):
    """Somebody saved the record in the meantime; carries both versions. (409)

    `fields` maps the label of each field to (what is stored now, what was sent).
    """

    def __init__(self, what: str, changed_by: str, fields: dict[str, tuple[Any, Any]]) -> None:
        self.what, self.changed_by, self.fields = what, changed_by, fields
        super().__init__(what)


class NotFound(QmsError):
    """There is no such thing in this organisation, or the reader may not know of it. (404)"""


class Forbidden(QmsError):
    """The person is known and may see the thing, but not do this to it. (403)"""

    def __init__(self, permission: str = "") -> None:
        self.permission = permission
        super().__init__(permission)


class Rehearsed(QmsError):
    """Raised instead of the first write of a rehearsal, which ends there. Reaches nobody (`rehearsals.against`)."""
