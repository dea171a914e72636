"""The demonstration: the published figures and nothing else as figures, told through the services, once."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from peewee import Database

from qms import resources
from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.actions.service_serving import serving
from qms.areas.cases.models import LateCase
from qms.areas.kpis import service as kpis
from qms.areas.nonconformities import service_links, service_proposals, service_rounds
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_analysis import CAUSES, why_steps
from qms.areas.objectives.models import Objective
from qms.areas.reviews import service as reviews
from qms.areas.reviews.models import Review, ReviewPack
from qms.areas.statements import service_kept as statements
from qms.config import Config
from qms.demonstration import load as loading
from qms.demonstration.figures import STATEMENTS
from qms.demonstration.load import AGENCIES, load, read
from qms.demonstration.story import VERBS
from qms.kernel import clock, verify
from qms.kernel.calendar import Period
from qms.kernel.links import Link
from qms.kernel.organisations import Organisation, settings_on
from qms.kernel.people import Assignment, Person
from qms.kernel.records import Record
from qms.kernel.text import language
from qms.kernel.trail import SYSTEM_CHAIN, TrailEntry
from tests import demonstrated
from tests.areas.kpis import reading
from tests.cast import TODAY
from tests.conftest import TRAIL_KEY
from tests.demonstrated import PASSWORD, actor
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from tests.cli import Command

COORDINATOR = "coordinator@kien-giang.example"
MARK = re.compile(r"[Dd]ữ liệu minh họa")


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from qms import areas
    from qms.kernel import trail

    trail.configure_keys(TRAIL_KEY)
    areas.load()
    return demonstrated.make(tmp_path_factory.mktemp("demonstration"), TRAIL_KEY)


@pytest.fixture
def demo(_prepared: Path, tmp_path: Path) -> Iterator[Config]:
    """The loaded demonstration in a folder of the test's own."""
    with demonstrated.copied(_prepared, tmp_path, TRAIL_KEY) as settings:
        yield settings


def organisation(slug: str = "kien-giang") -> Organisation:
    return Organisation.by_slug(slug)


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize("period", PUBLISHED)
def test_a_statement_holds_exactly_the_published_figures(demo: Config, period: str) -> None:
    kept = dict(statements.whole(organisation().id, Period.parse(period)).rows)
    figures = kept.pop(None)
    assert kept == {}, "the article gives no fields"
    shares = {key: Decimal(str(v)) for key, v in PUBLISHED[period].items() if key.endswith("_pct")}
    counts = {key: v for key, v in PUBLISHED[period].items() if not key.endswith("_pct")}
    assert figures.counts == counts
    assert figures.shares == shares
    assert figures.approximate == {}


def test_vinh_phuc_is_approximate_and_stated_and_computes_nothing(demo: Config) -> None:
    figures = statements.whole(organisation("vinh-phuc").id, Period.parse("2021-H1")).rows[None]
    assert (figures.counts, figures.approximate) == ({"received_total": 1700}, {"received_total": "more"})
    assert figures.shares == {"on_time_or_early_pct": Decimal(98)}
    measured = reading.measurement(actor("coordinator@vinh-phuc.example"), "on_time", "2021-H1")
    assert measured is not None
    assert (measured.stated, measured.rate) == (Decimal(98), None)
    assert settings_on(organisation("vinh-phuc").id, TODAY)["edition"] == "2008"


def test_exactly_three_warnings_were_accepted_with_a_reason_and_no_error(demo: Config) -> None:
    found = statements.failed_now(organisation().id)
    assert [(v.period.code, v.rule, v.left, v.right) for _r, _revision, v in found] == [
        ("2023", "D2", 13985, 13989),
        ("2024-Q1", "D1", 5720, 6422),
        ("2024-Q1", "D2", 4451, 5138),
    ]
    assert all(v.level == "warning" and revision.accepted_reason for _r, revision, v in found)
    assert statements.failed_now(organisation("vinh-phuc").id) == []


