"""How the cause of a nonconformity is sought: the methods, the whys, the groups of causes (clause 10.2.1 b). Pure."""

from __future__ import annotations

from enum import StrEnum

from qms.kernel.text import Message, _

FIVE_WHYS, CAUSE_EFFECT, DESCRIBED = "five_whys", "cause_effect", "described"
METHODS: dict[str, Message] = {
    FIVE_WHYS: _("five whys"),
    CAUSE_EFFECT: _("cause and effect (fishbone diagram)"),
    DESCRIBED: _("described in words"),
}


class Group(StrEnum):
    """The groups of causes: the bones of the cause-and-effect diagram, in their order."""

    PEOPLE = "people"
    METHOD = "method"
    MEANS = "means"
    ENVIRONMENT = "environment"
    MEASUREMENT = "measurement"
    INFORMATION = "information"


GROUPS: dict[str, Message] = {
    Group.PEOPLE: _("people"),
    Group.METHOD: _("method"),
    Group.MEANS: _("means"),
    Group.ENVIRONMENT: _("environment"),
    Group.MEASUREMENT: _("measurement"),
    Group.INFORMATION: _("information"),
}
CAUSES: dict[str, str] = {group: f"causes_{group}" for group in GROUPS}  # group -> its column

# The columns whose writers have had a hand in the cause.
AUTHORED = ("cause_method", "whys", *CAUSES.values(), "cause", "cause_group")

USUAL_WHYS = 5
LEAST_WHYS = 2


def why_steps(whys: str) -> list[str]:
    """The steps of the five whys, as the column keeps them: one a line, without gaps."""
    return [step for line in whys.split("\n") if (step := line.strip())]
