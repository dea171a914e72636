"""What all forms share: a refusal is shown on the form, and no field hides what the form itself knows."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from wtforms.fields.core import UnboundField

from qms.kernel.errors import Obstacle, Refused
from qms.web.forms import Form, line

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
