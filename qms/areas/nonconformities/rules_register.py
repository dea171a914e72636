"""Taking over an earlier register: what a row may say, and when one that says “closed” is believed. Pure.

A row that is open begins at the machine's first state with its texts filled in. One that is closed is taken only
where every condition of the whole path holds for what it says: an import skips no obstacle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from qms.areas.actions.rules import ACTION, ActionFacts
from qms.areas.actions.rules import S as ActionState
from qms.areas.nonconformities.rules import IMPROVEMENTS, check_day, machine_of
from qms.areas.nonconformities.rules_analysis import AUTHORED, CAUSES, why_steps
from qms.areas.nonconformities.rules_conditions import (
    INDEPENDENT,
    ActionPoint,
    NcFacts,
    actions_are_assigned,
    actions_are_done,
    day_has_not_come,
    effect_has_a_criterion,
    has_an_action,
)
from qms.areas.nonconformities.rules_parts import either_correction_or_why_none
from qms.areas.nonconformities.rules_sources import source_is_told
from qms.kernel.errors import Obstacle
from qms.kernel.permissions import Permission, Role
from qms.kernel.text import Message, _, as_key
from qms.kernel.workflow import Condition, Machine

IMPORT = Permission(
    "nonconformities.import", _("take over an earlier register of nonconformities"),
    frozenset({Role.COORDINATOR, Role.LEADER}),  # who verified a closed row does not take it over
)  # fmt: skip

COLUMNS: dict[str, Message] = {
    "register_no": _("number in the register"), "title": _("title"), "description": _("what was found"),
    "happened_on": _("date it happened"), "source_kind": _("found through"), "source_body": _("inspected by"),
    "source_ref": _("number and date of the paper"), "grade": _("grade"), "clauses": _("clauses"),
    "edition": _("edition of ISO 9001"), "unit": _("unit"), "owner": _("owner"), "due": _("due date"),
    "correction": _("correction"), "no_correction": _("why no correction was possible"),
    "consequences": _("consequences for the citizens concerned"), "cause_method": _("method of analysis"),
    "whys": _("whys, step by step"), "causes_people": _("causes: people"), "causes_method": _("causes: method"),
    "causes_means": _("causes: means"), "causes_environment": _("causes: environment"),
    "causes_measurement": _("causes: measurement"), "causes_information": _("causes: information"),
    "cause": _("root cause"), "cause_group": _("group of the root cause"),
    "elsewhere": _("does it exist elsewhere?"), "action": _("action"), "action_sort": _("kind of action"),
    "action_owner": _("owner of the action"), "action_due": _("due date of the action"),
    "action_done_on": _("action done on"), "action_proof": _("proof of the action"),
    "criterion": _("criterion of effectiveness"), "state": _("state"),
    "closed_on": _("closed on"), "effect_result": _("what the check found"), "effect_met": _("effective?"),
    "verifier": _("verified by"),
}  # fmt: skip
NEEDED = ("register_no", "happened_on", "source_kind", "grade")  # and a title or what was found
DAYS = ("happened_on", "due", "action_due", "action_done_on", "closed_on")
PEOPLE = ("owner", "action_owner", "verifier")
OPEN, CLOSED = "open", "closed"
STATES: dict[str, Message] = {OPEN: _("not closed yet"), CLOSED: _("closed")}
_OF_ACTION = ("action_sort", "action_owner", "action_due", "action_done_on", "action_proof")
_OF_CLOSING = ("closed_on", "effect_result", "effect_met", "verifier")


class Problem(NamedTuple):
    """What is wrong with one row of the file (from 1) in one of COLUMNS."""

    line: int
    column: str
    text: Message | str


@dataclass(frozen=True)
class RegisterRow:
    """What a row says: column -> value, without blanks; days are dates, choices their codes, the rest texts.

    `unread` are columns whose cell could not be understood: that was said, so nothing more is said of them.
    """

    line: int
    values: Mapping[str, Any]
    unread: frozenset[str] = frozenset()

    @property
    def number(self) -> str:
        """Its number in the register."""
        return self.values.get("register_no", "")

    @property
    def key(self) -> str:
        """Its number as it is compared with others."""
        return as_key(self.number)

    @property
    def closed(self) -> bool:
        """Whether it says that it is closed; one that gives the day and no state does."""
        return self.values.get("state", CLOSED if "closed_on" in self.values else OPEN) == CLOSED

    @property
    def analysed(self) -> bool:
        """Whether it says anything of how the cause was found: whoever enters it has had a hand in it."""
        return not self.values.keys().isdisjoint(AUTHORED)

    @property
    def machine(self) -> Machine:
        """The path of its grade."""
        return machine_of(self.values["grade"])


def against(row: RegisterRow, today: date) -> Iterator[Problem]:
    """What speaks against what a row says, whoever it names; nothing of a column that could not be read."""
    for column, text in (*_missing(row), *_days(row, today), *_out_of_place(row)):
        if column not in row.unread:
            yield Problem(row.line, column, text)


def _missing(row: RegisterRow) -> Iterator[tuple[str, Message]]:
    for column in NEEDED:
        if column not in row.values:
            yield column, _("is missing")
    if not {"title", "description"} & row.values.keys():
        yield "title", _("the title is missing")


def _days(row: RegisterRow, today: date) -> Iterator[tuple[str, Message]]:
    """Each day lies where it can: nothing happened in the future, nothing is done before it happened."""
    values = row.values
    happened = values.get("happened_on")
    if happened is not None and happened > today:
        yield "happened_on", _("it cannot have happened in the future")
    for column in ("action_done_on", "closed_on"):
        if column in values and values[column] > today:
            yield column, _("the day lies in the future")
    for column in ("due", "action_due"):
        if happened and column in values and values[column] < happened:
            yield column, _("the due date is before the day it happened")
    for column, first in (("action_done_on", "happened_on"), ("closed_on", "happened_on")):
        if column in values and first in values and values[column] < values[first]:
            yield column, _("the day is before the day it happened")
    if "closed_on" in values and values.get("action_done_on", values["closed_on"]) > values["closed_on"]:
        yield "closed_on", _("it was closed before the action was done")


def _out_of_place(row: RegisterRow) -> Iterator[tuple[str, Message | str]]:
    """What is said of an action that is not there, or of a closing that did not take place."""
    values = row.values
    both = either_correction_or_why_none(values.get("correction", ""), values.get("no_correction", ""))
    if both is not None:
        yield "no_correction", both.text
    told = source_is_told(values.get("source_kind"), values.get("source_body"), values.get("source_ref"))
    for obstacle in told if "source_kind" in values else ():
        yield obstacle.field, obstacle.text
    if "action" not in values:
        for column in _OF_ACTION:
            if column in values:
                yield column, _("the action is missing that this is said of")
    if row.closed:
        return
    for column in _OF_CLOSING:
        if column in values:
            yield column, _("is said only of a row that is closed")


# ---------------------------------------------------------------- closed rows


@dataclass(frozen=True)
class Verifying:
    """Who takes the register over, and for whom; whether whom the row names as verifier may verify, then or today."""

    importers: frozenset[int]
    may_verify: bool


def against_closing(
    row: RegisterRow, people: Mapping[str, int | None], verifying: Verifying
) -> Iterator[Problem]:
    """What is missing that the steps up to the closing ask for, one thing for each column.

    `people` are the ids of those whom the row names.
    """
    told = set(row.unread)
    for column, text in (*_verified_by(row, people.get("verifier"), verifying), *_lacking(row, people)):
        if column not in told:
            told.add(column)
            yield Problem(row.line, column, text)


def _verified_by(
    row: RegisterRow, verifier_id: int | None, verifying: Verifying
) -> Iterator[tuple[str, Message | str]]:
    """Nobody verified who could not have taken the step, nor vouches for it by importing it (A3)."""
    if not row.closed or verifier_id is None:
        return
    if verifier_id in verifying.importers:
        yield (
            "verifier",
            _("whoever verified the effect does not take the row over: somebody else imports it"),
        )
    elif not verifying.may_verify:
        yield (
            "verifier",
            _("had no role in which effects are verified on the day it was closed, nor has one today"),
        )


def _lacking(row: RegisterRow, people: Mapping[str, int | None]) -> Iterator[tuple[str, Message | str]]:
    for obstacle in _done_action(row, people):
        yield f"action_{obstacle.field}", obstacle.text
    if not row.closed or "grade" not in row.values:
        return
    if "closed_on" not in row.values:
        yield "closed_on", _("a closed row needs the day on which it was closed")
    if row.values["grade"] not in IMPROVEMENTS and "verifier" not in row.values:
        yield "verifier", _("a closed row needs who verified the effect")
    nc = facts(row, people)
    for condition in _along(row.machine):
        for obstacle in row.machine.obstacles_of((condition,), nc):
            yield _column(row, condition, obstacle), obstacle.text


def _along(machine: Machine) -> Iterator[Condition]:
    """Everything that the steps of the path ask for, from the first state to the last."""
    for source, target in pairwise(machine.path):
        for step in machine.transitions:
            if source in step.sources and step.target == target:
                yield from step.conditions


def _done_action(row: RegisterRow, people: Mapping[str, int | None]) -> Iterable[Obstacle]:
    """What an action needs that is reported done."""
    if not {"action", "action_done_on"} <= row.values.keys():
        return ()
    values = row.values
    known = ActionFacts(
        people.get("action_owner"), values.get("action_due"), values.get("action_proof", ""), 0, None
    )
    return ACTION.obstacles(ACTION.find("finish", ActionState.OPEN), known)


def facts(row: RegisterRow, people: Mapping[str, int | None]) -> NcFacts:
    """What the machine's conditions look at, where whoever verified is the one who asks."""
    values = row.values
    texts = {
        name: values.get(name, "")
        for name in (
            "correction", "no_correction", "consequences", "cause_method", "cause", "cause_group", "elsewhere",
            "criterion", "effect_result", "effect_met",
        )
    }  # fmt: skip
    # an earlier register tells what was checked, not what was to be
    texts["criterion"] = texts["criterion"] or texts["effect_result"]
    return NcFacts(
        **texts,
        whys=len(why_steps(values.get("whys", ""))),
        causes=frozenset(group for group, column in CAUSES.items() if column in values),
        actions=tuple(_points(row, people)),
        actor_id=people.get("verifier"),
    )


