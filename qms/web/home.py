"""Home: the organisations of a person, and one's work and the organisation's state; the language of pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from peewee import fn
from werkzeug.wrappers import Response

from qms.kernel import clock
from qms.kernel.area import collect, decides
from qms.kernel.errors import BadInput
from qms.kernel.memory import remembered
from qms.kernel.people import organisations_of
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import LANGUAGES, _
from qms.web import overview, shell
from qms.web.due import due_badge
from qms.web.shell import PUBLIC, SIGNED_IN, needs
from qms.web.signin import own_path

blueprint = Blueprint("home", __name__)


@blueprint.get("/healthz")
@needs(PUBLIC)
def healthz() -> dict[str, str]:
    """Alive, and the database answers; says nothing else."""
    from qms.kernel.trail import TrailHead

    TrailHead.select().limit(1).count()
    return {"status": "ok"}


@blueprint.get("/")
@needs(SIGNED_IN)
def organisations() -> str | Response:
    """The person's organisations with what is late in each; the only one opens at once."""
    found = organisations_of(g.person, clock.today())
    if len(found) == 1:
        return redirect(url_for("home.show", org=found[0].slug))
    late = _late([o.id for o in found])
    return render_template("home/organisations.html", found=[(o, late.get(o.id, 0)) for o in found])


def _late(ids: list[int]) -> dict[int, int]:
    """Organisation -> number of its open records whose due date has passed; one query."""
    rows = (
        Record.select(Record.organisation, fn.COUNT(Record.id))
        .where(Record.organisation.in_(ids), Record.ended_on.is_null(), Record.due < clock.today())
        .group_by(Record.organisation)
    )
    return dict(list(rows.tuples()))  # type: ignore[arg-type]


@blueprint.get("/<org>/")
@needs(SIGNED_IN)
def show() -> str:
    """The person's work and the organisation's state in the year in view; `?year=` chooses it for good."""
    actor = shell.actor()
    if "year" in request.args:
        g.year = session["year"] = _year_asked(request.args["year"])
    if overview.is_empty(actor):
        return render_template("home/empty.html", steps=overview.first_steps(actor))
    base = f"/{g.organisation.slug}"
    state = remembered(actor, f"home {g.year}", lambda: _state(actor, g.year, base), personal=True)
    return render_template(
        "home/show.html",
        **state,
        decide=decides(),
        due_badge=lambda due: due_badge(due, actor.today) or "",
        base=base,
    )


def _state(actor: Actor, year: int, base: str) -> dict[str, Any]:
    """What the page says, as long as nothing changes in the organisation."""
    board = overview.board(actor, year)
    return {
        "work": overview.work(actor),
        "proposals": overview.proposals(actor, year),
        "board": board,
        "late_duties": sum(line.late for line in board),
        "panels": sorted(collect("home_panels", actor, year), key=lambda panel: panel.order),
        "overdue": overview.overdue(actor, base),
        "deadlines": overview.deadlines(actor),
    }


def _year_asked(text: str) -> int:
    """The year in the address; raises BadInput for what is no year."""
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 1990 <= int(text) <= 2100):
        raise BadInput(_("“%(value)s” is not a year", value=text[:20]))
    return int(text)


@blueprint.get("/language/<code>")
@needs(PUBLIC)
def language(code: str) -> Response:
    """Show pages in that language from now on, and go back."""
    if code in LANGUAGES:
        session["language"] = code
    return redirect(own_path(request.args.get("next", "/")))
