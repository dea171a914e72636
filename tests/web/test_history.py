"""The history in sentences: every entry has one, in the reader's language, whoever wrote it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from qms import resources
from qms.areas.kpis.service_write import ensure_builtin, set_target
from qms.areas.nonconformities.service import open_nc
from qms.areas.reviews import service as reviews
from qms.areas.reviews import service_parts
from qms.areas.statements import service as statements
from qms.importers import taking
from qms.kernel import files, organisations
from qms.kernel.permissions import Actor
from qms.kernel.text import _, language, pack, said
from qms.kernel.trail import TrailEntry, change
from qms.web import history
from tests.areas.reviews.meeting import Meeting
from tests.areas.statements.samples import WHY, published
from tests.cast import OURS, TODAY, Cast

Visit = Callable[..., FlaskClient]
CODE = resources.TEMPLATES.parent / "qms"
TAG = re.compile(r'(?:tag=|append\(\s*)f?"((?:[a-z_]+|\{[^"{}]*\})\.[a-z_]+)"')


def written_tags() -> set[str]:
    """Every tag that the source writes of itself; a kind that is filled in stands for any kind."""
    found = {tag for file in CODE.rglob("*.py") for tag in TAG.findall(file.read_text(encoding="utf-8"))}
    return {re.sub(r"\{[^}]*\}", "action", tag) for tag in found}


def test_the_source_is_searched_for_tags() -> None:
    assert {
        "evidence.add",
        "person.deactivate",
        "kpi.measure",
        "action.hand_over",
        "deputy.end",
    } <= written_tags()


@pytest.mark.parametrize("tag", sorted(written_tags()))
@pytest.mark.parametrize("reader", ["vi", "en"])
def test_every_tag_has_a_sentence_in_both_languages(tag: str, reader: str) -> None:
    entry = {"tag": tag, "subject": f"{tag.split('.')[0]}:1", "what": "X", "changes": {}, "at": "2024-04-15T08:00:00",
             "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip
    with language(reader):
        shown = str(history.sentence(entry).text)
    assert tag not in shown


def test_a_role_ended_reads_as_a_sentence(cast: Cast) -> None:
    entry = {"tag": "assignment.end", "subject": "assignment:1", "what": "Thư ký: coordinator", "changes": {},
             "at": "2024-04-15T08:00:00", "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip
    with language("en"):
        assert str(history.sentence(entry).text) == "ended the role Thư ký: ISO coordinator"


# ---------------------------------------------------------------- in the reader's language


def test_what_the_product_wrote_is_shown_in_the_readers_language_and_what_people_wrote_stays() -> None:
    with language("vi"):
        kept = pack(_("definition, version %(n)s", n=2))
    with language("en"):
        assert said(kept) == "definition, version 2"
        assert said("định nghĩa, phiên bản 1") == "định nghĩa, phiên bản 1"  # written before
    for odd in (
        '{"id": ',
        '{"id": 3}',
        '{"id": "x"}',
        '{"id": "%(n)s", "params": {}}',
        '{"id": "x", "params": 1}',
    ):
        assert said(odd) == odd


@pytest.fixture
def coordinator(cast: Cast) -> Actor:
    return cast.actor("coordinator")


def test_an_english_page_of_a_vietnamese_writers_records_holds_no_interface_word_in_vietnamese(
    cast: Cast, coordinator: Actor, visit: Visit, tmp_path: Path
) -> None:
    meeting = Meeting(cast)
    with language("vi"):
        sheet = published("kien-giang-2023")
        files.configure(tmp_path)
        blob = files.store(io.BytesIO(sheet.read_bytes()), sheet.name)
        statements.import_statements(
            coordinator, taking.statement_file(sheet.read_bytes(), sheet.name, blob), WHY
        )
        set_target(coordinator, "digit_result", period="2023", value=Decimal(50), set_by="UBND tỉnh")
        organisations.set_settings(coordinator, {"symbol": "STP"}, valid_from=TODAY)
        review = meeting.created()
        meeting.write(review, "b", text="…")
        service_parts.call_the_usual(coordinator, review.record.code)
    pages = ["trail", "statements/2023", "kpis/digit_result", f"reviews/{review.record.code}"]
    client = visit("coordinator")
    client.get(f"/language/en?back=/{OURS}/")
    text = "".join(client.get(f"/{OURS}/{page}").text for page in pages)
    for word in (
        "định nghĩa",
        "phiên bản",
        "nguồn của",
        "nội dung đầu vào",
        "lãnh đạo,",
        "trưởng phòng,",
        "ký hiệu",
    ):
        assert word not in text, word
    assert "definition, version 1" in text
    assert "source of revision 1" in text
    assert "set the target 2023: 50%" in text


def test_a_position_is_kept_as_the_role_and_a_typed_one_as_it_was_typed(cast: Cast) -> None:
    meeting = Meeting(cast)
    review = meeting.created()
    with language("vi"):
        service_parts.call_the_usual(cast.actor("coordinator"), review.record.code)
    kept = [json.loads(body)["changes"]["position"][1] for (body,) in TrailEntry.select(TrailEntry.body).where(
        TrailEntry.tag == "review_attendant.add").tuples()]  # fmt: skip
    assert "leader" in kept
    row = next(r for r in reviews.attendants(review) if str(r.position) == "leader")
    with language("vi"):
        shown = row.said_position()
        changed = service_parts.edit_attendant(
            cast.actor("coordinator"), review.record.code, row.id, {"name": "Giám đốc", "position": shown}
        )
        assert str(changed.position) == "leader"
        changed = service_parts.edit_attendant(
            cast.actor("coordinator"), review.record.code, row.id, {"position": "Giám đốc Sở"}
        )
    with language("en"):
        assert changed.said_position() == "Giám đốc Sở"


def told(changes: dict[str, list[object]], reader: str = "en") -> list[str]:
    """What the history says of these changes of a nonconformity."""
    entry = {"tag": "nonconformity.edit", "subject": "nonconformity:1", "what": "NC-2024-001", "changes": changes,
             "at": "2024-04-15T08:00:00", "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip
    with language(reader):
        return [str(one) for one in history.sentence(entry).changes]


def test_what_was_empty_before_is_told_without_an_arrow_and_what_is_emptied_says_so() -> None:
    changes: dict[str, list[object]] = {
        "cause": ["", "Không có bước quét"],
        "effect_met": ["no", ""],
        "due": [None, "2024-05-31"],
    }
    assert told(changes) == [
        "root cause: Không có bước quét",
        "effective? no, it is not effective → left empty",
        "due date: 31/05/2024",
    ]
    assert told(changes, "vi")[1] == "có hiệu lực không? không đạt hiệu lực → để trống"


def test_the_state_comes_first_and_lines_and_periods_read_as_people_say_them() -> None:
    changes: dict[str, list[object]] = {
        "kpi_from": [None, "2024-Q1"], "whys": ["", "Trả bản giấy\nKhông có bước quét"], "state": ["open", "contained"],
    }  # fmt: skip
    assert told(changes) == [
        "state: opened → contained",
        "whys, step by step: Trả bản giấy; Không có bước quét",
        "first period: Quarter I/2024",
    ]


def test_a_new_record_is_told_with_its_title_owner_and_due_date() -> None:
    entry = {"tag": "action.create", "subject": "record:1", "what": "AC-2024-001", "at": "2024-04-15T08:00:00",
             "changes": {"id": [None, 1], "due": [None, "2024-05-31"], "title": [None, "Lắp máy quét"],
                         "state": [None, "open"], "code": [None, "AC-2024-001"]},
             "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip
    with language("en"):
        line = history.sentence(entry)
        assert str(line.text) == "recorded AC-2024-001"
    assert line.changes == ["title: Lắp máy quét", "due date: 31/05/2024"]


def test_a_label_that_asks_takes_no_colon() -> None:
    assert told({"elsewhere": ["", "Ở hai phòng"]}) == ["does it exist elsewhere? Ở hai phòng"]


# ---------------------------------------------------------------- long texts


def described(old: str, new: str) -> str:
    """What the history says of a description that was changed."""
    return told({"description": [old, new]})[0]


LONG = " ".join(f"từ{n}" for n in range(120))  # beyond what a line shows


def test_a_change_at_the_end_of_a_long_text_is_told() -> None:
    assert described(f"{LONG} cũ", f"{LONG} mới").endswith(
        "… từ114 từ115 từ116 từ117 từ118 từ119 cũ → … từ114 từ115 từ116 từ117 từ118 từ119 mới"
    )


def test_each_change_in_a_long_text_is_told_and_nothing_far_from_them() -> None:
    text = described(f"một {LONG} cũ", f"hai {LONG} mới")
    for piece in ("một từ0", "hai từ0", "từ119 cũ", "từ119 mới"):
        assert piece in text
    assert "từ60" not in text


def test_what_is_taken_from_a_long_text_or_emptied_is_told_in_full() -> None:
    assert described(LONG, "").endswith(f"{LONG} → left empty")
    assert "từ60 → " in described(f"{LONG} từ60", LONG)


def test_a_long_text_that_is_new_is_cut() -> None:
    assert len(described("", LONG)) < 300


def test_a_long_text_unfolds_to_the_whole_and_a_file_holds_the_whole(cast: Cast) -> None:
    [line] = long_lines()
    drawn = str(escape(line))
    assert "<details" in drawn
    assert "từ119" in drawn.partition("</summary>")[2]
    assert "từ119" in line.whole


def long_lines() -> list[Any]:
    entry = {"tag": "nonconformity.edit", "subject": "nonconformity:1", "what": "NC-2024-001",
             "changes": {"description": ["", LONG]}, "at": "2024-04-15T08:00:00",
             "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip
    return list(history.sentence(entry).changes)


# ---------------------------------------------------------------- read aloud to a stranger


def entry_of(tag: str, changes: dict[str, list[object]], what: str = "NC-2024-001") -> dict[str, Any]:
    """An entry of the trail about the first record."""
    return {"tag": tag, "subject": "record:1", "what": what, "changes": changes, "chain": 1, "seq": 9,
            "at": "2024-04-15T08:00:00", "actor": {"id": 1, "name": "Thư ký", "via": "web"}}  # fmt: skip


def test_the_first_entry_of_a_nonconformity_tells_its_grade_how_and_what_was_found() -> None:
    changes: dict[str, list[object]] = {
        "description": [None, "Kiểm tra 40 hồ sơ, 6 hồ sơ quá hạn"], "grade": [None, "minor"], "cause": [None, ""],
        "source_kind": [None, "audit"], "title": [None, "Hồ sơ quá hạn"], "first_due": [None, "2024-05-31"],
    }  # fmt: skip
    with language("en"):
        told = [str(one) for one in history.sentence(entry_of("nonconformity.create", changes)).changes]
    assert [one.partition(":")[0] for one in told] == ["title", "grade", "what was found", "found through"]
    assert told[2] == "what was found: Kiểm tra 40 hồ sơ, 6 hồ sơ quá hạn"


def test_the_fields_of_an_edit_stand_in_the_order_of_the_form() -> None:
    changes: dict[str, list[object]] = {
        "cause": ["", "a"], "cause_group": [None, "method"], "cause_method": ["", "five_whys"],
        "due": [None, "2024-05-31"], "elsewhere": ["", "c"], "title": ["x", "y"], "whys": ["", "b"],
    }  # fmt: skip
    assert [one.partition(":")[0].partition("?")[0] for one in told(changes)] == [
        "title", "method of analysis", "whys, step by step", "root cause", "group of the root cause",
        "does it exist elsewhere", "due date",
    ]  # fmt: skip


def test_a_step_that_nobody_decided_says_that_it_followed() -> None:
    done: dict[str, list[object]] = {"state": ["acting", "verifying"]}
    with language("en"):
        assert (
            history.sentence(entry_of("nonconformity.finish", done)).who == "by itself, after what Thư ký did"
        )
        assert history.sentence(entry_of("nonconformity.contain", done)).who == "Thư ký"


def test_an_indicator_is_named_by_its_title_not_by_its_key(
    cast: Cast, coordinator: Actor, visit: Visit
) -> None:
    ensure_builtin(coordinator)
    row = open_nc(
        coordinator,
        {"title": "Số hóa thấp", "grade": "minor", "description": "39/13.989", "source": "kpis/digit_result",
         "unit": cast.units["HCTP"].id, "owner": coordinator.person_id},
    )  # fmt: skip
    browser = visit("coordinator")
    browser.get(f"/language/en?back=/{OURS}/")
    name = "Tỷ lệ số hóa kết quả giải quyết"
    for page in (
        f"nonconformities/{row.record.code}",
        "trail?record=digit_result",
        f"trail?record={row.record.code}",
    ):
        text = re.sub(r"<[^>]*>", "", browser.get(f"/{OURS}/{page}").text)
        assert name in text, page
        assert "digit_result" not in text, page


def test_the_value_to_reach_has_its_unit_and_direction(cast: Cast, coordinator: Actor, visit: Visit) -> None:
    ensure_builtin(coordinator)
    values = {"title": "Số hóa thấp", "grade": "minor", "description": "39/13.989", "source_kind": "work"}
    row = open_nc(coordinator, values | {"unit": cast.units["HCTP"].id, "owner": coordinator.person_id})
    rule = {"kpi": "digit_result", "kpi_value": Decimal(30), "kpi_from": "2024-Q2", "kpi_count": 1}
    with change(coordinator):
        row.set(rule)
        row.save()
        row.set({"kpi_value": Decimal("32.5")})
        row.save()
    text = visit("coordinator").get(f"/{OURS}/nonconformities/{row.record.code}").text
    assert "giá trị cần đạt: từ 30% trở lên" in text
    assert "giá trị cần đạt: từ 30% trở lên → từ 32,5% trở lên" in text
