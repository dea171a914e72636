"""The one clock; rules and services get `today` as an argument, only the edges ask here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Ho_Chi_Minh")
_today: date | None = None


def configure(zone: ZoneInfo, today: date | None = None) -> None:
    """Set the agency's time zone and, in demonstrations and tests, the day it is."""
    global _zone, _today
    _zone, _today = zone, today


def now() -> datetime:
    """This moment in UTC without a zone mark, as it is stored; on the set day if one is set."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    if _today is None:
        return moment
    local = moment.replace(tzinfo=UTC).astimezone(_zone)
    fixed = datetime.combine(_today, local.timetz())
    return fixed.astimezone(UTC).replace(tzinfo=None)


def today() -> date:
    """The date in the agency's time zone, or the set day."""
    return _today or datetime.now(_zone).date()


def local(moment: datetime) -> datetime:
    """A stored moment in the agency's time zone."""
    return moment.replace(tzinfo=UTC).astimezone(_zone)
