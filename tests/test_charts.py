"""Charts: right places, readable without colour or sight, and nothing that the content policy forbids."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from qms.kernel.text import language
from qms.web.charts import Bar, Series, bars_svg, scale, spark_svg, trend_svg

SVG = "{http://www.w3.org/2000/svg}"
PERIODS = ["Năm 2023", "Quý I/2024", "Quý II/2024"]
COMPUTED = Series("Tính được", [Decimal("0.2788"), Decimal("29.8560"), None])
STATED = Series("Công bố", [Decimal("0.28"), Decimal("34.46"), None])


def trend(**more: object) -> ET.Element:
    """The chart of digitised results as a tree."""
    options: dict = {"target": Decimal(50), "unit": "%", "missed": (0,)} | more
    return ET.fromstring(trend_svg("Số hóa kết quả", PERIODS, [COMPUTED, STATED], **options))


def of_class(tree: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in tree.iter() if e.get("class") == name]


def texts(tree: ET.Element) -> list[str]:
    return [e.text or "" for e in tree.iter(f"{SVG}text")]


def test_nothing_in_a_chart_needs_more_than_the_strict_policy() -> None:
    for markup in (
        trend_svg("x", PERIODS, [COMPUTED, STATED], target=50, unit="%"),
        spark_svg([Decimal(1), Decimal(2)]),
    ):
        assert not re.search(r"<(style|script|image|foreignObject)|\sstyle=|\son\w+=|href", markup)


def test_a_hostile_label_stays_text() -> None:
    markup = trend_svg("<script>", ["</svg>&"], [Series('"><b>', [1])], unit="<i>")
    assert "<script" not in markup
    assert "<b>" not in markup
    assert next(e.text for e in ET.fromstring(markup) if e.tag == f"{SVG}title") == "<script>"


def test_a_screen_reader_hears_every_figure_and_the_target() -> None:
    with language("vi"):
        described = trend().find(f"{SVG}desc")
    assert described is not None
    assert described.text == (
        "Tính được: Năm 2023 0,28%, Quý I/2024 29,86%; "
        "Công bố: Năm 2023 0,28%, Quý I/2024 34,46%; chỉ tiêu 50%"
    )
    assert trend().get("role") == "img"


def test_a_missed_point_is_a_triangle_and_the_others_are_dots() -> None:
    tree = trend(missed=(0,))
    assert len(of_class(tree, "missed")) == 1
    assert len([e for e in of_class(tree, "dot") if e.get("cy") != "0"]) == 1


def test_a_missing_figure_breaks_the_curve_and_the_points_stay_in_their_periods() -> None:
    series = Series("a", [10, 20, None, 30, 40])
    tree = ET.fromstring(trend_svg("x", ["1", "2", "3", "4", "5"], [series]))
    assert len(of_class(tree, "curve")) == 2
    at = [float(e.get("cx", "")) for e in of_class(tree, "dot")]
    labels = {
        e.text: float(e.get("x", "")) for e in tree.iter(f"{SVG}text") if e.get("text-anchor") == "middle"
    }
    assert at == pytest.approx([labels["1"], labels["2"], labels["4"], labels["5"]], abs=0.2)


def test_a_higher_value_stands_higher_and_the_target_between_them() -> None:
    tree = ET.fromstring(trend_svg("x", ["1", "2"], [Series("a", [10, 90])], target=50))
    low, high = (float(e.get("cy", "")) for e in of_class(tree, "dot"))
    target = float(of_class(tree, "target")[0].get("d", "").split()[1].partition("H")[0])
    assert high < target < low
    assert target == pytest.approx((low + high) / 2, abs=0.2)


def test_values_are_written_as_people_here_write_them() -> None:
    with language("vi"):
        assert {"29,86%", "0,28%"} <= set(texts(trend()))
        assert "14.712 hồ sơ" in texts(
            ET.fromstring(trend_svg("x", ["1"], [Series("a", [14712])], unit="hồ sơ"))
        )
    with language("en"):
        assert "29.86%" in texts(trend())


def test_many_periods_do_not_run_into_each_other() -> None:
    months = [f"Tháng {n}/2024" for n in range(1, 25)]
    tree = ET.fromstring(trend_svg("x", months, [Series("a", list(range(24)))]))
    places = [float(e.get("x", "")) for e in tree.iter(f"{SVG}text") if (e.text or "").startswith("Tháng")]
    assert 3 <= len(places) < 6
    assert min(b - a for a, b in pairwise(places)) >= 100


def test_without_any_figure_there_is_no_chart() -> None:
    assert trend_svg("x", PERIODS, [Series("a", [None, None, None])], target=50) == ""
    assert trend_svg("x", [], []) == ""


def test_a_series_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 values for 3 periods"):
        trend_svg("x", PERIODS, [Series("a", [1, 2])])


@pytest.mark.parametrize("values", [[5], [5, 5, 5], [0, 0], [-3, 7], [Decimal("0.0001"), Decimal("0.0002")]])
def test_every_chart_stays_within_its_frame(values: list) -> None:
    tree = ET.fromstring(
        trend_svg("x", [str(i) for i in range(len(values))], [Series("a", values)], target=5)
    )
    for dot in of_class(tree, "dot"):
        assert 0 <= float(dot.get("cx", "")) <= 480
        assert 0 <= float(dot.get("cy", "")) <= 260


def test_the_same_figures_give_the_same_drawing() -> None:
    assert ET.tostring(trend()) == ET.tostring(trend())


def test_a_spark_needs_two_figures_and_says_them() -> None:
    assert spark_svg([None, Decimal(3)]) == ""
    with language("vi"):
        tree = ET.fromstring(spark_svg([Decimal("0.28"), None, Decimal("29.86")]))
    assert tree.get("aria-label") == "xu hướng: 0,28 → 29,86"
    assert len(list(tree.iter(f"{SVG}circle"))) == 1


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        ("0.28", "50", "0 10 20 30 40 50"),
        ("99.4", "99.52", "0 20 40 60 80 100"),
        ("13905", "14712", "0 5000 10000 15000"),
        ("0", "0", "0.0 0.2 0.4 0.6 0.8 1.0"),
        ("-3", "7", "-4 -2 0 2 4 6 8"),
        ("0.0001", "0.0002", "0.00000 0.00005 0.00010 0.00015 0.00020"),
    ],
)
def test_the_scale_is_round_begins_at_zero_and_holds_every_value(low: str, high: str, ticks: str) -> None:
    assert scale(Decimal(low), Decimal(high)) == [Decimal(t) for t in ticks.split()]


def test_the_last_label_of_the_periods_stays_in_the_frame_where_letters_are_large() -> None:
    drawn = ET.fromstring(
        trend_svg("x", ["Year 2023", "Quarter I/2024"], [Series("x", [99, 98])], target=99, unit="%")
    )
    (left, _top) = map(
        float, re.findall(r"[\d.]+", next(g.get("transform", "") for g in drawn.iter(f"{SVG}g")))
    )
    last = next(e for e in drawn.iter(f"{SVG}text") if e.text == "Quarter I/2024")
    assert left + float(last.get("x", "")) + len("Quarter I/2024") * 5 <= 480


def test_a_target_at_the_top_of_the_axis_is_not_written_over_the_legend() -> None:
    """Letters are up to 17 units high on a narrow screen; the legend's baseline stands at 17 units."""
    with language("vi"):
        drawn = trend()
    (label,) = [e for e in drawn.iter(f"{SVG}text") if e.text == "chỉ tiêu 50%"]
    (top,) = [float(re.findall(r"[\d.]+", g.get("transform", ""))[1]) for g in drawn.findall(f"{SVG}g")[:1]]
    assert top + float(label.get("y", "")) - 17 > 17 + 4  # below the tails of the legend's letters


def test_bars_are_as_long_as_their_numbers_with_the_late_part_first_and_said() -> None:
    drawn = str(bars_svg("Đang mở", [Bar("0–30 ngày", 10), Bar("trên 180 ngày", 40, 10)]))
    widths = [float(width) for width in re.findall(r'<rect class="bar[^"]*"[^>]* width="([\d.]+)"', drawn)]
    assert widths[:2] == [0, pytest.approx(widths[2], abs=0.1)]
    assert widths[3] == pytest.approx(3 * widths[2], abs=0.2)
    assert "0–30 ngày: 10; trên 180 ngày: 40, ▲ 10" in drawn


def test_bars_of_nothing_are_not_drawn() -> None:
    assert bars_svg("Đang mở", [Bar("0–30 ngày", 0)]) == ""
    assert bars_svg("Đang mở", []) == ""
