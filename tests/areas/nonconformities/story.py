"""A nonconformity taken as far as a test needs it, by the people who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from tests.cast import TODAY, Cast


def finding(cast: Cast, **values: Any) -> dict[str, Any]:
    """What a coordinator types of a minor nonconformity that staff of the unit HT answers for."""
    return {
        "title": "Tỷ lệ số hóa kết quả chưa đạt chỉ tiêu",
        "grade": "minor",
        "description": "Số hóa 39 trên 13.985 hồ sơ đã giải quyết.",
        "source_kind": "target",
        "happened_on": TODAY,
        "unit": cast.units["HT"].id,
        "owner": cast.person("staff").id,
        "due": date(2024, 6, 30),
        "clauses": "",
        "edition": "2015",
    } | values


ANALYSIS = {
    "cause_method": "five_whys",
    "whys": "Kết quả trả trên giấy, không quét\nQuy trình không có bước quét",
    "cause": "Chưa có quy định quét khi trả kết quả",
    "cause_group": "method",
    "elsewhere": "Có ở hai phòng khác",
}


CRITERION = "Đến hết Quý II số hóa ít nhất 30% kết quả"
EARLY = "Đã thấy rõ hiệu lực"  # why it is closed before the day of the check


@dataclass
class Story:
    """Each method takes one nonconformity (a new one, or that of `code`) one state further."""

    cast: Cast
    happened_on: date = TODAY

    def read(self, nc: Nonconformity) -> Nonconformity:
        return Nonconformity.by_code(self.cast.ours.id, nc.record.code)

    def opened(self, **values: Any) -> Nonconformity:
        return service.open_nc(
            self.cast.actor("coordinator"), finding(self.cast, **{"happened_on": self.happened_on} | values)
        )

    def contained(self, code: str = "", *, by: str = "staff") -> Nonconformity:
        code = code or self.opened().record.code
        texts = {"correction": "Quét bổ sung 300 hồ sơ", "consequences": "Không ảnh hưởng công dân"}
        service.write_part(self.cast.actor("staff"), code, "correction", texts)
        service.fire(self.cast.actor(by), code, "contain")
        return service.write_part(self.cast.actor("staff"), code, "plan", {"criterion": CRITERION})

    def looked_at_again(self, code: str) -> Nonconformity:
        """The cause of a later round is written on, and confirmed."""
        again = {"cause": "Quy định quét có, nhưng không ai kiểm tra"}
        service.write_part(self.cast.actor("staff"), code, "analysis", again)
        return service.fire(self.cast.actor("staff"), code, "analyse")

    def analysed(self, code: str = "", *, cause_by: str = "staff") -> Nonconformity:
        code = code or self.contained().record.code
        service.write_part(self.cast.actor(cause_by), code, "analysis", ANALYSIS)
        return service.fire(self.cast.actor("staff"), code, "analyse")

    def action(self, code: str, *, owner: str = "staff", sort: str = "corrective") -> Action:
        values = {
            "title": "Ban hành quy định quét",
            "sort": sort,
            "owner": self.cast.person(owner).id,
            "unit": self.cast.units["HT"].id,
            "due": date(2024, 5, 31),
        }
        return service.add_action(self.cast.actor("unit_head"), code, values)

    def acting(self, *, actions: int = 1, cause_by: str = "staff", owner: str = "staff") -> Nonconformity:
        code = self.analysed(cause_by=cause_by).record.code
        for _index in range(actions):
            self.action(code, owner=owner)
        service.fire(self.cast.actor("staff"), code, "plan")
        return service.fire(self.cast.actor("unit_head"), code, "approve_plan")

    def done(self, nc: Nonconformity) -> None:
        for action in serving(nc.record_id):
            owner = next(p for p, person in self.cast.people.items() if person.id == action.owner_id)
            actions.fire(self.cast.actor(owner), action.code, "finish", values={"proof": "Biên bản"})

    def verifying(self, *, cause_by: str = "staff", owner: str = "staff") -> Nonconformity:
        nc = self.acting(cause_by=cause_by, owner=owner)
        self.done(nc)
        return self.read(nc)

    def closed(self) -> Nonconformity:
        code = self.verifying().record.code
        texts = {"effect_result": "Quý II đạt 35%", "effect_met": "yes"}
        service.write_part(self.cast.actor("auditor"), code, "effectiveness", texts)
        return service.fire(self.cast.actor("auditor"), code, "close", reason=EARLY)
