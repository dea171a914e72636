"""Late cases from a file: a row each, with case code, procedure, the day of intake, the due date and what followed.

Headers may be Vietnamese or English. A file with a column that plainly names the applicants is refused whole. Of any
other only the known columns are kept until it is imported, and then nothing but its digest: no list of personal
headings is complete, and even the name of a file may be that of an applicant.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from qms.areas.cases import service_import
from qms.areas.cases.models import LateCase
from qms.areas.cases.rules import THROUGH, Through
from qms.areas.cases.service_import import COLUMNS, CaseFile, CasePlan, CaseValues, Problem
from qms.importers import guards
from qms.importers.columns import LINES_ABOVE, Headed, day_in, find_columns, line_in
from qms.importers.table import column_letters, read_table
from qms.importers.taking import bytes_of, refused
from qms.kernel.area import OUTCOMES, ImportResult
from qms.kernel.directory import Directory
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, fold

HEADERS: Mapping[str, frozenset[str]] = {
    "case_code": frozenset({"ma ho so", "ma so ho so", "so ho so", "ma hs", "case code", "case_code"}),
    "title": frozenset(
        {"thu tuc", "ten thu tuc", "thu tuc hanh chinh", "ten thu tuc hanh chinh", "tthc", "ten tthc", "procedure"}
    ),
    "procedure_code": frozenset(
        {"ma thu tuc", "ma tthc", "ma thu tuc hanh chinh", "procedure code", "code of the procedure"}
    ),
    "taken_on": frozenset({"ngay tiep nhan", "ngay nhan", "tiep nhan ngay", "taken in on", "intake date"}),
    "due_on": frozenset(
        {"ngay hen tra", "ngay hen tra ket qua", "hen tra", "han tra", "ngay den han", "han giai quyet", "due date",
         "due on", "due date of the case"}
    ),
    "cause": frozenset(
        {"nguyen nhan", "nguyen nhan qua han", "nguyen nhan tre han", "ly do qua han", "ly do tre han", "cause",
         "why it is late"}
    ),
    "unit": frozenset(
        {"don vi", "phong", "phong ban", "don vi giai quyet", "don vi chiu trach nhiem", "unit", "responsible unit"}
    ),
    "promised_on": frozenset(
        {"ngay hen moi", "ngay hen lai", "hen lai", "hen lai ngay", "ngay hen tra moi", "new date"}
    ),
    "resolved_on": frozenset(
        {"ngay giai quyet", "ngay giai quyet xong", "ngay tra ket qua", "ngay tra", "resolved on"}
    ),
    "letter_on": frozenset(
        {"ngay gui thu xin loi", "ngay gui van ban xin loi", "ngay xin loi", "ngay gui thu", "ngay gui van ban",
         "ngay gui", "letter sent on"}
    ),
    "letter_through": frozenset(
        {"hinh thuc gui", "hinh thuc gui thu", "hinh thuc gui van ban", "cach gui", "sent through",
         "how the letter was sent", "how it was sent"}
    ),
    "letter_number": frozenset(
        {"so thu xin loi", "so van ban", "so van ban xin loi", "number of the letter", "letter number"}
    ),
    "reason": frozenset({"ly do", "ly do khong gui thu", "ly do khong gui van ban", "ly do gia han", "reason"}),
}  # fmt: skip
NEEDED = ("case_code", "title", "taken_on", "due_on")
DAYS = ("taken_on", "due_on", "promised_on", "resolved_on", "letter_on")
_CELL = 32_767  # characters that a cell of a workbook holds, far more than any field
_MARK = re.compile(r"\((?:bat buoc|required)\)$")  # as the file to begin with marks what is needed
_HEADING = 60  # characters of what may be a heading
_PERSONAL = re.compile(
    r"nguoi (?:nop|yeu cau|de nghi|dan)|ho (?:va )?ten|ho, ten|chu ho so|cong dan|khach hang|to chuc nop|applicant|"
    r"full name|\bname of\b|can cuoc|cccd|cmnd|dinh danh|dien thoai|\bsdt\b|phone|dia chi|address|ngay sinh|birth"
)
_WAYS: tuple[tuple[str, str], ...] = (
    (Through.MESSAGE, r"e-?mail|sms|tin nhan|thu dien tu|message"),
    (Through.ACCOUNT, r"tai khoan|account"),
    (Through.POST, r"buu chinh|bcci|\bpost"),
    (Through.COUNTER, r"mot cua|truc tiep|counter|trao tay|in person"),
)


@dataclass(frozen=True)
class HeadedFile(CaseFile):
    """A file that was read, with the sheet in which its headings were found."""

    sheet: Headed

    def known_columns(self) -> bytes:
        """A new .xlsx of the columns that are known, each cell where it stood: all that may wait to be imported.

        Of the other columns the headings stay, to be named as not taken.
        """
        import xlsxwriter

        found = self.sheet
        known = list(found.columns.values())
        lines = {found.first: [*known, *(column for column, _words in found.unknown)]}
        made = io.BytesIO()
        with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
            sheet = book.add_worksheet()
            for row, columns in (lines | dict.fromkeys(found.rows, known)).items():
                line = found.sheet.cells[row]
                for column in columns:
                    if column < len(line):
                        _copy(sheet, row, column, line[column])
        return made.getvalue()


# ---------------------------------------------------------------- the file


def case_file(actor: Actor, data: bytes, name: str, sha256: str = "") -> HeadedFile:
    """The late cases that the bytes of a file hold; `sha256` is the digest of the one that was sent, else its own.

    Raises Refused for what is no file of late cases, and for one with a column of the applicants, which is named.
    """
    table = read_table(data, name)
    for sheet in (table, *table.more):
        for line in sheet.cells[:LINES_ABOVE]:
            _refuse_personal(line)
    names = ", ".join(str(COLUMNS[key]) for key in NEEDED)
    found = find_columns(
        table, _key, lambda keys: keys >= set(NEEDED), COLUMNS.__getitem__,
        missing=_("No heading of late cases was found; the first row needs the columns: %(names)s", names=names),
        empty=_("The table has a heading of late cases, but no row below it"),
    )  # fmt: skip
    directory = Directory(actor)
    problems: list[Problem] = []
    rows = tuple(_row(found, row, directory, problems) for row in found.rows)
    letters = {key: column_letters(column) for key, column in found.columns.items()}
    return HeadedFile(rows, tuple(problems), letters, sha256 or hashlib.sha256(data).hexdigest(), found)


def _copy(sheet: Any, row: int, column: int, cell: Any) -> None:
    """Write a cell as what it is: a text stays a text, also one like a formula or an address."""
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:_CELL])
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, date | time | timedelta):
        sheet.write_datetime(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, cell)


def _refuse_personal(line: Sequence[Any]) -> None:
    """Raise Refused when a line that may be a heading names the applicants or what tells who they are."""
    heads = [(c, cell) for c, cell in enumerate(line) if isinstance(cell, str) and len(cell) <= _HEADING]
    if len(heads) < len(NEEDED):  # a title above the table is no heading
        return
    found = [(column, cell) for column, cell in heads if _PERSONAL.search(fold(cell))]
    if found and sum(_key(cell) is not None for _column, cell in heads) > 1:
        names = ", ".join(f"{column_letters(column)} ({cell.strip()})" for column, cell in found)
        text = _(
            "The file names applicants, and nothing of them is kept here: remove the columns %(names)s and send "
            "it again", names=names,
        )  # fmt: skip
        raise guards.refused(text)


def _key(cell: Any) -> str | None:
    words = _MARK.sub("", fold(cell)).strip(" .:*") if isinstance(cell, str) else ""
    return next((key for key, spellings in HEADERS.items() if words in spellings), None)


def _row(sheet: Headed, row: int, directory: Directory, problems: list[Problem]) -> CaseValues:
    """One row: what it says, a blank cell saying nothing."""
    given: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for key in sheet.columns:
        cell = sheet.cell(row, key)
        if cell is None:
            continue
        try:
            given[key] = _value(key, cell, directory)
        except ValueError as error:
            unread[key] = line_in(cell)
            problems.append(Problem(row + 1, key, error.args[0]))
    reason = given.pop("reason", "")
    return CaseValues(given, reason, row + 1, unread)


def _value(key: str, cell: Any, directory: Directory) -> Any:
    """What a cell says; raises ValueError with the words for what is wrong."""
    if key in DAYS:
        return day_in(cell)
    if key == "case_code" and not isinstance(cell, str):
        raise ValueError(
            _("the case code is a number, so zeros may be lost: format the column as text and enter it again")
        )
    text = line_in(cell)
    if key == "unit":
        unit = directory.unit(text)
        if unit.id is None:
            raise ValueError(unit.why)
        return unit.id
    if key == "letter_through":
        return _way(text)
    limit = LateCase.longest().get(key)
    if limit is not None and len(text) > limit:
        raise ValueError(_("at most %(limit)s characters", limit=limit))
    return text


def _way(text: str) -> str:
    folded = fold(text)
    for way, label in THROUGH.items():
        if folded in (way, fold(str(label))):
            return way
    found = next((way for way, words in _WAYS if re.search(words, folded)), None)
    if found is None:
        names = "; ".join(str(label) for label in THROUGH.values())
        raise ValueError(
            _("“%(value)s” is no way of sending; known are: %(names)s", value=text[:60], names=names)
        )
    return found


# ---------------------------------------------------------------- taking a file


def take_cases(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a file of late cases, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden. A late case has no warnings, so `accept` has nothing to accept.
    """
    try:
        file = case_file(actor, bytes_of(path), path.name)
        if preview:
            plans, problems = service_import.plan_cases(actor, file)
            return _result("previewed", file, plans, [*map(file.obstacle, problems)])
        done = service_import.keep_cases(actor, file)
    except Refused as refusal:
        return refused(refusal.reasons)
    same = all(plan.outcome == "unchanged" for plan in done)
    return _result("unchanged" if same else "imported", file, done)


def _result(
    status: str, file: HeadedFile, plans: Sequence[CasePlan], problems: Sequence[Obstacle] = ()
) -> ImportResult:
    """The answer to a file; with problems nothing would become of any row, so none is listed."""
    kept, no = () if problems else plans, refused(problems)
    return ImportResult(
        status,
        errors=no.errors,
        rows=tuple({"case_code": p.values.case_code, "outcome": p.outcome} for p in kept),
        lines=(*map(str, (*file.sheet.notes, *map(_line, kept))), *no.lines),
    )


def _line(plan: CasePlan) -> Message:
    text = _("%(code)s: %(outcome)s", code=plan.values.case_code, outcome=OUTCOMES[plan.outcome])
    if plan.outcome != "change":
        return text
    said = "; ".join(f"{label}: {old} → {new}" for label, old, new in plan.changes)
    return _("%(text)s (%(changes)s)", text=text, changes=said)
