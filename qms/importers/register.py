"""An earlier register of nonconformities from a file: one row each, under Vietnamese or English headings."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from qms.areas.nonconformities import service_register_import as service
from qms.areas.nonconformities.rules_register import COLUMNS, DAYS, NEEDED, Problem, RegisterRow
from qms.areas.nonconformities.service_register_import import RegisterFile, RegisterPlan
from qms.importers.columns import day_in, find_columns, text_in
from qms.importers.register_words import CHOICES, choices, heading, headings
from qms.importers.table import Table, column_letters, read_table
from qms.importers.taking import bytes_of, refused
from qms.kernel.area import ImportResult
from qms.kernel.catalogue import EDITIONS
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.permissions import Actor
from qms.kernel.text import _, fold

_CLAUSE_WORDS = re.compile(r"(?i)\b(?:điều|khoản|mục|clauses?|iso\s*9001(?::\d{4})?)\b:?")
_YEAR = re.compile(r"\d{4}")


def read_register(table: Table, *, sha256: str = "") -> RegisterFile:
    """The rows of a register, with every cell that cannot be understood.

    Raises Refused when no sheet has the headings of one, a heading stands twice, or nothing stands below.
    """
    known = headings()
    names = ", ".join(str(COLUMNS[column]) for column in (*NEEDED, "description"))
    found = find_columns(
        table, lambda cell: known.get(heading(cell)), _are_enough, COLUMNS.__getitem__,
        missing=_("No headings of a register were found; one row needs the columns %(names)s", names=names),
        empty=_("The table has the headings of a register, but no row below them"),
    )  # fmt: skip
    problems: list[Problem] = []
    values: dict[int, dict[str, Any]] = {line: {} for line in found.rows}
    for column in found.columns:
        for line, value in _read(column, [(line, found.cell(line, column)) for line in values], problems):
            values[line][column] = value
    unread: dict[int, set[str]] = defaultdict(set)
    for problem in problems:
        unread[problem.line].add(problem.column)
    return RegisterFile(
        table.filename,
        sha256,
        tuple(RegisterRow(line + 1, said, frozenset(unread[line + 1])) for line, said in values.items()),
        tuple(problems),
        {column: column_letters(index) for column, index in found.columns.items()},
        found.notes,
    )


def _read(
    column: str, cells: Iterable[tuple[int, Any]], problems: list[Problem]
) -> Iterator[tuple[int, Any]]:
    """(line, value) of the cells of a column that hold anything; those that cannot be read become problems."""
    read = _reader(column)
    for line, cell in cells:
        try:
            value = "" if cell is None else read(cell)
        except ValueError as error:
            problems.append(Problem(line + 1, column, error.args[0]))
            continue
        if value != "":
            yield line, value


def _are_enough(columns: AbstractSet[str]) -> bool:
    return columns >= set(NEEDED) and not columns.isdisjoint({"title", "description"})


# ---------------------------------------------------------------- cells


def _reader(column: str) -> Callable[[Any], Any]:
    """How a cell of that column is read, each text once; what it returns is "" for a blank."""
    if column in DAYS:
        return _remembering(lambda cell: day_in(cell) or "")
    if column in CHOICES:
        return _remembering(_choice(column))
    return {"clauses": _remembering(_clauses), "edition": _remembering(_edition)}.get(column, text_in)


def _remembering(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[Any, Any] = {}

    def once(cell: Any) -> Any:
        key = (type(cell), cell)
        if key not in known:
            known[key] = read(cell)
        return known[key]

    return once


def _choice(column: str) -> Callable[[Any], str]:
    """The code of a word; raises ValueError naming the words that are taken."""
    known, labels = choices(column), CHOICES[column][0]

    def read(cell: Any) -> str:
        text = text_in(cell)
        code = known.get(fold(text).strip(" .:"), "")
        if text and not code:
            words = "; ".join(str(label) for label in labels.values())
            raise ValueError(
                _("“%(text)s” is not known here; write one of: %(words)s", text=text[:60], words=words)
            )
        return code

    return read


def _clauses(cell: Any) -> str:
    """Numbers of clauses with a comma between, without the words around them."""
    return ", ".join(re.split(r"[\s,;]+", _CLAUSE_WORDS.sub(" ", text_in(cell)).strip(" ,;")))


def _edition(cell: Any) -> str:
    """The year of an edition, such as 2015 in “TCVN ISO 9001:2015”; raises ValueError for one that is not known."""
    text = text_in(cell)
    years = [year for year in _YEAR.findall(text) if year in EDITIONS]
    if text and len(set(years)) != 1:
        raise ValueError(_("there is no edition %(edition)s of ISO 9001", edition=text[:60]))
    return years[0] if years else ""


# ---------------------------------------------------------------- taking a file


def register_file(data: bytes, name: str) -> RegisterFile:
    """The register that the bytes of a file hold; raises Refused when it is none."""
    return read_register(read_table(data, name), sha256=hashlib.sha256(data).hexdigest())


def take_register(actor: Actor, path: Path, *, preview: bool = False, accept: str = "") -> ImportResult:
    """Import a register, whole or not at all; what is wrong with it comes back as `refused`.

    Raises Forbidden. A register has no warnings, so `accept` has nothing to accept.
    """
    try:
        file = register_file(bytes_of(path), path.name)
        if preview:
            seen = service.plan(actor, file)
            return _result("previewed", seen, seen.obstacles)
        seen = service.import_register(actor, file)
    except Refused as refusal:
        return refused(refusal.reasons)
    return _result("imported" if seen.new else "unchanged", seen)


def _result(status: str, seen: RegisterPlan, problems: Sequence[Obstacle] = ()) -> ImportResult:
    """The answer to a file: how many rows are new, or what is wrong."""
    no = refused(problems)
    known = sum(one.outcome == "unchanged" for one in seen.rows)
    lines = seen.notes
    if not problems:
        lines.append(_("%(n)s rows are new, %(known)s were taken over before", n=len(seen.new), known=known))
    rows = tuple({"number": one.row.number, "row": one.row.line, "outcome": one.outcome} for one in seen.rows)
    return ImportResult(status, errors=no.errors, rows=rows, lines=(*map(str, lines), *no.lines))
