"""The organisation's settings, each dated, and its tree of units."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, g, url_for
from wtforms import StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from qms.kernel.agency import AGENCY_SETTINGS
from qms.kernel.catalogue import rules
from qms.kernel.errors import NotFound
from qms.kernel.organisations import (
    SETTINGS,
    Setting,
    Unit,
    add_unit,
    edit_unit,
    set_settings,
    settings_on,
    settings_version,
)
from qms.kernel.people import PEOPLE, Assignment, Person
from qms.kernel.permissions import ROLE_LABELS, Role
from qms.kernel.reminders import policy_on
from qms.kernel.text import Message, _, current_language, show_date
from qms.web import shell
from qms.web.forms import Form, at_most, clean, day, fill_choices, line, opened_version, sent_version, unit
from qms.web.sheets import account_state, done, form_page, is_over, period, sheet
from qms.web.shell import needs
from qms.web.widgets import Choice, Column, Fact, Row, Section, Table

blueprint = Blueprint("settings", __name__)


# ---------------------------------------------------------------- overview


@blueprint.get("/<org>/settings")
@needs(SETTINGS)
def show() -> str:
    """Agency, units and people of the organisation."""
    actor = shell.actor()
    sections = [_agency_section(actor.today), _reminders_section(actor.today), _units_section(actor.today)]
    if actor.may(PEOPLE):
        sections.append(people_section())
    return sheet(_("Settings"), sections)


def _agency_section(today: date) -> Section:
    values = {"name": g.organisation.name} | settings_on(g.organisation.id, today)
    facts = [
        Fact(headed(one.label), shown(values.get(key)), long=one.sort.several, empty_hint=_("not set yet"))
        for key, one in AGENCY_SETTINGS.items()
        if not key.startswith("remind_")  # what holds of these stands in a part of its own
    ]
    coming = sorted(
        {row.valid_from for row in Setting.select().where(
            Setting.organisation == g.organisation.id, Setting.valid_from > today)}
    )  # fmt: skip
    note = _("Documents of an earlier day keep what was valid then.")
    if coming:
        note = _("Changes are set for %(dates)s.", dates=", ".join(map(show_date, coming)))
    edit = Choice(_("Change the agency's details"), url_for("settings.agency_edit"))
    return Section("agency", _("Agency"), facts, note=note, links=[edit])


def _reminders_section(today: date) -> Section:
    """When people are reminded here, and where that comes from."""
    now = policy_on(g.organisation.id, today)
    before = ", ".join(map(str, now.before))
    facts = [
        Fact(_("Before the due date"), _("%(days)s days before", days=before)),
        Fact(
            _("When overdue"),
            _(
                "after %(first)s day, then every %(every)s days",
                first=now.overdue_first,
                every=now.overdue_every,
            ),
        ),
        Fact(_("The superior is told as well"), _("from %(n)s days overdue", n=now.superior_after)),
        Fact(_("The leader is told as well"), _("from %(n)s days overdue", n=now.leader_after)),
    ]
    note: Any = rules("reminders")[f"source_{current_language()}"]
    if any(key.startswith("remind_") for key in settings_on(g.organisation.id, today)):
        note = _("Set by the agency; for what it has not set: %(source)s", source=note)
    edit = Choice(_("Change the days"), url_for("settings.agency_edit", _anchor="remind_before-group"))
    return Section("reminders", _("Reminders"), facts, note=note, links=[edit])


def headed(label: Message) -> str:
    """A label that begins a line."""
    words = str(label)
    return words[:1].upper() + words[1:]


def shown(value: Any) -> str:
    """A setting's value as text; several are joined."""
    if isinstance(value, list):
        return "; ".join(_written(v) for v in value)
    return "" if value is None else str(value)


def _written(value: str) -> str:
    try:
        return show_date(date.fromisoformat(value))
    except ValueError:
        return value


