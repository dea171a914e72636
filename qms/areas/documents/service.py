"""Keeping the register of documents."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from qms.areas.documents.models import Document, DocumentIssue
from qms.areas.documents.rules import (
    EDIT,
    DocumentFacts,
    S,
    code_obstacle,
    dates_obstacle,
    next_issue,
)
from qms.kernel import steps
from qms.kernel.authors import authors
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.owners import place_obstacles, worker_obstacle
from qms.kernel.permissions import ANY_UNIT, Actor
from qms.kernel.text import _
from qms.kernel.trail import change


def facts(row: Document, actor: Actor) -> DocumentFacts:
    """What the machine's conditions look at."""
    return DocumentFacts(
        row.issue_number,
        row.valid_from,
        row.author_id,
        authors(row, since="revise"),
        actor.person_id,
        actor.acts_for,
    )


def add_document(actor: Actor, values: dict[str, Any]) -> Document:
    """A document under the code it carries on paper, as a draft; raises Forbidden or Refused.

    Without an author it is written by who records it.
    """
    values = dict(values)
    values["author"] = values.get("author") or actor.person_id
    actor.require(EDIT, unit_id=values.get("unit") or ANY_UNIT)
    code = (values.pop("code", "") or "").strip()
    with change(actor):
        obstacles = [o for o in (code_obstacle(code), *_against(actor, values)) if o is not None]
        if obstacles:
            raise Refused(obstacles)
        row = Document.new(actor, code=code, title=values.pop("title"), happened_on=actor.today, **values)
        row.save()
    return row


def edit_document(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Document:
    """Change a draft; raises NotFound, Forbidden, Stale or Refused."""
    with change(actor):
        row = Document.locked(actor, code, version, values)
        record = row.record
        actor.require(EDIT, unit_id=record.unit_id, owner_id=record.owner_id)
        if record.state != S.DRAFT:
            raise Refused([_("only a draft is changed: draft the next issue first")])
        whole = {name: row.value(name) for name in ("title", "valid_from", "valid_to")} | values
        if whole.get("author") == row.author_id:
            whole.pop("author", None)  # who has left may stay until somebody else takes over
        obstacles = _against(actor, whole, row)
        number = values.get("issue_number", row.issue_number)
        if DocumentIssue.get_or_none(DocumentIssue.record == record.id, DocumentIssue.number == number):
            obstacles.append(Obstacle(_("issue %(n)s exists already", n=number), "edit#issue_number"))
        if obstacles:
            raise Refused(obstacles)
        row.set(values)
        row.save()
    return row


def _against(actor: Actor, values: dict[str, Any], row: Document | None = None) -> list[Obstacle]:
    found = place_obstacles(actor, values, row=row, right=EDIT)
    if not (values.get("title") or "").strip():
        found.append(Obstacle(_("the title is missing"), "edit#title"))
    further = (
        dates_obstacle(values.get("valid_from"), values.get("valid_to")),
        worker_obstacle(actor, values.get("author"), "edit#author"),
    )
    return found + [one for one in further if one is not None]


def fire(
    actor: Actor,
    code: str,
    transition: str,
    *,
    reason: str = "",
    version: int | None = None,
    values: dict[str, str] | None = None,
) -> Document:
    """Issue, draft the next issue or withdraw; raises NotFound, Stale, Forbidden or Refused."""

    def apply(row: Document) -> None:
        if transition == "issue":
            row.set({"approver": actor.person_id, "issued_on": actor.today})
        elif transition == "revise":
            row.set({"issue_number": next_issue(row.issue_number), "approver": None, "issued_on": None,
                     "valid_from": None, "valid_to": None})  # fmt: skip
        else:
            row.set({"valid_to": actor.today})

    with change(actor, reason):
        row = steps.fire(
            actor, Document, code, transition, facts=facts, reason=reason, version=version, apply=apply
        )
        if transition == "issue":
            begins = cast(date, row.valid_from)  # the machine issues nothing without it
            _end_issues(row, begins - timedelta(days=1))
            DocumentIssue(
                organisation_id=row.organisation_id,
                record=row.record_id,
                number=row.issue_number,
                issued_on=actor.today,
                author=row.author_id,
                approver=actor.person_id,
                valid_from=begins,
                valid_to=row.valid_to,
            ).save()
        elif transition == "withdraw":
            _end_issues(row, actor.today)
    return row


def _end_issues(row: Document, day: date) -> None:
    """End every issue of the document that lasts beyond `day`; one that had not begun ends as it begins."""
    for issue in issues(row.record_id):
        if issue.valid_to is None or issue.valid_to > day:
            issue.valid_to = max(day, issue.valid_from)
            issue.save()


def issues(record_id: int) -> list[DocumentIssue]:
    """The issues of a document, the newest first."""
    return list(
        DocumentIssue.select().where(DocumentIssue.record == record_id).order_by(DocumentIssue.id.desc())
    )


def in_force(day: date) -> Any:
    """A query of the records of which an issue was valid on that day."""
    return DocumentIssue.select(DocumentIssue.record).where(
        DocumentIssue.valid_from <= day, DocumentIssue.valid_to.is_null() | (DocumentIssue.valid_to >= day)
    )
