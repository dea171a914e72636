"""The indexes of `record`: each order of a list with the filters that are asked for together with it."""

from __future__ import annotations

DUE_LAST = "9999-12-31"  # a date that is missing sorts last
_LIST = "organisation_id, kind"  # every list is one kind of one organisation
_DUE, _HAPPENED, _ENDED = (
    f"(coalesce({day}, '{DUE_LAST}')), id" for day in ("due", "happened_on", "ended_on")
)

# The columns before the date and `id` are found at once, whatever share of the rows they are. Those after `id` are
# of what is looked through in that order, without opening the rows: SQLite wants the date itself among them.
_COLUMNS = {
    "record_due": f"{_LIST}, {_DUE}, happened_on, ended_on, due, facet, state",
    "record_state": f"{_LIST}, state, {_DUE}, due",
    "record_state_facet": f"{_LIST}, state, facet, {_DUE}, due",
    "record_state_unit": f"{_LIST}, state, unit_id, {_DUE}, due",
    "record_facet": f"{_LIST}, facet, {_DUE}, due",
    "record_owner": f"{_LIST}, owner_id, {_DUE}, ended_on, due, facet",
    "record_owner_state": f"{_LIST}, owner_id, state, {_DUE}, due",
    "record_unit": f"{_LIST}, unit_id, {_DUE}, ended_on, due, facet",
    "record_newest": f"{_LIST}, year, number, id",
    "record_happened": f"{_LIST}, {_HAPPENED}, unit_id, ended_on, happened_on, facet",
    "record_ended": f"{_LIST}, {_ENDED}, unit_id, due, ended_on, happened_on",
    "record_work": "owner_id, organisation_id, ended_on, due",
    # what is open and due, of all kinds: the home page, the calendar, the counts of all organisations
    "record_open": "organisation_id, due, kind, unit_id",
    # what happened in one unit and when: nonconformities of one unit that may recur
    "record_place": f"{_LIST}, unit_id, {_HAPPENED}, happened_on",
    # what is late or due soon, and what has been open for how long
    "record_late": f"{_LIST}, {_DUE}, due, ended_on, facet, state",
    "record_age": f"{_LIST}, {_HAPPENED}, happened_on, ended_on",
    # what ended without ever having had a due date, or in time only because it was put off
    "record_undated": f"{_LIST}, {_ENDED}, ended_on, due",
    "record_extended": f"{_LIST}, {_ENDED}, ended_on, due, due_first",
}
_ONLY = {
    "record_open": "ended_on IS NULL",
    "record_late": "ended_on IS NULL",
    "record_age": "ended_on IS NULL",
    "record_undated": "ended_on IS NOT NULL AND due IS NULL",
    "record_extended": "ended_on <= due AND due_first < ended_on",
}
INDEXES = tuple(
    f'CREATE INDEX "{name}" ON "record" ({columns}){f" WHERE {_ONLY[name]}" if name in _ONLY else ""}'
    for name, columns in _COLUMNS.items()
)