def test_computed_and_stated_rates_stand_beside_each_other(demo: Config) -> None:
    measured = reading.measurement(actor(COORDINATOR), "digit_result", "2024-Q1")
    assert measured is not None
    assert (measured.numerator, measured.denominator) == (1534, 5138)
    assert (measured.shown, measured.shown_stated) == ("29,86%", "34,46%")


def test_the_shipped_workbooks_are_those_that_the_figures_make() -> None:
    from qms.demonstration.figures import workbook
    from qms.importers.taking import statement_file

    for published in STATEMENTS:
        shipped = (resources.AUDITS / "demonstration" / published.filename).read_bytes()
        read_back = [statement_file(data, published.filename) for data in (shipped, workbook(published))]
        first, second = ([one.statement for one in file.statements] for file in read_back)
        assert first == second
        assert not any(file.problems for file in read_back)


# ---------------------------------------------------------------- the story


def test_the_weaknesses_of_the_article_stand_in_every_stage(demo: Config) -> None:
    found = {row.record.code: (row.record.state, row.grade) for row in Nonconformity.of(organisation().id)}
    assert found == {
        "NC-2023-001": ("closed", "minor"),
        "NC-2023-002": ("acting", "minor"),
        "NC-2023-003": ("planned", "major"),
        "NC-2023-004": ("contained", "major"),
        "NC-2023-005": ("analysed", "minor"),
        "NC-2023-006": ("verifying", "major"),
        "NC-2024-001": ("open", "minor"),
        "NC-2024-002": ("open", "observation"),
        "NC-2024-003": ("open", "minor"),
    }


def test_owners_on_three_levels_are_late_with_something(demo: Config) -> None:
    late = Record.select(Record.code, Person.email).join(Person, on=(Record.owner == Person.id))
    late = late.where(Record.organisation == organisation().id, Record.ended_on.is_null(), Record.due < TODAY)
    own = {"action", "nonconformity"}
    assert {(code, email.partition("@")[0]) for code, email in late.where(Record.kind.in_(own)).tuples()} == {
        ("AC-2023-003", "records"),
        ("AC-2024-004", "coordinator"),
        ("NC-2023-005", "staff"),
    }


def nonconformity(code: str) -> Nonconformity:
    return Nonconformity.by_code(organisation().id, code)


def test_every_way_of_looking_for_the_cause_is_shown(demo: Config) -> None:
    whys, drawn, described = (nonconformity(f"NC-2023-00{n}") for n in (6, 5, 2))
    assert (whys.cause_method, len(why_steps(whys.whys))) == ("five_whys", 4)
    assert drawn.cause_method == "cause_effect"
    assert all(drawn.value(column) for column in CAUSES.values())
    assert (described.cause_method, described.whys) == ("described", "")
    groups = {row.cause_group for row in Nonconformity.of(organisation().id) if row.cause}
    assert groups == {"information", "people", "method", "means"}


def tags(code: str) -> list[tuple[str, str, str]]:
    """(step, who, reason) of the entries of a record's own row in the trail."""
    record = Record.get(Record.organisation == organisation().id, Record.code == code)
    entries = TrailEntry.select().where(TrailEntry.record_id == record.id).order_by(TrailEntry.seq)
    read = [json.loads(entry.body) for entry in entries]
    return [(e["tag"].partition(".")[2], e["actor"]["name"], e.get("reason", "")) for e in read]


def test_a_plan_came_back_once_before_it_was_approved(demo: Config) -> None:
    steps = [one for one in tags("NC-2023-006") if one[0].endswith("plan")]
    assert [step for step, _who, _reason in steps] == ["plan", "return_plan", "plan", "approve_plan"]
    assert {who for step, who, _ in steps if step.endswith("e_plan")} == {"Giám đốc Sở"}
    assert "máy quét" in steps[1][2]


