"""The definitions of the indicators: those that the product brings, and every version that is kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from qms.areas.kpis.models import Kpi, KpiDefinition
from qms.areas.kpis.rules import Bilingual, Definition
from qms.areas.kpis.rules_record import S
from qms.areas.statements.figures import LABELS
from qms.kernel.catalogue import rules as catalogue
from qms.kernel.numbers import Joined
from qms.kernel.records import Record
from qms.kernel.text import _


@dataclass(frozen=True)
class Entry:
    """An indicator with every version of its definition, the newest last."""

    record: Record
    definitions: tuple[Definition, ...]

    @property
    def code(self) -> str:
        """Its id."""
        return str(self.record.code)

    @property
    def now(self) -> Definition:
        """The newest version."""
        return self.definitions[-1]

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return str(self.now.name)

    @property
    def active(self) -> bool:
        """Whether it is still measured."""
        return self.record.state == S.ACTIVE

    @property
    def url(self) -> str:
        """Its page, below the organisation."""
        return f"kpis/{self.code}"


@cache
def builtin() -> dict[str, dict[str, Any]]:
    """Id -> shipped definition, in the order of the catalogue."""
    return {entry["id"]: entry for entry in catalogue("kpis")["kpi"]}


def shipped(code: str) -> Definition:
    """The definition that the product brings for a built-in indicator."""
    data, source = builtin()[code], catalogue("kpis")
    named = {"numerator": "", "denominator": ""} | {
        side: Bilingual(data[f"{side}_vi"], data[f"{side}_en"])
        for side in ("numerator", "denominator")
        if f"{side}_vi" in data
    }
    return Definition(
        kpi=code,
        version=1,
        name=Bilingual(data["name_vi"], data["name_en"]),
        numerator=named["numerator"],
        denominator=named["denominator"],
        numerator_keys=tuple(data["numerator"]),
        denominator_keys=tuple(data["denominator"]),
        direction=data["direction"],
        source=Bilingual(source["source_vi"], source["source_en"]),
        stated=data.get("stated", ""),
        stated_denominator=data.get("stated_denominator", ""),
        sums=data["sums"],
        main=data["main"],
        operand=data.get("operand", ""),
    )


def _shipped_names(code: str) -> tuple[str, ...]:
    """The Vietnamese names by which the product brings an indicator, and brought it before."""
    data = builtin()[code]
    return (data["name_vi"], *data.get("earlier_vi", ()))


def entries_of(organisation_id: int) -> list[Entry]:
    """Every indicator with its definitions: the built-in ones in the catalogue's order, then the others."""
    versions: dict[int, list[KpiDefinition]] = defaultdict(list)
    for row in (
        KpiDefinition.select()
        .where(KpiDefinition.organisation_id == organisation_id)
        .order_by(KpiDefinition.version)
    ):
        versions[row.record_id].append(row)
    order = {code: place for place, code in enumerate(builtin())}
    found = [
        Entry(kpi.record, tuple(_definition(kpi, row) for row in versions[kpi.record_id]))
        for kpi in Kpi.of(organisation_id)
        if versions[kpi.record_id]
    ]
    return sorted(found, key=lambda entry: (order.get(entry.code, len(order)), entry.code))


def definitions_of(kpi: Kpi) -> list[Definition]:
    """Every version of one indicator's definition, the newest last."""
    rows = KpiDefinition.select().where(KpiDefinition.record == kpi.record_id).order_by(KpiDefinition.version)
    return [_definition(kpi, row) for row in rows]


def _definition(kpi: Kpi, row: KpiDefinition) -> Definition:
    """A kept version; the names of a built-in one come from the catalogue, in both languages."""
    code = str(kpi.record.code)
    base = shipped(code) if kpi.builtin and code in builtin() else None
    return Definition(
        kpi=code,
        version=row.version,
        name=base.name if base and row.name in _shipped_names(code) else row.name,
        numerator=(base.numerator if base else "") or row.numerator,
        denominator=(base.denominator if base else "") or row.denominator,
        numerator_keys=tuple(row.numerator_keys.split()),
        denominator_keys=tuple(row.denominator_keys.split()),
        direction=row.direction,
        unit=row.unit,
        period_length=row.period_length,
        source=base.source if base else row.source,
        valid_from=row.valid_from,
        reason=row.reason,
        stated=base.stated if base else "",
        stated_denominator=base.stated_denominator if base else "",
        sums=base.sums if base else False,
        main=base.main if base else False,
        operand=base.operand if base else "",
    )


def side_text(definition: Definition, side: str) -> object:
    """What stands above (`numerator`) or below (`denominator`) the line, in words."""
    words = getattr(definition, side)
    keys = getattr(definition, f"{side}_keys")
    return words or (Joined(tuple(LABELS[key] for key in keys), " + ") if keys else _("not described"))
