"""Every page of the demonstration: no axe violation and nothing wider than the screen, no markup shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from flask import Flask
from werkzeug.routing import Rule

from qms import resources
from qms.areas import AREAS
from qms.areas.statements.models import StatementRevision
from qms.kernel import db
from qms.kernel.area import kinds
from qms.kernel.organisations import Unit
from qms.kernel.people import Assignment, Person
from qms.kernel.records import Record
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

COORDINATOR, ADMIN = "coordinator@kien-giang.example", "admin@qms.example"
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
WIDTHS = {**SIZES, "tablet": {"width": 800, "height": 1100}, "laptop": {"width": 1024, "height": 768}}
# First word of a path below the organisation, or of the path: the pages that one test looks at.
PARTS = (
    "",
    *AREAS,
    "calendar",
    "notifications",
    "search",
    "settings",
    "trail",
    "account",
    "admin",
    "signed out",
)
RUN = "axe.run({resultTypes: ['violations']}).then(r => r.violations)"
FRAMES = "[...document.querySelectorAll('.opens')].map(e => e.parentElement).map(e => [e.scrollWidth, e.clientWidth])"
SIGNED_OUT = ("login", "reset")

# No page of their own: files, redirects, pages for a moment of a sign-in or an import (walked elsewhere).
NO_PAGE = frozenset(
    {
        "static", "evidence.download", "feed.show", "home.healthz", "home.language", "trail.file",
        "security.two_factor_token_validation", "security.two_factor_rescue", "security.mf_recovery",
        "security.reset_password", "account.codes", "account.totp_off", "home.organisations",
        "cases.preview", "cases.import_sample", "cases.document_apology-letter", "cases.pdf_apology-letter",
        "kpis.preview", "statements.preview", "people.end_deputy", "nonconformities.preview",
        "nonconformities.import_sample", "nonconformities.register", "nonconformities.sheets",
        "nonconformities.statistics_file",
    }
)  # fmt: skip


FILES = re.compile(r"export|\.(document|pdf)_")  # in the endpoints that give files, or lead to one

# A file for each page that checks what it would import: the checks are pages of a moment, too.
IMPORTS = {
    "statements": "kien-giang-2023.xlsx",
    "cases": "kien-giang-ho-so-qua-han.csv",
    "nonconformities": "import/sample.xlsx",
}


def rules(app: Flask) -> Iterator[Rule]:
    """Every address that shows a page."""
    for rule in app.url_map.iter_rules():
        page = rule.endpoint not in NO_PAGE and not FILES.search(rule.endpoint)
        if "GET" in (rule.methods or ()) and page:
            yield rule


def part_of(rule: Rule) -> str:
    """The part of the product that a page belongs to."""
    words = str(rule).strip("/").split("/")
    if words[0] in SIGNED_OUT:
        return "signed out"
    return words[0] if words[0] != "<org>" else words[1] if len(words) > 1 else ""


def paths(app: Flask, part: str) -> list[str]:
    """The addresses of a part, filled in with what the demonstration holds."""
    found: dict[str, None] = {}
    for rule in sorted(rules(app), key=str):
        if part_of(rule) == part:
            for values in _values(rule, part):
                place = {"org": "kien-giang"} if "org" in rule.arguments else {}
                with app.test_request_context():
                    found[app.url_for(rule.endpoint, **place, **values)] = None
    return list(found)


def _values(rule: Rule, part: str) -> Iterator[dict[str, Any]]:
    names = rule.arguments - {"org"}
    if names == {"code"}:
        shows = rule.endpoint.endswith(".show")
        yield from ({"code": code} for code in _codes(part, every_state=shows))
    elif "code" in names:
        number = (
            StatementRevision.select(StatementRevision.number).first().number if part == "statements" else 1
        )
        known = {"number": number, "key": "a"}
        yield {"code": _codes(part)[0]} | {name: known[name] for name in names - {"code"}}
    elif part == "settings":
        person = Person.get(Person.email == "staff@kien-giang.example").id
        role = Assignment.get(Assignment.person == person).id
        unit = Unit.get(Unit.code == "HT-QT").id
        yield {"number": unit if "units" in str(rule) else person, "role_id": role} if names else {}
    elif part == "admin":
        yield {"number": Person.get(Person.email == "staff@kien-giang.example").id} if names else {}
    elif not names:
        yield {}
    else:
        raise AssertionError(f"{rule}: nothing fills {names}")
    if rule.endpoint.startswith("nonconformities.accept"):
        yield {"period": "2023", "key": "kpi:digit_intake:2023:target"}
    if rule.endpoint == "search.show":
        yield {"q": "so hoa"}
    if rule.endpoint == "nonconformities.index":
        yield {"q": "nothing is called so"}


def _codes(area: str, *, every_state: bool = False) -> list[str]:
    """Codes of records of an area: one, or one of every state."""
    names = [name for name, model in kinds().items() if model.area == area]
    by_state: dict[str, list[str]] = defaultdict(list)
    for kind, state, code in (
        Record.select(Record.kind, Record.state, Record.code)
        .where(Record.kind.in_(names), Record.organisation == 1)
        .order_by(Record.id)
        .tuples()
    ):
        by_state[f"{kind}:{state}"].append(code)
    firsts = [codes[0] for codes in by_state.values()]
    return firsts if every_state else firsts[:1]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe."""
    return AXE_FILE_PATH.read_text("utf-8")


