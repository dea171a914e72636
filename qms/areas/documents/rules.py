"""Documents of the system (clause 7.5): a register of what is valid from when to when, in which issue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qms.kernel.errors import Obstacle
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of a document."""

    DRAFT = "draft"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


LABELS: dict[str, Message] = {S.DRAFT: _("draft"), S.ISSUED: _("issued"), S.WITHDRAWN: _("withdrawn")}
TONES: dict[str, str] = {S.DRAFT: "wait", S.ISSUED: "done"}

VIEW = Permission("documents.view", _("see the register of documents"), READERS)
EDIT = Permission(
    "documents.edit",
    _("record documents and draft their next issue"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD, Role.RECORDS}),
    owner=True,
)
ISSUE = Permission("documents.issue", _("approve and issue a document"), frozenset({Role.LEADER}))
WITHDRAW = Permission(
    "documents.withdraw", _("withdraw a document"), frozenset({Role.COORDINATOR, Role.LEADER})
)
PERMISSIONS = (VIEW, EDIT, ISSUE, WITHDRAW)

_CODE = re.compile(r"[^\W_][\w.\-]{0,58}[^\W_]")
_TAKEN = frozenset({"new"})  # words that stand for pages of the area


def code_obstacle(code: str) -> Obstacle | None:
    """A code is letters, digits, points and hyphens: it stands in addresses and on paper."""
    if _CODE.fullmatch(code) and code.casefold() not in _TAKEN:
        return None
    return Obstacle(_("the code may hold letters, digits, points and hyphens, such as QT-01"), "edit#code")


def dates_obstacle(valid_from: date | None, valid_to: date | None) -> Obstacle | None:
    """Nothing ends before it begins."""
    if valid_from is None or valid_to is None or valid_from <= valid_to:
        return None
    return Obstacle(_("the last day is before the first"), "edit#valid_to")


@dataclass(frozen=True)
class DocumentFacts:
    """What the conditions look at: who wrote, recorded or changed this issue (`editors`), and who asks.

    `acts_for` are those whose deputy that person is.
    """

    issue_number: str
    valid_from: date | None
    author_id: int | None
    editors: frozenset[int]
    actor_id: int | None
    acts_for: frozenset[int] = field(default_factory=frozenset)


def has_issue_number(facts: DocumentFacts) -> Obstacle | None:
    """An issue is counted (Lần ban hành)."""
    return (
        None
        if facts.issue_number.strip()
        else Obstacle(_("the issue number is missing"), "edit#issue_number")
    )


def has_first_day(facts: DocumentFacts) -> Obstacle | None:
    """It is valid from a day on."""
    return (
        None
        if facts.valid_from
        else Obstacle(_("the day from which it is valid is missing"), "edit#valid_from")
    )


def has_author(facts: DocumentFacts) -> Obstacle | None:
    """Somebody has written it."""
    return None if facts.author_id else Obstacle(_("the author is missing"), "edit#author")


def approver_is_not_the_author(facts: DocumentFacts) -> Obstacle | None:
    """Nobody approves what they wrote, recorded or changed, nor for somebody whose deputy they are."""
    asking = facts.acts_for | {facts.actor_id}
    if facts.author_id in asking:
        return Obstacle(_("neither who wrote the document nor who acts for them approves it"))
    if facts.editors & asking:
        return Obstacle(_("neither who recorded or changed this issue nor who acts for them approves it"))
    return None


DOCUMENT = Machine(
    "document",
    S,
    LABELS,
    (
        Transition(
            "issue",
            frozenset({S.DRAFT}),
            S.ISSUED,
            _("Approve and issue"),
            ISSUE,
            (has_issue_number, has_first_day, has_author, approver_is_not_the_author),
        ),
        Transition(
            "revise",
            frozenset({S.ISSUED}),
            S.DRAFT,
            _("Draft the next issue"),
            EDIT,
            needs_reason=True,
        ),
        Transition(
            "withdraw",
            frozenset({S.DRAFT, S.ISSUED}),
            S.WITHDRAWN,
            _("Withdraw the document"),
            WITHDRAW,
            needs_reason=True,
        ),
    ),
    initial=S.DRAFT,
    path=(S.DRAFT, S.ISSUED),
    ended=frozenset({S.ISSUED, S.WITHDRAWN}),
    in_force=frozenset({S.ISSUED}),
)


def next_issue(number: str) -> str:
    """The number after `number`, as wide as it was: 01 -> 02; one that is no number is left to be typed."""
    return f"{int(number) + 1:0{len(number)}d}" if number.isascii() and number.isdigit() else ""
