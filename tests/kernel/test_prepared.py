"""A query written once gives what the query itself gives, value by value and type by type."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from peewee import JOIN

from qms.areas.actions import service as actions
from qms.areas.actions.models import Action
from qms.areas.kpis import service_write
from qms.areas.kpis.models import Target
from qms.kernel.organisations import Unit
from qms.kernel.people import Person
from qms.kernel.prepared import Prepared
from qms.kernel.records import Record
from tests.cast import Cast


def test_tuples_carry_the_same_values_as_the_query(cast: Cast) -> None:
    def query(organisation: int):
        return (
            Unit.select(Unit.code, Unit.valid_from, Unit.parent)
            .where(Unit.organisation == organisation)
            .tuples()
        )

    prepared = Prepared(query)
    for organisation in (cast.ours.id, cast.theirs.id, cast.ours.id):
        assert sorted(prepared.rows(organisation)) == sorted(query(organisation))  # pyright: ignore[reportArgumentType]
    first = prepared.first(cast.ours.id)
    assert first is not None
    assert isinstance(first[1], date)


def test_models_come_back_as_models(cast: Cast) -> None:
    prepared = Prepared(lambda number: Person.select().where(Person.id == number))
    staff = cast.person("staff")
    found = prepared.first(staff.id)
    assert isinstance(found, Person)
    assert (found.email, found.active) == (staff.email, True)
    assert isinstance(found.created_at, datetime)
    assert prepared.first(0) is None
    assert prepared.scalar(0) is None


def test_an_exact_decimal_stays_one(cast: Cast) -> None:
    """It is kept as text, and a column read without its converter would give that text."""
    leader = cast.actor("leader")
    service_write.ensure_builtin(cast.actor("coordinator"))
    service_write.set_target(
        leader, "on_time", period="2023", value=Decimal("99.50"), set_by="UBND", dated=date(2023, 1, 5)
    )
    prepared = Prepared(lambda: Target.select(Target.value).tuples())
    assert prepared.rows() == [(Decimal("99.50"),)] == list(Target.select(Target.value).tuples())
    assert type(prepared.scalar()) is Decimal


def test_a_value_of_the_page_is_never_part_of_the_sql(cast: Cast) -> None:
    prepared = Prepared(lambda email: Person.select(Person.id).where(Person.email == email).tuples())
    assert prepared.rows("x' OR '1'='1") == []


def test_joined_models_carry_the_same_values_as_the_query(cast: Cast) -> None:
    """Also where an outer join finds nothing, and in columns that are kept otherwise than they are read."""
    actor = cast.actor("coordinator")
    for owner in (cast.person("staff").id, None):
        actions.open_action(actor, {"title": "Sửa quy trình", "sort": "corrective", "owner": owner})

    def query(organisation: int):
        return (
            Action.select(Action, Record, Person.id, Person.name)
            .join(Record)
            .join_from(Record, Person, JOIN.LEFT_OUTER, on=(Record.owner == Person.id))
            .where(Record.organisation == organisation)
            .order_by(Record.number)
        )

    ours = [_all_values(row) for row in Prepared(query).rows(cast.ours.id)]
    assert ours == [_all_values(row) for row in query(cast.ours.id)]
    assert [owner is None for _own, _shared, owner, _dirty in ours] == [False, True]


def _all_values(row: Action) -> tuple[object, ...]:
    owner = row.record.owner
    return row.__data__, row.record.__data__, owner and owner.__data__, (row._dirty, row.record._dirty)
