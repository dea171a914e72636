"""A record's documents as PDF: asked for, shown as they stand, downloaded. `qms work` makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Blueprint, g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from qms.docx import pdf
from qms.kernel import clock, jobs
from qms.kernel.area import DocumentKind
from qms.kernel.errors import BadInput, NotFound, Refused
from qms.kernel.jobs import Job
from qms.kernel.permissions import INSIDE
from qms.kernel.records import Kind, Record
from qms.kernel.text import LANGUAGES, Message, _, current_language, show_time, unpack
from qms.kernel.trail import change
from qms.web import shell
from qms.web.evidence import download_of
from qms.web.frame import token
from qms.web.record_parts import path_of
from qms.web.widgets import StateBadge
from qms.web.widgets.pieces import html

_MISSING = _("PDFs are not made on this installation: LibreOffice is not installed.")

_THERE = _("There is a PDF of the present version; who works here can have it made anew.")


def add_routes(blueprint: Blueprint, model: type[Kind], kind: DocumentKind) -> None:
    """Add the address below a record at which the PDF of that document is asked for and downloaded."""

    def ask(code: str) -> Response:
        record = _record(model, kind, code)
        if not pdf.available():
            raise Refused([_MISSING])
        if not _may_ask(record, jobs.job_of(record.id, kind.name, _locale())):
            raise Refused([_THERE])
        with change(shell.actor()):
            jobs.ask(shell.actor(), record, kind.name, _locale())
        return redirect(g.record_url, 303)

    def download(code: str) -> Response:
        job = jobs.job_of(_record(model, kind, code).id, kind.name, _locale())
        if job is None or job.made_at is None:
            raise NotFound(code)
        return download_of(job.sha256, job.name, "application/pdf")

    rule, need = f"/<code>/documents/{kind.name}/pdf", shell.needs(kind.permission)
    blueprint.add_url_rule(rule, f"pdf_{kind.name}", need(download))
    blueprint.add_url_rule(rule, f"ask_pdf_{kind.name}", need(ask), methods=("POST",))


def _record(model: type[Kind], kind: DocumentKind, code: str) -> Record:
    """The record of that code in the actor's organisation; raises NotFound, Forbidden."""
    shell.actor().require(kind.permission)  # as for the document itself: reading is not bound to a unit
    record = model.by_code(shell.actor().organisation_id, code).record
    g.record_url = path_of(model.kind, record.code)
    return record


def _locale() -> str:
    locale = request.values.get("locale", "vi")
    if locale not in LANGUAGES:
        raise BadInput(
            _("“%(value)s” is no value for the filter “%(name)s”", value=locale[:60], name="locale")
        )
    return locale


# ---------------------------------------------------------------- on the record's page


@dataclass(frozen=True)
class Paper:
    """How a document stands as PDF: where it is downloaded, what can be asked for, what is to be said of it."""

    url: str
    locale: str
    link: Message | None = None
    button: Message | None = None
    state: StateBadge | None = None
    waits: bool = False


def offered() -> list[str]:
    """The languages in which a page offers a document: Vietnamese, and English to who reads the page in it."""
    return [name for name in LANGUAGES if name in ("vi", current_language())]


def drawn(record: Record, kinds: Iterable[DocumentKind]) -> Markup:
    """The PDFs of a record's documents for its page's head; nothing where it has none."""
    able = pdf.available()
    papers = [_paper(record, kind, locale, able) for kind in kinds for locale in offered()]
    if not papers:
        return Markup("")
    missing = "" if able else f'<span class="paper">{html(_MISSING)}</span>'
    return Markup("".join([_drawn(paper) for paper in papers]) + missing)  # noqa: S704 (each part was escaped)


def _drawn(paper: Paper) -> str:
    """The document's link, the button that asks for it, and what is to be said of it."""
    url, parts = html(paper.url), []
    if paper.link:
        parts.append(f'<a class="btn btn-quiet" href="{url}" download>{html(paper.link)}</a>\n')
    if paper.button:
        parts.append(
            f'<form method="post" action="{url}"><input type="hidden" name="csrf_token" value="{token()}">'
            f'<button class="btn btn-quiet" type="submit">{html(paper.button)}</button></form>\n'
        )
    if paper.state:
        look = f' <a href="{html(request.path)}">{html(_LOOK)}</a>' if paper.waits else ""
        parts.append(f'<span class="paper">{html(paper.state)}{look}</span>\n')
    return "".join(parts)


_LOOK = _("look whether it is ready")


_MAKE = {"vi": _("Make the PDF in Vietnamese"), "en": _("Make the PDF in English")}
_ANEW = {"vi": _("Make the PDF in Vietnamese anew"), "en": _("Make the PDF in English anew")}


def _paper(record: Record, kind: DocumentKind, locale: str, able: bool) -> Paper:
    job = jobs.job_of(record.id, kind.name, locale)
    query = "" if locale == "vi" else f"?locale={locale}"
    url = f"{path_of(record.kind, record.code)}/documents/{kind.name}/pdf{query}"
    if job is None:
        return Paper(url, locale, button=_MAKE[locale] if able else None)
    again = _ANEW[locale] if job.made_at else _MAKE[locale]
    asks = able and not job.waits and _may_ask(record, job)
    return Paper(
        url,
        locale,
        link=_link(job),
        button=again if asks else None,
        state=next(_states(job, record), None),
        waits=job.waits and able,
    )


def _may_ask(record: Record, job: Job | None) -> bool:
    """Whether the actor may have a PDF made that is not there.

    Who works in the organisation may after any change, since a draft holds other records' figures; who only
    reads (inspector, overseer) may where there is none of the record's present version.
    """
    if job is None or job.version != record.version:
        return True
    return bool(shell.actor().roles & INSIDE) and not job.shows(record.version, _now(record))


def _now(record: Record) -> int:
    return jobs.last_entry(record.organisation_id)


def _link(job: Job) -> Message | None:
    if job.made_at is None:
        return None
    made = show_time(clock.local(job.made_at))
    return (
        _("PDF in Vietnamese of %(time)s", time=made)
        if job.locale == "vi"
        else _("PDF in English of %(time)s", time=made)
    )


def _states(job: Job, record: Record) -> Iterator[StateBadge]:
    """What a reader has to know first."""
    if not pdf.available():
        return  # said once for all of them
    if job.waits:
        yield StateBadge(_("the PDF is being made"), "wait")
    elif job.failure:
        yield StateBadge(_("no PDF: %(why)s", why=unpack(job.failure)), "late")
    if job.made_at and job.version != record.version:
        yield StateBadge(
            _(
                "the PDF shows version %(old)s, the record is at version %(new)s",
                old=job.version,
                new=record.version,
            ),
            "wait",
        )
