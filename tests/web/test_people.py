"""The people of an organisation, by page: invited, given roles, represented, handing over, leaving."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.kernel.jobs import Mail
from qms.kernel.organisations import Organisation
from qms.kernel.people import Assignment, Deputy, Person, actor_for
from qms.kernel.permissions import Role
from qms.kernel.records import Record
from tests.cast import PARTS, TODAY, Cast
from tests.web.signing import OTHER, PASSWORD, give_password, is_signed_in, link_in, mails, sign_in, tags

Visit = Callable[..., FlaskClient]
MAY = ("coordinator", "admin")
INVITED = {
    "email": "New@Example.org",
    "name": "Người Mới",
    "locale": "vi",
    "role": "staff",
    "valid_from": "2024-04-15",
}


def pages_of(cast: Cast) -> list[str]:
    """The pages about people, of our agency."""
    number = cast.person("staff").id
    role = Assignment.get(Assignment.person == number).id
    below = ["", "/roles/new", f"/roles/{role}/end", "/deputy", "/hand-over", "/leave"]
    return ["/our-agency/settings", "/our-agency/settings/people/new"] + [
        f"/our-agency/settings/people/{number}{end}" for end in below
    ]


@pytest.mark.parametrize("part", PARTS)
def test_who_may_manage_people(visit: Visit, cast: Cast, part: str) -> None:
    client = visit(part)
    expected = 200 if part in MAY else 404 if part == "stranger" else 403
    for path in pages_of(cast):
        assert client.get(path).status_code == expected, path
        if expected != 200 and path.count("/") > 2:
            assert client.post(path, data=INVITED).status_code in (expected, 405), path


@pytest.mark.parametrize("part", PARTS)
def test_who_may_administer_the_installation(visit: Visit, cast: Cast, part: str) -> None:
    number = cast.person("staff").id
    client = visit(part)
    for path in (
        "/admin",
        "/admin/organisations/new",
        "/admin/people/new",
        f"/admin/people/{number}",
        f"/admin/people/{number}/leave",
    ):
        assert client.get(path).status_code == (200 if part == "admin" else 403), path
    for path in ("reactivate", "invite", "second-factor"):
        if part != "admin":
            assert client.post(f"/admin/people/{number}/{path}").status_code == 403


def test_an_administrator_of_one_organisation_is_none_of_the_installation(visit: Visit, cast: Cast) -> None:
    _role(cast, "colleague", Role.ADMIN)
    client = visit("colleague")
    assert client.get("/our-agency/settings").status_code == 200
    assert client.get("/admin").status_code == 403


def _role(cast: Cast, part: str, role: Role) -> None:
    from qms.kernel.people import assign

    assign(cast.system(), cast.person(part), role, valid_from=TODAY)


# ---------------------------------------------------------------- inviting


def test_somebody_is_invited_sets_a_password_and_signs_in(visit: Visit, cast: Cast) -> None:
    answer = visit("coordinator").post("/our-agency/settings/people/new", data=INVITED)
    made = Person.get(Person.email == "new@example.org")
    assert answer.location == f"/our-agency/settings/people/{made.id}"
    assert tags(f"person:{made.id}") == ["person.add", "person.invite"]
    mail = mails("new@example.org")[0]
    client = visit()
    assert client.get(link_in(mail)).status_code == 200
    client.post(link_in(mail), data={"password": OTHER, "password_confirm": OTHER})
    assert visit().get(link_in(mail)).status_code == 303
    sign_in(client, "new@example.org", OTHER)
    assert is_signed_in(client)
    assert actor_for(made, cast.ours, TODAY).roles == {Role.STAFF}
    assert len(mails("new@example.org")) == 1  # a first password is no change that one is warned of


def test_an_account_that_exists_gets_the_role_and_keeps_its_name(visit: Visit, cast: Cast) -> None:
    stranger = give_password(cast.person("stranger"))
    data = INVITED | {"email": "stranger@example.org"}
    assert visit("coordinator").post("/our-agency/settings/people/new", data=data).status_code == 303
    assert Person.get_by_id(stranger.id).name == stranger.name
    assert [m.key.split(":")[0] for m in mails("stranger@example.org")] == ["role"]
    assert actor_for(stranger, cast.ours, TODAY).roles == {Role.STAFF}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"email": "no address"}, 409),
        ({"email": ""}, 422),
        ({"name": ""}, 422),
        ({"role": "king"}, 422),
        ({"role": ""}, 422),
        ({"role": "inspector"}, 409),  # without an end
        ({"role": "unit_head"}, 409),  # without a unit
        ({"valid_from": "31/02/2024"}, 422),
        ({"valid_from": ""}, 422),
        ({"valid_to": "2024-04-14"}, 409),
        ({"unit": "999999"}, 422),
        ({"unit": "abc"}, 422),
        ({"locale": "fr"}, 422),
        ({"name": "x" * 121}, 422),
    ],
)
def test_an_invitation_that_does_not_hold_writes_nothing(
    visit: Visit, cast: Cast, change: dict, status: int
) -> None:
    before = (Person.select().count(), Assignment.select().count(), Mail.select().count())
    answer = visit("coordinator").post("/our-agency/settings/people/new", data=INVITED | change)
    assert answer.status_code == status
    assert (Person.select().count(), Assignment.select().count(), Mail.select().count()) == before
    assert f'value="{(INVITED | change)["name"]}"' in answer.text  # the form again, with what was typed
    assert 'class="problems"' in answer.text


def test_the_invitation_can_be_sent_again_until_there_is_a_password(visit: Visit, cast: Cast) -> None:
    client, number = visit("coordinator"), cast.person("staff").id
    path = f"/our-agency/settings/people/{number}"
    assert "invite" in client.get(path).text
    assert client.post(f"{path}/invite").status_code == 303
    assert len(mails("staff@example.org")) == 1
    give_password(cast.person("staff"))
    assert "/invite" not in client.get(path).text
    assert client.post(f"{path}/invite").status_code == 409


def test_the_link_of_an_invitation_holds_longer_than_two_hours(
    visit: Visit, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from qms.kernel import accounts

    visit("coordinator").post("/our-agency/settings/people/new", data=INVITED)
    monkeypatch.setattr(accounts, "RESET_FOR", timedelta(seconds=-1))
    assert visit().get(link_in(mails("new@example.org")[0])).status_code == 200


def test_without_the_address_of_the_application_nobody_is_invited(
    app: Flask, visit: Visit, cast: Cast
) -> None:
    app.config["QMS"] = replace(app.config["QMS"], base_url="")
    before = (Person.select().count(), Assignment.select().count())
    settings = f"/our-agency/settings/people/{cast.person('staff').id}"
    for part, path in (
        ("coordinator", "/our-agency/settings/people/new"),
        ("coordinator", f"{settings}/invite"),
        ("admin", f"/admin/people/{cast.person('staff').id}/invite"),
    ):
        answer = visit(part).post(path, data=INVITED)
        assert answer.status_code == 409, path
        assert "QMS_BASE_URL" in answer.text
    assert (Person.select().count(), Assignment.select().count()) == before
    assert Mail.select().count() == 0


# ---------------------------------------------------------------- roles


def test_a_role_is_given_and_ended(visit: Visit, cast: Cast) -> None:
    client, staff = visit("coordinator"), cast.person("staff")
    path = f"/our-agency/settings/people/{staff.id}"
    assert (
        client.post(f"{path}/roles/new", data={"role": "auditor", "valid_from": "2024-04-15"}).status_code
        == 303
    )
    assert actor_for(staff, cast.ours, TODAY).roles == {Role.STAFF, Role.AUDITOR}
    row = Assignment.get(Assignment.person == staff.id, Assignment.role == "auditor")
    assert client.post(f"{path}/roles/{row.id}/end", data={"last_day": "2024-04-14"}).status_code == 409
    row = Assignment.get(Assignment.person == staff.id, Assignment.role == "staff")
    assert client.post(f"{path}/roles/{row.id}/end", data={"last_day": "2024-04-14"}).status_code == 303
    assert actor_for(staff, cast.ours, TODAY).roles == {Role.AUDITOR}
    assert tags(f"assignment:{row.id}")[-1] == "assignment.end"


def test_the_same_role_is_not_given_twice(visit: Visit, cast: Cast) -> None:
    """Ending the one on the page would leave the other."""
    client, number = visit("coordinator"), cast.person("staff").id
    path = f"/our-agency/settings/people/{number}/roles/new"
    held = Assignment.select().where(Assignment.person == number).count()
    given = {"role": "auditor", "valid_from": "2024-04-15"}
    assert client.post(path, data=given).status_code == 303
    assert client.post(path, data=given | {"valid_from": "2024-05-01"}).status_code == 409
    assert Assignment.select().where(Assignment.person == number).count() == held + 1


def test_the_history_of_a_role_names_it_by_its_word(visit: Visit, cast: Cast) -> None:
    client, number = visit("coordinator"), cast.person("staff").id
    given = {"role": "auditor", "valid_from": "2024-04-15"}
    client.post(f"/our-agency/settings/people/{number}/roles/new", data=given)
    said = client.get("/our-agency/trail").text
    assert ": đánh giá viên nội bộ" in said
    assert ": auditor" not in said


def test_nobody_gives_a_role_to_themselves(visit: Visit, cast: Cast) -> None:
    number = cast.person("coordinator").id
    data = {"role": "leader", "valid_from": "2024-04-15"}
    answer = visit("coordinator").post(f"/our-agency/settings/people/{number}/roles/new", data=data)
    assert answer.status_code == 409
    answer = visit("coordinator").post(
        "/our-agency/settings/people/new",
        data=INVITED | {"email": "coordinator@example.org", "role": "leader"},
    )
    assert answer.status_code == 409
    assert Role.LEADER not in actor_for(cast.person("coordinator"), cast.ours, TODAY).roles


def test_a_role_elsewhere_cannot_be_ended_from_here(visit: Visit, cast: Cast) -> None:
    stranger = cast.person("stranger")
    row = Assignment.get(Assignment.person == stranger.id)
    client = visit("coordinator")
    for number in (stranger.id, cast.person("staff").id, 999_999):
        path = f"/our-agency/settings/people/{number}/roles/{row.id}/end"
        assert client.post(path, data={"last_day": "2024-04-15"}).status_code == 404
    assert Assignment.get_by_id(row.id).valid_to is None


def test_people_of_another_organisation_are_not_found(visit: Visit, cast: Cast) -> None:
    client, number = visit("coordinator"), cast.person("stranger").id
    for end in ("", "/roles/new", "/deputy", "/hand-over", "/leave"):
        answer = client.get(f"/our-agency/settings/people/{number}{end}")
        assert answer.status_code == client.get(f"/our-agency/settings/people/999999{end}").status_code == 404
    assert client.post(f"/our-agency/settings/people/{number}/invite").status_code == 404
    assert "stranger@example.org" not in client.get("/our-agency/settings").text


# ---------------------------------------------------------------- absence

AWAY = {"valid_from": "2024-04-15", "valid_to": "2024-04-30"}


def test_a_deputy_acts_while_somebody_is_away(visit: Visit, cast: Cast) -> None:
    staff, colleague = cast.person("staff"), cast.person("colleague")
    path = f"/our-agency/settings/people/{staff.id}/deputy"
    answer = visit("coordinator").post(path, data=AWAY | {"deputy": colleague.id})
    assert answer.status_code == 303
    assert actor_for(colleague, cast.ours, TODAY).acts_for == {staff.id}
    row = Deputy.get()
    assert visit("coordinator").post(f"/our-agency/settings/deputies/{row.id}/end").status_code == 303
    assert actor_for(colleague, cast.ours, TODAY).acts_for == frozenset()


def test_anybody_inside_names_their_own_deputy(visit: Visit, cast: Cast) -> None:
    client, colleague = visit("staff"), cast.person("colleague")
    assert (
        client.post("/our-agency/settings/absence/new", data=AWAY | {"deputy": colleague.id}).status_code
        == 303
    )
    assert "Colleague" in client.get("/our-agency/settings/absence").text
    row = Deputy.get()
    assert visit("auditor").post(f"/our-agency/settings/deputies/{row.id}/end").status_code == 404
    assert client.post(f"/our-agency/settings/deputies/{row.id}/end").status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"valid_to": "2024-04-14"},
        {"valid_from": "2024-05-02"},
        {"deputy": "stranger"},
        {"deputy": "staff"},
        {"deputy": ""},
    ],
)
def test_a_deputy_that_does_not_hold_is_refused(visit: Visit, cast: Cast, change: dict) -> None:
    data = AWAY | {"deputy": "colleague"} | change
    data["deputy"] = str(cast.person(data["deputy"]).id) if data["deputy"] else ""
    assert visit("staff").post("/our-agency/settings/absence/new", data=data).status_code in (409, 422)
    assert Deputy.select().count() == 0


# ---------------------------------------------------------------- leaving


def test_who_leaves_is_out_at_once_and_keeps_the_history(visit: Visit, cast: Cast) -> None:
    staff = give_password(cast.person("staff"))
    client = visit()
    sign_in(client, staff.email)
    path = f"/our-agency/settings/people/{staff.id}/leave"
    assert visit("coordinator").post(path, data={"reason": "Quyết định 12"}).status_code == 303
    assert not is_signed_in(client)
    again = visit()
    sign_in(again, staff.email)
    assert not is_signed_in(again)
    assert not Person.get_by_id(staff.id).active
    assert actor_for(staff, cast.ours, TODAY).roles == frozenset()
    assert tags(f"person:{staff.id}")[-1] == "person.deactivate"
    assert visit("coordinator").get(f"/our-agency/settings/people/{staff.id}").status_code == 200


def test_the_page_of_who_has_left_offers_nothing_more_and_says_why(visit: Visit, cast: Cast) -> None:
    staff, client = cast.person("staff"), visit("coordinator")
    client.post(f"/our-agency/settings/people/{staff.id}/leave", data={"reason": "chuyển công tác"})
    page = client.get(f"/our-agency/settings/people/{staff.id}").text
    assert "không thể giao vai trò" in page
    for offered in ("roles/new", "/end", "/deputy", "/leave", "/hand-over", "/invite"):
        assert f"people/{staff.id}{offered}" not in page, offered
    assert not re.search(rf"people/{staff.id}/roles/\d+/end", page)
    given = {"role": "auditor", "valid_from": "2024-04-15"}
    answer = client.post(f"/our-agency/settings/people/{staff.id}/roles/new", data=given)
    assert answer.status_code == 409
    assert actor_for(staff, cast.ours, TODAY).roles == frozenset()


def test_who_takes_over_is_asked_and_named_beside_its_field(visit: Visit, cast: Cast) -> None:
    staff, client = cast.person("staff"), visit("coordinator")
    values = {"title": "Số hóa", "sort": "corrective", "owner": staff.id, "due": "2024-06-01"}
    client.post("/our-agency/actions/new", data=values)
    path, field = f"/our-agency/settings/people/{staff.id}/leave", f"to_{cast.ours.id}"
    refused = client.post(path, data={"reason": "Quyết định 12"})
    assert refused.status_code == 409
    assert f'href="#{field}"' in refused.text
    assert "Quyết định 12" in refused.text
    sent = {"reason": "Quyết định 12", field: cast.person("colleague").id}
    assert client.post(path, data=sent).status_code == 303
    assert Record.get(Record.kind == "action").owner_id == cast.person("colleague").id


def test_nobody_deactivates_themselves(visit: Visit, cast: Cast) -> None:
    number = cast.person("coordinator").id
    assert visit("coordinator").post(f"/our-agency/settings/people/{number}/leave").status_code == 409
    number = cast.person("admin").id
    assert visit("admin").post(f"/admin/people/{number}/leave").status_code == 409


def test_an_account_opened_again_has_to_be_invited(visit: Visit, cast: Cast) -> None:
    staff = give_password(cast.person("staff"))
    admin = visit("admin")
    admin.post(f"/admin/people/{staff.id}/leave")
    answer = visit("coordinator").post(
        "/our-agency/settings/people/new", data=INVITED | {"email": staff.email}
    )
    assert answer.status_code == 409
    assert admin.post(f"/admin/people/{staff.id}/reactivate").status_code == 303
    client = visit()
    sign_in(client, staff.email, PASSWORD)
    assert not is_signed_in(client)
    client.post(link_in(mails(staff.email)[-1]), data={"password": OTHER, "password_confirm": OTHER})
    sign_in(client, staff.email, OTHER)
    assert is_signed_in(client)


# ---------------------------------------------------------------- the installation


def test_an_administrator_adds_an_organisation_and_an_overseer(visit: Visit, cast: Cast) -> None:
    admin = visit("admin")
    answer = admin.post("/admin/organisations/new", data={"slug": "so-moi", "name": "Sở Mới"})
    assert answer.location == "/so-moi/settings"
    assert admin.get("/so-moi/settings").status_code == 200
    data = {"email": "over@example.org", "name": "Giám sát", "role": "overseer", "valid_from": "2024-04-15"}
    assert admin.post("/admin/people/new", data=data).status_code == 303
    row = Assignment.get(Assignment.person == Person.get(Person.email == "over@example.org").id)
    assert (row.organisation_id, row.role) == (None, "overseer")


@pytest.mark.parametrize("slug", ["admin", "Our", "our-agency", "-x", "a b", "login", "../x", "đà-nẵng"])
def test_a_slug_that_cannot_be_is_refused(visit: Visit, cast: Cast, slug: str) -> None:
    before = Organisation.select().count()
    assert visit("admin").post("/admin/organisations/new", data={"slug": slug, "name": "X"}).status_code in (
        409,
        422,
    )
    assert Organisation.select().count() == before


def test_an_administrator_of_the_installation_gives_no_other_roles_there(visit: Visit, cast: Cast) -> None:
    data = {"email": "x@example.org", "name": "X", "role": "leader", "valid_from": "2024-04-15"}
    assert visit("admin").post("/admin/people/new", data=data).status_code == 422


def test_accounts_are_found_by_name(visit: Visit, cast: Cast) -> None:
    page = visit("admin").get("/admin?q=Stran").text
    assert "stranger@example.org" in page
    assert "staff@example.org" not in page
    assert "thay đổi thông tin cơ quan" in page  # the permissions' sentences
    assert visit("admin").get("/admin?q=%25%27%22%5C").status_code == 200
