"""The figures of a statement: their keys and names, and the values of one period.

Pure. Counts are `int` and shares `Decimal`, never float. The keys are the columns of Biểu số 06/VPCP/KSTT
(Thông tư 01/2020/TT-VPCP), the digitised figures each with their own stated denominator, and `stopped`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qms.kernel.calendar import Period
from qms.kernel.numbers import About, Joined, Shown, about_label
from qms.kernel.text import Message, _

LABELS: Mapping[str, Message] = {
    "received_total": _("received"),
    "received_online": _("received online"),
    "received_direct_post": _("received directly and by post"),
    "carried_in": _("carried in from the previous period"),
    "resolved_total": _("resolved"),
    "resolved_early": _("resolved early"),
    "resolved_on_time": _("resolved on time"),
    "resolved_overdue": _("resolved overdue"),
    "in_process_total": _("in process"),
    "in_process_within": _("in process within the time limit"),
    "in_process_overdue": _("in process overdue"),
    "stopped": _("stopped or withdrawn"),
    "digit_intake": _("digitised at intake"),
    "digit_intake_den": _("cases over which digitisation at intake is counted"),
    "digit_result": _("digitised results"),
    "digit_result_den": _("cases over which digitised results are counted"),
    "digit_both": _("digitised at both ends"),
    "digit_both_den": _("cases over which digitisation at both ends is counted"),
}
COUNT_KEYS = tuple(LABELS)

# Of each printed share: the counts above the line (added) and the one below it.
SHARES: Mapping[str, tuple[tuple[str, ...], str]] = {
    **{f"{key}_pct": ((key,), "received_total") for key in ("received_online", "received_direct_post")},
    "carried_in_pct": (("carried_in",), "received_total"),
    **{f"{key}_pct": ((key,), "resolved_total") for key in ("resolved_early", "resolved_on_time")},
    "resolved_overdue_pct": (("resolved_overdue",), "resolved_total"),
    "on_time_or_early_pct": (("resolved_early", "resolved_on_time"), "resolved_total"),
    **{f"{key}_pct": ((key,), "in_process_total") for key in ("in_process_within", "in_process_overdue")},
    **{f"{key}_pct": ((key,), f"{key}_den") for key in ("digit_intake", "digit_result", "digit_both")},
}
SHARE_GROUPS: tuple[tuple[str, ...], ...] = (
    ("received_online_pct", "received_direct_post_pct", "carried_in_pct"),
    ("resolved_early_pct", "resolved_on_time_pct", "resolved_overdue_pct"),
    ("in_process_within_pct", "in_process_overdue_pct"),
)
SHARE_TOLERANCE = Decimal("0.02")  # what three shares rounded to two decimals can be off together


def share_label(key: str) -> Message:
    """What a printed share is a share of."""
    above, below = SHARES[key]
    shown = Joined(tuple(LABELS[k] for k in above), " + ")
    return _("share of %(above)s in %(below)s", above=shown, below=LABELS[below])


def label(key: str) -> Message:
    """The name of a count or of a printed share."""
    return LABELS[key] if key in LABELS else share_label(key)


@dataclass(frozen=True)
class Figures:
    """The figures of one row. A key that is missing was not published, which is never 0.

    `counts` by COUNT_KEYS; `approximate` says of some of them in what way; `shares` in percent, by SHARES,
    with as many decimals as were printed.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    approximate: Mapping[str, About] = field(default_factory=dict)

    def exact(self, key: str) -> int | None:
        """The count, or None where it is not published or only approximate."""
        return None if key in self.approximate else self.counts.get(key)

    def shown(self, key: str) -> Message | Shown | str:
        """The count as it is printed: `1.700`, `hơn 1.700`, or a dash."""
        if key not in self.counts:
            return "–"
        value = self.counts[key]
        return about_label(self.approximate[key], value) if key in self.approximate else Shown(value)


@dataclass(frozen=True)
class StatementPeriod:
    """The figures of one period: the total under None, and a row per field where given, in file order.

    `total_computed` says that the source had no total row, so that the total is the sum of the fields.
    """

    period: Period
    rows: Mapping[str | None, Figures]
    total_computed: bool = False

    @property
    def total(self) -> Figures:
        """The total row; without figures where there is none."""
        return self.rows.get(None, Figures())

    @property
    def fields(self) -> dict[str, Figures]:
        """The rows per field (lĩnh vực)."""
        return {name: figures for name, figures in self.rows.items() if name is not None}


def with_computed_total(statement: StatementPeriod) -> StatementPeriod:
    """The statement with the sum of its fields as total, where the source gives none.

    A key that one of the fields does not publish, or only approximately, has no total.
    """
    if None in statement.rows:
        return statement
    rows = list(statement.rows.values())
    unknown = {key for row in rows for key in row.approximate}
    columns = {key: [row.counts.get(key) for row in rows] for key in COUNT_KEYS if key not in unknown}
    sums = {
        key: sum(v for v in values if v) for key, values in columns.items() if rows and None not in values
    }
    return StatementPeriod(statement.period, {None: Figures(sums), **statement.rows}, total_computed=True)


def same_figures(one: StatementPeriod, other: StatementPeriod) -> bool:
    """Whether two statements say the same, whatever files they came in.

    The order of fields, the decimals of a share (99,4 and 99,40) and a computed total make no difference.
    """
    return one.period == other.period and _said(one) == _said(other)


def _said(statement: StatementPeriod) -> dict[str | None, tuple[Any, ...]]:
    rows = with_computed_total(statement).rows
    return {
        name: (dict(row.counts), dict(row.shares), {k: About(v) for k, v in row.approximate.items()})
        for name, row in rows.items()
        if row.counts or row.shares
    }
