"""Who is reminded of what, and when: walk 9, with the clock moved."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from peewee import Database

from qms import mailer, reminding, worker
from qms.areas import load
from qms.areas.actions import service as actions
from qms.areas.nonconformities.models import Nonconformity
from qms.kernel import area, clock, files, jobs, proposals
from qms.kernel.accounts import edit_own, set_deputy
from qms.kernel.area import Area, Duty, WorkItem
from qms.kernel.calendar import Period
from qms.kernel.jobs import Mail, Notification
from qms.kernel.leaving import deactivate
from qms.kernel.organisations import Organisation, add_unit, set_settings
from qms.kernel.people import Assignment, Deputy, Person, assign, installation_actor, system_actor
from qms.kernel.permissions import Role
from qms.kernel.records import Record
from qms.kernel.reminders import Reminder, policy_on
from qms.kernel.superiors import teams
from qms.kernel.text import Message, unpack
from qms.kernel.trail import TrailEntry
from qms.kernel.verify import verify
from qms.reminding import Outcome
from tests.areas.cases.story import late as late_case
from tests.areas.nonconformities.story import Story
from tests.cast import SINCE, TODAY, Cast
from tests.kernel.test_parallel import CALLERS, all_at_once
from tests.test_worker import Clock, Server, config

URL = "https://qms.example"
DUE = date(2024, 6, 14)


@pytest.fixture(autouse=True)
def without_duties() -> Iterator[None]:
    """The duties of the product's own areas would mix with what a test asks for."""
    area.register([replace(one, duties=None) for one in load()])
    yield
    load()


@dataclass
class Agency:
    """The cast on a day that the test moves."""

    cast: Cast

    def action(self, owner: str = "staff", due: date = DUE, unit: str | None = "HT", **values: Any) -> str:
        known = {"title": "Quét hồ sơ hộ tịch", "sort": "corrective", "due": due}
        place = {"owner": self.cast.person(owner).id, "unit": self.cast.units[unit].id if unit else None}
        row = actions.open_action(self.cast.actor("coordinator"), known | place | values)
        return str(row.record.code)

    def remind(self, day: date, **options: Any) -> Outcome:
        clock.configure(ZoneInfo("Asia/Ho_Chi_Minh"), day)
        return reminding.run(system_actor(None, day), base_url=URL, **options)

    def told(self, first: date, last: date, *, every: int = 1) -> dict[str, list[int]]:
        """Part -> days from the due date on which that person was told, with a run every so many days."""
        found: dict[str, list[int]] = {}
        day = first
        while day <= last:
            for part, _mail in self.mails(day):
                found.setdefault(part, []).append((day - DUE).days)
            day += timedelta(days=every)
        return found

    def mails(self, day: date) -> list[tuple[str, Mail]]:
        """(part, mail) of what a run on that day puts into the outbox; the mail goes out at once."""
        self.remind(day)
        new = list(Mail.select().where(Mail.key.startswith("remind:"), Mail.sent_at.is_null()))
        Mail.update(sent_at=clock.now()).execute()
        return [(str(mail.to).partition("@")[0], mail) for mail in new]

    def unsent(self) -> list[Mail]:
        return list(jobs.unsent().where(Mail.key.startswith("remind:")).order_by(Mail.id))


@pytest.fixture
def agency(cast: Cast) -> Agency:
    return Agency(cast)


def days(count: int) -> timedelta:
    return timedelta(days=count)


# ---------------------------------------------------------------- the days


def test_the_shipped_policy_is_thirty_seven_one_then_weekly(cast: Cast) -> None:
    rules = policy_on(cast.ours.id, TODAY)
    stages, day = [], DUE - days(60)
    while (day := rules.next_day(DUE, day)) < DUE + days(29):
        stages.append((day - DUE).days)
    assert stages == [-30, -7, -1, 1, 7, 14, 21, 28]


def test_the_owner_is_told_before_and_after_then_the_superior_then_the_leader(agency: Agency) -> None:
    agency.action()
    told = agency.told(DUE - days(40), DUE + days(29))
    assert told == {
        "staff": [-30, -7, -1, 1, 7, 14, 21, 28],
        "unit_head": [7, 14, 21, 28],
        "leader": [21, 28],
        "second_leader": [21, 28],
    }


