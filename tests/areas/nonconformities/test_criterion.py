"""A criterion that is a rule on an indicator, with the published figures: set, judged, closed, reopened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from peewee import Database

from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.kpis import service_write as kpi_writing
from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.statements import service as statements
from qms.kernel import files, verify
from qms.kernel.errors import Refused
from qms.kernel.trail import TrailEntry, change
from tests.areas.nonconformities.story import EARLY, Story
from tests.areas.statements.samples import bring
from tests.cast import TODAY, Cast

HOME = "/our-agency/nonconformities"
Q1 = {"kpi": "digit_result", "kpi_value": Decimal(30), "kpi_from": "2024-Q1", "kpi_count": 1, "criterion": ""}
BOTH = {"kpi": "digit_both", "kpi_value": Decimal(28)}  # 29,82 % computed, 26,78 % published


@pytest.fixture
def story(cast: Cast, tmp_path: Path) -> Story:
    """The published figures are there."""
    files.configure(tmp_path / "files")
    bring(cast.actor("coordinator"), "kien-giang-2023", "kien-giang-2024-q1")
    return Story(cast, happened_on=date(2023, 12, 31))


def set_rule(story: Story, nc: Nonconformity, **values: Any) -> Nonconformity:
    sent = Q1 | {"reason": "Đổi cách đánh giá"} | values
    return service.write_part(story.cast.actor("leader"), nc.record.code, "criterion", sent)


def waiting(story: Story, **values: Any) -> str:
    """The code of one that waits for its effect to be verified by the rule."""
    nc = story.acting()
    set_rule(story, nc, effect_on=TODAY, **values)
    story.done(nc)
    with change(story.cast.system(), "done while the quarter ran"):
        for one in serving(nc.record_id):
            action = Action.locked(story.cast.system(), one.code)
            action.set({"ended_on": date(2021, 6, 1)})
            action.save()
    return nc.record.code


def places(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.where for reason in refused.value.reasons]


# ---------------------------------------------------------------- setting it


def test_the_rule_is_kept_with_its_trail_and_an_emptied_one_leaves_nothing(cast: Cast, story: Story) -> None:
    nc = story.acting()
    set_rule(story, nc)
    kept = story.read(nc)
    assert {name: kept.value(name) for name in Q1} == Q1
    entry = (
        TrailEntry.select().where(TrailEntry.record_id == nc.record_id).order_by(TrailEntry.id.desc()).get()
    )
    assert json.loads(entry.body)["changes"]["kpi_value"] == [None, "30"]
    nothing = {"kpi": "", "kpi_value": None, "kpi_from": "", "kpi_count": 1}
    with pytest.raises(Refused) as refused:
        set_rule(story, nc, **nothing)
    assert places(refused) == ["plan#criterion"]
    emptied = set_rule(story, nc, **nothing, criterion="Kiểm tra 10 hồ sơ")
    assert {emptied.value(name) for name in nothing} == {None}
    assert verify.verify([cast.ours.id]).intact


def test_a_described_check_and_a_rule_are_not_both_kept(story: Story) -> None:
    nc = story.acting()
    with pytest.raises(Refused) as refused:
        set_rule(story, nc, criterion="kiểm tra 10 hồ sơ")
    assert places(refused) == ["plan#criterion"]
    assert story.read(nc).kpi is None


def test_only_an_indicator_that_is_measured_here_is_chosen(cast: Cast, story: Story) -> None:
    nc = story.acting()
    with pytest.raises(Refused):
        set_rule(story, nc, kpi="nothing")
    kpi_writing.fire(cast.actor("coordinator"), "digit_result", "retire", reason="không theo dõi nữa")
    with pytest.raises(Refused) as refused:
        set_rule(story, nc)
    assert places(refused) == ["plan#kpi"]


def test_the_day_of_the_check_changes_though_the_indicator_is_no_longer_measured(
    cast: Cast, story: Story
) -> None:
    nc = story.acting()
    set_rule(story, nc)
    kpi_writing.fire(cast.actor("coordinator"), "digit_result", "retire", reason="không theo dõi nữa")
    assert set_rule(story, nc, effect_on=nc.record.due).effect_on == nc.record.due


# ---------------------------------------------------------------- closing


def test_missed_by_the_computed_and_met_by_the_published_rate_it_closes_with_a_reason_that_is_kept(
    cast: Cast, story: Story
) -> None:
    code = waiting(story)
    auditor = cast.actor("auditor")
    with pytest.raises(Refused) as refused:
        service.fire(auditor, code, "close")
    assert places(refused) == ["#close-reason"]
    why = "Mẫu số theo Biểu 06 là 4.451"
    row = service.fire(auditor, code, "close", reason=why)
    assert (row.record.state, row.effect_reason, row.verifier_id) == ("closed", why, auditor.person_id)
    entry = TrailEntry.select().where(TrailEntry.tag == "nonconformity.close").get()
    assert json.loads(entry.body)["reason"] == why
    assert verify.verify([cast.ours.id]).intact


def test_met_by_the_computed_and_missed_by_the_published_rate_needs_a_reason_too(
    cast: Cast, story: Story
) -> None:
    code = waiting(story, **BOTH)
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), code, "close")
    assert places(refused) == ["#close-reason"]
    assert service.fire(cast.actor("auditor"), code, "close", reason="số tính lại").record.state == "closed"


def test_met_by_both_it_closes_without_a_described_check(cast: Cast, story: Story) -> None:
    code = waiting(story, kpi_value=Decimal(29))
    row = service.fire(cast.actor("auditor"), code, "close")
    assert (row.record.state, row.effect_reason, row.effect_met) == ("closed", None, "yes")


def test_met_by_neither_it_is_only_sent_back(cast: Cast, story: Story) -> None:
    code = waiting(story, kpi_value=Decimal(50))
    auditor = cast.actor("auditor")
    with pytest.raises(Refused) as refused:
        service.fire(auditor, code, "close", reason="vẫn đóng")
    assert places(refused) == ["#effectiveness"]
    row = service.fire(auditor, code, "not_effective", reason="29,86%")
    assert (row.record.state, row.kpi, row.kpi_from) == ("contained", None, None)  # planned anew


def test_a_period_without_measurement_is_named_and_a_later_one_is_judged_once_it_is_there(
    cast: Cast, story: Story
) -> None:
    code = waiting(story, kpi_value=Decimal(20), kpi_count=2)
    auditor = cast.actor("auditor")
    with pytest.raises(Refused) as refused:
        service.fire(auditor, code, "close", reason="chưa có số")
    assert places(refused) == ["../../kpis/digit_result#measurements"]
    assert "Quý II/2024" in str(refused.value)


def test_a_withdrawn_statement_takes_the_verdict_with_it(cast: Cast, story: Story) -> None:
    code = waiting(story, kpi_value=Decimal(29))
    statements.fire(cast.actor("coordinator"), "2024-Q1", "withdraw", reason="nhầm tệp")
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), code, "close")
    assert places(refused) == ["../../kpis/digit_result#measurements"]


def test_a_rate_that_was_only_published_is_never_enough(cast: Cast, story: Story) -> None:
    bring(cast.actor("coordinator"), "vinh-phuc-2021-h1")
    code = waiting(
        replace(story, happened_on=date(2021, 1, 4)), kpi="on_time", kpi_value=Decimal(90), kpi_from="2021-H1"
    )
    with pytest.raises(Refused) as refused:
        service.fire(cast.actor("auditor"), code, "close", reason="98% đã công bố")
    assert places(refused) == ["../../kpis/on_time#measurements"]


def test_the_figures_on_which_it_was_closed_stay_on_the_record_when_they_are_revised(
    cast: Cast, story: Story
) -> None:
    code = waiting(story)
    described = {"effect_result": "Đã xem 20 hồ sơ.", "effect_met": "yes"}
    service.write_part(cast.actor("auditor"), code, "effectiveness", described)
    service.fire(cast.actor("auditor"), code, "close", reason="theo số đã công bố")
    statements.fire(cast.actor("coordinator"), "2024-Q1", "withdraw", reason="nhầm tệp")
    kept = Nonconformity.by_code(cast.ours.id, code)
    assert kept.effect_met == "yes"
    for said in ("Đã xem 20 hồ sơ.", "1.534 / 5.138 = 29,86%, không đạt tiêu chí", "34,46%, đạt tiêu chí"):
        assert said in kept.effect_result


def test_reopened_the_old_figures_prove_nothing_any_more(cast: Cast, story: Story) -> None:
    code = waiting(story)
    service.fire(cast.actor("auditor"), code, "close", reason="theo số đã công bố")
    row = service.fire(cast.actor("leader"), code, "reopen", reason="tái diễn")
    assert (row.kpi, row.kpi_value, row.kpi_from, row.kpi_count, row.effect_reason) == (None,) * 5


def test_the_indicators_are_read_for_closing_by_a_rule_alone(
    cast: Cast, story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = story.verifying().record.code
    by_rule = waiting(story)
    ran: list[str] = []
    run = type(database).execute_sql

    def counted(self: Database, sql: str, *args: Any, **options: Any) -> Any:
        ran.append(sql)
        return run(self, sql, *args, **options)

    monkeypatch.setattr(type(database), "execute_sql", counted)
    answer = {"effect_result": "đạt", "effect_met": "yes"}
    service.write_part(cast.actor("auditor"), described, "effectiveness", answer)
    service.fire(cast.actor("auditor"), described, "close", reason=EARLY)
    service.fire(cast.actor("auditor"), by_rule, "not_effective", reason="không")
    assert [sql for sql in ran if "kpi_definition" in sql] == []


# ---------------------------------------------------------------- the pages


def test_the_page_shows_both_rates_with_their_verdicts_and_why_they_differ(
    visit: Callable[..., FlaskClient], story: Story
) -> None:
    text = visit("auditor").get(f"{HOME}/{waiting(story)}").text
    section = text[text.index('id="effectiveness"') : text.index('id="common"')]
    for part in ("1.534 / 5.138", "29,86%", "34,46%", "trên 4.451", "không đạt tiêu chí"):
        assert part in section
    assert 'href="/our-agency/kpis/digit_result"' in section
    assert 'href="/our-agency/statements/2024-Q1"' in section
    asked = text[text.index("/fire/close") :]
    assert re.search(r'<textarea[^>]*id="close-reason"[^>]*required', asked)
    assert "theo số tính lại thì tiêu chí không đạt, theo số đã công bố thì tiêu chí đạt" in asked


def test_a_missing_period_is_said_on_the_page_with_the_way_to_where_it_is_measured(
    visit: Callable[..., FlaskClient], story: Story
) -> None:
    browser = visit("auditor")
    browser.get("/language/en")
    text = browser.get(f"{HOME}/{waiting(story, kpi_count=2)}").text
    assert "has no measurement for Quarter II/2024" in text
    assert text.count('/kpis/digit_result#measurements"') == 2  # what stands in the way, and the period's row
    assert "/fire/close" not in text


def test_a_post_without_the_reason_is_refused_and_the_reason_is_shown_on_the_record(
    visit: Callable[..., FlaskClient], story: Story
) -> None:
    page, auditor = f"{HOME}/{waiting(story)}", visit("auditor")
    assert auditor.post(f"{page}/fire/close").status_code == 409
    assert auditor.post(f"{page}/fire/close", data={"reason": "theo Biểu 06"}).status_code == 303
    text = auditor.get(page).text
    section = text[text.index('id="effectiveness"') : text.index('id="common"')]
    assert "theo Biểu 06" in section


def test_the_form_of_the_plan_takes_the_rule_as_people_type_it(
    visit: Callable[..., FlaskClient], story: Story
) -> None:
    nc = story.analysed()
    address, staff = f"{HOME}/{nc.record.code}/plan", visit("staff")
    assert "digit_result: " in staff.get(address).text
    sent = {
        "criterion": "",
        "kpi": "digit_result",
        "kpi_value": "30,5",
        "kpi_from": "2024-Q1",
        "kpi_count": "2",
    }
    bad = staff.post(address, data=sent | {"kpi_from": "quý 1", "version": story.read(nc).record.version})
    assert (bad.status_code, "quý 1" in bad.text, "30,5" in bad.text) == (409, True, True)
    good = staff.post(address, data=sent | {"version": story.read(nc).record.version})
    assert good.status_code == 303
    kept = story.read(nc)
    assert (kept.kpi, kept.kpi_value, kept.kpi_from, kept.kpi_count) == (
        "digit_result", Decimal("30.5"), "2024-Q1", 2,
    )  # fmt: skip
    again = staff.get(address).text
    assert '<option selected value="2">2</option>' in again
