"""Build hook: the shipped data folders travel inside the wheel; an editable install reads them in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("templates", "audits")


class ShippedFolders(BuildHookInterface):
    """Puts `templates/` and `audits/` where `qms.resources` looks for them once installed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a standard wheel."""
        if version == "editable":
            return
        build_data["force_include"].update({str(Path(self.root, f)): f"qms/_shipped/{f}" for f in SHIPPED})
