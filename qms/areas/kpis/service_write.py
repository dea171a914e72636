"""Writing indicators: built-in ones, own definitions and their versions, targets."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from qms.areas.kpis.models import Kpi, KpiDefinition, Target
from qms.areas.kpis.rules import DIRECTIONS, PERCENT
from qms.areas.kpis.rules_record import DEFINE, TARGET, S
from qms.areas.kpis.service_definitions import Entry, builtin, definitions_of, shipped
from qms.kernel import steps
from qms.kernel.calendar import Period
from qms.kernel.errors import Obstacle, Refused
from qms.kernel.permissions import Actor
from qms.kernel.records import Record
from qms.kernel.text import _
from qms.kernel.trail import change, current_change

LENGTHS = ("year", "half", "quarter", "month")
_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_RESERVED = frozenset({"new", "edit", "import", "measurements"})


# ---------------------------------------------------------------- definitions


def ensure_builtin(actor: Actor) -> None:
    """Give the actor's organisation the built-in indicators that it does not have yet; asks for no right.

    They belong to every organisation: the first statement, measurement or own indicator brings them.
    """
    with change(actor):
        there = {
            code
            for (code,) in Record.select(Record.code)
            .where(Record.organisation == actor.organisation_id, Record.kind == Kpi.kind)
            .tuples()
        }
        for code in builtin():
            if code not in there:
                by = shipped(code)
                kpi = _new_kpi(actor, code, by.name.vi, builtin=True)  # type: ignore[union-attr]
                _add_version(
                    actor, kpi, 1,
                    {"name": by.name.vi, "direction": by.direction, "unit": by.unit,  # type: ignore[union-attr]
                     "numerator_keys": " ".join(by.numerator_keys),
                     "denominator_keys": " ".join(by.denominator_keys),
                     "source": by.source.vi},  # type: ignore[union-attr]
                )  # fmt: skip


def _new_kpi(actor: Actor, code: str, name: str, *, builtin: bool = False) -> Kpi:
    kpi = Kpi.new(actor, title=name, happened_on=actor.today, code=code, builtin=builtin)
    kpi.set({"ended_on": actor.today})  # nobody has to work on it
    kpi.save()
    return kpi


def _add_version(actor: Actor, kpi: Kpi, version: int, values: dict[str, Any]) -> KpiDefinition:
    row = KpiDefinition(
        organisation_id=actor.organisation_id, record=kpi.record_id, version=version,
        made_at=current_change().at, made_by=actor.person_id, **values,
    )  # fmt: skip
    row.save(tag="kpi_definition.add")
    return row


def define(actor: Actor, values: dict[str, Any]) -> Kpi:
    """An own indicator with the first version of its definition; raises Forbidden, or Refused."""
    actor.require(DEFINE)
    code = str(values.get("code") or "").strip()
    obstacles = _against_definition(values)
    if not _ID.fullmatch(code) or code in _RESERVED:
        text = _(
            "the id is 2 to 40 small letters, digits and underscores, a letter first: %(code)s",
            code=code[:40],
        )
        obstacles.insert(0, Obstacle(text, "#code"))
    if obstacles:
        raise Refused(obstacles)
    with change(actor):
        ensure_builtin(actor)
        if Record.get_or_none(
            Record.organisation == actor.organisation_id, Record.kind == Kpi.kind, Record.code == code
        ):
            raise Refused([Obstacle(_("there is already an indicator %(code)s", code=code), "#code")])
        kpi = _new_kpi(actor, code, values["title"])
        _add_version(actor, kpi, 1, _columns(values) | {"valid_from": None})
    return kpi


def require_own(kpi: Kpi) -> None:
    """Raise Refused for a built-in indicator: its definition is fixed."""
    if kpi.builtin:
        raise Refused([_("the definition of a built-in indicator is fixed; define an own one beside it")])


def redefine(actor: Actor, code: str, values: dict[str, Any], version: int | None = None) -> Kpi:
    """A new version of a definition from a day on; older measurements keep theirs.

    The formula of a built-in indicator is fixed. Raises NotFound, Forbidden, Stale, or Refused.
    """
    actor.require(DEFINE)
    obstacles = _against_definition(values)
    reason = str(values.get("reason") or "").strip()
    if not reason:
        obstacles.append(Obstacle(_("a new version of a definition needs a reason"), "edit#reason"))
    if values.get("valid_from") is None:
        obstacles.append(Obstacle(_("say from which day on the new version is valid"), "edit#valid_from"))
    with change(actor, reason):
        kpi = Kpi.locked(actor, code, version, {"title": values.get("title")})
        require_own(kpi)
        if kpi.record.state == S.RETIRED:
            obstacles.append(Obstacle(_("the indicator is no longer measured: resume it first")))
        if obstacles:
            raise Refused(obstacles)
        number = kpi.version + 1
        kpi.set({"title": values["title"], "version": number})
        kpi.save()
        columns = _columns(values) | {"valid_from": values["valid_from"], "reason": reason}
        _add_version(actor, kpi, number, columns)
    return kpi


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of a definition from what a form sends."""
    return {
        "name": values["title"],
        "numerator": values["numerator"],
        "denominator": values["denominator"],
        "direction": values["direction"],
        "unit": (values.get("unit") or PERCENT).strip(),
        "period_length": values.get("period_length") or "",
        "source": values.get("source") or "",
    }


