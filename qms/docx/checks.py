"""Measures a .docx against the layout of the decree, as the records office does with a ruler.

Nothing is taken on trust from the way we write documents: sizes and fonts are resolved through
styles, parts are found by what they say, and a file of another program can be measured as well.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qms.docx import layout, parts
from qms.docx.effective import Looks, lines, runs, words
from qms.docx.layout import ND30, PartRule, Profile
from qms.docx.ooxml import W, emu, twips
from qms.docx.parts import Found
from qms.kernel.text import Message, _, show_number

_LEFT_OPEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|«[^»]*»")
_TYPED_LINE = re.compile(r"_{3,}|^[-–—=.]{3,}$")
_TOLERANCE = 0.3  # mm: what rounding to twentieths of a point and a ruler may differ by
_BLACK = ("000000", "auto")
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"

PART_NAMES: dict[str, Message] = {
    "motto": _("National motto"),
    "device": _("Second line of the national motto"),
    "parent": _("Parent body"),
    "agency": _("Issuing body"),
    "number": _("Number and symbol"),
    "place_date": _("Place and date"),
    "type_name": _("Name of the type"),
    "abstract": _("Abstract"),
    "content": _("Body of the paper"),
    "sign_power": _("Position of the signer"),
    "sign_name": _("Name of the signer"),
    "recipients_head": _("Heading of the recipients"),
    "recipients": _("Recipients"),
}


@dataclass(frozen=True)
class Problem:
    """One thing the records office would send back: the rule broken, where, and in words."""

    rule: str
    where: str
    text: Message

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


def check(document: bytes, profile: Profile = ND30) -> list[Problem]:
    """Every deviation of a .docx from `profile`, in the order of reading; none when it is right."""
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        opened: Any = Document(io.BytesIO(document))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError):
        return [Problem("readable", "", _("The file is not a Word document."))]
    looks = Looks(opened.styles.element)
    found = parts.locate(opened.element.body)
    if not profile.decree:
        return [
            *_page(opened, profile),
            *_everywhere(opened, looks, profile),
            *_sizes(opened, looks, profile),
        ]
    return [
        *_page(opened, profile),
        *_page_number(opened, looks, profile),
        *_parts(found),
        *_looks(found, looks, profile),
        *_everywhere(opened, looks, profile),
        *_rules(found, looks, profile),
        *_spacing(found, looks, profile),
        *_tables(found, looks, profile),
    ]


def _page(document: Any, profile: Profile) -> Iterator[Problem]:
    for section in document.sections:
        size = (section.page_width.mm, section.page_height.mm)
        if any(abs(a - b) > _TOLERANCE for a, b in zip(sorted(size), sorted(profile.page), strict=True)):
            found = f"{size[0]:.0f} × {size[1]:.0f}"
            yield Problem("page-size", "page", _("The page is %(found)s mm, not A4.", found=found))
        for side, (low, high) in profile.margin_ranges.items():
            value = getattr(section, f"{side}_margin").mm
            if not low - _TOLERANCE <= value <= high + _TOLERANCE:
                text = _(
                    "The %(side)s is %(found)s mm; %(low)s to %(high)s mm are allowed.",
                    side=_SIDES[side],
                    found=f"{value:.0f}",
                    low=f"{low:.0f}",
                    high=f"{high:.0f}",
                )
                yield Problem("margins", side, text)


_SIDES = {
    "top": _("top margin"),
    "bottom": _("bottom margin"),
    "left": _("left margin"),
    "right": _("right margin"),
}


def _page_number(document: Any, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """Centred in the top margin of every page but the first."""
    section = document.sections[0]
    if not section.different_first_page_header_footer or list(_page_fields(section.first_page_header)):
        yield Problem("page-number", "first page", _("The first page shows its number."))
    numbers = list(_page_fields(section.header))
    if not numbers:
        yield Problem("page-number", "header", _("The page number is missing in the top margin."))
    for paragraph in numbers:
        if not _is_centred(paragraph, looks, profile):
            yield Problem("page-number", "header", _("The page number is not in the middle."))
        run = next(r for r in paragraph.iter(f"{W}r") if r.find(f"{W}instrText") is not None)
        rule = PartRule(profile.page_number_sizes, bold=False, italic=False)
        yield from _look(run, "page-number", _("Page number"), rule, looks)


def _page_fields(header: Any) -> Iterator[Any]:
    for paragraph in header._element.iter(f"{W}p"):
        codes = " ".join(code.text or "" for code in paragraph.iter(f"{W}instrText"))
        if "PAGE" in codes.split():
            yield paragraph


def _is_centred(paragraph: Any, looks: Looks, profile: Profile) -> bool:
    """By alignment, or by one jump to a tab stop in the middle of the text."""
    if looks.paragraph_value(paragraph, "jc", "val") == "center":
        return True
    number = next(code for code in paragraph.iter(f"{W}instrText"))
    jumps = [tab for tab in paragraph.iter(f"{W}tab") if tab.getparent().tag == f"{W}r"]
    before = sum(1 for tab in jumps if _comes_before(tab, number, paragraph))
    middle = profile.text_width / 2
    stops = [
        stop
        for properties in looks.paragraph_properties(paragraph)
        for stop in properties.iterfind(f"{W}tabs/{W}tab")
        if stop.get(f"{W}val") == "center" and abs(int(stop.get(f"{W}pos")) - twips(middle)) < twips(2)
    ]
    return before == 1 and bool(stops)


def _comes_before(one: Any, other: Any, within: Any) -> bool:
    order = list(within.iter())
    return order.index(one) < order.index(other)


def _parts(found: Found) -> Iterator[Problem]:
    """The nine parts of Điều 8.2 are there, each behind the one it follows."""
    for part in parts.REQUIRED:
        if part not in found.parts:
            yield Problem("part-missing", part, _("%(part)s: missing.", part=PART_NAMES[part]))
    ends = (*parts.ORDER, "recipients_head", "recipients")
    for order in (ends, parts.ORDER_LEFT):
        there = [part for part in order if part in found.parts]
        for before, after in pairwise(there):
            if found.places[found.parts[before][0]] > found.places[found.parts[after][0]]:
                text = _("%(part)s: stands in the wrong place.", part=PART_NAMES[after])
                yield Problem("order", after, text)


def _looks(found: Found, looks: Looks, profile: Profile) -> Iterator[Problem]:
    for part, rule in profile.parts.items():
        for paragraph in found.parts.get(part, ()):
            for run in runs(paragraph):
                yield from _look(run, part, PART_NAMES[part], rule, looks)
            if rule.upper and words(paragraph) != words(paragraph).upper():
                yield Problem("upper", part, _("%(part)s: not in capitals.", part=PART_NAMES[part]))


def _look(run: Any, where: str, name: Message, rule: PartRule, looks: Looks) -> Iterator[Problem]:
    size = looks.size(run)
    low, high = rule.sizes
    if size is None or not low <= size <= high:
        shown = "–" if size is None else f"{size:g}"
        text = _(
            "%(part)s: size %(found)s; %(low)s to %(high)s are allowed.",
            part=name,
            found=shown,
            low=f"{low:g}",
            high=f"{high:g}",
        )
        yield Problem("size", where, text)
    if rule.bold is not None and looks.flag(run, "b") != rule.bold:
        text = _("%(part)s: must be bold.", part=name) if rule.bold else _("%(part)s: bold.", part=name)
        yield Problem("bold", where, text)
    if rule.italic is not None and looks.flag(run, "i") != rule.italic:
        text = _("%(part)s: must be italic.", part=name) if rule.italic else _("%(part)s: italic.", part=name)
        yield Problem("italic", where, text)


def _everywhere(document: Any, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """Font, ink and left-over placeholders of every run, in headers too; each fault once."""
    seen: set[Problem] = set()
    section = document.sections[0]
    roots = [document.element.body]
    roots += [h._element for h in (section.header, section.first_page_header) if not h.is_linked_to_previous]
    for root in roots:
        for paragraph in root.iter(f"{W}p"):
            seen.update(_left_open(paragraph))
            for run in runs(paragraph):
                seen.update(_font_and_ink(run, looks, profile))
    yield from sorted(seen, key=lambda problem: (problem.rule, problem.where))


def _left_open(paragraph: Any) -> Iterator[Problem]:
    for left in _LEFT_OPEN.findall(words(paragraph)):
        yield Problem("placeholder", left, _("A placeholder is left: %(text)s", text=left))


def _font_and_ink(run: Any, looks: Looks, profile: Profile) -> Iterator[Problem]:
    for slot, font in looks.fonts(run).items():
        if font != profile.font:
            text = _("The font is %(found)s, not %(wanted)s.", found=font or "–", wanted=profile.font)
            yield Problem("font", slot, text)
    if looks.colour(run) not in _BLACK:
        yield Problem("colour", looks.colour(run), _("The text is not black."))


def _rules(found: Found, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """Lines are drawn, and as long as the decree wants; nobody types or underlines them."""
    for part, allowed in profile.rules_drawn.items():
        paragraph = found.first(part)
        if paragraph is None:
            continue
        length = _line_below(paragraph, looks, profile)
        if length is None:
            text = _("%(part)s: no drawn line below.", part=PART_NAMES[part])
            yield Problem("rule-missing", part, text)
            continue
        size = looks.size(next(runs(paragraph))) or 0
        share = length / layout.line_width(lines(paragraph), size, _column(paragraph, profile))
        if not allowed[0] - 0.05 <= share <= allowed[1] + 0.05:
            text = _(
                "%(part)s: the line below takes %(share)s%% of the text.",
                part=PART_NAMES[part],
                share=show_number(round(share * 100)),
            )
            yield Problem("rule-length", part, text)
    for paragraph in found.opening():
        underlined = any(looks.flag(run, "u") for run in runs(paragraph))
        if underlined or _TYPED_LINE.search(words(paragraph)):
            text = _("A line is typed or underlined, not drawn: %(text)s", text=words(paragraph)[:40])
            yield Problem("rule-typed", "opening", text)


def _line_below(paragraph: Any, looks: Looks, profile: Profile) -> float | None:
    """The length (mm) of the line drawn at or just below a paragraph; None where there is none."""
    below = paragraph.getnext()
    for candidate in (paragraph, below):
        if candidate is None or candidate.tag != f"{W}p" or (candidate is below and words(below)):
            continue
        for extent in candidate.iter(f"{_WP}extent"):
            return int(extent.get("cx")) / emu(1)
        sides = ("bottom",) if candidate is paragraph else ("top", "bottom")
        drawn = (looks.paragraph_value(candidate, f"pBdr/{side}", "val") for side in sides)
        if any(kind not in (None, "nil", "none") for kind in drawn):
            indents = (looks.paragraph_value(candidate, "ind", side) or "0" for side in ("left", "right"))
            return _column(candidate, profile) - sum(int(indent) for indent in indents) / twips(1000) * 1000
    return None


def _column(paragraph: Any, profile: Profile) -> float:
    """The width (mm) that a paragraph may fill: its cell or the text."""
    cell = next(paragraph.iterancestors(f"{W}tc"), None)
    width = None if cell is None else cell.find(f"{W}tcPr/{W}tcW")
    return profile.text_width if width is None else int(width.get(f"{W}w")) / twips(1000) * 1000


def _spacing(found: Found, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """Paragraphs of the content stand apart, their lines not too far (Phụ lục I, mục II.5)."""
    seen: set[str] = set()
    for paragraph in found.parts.get("content", ()):
        gap = max(int(looks.paragraph_value(paragraph, "spacing", side) or 0) for side in ("before", "after"))
        if gap / 20 < profile.min_paragraph_gap and not _is_note(paragraph):
            seen.add("gap")
        if looks.paragraph_value(paragraph, "spacing", "lineRule") in (None, "auto"):
            line = int(looks.paragraph_value(paragraph, "spacing", "line") or 240)
            seen.update({"line"} if line / 240 > profile.max_line else ())
    if "gap" in seen:
        yield Problem("paragraph-gap", "content", _("Paragraphs of the content stand less than 6 pt apart."))
    if "line" in seen:
        yield Problem("line-spacing", "content", _("Lines of the content are more than 1.5 apart."))


def _is_note(paragraph: Any) -> bool:
    """Whether a paragraph stands right under a table or a drawing, as its source line does."""
    above = paragraph.getprevious()
    return above is not None and above.tag == f"{W}tbl"


def _sizes(document: Any, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """No text of a house form is smaller or larger than what may stand in a table."""
    rule, seen = PartRule(profile.table_sizes), set()
    for run in document.element.body.iter(f"{W}r"):
        if words(run):
            seen.update(_look(run, "content", PART_NAMES["content"], rule, looks))
    yield from seen


def _tables(found: Found, looks: Looks, profile: Profile) -> Iterator[Problem]:
    """Tables can be read: size, a head on each page, whole rows; drawings have words for the blind."""
    rule = PartRule(profile.table_sizes)
    for number, table in enumerate(found.tables, 1):
        where = f"table {number}"
        seen = {
            p for run in table.iter(f"{W}r") if words(run) for p in _look(run, where, _("Table"), rule, looks)
        }
        yield from seen
        rows = table.findall(f"{W}tr")
        if rows[0].find(f"{W}trPr/{W}tblHeader") is None:
            yield Problem("table-head", where, _("Table: the head is not repeated on the next page."))
        if any(row.find(f"{W}trPr/{W}cantSplit") is None for row in rows):
            yield Problem("table-split", where, _("Table: a row may be split over two pages."))
    for paragraph in found.places:
        for drawing in paragraph.iter(f"{_WP}docPr"):
            if not (drawing.get("descr") or "").strip():
                yield Problem("alternative-text", "drawing", _("A drawing has no alternative text."))
