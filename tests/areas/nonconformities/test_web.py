"""The pages of nonconformities, as each role of the cast sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from peewee import Database

from qms.areas.nonconformities import service
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import clock
from tests.areas.nonconformities.story import Story, finding
from tests.cast import Cast

HOME = "/our-agency/nonconformities"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def typed(cast: Cast, **values: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent = finding(cast, **values)
    return {
        name: value.isoformat() if isinstance(value, date) else value or "" for name, value in sent.items()
    }


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize(
    "part", ["coordinator", "leader", "unit_head", "auditor", "staff", "records", "inspector", "overseer"]
)
def test_who_works_or_reads_here_sees_list_and_record(visit: Visit, story: Story, part: str) -> None:
    code = story.opened().record.code
    browser = visit(part)
    assert code in browser.get(HOME).text
    assert browser.get(f"{HOME}/{code}").status_code == 200


def test_the_administrator_sees_no_nonconformity(visit: Visit, story: Story) -> None:
    assert visit("admin").get(f"{HOME}/{story.opened().record.code}").status_code in (403, 404)


def test_another_organisation_finds_nothing_at_any_address(visit: Visit, story: Story) -> None:
    record = story.opened().record
    code = record.code
    browser = visit("stranger")
    for path in (
        "",
        f"/{code}",
        f"/{code}/edit",
        f"/{code}/analysis",
        f"/{code}/actions/new",
        "/proposals",
        ".csv",
    ):
        assert browser.get(HOME + path).status_code == 404, path
        answer = browser.get(f"/their-agency/nonconformities{path}")
        assert record.title not in answer.text, path
    assert browser.post(f"/their-agency/nonconformities/{code}/fire/contain").status_code == 404


def test_nobody_sees_anything_without_signing_in(visit: Visit, story: Story) -> None:
    code = story.opened().record.code
    assert visit().get(f"{HOME}/{code}").status_code == 302


@pytest.mark.parametrize("part", ["records", "inspector", "overseer"])
def test_who_may_not_open_one_cannot_post_it_either(visit: Visit, cast: Cast, part: str) -> None:
    assert visit(part).post(f"{HOME}/new", data=typed(cast)).status_code == 403
    assert Nonconformity.select().count() == 0


# ---------------------------------------------------------------- opening


def test_the_coordinator_opens_one_and_lands_on_it(visit: Visit, cast: Cast) -> None:
    answer = visit("coordinator").post(f"{HOME}/new", data=typed(cast, clauses="10.2"), follow_redirects=True)
    assert answer.status_code == 200
    assert answer.request.path == f"{HOME}/NC-2024-001"
    assert "10.2 (2015)" in answer.text


def test_one_opened_from_a_record_begins_with_it_and_is_tied_to_it(
    visit: Visit, cast: Cast, story: Story
) -> None:
    code = story.opened().record.code
    browser = visit("coordinator")
    source = f"nonconformities/{code}"
    assert f'value="{source}"' in browser.get(f"{HOME}/new?source={source}").text
    answer = browser.post(f"{HOME}/new", data=typed(cast, source=source), follow_redirects=True)
    assert f'href="{HOME}/{code}"' in answer.text
    assert browser.get(f"{HOME}/new?source=nonconformities/NC-1999-001").status_code == 404


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each(visit: Visit, cast: Cast) -> None:
    sent = typed(cast, title="", happened_on="31/02/2024", description="đã gõ")
    answer = visit("coordinator").post(f"{HOME}/new", data=sent)
    assert answer.status_code == 422
    assert "đã gõ" in answer.text
    assert "#title" in answer.text
    assert "#happened_on" in answer.text


def test_a_closed_nonconformity_opens_no_form_and_keeps_what_is_sent_to_one(
    visit: Visit, story: Story
) -> None:
    code = story.closed().record.code
    browser = visit("coordinator")
    for rest in ("edit", "correction", "analysis", "plan", "effectiveness"):
        answer = browser.get(f"{HOME}/{code}/{rest}")
        assert (rest, answer.status_code, "đã đóng" in answer.text) == (rest, 409, True)
    sent = browser.post(f"{HOME}/{code}/correction", data={"correction": "đã gõ", "version": "99"})
    assert (sent.status_code, "đã gõ" in sent.text) == (409, True)


def test_what_a_rule_refuses_is_said_beside_its_field_and_nothing_typed_is_lost(
    visit: Visit, cast: Cast
) -> None:
    sent = typed(cast, clauses="99.9", description="đã gõ", due=date(2023, 1, 1))
    answer = visit("coordinator").post(f"{HOME}/new", data=sent)
    assert answer.status_code == 409
    assert "đã gõ" in answer.text
    assert 'href="#clauses"' in answer.text
    assert 'href="#due"' in answer.text
    assert Nonconformity.select().count() == 0


def test_a_text_of_200000_characters_is_refused_with_the_limit_named(visit: Visit, cast: Cast) -> None:
    answer = visit("coordinator").post(f"{HOME}/new", data=typed(cast, description="ộ" * 200_000))
    assert answer.status_code == 422
    assert "20000" in answer.text.replace(".", "")
    assert Nonconformity.select().count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("owner", "999999"), ("unit", "7x"), ("grade", "grave"), ("edition", "1994"), ("due", "2024-13-40")],
)
def test_a_forged_value_is_refused_as_a_page(visit: Visit, cast: Cast, field: str, value: str) -> None:
    assert visit("coordinator").post(f"{HOME}/new", data=typed(cast) | {field: value}).status_code == 422
    assert Nonconformity.select().count() == 0


# ---------------------------------------------------------------- list


@pytest.mark.parametrize(
    "query",
    ["state=zzz", "owner=abc", "unit=-1", "due=soon", "sort=colour", "after=x~y", "grade=grave", "happened=2024-Q9",
     "ended=abc", "open_on=31/12/2023"],
)  # fmt: skip
def test_a_filter_value_that_cannot_be_read_is_named(visit: Visit, query: str) -> None:
    answer = visit("leader").get(f"{HOME}?{query}")
    assert answer.status_code == 400
    name, _sign, value = query.partition("=")
    assert name == "after" or (value in answer.text and name in answer.text)


def test_the_filters_narrow_the_list(visit: Visit, story: Story) -> None:
    major = story.opened(grade="major", happened_on=date(2023, 5, 1)).record.code
    minor = story.opened().record.code
    browser = visit("leader")
    for query, found in {
        "grade=major": {major},
        "happened=2023": {major},
        "happened=2024-Q2": {minor},
        "open_on=2023-12-31": {major},
        "ended=2024": set(),
        "q=so hoa": {major, minor},
        "owner=me": set(),
    }.items():
        text = browser.get(f"{HOME}?{query}").text
        assert {code for code in (major, minor) if f"{HOME}/{code}" in text} == found, query


def _statements(database: Database, do: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements run by `do`."""
    ran: list[str] = []
    with monkeypatch.context() as patch:
        run = type(database).execute_sql

        def counted(self: Database, sql: str, *args: Any, **options: Any) -> Any:
            ran.append(sql)
            return run(self, sql, *args, **options)

        patch.setattr(type(database), "execute_sql", counted)
        do()
    return ran


