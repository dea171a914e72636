"""The layout of Nghị định 30/2020/NĐ-CP as data, and the builders of its fixed parts.

The decree gives ranges (Phụ lục I); a `Profile` keeps them for the checker, together
with the value we take inside each range. The builders write template XML: their texts may hold
docxtpl tags.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qms.docx import ooxml
from qms.docx.ooxml import Row, Style

MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
DEVICE = "Độc lập - Tự do - Hạnh phúc"

Range = tuple[float, float]


@dataclass(frozen=True)
class PartRule:
    """How one part of a paper must look: size in points; None where the decree leaves it open."""

    sizes: Range
    bold: bool | None = None
    italic: bool | None = None
    upper: bool = False


@dataclass(frozen=True)
class Profile:
    """A layout: page and margins in mm (value taken, and range allowed), font, and rules per part.

    `rules_drawn` maps a part to the allowed length of the line below it, as a share of its text.
    """

    name: str
    font: str
    page: tuple[float, float]
    margins: dict[str, float]
    margin_ranges: dict[str, Range]
    page_number_sizes: Range
    parts: dict[str, PartRule]
    rules_drawn: dict[str, Range]
    table_sizes: Range
    max_line: float = 1.5
    min_paragraph_gap: float = 6
    decree: bool = True  # whether it is a type that the decree names, with the nine parts of Điều 8.2

    @property
    def text_width(self) -> float:
        """The width between the side margins, in mm."""
        return self.page[0] - self.margins["left"] - self.margins["right"]


ND30 = Profile(
    name="Nghị định 30/2020/NĐ-CP",
    font="Times New Roman",
    page=(210, 297),
    margins={"top": 20, "bottom": 20, "left": 30, "right": 15},
    margin_ranges={"top": (20, 25), "bottom": (20, 25), "left": (30, 35), "right": (15, 20)},
    page_number_sizes=(13, 14),
    parts={
        "motto": PartRule((12, 13), bold=True, italic=False, upper=True),
        "device": PartRule((13, 14), bold=True, italic=False),
        "parent": PartRule((12, 13), bold=False, italic=False, upper=True),
        "agency": PartRule((12, 13), bold=True, italic=False, upper=True),
        "number": PartRule((13, 13), bold=False, italic=False),
        "place_date": PartRule((13, 14), bold=False, italic=True),
        "type_name": PartRule((13, 14), bold=True, italic=False, upper=True),
        "abstract": PartRule((13, 14), bold=True, italic=False),
        "content": PartRule((13, 14)),
        "sign_power": PartRule((13, 14), bold=True, italic=False, upper=True),
        "sign_name": PartRule((13, 14), bold=True, italic=False),
        "recipients_head": PartRule((12, 12), bold=True, italic=True),
        "recipients": PartRule((11, 11), bold=False, italic=False),
    },
    rules_drawn={"device": (0.9, 1.1), "agency": (1 / 3, 1 / 2), "abstract": (1 / 3, 1 / 2)},
    table_sizes=(11, 14),  # the decree says nothing about tables; below 11 points nobody reads them
)

# A form of the agency's own: page, font and ink of the decree, a head of its own, every page numbered n/N.
HOUSE = replace(ND30, name="house form", decree=False)

LEFT_COLUMN, RIGHT_COLUMN = 70, 95  # mm; the motto at 12 points takes 89
TEXT = LEFT_COLUMN + RIGHT_COLUMN
SIGNATURE_SPACE = 28  # mm between position and name, for signature and stamp
_FULL = 0.95  # of a column: above it a program with another font may break the line by itself
_PLACE = re.compile(r" (?=(?:TỈNH|THÀNH PHỐ|QUẬN|HUYỆN|THỊ XÃ|THỊ TRẤN|PHƯỜNG|(?<!THỊ )XÃ(?! HỘI)) )")
RULE_SHARE = {"device": 1.0, "agency": 0.42, "abstract": 0.42}

STYLES = (
    Style("Normal", "Normal", 14),
    Style("Motto", "ND30 Motto", 12, bold=True, align="center"),
    Style("Device", "ND30 Device", 13, bold=True, align="center"),
    Style("Parent", "ND30 Parent body", 12, align="center"),
    Style("Agency", "ND30 Issuing body", 12, bold=True, align="center"),
    Style("Number", "ND30 Number", 13, align="center", before=6),
    Style("PlaceDate", "ND30 Place and date", 13, italic=True, align="center", before=6),
    Style("TypeName", "ND30 Type name", 14, bold=True, align="center", before=18, keep_next=True),
    Style("Abstract", "ND30 Abstract", 14, bold=True, align="center", keep_next=True),
    Style("Rule", "ND30 Rule", 2, align="center", before=2, exact=4, top_border=True),
    Style("Body", "ND30 Content", 14, align="both", before=6, first=12.7, line=1.1),
    Style("Heading1", "heading 1", 14, bold=True, before=12, first=12.7, keep_next=True, outline=0),
    Style("Heading2", "heading 2", 14, bold=True, before=8, first=12.7, keep_next=True, outline=1),
    Style("Caption", "caption", 13, bold=True, align="center", before=8, after=4, keep_next=True),
    Style("Figure", "ND30 Figure", 14, align="center", before=4, keep_next=True),
    Style("Source", "ND30 Source", 13, italic=True, align="right", before=3, after=6),
    Style("Gap", "ND30 Gap", 6),
    Style("CellHead", "ND30 Cell head", 12, bold=True, align="center", before=2, after=2, keep_next=True),
    Style("Cell", "ND30 Cell", 12, before=2, after=2),
    Style("CellCentre", "ND30 Cell centre", 12, align="center", before=2, after=2),
    Style("CellNumber", "ND30 Cell number", 12, align="right", before=2, after=2),
    Style(
        "CellSmallHead",
        "ND30 Small cell head",
        11,
        bold=True,
        align="center",
        before=2,
        after=2,
        keep_next=True,
    ),
    Style("CellSmall", "ND30 Small cell", 11, before=2, after=2),
    Style("CellSmallCentre", "ND30 Small cell centre", 11, align="center", before=2, after=2),
    Style("CellSmallNumber", "ND30 Small cell number", 11, align="right", before=2, after=2),
    Style("CellNote", "ND30 Cell note", 11, italic=True, after=2),
    Style("SignPower", "ND30 Signing power", 14, bold=True, align="center", before=12, keep_next=True),
    Style("SignSpace", "ND30 Signature space", 14, align="center", keep_next=True),
    Style("SignName", "ND30 Signer", 14, bold=True, align="center"),
    Style("RecipientsHead", "ND30 Recipients head", 12, bold=True, italic=True, before=6, keep_next=True),
    Style("Recipients", "ND30 Recipients", 11),
    Style("Header", "header", 14, tabs=(("center", TEXT / 2), ("right", TEXT))),
)


def rule(part: str, words: str, column: float) -> str:
    """The drawn line below a part in a column of so many mm, sized for its `words`."""
    return ooxml.paragraph("Rule", indent=rule_indent(part, words, column))


def rule_indent(part: str, words: str, column: float) -> float:
    """The indent (mm) on both sides that draws a line of the right share of the text above it."""
    line = line_width(words, style_of(part).size, column)
    return (column - line * RULE_SHARE[part]) / 2


def balanced(name: str, part: str, column: float = LEFT_COLUMN) -> str:
    """A name too long for its column (mm) in lines as agencies write theirs: the place begins a line of its own.

    A name without a place, and a line that is still too long, is cut into two of about the same length.
    """
    size = style_of(part).size
    if "\n" in name or text_width(name, size) <= column * _FULL:
        return name
    breaks = [found.start() for found in _PLACE.finditer(name)][:1]
    breaks = breaks or [place for place, letter in enumerate(name) if letter == " "]
    if not breaks:
        return name
    halves = ((name[:place], name[place + 1 :]) for place in breaks)
    best = min(halves, key=lambda half: max(text_width(line, size) for line in half))
    return "\n".join(balanced(half, part, column) for half in best)


def style_of(part: str) -> Style:
    """The paragraph style in which we write a part."""
    return next(style for style in STYLES if style.id.lower() == part)


def header_table(parent: str, agency: str, number: str, place_date: str) -> str:
    """Parent body, issuing body and number at the left; motto, device, place and date at the right."""
    left = ooxml.text("Parent", parent) + ooxml.text("Agency", agency) + rule("agency", agency, LEFT_COLUMN)
    right = ooxml.text("Motto", MOTTO) + ooxml.text("Device", DEVICE) + rule("device", DEVICE, RIGHT_COLUMN)
    rows = (
        Row((left, right)),
        Row((ooxml.text("Number", number), ooxml.text("PlaceDate", place_date))),
    )
    return ooxml.table((LEFT_COLUMN, RIGHT_COLUMN), rows, borders=False)


def type_and_abstract(type_name: str, abstract: str) -> str:
    """The name of the type in capitals, what it is about, and the line below."""
    return (
        ooxml.text("TypeName", type_name)
        + ooxml.text("Abstract", abstract)
        + rule("abstract", abstract, TEXT)
    )


def signature_table(signers: Sequence[tuple[str, str]]) -> str:
    """Side by side, for each (position, name): the position, room to sign and stamp, the name."""
    rows = (
        Row([ooxml.text("SignPower", position) for position, _name in signers]),
        Row([ooxml.paragraph("SignSpace") for _signer in signers], height=SIGNATURE_SPACE),
        Row([ooxml.text("SignName", name) for _position, name in signers]),
    )
    return ooxml.table([TEXT / len(signers)] * len(signers), rows, borders=False)


def recipients(head: str, loop: str, line: str, filed: str) -> str:
    """Nơi nhận: one line per recipient of the docxtpl `loop`, the last names the file."""
    return (
        ooxml.text("RecipientsHead", head)
        + ooxml.tag(loop)
        + ooxml.text("Recipients", line)
        + ooxml.tag("endfor")
        + ooxml.text("Recipients", filed)
    )


def section_properties(profile: Profile, first_header: str, header: str) -> str:
    """Page, margins, and two headers (by relation id): the first page shows no number.

    Without a `first_header` all pages show the same one.
    """
    width, height = (ooxml.twips(side) for side in profile.page)
    margins = " ".join(f'w:{side}="{ooxml.twips(mm)}"' for side, mm in profile.margins.items())
    first = f'<w:headerReference w:type="first" r:id="{first_header}"/>' if first_header else ""
    title_page = "<w:titlePg/>" if first_header else ""
    return (
        f'<w:sectPr><w:headerReference w:type="default" r:id="{header}"/>{first}'
        f'<w:pgSz w:w="{width}" w:h="{height}"/><w:pgMar {margins} w:header="{ooxml.twips(10)}" '
        f'w:footer="{ooxml.twips(10)}" w:gutter="0"/><w:pgNumType w:start="1"/>{title_page}</w:sectPr>'
    )


def page_header(left: str, right: str, *, numbered: bool) -> str:
    """The line in the top margin: a mark at either side and, where numbered, the page in the middle."""
    page = ooxml.field("PAGE") if numbered else ""
    return ooxml.paragraph(
        "Header",
        ooxml.run(left, italic=True, size=12),
        ooxml.tab(),
        page,
        ooxml.tab(),
        ooxml.run(right, bold=True, size=13, boxed=True),
    )


# ---------------------------------------------------------------- the length of a line of text

_BOLD = {  # thousandths of the size: the letters of that advance width in bold Times
    250: " ,.",
    278: "'/\\il",
    333: "!()-:;[]`fjt",
    389: "Is",
    444: "cerz",
    500: "#$*0123456789?J_agovxy",
    556: "Sbdhknpqu",
    611: "FP",
    667: "BELTZ",
    722: "ACDNRUVXYw",
    778: "GHKOQ",
    833: "&m",
    944: "M",
    1000: "%W",
}
_WIDTHS = {letter: width for width, letters in _BOLD.items() for letter in letters}


def text_width(words: str, size: float) -> float:
    """How long (mm) `words` are in bold Times of `size` points; an unknown letter counts as wide."""
    letters = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    units = sum(_WIDTHS.get(letter, 722) for letter in letters if not unicodedata.combining(letter))
    return units / 1000 * size * 25.4 / 72


def line_width(words: str, size: float, column: float) -> float:
    """The length (mm) of the longest line of `words`, at most that of the column it stands in."""
    return min(max((text_width(line, size) for line in words.split("\n")), default=0), column)
