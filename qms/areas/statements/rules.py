"""Statements: the identities that every published table must keep, and the verdict on each.

Pure, and the identities are data. They follow the parts of Biểu số 06/VPCP/KSTT, and each has a level: an
error refuses the import, a warning is accepted with a reason that stays with the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from qms.areas.statements.figures import (
    COUNT_KEYS,
    LABELS,
    SHARE_GROUPS,
    SHARE_TOLERANCE,
    SHARES,
    Figures,
    StatementPeriod,
    label,
    same_figures,
    share_label,
    with_computed_total,
)
from qms.kernel.calendar import Period
from qms.kernel.numbers import Joined, Shown, percent_of, places, round_half_up
from qms.kernel.text import Message, _

__all__ = [
    "BY_ID",
    "COUNT_KEYS",
    "IDENTITIES",
    "LABELS",
    "SHARES",
    "Figures",
    "Identity",
    "StatementPeriod",
    "Verdict",
    "check",
    "label",
    "same_figures",
    "share_label",
    "verdict_json",
    "with_computed_total",
]

Level = Literal["error", "warning"]
Outcome = Literal["holds", "fails", "unchecked"]
Number = int | Decimal


class Identity(NamedTuple):
    """One rule: its id, level and claim; `kind` says how its operands compare.

    `sum`: left = sum of right; `equal`: left = right; `at_most`: left <= the smallest of right. The others
    (`previous`, `rows`, `share`, `shares`) have operands of their own.
    """

    id: str
    level: Level
    kind: str
    claim: Message
    left: str = ""
    right: tuple[str, ...] = ()


_RECEIVED = ("received_online", "received_direct_post", "carried_in")
_RESOLVED = ("resolved_early", "resolved_on_time", "resolved_overdue")
_IN_PROCESS = ("in_process_within", "in_process_overdue")
_BALANCE = ("resolved_total", "in_process_total", "stopped")
_DIGITISED = ("digit_intake", "digit_result")
_DONE = ("resolved_total",)

# fmt: off
IDENTITIES: tuple[Identity, ...] = (
    Identity("B1", "error", "sum", _("received = online + direct and post + carried in"),
             "received_total", _RECEIVED),
    Identity("B2", "error", "sum", _("resolved = early + on time + overdue"), "resolved_total", _RESOLVED),
    Identity("B3", "error", "sum", _("received = resolved + in process + stopped"),
             "received_total", _BALANCE),
    Identity("B4", "error", "sum", _("in process = within the time limit + overdue"),
             "in_process_total", _IN_PROCESS),
    Identity("N1", "error", "at_most", _("digitised at both ends ≤ digitised at either end"),
             "digit_both", _DIGITISED),
    Identity("N2", "error", "at_most", _("digitised results ≤ resolved"), "digit_result", _DONE),
    Identity("T", "error", "rows", _("the total row is the sum of the fields")),
    Identity("B5", "warning", "previous", _("carried in = in process at the end of the period before")),
    Identity("P", "warning", "share", _("the printed share is the one computed from its counts")),
    Identity("S", "warning", "shares", _("the printed shares of a group make 100 %%")),
    Identity("D1", "warning", "equal", _("the cases over which digitisation at intake is counted = received"),
             "digit_intake_den", ("received_total",)),
    Identity("D2", "warning", "equal", _("the cases over which digitised results are counted = resolved"),
             "digit_result_den", _DONE),
    Identity("D3", "warning", "equal", _("digitisation at both ends is counted over the same cases as at intake"),
             "digit_both_den", ("digit_intake_den",)),
)
# fmt: on
BY_ID: Mapping[str, Identity] = {identity.id: identity for identity in IDENTITIES}
_IN_ROW = tuple(
    (identity, itemgetter(identity.left, *identity.right))
    for identity in IDENTITIES
    if identity.kind in ("sum", "at_most", "equal")
)


@dataclass(slots=True)
class Verdict:
    """What one identity says of one row (field None: the total) of one period.

    `left`, `right` and `difference` (left - right) are None where they cannot be known. `terms` are the known
    operands on the right, `missing` names (keys, or fields for T) what is not published, or counted as 0,
    `approximate` the keys that are only approximate. `subject` is the key of the share (P, S) or of the total
    (T); `before` is the period that B5 compares with.
    """

    rule: str
    level: Level
    period: Period
    field: str | None
    outcome: Outcome
    left: Number | None = None
    right: Number | None = None
    terms: tuple[Number, ...] = ()
    missing: tuple[str, ...] = ()
    approximate: tuple[str, ...] = ()
    subject: str = ""
    before: Period | None = None

    @property
    def difference(self) -> Number | None:
        """Left minus right."""
        return None if self.left is None or self.right is None else self.left - self.right

    @property
    def claim(self) -> Message:
        """What the identity claims, and of which share or total."""
        claim = BY_ID[self.rule].claim
        if self.rule == "P":
            return share_label(self.subject)
        if self.rule == "T":
            return Message("%(claim)s: %(key)s", {"claim": claim, "key": LABELS[self.subject]})
        return claim

    @property
    def text(self) -> Message:
        """Both sides as figures: `14.712 = 877 + 13.835`; or why they cannot be compared."""
        if self.outcome == "unchecked":
            return self._why_unchecked()
        signs = ("≤", ">") if BY_ID[self.rule].kind == "at_most" else ("=", "≠")
        sign = signs[self.outcome == "fails"]
        percent = self.rule in ("P", "S")
        sides = {"left": _shown(self.left, percent=percent), "sign": sign, "right": self._right_side()}
        text = Message("%(left)s %(sign)s %(right)s", sides)
        if self.outcome == "fails":
            return self._with_difference(text, percent=percent)
        if self.missing:
            return _(
                "%(text)s (not published, counted as 0: %(keys)s)", text=text, keys=self._names(self.missing)
            )
        return text

    @property
    def message(self) -> Message:
        """Rule, period, row, claim and both sides in one line."""
        where = self.period.label() if self.field is None else Joined((self.period.label(), self.field))
        said = {"rule": self.rule, "where": where, "claim": self.claim, "text": self.text}
        return Message("%(rule)s (%(where)s), %(claim)s: %(text)s", said)

    def _with_difference(self, text: Message, *, percent: bool) -> Message:
        difference = self.difference or 0
        shown = _shown(abs(difference), percent=percent)
        if difference < 0:
            return _("%(text)s (short by %(n)s)", text=text, n=shown)
        return _("%(text)s (over by %(n)s)", text=text, n=shown)

    def _right_side(self) -> Any:
        """The right side, its terms spelled out where that says more than the result."""
        if self.rule == "T":
            return _("%(sum)s (sum of %(n)s rows)", sum=Shown(self.right or 0), n=len(self.terms))
        if self.rule == "P":
            above, below = Joined(tuple(map(Shown, self.terms[:-1])), " + "), Shown(self.terms[-1])
            return Joined((Joined((above, below), " / "), _shown(self.right, percent=True)), " = ")
        if len(self.terms) < 2 or BY_ID[self.rule].kind == "at_most":
            return _shown(self.right, percent=self.rule == "S")
        spelled = Joined(tuple(map(Shown, self.terms)), " + ")
        return spelled if self.outcome == "holds" else Joined((spelled, Shown(self.right or 0)), " = ")

    def _why_unchecked(self) -> Message:
        if self.approximate:
            return _("cannot be checked: only approximate: %(keys)s", keys=self._names(self.approximate))
        if self.rule == "B5" and self.before is None:
            return _("cannot be checked: there is no statement of the period just before")
        if not self.missing:
            return _("cannot be checked: it is a share of no cases")
        return _("cannot be checked: not published: %(keys)s", keys=self._names(self.missing))

    def _names(self, keys: tuple[str, ...]) -> Joined:
        if self.rule == "T":
            names = tuple(LABELS.get(key, key) for key in keys)
            return Joined((*names[:5], "…") if len(names) > 5 else names)
        return Joined(tuple(map(label, keys)))


def _shown(value: Number | None, *, percent: bool) -> Shown | Joined:
    return Joined((Shown(value or 0), "%"), "") if percent else Shown(value or 0)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the command line prints it under `errors` and `warnings`; shares in percent."""

    def plain(value: Number | None) -> int | float | None:
        return float(value) if isinstance(value, Decimal) else value

    return {
        "rule": verdict.rule,
        "period": verdict.period.code,
        "field": verdict.field,
        "left": plain(verdict.left),
        "right": plain(verdict.right),
        "difference": plain(verdict.difference),
        "message": str(verdict.message),
    }


