"""The layouts and the files they load: typed text is kept, nothing is inline, errors are bound to fields."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, render_template
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import DateField, FieldList, Form, FormField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from qms import resources
from qms.kernel.errors import LISTED, Obstacle, Stale
from qms.kernel.text import _, language
from qms.web import assets, errors, forms
from qms.web.shell import prepare_templates
from qms.web.widgets import (
    Bulk,
    Choice,
    Column,
    Fact,
    Filter,
    FormView,
    Frame,
    ListView,
    Mark,
    Move,
    Nav,
    OrganisationName,
    RecordView,
    Row,
    Section,
    StateBadge,
    Step,
)

HOSTILE = "<script>\"&'"


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application that has the templates and nothing else."""
    made = Flask("qms", template_folder=str(resources.TEMPLATES), static_folder=None)
    made.secret_key = "for the tests"
    prepare_templates(made.jinja_env)
    assets.install(made)
    frame = Frame(
        person="Thư ký ISO", organisation=OrganisationName("Sở Tư pháp", "stp"), search_url="/stp/search"
    )
    frame.nav = [Nav("Việc của tôi", "/stp/", True), Nav("KPH", "/stp/nonconformities", count=2)]
    made.context_processor(lambda: frame.context() | {"csrf_token": lambda: "a-token"})
    with language("vi"):
        yield made


def page(app: Flask, template: str, path: str = "/stp/nonconformities/NC-2024-001", **context: object) -> str:
    """The page as a browser gets it, checked for what no page may hold."""
    with app.test_request_context(path):
        html = render_template(template, **context)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)
    assert HOSTILE not in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    return html


def a_list(rows: int = 2, **more: object) -> ListView:
    columns = [
        Column("code", _("Code")),
        Column("title", HOSTILE, kind="wide"),
        Column("n", "Số", numeric=True),
    ]
    made = [
        Row(f"/stp/x/NC-{i}", [f"NC-{i}", HOSTILE, StateBadge("mở", "late")], f"NC-{i}") for i in range(rows)
    ]
    return ListView(columns=columns, rows=made, title="KPH", count_text="2 dòng", url="/stp/x", **more)  # type: ignore[arg-type]


def test_every_row_of_a_list_opens_and_carries_its_labels_for_a_narrow_screen(app: Flask) -> None:
    html = page(app, "layouts/list.html", view=a_list())
    assert '<th scope="row"><a href="/stp/x/NC-1">NC-1</a></th>' in html
    assert html.count('data-label="Số"') == 2
    assert '<span class="sign" aria-hidden="true">▲</span>mở' in html


def test_filters_keep_their_values_and_the_sort(app: Flask) -> None:
    filters = [
        Filter("q", "Từ khóa", HOSTILE, kind="text"),
        Filter("state", "Trạng thái", "open", [("open", "mở")]),
    ]
    html = page(app, "layouts/list.html", view=a_list(filters=filters, hidden=[("sort", "-due")]))
    assert '<option value="open" selected>mở</option>' in html
    assert 'name="sort" value="-due"' in html
    assert 'value="&lt;script&gt;' in html


def test_rows_are_ticked_for_a_form_that_opens_what_is_done_with_them(app: Flask) -> None:
    html = page(app, "layouts/list.html", view=a_list(bulk=[Bulk("/b/print", "In")]))
    assert html.count('form="bulk" name="code"') == 2
    assert '<form class="bulk" id="bulk"' in html
    assert '<button formaction="/b/print">In</button>' in html


def test_an_empty_list_says_what_to_do_first_and_an_empty_answer_how_to_get_back(app: Flask) -> None:
    first = page(
        app,
        "layouts/list.html",
        view=a_list(0, empty_text="Hãy nhập số liệu", empty_action=Choice("Nhập", "/i")),
    )
    assert "Hãy nhập số liệu" in first
    assert 'href="/i"' in first
    none = page(app, "layouts/list.html", view=a_list(0, filters=[Filter("q", "Từ khóa", "x", kind="text")]))
    assert "Không có dòng nào phù hợp" in none


def a_record(**more: object) -> RecordView:
    return RecordView("NC-2024-001", HOSTILE, StateBadge("đang mở", "open"), version=4, **more)  # type: ignore[arg-type]


def test_a_move_that_cannot_be_made_links_to_what_stands_in_its_way(app: Flask) -> None:
    move = Move(
        "plan",
        "Trình kế hoạch",
        "/f",
        False,
        [Obstacle("thiếu nguyên nhân", "#cause"), Obstacle("x", "edit")],
    )
    html = page(app, "layouts/record.html", view=a_record(moves=[move]))
    assert 'href="/stp/nonconformities/NC-2024-001#cause"' in html
    assert 'href="/stp/nonconformities/NC-2024-001/edit"' in html
    assert 'action="/f"' not in html


