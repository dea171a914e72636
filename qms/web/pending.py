"""A file between its preview and its import: the bytes in the store, a signed token in the address.

The token says which file, whose and in which organisation; nobody else can use it, and it ends by itself.
Importing reads the bytes again and checks everything again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from qms.kernel import files
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.text import _

LASTS = 12 * 3600  # seconds between preview and import


@dataclass(frozen=True)
class Pending:
    """An uploaded file that waits to be imported."""

    blob: Blob
    data: bytes

    @property
    def name(self) -> str:
        """The file's cleaned name."""
        return self.blob.name


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"pending import: {purpose}")


def keep(purpose: str, *, limit: int, check: Callable[[bytes, str], object], field: str = "file") -> str:
    """Store the uploaded file and return its token; raises Refused when none was sent or it is not taken.

    `check` gets the bytes and the name before anything is kept, and raises Refused for what is no such file.
    """
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        raise Refused([Obstacle(_("choose a file"), f"#{field}")])
    check(sent.stream.read(limit + 1), sent.filename)
    sent.stream.seek(0)
    blob = files.store(sent.stream, sent.filename, limit=limit)  # type: ignore[arg-type]
    who = [g.organisation.id, g.person.id]
    return str(_serializer(purpose).dumps([*who, blob.sha256, blob.size, blob.media_type, blob.name]))


def read(purpose: str, token: str) -> Pending:
    """The file behind a token; raises NotFound for a forged, foreign or outdated one."""
    try:
        organisation, person, sha256, size, media_type, name = _serializer(purpose).loads(
            token, max_age=LASTS
        )
    except (BadData, ValueError) as error:
        raise NotFound(token[:20]) from error
    if (organisation, person) != (g.organisation.id, g.person.id):
        raise NotFound(token[:20])
    with files.open_blob(sha256) as stream:
        data = stream.read()
    return Pending(Blob(sha256, size, media_type, name), data)
