"""Late cases and their apology letters: what may be recorded, and when a case takes its next step.

Source: domain 2.4 (Thông tư 03/2025/TT-VPCP, Mẫu 04; rule R8), not checked against its text: what the regime
asks is shown as a note, never as a breach. A case belongs to the period in which its due date lies.
"""
# ruff: noqa: E501 (a machine reads as a table: one transition, one line)

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from qms.kernel.errors import Obstacle
from qms.kernel.permissions import INSIDE, READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition

LETTER_KIND = "apology-letter"
SOONEST = timedelta(
    days=366
)  # before its due date a case is recorded only for the letter that must go out by then
USUAL_EXTENSIONS = 1  # the regime extends a case once as a rule (domain 2.4, unverified)


class S(StrEnum):
    """The states of a late case."""

    LATE = "late"
    APOLOGISED = "apologised"
    RESOLVED = "resolved"
    VOIDED = "voided"


class Through(StrEnum):
    """How a letter reached the applicant."""

    COUNTER = "counter"
    POST = "post"
    MESSAGE = "message"
    ACCOUNT = "account"


THROUGH: dict[str, Message] = {
    Through.COUNTER: _("handed over at the one-stop counter"),
    Through.POST: _("by public post"),
    Through.MESSAGE: _("by e-mail or SMS through the portal"),
    Through.ACCOUNT: _("to the online account"),
}

VIEW = Permission("cases.view", _("see late cases"), READERS)
RECORD = Permission(
    "cases.record", _("record a late case"), frozenset({Role.COORDINATOR, Role.UNIT_HEAD, Role.STAFF})
)
EDIT = Permission(
    "cases.edit", _("change a late case and record that it is resolved"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}), owner=True,
)  # fmt: skip
LETTER = Permission(
    "cases.letter", _("record that the apology letter of a late case was sent"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD, Role.RECORDS}), owner=True,
)  # fmt: skip
PRINT = Permission("cases.print", _("print an apology letter with the applicant's name"), INSIDE)
VOID = Permission(
    "cases.void",
    _("void a late case, or take back what was recorded of it by mistake"),
    frozenset({Role.COORDINATOR}),
)
IMPORT = Permission("cases.import", _("import late cases"), frozenset({Role.COORDINATOR}))
PERMISSIONS = (VIEW, RECORD, EDIT, LETTER, PRINT, VOID, IMPORT)


@dataclass(frozen=True)
class CaseFacts:
    """A late case as it would be after a step; `kept_promise` and `kept_letter` are what is kept before it.

    `today` is the day on which it is recorded; `first_letter_on` is that of the first of several letters.
    """

    today: date
    taken_on: date | None
    due_on: date | None
    cause: str = ""
    promised_on: date | None = None
    letter_on: date | None = None
    letter_through: str = ""
    letter_number: str = ""
    resolved_on: date | None = None
    kept_promise: date | None = None
    kept_letter: date | None = None
    first_letter_on: date | None = None


# ---------------------------------------------------------------- what may be recorded at all


def missing(case_code: str, title: str, facts: CaseFacts) -> list[Obstacle]:
    """What every late case names: its code, the procedure, when it was taken in and when it was due."""
    asked = (
        (case_code.strip(), _("the case code is missing"), "edit#case_code"),
        (title.strip(), _("the procedure is missing"), "edit#title"),
        (facts.taken_on, _("the day on which the case was taken in is missing"), "edit#taken_on"),
        (facts.due_on, _("the due date of the case is missing"), "edit#due_on"),
    )
    return [Obstacle(text, where) for there, text, where in asked if not there]


def dates_hold(facts: CaseFacts) -> list[Obstacle]:
    """The days of a case follow each other, none that has happened lies in the future, and a letter is whole."""
    return [*days_follow(facts), *letter_is_whole(facts, "#apologise-", owed=False)]


def days_follow(facts: CaseFacts) -> list[Obstacle]:
    """The days of a case follow each other, and none that has happened lies in the future."""
    return [*_days_of_the_case(facts), *_days_of_the_promise(facts), *_days_of_the_letter(facts)]


