"""`qms import`, `document` and `trail verify`: what goes in and out, and what is left when one is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from peewee import Database

from qms import areas, runtime
from qms.kernel import area, db
from qms.kernel.area import Area, DocumentKind, ImportKind, ImportResult
from qms.kernel.errors import NotFound, Obstacle, Refused
from qms.kernel.organisations import Organisation, Unit, add_unit
from qms.kernel.permissions import INSIDE, READERS, Actor, Permission
from qms.kernel.text import _, current_language
from qms.kernel.trail import TrailEntry, TrailHead, change
from qms.migrations import freeze
from tests import databases
from tests.areas.nonconformities.registers import CLOSED, OPEN, workbook
from tests.cast import OURS, THEIRS, Cast
from tests.cli import Command, runner
from tests.conftest import TRAIL_KEY
from tests.imports import ROOT

pytestmark = pytest.mark.commits

SECRET = "0123456789abcdef" * 2 + "fedcba9876543210" * 2
TAKE = Permission("statements.import", _("import"), INSIDE)  # a right that the system has
READ = Permission("dummy.read", _("read"), READERS)
WARNING = {
    "rule": "D1",
    "period": "2024-Q1",
    "field": "",
    "left": 2,
    "right": 3,
    "difference": 1,
    "message": "lệch 1",
}


def take_units(actor: Actor, path: Path, *, preview: bool, accept: str) -> ImportResult:
    """Each line of the file is a new unit; a line "?" is a warning, a line "!" cannot be read."""
    lines = path.read_text("utf-8").split()
    if "!" in lines:
        raise Refused([Obstacle("không đọc được", rule="file")])
    warnings = (WARNING,) if "?" in lines else ()
    if warnings and not accept:
        return ImportResult("refused", warnings=warnings)
    codes = [line for line in lines if line != "?"]
    if preview:
        return ImportResult("previewed", ({"period": "2024-Q1", "rows": len(codes)},), warnings=warnings)
    if Unit.get_or_none(Unit.organisation == actor.organisation_id, Unit.code == codes[0]):
        return ImportResult("unchanged")
    with change(actor, accept):
        for code in codes:
            add_unit(actor, code, code, valid_from=date(2024, 1, 1))
    return ImportResult(
        "imported", ({"period": "2024-Q1", "rows": len(codes)},), (), warnings, lines=("xong",)
    )


def make_sheet(actor: Actor, code: str, locale: str) -> tuple[str, bytes]:
    """A document that says for whom it was made."""
    found = Unit.get_or_none(Unit.organisation == actor.organisation_id, Unit.code == code)
    if found is None:
        raise NotFound(code)
    return "x.txt", f"{actor.slug} {code} {locale} {current_language()}".encode()


DUMMY = Area(
    "dummy",
    _("Dummy"),
    permissions=(READ,),
    imports=(ImportKind("units", _("units"), TAKE, take_units),),
    documents=(DocumentKind("sheet", _("sheet"), READ, make_sheet),),
)


def load_with_dummy() -> tuple[Area, ...]:
    """Register the product's areas and the dummy."""
    from importlib import import_module

    area.register([*(import_module(f"qms.areas.{name}").AREA for name in areas.AREAS), DUMMY])
    return area.areas()


