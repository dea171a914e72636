"""Which files are taken as evidence: decided by their bytes against an allow list, never by their name."""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from qms.kernel.errors import Obstacle, Refused
from qms.kernel.text import Message, _

MAX_NAME = 200  # characters
MAX_PARTS = 5_000
MAX_UNPACKED = 400 * 1024 * 1024  # bytes of all parts of an office file together
MAX_RATIO = 500  # unpacked by packed, for the whole file
_READ_PART = 1024 * 1024  # bytes read of a part that names the type
TEXT_SUFFIXES = (".txt", ".csv", ".log", ".md")

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
# media type -> the endings its file may have; the first is given to a name that has none of them
SUFFIXES: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    f"{_OOXML}wordprocessingml.document": (".docx",),
    f"{_OOXML}spreadsheetml.sheet": (".xlsx",),
    f"{_ODF}text": (".odt",),
    f"{_ODF}spreadsheet": (".ods",),
    "text/csv": (".csv",),
    "text/plain": TEXT_SUFFIXES,
}
_MAIN_PARTS = {
    f"{_OOXML}wordprocessingml.document.main+xml": f"{_OOXML}wordprocessingml.document",
    f"{_OOXML}spreadsheetml.sheet.main+xml": f"{_OOXML}spreadsheetml.sheet",
}
_TYPES = "[Content_Types].xml"
_ACTIVE = re.compile(r"(^|/)(vbaproject\.bin$|activex/|macrosheets/|basic/|scripts/)", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def allowed() -> str:
    """The endings that are taken, as people read them."""
    return ", ".join(dict.fromkeys(suffixes[0][1:].upper() for suffixes in SUFFIXES.values()))


def clean_name(filename: str) -> str:
    """`filename` without folders, control or direction marks and what file systems refuse; never empty."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(
        c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return _shortened(name or "file")


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME:
        return name
    suffix = PurePosixPath(name).suffix[:10]
    return name[: MAX_NAME - len(suffix)].rstrip(" .") + suffix


def media_type_of(path: Path, name: str) -> tuple[str, str]:
    """(media type, name with an ending that fits it) of the file at `path`.

    Raises Refused when its content is of no type that is taken, carries macros, or unpacks to far
    more than a document needs.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"%PDF-"):
        found = "application/pdf"
    elif start.startswith(b"\x89PNG\r\n\x1a\n"):
        found = "image/png"
    elif start.startswith(b"\xff\xd8\xff"):
        found = "image/jpeg"
    elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        found = "image/webp"
    elif start.startswith(b"PK\x03\x04"):
        found = _office_type(path, name)
    else:
        found = _text_type(path, name)
    suffixes = SUFFIXES[found]
    fits = name.lower().endswith(suffixes)
    return found, name if fits else _shortened(name + suffixes[0])


def _refused(text: Message) -> Refused:
    return Refused([Obstacle(text, "#evidence")])


# How files begin that are often sent instead, and what they are.
_OTHERS: tuple[tuple[bytes, Message], ...] = (
    (b"MZ", _("a Windows program")),
    (b"\x7fELF", _("a program")),
    (b"PK", _("a ZIP archive")),
    (b"Rar!", _("a RAR archive")),
    (b"7z\xbc\xaf", _("a 7z archive")),
    (b"\xd0\xcf\x11\xe0", _("a file of an old Office version (.doc, .xls, .ppt)")),
    (b"{\\rtf", _("a rich text file (.rtf)")),
    (b"GIF8", _("a GIF picture")),
    (b"BM", _("a BMP picture")),
    (b"<", _("a web page or a drawing (HTML, XML, SVG)")),
)


def _content_of(path: Path) -> Message:
    """What a file that is not taken holds, in words, as far as its bytes tell."""
    with path.open("rb") as file:
        start = file.read(64).removeprefix(codecs.BOM_UTF8).lstrip()
    if start[4:8] == b"ftyp":
        return _("a HEIC picture or a film")
    for beginning, words in _OTHERS:
        if start.startswith(beginning):
            return words
    return _("plain text") if _is_text(path) else _("data of an unknown type")


def _not_taken(path: Path, name: str) -> Refused:
    """The refusal that says what was found, what is taken, and what to do."""
    return _refused(
        _(
            "“%(name)s” holds %(found)s, which is not taken as evidence. Save it as one of these and attach it "
            "again: %(types)s",
            name=name, found=_content_of(path), types=allowed(),
        )
    )  # fmt: skip


def _damaged(name: str) -> Refused:
    return _refused(_("“%(name)s” is damaged or protected by a password", name=name))


# ---------------------------------------------------------------- office files


def _office_type(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, name)
            found = _type_by_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _damaged(name) from error
    if found is None:
        raise _not_taken(path, name)
    return found


def _check_parts(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise _refused(_("“%(name)s” unpacks to far more than a document needs", name=name))
    if any(p.flag_bits & 1 for p in parts):
        raise _damaged(name)
    if carries_macros(archive):
        raise _refused(_("“%(name)s” carries macros; save it without them", name=name))


def carries_macros(archive: zipfile.ZipFile) -> bool:
    """Whether an office file holds code, by the names of its parts or by the types that it declares."""
    names = archive.namelist()
    return any(map(_ACTIVE.search, names)) or "macroEnabled" in _content_types(archive)


def _content_types(archive: zipfile.ZipFile) -> str:
    """What an OOXML file says of its parts; empty for any other."""
    if _TYPES not in archive.namelist():
        return ""
    with archive.open(_TYPES) as part:
        return part.read(_READ_PART).decode("utf-8", "replace")


def _type_by_parts(archive: zipfile.ZipFile) -> str | None:
    names = set(archive.namelist())
    if types := _content_types(archive):
        for main, media_type in _MAIN_PARTS.items():
            if f'"{main}"' in types or f"'{main}'" in types:
                return media_type
    elif "mimetype" in names:
        with archive.open("mimetype") as part:
            media_type = part.read(200).decode("ascii", "replace").strip()
        if media_type in SUFFIXES and media_type.startswith(_ODF):
            return media_type
    return None


# ---------------------------------------------------------------- text

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _text_type(path: Path, name: str) -> str:
    """Text is the one type that bytes do not prove, so its name has to be a text's as well.

    A .csv may be in Windows-1258, in which older spreadsheets here save it, or in UTF-16 without its mark.
    """
    table = name.lower().endswith(".csv")
    encodings = ("utf-8", "cp1258", "utf-16-le", "utf-16-be") if table else ("utf-8",)
    if not name.lower().endswith(TEXT_SUFFIXES) or not any(_is_text(path, e) for e in encodings):
        raise _not_taken(path, name)
    return "text/csv" if table else "text/plain"


def _is_text(path: Path, otherwise: str = "utf-8") -> bool:
    data = path.read_bytes()
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), otherwise)
    try:
        return _CONTROL.search(data.decode(encoding)) is None
    except UnicodeDecodeError:
        return False
