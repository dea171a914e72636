"""What is asked of where a nonconformity comes from: which body inspected, and on which paper it stands."""

from __future__ import annotations

from qms.kernel.errors import Obstacle
from qms.kernel.text import Message, _

INSPECTION, COMPLAINT = "inspection", "complaint"

# Which body inspected or audited from outside.
BODIES: dict[str, Message] = {
    "home_affairs": _("Department of Home Affairs"),
    "science": _("Department of Science and Technology"),
    "certifier": _("certification body"),
    "committee": _("Office of the People's Committee"),
    "other": _("another body"),
}


def source_is_told(source_kind: str | None, body: str | None, ref: str | None) -> list[Obstacle]:
    """An inspection names its body; a paper is named for an inspection or a complaint alone."""
    found = []
    if source_kind == INSPECTION and not body:
        found.append(Obstacle(_("which body inspected is missing"), "edit#source_body"))
    elif source_kind != INSPECTION and body:
        found.append(Obstacle(_("an inspecting body is named for an inspection alone"), "edit#source_body"))
    if body and body not in BODIES:
        found.append(Obstacle(_("there is no such body in the list"), "edit#source_body"))
    if ref and source_kind not in (INSPECTION, COMPLAINT):
        found.append(
            Obstacle(_("a paper is named for an inspection or a complaint alone"), "edit#source_ref")
        )
    return found
