"""Memory of one serving process after 1,000 pages against a bare Flask process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import data, serving
from benchmarks.method import Call, Row

ROOT = Path(__file__).parent.parent.parent


def served(what: str) -> float:
    """MiB that a process of its own holds after serving its pages."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.serving", what],
        cwd=ROOT, env=settings, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return float(done.stdout.splitlines()[-1])


@contextmanager
def prepare() -> Iterator[tuple[Call, Call]]:
    """Both as fresh processes in every round."""
    data.store(10_000)
    yield lambda: served("product"), lambda: served("bare")


ROWS = (
    Row(
        "memory",
        f"memory of one serving process after {serving.PAGES:,} pages, against a bare Flask process",
        2.5,
        prepare,
        unit="MiB",
        reads=True,
        rounds=9,
    ),
)
