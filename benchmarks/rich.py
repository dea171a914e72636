"""The record page that is measured: one nonconformity that has everything, made by the product's own services."""

from __future__ import annotations

import io
from datetime import timedelta

from qms.areas.actions import service as actions
from qms.areas.actions.service_serving import serving
from qms.areas.nonconformities import service
from qms.kernel import files
from qms.kernel.comments import comment
from qms.kernel.links import link
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind, Record

ACTIONS, EVIDENCE, COMMENTS, LINKS = 3, 4, 3, 2


def build(coordinator: Actor, head: Actor, leader: Actor, code: str) -> None:
    """Record it, analyse it, plan, approve, do it, attach evidence, comment; it ends waiting for its check."""
    row = service.open_nc(coordinator, {
        "title": "Hồ sơ chứng thực giải quyết quá hạn chưa có thư xin lỗi", "grade": "major",
        "description": "Kiểm tra 40 hồ sơ chứng thực, phát hiện 6 hồ sơ quá hạn không có thư xin lỗi.",
        "source_kind": "audit", "happened_on": coordinator.today - timedelta(days=20),
        "due": coordinator.today + timedelta(days=40), "owner": head.person_id, "unit": head.unit_id,
        "clauses": "8.5.1, 9.1.3, 10.2", "edition": "2015",
    })  # fmt: skip
    if row.record.code != code:
        raise RuntimeError(f"the record is called {row.record.code}, not {code}")
    _write(coordinator, head, code)
    _plan(coordinator, head, code)
    _hang_on(coordinator, head, row)
    service.fire(leader, code, "approve_plan")
    for action in serving(row.record_id):
        actions.fire(head, action.code, "finish", values={"proof": "Quyết định ban hành quy trình sửa đổi."})


def _write(coordinator: Actor, head: Actor, code: str) -> None:
    service.write_part(coordinator, code, "correction", {
        "correction": "Đã gửi thư xin lỗi bổ sung cho sáu tổ chức, cá nhân.",
        "consequences": "Sáu người phải đi lại thêm một lần; đã xin lỗi và hẹn lại ngày trả kết quả.",
    })  # fmt: skip
    service.fire(coordinator, code, "contain")
    service.write_part(head, code, "analysis", {
        "cause_method": "five_whys", "cause_group": "method",
        "cause": "Quy trình chưa giao ai lập thư xin lỗi khi hồ sơ quá hạn.",
        "whys": "Hồ sơ quá hạn\nKhông ai được nhắc\nPhần mềm không báo\nQuy trình không nêu\nChưa rà soát quy trình",
        "elsewhere": "Có: lĩnh vực hộ tịch cũng chưa giao việc này.",
    })  # fmt: skip
    service.fire(head, code, "analyse")


def _plan(coordinator: Actor, head: Actor, code: str) -> None:
    for number in range(ACTIONS):
        service.add_action(head, code, {
            "title": f"Bổ sung bước lập thư xin lỗi vào quy trình số {number + 1}", "sort": "corrective",
            "description": "Sửa quy trình, trình lãnh đạo ban hành, phổ biến cho công chức.",
            "owner": head.person_id, "unit": head.unit_id, "due": head.today + timedelta(days=14 + number),
        })  # fmt: skip
    service.write_part(
        coordinator, code, "plan", {"criterion": "Quý sau không còn hồ sơ quá hạn thiếu thư xin lỗi."}
    )
    service.fire(head, code, "plan")


def _hang_on(coordinator: Actor, head: Actor, row: Kind) -> None:
    record = Record.get_by_id(row.record_id)
    for number in range(EVIDENCE):
        blob = files.store(
            io.BytesIO(f"Biên bản kiểm tra số {number + 1}\n".encode()), f"bien-ban-{number + 1}.txt"
        )
        files.attach(coordinator, record, blob, "Bản do bộ phận một cửa lập")
    for number in range(COMMENTS):
        comment(head, record, f"Đã trao đổi với bộ phận một cửa lần {number + 1}.")
    others = Record.select().where(Record.kind == record.kind, Record.id != record.id).order_by(Record.id)
    for other in others.limit(LINKS):
        link(coordinator, record, other, "related")
    for action in serving(row.record_id)[:1]:
        actions.fire(head, action.code, "start")
