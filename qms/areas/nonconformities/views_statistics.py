"""The page of the statistics, on paper too, and its tables as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from markupsafe import Markup

from qms.areas.nonconformities import rules
from qms.areas.nonconformities.service_statistics import NO_UNIT, Scope
from qms.areas.nonconformities.views_statistics_cells import Cell, Tally, TallyLine, Text
from qms.areas.nonconformities.views_statistics_tables import StatisticsPage, page
from qms.kernel.calendar import Period, not_begun
from qms.kernel.errors import BadInput
from qms.kernel.numbers import percent_of
from qms.kernel.permissions import Actor
from qms.kernel.text import Message, _, ngettext, show_date, show_number, show_percent
from qms.web import export, shell
from qms.web.charts import Bar, bars_svg
from qms.web.list_periods import periods_on
from qms.web.list_query import bad_value
from qms.web.names import unit_options
from qms.web.widgets import Column, Filter, Row, StateBadge, Table, link


def add_routes(blueprint: Blueprint) -> None:
    """Add /<org>/nonconformities/statistics, and the same as .xlsx."""
    blueprint.add_url_rule("/statistics", "statistics", show)
    blueprint.add_url_rule("/statistics.xlsx", "statistics_file", save)


@shell.needs(rules.VIEW)
def show() -> str:
    """The statistics of the period and unit asked for; raises BadInput for one that there is not."""
    actor = shell.actor()
    found = page(_scope(actor))
    drawn = [(one, _drawn(one)) for one in found.tables]
    return render_template(
        "nonconformities/statistics.html",
        page=found,
        notices=_notices(found, actor),
        filters=_filters(actor, found.scope),
        open=_drawn(found.open),
        chart=_chart(found.ages),
        ages=_drawn(found.ages),
        tables=drawn,
        list_url=_list_url(),
        file_url=f"{_list_url()}/statistics.xlsx?period={found.scope.period.code}&unit={found.scope.unit}",
        may_record=actor.may(rules.RECORD),
    )


@shell.needs(rules.VIEW)
def save() -> Response:
    """The same tables as a workbook, a sheet each, with what one must know to read them."""
    actor = shell.actor()
    found = page(_scope(actor))
    above = _above(found, actor)
    sheets = [  # numbered: the names are cut, and must differ
        export.Sheet(f"{number} {one.title}", *_flat(one), str(one.title), [*above, *_notes(one)])
        for number, one in enumerate([found.open, found.ages, *found.tables], 1)
    ]
    return export.respond_workbook(_("Statistics of nonconformities"), sheets)


# ---------------------------------------------------------------- what is asked


def _scope(actor: Actor) -> Scope:
    return Scope.of(
        actor, _period(request.args.get("period", ""), actor.today), _unit(request.args.get("unit", ""))
    )


def _period(code: str, today: date) -> Period:
    """The year, half or quarter asked for, else this year."""
    if not code.strip():
        return Period.of(today, "year")
    try:
        period = Period.parse(code)
    except ValueError as error:
        raise BadInput(error.args[0]) from error
    if period.length == "month":
        raise BadInput(_("the statistics are of a year, a half-year or a quarter"))
    if (why := not_begun(period, today)) is not None:
        raise BadInput(why)
    return period


def _unit(value: str) -> str:
    known = value in ("", NO_UNIT) or (value.isascii() and value.isdigit() and len(value) < 10)
    if not known:
        raise bad_value("unit", value)
    return value


def _filters(actor: Actor, scope: Scope) -> tuple[Filter, Filter]:
    periods = periods_on(actor.today)
    if scope.period.code not in dict(periods):
        periods = [(scope.period.code, scope.period.label()), *periods]
    units = [*unit_options(actor), (NO_UNIT, _("without a unit"))]
    return (
        Filter("period", _("period"), scope.period.code, periods, everything=False),
        Filter("unit", _("unit"), scope.unit, units),
    )


def _notices(found: StatisticsPage, actor: Actor) -> list[Message]:
    """What one must know to read the columns."""
    scope, since = found.scope, found.since
    if since is None:
        return []
    if since > scope.period.end:
        return [
            _("Nothing was kept in this period: the first nonconformity is of %(day)s.", day=show_date(since))
        ]
    said = []
    if found.quiet:
        said.append(_("In %(period)s nothing happened and nothing was closed.", period=scope.period.label()))
    if not scope.now.whole:
        said.append(
            _("%(period)s is not over: its counts up to %(day)s stand beside those of the same days of %(before)s.",
              period=scope.period.label(), day=show_date(actor.today), before=scope.before.period.label())
        )  # fmt: skip
    if since > scope.before.end:
        said.append(
            _("Nothing was kept before %(day)s, which is not 0: a dash stands there.", day=show_date(since))
        )
    elif since > scope.before.start:
        said.append(
            _("The first nonconformity is of %(day)s: %(period)s is not covered whole.", day=show_date(since),
              period=scope.before.label())
        )  # fmt: skip
    return said


# ---------------------------------------------------------------- drawing


def _list_url() -> str:
    return f"/{g.organisation.slug}/nonconformities"


def _drawn(table: Tally) -> Markup:
    columns = [Column("label", table.first, kind="wide")]
    columns += [Column(str(n), head, numeric=True) for n, head in enumerate(table.heads)]
    rows = [Row("", _cells(line)) for line in table.lines]
    total = _cells(table.total) if table.total else ()
    return Table(columns, rows, empty_text=table.empty, total=total).drawn("figures-table")


def _cells(line: TallyLine) -> list[Any]:
    return [line.label, *map(_cell, line.cells)]


def _cell(cell: Cell) -> Markup:
    """The number as a link to its rows, with its denominator and share; what is late is marked."""
    if cell.number is None:
        return Markup("–")
    if cell.late and cell.number:
        return Markup('<a href="{}" aria-label="{}">{}</a>').format(
            f"{_list_url()}?{cell.where}", _("%(n)s overdue", n=show_number(cell.number)),
            StateBadge(show_number(cell.number), "late"),
        )  # fmt: skip
    words: Text = ngettext("%(n)s day", "%(n)s days", cell.number) if cell.days else show_number(cell.number)
    drawn = (
        link(f"{_list_url()}?{cell.where}", words) if cell.number or cell.days else Markup("{}").format(words)
    )
    if cell.of:
        share = show_percent(percent_of(cell.number, cell.of), 1)
        drawn += Markup(' <span class="of">/ {} = {}</span>').format(show_number(cell.of), share)
    return drawn


def _chart(ages: Tally) -> Markup:
    """What was open by age, in all units, and what of it is late where that is known."""
    bars = [
        Bar(
            str(line.label),
            line.cells[0].number or 0,
            sum(cell.number or 0 for cell in line.cells if cell.late),
        )
        for line in ages.lines
    ]
    return bars_svg(ages.title, bars)


def _above(found: StatisticsPage, actor: Actor) -> list[str]:
    """Whose figures these are, of which periods, unit and day."""
    scope = found.scope
    (unit,) = (one.said for one in _filters(actor, scope)[1:])
    said = [
        g.organisation.name,
        _("%(period)s beside %(before)s", period=scope.now.label(), before=scope.before.label()),
        unit if scope.unit else _("all units"),
        _("as of %(date)s", date=show_date(actor.today)),
        *([_("Illustrative data")] if g.organisation.illustrative else []),
    ]
    return ["; ".join(map(str, said)), *map(str, _notices(found, actor))]


def _notes(table: Tally) -> list[str]:
    """What the table counts, where it says so, and why it is empty."""
    return [str(text) for text in (table.note, "" if table.lines else table.empty) if text]


def _flat(table: Tally) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows for a sheet; what a number is a part of and its share stand in columns."""
    lines = [*table.lines, *([table.total] if table.total else [])]
    columns: list[tuple[Text, list[Any]]] = [(table.first, [str(line.label) for line in lines])]
    for place, head in enumerate(table.heads):
        cells = [line.cells[place] for line in lines]
        columns.append((head, [cell.number for cell in cells]))
        if any(cell.of is not None for cell in cells):
            columns.append((_("%(head)s: out of", head=head), [cell.of for cell in cells]))
            columns.append((_("%(head)s: share", head=head), list(map(_share, cells))))
    return [str(head) for head, _values in columns], [
        list(row) for row in zip(*(v for _h, v in columns), strict=True)
    ]


def _share(cell: Cell) -> export.Percent | None:
    return export.Percent(cell.number / cell.of) if cell.of and cell.number is not None else None
