"""From a file to the areas' services: what `qms import` and the import pages call."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qms.areas.statements import service
from qms.areas.statements.rules import verdict_json
from qms.areas.statements.service import Incoming, IncomingFile, Plan, Preview
from qms.importers import guards
from qms.importers.statement import read_statement_file
from qms.importers.table import read_table
from qms.kernel import files
from qms.kernel.area import OUTCOMES, ImportResult
from qms.kernel.errors import LISTED, Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _


def statement_file(data: bytes, name: str, blob: Blob | None = None) -> IncomingFile:
    """The statements that the bytes of a file hold; raises Refused when it cannot be read at all."""
    read = read_statement_file(read_table(data, name))
    return IncomingFile(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        statements=tuple(
            Incoming(table.statement, table.source, table.rows, table.columns) for table in read.periods
        ),
        problems=tuple(error.obstacle() for error in read.errors),
        notes=read.notes,
        blob=blob,
    )


def bytes_of(path: Path) -> bytes:
    """The bytes of a file; raises Refused when it is larger than an import takes, before reading it."""
    if path.stat().st_size > guards.MAX_FILE:
        raise guards.refused(
            _("The file is larger than %(n)s MB; split it", n=guards.MAX_FILE // 1024 // 1024)
        )
    return path.read_bytes()


def stored(data: bytes, name: str) -> Blob:
    """Keep the source of figures in the store of attachments; raises Refused for a type that is not taken."""
    return files.store(io.BytesIO(data), name, limit=guards.MAX_FILE)


def take_statements(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a file of statements, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden, or Refused when somebody else changed the figures in the same moment.
    """
    try:
        data = bytes_of(path)
        seen = service.preview(actor, statement_file(data, path.name))
        if preview:
            return _result("previewed", seen)
        if seen.obstacles(accept):
            return _result("refused", seen, extra=_beyond(seen.obstacles(accept), seen))
        if not seen.changes:
            return _result("unchanged", seen)
        file = statement_file(data, path.name, stored(data, path.name))
    except Refused as refusal:
        return refused(refusal.reasons)
    done = service.import_statements(actor, file, accept)
    # Another import of the same figures may have come between the preview and the lock.
    return _result("imported" if done.changes else "unchanged", done)


def refused(reasons: Sequence[Obstacle]) -> ImportResult:
    """The answer to a file that is not taken, in the shape of every other: the first errors, and how many there are."""
    errors = tuple(_json(reason, "file") for reason in reasons[:LISTED])
    n = len(reasons)
    more = (str(_("%(n)s errors; the first %(listed)s are told", n=n, listed=LISTED)),) if n > LISTED else ()
    return ImportResult("refused", errors=errors, lines=more)


def _json(obstacle: Obstacle, rule: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("period", "field", "left", "right", "difference"))
    return {"rule": obstacle.rule or rule, **nothing, "message": str(obstacle)}


def _beyond(obstacles: Sequence[Obstacle], seen: Preview) -> list[dict[str, Any]]:
    """Obstacles that are neither wrong cells nor failed identities, such as a reason that is too long."""
    told = {str(v.message) for v in (*seen.errors, *seen.warnings)} | {str(o) for o in seen.file.problems}
    asked = str(_("warnings are accepted with a reason only: write it"))
    return [_json(o, "import") for o in obstacles if str(o) not in told and str(o) != asked]


def _result(status: str, seen: Preview, extra: Sequence[dict[str, Any]] = ()) -> ImportResult:
    problems = tuple(_json(problem, "cell") for problem in seen.file.problems)
    # What is kept already was accepted once, so it stands in no one's way, but a preview tells it all the same.
    warnings = seen.warnings
    if status == "previewed":
        warnings = [v for plan in seen.plans for v in plan.failed("warning")]
    return ImportResult(
        status,
        statements=tuple({"period": p.period.code, "rows": len(p.incoming.rows)} for p in seen.plans),
        errors=(*problems, *map(verdict_json, seen.errors), *extra),
        warnings=tuple(map(verdict_json, warnings)),
        lines=tuple(map(str, _lines(seen))),
    )


def _lines(seen: Preview) -> list[Message]:
    """What a reader of the command line is told, beside the errors and warnings."""
    return [*seen.file.notes, *map(_line, seen.plans)]


def _line(plan: Plan) -> Message:
    holds = sum(v.outcome == "holds" for v in plan.verdicts)
    return _(
        "%(period)s: %(outcome)s; %(holds)s identities hold, %(errors)s errors, %(warnings)s warnings, "
        "%(unchecked)s cannot be checked",
        period=plan.period.label(),
        outcome=OUTCOMES[plan.outcome],
        holds=holds,
        errors=len(plan.failed("error")),
        warnings=len(plan.failed("warning")),
        unchecked=sum(v.outcome == "unchecked" for v in plan.verdicts),
    )
