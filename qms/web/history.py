"""The trail in sentences: who did what when, from what to what, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import cache, partial
from typing import Any

from qms.kernel import clock
from qms.kernel.area import kinds
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import ROLE_LABELS, Role
from qms.kernel.prepared import Prepared
from qms.kernel.records import Kind, Record
from qms.kernel.text import Message, _, said, show_date, show_time
from qms.kernel.then import Then
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import traced_tables
from qms.kernel.workflow import Transition
from qms.web.names import indicator_name, person_name
from qms.web.widgets import Folded, HistoryLine

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)  # the id of an indicator; other codes have capitals

# What an entry's tag says where it is no step of a machine.
VERBS: dict[str, Message] = {
    "create": _("recorded %(what)s"),
    "edit": _("changed %(what)s"),
    "add": _("added %(what)s"),
    "import": _("imported %(what)s"),
    "hand_over": _("handed over %(what)s"),
    "extend": _("extended the due date of %(what)s"),
    "evidence.add": _("added the file %(what)s"),
    "evidence.withdraw": _("withdrew the file %(what)s"),
    "kpi.measure": _("entered measurements of %(what)s"),
    "late_case.letter": _("completed what is known of the letter of %(what)s"),
    "comment.add": _("commented"),
    "link.add": _("linked to %(what)s"),  # by an earlier release
    "link.kpi": _("recorded that it is measured by %(what)s"),
    "link.source": _("recorded that it comes from %(what)s"),
    "link.serves": _("added it to the actions of %(what)s"),
    "link.caused_by": _("recorded that it is caused by %(what)s"),
    "link.same_cause": _("recorded that it has the same cause as %(what)s"),
    "link.recurs": _("recorded that it is a recurrence of %(what)s"),
    "link.related": _("recorded that it is related to %(what)s"),
    "link.end": _("took back the link to %(what)s"),
    "clause_reference.add": _("cited clause %(what)s"),
    "clause_reference.withdraw": _("no longer cites clause %(what)s"),
    "proposal.accepted": _("accepted the proposal: %(what)s"),
    "proposal.declined": _("declined the proposal: %(what)s"),
    "assignment.add": _("gave the role %(what)s"),
    "assignment.edit": _("changed the role %(what)s"),
    "assignment.end": _("ended the role %(what)s"),
    "deputy.add": _("named a deputy: %(what)s"),
    "deputy.end": _("ended the deputising %(what)s"),
    "person.add": _("opened the account %(what)s"),
    "person.edit": _("changed the account %(what)s"),
    "person.invite": _("invited %(what)s to set a password"),
    "person.password": _("set a new password for %(what)s"),
    "person.second_factor": _("changed the second factor of %(what)s"),
    "person.sign_in": _("changed how %(what)s signs in"),
    "person.feed": _("made a new calendar address for %(what)s"),
    "person.feed_end": _("ended the calendar address of %(what)s"),
    "remind.run": _("reminded of what is due: %(what)s"),
    "person.deactivate": _("closed the account %(what)s"),
    "person.sign_out": _("ended the sessions and the calendar address of %(what)s"),
    "person.reactivate": _("opened the account %(what)s again"),
}


SHOWN = 200  # entries of a record's history
LONGEST = 240  # characters of one value in a line of it
CONTEXT = 6  # words around what differs in longer ones


def lines(entries: list[dict[str, Any]]) -> list[HistoryLine]:
    """Entries as lines of history, in their order, without those that say nothing."""
    return [sentence(entry) for entry in entries if tells(entry)]


def beginning(record: Record, past: list[dict[str, Any]]) -> list[HistoryLine]:
    """The line of a record that came with many others: their one entry in the trail is nobody's own.

    `past` are the record's entries, as `entries` gives them.
    """
    own = f"record:{record.id}"
    if len(past) == SHOWN or any(e["subject"] == own and "code" in e["changes"] for e in past):
        return []
    return [
        HistoryLine(
            when=show_time(clock.local(record.recorded_at)),
            who=person_name(record.recorded_by_id) or str(_("the system")),
            text=_("imported %(what)s from a file", what=record.code),
        )
    ]


def entries(record_id: int) -> list[dict[str, Any]]:
    """The newest entries of a record as the trail keeps them, the newest first."""
    bodies = [body for (body,) in _NEWEST.rows(record_id, SHOWN)]
    return json.loads(f"[{','.join(bodies)}]")  # read as one: the same few keys stand in each


_NEWEST = Prepared(
    lambda record, limit: (
        TrailEntry.select(TrailEntry.body)
        .where(TrailEntry.record_id == record)
        .order_by(TrailEntry.id.desc())
        .limit(limit)
        .tuples()
    )
)


def tells(entry: dict[str, Any]) -> bool:
    """Whether an entry says anything to a reader: not the bare new version that a row's own entry goes with."""
    return bool(entry["changes"] or entry.get("reason") or not entry["tag"].endswith(".edit"))


