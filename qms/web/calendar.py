"""The calendar: due dates of open records, checks and duties by day; a table of weeks, a list on a phone."""

from __future__ import annotations

import re
from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from qms.kernel import area
from qms.kernel.calendar import Period, is_free
from qms.kernel.errors import BadInput
from qms.kernel.organisations import settings_on
from qms.kernel.permissions import Actor, Role
from qms.kernel.records import Record
from qms.kernel.text import Message, _, show_date, show_number
from qms.web import overview, shell
from qms.web.record_parts import badge
from qms.web.shell import SIGNED_IN, needs
from qms.web.widgets import StateBadge

SHOWN = 4  # of one day, before the rest is folded away
LOADED = 120  # of one month: each stands there twice, in the table and in the list of a phone
YEARS = range(1990, 2101)
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))

blueprint = Blueprint("calendar", __name__)


@dataclass(frozen=True)
class Entry:
    """Something due on a day."""

    code: str
    title: Message | str
    url: str
    state: StateBadge


@dataclass
class Day:
    """One day of the table; days of the months around it stand empty."""

    date: date
    inside: bool
    today: bool
    free: bool  # nobody works: a weekend, a public holiday or a day off of the agency's own
    entries: list[Entry] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The whole date, for the list on a phone."""
        return f"{WEEKDAYS[self.date.weekday()]} {show_date(self.date)}"

    @property
    def holiday(self) -> bool:
        """A day off on which one would otherwise work."""
        return self.free and self.date.weekday() < 5

    @property
    def shown(self) -> list[Entry]:
        """What stands there at once."""
        return self.entries[:SHOWN]

    @property
    def rest(self) -> list[Entry]:
        """What is folded away."""
        return self.entries[SHOWN:]


@blueprint.get("/<org>/calendar")
@needs(SIGNED_IN)
def show() -> str:
    """The month asked for, or this one; `whose=me` shows only one's own. Raises BadInput for a bad month."""
    actor = shell.actor()
    month = _asked(request.args.get("month", ""), actor.today)
    whose = request.args.get("whose", "")
    if whose not in ("", "me"):
        raise BadInput(_("“%(value)s” is no value for the filter “%(name)s”", value=whose[:60], name="whose"))
    weeks = _weeks(month, actor)
    days = {day.date: day for week in weeks for day in week if day.inside}
    count = _fill(days, actor, month, mine=whose == "me")
    return render_template(
        "calendar/show.html",
        title=month.label(),
        weeks=weeks,
        weekdays=WEEKDAYS,
        busy=[day for day in days.values() if day.entries],
        cut=count > LOADED and _("Only the first %(n)s due dates of the month are shown.", n=show_number(LOADED)),
        whose=whose,
        previous_url=_url(month.previous(), whose),
        next_url=_url(month.next(), whose),
        this_url=_url(None, whose),
        all_url=_url(month, ""),
        mine_url=_url(month, "me"),
    )  # fmt: skip


def _asked(text: str, today: date) -> Period:
    if not text:
        return Period.of(today, "month")
    if not _MONTH.fullmatch(text) or int(text[:4]) not in YEARS:
        raise BadInput(_("“%(value)s” is not a month; write it like 2024-04", value=text[:20]))
    return Period.parse(text)


def _url(month: Period | None, whose: str) -> str:
    if month is not None and month.start.year not in YEARS:
        return ""
    return url_for("calendar.show", month=month.code if month else None, whose=whose or None)


def _weeks(month: Period, actor: Actor) -> list[list[Day]]:
    """The month's weeks, from Monday, with the days of the months around it that fill them."""
    set_up = settings_on(actor.organisation_id or 0, month.end).get("working_days") or ()
    own = {date.fromisoformat(day) for day in set_up}
    dates = Calendar().monthdatescalendar(month.start.year, month.start.month)
    return [
        [Day(one, month.start <= one <= month.end, one == actor.today, is_free(one, own)) for one in week]
        for week in dates
    ]


def _fill(days: dict[date, Day], actor: Actor, month: Period, *, mine: bool) -> int:
    """Put the open records, checks and duties of the month on their days; how many records there were, capped."""
    kinds, home = area.visible_kinds(actor), f"/{g.organisation.slug}"
    rows = _due(actor, month, list(kinds), mine=mine)
    for row in rows[:LOADED]:
        model = kinds[row.kind]
        state = _late_or(badge(model.kind, row.state), row.due, actor.today)
        days[row.due].entries.append(Entry(row.code, row.title, f"{home}/{model.area}/{row.code}", state))
    seen = {model.area for model in kinds.values()}
    if not mine or Role.COORDINATOR in actor.roles:  # who has to keep these days
        for one in area.collect("deadlines", actor, month.end):
            if one.due in days and one.url.partition("/")[0] in seen:
                state = _late_or(StateBadge(one.why), one.due, actor.today)
                days[one.due].entries.append(Entry(one.code, one.title, f"{home}/{one.url}", state))
    if not mine:
        for day, duty in area.duties_between(actor, month.start, month.end):
            url = f"{home}/{duty.url}" if duty.url else ""
            days[day].entries.append(Entry("", duty.label, url, overview.duty_badge(duty, actor.today)))
    return len(rows)


def _late_or(state: StateBadge, due: date, today: date) -> StateBadge:
    """What is due as it stands, or late: said in words beside the state, which alone would deny the sign."""
    return StateBadge(_("overdue · %(state)s", state=state.label), "late") if due < today else state


def _due(actor: Actor, month: Period, kinds: list[str], *, mine: bool) -> list[Any]:
    query = Record.select(Record.code, Record.title, Record.kind, Record.state, Record.due).where(
        Record.organisation == actor.organisation_id,
        Record.ended_on.is_null(),
        Record.due.between(month.start, month.end),
        Record.kind.in_(kinds),
    )
    if mine:
        query = query.where(
            Record.owner.in_([p for p in (actor.person_id, *actor.acts_for) if p is not None])
        )
    return list(query.order_by(Record.due, Record.id).limit(LOADED + 1).namedtuples())
