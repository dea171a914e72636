"""The days on which the effect of actions is to be checked: what the coordinator is reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules import S
from qms.kernel.area import WorkItem
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _


def deadlines(actor: Actor, until: date) -> Iterator[WorkItem]:
    """The checks of effect (10.2.1 d) that fall on a day up to `until` and have not been made."""
    rows = (
        Nonconformity.select(Record.code, Record.title, Nonconformity.effect_on)
        .join(Record)
        .where(
            Record.organisation == actor.organisation_id,
            Record.kind == Nonconformity.kind,
            Record.state == S.VERIFYING,
            Nonconformity.effect_on <= until,
        )
        .order_by(Nonconformity.effect_on, Record.id)
        .tuples()
    )
    for code, title, day in rows:
        yield WorkItem(title, f"nonconformities/{code}", _("check of the effect"), code, day)
