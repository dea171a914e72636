"""The kinds of documents: each has a template, the context it needs, and a name for its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qms import resources
from qms.docx import letter_view, review_view, sheet_view
from qms.docx.contexts import ReviewMinutes
from qms.docx.layout import HOUSE, ND30, Profile
from qms.docx.letter_context import ApologyLetter
from qms.docx.sheet_context import CorrectiveActionSheet
from qms.docx.view import View
from qms.kernel.errors import NotFound
from qms.kernel.text import Message, _, fold


@dataclass(frozen=True)
class Kind:
    """One kind of document; `view` turns its context into what the template shows."""

    name: str
    title: Message
    template: str
    context: type
    view: Callable[[Any], View]
    stem: str
    profile: Profile

    @property
    def path(self) -> Path:
        """Where the template is."""
        return resources.TEMPLATES / "docx" / self.template

    def file_name(self, code: str) -> str:
        """A name every file system and mail server takes: `bien-ban-hop-MR-2024-001.docx`."""
        safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in fold(code).upper())
        return f"{self.stem}-{safe[:80]}.docx"


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="review-minutes",
            title=_("Minutes of the management review"),
            template="review-minutes.docx",
            context=ReviewMinutes,
            view=review_view.view,
            stem="bien-ban-hop",
            profile=ND30,
        ),
        Kind(
            name="corrective-action-sheet",
            title=_("Request for corrective action"),
            template="corrective-action-sheet.docx",
            context=CorrectiveActionSheet,
            view=sheet_view.view,
            stem="phieu-hanh-dong-khac-phuc",
            profile=HOUSE,
        ),
        Kind(
            name="apology-letter",
            title=_("Apology letter of a late case"),
            template="apology-letter.docx",
            context=ApologyLetter,
            view=letter_view.view,
            stem="van-ban-xin-loi",
            profile=ND30,
        ),
    )
}


def kind_of(name: str) -> Kind:
    """The kind called `name`; raises NotFound when there is none."""
    try:
        return KINDS[name]
    except KeyError:
        raise NotFound(_("There is no kind of document called %(name)s.", name=name)) from None
