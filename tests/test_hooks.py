"""What an area gains by its manifest alone, and the order in which the hooks are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from peewee import TextField

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.kpis import service as kpis
from qms.areas.nonconformities import service_proposals
from qms.kernel import area, db, proposals
from qms.kernel.area import Area, Duty, Navigation, Operand, Panel, Proposal, ReviewInput, WorkItem
from qms.kernel.calendar import Period
from qms.kernel.errors import NotFound, Refused
from qms.kernel.organisations import began_on, set_settings
from qms.kernel.permissions import READERS, Actor, Permission, Role
from qms.kernel.records import Kind, belongs
from qms.kernel.text import Message
from qms.kernel.trail import TrailEntry, change, current_change
from qms.kernel.workflow import Machine, Transition
from tests.areas.nonconformities.story import finding
from tests.areas.statements.samples import bring
from tests.cast import SINCE, Cast

Visit = Callable[..., FlaskClient]
YEAR = Period.parse("2024")


def say(text: str) -> Message:
    """A message that stands in no catalogue."""
    return Message(text)


class S(StrEnum):
    """The states of a thing."""

    NEW = "new"
    GONE = "gone"


VIEW = Permission("things.view", say("see things"), READERS - {Role.OVERSEER})
MACHINE = Machine(
    "thing",
    S,
    {S.NEW: say("thing is new"), S.GONE: say("thing is gone")},
    (Transition("go", frozenset({S.NEW}), S.GONE, say("Let it go"), VIEW),),
    initial=S.NEW,
    ended=frozenset({S.GONE}),
)


class Thing(Kind):
    """A kind of record that only these tests know."""

    story = TextField(default="")

    kind = "thing"
    area = "things"
    prefix = "TH"
    label = say("thing")
    machine = MACHINE
    searched = ("story",)

    class Meta:
        table_name = "thing"
        constraints = belongs("thing")


DUMMY = Area(
    name="things",
    title=say("Things"),
    kinds=(Thing,),
    view=VIEW,
    permissions=(VIEW,),
    navigation=(Navigation(say("All things"), "things", VIEW),),
    proposals=lambda actor, period: [
        Proposal(f"thing:{period}", say("a thing is proposed"), say("because"), period=period)
    ],
    duties=lambda actor, year: [
        Duty(f"thing:{year}", say("yearly thing"), "late", due=date(year, 3, 31), url="things", rule="rule of things")
    ],
    review_inputs=lambda actor, period: [ReviewInput("c3", say("things reviewed"), (str(period),))],
    home_panels=lambda actor, year: [
        Panel("things", say("Panel of things"), "things/panel.html", {"word": "panelled"}, 1)
    ],
    work=lambda actor: [WorkItem("a thing to look at", "things/TH-X", say("waits for a look"))],
)  # fmt: skip


@pytest.fixture
def dummy(cast: Cast) -> Cast:
    """The cast, here since 2020, with the dummy area registered behind the product's own."""
    set_settings(cast.actor("coordinator"), {"symbol": "STP"}, valid_from=SINCE)
    db.database.create_tables([Thing])
    area.register([*area.areas(), DUMMY])
    return cast


@pytest.fixture
def page(app: Flask, dummy: Cast) -> Iterator[Flask]:
    """The application, with the template of the dummy's panel."""
    loader = app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([DictLoader({"things/panel.html": "<p>{{ data.word }}</p>"}), loader])  # type: ignore[list-item]
    yield app
    app.jinja_env.loader = loader


def thing(cast: Cast, title: str = "Chiếc hộp màu đỏ", **values: Any) -> str:
    actor = cast.actor("coordinator")
    with change(actor):
        row = Thing.new(actor, title=title, happened_on=actor.today, **values)
        row.save()
    return str(row.record.code)


# ---------------------------------------------------------------- pages


def test_navigation_shows_it_to_who_may_open_it(page: Flask, visit: Visit) -> None:
    for part, there in {"staff": True, "inspector": True, "overseer": False}.items():
        assert ('href="/our-agency/things"' in visit(part).get("/our-agency/search").text) is there, part


def test_search_finds_its_records_for_who_may_see_them(page: Flask, visit: Visit, dummy: Cast) -> None:
    code = thing(dummy, story="nằm trong kho lưu trữ")
    found = visit("staff").get("/our-agency/search?q=luu+tru").text
    assert f'href="/our-agency/things/{code}"' in found
    assert "thing is new" in found
    assert code not in visit("overseer").get("/our-agency/search?q=luu+tru").text