def _days_of_the_case(facts: CaseFacts) -> list[Obstacle]:
    taken, due, resolved = facts.taken_on, facts.due_on, facts.resolved_on
    found = []
    if taken and taken > facts.today:
        found.append(
            Obstacle(_("the day on which the case was taken in lies in the future"), "edit#taken_on")
        )
    if taken and due and due < taken:
        found.append(
            Obstacle(_("the due date is before the day on which the case was taken in"), "edit#due_on")
        )
    if due and due > facts.today + SOONEST:
        found.append(Obstacle(_("the due date of the case lies more than a year ahead"), "edit#due_on"))
    if resolved and resolved > facts.today:
        found.append(
            Obstacle(_("the day on which the case was resolved lies in the future"), "#resolve-resolved_on")
        )
    if resolved and due and resolved <= due:
        found.append(
            Obstacle(_("a case that was resolved by its due date is not late"), "#resolve-resolved_on")
        )
    return found


def _days_of_the_promise(facts: CaseFacts) -> list[Obstacle]:
    """A new date is promised for a day after the due date, and is not past when its letter goes out.

    Without a letter it is not past when it is set. What was kept before is not judged again.
    """
    promised, sent = facts.promised_on, facts.letter_on
    another = promised != facts.kept_promise
    if promised is None:
        return []
    if another and facts.due_on and promised <= facts.due_on:
        return [Obstacle(_("the new date must lie after the due date"), "edit#promised_on")]
    if sent and promised < sent and (another or sent != facts.kept_letter):
        where = "edit#promised_on" if another else "letter#letter_on"
        return [Obstacle(_("the new date is before the day of the letter that gives it"), where)]
    if another and sent is None and promised < facts.today:
        text = _("a new date that is past already needs the day of the letter that gave it")
        return [Obstacle(text, "edit#promised_on")]
    return []


def _days_of_the_letter(facts: CaseFacts) -> list[Obstacle]:
    sent, found = facts.letter_on, []
    if sent and sent > facts.today:
        found.append(
            Obstacle(_("the day on which the letter was sent lies in the future"), "letter#letter_on")
        )
    if sent and facts.taken_on and sent < facts.taken_on:
        found.append(Obstacle(_("the letter was sent before the case was taken in"), "letter#letter_on"))
    if sent and facts.first_letter_on and sent <= facts.first_letter_on:
        found.append(Obstacle(_("another letter is sent after the first one"), "letter#letter_on"))
    if sent and facts.resolved_on and sent > facts.resolved_on:
        found.append(Obstacle(_("the letter was sent after the case was resolved"), "letter#letter_on"))
    return found


def letter_is_whole(facts: CaseFacts, form: str, *, owed: bool = True) -> list[Obstacle]:
    """A letter that is `owed`, or of which anything is said, has a day and a way; mended in that `form`."""
    sent, found = facts.letter_on, []
    if not sent and (owed or facts.letter_through or facts.letter_number):
        found.append(Obstacle(_("say on which day the letter was sent"), f"{form}letter_on"))
    if (owed or sent) and facts.letter_through not in THROUGH:
        found.append(Obstacle(_("say how the letter was sent"), f"{form}letter_through"))
    return found


# ---------------------------------------------------------------- the steps


def has_cause(facts: CaseFacts) -> Obstacle | None:
    """The letter says why the case is late."""
    return None if facts.cause.strip() else Obstacle(_("why the case is late is not recorded"), "edit#cause")


def has_new_date(facts: CaseFacts) -> Obstacle | None:
    """The letter promises a new date."""
    return None if facts.promised_on else Obstacle(_("the new date is missing"), "#apologise-promised_on")


def has_letter(facts: CaseFacts) -> list[Obstacle]:
    """Apologised means that a letter was sent, on a known day in a known way."""
    return letter_is_whole(facts, "#apologise-")


def promises_a_later_date(facts: CaseFacts) -> Obstacle | None:
    """Another letter promises a later date than the one before."""
    if facts.promised_on and facts.kept_promise and facts.promised_on > facts.kept_promise:
        return None
    return Obstacle(_("the new date must lie after the one promised before"), "#extend-promised_on")