def test_an_agency_has_days_of_its_own_from_a_day_on(agency: Agency) -> None:
    own = {
        "remind_before": "1,14",
        "remind_every": "10",
        "remind_superior_after": 5,
        "remind_leader_after": "20",
    }
    set_settings(agency.cast.actor("coordinator"), own, valid_from=DUE - days(35))
    agency.action()
    told = agency.told(DUE - days(35), DUE + days(20))
    assert told["staff"] == [-14, -1, 1, 10, 20]
    assert told["unit_head"] == [10, 20]
    assert told["leader"] == [20]
    assert "stranger" not in told


def test_a_scheduler_off_for_days_misses_no_stage_and_doubles_none(agency: Agency) -> None:
    agency.action()
    assert agency.told(DUE - days(31), DUE + days(8), every=3)["staff"] == [-28, -7, -1, 2, 8]


@pytest.mark.parametrize("every", [1, 2, 7])
def test_whatever_the_interval_every_week_overdue_is_spoken_of_once(agency: Agency, every: int) -> None:
    agency.action()
    told = agency.told(DUE + days(1), DUE + days(43), every=every)["staff"]
    assert len({max(1, day // 7 * 7) for day in told}) == len(told)
    assert len(told) == 7


def test_the_words_are_those_of_the_day_of_the_digest(agency: Agency) -> None:
    code = agency.action()
    [(_part, mail)] = agency.mails(DUE - days(4))  # the day of the seven-day stage was missed
    assert mail.subject == "Nhắc việc ngày 10/06/2024: 0 quá hạn, 1 sắp đến hạn"
    assert f"{code} Quét hồ sơ hộ tịch" in mail.body
    assert "còn 4 ngày (14/06/2024)" in mail.body
    assert f"{URL}/our-agency/actions/{code}" in mail.body


def test_a_second_run_on_the_same_day_says_nothing_more(agency: Agency) -> None:
    agency.action()
    day = DUE - days(7)
    assert agency.remind(day) == Outcome(day, people=1, items=1, mails=1)
    agency.action(due=DUE - days(6))
    assert agency.remind(day) == Outcome(day)
    assert agency.remind(day + days(1)).items == 1  # what came up later waited for the next day


def test_one_person_has_one_digest_of_all_organisations(agency: Agency) -> None:
    cast = agency.cast
    there = system_actor(cast.theirs, TODAY)
    assign(there, cast.person("staff"), Role.STAFF, valid_from=SINCE)
    stranger = cast.actor("stranger")
    known = {"title": "Việc ở nơi khác", "sort": "corrective", "due": DUE, "owner": cast.person("staff").id}
    theirs = actions.open_action(stranger, known).record.code
    ours = agency.action()
    [(part, mail)] = agency.mails(DUE - days(1))
    assert part == "staff"
    assert f"/their-agency/actions/{theirs}" in mail.body
    assert f"/our-agency/actions/{ours}" in mail.body
    assert {n.organisation_id for n in Notification.select()} == {cast.ours.id, cast.theirs.id}


def test_what_is_finished_falls_silent(agency: Agency) -> None:
    code = agency.action()
    assert agency.remind(DUE - days(7)).items == 1
    actions.fire(agency.cast.actor("staff"), code, "finish", values={"proof": "Biên bản"})
    actions.fire(agency.cast.actor("coordinator"), code, "verify")
    assert agency.told(DUE - days(6), DUE + days(30)) == {}


def test_a_later_due_date_begins_anew(agency: Agency) -> None:
    code = agency.action()
    agency.mails(DUE + days(2))
    Record.update(due=DUE + days(30)).where(Record.code == code).execute()
    told = agency.told(DUE + days(3), DUE + days(31))
    assert told == {"staff": [23, 29, 31]}  # thirty days before it was when the earlier date was in force


def test_a_due_date_that_has_come_nearer_makes_up_for_no_day_that_was_never_missed(agency: Agency) -> None:
    code = agency.action(due=DUE + days(60))
    agency.mails(DUE + days(30))
    Record.update(due=DUE + days(45)).where(Record.code == code).execute()
    assert agency.told(DUE + days(31), DUE + days(46)) == {"staff": [38, 44, 46]}


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        (-31, [-30, -7, -1, 1]),
        (-30, [-29, -7, -1, 1]),  # recorded on the very day, after its run: said a day later
        (-25, [-7, -1, 1]),
        (-3, [-1, 1]),
        (0, [1]),
    ],
)
def test_what_is_recorded_between_two_days_waits_for_the_next(
    agency: Agency, recorded: int, told: list[int]
) -> None:
    clock.configure(ZoneInfo("Asia/Ho_Chi_Minh"), DUE + days(recorded))
    agency.action()
    assert agency.told(DUE + days(recorded + 1), DUE + days(1)) == {"staff": told}


def test_what_is_overdue_when_it_is_recorded_is_spoken_of_at_once(agency: Agency) -> None:
    clock.configure(ZoneInfo("Asia/Ho_Chi_Minh"), DUE + days(9))
    agency.action()
    assert agency.told(DUE + days(9), DUE + days(14))["staff"] == [9, 14]


def test_a_day_that_was_missed_since_it_was_recorded_is_caught_up(agency: Agency) -> None:
    clock.configure(ZoneInfo("Asia/Ho_Chi_Minh"), DUE - days(25))
    agency.action()
    assert agency.told(DUE - days(5), DUE) == {"staff": [-5, -1]}


def test_a_new_owner_is_told_at_once_and_nobody_above_twice(agency: Agency) -> None:
    code = agency.action()
    assert {part for part, _mail in agency.mails(DUE + days(7))} == {"staff", "unit_head"}
    Record.update(owner=agency.cast.person("colleague")).where(Record.code == code).execute()
    assert [part for part, _mail in agency.mails(DUE + days(8))] == ["colleague"]
    assert agency.mails(DUE + days(9)) == []


def test_a_preview_counts_the_mails_and_writes_nothing(agency: Agency) -> None:
    agency.action()
    assert agency.remind(DUE, preview=True) == Outcome(DUE, people=1, items=1, mails=1)
    assert (Mail.select().count(), Reminder.select().count(), Notification.select().count()) == (0, 0, 0)
    assert agency.remind(DUE).mails == 1


def test_a_run_that_tells_somebody_leaves_one_entry_and_touches_no_record(agency: Agency) -> None:
    agency.action()
    before = TrailEntry.select().count()
    agency.remind(DUE)
    agency.remind(DUE)
    assert [e.tag for e in TrailEntry.select().order_by(TrailEntry.id).offset(before)] == ["remind.run"]
    assert verify([0, agency.cast.ours.id]).intact


# ---------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("owner", "unit", "above"),
    [
        ("staff", "HT", {"unit_head"}),  # the unit above has the head
        ("staff", None, {"unit_head"}),  # the owner's own unit counts
        ("unit_head", "HT", {"leader", "second_leader"}),
        ("unit_head", "VP", {"other_head"}),
        ("coordinator", None, {"other_head"}),
        ("leader", "HT", {"second_leader"}),
        ("records", "VP", {"other_head"}),
    ],
)
def test_the_superior_is_the_next_head_above(
    cast: Cast, owner: str, unit: str | None, above: set[str]
) -> None:
    team = teams(TODAY)[cast.ours.id]
    found = team.superiors(cast.person(owner).id, cast.units[unit].id if unit else None)
    assert {str(Person.get_by_id(p).email).partition("@")[0] for p in found} == above


