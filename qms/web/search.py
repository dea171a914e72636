"""Search: records of every kind that the reader may see, by words without marks or by code."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from peewee import JOIN

from qms.kernel import search
from qms.kernel.area import visible_kinds
from qms.kernel.errors import BadInput
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import Message, _, fold, ngettext, show_date, show_number
from qms.web import shell
from qms.web.record_parts import badge
from qms.web.shell import SIGNED_IN, needs
from qms.web.widgets import Column, Row, Table

SHORTEST = 2
LOOKED_AT = 500  # newest matches that are ranked
SHOWN = 50
_CODE = re.compile(r"[\w.\-]{2,60}", re.ASCII)
_BY = (
    Record.id,
    Record.code,
    Record.title,
    Record.kind,
    Record.state,
    Record.due,
    Record.ended_on,
    Person.name,
)

blueprint = Blueprint("search", __name__)


@blueprint.get("/<org>/search")
@needs(SIGNED_IN)
def show() -> str:
    """What holds the words, best first; an empty or too short question is answered too."""
    actor = shell.actor()
    asked = request.args.get("q", "").strip()[:200]
    kinds = visible_kinds(actor)
    kind = request.args.get("kind", "")
    if kind and kind not in kinds:
        raise BadInput(_("“%(value)s” is no value for the filter “%(name)s”", value=kind[:60], name="kind"))
    found = [] if too_short(asked) else find(actor, asked, kind)
    return render_template(
        "home/search.html",
        q=asked,
        kind=kind,
        kinds=[(name, model.label) for name, model in kinds.items()],
        said=_said(asked, len(found)),
        table=_table(actor, found[:SHOWN]) if found else None,
        cleared=url_for("search.show", q=asked),
    )


def too_short(asked: str) -> bool:
    """Whether there is too little to look for: single letters match half of all records."""
    return sum(len(word) for word in search.words(asked)) < SHORTEST


def _said(asked: str, count: int) -> Message | str:
    if not asked:
        return _("Type a code or some words; marks and capitals do not matter.")
    if too_short(asked):
        return _("“%(q)s” is too short: type at least two letters or digits.", q=asked)
    if not count:
        return _(
            "Nothing was found for “%(q)s”. Fewer words find more; of a word of more than three letters the "
            "beginning is enough.",
            q=asked,
        )
    if count > SHOWN:
        return _("More than %(n)s found, the best ones first; more words narrow it.", n=show_number(SHOWN))
    return ngettext("%(n)s found", "%(n)s found", count)


def find(actor: Actor, asked: str, kind: str = "") -> list[Any]:
    """Rows that hold every word or whose code holds what was asked, best first, at most SHOWN + 1 of them."""
    kinds = [kind] if kind else list(visible_kinds(actor))
    base = (
        Record.select(*_BY)
        .join(Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
        .where(Record.organisation == actor.organisation_id, Record.kind.in_(kinds))
    )
    rows: dict[int, Any] = {}
    if _CODE.fullmatch(asked):
        by_code = base.clone().where(Record.code.contains(asked)).order_by(Record.year, Record.number)
        rows = {row.id: row for row in by_code.limit(SHOWN + 1).namedtuples()}
    condition = search.matches(asked)
    if condition is not None:
        by_words = base.clone().where(condition).order_by(Record.id.desc()).limit(LOOKED_AT).namedtuples()
        rows |= {row.id: row for row in by_words}
    return sorted(rows.values(), key=lambda row: rank(row, asked))[: SHOWN + 1]


def rank(row: Any, asked: str) -> tuple[int, bool, int]:
    """Best first: the code itself, codes that begin so, the phrase in the title, its words there, the rest.

    Among equals what is open goes before what has ended, and the newer before the older.
    """
    code, title, phrase = fold(row.code), fold(row.title), fold(asked)
    words = search.words(asked)
    if code == phrase:
        place = 0
    elif code.startswith(phrase):
        place = 1
    elif phrase in title:
        place = 2
    elif all(word in title for word in words):
        place = 3
    else:
        place = 4
    return place, row.ended_on is not None, -row.id


def _table(actor: Actor, found: list[Any]) -> Table:
    kinds = visible_kinds(actor)
    columns = [
        Column("code", _("code"), kind="nowrap"), Column("title", _("title"), kind="wide"), Column("kind", _("kind")),
        Column("state", _("state"), kind="state"), Column("owner", _("owner")),
        Column("due", _("due date"), kind="nowrap"),
    ]  # fmt: skip
    rows = [
        Row(
            f"/{g.organisation.slug}/{kinds[row.kind].area}/{row.code}",
            [row.code, row.title, kinds[row.kind].label, badge(row.kind, row.state),
             row.name or "", show_date(row.due)],
        )
        for row in found
    ]  # fmt: skip
    return Table(columns, rows)
