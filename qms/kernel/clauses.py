"""Clauses that a record cites: kept as cited, in the edition they were cited from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from peewee import SQL, BooleanField, CharField, ForeignKeyField, IntegerField

from qms.kernel.catalogue import EDITIONS, clauses
from qms.kernel.errors import Obstacle
from qms.kernel.organisations import settings_on
from qms.kernel.permissions import Actor
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record, of_record
from qms.kernel.text import _
from qms.kernel.trail import Traced, change

_BETWEEN = re.compile(r"[\s,;]+")
DEFAULT_EDITION = "2015"


class ClauseReference(Traced):
    """A clause of an edition that a record refers to; kept as cited, mapped when read elsewhere."""

    organisation_id = IntegerField()
    record = ForeignKeyField(Record, backref="+")
    edition = CharField(max_length=10)
    number = CharField(max_length=12)
    withdrawn = BooleanField(default=False)  # cited by mistake: the history keeps it

    labels = {"withdrawn": _("withdrawn")}

    class Meta:
        table_name = "clause_reference"
        indexes = ((("record", "edition", "number"), True),)
        constraints = of_record()

    def what(self) -> str:
        return f"{self.number} ({self.edition})"


# The list of what cites a clause.
ClauseReference.add_index(
    SQL(
        'CREATE INDEX "clause_reference_number" ON "clause_reference" '
        "(organisation_id, number, record_id, edition) WHERE NOT withdrawn"
    )
)


def edition_of(actor: Actor) -> str:
    """The edition that the actor's organisation applies today, by its settings."""
    chosen = settings_on(actor.organisation_id or 0, actor.today).get("edition")
    return str(chosen) if str(chosen) in EDITIONS else DEFAULT_EDITION


def numbers_in(text: str) -> list[str]:
    """The clause numbers in a typed line such as `9.1.3, 10.2`, each once, in their order."""
    return list(dict.fromkeys(number for number in _BETWEEN.split(text.strip()) if number))


def unknown(edition: str, numbers: Iterable[str], where: str) -> list[Obstacle]:
    """What speaks against citing these clauses: an edition or numbers that are in no catalogue."""
    if edition not in EDITIONS:
        return [Obstacle(_("there is no edition %(edition)s of ISO 9001", edition=edition), where)]
    return [
        Obstacle(
            _("ISO 9001:%(edition)s has no clause %(number)s", edition=edition, number=number[:20]), where
        )
        for number in numbers
        if number not in clauses(edition)
    ]


class Citation(NamedTuple):
    """A clause as a record cites it."""

    number: str
    edition: str

    def __str__(self) -> str:
        return f"{self.number} ({self.edition})"


def cited(record_id: int) -> list[Citation]:
    """The clauses that a record cites now, in the order in which they were cited."""
    return [Citation(*row) for row in _CITED.rows(record_id)]


_CITED = Prepared(
    lambda record: (
        ClauseReference.select(ClauseReference.number, ClauseReference.edition)
        .where(ClauseReference.record == record, ~ClauseReference.withdrawn)
        .order_by(ClauseReference.id)
        .tuples()
    )
)


def cite(actor: Actor, record: Record, edition: str, numbers: Iterable[str]) -> None:
    """Let the record cite exactly these clauses of one edition; those no longer named are withdrawn.

    The numbers must have been found good by `unknown`; references to other editions stay.
    """
    wanted = set(numbers)
    with change(actor):
        known = {
            reference.number: reference
            for reference in ClauseReference.select().where(
                ClauseReference.record == record.id, ClauseReference.edition == edition
            )
        }
        for number in sorted(wanted - set(known)):
            ClauseReference(
                organisation_id=record.organisation_id, record=record, edition=edition, number=number
            ).save()
        for number, reference in known.items():
            reference.withdrawn = number not in wanted
            reference.save(tag="clause_reference.withdraw" if reference.withdrawn else "clause_reference.add")