def _units_section(today: date) -> Section:
    units = list(Unit.select().where(Unit.organisation == g.organisation.id).order_by(Unit.code))
    columns = [
        Column("code", _("Code"), kind="nowrap"),
        Column("name", _("Name"), kind="wide"),
        Column("parent", _("Belongs to")),
        Column("dates", _("From – to"), kind="nowrap"),
    ]
    names = {u.id: u.name for u in units}
    rows = [
        Row(
            url_for("settings.edit", number=u.id),
            [u.code, "— " * depth + u.name, names.get(u.parent_id, ""), period(u.valid_from, u.valid_to)],
            tone="void" if u.valid_to is not None and u.valid_to < today else "",
        )
        for u, depth in tree(units)
    ]
    table = Table(
        columns, rows, empty_text=_("No unit yet: add the units that records and people belong to.")
    )
    return Section("units", _("Units"), table=table, links=[Choice(_("Add a unit"), url_for("settings.new"))])


def tree(units: list[Unit]) -> list[tuple[Unit, int]]:
    """Each unit with its depth, those below after the one above, by code."""
    below: dict[int | None, list[Unit]] = {}
    known = {u.id for u in units}
    for one in units:
        below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)

    def walk(parent: int | None, depth: int) -> list[tuple[Unit, int]]:
        return [pair for u in below.get(parent, []) for pair in ((u, depth), *walk(u.id, depth + 1))]

    return walk(None, 0)


def people_section() -> Section:
    """Who has, had or will have a role here."""
    actor = shell.actor()
    rows = list(
        Assignment.select(Assignment, Person)
        .join(Person)
        .where(Assignment.organisation == g.organisation.id)
        .order_by(Person.name, Assignment.valid_from)
    )
    held: dict[int, list[Assignment]] = {}
    for row in rows:
        held.setdefault(row.person_id, []).append(row)
    columns = [
        Column("name", _("Name")),
        Column("email", _("E-mail address"), kind="wide"),
        Column("roles", _("Roles today")),
        Column("state", _("Account"), kind="nowrap"),
    ]
    shown_rows = []
    for number, roles in held.items():
        now = [
            str(ROLE_LABELS[Role(r.role)])
            for r in roles
            if not is_over(r, actor) and r.valid_from <= actor.today
        ]
        person = roles[0].person
        cells = [person.name, person.email, ", ".join(dict.fromkeys(now)), account_state(person)]
        shown_rows.append(Row(url_for("people.show", number=number), cells, tone="" if now else "void"))
    table = Table(columns, shown_rows, empty_text=_("Nobody has a role here yet."))
    return Section(
        "people", _("People"), table=table, links=[Choice(_("Invite somebody"), url_for("people.new"))]
    )


# ---------------------------------------------------------------- the agency's details


HINTS = {"working_days": _("one a line, such as 30/04/2024; public holidays are known")}


def _reminder_hints() -> dict[str, Message]:
    """What holds where the agency sets nothing, as audits/rules/reminders.toml ships it."""
    data = rules("reminders")
    shipped = {"every": data["overdue_every"]} | {
        key: data[key] for key in ("superior_after", "leader_after")
    }
    before = _("parted by commas; left empty: %(days)s", days=", ".join(map(str, data["before"])))
    after = {f"remind_{key}": _("left empty: %(n)s", n=n) for key, n in shipped.items()}
    return {"remind_before": before, **after}


def _setting_field(key: str) -> Any:
    setting = AGENCY_SETTINGS[key]

    def can_be(_form: Form, field: Any) -> None:
        try:
            setting.taken(field.data or "")
        except ValueError as error:
            raise ValidationError(error.args[0]) from error

    label: Any = setting.label
    checks: list[Any] = [Optional(), at_most(setting.sort.limit), can_be]
    hint: Any = HINTS.get(key, _("one a line") if setting.sort.several else "")
    if setting.sort.several:
        return TextAreaField(label, checks, [clean], description=hint, render_kw={"rows": 3})
    return StringField(label, checks, [clean], description=hint)


