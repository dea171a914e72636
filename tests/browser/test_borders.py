"""Two agencies in one installation: nothing of the one can be seen from the other (walk 13)."""

from __future__ import annotations

import re

import pytest
from peewee import fn

from qms.kernel import db
from qms.kernel.area import kinds
from qms.kernel.files import Attachment
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person
from qms.kernel.records import Record
from tests import application
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
STRANGER = "coordinator@vinh-phuc.example"


def theirs() -> list[Record]:
    """Every record of the agency that the stranger does not belong to."""
    return list(Record.select().where(Record.organisation == Organisation.by_slug("kien-giang").id))


def test_lists_search_and_notices_show_the_own_agency_only(visitor: Visitor) -> None:
    with db.connected():
        codes = {r.code for r in theirs() if r.number}
        areas = sorted({model.area for model in kinds().values()})
    visitor.sign_in(STRANGER)
    for path in ("", *areas, "search?q=so+hoa", "search?q=NC-2023-006", "calendar", "notifications", "trail"):
        assert visitor.open(f"/vinh-phuc/{path}") == 200
        rows = visitor.page.locator("main a").all_inner_texts()
        assert not codes & set(re.findall(r"[A-Z]{2}-\d{4}-\d{3}", " ".join(rows))), path
    visitor.open("/vinh-phuc/nonconformities")
    assert "NC-2021-001" in visitor.text()


def test_another_agencys_pages_are_not_found_as_if_there_were_none(visitor: Visitor) -> None:
    visitor.sign_in(STRANGER)
    answers = set()
    for path in ("/kien-giang/", "/no-such-agency/", "/kien-giang/nonconformities/NC-2023-006"):
        answers.add((visitor.open(path), re.sub(r"kien-giang|no-such-agency", "", visitor.text())))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


def test_no_guessed_address_crosses_the_border(visitor: Visitor) -> None:
    with db.connected():
        codes = {model.area: set() for model in kinds().values()}  # type: ignore[var-annotated]
        for record in theirs():
            codes[kinds()[record.kind].area].add(record.code)
        file = Attachment.select().where(Attachment.organisation_id == theirs()[0].organisation_id).first()
        own = Organisation.by_slug("vinh-phuc").id
        shared = {r.code for r in Record.select().where(Record.organisation == own)}
        before = (Record.select().count(), Record.select(fn.SUM(Record.version)).scalar())
        person = application.visitor(visitor.app, _stranger())
    for area, found in codes.items():
        for code in found:
            tried = [f"/kien-giang/{area}/{code}"]
            tried += [] if code in shared else [f"/vinh-phuc/{area}/{code}", f"/vinh-phuc/{area}/{code}/edit"]
            assert {person.get(path).status_code for path in tried} == {404}, tried
    for path in (
        "/kien-giang/nonconformities.xlsx",
        "/kien-giang/nonconformities.csv",
        "/kien-giang/trail.csv",
        f"/kien-giang/evidence/{file.id}/{file.name}",
        f"/vinh-phuc/evidence/{file.id}/{file.name}",
        "/vinh-phuc/reviews/MR-2024-001/documents/review-minutes",
    ):
        assert person.get(path).status_code == 404, path
    visitor.sign_in(STRANGER).open("/vinh-phuc/nonconformities/new")
    token = visitor.page.locator("[name=csrf_token]").first.input_value()
    statuses = {
        visitor.page.request.post(
            f"{visitor.address}/{slug}/nonconformities/NC-2023-003/fire/approve_plan",
            form={"csrf_token": token, "version": "1"},
            headers={"Referer": visitor.address},
        ).status
        for slug in ("kien-giang", "vinh-phuc")
    }
    assert statuses == {404}
    with db.connected():
        assert before == (Record.select().count(), Record.select(fn.SUM(Record.version)).scalar())


def _stranger() -> Person:
    return Person.get(Person.email == STRANGER)


def test_one_who_oversees_reads_both_and_writes_nowhere(visitor: Visitor) -> None:
    visitor.sign_in("overseer@province.example").open("/")
    assert {"Sở Tư pháp Kiên Giang", "Sở Tư pháp Vĩnh Phúc"} <= set(
        re.findall(r"Sở Tư pháp (?:Kiên Giang|Vĩnh Phúc)", visitor.text())
    )
    assert visitor.open("/kien-giang/nonconformities/NC-2023-003") == 200
    assert visitor.page.locator("section.next").count() == 0
    assert visitor.open("/kien-giang/nonconformities/NC-2023-003/edit") == 403