def test_home_shows_its_records_work_duties_and_panel(page: Flask, visit: Visit, dummy: Cast) -> None:
    code = thing(dummy, owner=dummy.person("staff").id, due=date(2024, 4, 1))
    html = visit("staff").get("/our-agency/").text
    assert f'href="/our-agency/things/{code}"' in html
    for words in (
        "quá hạn 14 ngày", "a thing to look at", "waits for a look", "yearly thing", "Panel of things", "panelled",
    ):  # fmt: skip
        assert words in html, words


def test_the_coordinator_is_shown_what_it_proposes_until_it_is_decided(
    page: Flask, visit: Visit, dummy: Cast
) -> None:
    thing(dummy)
    assert "a thing is proposed" in visit("coordinator").get("/our-agency/").text
    assert "a thing is proposed" not in visit("staff").get("/our-agency/").text
    for year in (2023, 2024):
        proposals.decide(dummy.actor("coordinator"), f"thing:{year}", "declined", reason="không cần")
    assert "a thing is proposed" not in visit("coordinator").get("/our-agency/").text


def test_a_duty_of_it_that_lapsed_is_proposed_as_a_nonconformity_and_decided_once(
    page: Flask, visit: Visit, dummy: Cast
) -> None:
    thing(dummy)
    actor, words = dummy.actor("coordinator"), "Việc bắt buộc chưa làm đúng hạn 31/03/2024: yearly thing"
    [offered] = [p for p in proposals.open_proposals(actor, YEAR) if p.key.startswith("duty:thing")]
    assert (str(offered.title), offered.period) == (words, YEAR)
    assert str(offered.detail) == "yearly thing: đến hạn ngày 31/03/2024 mà chưa làm. Căn cứ: rule of things"
    for address in ("/our-agency/", "/our-agency/nonconformities/proposals?period=2024-Q1"):
        assert words in visit("coordinator").get(address).text, address
    assert words not in visit("coordinator").get("/our-agency/nonconformities/proposals?period=2024-Q2").text
    earlier = visit("coordinator").get("/our-agency/nonconformities/proposals?period=2021").text
    assert words.replace("2024", "2021") in earlier
    assert '<option value="2021" selected>Năm 2021</option>' in earlier
    values = finding(dummy, title=str(offered.title), description=str(offered.detail), source_kind="work")
    row = service_proposals.accept_proposal(actor, YEAR, offered.key, values)
    assert row.source_kind == "duty"
    assert not [p for p in proposals.open_proposals(actor, YEAR) if p.key == offered.key]
    with pytest.raises(NotFound):
        service_proposals.decline_proposal(actor, YEAR, offered.key, "đã xử lý")


@pytest.mark.parametrize("state", ["done", "open", "soon"])
def test_a_duty_that_is_not_late_is_not_proposed(dummy: Cast, state: str) -> None:
    duties = [Duty("thing", say("yearly thing"), state, due=date(2024, 3, 31))]
    area.register([*area.areas()[:-1], replace(DUMMY, duties=lambda actor, year: duties)])
    assert "duty:thing" not in [p.key for p in proposals.open_proposals(dummy.actor("coordinator"), YEAR)]


def test_an_area_that_proposes_its_duty_itself_is_not_doubled(dummy: Cast) -> None:
    own = [Proposal("duty:thing:2024", say("in its own words"), say("because"), period=YEAR)]
    area.register([*area.areas()[:-1], replace(DUMMY, proposals=lambda actor, period: own)])
    offered = proposals.open_proposals(dummy.actor("coordinator"), YEAR)
    assert [str(p.title) for p in offered if p.key == "duty:thing:2024"] == ["in its own words"]


def test_a_duty_is_proposed_for_the_year_in_which_it_was_due_whichever_asked_for_it(dummy: Cast) -> None:
    late = Duty("thing:2023-Q4", say("figures"), "late", due=date(2024, 1, 15))
    hook = replace(DUMMY, duties=lambda actor, year: [late] if year == 2023 else [])
    area.register([*area.areas()[:-1], hook])
    actor = dummy.actor("coordinator")
    for year, count in {"2023": 0, "2024": 1}.items():
        offered = proposals.open_proposals(actor, Period.parse(year))
        assert [p.key for p in offered].count("duty:thing:2023-Q4") == count


def test_what_was_due_before_the_organisation_was_here_has_not_lapsed(cast: Cast) -> None:
    area.register([*area.areas(), replace(DUMMY, kinds=())])
    began = began_on(cast.ours.id)
    offered = proposals.open_proposals(cast.actor("coordinator"), YEAR)
    assert began > date(2024, 3, 31)
    assert not [p for p in offered if p.key.startswith("duty:")]


def test_its_form_is_led_to_from_the_records_of_all_other_areas(
    page: Flask, visit: Visit, dummy: Cast
) -> None:
    code = begun(dummy)
    area.register(
        [
            *area.areas()[:-1],
            replace(DUMMY, opens_from=Navigation(say("Make a thing of it"), "things/new", VIEW)),
        ]
    )
    way = f'href="/our-agency/things/new?source=actions/{code}">Make a thing of it</a>'
    assert way in visit("staff").get(f"/our-agency/actions/{code}").text
    assert way not in visit("overseer").get(f"/our-agency/actions/{code}").text


