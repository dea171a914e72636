"""A statement as a record: its states, who may do what, and how its verdicts and revisions are kept. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from qms.areas.statements.figures import COUNT_KEYS, Figures, StatementPeriod, label
from qms.areas.statements.rules import BY_ID, Verdict
from qms.kernel.calendar import Period
from qms.kernel.numbers import Shown
from qms.kernel.permissions import READERS, Permission, Role
from qms.kernel.text import Message, _
from qms.kernel.workflow import Machine, Transition


class S(StrEnum):
    """The states of a statement."""

    CURRENT = "current"
    WITHDRAWN = "withdrawn"


LABELS: dict[str, Message] = {S.CURRENT: _("in force"), S.WITHDRAWN: _("taken out of use")}

VIEW = Permission("statements.view", _("see the statements and their figures"), READERS)
IMPORT = Permission("statements.import", _("import statements of figures"), frozenset({Role.COORDINATOR}))
WITHDRAW = Permission(
    "statements.withdraw", _("withdraw a statement and restore it"), frozenset({Role.COORDINATOR})
)
PERMISSIONS = (VIEW, IMPORT, WITHDRAW)

STATEMENT = Machine(
    "statement",
    S,
    LABELS,
    (
        Transition("withdraw", frozenset({S.CURRENT}), S.WITHDRAWN, _("Withdraw the statement"), WITHDRAW,
                   needs_reason=True),
        Transition("restore", frozenset({S.WITHDRAWN}), S.CURRENT, _("Restore the statement"), WITHDRAW,
                   needs_reason=True),
    ),
    initial=S.CURRENT,
    ended=frozenset({S.CURRENT, S.WITHDRAWN}),
)  # fmt: skip


# ---------------------------------------------------------------- verdicts as they are kept


def kept_verdicts(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """What is kept of the verdicts on a statement: all on its total, of its fields only what fails."""
    return [_plain(v) for v in verdicts if v.field is None or v.outcome == "fails"]


def _plain(verdict: Verdict) -> dict[str, Any]:
    data = {
        "rule": verdict.rule,
        "period": verdict.period.code,
        "field": verdict.field,
        "outcome": verdict.outcome,
        "left": _number(verdict.left),
        "right": _number(verdict.right),
        "terms": [_number(term) for term in verdict.terms],
        "missing": list(verdict.missing),
        "approximate": list(verdict.approximate),
        "subject": verdict.subject,
        "before": verdict.before.code if verdict.before else None,
    }
    return {name: value for name, value in data.items() if value not in (None, [], "")}


def _number(value: int | Decimal | None) -> int | str | None:
    """A count stays a number; a share becomes text, which keeps its printed decimals."""
    return str(value) if isinstance(value, Decimal) else value


def _read(value: int | str | None) -> int | Decimal | None:
    return Decimal(value) if isinstance(value, str) else value


def verdict_of(data: Mapping[str, Any]) -> Verdict:
    """A kept verdict as it was given; raises KeyError for an identity that there is no more."""
    before = data.get("before")
    return Verdict(
        data["rule"],
        BY_ID[data["rule"]].level,
        Period.parse(data["period"]),
        data.get("field"),
        data["outcome"],
        _read(data.get("left")),
        _read(data.get("right")),
        tuple(term for item in data.get("terms", ()) if (term := _read(item)) is not None),
        tuple(data.get("missing", ())),
        tuple(data.get("approximate", ())),
        data.get("subject", ""),
        Period.parse(before) if before else None,
    )


def by_period(
    verdicts: Iterable[Verdict], periods: Collection[Period], unchanged: Collection[Period] = ()
) -> dict[Period, tuple[Verdict, ...]]:
    """The verdicts that belong to the statement of each of a file's `periods`, in their order.

    B5 of a statement that is kept as it is belongs to the one before it where that one changes: it is the
    change that has to be accepted. `unchanged` are the periods of the file that bring nothing new.
    """
    found: dict[Period, list[Verdict]] = {period: [] for period in periods}
    for verdict in verdicts:
        own = found.get(verdict.period)
        if verdict.before is not None and verdict.before not in unchanged:
            kept_as_it_is = own is None or verdict.period in unchanged
            own = found.get(verdict.before, own) if kept_as_it_is else own
        if own is not None:
            own.append(verdict)
    return {period: tuple(belonging) for period, belonging in found.items()}


# ---------------------------------------------------------------- what a revision changes


@dataclass(frozen=True)
class Difference:
    """One figure that two revisions give differently; field None is the total."""

    field: str | None
    key: str
    before: Message | Shown | str
    after: Message | Shown | str

    @property
    def label(self) -> Message:
        """The name of the figure."""
        return label(self.key)


def differences(old: StatementPeriod, new: StatementPeriod) -> list[Difference]:
    """Every count, share or approximation that differs, the total first, in the order of the columns."""
    names = dict.fromkeys((None, *old.rows, *new.rows))
    return [
        found
        for name in names
        for found in _row_differences(name, old.rows.get(name, Figures()), new.rows.get(name, Figures()))
    ]


def _row_differences(name: str | None, old: Figures, new: Figures) -> Iterator[Difference]:
    for key in COUNT_KEYS:
        if (old.counts.get(key), old.approximate.get(key)) != (new.counts.get(key), new.approximate.get(key)):
            yield Difference(name, key, old.shown(key), new.shown(key))
    for key in dict.fromkeys((*old.shares, *new.shares)):
        if old.shares.get(key) != new.shares.get(key):
            yield Difference(name, key, shown_share(old, key), shown_share(new, key))


def shown_share(figures: Figures, key: str) -> Message | str:
    """A stated share as it was printed: `99,4%`, or a dash."""
    share = figures.shares.get(key)
    return "–" if share is None else Message("%(n)s%%", {"n": Shown(share)})
