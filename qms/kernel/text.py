"""Text: messages in two languages, folding for search, numbers and dates as people here write them.

Rules have to speak without knowing Flask, so the translation lives here: a `Message` is made
anywhere and translated when it is shown, in the language of the context it is shown in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup, escape

from qms import resources

LANGUAGES = ("vi", "en")
SOURCE_LANGUAGE = "en"  # the language in which messages stand in the code

_language: ContextVar[str] = ContextVar("language", default="vi")


def current_language() -> str:
    """The language in which messages are shown now: `vi` or `en`."""
    return _language.get()


def set_language(language: str) -> None:
    """Show messages in `language` from here on in this context; an unknown one is `vi`."""
    _language.set(language if language in LANGUAGES else "vi")


@contextmanager
def language(name: str) -> Iterator[None]:
    """Show messages in the language `name` within the block."""
    token = _language.set(name if name in LANGUAGES else "vi")
    try:
        yield
    finally:
        _language.reset(token)


@cache
def catalogue(name: str) -> dict[str, str | tuple[str, ...]]:
    """Message -> translation (a tuple of plural forms for plural messages) of one language."""
    if name == SOURCE_LANGUAGE:
        return {}
    from babel.messages.pofile import read_po

    path = resources.TRANSLATIONS / name / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        entries = read_po(file, locale=name)
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in entries:
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if entry.id and not entry.fuzzy and forms and all(forms):
            key = entry.id if isinstance(entry.id, str) else entry.id[0]
            found[key] = forms[0] if isinstance(entry.string, str) else forms
    return found


def translation(message: str) -> str:
    """`message` in the current language, its placeholders and doubled percent signs as they stand."""
    text = catalogue(_language.get()).get(message, message)
    return text if isinstance(text, str) else text[0]


def plural_translation(singular: str, plural: str, n: int) -> str:
    """The translation for `n` things, placeholders as they stand; Vietnamese has one form."""
    found = catalogue(_language.get()).get(singular)
    if found is None:
        return singular if n == 1 else plural
    return found if isinstance(found, str) else found[0]


def gettext(message: str, **params: Any) -> str:
    """`message` in the current language, its `%(name)s` filled from `params`."""
    return translation(message) % params


def ngettext(singular: str, plural: str, n: int, **params: Any) -> str:
    """The singular or plural message for `n`, which is also available as `%(n)s`."""
    return plural_translation(singular, plural, n) % {"n": n, "num": n, **params}


@lru_cache(maxsize=4096)
def _plain(name: str, message: str) -> str:
    """`gettext(message)` in the language `name`, which is the current one: a page has a hundred of them."""
    return gettext(message)


@lru_cache(maxsize=4096)
def _plain_html(name: str, message: str) -> Markup:
    return escape(_plain(name, message))


class Message:
    """A text of the interface that is translated when it is shown.

    Two messages are equal when they say the same with the same values.
    """

    __slots__ = ("id", "params")

    def __init__(self, id: str, params: dict[str, Any] | None = None) -> None:
        self.id = id
        self.params = params or {}

    def __str__(self) -> str:
        return gettext(self.id, **self.params) if self.params else _plain(_language.get(), self.id)

    def __html__(self) -> Markup:
        return escape(str(self)) if self.params else _plain_html(_language.get(), self.id)

    def __repr__(self) -> str:
        return f"_({', '.join([repr(self.id), *(f'{k}={v!r}' for k, v in self.params.items())])})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.id, self.params) == (other.id, other.params)

    def __hash__(self) -> int:
        return hash(self.id)

    def __bool__(self) -> bool:
        return bool(self.id)


def _(id: str, /, **params: Any) -> Message:
    """A message that will be translated when it is shown: `_("due in %(n)s days", n=3)`."""
    return Message(id, params)


# ---------------------------------------------------------------- messages that are kept


def pack(text: Message) -> str:
    """A message as JSON, to be kept now and shown later in the reader's language."""
    return json.dumps(_packed(text), ensure_ascii=False)


