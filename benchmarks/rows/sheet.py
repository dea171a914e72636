"""The sheet of a nonconformity as a Word document: one against its template, five hundred against fifty."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import data
from benchmarks.method import Call, Different, Row
from qms import runtime
from qms.areas.nonconformities import views_sheet
from qms.areas.nonconformities.models import Nonconformity
from qms.docx import kinds
from qms.docx.fill import render
from qms.kernel import db
from tests.docx.sheets import SHEET

KIND = "corrective-action-sheet"
RECORDS, MANY, FEW = 10_000, 500, 50


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The document of a nonconformity with everything on it, against opening and saving its template."""
    from docx import Document

    template = kinds.kind_of(KIND).path.read_bytes()

    def floor() -> bytes:
        saved = io.BytesIO()
        Document(io.BytesIO(template)).save(saved)
        return saved.getvalue()

    def product() -> bytes:
        return render(KIND, SHEET, "vi")

    text = "\n".join(p.text for p in Document(io.BytesIO(product())).paragraphs)
    if SHEET.cause not in text:
        raise Different("the sheet lacks its cause")
    yield product, floor


@contextmanager
def prepare_many() -> Iterator[tuple[Call, Call]]:
    """The newest 500 of the register in one file, database and all, against the newest 50."""
    from docx import Document

    runtime.configure(data.store(RECORDS).config())
    try:
        with db.connected():
            actor = data.actor(data.READER)
            newest = Nonconformity.select(Nonconformity.record).order_by(Nonconformity.record.desc())
            numbers = [number for (number,) in newest.limit(MANY).tuples()]

            def sheets(count: int) -> bytes:
                return views_sheet.make_all(actor, numbers[:count], "vi")[1]

            for count in (MANY, FEW):
                found = len(Document(io.BytesIO(sheets(count))).sections)
                if found != count:
                    raise Different(f"{found} sheets, not {count}")
            yield lambda: sheets(MANY), lambda: sheets(FEW)
    finally:
        runtime.release()


ROWS = (
    Row(
        "sheet",
        "one nonconformity's sheet .docx, against python-docx opening and saving its template",
        3.0,
        prepare,
    ),
    Row("sheets", "500 sheets in one .docx, against 50", 12.0, prepare_many, calls=1, rounds=9),
)
