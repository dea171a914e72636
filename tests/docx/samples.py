"""The minutes that the tests print: Sở Tư pháp Kiên Giang over 2023, people called by their roles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from qms.docx.contexts import (
    AgencyBlock,
    Attendant,
    FigureRow,
    KpiRow,
    ReviewInput,
    ReviewMinutes,
    ReviewOutput,
    Series,
    Trend,
)

AGENCY = AgencyBlock("UBND tỉnh Kiên Giang", "Sở Tư pháp", "STP", "Kiên Giang")
SOURCE = "Báo cáo số liệu TTHC năm 2023"

TREND = Trend(
    "Tỷ lệ số hóa hồ sơ thủ tục hành chính",
    ("Năm 2022", "Năm 2023", "Quý I/2024"),
    (
        Series("Số hóa khi tiếp nhận", (None, Decimal("6.5796"), Decimal("29.6678")), (Decimal(50),) * 3),
        Series(
            "Số hóa kết quả giải quyết", (None, Decimal("0.2788"), Decimal("29.8560")), (Decimal(50),) * 3
        ),
    ),
    "%",
    SOURCE,
)

INPUTS = (
    ReviewInput(
        "a",
        "Tình trạng của các hành động từ lần xem xét trước",
        reason_if_empty="đây là lần xem xét đầu tiên được ghi nhận trên hệ thống",
    ),
    ReviewInput(
        "b",
        "Thay đổi về các vấn đề nội bộ và bên ngoài",
        lines=(
            "Danh mục thủ tục hành chính thuộc thẩm quyền giải quyết được sửa đổi, bổ sung trong năm.",
            "Việc công bố lại hệ thống quản lý chất lượng khi thay đổi phạm vi áp dụng chưa kịp thời.",
        ),
    ),
    ReviewInput(
        "c1",
        "Sự thỏa mãn và phản hồi của tổ chức, cá nhân",
        reason_if_empty="trong kỳ chưa tổ chức khảo sát",
    ),
    ReviewInput(
        "c3",
        "Kết quả thực hiện các quá trình và sự phù hợp của dịch vụ",
        figures=(
            FigureRow("Hồ sơ tiếp nhận", "14.712", "", "–"),
            FigureRow("Giải quyết trước hạn", "99,40%", "13.905 / 13.989", "–"),
            FigureRow("Giải quyết đúng hạn", "0,12%", "17 / 13.989", "–"),
            FigureRow("Giải quyết quá hạn", "0,48%", "67 / 13.989", "–"),
        ),
        source=SOURCE,
        note="Hồ sơ giải quyết quá hạn tập trung ở lĩnh vực lý lịch tư pháp và hộ tịch.",
    ),
    ReviewInput("d", "Sự đầy đủ của nguồn lực", lines=("Thiếu máy quét tại bộ phận một cửa.",)),
    ReviewInput("f", "Cơ hội cải tiến", lines=("Số hóa hồ sơ ngay khi tiếp nhận.",)),
)

KPIS = (
    KpiRow(
        "Tỷ lệ hồ sơ giải quyết trước hạn và đúng hạn",
        "13.922",
        "13.989",
        "99,52%",
        "99,52%",
        "98,00%",
        "Đạt",
        "Năm 2023",
        SOURCE,
    ),
    KpiRow(
        "Tỷ lệ số hóa khi tiếp nhận",
        "968",
        "14.712",
        "6,58%",
        "6,58%",
        "50,00%",
        "Không đạt",
        "Năm 2023",
        SOURCE,
    ),
    KpiRow(
        "Tỷ lệ số hóa kết quả giải quyết",
        "39",
        "13.989",
        "0,28%",
        "0,28%",
        "50,00%",
        "Không đạt",
        "Năm 2023",
        SOURCE,
    ),
)

OUTPUTS = (
    ReviewOutput(
        "improvement",
        "Số hóa toàn bộ hồ sơ ngay tại bộ phận một cửa, kiểm tra kết quả hằng tháng.",
        "Trưởng phòng Hành chính tư pháp",
        "30/06/2024",
        "AC-2024-001",
    ),
    ReviewOutput(
        "resource",
        "Trang bị thêm 02 máy quét cho bộ phận một cửa.",
        "Chánh Văn phòng Sở",
        "31/05/2024",
        "AC-2024-002",
    ),
)

MINUTES = ReviewMinutes(
    code="MR-2024-001",
    agency=AGENCY,
    title="Họp xem xét của lãnh đạo năm 2023",
    period_label="năm 2023",
    held_on=date(2024, 1, 15),
    started_at="08:00",
    ended_at="10:30",
    place="Phòng họp Sở Tư pháp",
    chair="Giám đốc Sở",
    secretary="Thư ký ISO",
    attendants=(
        Attendant("Giám đốc Sở", "Lãnh đạo cao nhất"),
        Attendant("Phó Giám đốc Sở", "Trưởng Ban Chỉ đạo ISO"),
        Attendant("Thư ký ISO", "Văn phòng Sở"),
        Attendant("Trưởng phòng Hành chính tư pháp", "Thành viên Ban Chỉ đạo ISO", present=False),
    ),
    inputs=INPUTS,
    kpi_rows=KPIS,
    trend=TREND,
    discussion="Các thành viên thống nhất nguyên nhân tỷ lệ số hóa thấp là thiếu thiết bị.\n"
    "Phó Giám đốc Sở đề nghị giao chỉ tiêu số hóa theo từng quý cho từng phòng.",
    outputs=OUTPUTS,
    draft=False,
    illustrative=True,
    trail_head="128:9f3a5c",
    recipients=("Giám đốc, các Phó Giám đốc Sở", "Các phòng, đơn vị thuộc Sở"),
    file_unit="VP",
)
