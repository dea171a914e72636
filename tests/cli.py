"""The command line under test: `qms(...)` runs one command in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from qms import runtime
from qms.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit status, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; raises ValueError when there is anything else."""
        return json.loads(self.out)


Command = Callable[..., Answer]


def runner(capsys: pytest.CaptureFixture[str]) -> Command:
    """What runs a command and gives its answer."""

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        runtime.release()  # what the test itself looked at
        try:
            status = main([str(a) for a in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        written = capsys.readouterr()
        return Answer(status, written.out, written.err)

    return run
