"""Text that would break a document, or speak to its template, stands there as it was typed."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import replace

import pytest
from jinja2.exceptions import SecurityError, UndefinedError
from lxml import etree

from qms.docx.contexts import Attendant, FigureRow, ReviewInput, Series
from qms.docx.fill import environment
from tests.docx.samples import MINUTES, TREND
from tests.docx.test_render import lines, minutes

HOSTILE = [
    "{{ 7*7 }}",
    "{% for x in m %}{{ x }}{% endfor %}",
    "{_{ 7*7 }_} {_% if 1 %_}",
    "{%p if m %} {%tr endfor %} {{r m.code }}",
    "{# ghi chú #}",
    "{{ ''.__class__.__mro__ }}",
    "<w:p/> </w:t> & &amp; \" ' ]]> <!-- -->",
    "100% %(name)s %s %%",
    "=SUM(A1) \\ $HOME `id`",
    "𝒜 🇻🇳 ‏עברית‎",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_stands_as_typed_in_every_kind_of_place(text: str) -> None:
    document = minutes(
        title=text,
        chair=text,
        place=text,
        attendants=[Attendant(text, text)],
        inputs=[
            ReviewInput("a", text, lines=[text], figures=[FigureRow(text, text, text, text)], source=text)
        ],
        kpi_rows=[replace(MINUTES.kpi_rows[0], name=text, source=text)],
        discussion=text,
        recipients=[text],
        trend=replace(TREND, title=text, source=text, series=(Series(text, TREND.series[0].values),)),
        trail_head=text,
    )
    found = lines(document)
    assert found.count(text) >= 8
    assert f"- {text}" in found
    assert f"Chủ trì: {text}" in found
    for name, content in parts(document).items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(content)


def test_characters_that_no_document_can_hold_are_left_out() -> None:
    every = "".join(map(chr, range(32)))
    found = lines(minutes(chair=f"A{every}B\x7f\x9f\ud800\ufffe\uffffC"))
    assert any(line.startswith("Chủ trì: A") and line.endswith("BC") for line in found)


def test_line_ends_of_every_system_make_paragraphs() -> None:
    found = lines(minutes(discussion="một\r\nhai\rba\n\nbốn\x0bnăm\u2028sáu"))
    start = found.index("một")
    assert found[start : start + 6] == ["một", "hai", "ba", "bốn", "năm", "sáu"]


def test_decomposed_letters_are_composed() -> None:
    assert "Chủ trì: Giám đốc Sở" in lines(minutes(chair=unicodedata.normalize("NFD", "Giám đốc Sở")))


def test_a_text_of_200_000_characters_is_printed_whole() -> None:
    long = "Số hóa " * 28_571 + "hết"
    found = lines(minutes(discussion=long, chair=long))
    assert long in found
    assert f"Chủ trì: {long}" in found


def parts(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("code", ["{{ m.__class__.__mro__ }}", "{{ m.__init__.__globals__ }}", "{{ x }}"])
def test_a_template_reaches_nothing_but_the_values_it_was_given(code: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        environment().from_string(code).render(m=MINUTES)