def test_one_was_not_effective_and_is_in_its_second_round(demo: Config) -> None:
    row = nonconformity("NC-2023-005")
    [first] = service_rounds.earlier_rounds([row])[row.record_id]
    assert (row.generation, first.number, first.step, first.cause_group) == (2, 1, "not_effective", "method")
    assert "01/04 năm sổ" in first.reason


def test_one_was_closed_by_somebody_who_had_no_part_in_it(demo: Config) -> None:
    row = nonconformity("NC-2023-001")
    involved = {row.planner_id, row.approver_id, *row.authors()}
    involved |= {one.owner_id for one in serving(row.record_id)}
    assert row.verifier is not None
    assert row.verifier.email == "auditor@kien-giang.example"
    assert row.verifier_id not in involved


def test_an_action_was_extended_by_who_approved_the_plan_and_keeps_its_first_date(demo: Config) -> None:
    row = Action.by_code(organisation().id, "AC-2023-003")
    [moved] = actions.extensions(row)
    assert (str(row.first_due), str(moved.old), str(moved.new)) == ("2024-02-29", "2024-02-29", "2024-03-29")
    approver = nonconformity("NC-2023-002").approver
    assert approver is not None
    assert (moved.who, bool(moved.reason)) == (approver.name, True)


def test_an_action_from_the_review_serves_a_nonconformity_as_well(demo: Config) -> None:
    served = {
        code: {record.code for record in actions.served(Action.by_code(organisation().id, code).record_id)}
        for code in ("AC-2024-004", "AC-2024-005")
    }
    assert served == {
        "AC-2024-004": {"MR-2024-001", "NC-2023-004"},
        "AC-2024-005": {"MR-2024-001", "NC-2023-005"},
    }


def test_nonconformities_hang_together_with_each_other_and_with_where_they_come_from(demo: Config) -> None:
    ties = Link.select().where(Link.relation.in_(["caused_by", "same_cause", "recurs", "source"]))
    found = {(tie.record.code, tie.relation, tie.target.code) for tie in ties}
    assert found == {
        ("NC-2023-003", "same_cause", "NC-2023-002"),
        ("NC-2024-001", "recurs", "NC-2023-001"),
        ("NC-2024-001", "caused_by", "NC-2023-003"),
        ("NC-2024-003", "source", "LC-2024-002"),
        ("NC-2024-003", "source", "LC-2024-005"),
        ("NC-2024-003", "caused_by", "NC-2023-005"),
        ("NC-2023-006", "source", "digit_result"),
        ("NC-2024-002", "source", "2024-Q1"),
    }
    inspected = nonconformity("NC-2024-001")
    assert (inspected.source_kind, inspected.source_body) == ("inspection", "science")
    assert nonconformity("NC-2024-003").source_kind == "overdue"


def test_nothing_waits_to_be_told_whether_it_is_a_recurrence(demo: Config) -> None:
    asked = [
        row.record.code
        for row in Nonconformity.of(organisation().id)
        if not service_links.repeated(row).times > 1 and service_links.may_recur(row)
    ]
    assert asked == []


def test_the_missed_target_led_to_a_nonconformity_and_one_miss_still_waits(demo: Config) -> None:
    offered = {p.key for _period, p in service_proposals.on_offer(actor(COORDINATOR), None)}
    assert "kpi:digit_intake:2023:target" in offered
    assert "kpi:digit_result:2023:target" not in offered
    target = kpis.book(actor(COORDINATOR)).target("digit_result", Period.parse("2023"))
    assert target is not None
    assert (target.value, target.set_by, target.illustrative) == (50, "giả định", True)


def test_the_review_over_2023_is_held_with_every_input_and_owned_actions(demo: Config) -> None:
    review = Review.by_code(organisation().id, "MR-2024-001")
    assert (review.record.state, review.period, review.illustrative) == ("held", "2023", True)
    assert reviews.unanswered(actor(COORDINATOR), review) == ()
    assert ReviewPack.select().where(ReviewPack.record == review.record_id).count() == 1
    concluded = reviews.outputs(review)
    assert [o.kind for o in concluded] == ["improvement", "change", "resource"]
    assert all(o.action and o.action.owner_id for o in concluded)


