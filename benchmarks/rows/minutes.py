"""The minutes of a management review as a Word document with one chart."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.method import Call, Different, Row
from qms.docx import chart, kinds
from qms.docx.fill import render
from tests.docx.samples import MINUTES, TREND

KIND = "review-minutes"


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """The document rendered, against opening and saving its template plus making the chart."""
    from docx import Document

    template = kinds.kind_of(KIND).path.read_bytes()

    def floor() -> bytes:
        chart.build(TREND)
        saved = io.BytesIO()
        Document(io.BytesIO(template)).save(saved)
        return saved.getvalue()

    def product() -> bytes:
        return render(KIND, MINUTES, "vi")

    text = "\n".join(p.text for p in Document(io.BytesIO(product())).paragraphs)
    if MINUTES.inputs[0].title not in text:
        raise Different("the minutes lack their first input")
    yield product, floor


ROWS = (
    Row(
        "minutes",
        "review minutes .docx with one chart, against opening and saving the template plus the chart",
        3.0,
        prepare,
        calls=3,
    ),
)
