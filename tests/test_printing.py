"""PDFs that were asked for are made once, tried again when that fails, and never for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from peewee import IntegrityError

from qms import printing, worker
from qms.areas.reviews import service
from qms.areas.reviews.models import Review
from qms.areas.reviews.views_minutes import make
from qms.docx import pdf
from qms.kernel import db, files, jobs
from qms.kernel.jobs import Job
from qms.kernel.text import _, language, unpack
from qms.kernel.trail import change
from tests.areas.reviews.meeting import Meeting
from tests.cast import Cast
from tests.test_worker import Clock, clock, config  # noqa: F401 - a fixture

MINUTES = "review-minutes"


class Press:
    """In LibreOffice's place: keeps what it was given, and does as it is told."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self, document: bytes, **_options: object) -> bytes:
        self.given.append(document)
        self.meanwhile()
        return b"%%PDF-1.7 %d" % len(self.given)


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    monkeypatch.setattr(pdf, "to_pdf", made)
    monkeypatch.setattr(pdf, "available", lambda: True)
    return made


@pytest.fixture
def meeting(cast: Cast, press: Press, clock: Clock, tmp_path: Path) -> Meeting:  # noqa: F811
    files.configure(tmp_path / "files")
    return Meeting(cast)


def ask(meeting: Meeting, review: Review, locale: str = "vi") -> None:
    actor = meeting.cast.actor("staff")
    with change(actor):
        jobs.ask(actor, review.record, MINUTES, locale)


def run() -> worker.Counts:
    return worker.run_once(config(""))


def content(job: Job) -> bytes:
    with files.open_blob(job.sha256) as file:
        return file.read()


# ---------------------------------------------------------------- made once


def test_the_minutes_of_a_held_meeting_are_made_by_themselves(meeting: Meeting, press: Press) -> None:
    review = meeting.held()
    asked = Job.get()
    assert (asked.kind, asked.locale, asked.asked_by_id) == (MINUTES, "vi", meeting.cast.person("leader").id)
    assert run() == worker.Counts(made=1)
    job = Job.get()
    assert not job.waits
    assert (job.name, job.version, job.failure) == ("bien-ban-hop-MR-2024-001.pdf", review.record.version, "")
    assert (content(job), job.size) == (b"%PDF-1.7 1", 10)
    assert run() == worker.Counts()


def test_the_pages_are_made_from_the_document_that_the_button_gives(meeting: Meeting, press: Press) -> None:
    review = meeting.held()
    ask(meeting, review, "en")
    assert run() == worker.Counts(made=2)
    actor = meeting.cast.actor("staff")
    assert press.given == [make(actor, review.record.code, locale)[1] for locale in ("vi", "en")]


def test_asked_twice_for_the_same_state_it_is_made_once(meeting: Meeting, press: Press) -> None:
    review = meeting.created()
    ask(meeting, review)
    ask(meeting, review)
    assert run() == worker.Counts(made=1)
    ask(meeting, review)
    assert run() == worker.Counts()
    assert len(press.given) == 1


def test_a_draft_is_made_anew_when_a_figure_of_another_record_changed(meeting: Meeting, press: Press) -> None:
    review = meeting.created()
    ask(meeting, review)
    run()
    meeting.measured(1534)
    ask(meeting, review)
    assert run() == worker.Counts(made=1)
    assert Job.select().count() == 1


def test_what_was_made_stays_until_there_is_something_newer(meeting: Meeting, press: Press) -> None:
    review = meeting.held()
    run()
    service.write_minutes(meeting.cast.actor("coordinator"), review.record.code, {"discussion": "Đã bàn"})
    ask(meeting, meeting.read(review))
    waiting = Job.get()
    assert waiting.waits
    assert (content(waiting), waiting.version) == (b"%PDF-1.7 1", review.record.version)
    run()
    assert (content(Job.get()), Job.get().version) == (b"%PDF-1.7 2", review.record.version + 1)


def test_a_meeting_that_is_held_while_its_draft_is_being_made_gets_its_minutes(
    meeting: Meeting, press: Press
) -> None:
    review = meeting.ready()
    ask(meeting, review)

    def hold() -> None:
        press.meanwhile = lambda: None
        service.fire(meeting.cast.actor("leader"), review.record.code, "hold")

    press.meanwhile = hold
    assert run() == worker.Counts(made=2)
    assert Job.get().version == meeting.read(review).record.version


