"""The store of attachments: what is taken, under which name, and how it hangs on a record."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qms.kernel import files, jobs
from qms.kernel.area import areas, kinds
from qms.kernel.comments import Comment, comment
from qms.kernel.errors import Forbidden, NotFound, Refused
from qms.kernel.files import Attachment, Blob
from qms.kernel.filetypes import MAX_NAME, clean_name
from qms.kernel.jobs import Job
from qms.kernel.records import MAX_TEXT, Record
from qms.kernel.trail import TrailEntry, change
from qms.web import pending
from tests.cast import Cast

PDF = b"%PDF-1.7\n%%EOF\n"
OOXML = "application/vnd.openxmlformats-officedocument."


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Path:
    files.configure(tmp_path / "files")
    return tmp_path / "files"


def put(content: bytes, name: str, **options: int) -> Blob:
    return files.store(io.BytesIO(content), name, **options)


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def office(main: str, **parts: str) -> bytes:
    types = f'<Types><Override PartName="/x" ContentType="{OOXML}{main}.main+xml"/></Types>'
    return zipped(**{"[Content_Types].xml": types, **parts})


# ---------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "a.png", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "a.JPG", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        (office("wordprocessingml.document"), "a.docx", f"{OOXML}wordprocessingml.document"),
        (office("spreadsheetml.sheet"), "a.xlsx", f"{OOXML}spreadsheetml.sheet"),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.text"),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        ("số hóa\n".encode(), "a.txt", "text/plain"),
        ("số;hóa\n".encode("utf-16"), "a.csv", "text/csv"),
    ],
)
def test_a_file_is_taken_for_what_its_bytes_are(content: bytes, name: str, media_type: str) -> None:
    blob = put(content, name)
    assert (blob.media_type, blob.name, blob.size) == (media_type, name, len(content))
    with files.open_blob(blob.sha256) as kept:
        assert kept.read() == content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\0\x03", "minutes.pdf"),
        (b"<html><script>alert(1)</script></html>", "page.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg"),
        (b"From: a@b\n\nhello", "mail.eml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.doc"),
        (b"a\0b", "zeros.txt"),
        (b"ng\xe0y", "windows-1258.txt"),
        (zipped(**{"a.txt": "x"}), "any.zip"),
        (office("wordprocessingml.document", **{"word/vbaProject.bin": "x"}), "macro.docx"),
        (office("spreadsheetml.sheet", **{"xl/macrosheets/sheet1.xml": "x"}), "macro.xlsx"),
        (
            zipped(
                mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"Basic/Standard/M.xml": "x"}
            ),
            "a.ods",
        ),
        (office("wordprocessingml.document", bomb="0" * 30_000_000), "bomb.docx"),
        (office("wordprocessingml.document")[:-30], "cut.docx"),
        (b"", "empty.txt"),
    ],
)
def test_a_file_of_any_other_type_is_refused_and_leaves_nothing(
    content: bytes, name: str, store: Path
) -> None:
    with pytest.raises(Refused) as refusal:
        put(content, name)
    assert name in str(refusal.value)
    assert [p for p in store.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (b"MZ\x90\x00 a program", "bao-cao.pdf", "chương trình Windows"),
        (b"<html><script>1</script>", "anh.png", "trang web"),
        (b"chi la chu", "anh.jpg", "văn bản thuần"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "cu.doc", "Office cũ"),
        (b"\x00\x01\x02", "la.pdf", "không rõ loại"),
    ],
)
def test_a_disguised_file_is_told_what_it_holds_what_is_taken_and_what_to_do(
    content: bytes, name: str, found: str
) -> None:
    with pytest.raises(Refused) as refusal:
        put(content, name)
    said = str(refusal.value)
    assert found in said
    assert "PDF" in said
    assert "đính kèm lại" in said


def test_a_name_gets_the_ending_of_its_content() -> None:
    assert put(PDF, "invoice.exe").name == "invoice.exe.pdf"


def test_a_file_beyond_the_limit_is_refused_while_it_arrives(store: Path) -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            self.given += 1
            return b"%PDF-" + b"0" * 60_000

    stream = Endless()
    with pytest.raises(Refused, match="1 MB"):
        files.store(stream, "endless.pdf", limit=1024 * 1024)
    assert stream.given < 30
    assert [p for p in store.rglob("*") if p.is_file()] == []


def test_the_same_bytes_are_stored_once(store: Path) -> None:
    assert put(PDF, "a.pdf").sha256 == put(PDF, "b.pdf").sha256
    assert len([p for p in store.rglob("*") if p.is_file()]) == 1


def old(blob: Blob) -> Path:
    """Let the bytes have come in long ago."""
    path = files.path_of(blob.sha256)
    os.utime(path, (0, 0))
    return path


def test_what_a_killed_process_left_half_stored_is_swept(store: Path, cast: Cast) -> None:
    (store / "incoming").mkdir(parents=True)
    fresh, left = store / "incoming" / "fresh", store / "incoming" / "left"
    for path in (fresh, left):
        path.touch()
    os.utime(left, (0, 0))
    assert files.sweep() == 0
    assert (fresh.exists(), left.exists()) == (True, False)


def test_only_old_bytes_that_no_row_refers_to_are_swept(cast: Cast, record: Record) -> None:
    actor = cast.actor("coordinator")
    attached = put(PDF, "a.pdf")
    withdrawn = put(PDF + b"2", "b.pdf")
    made = put(PDF + b"3", "c.pdf")
    files.attach(actor, record, attached)
    files.withdraw(actor, files.attach(actor, record, withdrawn).id, "nhầm tệp")
    with change(actor):
        jobs.ask(actor, record, "review-minutes", "vi")
    Job.update(sha256=made.sha256).execute()
    kept = [old(blob) for blob in (attached, withdrawn, made)]
    preview = put(b"a,b\n1,2\n", "fresh.csv")  # waits to be imported
    forgotten = old(put(b"a,b\n3,4\n", "forgotten.csv"))
    assert files.sweep() == 1
    assert not forgotten.exists()
    assert all(path.exists() for path in (*kept, files.path_of(preview.sha256)))
    assert files.sweep() == 0


def test_every_file_that_the_trail_names_outlives_the_sweep(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "so-lieu.csv"
    path.write_text("kpi,period,numerator,denominator,source\napology,2024-Q1,1,2,sổ\n", "utf-8")
    take = next(i for a in areas() for i in a.imports if i.name == "measurements").run
    assert take(cast.actor("coordinator"), path, preview=False, accept="").status == "imported"
    for blob in files.blobs():
        os.utime(blob, (0, 0))
    assert files.sweep() == 0
    bodies = "".join(body for (body,) in TrailEntry.select(TrailEntry.body).tuples())
    named = set(re.findall(r'"sha256":"([0-9a-f]{64})"', bodies))
    assert named
    assert all(files.path_of(sha256).exists() for sha256 in named)


def test_bytes_that_come_in_again_are_not_swept(cast: Cast, record: Record) -> None:
    files.attach(cast.actor("coordinator"), record, put(PDF, "a.pdf"))
    path = old(put(PDF + b"2", "b.pdf"))
    put(PDF + b"2", "again.pdf")
    assert files.sweep() == 0
    assert path.exists()


def test_bytes_that_come_in_again_while_the_sweep_goes_on_stay(
    cast: Cast, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.attach(cast.actor("coordinator"), record, put(PDF, "a.pdf"))
    path = old(put(PDF + b"2", "b.pdf"))
    referred = files._referred

    def meanwhile() -> Iterator[str]:
        put(PDF + b"2", "again.pdf")
        yield from referred()

    monkeypatch.setattr(files, "_referred", meanwhile)
    assert files.sweep() == 0
    assert path.exists()


def test_a_database_that_refers_to_no_file_sweeps_nothing(cast: Cast) -> None:
    path = old(put(PDF, "a.pdf"))
    assert files.sweep() == 0
    assert path.exists()


def test_a_file_that_a_killed_sweep_moved_aside_comes_back(store: Path, cast: Cast) -> None:
    blob = put(PDF, "a.pdf")
    path = files.path_of(blob.sha256)
    path.rename(store / "incoming" / blob.sha256)
    files.sweep()
    assert path.exists()


def test_a_preview_may_wait_as_long_as_it_may_be_imported() -> None:
    assert files.KEPT_UNUSED.total_seconds() > pending.LASTS


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 63, "g" * 64, "A" * 64, "", "0" * 65])
def test_only_a_hash_opens_the_store(name: str) -> None:
    with pytest.raises(NotFound):
        files.open_blob(name)


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\Biên bản.docx", "Biên bản.docx"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("Bie\u0302n ba\u0309n.pdf", "Biên bản.pdf"),
        ("...", "file"),
        ("CON.txt", "_CON.txt"),
        ("", "file"),
    ],
)
def test_a_name_loses_folders_and_control_marks(given: str, cleaned: str) -> None:
    assert clean_name(given) == cleaned


def test_a_long_name_keeps_its_ending() -> None:
    cleaned = clean_name("x" * 500 + ".docx")
    assert len(cleaned) == MAX_NAME
    assert cleaned.endswith(".docx")


# ---------------------------------------------------------------- on a record


@pytest.fixture
def record(cast: Cast) -> Record:
    actor = cast.actor("coordinator")
    with change(actor):
        model = kinds()["action"]
        row = model.new(
            actor,
            title="Số hóa kết quả",
            happened_on=date(2024, 4, 1),
            owner=cast.person("staff").id,
            unit=cast.units["HCTP"].id,
            sort="corrective",
        )
        row.save()
    return row.record


def test_the_same_file_on_the_same_record_is_attached_once(cast: Cast, record: Record) -> None:
    actor = cast.actor("staff")
    first = files.attach(actor, record, put(PDF, "a.pdf"), "bản ký")
    assert files.attach(actor, record, put(PDF, "b.pdf")).id == first.id
    entry = TrailEntry.select().where(TrailEntry.tag == "evidence.add").get()
    assert entry.record_id == record.id
    assert first.sha256 in entry.body


def test_withdrawn_evidence_stays_in_the_history_and_may_be_attached_anew(cast: Cast, record: Record) -> None:
    actor = cast.actor("staff")
    first = files.attach(actor, record, put(PDF, "a.pdf"))
    with pytest.raises(Refused):
        files.withdraw(actor, first.id, "  ")
    files.withdraw(actor, first.id, "nhầm tệp")
    with pytest.raises(NotFound):
        files.attachment(actor, first.id)
    assert Attachment.get_by_id(first.id).withdrawn_why == "nhầm tệp"
    assert "nhầm tệp" in TrailEntry.select().where(TrailEntry.tag == "evidence.withdraw").get().body
    assert files.attach(actor, record, put(PDF, "a.pdf")).id != first.id


def test_others_evidence_is_withdrawn_by_the_coordinator_or_the_owner_only(
    cast: Cast, record: Record
) -> None:
    mine = files.attach(cast.actor("colleague"), record, put(PDF, "a.pdf"))
    for part in ("records", "auditor", "other_head", "leader"):
        with pytest.raises(Forbidden):
            files.withdraw(cast.actor(part), mine.id, "không")
    assert files.withdraw(cast.actor("coordinator"), mine.id, "nhầm").withdrawn_at is not None


@pytest.mark.parametrize("part", ["inspector", "overseer", "admin"])
def test_who_only_reads_attaches_nothing_and_says_nothing(cast: Cast, record: Record, part: str) -> None:
    with pytest.raises(Forbidden):
        files.attach(cast.actor(part), record, put(PDF, "a.pdf"))
    with pytest.raises(Forbidden):
        comment(cast.actor(part), record, "xin chào")


def test_another_organisations_record_and_file_do_not_exist(cast: Cast, record: Record) -> None:
    ours = files.attach(cast.actor("staff"), record, put(PDF, "a.pdf"))
    stranger = cast.actor("stranger")
    with pytest.raises(NotFound):
        files.attach(stranger, record, put(PDF, "a.pdf"))
    with pytest.raises(NotFound):
        files.attachment(stranger, ours.id)
    with pytest.raises(NotFound):
        files.withdraw(stranger, ours.id, "của tôi")
    with pytest.raises(NotFound):
        comment(stranger, record, "xin chào")


def test_a_note_too_long_is_refused_with_its_limit(cast: Cast, record: Record) -> None:
    with pytest.raises(Refused, match="300"):
        files.attach(cast.actor("staff"), record, put(PDF, "a.pdf"), "x" * 301)
    assert Attachment.select().count() == 0


def test_a_comment_is_kept_with_its_trail(cast: Cast, record: Record) -> None:
    comment(cast.actor("leader"), record, "  Đề nghị bổ sung ảnh chụp. ")
    assert Comment.get().text == "Đề nghị bổ sung ảnh chụp."
    assert (
        TrailEntry.select().where(TrailEntry.tag == "comment.add", TrailEntry.record_id == record.id).count()
        == 1
    )
    with pytest.raises(Refused, match=r"20\.000"):
        comment(cast.actor("leader"), record, "x" * (MAX_TEXT + 1))
    with pytest.raises(Refused):
        comment(cast.actor("leader"), record, " \n ")
