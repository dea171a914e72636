"""The served application as a whole: nothing is open by forgetting, every page compiles, it stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import TemplateSyntaxError

from qms import resources
from tests.imports import ROOT

TEMPLATES = sorted(p.relative_to(resources.TEMPLATES).as_posix() for p in resources.TEMPLATES.rglob("*.html"))
HEAVY = (
    "pandas",
    "numpy",
    "docx",
    "docxtpl",
    "matplotlib",
    "xlsxwriter",
    "pyarrow",
    "python_calamine",
    "holidays",
)

# A process of its own, since the tests have imported these long ago.
SERVE = """
import sys
from pathlib import Path
from qms.kernel import trail
from tests import application, databases
trail.configure_keys("a trail key for the tests, of more than 32 characters")
url = databases.Sqlite(Path(sys.argv[1])).prepared(databases.CAST)
from qms.kernel import db
from qms.kernel.people import Person
app = application.make(Path(sys.argv[1]), "a trail key for the tests, of more than 32 characters")
with application.bound(app, db.configure(f"sqlite:///{url}"), Path(sys.argv[1])):
    with db.connected():
        person = Person.get(Person.email == "coordinator@example.org")
    browser = application.visitor(app, person)
    statuses = {path: browser.get(path).status_code for path in ("/our-agency/", "/our-agency/actions")}
assert set(statuses.values()) == {200}, statuses
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_every_endpoint_declares_what_it_needs(app: Flask) -> None:
    from qms.web.shell import needed

    assert [rule.rule for rule in app.url_map.iter_rules() if needed(app, rule.endpoint) is None] == []


def test_no_agency_can_be_called_like_an_address_of_the_shell(app: Flask) -> None:
    from qms.kernel.organisations import _SLUG, RESERVED_SLUGS

    words = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert {word for word in words if _SLUG.fullmatch(word)} <= RESERVED_SLUGS


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_compiles(app: Flask, template: str) -> None:
    try:
        app.jinja_env.get_template(template)
    except TemplateSyntaxError as error:
        pytest.fail(f"{template}:{error.lineno}: {error.message}", pytrace=False)


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_needs_what_the_content_security_policy_forbids(template: str) -> None:
    text = (resources.TEMPLATES / template).read_text("utf-8")
    assert [
        word for word in (" style=", "<style", " onclick=", " onchange=", "javascript:") if word in text
    ] == []


def test_serving_pages_imports_no_table_and_no_document_package(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert set(answer.stdout.split()) & set(HEAVY) == set()
