"""What the sheet of a nonconformity needs to know: plain values, already formatted for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qms.docx.contexts import AgencyBlock

Sort = Literal["nonconformity", "observation", "opportunity"]


@dataclass(frozen=True)
class SheetAction:
    """An action on the sheet; `extended` says the first due date where it was put off.

    `state` is empty where `done_on` or `verified_by` says the same.
    """

    code: str
    title: str
    sort: str
    owner: str
    unit: str
    due: str
    state: str
    extended: str = ""
    resources: str = ""
    done_on: str = ""
    proof: str = ""
    verified_by: str = ""


@dataclass(frozen=True)
class CauseGroup:
    """A bone of the cause-and-effect diagram; `chosen` is the group of the root cause."""

    name: str
    text: str
    chosen: bool = False


@dataclass(frozen=True)
class EffectFigure:
    """A period by which the effect is judged: what was computed and what was stated, each with its verdict."""

    period: str
    fraction: str
    computed: str
    stated: str
    source: str


@dataclass(frozen=True)
class SheetRound:
    """A round that has ended, how the next was begun, and what it had come to."""

    begun: str
    cause: str = ""
    cause_group: str = ""
    effect_result: str = ""
    checked: str = ""


@dataclass(frozen=True)
class CorrectiveActionSheet:
    """A nonconformity from its finding to the proof of effect (phiếu yêu cầu hành động khắc phục, domain 5.2).

    `sort` chooses the shorter sheet of an observation or an opportunity, which has no cause and no effect.
    `form` and `issue` are the code and the version of the agency's own form; `groups` are six or none.
    `draft` until it has ended; a `voided` one says so on every page, with `reason` as for one that was declined.
    """

    code: str
    agency: AgencyBlock
    sort: Sort
    title: str
    grade: str
    state: str
    form: str = ""
    issue: str = ""
    register_no: str = ""
    happened_on: str = ""
    recorded_on: str = ""
    recorded_by: str = ""
    unit: str = ""
    owner: str = ""
    due: str = ""
    first_due: str = ""
    source: Sequence[str] = ()
    clauses: str = ""
    description: str = ""
    evidence: Sequence[str] = ()
    correction: str = ""
    no_correction: str = ""
    contained_on: str = ""
    consequences: str = ""
    method: str = ""
    whys: Sequence[str] = ()
    groups: Sequence[CauseGroup] = ()
    cause: str = ""
    cause_group: str = ""
    cause_by: str = ""
    elsewhere: str = ""
    waiver: str = ""
    actions: Sequence[SheetAction] = ()
    planned: str = ""
    approved: str = ""
    criterion: str = ""
    effect_on: str = ""
    figures: Sequence[EffectFigure] = ()
    by_computed: str = ""
    by_stated: str = ""
    effect_result: str = ""
    effect_met: str = ""
    effect_reason: str = ""
    checked: str = ""
    links: Sequence[str] = ()
    rounds: Sequence[SheetRound] = ()
    reason: str = ""
    unit_head: str = ""
    verifier: str = ""
    draft: bool = True
    voided: bool = False
    illustrative: bool = False
    trail_head: str = ""
