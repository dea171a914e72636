"""The few files a page loads: versioned addresses, kept long, compressed where the browser takes it."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, abort, request

from qms import resources

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
YEAR = 365 * 24 * 3600  # seconds: an address changes when its content does


def _bootstrap_css() -> Path:
    """Where Bootstrap-Flask keeps Bootstrap's style sheet."""
    spec = find_spec("flask_bootstrap")
    if spec is None or spec.origin is None:
        raise RuntimeError("Bootstrap-Flask is not installed")
    return Path(spec.origin).parent / "static/bootstrap5/css/bootstrap.min.css"


@cache
def files() -> dict[str, Path]:
    """Name -> where it is, of every file that pages load."""
    found = {path.name: path for path in resources.STATIC.iterdir()} | {"bootstrap.css": _bootstrap_css()}
    return {name: path for name, path in found.items() if path.suffix in CONTENT_TYPES}


@cache
def address(name: str) -> str:
    """`/static/app.css?v=1f0c…`: changes whenever the file does. KeyError for a name that is not there."""
    with files()[name].open("rb") as file:
        return f"/static/{name}?v={hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"


@cache
def packed(name: str) -> bytes:
    """The file gzipped, once it is asked for: it is held so alone, as hardly anybody takes it otherwise."""
    content = files()[name].read_bytes().replace(b"\n/*# sourceMappingURL=bootstrap.min.css.map */", b"")
    return gzip.compress(content, 9, mtime=0)


def serve(filename: str) -> Response:
    """One file, gzipped when the browser says it takes that; 404 for any other name."""
    if filename not in files():
        abort(404)
    content, content_type = packed(filename), CONTENT_TYPES[files()[filename].suffix]
    takes_gzip = bool(request.accept_encodings["gzip"])
    response = Response(content if takes_gzip else gzip.decompress(content), content_type=content_type)
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    current = request.args.get("v") == address(filename).rpartition("=")[2]
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "no-cache"
    return response


def install(app: Flask) -> None:
    """Serve the files at `/static/<name>` (endpoint `static`) and give templates `asset(name)`."""
    if "static" not in app.view_functions:
        app.add_url_rule("/static/<path:filename>", endpoint="static")
    app.view_functions["static"] = serve
    app.jinja_env.globals["asset"] = address
