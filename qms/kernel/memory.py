"""What was computed from an organisation's data, kept until that data changes.

Every change moves the head of a trail, the organisation's or the system's, so the heads name the
state of the data: a value kept under that name can never be out of date, nor another organisation's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

from qms.kernel.permissions import Actor
from qms.kernel.text import current_language
from qms.kernel.trail import SYSTEM_CHAIN, TrailHead, in_change

Value = TypeVar("Value")
KEPT = 64  # values of one process

_values: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()


def remembered(actor: Actor, name: str, make: Callable[[], Value], *, personal: bool = False) -> Value:
    """`make()`, or what it gave when the organisation's data was as it is now, on the same day.

    With `personal` it is kept for this actor's rights and language alone; without, for all of the
    organisation, so `make` must not ask who asks. The value is shared between requests: nobody may
    alter it. Within a change, and before the trail's first entry, it is always made anew, since no
    head names that state.
    """
    heads = None if in_change() else _heads(actor)
    if not heads:
        return make()
    asks = (actor, current_language()) if personal else (actor.organisation_id, actor.today)
    key = (name, asks, heads)
    with _lock:
        if key in _values:
            _values.move_to_end(key)
            return _values[key]  # type: ignore[return-value]
    value = make()
    with _lock:
        _values[key] = value
        while len(_values) > KEPT:
            _values.popitem(last=False)
    return value


def _heads(actor: Actor) -> tuple[str, ...]:
    """The MACs that name the state of the organisation's data and of the people."""
    chains = (SYSTEM_CHAIN, actor.organisation_id or SYSTEM_CHAIN)
    rows = TrailHead.select(TrailHead.mac).where(TrailHead.chain.in_(chains)).order_by(TrailHead.chain)
    return tuple(mac for (mac,) in rows.tuples())
