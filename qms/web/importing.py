"""The pages of importing a file: choose it, look at its check, import all of it or nothing.

Every area that takes files declares one `ImportPages`: what its kind of file is called, how one is checked and how
it is kept. Nothing is written before the last step, which reads and checks the file again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from qms.kernel.area import OUTCOMES
from qms.kernel.errors import LISTED, NotFound, Obstacle
from qms.kernel.files import Blob
from qms.kernel.permissions import Actor, Permission
from qms.kernel.text import Message, _
from qms.web import pending, shell
from qms.web.forms import clean, once_only, say_twice, sent_before
from qms.web.pending import Instead

T = TypeVar("T")  # what a file says
UNSEEN = "unseen"  # for the digest of a check that nobody looked at: it equals none
_NOTHING = _("The same figures are kept already: there is nothing to import.")


@dataclass(frozen=True)
class Check:
    """What the preview says of a file: what stands in its way, how it was read, and what the button would do.

    `button` is empty where there is nothing to import. `told` is a digest of what the reader is told would happen:
    the import is refused when it would do something else by then. `data` is read by the area's own template.
    """

    obstacles: Sequence[Obstacle]
    notes: Sequence[Message | str]
    told: str
    button: Message | str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of an import, and the page that shows it, below the area's own; `warning`: nothing was written."""

    text: Message | str
    path: str = ""
    warning: bool = False


@dataclass(frozen=True)
class ImportPages(Generic[T]):
    """The pages of one kind of file, below `/<org>/<area>/import`.

    `read(actor, data, name, blob)` is what a file says, read once for each page and never while others wait for the
    lock; it raises Refused for what is no such file at all, and `blob` is none before the file is kept.
    `check(actor, file)` says what importing it would do; `keep(actor, file, told, reason)` does it, where `reason` is
    why warnings are accepted. `template` extends `importing/preview.html`; `sample` is the address of a file to begin
    with, below the area's own; `instead` is what waits where the upload itself must not be kept.
    """

    area: str
    purpose: str
    permission: Permission
    title: Message
    intro: Message
    label: Message
    hint: Message
    template: str
    read: Callable[[Actor, bytes, str, Blob | None], T]
    check: Callable[[Actor, T], Check]
    keep: Callable[[Actor, T, str, str], Done]
    nothing: Message = _NOTHING
    sample: str = ""
    instead: Instead[T] | None = None

    def _url(self, rest: str = "") -> str:
        return f"/{g.organisation.slug}/{self.area}{rest}"

    def choose(self) -> str:
        """Where the file is chosen."""
        sample = self._url(self.sample) if self.sample else ""
        return render_template("importing/choose.html", page=self, back=self._url(), sample=sample)

    def upload(self) -> Response:
        """Keep the file and go to its check; a file that cannot be read at all is refused here."""
        from qms.importers import guards

        g.record_url = self._url("/import")
        actor = shell.actor()
        actor.require(self.permission)
        token = pending.keep(
            self.purpose,
            limit=guards.MAX_FILE,
            read=lambda data, name: self.read(actor, data, name, None),
            instead=self.instead,
        )
        if self.instead is not None:  # told once, by the reader's own browser: what waits has another name
            name = clean(request.files["file"].filename)[:120]
            flash(str(_("“%(name)s” was read; the name of the file is not kept.", name=name)), "info")
        return redirect(self._url(f"/import/{token}"), 303)

    def _waiting(self, token: str) -> tuple[str, T]:
        """The name of the file behind a token, and what it says; raises NotFound."""
        waiting = pending.read(self.purpose, token)
        name = waiting.blob.name
        return name, self.read(shell.actor(), waiting.data, name, waiting.blob)

    def preview(self, token: str) -> str:
        """What importing the file would do, what stands in its way, and one button."""
        name, file = self._waiting(token)
        check = self.check(shell.actor(), file)
        return render_template(
            self.template,
            heading=_("Check of the file") if self.instead else _("Check of %(name)s", name=name),
            check=check,
            listed=LISTED,
            nothing=self.nothing,
            outcomes=OUTCOMES,
            back=self._url(),
            **check.data,
        )

    def commit(self, token: str) -> Response:
        """Read and check the file again and import it, all of it or nothing; sent twice, it is imported once."""
        g.record_url = self._url(f"/import/{token}")
        told, reason = request.form.get("told") or UNSEEN, clean(request.form.get("reason"))
        try:
            _name, file = self._waiting(token)
        except NotFound:  # of a file that is gone once it is imported the second sending finds nothing
            if not sent_before():
                raise
            return self._twice()
        done, again = once_only(lambda: self.keep(shell.actor(), file, told, reason))
        pending.drop(self.purpose, token)
        if again:
            return self._twice()
        flash(str(done.text), "warning" if done.warning else "success")
        return redirect(self._url(done.path), 303)

    def _twice(self) -> Response:
        say_twice()
        return redirect(self._url(), 303)

    def register(self, blueprint: Blueprint) -> Blueprint:
        """Add the routes to the area's blueprint."""

        def add(rule: str, name: str, view: Callable[..., Any], method: str) -> None:
            def call(
                **values: Any,
            ) -> Any:  # a bound method cannot carry what it needs, a partial has no name
                return view(**values)

            blueprint.add_url_rule(rule, name, shell.needs(self.permission)(call), methods=(method,))

        add("/import", "import_page", self.choose, "GET")
        add("/import", "upload", self.upload, "POST")
        add("/import/<token>", "preview", self.preview, "GET")
        add("/import/<token>", "commit", self.commit, "POST")
        return blueprint
