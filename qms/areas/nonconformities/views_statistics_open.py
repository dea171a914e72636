"""What was open at the end of the period, or is today, and at the end of the one before: by unit and by age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from qms.areas.nonconformities import service_statistics as statistics
from qms.areas.nonconformities.service_statistics import NO_UNIT, Scope
from qms.areas.nonconformities.views_statistics_cells import Cell, Tally, TallyLine, Text
from qms.kernel.text import _, show_date


@dataclass(frozen=True)
class _Day:
    """What was open on a day; None where nothing was kept by then."""

    scope: Scope
    day: date
    found: statistics.Open | None

    @classmethod
    def of(cls, scope: Scope, day: date, since: date | None) -> _Day:
        """What the database knows of that day."""
        kept = since is not None and since <= day
        return cls(scope, day, statistics.still_open(scope, day) if kept else None)

    def cell(self, units: Iterable[int | None], place: int | None = None, unit: str = "") -> Cell:
        """How many in these units, of the class of age at `place`, or of every age."""
        if self.found is None:
            return Cell(None)
        number = _sum(self.found.number, units, place)
        return Cell(number, self._where(unit, self._aged(place)))

    def late(self, units: Iterable[int | None], place: int | None = None, unit: str = "") -> Cell:
        """How many of them are late; asked of today alone, since due dates are put off later on."""
        number = _sum(self.found.late, units, place) if self.found else 0
        aged = {} if place is None else self._aged(place)
        return Cell(number, self._where(unit, aged | {"due": "overdue"}), late=True)

    def _where(self, unit: str, filters: dict[str, str]) -> str:
        return self.scope.where(**({"unit": unit} if unit else {}), **filters)

    def _aged(self, place: int | None) -> dict[str, str]:
        """The filters that find what was open on the day, and was of that age then."""
        on_the_day = {"open_on": self.day.isoformat()}
        if place is None:
            return on_the_day
        one = statistics.classes()[place]
        if self.day == self.scope.today:
            return {"age": one.code}
        first, last = one.happened(self.day)
        begun = {} if one.high is None else {"happened_from": first.isoformat()}
        return on_the_day | begun | ({"happened_until": last.isoformat()} if one.low else {})


def _sum(
    numbers: Mapping[tuple[int | None, int], int], units: Iterable[int | None], place: int | None
) -> int:
    places = range(len(statistics.classes())) if place is None else (place,)
    return sum(numbers.get((unit, age), 0) for unit in units for age in places)


@dataclass(frozen=True)
class Standing:
    """What was open at the end of the period, or is today while it runs, and at the end of the one before."""

    now: _Day
    before: _Day

    @classmethod
    def of(cls, scope: Scope, since: date | None) -> Standing:
        """Both days of the scope."""
        return cls(*(_Day.of(scope, day, since) for day in (scope.now.end, scope.before.period.end)))

    @property
    def today(self) -> bool:
        """Whether what is late is known."""
        return self.now.day == self.now.scope.today

    @property
    def units(self) -> dict[int | None, str]:
        """The units with anything open on either day, by name, what has none last."""
        found = {
            unit: name
            for day in (self.before, self.now)
            if day.found
            for unit, name in day.found.units.items()
        }
        return dict(sorted(found.items(), key=lambda unit: (unit[0] is None, unit[1], unit[0])))

    def by_unit(self) -> Tally:
        """Units down, ages across."""
        units, classes = self.units, statistics.classes()

        def line(label: Text, chosen: list[int | None], unit: str = "") -> TallyLine:
            ages = [self.now.cell(chosen, place, unit) for place in range(len(classes))]
            late = [self.now.late(chosen, unit=unit)] if self.today else []
            total, before = (day.cell(chosen, unit=unit) for day in (self.now, self.before))
            return TallyLine(label, (*ages, total, *late, before))

        lines = tuple(
            line(name or _("without a unit"), [unit], NO_UNIT if unit is None else str(unit))
            for unit, name in units.items()
        )
        return Tally(
            "open",
            _("Open on %(day)s, by unit and age", day=show_date(self.now.day)),
            _("unit"),
            (
                *(one.label for one in classes), _("total"), *self._late_head,
                _("total on %(day)s", day=show_date(self.before.day)),
            ),
            lines,
            line(_("total"), list(units)) if lines else None,
            _("Age counts the days since it happened. What was open earlier is told as far as is known today."),
            self._empty,
        )  # fmt: skip

    def by_age(self) -> Tally:
        """Ages down, both days beside each other."""
        units = list(self.units)

        def line(label: Text, place: int | None = None) -> TallyLine:
            late = [self.now.late(units, place)] if self.today else []
            return TallyLine(label, (self.now.cell(units, place), *late, self.before.cell(units, place)))

        return Tally(
            "ages",
            _("Open, by age"),
            _("age"),
            (show_date(self.now.day), *self._late_head, show_date(self.before.day)),
            tuple(line(one.label, place) for place, one in enumerate(statistics.classes())) if units else (),
            line(_("total")) if units else None,
            empty=self._empty,
        )

    @property
    def _empty(self) -> Text:
        now, before = show_date(self.now.day), show_date(self.before.day)
        return _("No nonconformity was open on %(day)s or on %(before)s.", day=now, before=before)

    @property
    def _late_head(self) -> tuple[Text, ...]:
        return (_("overdue"),) if self.today else ()
