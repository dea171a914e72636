"""Attempts that may be guesses are counted in the database, per account and per address, and must wait.

After some failures each further one makes the next wait longer, up to a most; nothing is locked for
good, and refused attempts do not prolong the wait. Real moments count, also in a demonstration.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qms.kernel import clock
from qms.kernel.db import database, is_sqlite
from qms.kernel.errors import QmsError
from qms.kernel.people import SignInAttempt


@dataclass(frozen=True)
class Limit:
    """`free` failures within `window` cost nothing; then the wait doubles from `first` up to `most`."""

    free: int
    window: timedelta
    first: timedelta = timedelta(minutes=1)
    most: timedelta = timedelta(minutes=15)

    def until(self, failures: Sequence[datetime]) -> datetime | None:
        """When the next attempt may be made after `failures` (oldest first); None: at once."""
        over = len(failures) - self.free
        if over < 0:
            return None
        return failures[-1] + min(self.first * 2 ** min(over, 10), self.most)


BY_ACCOUNT = Limit(free=5, window=timedelta(hours=24))
BY_ADDRESS = Limit(free=30, window=timedelta(hours=1))
KEPT = timedelta(hours=24)  # no window is longer, and no session lasts so long unused


class Throttled(QmsError):
    """Too many attempts; `until` is the moment (UTC) from which one may be made again. (429)"""

    def __init__(self, until: datetime, now: datetime) -> None:
        self.until = until
        self.seconds = max(1, round((until - now).total_seconds()))
        super().__init__(until)


def begin(what: str, account: str, address: str, now: datetime) -> int:
    """Count an attempt as failed before it is made, and return its id; raises Throttled when it must wait.

    `what` (such as `password`, `code`, `reset`) is counted apart for each account, together for each
    address. The account need not exist; only a digest of its name is kept.
    """
    account, address = _key(what, account), address_key(address)
    with database.atomic():
        _one_at_a_time(account)
        SignInAttempt.delete().where(SignInAttempt.at < now - KEPT).execute()
        times = [
            BY_ACCOUNT.until(
                _failures(SignInAttempt.account == account, now - BY_ACCOUNT.window, since_success=True)
            ),
            BY_ADDRESS.until(_failures(SignInAttempt.address == address, now - BY_ADDRESS.window)),
        ]
        until = max((t for t in times if t is not None), default=now)
        if until > now:
            raise Throttled(until, now)
        return SignInAttempt.insert(account=account, address=address, at=now, succeeded=False).execute()


def succeed(attempt: int) -> None:
    """The attempt was no guess: the account's failures before it count no more."""
    SignInAttempt.update(succeeded=True).where(SignInAttempt.id == attempt).execute()


def forgive(what: str, account: str, address: str, now: datetime) -> None:
    """The account's owner has proved to be it by other means: earlier failures count no more."""
    SignInAttempt.insert(
        account=_key(what, account), address=address_key(address), at=now, succeeded=True
    ).execute()


def first_use(what: str, name: str, now: datetime) -> bool:
    """Whether a thing that counts once (a code of a minute, a session that ends) is used for the first time.

    It is remembered for KEPT.
    """
    key = use_key(what, name)
    with database.atomic():
        _one_at_a_time(key)
        if SignInAttempt.select().where(SignInAttempt.account == key).exists():
            return False
        SignInAttempt.insert(account=key, address="", at=now, succeeded=True).execute()
    return True


def use_key(what: str, name: str) -> str:
    """By what `first_use` remembers it."""
    return hashlib.sha256(f"{what} used:{name}".encode()).hexdigest()


def _one_at_a_time(key: str) -> None:
    """Let the transactions of that key in one after the other; SQLite's BEGIN IMMEDIATE does so anyway."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtext(%s))", (key,))


def _failures(condition: object, since: datetime, *, since_success: bool = False) -> list[datetime]:
    """Moments of the failures that meet `condition`, oldest first."""
    rows = list(
        SignInAttempt.select(SignInAttempt.at, SignInAttempt.succeeded)
        .where(condition, SignInAttempt.at >= since)
        .order_by(SignInAttempt.id)
        .tuples()
    )
    if since_success:
        last = max((n for n, (_at, succeeded) in enumerate(rows) if succeeded), default=-1)
        rows = rows[last + 1 :]
    return [at for at, succeeded in rows if not succeeded]


def _key(what: str, account: str) -> str:
    return hashlib.sha256(f"{what}:{account.strip().lower()}".encode()).hexdigest()


def address_key(address: str) -> str:
    """The address as it is counted: of IPv6 the /64, one machine's share; "" if none is known."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found.ipv4_mapped or found) if found.version == 6 else str(found)


def peer(remote: str | None, forwarded: Sequence[str]) -> str:
    """Who asks: the peer, or, where the peer is a proxy on this machine, the last address it forwarded."""
    try:
        is_proxy = ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        is_proxy = False
    return forwarded[-1].strip() if is_proxy and forwarded else remote or ""


def when(error: Throttled) -> str:
    """The moment of `until` as a time of day where the agency is."""
    return f"{clock.local(error.until + timedelta(seconds=59)):%H:%M}"
