"""What the command line understands; the help is shown in the language of QMS_LOCALE."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from typing import Any

from qms.kernel.permissions import Role
from qms.kernel.text import Message, _


def _runner(place: str) -> Callable[[argparse.Namespace], int]:
    """The function `module:name` below qms.cli, imported when the command runs."""

    def run(options: argparse.Namespace) -> int:
        module, name = place.split(":")
        return getattr(import_module(f"qms.cli.{module}"), name)(options)

    return run


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            str(_("a date is written like 2024-04-15, not %(text)s", text=text))
        ) from None


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(str(_("a port is a number from 1 to 65535, not %(text)s", text=text)))


def _role(text: str) -> str:
    return text.replace("-", "_").lower()


class _Version(argparse.Action):
    """Print the version of the installed program and end."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        from importlib.metadata import version

        print(f"qms {version('qms')}")
        parser.exit()


def _common(*, top: bool) -> argparse.ArgumentParser:
    """The options that every command takes, before or after its name."""
    common = argparse.ArgumentParser(add_help=False)
    absent = None if top else argparse.SUPPRESS  # else a subcommand would forget what stood before it
    common.add_argument(
        "--as", dest="acting_as", metavar="EMAIL", default=absent,
        help=str(_("act on behalf of this person; the trail says so")),
    )  # fmt: skip
    common.add_argument(
        "--today", type=_day, metavar="YYYY-MM-DD", default=absent,
        help=str(_("the day it is; demonstrations and tests only")),
    )  # fmt: skip
    return common


class _Commands:
    """A group of subcommands under one parser."""

    def __init__(self, parent: argparse.ArgumentParser) -> None:
        self._group = parent.add_subparsers(required=True, metavar=str(_("COMMAND")))
        self._common = _common(top=False)

    def add(self, name: str, run: str, text: Message) -> argparse.ArgumentParser:
        """A command that runs `module:function`."""
        made = self._group.add_parser(name, help=str(text), description=str(text), parents=[self._common])
        made.set_defaults(run=_runner(run))
        return made

    def group(self, name: str, text: Message) -> _Commands:
        """A command that has subcommands of its own."""
        return _Commands(
            self._group.add_parser(name, help=str(text), description=str(text), parents=[self._common])
        )


def build() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="qms",
        parents=[_common(top=True)],
        description=str(_("Compliance tracker for ISO 9001")),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help=str(_("print the version")))
    commands = _Commands(parser)
    _installation(commands)
    _people(commands)
    _exchange(commands)
    _upkeep(commands)
    return parser


def _installation(commands: _Commands) -> None:
    demo = commands.add("demo", "installation:demo", _("load the demonstration and serve it"))
    demo.add_argument(
        "--port", type=_port, metavar="N", help=str(_("port to serve on (default: a free one from 8000)"))
    )
    demo.add_argument("--no-serve", action="store_true", help=str(_("only load it")))
    init = commands.add("init", "installation:init", _("make the data folder, secrets and database"))
    init.add_argument("--admin", metavar="EMAIL", help=str(_("invite the first administrator")))
    init.add_argument("--name", default="", help=str(_("name of the administrator")))
    serve = commands.add("serve", "installation:serve", _("serve the application"))
    serve.add_argument("--host", default="127.0.0.1", help=str(_("address to listen on (default 127.0.0.1)")))
    serve.add_argument("--port", type=_port, default=8000, metavar="N", help=str(_("port (default 8000)")))
    serve.add_argument(
        "--proxy", metavar="ADDRESS", help=str(_("trust X-Forwarded-* of the proxy at this address"))
    )
    commands.add("migrate", "installation:migrate", _("bring the database up to the program"))


