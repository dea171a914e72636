"""What a row was at the time of an entry of the trail: some values are read with others beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qms.kernel.trail import TrailEntry


@dataclass(frozen=True)
class Then:
    """The row of an entry just before it (`side` 0) or just after (1), as the trail tells it."""

    entry: dict[str, Any]
    side: int

    @property
    def organisation_id(self) -> int:
        """Whose row it is; each organisation has a chain of its own."""
        return self.entry["chain"]

    def value(self, name: str) -> Any:
        """The value that a column had; None where no entry up to this one names it."""
        if name in self.entry["changes"]:
            return self.entry["changes"][name][self.side]
        earlier = TrailEntry.select(TrailEntry.body).where(
            TrailEntry.subject == self.entry["subject"],
            TrailEntry.chain == self.organisation_id,
            TrailEntry.seq < self.entry["seq"],
        )
        for (body,) in earlier.order_by(TrailEntry.seq.desc()).tuples():
            changes = json.loads(body)["changes"]
            if name in changes:
                return changes[name][1]
        return None
