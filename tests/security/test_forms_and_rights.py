"""A form is drawn for nobody whose answer would be forbidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms import areas
from qms.kernel import area
from tests.cast import OURS, ROLES, Cast
from tests.one_of_each import one_of_each

Visit = Callable[..., FlaskClient]


def forms_of(app: Flask, name: str) -> list[str]:
    """The addresses of an area that show a form and take its answer, on a record where they name one."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(f"/<org>/{name}/")]
    both = [rule.rule for rule in rules if {"GET", "POST"} <= (rule.methods or set())]
    return [
        rule
        for rule in both
        if not set(rule.split("<")[2:]) - {s for s in rule.split("<") if s[:4] == "code"}
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", areas.AREAS)
def test_whoever_sees_a_form_may_answer_it(
    app: Flask, visit: Visit, cast: Cast, name: str, role: str
) -> None:
    kinds = {kind.kind for kind in area.kinds().values() if kind.area == name}
    browser = visit(role)
    for path in one_of_each(cast):
        for rule in forms_of(app, name) if path.kind in kinds else ():
            address = rule.replace("<org>", OURS).replace("<code>", path.code)
            seen = browser.get(address).status_code
            answered = browser.post(address, data={"version": "1"}).status_code
            assert (seen in (403, 404)) == (answered in (403, 404)), f"{address}: {seen}, {answered}"


def test_a_step_that_does_not_exist_is_not_found_and_one_without_the_right_is_forbidden(
    visit: Visit, cast: Cast
) -> None:
    one_of_each(cast)
    assert visit("coordinator").post(f"/{OURS}/actions/AC-2024-001/fire/nosuchstep").status_code == 404
    assert visit("overseer").post(f"/{OURS}/actions/AC-2024-001/fire/verify").status_code == 403