def test_a_job_of_another_organisations_record_is_refused_by_the_database(meeting: Meeting) -> None:
    review = meeting.created()
    values = {"record": review.record, "kind": MINUTES, "locale": "vi", "asked_at": datetime(2024, 4, 15)}
    with pytest.raises(IntegrityError), db.database.atomic():
        Job.insert(organisation_id=meeting.cast.theirs.id, **values).execute()
    Job.insert(organisation_id=meeting.cast.ours.id, **values).execute()
    with pytest.raises(IntegrityError), db.database.atomic():
        Job.insert(organisation_id=meeting.cast.ours.id, **values).execute()


# ---------------------------------------------------------------- when it fails


def fail() -> None:
    raise pdf.PdfError(_("LibreOffice could not read the document."))


def test_a_failure_is_tried_again_after_growing_waits_and_then_given_up(
    meeting: Meeting,
    press: Press,
    clock: Clock,  # noqa: F811
) -> None:
    review = meeting.created()
    ask(meeting, review)
    press.meanwhile = fail
    waits = []
    assert run() == worker.Counts(unmade=1, queued=1)
    while (due := Job.get().next_try_at) is not None:
        assert run() == worker.Counts(queued=1)
        waits.append(due - clock.now)
        clock.now = due
        assert run().unmade == 1
    assert waits == [timedelta(minutes=n) for n in (1, 2, 4)]
    with language("en"):
        assert str(unpack(Job.get().failure)) == "LibreOffice could not read the document."
    press.meanwhile = lambda: None
    ask(meeting, review)
    assert run() == worker.Counts(made=1)
    assert Job.get().failure == ""


def test_an_error_of_ours_holds_up_no_other_job(meeting: Meeting, press: Press) -> None:
    ask(meeting, meeting.created())
    ask(meeting, meeting.created())

    def stumble() -> None:
        press.meanwhile = lambda: None
        raise ZeroDivisionError

    press.meanwhile = stumble
    assert run() == worker.Counts(made=1, unmade=1, queued=1)


def killed() -> None:
    """What ends a worker while it makes a document."""
    raise KeyboardInterrupt


def test_a_worker_killed_in_the_middle_leaves_a_job_that_the_next_run_takes(
    meeting: Meeting,
    press: Press,
    clock: Clock,  # noqa: F811
) -> None:
    ask(meeting, meeting.created())

    press.meanwhile = killed
    with pytest.raises(KeyboardInterrupt):
        run()
    jobs.take_lease(
        worker.LEASE, "the killed one", seconds=worker.LEASE_SECONDS
    )  # which it could not give back
    press.meanwhile = lambda: None
    assert run() == worker.Counts(queued=1)
    clock.now += timedelta(seconds=worker.LEASE_SECONDS + 1)
    assert run() == worker.Counts(made=1)


def test_what_a_worker_gives_up_when_it_is_told_to_end_is_not_counted(meeting: Meeting, press: Press) -> None:
    ask(meeting, meeting.created())
    ends: list[bool] = []

    def told() -> None:
        ends.append(True)
        fail()

    press.meanwhile = told
    assert worker.run_once(config(""), give_up=lambda: bool(ends)) == worker.Counts(queued=1)
    assert (Job.get().tries, Job.get().failure) == (0, "")
    press.meanwhile = lambda: None
    assert run() == worker.Counts(made=1)


def test_a_document_that_kills_every_worker_is_given_up(
    meeting: Meeting,
    press: Press,
    clock: Clock,  # noqa: F811
) -> None:
    ask(meeting, meeting.created())

    press.meanwhile = killed
    for _try in range(printing.MAX_TRIES):
        with pytest.raises(KeyboardInterrupt):
            run()
        clock.now += timedelta(hours=1)
    assert run() == worker.Counts(unmade=1)
    assert not Job.get().waits
    assert len(press.given) == printing.MAX_TRIES


def test_without_libreoffice_nobody_waits_for_ever(
    meeting: Meeting, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    meeting.held()
    assert run() == worker.Counts(unmade=1)
    assert "LibreOffice" in str(unpack(Job.get().failure))


def test_no_two_workers_make_one_job(meeting: Meeting, press: Press) -> None:
    ask(meeting, meeting.created())
    press.meanwhile = lambda: others.append(run())
    others: list[worker.Counts] = []
    assert run() == worker.Counts(made=1)
    assert others == [worker.Counts(queued=1)]
    assert len(press.given) == 1


@pytest.mark.libreoffice
def test_libreoffice_makes_the_minutes_of_a_review(
    cast: Cast,
    tmp_path: Path,
    clock: Clock,  # noqa: F811
) -> None:
    files.configure(tmp_path / "files")
    Meeting(cast).held()
    assert run() == worker.Counts(made=1)
    assert content(Job.get()).startswith(b"%PDF-")
