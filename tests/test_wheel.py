"""What is installed from the wheel is the whole product: the shipped folders travel inside it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.imports import ROOT

SHIPPED = {"templates": "qms/_shipped/templates", "audits": "qms/_shipped/audits", "qms": "qms"}
SUFFIXES = {".html", ".txt", ".docx", ".xlsx", ".csv", ".toml", ".po", ".css", ".js", ".svg", ".py"}

# Runs where neither the checkout nor an editable install can be found (-I -S), on the unpacked wheel alone.
PROBE = """
import sys
sys.path.insert(0, sys.argv[1])
from qms import resources
for name in ("TEMPLATES", "AUDITS", "MIGRATIONS", "TRANSLATIONS"):
    folder = getattr(resources, name)
    assert folder.is_dir() and folder.is_relative_to(sys.argv[1]), (name, folder)
    print(name, sum(1 for path in folder.rglob("*") if path.is_file()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network from the installed hatchling."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.parametrize("folder", SHIPPED)
def test_every_shipped_file_is_in_the_wheel(wheel: Path, folder: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    source = ROOT / folder
    expected = {
        f"{SHIPPED[folder]}/{path.relative_to(source).as_posix()}"
        for path in source.rglob("*")
        if path.is_file() and path.suffix in SUFFIXES
    }
    assert expected
    assert expected - inside == set()


def test_the_wheel_holds_nothing_but_the_product(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
        stray = [name for name in archive.namelist() if name.endswith((".pyc", ".db", ".mo"))]
    assert {name for name in top if not name.endswith(".dist-info")} == {"qms"}
    assert stray == []


def test_the_installed_product_finds_its_shipped_folders(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    counts = dict(line.split() for line in answer.stdout.splitlines())
    assert all(int(n) > 0 for n in counts.values()), counts
