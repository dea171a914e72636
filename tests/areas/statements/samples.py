"""Files of figures for the tests, and the short way to import them."""

from __future__ import annotations

from pathlib import Path

from qms import resources
from qms.areas.statements import service
from qms.areas.statements.service import Preview
from qms.importers import taking
from qms.kernel.permissions import Actor

PUBLISHED = resources.AUDITS / "demonstration"
WHY = "Giữ như số đã công bố"
HEAD = "period,field,received_total,received_online,received_direct_post,carried_in,resolved_total,resolved_overdue"
BY_FIELD = f"""{HEAD}
2022,Hộ tịch,100,20,70,10,90,5
2022,Lý lịch tư pháp,200,50,150,0,150,10
2022,,300,70,220,10,240,15
"""


def published(name: str) -> Path:
    """A shipped workbook, such as `kien-giang-2023`."""
    return PUBLISHED / f"{name}.xlsx"


def bring(actor: Actor, *names: str, why: str = WHY) -> None:
    """Import shipped workbooks, their warnings accepted."""
    for name in names:
        path = published(name)
        service.import_statements(actor, taking.statement_file(path.read_bytes(), path.name), why)


def bring_text(actor: Actor, text: str, why: str = "") -> Preview:
    """Import a .csv that is given as text."""
    return service.import_statements(actor, taking.statement_file(text.encode(), "figures.csv"), why)
