"""An indicator over its periods: the chart with its figures beside it, the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from flask import get_template_attribute
from markupsafe import Markup

from qms.kernel.calendar import Period
from qms.kernel.numbers import round_half_up
from qms.kernel.text import Message, _
from qms.web.charts import Series, trend_svg
from qms.web.widgets import Column, Row, StateBadge, Table


class Point(Protocol):
    """A measurement of a period, computed and as it was published."""

    @property
    def period(self) -> Period: ...
    @property
    def rate(self) -> Decimal | None: ...
    @property
    def stated(self) -> Decimal | None: ...
    @property
    def differs(self) -> bool: ...
    @property
    def fraction(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def shown_stated(self) -> str: ...


class Verdict(Protocol):
    """How a measurement stands against the target of its period; both may be unknown."""

    @property
    def target(self) -> Any: ...
    @property
    def label(self) -> Message: ...
    @property
    def tone(self) -> str: ...


def drawn(
    name: str, unit: str, chain: Sequence[Point], verdicts: Sequence[Verdict | None], url: str
) -> Markup:
    """Chart and table of periods that do not overlap; each row leads to `url` with its period.

    The target of each period is drawn as a step, and a point is marked where the table's verdict on it is red.
    """
    series = [Series(_("computed"), [None if m.rate is None else round_half_up(m.rate, 2) for m in chain])]
    if any(m.differs for m in chain):
        series.append(Series(_("published"), [m.stated if m.differs else None for m in chain]))
    chart = trend_svg(
        name,
        [m.period.label() for m in chain],
        series,
        target=[v.target.value if v and v.target else None for v in verdicts],
        unit=unit,
        missed=[i for i, v in enumerate(verdicts) if v and v.tone == "late"],
    )
    note = ""
    if len({m.period.months for m in chain}) > 1:
        note = _("The periods are of different length: rates may be compared, counts may not.")
    draw = get_template_attribute("_macros.html", "trend")
    return Markup(draw(chart, _table(chain, verdicts, url), note))  # noqa: S704 (an escaping template)


def _table(chain: Sequence[Point], verdicts: Sequence[Verdict | None], url: str) -> Table:
    columns = [
        Column("period", _("period")),
        Column("fraction", _("numerator / denominator"), numeric=True),
        Column("rate", _("computed"), numeric=True),
        Column("stated", _("published"), numeric=True),
        Column("target", _("target"), numeric=True),
        Column("status", _("verdict"), kind="state"),
    ]
    rows = []
    for m, v in zip(chain, verdicts, strict=True):
        target = v.target.shown if v and v.target else ""
        verdict = StateBadge(v.label, v.tone) if v else ""
        cells = [m.period.label(), m.fraction, m.shown, m.shown_stated, target, verdict]
        rows.append(Row(f"{url}?period={m.period.code}", cells))
    return Table(columns, rows)
