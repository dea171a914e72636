"""The zip around a document: the same parts always give the same bytes, whatever the clock says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from qms.docx.ooxml import PROLOGUE

if TYPE_CHECKING:
    from docx.opc.package import OpcPackage

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_CUSTOM_PROPERTIES = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # the format id that the standard gives them
NO_DATE = date(2000, 1, 1)  # stands in a property that must hold a date before there is one


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of named parts, without a trace of when it was made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def saved(package: OpcPackage, instead: Mapping[str, bytes] | None = None) -> bytes:
    """The bytes of a python-docx package; its own writer puts the time of day into the zip.

    `instead` holds, by part name, content that is written in place of what the package has.
    """
    instead = instead or {}
    parts: dict[str, Any] = {"_rels/.rels": package.rels.xml}
    kinds = {}
    for part in package.iter_parts():
        name = str(part.partname)
        kinds[name] = part.content_type
        parts[name.lstrip("/")] = instead.get(name) or part.blob
        if len(part.rels):
            parts[part.partname.rels_uri.lstrip("/")] = part.rels.xml
    return zipped({"[Content_Types].xml": content_types(kinds), **parts})


def content_types(kinds: Mapping[str, str]) -> bytes:
    """The part that says what each part (by absolute name) is."""
    overrides = "".join(f'<Override PartName="{escape(n)}" ContentType="{k}"/>' for n, k in kinds.items())
    return (
        f'{PROLOGUE}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    ).encode()


def custom_properties(values: Mapping[str, str]) -> bytes:
    """The part that holds named properties, which every office program shows under "properties"."""
    entries = "".join(
        f'<property fmtid="{_CUSTOM_PROPERTIES}" pid="{number}" name="{escape(name)}">'
        f"<vt:lpwstr>{escape(value)}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(values.items(), 2)
    )
    return (
        f'{PROLOGUE}<Properties xmlns="{_OFFICE}/custom-properties" '
        f'xmlns:vt="{_OFFICE}/docPropsVTypes">{entries}</Properties>'
    ).encode()
