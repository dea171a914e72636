"""The PDFs that were asked for (`kernel.jobs.Job`): made one by one, stored, tried again when that fails.

A try is counted before it begins, so a document that ends the worker does not come back for ever, and a
worker that was killed leaves a job that the next one takes again.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from qms.docx import pdf
from qms.kernel import area, clock, files, jobs
from qms.kernel.db import database
from qms.kernel.errors import QmsError
from qms.kernel.files import Blob
from qms.kernel.jobs import Job
from qms.kernel.organisations import Organisation
from qms.kernel.people import system_actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, language, pack

log = logging.getLogger("qms.printing")

MAX_TRIES = 4
FIRST_WAIT = timedelta(minutes=1)  # after the first failure, doubled each time


def waiting() -> int:
    """How many PDFs are not made yet."""
    return Job.select().where(Job.next_try_at.is_null(False)).count()


def due() -> Any:
    """The query of the jobs whose time has come, who waits longest first."""
    return Job.select().where(Job.next_try_at <= jobs.clock_now()).order_by(Job.next_try_at, Job.id)


def make_next(give_up: Callable[[], bool] = lambda: False) -> bool | None:
    """Make the next PDF: whether that went well, None when nothing is due or `give_up()` says to end.

    What was given up is not counted as tried.
    """
    job = _begun()
    if job is None:
        return None
    record = Record.get_by_id(job.record_id)
    state = {"version": record.version, "seq": jobs.last_entry(job.organisation_id)}  # before it is read
    if job.shows(**state):
        _end(job)
        return True
    if job.tries > MAX_TRIES:
        return _failed(job, _("the worker ended while it made the PDF"), for_good=True)
    if not pdf.available():
        return _failed(job, _("LibreOffice is not installed, so no PDF can be made."), for_good=True)
    try:
        made = _make(job, record, give_up)
    except pdf.PdfError as error:
        if give_up():
            _give_back(job)
            return None
        return _failed(job, error.reason)
    except QmsError as error:
        return _failed(job, _("the document could not be made: %(why)s", why=str(error)))
    except Exception:
        log.exception("job %s failed", job.id)
        return _failed(job, _("an unexpected error, which the program's log tells"))
    _keep(job, made, state)
    return True


def _begun() -> Job | None:
    """The job that is due, counted as tried and put off until it is done."""
    with database.atomic():
        job = due().first()
        if job is not None:
            job.tries += 1
            wait = FIRST_WAIT * 2 ** min(job.tries - 1, MAX_TRIES)
            job.next_try_at = jobs.clock_now() + wait
            Job.update(tries=job.tries, next_try_at=job.next_try_at).where(Job.id == job.id).execute()
    return job


def _make(job: Job, record: Record, give_up: Callable[[], bool]) -> Blob:
    """The document as the button and the command line make it, as PDF in the store; raises QmsError."""
    kind = area.document_kind(str(job.kind))
    organisation = Organisation.get_by_id(job.organisation_id)
    reader = system_actor(organisation, clock.today(), rights=area.reading(kind))
    with language(str(job.locale)):
        name, content = kind.make(reader, str(record.code), str(job.locale))
    pages = pdf.to_pdf(content, give_up=give_up)
    return files.store(io.BytesIO(pages), str(PurePath(name).with_suffix(".pdf")))


def _keep(job: Job, made: Blob, state: dict[str, int]) -> None:
    with database.atomic():
        Job.update(
            made_at=clock.now(), sha256=made.sha256, size=made.size, name=made.name, failure="", **state
        ).where(Job.id == job.id).execute()
        _end(job)


def _give_back(job: Job) -> None:
    with database.atomic():
        Job.update(tries=job.tries - 1, next_try_at=jobs.clock_now()).where(Job.id == job.id).execute()


def _failed(job: Job, why: Message, *, for_good: bool = False) -> bool:
    with database.atomic():
        Job.update(failure=pack(why)).where(Job.id == job.id).execute()
        if for_good or job.tries >= MAX_TRIES:
            _end(job)
    return False


def _end(job: Job) -> None:
    """Nothing is left to do, unless somebody asked again meanwhile."""
    Job.update(next_try_at=None).where(Job.id == job.id, Job.asked_at == job.asked_at).execute()