# ---------------------------------------------------------------- checking


def check(statements: Sequence[StatementPeriod], previous: Sequence[StatementPeriod] = ()) -> list[Verdict]:
    """Every verdict on `statements`; `previous` are those already kept of the same organisation.

    Of a field row only what it publishes is judged, so that a table without a digitisation part does not
    list it as unchecked for every field. B5 also judges a kept statement that follows one of these.
    """
    verdicts: list[Verdict] = []
    for statement in statements:
        for name, figures in statement.rows.items():
            verdicts.extend(_row(statement.period, name, figures))
        verdicts.extend(_totals(statement))
    verdicts.extend(_carried(statements, previous))
    return verdicts


def _row(period: Period, name: str | None, figures: Figures) -> Iterator[Verdict]:
    """The verdicts that need one row only."""
    counts = figures.counts
    for identity, operands in _IN_ROW:
        try:
            left, *terms = operands(counts)
        except KeyError:
            if name is None or identity.left in counts:
                yield _incomplete(identity, period, name, figures)
            continue
        if figures.approximate:
            yield _incomplete(identity, period, name, figures)
        else:
            yield _complete(identity, period, name, left, terms)
    for key, share in figures.shares.items():
        yield _share(period, name, figures, key, share)
    for group in SHARE_GROUPS if figures.shares else ():
        if any(key in figures.shares for key in group):
            yield _group(period, name, figures, group)


