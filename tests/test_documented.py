"""What the documentation says is what the code declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qms.cli.parser import declared
from qms.config import SETTINGS
from tests import reference
from tests.imports import ROOT, modules

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_reference_is_what_the_code_declares() -> None:
    assert reference.PATH.read_text("utf-8") == reference.text(), "run `make docs`"


def test_every_setting_that_the_product_reads_is_declared() -> None:
    """Also `X_FILE` for a secret, and QMS_TODAY, which production refuses."""
    read = {
        n
        for m in modules().values()
        for n in re.findall(r"[\"'](QMS_[A-Z_]+)[\"']", m.path.read_text("utf-8"))
    }
    assert {name.removesuffix("_FILE") for name in read} - {"QMS_TODAY"} == set(SETTINGS)


def test_every_documented_setting_exists() -> None:
    known = {*SETTINGS, "QMS_TODAY"}
    documented = {n for page in PAGES for n in re.findall(r"\bQMS_[A-Z_]+", page.read_text("utf-8"))}
    assert {n.removesuffix("_FILE") for n in documented if not n.startswith("QMS_REQUIRE_")} - known == set()


def test_every_documented_command_exists() -> None:
    commands = {name for name, _words in declared()}
    known = commands | {name.rpartition(" ")[0] for name in commands}  # `qms org` leads to `qms org add`
    documented = {
        n for page in PAGES for n in re.findall(r"[`/\\](qms(?: [a-z]+)+)", page.read_text("utf-8"))
    }
    assert documented
    assert [n for n in documented if not any(n == k or n.startswith(f"{k} ") for k in known - {"qms"})] == []


def test_every_documented_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    documented = {n for page in PAGES for n in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}
    assert documented
    assert documented - targets == set()


@pytest.mark.parametrize("document", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text("utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []
