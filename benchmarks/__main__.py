"""`python -m benchmarks [--only NAME]`: one line a row, exit status 1 when any is short."""

from __future__ import annotations

import argparse
import sys

from benchmarks.method import run
from benchmarks.rows import ROWS


def main() -> int:
    """Measure the rows asked for; the last line of each is `NAME measured floor ratio bar ok|short`."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=[row.name for row in ROWS])
    only = parser.parse_args().only
    short = False
    for row in ROWS:
        if only in (None, row.name):
            print(f"# {row.what} ({row.unit}; bar {row.bar:g})", flush=True)
            result = run(row)
            print("#   ratios:", " ".join(f"{r:.2f}" for r in sorted(result.ratios)))
            print(result.line(), flush=True)
            short = short or result.short
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
