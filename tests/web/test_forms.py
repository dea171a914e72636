"""What all forms share: a refusal is shown on the form, and no field hides what the form itself knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from wtforms.fields.core import UnboundField

from qms.areas.nonconformities.service import open_nc
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.records import Record
from qms.kernel.trail import TrailHead
from qms.web.forms import Form, clean, line
from tests.areas.nonconformities.story import Story, finding
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]

OWN = {"made", "refused", "obstacles", "status", "values", "carries_out"}


class Titled(Form):
    """One field."""

    title = line("Tên", needed=False)  # type: ignore[arg-type]


def _all(of: type[Form]) -> Iterator[type[Form]]:
    for form in of.__subclasses__():
        yield form
        yield from _all(form)


def test_no_field_of_any_form_is_called_like_what_the_form_itself_knows(app: Flask) -> None:
    names = {
        (f.__name__, n) for f in _all(Form) for n in OWN if isinstance(getattr(f, n, None), UnboundField)
    }
    assert names == set()


def test_a_refusal_stands_beside_its_field_or_above_all_and_answers_409(app: Flask) -> None:
    def refuse() -> None:
        raise Refused([Obstacle("tên đã dùng", "edit#title"), Obstacle("đã đóng", "#state")])

    with app.test_request_context("/", method="POST", data={"title": "của tôi"}):
        form = Titled()
        assert not form.carries_out(refuse)
        assert form.status == 409
        assert form.title.errors == ["tên đã dùng"]  # type: ignore[attr-defined]
        assert [o.where for o in form.obstacles] == ["#state"]
        assert form.title.data == "của tôi"  # type: ignore[attr-defined]


def test_what_the_saving_made_is_at_hand_and_a_form_that_was_not_sent_makes_nothing(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"title": "x"}):
        form = Titled()
        assert form.carries_out(lambda: "made")
        assert (form.made, form.status) == ("made", 200)
    with app.test_request_context("/"):
        assert not Titled().carries_out(lambda: "made")


@pytest.mark.parametrize("nothing", ["\ufffe", "\uffff", "\U0010fffe\ufdd0", " \x07\ufeff\u200b "])
def test_what_shows_nothing_is_no_title(app: Flask, nothing: str) -> None:
    assert clean(nothing) == ""
    with app.test_request_context("/", method="POST", data={"title": nothing}):
        form = Titled()
        form.validate()
        assert form.values()["title"] == ""


# ---------------------------------------------------------------- what fields and rules say, at once


def test_what_fields_and_rules_say_of_a_new_nonconformity_comes_at_once_and_nothing_is_written(
    visit: Visit, cast: Cast
) -> None:
    heads = list(TrailHead.select().order_by(TrailHead.chain).dicts())
    sent = {
        "title": "", "grade": "minor", "source_kind": "inspection", "source_body": "", "source_ref": "",
        "edition": "2015", "happened_on": "2024-05-20", "due": "2024-05-01", "clauses": "99.9", "description": "",
    }  # fmt: skip
    answer = visit("coordinator").post(f"/{OURS}/nonconformities/new", data=sent)
    assert answer.status_code == 422
    bad = set(re.findall(r'id="(\w+)-error"', answer.text))
    assert {"title", "happened_on", "due", "clauses", "source_body"} <= bad
    assert answer.text.count('id="title-error"') == 1
    assert list(TrailHead.select().order_by(TrailHead.chain).dicts()) == heads
    assert not Record.select().exists()


def test_an_action_for_a_nonconformity_answers_likewise(visit: Visit, cast: Cast) -> None:
    code = open_nc(cast.actor("coordinator"), finding(cast)).record.code
    sent = {"title": "", "sort": "corrective", "owner": "", "unit": "", "due": "2024-01-01"}
    for address in (f"nonconformities/{code}/actions/new", "actions/new"):
        answer = visit("coordinator").post(f"/{OURS}/{address}", data=sent)
        assert {"title", "due"} <= set(re.findall(r'id="(\w+)-error"', answer.text))
    assert Record.select().count() == 1


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "9" * 30, "2024-13-45"])
def test_whatever_is_typed_into_a_new_record_is_answered(
    app: Flask, visit: Visit, cast: Cast, typed: str
) -> None:
    addresses = [
        str(rule).replace("<org>", OURS)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/<org>/") and str(rule).endswith("/new") and str(rule).count("<") == 1
    ]
    assert len(addresses) > 5
    for part in ("coordinator", "leader", "unit_head"):
        browser = visit(part)
        for address in addresses:
            names = re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', browser.get(address).text)
            sent = dict.fromkeys(set(names) - {"csrf_token", "once"}, typed)
            assert browser.post(address, data=sent | {"title": ""}).status_code < 500
    assert not Record.select().exists()


@pytest.mark.parametrize("typed", ["", "x", "-1", "9" * 30, "2024-13-45"])
def test_whatever_is_typed_into_a_part_of_a_record_is_answered(visit: Visit, cast: Cast, typed: str) -> None:
    """Nothing of it is kept where a field is filled in badly."""
    code = Story(cast).contained().record.code
    browser = visit("unit_head")
    for part in ("edit", "correction", "analysis", "plan"):
        address = f"/{OURS}/nonconformities/{code}/{part}"
        page = browser.get(address).text
        names = re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page)
        version = re.search(r'name="version" value="(\d+)"', page)
        sent = dict.fromkeys(set(names) - {"csrf_token", "once"}, typed)
        before = TrailHead.select().order_by(TrailHead.chain.desc()).get().mac
        answer = browser.post(address, data=sent | {"version": version[1] if version else ""})
        assert answer.status_code in (303, 409, 422)
        if answer.status_code != 303:
            assert TrailHead.select().order_by(TrailHead.chain.desc()).get().mac == before
