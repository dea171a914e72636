"""Reminders, with the clock moved day by day over the demonstration (walk 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from qms import reminding
from qms.kernel import clock, db
from qms.kernel.jobs import Mail
from qms.kernel.people import system_actor
from qms.kernel.records import Record
from qms.kernel.text import _
from tests.browser.conftest import Visitor
from tests.cast import TODAY

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CODE, DUE = "AC-2024-006", date(2024, 5, 31)  # of the staff, in a unit below that of the head
STAFF = "staff@kien-giang.example"
DAY = timedelta(days=1)


@dataclass
class Scheduler:
    """`qms remind` on the days that it runs, and what its mails said of the action."""

    told: dict[str, list[int]] = field(default_factory=dict)

    def run(self, first: int, last: int, *, skipped: range = range(0)) -> dict[str, list[int]]:
        """Part -> days from the due date on which a mail named the action, twice a day but for those skipped."""
        self.told = {}
        for day in range(first, last + 1):
            clock.configure(ZONE, DUE + day * DAY)
            with db.connected():
                for _again in () if day in skipped else (1, 2):
                    reminding.run(system_actor(None, clock.today()), base_url="http://qms.example")
                    self._read(day)
        return self.told

    def _read(self, day: int) -> None:
        for mail in Mail.select().where(Mail.key.startswith("remind:"), Mail.sent_at.is_null()):
            if CODE in mail.body:
                self.told.setdefault(mail.to.partition("@")[0], []).append(day)
        Mail.update(sent_at=clock.now()).where(Mail.sent_at.is_null()).execute()


@pytest.fixture
def scheduler(visitor: Visitor) -> Iterator[Scheduler]:
    """A scheduler on the served demonstration; the clock stands on the demonstration's day again afterwards."""
    yield Scheduler()
    clock.configure(ZONE, TODAY)


def report_done(visitor: Visitor) -> None:
    """The owner reports the action done, with its proof."""
    visitor.sign_in(STAFF).open(f"/kien-giang/actions/{CODE}")
    visitor.step("Report it done", proof="Bảng đếm số trang đã nhập")
    with db.connected():
        assert Record.get(Record.code == CODE, Record.organisation == 1).state == "done"


def test_the_owner_then_the_superior_then_the_leader_are_told_until_it_is_done(
    visitor: Visitor, scheduler: Scheduler
) -> None:
    assert scheduler.run((TODAY - DUE).days, 22) == {
        "staff": [-30, -7, -1, 1, 7, 14, 21],
        "head": [7, 14, 21],
        "leader": [21],
        "deputy-leader": [21],
    }
    visitor.sign_in(STAFF).open("/kien-giang/notifications")
    assert "Nhắc việc ngày 21/06/2024" in visitor.text()
    report_done(visitor)
    assert scheduler.run(23, 60) == {}


def test_a_scheduler_off_for_three_days_misses_nothing_and_says_nothing_twice(scheduler: Scheduler) -> None:
    told = scheduler.run((TODAY - DUE).days, 15, skipped=range(-8, -5))
    assert told == {"staff": [-30, -5, -1, 1, 7, 14], "head": [7, 14]}


def test_who_switches_mail_off_in_the_account_is_told_on_the_page_only(
    visitor: Visitor, scheduler: Scheduler
) -> None:
    visitor.sign_in(STAFF).open("/account/edit")
    visitor.page.get_by_label(str(_("Send me reminders by mail"))).uncheck()
    visitor.save()
    assert visitor.page.locator("#me").get_by_text(str(_("no")), exact=True).count() == 1
    assert scheduler.run((TODAY - DUE).days, 7) == {"head": [7]}
    visitor.open("/kien-giang/notifications")
    assert "Nhắc việc ngày 07/06/2024" in visitor.text()


def test_a_calendar_address_is_made_read_and_ended(visitor: Visitor) -> None:
    visitor.sign_in(STAFF).open("/account")
    visitor.page.locator("#calendar a").click()
    visitor.press("Make the address")
    address = visitor.page.locator("#address").input_value()
    feed = visitor.address + address.removeprefix("http://qms.example")
    assert {f"{CODE} {title(CODE)}", f"NC-2023-005 {title('NC-2023-005')}"} <= set(entries(visitor, feed))
    assert entries(visitor, feed)[f"{CODE} {title(CODE)}"] == DUE
    visitor.open("/account/feed")
    visitor.press("Make a new address; the old one ends")
    newer = visitor.address + visitor.page.locator("#address").input_value().removeprefix(
        "http://qms.example"
    )
    assert (asked(visitor, feed).status, asked(visitor, newer).status) == (404, 200)
    report_done(visitor)
    assert f"{CODE} {title(CODE)}" not in entries(visitor, newer)
    visitor.open("/account/feed")
    visitor.press("End the address")
    assert asked(visitor, newer).status == 404


def title(code: str) -> str:
    with db.connected():
        return str(Record.get(Record.code == code, Record.organisation == 1).title)


def asked(visitor: Visitor, address: str) -> Any:
    """The answer to a calendar program, in which nobody has signed in."""
    browser = visitor.page.context.browser
    assert browser is not None
    return browser.new_context().request.get(address)


def entries(visitor: Visitor, address: str) -> dict[str, date]:
    """Summary -> day of each entry of the calendar at that address."""
    events: list[Any] = Calendar.from_ical(asked(visitor, address).body()).walk("VEVENT")
    return {str(event["SUMMARY"]): event["DTSTART"].dt for event in events}
