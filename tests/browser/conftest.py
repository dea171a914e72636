"""The demonstration, served for tests in a browser: each test gets a copy of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from qms import areas
from qms.kernel import db, trail
from qms.kernel.people import Person
from qms.kernel.text import _
from tests import application, demonstrated
from tests.conftest import TRAIL_KEY

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 8_000  # milliseconds that an action of the browser may take


@dataclass(frozen=True)
class Visitor:
    """A browser on the served demonstration; labels are given as the messages that the pages show."""

    page: Page
    address: str
    app: Flask

    def sign_in(self, email: str) -> Visitor:
        """Be that person from now on, without the detour over the form."""
        with db.connected():
            person = Person.get(Person.email == email)
        cookie = application.visitor(self.app, person).get_cookie("session")
        assert cookie is not None
        self.page.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])
        return self

    def open(self, path: str) -> int:
        """Go to a path of the application; the status of the answer."""
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        return answer.status

    def size(self, width: int, height: int) -> None:
        """Make the screen so many pixels wide and high."""
        self.page.set_viewport_size({"width": width, "height": height})

    def fill(self, **values: str) -> None:
        """Fill fields of the form by name; a choice by what it shows."""
        for name, value in values.items():
            field = self.page.locator(f"form [name={name}]:visible").last
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def press(self, label: str, **params: Any) -> None:
        """Press the button of that message."""
        self.page.get_by_role("button", name=str(_(label, **params)), exact=True).last.click()

    def save(self) -> None:
        """Send the page's form."""
        self.page.locator("form.sheet-form button[type=submit]").first.click()

    def step(self, label: str, **values: str) -> None:
        """Take a step of the record's machine; `values` are what it asks for."""
        if values:
            self.page.locator("details.ask summary", has_text=str(_(label))).first.click()
            self.fill(**values)
            self.page.locator("details.ask[open] form button[type=submit]").first.click()
        else:
            self.press(label)

    def follow(self, label: str, **params: Any) -> None:
        """Follow the first link of that message."""
        self.page.get_by_role("link", name=str(_(label, **params))).first.click()

    def state(self) -> Locator:
        """Where the record stands in the line of its steps."""
        return self.page.locator("[aria-current=step] .step-label")

    def text(self) -> str:
        """Everything that the page says."""
        return self.page.locator("main").inner_text()


@pytest.fixture(scope="session")
def _demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trail.configure_keys(TRAIL_KEY)
    areas.load()
    return demonstrated.make(tmp_path_factory.mktemp("demonstration"), TRAIL_KEY)


@pytest.fixture
def served(_application: Flask, _demonstration: Path, tmp_path: Path) -> Iterator[str]:
    """Address of the served demonstration, with CSRF on; the test's own copy."""
    with (
        demonstrated.copied(_demonstration, tmp_path, TRAIL_KEY),
        application.bound(_application, db.database.obj, tmp_path, csrf=True),
        application.serving(_application) as address,
    ):
        yield address


@pytest.fixture
def visitor(served: str, _application: Flask, page: Page) -> Visitor:
    """A browser on the served demonstration, in which nobody has signed in."""
    page.set_default_timeout(PATIENCE)
    return Visitor(page, served, _application)