def test_a_move_is_posted_with_the_token_the_version_and_its_reason(app: Flask) -> None:
    html = page(
        app, "layouts/record.html", view=a_record(moves=[Move("void", "Hủy", "/f", needs_reason=True)])
    )
    form = html[html.index('action="/f"') :].partition("</form>")[0]
    assert 'name="csrf_token" value="a-token"' in form
    assert 'name="version" value="4"' in form
    assert 'name="reason" required' in form


def test_a_record_shows_its_parts_in_the_one_order_and_its_gaps(app: Flask) -> None:
    sections = [
        Section(
            "cause", "Nguyên nhân", [Fact("Nguyên nhân gốc", None, empty_hint="chưa ghi gì"), Fact("Số", "0")]
        )
    ]
    view = a_record(
        facts=sections, steps=[Step("mở", "now", "02/04/2024")], upload_url="/u", moves=[Move("a", "b", "/c")]
    )
    html = page(app, "layouts/record.html", view=view)
    places = [
        html.index(mark) for mark in ("<h1>", "next-title", 'class="steps"', 'id="cause"', 'id="evidence"')
    ]
    assert places == sorted(places)
    assert '<dd class="gap">chưa ghi gì</dd>' in html
    assert "<dd>0</dd>" in html
    assert 'aria-current="step"' in html


class Part(Form):
    """A form inside a form."""

    what = StringField("Việc", [InputRequired("cần ghi việc")])


class Sheet(Form):
    """One field of each kind."""

    title = StringField("Nội dung", [InputRequired("cần ghi nội dung")], description="một câu")
    grade = RadioField("Mức độ", [InputRequired("cần chọn")], choices=["nặng", "nhẹ"])  # pyright: ignore[reportArgumentType]
    on = DateField("Ngày", [InputRequired("cần ghi ngày")])
    story = TextAreaField("Mô tả", [Length(max=10, message="tối đa 10 ký tự")])
    parts = FieldList(FormField(Part), label="Việc đi kèm", min_entries=1)


def test_a_form_with_errors_keeps_what_was_typed_and_binds_each_error_to_its_field(app: Flask) -> None:
    form = Sheet(MultiDict({"story": HOSTILE * 2, "parts-0-what": ""}))
    assert not form.validate()
    html = page(app, "layouts/form.html", view=FormView("Sửa", form, "Lưu", "/back", version=7))
    assert "5 nội dung cần sửa" in html
    for name in ("title", "grade", "on", "story", "parts-0-what"):
        assert f'<a href="#{name}">' in html
        assert f'id="{name}-error"' in html
    assert 'aria-describedby="title-hint title-error"' in html
    assert "&lt;script&gt;" in html[html.index("<textarea") :]
    assert 'name="version" value="7"' in html
    assert "<title>Lỗi: Sửa" in html


def test_a_long_text_is_never_cut_by_the_browser(app: Flask) -> None:
    html = page(app, "layouts/form.html", view=FormView("Mới", Sheet(), "Lưu", "/back"))
    area = html[html.index("<textarea") :].partition(">")[0]
    assert "maxlength" not in area
    assert 'data-limit="10"' in area
    assert "tối đa 10 ký tự" in html


def test_a_choice_looks_like_a_select_and_a_day_is_short(app: Flask) -> None:
    class Asked(Form):
        grade = forms.one_of(_("grade"), [("minor", "nhẹ")])
        due = forms.day(_("due date"))

    html = page(app, "layouts/form.html", view=FormView("Mới", Asked(), "Lưu", "/back"))
    assert re.search(r'<select[^>]*class="form-select"', html)
    assert re.search(r'<input[^>]*class="form-control short"[^>]*type="date"', html)


def test_a_table_of_many_columns_is_set_dense(app: Flask) -> None:
    wide = ListView(columns=[Column(str(n), str(n)) for n in range(10)], rows=[Row("", ["x"] * 10)])
    for html in (page(app, "layouts/list.html", view=wide), wide.drawn()):
        assert "dense" in html
    assert "dense" not in page(app, "layouts/list.html", view=a_list())


def test_a_refusal_links_each_reason_to_where_it_is_mended(app: Flask) -> None:
    html = page(
        app,
        "errors/refused.html",
        reasons=[Obstacle("a", "#due"), Obstacle(HOSTILE)],
        listed=LISTED,
        record_url="/r",
        back="",
    )
    assert 'href="/r#due"' in html
    assert "Có 2 lý do" in html


