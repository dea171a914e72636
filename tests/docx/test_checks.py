"""The layout checker fails where the records office would: each test spoils one thing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from qms.docx.checks import check
from tests.docx.test_render import minutes

RIGHT = minutes(number="5")


def spoiled(change: Callable[[Any], None]) -> set[tuple[str, str]]:
    """(rule, where) of every problem after `change` was made to a right document."""
    document = Document(io.BytesIO(RIGHT))
    change(document)
    stream = io.BytesIO()
    document.save(stream)
    return {(problem.rule, problem.where) for problem in check(stream.getvalue())}


def paragraph(document: Any, text: str) -> Any:
    """The paragraph, in the text or in a table, that begins with `text`."""
    from docx.text.paragraph import Paragraph

    for element in document.element.body.iter(qn("w:p")):
        found = Paragraph(element, document._body)
        if found.text.startswith(text):
            return found
    raise AssertionError(text)


def retyped(old: str, new: str) -> Callable[[Any], None]:
    """Change the text of a paragraph."""

    def change(document: Any) -> None:
        paragraph(document, old).runs[0].text = new

    return change


def looked(text: str, **look: Any) -> Callable[[Any], None]:
    """Change how a paragraph looks: bold, italic, underline, size, font name."""

    def change(document: Any) -> None:
        for name, value in look.items():
            setattr(paragraph(document, text).runs[0].font, name, value)

    return change


def removed(text: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        element = paragraph(document, text)._element
        element.getparent().remove(element)

    return change


def section(**values: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for name, value in values.items():
            setattr(document.sections[0], name, value)

    return change


def test_an_untouched_document_is_right_after_python_docx_has_saved_it() -> None:
    assert spoiled(lambda document: None) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (section(left_margin=Mm(20)), ("margins", "left")),
        (section(top_margin=Mm(27)), ("margins", "top")),
        (section(right_margin=Mm(10)), ("margins", "right")),
        (section(page_width=Mm(216), page_height=Mm(279)), ("page-size", "page")),
        (section(different_first_page_header_footer=False), ("page-number", "first page")),
        (looked("CỘNG HÒA", size=Pt(11)), ("size", "motto")),
        (looked("CỘNG HÒA", bold=False), ("bold", "motto")),
        (looked("Độc lập", size=Pt(15)), ("size", "device")),
        (looked("UBND TỈNH", bold=True), ("bold", "parent")),
        (looked("SỞ TƯ PHÁP", bold=False), ("bold", "agency")),
        (looked("Số:", size=Pt(14)), ("size", "number")),
        (looked("Kiên Giang, ngày", italic=False), ("italic", "place_date")),
        (looked("BIÊN BẢN", size=Pt(16)), ("size", "type_name")),
        (looked("Họp xem xét", bold=False), ("bold", "abstract")),
        (looked("Địa điểm", size=Pt(12)), ("size", "content")),
        (looked("THƯ KÝ", bold=False), ("bold", "sign_power")),
        (looked("Nơi nhận", italic=False), ("italic", "recipients_head")),
        (looked("- Lưu:", size=Pt(12)), ("size", "recipients")),
        (looked("Họp xem xét", underline=True), ("rule-typed", "opening")),
        (looked("Hồ sơ tiếp nhận", size=Pt(9)), ("size", "table 2")),
        (looked("Địa điểm", name="Arial"), ("font", "ascii")),
        (retyped("BIÊN BẢN", "Biên bản"), ("upper", "type_name")),
        (retyped("SỞ TƯ PHÁP", "Sở Tư pháp"), ("upper", "agency")),
        (retyped("Địa điểm", "Địa điểm: {{ place }}"), ("placeholder", "{{ place }}")),
        (retyped("Địa điểm", "Địa điểm: «nơi họp»"), ("placeholder", "«nơi họp»")),
        (removed("CỘNG HÒA"), ("part-missing", "motto")),
        (removed("Độc lập"), ("part-missing", "device")),
        (removed("Số:"), ("part-missing", "number")),
        (removed("Kiên Giang, ngày"), ("part-missing", "place_date")),
        (removed("BIÊN BẢN"), ("part-missing", "type_name")),
        (removed("Nơi nhận"), ("part-missing", "recipients_head")),
    ],
)
def test_a_spoiled_document_is_found_out(change: Callable[[Any], None], expected: tuple[str, str]) -> None:
    assert expected in spoiled(change)


def test_signatures_below_the_recipients_stand_wrong() -> None:
    def change(document: Any) -> None:
        body = document.element.body
        body.insert(len(body) - 1, document.tables[-1]._element)

    assert ("order", "recipients_head") in spoiled(change)


def test_the_type_above_the_header_stands_wrong() -> None:
    def change(document: Any) -> None:
        document.element.body.insert(0, paragraph(document, "BIÊN BẢN")._element)

    assert ("order", "type_name") in spoiled(change)


def test_a_paper_without_signatures_is_found_out() -> None:
    def change(document: Any) -> None:
        element = document.tables[-1]._element
        element.getparent().remove(element)

    assert {("part-missing", "sign_power"), ("part-missing", "sign_name")} <= spoiled(change)


def test_a_typed_line_is_no_drawn_line() -> None:
    def change(document: Any) -> None:
        rule = paragraph(document, "Độc lập")._element.getnext()
        rule.getparent().remove(rule)
        paragraph(document, "Độc lập").insert_paragraph_before("_______")

    assert {("rule-missing", "device"), ("rule-typed", "opening")} <= spoiled(change)


@pytest.mark.parametrize("part", ["SỞ TƯ PHÁP", "Họp xem xét"])
def test_a_line_as_long_as_the_column_is_too_long(part: str) -> None:
    def change(document: Any) -> None:
        indent = paragraph(document, part)._element.getnext().find(f"{qn('w:pPr')}/{qn('w:ind')}")
        indent.set(qn("w:left"), "0")
        indent.set(qn("w:right"), "0")

    assert "rule-length" in {rule for rule, _where in spoiled(change)}


def test_a_page_without_its_number_is_found_out() -> None:
    def change(document: Any) -> None:
        for code in list(document.sections[0].header._element.iter(qn("w:instrText"))):
            code.getparent().remove(code)

    assert ("page-number", "header") in spoiled(change)


def test_a_number_on_the_first_page_is_found_out() -> None:
    def change(document: Any) -> None:
        code = OxmlElement("w:instrText")
        code.text = " PAGE "
        document.sections[0].first_page_header.paragraphs[0].runs[0]._element.append(code)

    assert ("page-number", "first page") in spoiled(change)


def test_a_number_at_the_side_is_found_out() -> None:
    def change(document: Any) -> None:
        header = document.sections[0].header._element
        first = next(tab for tab in header.iter(qn("w:tab")) if tab.getparent().tag == qn("w:r"))
        first.getparent().remove(first)

    assert ("page-number", "header") in spoiled(change)


def test_a_font_slot_left_to_the_theme_is_found_out() -> None:
    def change(document: Any) -> None:
        for fonts in document.styles.element.iter(qn("w:rFonts")):
            del fonts.attrib[qn("w:eastAsia")]

    assert spoiled(change) == {("font", "eastAsia")}


def test_coloured_text_is_found_out() -> None:
    def change(document: Any) -> None:
        paragraph(document, "Địa điểm").runs[0].font.color.rgb = RGBColor(255, 0, 0)

    assert ("colour", "FF0000") in spoiled(change)


def test_a_table_whose_head_does_not_repeat_or_whose_rows_break_is_found_out() -> None:
    def change(document: Any) -> None:
        for name in ("w:tblHeader", "w:cantSplit"):
            for element in list(document.element.body.iter(qn(name))):
                element.getparent().remove(element)

    assert {("table-head", "table 1"), ("table-split", "table 1")} <= spoiled(change)


def test_crowded_paragraphs_and_stretched_lines_are_found_out() -> None:
    def change(document: Any) -> None:
        paragraph(document, "Địa điểm").paragraph_format.space_before = Pt(0)
        paragraph(document, "Chủ trì").paragraph_format.line_spacing = 2.0

    assert {("paragraph-gap", "content"), ("line-spacing", "content")} <= spoiled(change)


def test_a_chart_without_words_is_found_out() -> None:
    def change(document: Any) -> None:
        for described in document.element.body.iter(qn("wp:docPr")):
            described.set("descr", "")

    assert ("alternative-text", "drawing") in spoiled(change)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut", RIGHT[:2000]])
def test_a_file_that_is_no_document_is_a_problem_not_a_crash(content: bytes) -> None:
    assert [problem.rule for problem in check(content)] == ["readable"]


def test_a_plain_document_of_another_program_is_measured_too() -> None:
    stream = io.BytesIO()
    document = Document()
    document.add_paragraph("Xin chào")
    document.save(stream)
    rules = {problem.rule for problem in check(stream.getvalue())}
    assert {"margins", "page-number", "part-missing", "font"} <= rules
