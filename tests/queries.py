"""How many statements the database is asked, for tests that hold a page or a service to a bounded number."""

from __future__ import annotations

from collections.abc import Callable

from qms.kernel.db import database


def queries(call: Callable[[], object]) -> int:
    """The number of statements that `call()` sends."""
    asked: list[str] = []
    execute = database.obj.execute_sql

    def counted(sql: str, *args: object, **kwargs: object) -> object:
        asked.append(sql)
        return execute(sql, *args, **kwargs)

    database.obj.execute_sql = counted
    try:
        call()
    finally:
        del database.obj.execute_sql
    return len(asked)
