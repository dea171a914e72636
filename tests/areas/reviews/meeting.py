"""A review taken as far as a test needs it, by the people who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from qms.areas.kpis.service_measure import MeasurementValues, keep_measurements
from qms.areas.kpis.service_write import set_target
from qms.areas.reviews import service, service_parts, topics
from qms.areas.reviews.models import Review, ReviewOutput
from tests.cast import TODAY, Cast


@dataclass
class Meeting:
    """The review of 2023 by the coordinator and a leader; each method takes it one piece further."""

    cast: Cast

    def values(self, **values: Any) -> dict[str, Any]:
        """What a coordinator types of a meeting that took place today."""
        return {
            "period": "2023",
            "title": "",
            "held_on": TODAY,
            "started": "08:00",
            "place": "Phòng họp",
            "chair": self.cast.person("leader").id,
            "secretary": self.cast.person("coordinator").id,
            "owner": None,
        } | values

    def created(self, **values: Any) -> Review:
        return service.create(self.cast.actor("coordinator"), self.values(**values))

    def read(self, review: Review) -> Review:
        return Review.by_code(self.cast.ours.id, review.record.code)

    def write(self, review: Review, key: str, **values: Any) -> None:
        whole = {"text": "", "evidence": "", "reason_if_empty": ""} | values
        service_parts.write_input(self.cast.actor("coordinator"), review.record.code, key, whole)

    def output(self, review: Review, **values: Any) -> ReviewOutput:
        whole = {
            "kind": "improvement",
            "text": "Số hóa hồ sơ ngay tại bộ phận một cửa\nKiểm tra hằng tháng.",
            "owner": self.cast.person("staff").id,
            "due": date(2024, 6, 30),
        } | values
        return service_parts.add_output(self.cast.actor("coordinator"), review.record.code, whole)

    def attended(self, review: Review) -> None:
        """The usual people are called and all but one came."""
        actor, code = self.cast.actor("coordinator"), review.record.code
        service_parts.call_the_usual(actor, code)
        rows = service.attendants(review)
        service_parts.record_attendance(
            actor, code, {r.id: "absent" if r.id == rows[-1].id else "present" for r in rows}
        )

    def ready(self, **values: Any) -> Review:
        """A review with all that holding needs, one conclusion among it."""
        review = self.created(**values)
        for key in topics.inputs():
            self.write(review, key, reason_if_empty="chưa theo dõi trong kỳ")
        self.attended(review)
        self.output(review)
        return self.read(review)

    def held(self, **values: Any) -> Review:
        review = self.ready(**values)
        service.fire(self.cast.actor("leader"), review.record.code, "hold")
        return self.read(review)

    def measured(self, numerator: int, denominator: int = 5138, period: str = "2024-Q1") -> None:
        """Letters of apology of a period, entered by hand; entered again it is a correction."""
        values = MeasurementValues(
            "apology", period, Decimal(numerator), Decimal(denominator), source="sổ theo dõi thư xin lỗi"
        )
        keep_measurements(self.cast.actor("coordinator"), [values], "form")

    def target(self, value: int, period: str = "2024-Q1") -> None:
        """A target for it, set by the provincial committee."""
        actor = self.cast.actor("coordinator")
        set_target(actor, "apology", period=period, value=Decimal(value), set_by="UBND tỉnh")
