"""`import` and `document`: what the areas' manifests offer, by command line."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from qms.cli import DONE, REFUSED, print_json, say, tell
from qms.cli.session import acting, opened, organisation
from qms.kernel.area import DocumentKind, ImportKind, ImportResult, areas, reading
from qms.kernel.errors import BadInput, Refused
from qms.kernel.text import Message, _, language


def take(options: Namespace) -> int:
    """Import a file into an organisation: all of it or nothing."""
    with opened(options):
        kind = _import_kind(options.kind)
        actor = acting(options, organisation(options.org))
        actor.require(kind.permission)
        path = _readable(options.file)
        result = kind.run(actor, path, preview=options.preview, accept=options.accept_warnings.strip())
    _print_result(result, as_json=options.json)
    return REFUSED if result.status == "refused" else DONE


def _import_kind(name: str) -> ImportKind:
    offered = {kind.name: kind for area in areas() for kind in area.imports}
    if name not in offered:
        raise BadInput(
            _("there is no kind of file “%(name)s”: choose %(names)s", name=name, names=_names(offered))
        )
    return offered[name]


def _names(offered: Iterable[str]) -> str:
    return ", ".join(offered) or "–"


def _readable(file: str) -> Path:
    path = Path(file)
    if not path.is_file():
        raise BadInput(_("there is no file %(path)s", path=file))
    return path


_STATUS = {
    "imported": _("imported"),
    "previewed": _("checked only; nothing was written"),
    "refused": _("refused; nothing was written"),
    "unchanged": _("unchanged: the same figures are there already"),
}


def _print_result(result: ImportResult, *, as_json: bool) -> None:
    if as_json:
        print_json(result.as_json())
    else:
        for line in result.lines:
            say(line)
        say(_ending(result))
    for finding in (*result.errors, *result.warnings):
        tell(finding.get("message", finding))
    if result.warnings and not result.errors and result.status in ("refused", "previewed"):
        tell(_("the warnings have to be accepted with a reason: --accept-warnings REASON"))


def _ending(result: ImportResult) -> Message | str:
    """What became of the file, in a line."""
    if result.status == "previewed" and result.errors:
        return _("checked only: the file would be refused; nothing was written")
    return _STATUS.get(result.status, result.status)


# ---------------------------------------------------------------- documents


def make(options: Namespace) -> int:
    """Make a document from a record and write it, whole or not at all."""
    with opened(options) as config:
        kind = _document_kind(options.kind)
        actor = acting(options, organisation(options.org), reading(kind))
        actor.require(kind.permission)
        locale = options.locale or config.locale
        with language(locale):
            _name, content = kind.make(actor, options.code, locale)
    _write(Path(options.output), content)
    say(options.output)
    return DONE


def _document_kind(name: str) -> DocumentKind:
    offered = {kind.name: kind for area in areas() for kind in area.documents}
    if name not in offered:
        raise BadInput(
            _("there is no kind of document “%(name)s”: choose %(names)s", name=name, names=_names(offered))
        )
    return offered[name]


def _write(path: Path, content: bytes) -> None:
    """Raises Refused when the folder does not exist or cannot be written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Refused([_("%(path)s cannot be written: %(why)s", path=path, why=error.strerror)]) from error
