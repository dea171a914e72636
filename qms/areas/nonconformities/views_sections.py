"""What the page of a nonconformity shows: its facts in the order in which they are found out."""

from __future__ import annotations

from flask import g
from markupsafe import Markup

from qms.areas.actions import rules as action_rules
from qms.areas.actions import service_serving
from qms.areas.actions.service_serving import Serving
from qms.areas.nonconformities import rules, views_links
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_criterion import findings
from qms.areas.nonconformities.rules_parts import PARTS
from qms.areas.nonconformities.rules_sources import BODIES
from qms.areas.nonconformities.service import may_add_action
from qms.areas.nonconformities.service_criterion import judgement
from qms.areas.nonconformities.service_parts import may_write
from qms.areas.nonconformities.views_analysis import analysis_facts, fishbone, rounds
from qms.areas.nonconformities.views_criterion import criterion_facts, criterion_table
from qms.kernel.links import RELATIONS
from qms.kernel.permissions import ROLE_LABELS, Actor, Permission
from qms.kernel.records import Record
from qms.kernel.text import _, show_date
from qms.web.due import due_cell
from qms.web.names import person_name
from qms.web.widgets import Choice, Column, Fact, RecordView, Row, Section, StateBadge, Table, lines_of


def tags(_actor: Actor, row: Nonconformity) -> list[str]:
    """Grade and round, beside the state and the clauses."""
    found = [str(rules.GRADES.get(row.grade, row.grade))]
    if row.generation > 1:
        found.append(str(_("round %(n)s", n=row.generation)))
    return found


def sections(actor: Actor, row: Nonconformity) -> list[Section]:
    """Finding, correction, cause, actions, effectiveness; an improvement has finding and actions."""
    if row.grade in rules.IMPROVEMENTS:
        return [_finding(row), _actions(actor, row)]
    return [
        _finding(row),
        _correction(actor, row),
        _cause(actor, row),
        _actions(actor, row),
        _effect(actor, row),
        *rounds(row),
    ]


def complete(actor: Actor, row: Nonconformity, view: RecordView) -> None:
    """Say whose step is next where the reader has none; the actions stand in their own table."""
    shown_already = RELATIONS["serves"][1]
    view.links = [one for one in view.links if one.relation != shown_already]
    views_links.complete(actor, row, view)
    if any(move.primary and move.enabled for move in view.moves) or row.record.state in rules.ENDED:
        return
    ahead = [t for t in row.own_machine().transitions if row.record.state in t.sources and not t.needs_reason]
    if any(t.automatic for t in ahead):
        view.notice = _("It goes on by itself when the last action is done with proof.")
    elif ahead and not any(move.name == ahead[0].name for move in view.moves):
        view.notice = _("Next: “%(step)s”, by %(who)s.", step=ahead[0].label, who=_whose(ahead[0].permission))


def _whose(permission: Permission) -> str:
    names = [str(ROLE_LABELS[role]) for role in ROLE_LABELS if role in permission.roles]
    return ", ".join(([str(_("the owner"))] if permission.owner else []) + names)


def _finding(row: Nonconformity) -> Section:
    return Section(
        "finding",
        _("What was found"),
        (
            Fact(_("grade"), rules.GRADES.get(row.grade, row.grade), anchor="grade"),
            Fact(_("found through"), rules.SOURCES.get(row.source_kind, row.source_kind)),
            *_told(row),
            *_first_due(row),
            Fact(_("what was found"), row.description, empty_hint=_("not described"), long=True),
        ),
    )


def _first_due(row: Nonconformity) -> list[Fact]:
    """The due date that was promised first, where it was moved."""
    if row.first_due is None or row.first_due == row.record.due:
        return []
    return [Fact(_("first due date"), show_date(row.first_due))]


def _told(row: Nonconformity) -> list[Fact]:
    """The body that inspected, and the paper on which it stands."""
    found = []
    if row.source_body:
        found.append(Fact(_("inspected by"), BODIES.get(row.source_body, row.source_body)))
    if row.source_ref:
        found.append(Fact(_("number and date of the paper"), row.source_ref))
    if row.register_no:
        found.append(Fact(_("number in the earlier register"), row.register_no))
    return found


def _write(actor: Actor, row: Nonconformity, part: str) -> tuple[Choice, ...]:
    """The link to the form of a part, for who may write it now."""
    which = PARTS[part]
    if not may_write(actor, row, which):
        return ()
    return (Choice(which.verb, f"{_url(row.record)}/{part}"),)


