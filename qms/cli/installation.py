"""`demo`, `init`, `serve`, `migrate`."""

from __future__ import annotations

import signal
import socket
from argparse import Namespace
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from peewee import JOIN

from qms import config, marker, runtime
from qms.cli import DONE, keep_log, say
from qms.cli.session import (
    administrator,
    data_dir,
    environment,
    opened,
    refuse_newer,
    require_address,
    require_database,
    settings,
    sqlite_path,
)
from qms.config import BadSetting, Config
from qms.kernel import clock, db
from qms.kernel.errors import Refused
from qms.kernel.organisations import Organisation
from qms.kernel.people import Assignment, Person, valid_on
from qms.kernel.permissions import ROLE_LABELS, Role
from qms.kernel.text import _
from qms.marker import Marker

FIRST_PORT = 8000
SECRETS_FILE = "qms.env"
THREADS = 8


# ---------------------------------------------------------------- demo


def demo(options: Namespace) -> int:
    """Load the demonstration if it is not there, print address and sign-ins, and serve it."""
    mark = _mark(options)
    found = settings(options)
    runtime.configure(found)
    if mark.loaded:
        refuse_newer()
        db.migrate()
    else:
        mark = _load(found, mark)
    with db.connected():
        _print_sign_ins(found, mark)
    if options.no_serve:
        return DONE
    return _serve(found, "127.0.0.1", options.port or _free_port())


def _mark(options: Namespace) -> Marker:
    """The mark of the data folder, made if the folder holds nothing yet; raises Refused if it holds data."""
    environ = environment(options)
    folder = data_dir(environ)
    mark = marker.read(folder)
    if mark is not None and marker.applies(mark, environ):
        return mark
    url = environ.get("QMS_DATABASE_URL", "")
    _require_nothing(url or f"sqlite:///{folder / 'qms.db'}")
    if mark is not None or (folder / SECRETS_FILE).exists():
        raise Refused(
            [_("%(folder)s belongs to another database: set QMS_DATA_DIR to a new folder", folder=folder)]
        )
    made = marker.create(url)
    marker.write(folder, made)
    return made


def _require_nothing(url: str) -> None:
    """Raise Refused when the database holds tables: a demonstration never mixes with an agency's data."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return
    try:
        db.configure(url)
    except ValueError as error:
        raise BadSetting(str(error)) from error
    with db.connected():
        if db.database.get_tables():
            raise Refused(
                [_("the database holds data that is no demonstration: set QMS_DATA_DIR to a new folder")]
            )


def _load(found: Config, mark: Marker) -> Marker:
    """Make the demonstration's data; what a cut-off attempt left in an embedded database is removed first."""
    from qms.demonstration.load import load

    path = sqlite_path(found)
    if path is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        runtime.configure(found)
    say(_("Loading the demonstration …"))
    db.migrate()
    with db.connected():
        load(found, mark.demo_password)
    return marker.loaded(found.data_dir, mark)


def _print_sign_ins(found: Config, mark: Marker) -> None:
    say(
        _(
            "The demonstration is in %(folder)s and plays on %(day)s.",
            folder=found.data_dir,
            day=clock.today(),
        )
    )
    say(_("Sign in with the password %(password)s as:", password=mark.demo_password))
    for email, what in _sign_ins():
        say(f"  {email:<36} {what}")
    say(_("Other qms commands in this folder work on the demonstration, without further settings."))


def _sign_ins() -> list[tuple[str, str]]:
    """(e-mail, roles and where) of everybody who can sign in, by organisation."""
    rows = (
        Assignment.select(Person.email, Assignment.role, Organisation.slug)
        .join(Person, on=(Assignment.person == Person.id))
        .join_from(Assignment, Organisation, JOIN.LEFT_OUTER, on=(Assignment.organisation == Organisation.id))
        .where(Person.active, Person.password.is_null(False), valid_on(Assignment, clock.today()))
        .order_by(Organisation.slug, Assignment.id)
        .tuples()
    )
    held: dict[str, list[str]] = defaultdict(list)
    for email, role, slug in rows:
        where = slug or str(_("the whole installation"))
        held[email].append(f"{ROLE_LABELS[Role(role)]} ({where})")
    return [(email, ", ".join(dict.fromkeys(roles))) for email, roles in held.items()]


