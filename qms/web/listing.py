"""The one list: filter, search, sort, keyset paging and export, the same for every area.

A page selects only the shown columns as plain tuples and formats each value once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from typing import Any

from markupsafe import Markup, escape

from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.permissions import Actor
from qms.kernel.records import Kind, Record
from qms.kernel.text import Message, _, show_date, show_number
from qms.web.due import due_cell
from qms.web.list_query import DUE_WINDOWS, NOT_ENDED, SORTS, Asked, ChoiceFilter, written
from qms.web.list_rows import COUNTED, PAGE, ListRows
from qms.web.names import people_options, unit_options
from qms.web.widgets import Choice, Column, Filter, ListView, Row, StateBadge

EXPORTED = 100_000  # rows of one export
PRINTED = 500  # rows of one page for paper
Show = Callable[[Any], Any]


@dataclass(frozen=True)
class Extra:
    """A column of a kind's own: what is selected, and how its value is shown (and exported)."""

    key: str
    label: Message
    expression: Any
    show: Show = lambda value: "" if value is None else str(value)
    numeric: bool = False


@dataclass
class Listing:
    """The list of one kind. `tone` gives a state's tone (open, wait, late, done, void).

    A list in the order of due dates is one of work: it opens with what has not ended yet.
    """

    model: type[Kind]
    title: Message
    new_label: Message
    empty_text: Message
    tone: Callable[[str], str]
    extras: tuple[Extra, ...] = ()
    filters: tuple[ChoiceFilter, ...] = ()
    order: str = "due"
    intro: Message | str = ""
    hidden: frozenset[str] = field(default_factory=frozenset)  # shared columns that this kind does not use

    # ------------------------------------------------------------ what is asked

    @property
    def of_work(self) -> bool:
        """Whether its rows are things to be done by their due dates."""
        return self.order in SORTS["due"]

    def _asked(self, args: Any) -> Asked:
        states = {str(s) for s in self.model.machine.labels}
        return Asked.read(args, states=states, filters=self.filters, order=self.order)

    def columns(self) -> list[tuple[str, Message, Any]]:
        """(key, label, expression) of the shown columns in their order."""
        shared = [
            ("code", _("code"), Record.code),
            ("title", _("title"), Record.title),
            ("state", _("state"), Record.state),
            ("owner", _("owner"), Person.name),
            ("due", _("due date"), Record.due),
            ("unit", _("unit"), Unit.name),
        ]
        kept = [c for c in shared if c[0] not in self.hidden]
        return kept[:3] + [(e.key, e.label, e.expression) for e in self.extras] + kept[3:]

    @cached_property
    def found(self) -> ListRows:
        """Which rows it shows, and how many there are."""
        tables = {"kind"} if self.extras else set()
        return ListRows(
            self.model,
            self.filters,
            [expression for _key, _label, expression in self.columns()],
            frozenset(tables | ({"owner", "unit"} - self.hidden)),
        )

    # ------------------------------------------------------------ the page

    def view(self, actor: Actor, args: Any, url: str, *, new_url: str = "") -> ListView:
        """The list page for the parameters in the address; raises BadInput for a value it cannot read."""
        asked, found, count = self._first(actor, args)
        filters = self._filters(actor, asked)
        page, more = found[:PAGE], len(found) > PAGE
        keys = [key for key, _label, _expression in self.columns()]
        return ListView(
            title=self.title,
            columns=self._heads(asked, url),
            rows=[
                Row(url=f"{url}/{cells[0]}", cells=cells, value=cells[0])
                for cells in self._cells(page, keys, actor)
            ],
            count_text=_counted(count),
            filters=filters,
            chosen=[Choice(f.said, f"{url}?{asked.without(f.name)}") for f in filters if f.value],
            cleared_url=f"{url}?state=" if self.of_work else url,
            hidden=[("sort", asked.sort)] if asked.other_sort else [],
            url=url,
            next_url=f"{url}?{asked.link(after=self._after(page[-1], keys))}" if more else "",
            first_url=f"{url}?{asked.link(after='')}" if asked.after else "",
            new_url=new_url,
            new_label=self.new_label,
            empty_text=_("Nothing matches these filters.") if asked.filtered else self.empty_text,
            empty_action=Choice(self.new_label, new_url) if new_url and not asked.filtered else None,
            intro=self.intro,
        )  # fmt: skip

    def _first(self, actor: Actor, args: Any) -> tuple[Asked, list[tuple[Any, ...]], int]:
        """What is asked for, its rows and their number; a list of work that is asked nothing opens with what goes on.

        Where all has ended it shows everything.
        """
        asked = self._asked(args)
        if self.of_work and not args:
            going_on = replace(asked, state=NOT_ENDED)
            found, count = self.found.page(actor, going_on)
            if found:
                return going_on, found, count
        return asked, *self.found.page(actor, asked)

    def paper(self, actor: Actor, args: Any, url: str) -> ListView:
        """The rows asked for on one page to be printed, without a next page."""
        asked = self._asked(args)
        asked.after = []
        keys = [key for key, _label, _expression in self.columns()]
        found = self.found.rows(actor, asked, PRINTED + 1)
        chosen = [Choice(f.said, "") for f in self._filters(actor, asked) if f.value]
        if asked.codes:
            chosen.append(Choice(_("only the ticked rows"), ""))
        whole = len(found) <= PRINTED
        cut = _("Only the first %(n)s rows stand here: narrow the list to print the others.", n=PRINTED)
        return ListView(
            title=self.title,
            columns=self._heads(asked, url),
            rows=[
                Row(url=f"{url}/{cells[0]}", cells=cells, value=cells[0])
                for cells in self._cells(found[:PRINTED], keys, actor)
            ],
            count_text=_counted(len(found)),
            chosen=chosen,
            url=url,
            empty_text=_("Nothing matches these filters."),
            intro="" if whole else cut,
        )

    def filters_set(self, actor: Actor, args: Any) -> list[Filter]:
        """The filters that the address sets."""
        return [one for one in self._filters(actor, self._asked(args)) if one.value]

    def numbers(self, actor: Actor, args: Any) -> list[int]:
        """The record ids of all rows asked for, or of the ticked ones, in their order; EXPORTED at most."""
        asked = self._asked(args)
        asked.after = []
        return self.found.numbers(actor, asked, EXPORTED)

    def chosen(self, actor: Actor, args: Any) -> dict[str, str]:
        """Code -> title of the rows that are ticked, in their order; none where none is."""
        asked = self._asked(args)
        if not asked.codes:
            return {}
        keys = [key for key, _label, _expression in self.columns()]
        places = keys.index("code"), keys.index("title")
        return {row[places[0]]: row[places[1]] for row in self.found.rows(actor, asked, PRINTED)}

    def _after(self, row: tuple[Any, ...], keys: list[str]) -> str:
        return "~".join(written(v) for v in (*row[len(keys) + 1 :], row[len(keys)]))

    def _cells(self, page: list[tuple[Any, ...]], keys: list[str], actor: Actor) -> list[list[Any]]:
        """The shown values of each row; what has ended is not late any more."""
        shows = self._shows(actor)
        state, due = (keys.index(key) if key in keys else None for key in ("state", "due"))
        ended = self._ended() if due is not None else frozenset()
        drawn = []
        for row in page:
            cells = [show(value) for show, value in zip(shows, row, strict=False)]
            if due is not None and state is not None and row[state] in ended:
                cells[due] = show_date(row[due])
            drawn.append(cells)
        return drawn

    def _ended(self) -> frozenset[str]:
        """The states in which nothing is awaited."""
        return frozenset().union(*(machine.ended for machine in self.model.machines()))

    def _shows(self, actor: Actor) -> list[Show]:
        labels = self.model.machine.labels
        badges: dict[str, Markup] = {}

        def badge(state: str) -> Markup:
            if state not in badges:
                badges[state] = escape(StateBadge(str(labels.get(state, state)), self.tone(state)))
            return badges[state]

        def plain(value: Any) -> Any:
            return "" if value is None else value

        own = {e.key: cache(e.show) for e in self.extras}  # few values stand in many rows
        shared = {"state": badge, "due": cache(lambda due: due_cell(due, actor.today))}
        return [own.get(key) or shared.get(key) or plain for key, _label, _expression in self.columns()]

    def _heads(self, asked: Asked, url: str) -> list[Column]:
        numeric = {e.key for e in self.extras if e.numeric}
        kinds = {"title": "wide", "code": "nowrap", "state": "state", "owner": "name", "unit": "name"}
        heads = []
        for key, label, _expression in self.columns():
            up, down = SORTS.get(key, ("", ""))
            turned = down if asked.sort == up else up
            heads.append(
                Column(
                    key,
                    str(label),
                    sort_url=f"{url}?{asked.link(sort=turned, after='')}" if up else None,
                    sorted="asc"
                    if asked.sort == up and up
                    else "desc"
                    if asked.sort == down and down
                    else "",
                    numeric=key in numeric,
                    kind=kinds.get(key, ""),
                )
            )
        return heads

    def _filters(self, actor: Actor, asked: Asked) -> list[Filter]:
        states = [(str(s), label) for s, label in self.model.machine.labels.items()]
        if self.of_work:
            states.insert(0, (NOT_ENDED, _("not ended yet")))
        found = [
            Filter("q", _("search"), asked.q, kind="text"),
            Filter("state", _("state"), asked.state, states),
        ]
        if "owner" not in self.hidden:
            found.append(
                Filter("owner", _("owner"), asked.owner, [("me", _("mine")), *people_options(actor)])
            )
        if "unit" not in self.hidden:
            found.append(
                Filter("unit", _("unit"), asked.unit, [*unit_options(actor), ("none", _("without a unit"))])
            )
        if "due" not in self.hidden:
            found.append(Filter("due", _("due date"), asked.due, list(DUE_WINDOWS.items())))
        return found + [
            Filter(f.name, f.label, asked.own.get(f.name, ""), f.options(actor), f.kind) for f in self.filters
        ]

    # ------------------------------------------------------------ export

    def table(self, actor: Actor, args: Any) -> tuple[list[str], list[list[Any]]]:
        """Heads and rows of the same list without paging, for a file; dates stay dates, numbers numbers.

        A cell without a value stays empty, whatever the page draws there.
        """
        asked = self._asked(args)
        asked.after = []
        columns = self.columns()
        labels = self.model.machine.labels
        own = {e.key: e for e in self.extras}
        out = []
        for row in self.found.rows(actor, asked, EXPORTED):
            cells: list[Any] = []
            for (key, _label, _expression), value in zip(columns, row, strict=False):
                if key == "state":
                    cells.append(str(labels.get(value, value)))
                elif key in own and value is not None and not (own[key].numeric or isinstance(value, date)):
                    cells.append(str(own[key].show(value)))
                else:
                    cells.append(value)
            out.append(cells)
        return [str(label) for _key, label, _expression in columns], out


def _counted(count: int) -> Message:
    if count > COUNTED:
        return _("more than %(n)s", n=show_number(COUNTED))
    return _("%(n)s in all", n=show_number(count))
