"""The trail in sentences: who did what when, from what to what, and why."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from functools import cache
from typing import Any

from qms.kernel import clock
from qms.kernel.area import kinds
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import ROLE_LABELS, Role
from qms.kernel.prepared import Prepared
from qms.kernel.records import Kind
from qms.kernel.text import Message, _, show_date, show_time
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import traced_tables
from qms.web.names import person_name
from qms.web.widgets import HistoryLine

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

# What an entry's tag says where it is no step of a machine.
VERBS: dict[str, Message] = {
    "create": _("recorded %(what)s"),
    "edit": _("changed %(what)s"),
    "add": _("added %(what)s"),
    "import": _("imported %(what)s"),
    "attachment.add": _("added the file %(what)s"),
    "attachment.withdraw": _("withdrew the file %(what)s"),
    "comment.add": _("commented"),
    "link.add": _("linked to %(what)s"),
    "clause_reference.add": _("cited clause %(what)s"),
    "clause_reference.withdraw": _("no longer cites clause %(what)s"),
    "proposal.accepted": _("accepted the proposal"),
    "proposal.declined": _("declined the proposal"),
}


SHOWN = 200  # entries of a record's history


def lines(entries: list[dict[str, Any]]) -> list[HistoryLine]:
    """Entries as lines of history, in their order, without those that say nothing."""
    return [sentence(entry) for entry in entries if tells(entry)]


def entries(record_id: int) -> list[dict[str, Any]]:
    """The newest entries of a record as the trail keeps them, the newest first."""
    return [json.loads(body) for (body,) in _NEWEST.rows(record_id, SHOWN)]


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
    creation = entry["tag"].endswith((".create", ".add")) or "id" in entry["changes"]  # a row just made
    changed = {} if creation else entry["changes"]
    changes = [text for name, pair in changed.items() if (text := _change(entry, name, *pair))]
    return HistoryLine(
        when=show_time(at),
        who=_who(entry["actor"]),
        text=_verb(entry),
        reason=entry.get("reason", ""),
        changes=changes,
        late=_late(entry, at.date()),
    )


def _who(actor: dict[str, Any]) -> str:
    if actor["via"] == "cli" and actor["id"] is not None:
        return str(_("the operator on behalf of %(name)s", name=actor["name"]))
    return str(_("the system")) if actor["id"] is None else actor["name"]


def _verb(entry: dict[str, Any]) -> Message:
    tag, what = entry["tag"], _what(entry)
    model = kinds().get(tag.split(".")[0])
    verb = tag.split(".")[-1]
    if model is not None and (step := _step(model, verb)) is not None:
        return _("%(code)s: %(step)s", code=what, step=step)
    table = _table(entry["subject"].split(":")[0])
    found = getattr(table, "verbs", {}).get(verb) or VERBS.get(tag) or VERBS.get(verb)
    if found is None:
        return _("%(tag)s %(what)s", tag=tag, what=what)
    return Message(found.id, {"what": what} if "%(what)s" in found.id else {})


@cache
def _step(model: type[Kind], name: str) -> Message | None:
    steps = (step for machine in model.machines() for step in machine.transitions)
    return next((step.label for step in steps if step.name == name), None)


@cache
def _table(name: str) -> type | None:
    return traced_tables().get(name)


def _what(entry: dict[str, Any]) -> str:
    """What the entry is about; a role by its word, which the trail keeps by its id."""
    what = str(entry["what"] or "")
    name, _colon, role = what.rpartition(": ")
    if entry["tag"].split(".")[0] != "assignment" or role not in list(Role):
        return what
    return f"{name}: {ROLE_LABELS[Role(role)]}"


def _late(entry: dict[str, Any], recorded: date) -> Message | str:
    happened = entry["changes"].get("happened_on", [None, None])[1]
    if entry["tag"].endswith(".create") and happened and (recorded - date.fromisoformat(happened)).days > 3:
        return _("recorded late: it happened on %(day)s", day=show_date(date.fromisoformat(happened)))
    return ""


def _change(entry: dict[str, Any], name: str, old: Any, new: Any) -> str:
    if name in ("ended_on", "search_text"):
        return ""
    model = kinds().get(entry["tag"].split(".")[0]) or _table(entry["subject"].split(":")[0])
    if name in getattr(model, "unsaid", ()):
        return ""
    label = _label(model, name)
    return f"{label}: {_shown(model, name, old)} → {_shown(model, name, new)}"


def _label(model: Any, name: str) -> str:
    if model is None:
        return name
    if isinstance(model, type) and issubclass(model, Kind):
        return str(model.field_label(name))
    return str(getattr(model, "labels", {}).get(name, name))


def _shown(model: Any, name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if name == "state" and model is not None and hasattr(model, "machine"):
        return str(model.machine.labels.get(value, value))
    if name in ("owner", "by", "added_by", "person", "deputy") or _names_a_person(model, name):
        return person_name(value) or str(value)
    if name == "unit":
        return Unit.name_of(value) or str(value)
    choices = getattr(model, "choices", {}).get(name) if model is not None else None
    if choices:
        return str(choices.get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text = str(value)
    if _DAY.fullmatch(text):
        return _day(text)
    return text if len(text) <= 120 else text[:117] + "…"


def _day(text: str) -> str:
    """A day as people write it; somebody may have typed what only looks like one."""
    try:
        return show_date(date.fromisoformat(text))
    except ValueError:
        return text


def _names_a_person(model: Any, name: str) -> bool:
    column = model._meta.fields.get(name) if model is not None else None
    return getattr(column, "rel_model", None) is Person
