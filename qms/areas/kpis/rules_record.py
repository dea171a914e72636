"""An indicator as a record: its states and who may do what. Pure."""

from __future__ import annotations

from enum import StrEnum

from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of an indicator."""

    ACTIVE = "active"
    RETIRED = "retired"


LABELS: dict[str, Message] = {S.ACTIVE: _("being measured"), S.RETIRED: _("no longer measured")}

VIEW = Permission("kpis.view", _("see the indicators, their measurements and targets"), READERS)
DEFINE = Permission(
    "kpis.define", _("define indicators and change their definition"), frozenset({Role.COORDINATOR})
)
MEASURE = Permission(
    "kpis.measure", _("enter and import measurements of indicators"),
    frozenset({Role.COORDINATOR, Role.UNIT_HEAD}),
)  # fmt: skip
TARGET = Permission(
    "kpis.target", _("set the target of an indicator"), frozenset({Role.COORDINATOR, Role.LEADER})
)
PERMISSIONS = (VIEW, DEFINE, MEASURE, TARGET)

KPI = Machine(
    "kpi",
    S,
    LABELS,
    (
        Transition("retire", frozenset({S.ACTIVE}), S.RETIRED, _("Stop measuring it"), DEFINE,
                   needs_reason=True),
        Transition("resume", frozenset({S.RETIRED}), S.ACTIVE, _("Measure it again"), DEFINE,
                   needs_reason=True),
    ),
    initial=S.ACTIVE,
    ended=frozenset({S.ACTIVE, S.RETIRED}),
    in_force=frozenset({S.ACTIVE}),
)  # fmt: skip
