"""Lists and records of every area ask the database a bounded number of times, whatever they show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.areas import AREAS, load
from qms.kernel import trail
from qms.kernel.area import areas
from qms.kernel.people import Person
from qms.kernel.records import Record
from tests import application, demonstrated
from tests.conftest import TRAIL_KEY
from tests.queries import queries

SLUG, READER = "kien-giang", "coordinator@kien-giang.example"
MOST_OF_A_LIST = 12
MOST_OF_A_HOME = 70  # the first time since something was written; what it found is then kept
MOST_OF_STATISTICS = 16
MOST_OF_A_RECORD = 45  # the review counts the nonconformities that its inputs name


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trail.configure_keys(TRAIL_KEY)
    load()
    return demonstrated.make(tmp_path_factory.mktemp("queries"), TRAIL_KEY)


@pytest.fixture
def reader(app: Flask, _prepared: Path, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser of the demonstration's coordinator."""
    with demonstrated.copied(_prepared, tmp_path, TRAIL_KEY):
        yield application.visitor(app, Person.get(Person.email == READER))


@pytest.mark.parametrize("area", AREAS)
def test_a_list_asks_no_more_often_than_it_must(reader: FlaskClient, area: str) -> None:
    address = f"/{SLUG}/{area}"
    assert reader.get(address).status_code == 200
    assert queries(lambda: reader.get(address)) <= MOST_OF_A_LIST


@pytest.mark.parametrize("area", AREAS)
def test_no_record_asks_more_often_than_it_must(reader: FlaskClient, area: str) -> None:
    kinds = [kind.kind for one in areas() if one.name == area for kind in one.kinds]
    codes = [record.code for record in Record.select().where(Record.kind.in_(kinds)).limit(5)]
    for code in codes:
        address = f"/{SLUG}/{area}/{code}"
        if reader.get(address).status_code == 200:
            assert queries(lambda address=address: reader.get(address)) <= MOST_OF_A_RECORD, address


def test_the_home_page_asks_no_more_often_than_it_must(reader: FlaskClient) -> None:
    answered: list[int] = []
    asked = queries(lambda: answered.append(reader.get(f"/{SLUG}/").status_code))
    assert answered == [200]
    assert asked <= MOST_OF_A_HOME, asked


def test_the_statistics_ask_no_more_often_than_they_must(reader: FlaskClient) -> None:
    address = f"/{SLUG}/nonconformities/statistics"
    assert reader.get(address).status_code == 200
    assert queries(lambda: reader.get(address)) <= MOST_OF_STATISTICS