@pytest.fixture
def qms(
    cast: Cast,
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """The command line on an installation that holds the cast."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QMS_DATABASE_URL", database_url)
    monkeypatch.setenv("QMS_SECRET_KEY", SECRET)
    monkeypatch.setenv("QMS_TRAIL_KEY", TRAIL_KEY)
    monkeypatch.setattr(areas, "load", load_with_dummy)
    databases.disconnect(database)
    yield runner(capsys)
    runtime.release()
    db.database.initialize(database)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "units.txt"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A register with an open and a closed row."""
    path = tmp_path / "so-theo-doi.xlsx"
    path.write_bytes(workbook(OPEN, CLOSED))
    return path


def units(slug: str = OURS) -> int:
    with db.connected():
        return Unit.select().join(Organisation).where(Organisation.slug == slug).count()


# ---------------------------------------------------------------- import


def test_an_import_prints_its_one_document(qms: Command, file: Callable[[str], Path]) -> None:
    answer = qms("import", "units", file("A B"), "--org", OURS, "--json")
    assert answer.status == 0
    assert answer.json == {
        "status": "imported",
        "statements": [{"period": "2024-Q1", "rows": 2}],
        "errors": [],
        "warnings": [],
    }
    assert units() == 5
    again = qms("import", "units", file("A B"), "--org", OURS, "--json")
    assert (again.status, again.json["status"]) == (0, "unchanged")
    assert qms("trail", "verify").status == 0


def test_a_preview_writes_nothing(qms: Command, file: Callable[[str], Path]) -> None:
    answer = qms("import", "units", file("A B"), "--org", OURS, "--preview", "--json")
    assert (answer.status, answer.json["status"]) == (0, "previewed")
    assert units() == 3


def test_warnings_have_to_be_accepted_with_a_reason(qms: Command, file: Callable[[str], Path]) -> None:
    refused = qms("import", "units", file("A ?"), "--org", OURS, "--json")
    assert refused.status == 1
    assert refused.json == {"status": "refused", "statements": [], "errors": [], "warnings": [WARNING]}
    assert "lệch 1" in refused.err
    assert "--accept-warnings" in refused.err
    assert qms("import", "units", file("A ?"), "--org", OURS, "--accept-warnings", "  ").status == 1
    assert units() == 3
    assert qms("import", "units", file("A ?"), "--org", OURS, "--accept-warnings", "đã đối chiếu").status == 0
    with db.connected():
        body = (
            TrailEntry.select().where(TrailEntry.tag == "unit.add").order_by(TrailEntry.id.desc()).get().body
        )
    assert "đã đối chiếu" in body
    assert '"via":"system"' in body


def test_a_preview_tells_what_would_refuse_the_file(qms: Command, file: Callable[[str], Path]) -> None:
    figures = file("period,received_total,resolved_total\n2023,-1,2\n")
    answer = qms("import", "statement", figures, "--org", OURS, "--preview")
    assert answer.status == 0
    assert "B2" in answer.err
    assert "tệp sẽ bị từ chối" in answer.out


def test_a_file_that_cannot_be_read_is_refused_in_the_same_shape(
    qms: Command, file: Callable[[str], Path]
) -> None:
    answer = qms("import", "units", file("!"), "--org", OURS, "--json")
    assert answer.status == 1
    assert answer.json["status"] == "refused"
    nothing = dict.fromkeys(("period", "field", "left", "right", "difference"))
    assert answer.json["errors"] == [{"rule": "file", **nothing, "message": "không đọc được"}]


def test_wrong_usage_names_what_there_is(qms: Command, file: Callable[[str], Path]) -> None:
    answer = qms("import", "nothing", file("A"), "--org", OURS)
    assert answer.status == 2
    assert "units" in answer.err
    assert qms("import", "units", "no such file", "--org", OURS).status == 2
    assert qms("document", "nothing", "VP", "--org", OURS, "-o", "x.txt").status == 2


def test_a_person_who_is_named_needs_the_right(qms: Command, file: Callable[[str], Path]) -> None:
    for email in ("inspector@example.org", "stranger@example.org", "nobody@example.org"):
        assert qms("import", "units", file("A"), "--org", OURS, "--as", email).status == 1
    assert units() == 3
    assert qms("--as", "coordinator@example.org", "import", "units", file("A"), "--org", OURS).status == 0
    with db.connected():
        body = (
            TrailEntry.select().where(TrailEntry.tag == "unit.add").order_by(TrailEntry.id.desc()).get().body
        )
    assert '"name":"Coordinator","via":"cli"' in body


def test_an_unknown_organisation_is_refused(qms: Command, file: Callable[[str], Path]) -> None:
    assert qms("import", "units", file("A"), "--org", "no-such").status == 1


def test_a_register_is_checked_then_taken_over_once(qms: Command, register: Path) -> None:
    checked = qms("import", "register", register, "--org", OURS, "--preview", "--json")
    assert (checked.status, checked.json["status"], checked.json["errors"]) == (0, "previewed", [])
    assert checked.json["rows"] == [
        {"number": "05/2023", "row": 4, "outcome": "new"}, {"number": "04/2022", "row": 5, "outcome": "new"}
    ]  # fmt: skip
    assert counts()["nonconformity"] == 0
    assert qms("import", "register", register, "--org", OURS, "--json").json["status"] == "imported"
    after = counts()
    assert (after["nonconformity"], after["action"]) == (2, 1)
    again = qms("import", "register", register, "--org", OURS, "--json")
    assert (again.status, again.json["status"], counts()) == (0, "unchanged", after)
    assert qms("trail", "verify").status == 0


def test_a_register_with_errors_names_each_cell_and_writes_nothing(qms: Command, register: Path) -> None:
    register.write_bytes(workbook(OPEN | {"grade": "vừa"}, CLOSED | {"verifier": "Unit head"}))
    answer = qms("import", "register", register, "--org", OURS, "--json")
    assert (answer.status, answer.json["status"]) == (1, "refused")
    messages = [error["message"] for error in answer.json["errors"]]
    assert [message.partition(",")[0] for message in messages] == ["Ô E4", "Ô Y5"], messages
    assert counts()["nonconformity"] == 0


# ---------------------------------------------------------------- killed in the middle

KILLED = """
    import sys, time
    from qms import areas, runtime
    from qms.kernel import trail
    from tests import test_cli_exchange as exchange
    areas.load = exchange.load_with_dummy
    flush = trail.Change.flush
    def flush_and_wait(self):
        flush(self)  # every row and every entry is written, nothing is committed
        print("written", flush=True)
        time.sleep(60)
    trail.Change.flush = flush_and_wait
    from qms.cli import main
    main(["import", *sys.argv[1:]])
"""
STATEMENT = ROOT / "audits" / "demonstration" / "kien-giang-2023.xlsx"
ACCEPT = ("--accept-warnings", "đã đối chiếu với bản in")


def counts() -> dict[str, int]:
    """Rows of every table that an import may write."""
    with db.connected():
        return {m._meta.table_name: m.select().count() for m in freeze.all_models()}


def test_an_import_that_is_killed_before_its_commit_leaves_nothing(
    qms: Command, file: Callable[[str], Path], register: Path
) -> None:
    before = counts()
    imports = (
        ("units", file("A B C"), "--org", OURS),
        ("statement", STATEMENT, "--org", OURS, *ACCEPT),
        ("register", register, "--org", OURS),
    )
    for arguments in imports:
        command = [sys.executable, "-c", textwrap.dedent(KILLED), *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            process.kill()
            process.wait(30)
        assert counts() == before
        assert qms("trail", "verify").status == 0
    for arguments in imports:
        answer = qms("import", *arguments, "--json")
        assert (answer.status, answer.json["status"]) == (0, "imported")
    assert units() == 6
    assert qms("trail", "verify").status == 0


def test_of_two_imports_at_once_one_finds_it_done(qms: Command) -> None:
    script = "import sys; from qms.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-c",
        script,
        "import",
        "statement",
        str(STATEMENT),
        "--org",
        OURS,
        "--json",
        *ACCEPT,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _n in range(2)]
    answers = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(json.loads(answer)["status"] for answer in answers) == ["imported", "unchanged"]
    assert qms("trail", "verify").status == 0


# ---------------------------------------------------------------- documents


def test_a_document_is_written_in_its_language(qms: Command, tmp_path: Path) -> None:
    for options, language in (((), "vi"), (("--locale", "en"), "en")):
        assert qms("document", "sheet", "VP", "--org", OURS, "-o", "sheet.txt", *options).status == 0
        assert (tmp_path / "sheet.txt").read_text() == f"{OURS} VP {language} {language}"


def test_a_document_that_is_refused_writes_no_file(qms: Command, tmp_path: Path) -> None:
    for org in (THEIRS, "no-such"):
        assert qms("document", "sheet", "VP", "--org", org, "-o", "sheet.txt").status == 1
    assert qms("document", "sheet", "VP", "--org", OURS, "-o", "no/such/folder.txt").status == 1
    assert (
        qms("document", "sheet", "VP", "--org", OURS, "-o", "x.txt", "--as", "admin@example.org").status == 1
    )
    assert (
        qms("document", "sheet", "VP", "--org", OURS, "-o", "x.txt", "--as", "stranger@example.org").status
        == 1
    )
    assert [p for p in tmp_path.rglob("*.txt*") if p.is_file()] == []


# ---------------------------------------------------------------- trail


def heads(qms: Command) -> dict[str, str]:
    answer = qms("trail", "verify", "--json")
    assert answer.status == 0
    return answer.json["heads"]


def test_the_trail_names_a_row_that_was_edited_behind_its_back(qms: Command) -> None:
    with db.connected():
        Unit.update(name="Phòng khác").where(Unit.code == "VP").execute()
    answer = qms("trail", "verify", "--org", OURS, "--json")
    assert answer.status == 1
    assert [f["problem"] for f in answer.json["findings"]] == ["row_differs"]
    assert answer.json["findings"][0]["what"] == "Văn phòng"
    assert "Văn phòng" in answer.err


def test_what_was_cut_off_is_caught_against_the_printed_head(
    qms: Command, file: Callable[[str], Path]
) -> None:
    old = heads(qms)[OURS]
    assert qms("import", "units", file("A B"), "--org", OURS).status == 0
    new = heads(qms)[OURS]
    assert qms("trail", "verify", "--org", OURS, "--head", old).status == 0
    assert qms("trail", "verify", "--org", OURS, "--head", new).status == 0
    with db.connected():
        chain = Organisation.by_slug(OURS).id
        _allow_deleting()
        TrailEntry.delete().where(
            TrailEntry.chain == chain, TrailEntry.seq > int(old.split(":")[0])
        ).execute()
        Unit.delete().where(Unit.code.in_(["A", "B"])).execute()
        TrailHead.update(seq=int(old.split(":")[0]), mac=old.split(":")[1]).where(
            TrailHead.chain == chain
        ).execute()
    assert qms("trail", "verify", "--org", OURS).status == 0  # a clean cut shows only against a head
    answer = qms("trail", "verify", "--org", OURS, "--head", new, "--json")
    assert answer.status == 1
    assert [f["problem"] for f in answer.json["findings"]] == ["cut_off"]


def _allow_deleting() -> None:
    """What somebody with the database's password can do."""
    if db.is_sqlite():
        db.database.execute_sql("DROP TRIGGER trail_entry_no_delete")
    else:
        db.database.execute_sql("DROP TRIGGER trail_entry_append_only ON trail_entry")


def test_a_head_belongs_to_one_organisation(qms: Command) -> None:
    head = heads(qms)[OURS]
    assert qms("trail", "verify", "--head", head).status == 2  # there are two
    assert qms("trail", "verify", "--org", OURS, "--head", "nonsense").status == 2
    assert qms("trail", "verify", "--org", THEIRS, "--head", head).status == 1