def before_writing(actor: Actor, row: Nonconformity, part: str) -> Markup:
    """What somebody who writes the part must have before their eyes: what was found, its cause, how it is judged."""
    if part in ("correction", "analysis"):
        return lines_of(row.record.title, row.description)
    if part in ("plan", "criterion"):
        return lines_of(row.record.title, _("Root cause: %(cause)s", cause=row.cause) if row.cause else "")
    judged = judgement(actor, row)
    if judged is None:
        return lines_of(_("Criterion: %(criterion)s", criterion=row.criterion))
    return lines_of(_("Criterion: %(criterion)s", criterion=judged.rule.text), *findings(judged))


def _url(record: Record) -> str:
    return f"/{g.organisation.slug}/nonconformities/{record.code}"


def _correction(actor: Actor, row: Nonconformity) -> Section:
    done = Fact(
        _("correction"), row.correction, empty_hint=_("not recorded yet"), long=True, anchor="corrected"
    )
    none = Fact(_("why no correction was possible"), row.no_correction, long=True, anchor="corrected")
    facts = [none if row.no_correction else done]
    if row.contained_on:
        facts.append(Fact(_("corrected on"), show_date(row.contained_on)))
    facts.append(
        Fact(
            _("consequences for the citizens concerned"),
            row.consequences,
            empty_hint=_("not answered yet"),
            long=True,
        )
    )
    return Section("correction", _("Correction"), facts, links=_write(actor, row, "correction"))


def _cause(actor: Actor, row: Nonconformity) -> Section:
    return Section(
        "analysis",
        _("Cause"),
        analysis_facts(row),
        body=fishbone(row),
        links=_write(actor, row, "analysis"),
    )


def _actions(actor: Actor, row: Nonconformity) -> Section:
    record = row.record
    may_add = may_add_action(actor, row)
    table = Table(
        columns=(
            Column("code", _("code"), kind="nowrap"),
            Column("title", _("title"), kind="wide"),
            Column("sort", _("kind of action")),
            Column("state", _("state"), kind="state"),
            Column("owner", _("owner")),
            Column("due", _("due date"), kind="nowrap"),
        ),
        rows=[_action_row(actor, action) for action in serving(row)],
        empty_text=_("There is no action yet."),
    )
    facts = []
    if row.planner_id:
        facts.append(Fact(_("plan submitted by"), person_name(row.planner_id)))
    if row.approver_id:
        facts.append(Fact(_("approved by"), person_name(row.approver_id)))
    if row.waiver:
        facts.append(Fact(_("why no corrective action is needed"), row.waiver, long=True))
    links = (Choice(_("Add an action"), f"{_url(record)}/actions/new"),) if may_add else ()
    return Section("actions", _("Actions"), facts, table=table, links=links)


def serving(row: Nonconformity) -> list[Serving]:
    """The actions that serve it: the steps and the table of its page ask for them, the database is asked once."""
    known: dict[int, list[Serving]] = g.setdefault("serving", {})
    if row.record_id not in known:
        known[row.record_id] = service_serving.serving(row.record_id)
    return known[row.record_id]


def _action_row(actor: Actor, action: Serving) -> Row:
    open_still = action.ended_on is None
    late = open_still and action.due is not None and action.due < actor.today
    return Row(
        f"/{g.organisation.slug}/actions/{action.code}",
        (
            action.code,
            action.title,
            str(action_rules.SORTS.get(action.sort, action.sort)),
            StateBadge(
                action_rules.LABELS.get(action.state, action.state),
                action_rules.TONES.get(action.state, "void"),
            ),
            action.owner or "–",
            due_cell(action.due, actor.today, awaited=open_still),
        ),
        tone="late" if late else "",
    )


def _effect(actor: Actor, row: Nonconformity) -> Section:
    judged = judgement(actor, row)
    facts = [
        *criterion_facts(row, judged),
        Fact(
            _("effectiveness check on"),
            show_date(row.effect_on) or None,
            empty_hint=_("follows from the grade when the last action is done"),
        ),
    ]
    if judged is None or row.effect_met:  # beside the figures a description is welcome, not asked for
        facts += [
            Fact(_("effective?"), rules.ANSWERS.get(row.effect_met), empty_hint=_("not judged yet")),
            Fact(_("what the check found"), row.effect_result, empty_hint=_("not checked yet"), long=True),
        ]
    if row.verifier_id:
        facts.append(
            Fact(
                _("verified by"),
                _("%(who)s on %(day)s", who=person_name(row.verifier_id), day=show_date(row.checked_on)),
            )
        )
    if row.effect_reason:
        facts.append(Fact(_("why it was closed as effective"), row.effect_reason, long=True))
    parts = ("plan", "criterion", "check", "effectiveness")
    links = tuple(link for part in parts for link in _write(actor, row, part))
    table = None if judged is None else criterion_table(judged)
    return Section("effectiveness", _("Effect"), facts, table=table, links=links)
