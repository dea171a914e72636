"""The areas in import order: an area may import only areas before it. A new area is one line here."""

from __future__ import annotations

from importlib import import_module

from qms.kernel import area

AREAS = (
    "documents",
    "scope",
    "statements",
    "kpis",
    "actions",
    "objectives",
    "nonconformities",
    "cases",
    "reviews",
)


def load() -> tuple[area.Area, ...]:
    """Import every area's manifest in order and register it with the kernel."""
    area.register([import_module(f"qms.areas.{name}").AREA for name in AREAS])
    return area.areas()
