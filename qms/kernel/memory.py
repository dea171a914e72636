"""What was computed from an organisation's data, kept until that data changes.

Every change moves the head of the organisation's trail, so the head names the state of its data: a
value kept under that name can never be out of date, nor another organisation's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

from qms.kernel.permissions import Actor
from qms.kernel.trail import TrailHead, in_change

Value = TypeVar("Value")
KEPT = 64  # values of one process

_values: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()


def remembered(actor: Actor, name: str, make: Callable[[], Value]) -> Value:
    """`make()`, or what it gave when the organisation's data was as it is now, on the same day.

    The value is shared between requests: nobody may alter it. Within a change, and before the first
    entry of the trail, it is always made anew, since no head names that state.
    """
    if in_change():
        return make()
    head = TrailHead.select(TrailHead.mac).where(TrailHead.chain == (actor.organisation_id or 0)).scalar()
    if head is None:
        return make()
    key = (name, actor.organisation_id, head, actor.today)
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
