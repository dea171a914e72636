"""A document as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qms.kernel.errors import QmsError
from qms.kernel.text import Message, _

TIMEOUT = 120  # seconds; 200 pages take about 10
_PREFIX = "qms-pdf-"  # of the folder in which one document is made
_LEFT_BEHIND = 3_600  # seconds after which such a folder is that of a worker that was killed
_LOOK = 0.2  # seconds between looks at whether the conversion shall be given up
# A document never makes this machine ask another: what LibreOffice would fetch goes to a port nobody serves.
_NOWHERE = "http://127.0.0.1:9"


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


def to_pdf(
    document: bytes, *, timeout: float = TIMEOUT, give_up: Callable[[], bool] = lambda: False
) -> bytes:
    """The pages of a .docx as PDF.

    Each call has a profile of its own, so that several may run at once and none sees a user's settings;
    nothing is fetched from the network. Raises PdfError when LibreOffice is missing, fails, takes longer
    than `timeout` seconds, or when `give_up()` says that nobody waits any more.
    """
    soffice = program()
    if soffice is None:
        raise PdfError(_("LibreOffice is not installed, so no PDF can be made."))
    _remove_left_behind()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        source = Path(folder) / "document.docx"
        source.write_bytes(document)
        _convert(soffice, source, timeout, give_up)
        result = source.with_suffix(".pdf")
        if not result.is_file():
            raise PdfError(_("LibreOffice could not read the document."))
        return result.read_bytes()


def _remove_left_behind() -> None:
    """Remove the folders of workers that were killed; what cannot be removed stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)  # never follows a link


def _convert(soffice: str, source: Path, timeout: float, give_up: Callable[[], bool]) -> None:
    profile = (source.parent / "profile").as_uri()
    command = (soffice, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile}")
    process = subprocess.Popen(  # noqa: S603 - a found program and paths of our own
        (*command, "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(source.parent), str(source)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(source.parent),
        start_new_session=os.name == "posix",
    )
    end = time.monotonic() + timeout
    while not _ended(process, min(_LOOK, timeout)):
        if give_up():
            _end(process)
            raise PdfError(_("The worker was stopped while it made the PDF."))
        if time.monotonic() >= end:
            _end(process)
            raise PdfError(_("LibreOffice took longer than %(n)s seconds.", n=round(timeout)))


def _environment(folder: Path) -> dict[str, str]:
    """Ours without our settings, which hold secrets, and with a home and proxies that lead nowhere."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("QMS_")}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), _NOWHERE)
    return own | {"HOME": str(folder), "no_proxy": "", "NO_PROXY": ""} | proxies


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with its children: `soffice` is a script that starts the real program."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