class AgencyForm(Form):
    """The agency's details, valid from a day."""

    valid_from = day(
        _("Valid from"), needed=True, hint=_("documents dated earlier keep the details of their day")
    )


for _key in AGENCY_SETTINGS:
    setattr(AgencyForm, _key, _setting_field(_key))


def _typed(key: str, value: Any) -> str:
    """A setting's value as it stands in its field."""
    if AGENCY_SETTINGS[key].sort.several:
        return "\n".join(_written(v) for v in value or [])
    return "" if value is None else str(value)


@blueprint.route("/<org>/settings/agency", methods=["GET", "POST"])
@needs(SETTINGS)
def agency_edit() -> Any:
    """Change the agency's details from a day on."""
    actor = shell.actor()
    now = settings_on(g.organisation.id, actor.today)
    start = {"valid_from": actor.today, **{key: _typed(key, now.get(key)) for key in AGENCY_SETTINGS}}
    form = AgencyForm(data=start)
    for key, setting in AGENCY_SETTINGS.items():
        form[key].label.text = headed(setting.label)
    hints = _reminder_hints()
    for key, hint in hints.items():
        form[key].description = str(hint)

    def keep() -> None:
        typed = form.values()
        valid_from = typed.pop("valid_from")
        values = {key: value or "" for key, value in typed.items()}
        set_settings(actor, values, valid_from=valid_from, version=opened_version())

    if form.carries_out(keep):
        return done(_("The agency's details are saved."), "settings.show")
    sent = sent_version()
    return form_page(
        _("Details of the agency"), form, _("Save the details"), url_for("settings.show"),
        intro=_("No document can be laid out as the decree asks without these."),
        version=settings_version(g.organisation.id) if sent is None else sent,
        groups=[(_("Reminders"), tuple(hints))],
    )  # fmt: skip


# ---------------------------------------------------------------- units


class NewUnitForm(Form):
    """A new unit."""

    code = line(_("Code"), limit=20, hint=_("short, such as HCTP; it does not change"))
    name = line(_("Name"), limit=200)
    parent = unit(_("Belongs to"))
    valid_from = day(_("From"), needed=True)


class UnitForm(Form):
    """What can change of a unit."""

    name = line(
        _("Name"),
        limit=200,
        hint=_("a correction; a unit that became another one ends, and a new one begins"),
    )
    valid_to = day(_("Last day"), hint=_("empty while the unit exists"))


@blueprint.route("/<org>/settings/units/new", methods=["GET", "POST"])
@needs(SETTINGS)
def new() -> Any:
    """Add a unit."""
    actor = shell.actor()
    form = fill_choices(NewUnitForm(data={"valid_from": actor.today}))

    def keep() -> Unit:
        values = form.values()
        parent = Unit.get_by_id(values["parent"]) if values["parent"] else None
        return add_unit(actor, values["code"], values["name"], valid_from=values["valid_from"], parent=parent)

    if form.carries_out(keep):
        return done(_("The unit is added."), "settings.show", _anchor="units")
    return form_page(_("New unit"), form, _("Add the unit"), url_for("settings.show", _anchor="units"))


@blueprint.route("/<org>/settings/units/<int:number>", methods=["GET", "POST"])
@needs(SETTINGS)
def edit(number: int) -> Any:
    """Correct a unit's name, or end it."""
    found = Unit.get_or_none(Unit.id == number, Unit.organisation == g.organisation.id)
    if found is None:
        raise NotFound(str(number))
    form = UnitForm(obj=found)
    if form.carries_out(lambda: edit_unit(shell.actor(), number, version=opened_version(), **form.values())):
        return done(_("The unit is changed."), "settings.show", _anchor="units")
    sent = sent_version()
    return form_page(
        f"{found.code} {found.name}", form, _("Save the unit"), url_for("settings.show", _anchor="units"),
        version=found.version() if sent is None else sent,
    )  # fmt: skip
