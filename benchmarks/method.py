"""How a row is measured: interleaved rounds of product and floor, the median of the per-round ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

ROUNDS = 11
Call = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One row of the table. `prepare` yields (product, floor); each call does the work once.

    `unit` says what the figures are (`ms`, `MiB` or `statements`); with `reads` the callables return the
    figure themselves instead of being timed. `prepare` raises Different when the two do not give the same.
    """

    name: str
    what: str
    bar: float
    prepare: Callable[[], AbstractContextManager[tuple[Call, Call]]]
    unit: str = "ms"
    reads: bool = False
    calls: int = (
        8  # of each side per round, the fastest counts: a round is to measure the work, not the machine
    )
    rounds: int = ROUNDS


class Different(Exception):
    """Product and floor do not give the same answer, so there is nothing to compare."""


@dataclass(frozen=True)
class Result:
    """What a row gave: medians of both sides, the ratios, the verdict."""

    row: Row
    measured: float
    floor: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the per-round ratios."""
        return statistics.median(self.ratios)

    @property
    def short(self) -> bool:
        """Short only if even the lower quartile of the ratios is beyond the bar."""
        return statistics.quantiles(self.ratios, n=4)[0] > self.row.bar

    def line(self) -> str:
        """`NAME measured floor ratio bar ok|short`."""
        verdict = "short" if self.short else "ok"
        return f"{self.row.name} {self.measured:.3f} {self.floor:.3f} {self.ratio:.2f} {self.row.bar:.2f} {verdict}"


def run(row: Row) -> Result:
    """Measure one row; raises Different."""
    with row.prepare() as (product, floor):
        if not row.reads:
            product()
            floor()  # the first call fills caches that every later call finds full
        pairs = list(_rounds(row, product, floor))
    return Result(
        row,
        statistics.median(p for p, _f in pairs),
        statistics.median(f for _p, f in pairs),
        tuple(p / f for p, f in pairs),
    )


def _rounds(row: Row, product: Call, floor: Call) -> Iterator[tuple[float, float]]:
    """(product, floor) of each round; what goes first alternates."""
    measure = _read if row.reads else _milliseconds
    for number in range(row.rounds):
        if number % 2:
            second, first = measure(floor, product, row.calls)
        else:
            first, second = measure(product, floor, row.calls)
        yield first, second


def _read(one: Call, other: Call, _calls: int) -> tuple[float, float]:
    return float(one()), float(other())  # type: ignore[arg-type]


def _milliseconds(one: Call, other: Call, calls: int) -> tuple[float, float]:
    """Processor time of the fastest call of each side, in turns: what else the machine does must not decide."""
    best = [float("inf"), float("inf")]
    for _ in range(calls):
        for side, call in enumerate((one, other)):
            gc.collect(0)
            started = time.process_time()
            call()
            best[side] = min(best[side], time.process_time() - started)
    return best[0] * 1000, best[1] * 1000
