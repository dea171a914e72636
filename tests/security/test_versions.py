"""Whatever is edited by a form names the version it was opened on: nothing is overwritten unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.areas.kpis import service_write
from qms.areas.reviews import service as reviews
from qms.kernel.trail import TrailHead
from tests.areas.cases.story import apologised, late
from tests.areas.nonconformities.story import Story
from tests.areas.objectives.test_service import drafted
from tests.areas.objectives.test_service import ready as ready
from tests.areas.reviews.meeting import Meeting
from tests.areas.scope.test_service import CODE, added
from tests.cast import OURS, Cast

Visit = Callable[..., FlaskClient]
OF_ONES_OWN = "account.edit"  # nobody else edits it


def _action(cast: Cast) -> str:
    return f"actions/{Story(cast).action(Story(cast).analysed().record.code).record.code}/edit"


def _document(cast: Cast) -> str:
    from qms.areas.documents import service

    service.add_document(cast.actor("coordinator"), {"code": "QT-01", "title": "Quy trình"})
    return "documents/QT-01/edit"


def _kpi(cast: Cast) -> str:
    values = {"code": "satisfaction", "title": "Hài lòng", "numerator": "phiếu hài lòng", "denominator": "số phiếu",
              "direction": "up", "unit": "%", "period_length": "year", "source": ""}  # fmt: skip
    service_write.define(cast.actor("coordinator"), values)
    return "kpis/satisfaction/edit"


def _scope(cast: Cast) -> str:
    added(cast)
    return f"scope/{CODE}/edit"


def _nc(part: str) -> Callable[[Cast], str]:
    def path(cast: Cast) -> str:
        story = Story(cast)
        as_far_as = {"effectiveness": story.verifying, "check": story.verifying, "criterion": story.acting}
        row = as_far_as.get(part, story.analysed)()
        return f"nonconformities/{row.record.code}/{part}"

    return path


def _review(part: str) -> Callable[[Cast], str]:
    def path(cast: Cast) -> str:
        meeting = Meeting(cast)
        review = meeting.held() if part == "number" else meeting.ready()
        numbers = {
            "attendants": reviews.attendants(review)[0].id,
            "outputs": reviews.outputs(review)[0].id,
        }
        return f"reviews/{review.record.code}/{part}".format(**numbers)

    return path


def _case(cast: Cast) -> str:
    return f"cases/{late(cast).record.code}/edit"


def _letter(cast: Cast) -> str:
    return f"cases/{apologised(cast).record.code}/letter"


# endpoint -> where it is: makes the record and gives its address below the organisation
EDITED: dict[str, Callable[[Cast], str]] = {
    "actions.edit": _action,
    "cases.edit": _case,
    "cases.letter": _letter,
    "documents.edit": _document,
    "kpis.edit": _kpi,
    "scope.edit": _scope,
    "objectives.edit": lambda cast: f"objectives/{drafted(cast)}/edit",
    "nonconformities.edit": _nc("edit"),
    "nonconformities.correction_edit": _nc("correction"),
    "nonconformities.analysis_edit": _nc("analysis"),
    "nonconformities.plan_edit": _nc("plan"),
    "nonconformities.criterion_edit": _nc("criterion"),
    "nonconformities.check_edit": _nc("check"),
    "nonconformities.effectiveness_edit": _nc("effectiveness"),
    "reviews.edit": _review("edit"),
    "reviews.input_edit": _review("inputs/b"),
    "reviews.minutes_edit": _review("minutes"),
    "reviews.number_edit": _review("number"),
    "reviews.attendance_edit": _review("attendance"),
    "reviews.attendant_edit": _review("attendants/{attendants}"),
    "reviews.attendant_withdraw": _review("attendants/{attendants}/withdraw"),
    "reviews.output_edit": _review("outputs/{outputs}"),
    "reviews.output_withdraw": _review("outputs/{outputs}/withdraw"),
    "settings.agency_edit": lambda _cast: "settings/agency",
    "settings.edit": lambda cast: f"settings/units/{cast.units['HT'].id}",
}
# who edits where the coordinator may not
EDITORS = {"reviews.number_edit": "records", "nonconformities.criterion_edit": "leader"}


def test_every_form_that_edits_is_among_those_tried(app: Flask) -> None:
    posted = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    edits = {name for name in posted if name.endswith("edit")} - {OF_ONES_OWN}
    assert edits <= set(EDITED) <= posted


def filled(html: str) -> dict[str, str]:
    """Name -> value of the page's form as a browser would send it unchanged; gaps that must be filled are filled."""
    form = re.search(r'<form[^>]*class="sheet-form">(.*?)</form>', html, re.DOTALL)
    assert form is not None
    sent = {}
    for tag, name in re.findall(r'(<(?:input|textarea)[^>]*?name="([^"]+)"[^>]*>)', form[1]):
        value = re.search(r'value="([^"]*)"', tag)
        sent[name] = unescape(value[1]) if value else ""
        if not sent[name] and " required" in tag:
            sent[name] = "2024-04-15" if 'type="date"' in tag else "x"
    for name, text in re.findall(
        r'<textarea[^>]*?name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form[1], re.DOTALL
    ):
        sent[name] = unescape(text) or sent[name]
    for tag, name, options in re.findall(
        r'(<select[^>]*?name="([^"]+)"[^>]*>)(.*?)</select>', form[1], re.DOTALL
    ):
        chosen = re.findall(r'<option selected value="([^"]*)"', options)
        offered = [one for one in re.findall(r'value="([^"]*)"', options) if one]
        sent[name] = unescape(next(filter(None, chosen), "") or (offered[-1] if " required" in tag else ""))
    return sent


@pytest.mark.parametrize("endpoint", EDITED)
def test_a_form_sent_without_its_version_is_refused_and_writes_nothing(
    visit: Visit, ready: Cast, endpoint: str
) -> None:
    path = f"/{OURS}/{EDITED[endpoint](ready)}"
    client = visit(EDITORS.get(endpoint, "coordinator"))
    sent = {} if endpoint.endswith("withdraw") else filled(client.get(path).text)
    before = list(TrailHead.select().order_by(TrailHead.chain).tuples())
    for version in (None, "", "x"):
        without = {name: value for name, value in sent.items() if name != "version"}
        answer = client.post(path, data=without | ({} if version is None else {"version": version}))
        assert answer.status_code == 400, answer.text
    assert list(TrailHead.select().order_by(TrailHead.chain).tuples()) == before
    if not endpoint.endswith("withdraw"):
        assert client.post(path, data=sent).status_code in (303, 409)  # with it, the rules decide
