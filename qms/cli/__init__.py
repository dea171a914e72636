"""The command line `qms`: exit status 0 done or unchanged, 1 refused (reasons on stderr), 2 wrong usage."""

from __future__ import annotations

import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TextIO

from qms.config import BadSetting
from qms.kernel.errors import BadInput, Forbidden, NotFound, QmsError, Refused, Stale
from qms.kernel.text import _, set_language

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; raises SystemExit(2) for wrong usage."""
    from qms.cli.parser import build

    for stream in (sys.stdout, sys.stderr):
        _write_everything(stream)
    set_language(os.environ.get("QMS_LOCALE") or "vi")
    options = build().parse_args(arguments)
    try:
        return options.run(options)
    except (QmsError, BadSetting, OSError) as error:
        return _refuse(options, error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if not _of_database(error):
            raise
        why = " ".join(str(error).partition("\nLINE ")[0].split())  # PostgreSQL adds the statement
        return _refuse(
            options, BadSetting(_("the database cannot be used: %(why)s (QMS_DATABASE_URL)", why=why))
        )
    finally:
        _release()


def _of_database(error: Exception) -> bool:
    """Whether the database could not be reached, did not answer in time, or lacks what the program expects.

    A missing table is an OperationalError on SQLite and a ProgrammingError on PostgreSQL.
    """
    from peewee import InterfaceError, OperationalError, ProgrammingError

    return isinstance(error, OperationalError | InterfaceError | ProgrammingError)


def _release() -> None:
    from qms import runtime

    runtime.release()


def _write_everything(stream: TextIO) -> None:
    """Vietnamese reaches a pipe as UTF-8, also where the system's own encoding could not write it."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace", **({} if stream.isatty() else {"encoding": "utf-8"}))


def _refuse(options: Namespace, error: Exception) -> int:
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()  # the reader has gone: there is nobody to tell
        return REFUSED
    reasons = reasons_of(error)
    if getattr(options, "json", False):
        nothing = dict.fromkeys(("period", "field", "left", "right", "difference"))
        errors = [{"rule": rule, **nothing, "message": text} for rule, text in reasons]
        print_json({"status": "refused", "statements": [], "errors": errors, "warnings": []})
    for _rule, text in reasons:
        tell(text)
    return WRONG_USAGE if isinstance(error, BadInput) else REFUSED


def reasons_of(error: Exception) -> list[tuple[str, str]]:
    """(rule, text) of everything that stands in the way."""
    if isinstance(error, Refused):
        return [(reason.rule, str(reason)) for reason in error.reasons]
    if isinstance(error, NotFound):
        return [("", str(_("there is no “%(what)s” here", what=str(error))))]
    if isinstance(error, Forbidden):
        return [("", _forbidden(error))]
    if isinstance(error, Stale):
        return [
            (
                "",
                str(
                    _(
                        "“%(what)s” was changed in the meantime by %(who)s",
                        what=error.what,
                        who=error.changed_by,
                    )
                ),
            )
        ]
    if isinstance(error, OSError) and error.filename is not None:
        return [("", f"{error.filename}: {error.strerror}")]
    return [("", str(error))]


def _forbidden(error: Forbidden) -> str:
    from qms.kernel.area import permissions

    needed = permissions().get(error.permission)
    what = needed.sentence if needed else error.permission
    return str(_("not permitted: it takes the right “%(what)s” (--as EMAIL names who acts)", what=what))


def say(text: object) -> None:
    """One line for the reader, on stdout."""
    print(text)


def tell(text: object) -> None:
    """One line beside the answer, on stderr."""
    print(f"qms: {text}", file=sys.stderr)


def keep_log() -> None:
    """From here on the program's own log goes to stderr, each line with its time."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    logging.getLogger("qms").addHandler(handler)
    logging.getLogger("qms").setLevel(logging.INFO)


def print_json(document: object) -> None:
    """The one JSON document of the command, on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=2))