def sentence(entry: dict[str, Any]) -> HistoryLine:
    """One entry of the trail as a line of history in the reader's language."""
    at = clock.local(datetime.fromisoformat(entry["at"]))
    changes = [text for name in _told(entry) if (text := _change(entry, name, *entry["changes"][name]))]
    return HistoryLine(
        when=show_time(at),
        who=_who(entry),
        text=_verb(entry),
        reason=said(entry.get("reason", "")),
        changes=changes,
        late=_late(entry, at.date()),
    )


def _told(entry: dict[str, Any]) -> list[str]:
    """The columns whose change is told, in order; of a new record what it is about, of another new row none."""
    changes, tag = entry["changes"], entry["tag"]
    model: Any = kinds().get(tag.partition(".")[0]) or _table(_table_of(entry))
    if tag.endswith(".create"):
        told = ("title", *getattr(model, "first_told", ()), "owner", "due")
        return [name for name in told if name in changes]
    if tag.endswith(".add") or "id" in changes:
        return []
    order = _order(model)
    return sorted(changes, key=lambda name: (order.index(name) if name in order else len(order), name))


def _order(model: Any) -> list[str]:
    """The columns of a row in the order in which its forms have them."""
    return ["state", "title", *getattr(model, "labels", {}), *_LAST]


_LAST = ("happened_on", "unit", "owner", "due")


def _who(entry: dict[str, Any]) -> str:
    """Who did it; of a step that nobody decides, after whose deed it was taken."""
    name, step = _person(entry["actor"]), _said(entry["tag"], _table_of(entry))[0]
    return str(_("by itself, after what %(name)s did", name=name)) if step and step.automatic else name


def _person(actor: dict[str, Any]) -> str:
    if actor["via"] == "cli" and actor["id"] is not None:
        return str(_("the operator on behalf of %(name)s", name=actor["name"]))
    return str(_("the system")) if actor["id"] is None else actor["name"]


def _verb(entry: dict[str, Any]) -> Message:
    what = _what(entry)
    step, verb = _said(entry["tag"], _table_of(entry))
    if step is not None:
        return _("%(code)s: %(step)s", code=what, step=step.label)
    if verb is None:
        return _("%(tag)s %(what)s", tag=entry["tag"], what=what)
    return Message(verb.id, {"what": what} if "%(what)s" in verb.id else {})


@cache
def _said(tag: str, table: str) -> tuple[Transition | None, Message | None]:
    """(the step of a machine that the tag names, else what the tag says of a row of that table)."""
    verb = tag.split(".")[-1]
    model = kinds().get(tag.split(".")[0])
    if model is not None and (step := _step(model, verb)) is not None:
        return step, None
    return None, getattr(_table(table), "verbs", {}).get(verb) or VERBS.get(tag) or VERBS.get(verb)


def _table_of(entry: dict[str, Any]) -> str:
    return entry["subject"].partition(":")[0]


def _step(model: type[Kind], name: str) -> Transition | None:
    steps = (step for machine in model.machines() for step in machine.transitions)
    return next((step for step in steps if step.name == name), None)


@cache
def _table(name: str) -> type | None:
    return traced_tables().get(name)


def _what(entry: dict[str, Any]) -> str:
    """What the entry is about; roles and indicators by their words, which the trail keeps by their ids."""
    what = said(str(entry["what"] or ""))
    if entry["tag"].split(".")[0] in ("link", "kpi") and _KEY.fullmatch(what):
        return indicator_name(what)
    name, _colon, role = what.rpartition(": ")
    if entry["tag"].split(".")[0] != "assignment" or role not in list(Role):
        return what
    return f"{name}: {ROLE_LABELS[Role(role)]}"