def is_another_letter(facts: CaseFacts) -> Obstacle | None:
    """Another new date goes with another letter."""
    if facts.letter_on and facts.kept_letter and facts.letter_on > facts.kept_letter:
        return None
    return Obstacle(_("another new date needs another letter, sent after the first one"), "#extend-letter_on")


def names_its_way(facts: CaseFacts) -> Obstacle | None:
    """Each letter goes its own way."""
    return next(iter(letter_is_whole(facts, "#extend-")), None)


def says_when(facts: CaseFacts) -> Obstacle | None:
    """Resolved means on a known day."""
    if facts.resolved_on:
        return None
    return Obstacle(_("say on which day the case was resolved"), "#resolve-resolved_on")


def letter_is_owed(facts: CaseFacts) -> Message | None:
    """Why resolving asks for a reason: the case stays counted among those that are owed a letter."""
    if facts.letter_on:
        return None
    return _("no apology letter was sent: say why; the case stays counted as one without a letter")


def has_no_letter(facts: CaseFacts) -> Obstacle | None:
    """A case goes back to where it came from: one with a letter is not without one."""
    if facts.letter_on is None:
        return None
    return Obstacle(
        _("an apology letter is recorded: take the case back to “letter sent”"), "#reopen_sent-reason"
    )


def keeps_a_letter(facts: CaseFacts) -> Obstacle | None:
    """A case goes back to “letter sent” only with a letter."""
    if facts.letter_on:
        return None
    return Obstacle(_("no apology letter is recorded: take the case back to late"), "#reopen-reason")


LABELS: dict[str, Message] = {
    S.LATE: _("no apology letter yet"),
    S.APOLOGISED: _("letter sent"),
    S.RESOLVED: _("case resolved"),
    S.VOIDED: _("case voided"),
}
TONES: dict[str, str] = {S.LATE: "open", S.APOLOGISED: "wait", S.RESOLVED: "done", S.VOIDED: "void"}

_OPEN = frozenset({S.LATE, S.APOLOGISED})
LATE_CASE = Machine(
    "late_case",
    S,
    LABELS,
    (
        Transition("apologise", frozenset({S.LATE}), S.APOLOGISED, _("Record the letter"), LETTER, (has_cause, has_new_date, has_letter, days_follow)),
        Transition("resolve", _OPEN, S.RESOLVED, _("Record that it is resolved"), EDIT, (says_when, days_follow), reason_when=letter_is_owed),
        Transition("extend", frozenset({S.APOLOGISED}), S.APOLOGISED, _("Record another letter with a later date"), LETTER, (promises_a_later_date, is_another_letter, names_its_way, days_follow), needs_reason=True),
        Transition("take_back", frozenset({S.APOLOGISED}), S.LATE, _("Take back a letter that was recorded by mistake"), VOID, needs_reason=True),
        Transition("reopen", frozenset({S.RESOLVED, S.VOIDED}), S.LATE, _("Take it back to late"), VOID, (has_no_letter,), needs_reason=True),
        Transition("reopen_sent", frozenset({S.RESOLVED, S.VOIDED}), S.APOLOGISED, _("Take it back to “letter sent”"), VOID, (keeps_a_letter, has_cause, has_new_date), needs_reason=True),
        Transition("void", _OPEN, S.VOIDED, _("Void the late case"), VOID, needs_reason=True),
    ),
    initial=S.LATE,
    path=(S.LATE, S.APOLOGISED, S.RESOLVED),
    ended=frozenset({S.RESOLVED, S.VOIDED}),
)  # fmt: skip


# ---------------------------------------------------------------- notes


def notes(facts: CaseFacts, extended: int) -> list[Message]:
    """What a reader should see at once; notes and no breaches, since the regime's text was not at hand.

    The first letter is the one that has to go out by the due date.
    """
    found = []
    sent = facts.first_letter_on or facts.letter_on
    if sent and facts.due_on and sent > facts.due_on:
        found.append(_("letter sent after the due date"))
    if facts.promised_on and (facts.resolved_on or facts.today) > facts.promised_on:
        found.append(_("new date missed too"))
    if extended > USUAL_EXTENSIONS - 1:
        found.append(_("extended again: %(n)s letters", n=extended + 1))
    return found
