"""The benchmarks themselves: their names, their lines, and that floors give what the product gives. No timing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import data, floors, pages, product
from benchmarks.floors import list as list_floor
from benchmarks.floors import record as record_floor
from benchmarks.http import HEAD, Line
from benchmarks.method import Call, Different, Result, Row, run
from benchmarks.rows import ROWS, preview
from qms import areas, runtime

FEW = 120


@contextmanager
def _two_to_one() -> Iterator[tuple[Call, Call]]:
    yield lambda: 2.0, lambda: 1.0


@contextmanager
def _apart() -> Iterator[tuple[Call, Call]]:
    raise Different("they say different things")
    yield lambda: 1.0, lambda: 1.0


def _row(bar: float) -> Row:
    return Row("two", "two against one", bar, _two_to_one, reads=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[data.Store]:
    """A small agency, seeded as the benchmarks seed theirs."""
    made = data.Store(tmp_path_factory.mktemp("benchmark"))
    areas.load()
    data.seed(made, FEW)
    yield made
    runtime.release()


def test_every_row_has_a_name_of_its_own_and_a_bar() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(row.bar >= 1 and " " not in row.name and row.rounds >= 9 for row in ROWS)


def test_the_rows_of_the_table_are_there() -> None:
    wanted = {
        "list": 3.0, "list-100k-all": 1.3, "record": 3.0, "transition": 20.0, "transition-statements": 1.0,
        "minutes": 3.0, "sheet": 3.0, "sheets": 12.0, "preview": 3.0, "memory": 2.5, "remind": 3.0,
        "register-import": 4.0,
    }  # fmt: skip
    assert {row.name: row.bar for row in ROWS if row.name in wanted} == wanted


def test_a_line_is_name_measured_floor_ratio_bar_verdict() -> None:
    assert run(_row(2.0)).line() == "two 2.000 1.000 2.00 2.00 ok"
    assert run(_row(1.9)).line() == "two 2.000 1.000 2.00 1.90 short"


def test_a_row_is_short_only_when_even_its_lower_quartile_is_beyond_the_bar() -> None:
    ratios = (0.9, 0.95, 1.0, 1.0, 1.2, 1.2, 1.2, 1.3, 1.3)
    assert not Result(_row(1.0), 1, 1, ratios).short
    assert Result(_row(0.9), 1, 1, ratios).short


def test_the_exit_status_tells_whether_any_row_is_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ROWS", (_row(2.0),))
    assert command.main([]) == 0
    monkeypatch.setattr(command, "ROWS", (_row(1.0), Row("apart", "apart", 3.0, _apart), _row(2.0)))
    assert command.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "two 2.000 1.000 2.00 2.00 ok"
    assert command.main(["--only", "apart"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "apart - - - 3.00 short"


def test_the_list_and_its_reference_page_say_the_same(store: data.Store) -> None:
    connection = floors.opened(store.path)
    with product.running(store) as app:
        ours = product.page(app, f"/{data.SLUG}/nonconformities", product.cookie(app))()
    theirs = list_floor.page(connection, organisation=1, person=1, today=data.TODAY)
    connection.close()
    pages.require_same(ours, theirs, within="tbody")
    assert pages.said(ours, "tbody").count("KPH nhẹ") > 10


def test_the_record_and_its_reference_page_say_the_same(store: data.Store) -> None:
    connection = floors.opened(store.path)
    with product.running(store) as app:
        ours = product.page(app, f"/{data.SLUG}/nonconformities/{data.RICH}", product.cookie(app))()
    theirs = record_floor.page(connection, data.RICH, organisation=1, person=1, today=data.TODAY)
    connection.close()
    pages.require_same(ours, theirs, within="article")


def test_pages_that_differ_are_found() -> None:
    with pytest.raises(Different, match="'a', 'b'"):
        pages.require_same(b"<p>a</p>", b"<p>b</p>", within="p")
    with pytest.raises(Different, match="freeze"):
        pages.require_same(b"<p>a</p>", b"<p>a</p>" + b" " * 9, within="p")


def test_the_seed_holds_two_actions_for_each_nonconformity(store: data.Store) -> None:
    connection = floors.opened(store.path)
    counted = dict(connection.execute("SELECT kind, count(*) FROM record GROUP BY kind").fetchall())
    connection.close()
    assert counted == {"nonconformity": FEW + 1, "action": 2 * FEW + 3}


def test_the_figures_of_the_previewed_workbook_agree() -> None:
    online, direct, carried, total, early, on_time, overdue, resolved, within, late, waiting = (
        preview.figures(5)
    )
    assert online + direct + carried == total
    assert early + on_time + overdue == resolved
    assert (within + late, resolved + waiting) == (waiting, total)


def test_a_line_over_http_stands_in_the_columns_of_its_head() -> None:
    line = Line("home", 8, [0.010] * 20, failures=1, elapsed=0.1)
    assert line.text().split() == ["home", "8", "20", "1", "10.0", "10.0", "200"]
    assert len(line.text()) == len(HEAD)


def test_measuring_leaves_nothing_in_the_repository() -> None:
    assert not Path(data._root()).is_relative_to(Path(__file__).parent.parent)
