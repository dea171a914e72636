"""Home, search, the bell and the language: pages that belong to no area."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from qms.kernel import clock
from qms.kernel.people import organisations_of
from qms.kernel.text import LANGUAGES
from qms.web.shell import PUBLIC, SIGNED_IN, needs

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
    """The person's organisations; the only one opens at once."""
    found = organisations_of(g.person, clock.today())
    if len(found) == 1:
        return redirect(url_for("home.show", org=found[0].slug))
    return render_template("home/organisations.html", organisations=found)


@blueprint.get("/<org>/")
@needs(SIGNED_IN)
def show() -> str:
    """The person's work and the organisation's state."""
    return render_template("home/show.html")


@blueprint.get("/<org>/search")
@needs(SIGNED_IN)
def search() -> str:
    """Records of every kind that hold the words."""
    return render_template("home/search.html")


@blueprint.get("/<org>/notifications")
@needs(SIGNED_IN)
def notifications() -> str:
    """What the person was told."""
    return render_template("home/notifications.html")


@blueprint.get("/language/<code>")
@needs(PUBLIC)
def language(code: str) -> Response:
    """Show pages in that language from now on, and go back."""
    if code in LANGUAGES:
        session["language"] = code
    target = request.args.get("next", "/")
    return redirect(target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/")
