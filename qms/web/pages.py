"""The pages every kind of record has: list, record, form, one step; an area says what differs.

`RecordPages(...).register(blueprint)` adds index, export, new, show, edit and fire, each with the
permission it needs. Rules stay in the area's service: these views parse, call it and redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from qms.kernel import trail
from qms.kernel.area import DocumentKind, document_kind
from qms.kernel.clauses import cited
from qms.kernel.errors import Refused, Stale
from qms.kernel.permissions import INSIDE, Actor, Permission
from qms.kernel.records import Kind, Record
from qms.kernel.text import LANGUAGES, Message, _
from qms.kernel.trail import READ_TRAIL
from qms.kernel.workflow import Move
from qms.web import export, firing, history, pdfs, shell, ticked, widgets
from qms.web.due import due_badge
from qms.web.forms import UNSAID, Form, fill_choices, once_only, opened_version, sent_version
from qms.web.list_query import bad_value
from qms.web.listing import Listing
from qms.web.record_parts import attachments, common, links, openings, remarks, steps
from qms.web.widgets import FormView, ListView, MoveField, RecordView, Section, StateBadge


@dataclass
class RecordPages:
    """What one kind of record shows and does.

    `create(actor, values)` and `edit(actor, code, values, version)` are services that return the
    record; `fire(actor, code, transition, reason=, version=, values=)` takes a step, `values` being what
    was typed into its `move_fields`, days as days; `facts` is what the machine's conditions look at;
    `sections` are the facts shown, in order.
    """

    area: str
    model: type[Kind]
    listing: Listing
    view: Permission
    change: Permission
    form: type[Form]  # of a new record, and of a change unless `edit_form` is given
    create: Callable[[Actor, dict[str, Any]], Kind] | None
    edit: Callable[[Actor, str, dict[str, Any], int], Kind] | None
    fire: Callable[..., Kind] | None
    facts: Callable[[Any, Actor], Any]  # a row is of the area's own kind here and below
    sections: Callable[[Actor, Any], Sequence[Section]]
    move_fields: dict[str, Callable[[Actor, Any], Sequence[MoveField]]] = field(default_factory=dict)
    tags: Callable[[Actor, Any], Sequence[Any]] = lambda _actor, _row: ()
    prefill: Callable[[Actor, Any], dict[str, Any]] = lambda _actor, _args: {}
    extra: Callable[[Actor, Any, RecordView], None] | None = None
    documents: tuple[str, ...] = ()  # the kinds of documents made from a record, by name
    papers: tuple[tuple[str, Message], ...] = ()  # made of ticked rows: path below the list, verb
    new_title: Message | str = ""
    template: str = "layouts/record.html"
    list_template: str = "layouts/list.html"
    edit_form: type[Form] | None = None
    groups: Sequence[tuple[Message, Sequence[str]]] = ()  # headings of the form and the fields below each
    editable: Callable[[Any], bool] = lambda row: row.record.ended_on is None
    record: Permission | None = None  # the right to a new record, where it is not that to `change` one

    @property
    def recording(self) -> Permission:
        """The right to a new record."""
        return self.record or self.change

    def register(self, blueprint: Blueprint) -> Blueprint:
        """Add the routes; the blueprint's prefix is `/<org>/<area>`."""

        def add(rule: str, name: str, view: Callable[..., Any], need: Permission, *methods: str) -> None:
            def call(**values: Any) -> Any:  # a bound method cannot carry what it needs
                return view(**values)

            blueprint.add_url_rule(rule, name, shell.needs(need)(call), methods=methods or ("GET",))

        add("", "index", self._index, self.view)
        ticked.add_routes(blueprint, self)
        self._add_export(blueprint)
        if self.create is not None:
            add("/new", "new", self._new, self.recording, "GET", "POST")
        add("/<code>", "show", self._show, self.view)
        if self.edit is not None:
            add("/<code>/edit", "edit", self._edit, self.change, "GET", "POST")
        if self.fire is not None:
            add("/<code>/fire/<transition>", "fire", self._fire, self.view, "POST")
        for kind in map(document_kind, self.documents):
            pdfs.add_routes(blueprint, self.model, kind)
            add(
                f"/<code>/documents/{kind.name}",
                f"document_{kind.name}",
                self._document(kind),
                kind.permission,
            )
        return blueprint

    def _add_export(self, blueprint: Blueprint) -> None:
        """Add /<org>/<area>.xlsx and .csv, which a blueprint's prefix would turn into <area>/.xlsx."""

        def call(kind: str) -> Response:
            return self._export(kind)

        view, rule = shell.needs(self.view)(call), f"/<org>/{self.area}.<any(xlsx,csv):kind>"
        blueprint.record(lambda state: state.app.add_url_rule(rule, f"{blueprint.name}.export", view))

    # ------------------------------------------------------------ views

    def _url(self, rest: str = "") -> str:
        return f"/{g.organisation.slug}/{self.area}{rest}"

    def _index(self) -> str:
        actor = shell.actor()
        new_url = self._url("/new") if self.create and actor.may(self.recording) else ""
        return render_template(self.list_template, view=self.list_view(actor, new_url))

    def list_view(self, actor: Actor, new_url: str) -> ListView:
        """The list that the address asks for, with what can be done with its rows."""
        view = self.listing.view(actor, request.args, self._url(), new_url=new_url)
        view.bulk = ticked.verbs(self, actor, view.url)
        return view

    def _export(self, kind: str) -> Response:
        heads, rows = self.listing.table(shell.actor(), request.args)
        return export.respond(self.listing.title, kind, heads, rows)

    def _new(self) -> Any:
        actor = shell.actor()
        actor.require(self.recording)
        form = fill_choices(self.form(data=self.prefill(actor, request.args)))
        if form.carries_out(lambda: self.create(actor, form.values()), rehearsed=True):  # type: ignore[misc]
            code = form.made.record.code
            flash(str(_("%(code)s is recorded.", code=code)), "success")
            return redirect(self._url(f"/{code}"), 303)
        return self._form_page(form, self.new_title or self.listing.new_label, self._url())

    def _edit(self, code: str) -> Any:
        title = _("Change %(code)s", code=code)
        return self.edit_with(
            code,
            self.edit_form or self.form,
            self.edit,  # type: ignore[arg-type]
            title,
            permission=self.change,
            editable=self.editable,
        )

    def edit_with(
        self,
        code: str,
        form_class: type[Form],
        save: Callable[[Actor, str, dict[str, Any], int | None], Any],
        title: Any,
        *,
        permission: Permission | None = None,
        editable: Callable[[Any], bool] | None = None,
        **look: Any,
    ) -> Any:
        """A form over some columns of a record: shows it, saves it, or shows again what was typed.

        `look` says what else its page shows (`groups`, `folds`, `intro` of widgets.FormView).
        No form that cannot be saved: with `permission`, raises Forbidden for who does not hold it on this record;
        with `editable`, raises Refused in states in which nothing is changed (when it is opened: what is sent,
        the service refuses on the filled form).
        """
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        if permission is not None:
            actor.require(permission, unit_id=row.record.unit_id, owner_id=row.record.owner_id)
        g.record_url, g.reopens = self._url(f"/{code}"), True
        if request.method == "GET" and editable is not None and not editable(row):
            state = row.own_machine().labels[row.record.state]
            raise Refused([_("this is not changed while the state is “%(state)s”", state=state)])
        form = fill_choices(form_class(data=self._values(row, form_class)))
        written: list[bool] = []

        def keep() -> Any:
            with trail.change(actor) as under_way:
                made = save(actor, code, form.values(), opened_version())
                written.append(bool(under_way.entries))
            return made

        if form.carries_out(keep, rehearsed=True):
            if written == [False]:
                flash(str(_("Nothing was changed.")), "info")
            else:
                flash(str(_("%(code)s is saved.", code=code)), "success")
            return redirect(g.record_url, 303)
        return self._form_page(form, title, g.record_url, row.record, **look)

    def _fire(self, code: str, transition: str) -> Any:
        """Take the step; one that is sent twice leads to the record, where it shows, and not to a conflict.

        One that cannot be taken comes back on the record's page as it was filled in.
        """
        g.record_url = self._url(f"/{code}")
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        values, wrong = firing.read(transition, self._asked(actor, row, transition))
        if wrong:
            return self._again(code, transition, Refused(wrong)), 400
        reason = values.pop("reason", "")
        try:
            once_only(
                lambda: self.fire(  # type: ignore[misc]
                    actor, code, transition, reason=reason, version=sent_version(), values=values
                )
            )
        except (Refused, Stale) as error:
            if not firing.asks():
                raise
            return self._again(code, transition, error), 409
        return redirect(g.record_url, 303)

    def _asked(self, actor: Actor, row: Kind, transition: str) -> Sequence[MoveField]:
        """What a step asks for beside its reason."""
        give = self.move_fields.get(transition)
        return give(actor, row) if give is not None else ()

    def _again(self, code: str, transition: str, error: Refused | Stale) -> str:
        """The record's page as it is now, with the step's form as it was sent."""
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        view = self.record_view(actor, row)
        firing.as_sent(view, transition, self._asked(actor, row, transition), error)
        return render_template(self.template, view=view, row=row)

    def _show(self, code: str) -> str:
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        return render_template(self.template, view=self.record_view(actor, row), row=row)

    def _document(self, kind: DocumentKind) -> Callable[..., Response]:
        def make(code: str) -> Response:
            locale = request.args.get("locale", "vi")
            if locale not in LANGUAGES:
                raise bad_value("locale", locale)
            name, content = kind.make(shell.actor(), code, locale)
            return export.download(name, export.DOCX, content)

        return make

    def _papers(self, record: Record, kind: DocumentKind) -> Iterator[tuple[Message, str]]:
        """The document in each language that is offered, by what its button says."""
        url = self._url(f"/{record.code}/documents/{kind.name}")
        if "en" not in pdfs.offered():
            yield kind.label, url
            return
        yield _("%(document)s, in Vietnamese", document=kind.label), url
        yield _("%(document)s, in English", document=kind.label), f"{url}?locale=en"

    def _values(self, row: Kind, form_class: type[Form]) -> dict[str, Any]:
        return {name: row.value(name) for name in form_class()._fields if name not in UNSAID}

    def _form_page(
        self,
        form: Form,
        title: Any,
        cancel: str,
        record: Record | None = None,
        **look: Any,
    ) -> tuple[str, int]:
        shown: dict[str, Any] = {"groups": self.groups} | look
        view = FormView(
            title=title,
            form=form,
            submit_label=_("Save the changes") if record else self.listing.new_label,
            cancel_url=cancel,
            version=sent_version() or record.version if record else None,
            code=record.code if record else "",
            **shown,
        )
        return render_template("layouts/form.html", view=view), form.status

    # ------------------------------------------------------------ the record's page

    def record_view(self, actor: Actor, row: Kind) -> RecordView:
        """Everything the record's page shows, in its order."""
        record, machine = row.record, row.own_machine()
        may_edit = self.edit is not None and actor.may(
            self.change, unit_id=record.unit_id, owner_id=record.owner_id
        )
        inside, evidence_url = bool(actor.roles & INSIDE), f"/{actor.slug}/evidence/{self.area}/{record.code}"
        past, citations = history.entries(record.id), cited(record.id)
        papers = [kind for kind in map(document_kind, self.documents) if actor.may(kind.permission)]
        view = RecordView(
            code=record.code,
            title=record.title,
            state=StateBadge(machine.labels.get(record.state, record.state), self.listing.tone(record.state)),
            version=record.version,
            tags=[*self.tags(actor, row), *map(str, citations)],
            due=due_badge(record.due if record.ended_on is None else None, actor.today),
            steps=steps(record, machine, past),
            moves=self._moves(actor, row),
            facts=[*self.sections(actor, row), common(record, self.listing.hidden)],
            links=links(record, citations),
            openings=openings(actor, f"{self.area}/{record.code}"),
            attachments=attachments(actor, record),
            upload_url=evidence_url if inside else "",
            remarks=remarks(record),
            remark_url=f"{evidence_url}/comments" if inside else "",
            history=[*history.lines(past), *history.beginning(record, past)],
            history_url=f"/{actor.slug}/trail?{urlencode({'record': record.code})}"
            if actor.may(READ_TRAIL)
            else "",
            edit_url=self._url(f"/{record.code}/edit") if may_edit and self.editable(row) else "",
            list_url=self._url(),
            list_label=self.listing.title,
            documents=[paper for kind in papers for paper in self._papers(record, kind)],
            papers=pdfs.drawn(record, papers),
        )
        if self.extra is not None:
            self.extra(actor, row, view)
        return view

    def _moves(self, actor: Actor, row: Kind) -> list[widgets.Move]:
        if self.fire is None:
            return []
        record, machine = row.record, row.own_machine()
        moves = machine.moves(
            record.state, self.facts(row, actor), actor, unit_id=record.unit_id, owner_id=record.owner_id
        )
        onward = next((m for m in moves if machine.leads_on(m.transition, record.state)), None)
        return [self._move(actor, row, m, primary=m is onward) for m in moves]

    def _move(self, actor: Actor, row: Kind, move: Move, *, primary: bool) -> widgets.Move:
        """One step; an obstacle that points to a field of its own form is answered there."""
        step = move.transition
        fields = self._asked(actor, row, step.name)
        own = {f"#{step.name}-{field.name}" for field in fields}
        obstacles = tuple(o for o in move.obstacles if o.where not in own)
        return widgets.Move(
            name=step.name,
            label=step.label,
            url=self._url(f"/{row.record.code}/fire/{step.name}"),
            enabled=not obstacles,
            obstacles=obstacles,
            needs_reason=move.why_reason is not None,
            primary=primary and move.why_reason is None,  # steps off the straight way stand back
            apart=row.own_machine().leads_out(step),
            fields=fields,
            hint="" if step.needs_reason else move.why_reason or "",
        )