def test_without_a_head_it_is_the_coordinator_and_above_the_coordinator_the_leaders(cast: Cast) -> None:
    Assignment.update(valid_to=TODAY - days(1)).where(Assignment.role == Role.UNIT_HEAD).execute()
    team, people = teams(TODAY)[cast.ours.id], cast.people
    assert team.superiors(people["staff"].id, cast.units["HT"].id) == {people["coordinator"].id}
    assert team.superiors(people["coordinator"].id, None) == {
        people[p].id for p in ("leader", "second_leader")
    }


def test_without_leaders_a_head_answers_to_the_coordinator(cast: Cast) -> None:
    Assignment.update(valid_to=TODAY - days(1)).where(Assignment.role == Role.LEADER).execute()
    team, people = teams(TODAY)[cast.ours.id], cast.people
    assert team.superiors(people["unit_head"].id, cast.units["HT"].id) == {people["coordinator"].id}
    Assignment.update(valid_to=TODAY - days(1)).where(Assignment.role == Role.UNIT_HEAD).execute()
    assert teams(TODAY)[cast.ours.id].superiors(people["coordinator"].id, None) == set()


def test_a_unit_that_has_ended_has_no_head(cast: Cast) -> None:
    ours = system_actor(cast.ours, TODAY)
    unit = add_unit(ours, "TD", "Tổ tạm", valid_from=SINCE, parent=cast.units["HCTP"])
    assign(ours, cast.person("records"), Role.UNIT_HEAD, unit=unit, valid_from=SINCE)
    staff = cast.person("staff").id
    assert teams(TODAY)[cast.ours.id].superiors(staff, unit.id) == {cast.person("records").id}
    unit.valid_to = TODAY - days(1)
    type(unit).update(valid_to=unit.valid_to).where(type(unit).id == unit.id).execute()
    assert teams(TODAY)[cast.ours.id].superiors(staff, unit.id) == {cast.person("unit_head").id}