def test_the_calendar_holds_its_due_dates_and_duties(page: Flask, visit: Visit, dummy: Cast) -> None:
    code = thing(dummy, due=date(2024, 3, 12))
    html = visit("staff").get("/our-agency/calendar?month=2024-03").text
    assert f'href="/our-agency/things/{code}"' in html
    assert "yearly thing" in html


def test_the_calendar_holds_a_duty_of_the_year_before_that_is_due_in_this_one(
    page: Flask, visit: Visit, dummy: Cast
) -> None:
    duty = Duty("thing:2023-Q4", say("figures of the last quarter"), "late", due=date(2024, 1, 15))
    area.register(
        [*area.areas()[:-1], replace(DUMMY, duties=lambda actor, year: [duty] if year == 2023 else [])]
    )
    for month, there in {"2023-12": False, "2024-01": True}.items():
        html = visit("staff").get(f"/our-agency/calendar?month={month}").text
        assert ("figures of the last quarter" in html) is there, month


def test_late_records_of_it_are_counted_by_unit(page: Flask, visit: Visit, dummy: Cast) -> None:
    unit = dummy.units["HT"].id
    thing(dummy, due=date(2024, 4, 1), unit=unit)
    assert (
        f'href="/our-agency/things?due=overdue&amp;unit={unit}">1</a>'
        in visit("leader").get("/our-agency/").text
    )


# ---------------------------------------------------------------- the kernel


def test_the_kernel_collects_its_hooks_after_those_of_the_areas_before(dummy: Cast) -> None:
    actor = dummy.actor("coordinator")
    assert [p.key for p in area.collect("proposals", actor, YEAR)][-1] == "thing:2024"
    assert [d.key for d in area.collect("duties", actor, 2024)][-1] == "thing:2024"
    assert [str(i.heading) for i in area.collect("review_inputs", actor, YEAR)][-1] == "things reviewed"


def test_it_gives_an_indicator_the_count_that_its_definition_asks_for(dummy: Cast) -> None:
    actor = dummy.actor("coordinator")
    bring(actor, "kien-giang-2024-q1")

    def counted(_actor: Actor, periods: Sequence[Period]) -> list[Operand]:
        return [Operand("apology_letters", period, 3, 4, f"things?period={period}") for period in periods]

    area.register([*area.areas()[:-1], replace(DUMMY, operands=counted)])
    found = kpis.book(actor).at("apology", Period.parse("2024-Q1"))
    assert found is not None
    assert found.register is not None
    assert (found.numerator, found.register.cases, found.source_url) == (3, 4, "things?period=2024-Q1")


def test_two_areas_cannot_claim_one_kind(dummy: Cast) -> None:
    with pytest.raises(ValueError, match="two areas claim"):
        area.register([*area.areas(), DUMMY])


# ---------------------------------------------------------------- others' changes


def listener(name: str, heard: list[tuple[str, str, str]], *, refuses: bool = False) -> Area:
    """An area that hears of every step."""

    def on_change(actor: Actor, row: Kind, transition: str) -> None:
        assert db.database.in_transaction()
        assert current_change().actor is actor
        heard.append((name, str(row.record.code), transition))
        if refuses:
            raise Refused([say("no")])

    return Area(name=name, title=say(name), on_change=on_change)


def begun(cast: Cast) -> str:
    row = actions.open_action(
        cast.actor("coordinator"),
        {
            "title": "Quét hồ sơ",
            "sort": "corrective",
            "owner": cast.person("staff").id,
            "due": date(2024, 5, 1),
        },
    )
    return str(row.record.code)


def test_every_area_hears_of_a_step_in_order_and_in_its_transaction(cast: Cast) -> None:
    heard: list[tuple[str, str, str]] = []
    area.register([listener("first", heard), *area.areas(), listener("last", heard)])
    code = begun(cast)
    actions.fire(cast.actor("staff"), code, "start")
    assert heard == [("first", code, "start"), ("last", code, "start")]


def test_an_area_that_refuses_undoes_the_step_with_its_trail(cast: Cast) -> None:
    heard: list[tuple[str, str, str]] = []
    code = begun(cast)
    area.register([*area.areas(), listener("last", heard, refuses=True)])
    entries = TrailEntry.select().count()
    with pytest.raises(Refused):
        actions.fire(cast.actor("staff"), code, "start")
    assert heard
    assert Action.by_code(cast.ours.id, code).record.state == "open"
    assert TrailEntry.select().count() == entries