def look(visitor: Visitor, axe: str, paths: list[str]) -> Iterator[str]:
    """What is wrong: axe at a desk and on a phone, in a language each; every width in both."""
    for language, examined in (("vi", "desk"), ("en", "phone")):
        visitor.open(f"/language/{language}")
        for path in paths:
            visitor.size(**SIZES[examined])
            status = visitor.open(path)
            if status >= 404 and status != 409:  # 409: a form that is closed now says so
                yield f"{path}: status {status}"
                continue
            if "</" in visitor.text():
                yield f"{path}: markup is shown as text"
            yield from (f"{path} ({language}, {examined}): {wrong}" for wrong in broken(visitor, axe))
            for screen, size in WIDTHS.items():
                visitor.size(**size)
                yield from (f"{path} ({language}, {screen}): {wrong}" for wrong in too_wide(visitor, **size))


def broken(visitor: Visitor, axe: str) -> Iterator[str]:
    """What axe finds on the page as it is."""
    visitor.page.evaluate(axe)
    for found in visitor.page.evaluate(RUN):
        nodes = "; ".join(node["html"][:160] for node in found["nodes"][:2])
        yield f"{found['id']}: {nodes}"


def too_wide(visitor: Visitor, width: int, **_height: int) -> Iterator[str]:
    """What does not fit: the page on the screen, a list in its frame."""
    wide = visitor.page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield f"{wide} px wide"
    for inside, frame in visitor.page.evaluate(FRAMES):
        if inside > frame + 1:
            yield f"a list is {inside} px wide in a frame of {frame} px"


def test_axe_sees_what_is_wrong(visitor: Visitor, axe: str) -> None:
    visitor.open("/login")
    visitor.page.evaluate("document.querySelector('label').remove()")
    visitor.page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    visitor.page.evaluate(axe)
    assert {"label", "color-contrast"} <= {broken["id"] for broken in visitor.page.evaluate(RUN)}


@pytest.mark.parametrize("part", PARTS)
def test_no_page_of_a_part_breaks_a_rule_of_accessibility(visitor: Visitor, axe: str, part: str) -> None:
    if part != "signed out":
        visitor.sign_in(ADMIN if part == "admin" else COORDINATOR)
    visitor.open("/healthz")
    with db.connected():
        todo = paths(visitor.app, part)
    assert todo
    wrong = list(look(visitor, axe, todo))
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("part", IMPORTS)
def test_the_check_of_a_file_breaks_no_rule_of_accessibility(
    visitor: Visitor, axe: str, part: str, tmp_path: Path
) -> None:
    visitor.sign_in(COORDINATOR).open(f"/kien-giang/{part}")
    file = resources.AUDITS / "demonstration" / IMPORTS[part]
    if not file.exists():  # the page gives one itself
        answer = visitor.page.request.get(f"{visitor.address}/kien-giang/{part}/{IMPORTS[part]}")
        file = tmp_path / "sample.xlsx"
        file.write_bytes(answer.body())
    for screen, size in SIZES.items():
        visitor.size(**size)
        visitor.open(f"/kien-giang/{part}/import")
        visitor.page.locator("input[type=file]").set_input_files(file)
        visitor.page.locator("form.sheet-form button[type=submit]").first.click()
        visitor.page.wait_for_load_state()
        wrong = [*broken(visitor, axe), *too_wide(visitor, **size)]
        assert wrong == [], f"{screen}: {wrong}"


def test_every_page_belongs_to_a_part(visitor: Visitor) -> None:
    assert {part_of(rule) for rule in rules(visitor.app)} <= set(PARTS)