def test_the_list_asks_as_many_questions_for_500_as_for_5(
    visit: Visit, cast: Cast, story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visit("coordinator")
    for _index in range(5):
        story.opened()
    few = _statements(database, lambda: browser.get(HOME), monkeypatch)
    for _index in range(495):
        story.opened()
    many = _statements(database, lambda: browser.get(HOME), monkeypatch)
    assert len(many) <= len(few) + 1  # beyond one page the rows are counted
    assert len(many) <= 20
    rows = [sql for sql in many if "LIMIT" in sql and '"title"' in sql]
    assert len(rows) == 1
    assert "description" not in rows[0]


def test_one_step_takes_at_most_12_statements(
    cast: Cast, story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = story.opened().record.code
    actor = cast.actor("coordinator")
    texts = {"correction": "đã sửa", "consequences": "không"}
    service.write_part(actor, code, "correction", texts)
    ran = _statements(database, lambda: service.fire(actor, code, "contain"), monkeypatch)
    assert len(ran) <= 12, "\n".join(ran)


def test_the_record_asks_as_many_questions_for_20_actions_as_for_2(
    visit: Visit, story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nc = story.acting(actions=2)
    address, browser = f"{HOME}/{nc.record.code}", visit("leader")
    few = _statements(database, lambda: browser.get(address), monkeypatch)
    for _index in range(18):
        story.action(nc.record.code)
    many = _statements(database, lambda: browser.get(address), monkeypatch)
    assert len(many) == len(few), "\n".join(many)


# ---------------------------------------------------------------- record, parts, actions


def test_the_page_says_what_is_missing_and_links_to_where_it_is_mended(visit: Visit, story: Story) -> None:
    code = story.opened().record.code
    text = visit("coordinator").get(f"{HOME}/{code}").text
    assert f'href="{HOME}/{code}/correction#correction"' in text
    assert f'href="{HOME}/{code}/correction#consequences"' in text


def test_a_part_is_written_on_its_own_form(visit: Visit, story: Story) -> None:
    nc = story.opened()
    address = f"{HOME}/{nc.record.code}/correction"
    browser = visit("staff")
    assert browser.get(address).status_code == 200
    sent = {"correction": "đã quét bổ sung", "consequences": "không", "version": nc.record.version}
    assert "đã quét bổ sung" in browser.post(address, data=sent, follow_redirects=True).text


def test_a_part_saved_by_two_shows_both_versions_and_keeps_mine(visit: Visit, story: Story) -> None:
    nc = story.opened()
    address = f"{HOME}/{nc.record.code}/correction"
    first = {"correction": "của trưởng phòng", "consequences": "không", "version": nc.record.version}
    mine = first | {"correction": "của chuyên viên"}
    visit("unit_head").post(address, data=first)
    browser = visit("staff")
    answer = browser.post(address, data=mine)
    assert answer.status_code == 409
    assert "của trưởng phòng" in answer.text
    assert "của chuyên viên" in answer.text
    again = browser.post(
        address, data={"correction": "của chuyên viên", "consequences": "không", "again": "1"}
    )
    assert again.status_code == 200
    assert "của chuyên viên" in again.text
    assert story.read(nc).correction == "của trưởng phòng"
    version = re.search(r'name="version" value="(\d+)"', again.text)
    assert version is not None
    assert int(version[1]) == nc.record.version + 1


def test_who_may_not_handle_it_writes_no_part(visit: Visit, story: Story) -> None:
    code = story.opened().record.code
    for part in ("colleague", "other_head", "leader", "inspector"):
        answer = visit(part).post(f"{HOME}/{code}/correction", data={"correction": "x", "version": "1"})
        assert answer.status_code == 403, part
    assert Nonconformity.get().correction == ""


def test_an_action_is_added_from_the_page_and_listed_on_it(visit: Visit, cast: Cast, story: Story) -> None:
    code = story.analysed().record.code
    browser = visit("staff")
    sent = {
        "title": "Ban hành quy định",
        "sort": "corrective",
        "owner": cast.person("staff").id,
        "due": "2024-05-31",
    }
    answer = browser.post(f"{HOME}/{code}/actions/new", data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "AC-2024-001" in answer.text
    assert "31/05/2024" in answer.text


@pytest.mark.parametrize("path", ["fire/contain", "fire/finish"])
def test_a_step_that_is_not_possible_is_refused_as_a_page(visit: Visit, story: Story, path: str) -> None:
    code = story.opened().record.code
    answer = visit("coordinator").post(f"{HOME}/{code}/{path}")
    assert answer.status_code == 409
    assert Nonconformity.by_code(story.cast.ours.id, code).record.state == "open"


def test_the_whole_way_through_the_pages(visit: Visit, cast: Cast, story: Story) -> None:
    code = story.opened().record.code
    page = f"{HOME}/{code}"
    staff, head, auditor = visit("staff"), visit("unit_head"), visit("auditor")

    def write(browser: FlaskClient, part: str, **sent: str) -> None:
        version = re.search(r'name="version" value="(\d+)"', browser.get(f"{page}/{part}").text)
        assert version is not None
        assert browser.post(f"{page}/{part}", data=sent | {"version": version[1]}).status_code == 303

    write(staff, "correction", correction="đã quét", consequences="không")
    assert staff.post(f"{page}/fire/contain").status_code == 303
    whys = {"whys-0": "a", "whys-1": "", "whys-2": "b"}
    asked = {"cause_method": "five_whys", "cause_group": "method"}
    write(staff, "analysis", cause="thiếu quy định", elsewhere="không", **asked, **whys)
    assert staff.post(f"{page}/fire/analyse").status_code == 303
    sent = {"title": "Quy định", "sort": "corrective", "owner": cast.person("staff").id, "due": "2024-05-31"}
    staff.post(f"{page}/actions/new", data=sent)
    write(staff, "plan", criterion="Quý II đạt 30%")
    assert staff.post(f"{page}/fire/plan").status_code == 303
    assert head.post(f"{page}/fire/approve_plan").status_code == 303
    assert (
        staff.post("/our-agency/actions/AC-2024-001/fire/finish", data={"proof": "QĐ 12"}).status_code == 303
    )
    write(auditor, "effectiveness", effect_result="đạt 35%", effect_met="yes")
    assert auditor.post(f"{page}/fire/close").status_code == 409  # before the day of the check
    assert auditor.post(f"{page}/fire/close", data={"reason": "đã rõ hiệu lực"}).status_code == 303
    text = auditor.get(page).text
    assert "đã đóng" in text
    chain = re.search(r'<ol class="chain">(.*?)</ol>', text)
    assert chain is not None
    links = re.findall(r"<span>(.*?)</span></li>", chain[1])
    assert links == [story.read(Nonconformity.get()).record.title, "a", "b", "thiếu quy định"]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("grade", ["minor", "observation"])
def test_every_page_is_drawn_in_both_languages(visit: Visit, story: Story, language: str, grade: str) -> None:
    code = story.opened(grade=grade).record.code
    browser = visit("coordinator")
    browser.get(f"/language/{language}")
    paths = [
        "",
        "/new",
        f"/{code}",
        f"/{code}/edit",
        f"/{code}/actions/new",
        "/proposals",
        "/proposals?period=2024-Q1",
    ]
    for path in paths:
        assert browser.get(HOME + path).status_code == 200, path


def test_a_bad_period_of_proposals_is_named(visit: Visit) -> None:
    answer = visit("coordinator").get(f"{HOME}/proposals?period=2024-Q7")
    assert answer.status_code == 400
    assert "2024-Q7" in answer.text


def test_a_proposal_that_does_not_exist_is_not_found(visit: Visit) -> None:
    browser = visit("coordinator")
    assert browser.get(f"{HOME}/proposals/accept?period=2023&key=made-up").status_code == 404
    assert browser.post(f"{HOME}/proposals/decline", data={"period": "2023", "key": "x"}).status_code == 404
    assert visit("leader").get(f"{HOME}/proposals/accept?period=2023&key=x").status_code == 403


# ---------------------------------------------------------------- who records, who changes


def test_an_auditor_records_one_and_is_offered_no_change_of_it(visit: Visit, cast: Cast) -> None:
    browser = visit("auditor")
    assert f"{HOME}/new" in browser.get(HOME).text
    page = browser.post(f"{HOME}/new", data=typed(cast)).location
    assert f"{page}/edit" not in browser.get(page).text
    assert browser.get(f"{page}/edit").status_code == 403
    assert browser.post(f"{page}/edit", data=typed(cast) | {"version": "1"}).status_code == 403


def test_who_may_not_record_one_is_not_asked_to(visit: Visit) -> None:
    assert f"{HOME}/new" not in visit("inspector").get(HOME).text


def test_a_later_due_date_asks_for_its_reason_beside_the_field_and_the_page_shows_the_first(
    visit: Visit, cast: Cast, story: Story
) -> None:
    nc = story.opened()
    page, browser = f"{HOME}/{nc.record.code}", visit("coordinator")
    assert "hạn ban đầu" not in browser.get(page).text
    sent = typed(cast, due=date(2024, 9, 30)) | {"version": str(nc.record.version)}
    refused = browser.post(f"{page}/edit", data=sent)
    assert (refused.status_code, 'href="#reason"' in refused.text) == (409, True)
    assert browser.post(f"{page}/edit", data=sent | {"reason": "chờ máy quét"}).status_code == 303
    text = browser.get(page).text
    assert "hạn ban đầu" in text
    assert "Lý do: chờ máy quét" in text


# ---------------------------------------------------------------- the cause


def analysis(browser: FlaskClient, code: str, **sent: str) -> Any:
    address = f"{HOME}/{code}/analysis"
    version = re.search(r'name="version" value="(\d+)"', browser.get(address).text)
    assert version is not None
    return browser.post(address, data=sent | {"version": version[1]})


def lines(text: str) -> list[str]:
    """The values of the lines for the whys."""
    return re.findall(r'name="whys-\d+"[^>]*value="([^"]*)"', text)


def test_the_whys_have_a_line_each_with_room_for_two_more(visit: Visit, story: Story) -> None:
    code, browser = story.contained().record.code, visit("staff")
    assert lines(browser.get(f"{HOME}/{code}/analysis").text) == [""] * 7
    sent = {f"whys-{n}": f"bước {n}" for n in range(7)}
    assert analysis(browser, code, **sent).status_code == 303
    again = lines(browser.get(f"{HOME}/{code}/analysis").text)
    assert again == [*(f"bước {n}" for n in range(7)), "", ""]


def test_a_step_of_the_whys_with_a_line_break_is_named_at_its_line(visit: Visit, story: Story) -> None:
    code = story.contained().record.code
    answer = analysis(visit("staff"), code, **{"whys-0": "một", "whys-1": "hai\nba"})
    assert answer.status_code == 422
    assert 'href="#whys-1"' in answer.text
    assert story.read(Nonconformity.get()).whys == ""


def test_what_is_missing_in_the_analysis_is_named_at_once_and_each_link_leads_to_a_field(
    visit: Visit, story: Story
) -> None:
    code, browser = story.contained().record.code, visit("staff")
    analysis(browser, code, cause_method="cause_effect")
    page = browser.get(f"{HOME}/{code}").text
    form = browser.get(f"{HOME}/{code}/analysis").text
    asked = re.findall(rf'href="{HOME}/{code}/analysis#(\w+)"', page)
    assert asked == ["causes_people", "cause", "cause_group", "elsewhere"]
    assert [name for name in [*asked, "whys", "cause_method"] if f'id="{name}"' not in form] == []
    refused = browser.post(f"{HOME}/{code}/fire/analyse")
    assert refused.status_code == 409
    assert re.findall(rf'href="{HOME}/{code}/analysis#(\w+)"', refused.text) == asked


def test_the_groups_of_causes_are_drawn_as_bones_and_an_empty_one_stays(visit: Visit, story: Story) -> None:
    code, browser = story.contained().record.code, visit("staff")
    assert '<ul class="bones">' not in browser.get(f"{HOME}/{code}").text
    analysis(browser, code, cause_method="cause_effect", causes_means="Thiếu <máy quét>")
    text = browser.get(f"{HOME}/{code}").text
    bones = re.findall(r'<li class="(bone[^"]*)"><div class="bone-text"><h4>(.*?)</h4><p>(.*?)</p>', text)
    names = ["con người", "phương pháp", "phương tiện", "môi trường", "đo lường", "thông tin"]
    assert [name for _kind, name, _text in bones] == names
    assert [kind for kind, _name, _text in bones].count("bone bone-empty") == 5
    assert bones[2] == ("bone", "phương tiện", "Thiếu &lt;máy quét&gt;")


def test_earlier_rounds_are_folded_on_the_page(visit: Visit, story: Story) -> None:
    code, browser = story.closed().record.code, visit("leader")
    assert 'id="rounds"' not in browser.get(f"{HOME}/{code}").text
    browser.post(f"{HOME}/{code}/fire/reopen", data={"reason": "tái diễn quý II"})
    part = re.search(
        r'<section class="part" id="rounds".*?</section>', browser.get(f"{HOME}/{code}").text, re.DOTALL
    )
    assert part is not None
    for told in ("Vòng 1", "tái diễn quý II", "Chưa có quy định quét", "Quý II đạt 35%", "Auditor"):
        assert told in part[0], told


def test_a_state_of_an_earlier_round_has_no_day_until_it_is_reached_again(visit: Visit, story: Story) -> None:
    code, browser = story.verifying().record.code, visit("leader")
    browser.post(f"{HOME}/{code}/fire/not_effective", data={"reason": "vẫn quét thiếu"})
    shown = browser.get(f"{HOME}/{code}").text
    steps = re.findall(r'<li class="step step-(\w+)".*?<span class="step-date">(.*?)<', shown)
    assert [state for state, day in steps if day] == ["done", "now"]
    assert [state for state, day in steps if not day] == ["todo"] * 5


def test_a_state_to_which_a_step_led_back_keeps_its_day(
    visit: Visit, story: Story, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = story.analysed().record.code
    story.action(code)
    service.fire(cast.actor("staff"), code, "plan")
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    service.fire(cast.actor("unit_head"), code, "return_plan", reason="chưa rõ")
    page = visit("staff").get(f"{HOME}/{code}").text
    days = re.findall(r'<li class="step step-\w+".*?<span class="step-date">(.*?)</span></li>', page)[:3]
    assert len(set(days)) == 1, days  # that of the confirmation, not that of the return


def test_the_line_of_steps_tells_this_round_and_not_what_was_passed_by(
    visit: Visit, story: Story, cast: Cast
) -> None:
    code = story.closed().record.code
    service.fire(cast.actor("leader"), code, "reopen", reason="tái diễn")
    story.looked_at_again(code)
    service.fire(cast.actor("leader"), code, "waive_action", reason="đã rõ")
    page = visit("coordinator").get(f"{HOME}/{code}").text
    steps = re.findall(r'<li class="step step-(\w+)".*?<span class="step-date">(.*?)</span></li>', page)
    assert [how for how, _date in steps] == ["done", "done", "done", "skipped", "skipped", "now", "todo"]
    assert [bool(re.match(r"\d", day)) for _how, day in steps] == [
        True,
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_the_form_of_a_part_names_the_record_once(visit: Visit, story: Story) -> None:
    code = story.contained().record.code
    for form in ("analysis", "edit"):
        page = visit("coordinator").get(f"{HOME}/{code}/{form}").text
        head = re.sub(r"<[^>]+>", "", re.search(r"<h1>.*?</h1>", page)[0])  # type: ignore[index]
        assert head.count(code) == 1


def test_no_form_opens_of_a_part_that_cannot_be_saved(visit: Visit, cast: Cast, story: Story) -> None:
    observation = story.opened(grade="observation").record.code
    own = story.verifying(owner="coordinator").record.code
    acting = story.acting().record.code
    for part, path in (
        ("staff", f"{observation}/analysis"),
        ("coordinator", f"{own}/effectiveness"),
        ("coordinator", f"{own}/check"),
    ):
        assert visit(part).get(f"{HOME}/{path}").status_code == 409, path
    assert visit("auditor").get(f"{HOME}/{own}/effectiveness").status_code == 200
    assert visit("leader").get(f"{HOME}/{acting}/criterion").status_code == 200
    service.edit(cast.actor("coordinator"), acting, {"owner": cast.person("unit_head").id})
    assert visit("unit_head").get(f"{HOME}/{acting}/criterion").status_code == 409


def test_the_fields_of_a_method_are_open_where_it_is_chosen_or_they_are_filled(
    visit: Visit, cast: Cast, story: Story
) -> None:
    code = story.contained().record.code
    opened = r'<details class="group" data-when="cause_method=(\w+)" open>'
    page = visit("staff").get(f"{HOME}/{code}/analysis").text
    assert re.findall(opened, page) == []
    service.write_part(cast.actor("staff"), code, "analysis", {"cause_method": "cause_effect"})
    assert re.findall(opened, visit("staff").get(f"{HOME}/{code}/analysis").text) == ["cause_effect"]
    service.write_part(cast.actor("staff"), code, "analysis", {"whys": "Không ai quét"})
    page = visit("staff").get(f"{HOME}/{code}/analysis").text
    assert re.findall(opened, page) == ["five_whys", "cause_effect"]


def test_the_way_to_the_form_of_a_part_is_a_verb_with_its_object(visit: Visit, story: Story) -> None:
    path = f"{HOME}/{story.verifying().record.code}"
    page = visit("coordinator").get(path).text
    assert "Đổi ngày kiểm tra hiệu lực</a>" in page
    assert "Ghi kết quả kiểm tra hiệu lực</a>" in page
    assert "Ghi phần" not in page
