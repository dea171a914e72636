"""The figures of statements as pages show them: the table in the file's layout, the marks, the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup

from qms.areas.statements.figures import COUNT_KEYS, LABELS, SHARES, Figures, StatementPeriod
from qms.areas.statements.rules import BY_ID, Verdict
from qms.areas.statements.rules_record import Difference, shown_share
from qms.areas.statements.service import Plan
from qms.kernel.numbers import percent_of
from qms.kernel.text import Message, _, show_number, show_percent
from qms.web.widgets import SIGNS, Column, Mark, Row, Section, Table

FIELDS_KEPT = 400  # rows of fields on a record's page
MOST_ROWS = 60  # rows of fields on one page; beyond that only those with findings

_GROUPS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (_("received"), ("received_total", "received_online", "received_direct_post", "carried_in")),
    (
        _("resolved"),
        ("resolved_total", "resolved_early", "resolved_on_time", "resolved_overdue", "on_time_or_early"),
    ),
    (_("in process"), ("in_process_total", "in_process_within", "in_process_overdue")),
    (_("stopped or withdrawn"), ("stopped",)),
    (_("digitised"), ("digit_intake", "digit_result", "digit_both")),
)
_PARTS: dict[str, Message] = {
    **dict.fromkeys(("received_total", "resolved_total", "in_process_total", "stopped"), _("total")),
    "received_online": _("online"),
    "received_direct_post": _("directly and by post"),
    "carried_in": _("carried in"),
    "resolved_early": _("early"),
    "resolved_on_time": _("on time"),
    "resolved_overdue": _("overdue"),
    "on_time_or_early": _("early and on time"),
    "in_process_within": _("within the time limit"),
    "in_process_overdue": _("overdue"),
    "digit_intake": _("at intake"),
    "digit_result": _("results"),
    "digit_both": _("at both ends"),
}
_COUNT, _OVER, _SHARE = _("number"), _("out of"), _("%%")
_WORST = {"fails": 3, "warns": 2, "unchecked": 1, "holds": 0}
_TONES = {"fails": "late", "warns": "wait", "unchecked": "none", "holds": "done"}


def outcome(verdict: Verdict) -> str:
    """The outcome as a mark: a failed warning is told from a failed error."""
    return "warns" if verdict.outcome == "fails" and verdict.level == "warning" else verdict.outcome


def mark(verdict: Verdict) -> Mark:
    """One verdict in a list, with its row where it is not the total."""
    note = verdict.claim if verdict.field is None else Message(
        "%(field)s: %(claim)s", {"field": verdict.field, "claim": verdict.claim}
    )  # fmt: skip
    return Mark(outcome(verdict), verdict.rule, verdict.text, note)


def sorted_out(verdicts: Iterable[Verdict]) -> dict[str, list[Mark]]:
    """The marks to show under `findings` (errors, then warnings), `holds` and `unchecked`."""
    found: dict[str, list[Mark]] = {"findings": [], "holds": [], "unchecked": []}
    for one in in_order(verdicts):
        found.get(one.outcome, found["findings"]).append(one)
    return found


def in_order(verdicts: Iterable[Verdict]) -> list[Mark]:
    """The verdicts on the total and what fails elsewhere; what fails first."""
    shown = [v for v in verdicts if v.field is None or v.outcome == "fails"]
    return [mark(v) for v in sorted(shown, key=lambda v: -_WORST[outcome(v)])]


def touched(verdict: Verdict) -> tuple[str, ...]:
    """The cells of a row that an identity looks at."""
    identity = BY_ID[verdict.rule]
    if verdict.rule in ("P", "S", "T"):
        return (verdict.subject,)
    return ("carried_in",) if verdict.rule == "B5" else (identity.left, *identity.right)


# ---------------------------------------------------------------- the layout of the file


@dataclass(frozen=True)
class Cell:
    """One figure with the worst verdict on it: `tone` and `sign` of the mark, `rules` that look at it."""

    text: Message | str
    tone: str = ""
    sign: str = ""
    word: Message | str = ""
    rules: str = ""


@dataclass(frozen=True)
class LayoutRow:
    """A field, or the total; `number` is its row in the file."""

    name: Message | str
    number: int | None
    cells: Sequence[Cell]
    total: bool = False


@dataclass(frozen=True)
class Layout:
    """A statement in the layout of its file: three heading rows, each cell with its span."""

    groups: Sequence[tuple[Message, int]]
    parts: Sequence[tuple[Message, int]]
    columns: Sequence[tuple[Message, str]]  # what it holds, its letters in the file
    rows: Sequence[LayoutRow]
    left_out: int = 0


def layout(plan: Plan) -> Layout:
    """The table of one period of a file, its checked cells marked, its rows and columns named as in the file."""
    return layout_of(plan.incoming.statement, plan.verdicts, plan.incoming.rows, plan.incoming.columns)


def layout_of(
    statement: StatementPeriod,
    verdicts: Sequence[Verdict] = (),
    numbers: Mapping[str | None, int] | None = None,
    letters: Mapping[str, str] | None = None,
    *,
    most: int = MOST_ROWS,
) -> Layout:
    """A statement in the layout of its file; beyond `most` fields only those with findings."""
    numbers, letters = numbers or {}, letters or {}
    keys, marks = _keys(statement), _marks(verdicts)
    failing = {v.field for v in verdicts if v.outcome == "fails" and v.field is not None}
    names = [n for n in statement.rows if n is not None]
    kept = set(names if len(names) <= most else [n for n in names if n in failing][:most])
    groups, parts = _spans(keys)
    rows = [
        LayoutRow(
            name or _("Total"),
            numbers.get(name),
            [_cell(figures, key, marks.get((name, key), ())) for key in keys],
            name is None,
        )
        for name, figures in statement.rows.items()
        if name is None or name in kept
    ]
    columns = [(_kind_of(key), letters.get(key, "")) for key in keys]
    return Layout(groups, parts, columns, rows, len(names) - len(kept))


def _cell(figures: Figures, key: str, verdicts: Sequence[Verdict]) -> Cell:
    text = shown_share(figures, key) if key in SHARES else figures.shown(key)
    text = text if isinstance(text, Message) else str(text)
    if not verdicts:
        return Cell(text)
    worst = max((outcome(v) for v in verdicts), key=_WORST.__getitem__)
    ids = ", ".join(dict.fromkeys(v.rule for v in verdicts if outcome(v) == worst))
    tone = _TONES[worst]
    return Cell(text, tone, SIGNS[tone], Mark(worst, "", "").state.label, ids)


def _marks(verdicts: Iterable[Verdict]) -> dict[tuple[str | None, str], list[Verdict]]:
    found: dict[tuple[str | None, str], list[Verdict]] = {}
    for verdict in verdicts:
        for key in touched(verdict):
            found.setdefault((verdict.field, key), []).append(verdict)
    return found


def _keys(statement: StatementPeriod) -> list[str]:
    """The columns that any row fills, in the order of the form: count, over, share of each part."""
    filled = {key for figures in statement.rows.values() for key in (*figures.counts, *figures.shares)}
    order = [f"{part}{end}" for _label, parts in _GROUPS for part in parts for end in ("", "_den", "_pct")]
    return [key for key in order if key in filled]


def _part_of(key: str) -> str:
    return key.removesuffix("_den").removesuffix("_pct")


def _kind_of(key: str) -> Message:
    return _SHARE if key.endswith("_pct") else _OVER if key.endswith("_den") else _COUNT


def _spans(keys: Sequence[str]) -> tuple[list[tuple[Message, int]], list[tuple[Message, int]]]:
    """The heading cells of groups and parts with how many columns each spans."""
    groups, parts = [], []
    for label, names in _GROUPS:
        inside = [key for key in keys if _part_of(key) in names]
        if inside:
            groups.append((label, len(inside)))
        for name in names:
            count = sum(_part_of(key) == name for key in inside)
            if count:
                parts.append((_PARTS[name], count))
    return groups, parts


# ---------------------------------------------------------------- on the record's page


def total_table(figures: Figures) -> Table:
    """The figures of the total, one a line: count, what it is counted over, the published and computed share.

    The published share stands as it was printed (99,4), the computed one with two decimals (99,40).
    """
    keys = [key for key in COUNT_KEYS if key in figures.counts and not key.endswith("_den")]
    keys += [key.removesuffix("_pct") for key in figures.shares if key.removesuffix("_pct") not in keys]
    columns = [
        Column("figure", _("figure")),
        Column("count", _("number of cases"), numeric=True),
        Column("over", _("counted over (as published)"), numeric=True),
        Column("share", _("published share"), numeric=True),
        Column("computed", _("computed from the counts"), numeric=True),
    ]
    rows = []
    for key in dict.fromkeys(keys):
        name = LABELS.get(key) or _PARTS.get(key) or key
        over = figures.counts.get(f"{key}_den")
        share = shown_share(figures, f"{key}_pct") if f"{key}_pct" in figures.shares else ""
        count: Any = figures.shown(key) if key in figures.counts else _("not published")
        shown = "" if over is None else show_number(over)
        rows.append(Row("", [name, count, shown, share, _computed_share(figures, f"{key}_pct")]))
    return Table(columns, rows)


def _computed_share(figures: Figures, key: str) -> str:
    """The share `key` as its counts give it; empty where there is none, or a count is not exact."""
    above, below = SHARES.get(key, ((), ""))
    counts = [figures.exact(name) for name in (*above, below)]
    known = [count for count in counts if count is not None]
    if len(known) < max(len(counts), 2) or not known[-1]:
        return ""
    return show_percent(percent_of(sum(known[:-1]), known[-1]))


def by_field(statement: StatementPeriod, verdicts: Sequence[Verdict]) -> Section:
    """Every row of a statement with fields, in the layout of its file."""
    draw = get_template_attribute("statements/_layout.html", "layout")
    table = layout_of(statement, verdicts, most=FIELDS_KEPT)
    body = Markup(draw(table, _("Figures by field in the layout of the file")))  # noqa: S704 (an escaping template)
    return Section("fields", _("By field"), body=body)


def verdict_table(marks: Iterable[Mark]) -> Table:
    """Verdicts with both sides of each, in their order."""
    columns = [
        Column("rule", _("rule"), kind="nowrap"),
        Column("outcome", _("verdict"), kind="state"),
        Column("sides", _("both sides")),
        Column("claim", _("what it says"), kind="wide"),
    ]
    rows = [Row("", [m.rule, m.state, m.text, m.note]) for m in marks]
    return Table(columns, rows, empty_text=_("No identity could be applied."))


def folded(holding: Sequence[Mark]) -> Markup:
    """The verdicts that hold, folded away below those that do not."""
    if not holding:
        return Markup("")
    summary = Markup("<summary>{}: {}</summary>").format(holding[0].state, len(holding))
    return Markup('<details class="fold">{}{}</details>').format(summary, verdict_table(holding).drawn())


def difference_table(differences: Sequence[Difference], before: str, after: str) -> Table:
    """What a revision changed: field, figure, before, after."""
    columns = [
        Column("figure", _("figure"), kind="wide"),
        Column("field", _("field of work")),
        Column("before", before, numeric=True),
        Column("after", after, numeric=True),
    ]
    cells: list[list[Any]] = [[d.label, d.field or _("Total"), d.before, d.after] for d in differences]
    rows = [Row("", line) for line in cells]
    return Table(columns, rows)