def test_who_wants_no_mail_is_told_on_the_bell_only(agency: Agency) -> None:
    agency.action()
    staff = agency.cast.person("staff")
    edit_own(installation_actor(staff, TODAY), name=staff.name, locale="vi", wants_mail=False)
    assert agency.remind(DUE - days(1)) == Outcome(DUE - days(1), people=1, items=1, mails=0)
    assert Mail.select().where(Mail.key.startswith("remind:")).count() == 0
    notice = Notification.get(Notification.person == staff.id)
    assert str(unpack(notice.text)) == "Nhắc việc ngày 13/06/2024: 0 quá hạn, 1 sắp đến hạn"
    assert agency.remind(DUE - days(1)) == Outcome(DUE - days(1))


def test_a_deputy_gets_a_copy_as_long_as_the_absence_lasts(agency: Agency) -> None:
    agency.action()
    staff, colleague = agency.cast.person("staff"), agency.cast.person("colleague")
    set_deputy(
        agency.cast.actor("coordinator"), staff, colleague,
        valid_from=TODAY, valid_to=DUE - days(2),
    )  # fmt: skip
    found = dict(agency.mails(DUE - days(7)))
    assert set(found) == {"staff", "colleague"}
    assert "Việc của người ủy quyền (1)" in found["colleague"].body
    assert "; Staff" in found["colleague"].body
    assert "ủy quyền" not in found["staff"].body
    assert [part for part, _mail in agency.mails(DUE - days(1))] == ["staff"]


def test_for_an_owner_who_has_left_stands_the_superior(agency: Agency) -> None:
    agency.action()
    staff = agency.cast.person("staff")
    Person.update(active=False).where(Person.id == staff.id).execute()
    [(part, mail)] = agency.mails(DUE - days(1))
    assert part == "unit_head"
    assert "Việc của người dưới quyền (1)" in mail.body


def test_for_an_owner_who_only_reads_here_now_stands_the_superior(agency: Agency) -> None:
    """Who is an inspector and nothing else cannot take a step, and deputises for nobody."""
    code = agency.action()
    inspector = agency.cast.person("inspector")
    Record.update(owner=inspector.id).where(Record.code == code).execute()
    Deputy.insert(
        organisation=agency.cast.ours, person=agency.cast.person("unit_head"), deputy=inspector,
        valid_from=TODAY, valid_to=DUE,
    ).execute()  # fmt: skip
    [(part, mail)] = agency.mails(DUE - days(1))
    assert part == "unit_head"
    assert "Việc của người dưới quyền (1)" in mail.body


