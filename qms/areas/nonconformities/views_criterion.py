"""The criterion of effectiveness on the page of a nonconformity: per period what was measured, and both verdicts."""

from __future__ import annotations

from flask import g
from markupsafe import escape

from qms.areas.kpis.rules import Measured
from qms.areas.nonconformities.models import Nonconformity
from qms.areas.nonconformities.rules_criterion import (
    VERDICT_TONES,
    VERDICTS,
    Judged,
    Judgement,
    Verdict,
    differences,
)
from qms.kernel.text import _, show_number
from qms.web.widgets import Column, Fact, Row, StateBadge, Table, Text, lines_of, link


def criterion_facts(row: Nonconformity, judgement: Judgement | None) -> list[Fact]:
    """The criterion with its verdicts, and why computed and published rates differ."""
    if judgement is None:
        return [Fact(_("criterion of effectiveness"), row.criterion, empty_hint=_("not set"), long=True)]
    found = [
        Fact(
            _("criterion of effectiveness"), judgement.rule.text, _kpi_url(judgement.rule.by.kpi), long=True
        ),
        Fact(_("by the computed figures"), badge(judgement.computed)),
    ]
    if any(one.published for one in judgement.periods):
        found.append(Fact(_("by the published figures"), badge(judgement.published)))
    said = differences(judgement)
    if said:
        governs = _("The computed rate governs; a decision on the published one needs a reason.")
        found.append(Fact(_("where the two differ"), lines_of(*map(str, said), governs), long=True))
    return found


def criterion_table(judgement: Judgement) -> Table:
    """The periods of the rule: numerator and denominator, both rates with their verdicts, the source."""
    columns = (
        Column("period", _("period"), kind="nowrap"),
        Column("fraction", _("numerator / denominator"), numeric=True),
        Column("computed", _("computed"), numeric=True),
        Column("published", _("published"), numeric=True),
        Column("source", _("source"), kind="wide"),
    )
    url = f"{_kpi_url(judgement.rule.by.kpi)}#measurements"
    return Table(columns=columns, rows=[_row(one, url) for one in judgement.periods])


def _row(one: Judged, measured_at: str) -> Row:
    found = one.measured
    if found is None:
        nothing = link(measured_at, _("no measurement yet"))
        return Row("", (one.period.label(), "", badge(Verdict.OPEN), "", nothing))
    source = link(f"/{g.organisation.slug}/{found.source_url}", found.source or _("statement"))
    return Row(
        "",
        (
            one.period.label(),
            found.fraction,
            lines_of(found.shown if found.rate is not None else "", escape(badge(one.computed))),
            _published(one, found),
            source,
        ),
    )


def _published(one: Judged, found: Measured) -> Text:
    if one.published is None:
        return ""
    over = (
        "" if found.stated_denominator is None else _("over %(n)s", n=show_number(found.stated_denominator))
    )
    return lines_of(found.shown_stated, over, escape(badge(one.published)))


def badge(verdict: Verdict) -> StateBadge:
    """A verdict as word, sign and colour."""
    return StateBadge(VERDICTS[verdict], VERDICT_TONES[verdict])


def _kpi_url(code: str) -> str:
    return f"/{g.organisation.slug}/kpis/{code}"