def _points(row: RegisterRow, people: Mapping[str, int | None]) -> Iterator[ActionPoint]:
    """Its one action, called by its title: it has no code yet."""
    if "action" not in row.values:
        return
    done = "action_done_on" in row.values
    due = row.values.get("action_due")
    yield ActionPoint(f"“{row.values['action'][:60]}”", people.get("action_owner"), due, done)


def _column(row: RegisterRow, condition: Condition, obstacle: Obstacle) -> str:
    """The column in which it is mended that a condition does not hold."""
    if condition in _ASKED_OF:
        return _ASKED_OF[condition]
    if condition is actions_are_assigned:
        return f"action_{obstacle.field}"
    if obstacle.field == "effect_result" and "effect_result" in row.values:
        return "effect_met"
    return obstacle.field if obstacle.field in COLUMNS else "state"


_ASKED_OF: dict[Condition, str] = {
    has_an_action: "action", actions_are_done: "action_done_on", effect_has_a_criterion: "effect_result",
    **dict.fromkeys(INDEPENDENT, "verifier"),
}  # fmt: skip


def closed_early(row: RegisterRow, days: dict[str, int]) -> bool:
    """Whether it was closed before the day of its check, so many `days` by grade after its action was done.

    By page that takes a reason, for which a register has no column.
    """
    values = row.values
    if not row.closed or values["grade"] in IMPROVEMENTS:
        return False
    check = check_day(values["grade"], values["action_done_on"], days)
    return day_has_not_come(NcFacts(effect_on=check, today=values["closed_on"])) is not None
