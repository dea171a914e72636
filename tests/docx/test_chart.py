"""The trend as a native chart: its figures, its gaps, its targets, the workbook behind it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree
from openpyxl import load_workbook

from qms.docx import chart
from qms.docx.contexts import Series, Trend
from qms.docx.ooxml import NAMESPACES
from qms.kernel.text import language
from tests.docx.samples import TREND
from tests.docx.test_render import lines, minutes


def found(xml: bytes, path: str) -> list[str]:
    return [str(value) for value in etree.fromstring(xml).xpath(path, namespaces=NAMESPACES)]


def test_values_are_rounded_and_an_unknown_one_is_a_gap() -> None:
    xml = chart.build(TREND).xml
    assert found(xml, "//c:ser[1]/c:val//c:pt/@idx") == ["1", "2"]
    assert found(xml, "//c:ser[1]/c:val//c:v/text()") == ["6.58", "29.67"]
    assert found(xml, "//c:dispBlanksAs/@val") == ["gap"]


def test_a_target_that_all_share_is_one_line() -> None:
    with language("vi"):
        names = found(chart.build(TREND).xml, "//c:ser/c:tx//c:v/text()")
    assert names == ["Số hóa khi tiếp nhận", "Số hóa kết quả giải quyết", "Chỉ tiêu"]


def test_different_targets_are_named_after_their_series() -> None:
    series = (TREND.series[0], replace(TREND.series[1], targets=[Decimal(30)] * 3))
    with language("vi"):
        names = found(chart.build(replace(TREND, series=series)).xml, "//c:ser/c:tx//c:v/text()")
    assert names[2:] == ["Chỉ tiêu: Số hóa khi tiếp nhận", "Chỉ tiêu: Số hóa kết quả giải quyết"]


@pytest.mark.parametrize(("periods", "bars"), [(1, 1), (2, 1), (3, 0)])
def test_few_periods_are_columns_because_a_line_would_say_nothing(periods: int, bars: int) -> None:
    trend = Trend("T", [str(n) for n in range(periods)], [Series("S", [Decimal(1)] * periods)], "%", "")
    assert len(found(chart.build(trend).xml, "//c:barChart/c:barDir/@val")) == bars


def test_the_workbook_holds_the_figures_for_who_edits_the_chart() -> None:
    rows = list(load_workbook(io.BytesIO(chart.build(TREND).workbook))["Trend"].values)
    assert rows[0] == ("%", "Năm 2022", "Năm 2023", "Quý I/2024")
    assert rows[1] == ("Số hóa khi tiếp nhận", None, 6.58, 29.67)


def test_formulas_point_at_the_cells_they_show() -> None:
    formulas = found(chart.build(TREND).xml, "//c:ser[2]//c:f/text()")
    assert formulas == ["Trend!$A$3", "Trend!$B$1:$D$1", "Trend!$B$3:$D$3"]


def test_the_chart_in_the_minutes_is_that_of_the_trend() -> None:
    with zipfile.ZipFile(io.BytesIO(minutes())) as archive:
        assert b"6.58" in archive.read("word/charts/chart1.xml")
        document = archive.read("word/document.xml").decode()
    assert "Số hóa khi tiếp nhận (Năm 2022: –, Năm 2023: 6,58, Quý I/2024: 29,67)" in document


@pytest.mark.parametrize("trend", [None, Trend("", (), (), "", ""), replace(TREND, series=())])
def test_without_figures_there_is_no_chart_and_no_trace_of_one(trend: Trend | None) -> None:
    document = minutes(trend=trend)
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert not [name for name in archive.namelist() if "chart" in name or "embeddings" in name]
    assert not [line for line in lines(document) if line.startswith("Biểu đồ")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0", "0"), ("100", "100"), ("29.8560", "29.86"), ("0.005", "0.01"), ("6.50", "6.5"), ("1200", "1200")],
)
def test_a_value_is_drawn_with_two_decimals_at_most(value: str, shown: str) -> None:
    assert str(chart.printed(Decimal(value))) == shown


def test_a_series_needs_a_value_for_each_period() -> None:
    with pytest.raises(ValueError, match="one value per period"):
        Trend("T", ["2022", "2023"], [Series("S", [Decimal(1)])], "%", "")
    with pytest.raises(ValueError, match="one target per period"):
        Trend("T", ["2022", "2023"], [Series("S", [Decimal(1)] * 2, [Decimal(1)])], "%", "")


@pytest.mark.parametrize(
    ("highest", "unit", "ends"), [("99.52", "%", ["100"]), ("6.58", "%", []), ("99", "ngày", [])]
)
def test_the_axis_of_a_share_ends_at_100(highest: str, unit: str, ends: list[str]) -> None:
    trend = Trend("T", ["1", "2"], [Series("S", [Decimal(highest)] * 2)], unit, "")
    assert found(chart.build(trend).xml, "//c:valAx/c:scaling/c:max/@val") == ends


def test_the_legend_leaves_most_of_the_frame_to_the_chart() -> None:
    assert found(chart.build(TREND).xml, "//c:legend/c:txPr//@sz") == ["900"]


@pytest.mark.parametrize("periods", [1, 2])
def test_the_target_spans_the_columns_of_few_periods(periods: int) -> None:
    series = Series("S", [Decimal(9)] * periods, [Decimal(50)] * periods)
    trend = Trend("T", [f"K{n}" for n in range(periods)], [series], "%", "")
    xml = chart.build(trend).xml
    target, measured = "//c:lineChart//c:val//c:pt/@idx", "//c:barChart//c:val//c:pt/@idx"
    assert found(xml, target) == [str(n) for n in range(periods + 2)]  # also left and right of the columns
    assert found(xml, measured) == [str(n) for n in range(1, periods + 1)]
    assert found(xml, "//c:valAx/c:crossBetween/@val") == ["midCat"]  # it begins and ends at the edge
    labels = found(xml, "//c:barChart//c:cat//c:pt/c:v/text()")
    assert [label.strip() for label in labels] == ["", *trend.period_labels, ""]
    rows = list(load_workbook(io.BytesIO(chart.build(trend).workbook))["Trend"].values)
    assert rows[2][1:] == (50,) * (periods + 2)


def test_who_hears_the_chart_hears_only_its_periods() -> None:
    trend = Trend("T", ["2023"], [Series("S", [Decimal(9)], [Decimal(50)])], "%", "")
    with language("en"):
        assert chart.alternative_text(trend) == "Chart: T (unit: %). S (2023: 9); Target (2023: 50)."


@pytest.mark.parametrize("periods", [2, 3])
def test_a_target_is_drawn_in_the_periods_that_it_holds_for_and_in_no_other(periods: int) -> None:
    """A bar in its period: a line would lead from one target to the next, or be invisible where it is alone."""
    labels = ("Năm 2022", "Năm 2023", "Quý I/2024")[-periods:]
    aims = (None, Decimal(50), None)[-periods:]
    trend = Trend("T", labels, [Series("S", [Decimal(9)] * periods, aims)], "%", "")
    xml = chart.build(trend).xml
    own = "//c:ser[c:tx//c:v='Target' or c:tx//c:v='Chỉ tiêu']"
    assert found(xml, f"{own}/c:val//c:pt/@idx") == ["1"]
    assert found(xml, f"{own}/c:marker/c:symbol/@val") == ["dash"]
    assert found(xml, f"{own}/c:spPr/a:ln[a:noFill]/@w") == ["19050"]
    with language("en"):
        assert chart.alternative_text(trend).endswith(
            "Target (Năm 2023: 50, Quý I/2024: –)."
            if periods == 2
            else "Target (Năm 2022: –, Năm 2023: 50, Quý I/2024: –)."
        )


def test_the_table_beside_the_chart_says_for_which_period_a_target_holds() -> None:
    first, second = TREND.series
    series = (replace(first, targets=(None, Decimal(50), None)), replace(second, targets=()))
    document = minutes(trend=replace(TREND, series=series))
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        text = archive.read("word/document.xml").decode()
    assert "Năm 2022: –; Năm 2023: 50; Quý I/2024: –<" in text