def _late(entry: dict[str, Any], recorded: date) -> Message | str:
    happened = entry["changes"].get("happened_on", [None, None])[1]
    if entry["tag"].endswith(".create") and happened and (recorded - date.fromisoformat(happened)).days > 3:
        return _("recorded late: it happened on %(day)s", day=show_date(date.fromisoformat(happened)))
    return ""


def _change(entry: dict[str, Any], name: str, old: Any, new: Any) -> str | Folded:
    label, shown = _column(entry["tag"].partition(".")[0], _table_of(entry), name)
    if not label:
        return ""
    before, after = (
        "" if value is None or value == "" else shown(value, Then(entry, side))
        for side, value in enumerate((old, new))
    )
    whole = _told_change(label, before, after)
    if max(len(before), len(after)) <= LONGEST:
        return whole
    short = _differing(before, after) if before else ("", after[: LONGEST - 1] + "…")
    told = _told_change(label, *short)
    return told if told == whole else Folded(told, whole)


def _told_change(label: Message | str, before: str, after: str) -> str:
    asked = str(label) if str(label).endswith("?") else f"{label}:"
    after = after or str(_LEFT_EMPTY)
    return f"{asked} {before} → {after}" if before else f"{asked} {after}"


_LEFT_EMPTY = _("left empty")


def _differing(before: str, after: str) -> tuple[str, str]:
    """Both texts, without what is the same in both and far from what differs."""
    old, new = before.split(), after.split()
    shown: tuple[list[str], list[str]] = ([], [])
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (how, start, end, new_start, new_end) in enumerate(codes):
        if how == "equal":
            kept = _near(old[start:end], opens=place == 0, ends=place == len(codes) - 1)
            shown[0].extend(kept)
            shown[1].extend(kept)
        else:
            shown[0].extend(old[start:end])
            shown[1].extend(new[new_start:new_end])
    return " ".join(shown[0]), " ".join(shown[1])


def _near(same: list[str], *, opens: bool, ends: bool) -> list[str]:
    """The words at the ends of an equal stretch at which something differs; of a short one all."""
    if len(same) <= 2 * CONTEXT:
        return same
    return [*([] if opens else same[:CONTEXT]), "…", *([] if ends else same[-CONTEXT:])]


@cache
def _column(kind: str, table: str, name: str) -> tuple[Message | str, Callable[[Any, Then], str]]:
    """What people call a column, nothing for one that is not spelled out, and how its values are shown."""
    model: Any = kinds().get(kind) or _table(table)
    if name in ("ended_on", "search_text") or name in getattr(model, "unsaid", ()):
        return "", _value
    return _label(model, name), _way(model, name)


def _label(model: Any, name: str) -> Message | str:
    if isinstance(model, type) and issubclass(model, Kind):
        return model.field_label(name)
    return getattr(model, "labels", {}).get(name, name)


def _way(model: Any, name: str) -> Callable[[Any, Then], str]:
    if name == "state" and hasattr(model, "machine"):
        return partial(_word, model.machine.labels)
    if name in ("owner", "by", "added_by", "person", "deputy") or _names_a_person(model, name):
        return lambda value, _then: person_name(value) or str(value)
    if name == "unit":
        return lambda value, _then: Unit.name_of(value) or str(value)
    if name == "kpi":
        return lambda value, _then: indicator_name(value)
    if shown := getattr(model, "shows", {}).get(name):
        return shown
    choices = getattr(model, "choices", {}).get(name)
    return partial(_word, choices) if choices else _value


def _word(words: dict[Any, Message], value: Any, _then: Then) -> str:
    return str(words.get(value, value))


def _value(value: Any, _then: Then) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text = "; ".join(line for line in str(value).splitlines() if line.strip())
    if _DAY.fullmatch(text):
        return _day(text)
    return text


def _day(text: str) -> str:
    """A day as people write it; somebody may have typed what only looks like one."""
    try:
        return show_date(date.fromisoformat(text))
    except ValueError:
        return text


def _names_a_person(model: Any, name: str) -> bool:
    column = model._meta.fields.get(name) if model is not None else None
    return getattr(column, "rel_model", None) is Person
