"""A document as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from qms.kernel.errors import QmsError
from qms.kernel.text import Message, _

TIMEOUT = 120  # seconds; 200 pages take about 10


class PdfError(QmsError):
    """The document could not be made into a PDF; says why."""

    def __init__(self, reason: Message) -> None:
        self.reason = reason
        super().__init__(reason)

    def __str__(self) -> str:
        return str(self.reason)


def available() -> bool:
    """Whether this machine can make PDFs."""
    return program() is not None


def program() -> str | None:
    """The path of LibreOffice, None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(document: bytes, *, timeout: float = TIMEOUT) -> bytes:
    """The pages of a .docx as PDF.

    Each call has a profile of its own, so that several may run at once and none sees a user's
    settings. Raises PdfError when LibreOffice is missing, fails or takes longer than `timeout` seconds.
    """
    soffice = program()
    if soffice is None:
        raise PdfError(_("LibreOffice is not installed, so no PDF can be made."))
    with tempfile.TemporaryDirectory(prefix="qms-pdf-") as folder:
        source = Path(folder) / "document.docx"
        source.write_bytes(document)
        _convert(soffice, source, timeout)
        result = source.with_suffix(".pdf")
        if not result.is_file():
            raise PdfError(_("LibreOffice could not read the document."))
        return result.read_bytes()


def _convert(soffice: str, source: Path, timeout: float) -> None:
    profile = (source.parent / "profile").as_uri()
    command = (soffice, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile}")
    process = subprocess.Popen(  # noqa: S603 - a found program and paths of our own
        (*command, "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(source.parent), str(source)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise PdfError(_("LibreOffice took longer than %(n)s seconds.", n=round(timeout))) from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with its children: `soffice` is a script that starts the real program."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