@pytest.mark.parametrize(("unit", "above"), [("HT", {"unit_head"}), (None, {"coordinator"})])
def test_of_what_nobody_owns_the_head_of_its_unit_is_told_or_else_the_coordinator(
    agency: Agency, unit: str | None, above: set[str]
) -> None:
    leaders = {"leader", "second_leader"}
    code = agency.action(unit=unit)
    Record.update(owner=None).where(Record.code == code).execute()
    told = agency.told(DUE - days(40), DUE + days(22))
    assert told == {part: [-30, -7, -1, 1, 7, 14, 21] for part in above} | {part: [21] for part in leaders}


def test_who_becomes_the_owner_of_what_nobody_owned_is_told_at_once(agency: Agency) -> None:
    code = agency.action()
    Record.update(owner=None).where(Record.code == code).execute()
    [(part, mail)] = agency.mails(DUE - days(7))
    assert part == "unit_head"
    assert f"{code} Quét hồ sơ hộ tịch\n  chưa có người phụ trách; còn 7 ngày" in mail.body
    Record.update(owner=agency.cast.person("colleague")).where(Record.code == code).execute()
    assert [part for part, _mail in agency.mails(DUE - days(6))] == ["colleague"]


def test_somebody_deactivated_gets_no_mail_that_still_waits(agency: Agency) -> None:
    agency.action()
    agency.remind(DUE - days(7))
    cast = agency.cast
    deactivate(
        installation_actor(cast.person("admin"), TODAY), cast.person("staff"),
        to={cast.ours.id: cast.person("colleague")},
    )  # fmt: skip
    agency.remind(DUE - days(6))
    assert [m.to for m in agency.unsent()] == ["colleague@example.org"]


def test_each_is_written_to_in_the_own_language(agency: Agency) -> None:
    agency.action()
    staff = agency.cast.person("staff")
    edit_own(installation_actor(staff, TODAY), name="Staff", locale="en", wants_mail=True)
    found = dict(agency.mails(DUE + days(7)))
    assert found["staff"].subject == "Reminders of 21/06/2024: 1 overdue, 0 due soon"
    assert "Assigned to you (1)" in found["staff"].body
    assert "7 days overdue (14/06/2024)" in found["staff"].body
    assert "quá hạn 7 ngày (14/06/2024)" in found["unit_head"].body
    assert "Of your people" not in found["unit_head"].body


def test_without_the_address_of_the_installation_the_paths_stand_alone(agency: Agency) -> None:
    code = agency.action()
    reminding.run(system_actor(None, DUE), base_url="")
    [mail] = agency.unsent()
    assert f"\n  /our-agency/actions/{code}" in mail.body


def test_many_items_under_one_heading_are_counted_not_listed(agency: Agency) -> None:
    for _number in range(42):
        agency.action()
    [(_part, mail)] = agency.mails(DUE - days(1))
    assert mail.body.count("Quét hồ sơ") == 40
    assert f"… và 2 việc khác: {URL}/our-agency/" in mail.body


# ---------------------------------------------------------------- what is no record's due date


def test_the_coordinator_is_told_of_the_check_of_an_effect(agency: Agency, cast: Cast) -> None:
    nc = Story(cast).verifying()
    day = Nonconformity.by_code(cast.ours.id, nc.record.code).effect_on
    assert day is not None
    mails = [(d, dict(agency.mails(day + days(d)))) for d in (-8, -7, -1)]
    told = [d for d, found in mails if "coordinator" in found]
    assert told == [-8, -7, -1]
    body = mails[0][1]["coordinator"].body
    assert f"{nc.record.code} Tỷ lệ số hóa kết quả chưa đạt chỉ tiêu" in body
    assert "kiểm tra hiệu lực; còn 8 ngày" in body


def test_a_check_that_is_overdue_is_told_to_the_leaders_as_the_coordinators_superiors(
    agency: Agency, cast: Cast
) -> None:
    nc = Story(cast).verifying()
    day = Nonconformity.by_code(cast.ours.id, nc.record.code).effect_on
    assert day is not None
    told = {d: dict(agency.mails(day + days(d))) for d in (1, 7)}
    assert nc.record.code in told[1]["coordinator"].body
    assert all(nc.record.code not in mail.body for part, mail in told[1].items() if part != "coordinator")
    assert f"Việc của người dưới quyền (1)\n\n- {nc.record.code} " in told[7]["leader"].body
    assert nc.record.code in told[7]["second_leader"].body


