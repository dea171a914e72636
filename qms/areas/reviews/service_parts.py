"""The rows of a review: what is written on its inputs, who attends, what is concluded.

Each save makes a new version of the review, so that nobody holds a meeting on a page that has changed
since. Between two editors the finer rule counts: only who opened the same row before the other saved it
meets the page of two versions; two people may fill in two inputs at once.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from qms.areas.reviews import topics
from qms.areas.reviews.models import Review, ReviewAttendant, ReviewInput, ReviewOutput
from qms.areas.reviews.rules import OUTPUT_KINDS, PRESENCES, Presence
from qms.areas.reviews.service import attendants, require_editor, require_open
from qms.kernel.errors import NotFound, Obstacle, Refused, Stale
from qms.kernel.organisations import Unit
from qms.kernel.owners import worker_obstacle
from qms.kernel.people import Assignment, Person, valid_on, working_in
from qms.kernel.permissions import ROLE_LABELS, Actor, Role
from qms.kernel.records import MAX_TEXT
from qms.kernel.text import _, show_date, show_number
from qms.kernel.trail import Traced, change, current_change, last_change

Part = TypeVar("Part", ReviewInput, ReviewAttendant, ReviewOutput)
_CALLED = (Role.LEADER, Role.UNIT_HEAD, Role.COORDINATOR)  # who is called to a review as a rule


# ---------------------------------------------------------------- inputs


def write_input(
    actor: Actor, code: str, key: str, values: dict[str, Any], version: int | None = None
) -> ReviewInput:
    """Write text, evidence or a reason on an input; raises NotFound, Forbidden, Stale, Refused."""
    if key not in topics.inputs():
        raise NotFound(key)
    with change(actor):
        review = _open_review(actor, code)
        found = ReviewInput.get_or_none(ReviewInput.record == review.record_id, ReviewInput.key == key)
        part = found or ReviewInput(
            organisation_id=review.organisation_id, record=review.record, key=key, as_of=0
        )
        return _saved(review, part, values, version, f"inputs/{key}")


# ---------------------------------------------------------------- attendants


def add_attendant(actor: Actor, code: str, values: dict[str, Any]) -> ReviewAttendant:
    """Call a person of the agency to the meeting, or a guest by name; raises Forbidden or Refused."""
    with change(actor):
        review = _open_review(actor, code)
        values = {"presence": Presence.INVITED, **values}
        _require_attendant(actor, review, values, None)
        part = ReviewAttendant(organisation_id=review.organisation_id, record=review.record)
        return _saved(review, part, values, None, "attendants/new")


def edit_attendant(
    actor: Actor, code: str, number: int, values: dict[str, Any], version: int | None = None
) -> ReviewAttendant:
    """Correct a line of the list, or take it off (`withdrawn`); raises NotFound, Forbidden, Stale."""
    with change(actor):
        review = _open_review(actor, code)
        part = attendant(review, number)
        if values.get("position") == part.said_position():
            values = {name: value for name, value in values.items() if name != "position"}  # shown, not typed
        if not values.get("withdrawn"):
            _require_attendant(actor, review, values, part)
        return _saved(review, part, values, version, f"attendants/{number}")


def record_attendance(
    actor: Actor, code: str, presences: dict[int, str], version: int | None = None
) -> Review:
    """Say of each who was called whether they came; raises NotFound, Forbidden, Stale or Refused."""
    with change(actor):
        review = _open_review(actor, code)
        for number, presence in presences.items():
            part = attendant(review, number)
            if presence not in PRESENCES:
                raise Refused([Obstacle(_("choose one of the list"), "attendance")])
            _saved(review, part, {"presence": presence}, version, "attendance")
    return review


def call_the_usual(actor: Actor, code: str) -> int:
    """Call the leaders, unit heads and coordinators who are not on the list yet; how many were added."""
    with change(actor):
        review = _open_review(actor, code)
        listed = {row.person_id for row in attendants(review)}
        added = 0
        for role in _CALLED:
            for person in working_in(review.organisation_id, actor.today, [role]):
                if person.id in listed:
                    continue
                listed.add(person.id)
                add_attendant(actor, code, {"person": person.id, "position": position_of(actor, person.id)})
                added += 1
    return added


def position_of(actor: Actor, person_id: int) -> str:
    """What a person is in the agency today, as it is kept: the chief role's name and its unit."""
    held = list(
        Assignment.select(Assignment.role, Unit.name)
        .left_outer_join(Unit, on=(Assignment.unit == Unit.id))
        .where(
            Assignment.person == person_id,
            Assignment.organisation == actor.organisation_id,
            valid_on(Assignment, actor.today),
        )
        .tuples()
    )
    order = list(ROLE_LABELS)
    roles = sorted(held, key=lambda pair: (Role(pair[0]) not in _CALLED, order.index(Role(pair[0]))))
    return ", ".join(str(x) for x in roles[0] if x) if roles else ""


def attendant(review: Review, number: int) -> ReviewAttendant:
    """A line of the review's list; raises NotFound."""
    return _of_review(ReviewAttendant, review, number)


