"""The text of a digest: what one person is told of on one day, grouped by organisation, in the person's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from qms.kernel.calendar import due_words
from qms.kernel.permissions import Role
from qms.kernel.text import Message, _, show_date, show_number

LISTED = 40  # lines under one heading; the rest is counted


class Place(IntEnum):
    """Why somebody is told: for themselves, for somebody they act for, or of their people."""

    OWN = 0
    DEPUTY = 1
    ESCALATED = 2


@dataclass(frozen=True)
class Item:
    """Something due, and `why` on that day; `said_on` is the day on which it was spoken of, where that still holds."""

    organisation_id: int
    record_id: int | None
    what: str
    code: str
    title: Message | str
    path: str
    due: date
    owner_id: int | None = None
    unit_id: int | None = None
    why: Message | None = None
    to: frozenset[Role] = frozenset()  # who is told of what nobody owns
    moves: bool = False  # its day is that of the oldest of many: another one is no reason to begin anew
    said_on: date | None = None
    moved: bool = False  # only the owner is another: those above were told already


@dataclass(frozen=True)
class Line:
    """One item of a digest; `who` is the owner's name where somebody else is told."""

    item: Item
    place: Place
    who: str = ""


@dataclass(frozen=True)
class Letter:
    """A digest before it is written: to whom, and (slug, name, lines) of each organisation."""

    name: str
    today: date
    base_url: str
    parts: Sequence[tuple[str, str, Sequence[Line]]]

    def _counts(self) -> tuple[int, int]:
        """(overdue, due later)."""
        lines = [line for _slug, _name, part in self.parts for line in part]
        late = sum(line.item.due < self.today for line in lines)
        return late, len(lines) - late

    def subject(self) -> str:
        """`Nhắc việc ngày 15/04/2024: 2 quá hạn, 3 sắp đến hạn`."""
        return str(summary(self.today, *self._counts()))

    def body(self) -> str:
        """The whole text; without the installation's address the paths stand alone."""
        blocks = [str(_("Dear %(name)s,", name=self.name)), self.subject() + "."]
        for slug, name, lines in self.parts:
            blocks.append(f"== {name} ==")
            blocks += self._headed(slug, lines)
        account = f"{self.base_url}/account"
        blocks.append(
            str(
                _(
                    "What is finished is not mentioned again. Mails like this are switched off here: %(url)s",
                    url=account,
                )
            )
        )
        return "\n\n".join(blocks) + "\n"

    def _headed(self, slug: str, lines: Sequence[Line]) -> Iterator[str]:
        for place, heading in _HEADINGS.items():
            here = sorted((line for line in lines if line.place is place), key=lambda line: line.item.due)
            if here:
                yield f"{heading} ({show_number(len(here))})"
                yield "\n".join(self._item(slug, line) for line in here[:LISTED])
            if len(here) > LISTED:
                left = show_number(len(here) - LISTED)
                yield str(_("… and %(n)s more: %(url)s", n=left, url=f"{self.base_url}/{slug}/"))

    def _item(self, slug: str, line: Line) -> str:
        item = line.item
        when = f"{due_words(item.due, self.today)} ({show_date(item.due)})"
        said = "; ".join(filter(None, (str(item.why or ""), when, line.who)))
        what = " ".join(filter(None, (item.code, str(item.title))))
        return f"- {what}\n  {said}\n  {self.base_url}/{slug}/{item.path}"


_HEADINGS = {
    Place.OWN: _("Assigned to you"),
    Place.DEPUTY: _("Of those for whom you act"),
    Place.ESCALATED: _("Of your people"),
}


def summary(today: date, late: int, soon: int) -> Message:
    """How many items a day's reminder holds: overdue ones and others."""
    return _(
        "Reminders of %(day)s: %(late)s overdue, %(soon)s due soon",
        day=show_date(today), late=show_number(late), soon=show_number(soon),
    )  # fmt: skip
