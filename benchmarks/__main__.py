"""`python -m benchmarks [--only NAME]`: one line a row, exit status 1 when any is short."""

from __future__ import annotations

import argparse
import sys

from benchmarks.method import Different, Row, run
from benchmarks.rows import ROWS


def main(arguments: list[str] | None = None) -> int:
    """Measure the rows asked for; the last line of each is `NAME measured floor ratio bar ok|short`.

    `--only NAME` runs that row, or all rows whose names begin with `NAME-`.
    """
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="one of: " + ", ".join(row.name for row in ROWS))
    only = parser.parse_args(arguments).only
    chosen = [row for row in ROWS if only in (None, row.name) or row.name.startswith(f"{only}-")]
    if not chosen:
        parser.error(f"there is no row called {only}")
    verdicts = [_short(row) for row in chosen]  # all of them: the first short row does not end the run
    return int(any(verdicts))


def _short(row: Row) -> bool:
    print(f"# {row.what} ({row.unit}; bar {row.bar:g})", flush=True)
    try:
        result = run(row)
    except Different as difference:
        print(f"# {difference}\n{row.name} - - - {row.bar:.2f} short", flush=True)
        return True
    print("#   ratios:", " ".join(f"{ratio:.2f}" for ratio in sorted(result.ratios)))
    print(result.line(), flush=True)
    return result.short


if __name__ == "__main__":
    sys.exit(main())