def test_the_minutes_come_out_of_it_and_say_that_they_are_illustrative(demo: Config) -> None:
    from qms.areas.reviews import views_minutes

    name, content = views_minutes.make(actor("leader@kien-giang.example"), "MR-2024-001", "vi")
    words = words_of(content)
    assert name.endswith(".docx")
    for expected in ("ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG", "SỞ TƯ PHÁP", "/BB-STP", "0,28%", "39 / 13.989"):
        assert expected.lower() in words.lower()
    assert "dữ liệu minh họa" in words.lower()
    assert "DỰ THẢO" not in words


def words_of(content: bytes) -> str:
    """Every word of a Word document's body."""
    from docx import Document

    texts = Document(io.BytesIO(content))._element.body.itertext()
    return re.sub(r"\s+", " ", " ".join(str(text) for text in texts))


def test_vinh_phuc_has_a_note_to_clarify_and_no_nonconformity(demo: Config) -> None:
    rows = list(Nonconformity.of(organisation("vinh-phuc").id))
    assert [(row.grade, row.record.state) for row in rows] == [("observation", "open")]
    assert "9001:2008" in rows[0].record.title


# ---------------------------------------------------------------- what is invented says so


def test_what_the_articles_do_not_say_is_marked(demo: Config) -> None:
    unmarked = []
    for record in Record.select():
        if record.kind in ("kpi", "statement"):
            continue  # built in, and published
        text = record.title + body(record)
        if not MARK.search(text):
            unmarked.append(record.code)
    assert unmarked == []
    assert all(o.illustrative for o in Organisation.select())


def body(record: Record) -> str:
    """What a record says of itself."""
    if record.kind == "nonconformity":
        return str(Nonconformity.get(Nonconformity.record == record.id).description)
    if record.kind == "action":
        return str(Action.get(Action.record == record.id).description)
    if record.kind == "late_case":
        return str(LateCase.get(LateCase.record == record.id).cause)
    flagged = {"objective": Objective, "review": Review}.get(record.kind)
    return "dữ liệu minh họa" if flagged and flagged.get(flagged.record == record.id).illustrative else ""


def test_every_target_is_invented_by_the_one_who_says_so(demo: Config) -> None:
    goals = [goal for goals in kpis.book(actor(COORDINATOR)).goals.values() for goal in goals]
    assert goals
    assert {(goal.set_by, goal.illustrative) for goal in goals} == {("giả định", True)}


def test_people_are_called_by_role(demo: Config) -> None:
    written = "\n".join(
        (resources.AUDITS / "demonstration" / f"{name}.toml").read_text("utf-8") for name in AGENCIES
    )
    for real in ("Trần Văn Khái", "Thanh Bình", "Lê Mơ", "Dương Chung"):
        assert real not in written
    assert {p.name for p in Person.select() if p.email.startswith("leader@")} == {"Giám đốc Sở"}


# ---------------------------------------------------------------- sign-ins


def test_the_promised_people_sign_in_with_the_one_password(demo: Config) -> None:
    promised = {f"{part}@{slug}.example" for slug in AGENCIES
                for part in ("coordinator", "leader", "head", "auditor", "staff", "records")}  # fmt: skip
    promised |= {"overseer@province.example", "admin@qms.example"}
    able = {p.email: p.password for p in Person.select().where(Person.password.is_null(False))}
    assert set(able) == promised
    from argon2 import PasswordHasher

    assert all(hashed and PasswordHasher().verify(hashed, PASSWORD) for hashed in set(able.values()))
    roles = {(a.person.email, a.role) for a in Assignment.select().where(Assignment.organisation.is_null())}
    assert roles == {("overseer@province.example", "overseer"), ("admin@qms.example", "admin")}


# ---------------------------------------------------------------- the trail, and loading


