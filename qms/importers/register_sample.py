"""The register to begin with: headings in the reader's language, an example, and the words that are taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from qms.areas.nonconformities.rules_register import COLUMNS, DAYS, NEEDED
from qms.importers import sample
from qms.importers.register_words import CHOICES
from qms.kernel.organisations import Unit
from qms.kernel.people import working_in
from qms.kernel.permissions import Actor
from qms.kernel.text import _

_WIDE = frozenset({
    "description", "correction", "consequences", "whys", "cause", "elsewhere", "action", "criterion", "effect_result",
})  # fmt: skip


def workbook(actor: Actor) -> bytes:
    """An .xlsx that may be imported as it is."""
    heads = {
        column: str(_("%(label)s (required)", label=label) if column in NEEDED else label)
        for column, label in COLUMNS.items()
    }
    return sample.workbook(_("Register"), heads, _example(actor), _words(actor), days=DAYS, wide=_WIDE)


def _words(actor: Actor) -> dict[str, list[Any]]:
    """Heading -> what may stand below it; units and people are those of the organisation."""
    found = {str(COLUMNS[column]): list(labels.values()) for column, (labels, _other) in CHOICES.items()}
    units = Unit.valid_on(actor.organisation_id or 0, actor.today)
    people = working_in(actor.organisation_id or 0, actor.today)
    return found | {
        str(COLUMNS["unit"]): [f"{unit.code}: {unit.name}" for unit in units],
        str(_("people (name or e-mail address)")): [f"{one.name} <{one.email}>" for one in people],
    }


def _example(actor: Actor) -> dict[str, Any]:
    """A row that may be imported as it is: invented, to be written over."""
    found = actor.today - timedelta(days=60)
    word = {column: labels for column, (labels, _other) in CHOICES.items()}
    return {
        "register_no": f"01/{found.year}", "title": _("Example: write over this row"), "happened_on": found,
        "description": _("What was seen, where and by which evidence"),
        "source_kind": word["source_kind"]["audit"], "grade": word["grade"]["minor"], "clauses": "8.5.1",
        "edition": "2015", "due": actor.today + timedelta(days=30), "state": word["state"]["open"],
    }  # fmt: skip