def _incomplete(identity: Identity, period: Period, name: str | None, figures: Figures) -> Verdict:
    """The verdict of an identity some of whose operands are blank or approximate."""
    counts, right = figures.counts, identity.right
    verdict = Verdict(identity.id, identity.level, period, name, "unchecked")
    if figures.approximate:
        verdict.approximate = tuple(k for k in (identity.left, *right) if k in figures.approximate)
    verdict.left = figures.exact(identity.left)
    verdict.missing = tuple([k for k in right if k not in counts])
    if verdict.left is None:
        verdict.missing = verdict.missing if identity.left in counts else (identity.left, *verdict.missing)
    if verdict.left is None or verdict.approximate:
        return verdict
    verdict.terms = tuple([counts[k] for k in right if k in counts])
    if not verdict.missing:
        return _complete(identity, period, name, verdict.left, list(verdict.terms))
    return _balanced(verdict, sum(verdict.terms)) if identity.kind == "sum" else verdict


def _complete(
    identity: Identity, period: Period, name: str | None, left: Number, terms: list[Any]
) -> Verdict:
    """The verdict of an identity whose operands are all published."""
    id, level, kind, _claim, _left, _right = identity
    right = sum(terms) if kind == "sum" else min(terms)
    holds = left <= right if kind == "at_most" else left == right
    return Verdict(id, level, period, name, "holds" if holds else "fails", left, right, tuple(terms))


def _balanced(verdict: Verdict, total: Number) -> Verdict:
    """Left against a sum; a blank term counts as 0 only where the others already make the total."""
    balanced = verdict.left == total
    if verdict.missing and not (balanced and verdict.terms):
        return verdict
    verdict.right = total
    verdict.outcome = "holds" if balanced else "fails"
    return verdict