def asks(*due: date, slug: str = "our-agency") -> None:
    """Register an area whose years ask for something by these days: `test:DAY`, never done."""

    def duties(actor: Any, year: int) -> list[Duty]:
        if actor.slug != slug:
            return []
        return [
            Duty(
                f"test:{day}",
                Message("Công bố lại"),
                "late" if actor.today > day else "open",
                day,
                url="scope",
            )
            for day in due
            if day.year == year
        ]

    area.register([*area.areas(), Area("testing", Message("testing"), duties=duties)])


def test_a_duty_is_told_to_the_coordinator_before_its_day_and_to_leaders_as_well_when_it_is_late(
    agency: Agency,
) -> None:
    asks(DUE)
    told = agency.told(DUE - days(40), DUE + days(15))
    assert told == {
        "coordinator": [-30, -7, -1, 1, 7, 14],
        "leader": [1, 7, 14],
        "second_leader": [1, 7, 14],
    }


def test_a_duty_of_the_first_days_of_a_year_is_told_in_the_year_before(agency: Agency) -> None:
    asks(date(2025, 1, 10))
    [(part, mail)] = agency.mails(date(2024, 12, 20))
    assert part == "coordinator"
    assert "còn 21 ngày (10/01/2025)" in mail.body


def test_a_duty_that_was_not_met_is_told_of_in_the_years_after_until_somebody_decides_on_it(
    agency: Agency,
) -> None:
    asks(DUE)
    agency.mails(date(2024, 12, 29))
    assert agency.mails(date(2024, 12, 30)) == []
    body = dict(agency.mails(date(2025, 4, 10)))["coordinator"].body
    assert f"{URL}/our-agency/nonconformities/proposals?period=2024\n" in body
    body = dict(agency.mails(date(2026, 1, 10)))["coordinator"].body
    assert (
        "Nhiệm vụ quá hạn trên một năm chưa được quyết định: 1" in body
    )  # nobody reads the same five each week
    assert f"{URL}/our-agency/nonconformities/proposals\n" in body
    actor = agency.cast.actor("coordinator")
    proposals.decide(actor, f"duty:test:{DUE}", "declined", reason="không áp dụng")
    assert agency.mails(date(2026, 1, 20)) == []


def test_what_was_due_before_the_agency_kept_its_system_here_is_no_duty(agency: Agency) -> None:
    asks(TODAY - days(1), TODAY)
    assert agency.remind(TODAY + days(1)).items == 1


