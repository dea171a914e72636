"""The register of nonconformities and corrective actions, whole: a row for each with all that is known of it.

Read by the five hundred, so that a long register never stands in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from qms.areas.actions import rules as action_rules
from qms.areas.actions.service_serving import Serving
from qms.areas.nonconformities import rules, service_batch
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_analysis import GROUPS
from qms.areas.nonconformities.rules_sources import BODIES
from qms.areas.nonconformities.service_batch import TiedRecord
from qms.kernel import clock
from qms.kernel.clauses import Citation
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, show_date

_BATCH = 500


@dataclass(frozen=True)
class Head:
    """A column of the register: what stands above it, and its width in characters."""

    label: Message
    width: int


HEADS = (
    Head(_("code"), 13), Head(_("number in the earlier register"), 11), Head(_("date it happened"), 11),
    Head(_("recorded on"), 11), Head(_("unit"), 15), Head(_("found through"), 17), Head(_("grade"), 10),
    Head(_("clauses"), 11), Head(_("what was found"), 36), Head(_("correction"), 26), Head(_("root cause"), 26),
    Head(_("group of the root cause"), 12), Head(_("actions"), 38), Head(_("owner"), 15), Head(_("due date"), 11),
    Head(_("first due date"), 11), Head(_("state"), 13), Head(_("effectiveness check on"), 11),
    Head(_("what the check found"), 24), Head(_("ended on"), 11), Head(_("recurrence of"), 13),
)  # fmt: skip


def rows(actor: Actor, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """The cells of each record (ids), under HEADS, in the language of now; dates are dates. Raises Forbidden."""
    actor.require(rules.VIEW)
    for some in service_batch.batches(numbers, _BATCH):
        cited = service_batch.citations(some)
        served = service_batch.actions(some)
        tied = service_batch.ties(some, ("source", "recurs"))
        found = {row[0]: row[1:] for row in _read(actor, some)}
        for number in some:
            if number in found:
                of = (cited.get(number, []), served.get(number, []), tied.get(number, []))
                yield _cells(found[number], *of)


def _read(actor: Actor, numbers: Sequence[int]) -> Any:
    return (
        Record.select(
            Record.id, Record.code, Nonconformity.register_no, Record.happened_on, Record.recorded_at, Unit.name,
            Nonconformity.source_kind, Nonconformity.source_body, Nonconformity.source_ref, Nonconformity.grade,
            Record.title, Nonconformity.description, Nonconformity.correction, Nonconformity.no_correction,
            Nonconformity.cause, Nonconformity.cause_group, Person.name, Record.due, Nonconformity.first_due,
            Record.state, Nonconformity.effect_on, Nonconformity.effect_met, Nonconformity.effect_result,
            Record.ended_on,
        )
        .join(Nonconformity, on=(Nonconformity.record == Record.id))
        .join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .join_from(Record, Unit, JOIN.LEFT_OUTER, on=(Record.unit == Unit.id))
        .where(Record.id.in_(numbers), Record.organisation == actor.organisation_id)
        .tuples()
    )  # fmt: skip


def _cells(
    row: tuple[Any, ...], cited: list[Citation], served: list[Serving], tied: list[TiedRecord]
) -> tuple[Any, ...]:
    (code, register_no, happened_on, recorded_at, unit, source_kind, body, ref, grade, title, description, correction,
     no_correction, cause, group, owner, due, first_due, state, effect_on, met, result, ended_on) = row  # fmt: skip
    return (
        code,
        register_no,
        happened_on,
        clock.local(recorded_at).date(),
        unit,
        _source(source_kind, body, ref, tied),
        str(rules.GRADES.get(grade, grade)),
        ", ".join(map(str, cited)),
        _lines(title, description),
        correction or _none_was_possible(no_correction),
        cause,
        str(GROUPS.get(group, "")),
        "\n".join(map(_action, served)),
        owner,
        due,
        first_due,
        str(rules.machine_of(grade).labels.get(state, state)),
        effect_on,
        _lines(str(rules.ANSWERS.get(met, "")), result),
        ended_on,
        ", ".join(tie.code for tie in tied if tie.relation == "recurs" and tie.ours),
    )


def _lines(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _source(kind: str, body: str | None, ref: str | None, tied: list[TiedRecord]) -> str:
    from_records = (tie.code or tie.title for tie in tied if tie.relation == "source" and tie.ours)
    words = (str(rules.SOURCES.get(kind, kind)), str(BODIES.get(body or "", "")), ref or "", *from_records)
    return _lines(*words)


def _none_was_possible(reason: str) -> str:
    return str(_("No correction was possible: %(why)s", why=reason)) if reason else ""


def _action(one: Serving) -> str:
    """`AC-2024-001 Buy scanners (Nguyễn Văn A, 31/05/2024, verified)`."""
    state = str(action_rules.LABELS.get(one.state, one.state))
    told = ", ".join(filter(None, (one.owner, show_date(one.due), state)))
    return f"{one.code} {one.title} ({told})"
