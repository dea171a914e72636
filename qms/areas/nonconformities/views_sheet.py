"""The sheets of nonconformities as Word documents: one, or all of a list in one file (domain 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from qms.areas.actions import rules as action_rules
from qms.areas.actions.service_serving import Serving
from qms.areas.nonconformities import rules, service_batch, service_criterion
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_analysis import (
    CAUSE_EFFECT,
    CAUSES,
    GROUPS,
    METHODS,
    why_steps,
)
from qms.areas.nonconformities.rules_criterion import VERDICTS, Judged, Judgement
from qms.areas.nonconformities.rules_sources import BODIES
from qms.areas.nonconformities.service_batch import Step, TiedRecord
from qms.areas.nonconformities.service_rounds import Round, earlier_rounds
from qms.kernel import clock, verify
from qms.kernel.links import RELATIONS
from qms.kernel.organisations import Organisation, Unit, settings_on
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, language, show_date

if TYPE_CHECKING:
    from qms.docx.contexts import AgencyBlock
    from qms.docx.sheet_context import (
        CauseGroup,
        CorrectiveActionSheet,
        EffectFigure,
        SheetAction,
        SheetRound,
        Sort,
    )

_SORTS: dict[str, Sort] = {
    rules.Grade.OBSERVATION: "observation",
    rules.Grade.OPPORTUNITY: "opportunity",
}
_TIES = ("source", "caused_by", "same_cause", "recurs", "related")
_ENDINGS = ("decline", "void")
_STEPS = ("plan", "approve_plan", "accept", *_ENDINGS)


def make(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    """File name and bytes of one sheet in `locale` (`vi` or `en`); raises NotFound, Forbidden."""
    from qms.docx.fill import render
    from qms.docx.kinds import kind_of

    actor.require(rules.VIEW)
    row = Nonconformity.by_code(actor.organisation_id, code)
    with language(locale):
        sheet = next(sheets(actor, [row.record_id]))
    return kind_of(rules.SHEET_KIND).file_name(code), render(rules.SHEET_KIND, sheet, locale)


def make_all(actor: Actor, numbers: Sequence[int], locale: str) -> tuple[str, bytes]:
    """File name and bytes of one document with a sheet for each record id; raises Forbidden, or NotFound for none."""
    from qms.docx.kinds import kind_of
    from qms.docx.series import render_all
    from qms.docx.view import Properties

    actor.require(rules.VIEW)
    with language(locale):
        file = _shared(actor)
        title = str(_("Requests for corrective action, %(day)s", day=show_date(actor.today)))
        properties = Properties(title, file.agency.name, "", actor.today, file.trail_head)
        content = render_all(rules.SHEET_KIND, _sheets(file, numbers), locale, properties)
    return kind_of(rules.SHEET_KIND).file_name(actor.today.isoformat()), content


# ---------------------------------------------------------------- what a sheet says


@dataclass(frozen=True)
class _File:
    """What all sheets of a file share."""

    actor: Actor
    agency: AgencyBlock
    form: str
    issue: str
    illustrative: bool
    trail_head: str
    heads: dict[int, str]  # unit id -> who heads it


@dataclass(frozen=True)
class _Batch:
    """What was read for some nonconformities."""

    people: dict[int | None, str]
    units: dict[int | None, str]
    cited: dict[int, list[Any]]
    actions: dict[int, list[Serving]]
    ties: dict[int, list[TiedRecord]]
    files: dict[int, list[str]]
    steps: dict[int, list[Step]]
    rounds: dict[int, list[Round]]


def sheets(actor: Actor, numbers: Sequence[int]) -> Iterator[CorrectiveActionSheet]:
    """What each sheet prints, in the language of now and the order of the record ids."""
    return _sheets(_shared(actor), numbers)


def _sheets(file: _File, numbers: Sequence[int]) -> Iterator[CorrectiveActionSheet]:
    for some in service_batch.batches(numbers):
        rows = service_batch.records(file.actor.organisation_id or 0, some)
        batch = _read(rows)
        for row in rows:
            yield _sheet(file, batch, row)


def _shared(actor: Actor) -> _File:
    from qms.docx.contexts import AgencyBlock

    number = actor.organisation_id or 0
    settings, organisation = settings_on(number, actor.today), Organisation.get_by_id(number)
    return _File(
        actor=actor,
        agency=AgencyBlock.of(settings, str(organisation.name)),
        form=str(settings.get("sheet_form") or ""),
        issue=str(settings.get("sheet_issue") or ""),
        illustrative=bool(organisation.illustrative),
        trail_head=verify.head(number),
        heads=service_batch.unit_heads(number, actor.today),
    )


def _read(rows: Sequence[Nonconformity]) -> _Batch:
    numbers = [row.record_id for row in rows]
    served = service_batch.actions(numbers)
    everything = [one for some in served.values() for one in some]
    people: set[int | None] = {one.verified_by_id for one in everything}
    for row in rows:
        people |= {row.record.owner_id, row.record.recorded_by_id, row.planner_id, row.approver_id}
        people |= {row.verifier_id, *row.authors()}
    rounds = earlier_rounds(rows)
    people |= {one.verifier_id for some in rounds.values() for one in some}
    return _Batch(
        people=service_batch.names(Person, people),
        units=service_batch.names(Unit, (row.record.unit_id for row in rows)),
        cited=service_batch.citations(numbers),
        actions=served,
        ties=service_batch.ties(numbers, _TIES),
        files=service_batch.evidence([*numbers, *(one.id for one in everything)]),
        steps=service_batch.steps(numbers, _STEPS),
        rounds=rounds,
    )


def _sheet(file: _File, batch: _Batch, row: Nonconformity) -> CorrectiveActionSheet:
    from qms.docx.sheet_context import CorrectiveActionSheet

    record, number = row.record, row.record_id
    taken = batch.steps.get(number, [])
    people = batch.people
    judged = service_criterion.judgement(file.actor, row)
    machine = row.own_machine()
    return CorrectiveActionSheet(
        code=record.code,
        agency=file.agency,
        sort=_SORTS.get(row.grade, "nonconformity"),
        title=record.title,
        grade=str(rules.GRADES.get(row.grade, row.grade)),
        state=str(machine.labels.get(record.state, record.state)),
        form=file.form,
        issue=file.issue,
        register_no=row.register_no or "",
        happened_on=show_date(record.happened_on),
        recorded_on=show_date(clock.local(record.recorded_at).date()),
        recorded_by=people.get(record.recorded_by_id, ""),
        unit=batch.units.get(record.unit_id, ""),
        owner=people.get(record.owner_id, ""),
        due=show_date(record.due),
        first_due=show_date(row.first_due),
        source=tuple(_source(row, batch)),
        clauses=", ".join(map(str, batch.cited.get(number, ()))),
        description=row.description,
        evidence=batch.files.get(number, ()),
        correction=row.correction,
        no_correction=row.no_correction,
        contained_on=str(_("Corrected on %(day)s.", day=show_date(row.contained_on)))
        if row.contained_on
        else "",
        consequences=row.consequences,
        method=str(METHODS.get(row.cause_method, row.cause_method)),
        whys=why_steps(row.whys),
        groups=_groups(row),
        cause=row.cause,
        cause_group=_cause_group(row.cause_group),
        cause_by=", ".join(sorted(people.get(author, "") for author in row.authors())),
        elsewhere=row.elsewhere,
        waiver=row.waiver,
        actions=tuple(_action(one, batch) for one in batch.actions.get(number, ())),
        planned=_signed(people.get(row.planner_id, ""), _last(taken, "plan")),
        approved=_signed(people.get(row.approver_id, ""), _last(taken, "approve_plan", "accept")),
        criterion=str(judged.rule.text) if judged else row.criterion,
        effect_on=show_date(row.effect_on),
        figures=_figures(judged),
        by_computed=str(VERDICTS[judged.computed]) if judged else "",
        by_stated=str(VERDICTS[judged.published])
        if judged and any(one.published for one in judged.periods)
        else "",
        effect_result=row.effect_result,
        effect_met=str(rules.ANSWERS.get(row.effect_met, row.effect_met)),
        effect_reason=row.effect_reason or "",
        checked=_on(people.get(row.verifier_id, ""), row.checked_on),
        links=tuple(_tied(one) for one in batch.ties.get(number, ()) if one.relation != "source"),
        rounds=tuple(_round(one, people) for one in reversed(batch.rounds.get(number, ()))),
        reason=next((step.reason for step in reversed(taken) if step.name in _ENDINGS), ""),
        unit_head=file.heads.get(record.unit_id, ""),
        verifier=people.get(row.verifier_id, ""),
        draft=record.state not in machine.ended,
        voided=record.state == rules.S.VOIDED,
        illustrative=file.illustrative,
        trail_head=file.trail_head,
    )


def _source(row: Nonconformity, batch: _Batch) -> Iterator[str]:
    """How it was found, by which body and on which paper, and the record from which it was opened."""
    body = BODIES.get(row.source_body or "")
    yield f"{rules.SOURCES.get(row.source_kind, row.source_kind)}{f': {body}' if body else ''}"
    if row.source_ref:
        yield row.source_ref
    for tie in batch.ties.get(row.record_id, ()):
        if tie.relation == "source" and tie.ours:
            yield f"{tie.code} {tie.title}".strip()


def _groups(row: Nonconformity) -> tuple[CauseGroup, ...]:
    """The six groups of causes; none where causes were not sought that way."""
    from qms.docx.sheet_context import CauseGroup

    texts = {group: getattr(row, column) or "" for group, column in CAUSES.items()}
    if row.cause_method != CAUSE_EFFECT and not any(texts.values()):
        return ()
    return tuple(
        CauseGroup(f"{str(label)[0].upper()}{str(label)[1:]}", texts[group], chosen=group == row.cause_group)
        for group, label in GROUPS.items()
    )


def _action(one: Serving, batch: _Batch) -> SheetAction:
    from qms.docx.sheet_context import SheetAction

    extended = one.first_due is not None and one.first_due != one.due
    verifier = batch.people.get(one.verified_by_id, "")
    told: dict[str, Any] = {action_rules.S.DONE: one.done_on, action_rules.S.VERIFIED: verifier}
    return SheetAction(
        code=one.code,
        title=one.title,
        sort=str(action_rules.SORTS.get(one.sort, one.sort)),
        owner=one.owner or "–",
        unit=one.unit or "",
        due=show_date(one.due) or "–",
        state="" if told.get(one.state) else str(action_rules.LABELS.get(one.state, one.state)),
        extended=str(_("first %(day)s", day=show_date(one.first_due))) if extended else "",
        resources=one.resources,
        done_on=str(_("done on %(day)s", day=show_date(one.done_on))) if one.done_on else "",
        proof="\n".join(filter(None, (one.proof, "; ".join(batch.files.get(one.id, ()))))),
        verified_by=str(_("verified by %(who)s", who=verifier)) if verifier else "",
    )


def _figures(judged: Judgement | None) -> tuple[EffectFigure, ...]:
    return tuple(map(_figure, judged.periods)) if judged else ()


def _figure(one: Judged) -> EffectFigure:
    from qms.docx.sheet_context import EffectFigure

    found = one.measured
    computed = found.shown if found is not None and found.rate is not None else "–"
    stated = ""
    if found is not None and one.published is not None:
        stated = f"{found.shown_stated} ({VERDICTS[one.published]})"
    return EffectFigure(
        period=str(one.period.label()),
        fraction=found.fraction if found is not None else "–",
        computed=f"{computed} ({VERDICTS[one.computed]})",
        stated=stated or "–",
        source=str(found.source or _("statement")) if found is not None else "–",
    )


def _tied(tie: TiedRecord) -> str:
    said, answered = RELATIONS[tie.relation]
    return f"{said if tie.ours else answered} {tie.code}: {tie.title}"


def _round(one: Round, people: dict[int | None, str]) -> SheetRound:
    """A round that has ended: when, by whom and why it was begun anew, and what it had come to."""
    from qms.docx.sheet_context import SheetRound

    begun = _(
        "round %(n)s until %(day)s, begun anew by %(who)s: %(why)s",
        n=one.number, day=show_date(one.on), who=one.by, why=one.reason,
    )  # fmt: skip
    return SheetRound(
        begun=str(begun),
        cause=one.cause,
        cause_group=_cause_group(one.cause_group),
        effect_result=one.effect_result,
        checked=people.get(one.verifier_id, ""),
    )


def _cause_group(group: str | None) -> str:
    return str(_("Group of the root cause: %(group)s.", group=GROUPS[group])) if group in GROUPS else ""


def _last(taken: Sequence[Step], *names: str) -> Step | None:
    return next((step for step in reversed(taken) if step.name in names), None)


def _signed(who: str, step: Step | None) -> str:
    """Who did it, on the day that the trail tells; nothing where nobody has (any more)."""
    return _on(who, step.on if step else None)


def _on(who: str, day: date | None) -> str:
    shown: Message | str = _("%(who)s, %(day)s", who=who, day=show_date(day)) if day else who
    return str(shown) if who else ""
