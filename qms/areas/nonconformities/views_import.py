"""The pages of taking over an earlier register, and the file to begin with."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, g

from qms.areas.nonconformities import service_register_import as service
from qms.areas.nonconformities.rules import GRADES
from qms.areas.nonconformities.rules_register import COLUMNS, IMPORT, PEOPLE, STATES
from qms.areas.nonconformities.service_register_import import Planned, RegisterFile, RegisterPlan
from qms.kernel.area import OUTCOMES
from qms.kernel.errors import LISTED
from qms.kernel.files import Blob
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, ngettext
from qms.web import export, shell
from qms.web.importing import Check, Done, ImportPages

SHOWN = 10  # rows of the file that the check lists
NAMED = 50  # names
SAMPLE = "/import/sample.xlsx"


def _read(_actor: Actor, data: bytes, name: str, _blob: Blob | None) -> RegisterFile:
    from qms.importers import register

    return register.register_file(data, name)


def _check(actor: Actor, file: RegisterFile) -> Check:
    """What would be taken over: how many of what, who is meant by which name, and the first rows."""
    seen = service.plan(actor, file)
    return Check(
        seen.obstacles,
        seen.notes,
        told=seen.told,
        button=_button(seen),
        data={
            "problems": [_problem(seen.file, problem) for problem in seen.problems[:LISTED]],
            "known": sum(one.outcome == "unchanged" for one in seen.rows),
            "counted": _counted(seen.new),
            "people": _people(seen.new),
            "rows": [_row(one) for one in itertools.islice(seen.rows, SHOWN)],
            "more": len(seen.rows) - SHOWN,
        },
    )


def _button(seen: RegisterPlan) -> str:
    new = len(seen.new)
    return ngettext("Take over %(n)s nonconformity", "Take over %(n)s nonconformities", new) if new else ""


def _problem(file: RegisterFile, problem: Any) -> tuple[str, Message, Message | str]:
    """(cell or row, what the column is called, what is wrong)."""
    letters = file.letters.get(problem.column, "")
    return f"{letters}{problem.line}", COLUMNS[problem.column], problem.text


def _counted(rows: Iterable[Planned]) -> list[tuple[Message, list[tuple[Message | str, int]]]]:
    """How many there are by year, grade, unit and state; each with its words."""
    found = service.counts(rows)
    words: dict[str, dict[Any, Any]] = {
        "grade": dict(GRADES),
        "unit": {"": _("no unit named")},
        "state": dict(STATES),
    }
    titles = {"year": _("year"), "grade": _("grade"), "unit": _("unit"), "state": _("state")}
    return [
        (
            title,
            [
                (words.get(name, {}).get(value, str(value)), number)
                for value, number in sorted(found[name].items(), key=lambda item: str(item[0]))
            ],
        )
        for name, title in titles.items()
        if found[name]
    ]


def _people(rows: Iterable[Planned]) -> list[tuple[str, str]]:
    """(name in the file, who is meant), each once."""
    met = {
        (one.row.values[column], found.name)
        for one in rows
        for column in PEOPLE
        if (found := one.people.get(column)) is not None
    }
    return sorted(met)[:NAMED]


def _row(one: Planned) -> dict[str, Any]:
    """A row of the file as the check shows it."""
    values = one.row.values
    owner = one.people.get(
        "owner"
    )  # nobody is looked up for a row that is there already: the file's words stand
    return {
        "line": one.row.line, "number": one.row.number, "day": values.get("happened_on"),
        "title": values.get("title") or values.get("description", ""),
        "grade": GRADES.get(values.get("grade", ""), ""), "unit": one.unit.name or values.get("unit", ""),
        "owner": owner.name if owner is not None else values.get("owner", ""),
        "state": STATES["closed" if one.row.closed else "open"],
        "outcome": _("taken over before") if one.outcome == "unchanged" else OUTCOMES[one.outcome],
    }  # fmt: skip


def _keep(actor: Actor, file: RegisterFile, told: str, _reason: str) -> Done:
    done = service.import_register(actor, file, told=told)
    new = len(done.new)
    if not new:
        return Done(_("Nothing was taken over: every row is there already."), warning=True)
    return Done(
        ngettext("%(n)s nonconformity was taken over.", "%(n)s nonconformities were taken over.", new)
    )


PAGES = ImportPages(
    area="nonconformities",
    purpose="register",
    permission=IMPORT,
    title=_("Take over an earlier register"),
    intro=_(
        "Nothing is written yet: the next page shows what would be taken over, who is meant by which name, "
        "and everything that is wrong."
    ),
    label=_("File with the register"),
    hint=_(
        ".xlsx, .ods or .csv with one row for each nonconformity, headings in Vietnamese or English; "
        "at most 10 MB."
    ),
    template="nonconformities/import.html",
    read=_read,
    check=_check,
    keep=_keep,
    nothing=_("Every row of this file was taken over before: there is nothing to import."),
    sample=SAMPLE,
)


@shell.needs(IMPORT)
def sample() -> Response:
    """The file to begin with: the headings, an example, and the words that are taken."""
    from qms.importers import register_sample

    name = export.file_name(PAGES.title, "xlsx")
    return export.download(name, export.XLSX, register_sample.workbook(shell.actor()))


def _address() -> dict[str, str]:
    """Where the list leads those who may take over a register."""
    actor = g.get("actor")  # a page that was not found has nobody acting
    may = actor is not None and actor.may(IMPORT)
    return {"import_url": f"/{g.organisation.slug}/nonconformities/import" if may else ""}


def add_routes(blueprint: Blueprint) -> Blueprint:
    """The routes below /<org>/nonconformities/import."""
    blueprint.add_url_rule(SAMPLE, "import_sample", sample)
    blueprint.context_processor(_address)
    return PAGES.register(blueprint)
