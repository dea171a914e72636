"""Accounts by service: the rights of each role, hand-over of open records, leaving several organisations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

import pytest
from peewee import Database

from qms.kernel import accounts, area, leaving, verify
from qms.kernel.accounts import NewRole
from qms.kernel.area import Area
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.jobs import Notification
from qms.kernel.organisations import add_organisation, add_unit, edit_unit, set_settings
from qms.kernel.people import (
    Assignment,
    Deputy,
    Person,
    actor_for,
    add_person,
    assign,
    installation_actor,
    working_in,
)
from qms.kernel.permissions import INSIDE, Actor, Permission, Role
from qms.kernel.records import Kind, Record
from qms.kernel.text import _
from qms.kernel.trail import TrailEntry, change
from qms.kernel.workflow import Machine
from tests.cast import PARTS, TODAY, Cast

SINCE = date(2024, 1, 1)
TOUCH = Permission("things.touch", _("Reason"), INSIDE)


class Open(StrEnum):
    """The one state of a thing."""

    OPEN = "open"


class Thing(Kind):
    """A kind of record as any area has."""

    kind = "thing"
    area = "things"
    prefix = "TH"
    label = _("title")
    machine = Machine("thing", Open, {Open.OPEN: _("title")}, (), initial=Open.OPEN)

    class Meta:
        table_name = "thing_of_tests"


@pytest.fixture
def things(database: Database, cast: Cast) -> Iterator[Callable[..., Record]]:
    """Make records: `things("staff")` is an open one of ours that the person owns."""
    area.register(
        [*area.areas(), Area(name="things", title=_("title"), kinds=(Thing,), permissions=(TOUCH,))]
    )
    with database.bind_ctx([Thing], bind_refs=False, bind_backrefs=False):
        Thing.create_table(safe=False)

        def make(owner: str, *, theirs: bool = False, ended: bool = False) -> Record:
            actor = cast.system()
            if theirs:
                actor = replace(actor, organisation_id=cast.theirs.id, slug=cast.theirs.slug)
            with change(actor):
                row = Thing.new(actor, title="việc", happened_on=TODAY, owner=cast.person(owner).id)
                row.record.ended_on = TODAY if ended else None
                row.save()
            return row.record

        yield make


def owner_of(record: Record) -> int:
    """Who owns it now."""
    return Record.get_by_id(record.id).owner_id


def admin_of(cast: Cast) -> Actor:
    """The administrator acting on the installation."""
    return installation_actor(cast.person("admin"), TODAY)


# ---------------------------------------------------------------- who may

AS_STAFF = NewRole(Role.STAFF, TODAY)
ADMINISTERS = {
    "invites": lambda a, c: accounts.take_in(a, "n@example.org", "N", AS_STAFF, link=lambda p: "/reset/x"),
    "adds a person": lambda a, c: add_person(a, "n@example.org", "N"),
    "gives a role": lambda a, c: assign(a, c.person("staff"), Role.AUDITOR, valid_from=TODAY),
    "ends a role": lambda a, c: accounts.end_assignment(a, _role_of(c, "staff"), last_day=TODAY),
    "names a deputy": lambda a, c: accounts.set_deputy(
        a, c.person("staff"), c.person("colleague"), valid_from=TODAY, valid_to=TODAY
    ),
    "hands over": lambda a, c: leaving.hand_over(a, c.person("staff"), c.person("colleague")),
    "deactivates": lambda a, c: leaving.deactivate(a, c.person("staff")),
    "adds a unit": lambda a, c: add_unit(a, "N", "N", valid_from=TODAY),
    "edits a unit": lambda a, c: edit_unit(a, c.units["HT"].id, name="N", valid_to=None),
    "changes settings": lambda a, c: set_settings(a, {"symbol": "N"}, valid_from=TODAY),
}  # fmt: skip
INSTALLATION_ONLY = {
    "adds an organisation": lambda a, c: add_organisation(a, "n", "N"),
    "opens an account again": lambda a, c: accounts.reactivate(
        a, c.person("staff"), link=lambda p: "/reset/x"
    ),
    "takes a second factor away": lambda a, c: accounts.remove_second_factor(a, c.person("staff")),
    "makes an administrator": lambda a, c: assign(
        a, c.person("staff"), Role.ADMIN, valid_from=TODAY, installation=True
    ),
}


def _role_of(cast: Cast, part: str) -> int:
    return Assignment.get(Assignment.person == cast.person(part).id).id


@pytest.mark.parametrize("what", ADMINISTERS)
@pytest.mark.parametrize("part", PARTS)
def test_who_may_administer_an_organisation(cast: Cast, part: str, what: str) -> None:
    allowed = part in ("coordinator", "admin")
    actor = cast.intruder() if part == "stranger" else cast.actor(part)
    if part == "staff" and what == "names a deputy":
        return  # their own
    if allowed:
        ADMINISTERS[what](actor, cast)
        return
    before = TrailEntry.select().count()
    with pytest.raises(Forbidden):
        ADMINISTERS[what](actor, cast)
    assert TrailEntry.select().count() == before


@pytest.mark.parametrize("what", INSTALLATION_ONLY)
@pytest.mark.parametrize("part", PARTS)
def test_who_may_administer_the_installation(cast: Cast, part: str, what: str) -> None:
    with pytest.raises(Forbidden):  # from within an organisation nobody may
        INSTALLATION_ONLY[what](cast.actor(part), cast)
    actor = installation_actor(cast.person(part), TODAY)
    if part != "admin":
        with pytest.raises(Forbidden):
            INSTALLATION_ONLY[what](actor, cast)
    elif what != "opens an account again":
        INSTALLATION_ONLY[what](actor, cast)


def test_an_administrator_holds_no_right_of_an_area(cast: Cast) -> None:
    from qms.kernel.organisations import INSTALLATION, SETTINGS
    from qms.kernel.people import PEOPLE

    held = {p.name for p in area.permissions().values() if cast.actor("admin").may(p)}
    assert held == {INSTALLATION.name, SETTINGS.name, PEOPLE.name}


# ---------------------------------------------------------------- hand-over and leaving


def test_open_records_are_handed_over_each_with_its_trail(cast: Cast, things: Callable[..., Record]) -> None:
    mine, also, done, other = things("staff"), things("staff"), things("staff", ended=True), things("auditor")
    colleague = cast.person("colleague")
    assert leaving.hand_over(cast.actor("coordinator"), cast.person("staff"), colleague) == 2
    assert [owner_of(r) for r in (mine, also)] == [colleague.id] * 2
    assert owner_of(done) == cast.person("staff").id
    assert owner_of(other) == cast.person("auditor").id
    handed = TrailEntry.select().where(TrailEntry.tag == "thing.hand_over")
    assert {e.record_id for e in handed} == {mine.id, also.id}
    assert {e.chain for e in handed} == {cast.ours.id}
    assert Notification.select().where(Notification.person == colleague.id).count() == 2


@pytest.mark.parametrize("to", ["staff", "stranger", "overseer"])
def test_open_records_go_to_somebody_who_works_here(
    cast: Cast, things: Callable[..., Record], to: str
) -> None:
    mine = things("staff")
    with pytest.raises(Refused):
        leaving.hand_over(cast.actor("coordinator"), cast.person("staff"), cast.person(to))
    assert owner_of(mine) == cast.person("staff").id


def test_nobody_leaves_while_open_records_have_no_new_owner(
    cast: Cast, things: Callable[..., Record]
) -> None:
    things("staff")
    before = TrailEntry.select().count()
    with pytest.raises(Refused) as refused:
        leaving.deactivate(cast.actor("coordinator"), cast.person("staff"))
    assert refused.value.reasons[0].where == f"#to_{cast.ours.id}"
    assert Person.get_by_id(cast.person("staff").id).active
    assert TrailEntry.select().count() == before


def test_leaving_is_all_or_nothing(cast: Cast, things: Callable[..., Record]) -> None:
    mine = things("staff")
    with pytest.raises(Refused):
        leaving.deactivate(
            cast.actor("coordinator"), cast.person("staff"), to={cast.ours.id: cast.person("stranger")}
        )
    assert Person.get_by_id(cast.person("staff").id).active
    assert owner_of(mine) == cast.person("staff").id
    assert actor_for(cast.person("staff"), cast.ours, TODAY).roles == {Role.STAFF}


def test_who_leaves_hands_over_in_every_organisation_at_once(
    cast: Cast, things: Callable[..., Record]
) -> None:
    staff, colleague, stranger = (cast.person(p) for p in ("staff", "colleague", "stranger"))
    there = replace(cast.system(), organisation_id=cast.theirs.id, slug=cast.theirs.slug)
    assign(there, staff, Role.AUDITOR, valid_from=SINCE)
    accounts.set_deputy(
        cast.actor("coordinator"), colleague, staff, valid_from=TODAY, valid_to=date(2024, 5, 1)
    )
    ours, theirs = things("staff"), things("staff", theirs=True)
    with pytest.raises(Refused, match="quản trị viên toàn hệ thống"):
        leaving.deactivate(cast.actor("coordinator"), staff, to={cast.ours.id: colleague})
    session = Person.get_by_id(staff.id).fs_uniquifier
    leaving.deactivate(
        admin_of(cast),
        staff,
        to={cast.ours.id: colleague, cast.theirs.id: stranger},
        reason="chuyển công tác",
    )
    assert (owner_of(ours), owner_of(theirs)) == (colleague.id, stranger.id)
    left = Person.get_by_id(staff.id)
    assert not left.active
    assert left.fs_uniquifier != session
    assert actor_for(colleague, cast.ours, TODAY).acts_for == frozenset()
    for organisation in (cast.ours, cast.theirs):
        assert actor_for(staff, organisation, TODAY).roles == frozenset()
        handed = TrailEntry.get(TrailEntry.chain == organisation.id, TrailEntry.tag == "thing.hand_over")
        assert "chuyển công tác" in handed.body
    assert TrailEntry.get(TrailEntry.tag == "person.deactivate").chain == 0


def test_the_trail_holds_after_all_of_it(cast: Cast, things: Callable[..., Record]) -> None:
    things("staff")
    coordinator = cast.actor("coordinator")
    accounts.take_in(coordinator, "n@example.org", "N", NewRole(Role.STAFF, TODAY), link=lambda p: "/reset/x")
    leaving.deactivate(coordinator, cast.person("staff"), to={cast.ours.id: cast.person("colleague")})
    accounts.reactivate(admin_of(cast), cast.person("staff"), link=lambda p: "/reset/x")
    report = verify.verify([0, cast.ours.id])
    assert report.findings == ()


def test_deactivating_twice_is_refused(cast: Cast) -> None:
    leaving.deactivate(admin_of(cast), cast.person("staff"))
    with pytest.raises(Refused):
        leaving.deactivate(admin_of(cast), Person.get_by_id(cast.person("staff").id))


def test_who_left_is_nobody_to_choose(cast: Cast) -> None:
    leaving.deactivate(admin_of(cast), cast.person("staff"))
    assert "staff@example.org" not in {p.email for p in working_in(cast.ours.id, TODAY)}


# ---------------------------------------------------------------- roles and absence


def test_a_role_of_another_organisation_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        accounts.end_assignment(cast.actor("coordinator"), _role_of(cast, "stranger"), last_day=TODAY)
    with pytest.raises(NotFound):
        accounts.end_deputy(cast.actor("coordinator"), 999)


def test_an_absence_that_has_not_begun_can_be_taken_back(cast: Cast) -> None:
    coordinator, colleague = cast.actor("coordinator"), cast.person("colleague")
    later = TODAY + timedelta(days=10)
    made = accounts.set_deputy(coordinator, cast.person("staff"), colleague, valid_from=later, valid_to=later)
    accounts.end_deputy(coordinator, made.id)
    assert actor_for(colleague, cast.ours, later).acts_for == frozenset()
    assert Deputy.get_by_id(made.id).valid_from == later


def test_who_is_away_may_end_it_and_nobody_else(cast: Cast) -> None:
    staff = cast.actor("staff")
    made = accounts.set_deputy(
        staff, cast.person("staff"), cast.person("colleague"), valid_from=TODAY, valid_to=TODAY
    )
    with pytest.raises(Forbidden):
        accounts.end_deputy(cast.actor("colleague"), made.id)
    accounts.end_deputy(staff, made.id)
    assert actor_for(cast.person("colleague"), cast.ours, TODAY).acts_for == frozenset()


def test_nobody_gives_a_role_to_themselves(cast: Cast) -> None:
    with pytest.raises(Refused):
        assign(cast.actor("coordinator"), cast.person("coordinator"), Role.LEADER, valid_from=TODAY)
    with pytest.raises(Refused):
        assign(admin_of(cast), cast.person("admin"), Role.OVERSEER, valid_from=TODAY, installation=True)


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("mười hai ký tự", True),
        ("12345678901", False),
        ("123456789012", True),
        ("x" * 12, False),
        ("ababababababab", False),
        ("a" * 200 + "bcd", True),
        ("abcd" * 64 + "e", False),
        ("staff@example.org", False),
        (" STAFF@example.org ", False),
    ],
)
def test_what_a_password_must_be(password: str, good: bool) -> None:
    assert (accounts.bad_password(password, "staff@example.org") is None) is good
