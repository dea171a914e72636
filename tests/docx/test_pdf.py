"""The minutes on paper, as LibreOffice prints them."""

from __future__ import annotations

import base64
import io
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from pypdf import PdfReader

from qms.docx import pdf
from qms.kernel.text import language
from tests.docx.samples import MINUTES
from tests.docx.test_render import minutes

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def printed(document: bytes, folder: Path) -> list[str]:
    """The text of each page without its spaces, in reading order.

    pypdf puts letters that come from a second font out of order; poppler does not.
    """
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        missing = "pdftotext (poppler-utils) is not installed"
        if os.environ.get("QMS_REQUIRE_LIBREOFFICE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    file = folder / "document.pdf"
    file.write_bytes(pdf.to_pdf(document))
    command = [pdftotext, "-layout", "-enc", "UTF-8", str(file), "-"]
    output = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return ["".join(page.split()) for page in output.rstrip("\f").split("\f")]


def squeezed(text: str) -> str:
    """`text` without its spaces."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The pages of drafted minutes."""
    return printed(minutes(draft=True), tmp_path_factory.mktemp("pdf"))


@pytest.mark.libreoffice
def test_the_paper_says_what_the_minutes_say(pages: list[str]) -> None:
    text = "".join(pages)
    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",  # in one line, so the header table is wide enough
        "Độc lập - Tự do - Hạnh phúc",
        "Họp xem xét của lãnh đạo năm 2023",
        "13.905 / 13.989",
        "2. Thay đổi đối với hệ thống quản lý chất lượng",
        "Cuộc họp kết thúc vào 10 giờ 30",
        "Nơi nhận:",
    ):
        assert squeezed(expected) in text


@pytest.mark.libreoffice
def test_pages_are_numbered_from_the_second_on_and_each_is_marked_a_draft(pages: list[str]) -> None:
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert page.startswith(squeezed(f"Dữ liệu minh họa {number if number > 1 else ''} DỰ THẢO"))


@pytest.mark.libreoffice
def test_the_chart_is_drawn_beside_its_table(pages: list[str]) -> None:
    page = next(page for page in pages if "Biểuđồ:" in page)
    assert page.count(squeezed("Số hóa khi tiếp nhận")) == 2  # in the legend and in the table


@pytest.mark.libreoffice
def test_a_text_longer_than_a_page_loses_nothing_even_in_a_cell(tmp_path: Path) -> None:
    long = " ".join(f"mục{n}." for n in range(3000))
    text = "".join(printed(minutes(outputs=[replace(MINUTES.outputs[0], text=long)]), tmp_path))
    assert [n for n in range(3000) if f"mục{n}." not in text] == []


@pytest.mark.libreoffice
def test_the_page_is_a4() -> None:
    box = PdfReader(io.BytesIO(pdf.to_pdf(minutes()))).pages[0].mediabox
    assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (210, 297)


@pytest.mark.libreoffice
def test_a_conversion_that_takes_too_long_is_ended() -> None:
    with pytest.raises(pdf.PdfError), language("en"):
        pdf.to_pdf(minutes(), timeout=0.01)


@pytest.mark.libreoffice
def test_a_conversion_that_nobody_waits_for_any_more_is_ended() -> None:
    with pytest.raises(pdf.PdfError), language("en"):
        pdf.to_pdf(minutes(), give_up=lambda: True)


def with_a_picture_from(address: str) -> bytes:
    """A document whose picture lies elsewhere."""
    made = Document()
    made.add_picture(io.BytesIO(PICTURE))
    elsewhere = made.part.relate_to(address, RELATIONSHIP_TYPE.IMAGE, is_external=True)
    (blip,) = made.element.iter(qn("a:blip"))
    del blip.attrib[qn("r:embed")]
    blip.set(qn("r:link"), elsewhere)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.libreoffice
def test_what_a_document_names_elsewhere_is_not_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/picture.png"
        assert pdf.to_pdf(with_a_picture_from(address)).startswith(b"%PDF")
        with pytest.raises(TimeoutError):
            server.accept()


def test_libreoffice_is_not_told_our_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QMS_TRAIL_KEY", "secret")
    assert "secret" not in pdf._environment(tmp_path).values()


def test_what_a_killed_worker_left_behind_goes_after_an_hour(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(pdf, "program", lambda: shutil.which("true"))
    old, new, other = (tmp_path / name for name in ("qms-pdf-old", "qms-pdf-new", "other"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "document.docx").touch()
    for folder in (old, other):
        os.utime(folder, (time.time() - 3_700, time.time() - 3_700))
    with pytest.raises(pdf.PdfError):
        pdf.to_pdf(b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "qms-pdf-new"]


def test_without_libreoffice_the_refusal_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not pdf.available()
    with pytest.raises(pdf.PdfError) as refused:
        pdf.to_pdf(b"")
    with language("en"):
        assert str(refused.value) == "LibreOffice is not installed, so no PDF can be made."