def test_the_trail_is_intact_and_names_people_on_their_days(demo: Config) -> None:
    chains = [SYSTEM_CHAIN, *(o.id for o in Organisation.select())]
    assert verify.verify(chains).findings == ()
    ours = TrailEntry.select().where(TrailEntry.chain == organisation().id).order_by(TrailEntry.seq)
    moments = [entry.at for entry in ours]
    assert moments == sorted(moments)
    names = {json.loads(entry.body)["actor"]["name"] for entry in ours}
    assert {"Thư ký ISO", "Giám đốc Sở", "Trưởng phòng Hành chính tư pháp"} <= names


def test_loading_twice_changes_nothing(demo: Config) -> None:
    heads = [verify.head(chain) for chain in (SYSTEM_CHAIN, organisation().id, organisation("vinh-phuc").id)]
    assert load(demo, "another password") is False
    assert heads == [verify.head(c) for c in (SYSTEM_CHAIN, organisation().id, organisation("vinh-phuc").id)]


def test_it_loads_on_every_database(database: Database, tmp_path: Path) -> None:
    assert demonstrated.fill(demonstrated.config(tmp_path, TRAIL_KEY)) is True
    assert clock.today() == TODAY
    assert Nonconformity.by_code(organisation().id, "NC-2023-006").record.state == "verifying"
    assert verify.verify([SYSTEM_CHAIN, *(o.id for o in Organisation.select())]).intact


def test_a_load_that_fails_leaves_nothing_and_the_clock_as_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = read("vinh-phuc") | {
        "step": [{"on": TODAY, "as": "leader", "do": "import_statement", "file": "vinh-phuc-2021-h1.xlsx"}]
    }
    monkeypatch.setattr(loading, "read", lambda name: told if name == "vinh-phuc" else read(name))
    with pytest.raises(Exception, match=r"statements\.import"):  # a leader imports nothing
        demonstrated.fill(demonstrated.config(tmp_path, TRAIL_KEY))
    assert Organisation.select().count() == Person.select().count() == Record.select().count() == 0
    assert clock.today() == TODAY


@pytest.mark.parametrize("slug", AGENCIES)
def test_a_story_runs_forwards_and_uses_known_verbs(slug: str) -> None:
    told = read(slug)["step"]
    days = [step["on"] for step in told]
    assert days == sorted(days)
    assert max(days) <= TODAY
    assert {step["do"] for step in told} <= set(VERBS)


def test_no_verb_is_kept_that_no_story_uses() -> None:
    assert {step["do"] for slug in AGENCIES for step in read(slug)["step"]} == set(VERBS)


def test_texts_are_vietnamese_whatever_the_language_of_the_loader(demo: Config) -> None:
    with language("en"):
        titles = [r.title for r in Record.select().where(Record.kind == "statement")]
    assert all(title.startswith("Số liệu") for title in titles)


# ---------------------------------------------------------------- by command line


def test_qms_demo_loads_it_once_and_prints_the_sign_ins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.cli import runner

    monkeypatch.chdir(tmp_path)
    qms: Command = runner(capsys)
    first = qms("demo", "--no-serve")
    assert first.status == 0, first.err
    assert all(
        email in first.out for email in (COORDINATOR, "overseer@province.example", "admin@qms.example")
    )
    assert "deputy-leader@" not in first.out
    again = qms("demo", "--no-serve")
    assert again.status == 0
    assert first.out.splitlines()[-1] in again.out
    seen = qms("trail", "verify", "--json").json
    assert seen["status"] == "intact"
    same = qms(
        "import",
        "statement",
        resources.AUDITS / "demonstration" / "kien-giang-2023.xlsx",
        "--org",
        "kien-giang",
        "--json",
    )
    assert same.json["status"] == "unchanged"
    made = tmp_path / "minutes.docx"
    assert qms("document", "review-minutes", "MR-2024-001", "--org", "kien-giang", "-o", made).status == 0
    assert made.stat().st_size > 10_000
