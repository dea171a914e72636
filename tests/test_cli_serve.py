"""`qms serve` and `qms work` as processes: they answer, and end when they are told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.imports import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of an installation made by `qms init`."""
    secrets = {
        "QMS_SECRET_KEY": "0123456789abcdef" * 2 + "sign",
        "QMS_TRAIL_KEY": "fedcba9876543210" * 2 + "trail",
    }
    paths = {"QMS_DATA_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}
    made = os.environ | secrets | paths | {"QMS_LOCALE": "en"}
    subprocess.run(command("init"), env=made, check=True, capture_output=True)
    return made


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "import sys; from qms.cli import main; sys.exit(main())", *arguments]


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command(*arguments), env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_the_served_application_answers_and_ends_on_sigterm(environment: dict[str, str]) -> None:
    port = free_port()
    with running(environment, "serve", "--port", port) as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            assert answer.status == 200
            assert "Server" not in answer.headers
        second = subprocess.run(
            command("serve", "--port", port), env=environment, capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert port in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.parametrize(("options", "scheme"), [((), "http"), (("--proxy", "127.0.0.1"), "https")])
def test_what_a_proxy_says_counts_only_if_it_is_named(
    environment: dict[str, str], options: tuple[str, ...], scheme: str
) -> None:
    port = free_port()
    with running(environment, "serve", "--port", port, *options) as process:
        assert process.stdout is not None
        process.stdout.readline()
        connection = HTTPConnection("127.0.0.1", int(port), timeout=20)
        connection.request("GET", "/nothing", headers={"X-Forwarded-Proto": "https"})
        with connection.getresponse() as answer:
            assert answer.status == 308  # to the same address with a slash, in full
            assert answer.headers["Location"].startswith(f"{scheme}://")
        connection.close()


def test_the_worker_ends_on_sigterm(environment: dict[str, str]) -> None:
    with running(environment, "work") as process:
        assert process.stderr is not None
        assert "QMS_SMTP_URL" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
