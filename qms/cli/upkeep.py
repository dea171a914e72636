"""`trail verify`, `remind`, `work`, `backup`, `restore`, `doctor`."""

from __future__ import annotations

import signal
from argparse import Namespace
from pathlib import Path
from typing import Any

from qms import runtime
from qms.cli import DONE, REFUSED, keep_log, print_json, say, tell
from qms.cli.session import acting, administrator, opened, organisation, settings
from qms.config import PATHS_ONLY, BadSetting, Config
from qms.kernel import clock
from qms.kernel.errors import BadInput
from qms.kernel.organisations import Organisation
from qms.kernel.people import system_actor
from qms.kernel.text import _, show_number
from qms.kernel.trail import READ_TRAIL, SYSTEM_CHAIN
from qms.kernel.verify import Finding, Report, verify

PROBLEMS = {
    "broken": _("the entry does not follow from the one before it"),
    "missing": _("an entry is missing"),
    "unknown_key": _("the entry is signed with a key that QMS_TRAIL_KEY does not hold"),
    "columns_differ": _("the entry's columns differ from its text"),
    "cut_off": _("entries are cut off at the end"),
    "head_differs": _("the head is not the one that was printed"),
    "row_differs": _("the row was changed outside the program"),
    "row_missing": _("the row was deleted"),
    "row_untraced": _("the row was added outside the program"),
}


def trail_verify(options: Namespace) -> int:
    """Check the trail and every record against it; status 1 names what is wrong."""
    with opened(options):
        slugs = {SYSTEM_CHAIN: "system"} | {
            o.id: o.slug for o in Organisation.select().order_by(Organisation.id)
        }
        chains = _chains(options, slugs)
        try:
            report = verify(chains, expected_head=options.head or "")
        except ValueError as error:
            raise BadInput(str(error)) from error
    if options.json:
        print_json(_as_json(report, slugs))
    else:
        _print_heads(report, slugs)
    for finding in report.findings:
        tell(_sentence(finding, slugs))
    return DONE if report.intact else REFUSED


def _chains(options: Namespace, slugs: dict[int, str]) -> list[int]:
    """The chains to check; a head belongs to the first.

    Raises NotFound, BadInput, and for whoever is named with `--as` and may not read them Forbidden or Refused.
    """
    if options.org:
        here = organisation(options.org)
        acting(options, here, frozenset({READ_TRAIL.name})).require(READ_TRAIL)
        return [here.id]
    if options.acting_as:
        administrator(options)
    own = [chain for chain in slugs if chain != SYSTEM_CHAIN]
    if options.head and len(own) != 1:
        raise BadInput(_("name the organisation to which the head belongs with --org"))
    return [*own, SYSTEM_CHAIN]


def _as_json(report: Report, slugs: dict[int, str]) -> dict[str, Any]:
    return {
        "status": "intact" if report.intact else "broken",
        "entries": report.entries,
        "rows": report.rows,
        "heads": {slugs[chain]: head for chain, head in report.heads.items()},
        "findings": [_finding(f, slugs) for f in report.findings],
    }


def _finding(found: Finding, slugs: dict[int, str]) -> dict[str, Any]:
    return {
        "organisation": slugs[found.chain],
        "problem": found.problem,
        "seq": found.seq,
        "subject": found.subject,
        "what": found.what,
        "message": _sentence(found, slugs),
    }


def _print_heads(report: Report, slugs: dict[int, str]) -> None:
    say(_("%(entries)s entries and %(rows)s rows checked", entries=report.entries, rows=report.rows))
    for chain, head in report.heads.items():
        say(f"{slugs[chain]} {head}")
    say(_("the trail is intact") if report.intact else _("the trail is not intact"))


def _sentence(finding: Finding, slugs: dict[int, str]) -> str:
    name = " ".join(filter(None, (finding.what, f"({finding.subject})" if finding.subject else "")))
    entry = str(_("entry %(seq)s", seq=finding.seq)) if finding.seq is not None else ""
    place = ", ".join(filter(None, (slugs[finding.chain], entry, name)))
    return f"{place}: {PROBLEMS[finding.problem]}"


# ---------------------------------------------------------------- remind


def remind(options: Namespace) -> int:
    """Put today's digests into the outbox; a second run on the same day finds nothing to say."""
    from qms import reminding

    with opened(options) as config:
        actor = administrator(options) if options.acting_as else system_actor(None, clock.today())
        done = reminding.run(actor, base_url=config.base_url, preview=options.preview)
    status = "previewed" if options.preview else "done" if done.people else "unchanged"
    if options.json:
        print_json({"status": status} | vars(done) | {"day": done.day.isoformat()})
    else:
        say(_("people told: %(people)s, items: %(items)s, mails: %(mails)s", **vars(done)))
    if done.people and not config.base_url:
        tell(PATHS_ONLY)
    if done.mails:
        _say_without_server(config)
    return DONE


# ---------------------------------------------------------------- work


def work(options: Namespace) -> int:
    """Send the mail that waits, make PDFs, remove files nobody needs: once, or until Ctrl-C or SIGTERM."""
    from qms import mailer, worker

    if not options.once:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(options) as config:
        mailer.server_of(config)  # a wrong address is refused at once
    if options.once:
        _say_without_server(config)
        counts = worker.run_once(config)
        say(_("mail: sent %(sent)s, failed %(failed)s, waiting %(waiting)s", **vars(counts)))
        say(_("PDF: made %(made)s, failed %(unmade)s, waiting %(queued)s", **vars(counts)))
        say(_("files that nothing refers to, removed: %(removed)s", **vars(counts)))
        return DONE
    keep_log()
    thread = worker.Thread(config)
    try:
        _say_without_server(config)
        thread.run_until_it_ends()
    except KeyboardInterrupt:
        return DONE
    finally:
        thread.stop(worker.LEASE_SECONDS)
    return REFUSED  # the thread ends by itself only when it cannot go on


def _say_without_server(config: Config) -> None:
    if not config.smtp_url:
        tell(_("QMS_SMTP_URL is not set: mail waits in the outbox"))


# ---------------------------------------------------------------- backup, restore


def backup(options: Namespace) -> int:
    """Write database and attachments into one file."""
    from qms import backup as backups

    with opened(options) as config:
        made = backups.write(config, Path(options.file))
    size = show_number(made.size // 1024)
    say(_("%(file)s: attachments %(n)s, size %(size)s KiB", file=options.file, n=made.attachments, size=size))
    for sha256 in made.missing:
        tell(_("an attachment is missing on disk: %(sha256)s", sha256=sha256))
    return DONE


def restore(options: Namespace) -> int:
    """Restore a backup into an empty installation, and check its trail before it is put in place."""
    from qms import restore as restores

    path = Path(options.file)
    if not path.is_file():
        raise BadInput(_("there is no file %(path)s", path=options.file))
    config = settings(options)
    runtime.configure(config)
    done = restores.read(config, path)
    say(_("restored: %(rows)s rows and %(files)s attachments checked, the trail is intact",
          rows=done.rows, files=done.attachments))  # fmt: skip
    return DONE


# ---------------------------------------------------------------- doctor


def doctor(options: Namespace) -> int:
    """Check the installation; status 1 when something has to be mended, each line saying how."""
    from qms import doctor as doctors

    try:
        config = settings(options)
        runtime.configure(config)
    except BadSetting as error:
        say(f"[!!] {error}")
        return REFUSED
    checks = doctors.examine(config)
    for check in checks:
        say(check.line())
    return REFUSED if any(check.bad for check in checks) else DONE
