"""Evidence on records of any kind: attach, open, withdraw; and comments."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, send_file
from werkzeug.wrappers import Response

from qms.kernel import comments, files
from qms.kernel.area import record_at
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.files import Blob
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import change
from qms.web.forms import clean, once_only
from qms.web.record_parts import path_of
from qms.web.shell import actor, needs

MAX_FILES = 20  # in one upload
# What is opened from the store may not run, load or frame anything, whatever a browser takes it for.
DOWNLOAD_CSP = "sandbox; default-src 'none'; frame-ancestors 'none'"

blueprint = Blueprint("evidence", __name__, url_prefix="/<org>/evidence")


@blueprint.post("/<area>/<code>")
@needs(files.ADD)
def upload(area: str, code: str) -> Response:
    """Attach the files that were sent: all of them, or none."""
    record = _record(area, code)
    actor().require(files.ADD)
    blobs = _stored()
    note = clean(request.form.get("note"))
    with change(actor()):
        for blob in blobs:
            files.attach(actor(), record, blob, note)
    flash(str(_("The evidence is attached.")), "success")
    return redirect(f"{path_of(record.kind, record.code)}#evidence", 303)


def _stored() -> list[Blob]:
    sent = [f for f in request.files.getlist("file") if f.filename]
    if not sent:
        raise Refused([Obstacle(_("choose a file"), "#evidence")])
    if len(sent) > MAX_FILES:
        raise Refused([Obstacle(_("at most %(n)s files at once", n=MAX_FILES), "#evidence")])
    blobs, reasons = [], []
    for one in sent:
        try:
            blobs.append(files.store(one.stream, one.filename or ""))  # type: ignore[arg-type]
        except Refused as refusal:
            reasons += refusal.reasons
    if reasons:
        raise Refused(reasons)
    return blobs


@blueprint.get("/<int:id>/<name>")
@needs(files.READ)
def download(id: int, name: str) -> Response:
    """The bytes of an attachment, always as a download; `name` only makes the address readable."""
    found = files.attachment(actor(), id)
    return download_of(found.sha256, found.name, found.media_type)


def download_of(sha256: str, name: str, media_type: str) -> Response:
    """Bytes of the store as a download that can run nothing; raises NotFound when they are not there."""
    response = send_file(
        files.open_blob(sha256), mimetype=media_type, as_attachment=True, download_name=name, etag=sha256
    )
    response.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<int:id>/withdraw")
@needs(files.ADD)
def withdraw(id: int) -> Response:
    """Take an attachment off its record, with a reason."""
    found = files.attachment(actor(), id)
    g.record_url = path_of(found.record.kind, found.record.code)
    files.withdraw(actor(), id, clean(request.form.get("reason")))
    flash(str(_("The evidence is withdrawn; the history keeps it.")), "success")
    return redirect(f"{g.record_url}#evidence", 303)


@blueprint.post("/<area>/<code>/comments")
@needs(files.ADD)
def comment(area: str, code: str) -> Response:
    """Say something about a record."""
    record = _record(area, code)
    once_only(lambda: comments.comment(actor(), record, clean(request.form.get("text"))))
    flash(str(_("The comment is added.")), "success")
    return redirect(f"{g.record_url}#remarks", 303)


def _record(area: str, code: str) -> Record:
    """The record of that area and code in the actor's organisation; raises NotFound."""
    found = record_at(actor(), f"{area}/{code}")
    g.record_url = path_of(found.kind, found.code)
    return found