@pytest.mark.parametrize("name", ["400", "403", "404", "413", "429", "500", "error"])
def test_every_error_page_says_something_and_leads_on(app: Flask, name: str) -> None:
    html = page(app, f"errors/{name}.html", status=400, back="/stp/", limit=20 * 1024 * 1024, sentence="xem")
    assert "<h1>" in html
    assert 'href="/stp/"' in html


def answered(name: str, **context: Any) -> str:
    """The page of an error, with what was sent in the request."""
    return render_template(f"errors/{name}.html", back="", **context, **errors._sent())


def test_after_a_lost_race_both_versions_stand_side_by_side_and_mine_can_be_edited_on(app: Flask) -> None:
    app.add_url_rule("/stp/x/NC-1/edit", "x.edit", lambda: "", methods=["POST"])
    error = Stale("NC-1", "Trưởng phòng", {"Hạn": ("15/05/2024", HOSTILE)})
    sent = {"due": "2024-05-30", "story": HOSTILE, "version": "3", "csrf_token": "old"}
    with app.test_request_context("/stp/x/NC-1/edit", method="POST", data=sent):
        html = answered("stale", error=error, record_url="/stp/x/NC-1")
    assert "15/05/2024" in html
    assert HOSTILE not in html
    assert 'name="due" value="2024-05-30"' in html
    assert 'name="again" value="1"' in html
    assert 'name="version"' not in html
    assert 'value="old"' not in html


def test_an_ended_session_keeps_a_form_but_never_offers_to_repeat_a_step(app: Flask) -> None:
    app.add_url_rule("/stp/x/new", "x.new", lambda: "", methods=["POST"])
    app.add_url_rule("/stp/x/NC-1/fire/close", "x.fire", lambda: "", methods=["POST"])
    with app.test_request_context("/stp/x/new", method="POST", data={"title": "đã gõ"}):
        assert 'name="title" value="đã gõ"' in answered("csrf")
    with app.test_request_context("/stp/x/NC-1/fire/close", method="POST", data={"reason": "đã gõ"}):
        html = answered("csrf")
    assert "đã gõ" in html
    assert 'method="post"' not in html.partition("<main")[2]


@pytest.mark.parametrize("piece", [StateBadge(HOSTILE, "late"), _("done")])
def test_what_stands_in_a_cell_is_escaped_once_however_it_is_put_there(piece: Any) -> None:
    drawn = Markup("{}").format(piece)
    assert drawn == escape(piece)
    assert "<script>" not in drawn
    assert "&amp;lt;" not in drawn


def test_a_verdict_is_a_word_beside_its_sign(app: Flask) -> None:
    with app.test_request_context("/"):
        template = app.jinja_env.from_string(
            '{% import "_macros.html" as m with context %}{{ m.verdict(v) }}'
        )
        assert "khớp" in template.render(v=Mark("holds", "B1", "14.712 = 877 + 13.835"))
        assert "không kiểm tra được" in template.render(v=Mark("unchecked", "B4", "không công bố"))


def test_files_are_compressed_kept_long_under_their_version_and_nothing_else_is_served(app: Flask) -> None:
    client = app.test_client()
    for name in ("bootstrap.css", "app.css", "app.js", "favicon.svg"):
        packed = client.get(assets.address(name), headers={"Accept-Encoding": "gzip"})
        plain = client.get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
        assert gzip.decompress(packed.data) == plain.data
        assert "immutable" in packed.headers["Cache-Control"]
        assert plain.headers["Cache-Control"] == "no-cache"
    for name in ("../assets.py", "%2e%2e/assets.py", "nothing.css"):
        assert client.get(f"/static/{name}").status_code == 404


def test_a_page_with_all_its_files_stays_under_100_kb(app: Flask) -> None:
    html = page(app, "layouts/list.html", view=a_list(50, bulk=[Bulk("/b/print", "In")]))
    files = sum(len(assets.packed(name)) for name in ("bootstrap.css", "app.css", "app.js", "favicon.svg"))
    assert len(html.encode()) + files < 100_000


def test_a_part_drawn_once_for_each_language_speaks_the_language_of_its_reader(app: Flask) -> None:
    fixed = app.jinja_env.globals["fixed"]
    for _again in range(2):
        with language("vi"):
            assert "Đóng bảng phím tắt" in fixed("keys.html")
        with language("en"):
            assert "Close the list" in fixed("keys.html")