def _share(period: Period, name: str | None, figures: Figures, key: str, share: Decimal) -> Verdict:
    """P: the printed share against its counts, rounded half up to the decimals that were printed."""
    above, below = SHARES[key]
    verdict = Verdict("P", "warning", period, name, "unchecked", share, subject=key)
    verdict.approximate = tuple(k for k in (*above, below) if k in figures.approximate)
    verdict.missing = tuple(k for k in (*above, below) if k not in figures.counts)
    terms = tuple(figures.counts.get(k, 0) for k in (*above, below))
    exact = percent_of(sum(terms[:-1]), terms[-1])
    if verdict.approximate or verdict.missing or exact is None:
        return verdict
    verdict.terms = terms
    verdict.right = round_half_up(exact, places(share))
    verdict.outcome = "holds" if verdict.right == share else "fails"
    return verdict


def _group(period: Period, name: str | None, figures: Figures, group: tuple[str, ...]) -> Verdict:
    """S: the printed shares of a group make 100 within the tolerance."""
    terms = tuple(figures.shares[key] for key in group if key in figures.shares)
    missing = tuple(key for key in group if key not in figures.shares)
    total = sum(terms, Decimal(0))
    holds = abs(total - 100) <= SHARE_TOLERANCE
    verdict = Verdict("S", "warning", period, name, "unchecked", total, missing=missing, subject=group[0])
    if missing and not holds:
        return verdict
    verdict.right, verdict.outcome = Decimal(100), "holds" if holds else "fails"
    return verdict


def _totals(statement: StatementPeriod) -> Iterator[Verdict]:
    """T: each published total against the sum of the fields."""
    fields = statement.fields
    if not fields or None not in statement.rows or statement.total_computed:
        return
    for key in COUNT_KEYS:
        if any(key in figures.counts for figures in fields.values()):
            yield _total(statement, key, fields)


def _total(statement: StatementPeriod, key: str, fields: Mapping[str, Figures]) -> Verdict:
    """T for one key that at least one field publishes."""
    verdict = Verdict(
        "T", "error", statement.period, None, "unchecked", statement.total.exact(key), subject=key
    )
    verdict.missing = tuple(name for name, figures in fields.items() if key not in figures.counts)
    verdict.terms = tuple(figures.counts[key] for figures in fields.values() if key in figures.counts)
    if any(key in figures.approximate for figures in (statement.total, *fields.values())):
        verdict.approximate = (key,)
        return verdict
    if verdict.left is None:
        verdict.missing = (key,)
        return verdict
    return _balanced(verdict, sum(verdict.terms))


def _carried(statements: Sequence[StatementPeriod], previous: Sequence[StatementPeriod]) -> Iterator[Verdict]:
    """B5 between adjacent periods, whatever their lengths: both close, or open, on the same night."""
    now = {statement.period: statement for statement in statements}
    kept = [statement for statement in previous if statement.period not in now]
    known = [*now.values(), *kept]
    for statement in statements:
        before = [other for other in known if statement.period.follows(other.period)]
        if not before:
            yield Verdict(
                "B5", "warning", statement.period, None, "unchecked", statement.total.exact("carried_in")
            )
        for other in before:
            yield from _opened(statement, other)
    for statement in kept:
        for other in now.values():
            if statement.period.follows(other.period):
                yield from _opened(statement, other)


def _opened(statement: StatementPeriod, before: StatementPeriod) -> Iterator[Verdict]:
    """B5 for the total, and for every field that both statements publish."""
    for name, figures in statement.rows.items():
        closing = before.rows.get(name)
        if name is not None and (closing is None or "carried_in" not in figures.counts):
            continue
        verdict = Verdict("B5", "warning", statement.period, name, "unchecked", figures.exact("carried_in"))
        verdict.before = before.period
        verdict.right = None if closing is None else closing.exact("in_process_total")
        verdict.terms = () if verdict.right is None else (verdict.right,)
        if verdict.left is not None and verdict.right is not None:
            verdict.outcome = "holds" if verdict.left == verdict.right else "fails"
        else:
            _explain_carried(verdict, figures, closing or Figures())
        yield verdict


def _explain_carried(verdict: Verdict, figures: Figures, closing: Figures) -> None:
    """Say which side of B5 is missing or approximate."""
    sides = (("carried_in", figures), ("in_process_total", closing))
    verdict.approximate = tuple(key for key, row in sides if key in row.approximate)
    verdict.missing = tuple(key for key, row in sides if key not in row.counts)
