"""A late case as the tests record it, and the letter that apologises for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from qms.areas.cases import service
from qms.areas.cases.models import LateCase
from tests.cast import Cast

LETTER = {
    "letter_on": date(2024, 3, 29),
    "letter_through": "post",
    "promised_on": date(2024, 4, 22),
    "letter_number": "15",
}


def values(cast: Cast, **more: Any) -> dict[str, Any]:
    """What the form of a new late case sends."""
    return {
        "case_code": "000.00.16.H33-240301-0001",
        "title": "Cấp bản sao trích lục hộ tịch",
        "procedure_code": "2.000635",
        "taken_on": date(2024, 3, 1),
        "due_on": date(2024, 4, 1),
        "cause": "Chờ kết quả xác minh của cơ quan phối hợp",
        "unit": cast.units["HT"].id,
        "owner": cast.person("staff").id,
    } | more


def late(cast: Cast, part: str = "coordinator", **more: Any) -> LateCase:
    """A late case without a letter."""
    return service.record_case(cast.actor(part), values(cast, **more))


def apologised(cast: Cast, **more: Any) -> LateCase:
    """A late case whose letter was sent."""
    code = str(late(cast, **more).record.code)
    return service.fire(cast.actor("records"), code, "apologise", values=LETTER)
