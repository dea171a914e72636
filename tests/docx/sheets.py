"""The sheets that the tests print: a nonconformity with everything, and the shorter ones."""

from __future__ import annotations

from dataclasses import replace

from qms.docx.sheet_context import CauseGroup, CorrectiveActionSheet, EffectFigure, SheetAction, SheetRound
from tests.docx.samples import AGENCY

GROUPS = tuple(
    CauseGroup(name, text, chosen=name == "phương pháp")
    for name, text in (
        ("con người", "Công chức một cửa chưa được tập huấn về số hóa kết quả"),
        ("phương pháp", "Quy trình nội bộ chưa có bước quét khi trả kết quả\nChưa phân công người kiểm tra"),
        ("phương tiện", "Chỉ có 01 máy quét cho bốn quầy tiếp nhận"),
        ("môi trường", ""),
        ("đo lường", "Tỷ lệ số hóa chỉ được tổng hợp cuối năm"),
        ("thông tin", "Phòng chuyên môn không nhận được thông báo về chỉ tiêu của Ủy ban nhân dân tỉnh"),
    )
)
WHYS = (
    "Kết quả giải quyết không được quét trước khi trả cho công dân",
    "Công chức trả kết quả không được giao việc quét",
    "Quy trình nội bộ không có bước số hóa kết quả",
    "Quy trình ban hành trước khi có chỉ tiêu số hóa và chưa được rà soát lại",
)
ACTION = SheetAction(
    code="AC-2024-001",
    title="Bổ sung bước số hóa kết quả vào quy trình nội bộ của 120 thủ tục hành chính",
    sort="hành động khắc phục",
    owner="Trưởng phòng Hành chính tư pháp",
    unit="Phòng Hành chính tư pháp",
    due="15/05/2024",
    extended="hạn đầu 30/04/2024",
    state="đã xác nhận",
    resources="02 công chức trong 03 tuần",
    done_on="xong 14/05/2024",
    proof="Quyết định số 45/QĐ-STP ngày 14/5/2024 ban hành quy trình sửa đổi",
    verified_by="xác nhận: Thư ký ISO",
)
FIGURES = (
    EffectFigure("Quý I/2024", "1.534 / 5.138", "29,86% (chưa đạt tiêu chí)", "34,46% (đạt tiêu chí)", "ST-2024-001"),
)  # fmt: skip
ROUND = SheetRound(
    begun="vòng 1 đến ngày 02/04/2024, Giám đốc Sở mở vòng mới: còn 687 hồ sơ chưa số hóa",
    cause="Chưa có máy quét tại bộ phận một cửa.",
    cause_group="Nhóm của nguyên nhân gốc: phương tiện.",
    effect_result="Kiểm tra 20 hồ sơ: 6 hồ sơ có kết quả điện tử.",
    checked="Đánh giá viên nội bộ",
)
SHEET = CorrectiveActionSheet(
    code="NC-2024-001",
    agency=AGENCY,
    sort="nonconformity",
    title="Tỷ lệ số hóa kết quả giải quyết chưa đạt chỉ tiêu được giao",
    grade="sự không phù hợp nặng",
    state="đã đóng",
    form="BM.QT-HT-04.01",
    issue="02",
    register_no="12/2023",
    happened_on="31/12/2023",
    recorded_on="15/01/2024",
    recorded_by="Thư ký ISO",
    unit="Phòng Hành chính tư pháp",
    owner="Trưởng phòng Hành chính tư pháp",
    due="30/06/2024",
    first_due="31/03/2024",
    source=("không đạt chỉ tiêu", "ST-2023-001 Số liệu giải quyết thủ tục hành chính năm 2023"),
    clauses="9.1.3, 10.2 (2015)",
    description="Năm 2023 số hóa 39 trên 13.989 kết quả giải quyết (0,28%), chỉ tiêu là 50%.\n"
    "Kiểm tra xác suất 20 hồ sơ: không hồ sơ nào có kết quả điện tử.",
    evidence=("bien-ban-kiem-tra.pdf", "danh-sach-ho-so.xlsx"),
    correction="Quét bổ sung 1.200 kết quả còn lưu tại bộ phận một cửa.",
    contained_on="Xác nhận khắc phục ngày 20/01/2024.",
    consequences="Công dân phải nộp lại bản giấy khi làm thủ tục tiếp theo; đã thông báo trên trang thông tin.",
    method="nguyên nhân – kết quả",
    groups=GROUPS,
    cause="Quy trình nội bộ không có bước số hóa kết quả khi trả cho công dân.",
    cause_group="Nhóm nguyên nhân: phương pháp.",
    cause_by="Trưởng phòng Hành chính tư pháp",
    elsewhere="Có: lĩnh vực chứng thực và lý lịch tư pháp cũng không có bước này.",
    actions=(ACTION, replace(ACTION, code="AC-2024-002", title="Mua 02 máy quét", extended="", proof="")),
    planned="Trưởng phòng Hành chính tư pháp, ngày 25/01/2024",
    approved="Giám đốc Sở, ngày 30/01/2024",
    criterion="“Số hóa kết quả giải quyết”: từ 30% trở lên trong Quý I/2024",
    effect_on="15/04/2024",
    figures=FIGURES,
    by_computed="chưa đạt tiêu chí",
    by_stated="đạt tiêu chí",
    effect_result="Đã kiểm tra 30 hồ sơ trả trong tháng 3/2024: 28 hồ sơ có kết quả điện tử.",
    effect_met="có hiệu lực",
    effect_reason="Tỷ lệ tính trên hồ sơ phải trả kết quả đạt tiêu chí.",
    checked="Đánh giá viên nội bộ, ngày 16/04/2024",
    links=("tái diễn của NC-2023-004: Số liệu số hóa không khớp giữa hai báo cáo (đã đóng)",),
    rounds=(ROUND,),
    unit_head="Nguyễn Văn Trưởng",
    verifier="Đánh giá viên nội bộ",
    draft=False,
    illustrative=True,
    trail_head="128:9f3a5c",
)
WHY_SHEET = replace(SHEET, code="NC-2024-002", method="năm lần hỏi tại sao", groups=(), whys=WHYS)
OBSERVATION = replace(
    SHEET, code="NC-2024-003", sort="observation", grade="lưu ý", groups=(), figures=(), links=(),
    rounds=(), state="đã thực hiện",
)  # fmt: skip
EMPTY = CorrectiveActionSheet(
    "NC-2024-004",
    AGENCY,
    "nonconformity",
    "Hồ sơ quá hạn chưa có thư xin lỗi",
    "sự không phù hợp nhẹ",
    "đã mở",
)
