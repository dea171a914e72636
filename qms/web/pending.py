"""A file between its preview and its import: the bytes in the store, a signed token in the address.

The token says which file, whose and in which organisation; nobody else can use it, and it ends by itself.
Importing reads the bytes again and checks everything again. Where an upload may hold what must not be kept, a
file that was made from it waits instead, under a name of our own, and is gone once it is imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from qms.kernel import files
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.text import _

LASTS = 12 * 3600  # seconds between preview and import


@dataclass(frozen=True)
class Pending:
    """An uploaded file that waits to be imported.

    `blob` tells what was uploaded, under our own name where `data` was made from it and is all that is kept.
    """

    blob: Blob
    data: bytes


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"pending import: {purpose}")


T = TypeVar("T")


@dataclass(frozen=True)
class Instead(Generic[T]):
    """What waits instead of an upload: a file called `name`, which `make` makes from what was read of it."""

    name: str
    media_type: str
    make: Callable[[T], bytes]


def keep(
    purpose: str, *, limit: int, read: Callable[[bytes, str], T], instead: Instead[T] | None = None
) -> str:
    """Keep the uploaded file, or what is made from it, and return its token.

    `read` gets the bytes and the name before anything is kept. Raises Refused when no file was sent or it is not
    taken.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused([Obstacle(_("choose a file"), "#file")])
    data = sent.stream.read(limit + 1)
    found = read(data, sent.filename)
    if instead is None:
        sent.stream.seek(0)
        key, blob = "", files.store(sent.stream, sent.filename, limit=limit)  # type: ignore[arg-type]
    else:
        key = files.store_waiting(instead.make(found))
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data), instead.media_type, instead.name)
    who = [g.organisation.id, g.person.id]
    return str(_serializer(purpose).dumps([*who, blob.sha256, blob.size, blob.media_type, blob.name, key]))


def read(purpose: str, token: str) -> Pending:
    """The file behind a token; raises NotFound for a forged, foreign, outdated or dropped one."""
    blob, key = _opened(purpose, token)
    if key:
        return Pending(blob, files.read_waiting(key))
    with files.open_blob(blob.sha256) as stream:
        return Pending(blob, stream.read())


def drop(purpose: str, token: str) -> None:
    """Remove what waits instead of an upload; raises NotFound for a forged, foreign or outdated token."""
    _blob, key = _opened(purpose, token)
    if key:
        files.remove_waiting(key)


def _opened(purpose: str, token: str) -> tuple[Blob, str]:
    """What a token says: the file, and under which key another one waits instead of it; raises NotFound."""
    try:
        organisation, person, sha256, size, media_type, name, key = _serializer(purpose).loads(
            token, max_age=LASTS
        )
    except (BadData, ValueError) as error:
        raise NotFound(token[:20]) from error
    if (organisation, person) != (g.organisation.id, g.person.id):
        raise NotFound(token[:20])
    return Blob(sha256, size, media_type, name), key
