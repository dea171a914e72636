"""The pages every kind of record has: list, record, form, one step; an area says what differs.

`RecordPages(...).register(blueprint)` adds index, export, new, show, edit and fire, each with the
permission it needs. Rules stay in the area's service: these views parse, call it and redirect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from peewee import JOIN
from werkzeug.wrappers import Response

from qms.kernel import clock
from qms.kernel.area import DocumentKind, kinds
from qms.kernel.calendar import due_words
from qms.kernel.clauses import cited
from qms.kernel.comments import Comment
from qms.kernel.errors import Refused
from qms.kernel.files import WITHDRAW, Attachment
from qms.kernel.links import RELATIONS, Link
from qms.kernel.people import Person
from qms.kernel.permissions import INSIDE, Actor, Permission
from qms.kernel.records import Kind, Record
from qms.kernel.text import Message, _, show_date, show_number, show_time
from qms.kernel.trail import TrailEntry
from qms.kernel.workflow import Move
from qms.web import export, history, shell, widgets
from qms.web.forms import Form, clean, fill_choices
from qms.web.listing import Listing
from qms.web.widgets import Fact, FormView, LinkRow, MoveField, RecordView, Section, StateBadge, Step

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def looking_again() -> bool:
    """Whether a form comes from an error's page, which brings back what was typed to be looked at first."""
    return "again" in request.form


def accepted(form: Form, save: Callable[[], Any]) -> Any:
    """What `save()` returns; None when a rule refuses, and then the form says why beside its fields.

    So nothing that was typed is lost: the form is shown again with the answer 409.
    """
    try:
        return save()
    except Refused as refusal:
        for reason in refusal.reasons:
            field = form._fields.get(reason.where.rpartition("#")[2])
            if field is not None and field.type != "HiddenField":
                field.errors = [*field.errors, str(reason.text)]
            else:
                form.form_errors = [*form.form_errors, str(reason.text)]
        g.refused = True
        return None


def answer_of(form: Form) -> int:
    """The status of a form's page: 409 when a rule refused it, 422 when it was filled in badly."""
    return 409 if g.get("refused") else 422 if form.errors else 200


