"""Finding the parts of an administrative paper by what they say and where they stand, not by our styles.

So a paper that a person has edited, or that comes from another program, is measured like our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from qms.docx.effective import words
from qms.docx.layout import DEVICE, MOTTO
from qms.docx.ooxml import W

NUMBER = re.compile(r"(Số|No\.):")
PLACE_DATE = re.compile(r".+,\s*(ngày\b.*\btháng\b.*\bnăm\b.*|[\d ]+/[\d ]+/[\d ]*)")
RECIPIENTS = re.compile(r"(Nơi nhận|Recipients):")
_TYPES = """
    NGHỊ QUYẾT, QUYẾT ĐỊNH, CHỈ THỊ, QUY CHẾ, QUY ĐỊNH, THÔNG CÁO, THÔNG BÁO, HƯỚNG DẪN, CHƯƠNG TRÌNH,
    KẾ HOẠCH, PHƯƠNG ÁN, ĐỀ ÁN, DỰ ÁN, BÁO CÁO, BIÊN BẢN, TỜ TRÌNH, HỢP ĐỒNG, CÔNG ĐIỆN, BẢN GHI NHỚ,
    BẢN THỎA THUẬN, GIẤY ỦY QUYỀN, GIẤY MỜI, GIẤY GIỚI THIỆU, GIẤY NGHỈ PHÉP, PHIẾU GỬI,
    PHIẾU CHUYỂN, PHIẾU BÁO, MINUTES
"""
_LETTERS = """
    VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT, LETTER OF APOLOGY AND REQUEST FOR MORE TIME
"""  # no type of Điều 7: the name that Thông tư 03/2025/TT-VPCP gives its Mẫu 04
TYPE_NAMES = frozenset(
    name.strip() for name in (_TYPES + "," + _LETTERS).split(",")
)  # Điều 7, and our English edition
ORDER = ("motto", "device", "place_date", "type_name", "abstract", "content", "sign_power", "sign_name")
ORDER_LEFT = ("parent", "agency", "number", "type_name")
REQUIRED = ("motto", "device", "agency", "number", "place_date", "type_name", "abstract", "content")
REQUIRED += ("sign_power", "sign_name", "recipients_head", "recipients")


@dataclass
class Found:
    """The paragraphs of each part, the tables of the content, and each paragraph's place in the paper."""

    parts: dict[str, list[Any]] = field(default_factory=dict)
    tables: list[Any] = field(default_factory=list)
    places: dict[Any, int] = field(default_factory=dict)
    signatures: Any = None

    def first(self, part: str) -> Any:
        """The first paragraph of a part, None where it is missing."""
        return next(iter(self.parts.get(part, ())), None)

    def opening(self) -> list[Any]:
        """Every paragraph before the content: header table, type and abstract, with the lines below them."""
        content = self.first("content")
        end = len(self.places) if content is None else self.places[content]
        return [paragraph for paragraph, place in self.places.items() if place < end]


def locate(body: Any) -> Found:
    """The parts that stand in the body of a paper; those that are missing are left out."""
    found = Found(places={paragraph: place for place, paragraph in enumerate(body.iter(f"{W}p"))})
    tables = body.findall(f"{W}tbl")
    header = next((table for table in tables if MOTTO in words(table)), None)
    if header is not None:
        _locate_header(header, found)
    frameless = [t for t in tables if t is not header and t.find(f"{W}tblPr/{W}tblBorders") is None]
    found.signatures = frameless[-1] if frameless else None
    if found.signatures is not None:
        _locate_signatures(found.signatures, found)
    _locate_text(body, header, found)
    found.tables = [t for t in tables if t is not header and t is not found.signatures]
    return found


def _locate_header(table: Any, found: Found) -> None:
    left: list[Any] = []
    right: list[Any] = []
    for row in table.iter(f"{W}tr"):
        cells = row.findall(f"{W}tc")
        for side, cell in zip((left, right), cells, strict=False):
            side.extend(paragraph for paragraph in cell.iter(f"{W}p") if words(paragraph))
    for paragraph in right:
        text = words(paragraph)
        if text.upper() == MOTTO:
            found.parts["motto"] = [paragraph]
        elif text == DEVICE:
            found.parts["device"] = [paragraph]
        elif PLACE_DATE.fullmatch(text):
            found.parts["place_date"] = [paragraph]
    numbers = [paragraph for paragraph in left if NUMBER.match(words(paragraph))]
    names = [paragraph for paragraph in left if paragraph not in numbers]
    for part, paragraphs in (("number", numbers[:1]), ("agency", names[-1:]), ("parent", names[:-1])):
        if paragraphs:
            found.parts[part] = paragraphs


def _locate_signatures(table: Any, found: Found) -> None:
    rows = table.findall(f"{W}tr")
    for part, row in (("sign_power", rows[0]), ("sign_name", rows[-1])):
        paragraphs = [paragraph for paragraph in row.iter(f"{W}p") if words(paragraph)]
        if paragraphs and len(rows) > 1:
            found.parts[part] = paragraphs


def _locate_text(body: Any, header: Any, found: Found) -> None:
    """The running text: type name, abstract, content, recipients."""
    current = None if header is None else "before"
    for block in body:
        text = words(block)
        if block is found.signatures:
            current = "after"
        if block.tag != f"{W}p" or not text:
            continue
        if "type_name" not in found.parts and text.upper() in TYPE_NAMES:
            found.parts["type_name"] = [block]
            current = "type_name"
        elif current == "type_name":
            found.parts["abstract"] = [block]
            current = "content"
        elif RECIPIENTS.match(text):
            found.parts["recipients_head"] = [block]
            current = "recipients"
        elif current in ("content", "recipients"):
            found.parts.setdefault(current, []).append(block)