def _require_attendant(
    actor: Actor, review: Review, values: dict[str, Any], part: ReviewAttendant | None
) -> None:
    """Raise Refused with what speaks against the line; takes the name of a person of the agency."""
    obstacles = []
    person = values.get("person", part.person_id if part else None)
    if person is not None:
        found = worker_obstacle(actor, person)
        if found is not None:
            obstacles.append(Obstacle(found.text, "attendants/new#person"))
        elif "person" in values:
            values["name"] = str(Person.get_by_id(person).name)
            values["position"] = values.get("position") or position_of(actor, person)
        twice = [a for a in attendants(review) if a.person_id == person and (part is None or a.id != part.id)]
        if twice:
            obstacles.append(
                Obstacle(_("%(name)s is on the list already", name=twice[0].name), "#attendants")
            )
    elif not str(values.get("name", part.name if part else "")).strip():
        obstacles.append(Obstacle(_("choose a person or write a guest's name"), "attendants/new#person"))
    if values.get("presence", Presence.INVITED) not in PRESENCES:
        obstacles.append(Obstacle(_("choose one of the list"), "attendance"))
    if obstacles:
        raise Refused(obstacles)


# ---------------------------------------------------------------- outputs


def add_output(actor: Actor, code: str, values: dict[str, Any]) -> ReviewOutput:
    """Record a conclusion: kind, text, owner, due; it becomes an action when the review is held."""
    with change(actor):
        review = _open_review(actor, code)
        _require_output(actor, values, "outputs/new")
        part = ReviewOutput(organisation_id=review.organisation_id, record=review.record)
        return _saved(review, part, values, None, "outputs/new")


def edit_output(
    actor: Actor, code: str, number: int, values: dict[str, Any], version: int | None = None
) -> ReviewOutput:
    """Change a conclusion, or withdraw it with `withdrawn`; raises NotFound, Forbidden, Stale or Refused."""
    with change(actor):
        review = _open_review(actor, code)
        part = output(review, number)
        _require_output(actor, {"kind": part.kind, "text": part.text} | values, f"outputs/{number}")
        return _saved(review, part, values, version, f"outputs/{number}")


def output(review: Review, number: int) -> ReviewOutput:
    """A conclusion of the review; raises NotFound."""
    return _of_review(ReviewOutput, review, number)


def _require_output(actor: Actor, values: dict[str, Any], where: str) -> None:
    obstacles = []
    if values.get("kind") not in OUTPUT_KINDS:
        obstacles.append(Obstacle(_("there is no such kind of conclusion"), f"{where}#kind"))
    if not str(values.get("text", "")).strip():
        obstacles.append(Obstacle(_("a conclusion without text says nothing"), f"{where}#text"))
    found = worker_obstacle(actor, values.get("owner"))
    if found is not None and not values.get("withdrawn"):
        obstacles.append(Obstacle(found.text, f"{where}#owner"))
    if obstacles:
        raise Refused(obstacles)


# ---------------------------------------------------------------- one row


def _open_review(actor: Actor, code: str) -> Review:
    review = Review.locked(actor, code)
    require_editor(actor, review)
    require_open(review)
    return review


def _of_review(model: type[Part], review: Review, number: int) -> Part:
    found = model.get_or_none(model.id == number, model.record == review.record_id, ~model.withdrawn)  # type: ignore[union-attr]
    if found is None:
        raise NotFound(str(number))
    return found


def _saved(review: Review, part: Part, values: dict[str, Any], version: int | None, where: str) -> Part:
    """Write the row and make a new version of the review; a row that stays the same makes none."""
    different = {name: value for name, value in values.items() if part.__data__.get(name) != value}
    fresh = part.id is None
    if not fresh and different and version is not None and part.as_of > version:
        raise Stale(str(part.what()), last_change(part.subject())[1], _conflict(part, different))
    if not different and not fresh:
        return part
    _require_short(part, different, where)
    for name, value in different.items():
        setattr(part, name, value)
    review.record.changed_at = current_change().at  # what makes a new version
    review.save()
    part.as_of = review.record.version
    part.save()
    return part


def _require_short(part: Traced, values: dict[str, Any], where: str) -> None:
    obstacles = []
    for name, value in values.items():
        limit = getattr(type(part)._meta.fields[name], "max_length", None) or MAX_TEXT
        if isinstance(value, str) and len(value) > limit:
            message = _(
                "%(label)s: the text holds %(n)s characters; %(limit)s are the limit",
                label=part.labels.get(name, name), n=show_number(len(value)), limit=show_number(limit),
            )  # fmt: skip
            obstacles.append(Obstacle(message, f"{where}#{name}"))
    if obstacles:
        raise Refused(obstacles)


def _conflict(part: Traced, sent: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        str(part.labels.get(name, name)): (
            _said(part, name, part.__data__.get(name)),
            _said(part, name, value),
        )
        for name, value in sent.items()
    }


def _said(part: Traced, name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if type(part)._meta.fields[name].__class__.__name__ == "ForeignKeyField":
        found = Person.get_or_none(Person.id == value)
        return str(found.name) if found else str(value)
    if isinstance(value, date):
        return show_date(value)
    return str(getattr(part, "choices", {}).get(name, {}).get(value, value))