def _against_definition(values: dict[str, Any]) -> list[Obstacle]:
    found = []
    for name, text in (
        ("title", _("the indicator has no name")),
        ("numerator", _("say what is counted above the line")),
        ("denominator", _("say what it is counted over")),
    ):
        if not str(values.get(name) or "").strip():
            found.append(Obstacle(text, f"#{name}"))
    if values.get("direction") not in DIRECTIONS:
        found.append(Obstacle(_("say which direction is better"), "#direction"))
    if values.get("period_length") and values["period_length"] not in LENGTHS:
        found.append(Obstacle(_("a period is a year, a half, a quarter or a month"), "#period_length"))
    if len(str(values.get("unit") or "")) > 30:
        found.append(Obstacle(_("the unit of measurement holds at most %(n)s characters", n=30), "#unit"))
    return found


def fire(
    actor: Actor, code: str, transition: str, *, reason: str = "", version: int | None = None,
    values: dict[str, str] | None = None,
) -> Kpi:  # fmt: skip
    """Stop measuring an indicator, or measure it again; raises NotFound, Forbidden, Stale or Refused."""
    return steps.fire(
        actor, Kpi, code, transition, facts=lambda _row, _actor: None, reason=reason, version=version
    )


# ---------------------------------------------------------------- targets


def set_target(
    actor: Actor, kpi_code: str, *, period: str, value: Decimal, set_by: str, dated: date | None = None,
    note: str = "", illustrative: bool = False, reason: str = "",
) -> Target:  # fmt: skip
    """What an indicator is to reach in a period; superseding the target it had needs a reason.

    Raises NotFound, Forbidden, or Refused with every obstacle.
    """
    actor.require(TARGET)
    with change(actor, reason):
        ensure_builtin(actor)
        kpi = Kpi.by_code(actor.organisation_id, kpi_code)
        before = Target.get_or_none(Target.record == kpi.record_id, Target.period == period, Target.current)
        values = {"value": value, "set_by": set_by.strip(), "dated": dated, "note": note.strip(),
                  "illustrative": illustrative}  # fmt: skip
        if before is not None and all(getattr(before, name) == wanted for name, wanted in values.items()):
            return before
        obstacles = _against_target(kpi, period, value, set_by)
        if before is not None and not reason.strip():
            obstacles.append(
                Obstacle(_("there is a target for this period: changing it needs a reason"), "#reason")
            )
        if obstacles:
            raise Refused(obstacles)
        if before is not None:
            before.current = False
            before.save(tag="kpi_target.supersede")
        made = Target(
            organisation_id=actor.organisation_id, record=kpi.record_id, period=period,
            entered_at=current_change().at, entered_by=actor.person_id, **values,
        )  # fmt: skip
        made.save(tag="kpi_target.add")
    return made


def withdraw_target(actor: Actor, kpi_code: str, *, period: str, reason: str) -> Target | None:
    """Take the target of a period out of force; it stays in the history. Nothing to take back: None.

    Raises NotFound, Forbidden, or Refused without a reason.
    """
    actor.require(TARGET)
    if not reason.strip():
        raise Refused([Obstacle(_("taking a target back needs a reason"), "#reason")])
    with change(actor, reason):
        kpi = Kpi.by_code(actor.organisation_id, kpi_code)
        target = Target.get_or_none(Target.record == kpi.record_id, Target.period == period, Target.current)
        if target is not None:
            target.current = False
            target.save(tag="kpi_target.withdraw")
    return target


def _against_target(kpi: Kpi, period: str, value: Decimal, set_by: str) -> list[Obstacle]:
    found = []
    try:
        Period.parse(period)
    except ValueError as error:
        found.append(Obstacle(error.args[0], "#period"))
    unit = Entry(kpi.record, tuple(definitions_of(kpi))).now.unit
    if value < 0 or (unit == PERCENT and value > 100):
        found.append(Obstacle(_("a target in percent lies between 0 and 100"), "#value"))
    if len(format(value, "f")) > 40:
        found.append(Obstacle(_("the target has too many digits"), "#value"))
    if not set_by.strip():
        found.append(Obstacle(_("say who set the target"), "#set_by"))
    if len(set_by) > 200:
        found.append(Obstacle(_("at most %(limit)s characters", limit=200), "#set_by"))
    if kpi.record.state == S.RETIRED:
        found.append(Obstacle(_("the indicator is no longer measured: resume it first")))
    return found
