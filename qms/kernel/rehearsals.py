"""What the rules would say: a service's verb is called up to its first write, and all of it undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qms.kernel.errors import Obstacle, QmsError, Refused, Rehearsed
from qms.kernel.permissions import Actor
from qms.kernel.trail import change, in_change


def against(actor: Actor, save: Callable[[], Any]) -> Sequence[Obstacle]:
    """The obstacles with which `save()` would be refused; none where it would write or fails otherwise.

    Nothing is written: whoever writes asks for the change under way and is stopped, and the transaction is undone.
    `save` does nothing but call the service: what it stored elsewhere would stay. Raises RuntimeError within a change,
    which a rehearsal would undo.
    """
    if in_change():
        raise RuntimeError("nothing is rehearsed within change()")
    try:
        with change(actor) as rehearsal:
            rehearsal.rehearsed = True
            save()
            raise Rehearsed  # whatever it did is undone
    except Refused as refusal:
        return refusal.reasons
    except QmsError:
        return ()