def _free_port() -> int:
    """The first port from 8000 that nobody listens on; the last one tried if none is free."""
    for port in range(FIRST_PORT, FIRST_PORT + 20):
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return FIRST_PORT


# ---------------------------------------------------------------- serve


def serve(options: Namespace) -> int:
    """Serve the application until stopped, with the worker beside it."""
    with opened(options) as found:
        pass
    return _serve(found, options.host, options.port, options.proxy)


def _serve(found: Config, host: str, port: int, proxy: str | None = None) -> int:
    from waitress.server import create_server

    from qms.app import create_app
    from qms.worker import Thread

    trusted = (
        {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
        if proxy
        else {}
    )
    if found.demonstration:  # links in its mail lead to where it is served
        found = replace(found, base_url=found.base_url or f"http://{host}:{port}")
    app = create_app(found)
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident="",
            clear_untrusted_proxy_headers=True,
            **trusted,
        )
    except OSError as error:
        raise Refused([_("port %(port)s cannot be used: %(why)s", port=port, why=error.strerror)]) from error
    keep_log()
    worker = Thread(found)
    signal.signal(signal.SIGTERM, _end)
    print(_("Serving on http://%(host)s:%(port)s/ (end with Ctrl-C)", host=host, port=port), flush=True)
    try:
        server.run()
    finally:
        worker.stop()
        server.close()
    return DONE


def _end(*_args: object) -> None:
    """Stop as Ctrl-C does: requests under way and the mail being sent are finished."""
    raise SystemExit(DONE)


# ---------------------------------------------------------------- init, migrate


def init(options: Namespace) -> int:
    """Make data folder, secrets and database; what is there is kept. With `--admin`, invite that person."""
    environ = environment(options)
    folder = data_dir(environ)
    if marker.read(folder) is not None:
        raise Refused(
            [_("%(folder)s holds a demonstration: set QMS_DATA_DIR to a new folder", folder=folder)]
        )
    found = config.load(_with_secrets(folder, environ))
    if options.admin:
        require_address(found)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    runtime.configure(found)
    _print_migrations(db.migrate())
    if options.admin:
        _first_administrator(options, found)
    return DONE


def _with_secrets(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """The settings, with secrets from the folder's file (made if need be) where the environment has none."""
    missing = [
        n for n in ("QMS_SECRET_KEY", "QMS_TRAIL_KEY") if n not in environ and f"{n}_FILE" not in environ
    ]
    if not missing:
        return environ
    path = folder / SECRETS_FILE
    if not path.exists():
        made = marker.create()
        text = f"QMS_DATA_DIR={folder}\nQMS_SECRET_KEY={made.secret_key}\nQMS_TRAIL_KEY={made.trail_key}\n"
        marker.write_private(path, text)
    say(_("Secrets are in %(path)s. Every command takes them from the environment:", path=path))
    say(f"  set -a; . {path}; set +a")
    say(_("Keep a copy apart from the backups: without the trail's key no backup can be verified."))
    stored = marker.read_settings(path.read_text("utf-8"))
    return {name: stored[name] for name in missing if name in stored} | environ


def _first_administrator(options: Namespace, found: Config) -> None:
    from qms.cli.people import invite_to_installation, linker, say_where_mail_goes

    link = linker(found)
    with db.connected():
        invite_to_installation(administrator(options), options.admin, options.name, Role.ADMIN, link=link)
        say_where_mail_goes(found, options.admin, link)


def migrate(options: Namespace) -> int:
    """Apply the pending migrations."""
    found = settings(options)
    runtime.configure(found)
    require_database(found)
    refuse_newer()
    _print_migrations(db.migrate())
    return DONE


def _print_migrations(applied: list[str]) -> None:
    if not applied:
        say(_("The database is up to date."))
        return
    say(_("Migrations applied: %(names)s", names=", ".join(applied)))
