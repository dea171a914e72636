"""A process that serves pages and says how much memory it then holds: `python -m benchmarks.serving product|bare`."""

from __future__ import annotations

import sys
from itertools import cycle, islice
from pathlib import Path

from flask import Flask

PAGES = 1_000


def mebibytes() -> float:
    """The resident set of this process: unlike a proportional share it does not depend on what else runs."""
    status = Path("/proc/self/status")
    if status.exists():
        return (
            next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmRSS" in line) / 1024
        )
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve_product() -> None:
    """Lists with and without a filter, records and the home page, in turns."""
    from benchmarks import data, product

    area = f"/{data.SLUG}/nonconformities"
    paths = (area, f"{area}/{data.RICH}", f"{area}?state=closed", f"/{data.SLUG}/actions", f"/{data.SLUG}/")
    with product.running(data.store(10_000)) as app:
        session = product.cookie(app)
        for ask in islice(cycle([product.page(app, path, session) for path in paths]), PAGES):
            ask()


def serve_bare() -> None:
    """One page that says nothing."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "<!doctype html><title>bare</title>")
    client = app.test_client()
    for _ in range(PAGES):
        client.get("/").get_data()


if __name__ == "__main__":
    {"product": serve_product, "bare": serve_bare}[sys.argv[1]]()
    print(f"{mebibytes():.3f}")
