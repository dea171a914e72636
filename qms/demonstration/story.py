"""A demonstration's story: steps as data, each done on its day by its person through the areas' services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from qms import resources
from qms.areas.actions import service as actions
from qms.areas.actions import service_serves as serving
from qms.areas.documents import service as documents
from qms.areas.kpis import service_write as kpis
from qms.areas.nonconformities import service as nonconformities
from qms.areas.nonconformities import service_links as ties
from qms.areas.nonconformities import service_proposals as proposals
from qms.areas.objectives import service as objectives
from qms.areas.reviews import service as reviews
from qms.areas.reviews import service_parts as review_parts
from qms.areas.scope import service as scope
from qms.demonstration.agency import Agency
from qms.kernel.calendar import Period
from qms.kernel.jobs import mark_read
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind

FOLDER = resources.AUDITS / "demonstration"
_PEOPLE = frozenset({"owner", "author", "chair", "secretary", "person"})  # values that name a person by key
_DECIMALS = frozenset({"target", "kpi_value"})
_TEXTS = frozenset({"title", "description", "resources", "proof"})  # what a form would send empty


@dataclass(frozen=True)
class Step:
    """One step: its day, who does it, and what; `given` are the further keys, by the verb's names."""

    agency: Agency
    on: date
    by: str
    verb: str
    given: dict[str, Any]

    @property
    def actor(self) -> Actor:
        """Who does it, with the roles held on that day."""
        return self.agency.actor(self.by, self.on)

    @property
    def values(self) -> dict[str, Any]:
        """The values as a form would send them: people and units as ids, decimals exact."""
        return {name: self._value(name, value) for name, value in self.given.get("values", {}).items()}

    def _value(self, name: str, value: Any) -> Any:
        if name in _PEOPLE:
            return self.agency.people[value].id
        if name == "unit":
            return self.agency.units[value].id
        if name in _DECIMALS:
            return Decimal(value)
        return value.strip() if isinstance(value, str) else value

    def do(self) -> None:
        """Do it; raises what the service raises, or ValueError when the record got another code."""
        made = VERBS[self.verb](self)
        promised = self.given.get("makes")
        if promised and (made is None or made.record.code != promised):
            raise ValueError(f"{self.on} {self.verb}: {promised} was promised")


def steps(agency: Agency, data: list[dict[str, Any]]) -> list[Step]:
    """The steps of a story in their order."""
    named = ("on", "as", "do")
    return [
        Step(agency, one["on"], one["as"], one["do"], {k: v for k, v in one.items() if k not in named})
        for one in data
    ]


# ---------------------------------------------------------------- verbs


def _import_statement(step: Step) -> None:
    from qms.importers.taking import take_statements

    result = take_statements(step.actor, FOLDER / step.given["file"], accept=step.given.get("accept", ""))
    if result.status != "imported":
        raise ValueError(f"{step.given['file']} was {result.status}: {result.errors or result.warnings}")


def _import_late_cases(step: Step) -> None:
    from qms.importers.late_case import take_cases

    result = take_cases(step.actor, FOLDER / step.given["file"])
    if result.status != "imported":
        raise ValueError(f"{step.given['file']} was {result.status}: {result.errors}")


def _set_target(step: Step) -> None:
    given = step.given
    kpis.set_target(
        step.actor, given["kpi"], period=given["period"], value=Decimal(given["value"]),
        set_by=given["set_by"], dated=step.on, illustrative=True,
    )  # fmt: skip


def _accept_proposal(step: Step) -> Kind:
    return proposals.accept_proposal(
        step.actor, Period.parse(step.given["period"]), step.given["key"], step.values
    )


def _decline_proposal(step: Step) -> None:
    period = Period.parse(step.given["period"])
    proposals.decline_proposal(step.actor, period, step.given["key"], step.given["reason"])


def _add_action(step: Step) -> Kind:
    return nonconformities.add_action(step.actor, step.given["to"], dict.fromkeys(_TEXTS, "") | step.values)


def _write_part(step: Step) -> None:
    nonconformities.write_part(step.actor, step.given["record"], step.given["part"], step.values)


_FIRE: dict[str, Callable[..., Kind]] = {
    "actions": actions.fire,
    "documents": documents.fire,
    "nonconformities": nonconformities.fire,
    "objectives": objectives.fire,
    "reviews": reviews.fire,
}


def _fire(step: Step) -> None:
    """One step of a machine, for one record or several."""
    for path in step.given.get("records") or [step.given["record"]]:
        area, _slash, code = path.partition("/")
        reason = step.given.get("reason", "")
        _FIRE[area](step.actor, code, step.given["step"], reason=reason, values=step.values)


def _extend(step: Step) -> None:
    actions.extend(step.actor, step.given["record"], step.values)


def _serve(step: Step) -> None:
    serving.add(step.actor, step.given["record"], step.given["other"])


def _tie(step: Step) -> None:
    ties.tie(step.actor, step.given["record"], step.given["relation"], step.given["other"])


def _no_recurrence(step: Step) -> None:
    ties.no_recurrence(step.actor, step.given["record"], step.given["other"], step.given["reason"])


def _record_attendance(step: Step) -> None:
    """Everybody who was called came, but for those named as absent."""
    actor, code = step.actor, step.given["to"]
    absent = {step.agency.people[key].id for key in step.given["absent"]}
    review = reviews.Review.by_code(actor.organisation_id, code)
    presences = {
        row.id: "absent" if row.person_id in absent else "present" for row in reviews.attendants(review)
    }
    review_parts.record_attendance(actor, code, presences)


def _read_notices(step: Step) -> None:
    """What everybody was told so far has been read."""
    for person in step.agency.people.values():
        mark_read(person.id, step.agency.organisation.id)


def _of(service: Callable[..., Any]) -> Callable[[Step], Any]:
    """A service that takes the actor and values."""
    return lambda step: service(step.actor, step.values)


def _on(service: Callable[..., Any], *names: str) -> Callable[[Step], Any]:
    """A service that takes the actor, the code of `to`, the keys called `names`, and values if there are any."""

    def call(step: Step) -> Any:
        further = [step.values] if "values" in step.given else []
        return service(step.actor, step.given["to"], *(step.given[name] for name in names), *further)

    return call


VERBS: dict[str, Callable[[Step], Kind | None]] = {
    "accept_proposal": _accept_proposal,
    "add_action": _add_action,
    "add_attendant": _on(review_parts.add_attendant),
    "add_document": _of(documents.add_document),
    "add_output": _on(review_parts.add_output),
    "add_procedure": _of(scope.add_procedure),
    "call_the_usual": _on(review_parts.call_the_usual),
    "create_review": _of(reviews.create),
    "decline_proposal": _decline_proposal,
    "draft_objective": _of(objectives.draft),
    "extend": _extend,
    "fire": _fire,
    "give_number": _on(reviews.give_number),
    "import_late_cases": _import_late_cases,
    "import_statement": _import_statement,
    "no_recurrence": _no_recurrence,
    "open_nonconformity": _of(nonconformities.open_nc),
    "read_notices": _read_notices,
    "record_attendance": _record_attendance,
    "serve": _serve,
    "set_target": _set_target,
    "tie": _tie,
    "write_input": _on(review_parts.write_input, "key"),
    "write_minutes": _on(reviews.write_minutes),
    "write_part": _write_part,
}