def _packed(value: object) -> object:
    if isinstance(value, Message):
        return {"id": value.id, "params": {k: _packed(v) for k, v in value.params.items()}}
    return value if isinstance(value, int | str) else str(value)


def unpack(text: str) -> Message:
    """The message that `pack` packed; raises ValueError where it did not."""
    try:
        return _unpacked(json.loads(text))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(text) from error


def _unpacked(data: dict[str, Any]) -> Message:
    return Message(
        str(data["id"]), {k: _unpacked(v) if isinstance(v, dict) else v for k, v in data["params"].items()}
    )


def said(text: str) -> str:
    """A kept text in the reader's language: what `pack` packed is translated, what people wrote stays."""
    if not text.startswith('{"id": '):
        return text
    try:
        return str(unpack(text))
    except (ValueError, KeyError, TypeError):  # somebody wrote what only looks like one
        return text


# ---------------------------------------------------------------- typed text

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, halves of pairs, and what Unicode keeps for no character: no database and no paper holds them all.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)


def printable(text: str) -> str:
    """`text` as it is kept: accents written one way (NFC, TCVN 6909:2001), one line end, nothing unprintable.

    What shows nothing at all is empty.
    """
    if text.isascii() and text.isprintable():
        return text if text.strip() else ""
    kept = _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    return kept if any(map(_shows, kept)) else ""


_UNSEEN = frozenset(
    {"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"}
)  # formats, line ends, spaces, marks without a letter
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs by name, drawn as nothing


def _shows(char: str) -> bool:
    return unicodedata.category(char) not in _UNSEEN and char not in _BLANKS


# ---------------------------------------------------------------- folding

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_SEARCHED = 50_000  # characters


def fold(text: str) -> str:
    """`text` without marks, case and runs of space, so that `so hoa` finds `Số hóa`."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare.casefold()).strip()


_HYPHENS = re.compile("[\u2010-\u2015\u2212]")


def as_key(text: str) -> str:
    """A number or code as it is compared with others: what reads the same is the same.

    Letter case, full-width forms, kinds of hyphen, what shows nothing, outer and doubled spaces make no difference.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = "".join(char for char in _HYPHENS.sub("-", text) if char.isspace() or _shows(char))
    return " ".join(text.casefold().split())


def search_words(texts: Iterable[str | None]) -> str:
    """What full-text search reads of a record's texts: its folded words, parted by spaces alone.

    Databases differ in what they take for a word: PostgreSQL reads `nc-2024-017` as ending in a negative number.
    """
    return " ".join(_WORD.findall(fold(" ".join(text for text in texts if text))))[:_SEARCHED]


# ---------------------------------------------------------------- numbers and dates as shown


def _separators() -> tuple[str, str]:
    return (".", ",") if _language.get() == "vi" else (",", ".")


def show_number(value: int | Decimal | None, places: int | None = None) -> str:
    """`14.712` (vi) or `14,712` (en); a dash for None; `places` decimals, else as many as there are."""
    if value is None:
        return "–"
    thousands, point = _separators()
    if places is not None and not isinstance(value, int):
        value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _dot, decimals = f"{value:{',' if isinstance(value, int) else ',f'}}".partition(".")
    return whole.replace(",", thousands) + (point + decimals if decimals else "")


def show_percent(value: Decimal | None, places: int = 2) -> str:
    """A rate given in percent (29.8560…), rounded half up: `29,86%` (vi) or `29.86%` (en)."""
    return "–" if value is None else show_number(Decimal(value), places) + "%"


def show_date(value: date | None) -> str:
    """`31/03/2024` in both languages: day first is how every reader of these pages writes it."""
    return "" if value is None else f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def show_time(value: datetime | None) -> str:
    """`31/03/2024 09:12`, in the time zone that the value carries."""
    return "" if value is None else f"{show_date(value)} {value.hour:02d}:{value.minute:02d}"
