"""One record of every kind, and the service that takes its steps: what tests over all areas begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.cases import service as cases
from qms.areas.documents import service as documents
from qms.areas.kpis import service_write as kpis
from qms.areas.nonconformities import service as nonconformities
from qms.areas.objectives import service as objectives
from qms.areas.reviews import service as reviews
from qms.areas.scope import service as scope
from qms.areas.statements import service as statements
from qms.kernel.records import Kind, Record
from tests.areas.nonconformities.story import finding
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast

FIRE: dict[str, Callable[..., Kind]] = {
    "action": actions.fire,
    "document": documents.fire,
    "kpi": kpis.fire,
    "late_case": cases.fire,
    "nonconformity": nonconformities.fire,
    "objective": objectives.fire,
    "procedure": scope.fire,
    "review": reviews.fire,
    "statement": statements.fire,
}
_OWN = {"code": "hai_long", "title": "Hài lòng", "numerator": "phiếu hài lòng", "denominator": "phiếu",
        "direction": "up"}  # fmt: skip
_LATE = {
    "case_code": "H33-0001",
    "title": "Kết hôn",
    "taken_on": date(2024, 3, 1),
    "due_on": date(2024, 3, 20),
}
_OBJECTIVE = {
    "title": "Hài lòng hơn",
    "kpi": "hai_long",
    "period": "2023",
    "target": Decimal(90),
    "set_by": "giả định",
}


@dataclass(frozen=True)
class Path:
    """A record and the name of the machine that it runs."""

    kind: str
    machine: str
    code: str


def one_of_each(cast: Cast) -> list[Path]:
    """One record for each machine, of the unit HT and a colleague, so that no role owns it by chance."""
    actor, today = cast.actor("coordinator"), TODAY
    place: dict[str, Any] = {"unit": cast.units["HT"].id, "owner": cast.person("colleague").id}
    bring(actor, "kien-giang-2023")
    improvement = nonconformities.open_nc(actor, finding(cast, grade="opportunity", **place))
    made: list[Kind] = [
        actions.open_action(actor, {"title": "Quét", "sort": "corrective", "due": date(2024, 6, 1)} | place),
        documents.add_document(actor, {"code": "QT-01", "title": "Quy trình", "issue_number": "01"} | place),
        cases.record_case(actor, _LATE | place),
        kpis.define(actor, _OWN),
        nonconformities.open_nc(actor, finding(cast, **place)),
        improvement,
        objectives.draft(actor, _OBJECTIVE | place),
        scope.add_procedure(actor, {"code": "1.000123", "title": "Cấp bản sao", "valid_from": today} | place),
        reviews.create(actor, {"period": "2023", "owner": place["owner"]}),
    ]
    found = [Path(row.kind, row.own_machine().kind, str(row.record.code)) for row in made]
    return [*found, Path("statement", "statement", "2023")]


def put(cast: Cast, path: Path, state: str) -> None:
    """Set the record's state behind the product, to ask what follows from it."""
    Record.update(state=state, unit=cast.units["HT"], owner=cast.person("colleague")).where(
        Record.organisation == cast.ours, Record.kind == path.kind, Record.code == path.code
    ).execute()
