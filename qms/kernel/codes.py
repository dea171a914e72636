"""Codes of records such as `NC-2024-017`: counted per organisation, kind and year, without gaps."""

from __future__ import annotations

from peewee import CharField, CompositeKey, ForeignKeyField, IntegerField

from qms.kernel.db import BaseModel
from qms.kernel.organisations import Organisation
from qms.kernel.permissions import Actor
from qms.kernel.trail import current_change


class CodeCounter(BaseModel):
    """The last number given per organisation, kind and year; the change's first lock guards it."""

    organisation = ForeignKeyField(Organisation, backref="+")
    kind = CharField(max_length=30)
    year = IntegerField()
    last = IntegerField()

    class Meta:
        table_name = "code_counter"
        primary_key = CompositeKey("organisation", "kind", "year")


def next_number(actor: Actor, kind: str, year: int, count: int = 1) -> int:
    """The first of `count` numbers now reserved; no gaps, since a refused change takes none."""
    current_change()
    where = (
        (CodeCounter.organisation == actor.organisation_id)
        & (CodeCounter.kind == kind)
        & (CodeCounter.year == year)
    )
    last = CodeCounter.select(CodeCounter.last).where(where).scalar()
    if last is None:
        CodeCounter.insert(organisation=actor.organisation_id, kind=kind, year=year, last=count).execute()
        return 1
    CodeCounter.update(last=last + count).where(where).execute()
    return last + 1
