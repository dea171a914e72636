"""Every word of the interface exists in both languages, in the words of the field."""

from __future__ import annotations

import ast
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qms import resources
from tests.imports import PACKAGE, ROOT, modules
from tests.messages import catalogue, found, untranslated

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# English term -> what one of must stand in the translation
GLOSSARY = {
    r"\bnonconformit": ("không phù hợp", "KPH"),
    r"\binternal audit": ("đánh giá nội bộ", "đánh giá viên nội bộ"),
    r"\bmanagement review": ("xem xét của lãnh đạo",),
    r"\bcorrective action": ("hành động khắc phục",),
    r"\bquality objective": ("mục tiêu chất lượng",),
    r"\bquality policy\b": ("chính sách chất lượng",),
    r"\bopportunit(y|ies) for improvement": ("cơ hội cải tiến",),
    r"\bannounce(d|ment)": ("công bố",),
    r"\battachment": ("tệp đính kèm", "đính kèm"),
    r"\bone-stop": ("một cửa",),
}


def translations() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(texts of the message, texts of its translation) of every entry."""
    for entry in catalogue():
        if entry.id:
            yield _texts(entry.id), _texts(entry.string)


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())  # type: ignore[arg-type]


def test_every_message_has_a_vietnamese_translation() -> None:
    assert [f"{m.id!r} ({m.places[0]})" for m in untranslated()] == []


def test_no_message_stands_only_within_a_formatted_text_where_it_is_not_found() -> None:
    known, hidden = found(), []
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                [text, *_rest] = node.args
                if isinstance(text, ast.Constant) and text.value not in known:
                    hidden.append(f"{text.value!r} ({module.place}:{node.lineno})")
    assert hidden == []


def test_messages_are_found_at_all() -> None:
    assert len(found()) > 50


def test_messages_are_literals_so_that_none_escapes_translation() -> None:
    bad = []
    for module in modules().values():
        if module.name == "qms.kernel.text":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext", "ngettext"):
                first = node.args[0] if node.args else None
                if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                    bad.append(f"{module.place}:{node.lineno}")
    assert bad == []


def test_a_translation_fills_in_the_same_values() -> None:
    bad = [
        source[0]
        for source, target in translations()
        if set(PLACEHOLDER.findall(" ".join(source))) != set(PLACEHOLDER.findall(" ".join(target)))
    ]
    assert bad == []


def test_percent_signs_are_doubled() -> None:
    bad = [
        text
        for source, target in translations()
        for text in (*source, *target)
        if "%" in PLACEHOLDER.sub("", text.replace("%%", ""))
    ]
    assert bad == []


def test_no_translation_is_fuzzy_empty_or_left_in_english() -> None:
    bad = [str(m.id) for m in catalogue() if m.id and (m.fuzzy or not all(_texts(m.string)))]
    bad += [
        source[0]
        for source, target in translations()
        if source[0] == target[0] and len(re.findall(r"\b[a-z]{2,}", PLACEHOLDER.sub("", source[0]))) > 1
    ]
    assert bad == []


def test_translations_are_composed_so_that_search_and_fonts_agree() -> None:
    bad = [
        text
        for _source, target in translations()
        for text in target
        if text != unicodedata.normalize("NFC", text)
    ]
    assert bad == []


@pytest.mark.parametrize("term", GLOSSARY)
def test_terms_of_the_field_are_translated_as_the_glossary_says(term: str) -> None:
    bad = [
        f"{source[0]} => {target[0]}"
        for source, target in translations()
        if re.search(term, source[0], re.IGNORECASE)
        and not any(word.casefold() in target[0].casefold() for word in GLOSSARY[term])
    ]
    assert bad == []


def _shipped_texts() -> Iterator[tuple[str, str]]:
    for folder in (PACKAGE, resources.TEMPLATES, resources.AUDITS):
        for path in folder.rglob("*"):
            if path.suffix in (".docx", ".xlsx"):
                with zipfile.ZipFile(path) as archive:
                    texts = [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
                yield _name(path), re.sub(r"<[^>]+>", "", " ".join(texts))
            elif path.suffix in (".py", ".po", ".html", ".txt", ".toml", ".csv", ".js"):
                yield _name(path), path.read_text("utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_word_of_financial_auditing_never_appears() -> None:
    """An internal audit is "đánh giá nội bộ"; "kiểm toán" audits accounts."""
    bad = [
        name
        for name, text in _shipped_texts()
        if "kiểm toán" in unicodedata.normalize("NFC", text).casefold()
    ]
    assert bad == []


def test_the_reader_is_addressed_in_one_polite_way_or_not_at_all() -> None:
    """Letters say "Ông/Bà", pages do without; "bạn" is for friends."""
    bad = [
        text
        for _source, target in translations()
        for text in target
        if re.search(r"\b(bạn|quý vị|anh/chị)\b|ông \(bà\)|ông/bà", text.replace("Ông/Bà", ""), re.IGNORECASE)
    ]
    assert bad == []