def test_a_late_duty_without_a_day_of_its_own_is_told_every_week_until_it_is_met(agency: Agency) -> None:
    def duties(actor: Any, year: int) -> list[Duty]:
        owed = actor.slug == "our-agency" and DUE < actor.today < DUE + days(25)
        # the oldest of what is owed is another every few days
        since = DUE + days((actor.today - DUE).days // 4)
        late = Duty(f"test:{year}", Message("Văn bản"), "late", url="cases", note=Message("2 còn thiếu"))
        return [replace(late, late_since=since)] if owed else []

    area.register([*area.areas(), Area("testing", Message("testing"), duties=duties)])
    found = {d: dict(agency.mails(DUE + days(d))) for d in range(31)}
    assert [d for d, mails in found.items() if mails] == [1, 8, 15, 22]
    assert set(found[1]) == {"coordinator", "leader", "second_leader"}
    assert "- Văn bản\n  2 còn thiếu; quá hạn 1 ngày (14/06/2024)" in found[1]["coordinator"].body
    actor = agency.cast.actor("coordinator", today=DUE + days(20))
    assert proposals.open_proposals(actor, Period.parse("2024")) == []


def test_a_letter_owed_since_last_year_is_told_of(agency: Agency) -> None:
    load()
    cast = agency.cast
    set_settings(cast.actor("coordinator"), {"symbol": "STP"}, valid_from=date(2023, 1, 1))
    made = late_case(cast, taken_on=date(2023, 11, 1), due_on=date(2023, 11, 20))
    day = date(2024, 4, 15)
    body = dict(agency.mails(day))["coordinator"].body
    [line] = [part for part in body.split("\n- ") if "our-agency/cases" in part]
    assert "quá hạn 147 ngày (20/11/2023)" in line
    assert made.record.state == "late"


def test_the_products_own_duties_are_not_forgotten_at_new_year(agency: Agency) -> None:
    load()
    set_settings(agency.cast.actor("coordinator"), {"symbol": "STP"}, valid_from=date(2023, 1, 1))
    agency.remind(date(2023, 12, 20))
    Mail.update(sent_at=clock.now()).execute()
    said = ("Xem xét của lãnh đạo", "Phê duyệt mục tiêu chất lượng năm 2023", "Nhập số liệu Quý IV/2023")
    for day in (date(2024, 1, 10), date(2024, 1, 20)):
        body = dict(agency.mails(day))["coordinator"].body
        assert [words for words in said if words not in body] == [], day


def test_an_area_names_days_to_keep_by_its_manifest(agency: Agency) -> None:
    def deadlines(actor: Any, until: date) -> list[WorkItem]:
        mine = actor.slug == "our-agency" and until >= DUE
        return [WorkItem("Rà soát", "things/7", Message("việc phải làm"), due=DUE)] if mine else []

    area.register([*area.areas(), Area("testing", Message("testing"), deadlines=deadlines)])
    assert agency.told(DUE - days(31), DUE) == {"coordinator": [-30, -7, -1]}


# ---------------------------------------------------------------- two at once, and a mail server that is down


@pytest.mark.commits
def test_six_runs_at_once_say_everything_once(agency: Agency, database: Database) -> None:
    agency.action()
    agency.action(owner="colleague")
    assert all_at_once(lambda: reminding.run(system_actor(None, DUE), base_url=URL)) == []
    assert sorted(m.to for m in agency.unsent()) == ["colleague@example.org", "staff@example.org"]
    assert Reminder.select().count() == 2
    assert CALLERS > 1


def test_a_run_that_is_killed_has_said_nothing(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.action()
    keep = reminding._keep

    def killed(found: Any) -> None:
        keep(found)
        raise KeyboardInterrupt

    monkeypatch.setattr(reminding, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        agency.remind(DUE)
    assert (Mail.select().count(), Reminder.select().count()) == (0, 0)
    monkeypatch.setattr(reminding, "_keep", keep)
    assert agency.remind(DUE) == Outcome(DUE, people=1, items=1, mails=1)


@pytest.fixture
def server(agency: Agency, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Server:
    made = Server()
    monkeypatch.setattr(jobs, "clock_now", Clock())
    monkeypatch.setattr(mailer, "connect", made.connect)
    files.configure(tmp_path / "files")
    return made


def test_after_three_days_of_a_dead_server_one_digest_holds_everything(
    agency: Agency, server: Server
) -> None:
    server.dead = True
    first = agency.action()
    done = agency.action(title="Xong rồi")
    second = ""
    for step in range(3):
        if step == 1:
            second = agency.action(due=DUE + days(1))
            actions.fire(agency.cast.actor("staff"), done, "finish", values={"proof": "Biên bản"})
            actions.fire(agency.cast.actor("coordinator"), done, "verify")
        agency.remind(DUE - days(7) + days(step))
        worker.run_once(config())
        jobs.clock_now.now += days(1)  # type: ignore[attr-defined]
    server.dead = False
    assert worker.run_once(config()).sent == 1
    [mail] = server.taken
    body = mail.get_content()
    assert mail["Subject"] == "Nhắc việc ngày 09/06/2024: 0 quá hạn, 2 sắp đến hạn"
    assert f"{first} " in body
    assert f"{second} " in body
    assert f"{done} " not in body
    assert agency.remind(DUE - days(4)) == Outcome(DUE - days(4))  # nothing is said twice
    assert Mail.select().where(Mail.key.startswith("remind:")).count() == 1


def test_an_address_that_refuses_every_days_digest_is_given_up_in_the_end(
    agency: Agency, server: Server
) -> None:
    def refuse(_message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"staff@example.org": (550, b"no such user")})

    server.answer = refuse
    for step in range(worker.REFUSED_TRIES):
        assert [m.tries for m in agency.unsent()] == ([step] if step else [])
        agency.action(due=DUE + days(step))
        assert agency.remind(DUE - days(1) + days(step)).mails == 1
        worker.run_once(config())
        jobs.clock_now.now += days(1)  # type: ignore[attr-defined]
    assert [m.failure for m in jobs.given_up()] != []
    assert agency.unsent() == []


def test_another_address_of_the_same_person_begins_anew(agency: Agency, server: Server) -> None:
    def refuse(_message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"staff@example.org": (550, b"no such user")})

    server.answer = refuse
    agency.action()
    agency.remind(DUE - days(7))
    worker.run_once(config())
    Person.update(email="other@example.org").where(Person.email == "staff@example.org").execute()
    agency.remind(DUE - days(1))
    [mail] = agency.unsent()
    assert (mail.to, mail.tries, mail.failure) == ("other@example.org", 0, "")


def test_a_run_on_an_earlier_day_leaves_the_digest_of_a_later_one_and_loses_nothing(
    agency: Agency, server: Server
) -> None:
    first = agency.action(due=DUE + days(25))
    agency.remind(DUE)
    [before] = agency.unsent()
    second = agency.action(due=DUE - days(5))
    early = DUE - days(10)
    assert agency.remind(early) == Outcome(early)
    [kept] = agency.unsent()
    assert (kept.id, kept.body) == (before.id, before.body)
    agency.remind(DUE + days(1))
    [mail] = agency.unsent()
    assert f"{first} " in mail.body
    assert f"{second} " in mail.body


def test_while_a_worker_sends_a_digest_that_waits_is_not_replaced(agency: Agency, server: Server) -> None:
    agency.action()
    agency.remind(DUE - days(7))
    agency.action(due=DUE + days(1))
    assert jobs.take_lease(worker.LEASE, "another", seconds=300)
    day = DUE - days(6)
    assert agency.remind(day) == Outcome(day)
    assert len(agency.unsent()) == 1
    assert jobs.take_lease(worker.LEASE, "another", seconds=0)
    assert agency.remind(day) == Outcome(day, people=1, items=1, mails=1, replaced=1)
    assert agency.unsent()[0].body.count("Quét hồ sơ") == 2


def test_another_owner_takes_nothing_out_of_a_digest_that_waits(agency: Agency, server: Server) -> None:
    code = agency.action()
    agency.remind(DUE + days(7))
    Record.update(owner=agency.cast.person("colleague")).where(Record.code == code).execute()
    agency.remind(DUE + days(8))
    bodies = {str(mail.to).partition("@")[0]: str(mail.body) for mail in agency.unsent()}
    assert set(bodies) == {"unit_head", "colleague"}
    assert all(body.count(f"- {code} ") == 1 for body in bodies.values())


def test_when_nothing_is_left_the_digest_that_waited_goes(agency: Agency, server: Server) -> None:
    code = agency.action()
    agency.remind(DUE - days(7))
    actions.fire(agency.cast.actor("staff"), code, "finish", values={"proof": "Biên bản"})
    actions.fire(agency.cast.actor("coordinator"), code, "verify")
    agency.remind(DUE - days(6))
    assert agency.unsent() == []


def test_organisations_never_mix(agency: Agency) -> None:
    agency.action()
    stranger = agency.cast.actor("stranger")
    known = {
        "title": "Việc riêng",
        "sort": "corrective",
        "due": DUE,
        "owner": agency.cast.person("stranger").id,
    }
    actions.open_action(stranger, known)
    found: dict[str, Mail] = dict(agency.mails(DUE + days(30)))
    assert "Việc riêng" in found["stranger"].body
    assert all("Việc riêng" not in mail.body for part, mail in found.items() if part != "stranger")
    assert all("Quét hồ sơ" not in mail.body for part, mail in found.items() if part == "stranger")
    assert Organisation.select().count() == 2
