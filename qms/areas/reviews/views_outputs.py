"""The conclusions of a review on its page: each with the action that carries it out and what it led to."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from qms.areas.actions.rules import ACTION
from qms.areas.reviews import rules, service
from qms.areas.reviews.models import Review, ReviewOutput
from qms.kernel.links import come_from
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _, show_date
from qms.web.record_parts import badge, openings, path_of
from qms.web.widgets import Choice, Column, Fact, Row, Section, StateBadge, Table, lines_of, link


def outputs_section(actor: Actor, review: Review, *, writes: bool, at: str) -> Section:
    """The conclusions as a table; `writes` where the reader may still change them, on pages below `at`."""
    found = service.outputs(review)
    names = service.people_named(review)
    actions = _actions(found)
    led = come_from(list(actions))
    columns = (
        Column("kind", _("kind of conclusion")), Column("text", _("conclusion"), kind="wide"),
        Column("owner", _("owner")), Column("due", _("due date"), kind="nowrap"),
        Column("action", _("action")), *([Column("led", _("led to"))] if actions else []),
    )  # fmt: skip
    rows = []
    for one in found:
        action = actions.get(one.action_id)
        cells = _cells(one, names, action)
        if actions:
            cells = (*cells, _led(actor, review, action, led.get(one.action_id, ())))
        rows.append(Row(f"{at}/outputs/{one.id}" if writes else "", cells))
    reason = Fact(_("why there is no conclusion"), review.no_output_reason, long=True)
    links = [Choice(_("Record a conclusion"), f"{at}/outputs/new")] if writes else []
    if writes and not rows:
        links.append(Choice(_("Say why there is none"), f"{at}/minutes#no_output_reason"))
    return Section(
        "outputs",
        _("Conclusions"),
        (reason,) if review.no_output_reason else (),
        table=Table(columns, rows, empty_text=_("No conclusion is recorded.")),
        links=links,
        note=_("Each becomes an action with its owner and due date when the meeting is recorded as held.")
        if writes
        else "",
    )


def _actions(found: Sequence[ReviewOutput]) -> dict[int, Record]:
    """The actions that carry the conclusions out, by id; none before the meeting is held."""
    ids = [one.action_id for one in found if one.action_id]
    return {row.id: row for row in Record.select().where(Record.id.in_(ids))} if ids else {}


def _cells(
    row: ReviewOutput, names: dict[int, str], action: Record | None
) -> tuple[str | StateBadge | Markup, ...]:
    if action is None:
        done: str | Markup = "–"
    else:
        state = StateBadge(ACTION.labels[action.state], "done" if action.state in ACTION.ended else "open")
        done = _named(action, state)
    return (
        str(rules.OUTPUT_KINDS[row.kind]),
        row.text,
        names.get(row.owner_id, "–"),
        show_date(row.due) or "–",
        done,
    )


def _named(record: Record, state: StateBadge) -> Markup:
    return lines_of(link(path_of(str(record.kind), str(record.code)), str(record.code)), escape(state))


def _led(actor: Actor, review: Review, action: Record | None, led: Sequence[Record]) -> Markup:
    """What was recorded because of a conclusion, and the way to record it: from the review and its action."""
    named = [_named(one, badge(str(one.kind), str(one.state))) for one in led]
    paths = [f"reviews/{review.record.code}"] + ([f"actions/{action.code}"] if action else [])
    ways = () if named else openings(actor, *paths)
    return lines_of(*named, *(_WAY.format(one.url, one.label) for one in ways))


_WAY = Markup('<a class="part-do" href="{}">{}</a>')  # not on paper
