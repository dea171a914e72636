"""How a row is measured: interleaved rounds of product and floor, the median of the per-round ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

ROUNDS = 11


@dataclass(frozen=True)
class Row:
    """One row of the table. `prepare` yields (product, floor); each call does the work once.

    `unit` says what the figures are (`ms` or `MiB`); with `reads` the callables return the figure
    themselves (memory) instead of being timed.
    """

    name: str
    what: str
    bar: float
    prepare: Callable[[], AbstractContextManager[tuple[Callable[[], object], Callable[[], object]]]]
    unit: str = "ms"
    reads: bool = False
    calls: int = 1  # per round, the fastest counts: a round is to measure the work, not the machine


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


def run(row: Row, rounds: int = ROUNDS) -> Result:
    """Measure one row: a round is the product's turn and then the floor's."""
    with row.prepare() as (product, floor):
        product(), floor()  # the first call fills caches that every later call finds full
        pairs = list(_rounds(row, product, floor, rounds))
    return Result(
        row,
        statistics.median(p for p, _f in pairs),
        statistics.median(f for _p, f in pairs),
        tuple(p / f for p, f in pairs),
    )


def _rounds(
    row: Row, product: Callable[[], object], floor: Callable[[], object], rounds: int
) -> Iterator[tuple[float, float]]:
    read = _value if row.reads else _milliseconds
    for number in range(rounds):
        first, second = (product, floor) if number % 2 == 0 else (floor, product)
        one, other = read(first, row.calls), read(second, row.calls)
        yield (one, other) if number % 2 == 0 else (other, one)


def _value(call: Callable[[], object], _calls: int) -> float:
    return float(call())  # type: ignore[arg-type]


def _milliseconds(call: Callable[[], object], calls: int) -> float:
    best = float("inf")
    for _ in range(calls):
        gc.collect(0)
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best * 1000
