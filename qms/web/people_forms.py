"""The forms about the people of an organisation: a role, an invitation, a deputy, leaving."""

from __future__ import annotations

from typing import Any

from wtforms.validators import Optional

from qms.kernel import leaving
from qms.kernel.organisations import Organisation
from qms.kernel.people import Person, working_in
from qms.kernel.permissions import Actor, Role
from qms.kernel.text import _
from qms.web.forms import Choice as Select
from qms.web.forms import Form, day, line, number_or_none, one_of, person, text, unit
from qms.web.sheets import role_options

ROLES = role_options(
    [Role.STAFF, Role.UNIT_HEAD, Role.COORDINATOR, Role.LEADER, Role.AUDITOR, Role.RECORDS, Role.INSPECTOR,
     Role.OVERSEER, Role.ADMIN]
)  # fmt: skip


class RoleForm(Form):
    """A role from a day on; the same role in the same days is refused."""

    once = None  # a role is given under the installation's lock first
    role = one_of(_("Role"), ROLES)
    unit = unit(_("Unit"), hint=_("a unit head needs one"))
    valid_from = day(_("First day"), needed=True)
    valid_to = day(_("Last day"), hint=_("empty: until further notice; an inspector's account needs one"))


class InviteForm(RoleForm):
    """Somebody new, and the first role."""

    email = line(_("E-mail address"), limit=254)
    name = line(_("Name"), limit=120, hint=_("as it is to stand in the history"))
    locale = one_of(_("Language"), [("vi", "Tiếng Việt"), ("en", "English")])
    field_order = ("email", "name", "locale", "role", "unit", "valid_from", "valid_to")

    def __iter__(self) -> Any:
        """The fields with the person before the role."""
        return iter(
            [
                self._fields[n]
                for n in (*self.field_order, *(f for f in self._fields if f not in self.field_order))
            ]
        )


class EndForm(Form):
    """The last day of a role."""

    last_day = day(_("Last day"), needed=True)


class HandOverForm(Form):
    """Who takes over."""

    once = None  # what was handed over already stays as it is
    to = person(_("Who takes over"), needed=True)


class LeaveForm(Form):
    """Who takes over what is open, asked for each organisation, and why the person leaves."""

    once = None  # leaving takes the locks of all organisations that it concerns

    @classmethod
    def about(cls, leaver: Person, actor: Actor) -> LeaveForm:
        """The form for that person: in the actor's organisation, or for an actor of none in all of them."""
        records = leaving.open_records(leaver, actor.organisation_id)
        concerned = Organisation.select().where(Organisation.id.in_({r.organisation_id for r in records}))
        fields: dict[str, Any] = {}
        for one in concerned.order_by(Organisation.name):
            here = [(p.id, p.name) for p in working_in(one.id, actor.today) if p.id != leaver.id]
            label = _("Who takes over in %(name)s", name=one.name)
            fields[f"to_{one.id}"] = Select(
                label, [Optional()], coerce=number_or_none, choices=[("", "–"), *here]
            )
        hint = _("such as a decision's number; it stands in the history")
        fields["reason"] = text(_("Reason"), limit=500, hint=hint)
        return type("LeaveForm", (LeaveForm,), fields)()

    def deactivate(self, actor: Actor, leaver: Person) -> None:
        """Deactivate the account as the form says; raises Forbidden or Refused."""
        said = self.values()
        reason = said.pop("reason") or ""
        to = {int(name[3:]): Person.get_by_id(chosen) for name, chosen in said.items() if chosen}
        leaving.deactivate(actor, leaver, to=to, reason=reason)


class DeputyForm(Form):
    """Who acts for a person, from when to when."""

    deputy = person(_("Deputy"), needed=True)
    valid_from = day(_("First day"), needed=True)
    valid_to = day(_("Last day"), needed=True)