def _people(commands: _Commands) -> None:
    org = commands.group("org", _("organisations"))
    add = org.add("add", "people:org_add", _("add an organisation"))
    add.add_argument("slug", metavar="SLUG", help=str(_("its short name in addresses; it never changes")))
    add.add_argument("--name", required=True, help=str(_("its full name")))
    user = commands.group("user", _("accounts"))
    for name, text in (("add", _("add a person")), ("invite", _("add a person and send an invitation"))):
        one = user.add(name, f"people:user_{name}", text)
        one.add_argument("email", metavar="EMAIL")
        one.add_argument("--org", metavar="SLUG", help=str(_("organisation (none: the installation)")))
        one.add_argument("--role", type=_role, choices=[*Role], metavar="ROLE", required=name == "add",
                         help=str(_("one of %(roles)s", roles=", ".join(Role))))  # fmt: skip
        one.add_argument("--unit", metavar="CODE", help=str(_("unit in which the role is held")))
        one.add_argument("--name", default="", help=str(_("the person's name or position")))
        one.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help=str(_("last day of the role")))
    leave = user.add(
        "deactivate", "people:user_deactivate", _("end a person's access and hand over open records")
    )
    leave.add_argument("email", metavar="EMAIL")
    leave.add_argument("--org", metavar="SLUG", help=str(_("organisation whose coordinator acts")))
    leave.add_argument("--to", metavar="EMAIL", help=str(_("who takes over the open records")))


def _exchange(commands: _Commands) -> None:
    take = commands.add("import", "exchange:take", _("import a file: all of it or nothing"))
    take.add_argument("kind", metavar="KIND", help=str(_("kind of file, such as statement")))
    take.add_argument("file", metavar="FILE")
    take.add_argument("--org", metavar="SLUG", required=True, help=str(_("organisation")))
    take.add_argument("--preview", action="store_true", help=str(_("check only, write nothing")))
    take.add_argument(
        "--accept-warnings", metavar="REASON", default="", help=str(_("accept warnings for this reason"))
    )
    _json(take)
    make = commands.add("document", "exchange:make", _("make a document from a record"))
    make.add_argument("kind", metavar="KIND", help=str(_("kind of document, such as review-minutes")))
    make.add_argument("code", metavar="CODE", help=str(_("code of the record")))
    make.add_argument("--org", metavar="SLUG", required=True, help=str(_("organisation")))
    make.add_argument("-o", "--output", metavar="FILE", required=True, help=str(_("file to write")))
    make.add_argument("--locale", choices=("vi", "en"), help=str(_("language of the document")))


def _upkeep(commands: _Commands) -> None:
    trail = commands.group("trail", _("the log of changes"))
    verify = trail.add("verify", "upkeep:trail_verify", _("check the trail, and every record against it"))
    verify.add_argument("--org", metavar="SLUG", help=str(_("only this organisation")))
    verify.add_argument(
        "--head", metavar="SEQ:MAC", help=str(_("the head printed on a document: nothing may be cut off"))
    )
    _json(verify)
    work = commands.add("work", "upkeep:work", _("send waiting mail, make PDFs, remove files nobody needs"))
    work.add_argument("--once", action="store_true", help=str(_("once, instead of until stopped")))
    remind = commands.add(
        "remind", "upkeep:remind", _("tell everybody what is due, at most one digest a person and day")
    )
    remind.add_argument("--preview", action="store_true", help=str(_("count only, write nothing")))
    _json(remind)
    backup = commands.add("backup", "upkeep:backup", _("write database and attachments into one file"))
    backup.add_argument("file", metavar="FILE")
    restore = commands.add("restore", "upkeep:restore", _("restore a backup into an empty installation"))
    restore.add_argument("file", metavar="FILE")
    commands.add("doctor", "upkeep:doctor", _("check the installation and say how to mend it"))


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=str(_("print one JSON document")))


def declared(
    parser: argparse.ArgumentParser | None = None, name: str = "qms"
) -> Iterator[tuple[str, list[str]]]:
    """(command, its own options and arguments) of every command: what docs/commands.md has to name."""
    actions: list[Any] = (parser or build())._actions
    groups = [a for a in actions if isinstance(a, argparse._SubParsersAction)]
    for group in groups:
        for word, below in group.choices.items():
            yield from declared(below, f"{name} {word}")
    if not groups:
        own = [a for a in actions if a.dest not in ("help", "acting_as", "today")]
        yield name, [a.option_strings[-1] if a.option_strings else str(a.metavar) for a in own]