@dataclass
class RecordPages:
    """What one kind of record shows and does.

    `create(actor, values)` and `edit(actor, code, values, version)` are services that return the
    record; `fire(actor, code, transition, reason=, version=, values=)` takes a step; `facts` is what
    the machine's conditions look at; `sections` are the facts shown, in order.
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
    documents: tuple[DocumentKind, ...] = ()
    new_title: Message | str = ""
    template: str = "layouts/record.html"
    list_template: str = "layouts/list.html"
    edit_form: type[Form] | None = None
    groups: Sequence[tuple[Message, Sequence[str]]] = ()  # headings of the form and the fields below each
    editable: Callable[[Any], bool] = lambda row: row.record.ended_on is None

    def register(self, blueprint: Blueprint) -> Blueprint:
        """Add the routes; the blueprint's prefix is `/<org>/<area>`."""

        def add(rule: str, name: str, view: Callable[..., Any], need: Permission, *methods: str) -> None:
            def call(**values: Any) -> Any:  # a bound method cannot carry what it needs
                return view(**values)

            blueprint.add_url_rule(rule, name, shell.needs(need)(call), methods=methods or ("GET",))

        add("", "index", self._index, self.view)
        self._add_export(blueprint)
        if self.create is not None:
            add("/new", "new", self._new, self.change, "GET", "POST")
        add("/<code>", "show", self._show, self.view)
        if self.edit is not None:
            add("/<code>/edit", "edit", self._edit, self.change, "GET", "POST")
        if self.fire is not None:
            add("/<code>/fire/<transition>", "fire", self._fire, self.view, "POST")
        for kind in self.documents:
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
        new_url = self._url("/new") if self.create and actor.may(self.change) else ""
        view = self.listing.view(actor, request.args, self._url(), new_url=new_url)
        return render_template(self.list_template, view=view)

    def _export(self, kind: str) -> Response:
        heads, rows = self.listing.table(shell.actor(), request.args)
        return export.respond(self.area, kind, heads, rows)

    def _new(self) -> Any:
        actor = shell.actor()
        actor.require(self.change)
        form = fill_choices(self.form(data=self.prefill(actor, request.args)))
        if not looking_again() and form.validate_on_submit():
            row = accepted(form, lambda: self.create(actor, form.values()))  # type: ignore[misc]
            if row is not None:
                flash(str(_("%(code)s is recorded.", code=row.record.code)), "success")
                return redirect(self._url(f"/{row.record.code}"), 303)
        return self._form_page(form, self.new_title or self.listing.new_label, self._url(), answer_of(form))

    def _edit(self, code: str) -> Any:
        title = _("Change %(code)s", code=code)
        return self.edit_with(code, self.edit_form or self.form, self.edit, title)  # type: ignore[arg-type]

    def edit_with(
        self,
        code: str,
        form_class: type[Form],
        save: Callable[[Actor, str, dict[str, Any], int | None], Any],
        title: Any,
    ) -> Any:
        """A form over some columns of a record: shows it, saves it, or shows again what was typed."""
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        g.record_url = self._url(f"/{code}")
        form = fill_choices(form_class(data=self._values(row, form_class)))
        if not looking_again() and form.validate_on_submit():
            accepted(form, lambda: save(actor, code, form.values(), self._version()))
            if not g.get("refused"):
                flash(str(_("%(code)s is saved.", code=code)), "success")
                return redirect(g.record_url, 303)
        return self._form_page(form, title, g.record_url, answer_of(form), row.record)

    def _fire(self, code: str, transition: str) -> Response:
        g.record_url = self._url(f"/{code}")
        self.fire(  # type: ignore[misc]
            shell.actor(),
            code,
            transition,
            reason=clean(request.form.get("reason"))[:2000],
            version=self._version(),
            values={
                k: clean(v) for k, v in request.form.items() if k not in ("csrf_token", "reason", "version")
            },
        )
        return redirect(g.record_url, 303)

    def _show(self, code: str) -> str:
        actor = shell.actor()
        row = self.model.by_code(actor.organisation_id, code)
        return render_template(self.template, view=self.record_view(actor, row), row=row)

    def _document(self, kind: DocumentKind) -> Callable[..., Response]:
        def make(code: str) -> Response:
            name, content = kind.make(shell.actor(), code, request.args.get("locale", "vi"))
            response = make_response(content)
            response.headers["Content-Type"] = DOCX
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return response

        return make

    def _version(self) -> int | None:
        value = request.form.get("version", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None

    def _values(self, row: Kind, form_class: type[Form]) -> dict[str, Any]:
        names = [name for name in form_class()._fields if name not in ("csrf_token", "version")]
        return {name: row.value(name) for name in names}

    def _form_page(
        self, form: Form, title: Any, cancel: str, status: int = 200, record: Record | None = None
    ) -> tuple[str, int]:  # fmt: skip
        view = FormView(
            title=title,
            form=form,
            submit_label=_("Save the changes") if record else self.listing.new_label,
            cancel_url=cancel,
            version=self._version() or record.version if record else None,
            code=record.code if record else "",
            groups=self.groups,
        )
        return render_template("layouts/form.html", view=view), status

    # ------------------------------------------------------------ the record's page

    def record_view(self, actor: Actor, row: Kind) -> RecordView:
        """Everything the record's page shows, in its order."""
        record, machine = row.record, row.own_machine()
        may_edit = self.edit is not None and actor.may(
            self.change, unit_id=record.unit_id, owner_id=record.owner_id
        )
        view = RecordView(
            code=record.code,
            title=record.title,
            state=StateBadge(machine.labels.get(record.state, record.state), self.listing.tone(record.state)),
            version=record.version,
            tags=self.tags(actor, row),
            due=_due_badge(record, actor),
            steps=_steps(record, machine),
            moves=self._moves(actor, row),
            facts=[*self.sections(actor, row), _common(actor, record)],
            links=links(record),
            attachments=attachments(actor, record),
            upload_url=url_for("evidence.upload", area=self.area, code=record.code)
            if actor.roles & INSIDE
            else "",
            remarks=_remarks(record),
            remark_url=url_for("evidence.comment", area=self.area, code=record.code)
            if actor.roles & INSIDE
            else "",
            history=history.lines(record.id),
            edit_url=self._url(f"/{record.code}/edit") if may_edit and self.editable(row) else "",
            list_url=self._url(),
            list_label=self.listing.title,
            documents=[
                (kind.label, self._url(f"/{record.code}/documents/{kind.name}"))
                for kind in self.documents
                if actor.may(kind.permission, unit_id=record.unit_id, owner_id=record.owner_id)
            ],
        )
        if self.extra is not None:
            self.extra(actor, row, view)
        return view

    def _moves(self, actor: Actor, row: Kind) -> list[widgets.Move]:
        if self.fire is None:
            return []
        record = row.record
        moves = row.own_machine().moves(
            record.state, self.facts(row, actor), actor, unit_id=record.unit_id, owner_id=record.owner_id
        )
        return [self._move(actor, row, m, primary=index == 0) for index, m in enumerate(moves)]

    def _move(self, actor: Actor, row: Kind, move: Move, *, primary: bool) -> widgets.Move:
        """One step; an obstacle that points to a field of its own form is answered there."""
        step = move.transition
        give = self.move_fields.get(step.name)
        fields = give(actor, row) if give is not None else ()
        own = {f"#{step.name}-{field.name}" for field in fields}
        obstacles = tuple(o for o in move.obstacles if o.where not in own)
        return widgets.Move(
            name=step.name,
            label=step.label,
            url=self._url(f"/{row.record.code}/fire/{step.name}"),
            enabled=not obstacles,
            obstacles=obstacles,
            needs_reason=step.needs_reason,
            primary=primary and not step.needs_reason,  # steps off the straight way stand back
            fields=fields,
        )


def _due_badge(record: Record, actor: Actor) -> StateBadge | None:
    if record.due is None or record.ended_on is not None:
        return None
    late = record.due < actor.today
    return StateBadge(due_words(record.due, actor.today), "late" if late else "open")


def _common(actor: Actor, record: Record) -> Section:
    """The facts that every record has."""
    return Section(
        "common",
        _("Who and when"),
        (
            Fact(
                _("owner"),
                record.owner.name if record.owner_id else None,
                empty_hint=_("nobody yet"),
                anchor="owner",
            ),
            Fact(_("unit"), record.unit.name if record.unit_id else None, empty_hint=_("no unit")),
            Fact(_("due date"), show_date(record.due) or None, empty_hint=_("no due date"), anchor="due"),
            Fact(_("date it happened"), show_date(record.happened_on) or None),
            Fact(_("recorded at"), show_time(clock.local(record.recorded_at))),
        ),
    )


def _steps(record: Record, machine: Any) -> list[Step]:
    if not machine.path:
        return []
    path = list(machine.path)
    if record.state not in path:
        path = [*path[:1], record.state]
    position = path.index(record.state)
    reached = _reached(record)
    return [
        Step(
            machine.labels.get(state, state),
            "now" if index == position else "done" if index < position else "todo",
            reached.get(state, ""),
        )
        for index, state in enumerate(path)
    ]


def _reached(record: Record) -> dict[str, str]:
    """State -> the day it was last reached, as the trail tells."""
    found: dict[str, str] = {}
    rows = TrailEntry.select(TrailEntry.body).where(
        TrailEntry.record_id == record.id, TrailEntry.subject == f"record:{record.id}"
    )
    for (body,) in rows.order_by(TrailEntry.id).tuples():
        entry = json.loads(body)
        if "state" in entry["changes"]:
            found[entry["changes"]["state"][1]] = show_date(
                clock.local(datetime.fromisoformat(entry["at"])).date()
            )
    return found


def path_of(kind: str, code: str) -> str:
    """The address of a record below its organisation."""
    model = kinds().get(kind)
    return f"/{g.organisation.slug}/{model.area if model else kind}/{code}"


def badge(kind: str, state: str) -> StateBadge:
    """A record's state as word, sign and colour."""
    model = kinds()[kind]
    tone = "done" if any(state in machine.ended for machine in model.machines()) else "open"
    return StateBadge(model.machine.labels.get(state, state), tone)


def links(record: Record) -> list[LinkRow]:
    """What the record is tied to, both ways, and the clauses it cites."""
    found = []
    forward = (
        Link.select(Link, Record).join(Record, on=(Link.target == Record.id)).where(Link.record == record.id)
    )
    for one in forward:
        found.append(_link_row(RELATIONS[one.relation][0], one.target))
    backward = (
        Link.select(Link, Record).join(Record, on=(Link.record == Record.id)).where(Link.target == record.id)
    )
    for one in backward:
        found.append(_link_row(RELATIONS[one.relation][1], one.record))
    from qms.kernel.catalogue import clauses

    for reference in cited(record.id):
        clause = clauses(reference.edition).get(reference.number)
        title = str(clause).removeprefix(f"{reference.number} ") if clause else ""
        found.append(LinkRow(_("clause"), f"{reference.number} ({reference.edition})", title))
    return found


def _link_row(relation: Message, other: Record) -> LinkRow:
    return LinkRow(
        relation, other.code, other.title, path_of(other.kind, other.code), badge(other.kind, other.state)
    )


def attachments(actor: Actor, record: Record) -> list[widgets.Attachment]:
    """The evidence on a record that was not withdrawn."""
    rows = (
        Attachment.select(Attachment, Person)
        .join(Person, JOIN.LEFT_OUTER, on=(Attachment.added_by == Person.id))
        .where(Attachment.record == record.id, Attachment.withdrawn_at.is_null())
        .order_by(Attachment.id)
    )
    return [
        widgets.Attachment(
            name=row.name,
            url=url_for("evidence.download", id=row.id, name=row.name),
            size=_size(row.size),
            sha256=row.sha256,
            who=row.added_by.name if row.added_by_id else "",
            when=show_time(clock.local(row.added_at)),
            note=row.note,
            withdraw_url=url_for("evidence.withdraw", id=row.id) if _may_withdraw(actor, record, row) else "",
        )
        for row in rows
    ]


def _may_withdraw(actor: Actor, record: Record, row: Attachment) -> bool:
    """Whoever added a file may take it off again, and who holds the right to."""
    own = row.added_by_id is not None and row.added_by_id == actor.person_id
    return own or actor.may(WITHDRAW, unit_id=record.unit_id, owner_id=record.owner_id)


def _size(count: int) -> str:
    return f"{show_number(max(1, round(count / 1024)))} KB"


def _remarks(record: Record) -> list[widgets.Remark]:
    rows = Comment.select(Comment, Person).join(Person, JOIN.LEFT_OUTER, on=(Comment.by == Person.id))
    return [
        widgets.Remark(show_time(clock.local(r.at)), r.by.name if r.by_id else "", r.text)
        for r in rows.where(Comment.record == record.id).order_by(Comment.id)
    ]
